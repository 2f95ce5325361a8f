"""Scenes, nodes and segmentation files with Slicer's own MRML classes (package slicer-core)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import slicer
import vtk
from numpy.typing import NDArray
from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy

from VoCoView.mrml import Mrml  # makes VoCoSegmentationLib importable, too


@dataclass(frozen=True)
class Segment:
    """A segment as Slicer has it.

    Attributes:
        mask: (X, Y, Z), which may be a part of the image's grid.
        affine: 4x4, index in mask to RAS mm, without a parent transform.
    """

    id: str
    name: str
    color: tuple[float, float, float]
    terminology: str
    mask: NDArray[np.bool_]
    affine: NDArray[np.float64]


@contextlib.contextmanager
def open_scene(folder: Path) -> Iterator[slicer.vtkMRMLScene]:
    """A scene with the logics that Slicer's modules bring; it is slicer.mrmlScene meanwhile."""
    before = getattr(slicer, "mrmlScene", None)
    mrml = Mrml(folder)
    try:
        yield mrml.scene
    finally:
        slicer.mrmlScene = before


def add_volume(
    scene: slicer.vtkMRMLScene,
    array: NDArray,
    affine: NDArray[np.float64] | None = None,
    kind: str = "vtkMRMLScalarVolumeNode",
) -> slicer.vtkMRMLScalarVolumeNode:
    """Adds a volume of (X, Y, Z) or (X, Y, Z, components) with a 4x4 affine, index to RAS mm."""
    voxels = np.moveaxis(array, (0, 1, 2), (2, 1, 0))
    components = 1 if array.ndim == 3 else array.shape[3]
    image = vtk.vtkImageData()
    image.SetDimensions(array.shape[:3])
    image.GetPointData().SetScalars(numpy_to_vtk(voxels.reshape(-1, components), deep=True))
    node = scene.AddNewNodeByClass(kind, "CT")
    node.SetAndObserveImageData(image)
    node.SetIJKToRASMatrix(slicer.util.vtkMatrixFromArray(np.eye(4) if affine is None else affine))
    node.CreateDefaultDisplayNodes()
    return node


def add_transform(
    scene: slicer.vtkMRMLScene, matrix: NDArray[np.float64], *nodes: slicer.vtkMRMLTransformableNode
) -> slicer.vtkMRMLLinearTransformNode:
    """Adds a linear transform and puts nodes under it."""
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "Transform")
    transform.SetMatrixTransformToParent(slicer.util.vtkMatrixFromArray(matrix))
    for node in nodes:
        node.SetAndObserveTransformNodeID(transform.GetID())
    return transform


def add_acquisition(
    scene: slicer.vtkMRMLScene,
    node: slicer.vtkMRMLScalarVolumeNode,
    places: NDArray[np.float64],
) -> slicer.vtkMRMLGridTransformNode:
    """As Slicer's DICOM import makes it: a grid of 2 x 2 points a slice, which moves each slice.

    Args:
        places: (slices, 3) where the first voxel of each slice belongs, RAS mm.
    """
    size = node.GetImageData().GetDimensions()
    grid = vtk.vtkImageData()
    grid.SetDimensions(2, 2, size[2])
    grid.SetSpacing(size[0] - 1, size[1] - 1, 1)
    grid.AllocateScalars(vtk.VTK_DOUBLE, 3)
    matrix = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    affine = slicer.util.arrayFromVTKMatrix(matrix)
    for i, j, k in np.ndindex(2, 2, size[2]):
        for axis in range(3):
            off = places[k][axis] - (affine @ [0, 0, k, 1])[axis]
            grid.SetScalarComponentFromDouble(i, j, k, axis, off)
    transform = slicer.vtkOrientedGridTransform()
    transform.SetDisplacementGridData(grid)
    directions = affine.copy()
    directions[:3, :3] /= np.linalg.norm(affine[:3, :3], axis=0)
    grid.SetSpacing(*(np.linalg.norm(affine[:3, :3], axis=0) * grid.GetSpacing()))
    grid.SetOrigin(affine[:3, 3])
    directions[:3, 3] = 0
    transform.SetGridDirectionMatrix(slicer.util.vtkMatrixFromArray(directions))
    found = scene.AddNewNodeByClass("vtkMRMLGridTransformNode", "CT acquisition transform")
    found.SetAndObserveTransformToParent(transform)
    node.SetAndObserveTransformNodeID(found.GetID())
    return found


def load_segments(path: Path) -> list[Segment]:
    """The segments of a segmentation file, in Slicer's order."""
    scene = slicer.vtkMRMLScene()
    return segments_of(_read(scene, path))


def segments_of(node: slicer.vtkMRMLSegmentationNode) -> list[Segment]:
    """The segments of a segmentation node, in order."""
    segmentation = node.GetSegmentation()
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
    affine = slicer.util.arrayFromVTKMatrix(matrix)
    affine[:3, 3] += affine[:3, :3] @ image.GetExtent()[::2]
    tag = vtk.reference("")
    segment.GetTag(slicer.vtkSegment.GetTerminologyEntryTagName(), tag)
    return Segment(
        id=id_,
        name=segment.GetName(),
        color=segment.GetColor(),
        terminology=str(tag),
        mask=voxels == segment.GetLabelValue(),
        affine=affine,
    )
