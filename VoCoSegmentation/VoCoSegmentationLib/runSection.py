"""The part of the panel that starts, shows and cancels jobs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slicer.i18n import tr as _

from VoCoSegmentationLib import texts
from VoCoSegmentationLib.jobs import Job, JobQueue

FULL = 1000  # of the progress bar


class RunSection:
    """Apply (which turns to Cancel), the queue, the progress bar and the status line.

    Args:
        ui: the panel's widgets.
        queue: what runs and waits.
        onApply: called when the user wants to segment.
    """

    def __init__(self, ui: Any, queue: JobQueue, onApply: Callable[[], None]) -> None:
        self._ui = ui
        self._queue = queue
        self._onApply = onApply
        self._shownWaiting: list[Job] = []
        self._shown: Job | None = None  # the job in the status line, also after its end
        ui.applyButton.connect("clicked(bool)", self._onApplyOrCancel)
        ui.queueButton.connect("clicked(bool)", lambda *_args: onApply())
        ui.removeWaitingButton.connect("clicked(bool)", self._onRemoveWaiting)

    def show(self, reason: str, first: str = "") -> None:
        """Shows the state of the queue.

        Args:
            reason: why Apply cannot work now; empty if it can.
            first: what Apply will do before it segments; may be empty.
        """
        ui, job = self._ui, self._current()
        self._shown = job or self._shown
        if job is None:
            ui.applyButton.text = _("Apply")
            ui.applyButton.enabled = not reason
            ui.applyButton.toolTip = reason or _("Segments the volume.")
        else:
            ui.applyButton.text = _("Cancel")
            ui.applyButton.enabled = job.state != "cancelling"
            ui.applyButton.toolTip = _("Stops {title}.").format(title=job.title)
        ui.queueButton.setVisible(job is not None)
        ui.queueButton.enabled = not reason
        self._showProgress(job)
        self._showWaiting()
        ui.statusLabel.text = texts.jobState(job) if job else self._idleText(reason, first)

    def forget(self) -> None:
        """Speaks no more of the last job, because the user turned to something else."""
        if self._shown is not None and self._shown.ended:
            self._shown = None

    def _current(self) -> Job | None:
        """The job that the user waits for: it runs, or will as soon as the worker is free."""
        waiting = self._queue.waiting
        return self._queue.running or (waiting[0] if waiting else None)

    def _idleText(self, reason: str, first: str) -> str:
        if self._shown is None:
            return reason or first or _("Ready.")
        return "\n".join(filter(None, [texts.jobState(self._shown), reason]))

    def _showProgress(self, job: Job | None) -> None:
        bar = self._ui.progressBar
        bar.setVisible(job is not None)
        share = job.fraction if job is not None else 0.0
        bar.maximum = FULL if share is not None else 0  # 0: busy, for how long is unknown
        bar.value = int(FULL * (share or 0))

    def _showWaiting(self) -> None:
        waiting = [job for job in self._queue.waiting if job is not self._current()]
        self._ui.waitingFrame.setVisible(bool(waiting))
        if waiting != self._shownWaiting:
            self._shownWaiting = waiting
            self._ui.waitingListWidget.clear()
            self._ui.waitingListWidget.addItems([texts.jobState(job) for job in waiting])

    def _onApplyOrCancel(self, _checked: bool = False) -> None:
        job = self._current()
        if job is None:
            self._onApply()
        else:
            self._queue.cancel(job)

    def _onRemoveWaiting(self, _checked: bool = False) -> None:
        row = self._ui.waitingListWidget.currentRow
        if 0 <= row < len(self._shownWaiting):
            self._queue.cancel(self._shownWaiting[row])
