"""Scores against what can be worked out by hand, and the rules for organs that are not there."""

from __future__ import annotations

import csv
import math
import os
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from monai.metrics import compute_dice, compute_hausdorff_distance, compute_surface_dice
from numpy.typing import NDArray
from places import SHARED
from scipy.spatial.transform import Rotation

from VoCoLib.errors import InputError
from VoCoLib.evaluation.scores import (
    LabelScore,
    evaluate,
    match_label,
    mean_dice,
    on_one_grid,
    read_not_contoured,
    summarize,
    write_scores,
)
from VoCoLib.recipe import Code, Label

CODE = Code("SCT", "123037004", "Anatomical Structure")


def make_labels(*names: str) -> tuple[Label, ...]:
    return tuple(Label(i, name, CODE, CODE, (9, 9, 9)) for i, name in enumerate(names, start=1))


HEAD_NECK = make_labels(
    "Brainstem", "Spinal cord", "Right parotid gland", "Left parotid gland", "Esophagus", "Larynx",
    "Mandible",
)  # fmt: skip
ONE = make_labels("Liver")
Volume = NDArray[np.uint8]


def cube(start: int, size: int = 10, value: int = 1) -> Volume:
    """A cube in a volume of 40 voxels a side, moved along the first axis."""
    volume = np.zeros((40, 40, 40), np.uint8)
    volume[start : start + size, 10 : 10 + size, 10 : 10 + size] = value
    return volume


def ball(radius_mm: float, spacing: tuple[float, float, float]) -> Volume:
    axes = [(np.arange(round(80 / s)) - round(40 / s)) * s for s in spacing]
    x, y, z = np.meshgrid(*axes, indexing="ij", sparse=True)
    return np.asarray(x**2 + y**2 + z**2 <= radius_mm**2, np.uint8)


def test_a_perfect_prediction() -> None:
    (score,) = evaluate(cube(10), cube(10), np.diag([1, 2, 3, 1.0]), ONE)
    assert score == LabelScore(1, "Liver", 1.0, 1.0, 0.0, 6.0, 6.0, "")


@pytest.mark.parametrize(("axis_mm", "shift"), [(1.0, 3), (2.5, 2), (0.7, 5)])
def test_shifted_cubes(axis_mm: float, shift: int) -> None:
    (score,) = evaluate(cube(10 + shift), cube(10), np.diag([axis_mm, 1, 1, 1.0]), ONE)
    assert score.dice == pytest.approx((10 - shift) / 10)
    # A fifth of the surface (the far face, 100 of 488 voxels) is a whole shift away.
    assert score.hd95_mm == pytest.approx(shift * axis_mm, rel=1e-5)


def test_surface_dice_counts_the_surface_within_the_tolerance() -> None:
    # Below the voxel size, only voxels that are in both shells count.
    moved, still = cube(14), cube(10)
    shells = [volume.astype(bool) & ~inner(volume) for volume in (moved, still)]
    shared = int((shells[0] & shells[1]).sum())
    (score,) = evaluate(moved, still, np.eye(4), ONE, tolerance_mm=0.5)
    assert score.surface_dice == pytest.approx(shared / 488)  # 10^3 - 8^3 voxels each
    (generous,) = evaluate(moved, still, np.eye(4), ONE, tolerance_mm=4.0)
    assert generous.surface_dice == 1.0


def inner(volume: Volume) -> NDArray[np.bool_]:
    """Voxels whose six neighbours are all inside."""
    solid = volume.astype(bool)
    moved = [np.roll(solid, step, axis) for axis in range(3) for step in (1, -1)]
    return np.asarray(np.logical_and.reduce([solid, *moved]))


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (0.8, 0.8, 2.0)])
def test_concentric_balls(spacing: tuple[float, float, float]) -> None:
    affine = np.diag([*spacing, 1.0])
    (score,) = evaluate(ball(24, spacing), ball(20, spacing), affine, ONE, tolerance_mm=2.0)
    assert score.dice == pytest.approx(2 * 20**3 / (20**3 + 24**3), abs=0.01)
    assert score.hd95_mm == pytest.approx(4.0, abs=0.8)
    assert score.surface_dice is not None and score.surface_dice < 0.1
    assert score.reference_ml == pytest.approx(4 / 3 * math.pi * 2**3, rel=0.02)
    assert score.predicted_ml == pytest.approx(4 / 3 * math.pi * 2.4**3, rel=0.02)
    (loose,) = evaluate(ball(24, spacing), ball(20, spacing), affine, ONE, tolerance_mm=6.0)
    assert loose.surface_dice == 1.0


