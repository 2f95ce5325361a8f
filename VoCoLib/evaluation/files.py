"""Scores files: finds which prediction belongs to which reference, and compares them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from VoCoLib.errors import InputError
from VoCoLib.images.label_maps import LabelMap, read_named_labels
from VoCoLib.images.label_names import names_of
from VoCoLib.images.volumes import IMAGE_SUFFIXES
from VoCoLib.recipe import Label

if TYPE_CHECKING:  # MONAI takes seconds to import; a wrong path is found without it
    from VoCoLib.evaluation.scores import LabelScore


def case_name(path: Path) -> str:
    """A name without .seg.nrrd, .nii.gz or another image suffix; that of a folder may have dots."""
    for suffix in (".seg.nrrd", ".dcm", *sorted(IMAGE_SUFFIXES, key=len, reverse=True)):
        if path.name.lower().endswith(suffix):
            return path.name[: -len(suffix)]
    return path.name


def pair_cases(prediction: Path, reference: Path) -> list[tuple[str, Path | None, Path]]:
    """Pairs predictions with references: two files, or two folders with files of the same names.

    Returns:
        (name, prediction, reference) per case; the prediction is None where a folder lacks it.

    Raises:
        InputError: something is missing, or a prediction has no reference.
    """
    for path in (prediction, reference):
        if not path.exists():
            raise InputError(f"{path} does not exist.", "Check the path.")
    if prediction.is_file() and reference.is_file():
        return [(case_name(prediction), prediction, reference)]
    if prediction.is_file() or reference.is_file():
        raise InputError(f"{prediction} and {reference} must be two files or two folders.")
    truths, predictions = _label_maps(reference), _label_maps(prediction)
    if not predictions:
        raise InputError(f"The folder {prediction} holds no label map.")
    missing = sorted(predictions.keys() - truths.keys())
    if missing:
        raise InputError(
            f"{reference} has no reference for {', '.join(missing[:5])}"
            f"{' and others' if len(missing) > 5 else ''}.",
            "Give prediction and reference the same file names.",
        )
    return [(name, predictions.get(name), truths[name]) for name in sorted(truths)]


def _label_maps(folder: Path) -> dict[str, Path]:
    files = [p for p in folder.iterdir() if p.name.lower().endswith(IMAGE_SUFFIXES)]
    return {case_name(p): p for p in files if not p.name.startswith(".")}


def score_case(
    prediction: Path | None,
    reference: Path,
    labels: tuple[Label, ...],
    not_contoured: Path | None,
    tolerance_mm: float,
) -> list[LabelScore]:
    """Scores one pair of files; not_contoured is a table as read_not_contoured takes it.

    A file that says what its values mean is scored by its names. Without a prediction, all that is
    in the reference is missed.

    Raises:
        InputError: a file cannot be read or holds a value that neither it nor labels name, the
            names disagree, or the grids differ.
    """
    from VoCoLib.evaluation.scores import evaluate, on_one_grid, read_not_contoured

    truth = _read(reference, labels)
    found = LabelMap(np.zeros_like(truth.array), truth.affine)
    if prediction is not None:
        found = _read(prediction, labels)
    try:
        predicted, true, affine = on_one_grid(found.array, found.affine, truth.array, truth.affine)
    except InputError as error:
        raise InputError(f"{prediction}: {error.message}", error.hint) from error
    ignored: set[str] = set()
    if not_contoured is not None:
        table = {
            case_name(Path(file)): names
            for file, names in read_not_contoured(not_contoured).items()
        }
        if case_name(reference) not in table:
            raise InputError(f"{not_contoured} has no row for {reference.name}.")
        ignored = table[case_name(reference)]
    scores = evaluate(predicted, true, affine, labels, ignored, tolerance_mm)
    if prediction is None:
        missing = "no prediction"
        return [replace(s, note=missing) if s.note == "missed" else s for s in scores]
    return scores


def _read(path: Path, labels: tuple[Label, ...]) -> LabelMap:
    """A label map in the values of labels."""
    table = {label.value: label.name for label in labels}
    found = read_named_labels(path, names_of(table, "the model"), all_known=False)
    unknown = [int(value) for value in np.unique(found.array) if value and value not in table]
    if unknown:
        raise InputError(
            f"{path} holds the value {unknown[0]}, which neither it nor the model names.",
            "Score it with the model that it belongs to, or as a .seg.nrrd, which has names.",
        )
    return found
