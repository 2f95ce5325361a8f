"""Reads label maps into the values of one table, whatever values and layers a file has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from VoCoLib.errors import InputError
from VoCoLib.images.encodings import itk_path, printable
from VoCoLib.images.geometry import same_grid
from VoCoLib.images.inputs import any_failure
from VoCoLib.images.label_names import LabelNames, match_segments
from VoCoLib.images.mask_files import masks_in
from VoCoLib.images.segments import Segment, read_layers, read_segments
from VoCoLib.images.volumes import read_label_map


@dataclass(frozen=True)
class LabelMap:
    """A label map in the values of a table.

    Attributes:
        array: (X, Y, Z) in the file's index order; uint8, or int16 where a file without names has
            other values.
        affine: 4x4, index to RAS mm.
        overlapping: voxels that more than one structure claims; the smallest of them has them.
    """

    array: NDArray[Any]
    affine: NDArray[np.float64]
    overlapping: int = 0


def read_named_labels(path: Path, names: LabelNames, all_known: bool = True) -> LabelMap:
    """Reads a label map; a file that says what its values mean is believed, not the table.

    Args:
        path: a file as read_label_map takes it, a segmentation of several layers, or a folder with
            a mask for each structure, named after it.
        names: the table. Of a file without names of its own, values are taken as they are.
        all_known: refuse structures of the file that the table does not have; else leave them out.

    Raises:
        InputError: the file cannot be read, or its names disagree with the table.
    """
    if path.is_dir():
        return _read_masks(path, names)
    with any_failure(path), itk_path(path) as readable:
        segments = read_segments(readable)
        if not segments:
            return LabelMap(*read_label_map(readable))
        if max(segment.layer for segment in segments) > 0:
            layers, affine = read_layers(readable)
        else:
            array, affine = read_label_map(readable)
            layers = [array]
    masks = _voxels(layers, segments, path)
    present = {segment for segment, count in masks.items() if count}
    values = match_segments(segments, present, names, printable(path), all_known)
    if len(layers) == 1:
        return LabelMap(_renamed(layers[0], values), affine)
    order = sorted(values, key=lambda segment: -masks[segment])  # small structures last, on top
    return LabelMap(*_merged(layers, order, values, affine))


def _read_masks(folder: Path, names: LabelNames) -> LabelMap:
    """The masks of the table's structures; those of others are not opened."""
    with any_failure(folder):
        files = masks_in(folder)
    wanted = [(value, files[words]) for value, words in names.by_words() if words in files]
    if not wanted:
        raise InputError(
            f"{printable(folder)} holds no mask of the structures of {names.source}.",
            "Name the files after the structures: liver.nii.gz.",
        )
    sizes: dict[int, int] = {}
    merged: NDArray[np.uint8] | None = None
    affine, overlapping = np.eye(4), 0
    for value, file in wanted:
        with any_failure(file), itk_path(file) as readable:
            mask, grid = read_label_map(readable)
        if merged is None:
            merged, affine = np.zeros(mask.shape, np.uint8, order="F"), grid
        if not same_grid(merged, affine, mask, grid):
            raise InputError(
                f"{printable(file)} is on another grid than {wanted[0][1].name} beside it.",
                "Resample it to the image's grid.",
            )
        inside = mask != 0
        sizes[value] = int(np.count_nonzero(inside))
        taken = np.array([0, *(sizes.get(n, 0) for n in range(1, names.highest))])
        taken_there = merged[inside]
        overlapping += int(np.count_nonzero(taken_there))
        # a smaller structure keeps its voxels
        smaller = (taken_there > 0) & (taken[taken_there] <= sizes[value])
        merged[inside] = np.where(smaller, taken_there, np.uint8(value))
    assert merged is not None
    return LabelMap(merged, affine, overlapping)


def _voxels(
    layers: Sequence[NDArray[Any]], segments: Sequence[Segment], path: Path
) -> dict[Segment, int]:
    """How many voxels each segment has; raises InputError for voxels that are in none."""
    counts: dict[Segment, int] = {}
    for number, layer in enumerate(layers):
        found, sizes = np.unique(layer, return_counts=True)
        here = {segment.value: segment for segment in segments if segment.layer == number}
        for value, size in zip(found.tolist(), sizes.tolist(), strict=True):
            if value and value not in here:
                raise InputError(
                    f"{printable(path)} holds the value {value}, which is in none of its segments.",
                    "Save the segmentation again in Slicer.",
                )
            if value:
                counts[here[value]] = size
    return {segment: counts.get(segment, 0) for segment in segments}


def _renamed(layer: NDArray[Any], values: dict[Segment, int]) -> NDArray[np.uint8]:
    table = np.zeros(int(layer.max()) + 1, np.uint8)
    for segment, value in values.items():
        if segment.value < len(table):
            table[segment.value] = value
    renamed: NDArray[np.uint8] = table[layer]
    return renamed


def _merged(
    layers: Sequence[NDArray[Any]],
    order: Sequence[Segment],
    values: dict[Segment, int],
    affine: NDArray[np.float64],
) -> tuple[NDArray[np.uint8], NDArray[np.float64], int]:
    merged = np.zeros(layers[0].shape, np.uint8, order="F")
    overlapping = 0
    for segment in order:
        mask = layers[segment.layer] == segment.value
        overlapping += int(np.count_nonzero(merged[mask]))
        merged[mask] = values[segment]
    return merged, affine, overlapping