@pytest.mark.parametrize("degrees", [-30.0, 20.0])
def test_distances_on_a_sheared_grid_are_millimetres(degrees: float) -> None:
    """A tilted gantry: slices lie 1 mm above each other, each a little to the side."""
    affine = np.diag([0.8, 0.8, 1.0, 1.0])
    affine[1, 2] = np.tan(np.deg2rad(degrees))
    reference, predicted = np.zeros((2, 20, 20, 30), np.uint8)
    reference[..., 5:15] = 1
    predicted[..., 5:21] = 1
    (score,) = evaluate(predicted, reference, affine, ONE, tolerance_mm=6.01)
    assert score.hd95_mm == pytest.approx(6.0, abs=0.01)  # no voxel lies exactly opposite
    assert score.surface_dice is not None and score.surface_dice > 0.95  # the slabs' edges are off


@given(arrays(np.uint8, (2, 7, 6, 5), elements=st.integers(0, 1)))
@settings(max_examples=20, deadline=None)
def test_scores_are_those_of_monai(maps: NDArray) -> None:
    predicted, reference = maps
    predicted[3, 3, 3] = reference[3, 2, 2] = 1
    spacing = (0.7, 1.0, 2.5)
    turned = np.eye(4)
    turned[:3, :3] = Rotation.from_euler("xyz", (20, 30, 40), True).as_matrix() * spacing
    (score,) = evaluate(predicted, reference, turned, ONE, tolerance_mm=2.1)
    tensors = [torch.from_numpy(one[None, None]) for one in (predicted, reference)]
    options = {"include_background": True, "spacing": spacing}
    with warnings.catch_warnings():  # MONAI warns of its own deprecated arguments
        warnings.simplefilter("ignore", FutureWarning)
        dice = compute_dice(*tensors)
        surface_dice = compute_surface_dice(*tensors, [2.1], **options)
        hd95 = compute_hausdorff_distance(*tensors, percentile=95, **options)
    expected = (dice.item(), surface_dice.item(), hd95.item())
    # both distances are single precision, and a percentile lies between two of them
    found = (score.dice, score.surface_dice, score.hd95_mm)
    assert found == pytest.approx(expected, rel=1e-5, abs=1e-5)


def test_an_organ_at_the_edge_of_the_volume_has_a_surface_there() -> None:
    full = np.ones((12, 12, 12), np.uint8)
    half = full.copy()
    half[6:] = 0
    (score,) = evaluate(half, full, np.eye(4), ONE)
    assert score.dice == pytest.approx(2 / 3)
    assert score.hd95_mm == pytest.approx(6.0)


def test_organs_that_are_not_there() -> None:
    reference, predicted = np.zeros((2, 20, 20, 20), np.uint8)
    reference[2:6, 2:6, 2:6] = 1  # Brainstem: missed
    predicted[8:12, 2:6, 2:6] = 2  # Spinal cord: not in the reference
    predicted[14:18, 2:6, 2:6] = 5  # Esophagus: nobody contoured it
    scores = evaluate(predicted, reference, np.eye(4), HEAD_NECK, {"Esophagus", "LARYNX"})
    by_name = {score.name: score for score in scores}
    ml = 0.064
    assert by_name["Brainstem"] == LabelScore(1, "Brainstem", 0.0, 0.0, None, ml, 0.0, "missed")
    assert by_name["Spinal cord"] == LabelScore(
        2, "Spinal cord", 0.0, 0.0, None, 0.0, ml, "not in the reference"
    )
    assert by_name["Esophagus"] == LabelScore(
        5, "Esophagus", None, None, None, 0.0, ml, "not contoured"
    )
    assert by_name["Larynx"].note == "not contoured"
    assert by_name["Mandible"] == LabelScore(
        7, "Mandible", None, None, None, 0.0, 0.0, "absent in both"
    )
    assert mean_dice(scores) == 0.0
    assert math.isnan(mean_dice([by_name["Mandible"]]))


