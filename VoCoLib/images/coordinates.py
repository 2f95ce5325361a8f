"""Points between the voxels of a grid and patient space."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # Slicer's process, which has no torch, uses this file, too
    from VoCoLib.images.geometry import Affine

Points = NDArray[np.float64]


def to_voxels(affine: Affine, points: Points) -> Points:
    """Points (..., 3) in RAS mm as indices (..., 3) of the grid with this 4x4 affine."""
    inverse = np.linalg.inv(affine)
    return np.asarray(points @ inverse[:3, :3].T + inverse[:3, 3])


def to_mm(affine: Affine, voxels: Points) -> Points:
    """Indices (..., 3) of the grid with this 4x4 affine as points (..., 3) in RAS mm."""
    return np.asarray(voxels @ affine[:3, :3].T + affine[:3, 3])


def sub_grid(affine: Affine, first: Points, step: Points) -> Affine:
    """The 4x4 affine of a grid whose voxel i lies at first + step * i of the grid with affine.

    Args:
        affine: 4x4, index to RAS mm.
        first, step: (3,) in voxels.
    """
    inner = np.diag([*step, 1.0])
    inner[:3, 3] = first
    return affine @ inner
