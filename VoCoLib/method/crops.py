"""Draws the query and base crops of a prepared volume, augmented as VoCo's pre-training does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from VoCoLib.method.base_grid import V1_GRID, V2_GRID, BaseGrid, Boxes

_FLIPPED = 0.2  # probability along each axis
_TURNED = 0.2
_LARGEST_SHIFT = 0.1  # of the intensity, either way


@dataclass(frozen=True)
class Augmentation:
    """What happens to each crop, in this order. The position label does not follow it.

    Attributes:
        flips: (crops, 3) bool, along R, A, S.
        turns: (crops,) quarter turns from R towards A, 0 to 3.
        shifts: (crops,) added to the intensity; the result is not clipped.
    """

    flips: NDArray[np.bool_]
    turns: NDArray[np.int64]
    shifts: NDArray[np.float64]


class Sliceable(Protocol):
    """A volume (x, y, z) of which parts can be read: a tensor, or one that lies on disk."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Voxels along R, A, S."""

    def __getitem__(self, box: tuple[slice, ...]) -> Tensor:
        """The part in box, (x, y, z) in 0..1."""


@dataclass(frozen=True)
class CropSampler:
    """How the crops of one volume are drawn.

    Attributes:
        grid: bases, and the size of the part of a volume that they cover.
        queries: query crops of a volume.
        shift_probability: share of crops with a shifted intensity.
        turned: whether crops are also flipped and turned, see PretrainingPreset.
    """

    grid: BaseGrid
    queries: int
    shift_probability: float
    turned: bool = True

    def draw(self, volume: Sliceable, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """A random part of volume, cut into augmented crops. All randomness comes from rng.

        Args:
            volume: (x, y, z) in 0..1, R, A, S, on any device, any floating-point type.
            rng: drawn from in a fixed order.

        Returns:
            crops (queries + bases, 1, e, e, e) float32 on the volume's device, queries first,
            and labels (queries, bases) float32 on the CPU.
        """
        part = random_part(volume, self.grid.shape, rng)
        queries = self.grid.query_boxes(self.grid.draw_centres(self.queries, rng))
        boxes = np.concatenate([queries, self.grid.base_boxes()])
        augmentation = draw_augmentation(len(boxes), self.shift_probability, rng, self.turned)
        crops = cut(part, boxes, self.grid.input_edge, augmentation)
        return crops, torch.from_numpy(self.grid.labels(queries)).float()


V1_SAMPLER = CropSampler(V1_GRID, queries=2, shift_probability=0.1)
V2_SAMPLER = CropSampler(V2_GRID, queries=2, shift_probability=0.5)


def _resize(image: Tensor, edge: int) -> Tensor:
    """Trilinear interpolation of image (x, y, z), float32, to a cube, corners aligned."""
    if image.device.type != "cpu":
        shape = (edge, edge, edge)
        return F.interpolate(image[None, None], shape, mode="trilinear", align_corners=True)[0, 0]
    # half the time of all at once: along R and A with S as channels, then along S
    planes = image.permute(2, 0, 1)[None].contiguous(memory_format=torch.channels_last)
    planes = F.interpolate(planes, (edge, edge), mode="bilinear", align_corners=True)
    rows = planes[0].permute(1, 2, 0).reshape(1, edge * edge, image.shape[2])
    return F.interpolate(rows, edge, mode="linear", align_corners=True).view(edge, edge, edge)


def random_part(volume: Sliceable, shape: tuple[int, int, int], rng: np.random.Generator) -> Tensor:
    """A random part of the given shape, a view; a smaller volume is padded with 0 on both sides.

    Args:
        volume: (x, y, z).
        shape: voxels along R, A, S.
        rng: draws the corner, all positions alike.
    """
    axes = list(zip(shape, volume.shape, strict=True))
    corner = [int(rng.integers(max(0, have - want) + 1)) for want, have in axes]
    part = volume[tuple(slice(low, low + size) for low, size in zip(corner, shape, strict=True))]
    if part.shape == shape:
        return part
    gaps = [size - have for size, have in zip(shape, part.shape, strict=True)]
    # pad wants the last axis first
    return F.pad(part, [side for gap in gaps[::-1] for side in (gap // 2, gap - gap // 2)])


def draw_augmentation(
    crops: int, shift_probability: float, rng: np.random.Generator, turned: bool = True
) -> Augmentation:
    """Independent random numbers for each of so many crops."""
    flips = (rng.random((crops, 3)) < _FLIPPED) & turned
    turns = np.where(rng.random(crops) < _TURNED, rng.integers(1, 4, crops), 0) * turned
    shifts = rng.uniform(-_LARGEST_SHIFT, _LARGEST_SHIFT, crops)
    return Augmentation(flips, turns, shifts * (rng.random(crops) < shift_probability))


def cut(part: Tensor, boxes: Boxes, edge: int, augmentation: Augmentation) -> Tensor:
    """Crops of part, resized to cubes of edge voxels and augmented.

    Args:
        part: (x, y, z).
        boxes: (crops, 3, 2) first and last + 1 voxel.
        edge: of a crop as the network gets it.
        augmentation: of as many crops.

    Returns:
        (crops, 1, edge, edge, edge) float32.
    """
    crops = torch.empty((len(boxes), 1, edge, edge, edge), device=part.device)
    for n, box in enumerate(boxes.tolist()):
        crop = part[tuple(slice(low, high) for low, high in box)]
        if crop.shape != (edge, edge, edge):
            crop = _resize(crop.float(), edge)
        axes = np.flatnonzero(augmentation.flips[n]).tolist()
        crop = torch.rot90(crop.flip(axes) if axes else crop, int(augmentation.turns[n]), (0, 1))
        torch.add(crop, float(augmentation.shifts[n]), out=crops[n, 0])
    return crops
