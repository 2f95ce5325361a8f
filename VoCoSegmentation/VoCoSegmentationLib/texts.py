"""Says times, sizes and the state of jobs in words."""

from __future__ import annotations

from typing import Any

from slicer.i18n import tr as _

from VoCoSegmentationLib.jobs.queue import Job


def duration(seconds: float) -> str:
    """A time span, rounded to what a person wants to know."""
    if seconds < 90:
        return _("{seconds} s").format(seconds=max(1, round(seconds)))
    if seconds < 5400:
        return _("{minutes} min").format(minutes=round(seconds / 60))
    return _("{hours:.1f} h").format(hours=seconds / 3600)


def size(numberOfBytes: float) -> str:
    """A number of bytes in MB or GB."""
    if numberOfBytes < 999.5e6:
        return _("{megabytes:.0f} MB").format(megabytes=max(1, numberOfBytes / 1e6))
    return _("{gigabytes:.1f} GB").format(gigabytes=numberOfBytes / 1e9)


def device(identifier: str) -> str:
    """Where a computation runs."""
    if identifier == "cpu":
        return _("the processor")
    return _("the graphics card ({identifier})").format(identifier=identifier)


def estimate(result: dict[str, Any]) -> str:
    """The worker's estimate of a segmentation, as one line."""
    text = _("Whole volume: about {time}, {memory} of {free} free memory, on {device}.").format(
        time=duration(result["seconds"]),
        memory=size(result["memory_bytes"]),
        free=size(result["free_bytes"]),
        device=device(result["device"]),
    )
    if result["fits"]:
        return text
    return text + " " + _("That does not fit: choose a region of interest or a smaller model.")


def jobState(job: Job, ahead: Job | None = None) -> str:
    """What a job is doing or how it ended, as one line.

    Args:
        job: the job.
        ahead: what it waits for, if that is a job of another part of the panels.
    """
    if job.state == "waiting" and ahead is not None:
        return _("{title}: waiting for {other}").format(title=job.title, other=ahead.title)
    if job.state == "waiting":
        return _("{title}: waiting").format(title=job.title)
    if job.state == "running":
        return _("{title}: {progress}").format(title=job.title, progress=_progress(job))
    if job.state == "cancelling":
        return _("{title}: cancelling…").format(title=job.title)
    if job.state == "finished":
        text = _("{title}: {result}").format(title=job.title, result=job.summary or _("done."))
        return "\n".join([text, *job.warnings])
    if job.state == "failed":
        return _("{title} failed: {error}").format(title=job.title, error=job.error)
    return _("{title}: {error}").format(title=job.title, error=job.error)


def stage(message: str) -> str:
    """What the worker is doing, by the first word of its message."""
    return {
        "Starting": _("starting PyTorch"),
        "Loading": _("loading the model"),
        "Finding": _("finding the body"),
        "Segmenting": _("segmenting"),
        "Downloading": _("downloading"),
        "Importing": _("importing"),
    }.get(message.partition(" ")[0], message)


def _progress(job: Job) -> str:
    parts = [stage(job.stage) or _("starting…")]
    if job.fraction is not None:
        parts.append(_("{percent} %").format(percent=int(100 * job.fraction)))
    if job.etaS:
        parts.append(_("{time} left").format(time=duration(job.etaS)))
    return ", ".join(parts)
