"""What is lost when Slicer is closed now, and what goes on without it."""

from __future__ import annotations

from collections.abc import Callable

from slicer.i18n import tr as _

from VoCoSegmentationLib.jobs.queue import JobQueue

goingOn: list[Callable[[], list[str]]] = []  # each names what goes on without Slicer


def question(queue: JobQueue) -> str:
    """What to ask before Slicer is closed; empty if nothing is lost."""
    jobs = [job for job in (queue.running, *queue.waiting) if job is not None]
    lost = [job.title for job in jobs if not job.isKept]
    if not lost:
        return ""
    lines = [_("VoCo is not done, and what it works on will be lost: {titles}.")]
    others = [name for names in goingOn for name in names()]
    if others:
        lines.append(_("A training goes on without Slicer: {names}."))
    lines.append(_("Close Slicer?"))
    text = "\n".join(lines)
    return text.format(titles=", ".join(lost), names=", ".join(others))
