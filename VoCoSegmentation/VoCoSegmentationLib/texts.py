"""Says times, sizes and the state of jobs in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from slicer.i18n import tr as _

from VoCoLib.images.body_regions import BodyRegions
from VoCoLib.models.choice import is_out_of_place
from VoCoLib.models.descriptions import PHANTOM, Model
from VoCoLib.server.remote import PREFIX, Server
from VoCoSegmentationLib.panelWords import inPanel

if TYPE_CHECKING:  # the scene, below the jobs, needs words, too
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
    if identifier.startswith(PREFIX):
        return Server(identifier.removeprefix(PREFIX), "").host
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
        text = _("{title}: {result}").format(
            title=job.title, result=inPanel(job.summary) or _("done.")
        )
        return "\n".join([text, *map(inPanel, job.warnings)])
    if str(job.error).startswith(job.title):  # the message names it already
        return str(job.error)
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
        "Trying": _("Trying OpenVINO on this processor"),
        "Base": _("Base crops"),
        "Query": _("Query crops"),
        "Comparing": _("Comparing crops"),
        "Position": _("Position map"),
        "Searching": _("Searching the reference"),
        "Refining": _("Refining the match"),
        "Checking": _("Checking the volumes"),
        "Preparing": _("Preparing the volumes"),
        "Sending": _("Sending the CT"),
        "Waiting": _("Waiting on the server"),
    }.get(message.partition(" ")[0], message)


def compared(what: str) -> str:
    """What of a network places are compared by."""
    return {
        "projection head": _("projection head"),
        "centred backbone features": _("centred backbone features"),
    }.get(what, what)


def _progress(job: Job) -> str:
    parts = [stage(job.stage) or _("starting…")]
    if job.fraction is not None:
        parts.append(_("{percent} %").format(percent=int(100 * job.fraction)))
    if job.etaS:
        parts.append(_("{time} left").format(time=duration(job.etaS)))
    return ", ".join(parts)


def regions(names: Iterable[str]) -> str:
    """Regions of the body, from the top down."""
    known = {
        "head": _("head"),
        "neck": _("neck"),
        "chest": _("chest"),
        "abdomen": _("abdomen"),
        "pelvis": _("pelvis"),
        "legs": _("legs"),
        PHANTOM: _("VoCo's synthetic torso"),
    }
    return ", ".join(known[name] for name in names)


def flag(code: str, values: Mapping[str, Any]) -> str:
    """What a person should look at in a structure, see VoCoLib.evaluation.flags."""
    return {
        "absent": _("not found"),
        "cut": _("cut by the edge of the image"),
        "small": _("small: {value:.3g} mL, usual is more than {limit:g}"),
        "large": _("large: {value:.3g} mL, usual is less than {limit:g}"),
        "dark": _("dark: {value:.0f} HU, usual is more than {limit:g}"),
        "bright": _("bright: {value:.0f} HU, usual is less than {limit:g}"),
        "pieces": _("in {count} pieces"),
        "swapped": _("on the other side of {partner}"),
    }[code].format(**values)


def flags(row: Mapping[str, Any]) -> str:
    """All that should be looked at in a structure of a result."""
    return "; ".join(flag(**item) for item in row["flags"])


def plausibility(rows: Sequence[Mapping[str, Any]]) -> str:
    """What should be looked at in a result, as one or two sentences; or that there is nothing."""
    odd, cut = [], []
    for row in rows:
        others = [item for item in row["flags"] if item["code"] != "cut"]
        if others:
            words = ", ".join(flag(**item) for item in others)
            odd.append(_("{structure} ({remarks})").format(structure=row["name"], remarks=words))
        if len(others) < len(row["flags"]):
            cut.append(row["name"])
    sentences = []
    if odd:
        sentences.append(_("Look at: {structures}.").format(structures="; ".join(odd)))
    if cut:
        text = _("Cut by the edge of the image: {structures}.")
        sentences.append(text.format(structures=", ".join(cut)))
    return " ".join(sentences) or _("Nothing implausible.")


def outOfPlace(model: Model, shown: BodyRegions | None) -> str:
    """That a model knows nothing of what a CT shows; empty if it may well suit."""
    if shown is None or not is_out_of_place(model, shown):
        return ""
    if not shown.certain:
        text = _("This model knows {known} only; this CT is another one.")
        return text.format(known=regions(model.regions))
    text = _("This model knows {known}; this CT seems to show {shown}.")
    return text.format(known=regions(model.regions), shown=shownText(shown))


def shownText(shown: BodyRegions) -> str:
    """What a CT shows."""
    return regions([PHANTOM] if shown.synthetic else shown.extents)


def doubt(shown: BodyRegions) -> str:
    """Why no model was chosen for a CT."""
    if shown.certain:
        return _("No model here is for {shown}.").format(shown=shownText(shown))
    return _("The body region of this CT was not recognised.")
