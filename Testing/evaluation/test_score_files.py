"""Which files belong together: by their names without the suffixes of images."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from VoCoLib.errors import InputError
from VoCoLib.evaluation.files import case_name, pair_cases, score_case
from VoCoLib.evaluation.scores import LabelScore, summarize
from VoCoLib.images.segmentation_files import write_segmentation
from VoCoLib.models.label_tables import make_labels

TABLE = make_labels(["Liver", "Spleen"])


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("a.b.nii.gz", "a.b"),
        ("A.NII", "A"),
        ("a.seg.nrrd", "a"),
        ("a.mhd", "a"),
        ("1.dcm", "1"),
        ("1.2.840.113.1", "1.2.840.113.1"),
        ("Dr. Who", "Dr. Who"),
    ],
)
def test_a_name_loses_the_suffix_of_an_image_and_nothing_else(file: str, name: str) -> None:
    assert case_name(Path("folder.nii", file)) == name


def test_folders_are_paired_by_name(tmp_path: Path) -> None:
    for name in ("p/1.2.3.nii.gz", "p/1.2.4.nii", "r/1.2.3.seg.nrrd", "r/1.2.4.nrrd", "r/x.nii"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    pairs = pair_cases(tmp_path / "p", tmp_path / "r")
    assert [(name, one and one.name, other.name) for name, one, other in pairs] == [
        ("1.2.3", "1.2.3.nii.gz", "1.2.3.seg.nrrd"),
        ("1.2.4", "1.2.4.nii", "1.2.4.nrrd"),
        ("x", None, "x.nii"),
    ]


def write(path: Path, *values: int) -> Path:
    """A NIfTI map with one block of each value."""
    array = np.zeros((8, 4, 4), np.uint8)
    for place, value in enumerate(values):
        array[1 + 2 * place : 3 + 2 * place, 1:3, 1:3] = value
    nib.save(nib.Nifti1Image(array, np.eye(4)), path)
    return path


def scores(prediction: Path | None, reference: Path) -> list[LabelScore]:
    return score_case(prediction, reference, TABLE, None, 1.0)


def test_a_file_that_names_its_values_is_scored_by_name(tmp_path: Path) -> None:
    truth = write(tmp_path / "truth.nii.gz", 1)
    array = np.asarray(nib.load(truth).dataobj)
    write_segmentation(tmp_path / "a.seg.nrrd", array, np.eye(4), make_labels(["Spleen"]), "x")
    (liver, spleen) = scores(tmp_path / "a.seg.nrrd", truth)
    assert (liver.dice, liver.note) == (0, "missed")
    assert (spleen.dice, spleen.note) == (0, "not in the reference")
    write_segmentation(tmp_path / "a.seg.nrrd", array, np.eye(4), make_labels(["Heart"]), "x")
    with pytest.raises(InputError, match=r"a\.seg\.nrrd calls the value 1 'Heart', but the model"):
        scores(tmp_path / "a.seg.nrrd", truth)


def test_a_value_that_nobody_names_is_refused(tmp_path: Path) -> None:
    known, unknown = write(tmp_path / "a.nii.gz", 1), write(tmp_path / "b.nii.gz", 1, 7)
    for pair in ((known, unknown), (unknown, known)):
        with pytest.raises(InputError, match=r"b\.nii\.gz holds the value 7"):
            scores(*pair)


def test_without_a_prediction_all_is_missed(tmp_path: Path) -> None:
    liver, spleen = scores(None, write(tmp_path / "a.nii.gz", 1))
    assert (liver.dice, liver.surface_dice, liver.note) == (0, 0, "no prediction")
    assert (spleen.dice, spleen.note) == (None, "absent in both")


def test_what_is_in_neither_map_is_counted_apart(tmp_path: Path) -> None:
    one, two = write(tmp_path / "a.nii.gz", 1), write(tmp_path / "b.nii.gz", 1, 2)
    liver, spleen = summarize([scores(one, one), scores(two, two)])
    assert (liver.n, liver.absent, spleen.n, spleen.absent) == (2, 0, 1, 1)
