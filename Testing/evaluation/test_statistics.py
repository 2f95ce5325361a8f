"""Measures of segmented structures and their table."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from places import SHARED

from VoCoLib.evaluation.flags import Flag
from VoCoLib.evaluation.statistics import LabelStatistics, measure, write_csv
from VoCoLib.images.volumes import read_label_map, read_volume
from VoCoLib.recipe import Code, Label

SAMPLES = SHARED / "data" / "ct_samples"
CODE = Code("SCT", "1", "x")
TABLE = tuple(Label(v, f"organ {v}", CODE, CODE, (0, 0, 0)) for v in (3, 1, 255, 7))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["C", "F"]), st.sampled_from(["C", "F"]))
def test_measures_are_those_of_the_masks(seed: int, first: str, second: str) -> None:
    rng = np.random.default_rng(seed)
    labels = np.array(rng.choice([0, 1, 3, 9, 255], (5, 6, 7)), np.uint8, order=first)
    image = np.array(rng.integers(-1000, 3000, (5, 6, 7)), np.int16, order=second)
    affine = np.eye(4)
    affine[:3, :3] = rng.normal(size=(3, 3)) + 3 * np.eye(3)[rng.permutation(3)]
    rows = measure(labels, image, affine, TABLE)
    assert [(r.value, r.name) for r in rows] == [(t.value, t.name) for t in TABLE]
    for row in rows[:3]:
        mask = labels == row.value
        volume = abs(np.dot(np.cross(affine[:3, 0], affine[:3, 1]), affine[:3, 2])) / 1000
        assert row.voxels == mask.sum()
        assert row.millilitres == pytest.approx(mask.sum() * volume)
        assert row.mean_hu == (pytest.approx(image[mask].mean()) if mask.any() else None)
    assert rows[3] == LabelStatistics(7, "organ 7", 0, 0.0, None)


def test_another_grid_is_refused() -> None:
    with pytest.raises(ValueError, match="differ in shape"):
        measure(np.zeros((2, 3, 4), np.uint8), np.zeros((2, 3, 5)), np.eye(4), TABLE)


FLAGS = Flag("cut"), Flag("pieces", {"count": 2})


def test_table(tmp_path: Path) -> None:
    rows = [
        LabelStatistics(1, "Größe, groß", 1234567, 1.23456, -7.06, FLAGS, 0.25),
        LabelStatistics(2, "Absent", 0, 0.0, None),
    ]
    write_csv(tmp_path / "new" / "t.csv", rows, "ct,1.nii.gz")
    content = (tmp_path / "new" / "t.csv").read_bytes().decode("utf-8")
    assert (
        content.splitlines()[0] == "label,name,voxels,millilitres,mean_hu,removed_ml,flags,source"
    )
    said = "cut by the edge of the image; in 2 pieces"
    assert list(csv.reader(content.splitlines()))[1:] == [
        ["1", "Größe, groß", "1234567", "1.235", "-7.1", "0.250", said, "ct,1.nii.gz"],
        ["2", "Absent", "0", "0.000", "", "", "", "ct,1.nii.gz"],
    ]
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["t.csv"]


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="shared/data is not on this machine")
def test_real_organs() -> None:
    """The millilitres that the data's provenance lists."""
    labels, affine = read_label_map(SAMPLES / "example_seg_vocomni20.nii.gz")
    image = read_volume(SAMPLES / "example_ct.nii.gz").array
    names = {1: 261.0, 6: 1125.7, 8: 49.7, 12: 4.5, 18: 1619.1}
    table = tuple(Label(v, str(v), CODE, CODE, (0, 0, 0)) for v in names)
    rows = measure(labels, image, affine, table)
    assert [round(r.millilitres, 1) for r in rows] == list(names.values())
    assert rows[1].mean_hu is not None and 30 < rows[1].mean_hu < 90
