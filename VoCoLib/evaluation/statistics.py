"""Measures segmented structures: voxels, millilitres and mean HU."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from VoCoLib.evaluation.flags import Flag
from VoCoLib.files import write_atomically
from VoCoLib.recipe import Label

COLUMNS = ("label", "name", "voxels", "millilitres", "mean_hu", "removed_ml", "flags", "source")


@dataclass(frozen=True)
class LabelStatistics:
    """The measures of one structure.

    Attributes:
        value: its value in the label map.
        name: its English name.
        voxels: number of voxels.
        millilitres: their volume.
        mean_hu: mean HU; None without voxels.
        flags: what a person should look at; empty before VoCoLib.evaluation.plausibility.judge.
        removed_ml: volume of the small islands that were removed, see VoCoLib.evaluation.islands.
    """

    value: int
    name: str
    voxels: int
    millilitres: float
    mean_hu: float | None
    flags: tuple[Flag, ...] = ()
    removed_ml: float = 0.0


def measure(
    labels: NDArray[np.uint8],
    image: NDArray[Any],
    affine: NDArray[np.float64],
    table: tuple[Label, ...],
    removed: Mapping[int, int] = MappingProxyType({}),
) -> list[LabelStatistics]:
    """Measures every label of table, slice by slice so that memory stays small.

    Args:
        labels: (X, Y, Z) label map.
        image: (X, Y, Z) HU on the same grid.
        affine: the grid's 4x4 affine, index to RAS mm.
        table: what to measure; the result has its order.
        removed: voxels of small islands that are no longer in labels, by value.

    Raises:
        ValueError: labels and image differ in shape.
    """
    if labels.shape != image.shape:
        raise ValueError(f"labels {labels.shape} and image {image.shape} differ in shape")
    voxels = np.zeros(256, np.int64)
    sums = np.zeros(256)
    for k in range(labels.shape[2]):
        values = labels[:, :, k].ravel()
        voxels += np.bincount(values, minlength=256)
        sums += np.bincount(values, weights=image[:, :, k].ravel(), minlength=256)
    millilitres = abs(np.linalg.det(affine[:3, :3])) / 1000
    return [
        LabelStatistics(
            value=label.value,
            name=label.name,
            voxels=int(n),
            millilitres=float(n * millilitres),
            mean_hu=float(sums[label.value] / n) if n else None,
            removed_ml=float(removed.get(label.value, 0) * millilitres),
        )
        for label in table
        for n in [voxels[label.value]]
    ]


def write_csv(path: Path, rows: list[LabelStatistics], source: str) -> None:
    """Writes the measures as CSV (UTF-8) with the header of COLUMNS.

    Args:
        path: the file; an existing one is replaced.
        rows: what measure returned; mean_hu stays empty where there is none.
        source: the image's name, repeated in each row so that tables can be joined.

    Raises:
        OutputError: it could not be written; then the path is as it was before.
    """

    def write(temporary: Path) -> None:
        with temporary.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            for row in rows:
                mean = "" if row.mean_hu is None else f"{row.mean_hu:.1f}"
                ml = f"{row.millilitres:.3f}"
                flags = "; ".join(map(str, row.flags))
                removed = f"{row.removed_ml:.3f}" if row.removed_ml else ""
                writer.writerow((row.value, row.name, row.voxels, ml, mean, removed, flags, source))

    write_atomically(path, write)
