"""The host: starts what stands in for Slicer, opens modules in it and cleans up after each test."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import slicer

from host import (
    application,
    ctk_widgets,
    dialogs,
    interaction,
    modules,
    mrml,
    mrml_widgets,
    parameter_node,
    pythonqt,
    scripted_module,
    slicer_source,
)
from host.layout import LayoutManager, MainWindow
from host.problems import Problems


class Host:
    """A Slicer that tests can use; there is one a process.

    Attributes:
        dialogs: What dialogs came up, and how to answer those to come.
        problems: What went wrong where no caller saw it.
        scene: slicer.mrmlScene.
        window: The main window.
    """

    click = staticmethod(interaction.click)
    click_item = staticmethod(interaction.click_item)
    type_text = staticmethod(interaction.type_text)
    choose = staticmethod(interaction.choose)
    wait_until = staticmethod(interaction.wait_until)
    settle = staticmethod(interaction.settle)
    measure_blocking = staticmethod(interaction.measure_blocking)

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="voco-host-", ignore_cleanup_errors=True)
        self._mrml = mrml.Mrml(Path(self._folder.name))
        self.dialogs, self.problems = dialogs.Dialogs(), Problems()
        self.scene = self._mrml.scene
        self._opened: list[str] = []
        pythonqt.install()
        self.app = application.Application(self._mrml)
        self.dialogs.install()
        ctk_widgets.install()
        mrml_widgets.install()
        modules.install(self._mrml.logics)
        if slicer_source.available():
            slicer_source.install()
        else:
            scripted_module.install()
            parameter_node.install()
        slicer.__getattr__ = lambda name: pythonqt.unknown("slicer", name)
        self.window = MainWindow()
        self.window.show()

    def load(self, path: Path) -> Any:
        """Loads a module file as at the start of Slicer; returns its module object."""
        module = self.app.moduleManager().load(path)
        if path.stem not in self._opened:
            self._opened.append(path.stem)
        return module

    def open(self, path: Path) -> Any:
        """Shows a module's panel as selecting it does; returns the module's widget object."""
        self.load(path)
        self.window.selectModule(path.stem)
        interaction.settle()
        return slicer.util.getModuleWidget(path.stem)

    def run_self_test(self, path: Path) -> None:
        """Runs the module's own test class as `ctest` does in Slicer, where dialogs are skipped."""
        self.load(path)
        self.app.testing = True
        try:
            slicer.selfTests[path.stem]()
        finally:
            self.app.testing = False

    def show_views(self) -> LayoutManager:
        """Adds the views, axial, coronal, sagittal and 3D, as slicer.app.layoutManager()."""
        if self.app.layoutManager() is None:
            self.app.setLayoutManager(LayoutManager())
            self.window.show_views(self.app.layoutManager().viewport())
        interaction.settle()
        return self.app.layoutManager()

    def screenshot(self, path: Path) -> None:
        """Writes the window, panel beside views, as PNG."""
        interaction.settle()
        assert self.window.grab().save(str(path)), path

    @contextlib.contextmanager
    def test(self) -> Iterator[Host]:
        """One test: afterwards all is as before, and problems and dialogs are checked."""
        with self.problems.collected():
            yield self
            self._clean()
        try:
            self.dialogs.check()
        finally:
            self.problems.check()

    def _clean(self) -> None:
        for name in reversed(self._opened):
            self.app.moduleManager().unload(name)
        self._opened.clear()
        self.scene.Clear(0)
        self.app.userSettings().clear()
        while self.app.overrideCursor() is not None:
            self.problems.found.append("an override cursor was left")
            self.app.restoreOverrideCursor()
        interaction.settle()