def test_not_contoured_takes_values_too() -> None:
    scores = evaluate(cube(10, value=3), cube(10, value=4), np.eye(4), HEAD_NECK, [3, 4])
    assert [score.dice for score in scores] == [None] * 7
    with pytest.raises(InputError, match="No label has the value 8"):
        evaluate(cube(10), cube(10), np.eye(4), HEAD_NECK, [8])


maps = arrays(np.uint8, (7, 5, 6), elements=st.sampled_from([0, 0, 1, 2, 3, 9]))


@settings(max_examples=40, deadline=None)
@given(predicted=maps, reference=maps)
def test_dice_and_volumes_are_those_of_plain_numpy(predicted: Volume, reference: Volume) -> None:
    affine = np.diag([-1.5, 2.0, 3.0, 1.0])
    for score in evaluate(predicted, reference, affine, make_labels("a", "b", "c")):
        p, r = predicted == score.value, reference == score.value
        assert score.predicted_ml == pytest.approx(p.sum() * 0.009)
        assert score.reference_ml == pytest.approx(r.sum() * 0.009)
        if p.any() or r.any():
            assert score.dice == pytest.approx(2 * (p & r).sum() / (p.sum() + r.sum()), abs=1e-6)
        else:
            assert score.dice is None
        assert (score.hd95_mm is not None) == bool(p.any() and r.any())


@settings(max_examples=20, deadline=None)
@given(predicted=maps, reference=maps)
def test_scores_are_symmetric_and_do_not_depend_on_the_storage_order(
    predicted: Volume, reference: Volume
) -> None:
    labels = make_labels("a", "b", "c")
    affine = np.diag([1.5, 2.0, 3.0, 1.0])
    scores = evaluate(predicted, reference, affine, labels)
    swapped = evaluate(reference, predicted, affine, labels)
    turned = evaluate(
        predicted.transpose(2, 0, 1)[:, ::-1], reference.transpose(2, 0, 1)[:, ::-1],
        affine[:, [2, 0, 1, 3]], labels,
    )  # fmt: skip
    for score, swap, turn in zip(scores, swapped, turned, strict=True):
        for name in ("dice", "surface_dice", "hd95_mm"):
            expected = pytest.approx(getattr(score, name), abs=1e-5)
            assert getattr(swap, name) == expected
            assert getattr(turn, name) == expected


def test_maps_that_cannot_be_compared() -> None:
    with pytest.raises(InputError, match=r"\(40, 40, 40\) and \(40, 40, 39\)"):
        evaluate(cube(10), cube(10)[:, :, :39], np.eye(4), ONE)
    with pytest.raises(InputError, match="reference holds float32"):
        evaluate(cube(10), cube(10).astype(np.float32), np.eye(4), ONE)


def test_grids_are_compared_in_patient_space() -> None:
    volume = cube(10)
    affine = np.diag([2.0, 2.0, 3.0, 1.0])
    flipped = affine @ np.array([[-1, 0, 0, 39], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]])
    predicted, reference, common = on_one_grid(volume[::-1], flipped, volume, affine)
    assert np.array_equal(predicted, reference) and np.array_equal(common, affine)
    shifted = affine.copy()
    shifted[0, 3] = 5.0
    with pytest.raises(
        InputError, match=r"from \(0\.0, 0\.0, 0\.0\) against .*\(5\.0, 0\.0, 0\.0\)"
    ):
        on_one_grid(volume, affine, volume, shifted)
    with pytest.raises(InputError, match=r"40 x 40 x 40 .* against 40 x 40 x 39"):
        on_one_grid(volume, affine, volume[:, :, :39], affine)
    wide = affine @ np.diag([1.02, 1, 1, 1])
    with pytest.raises(InputError, match="same grid"):
        on_one_grid(volume, affine, volume, wide)


