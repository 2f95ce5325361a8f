"""From HU on the image's grid to the network's input: window and foreground box."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from VoCoLib.images.geometry import (
    Affine,
    Resampling,
    Shape,
    resample_to_network,
    resampling,
    to_ras,
)
from VoCoLib.images.label_resampling import resample_labels
from VoCoLib.recipe import Preprocessing

Box = tuple[slice, slice, slice]


def scale_hu(hu: Tensor, window: tuple[float, float]) -> Tensor:
    """HU to 0..1 with clipping (MONAI's ScaleIntensityRanged with clip=True), same shape."""
    lower, upper = window
    return ((hu - lower) / (upper - lower)).clamp_(0, 1)


def prepare_volume(
    array: NDArray, affine: Affine, recipe: Preprocessing
) -> tuple[Tensor, Resampling]:
    """A whole CT on the network's grid, for training.

    Args:
        array: (X, Y, Z) HU in any orientation.
        affine: its 4x4 index to RAS mm.
        recipe: spacing and window.

    Returns:
        float32 (x, y, z) in 0..1, RAS, and the resampling that made it.
    """
    ras, ras_affine = to_ras(array, affine)
    grid = resampling(ras.shape, ras_affine, recipe.spacing)
    hu = torch.from_numpy(np.ascontiguousarray(ras, dtype=np.float32))
    return scale_hu(resample_to_network(hu, grid), recipe.hu_window), grid


def prepare_labels(labels: NDArray, affine: Affine, recipe: Preprocessing) -> Tensor:
    """A label map on the network's grid: the class with the largest interpolated share.

    Args:
        labels: (X, Y, Z) integers 0 to 255, in any orientation.
        affine: its 4x4 index to RAS mm.
        recipe: spacing.

    Returns:
        uint8 (x, y, z), RAS.
    """
    ras, ras_affine = to_ras(labels, affine)
    grid = resampling(ras.shape, ras_affine, recipe.spacing)
    return resample_labels(torch.from_numpy(np.ascontiguousarray(ras, dtype=np.uint8)), grid)


def foreground_box(any_x: NDArray, any_y: NDArray, any_z: NDArray) -> Box:
    """The smallest box that holds all foreground, from its projections on the three axes.

    Raises:
        ValueError: there is no foreground.
    """
    box = []
    for projection in (any_x, any_y, any_z):
        (indices,) = np.nonzero(projection)
        if not len(indices):
            raise ValueError("no foreground")
        box.append(slice(int(indices[0]), int(indices[-1]) + 1))
    return box[0], box[1], box[2]


def full_box(shape: Shape) -> Box:
    """The box of a whole grid."""
    return slice(0, shape[0]), slice(0, shape[1]), slice(0, shape[2])
