"""Reads volume nodes and regions of interest as arrays and RAS coordinates for the worker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import slicer
import vtk
from numpy.typing import NDArray
from slicer.i18n import tr as _
from vtk.util.numpy_support import vtk_to_numpy

from VoCoLib.errors import InputError
from VoCoSegmentationLib.scene.acquisition import Acquisition, acquisitionOf


@dataclass(frozen=True)
class VolumeInput:
    """A CT as the worker takes it.

    Attributes:
        voxels: (x, y, z) HU; a view of the node's voxels, which live at least as long as the view.
        affine: 4x4, index of array to RAS mm, with the parent transform if that is linear or
            Slicer's acquisition transform.
        warnings: what the user should know, one sentence each.
        acquisition: what an acquisition transform does to the slices; None without one.
    """

    voxels: NDArray[Any]
    affine: NDArray[np.float64]
    warnings: list[str]
    acquisition: Acquisition | None = None

    @property
    def array(self) -> NDArray[Any]:
        """(x, y, z) HU: the voxels, resampled where an acquisition transform makes that needed."""
        return self.acquisition.image(self.voxels) if self.acquisition else self.voxels

    @property
    def shape(self) -> tuple[int, ...]:
        """Of array."""
        shape = self.voxels.shape
        return self.acquisition.shape(shape) if self.acquisition else shape

    def onVolume(self, labels: NDArray[Any]) -> NDArray[Any]:
        """Labels (x, y, z) on the grid of array as those on the volume's own."""
        return self.acquisition.toSlices(labels) if self.acquisition else labels

    def fromVolume(self, labels: NDArray[Any]) -> NDArray[Any]:
        """Labels (x, y, z) on the volume's own grid as those on the grid of array."""
        return self.acquisition.fromSlices(labels) if self.acquisition else labels


def checkVolume(
    volumeNode: slicer.vtkMRMLScalarVolumeNode | None,
    frameNode: slicer.vtkMRMLScalarVolumeNode | None = None,
) -> None:
    """Raises the InputErrors of readVolume; quick enough to be asked many times a second."""
    _checkIsVolume(volumeNode)
    assert volumeNode is not None
    imageNode = frameNode or volumeNode
    name, image = volumeNode.GetName(), imageNode.GetImageData()
    if image is None or image.GetPointData().GetScalars() is None or not image.GetNumberOfPoints():
        raise InputError(_("{name} has no voxels.").format(name=name), _("Choose another volume."))
    if image.GetNumberOfScalarComponents() != 1:
        raise InputError(
            _("{name} has more than one value per voxel (colour or vectors).").format(name=name),
            _("Choose the original CT, which has one number per voxel."),
        )
    if min(image.GetDimensions()) < 2:
        size = " x ".join(str(n) for n in image.GetDimensions())
        raise InputError(
            _("{name} has a single slice ({size} voxels).").format(name=name, size=size),
            _("Choose a volume with all slices of the CT."),
        )
    affine = linearAffine(volumeNode, imageNode)
    if not np.isfinite(affine).all() or abs(np.linalg.det(affine)) < 1e-9:
        raise InputError(
            _("The geometry of {name} flattens the image.").format(name=name),
            _("Correct its spacing and directions in the module Volumes, or its transform."),
        )


def readVolume(
    volumeNode: slicer.vtkMRMLScalarVolumeNode,
    frameNode: slicer.vtkMRMLScalarVolumeNode | None = None,
) -> VolumeInput:
    """Reads a volume without copying its voxels.

    Args:
        volumeNode: a volume of the scene, or None if nothing is selected.
        frameNode: the frame of a sequence to read instead of the one that volumeNode shows.

    Raises:
        InputError: it is not a CT volume; the message says what it is instead.
    """
    checkVolume(volumeNode, frameNode)
    imageNode = frameNode or volumeNode
    affine, warnings, acquisition = _affine(volumeNode, imageNode)
    return VolumeInput(voxelView(imageNode.GetImageData()), affine, warnings, acquisition)


def readRegion(
    roiNode: slicer.vtkMRMLMarkupsROINode, volumeNode: slicer.vtkMRMLScalarVolumeNode
) -> dict[str, list[float]]:
    """Reads the box around a region of interest, with its transform.

    Args:
        roiNode: a region of Markups or Annotations.
        volumeNode: the volume that the region limits.

    Returns:
        "lower" and "upper" corner in RAS mm, in the space of readVolume's affine.

    Raises:
        InputError: the region has not been placed.
    """
    bounds = [0.0] * 6
    roiNode.GetRASBounds(bounds)
    corners = np.array(bounds).reshape(3, 2).T
    if not (corners[0] < corners[1]).all():
        raise InputError(
            _("The region {name} has not been placed.").format(name=roiNode.GetName()),
            _("Draw it over the volume, or choose no region."),
        )
    transformNode = volumeNode.GetParentTransformNode()
    bends = transformNode is not None and not transformNode.IsTransformToWorldLinear()
    if bends and acquisitionOf(transformNode, volumeNode) is None:
        corners = _untransformed(corners, transformNode)
    return {"lower": corners[0].tolist(), "upper": corners[1].tolist()}


