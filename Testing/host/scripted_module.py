"""The host's own slicer.ScriptedLoadableModule and slicer.i18n, for want of Slicer's."""

# ruff: noqa: N802, N815 - Slicer's names
from __future__ import annotations

import functools
import importlib
import inspect
import sys
import time
import types
import unittest
from pathlib import Path
from typing import Any

import slicer
from PySide6 import QtGui


class ScriptedLoadableModule:
    """Base class of a module."""

    def __init__(self, parent: Any) -> None:
        self.parent, self.moduleName = parent, type(self).__name__
        icons = [Path(self.resourcePath(f"Icons/{self.moduleName}.{e}")) for e in ("svg", "png")]
        for icon in [icon for icon in icons if icon.is_file()][:1]:
            parent.icon = QtGui.QIcon(str(icon))
        vars(slicer).setdefault("selfTests", {})[self.moduleName] = self.runTest

    def resourcePath(self, name: str) -> str:
        return str(Path(self.parent.path).parent / "Resources" / name)

    def runTest(self, msec: int = 100, **arguments: Any) -> None:
        """Runs the module's own test class."""
        module = importlib.import_module(type(self).__module__)
        test = getattr(module, f"{self.moduleName}Test")()
        test.messageDelay = msec
        test.runTest(**arguments)


class ScriptedLoadableModuleWidget:
    """Base class of a module's panel."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__()
        self.moduleName = type(self).__name__.removesuffix("Widget")
        self.developerMode = False
        self.parent, self.layout = parent, parent.layout()
        manager = slicer.app.moduleManager()
        manager.connect("moduleAboutToBeUnloaded(QString)", self._onModuleAboutToBeUnloaded)

    def resourcePath(self, name: str) -> str:
        return str(Path(slicer.util.modulePath(self.moduleName)).parent / "Resources" / name)

    def setup(self) -> None:
        """Builds the panel."""

    def cleanup(self) -> None:
        """Ends the panel."""

    def onReload(self) -> None:
        """The button Reload of the developer mode."""
        slicer.util.reloadScriptedModule(self.moduleName)

    def _onModuleAboutToBeUnloaded(self, name: str) -> None:
        if name == self.moduleName:
            self.cleanup()
            manager = slicer.app.moduleManager()
            manager.disconnect("moduleAboutToBeUnloaded(QString)", self._onModuleAboutToBeUnloaded)


class ScriptedLoadableModuleLogic:
    """Base class of what a module does without a panel."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__()
        self.moduleName = type(self).__name__.removesuffix("Logic")
        self.isSingletonParameterNode = True

    def getParameterNode(self) -> Any:
        """The module's node in the scene, made if there is none."""
        scene, kind = slicer.mrmlScene, "vtkMRMLScriptedModuleNode"
        if self.isSingletonParameterNode:
            node = scene.GetSingletonNode(self.moduleName, kind)
            if node is not None:
                node.SetAttribute("ModuleName", self.moduleName)
        else:
            node = next(iter(self.getAllParameterNodes()), None)
        return scene.AddNode(self.createParameterNode()) if node is None else node

    def getAllParameterNodes(self) -> list[Any]:
        nodes = slicer.util.getNodesByClass("vtkMRMLScriptedModuleNode", slicer.mrmlScene)
        return [n for n in nodes if n.GetAttribute("ModuleName") == self.moduleName]

    def createParameterNode(self) -> Any:
        """A node that is not in the scene yet."""
        node = slicer.mrmlScene.CreateNodeByClass("vtkMRMLScriptedModuleNode")
        node.UnRegister(None)
        if self.isSingletonParameterNode:
            node.SetSingletonTag(self.moduleName)
        node.SetAttribute("ModuleName", self.moduleName)
        node.SetName(slicer.mrmlScene.GenerateUniqueName(self.moduleName))
        return node


class ScriptedLoadableModuleTest(unittest.TestCase):
    """Base class of a module's own test."""

    messageDelay = 100

    def delayDisplay(self, message: str, *_: Any, **__: Any) -> None:
        """Lets the events run; then a rest, as a module's test waits in a loop of these."""
        slicer.util.delayDisplay(message, self.messageDelay)
        time.sleep(0.02)

    def runTest(self) -> None:
        """Runs all test methods."""
        for name in [name for name in dir(self) if name.startswith("test")]:
            self.setUp()
            getattr(self, name)()
            self.tearDown()


def tr(text: str) -> str:
    """Translates with the caller's file as context, in a package with the package's name before."""
    return translate(_context(inspect.currentframe().f_back.f_code.co_filename), text)


@functools.cache  # a panel asks for hundreds of texts at each change
def _context(name: str) -> str:
    file = Path(name)
    package = file.parent.name + "." if (file.parent / "__init__.py").is_file() else ""
    return package + file.stem


def translate(context: str, text: str) -> str:
    """Translates; without a translation the text itself."""
    return slicer.app.translate(context, text)


def install() -> None:
    """Makes slicer.ScriptedLoadableModule and slicer.i18n importable."""
    classes = (
        *(ScriptedLoadableModule, ScriptedLoadableModuleWidget),
        *(ScriptedLoadableModuleLogic, ScriptedLoadableModuleTest),
    )
    _add("ScriptedLoadableModule", {cls.__name__: cls for cls in classes})
    _add("i18n", {"tr": tr, "translate": translate})


def _add(name: str, members: dict[str, Any]) -> None:
    module = types.ModuleType(f"slicer.{name}")
    vars(module).update(members)
    module.__all__ = list(members)
    sys.modules[f"slicer.{name}"] = module
    setattr(slicer, name, module)
