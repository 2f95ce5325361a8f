"""What is implausible is named, by structure; what is as usual is not."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from places import SHARED

from VoCoLib.evaluation.flags import Flag
from VoCoLib.evaluation.plausibility import judge, summary
from VoCoLib.evaluation.statistics import LabelStatistics, measure
from VoCoLib.images.phantom import make_phantom
from VoCoLib.images.volumes import read_label_map, read_volume
from VoCoLib.models.catalogue import Catalogue
from VoCoLib.recipe import Label

SAMPLES = SHARED / "data" / "ct_samples"
Case = tuple[NDArray[np.uint8], NDArray[Any], NDArray[np.float64]]


def labels_of(model: str) -> tuple[Label, ...]:
    recipe = Catalogue().get(model).recipe
    assert recipe is not None
    return recipe.labels


@pytest.fixture
def torso() -> Case:
    phantom = make_phantom(7, (6.0, 6.0, 6.0))
    return phantom.label, phantom.image, phantom.affine


def rows_of(case: Case, *regions: str, model: str = "demo-torso") -> list[LabelStatistics]:
    labels, image, affine = case
    table = labels_of(model)
    return judge(measure(labels, image, affine, table), labels, affine, table, regions)


def codes(rows: list[LabelStatistics]) -> dict[str, list[str]]:
    return {row.name: [flag.code for flag in row.flags] for row in rows if row.flags}


def test_the_truth_is_plausible(torso: Case) -> None:
    rows = rows_of(torso, "chest", "abdomen")
    assert {"Esophagus", "Aorta"} <= {*codes(rows)}
    assert {code for found in codes(rows).values() for code in found} == {"cut"}
    assert json.loads(json.dumps([asdict(row) for row in rows]))  # as events carry it
    assert summary(rows).startswith("13 of 13 structures found. Cut by the edge of the image: ")


def test_nothing_there(torso: Case) -> None:
    labels, image, affine = torso
    labels[(labels == 6) | (labels == 5)] = 0
    rows = rows_of((labels, image, affine), "abdomen")
    assert codes(rows)["Liver"] == ["absent"]
    assert "Esophagus" not in codes(rows)  # not in this region
    assert "Look at: Liver (not found)." in summary(rows)
    assert "Liver" not in codes(rows_of((labels, image, affine)))  # nobody knows what it shows
    assert "Liver tumor" not in codes(rows_of(torso, "abdomen", model="VoComni_B"))


def test_size_and_brightness(torso: Case) -> None:
    labels, image, affine = torso
    spleen = np.argwhere(labels == 1)
    labels[tuple(spleen[len(spleen) // 8 :].T)] = 0
    image = np.where(labels == 6, 500, image)
    labels[2:30, 10:30, 5:20] = 4
    rows = {row.name: row for row in rows_of((labels, image, affine))}
    assert "small" in [flag.code for flag in rows["Spleen"].flags]
    assert Flag("bright", {"value": 500.0, "limit": 260}) in rows["Liver"].flags
    large = next(flag for flag in rows["Gallbladder"].flags if flag.code == "large")
    assert large.values["value"] == rows["Gallbladder"].millilitres > large.values["limit"] == 200
    assert str(large).startswith("large: ") and str(large).endswith("ml, usual is less than 200")


def test_what_is_cut_may_be_small(torso: Case) -> None:
    labels, image, affine = torso
    spleen = np.argwhere(labels == 1)
    top = int(np.median(spleen[:, 2])) + 4
    part = labels[..., top:], image[..., top:], affine
    assert codes(rows_of(part))["Spleen"] == ["cut"]
    assert "cut" not in codes(rows_of(torso)).get("Spleen", [])


def test_pieces(torso: Case) -> None:
    labels, image, affine = torso
    middle = int(np.median(np.argwhere(labels == 6)[:, 2]))
    labels[..., middle : middle + 2][labels[..., middle : middle + 2] == 6] = 0
    rows = {row.name: row for row in rows_of((labels, image, affine))}
    assert rows["Liver"].flags == (Flag("pieces", {"count": 2}),)
    assert str(rows["Liver"].flags[0]) == "in 2 pieces"


@pytest.mark.parametrize("flip", [False, True])
def test_sides(torso: Case, flip: bool) -> None:
    """Whatever the direction of the axes: what counts is where right is."""
    labels, image, affine = torso
    right, left = labels == 2, labels == 3
    labels[right], labels[left] = 3, 2
    if flip:
        labels, image, affine = labels[::-1], image[::-1], affine @ np.diag([-1.0, 1, 1, 1])
    found = codes(rows_of((labels, image, affine)))
    assert {name for name, its in found.items() if "swapped" in its} == {
        "Right kidney",
        "Left kidney",
    }
    assert "swapped" not in codes(rows_of(torso)).get("Right adrenal gland", [])


def test_sides_of_names_without_codes(torso: Case) -> None:
    """As a data set of somebody's own names them."""
    labels, image, affine = torso
    right, left = labels == 2, labels == 3
    table = tuple(
        replace(
            label, name={2: "RKidney", 3: "LKidney"}.get(label.value, label.name), modifier=None
        )
        for label in labels_of("demo-torso")
    )
    rows = judge(measure(labels, image, affine, table), labels, affine, table)
    assert "swapped" not in codes(rows).get("RKidney", [])
    labels[right], labels[left] = 3, 2
    rows = judge(measure(labels, image, affine, table), labels, affine, table)
    assert "swapped" in codes(rows)["RKidney"] and "swapped" in codes(rows)["LKidney"]
    labels[labels == 2] = 0
    rows = judge(measure(labels, image, affine, table), labels, affine, table, ["abdomen"])
    assert codes(rows)["RKidney"] == ["absent"]


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="shared/data is not on this machine")
def test_a_real_ct() -> None:
    labels, affine = read_label_map(SAMPLES / "example_seg_vocomni20.nii.gz")
    image = read_volume(SAMPLES / "example_ct.nii.gz").array
    rows = rows_of((labels.astype(np.uint8), image, affine), "abdomen", model="VoComni_B")
    cut = {"Spleen", "Liver", "Stomach", "Aorta", "Inferior vena cava", "Colon"}
    assert codes(rows) == {"Pancreas": ["pieces"]} | {name: ["cut"] for name in cut}
