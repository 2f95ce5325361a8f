"""Where the sliding windows lie, how they are weighted, and which of them hold any body.

Positions and weights are those of MONAI's sliding_window_inference(mode="gaussian").
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from VoCoLib.images.geometry import Shape
from VoCoLib.images.preprocessing import Box
from VoCoLib.recipe import Preprocessing

_BLOCK = 8  # voxels along each side of a block of the occupancy map


@dataclass(frozen=True)
class WindowLayout:
    """Windows over a box of the network's grid.

    Attributes:
        box: the box that is segmented, in voxels of the network's grid.
        patch: size of a window.
        padding: voxels in front of the box along each axis, where it is smaller than a window.
        starts: per axis the first voxels of the windows, counted in the padded box.
    """

    box: Box
    patch: Shape
    padding: Shape
    starts: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]

    @property
    def padded_shape(self) -> Shape:
        """Voxels of the box with its padding along R, A, S."""
        x, y, z = (max(s.stop - s.start, p) for s, p in zip(self.box, self.patch, strict=True))
        return x, y, z

    def window_in_grid(self, start: Shape) -> Box:
        """The voxels of the network's grid under a window; may reach beyond the grid."""
        first = [b.start - p + s for b, p, s in zip(self.box, self.padding, start, strict=True)]
        x, y, z = (slice(f, f + p) for f, p in zip(first, self.patch, strict=True))
        return x, y, z

    def layers(self) -> Iterator[tuple[int, list[Shape]]]:
        """Per layer along S, upwards: its start and the starts (x, y, z) of its windows."""
        for z in self.starts[2]:
            yield z, [(x, y, z) for x in self.starts[0] for y in self.starts[1]]


def window_layout(box: Box, recipe: Preprocessing) -> WindowLayout:
    """Lays windows of recipe.patch over box with recipe.overlap."""
    padding, starts = [], []
    for extent, patch in zip(box, recipe.patch, strict=True):
        size = extent.stop - extent.start
        padding.append(max(patch - size, 0) // 2)
        starts.append(_starts(max(size, patch), patch, recipe.overlap))
    return WindowLayout(box, recipe.patch, tuple(padding), tuple(starts))  # type: ignore[arg-type]


def _starts(size: int, patch: int, overlap: float) -> tuple[int, ...]:
    step = max(1, int(patch * (1 - overlap)))
    regular = range(0, size - patch, step)
    return (*regular, size - patch)  # the last window ends with the box


def importance_map(patch: Shape) -> Tensor:
    """Gaussian weights of a window: (x, y, z) float32, sigma an eighth of each side."""
    weights = torch.ones(1)
    for size in patch:
        x = torch.arange(size, dtype=torch.float32) - (size - 1) / 2
        weights = weights[..., None] * torch.exp(-(x**2) / (2 * (0.125 * size) ** 2))
    return weights[0].clamp_(min=max(weights.min().item(), 1e-3))


class Occupancy:
    """Which blocks of the network's grid hold foreground (values above 0), and its box."""

    def __init__(self, shape: Shape) -> None:
        self._blocks = np.zeros([-(-n // _BLOCK) for n in shape], dtype=bool)
        self.projections: tuple[NDArray, NDArray, NDArray] = (
            np.zeros(shape[0], bool),
            np.zeros(shape[1], bool),
            np.zeros(shape[2], bool),
        )

    def add_slab(self, values: Tensor, first: int) -> None:
        """Notes the foreground of slices first, first + 1, ...; first is a multiple of 8."""
        body = values > 0
        self.projections[0][:] |= body.any(2).any(1).cpu().numpy()
        self.projections[1][:] |= body.any(2).any(0).cpu().numpy()
        self.projections[2][first : first + body.shape[2]] = body.any(0).any(0).cpu().numpy()
        pooled = F.max_pool3d(body[None].float(), _BLOCK, ceil_mode=True)[0] > 0
        block = first // _BLOCK
        self._blocks[:, :, block : block + pooled.shape[2]] = pooled.cpu().numpy()

    @property
    def slab_thickness(self) -> int:
        """How many slices add_slab takes best at once."""
        return 4 * _BLOCK

    def holds_body(self, window: Box) -> bool:
        """False if the voxels of window are surely all 0."""
        blocks = tuple(
            slice(max(s.start, 0) // _BLOCK, -(-max(s.stop, 0) // _BLOCK)) for s in window
        )
        return bool(self._blocks[blocks].any())
