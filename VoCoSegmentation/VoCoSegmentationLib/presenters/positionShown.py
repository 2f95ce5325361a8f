"""The answer of the position view that is shown: in the views, as a picture, as numbers, in 3D."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from slicer import vtkMRMLScene

from VoCoSegmentationLib.jobs.positions import Point, ViewSettings
from VoCoSegmentationLib.presenters.positionPicture import Picture, Pictures
from VoCoSegmentationLib.presenters.seams import FrontEnd
from VoCoSegmentationLib.scene.positionScene import PositionScene


@dataclass(frozen=True)
class Shown:
    """An answer and what it is about.

    Attributes:
        volumeId: of the CT.
        grid: "grid" of the worker's result of positions_prepare.
        answer: VoCoLib.positions.answer.PositionAnswer.to_json.
        settings, point: that were asked.
        isExact: whether the network was asked there; else a map was.
    """

    volumeId: str
    grid: Mapping[str, Any]
    answer: Mapping[str, Any]
    settings: ViewSettings
    point: Point
    isExact: bool


class ShownAnswer:
    """Shows an answer until another one comes.

    Attributes:
        current: the answer; None without one.
        picture: of it.
        remarks: that should be known of it, or of what was done last.
        isInThreeD: whether it is shown in 3D, too.

    Args:
        scene: where the CT is.
        drawn: nodes and views.
        frontEnd: draws.
        updateOverlay: colours the views anew.
        onChanged: called when numbers have come later.
    """

    def __init__(
        self,
        scene: vtkMRMLScene,
        drawn: PositionScene,
        frontEnd: FrontEnd,
        updateOverlay: Callable[[], None],
        onChanged: Callable[[], None],
    ) -> None:
        self.current: Shown | None = None
        self.picture: Picture | None = None
        self.remarks: list[str] = []
        self.isInThreeD = False
        self._scene = scene
        self._drawn = drawn
        self._frontEnd = frontEnd
        self._updateOverlay = updateOverlay
        self._onChanged = onChanged
        self._pictures = Pictures()

    def show(self, shown: Shown) -> bool:
        """Shows another answer; whether its CT is still there."""
        volumeNode = self._scene.GetNodeByID(shown.volumeId)
        if volumeNode is None:
            return False
        with self._frontEnd.renderingPaused():
            self._drawn.showAnswer(volumeNode, shown.grid, shown.answer)
            self._updateOverlay()
        self.current = shown
        self.picture = self._pictures.make(volumeNode, shown.grid, shown.answer)
        self._updateThreeD()
        if shown.isExact:
            self._frontEnd.soon(self._showNumbers)  # not all at once: the views stay smooth
        return True

    def clear(self) -> None:
        """Takes the answer out of the views."""
        self._drawn.clearAnswer()
        self.forget()

    def forget(self) -> None:
        """What is shown has gone without being asked."""
        self.current, self.picture, self.remarks = None, None, []

    def showThreeD(self, wanted: bool) -> None:
        """Shows this answer and those to come in the body in 3D, or not any more."""
        self.isInThreeD = wanted
        if wanted:
            self._updateThreeD()
        else:
            self._drawn.removeThreeD()

    def _updateThreeD(self) -> None:
        shown = self.current
        volumeNode = self._scene.GetNodeByID(shown.volumeId) if shown is not None else None
        if self.isInThreeD and shown is not None and volumeNode is not None:
            self._drawn.showThreeD(volumeNode, shown.grid, shown.answer)

    def _showNumbers(self) -> None:
        if self.current is not None:
            self._drawn.showNumbers(self.current.answer)
            self._onChanged()
