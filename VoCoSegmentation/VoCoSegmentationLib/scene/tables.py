"""Turns the measures of a segmentation into a table node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import slicer
import vtk
from slicer.i18n import tr as _

from VoCoSegmentationLib import texts
from VoCoSegmentationLib.scene.hierarchy import placeBeside
from VoCoSegmentationLib.scene.segmentations import STATISTICS_ROLE

# Column names are those of the command line's CSV file, whatever the language of the titles.
_COLUMN_TYPES: dict[str, type[vtk.vtkAbstractArray]] = {
    "frame": vtk.vtkStringArray,
    "name": vtk.vtkStringArray,
    "millilitres": vtk.vtkDoubleArray,
    "mean_hu": vtk.vtkDoubleArray,
    "voxels": vtk.vtkTypeInt64Array,
    "flags": vtk.vtkStringArray,
}


def writeStatistics(
    scene: slicer.vtkMRMLScene,
    segmentationNode: slicer.vtkMRMLSegmentationNode,
    rows: Sequence[Mapping[str, Any]],
    tableNode: slicer.vtkMRMLTableNode | None = None,
) -> slicer.vtkMRMLTableNode:
    """Makes a table of the measures beside a segmentation, or fills an existing one anew.

    Args:
        scene: the scene of segmentationNode.
        segmentationNode: what was measured.
        rows: VoCoLib.evaluation.statistics.LabelStatistics as dictionaries, in the order to show;
            for a sequence also "frame", the frame's index value. A mean_hu of None becomes NaN.
        tableNode: the table to fill; None takes the segmentation's table or makes one.

    Returns:
        the table node.
    """
    tableNode = tableNode or segmentationNode.GetNodeReference(STATISTICS_ROLE)
    if tableNode is None:
        name = _("{segmentation} statistics").format(segmentation=segmentationNode.GetName())
        tableNode = scene.AddNewNodeByClass("vtkMRMLTableNode", name)
    with slicer.util.NodeModify(tableNode):
        tableNode.RemoveAllColumns()
        for key in _COLUMN_TYPES:
            if key != "frame" or any(key in row for row in rows):
                _addColumn(tableNode, key, [_cell(key, row) for row in rows])
        tableNode.SetUseColumnTitleAsColumnHeader(True)
        tableNode.SetLocked(True)
    segmentationNode.SetNodeReferenceID(STATISTICS_ROLE, tableNode.GetID())
    placeBeside(scene, tableNode, segmentationNode)
    return tableNode


def _addColumn(tableNode: slicer.vtkMRMLTableNode, key: str, values: Sequence[Any]) -> None:
    column = _COLUMN_TYPES[key]()
    column.SetName(key)
    for value in values:
        column.InsertNextValue(float("nan") if value is None else value)
    tableNode.AddColumn(column)
    tableNode.SetColumnTitle(key, _titles()[key])


def _cell(key: str, row: Mapping[str, Any]) -> Any:
    """What a person wants to read; a CSV of the command line has all digits."""
    if key == "flags":
        return texts.flags(row)
    value = row[key]
    if key == "millilitres":
        return round(value, 1 if value >= 1 else 3)
    return round(value) if key == "mean_hu" and value is not None else value


def _titles() -> dict[str, str]:
    return {
        "frame": _("Frame"),
        "name": _("Structure"),
        "millilitres": _("Volume, mL"),
        "mean_hu": _("Mean, HU"),
        "voxels": _("Voxels"),
        "flags": _("Look at"),
    }
