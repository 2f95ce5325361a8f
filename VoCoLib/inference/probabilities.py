"""Maps of the probability of each structure, kept on the disk while a CT is segmented."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from VoCoLib.files import output_error
from VoCoLib.images.geometry import Affine, from_ras
from VoCoLib.inference.region import Region, clear_outside
from VoCoLib.recipe import Label

Place = tuple[slice, slice, int]


class ProbabilitySink(Protocol):
    """Receives what a network thinks of each voxel, slice by slice; see ProbabilityMaps."""

    def begin(self, shape: tuple[int, ...]) -> None:
        """Forgets all; shape: of the image, with axes towards right, anterior, superior."""

    def add(self, place: Place, logits: Tensor) -> None:
        """Takes a slice: where it lies in the image, and (classes, x, y) there."""

    def clear_outside(self, affine: Affine, region: Region) -> None:
        """Makes all 0 outside a region; affine: of the image as begin has it."""


class ProbabilityMaps:
    """One map of a byte per voxel for each wanted structure; memory holds a slice of all.

    Args:
        folder: for the files, which whoever made it removes.
        table: the wanted structures.
    """

    def __init__(self, folder: Path, table: Sequence[Label]) -> None:
        self._folder, self._table = folder, table
        self._maps: list[NDArray[np.uint8]] = []

    def begin(self, shape: tuple[int, ...]) -> None:
        """Forgets all; shape: of the image, with axes towards right, anterior, superior.

        Raises:
            OutputError: the disk has no room for them.
        """
        self._maps = []
        for label in self._table:
            file = self._folder / f"{label.value}.raw"
            try:
                _fill(file, shape)
            except OSError as error:
                raise output_error(self._folder.parent, error) from error
            self._maps.append(np.memmap(file, np.uint8, "r+", shape=shape, order="F"))

    def add(self, place: Place, logits: Tensor) -> None:
        """Takes a slice.

        Args:
            place: where it lies in the image.
            logits: (classes, x, y) there.
        """
        shares = logits.softmax(dim=0)[[label.value for label in self._table]]
        levels = (shares * 255).round().to(torch.uint8).cpu().numpy()
        for known, level in zip(self._maps, levels, strict=True):
            known[place] = level

    def clear_outside(self, affine: Affine, region: Region) -> None:
        """Makes all 0 outside a region; affine: of the image as begin has it."""
        for known in self._maps:
            clear_outside(known, affine, region)

    def maps(self, affine: Affine) -> list[tuple[Label, NDArray[np.uint8]]]:
        """The maps, (X, Y, Z) along the axes of the image with this affine: 255 for 1."""
        pairs = zip(self._table, self._maps, strict=True)
        return [(label, from_ras(known, affine)) for label, known in pairs]


def _fill(file: Path, shape: tuple[int, ...]) -> None:
    """Takes the room now: on a full disk, writing into a map of memory ends the process."""
    with open(file, "wb") as room:
        for _ in range(shape[-1]):
            room.write(bytes(math.prod(shape[:-1])))
