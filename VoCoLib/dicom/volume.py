"""Reads one series behind a path of DICOM files as HU on a grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from VoCoLib.dicom.decoding import read_stored
from VoCoLib.dicom.files import LeftOut
from VoCoLib.dicom.frames import Frame
from VoCoLib.dicom.pixels import to_hu
from VoCoLib.dicom.places import heights, regular_grid
from VoCoLib.dicom.series import Contents, Series, choose, describe, find_series
from VoCoLib.dicom.spacing import Grid, missing, resample
from VoCoLib.errors import InputError

Spacing = tuple[float, ...]

_LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


@dataclass(frozen=True)
class Source:
    """The slices that a volume was read from.

    Attributes:
        frames: in order.
        nearest: (n,) the volume's slice at or next to each of them.
    """

    frames: tuple[Frame, ...]
    nearest: NDArray[np.int64]


def read_series(
    path: Path, warnings: list[str], wanted: str = "", spacing: Spacing | None = None
) -> tuple[NDArray[Any], NDArray[np.float64], Source]:
    """The HU of one series, the best for organs or the wanted one.

    Args:
        path: a folder, a ZIP archive, or a DICOM file.
        warnings: gets what the user should know, one sentence each.
        wanted: a series' number, UID or description, as --series takes it.
        spacing: mm between columns and rows (and slices), for files that do not say it.

    Returns:
        (X, Y, Z) int16 or float32, along rows, columns and the slices' normal; the 4x4 affine,
        index to RAS mm; and the slices.

    Raises:
        InputError: there is no such series, it is no volume, or its voxels or their size are not
            known.
    """
    contents = find_series(path)
    series = choose(contents, path.name, wanted)
    warnings += _others(contents, series)
    name = f"{path.name} (series {series.choice})" if len(contents.series) > 1 else path.name
    columns, rows = _pixel_spacing(name, series, spacing, warnings)
    stored, frames, lost = read_stored(series.frames)
    if lost:
        warnings.append(f"Left out of the series: {describe(lost)}.")
    _check_left(name, series, frames, lost)
    grid, step = _grid(name, frames)
    warnings += grid.notes
    _check_gap(name, grid, spacing)
    slices = to_hu(name, stored, frames, warnings)
    if not grid.regular:
        slices = resample(slices, grid)
    affine = _affine(frames[0], columns, rows, step)
    return slices.transpose(2, 1, 0), affine, Source(tuple(frames), grid.nearest)


def _others(contents: Contents, series: Series) -> list[str]:
    """What else is there, and what kind of images was read."""
    notes = []
    rest = [other for other in contents.series if other is not series]
    if rest:
        listed = "; ".join(str(other) for other in rest[:5])
        more = f"; and {len(rest) - 5} more" if len(rest) > 5 else ""
        notes.append(f"Read series {series}. Also there, see --series: {listed}{more}.")
    if contents.left_out:
        notes.append(f"No part of a volume, left out: {describe(contents.left_out)}.")
    if series.modality != "CT":
        notes.append(f"The DICOM modality is {series.modality or 'not given'}, not CT.")
    return notes


def _pixel_spacing(
    name: str, series: Series, given: Spacing | None, warnings: list[str]
) -> tuple[float, float]:
    known = series.frames[0].spacing
    if known is not None:
        if given is not None and not np.allclose(known, given[:2], rtol=1e-3):
            warnings.append(
                f"The files have pixels of {known[0]:g} x {known[1]:g} mm; the given spacing was "
                "not used."
            )
        return known
    if given is not None:
        return given[0], given[1]
    raise InputError(
        f"{name} has no usable Pixel Spacing, so the size of its voxels is not known.",
        "If you know it, give it with --spacing, in mm: --spacing 0.7 or --spacing 0.7,0.7.",
    )


def _check_left(
    name: str, series: Series, frames: Sequence[Frame], lost: Sequence[LeftOut]
) -> None:
    """Refuses what is no volume any more without the slices that could not be decoded."""
    if len(frames) < 2:
        raise InputError(f"{name}: {describe(lost)}.", "Export or download it again.")
    hole = missing(heights(frames)) if lost else ""
    if hole:
        raise InputError(f"{name} lacks slices: {hole}.", "Export the complete series again.")


def _grid(name: str, frames: Sequence[Frame]) -> tuple[Grid, NDArray[np.float64]]:
    try:
        return regular_grid(frames)
    except ValueError as error:
        raise InputError(f"{name} is no volume: {error}.", "Export the series again.") from error


def _check_gap(name: str, grid: Grid, given: Spacing | None) -> None:
    """Refuses a given distance of slices that their positions contradict."""
    if given is not None and len(given) > 2 and abs(given[2] / grid.step - 1) > 0.05:
        raise InputError(
            f"The slices of {name} are {grid.step:.3g} mm apart, not {given[2]:g} mm.",
            "Leave the third number of --spacing out: the files have the slices' positions.",
        )


def _affine(
    frame: Frame, columns: float, rows: float, step: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Index to RAS mm (PS3.3 C.7.6.2.1.1, equation C.7.6.2.1-1, with slices)."""
    affine = np.eye(4)
    affine[:3, 0] = frame.orientation[0] * columns
    affine[:3, 1] = frame.orientation[1] * rows
    affine[:3, 2] = step
    affine[:3, 3] = frame.position
    return np.asarray(_LPS_TO_RAS @ affine)
