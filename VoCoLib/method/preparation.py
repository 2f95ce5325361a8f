"""Prepares a CT and its labels for training: resampled, windowed, cut to the body."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from VoCoLib.errors import InputError
from VoCoLib.images.geometry import Affine, resampling, spacing_of, to_ras
from VoCoLib.images.preprocessing import (
    Box,
    foreground_box,
    full_box,
    prepare_labels,
    prepare_volume,
)
from VoCoLib.images.volumes import Volume
from VoCoLib.method.presets import Preparation
from VoCoLib.recipe import Preprocessing

_MOST_VOXELS = 10**9  # 4 GB as float32; a body of 0.6 x 0.6 x 2 m at 1 mm has 0.7 * 10**9


def prepare_image(volume: Volume, preparation: Preparation) -> tuple[Tensor, Box]:
    """A CT as crops are drawn from it.

    Returns:
        float32 (x, y, z) in 0..1, RAS; and the box that was cut out of the resampled volume.

    Raises:
        InputError: nothing lies in the window, the voxel size is out of range, or the image is too
            large at the wanted one.
    """
    ras, affine = to_ras(volume.array, volume.affine)
    recipe = _recipe(volume.name, affine, preparation)
    _check_size(volume.name, ras, affine, recipe)
    image, _ = prepare_volume(ras, affine, recipe)
    box = _box(volume.name, image, preparation)
    image = image[box]
    if preparation.pad:
        image = F.pad(image, _padding(image.shape, preparation.pad))
    if preparation.shape is not None:
        image = F.interpolate(
            image[None, None], preparation.shape, mode="trilinear", align_corners=True
        )[0, 0]
    return image, box


def prepare_label_map(
    labels: NDArray, affine: Affine, box: Box, preparation: Preparation
) -> Tensor:
    """A label map on the grid of the image that prepare_image made.

    Args:
        labels: (X, Y, Z) integers 0 to 255, on the image's grid, RAS.
        affine: 4x4, index to RAS mm.
        box: from prepare_image.
        preparation: without padding and shape.

    Returns:
        uint8 (x, y, z).
    """
    return prepare_labels(labels, affine, _recipe("", affine, preparation))[box]


def _recipe(name: str, affine: Affine, preparation: Preparation) -> Preprocessing:
    """What prepare_volume takes."""
    try:
        return Preprocessing(preparation.spacing or spacing_of(affine), preparation.hu_window)
    except ValueError as error:
        raise InputError(f"{name} cannot be resampled: {error}.") from error


def _check_size(name: str, ras: NDArray, affine: Affine, recipe: Preprocessing) -> None:
    """Refuses what would take all memory, which no system says before it ends the process."""
    shape = resampling(ras.shape, affine, recipe.spacing).network_shape
    if math.prod(shape) > max(_MOST_VOXELS, ras.size):  # what the image has by itself is no mistake
        sizes, spacing = " x ".join(map(str, shape)), " x ".join(f"{s:g}" for s in recipe.spacing)
        raise InputError(
            f"{name} is too large: with voxels of {spacing} mm it would have {sizes} of them.",
            "Check the voxel size in its header, or crop the image.",
        )


def _box(name: str, image: Tensor, preparation: Preparation) -> Box:
    if preparation.foreground_above is None:
        return full_box((image.shape[0], image.shape[1], image.shape[2]))
    inside = image > preparation.foreground_above
    rows, columns = inside.any(2), inside.any(0)
    try:
        return foreground_box(rows.any(1).numpy(), rows.any(0).numpy(), columns.any(0).numpy())
    except ValueError as error:
        lower, upper = preparation.hu_window
        least = lower + preparation.foreground_above * (upper - lower)
        raise InputError(
            f"{name} has no voxel above {least:g} HU.", "Check that it is the CT of a patient."
        ) from error


def _padding(shape: torch.Size, least: int) -> list[int]:
    """Zeros before and after each axis, the last axis first, as F.pad takes them."""
    missing = [max(0, least - n) for n in reversed(shape)]
    return [part for n in missing for part in (n // 2, n - n // 2)]
