"""Words about the jobs and volumes of the position view."""

from __future__ import annotations

from slicer.i18n import tr as _

from VoCoSegmentationLib import texts
from VoCoSegmentationLib.jobs.positions import Point, PositionJob, ViewSettings
from VoCoSegmentationLib.panelWords import inPanel


def overlayTitle(role: str) -> str:
    """What a volume over the CT is called, by the role of its node; empty for none."""
    return {
        "similarity": _("Similarity"),
        "confidence": _("Map: confidence"),
        "error": _("Map: error, mm"),
        "": _("Nothing"),
    }[role]


def aboutText(settings: ViewSettings, place: Point) -> str:
    """What a search is about, as a node can keep it; a scene keeps places roughly."""
    where = ", ".join(f"{part:.1f}" for part in place)
    return f"{settings.model}, {settings.bases}, {settings.placement}, {where}"


def remarks(job: PositionJob) -> list[str]:
    """What should be known of an answer."""
    compared = _("Compared: {what}.").format(what=texts.compared(job.compared))
    return [compared, *map(inPanel, job.warnings)]


def isLost(job: PositionJob) -> bool:
    """Whether the worker has ended since it was prepared."""
    return job.error is not None and job.error.code == "no_view"