@pytest.mark.parametrize(
    ("name", "value"),
    [("Brainstem", 1), ("SpinalCord", 2), ("RightParotid", 3), ("left parotid", 4),
     ("Esophagus", 5), ("larynx", 6), ("Mandible", 7)],
)  # fmt: skip
def test_names_of_tables_match_labels(name: str, value: int) -> None:
    assert match_label(name, HEAD_NECK).value == value


def test_names_that_match_no_label_or_several() -> None:
    table = make_labels("Liver", "Liver tumor", "Left kidney", "Left lung")
    assert match_label("liver", table).value == 1  # the whole name wins over the beginning
    with pytest.raises(InputError, match="several labels: Left kidney, Left lung"):
        match_label("Left", table)
    with pytest.raises(InputError, match="'Spleen' matches no label"):
        match_label("Spleen", table)
    with pytest.raises(InputError, match="matches no label"):
        match_label("-", ONE)


def test_table_of_what_was_not_contoured(tmp_path: Path) -> None:
    table = tmp_path / "cases.csv"
    table.write_text("file,split,not_contoured\na.nii.gz,train,Esophagus Larynx\nb.nii.gz,val,\n")
    assert read_not_contoured(table) == {"a.nii.gz": {"Esophagus", "Larynx"}, "b.nii.gz": set()}
    table.write_text("name,not_contoured\na,b\n")
    with pytest.raises(InputError, match="no column file"):
        read_not_contoured(table)
    table.write_bytes(b"file,not_contoured\n\xff\xfe,\n")
    with pytest.raises(InputError, match="cannot be read"):
        read_not_contoured(table)
    with pytest.raises(InputError, match=r"none\.csv"):
        read_not_contoured(tmp_path / "none.csv")


def test_openkbp_table_names_only_known_organs() -> None:
    path = SHARED / "data" / "openkbp" / "cases.csv"
    if not path.exists():
        pytest.skip("the OpenKBP data are not beside the repository")
    table = read_not_contoured(path)
    assert len(table) == 166
    found = {match_label(name, HEAD_NECK).value for names in table.values() for name in names}
    assert found == set(range(1, 8))


def make_scores(*dice: float | None) -> list[LabelScore]:
    return [
        LabelScore(i, f"Organ {i}", d, d, None if d is None else 3 * d, 1.0, 1.0, "")
        for i, d in enumerate(dice, start=1)
    ]


def test_summary_leaves_out_what_has_no_score() -> None:
    first, second, third = summarize(
        [make_scores(0.8, 0.5, None), make_scores(0.6, None, None), make_scores(0.7, None, None)]
    )
    assert (first.n, first.dice, first.dice_std) == (3, pytest.approx(0.7), pytest.approx(0.1))
    assert first.hd95_mm == pytest.approx(2.1) and first.hd95_mm_std == pytest.approx(0.3)
    assert (second.n, second.dice, second.dice_std) == (1, 0.5, None)
    assert (third.n, third.dice, third.surface_dice) == (0, None, None)
    assert mean_dice([first, second, third]) == pytest.approx(0.6)
    assert summarize([]) == []


def test_scores_are_written_as_csv(tmp_path: Path) -> None:
    path = tmp_path / "Werte à jour.csv"
    write_scores(path, {"a": make_scores(0.8, None), "b": make_scores(0.6, None)})
    with path.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["case"], row["label"], row["name"]) for row in rows] == [
        ("a", "1", "Organ 1"), ("a", "2", "Organ 2"), ("b", "1", "Organ 1"), ("b", "2", "Organ 2"),
        ("mean", "1", "Organ 1"), ("std", "1", "Organ 1"),
        ("mean", "2", "Organ 2"), ("std", "2", "Organ 2"), ("mean", "", "all"),
    ]  # fmt: skip
    assert rows[0]["dice"] == "0.8000" and rows[0]["hd95_mm"] == "2.4000"
    assert rows[1]["dice"] == ""
    assert rows[4]["dice"] == "0.7000" and rows[4]["note"] == "n = 2"
    assert rows[8]["dice"] == "0.7000"
    assert all(None not in row and None not in row.values() for row in rows)
    assert os.listdir(tmp_path) == [path.name]
