"""One file per structure: finds, names and writes the masks of a folder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from VoCoLib.images.segmentation_files import write_segmentation
from VoCoLib.images.volumes import IMAGE_SUFFIXES
from VoCoLib.recipe import Label
from VoCoLib.structure_names import words_of

MASK_FOLDER = "segmentations"  # beside a CT, as TotalSegmentator's data set has it


def masks_in(folder: Path) -> dict[str, Path]:
    """The masks of a folder by the words of their structures; raises OSError."""
    files = [path for path in sorted(folder.iterdir()) if not path.name.startswith(".")]
    return {words_of(name): path for path in files if (name := structure_of(path))}


def structure_of(path: Path) -> str:
    """The structure that a mask is named after; empty if it is no image file."""
    for suffix in sorted(IMAGE_SUFFIXES, key=len, reverse=True):
        if path.name.lower().endswith(suffix):
            return path.name[: -len(suffix)]
    return ""


def write_masks(
    folder: Path,
    labels: NDArray[np.uint8],
    affine: NDArray[np.float64],
    table: tuple[Label, ...],
    source: str,
) -> Iterator[Path]:
    """Writes a NIfTI mask of 0 and 1 for each structure, also for one without a voxel.

    Args:
        folder: made if need be; masks that are there are replaced.
        labels: (X, Y, Z); affine: 4x4, index to RAS mm.
        table: the structures.
        source: what the labels were made of, for the header.

    Yields:
        each file once it is there, in the order of table: "Right kidney" is right_kidney.nii.gz.

    Raises:
        OutputError: a file cannot be written.
    """
    for label in table:
        yield write_map(folder, label, (labels == label.value).astype(np.uint8), affine, source)


def write_map(
    folder: Path, label: Label, array: NDArray[np.uint8], affine: NDArray[np.float64], source: str
) -> Path:
    """Writes an array (X, Y, Z) of one structure, named after it; raises OutputError."""
    name = re.sub(r"[^\w-]+", "_", label.name.lower()).strip("_")
    path = folder / f"{name}.nii.gz"
    write_segmentation(path, array, affine, (label,), source)
    return path
