"""Scores files: finds which prediction belongs to which reference, and compares them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from VoCoLib.errors import InputError
from VoCoLib.images.volumes import IMAGE_SUFFIXES, read_label_map
from VoCoLib.recipe import Label

if TYPE_CHECKING:  # MONAI takes seconds to import; a wrong path is found without it
    from VoCoLib.evaluation.scores import LabelScore


def case_name(path: Path) -> str:
    """A name without .seg.nrrd, .nii.gz or another image suffix; that of a folder may have dots."""
    for suffix in (".seg.nrrd", ".dcm", *sorted(IMAGE_SUFFIXES, key=len, reverse=True)):
        if path.name.lower().endswith(suffix):
            return path.name[: -len(suffix)]
    return path.name


def pair_cases(prediction: Path, reference: Path) -> list[tuple[str, Path, Path]]:
    """Pairs predictions with references: two files, or two folders with files of the same names.

    Returns:
        (name, prediction, reference) per case.

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
    return [(name, predictions[name], truths[name]) for name in sorted(predictions)]


def _label_maps(folder: Path) -> dict[str, Path]:
    files = [p for p in folder.iterdir() if p.name.lower().endswith(IMAGE_SUFFIXES)]
    return {case_name(p): p for p in files if not p.name.startswith(".")}


def score_case(
    prediction: Path,
    reference: Path,
    labels: tuple[Label, ...],
    not_contoured: Path | None,
    tolerance_mm: float,
) -> list[LabelScore]:
    """Scores one pair of files; not_contoured is a table as read_not_contoured takes it.

    Raises:
        InputError: a file cannot be read, or the grids differ.
    """
    from VoCoLib.evaluation.scores import evaluate, on_one_grid, read_not_contoured

    predicted, predicted_affine = read_label_map(prediction)
    truth, truth_affine = read_label_map(reference)
    try:
        predicted, truth, affine = on_one_grid(predicted, predicted_affine, truth, truth_affine)
    except InputError as error:
        raise InputError(f"{prediction.name}: {error.message}", error.hint) from error
    ignored: set[str] = set()
    if not_contoured is not None:
        table = {
            case_name(Path(file)): names
            for file, names in read_not_contoured(not_contoured).items()
        }
        if case_name(reference) not in table:
            raise InputError(f"{not_contoured} has no row for {reference.name}.")
        ignored = table[case_name(reference)]
    return evaluate(predicted, truth, affine, labels, ignored, tolerance_mm)
