"""Loads scripted modules as Slicer does, and keeps them in slicer.modules."""

# ruff: noqa: N801, N802, N815 - Slicer's names
from __future__ import annotations

import importlib
import sys
import types
from pathlib import Path
from typing import Any

import slicer
from PySide6 import QtCore, QtGui, QtWidgets

from host.mrml_widgets import qMRMLWidget
from host.pythonqt import unknown


class Modules(types.SimpleNamespace):
    """slicer.modules."""

    def __getattr__(self, name: str) -> Any:
        unknown("slicer.modules", name)


class CoreModule:
    """A module of Slicer itself, of which only the logic is here."""

    def __init__(self, name: str, logic: Any) -> None:
        self.name = self.title = name
        self._logic = logic

    def logic(self) -> Any:
        """The logic of C++ that slicer-core brings."""
        return self._logic

    def __getattr__(self, name: str) -> Any:
        unknown(f"slicer.modules.{self.name}", name)


class qSlicerScriptedLoadableModule:
    """A scripted module: what its Python class gets as parent and fills in."""

    __slots__ = (
        *("name", "path", "title", "categories", "contributors", "dependencies", "helpText"),
        *("acknowledgementText", "icon", "hidden", "index", "associatedNodeTypes"),
        *("defaultDocumentationLink", "_widget"),
    )

    def __init__(self, path: Path) -> None:
        self.name, self.path, self.title = path.stem, str(path), path.stem
        self.categories, self.contributors, self.dependencies = [], [], []
        self.helpText, self.acknowledgementText, self.defaultDocumentationLink = "", "", ""
        self.icon, self.hidden, self.index, self.associatedNodeTypes = QtGui.QIcon(), False, -1, []
        self._widget: ScriptedModuleWidget | None = None

    def widgetRepresentation(self) -> ScriptedModuleWidget:
        """The module's panel, made at the first call."""
        if self._widget is None:
            self._widget = ScriptedModuleWidget(self.name)
            self._widget.reload()
        return self._widget


class ScriptedModuleWidget(qMRMLWidget):
    """The frame round a module's panel; slicer.qSlicerScriptedLoadableModuleWidget."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.moduleName, self.isEntered = name, False
        QtWidgets.QVBoxLayout(self)
        self.setMRMLScene(slicer.mrmlScene)

    def self(self) -> Any:
        """The module's own widget object."""
        return self._python

    def reload(self) -> None:
        """Makes the module's widget object anew."""
        cls = getattr(sys.modules[self.moduleName], f"{self.moduleName}Widget")
        self._python = cls(self)
        setattr(slicer.modules, f"{self.moduleName}Widget", self._python)
        self._python.setup()

    def enter(self) -> None:
        """The user opens the module."""
        self.isEntered = True
        getattr(self._python, "enter", lambda: None)()

    def exit(self) -> None:
        """The user opens another module."""
        self.isEntered = False
        getattr(self._python, "exit", lambda: None)()


class ModuleManager(QtCore.QObject):
    """slicer.app.moduleManager()."""

    moduleAboutToBeUnloaded = QtCore.Signal(str)

    def module(self, name: str) -> Any:
        return vars(slicer.modules).get(name.lower())

    def load(self, path: Path) -> qSlicerScriptedLoadableModule:
        """Imports a module file and makes its module object, unless that was done."""
        if self.module(path.stem) is None:
            if str(path.parent) not in sys.path:
                sys.path.insert(0, str(path.parent))
            python = importlib.import_module(path.stem)
            module = qSlicerScriptedLoadableModule(path)
            setattr(slicer.modules, path.stem.lower(), module)
            setattr(slicer.modules, f"{path.stem}Instance", getattr(python, path.stem)(module))
        return self.module(path.stem)

    def unload(self, name: str) -> None:
        """Ends the module as at the end of Slicer."""
        module = self.module(name)
        if module._widget is not None:
            if module._widget.isEntered:
                module._widget.exit()
            self.moduleAboutToBeUnloaded.emit(name)
            module._widget.setParent(None)
            module._widget.deleteLater()
        for attribute in (name.lower(), f"{name}Instance", f"{name}Widget"):
            vars(slicer.modules).pop(attribute, None)
        sys.modules.pop(name, None)


def install(logics: dict[str, Any]) -> None:
    """Fills slicer.modules with the logics, and names the classes that slicer.util asks for."""
    slicer.modules = Modules(**{name: CoreModule(name, logic) for name, logic in logics.items()})
    slicer.qSlicerScriptedLoadableModule = qSlicerScriptedLoadableModule
    slicer.qSlicerScriptedLoadableModuleWidget = ScriptedModuleWidget
