"""slicer.app: a QApplication with the functions of Slicer's application that modules call."""

# ruff: noqa: N802, N815 - Slicer's names
from __future__ import annotations

from pathlib import Path
from typing import Any

import slicer
from PySide6 import QtCore, QtWidgets

from host.modules import ModuleManager
from host.mrml import IOManager, Mrml
from host.pythonqt import unknown


class Application(QtWidgets.QApplication):
    """The application; `testing` is what --testing is on Slicer's command line."""

    startupCompleted = QtCore.Signal()

    def __init__(self, mrml: Mrml) -> None:
        super().__init__(["Slicer"])
        self.applicationName, self.organizationName = "Slicer", "VoCoTests"
        QtCore.QSettings.setDefaultFormat(QtCore.QSettings.IniFormat)
        scope = QtCore.QSettings.UserScope
        QtCore.QSettings.setPath(QtCore.QSettings.IniFormat, scope, str(mrml.folder))
        self.setStyle("Fusion")
        self.quitOnLastWindowClosed = False
        self.testing = False
        self.temporaryPath = str(mrml.folder)
        self.slicerHome = str(Path(slicer.__file__).parent)
        self.applicationVersion, self.revision = "5.13.0", "31053"
        self.majorVersion, self.minorVersion = 5, 13
        self._mrml, self._io, self._modules = mrml, IOManager(mrml), ModuleManager()
        self._layout: Any = None
        slicer.app = self

    def mrmlScene(self) -> Any:
        return self._mrml.scene

    def applicationLogic(self) -> Any:
        return self._mrml.application_logic

    def coreIOManager(self) -> IOManager:
        return self._io

    ioManager = coreIOManager

    def moduleManager(self) -> ModuleManager:
        return self._modules

    def layoutManager(self) -> Any:
        """The views, or None as in a Slicer without a main window."""
        return self._layout

    def setLayoutManager(self, layout: Any) -> None:
        self._layout = layout

    def testingEnabled(self) -> bool:
        """Whether dialogs are skipped, as with --testing."""
        return self.testing

    def userSettings(self) -> QtCore.QSettings:
        """The settings, kept in the host's folder."""
        return QtCore.QSettings()

    settings = revisionUserSettings = userSettings

    def pauseRender(self) -> None:
        """The host's views render when asked, so there is nothing to pause."""

    resumeRender = pauseRender

    def __getattr__(self, name: str) -> Any:
        unknown("slicer.app", name)
