"""Scores of a label map against a reference: Dice, surface Dice, Hausdorff distance per label."""

from __future__ import annotations

import csv
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_erosion, find_objects
from scipy.spatial import KDTree

from VoCoLib.errors import InputError
from VoCoLib.files import write_atomically
from VoCoLib.images.geometry import Affine, same_grid, spacing_of, to_ras
from VoCoLib.recipe import Label

Box = tuple[slice, slice, slice]
Mask = NDArray[np.bool_]

_RIGHT_ANGLE = 1e-5  # cosines below it are taken for 0

COLUMNS = (
    "case",
    "label",
    "name",
    "dice",
    "surface_dice",
    "hd95_mm",
    "reference_ml",
    "predicted_ml",
    "note",
)  # of write_scores


@dataclass(frozen=True)
class LabelScore:
    """How one label of one case agrees with the reference.

    Attributes:
        value, name: of the label.
        dice: 0 to 1; None where there is nothing to compare (see note).
        surface_dice: share of both surfaces within the tolerance of the other, 0 to 1.
        hd95_mm: 95th percentile of the Hausdorff distance; None unless both masks have voxels.
        reference_ml, predicted_ml: volumes in millilitres.
        note: "" or why the numbers are as they are: "not contoured", "absent in both" (both
            without scores), "missed", "no prediction", "not in the reference" (with a Dice of 0).
    """

    value: int
    name: str
    dice: float | None
    surface_dice: float | None
    hd95_mm: float | None
    reference_ml: float
    predicted_ml: float
    note: str


@dataclass(frozen=True)
class LabelSummary:
    """Mean and sample standard deviation of one label's scores over n cases that have a Dice.

    In absent cases neither map has it, which is no score; it is neither good nor bad.

    hd95_mm leaves out the cases in which one of the two masks is empty. A mean of no case is None,
    a deviation of fewer than two is None.
    """

    value: int
    name: str
    n: int
    absent: int
    dice: float | None
    dice_std: float | None
    surface_dice: float | None
    surface_dice_std: float | None
    hd95_mm: float | None
    hd95_mm_std: float | None


def evaluate(
    predicted: NDArray[Any],
    reference: NDArray[Any],
    affine: Affine,
    labels: tuple[Label, ...],
    not_contoured: Collection[str | int] = (),
    tolerance_mm: float = 2.0,
) -> list[LabelScore]:
    """Scores every label, in the order of labels.

    Args:
        predicted, reference: label maps (X, Y, Z) of integers on one grid.
        affine: 4x4 index to RAS mm of that grid.
        labels: the structures to score; other values in the maps are ignored.
        not_contoured: names (see match_label) or values of the labels that nobody contoured in
            the reference, so that their absence from it says nothing.
        tolerance_mm: distance at which surface Dice still counts a surface as right.

    Raises:
        InputError: the shapes differ, a map has no integers, or not_contoured names no label.
    """
    _check_maps(predicted, reference)
    ignored = {_value_of(item, labels) for item in not_contoured}
    top = max((label.value for label in labels), default=1)
    boxes = list(zip(find_objects(predicted, top), find_objects(reference, top), strict=True))
    scores = []
    for label in labels:
        box = _union(boxes[label.value - 1])
        masks = predicted[box] == label.value, reference[box] == label.value
        scores.append(_score(label, *masks, affine, label.value not in ignored, tolerance_mm))
    return scores


def on_one_grid(
    predicted: NDArray[Any],
    predicted_affine: Affine,
    reference: NDArray[Any],
    reference_affine: Affine,
) -> tuple[NDArray[Any], NDArray[Any], Affine]:
    """Views of two label maps with axes towards right, anterior, superior, and their affine.

    Maps of one grid that are only stored in another order of rows or axes become comparable.

    Raises:
        InputError: the two grids differ by more than a tenth of a voxel.
    """
    predicted, affine = to_ras(predicted, predicted_affine)
    reference, other = to_ras(reference, reference_affine)
    if not same_grid(predicted, affine, reference, other):
        raise InputError(
            "The prediction and the reference are not on the same grid: "
            f"{_describe(predicted, affine)} against {_describe(reference, other)}.",
            "Resample one of them to the grid of the other.",
        )
    return predicted, reference, affine


