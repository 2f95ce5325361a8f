"""The point that the position view is about: clicked in a view, or one of the user's fiducials."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import slicer
from slicer import vtkMRMLMarkupsFiducialNode
from slicer.i18n import tr as _

from VoCoSegmentationLib.jobs.positions import Point
from VoCoSegmentationLib.scene import positionColours as colours
from VoCoSegmentationLib.scene.positionNodes import PositionNodes
from VoCoSegmentationLib.scene.positionResults import stylePoint

EVENTS = (
    slicer.vtkMRMLMarkupsNode.PointModifiedEvent,
    slicer.vtkMRMLMarkupsNode.PointPositionDefinedEvent,
    slicer.vtkMRMLMarkupsNode.PointPositionUndefinedEvent,
    slicer.vtkMRMLMarkupsNode.PointRemovedEvent,
    slicer.vtkMRMLTransformableNode.TransformModifiedEvent,
)


class PositionPoint:
    """Follows a fiducial node; of several points, the one that was moved last counts.

    Args:
        nodes: of the view, with its own point.
        onMoved: called after the point was placed, moved or removed.
        onPlacing: called when the mouse begins or ends to place it.
        soon: calls a function when no event is being handled.
    """

    def __init__(
        self,
        nodes: PositionNodes,
        onMoved: Callable[[], None],
        onPlacing: Callable[[], None],
        soon: Callable[[Callable[[], None]], None],
    ) -> None:
        self._nodes = nodes
        self._onMoved = onMoved
        self._onPlacing = onPlacing
        self._soon = soon
        self._node: vtkMRMLMarkupsFiducialNode | None = None
        self._tags: list[int] = []
        self._points: list[Point] = []
        self._index = 0  # of the point that counts
        self._placing: _Placing | None = None

    @property
    def placing(self) -> bool:
        """Whether the next click in a view places the point."""
        return self._placing is not None

    @property
    def place(self) -> Point | None:
        """R, A, S in mm; None if there is no point."""
        return self._points[self._index] if self._points else None

    def follow(self, node: vtkMRMLMarkupsFiducialNode | None) -> None:
        """Follows another node, or none."""
        if node is self._node:
            return
        if self._node is not None:
            for tag in self._tags:
                self._node.RemoveObserver(tag)
        self._node, self._index = node, 0
        self._tags = [node.AddObserver(event, self._onEvent) for event in EVENTS] if node else []
        self._points = _points(node)

    def startPlacing(self) -> vtkMRMLMarkupsFiducialNode:
        """Lets the user click the view's own point into a slice or 3D view; returns its node."""
        before = self._nodes.find("point")
        node = before or self._nodes.make("point", _("Position query"))
        if before is None:
            stylePoint(node, colours.QUERY)
            node.SetControlPointLabelFormat("")
        self._placing = _Placing(node, self._onPlacingEnded, self._soon)
        self.follow(node)
        self._onPlacing()
        return node

    def close(self) -> None:
        """Gives the mouse back, and tells nobody any more."""
        self.stopPlacing()
        self.follow(None)
        self._onMoved = self._onPlacing = lambda: None

    def stopPlacing(self) -> None:
        """Gives the mouse back."""
        if self._placing is not None:
            self._placing.stop()

    def _onPlacingEnded(self) -> None:
        """A click has placed the point, or the user has thought better of it."""
        self._placing = None
        node = self._nodes.find("point")
        if node is not None and not _points(node):
            self.follow(None)
            self._nodes.removeRole("point")
        self._onPlacing()

    def _onEvent(self, _caller: Any, _event: Any) -> None:
        before, self._points = self._points, _points(self._node)
        if before == self._points:
            return
        moved = [i for i, point in enumerate(self._points) if point not in before]
        last = len(self._points) - 1
        self._index = max(0, moved[-1] if moved else min(self._index, last))
        self._onMoved()


class _Placing:
    """The mouse while it places a point: begun and, as it was before, ended.

    Slicer's own place widget neither gives back the point that was there when the user thinks
    better of it, nor the node that other modules were about to place.

    Args:
        node: gets the point; it loses the one that it has, or gets it back.
        onEnded: called once, when no view is in the middle of an event.
        soon: calls a function when no event is being handled.
    """

    def __init__(
        self,
        node: vtkMRMLMarkupsFiducialNode,
        onEnded: Callable[[], None],
        soon: Callable[[Callable[[], None]], None],
    ) -> None:
        self._node = node
        self._onEnded = onEnded
        self._soon = soon
        self._before = _points(node)
        logic = slicer.app.applicationLogic()
        self._interaction, self._selection = logic.GetInteractionNode(), logic.GetSelectionNode()
        self._state = (
            self._selection.GetActivePlaceNodeClassName(),
            self._selection.GetActivePlaceNodeID(),
            self._interaction.GetPlaceModePersistence(),
        )
        node.RemoveAllControlPoints()
        self._selection.SetReferenceActivePlaceNodeClassName(node.GetClassName())
        self._selection.SetReferenceActivePlaceNodeID(node.GetID())
        self._interaction.SetPlaceModePersistence(0)
        self._interaction.SetCurrentInteractionMode(self._interaction.Place)
        event = self._interaction.InteractionModeChangedEvent
        self._tag = self._interaction.AddObserver(event, self._onModeChanged)

    def stop(self) -> None:
        """Ends the mode as a right click does."""
        self._interaction.SwitchToViewTransformMode()

    def _onModeChanged(self, _caller: Any, _event: Any) -> None:
        if self._interaction.GetCurrentInteractionMode() != self._interaction.Place:
            self._interaction.RemoveObserver(self._tag)
            self._soon(self._end)

    def _end(self) -> None:
        kind, nodeId, persistence = self._state
        self._interaction.SetPlaceModePersistence(persistence)
        if self._selection.GetActivePlaceNodeID() == self._node.GetID():
            self._selection.SetReferenceActivePlaceNodeClassName(kind)
            self._selection.SetReferenceActivePlaceNodeID(nodeId)
        if self._node.GetScene() is not None and not _points(self._node):
            self._node.RemoveAllControlPoints()  # also one that was never put down
            for point in self._before:
                self._node.AddControlPointWorld(*point)
        self._onEnded()


def _points(node: vtkMRMLMarkupsFiducialNode | None) -> list[Point]:
    """Where the points of a node are that have been put down, R, A, S in mm."""
    if node is None:
        return []
    found = []
    for index in range(node.GetNumberOfControlPoints()):
        if node.GetNthControlPointPositionStatus(index) == node.PositionDefined:
            r, a, s = node.GetNthControlPointPositionWorld(index)
            found.append((r, a, s))
    return found
