"""Honours the transform by which Slicer's DICOM import puts uneven or tilted slices in place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import slicer
import vtk
from numpy.typing import NDArray

from VoCoLib.dicom.spacing import Grid, even_grid, resample, straight

_POINTS = (0.0, 0.25, 0.5, 1.0)  # of a slice's width and height, where the transform is looked at


@dataclass(frozen=True)
class Acquisition:
    """Where the slices of a volume lie under its transform, and a regular grid through them.

    Attributes:
        affine: 4x4, index on the regular grid to RAS mm in the world.
        warnings: what the user should know, one sentence each.
    """

    affine: NDArray[np.float64]
    warnings: tuple[str, ...]
    _grid: Grid

    def image(self, voxels: NDArray[Any]) -> NDArray[Any]:
        """Voxels (x, y, z) of the volume on the regular grid; themselves if that has its slices."""
        if self._grid.regular:
            return voxels
        return resample(voxels.transpose(2, 1, 0), self._grid).transpose(2, 1, 0)

    def shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of the regular grid, of a volume's shape (x, y, z)."""
        return (*shape[:2], self._grid.count)

    def toSlices(self, labels: NDArray[Any]) -> NDArray[Any]:
        """Labels (x, y, z) on the regular grid as those on the volume's own: the nearest slices."""
        return labels if self._grid.regular else labels[:, :, self._grid.nearest]

    def fromSlices(self, labels: NDArray[Any]) -> NDArray[Any]:
        """Labels (x, y, z) on the volume's own grid as those on the regular one."""
        if self._grid.regular:
            return labels
        off = np.abs(np.arange(self._grid.count)[:, None] - self._grid.positions)
        return labels[:, :, off.argmin(axis=1)]


def acquisitionOf(
    transformNode: slicer.vtkMRMLTransformNode, imageNode: slicer.vtkMRMLScalarVolumeNode
) -> Acquisition | None:
    """What a nonlinear transform does to a volume, if it moves each slice as a whole.

    Returns:
        None if it bends slices, or shifts them against each other; then it is no acquisition
        transform.
    """
    points = _slicePoints(transformNode, imageNode)
    width, height, _ = imageNode.GetImageData().GetDimensions()
    right = points[0, -len(_POINTS)] - points[0, 0]
    down = points[0, len(_POINTS) - 1] - points[0, 0]
    flat = np.array([x * right + y * down for x in _POINTS for y in _POINTS])
    right, down = right / (width - 1), down / (height - 1)
    pixel = min(np.linalg.norm(right), np.linalg.norm(down))
    if np.abs(points - points[:, :1] - flat).max() > 0.1 * pixel:
        return None
    normal = np.cross(right, down)
    heights = points[:, 0] @ (normal / np.linalg.norm(normal))
    heights *= np.sign(heights[-1] - heights[0])
    if not (np.diff(heights) > 0).all():
        return None
    try:
        along = straight(points[:, 0], heights, float(pixel))
    except ValueError:
        return None
    grid = even_grid(heights)
    affine = np.eye(4)
    affine[:3] = np.stack([right, down, along * grid.step, points[0, 0]], axis=1)
    return Acquisition(affine, grid.notes, grid)


def _slicePoints(
    transformNode: slicer.vtkMRMLTransformNode, imageNode: slicer.vtkMRMLScalarVolumeNode
) -> NDArray[np.float64]:
    """(slices, points, 3) where points of each slice lie in the world, RAS mm."""
    toWorld, matrix = vtk.vtkGeneralTransform(), vtk.vtkMatrix4x4()
    transformNode.GetTransformToWorld(toWorld)
    imageNode.GetIJKToRASMatrix(matrix)
    affine = slicer.util.arrayFromVTKMatrix(matrix)
    columns, rows, slices = imageNode.GetImageData().GetDimensions()
    return np.array(
        [
            [
                toWorld.TransformPoint((affine @ [x * (columns - 1), y * (rows - 1), k, 1])[:3])
                for x in _POINTS
                for y in _POINTS
            ]
            for k in range(slices)
        ]
    )
