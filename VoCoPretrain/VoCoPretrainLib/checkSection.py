"""The part of the panel that looks through the data and estimates what a run will take."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from slicer.i18n import tr as _
from VoCoSegmentationLib import texts
from VoCoSegmentationLib.jobs import Job, JobQueue

from VoCoPretrainLib import words
from VoCoPretrainLib.tasks import CheckJob, TrialJob

FULL = 1000  # of the progress bar


class CheckSection:
    """The button, the progress and the text of what was found.

    Args:
        ui: the panel's widgets.
        queue: runs the jobs.
        onCheck: called when the user wants a check.
        onChanged: called when one begins or ends.
    """

    def __init__(
        self, ui: Any, queue: JobQueue, onCheck: Callable[[], None], onChanged: Callable[[], None]
    ) -> None:
        self._ui = ui
        self._queue = queue
        self._onCheck = onCheck
        self._onChanged = onChanged
        self._job: Job | None = None
        self._found = ""
        ui.checkButton.connect("clicked(bool)", self._onClicked)
        self._show(None)

    @property
    def busy(self) -> bool:
        """Whether a job runs or waits."""
        return self._job is not None

    def check(self, config: dict[str, Any], output: Path) -> None:
        """Reads the data, then tries a few steps.

        Args:
            config: of the run.
            output: folder of the runs.
        """

        def checked(job: CheckJob) -> None:
            if job.result:
                self._add(words.check(job.result))
            self.follow(job)
            if job.state == "finished":
                self._queue.add(TrialJob(config, output, tried))

        def tried(job: TrialJob) -> None:
            if job.state == "finished":
                self._add(words.forecast(job.result))
            self.follow(job)

        self._queue.add(CheckJob(config, checked))

    def clear(self) -> None:
        """Forgets what an earlier check has found."""
        self._found = ""
        self._show(self._job)

    def close(self) -> None:
        """Cancels the job, whose end nobody would see."""
        if self._job is not None:
            self._job.callback = None
            self._queue.cancel(self._job)

    def follow(self, job: Job | None) -> None:
        """Shows a job and what was found so far; None for no job."""
        if job is not None and job.state == "finished":
            self._add(*job.warnings)
        wasBusy = self.busy
        self._job = None if job is None or job.ended else job
        self._show(job)
        if wasBusy != self.busy:
            self._onChanged()

    def _add(self, *lines: str) -> None:
        self._found = "\n".join(filter(None, [self._found, *lines]))

    def _show(self, job: Job | None) -> None:
        ui = self._ui
        ui.checkButton.text = _("Cancel") if self.busy else _("Check data and estimate")
        ui.checkProgressBar.setVisible(self.busy)
        share = job.fraction if job is not None else None
        ui.checkProgressBar.maximum = FULL if share is not None else 0
        ui.checkProgressBar.value = int(FULL * (share or 0))
        lines = [self._found]
        if job is not None and (self.busy or job.state in ("failed", "cancelled")):
            lines.append(texts.jobState(job))
        ui.checkLabel.text = "\n".join(filter(None, lines))
        ui.checkLabel.setVisible(bool(ui.checkLabel.text))

    def _onClicked(self, _checked: bool = False) -> None:
        if self._job is not None:
            self._queue.cancel(self._job)
        else:
            self._onCheck()
