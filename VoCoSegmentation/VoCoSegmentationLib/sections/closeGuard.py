"""Asks before Slicer's main window is closed, where something would be lost."""

from __future__ import annotations

from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from VoCoSegmentationLib.jobs.queue import JobQueue
from VoCoSegmentationLib.presenters.closing import question


class CloseGuard(qt.QObject):
    """An event filter of the main window.

    Args:
        queue: what may be lost.
    """

    def __init__(self, queue: JobQueue) -> None:
        qt.QObject.__init__(self)
        self._queue = queue
        self._window = slicer.util.mainWindow()
        if self._window is not None:
            self._window.installEventFilter(self)

    def stop(self) -> None:
        """Asks no more."""
        if self._window is not None:
            self._window.removeEventFilter(self)
        self._window = None

    def eventFilter(self, _watched: Any, event: Any) -> bool:
        """Whether an event ends here: a close that the user has thought better of."""
        if event.type() != qt.QEvent.Close:
            return False
        text = question(self._queue)
        if not text or slicer.util.confirmOkCancelDisplay(text, _("Close Slicer")):
            return False
        event.ignore()
        return True
