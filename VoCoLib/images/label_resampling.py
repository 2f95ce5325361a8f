"""Resamples label maps: each voxel gets the class with the largest interpolated share there."""

from __future__ import annotations

import itertools

import torch
from torch import Tensor

from VoCoLib.images.geometry import Resampling, neighbours

_AT_ONCE = 1 << 18  # voxels whose shares are computed together: bounds the memory
_EQUAL = 1e-9  # shares that differ by less are equal: the lower class wins


def resample_labels(values: Tensor, grid: Resampling) -> Tensor:
    """A label map on the network's grid, in a time that does not depend on its number of classes.

    Where all voxels around agree, as inside of structures, nothing is interpolated.

    Args:
        values: uint8 (X, Y, Z), RAS.
        grid: the resampling.

    Returns:
        uint8 (x, y, z): the class with the largest share by linear interpolation.
    """
    sides, shares = [], []
    low = high = values
    for axis, size in enumerate(grid.network_shape):
        positions = grid.image_positions(axis, 0, size)
        below, above, share = neighbours(positions, values.shape[axis])
        low = torch.minimum(low.index_select(axis, below), low.index_select(axis, above))
        high = torch.maximum(high.index_select(axis, below), high.index_select(axis, above))
        sides.append((below, above))
        shares.append((1 - share, share))
    border = (low != high).nonzero()
    for part in border.split(_AT_ONCE):
        low[tuple(part.T)] = _largest_share(values, part, sides, shares)
    return low


def _largest_share(
    values: Tensor,
    voxels: Tensor,
    sides: list[tuple[Tensor, Tensor]],
    shares: list[tuple[Tensor, Tensor]],
) -> Tensor:
    """uint8 (n,) of voxels (n, 3) of the network's grid, from the eight around each.

    sides and shares: for each axis, where the one below and the one above lie, and what they count.
    """
    corners, weights = [], []
    for corner in itertools.product((0, 1), repeat=3):
        picked = list(zip(corner, sides, shares, voxels.T, strict=True))
        corners.append(values[tuple(side[end][where] for end, side, _, where in picked)])
        weights.append(torch.stack([share[end][where] for end, _, share, where in picked]).prod(0))
    around, weight = torch.stack(corners), torch.stack(weights)
    best = torch.zeros(len(voxels), dtype=weight.dtype)
    result = torch.full((len(voxels),), 255, dtype=torch.uint8)
    for value in around:
        share = (weight * (around == value)).sum(0)
        better = (share > best + _EQUAL) | ((share > best - _EQUAL) & (value < result))
        best = torch.where(better, share, best)
        result = torch.where(better, value, result)
    return result
