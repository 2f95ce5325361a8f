"""The model that suits a CT is chosen; one that does not is known as such."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from VoCoLib.images.body_regions import REGIONS, BodyRegions
from VoCoLib.models.catalogue import Catalogue
from VoCoLib.models.choice import choose_model, is_out_of_place, regions_of_labels, suits
from VoCoLib.models.descriptions import PHANTOM, Model
from VoCoLib.recipe import Task


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue(tmp_path)


def shown(**extents: float) -> BodyRegions:
    return BodyRegions(extents)


TORSO = BodyRegions({"chest": 90.0, "abdomen": 210.0}, synthetic=True)


def models(catalogue: Catalogue, task: Task = "segmentation") -> list[Model]:
    return [model for model in catalogue.models() if model.recipe and model.recipe.task == task]


def chosen(catalogue: Catalogue, regions: BodyRegions, task: Task = "segmentation") -> str:
    here = ("bundled", "downloaded", "imported")
    model = choose_model(models(catalogue, task), regions, lambda m: catalogue.state(m) in here)
    return model.id if model else ""


@pytest.mark.parametrize(
    ("regions", "expected"),
    [
        (shown(abdomen=214, pelvis=120), "VoComni_B"),
        (shown(abdomen=40), "VoComni_B"),
        (shown(chest=300), "VoComni_B"),
        (shown(head=150, neck=60, chest=250, abdomen=220, pelvis=200), "VoComni_B"),
        (shown(head=156), "openkbp-headneck"),
        (shown(neck=60, chest=80), "openkbp-headneck"),
        (shown(head=150, chest=160), "openkbp-headneck"),
        (TORSO, "demo-torso"),
        (shown(pelvis=200), ""),
        (shown(legs=500), ""),
        (BodyRegions({"abdomen": 200.0}, "it is cut"), ""),
        (BodyRegions({}, "no body was found"), ""),
    ],
)
def test_of_a_fresh_catalogue(catalogue: Catalogue, regions: BodyRegions, expected: str) -> None:
    assert chosen(catalogue, regions) == expected


def test_of_models_for_positions(catalogue: Catalogue) -> None:
    assert chosen(catalogue, TORSO, "pretraining") == "demo-torso-voco"
    assert chosen(catalogue, shown(head=100, neck=80), "pretraining") == "VoCo_B_SSL_head"


def test_the_last_one_and_one_that_is_here_come_first(catalogue: Catalogue) -> None:
    found = models(catalogue)
    abdomen = shown(abdomen=200)

    def pick(last: str = "", here: str = "") -> str:
        model = choose_model(found, abdomen, lambda m: m.id == here, last)
        return model.id if model else ""

    assert pick() == "VoComni_B"
    assert pick(here="VoComni_L") == "VoComni_L"
    assert pick("VoComni_H", here="VoComni_L") == "VoComni_H"
    assert pick("openkbp-headneck", here="openkbp-headneck") == "VoComni_B"


def test_a_model_out_of_place(catalogue: Catalogue) -> None:
    head, trunk = catalogue.get("openkbp-headneck"), catalogue.get("VoComni_B")
    assert is_out_of_place(head, shown(abdomen=200)) and is_out_of_place(trunk, shown(head=150))
    assert not is_out_of_place(head, shown(neck=40, chest=200))
    assert not is_out_of_place(head, BodyRegions({"abdomen": 200.0}, "it is cut"))
    phantom = catalogue.get("demo-torso")
    for regions in (shown(abdomen=200), BodyRegions({}, "no body was found")):
        assert is_out_of_place(phantom, regions)
    assert not is_out_of_place(phantom, TORSO)
    assert is_out_of_place(head, TORSO) and not is_out_of_place(trunk, TORSO)


def test_every_model_says_what_it_is_for(catalogue: Catalogue) -> None:
    for model in catalogue.models():
        assert model.modality == "CT"
        assert model.regions and {*model.regions} <= {*REGIONS, PHANTOM}
        assert (suits(model, shown(abdomen=200)) == 0) == ("abdomen" not in model.regions)


def test_regions_of_an_imported_model(catalogue: Catalogue) -> None:
    trunk = catalogue.get("VoComni_B").recipe
    assert trunk is not None
    assert regions_of_labels(trunk.labels) == ("chest", "abdomen")
    assert regions_of_labels(trunk.labels[5:6]) == ("abdomen",)
    assert regions_of_labels(()) == ()
    own = replace(trunk.labels[1], name="kidney_right"), replace(trunk.labels[1], name="nose")
    assert regions_of_labels(own) == ("abdomen",)
