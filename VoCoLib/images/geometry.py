"""Voxel grids in patient space, and the way from an image's grid to the network's and back.

The network's grid is that of MONAI's Orientationd("RAS") followed by Spacingd: the image's own
axes, permuted and flipped to the closest of right, anterior, superior, with another voxel size.
An oblique image keeps its obliquity, so resampling is separable: one interpolation per axis.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from VoCoLib.images.nibabel_parts import orientations

Affine = NDArray[np.float64]
Shape = tuple[int, int, int]


def spacing_of(affine: Affine) -> tuple[float, float, float]:
    """Voxel size in mm along each index axis of a 4x4 affine."""
    x, y, z = np.linalg.norm(affine[:3, :3], axis=0)
    return float(x), float(y), float(z)


def to_ras(array: NDArray, affine: Affine) -> tuple[NDArray, Affine]:
    """Permutes and flips (X, Y, Z) so that its axes grow towards right, anterior, superior.

    Args:
        array: any 3D array; a view of it is returned.
        affine: 4x4 index to RAS mm, of any handedness and obliquity.

    Returns:
        the view and its affine.
    """
    ornt = orientations.io_orientation(affine)
    view = orientations.apply_orientation(array, ornt)
    return view, affine @ orientations.inv_ornt_aff(ornt, array.shape)


def from_ras(array: NDArray, affine: Affine) -> NDArray:
    """The inverse of to_ras: a view of array along the axes of the image with this affine."""
    ornt = orientations.io_orientation(affine)
    back = orientations.ornt_transform(np.array([[0, 1], [1, 1], [2, 1]]), ornt)
    inverse = np.zeros_like(back)
    for axis, (target, flip) in enumerate(ornt):
        inverse[int(target)] = (axis, flip)
    view: NDArray = orientations.apply_orientation(array, inverse)
    return view


def same_grid(one: NDArray, affine: Affine, other: NDArray, other_affine: Affine) -> bool:
    """Whether no corner of two grids is further apart than a tenth of a voxel."""
    corners = np.vstack([np.indices((2, 2, 2)).reshape(3, -1), np.ones(8)])
    corners[:3] *= np.array(one.shape)[:, None] - 1
    off = np.abs((affine - other_affine) @ corners).max()
    return one.shape == other.shape and bool(off <= 0.1 * min(spacing_of(affine)))


@dataclass(frozen=True)
class Resampling:
    """Linear resampling between a RAS-oriented image grid and the network's grid.

    Attributes:
        image_shape, network_shape: voxels along R, A, S.
        scale: image voxels per network voxel along each axis; both grids share voxel (0, 0, 0).
        network_affine: 4x4, network index to RAS mm.
    """

    image_shape: Shape
    network_shape: Shape
    scale: tuple[float, float, float]
    network_affine: Affine

    def image_positions(self, axis: int, start: int, stop: int) -> Tensor:
        """Where network voxels start..stop-1 lie along an image axis, in voxels (float64)."""
        return torch.arange(start, stop, dtype=torch.float64) * self.scale[axis]

    def network_positions(self, axis: int, start: int, stop: int) -> Tensor:
        """Where image voxels start..stop-1 lie along a network axis, in voxels (float64)."""
        return torch.arange(start, stop, dtype=torch.float64) / self.scale[axis]


def resampling(shape: Shape, affine: Affine, spacing: tuple[float, float, float]) -> Resampling:
    """The network's grid for a RAS-oriented image.

    Args:
        shape: voxels of the image along R, A, S.
        affine: its 4x4 index to RAS mm.
        spacing: the network's voxel size in mm; an axis that has it already (1e-3) is kept.

    Returns:
        the resampling, with a network shape of round((n - 1) * old / new + 1), as Spacingd has it.
    """
    old = spacing_of(affine)
    scale = tuple(
        1.0 if abs(new / o - 1) < 1e-3 else new / o for new, o in zip(spacing, old, strict=True)
    )
    # rounded first, as the last bits of an oblique affine would decide where a size ends in .5
    sizes = [round((n - 1) / s + 1, 6) for n, s in zip(shape, scale, strict=True)]
    network = tuple(max(1, int(np.round(size))) for size in sizes)
    network_affine = affine @ np.diag([*scale, 1.0])
    return Resampling(shape, network, scale, network_affine)  # type: ignore[arg-type]


def interpolate(values: Tensor, dim: int, positions: Tensor) -> Tensor:
    """Linear interpolation of values along dim at positions; beyond the ends the end value holds.

    Args:
        values: any floating tensor, size n along dim.
        positions: (m,) in voxels of that axis.

    Returns:
        values with size m along dim, same dtype and device.
    """
    below, above, share = neighbours(positions, values.shape[dim])
    share = share.to(values)
    if not share.any():
        return values.index_select(dim, below.to(values.device))
    share = share.view([-1 if d == dim % values.ndim else 1 for d in range(values.ndim)])
    low = values.index_select(dim, below.to(values.device))
    high = values.index_select(dim, above.to(values.device))
    return torch.lerp(low, high, share)


def neighbours(positions: Tensor, size: int) -> tuple[Tensor, Tensor, Tensor]:
    """The voxels between which positions lie on an axis; beyond the ends the end voxel holds.

    Args:
        positions: (m,) in voxels of that axis.
        size: voxels of the axis.

    Returns:
        int64 (m,) of those below and of those above, and what the latter count, 0 to 1, in the
        positions' dtype.
    """
    clamped = positions.clamp(0, size - 1)
    below = clamped.floor().long().clamp(max=max(size - 2, 0))
    return below, (below + 1).clamp(max=size - 1), clamped - below


def resample_to_network(values: Tensor, grid: Resampling) -> Tensor:
    """Resamples a whole RAS-oriented image (..., X, Y, Z) to the network's grid."""
    for axis in range(3):
        positions = grid.image_positions(axis, 0, grid.network_shape[axis])
        values = interpolate(values, values.ndim - 3 + axis, positions)
    return values


def resample_to_image(values: Tensor, grid: Resampling) -> Tensor:
    """Resamples a whole tensor (..., x, y, z) on the network's grid back to the image's."""
    for axis in range(3):
        positions = grid.network_positions(axis, 0, grid.image_shape[axis])
        values = interpolate(values, values.ndim - 3 + axis, positions)
    return values
