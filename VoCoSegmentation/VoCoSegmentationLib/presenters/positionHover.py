"""The position view follows the mouse: at once from what a map found, exactly when it rests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from slicer import vtkMRMLScene, vtkMRMLSliceNode

from VoCoLib.positions.answer import PositionAnswer
from VoCoLib.positions.lookup import PositionLookup
from VoCoSegmentationLib.jobs.positions import MapJob, Point
from VoCoSegmentationLib.presenters.seams import FrontEnd
from VoCoSegmentationLib.scene.cursor import Cursor

FRAME_MS = 33  # between two answers; of several moves meanwhile only the last one counts
REST_MS = 250  # after which the mouse rests


class PositionHover:
    """Where the mouse is, and what maps say of it.

    Attributes:
        place: R, A, S in mm of the mouse; None before it came over the CT, or while not following.
        isResting: whether the mouse has stopped there.

    Args:
        scene: with the views.
        frontEnd: has timers.
        isOver: whether a slice view shows the CT.
        onMoved: called at most every FRAME_MS after place has changed, and when the mouse rests.
    """

    def __init__(
        self,
        scene: vtkMRMLScene,
        frontEnd: FrontEnd,
        isOver: Callable[[vtkMRMLSliceNode], bool],
        onMoved: Callable[[], None],
    ) -> None:
        self.place: Point | None = None
        self.isResting = False
        self._isOver = isOver
        self._onMoved = onMoved
        self._next: Point | None = None
        self._lookup: tuple[Any, PositionLookup] | None = None
        self._cursor = Cursor(scene, self._onCursor)
        self._frame = frontEnd.makeTimer(FRAME_MS, self._onFrame, again=False)
        self._rest = frontEnd.makeTimer(REST_MS, self._onRest, again=False)
        self._isWaiting = False  # for the next frame

    @property
    def following(self) -> bool:
        """Whether the mouse is followed."""
        return self._cursor.following

    def follow(self, wanted: bool) -> None:
        """Begins or ends."""
        self._cursor.follow(wanted)
        if not wanted:
            self._frame.stop()
            self._rest.stop()
            self.place = self._next = None
            self._isWaiting = self.isResting = False

    def learn(self, key: Any, job: MapJob) -> None:
        """Takes over what a map knows so far of what the key stands for."""
        assert job.maps is not None and job.similarities is not None
        lookup = PositionLookup(
            job.grid,
            job.similarities,
            np.array(job.result["lattice_affine"]),
            job.maps[..., 0] > 0,
            np.array(job.result["affine"]),
            job.compared,
        )
        self._lookup = key, lookup

    def knows(self, key: Any) -> bool:
        """Whether there is a map of what the key stands for."""
        return self._lookup is not None and self._lookup[0] == key

    def answer(self, key: Any) -> PositionAnswer | None:
        """About the place, interpolated; None where the map of the key has nothing."""
        if self.place is None or self._lookup is None or self._lookup[0] != key:
            return None
        return self._lookup[1].answer(self.place)

    def _onCursor(self, place: Point, sliceNode: vtkMRMLSliceNode) -> None:
        if not self._isOver(sliceNode) or place == (self._next or self.place):
            return
        self._next = place
        self._rest.start()
        if not self._isWaiting:
            self._isWaiting = True
            self._frame.start()

    def _onFrame(self) -> None:
        self._isWaiting = False
        if self._next is not None:
            self.place, self._next, self.isResting = self._next, None, False
            self._onMoved()

    def _onRest(self) -> None:
        if self._isWaiting:
            self._frame.stop()
            self._onFrame()
        self.isResting = True
        self._onMoved()
