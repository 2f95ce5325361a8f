"""The one queue of a Slicer session, for panel and scripts, and the timer that drives it."""

from __future__ import annotations

import qt
import slicer

from VoCoLib.worker.client import WorkerClient
from VoCoSegmentationLib.jobs.queue import JobQueue
from VoCoSegmentationLib.sections.closeGuard import CloseGuard

POLL_MS = 50
IDLE_MS = 5 * 60 * 1000  # after which the worker gives its memory back


class Session:
    """A queue on the application's scene that runs by itself."""

    def __init__(self) -> None:
        self._client = WorkerClient()
        self.queue = JobQueue(self._client, slicer.mrmlScene)
        self._timer = qt.QTimer()
        self._timer.setInterval(POLL_MS)
        self._timer.connect("timeout()", self.queue.poll)
        self._idle = qt.QTimer()
        self._idle.setSingleShot(True)
        self._idle.setInterval(IDLE_MS)
        self._idle.connect("timeout()", self.freeMemory)
        self.queue.addListener(self._update)
        self._guard = CloseGuard(self.queue)
        slicer.app.connect("aboutToQuit()", self.close)

    def close(self) -> None:
        """Ends what runs, and the worker."""
        slicer.app.disconnect("aboutToQuit()", self.close)
        self._timer.stop()
        self._idle.stop()
        self._guard.stop()
        self.queue.close()
        self._client.close()

    def freeMemory(self) -> None:
        """Ends the worker, unless it works; the next job starts another one."""
        if not self.queue.busy:
            self._client.rest()

    def _update(self) -> None:
        if self.queue.busy:
            self._idle.stop()
            if not self._timer.active:
                self._timer.start()
        else:
            self._timer.stop()
            self._idle.start()


_session: Session | None = None


def sharedQueue() -> JobQueue:
    """The queue of this Slicer session, made at the first call; its worker starts with a job."""
    global _session
    if _session is None:
        _session = Session()
    return _session.queue


def freeMemory() -> None:
    """Gives back the memory of model and images, unless a job needs it."""
    if _session is not None:
        _session.freeMemory()


def closeSession() -> None:
    """Ends the queue and the worker; the next call of sharedQueue makes new ones."""
    global _session
    if _session is not None:
        _session.close()
        _session = None
