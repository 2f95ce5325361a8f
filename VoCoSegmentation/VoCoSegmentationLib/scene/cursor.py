"""Where the mouse is over a CT, as Slicer's crosshair node says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import slicer

Point = tuple[float, float, float]


class Cursor:
    """Follows the mouse in the slice views.

    Args:
        scene: with the crosshair node, which is there as long as Slicer is.
        onMoved: called with R, A, S in mm and the slice view, many times a second.
    """

    def __init__(
        self,
        scene: slicer.vtkMRMLScene,
        onMoved: Callable[[Point, slicer.vtkMRMLSliceNode], None],
    ) -> None:
        self._scene = scene
        self._onMoved = onMoved
        self._node: slicer.vtkMRMLCrosshairNode | None = None
        self._tag = 0

    @property
    def following(self) -> bool:
        """Whether the mouse is followed."""
        return self._node is not None

    def follow(self, wanted: bool) -> None:
        """Begins or ends."""
        if wanted == self.following:
            return
        if self._node is not None:
            self._node.RemoveObserver(self._tag)
            self._node = None
            return
        self._node = self._scene.GetFirstNodeByClass("vtkMRMLCrosshairNode")
        if self._node is not None:
            event = self._node.CursorPositionModifiedEvent
            self._tag = self._node.AddObserver(event, self._onEvent)

    def _onEvent(self, _caller: Any, _event: Any) -> None:
        ras, xyz = [0.0] * 3, [0.0] * 3
        assert self._node is not None
        sliceNode = self._node.GetCursorPositionXYZ(xyz)
        if sliceNode is not None and self._node.GetCursorPositionRAS(ras):
            self._onMoved((ras[0], ras[1], ras[2]), sliceNode)
