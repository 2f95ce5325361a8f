"""A small axial slice of a CT, cut along the grid of the position view."""

from __future__ import annotations

import numpy as np
import slicer
from numpy.typing import NDArray

from VoCoSegmentationLib.scene.volumes import linearAffine, voxelView

MARGIN = 0.05  # round the grid, as a share of it
AIR, TISSUE = -160.0, 240.0  # HU that become black and white without a display node


def axialSlice(
    volumeNode: slicer.vtkMRMLScalarVolumeNode,
    places: NDArray[np.float64],
) -> NDArray[np.uint8]:
    """The CT at places (rows, columns, 3) in RAS mm as grey, in its own window; outside black."""
    voxels = voxelView(volumeNode.GetImageData())
    inverse = np.linalg.inv(linearAffine(volumeNode, volumeNode))
    index = np.rint(places @ inverse[:3, :3].T + inverse[:3, 3]).astype(int)
    inside = ((index >= 0) & (index < voxels.shape)).all(2)
    i, j, k = np.moveaxis(np.where(inside[..., None], index, 0), 2, 0)
    display = volumeNode.GetDisplayNode()
    low, high = AIR, TISSUE
    if display is not None and display.IsA("vtkMRMLScalarVolumeDisplayNode"):
        low, high = display.GetWindowLevelMin(), display.GetWindowLevelMax()
    grey = (voxels[i, j, k].astype(np.float64) - low) / max(high - low, 1e-6)
    found: NDArray[np.uint8] = np.where(inside, 255 * grey.clip(0, 1), 0).astype(np.uint8)
    return found