def mean_dice(scores: Iterable[LabelScore | LabelSummary]) -> float:
    """Mean over the labels that have a Dice; NaN where none has."""
    known = [score.dice for score in scores if score.dice is not None]
    return fmean(known) if known else math.nan


def summarize(cases: Iterable[Sequence[LabelScore]]) -> list[LabelSummary]:
    """Mean and deviation per label over cases that were scored with the same labels."""
    return [_summary(scores) for scores in zip(*cases, strict=True)]


def write_scores(path: Path, cases: Mapping[str, Sequence[LabelScore]]) -> None:
    """Writes a CSV: a row per case and label, then "mean" and "std" rows per label.

    The last row, name "all", holds the mean Dice over the labels.

    Raises:
        OutputError: the file cannot be written.
    """
    summaries = summarize(cases.values())
    rows: list[list[object]] = [list(COLUMNS)]
    rows += [[case, *_cells(astuple(score))] for case, scores in cases.items() for score in scores]
    for s in summaries:
        mean = (s.dice, s.surface_dice, s.hd95_mm)
        std = (s.dice_std, s.surface_dice_std, s.hd95_mm_std)
        rows.append(["mean", s.value, s.name, *_cells(mean), "", "", _note(s)])
        rows.append(["std", s.value, s.name, *_cells(std), "", "", _note(s)])
    rows.append(["mean", "", "all", *_cells((mean_dice(summaries),)), "", "", "", "", ""])

    def write(target: Path) -> None:
        with target.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream, lineterminator="\n").writerows(rows)

    write_atomically(path, write)


def read_not_contoured(csv_path: Path) -> dict[str, set[str]]:
    """Reads which organs nobody contoured in which case.

    Args:
        csv_path: a table with the columns file and not_contoured, names separated by spaces.

    Returns:
        the names by file name, both as the table has them; match_label finds their labels.

    Raises:
        InputError: the table cannot be read or lacks a column.
    """
    try:
        with csv_path.open(newline="", encoding="utf-8-sig") as stream:
            table = csv.DictReader(stream)
            missing = {"file", "not_contoured"} - set(table.fieldnames or ())
            if missing:
                raise InputError(
                    f"{csv_path} has no column {' and no column '.join(sorted(missing))}.",
                    "It needs the columns file and not_contoured (names separated by spaces).",
                )
            found: dict[str, set[str]] = {}
            for row in table:  # a file may have several rows
                names = found.setdefault(row["file"] or "", set())
                names.update((row["not_contoured"] or "").split())
            return found
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{csv_path} cannot be read: {error}.", "Give a CSV in UTF-8.") from error


def match_label(name: str, labels: tuple[Label, ...]) -> Label:
    """The label that a table calls name: same letters and digits, or the beginning of its name.

    "RightParotid" finds "Right parotid gland".

    Raises:
        InputError: no label or several begin with name.
    """
    wanted = _letters(name)
    found = [label for label in labels if _letters(label.name) == wanted]
    if not found and wanted:
        found = [label for label in labels if _letters(label.name).startswith(wanted)]
    if len(found) == 1:
        return found[0]
    names = ", ".join(label.name for label in found or labels)
    if found:
        raise InputError(f"{name!r} matches several labels: {names}.", "Write more of the name.")
    raise InputError(f"{name!r} matches no label.", f"The labels are: {names}.")


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, name)).lower()


def _value_of(item: str | int, labels: tuple[Label, ...]) -> int:
    if isinstance(item, str):
        return match_label(item, labels).value
    if item not in [label.value for label in labels]:
        raise InputError(f"No label has the value {item}.", "Name labels of the model.")
    return item


def _check_maps(predicted: NDArray[Any], reference: NDArray[Any]) -> None:
    if predicted.shape != reference.shape or predicted.ndim != 3:
        raise InputError(
            "The prediction and the reference must be volumes of one shape, "
            f"not {predicted.shape} and {reference.shape}.",
            "Resample one of them to the grid of the other.",
        )
    for name, array in (("prediction", predicted), ("reference", reference)):
        if not np.issubdtype(array.dtype, np.integer):
            raise InputError(
                f"The {name} holds {array.dtype} values.", "A label map holds whole numbers."
            )


