"""Puts label maps of sheared grids, as a tilted gantry gives, on grids with right angles."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

Affine = NDArray[np.float64]

_RIGHT_ANGLE = 1e-4  # cosines below it are taken for 0; ITK asks for about as much


def is_sheared(affine: Affine) -> bool:
    """Whether the axes of a grid are not at right angles."""
    axes = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    return bool(np.abs(axes.T @ axes - np.eye(3)).max() > _RIGHT_ANGLE)


def straighten(labels: NDArray[np.uint8], affine: Affine) -> tuple[NDArray[np.uint8], Affine]:
    """A label map on the smallest grid with right angles that holds all of it.

    The first axis stays, the second stays in the plane of both, voxels keep their size; each gets
    the value of the nearest.

    Args:
        labels: (X, Y, Z).
        affine: 4x4, index to RAS mm.

    Returns:
        the map on its new grid, 0 outside the old one, and the affine of the new grid.
    """
    from scipy.ndimage import affine_transform  # 10 MB that hardly any file needs

    columns, sizes = np.linalg.qr(affine[:3, :3])
    straight = np.eye(4)
    straight[:3, :3] = columns * np.diag(sizes)  # signs: along the old axes
    straight[:3, 3] = affine[:3, 3]
    ends = itertools.product(*((-0.5, n - 0.5) for n in labels.shape))
    corners = np.array([(*end, 1.0) for end in ends]).T
    inside = (np.linalg.inv(straight) @ affine @ corners)[:3]
    first = np.floor(inside.min(axis=1) + 0.5 + 1e-6).astype(int)
    last = np.ceil(inside.max(axis=1) - 0.5 - 1e-6).astype(int)
    straight[:3, 3] += straight[:3, :3] @ first
    back = np.linalg.inv(affine) @ straight
    straightened: NDArray[np.uint8] = affine_transform(
        labels, back[:3, :3], back[:3, 3], tuple(last - first + 1), order=0, mode="grid-constant"
    )
    return straightened, straight
