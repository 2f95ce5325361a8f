"""A box in patient space, and the voxels of an image that lie in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from VoCoLib.errors import InputError
from VoCoLib.images.geometry import Affine


@dataclass(frozen=True)
class Region:
    """A box in patient space: RAS mm of two opposite corners."""

    lower: tuple[float, float, float]
    upper: tuple[float, float, float]

    def __post_init__(self) -> None:
        if not all(low < high for low, high in zip(self.lower, self.upper, strict=True)):
            raise InputError(f"The region {self.lower} to {self.upper} (RAS, mm) has no extent.")


def region_slices(
    region: Region, shape: tuple[int, ...], affine: Affine
) -> tuple[slice, slice, slice]:
    """The smallest index box that holds all voxel centres inside region.

    Raises:
        InputError: the region lies outside the image.
    """
    corners = np.array(np.meshgrid(*zip(region.lower, region.upper, strict=True))).reshape(3, -1)
    index = np.linalg.solve(affine, np.vstack([corners, np.ones(8)]))[:3]
    lower = np.maximum(np.ceil(index.min(1) - 1e-6), 0).astype(int)
    upper = np.minimum(np.floor(index.max(1) + 1e-6) + 1, shape).astype(int)
    if (lower >= upper).any():
        raise InputError(
            f"The region {region.lower} to {region.upper} (RAS, mm) lies outside the image.",
            "Place it over the image.",
        )
    x, y, z = (slice(int(a), int(b)) for a, b in zip(lower, upper, strict=True))
    return x, y, z


def clear_outside(result: NDArray[np.uint8], affine: Affine, region: Region) -> None:
    """Sets voxels whose centre lies outside region to 0, slice by slice."""
    x, y = np.meshgrid(np.arange(result.shape[0]), np.arange(result.shape[1]), indexing="ij")
    lower, upper = np.array(region.lower) - 1e-6, np.array(region.upper) + 1e-6
    for z in range(result.shape[2]):
        points = x[..., None] * affine[:3, 0] + y[..., None] * affine[:3, 1]
        points = points + affine[:3, 2] * z + affine[:3, 3]
        result[..., z][((points < lower) | (points > upper)).any(-1)] = 0
