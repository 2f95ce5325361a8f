"""Reads segmentation files with Slicer's own MRML classes (PyPI package slicer-core)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import slicer
import vtk
from numpy.typing import NDArray
from vtk.util.numpy_support import vtk_to_numpy


@dataclass(frozen=True)
class Segment:
    """A segment as Slicer has it: mask is (X, Y, Z), affine its 4x4 index to RAS mm."""

    id: str
    name: str
    color: tuple[float, float, float]
    terminology: str
    mask: NDArray[np.bool_]
    affine: NDArray[np.float64]


def load_segments(path: Path) -> list[Segment]:
    """The segments of a segmentation file, in Slicer's order."""
    scene = slicer.vtkMRMLScene()
    segmentation = _read(scene, path).GetSegmentation()
    ids = [segmentation.GetNthSegmentID(i) for i in range(segmentation.GetNumberOfSegments())]
    return [_segment(id_, segmentation.GetSegment(id_)) for id_ in ids]


def parse_terminology(text: str) -> slicer.vtkSlicerTerminologyEntry:
    """A segment's terminology tag as Slicer's terminology logic understands it."""
    entry = slicer.vtkSlicerTerminologyEntry()
    logic = slicer.vtkSlicerTerminologiesModuleLogic()
    assert logic.DeserializeTerminologyEntry(text, entry), text
    return entry


def resave(path: Path, copy: Path) -> None:
    """Reads a segmentation file and writes what was understood to another, uncropped."""
    scene = slicer.vtkMRMLScene()
    node = _read(scene, path)
    storage = scene.AddNewNodeByClass("vtkMRMLSegmentationStorageNode")
    storage.SetFileName(str(copy))
    storage.SetCropToMinimumExtent(False)
    assert storage.WriteData(node), f"Slicer cannot write {copy}"


def _read(scene: slicer.vtkMRMLScene, path: Path) -> slicer.vtkMRMLSegmentationNode:
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    storage = scene.AddNewNodeByClass("vtkMRMLSegmentationStorageNode")
    storage.SetFileName(str(path))
    assert storage.ReadData(node), f"Slicer cannot read {path}"
    return node


def _segment(id_: str, segment: slicer.vtkSegment) -> Segment:
    image = segment.GetRepresentation("Binary labelmap")
    shape = tuple(reversed(image.GetDimensions()))
    voxels = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(shape).transpose(2, 1, 0)
    matrix = vtk.vtkMatrix4x4()
    image.GetImageToWorldMatrix(matrix)
    tag = vtk.reference("")
    segment.GetTag(slicer.vtkSegment.GetTerminologyEntryTagName(), tag)
    return Segment(
        id=id_,
        name=segment.GetName(),
        color=segment.GetColor(),
        terminology=str(tag),
        mask=voxels == segment.GetLabelValue(),
        affine=np.array([[matrix.GetElement(r, c) for c in range(4)] for r in range(4)]),
    )
