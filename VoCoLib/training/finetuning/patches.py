"""Draws augmented training patches of labelled volumes, centred on what is to be learned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from VoCoLib.training.data.inspection import values_in
from VoCoLib.training.data.prepared import PreparedVolume

Rng = np.random.Generator

_VOXELS = 512  # of a structure, of which one becomes the centre of a patch
_JITTER = 0.35  # of the patch's size, by which that voxel lies off the centre


def label_values(volume: PreparedVolume) -> tuple[int, ...]:
    """The values above 0 in the label map of a volume."""
    return values_in(label_array(volume))


def spread_voxels(volume: PreparedVolume, value: int) -> NDArray[np.int64]:
    """(n, 3) voxels of a value, spread evenly over all that have it; n is 512 at most."""
    found = np.flatnonzero(label_array(volume) == value)
    chosen = found[np.linspace(0, len(found) - 1, min(_VOXELS, len(found))).astype(np.int64)]
    return np.stack(np.unravel_index(chosen, volume.shape), axis=1)


def label_array(volume: PreparedVolume) -> NDArray[np.uint8]:
    """The label map of a volume; raises ValueError without one."""
    if volume.labels is None:
        raise ValueError("the volume was prepared without labels")
    return np.ascontiguousarray(volume.labels)


def draw_patch(
    volume: PreparedVolume,
    patch: Sequence[int],
    spacing: Sequence[float],
    voxels: NDArray[np.int64] | None,
    classes: Tensor,
    mirrored: Sequence[tuple[int, int]] | None,
    rng: Rng,
) -> tuple[Tensor, Tensor]:
    """One augmented patch.

    Args:
        volume: prepared, with labels.
        patch: its size along R, A, S in voxels.
        spacing: size of a voxel along R, A, S in mm.
        voxels: (n, 3) voxels near one of which its centre lies; None: anywhere.
        classes: (256,) int64, the class of each value in the label map.
        mirrored: classes that swap when left and right do; None: no mirroring.
        rng: draws everything.

    Returns:
        image (X, Y, Z) float32 in 0..1 and classes (X, Y, Z) int64; 0 outside the volume.
    """
    if voxels is None:
        centre = rng.random(3) * (np.array(volume.shape) - 1)
    else:
        voxel = voxels[int(rng.integers(len(voxels)))]
        centre = voxel + rng.uniform(-_JITTER, _JITTER, 3) * np.array(patch)
    image, labels = _cut(volume, torch.tensor(centre, dtype=torch.float32), patch, spacing, rng)
    labels = classes[labels]
    if mirrored is not None and rng.random() < 0.5:
        image, labels = mirror(image, labels, mirrored)
    return _vary_intensity(image, rng), labels


def _cut(
    volume: PreparedVolume,
    centre: Tensor,
    patch: Sequence[int],
    spacing: Sequence[float],
    rng: Rng,
) -> tuple[Tensor, Tensor]:
    """A patch round centre (voxels), turned and zoomed a little in mm; zeros outside."""
    shape = torch.tensor(volume.shape, dtype=torch.float32)
    positions = _positions(shape, centre, patch, spacing, rng)
    # only this part is read; a margin of a voxel, so that its border is that of the volume
    first = (positions.amin((0, 1, 2)).floor() - 1).clamp(min=0).minimum(shape - 1).long()
    last = (positions.amax((0, 1, 2)).ceil() + 2).minimum(shape).long().maximum(first + 1)
    x, y, z = (slice(int(a), int(b)) for a, b in zip(first, last, strict=True))
    # grid_sample wants the last axis first, and -1 and 1 for the outer edges of the outer voxels:
    # for their centres (align_corners) it could not say where beside a single voxel something lies
    grid = ((2 * (positions - first) + 1) / (last - first) - 1).flip(-1)[None]
    beside: dict[str, Any] = {"padding_mode": "border", "align_corners": False}
    image = F.grid_sample(volume[x, y, z][None, None], grid, **beside)[0, 0]
    values = volume.read_labels((x, y, z)).float()[None, None]
    labels = F.grid_sample(values, grid, mode="nearest", **beside)[0, 0].round().long()
    # whole voxels, as those that inference pads: none fades towards the zeros
    inside = ((positions >= -0.5) & (positions < shape - 0.5)).all(-1)
    return image * inside, labels * inside


def _positions(
    shape: Tensor, centre: Tensor, patch: Sequence[int], spacing: Sequence[float], rng: Rng
) -> Tensor:
    """(X, Y, Z, 3) where the voxels of a patch lie in a volume of this shape, in its voxels."""
    size = torch.tensor(patch, dtype=torch.float32)
    # keep the patch inside the volume where it fits; where it does not, in its middle as inference
    low, high = (size - 1) / 2, shape - 1 - (size - 1) / 2
    middle = low - (size - shape).div(2, rounding_mode="floor")
    centre = torch.where(high >= low, centre.clamp(low.minimum(high), high), middle)
    turn = _rotation(rng.normal(0, 6, 3)) / float(np.exp(rng.normal(0, 0.09)))
    mm = torch.tensor(spacing, dtype=torch.float32)
    turn = turn * mm / mm[:, None]  # from voxels to voxels: the same turn, not a shear
    axes = [torch.arange(n, dtype=torch.float32) - (n - 1) / 2 for n in patch]
    offsets = torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1)
    return offsets @ turn.T + centre


def _rotation(degrees: NDArray) -> Tensor:
    a, b, c = np.deg2rad(degrees)
    about_x = [[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]]
    about_y = [[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]]
    about_z = [[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]]
    return torch.tensor(np.array(about_x) @ about_y @ about_z, dtype=torch.float32)


def mirror(
    image: Tensor, labels: Tensor, pairs: Sequence[tuple[int, int]]
) -> tuple[Tensor, Tensor]:
    """Swaps left and right of a patch and the label values that name a side."""
    labels = labels.flip(0)
    swapped = labels.clone()
    for one, other in pairs:
        swapped[labels == one] = other
        swapped[labels == other] = one
    return image.flip(0), swapped


def _vary_intensity(image: Tensor, rng: Rng) -> Tensor:
    scale, shift = rng.uniform(0.9, 1.1), rng.uniform(-0.06, 0.06)
    noise = rng.standard_normal(image.shape, dtype=np.float32) * rng.uniform(0, 0.03)
    inside = image > 0  # air and masked-out voxels stay what they are
    return torch.where(inside, image * scale + shift + torch.from_numpy(noise), image).clamp(0, 1)