def _describe(array: NDArray[Any], affine: Affine) -> str:
    size = " x ".join(map(str, array.shape))
    voxel = " x ".join(f"{s:.3g}" for s in spacing_of(affine))
    origin = ", ".join(f"{x:.1f}" for x in affine[:3, 3])
    return f"{size} voxels of {voxel} mm from ({origin})"


def _union(boxes: Iterable[Box | None]) -> Box:
    """The smallest box round all boxes; empty where there is none."""
    known = [box for box in boxes if box is not None]
    if not known:
        return (slice(0), slice(0), slice(0))
    x, y, z = (
        slice(min(s.start for s in axis), max(s.stop for s in axis))
        for axis in zip(*known, strict=True)
    )
    return x, y, z


def _score(
    label: Label,
    predicted: Mask,
    reference: Mask,
    affine: Affine,
    contoured: bool,
    tolerance_mm: float,
) -> LabelScore:
    """Scores one label from the part of both masks that holds all of their voxels."""
    voxel_ml = float(abs(np.linalg.det(affine[:3, :3]))) / 1000
    n_reference, n_predicted = int(np.count_nonzero(reference)), int(np.count_nonzero(predicted))
    values: tuple[float | None, float | None, float | None] = (None, None, None)
    note = ""
    if not contoured:
        note = "not contoured"
    elif not n_reference and not n_predicted:
        note = "absent in both"
    elif not n_reference or not n_predicted:
        note = "missed" if n_reference else "not in the reference"
        values = (0.0, 0.0, None)
    else:
        values = _compare(predicted, reference, affine, tolerance_mm)
    volumes = n_reference * voxel_ml, n_predicted * voxel_ml
    return LabelScore(label.value, label.name, *values, *volumes, note)


def _compare(
    predicted: Mask, reference: Mask, affine: Affine, tolerance_mm: float
) -> tuple[float, float, float]:
    """Dice, surface Dice and HD95 (mm) of two masks with voxels, as MONAI computes them.

    MONAI itself would take the lengths of the affine's columns for distances, which on a sheared
    grid (a tilted gantry) they are not.
    """
    sizes = np.count_nonzero(predicted) + np.count_nonzero(reference)
    one, other = (_surface_mm(mask, affine) for mask in (predicted, reference))
    distances = [_distances(one, other), _distances(other, one)]
    near = sum(int(np.count_nonzero(away <= np.float32(tolerance_mm))) for away in distances)
    return (
        2 * int(np.count_nonzero(predicted & reference)) / int(sizes),
        near / (len(one) + len(other)),
        max(float(np.percentile(away, 95)) for away in distances),
    )


def _surface_mm(mask: Mask, affine: Affine) -> NDArray[np.float64]:
    """(n, 3) voxels of a mask with a neighbour outside, in mm, up to a shift and a turn."""
    surface = np.argwhere(mask ^ binary_erosion(mask))
    products = affine[:3, :3].T @ affine[:3, :3]
    lengths = np.sqrt(np.diag(products))
    cosines = products / np.outer(lengths, lengths)
    cosines[abs(cosines) < _RIGHT_ANGLE] = 0  # the last bits of an oblique affine
    millimetres: NDArray[np.float64] = np.linalg.cholesky(cosines) * lengths[:, None]
    return surface @ millimetres


def _distances(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float32]:
    """(n,) of each point of one to the nearest of the other; single precision, as MONAI's."""
    away, _ = KDTree(other, leafsize=32).query(one)
    return np.asarray(away, np.float32)


def _summary(scores: tuple[LabelScore, ...]) -> LabelSummary:
    numbers: list[float | None] = []
    for name in ("dice", "surface_dice", "hd95_mm"):
        known = [getattr(score, name) for score in scores if getattr(score, name) is not None]
        numbers += [fmean(known) if known else None, stdev(known) if len(known) > 1 else None]
    n = sum(score.dice is not None for score in scores)
    absent = sum(score.note == "absent in both" for score in scores)
    return LabelSummary(scores[0].value, scores[0].name, n, absent, *numbers)


def _note(summary: LabelSummary) -> str:
    return f"n = {summary.n}" + (f", absent in {summary.absent}" if summary.absent else "")


def _cells(values: Iterable[object]) -> list[object]:
    return [f"{v:.4f}" if isinstance(v, float) else "" if v is None else v for v in values]
