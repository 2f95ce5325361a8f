"""The grid of base crops over a volume and the position labels of query crops in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.int64]
Floats = NDArray[np.float64]

# Softmax of similarities in 0..1 is nearly flat. At this temperature the answer of a perfect
# network, similarities equal to the labels, has the least cross-entropy to them (3 x 3 and 4 x 4).
TEMPERATURE = 0.15


@dataclass(frozen=True)
class BaseGrid:
    """n x n cubic base crops side by side along R and A, one crop thick along S.

    Base i * n + j lies in column i along R and row j along A. All crops of a volume, bases and
    queries, take the whole extent along S, so a query is placed by its centre in R and A alone.

    Attributes:
        n: bases along R and along A, 2 or more.
        crop: edge of a base or query crop in voxels of the volume, even.
        input_edge: edge of a crop in voxels as the network gets it, after resizing.
    """

    n: int
    crop: int = 64
    input_edge: int = 64

    def __post_init__(self) -> None:
        if self.n < 2:
            raise ValueError(f"a grid needs 2 bases or more along R and A, not {self.n}")
        if self.crop < 2 or self.crop % 2:
            raise ValueError(f"the edge of a crop must be even, not {self.crop}")

    @property
    def bases(self) -> int:
        """Number of base crops."""
        return self.n * self.n

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels of the volume along R, A, S."""
        return self.n * self.crop, self.n * self.crop, self.crop

    @property
    def centre_range(self) -> tuple[int, int]:
        """First and last + 1 of the centres drawn along R and A.

        The last position that fits is never drawn, as in the published code: its random integers
        exclude the upper end.
        """
        return self.crop // 2, self.n * self.crop - self.crop // 2

    def base_boxes(self) -> Boxes:
        """(bases, 3, 2) first and last + 1 voxel of each base along R, A, S."""
        column, row = np.divmod(np.arange(self.bases), self.n)
        corners = np.stack([column, row], axis=1) * self.crop
        return self.query_boxes(corners + self.crop // 2)

    def query_boxes(self, centres: NDArray) -> Boxes:
        """Boxes of query crops.

        Args:
            centres: (queries, 2) integers, along R and A.

        Returns:
            (queries, 3, 2) first and last + 1 voxel along R, A, S.
        """
        lower = np.zeros((len(centres), 3), np.int64)
        lower[:, :2] = np.asarray(centres) - self.crop // 2
        return np.stack([lower, lower + self.crop], axis=2)

    def corner_boxes(self) -> Boxes:
        """((n - 1)^2, 3, 2) boxes of crops that lie between four bases each."""
        places = np.arange(1, self.n) * self.crop
        return self.query_boxes(np.stack(np.meshgrid(places, places), axis=2).reshape(-1, 2))

    def labels(self, boxes: NDArray) -> Floats:
        """Share of each box that lies in each base: 1 in sum for a box inside the grid.

        Args:
            boxes: (queries, 3, 2) lower and upper bounds along R, A, S in voxels, upper > lower.

        Returns:
            (queries, bases).
        """
        boxes = np.asarray(boxes, np.float64)[:, None]
        bases = self.base_boxes()[None]
        lower = np.maximum(boxes[..., 0], bases[..., 0])
        upper = np.minimum(boxes[..., 1], bases[..., 1])
        overlap = (upper - lower).clip(min=0).prod(-1)
        shares: Floats = overlap / (boxes[..., 1] - boxes[..., 0]).prod(-1)
        return shares

    def draw_centres(self, queries: int, rng: np.random.Generator) -> Boxes:
        """(queries, 2) uniform random centres along R and A."""
        return rng.integers(*self.centre_range, size=(queries, 2))


V1_GRID = BaseGrid(n=4, crop=96)  # CVPR 2024: 384 x 384 x 96 voxels, crops resized to 64^3
V2_GRID = BaseGrid(n=3, crop=64)  # TPAMI: 192 x 192 x 64 voxels