def voxelView(image: vtk.vtkImageData) -> NDArray[Any]:
    """The voxels of a single-component image as (x, y, z), without copying them."""
    voxels: NDArray[Any] = vtk_to_numpy(image.GetPointData().GetScalars())
    return voxels.reshape(image.GetDimensions(), order="F")


def checkInScene(scene: slicer.vtkMRMLScene, node: Any, kind: str) -> None:
    """Raises InputError where node, which a script gave, is no node of a kind in the scene.

    Its ID would be that of another node, or of none.
    """
    if not isinstance(node, slicer.vtkMRMLNode):
        raise InputError(
            _("{value} is not a node of the scene.").format(value=repr(node)),
            _("Give the node itself, such as slicer.util.getNode(name)."),
        )
    if not node.IsA(kind):
        raise InputError(_("{name} is no {kind}.").format(name=node.GetName(), kind=kind))
    if node.GetScene() is not scene or scene.GetNodeByID(node.GetID()) is not node:
        raise InputError(
            _("{name} is not in the scene (any more).").format(name=node.GetName()),
            _("Add it with slicer.mrmlScene.AddNode(node), or load it again."),
        )


def _checkIsVolume(node: slicer.vtkMRMLNode | None) -> None:
    if node is None:
        raise InputError(_("No volume is selected."), _("Choose a CT volume."))
    if node.IsA("vtkMRMLLabelMapVolumeNode"):
        problem = _("{name} is a label map, not an image.")
    elif not node.IsA("vtkMRMLScalarVolumeNode"):
        problem = _("{name} is not a volume.")
    else:
        return
    raise InputError(problem.format(name=node.GetName()), _("Choose a CT volume."))


def linearAffine(
    volumeNode: slicer.vtkMRMLScalarVolumeNode, imageNode: slicer.vtkMRMLScalarVolumeNode
) -> NDArray[np.float64]:
    """Index to RAS mm (4x4) of imageNode under the parent transform of volumeNode, if linear."""
    matrix = vtk.vtkMatrix4x4()
    imageNode.GetIJKToRASMatrix(matrix)
    transformNode = volumeNode.GetParentTransformNode()
    if transformNode is not None and transformNode.IsTransformToWorldLinear():
        toWorld = vtk.vtkMatrix4x4()
        transformNode.GetMatrixTransformToWorld(toWorld)
        vtk.vtkMatrix4x4.Multiply4x4(toWorld, matrix, matrix)
    affine: NDArray[np.float64] = slicer.util.arrayFromVTKMatrix(matrix)
    return affine


def _affine(
    volumeNode: slicer.vtkMRMLScalarVolumeNode, imageNode: slicer.vtkMRMLScalarVolumeNode
) -> tuple[NDArray[np.float64], list[str], Acquisition | None]:
    """Index to RAS mm of imageNode under the parent transform of volumeNode, and warnings."""
    transformNode = volumeNode.GetParentTransformNode()
    affine = linearAffine(volumeNode, imageNode)
    if transformNode is None or transformNode.IsTransformToWorldLinear():
        return affine, [], None
    acquisition = acquisitionOf(transformNode, imageNode)
    if acquisition is not None:
        return acquisition.affine, [*acquisition.warnings], acquisition
    message = _("{volume} is segmented without its nonlinear transform {transform}.")
    names = {"volume": volumeNode.GetName(), "transform": transformNode.GetName()}
    return affine, [message.format(**names)], None


def _untransformed(
    corners: NDArray[np.float64], transformNode: slicer.vtkMRMLTransformNode
) -> NDArray[np.float64]:
    """The box (2, 3) around what a nonlinear transform moves into the box corners (2, 3)."""
    fromWorld = vtk.vtkGeneralTransform()
    transformNode.GetTransformFromWorld(fromWorld)
    grid = np.stack(np.meshgrid(*np.linspace(corners[0], corners[1], 9).T), axis=-1).reshape(-1, 3)
    points = np.array([fromWorld.TransformPoint(point) for point in grid])
    return np.array([points.min(axis=0), points.max(axis=0)])
