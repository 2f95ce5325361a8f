"""Finds the volumes of a scene, with their frames and segmentations, for a training."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import slicer
import vtk
from numpy.typing import NDArray
from VoCoSegmentationLib.scene.segmentations import REFERENCE, STATISTICS_ROLE
from VoCoSegmentationLib.scene.sequences import frameValues, readFrame, sequenceBrowserOf
from VoCoSegmentationLib.scene.uncertainty import ROLE as UNCERTAINTY
from VoCoSegmentationLib.scene.volumes import VolumeInput, readVolume, voxelView


@dataclass(frozen=True)
class SceneCase:
    """One volume, or one frame of a sequence.

    Attributes:
        name: of its files, without suffix.
        read: returns the volume as it is in the scene now.
        segmentationNode: whose segments are its labels; None if there is none.
        volumeNode: on whose grid they are.
    """

    name: str
    read: Callable[[], VolumeInput]
    segmentationNode: slicer.vtkMRMLSegmentationNode | None
    volumeNode: slicer.vtkMRMLScalarVolumeNode


def trainingVolumes(scene: slicer.vtkMRMLScene) -> list[slicer.vtkMRMLScalarVolumeNode]:
    """The volumes that a user can train on: no label maps, which are derived from volumes."""
    kind = "vtkMRMLScalarVolumeNode"
    nodes = slicer.util.getNodesByClass(kind, scene)
    known = [n for n in nodes if n.GetClassName() == kind and not n.GetHideFromEditors()]
    return [n for n in known if not n.GetAttribute(UNCERTAINTY)]


def sceneCases(
    scene: slicer.vtkMRMLScene, volumeNodes: Sequence[slicer.vtkMRMLScalarVolumeNode]
) -> list[SceneCase]:
    """The cases of some volumes; of a volume that shows a sequence, each frame is one."""
    cases: list[SceneCase] = []
    for volumeNode in volumeNodes:
        for suffix, read in _readers(scene, volumeNode):
            name = f"{len(cases) + 1:03d} {_fileName(volumeNode.GetName())}{suffix}"
            # the frames of a sequence of segmentations are not looked at
            segmentationNode = None if suffix else segmentationOf(scene, volumeNode)
            cases.append(SceneCase(name, read, segmentationNode, volumeNode))
    return cases


def segmentationOf(
    scene: slicer.vtkMRMLScene, volumeNode: slicer.vtkMRMLScalarVolumeNode
) -> slicer.vtkMRMLSegmentationNode | None:
    """The first segmentation with segments that was made on a volume: drawn, else a result."""
    nodes = slicer.util.getNodesByClass("vtkMRMLSegmentationNode", scene)
    volumeId = volumeNode.GetID()
    made = [n for n in nodes if n.GetNodeReferenceID(REFERENCE) == volumeId and _segments(n)]
    return min(made, key=isResult, default=None)


def isResult(segmentationNode: slicer.vtkMRMLSegmentationNode) -> bool:
    """Whether VoCo Segmentation has made a segmentation, which a person may have corrected."""
    return segmentationNode.GetNodeReferenceID(STATISTICS_ROLE) is not None


def structureNames(cases: Sequence[SceneCase]) -> list[str]:
    """The names of all segments, in the order of their labels 1, 2, ..."""
    names = {name for case in cases for name, _id in _segments(case.segmentationNode)}
    return sorted(names)


def labelMap(case: SceneCase, names: Sequence[str]) -> NDArray[Any]:
    """The labels of a case that has a segmentation, (x, y, z) on the grid of its volume.

    Args:
        case: the case.
        names: of the structures with the labels 1, 2, ...; where segments overlap, the last counts.
    """
    node, segments = case.segmentationNode, _segments(case.segmentationNode)
    assert node is not None
    ids, values = vtk.vtkStringArray(), vtk.vtkIntArray()
    for name, segmentId in segments:
        ids.InsertNextValue(segmentId)
        values.InsertNextValue(names.index(name) + 1)
    node.CreateBinaryLabelmapRepresentation()  # does nothing where it has one
    grid = slicer.vtkSlicerSegmentationsModuleLogic.CreateOrientedImageDataFromVolumeNode(
        case.volumeNode, node.GetParentTransformNode()
    )
    grid.UnRegister(None)
    merged = slicer.vtkOrientedImageData()
    extent = slicer.vtkSegmentation.EXTENT_REFERENCE_GEOMETRY
    node.GenerateMergedLabelmapForAllSegments(merged, extent, grid, ids, values)
    return voxelView(merged)


def _readers(
    scene: slicer.vtkMRMLScene, volumeNode: slicer.vtkMRMLScalarVolumeNode
) -> list[tuple[str, Callable[[], VolumeInput]]]:
    """What to append to the name, and how to read, each frame or the one volume."""
    browserNode = sequenceBrowserOf(scene, volumeNode)
    if browserNode is None:
        return [("", lambda: readVolume(volumeNode))]

    def reader(value: str) -> Callable[[], VolumeInput]:
        return lambda: readFrame(browserNode, volumeNode, value)

    values = frameValues(browserNode, volumeNode)
    return [(f" {number:03d}", reader(value)) for number, value in enumerate(values, start=1)]


def _segments(node: slicer.vtkMRMLSegmentationNode | None) -> list[tuple[str, str]]:
    """Name and ID of the segments; some may have the same name."""
    if node is None:
        return []
    segmentation: Any = node.GetSegmentation()
    ids = [segmentation.GetNthSegmentID(i) for i in range(segmentation.GetNumberOfSegments())]
    return [(segmentation.GetSegment(id_).GetName(), id_) for id_ in ids]


def _fileName(text: str | None) -> str:
    """A text as a part of a file name on any system."""
    return re.sub(r"[^\w.-]+", "_", text or "")[:60] or "CT"
