"""The part of the panel that shows a segmentation in 3D and its measures in a table."""

from __future__ import annotations

from typing import Any, Protocol

from slicer import vtkMRMLSegmentationNode, vtkMRMLTableNode

from VoCoSegmentationLib.presenters.seams import FrontEnd
from VoCoSegmentationLib.scene.segmentations import STATISTICS_ROLE
from VoCoSegmentationLib.sections.widgets import Button


class ResultWidgets(Protocol):
    """Of the .ui file."""

    show3DButton: Any  # qMRMLSegmentationShow3DButton
    statisticsButton: Button


class ResultSection:
    """The buttons Show 3D and Statistics.

    Args:
        ui: the panel's widgets.
        frontEnd: shows the table.
    """

    def __init__(self, ui: ResultWidgets, frontEnd: FrontEnd) -> None:
        self._ui = ui
        self._frontEnd = frontEnd
        ui.show3DButton.connect("clicked(bool)", self._onShow3D)
        ui.statisticsButton.connect("clicked(bool)", self._onStatistics)

    def show(self, segmentationNode: vtkMRMLSegmentationNode | None) -> None:
        """Offers what there is of a segmentation."""
        if self._ui.show3DButton.segmentationNode() != segmentationNode:
            self._ui.show3DButton.setSegmentationNode(segmentationNode)
        self._ui.statisticsButton.enabled = self._tableNode() is not None

    def _tableNode(self) -> vtkMRMLTableNode | None:
        node = self._ui.show3DButton.segmentationNode()
        return node.GetNodeReference(STATISTICS_ROLE) if node is not None else None

    def _onShow3D(self, shown: bool = False) -> None:
        if shown:  # the button itself has made the surfaces
            self._frontEnd.showThreeD()

    def _onStatistics(self, _checked: bool = False) -> None:
        tableNode = self._tableNode()
        if tableNode is not None:
            self._frontEnd.showTable(tableNode)
