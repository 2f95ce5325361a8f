"""Shows a presenter's progress in a progress bar."""

from __future__ import annotations

from VoCoSegmentationLib.presenters.partJobs import Progress
from VoCoSegmentationLib.sections.widgets import ProgressBar

FULL = 1000


def showProgress(bar: ProgressBar, progress: Progress | None) -> None:
    """Fills a bar, lets it run without an end where the share is unknown, or hides it."""
    bar.setVisible(progress is not None)
    if progress is not None:
        bar.maximum = 0 if progress.share is None else FULL
        bar.value = int(FULL * (progress.share or 0))
