"""Lays the grid of base crops over a patient: from a CT to crops at points in patient space."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil, floor
from typing import Any, Literal

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from VoCoLib.errors import InputError
from VoCoLib.images.body import BodyMask, find_body
from VoCoLib.images.coordinates import Points, sub_grid, to_mm, to_voxels
from VoCoLib.images.geometry import Affine, Shape, resampling, spacing_of, to_ras
from VoCoLib.images.preprocessing import Box
from VoCoLib.images.volumes import Volume
from VoCoLib.method.base_grid import BaseGrid, Boxes
from VoCoLib.method.preparation import prepare_image
from VoCoLib.method.presets import Preparation
from VoCoLib.positions.grid import PlacedGrid, closest_layer, crop_box

Mode = Literal["fit", "native"]

_NOISE = 1e-6  # voxels: less than a point can be meant to lie off a border
_COVERED = 0.95  # of the body along an axis: the rest is skin and fat
_AXES = ("right-left", "anterior-posterior", "superior-inferior")


@dataclass(frozen=True)
class Placement:
    """How the grid is laid over a body.

    Attributes:
        preparation: of the CT. With the grid's shape, the whole body is stretched or squeezed into
            the grid ("fit"); without a shape ("native") the voxels keep their size, the grid is
            centred on the body, and one grid lies above the other.
        grid: of the base crops.
    """

    preparation: Preparation
    grid: BaseGrid

    @property
    def mode(self) -> Mode:
        """Either "fit" or "native"."""
        return "native" if self.preparation.shape is None else "fit"

    def change(self, n: int | None = None, mode: Mode | None = None) -> Placement:
        """The same with n x n bases, or in another mode."""
        grid = replace(self.grid, n=n or self.grid.n)
        shape = grid.shape if (mode or self.mode) == "fit" else None
        return Placement(replace(self.preparation, shape=shape), grid)


def placement_from_record(preparation: Mapping[str, Any], grid: Mapping[str, Any]) -> Placement:
    """The placement of a training, from the fields that its checkpoint records.

    Args:
        preparation, grid: fields of Preparation and BaseGrid; tuples may have become lists.

    Raises:
        TypeError, ValueError: a field is unknown, missing or out of range.
    """
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in preparation.items()
    }
    return Placement(Preparation(**fields), BaseGrid(**grid))


@dataclass(frozen=True)
class PlacedVolume:
    """A prepared CT with its grids, ready for crops at any point.

    Attributes:
        name: of the CT, for messages.
        image: float32 (x, y, z) in 0..1, RAS.
        affine: 4x4, its voxels to RAS mm.
        grids: from below; a single one in mode "fit".
        body: where the body is.
        extent: voxels of the CT along R, A, S; extent_affine: 4x4, their index to RAS mm.
        placement: how it was made.
        warnings: what the user should know, one sentence each.
    """

    name: str
    image: Tensor
    affine: Affine
    grids: tuple[PlacedGrid, ...]
    body: BodyMask
    extent: Shape
    extent_affine: Affine
    placement: Placement
    warnings: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The grid as json can write it; each layer has its 4x4 matrices and its bases' centres."""
        layers = [
            {
                "affine": grid.affine.tolist(),
                "cells_affine": grid.cells_affine.tolist(),
                "cell_centres_mm": grid.cell_centres.tolist(),
            }
            for grid in self.grids
        ]
        grid = self.placement.grid
        return {
            **{"mode": self.placement.mode, "n": grid.n, "crop": grid.crop},
            **{"covers_body": self.covers_body, "layers": layers},
        }

    @cached_property
    def covers_body(self) -> bool:
        """Whether the grid covers the body, from side to side and from front to back."""
        if not self.body.mask.any():
            return True
        found = np.argwhere(self.body.mask)
        ends = np.stack([found.min(0) - 0.5, found.max(0) + 0.5])
        body = to_voxels(self.grids[0].affine, to_mm(self.body.affine, ends))[:, :2] + 0.5
        inside = body.clip(0, np.array(self.placement.grid.shape[:2]))
        return bool((np.diff(inside, axis=0) >= _COVERED * np.diff(body, axis=0)).all())

    def voxel(self, point: Points) -> Points:
        """A point (3,) in RAS mm in voxels of the prepared volume.

        Raises:
            InputError: it lies outside the CT.
        """
        index = to_voxels(self.extent_affine, point)
        if not ((index >= -0.5 - _NOISE) & (index <= np.array(self.extent) - 0.5 + _NOISE)).all():
            at = ", ".join(f"{x:.0f}" for x in point)
            raise InputError(
                f"The point ({at}) lies outside {self.name}.", "Choose a point inside the body."
            )
        return to_voxels(self.affine, point)

    def layer(self, voxel: Points) -> int:
        """The index of the grid whose centre along S is the closest to a voxel (3,)."""
        return closest_layer(self.grids, voxel)

    def free_box(self, voxel: Points) -> Boxes:
        """The crop box (3, 2) round a voxel (3,); along S as far inside the volume as it fits."""
        crop = self.placement.grid.crop
        box = crop_box(voxel, crop)
        room = self.image.shape[2] - crop
        start = -(-room // 2) if room < 0 else min(max(int(box[2, 0]), 0), room)
        box[2] = start, start + crop
        return box

    def crop(self, box: Boxes) -> Tensor:
        """The crop (1, e, e, e) of a box (3, 2), as the network gets it; 0 outside the volume."""
        size = self.placement.grid.crop
        part = torch.zeros((size, size, size))
        lower, upper = np.clip(box.T, 0, self.image.shape)
        inside = tuple(slice(a, b) for a, b in zip(lower, upper, strict=True))
        first, last = lower - box[:, 0], upper - box[:, 0]
        place = tuple(slice(a, b) for a, b in zip(first, last, strict=True))
        if (upper > lower).all():
            part[place] = self.image[inside]
        edge = self.placement.grid.input_edge
        if edge == size:
            return part[None]
        return F.interpolate(part[None, None], (edge,) * 3, mode="trilinear", align_corners=True)[0]


def place(array: NDArray, affine: Affine, name: str, placement: Placement) -> PlacedVolume:
    """Prepares a CT as for pre-training and lays the grid over it.

    Args:
        array: (X, Y, Z) HU, index axes in any orientation; not changed.
        affine: its 4x4 index to RAS mm, of any handedness and obliquity. The grid has the image's
            own axes, the closest to right, anterior, superior.
        name: of the CT, for messages.
        placement: see there.

    Raises:
        InputError: nothing lies in the window, or the body is too thin for a grid.
    """
    image, box = prepare_image(Volume(array, affine, name), placement.preparation)
    ras, ras_affine = to_ras(array, affine)
    prepared_affine = _prepared_affine(ras.shape, ras_affine, box, placement.preparation, name)
    body = find_body(ras, ras_affine)
    size = (image.shape[0], image.shape[1], image.shape[2])
    corners = _corners(size, placement.grid, _body_middle(body, prepared_affine, size))
    grids = tuple(
        PlacedGrid(placement.grid, corner, sub_grid(prepared_affine, np.array(corner), np.ones(3)))
        for corner in corners
    )
    return PlacedVolume(
        name=name,
        image=image,
        affine=prepared_affine,
        grids=grids,
        body=body,
        extent=ras.shape,
        extent_affine=ras_affine,
        placement=placement,
        warnings=_warnings(box, placement),
    )


def _prepared_affine(
    shape: Shape, affine: Affine, box: Box, preparation: Preparation, name: str
) -> Affine:
    """4x4 from the voxels that prepare_image makes of a RAS image to RAS mm."""
    spacing = preparation.spacing or spacing_of(affine)
    sizes = np.array([side.stop - side.start for side in box])
    padding = np.maximum(preparation.pad - sizes, 0)
    first = np.array([side.start for side in box]) - padding // 2
    step = np.ones(3)
    if preparation.shape is not None:
        if (sizes + padding < 2).any():
            raise InputError(f"The body in {name} is a single voxel thick.", "Check the CT.")
        step = (sizes + padding - 1) / (np.array(preparation.shape) - 1)
    return sub_grid(resampling(shape, affine, spacing).network_affine, first, step)


def _body_middle(body: BodyMask, affine: Affine, shape: Shape) -> Points:
    """The middle (3,) of the body's box in voxels of a grid that has the same axes."""
    found = np.argwhere(body.mask)
    if not len(found):
        return (np.array(shape) - 1) / 2
    return to_voxels(affine, to_mm(body.affine, (found.min(0) + found.max(0)) / 2))


def _corners(shape: Shape, grid: BaseGrid, middle: Points) -> list[Shape]:
    """Where grids begin in a volume of this shape: centred in R and A, layer by layer along S."""
    r, a = (_start(shape[axis], grid.shape[axis], middle[axis]) for axis in (0, 1))
    room = shape[2] - grid.crop
    if room <= 0:
        return [(r, a, -(-room // 2))]
    layers = ceil(shape[2] / grid.crop)
    return [(r, a, round(k * room / (layers - 1))) for k in range(layers)]


def _start(size: int, extent: int, middle: float) -> int:
    """First voxel of an extent round middle; all of it inside if it fits, else padded alike."""
    if size <= extent:
        return -((extent - size) // 2)
    return min(max(floor(middle + 1 + _NOISE) - extent // 2, 0), size - extent)


def _warnings(box: Box, placement: Placement) -> tuple[str, ...]:
    """What is said where the body is smaller than the grid."""
    warnings = []
    for axis, side in enumerate(box):
        size, wanted = side.stop - side.start, placement.grid.shape[axis]
        where = f"Along {_AXES[axis]} the body has {size} voxels for {wanted} of the grid"
        if placement.mode == "native" and size < wanted:
            warnings.append(f"{where}: the rest is air.")
        elif placement.mode == "fit" and 2 * size < placement.grid.crop:
            warnings.append(f"{where}: it is stretched, and shows little of what is learned.")
    return tuple(warnings)
