"""Which files belong together: by their names without the suffixes of images."""

from __future__ import annotations

from pathlib import Path

import pytest

from VoCoLib.evaluation.files import case_name, pair_cases


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
    assert [(name, one.name, other.name) for name, one, other in pairs] == [
        ("1.2.3", "1.2.3.nii.gz", "1.2.3.seg.nrrd"),
        ("1.2.4", "1.2.4.nii", "1.2.4.nrrd"),
    ]
