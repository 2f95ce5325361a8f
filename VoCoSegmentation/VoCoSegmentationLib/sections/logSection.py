"""The part of the panel that shows the log, and copies it for a bug report."""

from __future__ import annotations

import platform
from typing import Any, Protocol

import slicer

from VoCoLib import __version__
from VoCoSegmentationLib.jobs.queue import JobQueue
from VoCoSegmentationLib.sections.widgets import Button


class LogWidgets(Protocol):
    """Of the .ui file."""

    logTextEdit: Any  # QPlainTextEdit
    copyLogButton: Button


class LogSection:
    """The log of the queue.

    Args:
        ui: the panel's widgets.
        queue: has the log.
    """

    def __init__(self, ui: LogWidgets, queue: JobQueue) -> None:
        self._ui = ui
        self._queue = queue
        self._shown = 0
        ui.copyLogButton.connect("clicked(bool)", self._onCopy)

    def show(self) -> None:
        """Appends what is new."""
        new = self._queue.lines - self._shown
        if new:
            self._ui.logTextEdit.appendPlainText("\n".join(list(self._queue.log)[-new:]))
            self._shown = self._queue.lines

    def _onCopy(self, _checked: bool = False) -> None:
        devices = ", ".join(device["name"] for device in self._queue.devices) or "not asked yet"
        head = [
            f"VoCo {__version__}, Slicer {slicer.app.applicationVersion}, {platform.platform()}",
            f"Devices: {devices}",
        ]
        slicer.app.clipboard().setText("\n".join([*head, *self._queue.log]))
