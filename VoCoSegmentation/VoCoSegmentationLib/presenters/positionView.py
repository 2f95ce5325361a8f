"""What the part of the panel with the position view shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from VoCoSegmentationLib.presenters.partJobs import Progress
from VoCoSegmentationLib.presenters.positionGrid import GridChoices
from VoCoSegmentationLib.presenters.positionModels import PositionModels
from VoCoSegmentationLib.presenters.positionPicture import Picture


@dataclass(frozen=True)
class PositionView:
    """What the part shows.

    Attributes:
        models: to choose from.
        grid: how it can lie.
        isPlacing: whether the next click in a view places the point.
        isFollowing: whether the answer follows the mouse.
        canPlace, canFollow, canMap, canFind, canPair, canShowNumbers, canHide: which buttons can
            be pressed.
        isHidden: Hide is Show.
        isPaired: whether two CTs are seen side by side; isInThreeD: whether the answer is in 3D.
        canWrite: whether the answer can be written as a figure.
        overlays: ids and titles of what can be shown over the CT; overlay: the one that is.
        answer: about the point; None without one.
        picture: of the answer.
        isStale: whether the answer is about where the point was before.
        answerText, matchText, mapText: sentences; empty for none.
        progress: None: no bar, and nothing to cancel.
        status: one line or two.
    """

    models: PositionModels
    grid: GridChoices
    isPlacing: bool
    isFollowing: bool
    canPlace: bool
    canFollow: bool
    canMap: bool
    canFind: bool
    canPair: bool
    canShowNumbers: bool
    canHide: bool
    isHidden: bool
    isPaired: bool
    isInThreeD: bool
    canWrite: bool
    overlays: tuple[tuple[str, str], ...]
    overlay: str
    answer: Mapping[str, Any] | None
    picture: Picture | None
    isStale: bool
    answerText: str
    matchText: str
    mapText: str
    progress: Progress | None
    status: str
