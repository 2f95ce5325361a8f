"""The part of the panel that shows a segmentation in 3D and its measures in a table."""

from __future__ import annotations

from typing import Any

import slicer
from slicer import vtkMRMLSegmentationNode, vtkMRMLTableNode

from VoCoSegmentationLib.segmentations import STATISTICS_ROLE


class ResultSection:
    """The buttons Show 3D and Statistics.

    Args:
        ui: the panel's widgets.
    """

    def __init__(self, ui: Any) -> None:
        self._ui = ui
        ui.statisticsButton.connect("clicked(bool)", self._onStatistics)

    def show(self, segmentationNode: vtkMRMLSegmentationNode | None) -> None:
        """Offers what there is of a segmentation."""
        if self._ui.show3DButton.segmentationNode() != segmentationNode:
            self._ui.show3DButton.setSegmentationNode(segmentationNode)
        self._ui.statisticsButton.enabled = self._tableNode() is not None

    def _tableNode(self) -> vtkMRMLTableNode | None:
        node = self._ui.show3DButton.segmentationNode()
        return node.GetNodeReference(STATISTICS_ROLE) if node is not None else None

    def _onStatistics(self, _checked: bool = False) -> None:
        tableNode = self._tableNode()
        if tableNode is not None:
            showTable(tableNode)


def showTable(tableNode: vtkMRMLTableNode) -> None:
    """Shows a table in the views, in a layout that has a table."""
    layoutManager = slicer.app.layoutManager()
    if layoutManager is not None:
        tables = slicer.modules.tables.logic()
        layoutManager.setLayout(tables.GetLayoutWithTable(layoutManager.layout))
    slicer.app.applicationLogic().GetSelectionNode().SetActiveTableID(tableNode.GetID())
    slicer.app.applicationLogic().PropagateTableSelection()
