"""Writes what a position view said: numbers as JSON and CSV, volumes as NIfTI."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from VoCoLib.errors import OutputError
from VoCoLib.figures.position import draw_position
from VoCoLib.files import write_atomically
from VoCoLib.images.geometry import Affine
from VoCoLib.images.nibabel_parts import nib
from VoCoLib.positions.answer import PositionAnswer
from VoCoLib.positions.cells import cell_label
from VoCoLib.positions.placement import PlacedVolume

_COLUMNS = (
    *("point", "r_mm", "a_mm", "s_mm", "layer", "column", "row"),
    *("similarity", "probability", "overlap", "cell"),
)


def write_json(path: Path, report: dict[str, Any]) -> None:
    """Writes a report; raises OutputError if that is not possible."""
    text = json.dumps(report, indent=1, allow_nan=False)

    def write(target: Path) -> None:
        target.write_text(text, encoding="utf-8")

    write_atomically(path, write)


def write_csv(path: Path, answers: Sequence[PositionAnswer]) -> None:
    """Writes one line per point and base; raises OutputError if that is not possible."""
    write_atomically(path, lambda target: _write_rows(target, answers))


def write_volume(path: Path, volume: NDArray[np.float32], affine: Affine) -> None:
    """Writes a volume (x, y, z) as NIfTI; raises OutputError if that is not possible."""
    image = nib.Nifti1Image(volume, affine)
    write_atomically(path, lambda target: nib.save(image, target))


def write_report(
    paths: Sequence[Path],
    array: NDArray,
    affine: Affine,
    placed: PlacedVolume,
    answer: PositionAnswer,
    title: str,
    caution: str = "",
) -> None:
    """Writes one answer as a figure and as numbers, each into the kind of file that it says.

    Args:
        paths: .png, .pdf or .svg for the figure, .csv for the numbers.
        array, affine, placed, answer, title, caution: see VoCoLib.figures.position.draw_position.

    Raises:
        OutputError: a file cannot be written, or matplotlib is not installed.
    """
    numbers = [path for path in paths if path.suffix == ".csv"]
    figures = [path for path in paths if path not in numbers]
    for path in numbers:
        write_csv(path, [answer])
    if figures:
        try:
            draw_position(figures, array, affine, placed, answer, title, caution)
        except ModuleNotFoundError as error:
            names = ", ".join(path.name for path in figures)
            raise OutputError(
                f"{names} cannot be drawn: {error}.", "Install matplotlib in this Python."
            ) from error


def _write_rows(path: Path, answers: Sequence[PositionAnswer]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        for number, answer in enumerate(answers, start=1):
            bases = answer.bases
            n = round(len(answer.labels) ** 0.5)
            values = zip(bases.similarities, bases.probabilities, answer.labels, strict=True)
            for index, row in enumerate(values):
                place = (index // n + 1, index % n + 1)
                point = (f"{mm:.3f}" for mm in answer.point_mm)
                numbers = (f"{value:.6f}" for value in row)
                cell = cell_label(place, n)
                writer.writerow((number, *point, answer.layer, *place, *numbers, cell))
