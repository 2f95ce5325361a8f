"""One layer of base crops in patient space: which crop lies round a point, and in which bases."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from VoCoLib.images.coordinates import Points, sub_grid, to_mm
from VoCoLib.method.base_grid import BaseGrid, Boxes, Floats

if TYPE_CHECKING:  # needs torch, which Slicer's process does not load
    from VoCoLib.images.geometry import Affine, Shape

_NOISE = 1e-6  # voxels: less than a point can be meant to lie off a border


@dataclass(frozen=True)
class PlacedGrid:
    """The base crops of one layer of a body.

    Attributes:
        grid: the bases.
        corner: voxel of the prepared volume where the grid's voxel (0, 0, 0) lies; below 0 where
            the grid is larger than the volume.
        affine: 4x4, the grid's voxels to RAS mm.
    """

    grid: BaseGrid
    corner: Shape
    affine: Affine

    @property
    def cells_affine(self) -> Affine:
        """4x4 from a base's column, row and 0 to its centre in RAS mm: an image of n x n x 1."""
        crop = self.grid.crop
        return sub_grid(self.affine, np.full(3, (crop - 1) / 2), np.full(3, float(crop)))

    @property
    def cell_centres(self) -> Points:
        """(bases, 3) in RAS mm."""
        column, row = np.divmod(np.arange(self.grid.bases), self.grid.n)
        return to_mm(self.cells_affine, np.stack([column, row, np.zeros_like(row)], axis=1))

    def base_boxes(self) -> Boxes:
        """(bases, 3, 2) first and last + 1 voxel of the prepared volume."""
        boxes: Boxes = self.grid.base_boxes() + np.array(self.corner)[:, None]
        return boxes

    def corner_boxes(self) -> Boxes:
        """((n - 1)^2, 3, 2) likewise, of the crops between four bases each."""
        boxes: Boxes = self.grid.corner_boxes() + np.array(self.corner)[:, None]
        return boxes

    def query_box(self, voxel: Points) -> Boxes:
        """The box (3, 2) round a voxel (3,) of the prepared volume; along S that of the bases."""
        box = crop_box(voxel, self.grid.crop)
        box[2] = self.corner[2], self.corner[2] + self.grid.crop
        return box

    def labels(self, boxes: Boxes) -> Floats:
        """(n, bases) shares of boxes (n, 3, 2) of the prepared volume that lie in each base."""
        return self.grid.labels(boxes - np.array(self.corner)[:, None])

    def contains(self, voxel: Points) -> bool:
        """Whether a point (3,) in voxels of the prepared volume lies in the grid."""
        inside = voxel + 0.5 - self.corner
        return bool(
            (inside > -_NOISE).all() and (inside < np.array(self.grid.shape) + _NOISE).all()
        )

    def centre(self, box: Boxes) -> Points:
        """(3,) centre in RAS mm of a box (3, 2) of the prepared volume."""
        return to_mm(self.affine, (box.sum(1) - 1) / 2 - self.corner)

    def corners(self, box: Boxes) -> Points:
        """(8, 3) corners in RAS mm of a box (3, 2); S changes the fastest, then A, then R."""
        return to_mm(self.affine, np.array(list(itertools.product(*box))) - 0.5 - self.corner)


def crop_box(voxel: Points, crop: int) -> Boxes:
    """(3, 2) first and last + 1 voxel of the cube of crop voxels whose centre is the closest."""
    # a point on the border of two voxels must not fall to one of them by a rounding error
    lower = np.floor(voxel + _NOISE).astype(np.int64) + 1 - crop // 2
    return np.stack([lower, lower + crop], axis=1)


def grids_from_json(record: Mapping[str, Any]) -> tuple[PlacedGrid, ...]:
    """The layers of a grid as PlacedVolume.to_json writes it, in voxels of the lowest one.

    All are parts of one prepared volume, so that their voxels only differ by whole numbers.
    """
    grid = BaseGrid(record["n"], record["crop"])
    affines = [np.array(layer["affine"]) for layer in record["layers"]]
    inverse = np.linalg.inv(affines[0])
    grids = []
    for affine in affines:
        r, a, s = np.rint((inverse @ affine[:, 3])[:3]).astype(int).tolist()
        grids.append(PlacedGrid(grid, (r, a, s), affine))
    return tuple(grids)


def closest_layer(grids: tuple[PlacedGrid, ...], voxel: Points) -> int:
    """The index of the grid whose centre along S is the closest to a voxel (3,)."""
    centres = [grid.corner[2] + (grid.grid.crop - 1) / 2 for grid in grids]
    return int(np.argmin(np.round(np.abs(np.array(centres) - voxel[2]), 6)))
