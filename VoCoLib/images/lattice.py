"""Points at regular distances over a body, and volumes interpolated between their values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from VoCoLib.images.body import BodyMask
from VoCoLib.images.coordinates import Points, to_mm, to_voxels
from VoCoLib.images.geometry import Affine, interpolate

_NOISE = 1e-6  # voxels


@dataclass(frozen=True)
class Lattice:
    """Points of a prepared volume: those that are the closest to a voxel of the body.

    Attributes:
        voxels: (points, 3) in voxels of the prepared volume.
        index: (points, 3) their places on the lattice; the other places have no value.
        shape: of the lattice.
        inside: bool (x, y, z), the voxels of the body's grid that get a value.
        places: (x,), (y,), (z,) where these voxels lie on the lattice.
    """

    voxels: Points
    index: NDArray[np.int64]
    shape: tuple[int, ...]
    inside: NDArray[np.bool_]
    places: list[Points]

    def volume(self, values: Sequence[float], empty: float) -> NDArray[np.float32]:
        """Values (points,), interpolated linearly between the points.

        Returns:
            float32 (x, y, z) on the body's grid, empty where nothing was asked.
        """
        known, sums = torch.zeros(self.shape), torch.zeros(self.shape)
        known[tuple(self.index.T)] = 1
        sums[tuple(self.index.T)] = torch.tensor(values, dtype=torch.float32)
        volume = self._spread(sums) / self._spread(known).clamp(min=1e-6)
        return np.where(self.inside, volume.numpy(), np.float32(empty))

    def _spread(self, values: Tensor) -> Tensor:
        for dim, places in enumerate(self.places):
            values = interpolate(values, dim, torch.from_numpy(places))
        return values


def body_box(body: BodyMask, affine: Affine) -> Points:
    """(3, 2) ends of the body along R, A, S in voxels of a grid that has the same axes.

    Args:
        body: with at least one voxel.
        affine: 4x4 of that grid, index to RAS mm.
    """
    found = np.argwhere(body.mask)
    ends = np.stack([found.min(0) - 0.5, found.max(0) + 0.5])
    return to_voxels(affine, to_mm(body.affine, ends)).T


def spread(lower: float, upper: float, step: float) -> Points:
    """Evenly spaced points about a step apart, half of their distance from both ends."""
    count = max(1, round((upper - lower) / step))
    return lower + (np.arange(count) + 0.5) * (upper - lower) / count


def make_lattice(body: BodyMask, affine: Affine, axes: Sequence[Points]) -> Lattice:
    """The lattice of axes over a body.

    Args:
        body: only points that are the closest to one of its voxels are in the lattice.
        affine: 4x4 of the prepared volume, voxels to RAS mm; its axes are the body's.
        axes: evenly spaced coordinates along R, A, S in voxels of the prepared volume. Along R and
            A nothing is asked more than half a distance beyond the outer ones.
    """
    origin = to_voxels(affine, to_mm(body.affine, np.zeros(3)))
    size = np.diag(to_voxels(affine, to_mm(body.affine, np.eye(3))) - origin)
    places, nearest, inside = [], [], body.mask.copy()
    for dim, axis in enumerate(axes):
        line = origin[dim] + size[dim] * np.arange(body.mask.shape[dim])
        distance = axis[1] - axis[0] if len(axis) > 1 else np.inf
        place = (line - axis[0]) / distance
        if dim < 2:
            outside = (place < -0.5 - _NOISE) | (place > len(axis) - 0.5 + _NOISE)
            inside[(slice(None),) * dim + (outside,)] = False
        places.append(place)
        nearest.append(np.rint(place).astype(int).clip(0, len(axis) - 1))
    asked = np.zeros([len(axis) for axis in axes], bool)
    x, y, z = np.nonzero(inside)
    asked[nearest[0][x], nearest[1][y], nearest[2][z]] = True
    index = np.argwhere(asked)
    voxels = np.stack([axis[i] for axis, i in zip(axes, index.T, strict=True)], axis=1)
    return Lattice(voxels, index, asked.shape, inside, places)
