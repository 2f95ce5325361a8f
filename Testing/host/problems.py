"""Collects what goes wrong where no caller sees it: in slots, timers, observers and threads."""

from __future__ import annotations

import contextlib
import sys
import threading
import traceback
from collections.abc import Iterator
from typing import Any

import vtk
from PySide6 import QtCore

HARMLESS = "This plugin does not support"  # the off-screen platform, of each window
SERIOUS = (QtCore.QtMsgType.QtWarningMsg, QtCore.QtMsgType.QtCriticalMsg)


class Problems:
    """What went wrong since the last check, as text."""

    def __init__(self) -> None:
        self.found: list[str] = []

    @contextlib.contextmanager
    def collected(self) -> Iterator[Problems]:
        """Collects while the context lasts."""
        hooks = sys.excepthook, threading.excepthook
        sys.excepthook = self._on_exception
        threading.excepthook = lambda args: self._on_exception(*args[:3])
        handler = QtCore.qInstallMessageHandler(self._on_qt_message)
        output = vtk.vtkOutputWindow.GetInstance()
        tag = output.AddObserver("ErrorEvent", self._on_vtk_error)
        try:
            yield self
        finally:
            output.RemoveObserver(tag)
            QtCore.qInstallMessageHandler(handler)
            sys.excepthook, threading.excepthook = hooks

    @contextlib.contextmanager
    def expected(self, text: str) -> Iterator[None]:
        """The context must bring exactly one problem, and one with this text."""
        count = len(self.found)
        yield
        new = self.found[count:]
        del self.found[count:]
        assert len(new) == 1 and text in new[0], f"expected one problem with {text!r}, got {new}"

    def check(self) -> None:
        """Fails if anything went wrong."""
        found, self.found = self.found, []
        assert not found, "\n".join(found)

    def _on_exception(self, kind: type, value: BaseException, trace: Any) -> None:
        self.found.append("".join(traceback.format_exception(kind, value, trace)))

    def _on_qt_message(self, kind: QtCore.QtMsgType, context: Any, text: str) -> None:
        if kind in SERIOUS and not text.startswith(HARMLESS):
            self.found.append(f"Qt: {text}")

    @vtk.calldata_type(vtk.VTK_STRING)
    def _on_vtk_error(self, caller: vtk.vtkObject, event: str, text: str) -> None:
        self.found.append(f"VTK: {text}")
