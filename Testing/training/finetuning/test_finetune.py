"""A fine-tuning from data to model: names, cases, batches, loop, bundle, and what can go wrong."""

from __future__ import annotations

import json
import os
import shutil
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import monai.bundle
import nibabel as nib
import numpy as np
import psutil
import pytest
import torch
from finetuning_runs import (
    NAMES,
    SmallNetwork,
    arguments_of,
    make_labels,
    make_settings,
    start,
    write_data,
    write_json,
)
from places import SHARED
from pretraining_runs import history, wait_for
from training_files import AFFINE, make_ct, write
from typer.testing import CliRunner

from VoCoLib.cli.main import app
from VoCoLib.errors import (
    CancelledError,
    InputError,
    ModelError,
    OutputError,
    VoCoError,
    WeightsError,
)
from VoCoLib.evaluation.folds import read_case_scores, tabulate
from VoCoLib.evaluation.scores import evaluate
from VoCoLib.events import Event
from VoCoLib.images.volumes import read_label_map, read_volume
from VoCoLib.inference.segmentation import Segmenter
from VoCoLib.method.presets import preparation_of
from VoCoLib.models.catalogue import Catalogue
from VoCoLib.models.label_tables import make_labels as make_label_table
from VoCoLib.models.label_tables import read_ignored, read_names
from VoCoLib.models.loading import find_model, verify_weights
from VoCoLib.networks.bundle import write_bundle
from VoCoLib.networks.checkpoints import read_checkpoint, save_checkpoint
from VoCoLib.networks.swin_unetr import VoCoEncoder, build_network
from VoCoLib.recipe import Code, Preprocessing, Recipe
from VoCoLib.runs.folder import CASE_SCORES, RunFolder
from VoCoLib.structure_names import side_pairs
from VoCoLib.training.data import prepared as preparing
from VoCoLib.training.distributed import Processes
from VoCoLib.training.finetuning import network as finetuning
from VoCoLib.training.finetuning.batches import PatchSource
from VoCoLib.training.finetuning.losses import MarginalDiceCELoss, class_weights
from VoCoLib.training.finetuning.network import FineTuning
from VoCoLib.training.finetuning.plan import (
    choose_cases,
    choose_structures,
    not_contoured,
    read_plan,
)
from VoCoLib.training.finetuning.run import finetune
from VoCoLib.training.finetuning.settings import FinetuningSettings, settings_from
from VoCoLib.training.finetuning.validation import mean_by_structure, score_case
from VoCoLib.training.job import TrainingJob
from VoCoLib.training.loop import DivergedError
from VoCoLib.training.start import find_start

CPU = torch.device("cpu")
WINDOW = Preprocessing((3.0, 3.0, 4.0), (-175.0, 250.0), (64, 32, 32))


@pytest.fixture(scope="module", autouse=True)
def small_network() -> Iterator[None]:
    """For all tests but those that ask for SwinUNETR; on one thread, as in child processes."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finetuning, "build_network", SmallNetwork)
        yield
    torch.set_num_threads(threads)


@pytest.fixture
def swin_unetr(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real network."""
    monkeypatch.setattr(finetuning, "build_network", build_network)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five labelled cases in data."""
    path = tmp_path_factory.mktemp("Läufe von Zoë")
    write_data(path / "data")
    return path


def run(folder: Path, name: str, hook: Callable[[Event], None] | None = None, **changes: Any):
    """A run in this process; returns its folder and its events as the sink received them."""
    events: list[Event] = []
    run_folder = RunFolder(folder / name)

    def sink(item: Event) -> None:
        events.append(item)
        if hook:
            hook(item)

    finetune(make_settings(folder, **changes), run_folder, sink)
    return run_folder, events


# Settings


def test_settings_have_fitting_defaults_and_survive_json() -> None:
    values = {"data": "a b/é", "start": "VoCo_B", "steps": 200, "spacing": "1.5, 1.5,3"}
    settings = settings_from(values)
    assert (settings.warmup, settings.weighted_steps, settings.measure_every) == (10, 100, 20)
    assert settings.spacing == (1.5, 1.5, 3.0)
    assert settings.to_json()["kind"] == "finetune"
    assert settings_from(json.loads(json.dumps(settings.to_json()))) == settings


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"start": ""}, "Nothing to start from"),
        ({"patch": "64,64"}, "patch must be 3 numbers with commas between them, not 64,64"),
        ({"spacing": "a,b,c"}, "spacing must be 3 numbers"),
        ({"merging": "new"}, "merging must be legacy or current, not new"),
        ({"average": 1}, "average must be"),
        ({"validation": "1.5"}, "validation must be a list, or a share below 1, not 1.5"),
        ({"kind": "pretrain"}, "a run of `voco pretrain`, not of `voco finetune`"),
        ({"queries": 2}, "no setting queries"),
    ],
)
def test_wrong_settings_are_named(wrong: dict, said: str) -> None:
    with pytest.raises(InputError, match=said):
        settings_from({"data": "x", "start": "scratch", **wrong})


# Names of labels


def test_known_names_get_the_catalogue_s_codes_in_whatever_spelling() -> None:
    spelled = ["SpinalCord", "RightParotid", "kidney_left", "Oesophagus", "brain stem", "Kidney L."]
    names = [label.name for label in make_label_table(spelled[:5])]
    assert names == ["Spinal cord", "Right parotid gland", "Left kidney", "Esophagus", "Brainstem"]
    shipped = {x.name: x for x in Catalogue().get("openkbp-headneck").recipe.labels}
    (parotid,) = make_label_table(["parotid_gland_right"])
    assert replace(parotid, value=3) == shipped["Right parotid gland"]
    with pytest.raises(InputError, match="Two labels mean Left kidney"):
        make_label_table(spelled)


def test_unknown_names_get_codes_that_say_no_more_than_they_do() -> None:
    psoas, lung, other, mass = make_label_table(["PsoasL", "lung", "Gland X", "brain_tumour"])
    assert (psoas.name, psoas.type.meaning, psoas.modifier) == (
        *("Psoas L", "Tissue", Code("SCT", "7771000", "Left")),
    )
    assert (lung.name, lung.type.meaning, lung.modifier) == (
        "lung",
        "Tissue",
        None,
    )  # not its cancer
    assert mass.category.meaning == "Morphologically Altered Structure"
    assert len({label.color for label in (psoas, lung, other, mass)}) == 4


def test_names_are_read_both_ways_round(tmp_path: Path) -> None:
    def read(content: Any) -> dict[int, str]:
        return read_names(write_json(tmp_path / "names.json", content))

    assert read({"labels": {"0": "background", "2": "B", "1": "A"}}) == {1: "A", 2: "B"}
    assert read({"labels": {"background": 0, "A": 1}}) == {1: "A"}
    assert read({"1": "A"}) == {1: "A"}
    assert read({"labels": {"background": "0", "A": "1"}}) == {1: "A"}
    for wrong in ({"labels": {"A": [1, 2]}}, [1], {}):
        with pytest.raises(InputError, match=r"names\.json"):
            read(wrong)
    with pytest.raises(InputError, match="each label value, 1 to 255, once"):
        read({"A": 1, "B": 1})
    both_ways = {"labels": {"background": 0, "A": 1, "ignore": 2}}
    assert read(both_ways) == {1: "A"}
    assert read_ignored(write_json(tmp_path / "names.json", both_ways)) == 2
    for wrong in (1, "x", 300):
        path = write_json(tmp_path / "names.json", {"labels": {"A": 1, "ignore": wrong}})
        with pytest.raises(InputError, match="ignore"):
            read_ignored(path)


def test_sides_are_paired() -> None:
    labels = make_label_table(["eye_right", "Brainstem", "LeftEye"])
    assert side_pairs(labels) == ((1, 3),)
    with pytest.raises(InputError, match="eye right has no counterpart"):
        side_pairs(labels[:2])


# Cases


def images(cases: list) -> list[str]:
    return [case.image.name for case in cases]


def test_cases_are_held_back_by_share_or_list(folder: Path, tmp_path: Path) -> None:
    training, held_back, _ = choose_cases(make_settings(folder, validation="0.4"))
    assert len(training) == 3 and len(held_back) == 2
    assert not set(images(training)) & set(images(held_back))
    again = choose_cases(make_settings(folder, validation="0.4", steps=9))
    assert again[1] == held_back
    assert choose_cases(make_settings(folder, validation="0"))[1] == []
    text = folder / "data" / "fold 0.txt"
    text.write_text("imagesTr/case_1.nii.gz\nimagesTr/case_3.nii.gz\n", encoding="utf-8")
    training, held_back, _ = choose_cases(make_settings(folder, validation=str(text)))
    assert images(held_back) == ["case_1.nii.gz", "case_3.nii.gz"]
    assert held_back[0].label.name == "case_1.nii.gz"
    assert len(training) == 3
    item = {"image": "imagesTr/case_0.nii.gz", "label": "labelsTr/case_0.nii.gz"}
    splits = write_json(folder / "data" / "splits.json", {"train": [item], "val": [item]})
    _, held_back, _ = choose_cases(make_settings(folder, validation=str(splits)))
    assert images(held_back) == ["case_0.nii.gz"]
    text.write_text("imagesTr/other.nii.gz\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"other\.nii\.gz, which"):
        choose_cases(make_settings(folder, validation=str(text)))
    with pytest.raises(InputError, match="All cases are held back"):
        choose_cases(make_settings(folder, data=str(splits), validation=str(splits)))


def test_the_data_set_s_own_validation_list_is_used(tmp_path: Path) -> None:
    data = write_data(tmp_path / "data")
    description = json.loads((data / "dataset.json").read_text())
    items = description["training"]
    write_json(
        data / "dataset.json", {**description, "training": items[:3], "validation": items[3:]}
    )
    for source in (data, data / "dataset.json"):
        said: list[str] = []
        settings = make_settings(tmp_path, data=str(source))
        training, held_back, _ = choose_cases(settings, said.append)
        assert images(held_back) == ["case_3.nii.gz", "case_4.nii.gz"]
        assert len(training) == 3
        assert "the 2 cases that" in said[0] and "lists for validation" in said[0]
    training, held_back, _ = choose_cases(make_settings(tmp_path, validation="0.4"))
    assert len(held_back) == 2  # what somebody asks for counts
    bare = [{"image": "imagesTr/other.nii.gz"}]
    write_json(data / "dataset.json", {**description, "validation": bare})
    _, held_back, _ = choose_cases(make_settings(tmp_path), said.append)
    assert len(held_back) == 1 and "is not used" in said[-1] and "other.nii.gz" in said[-1]


def test_folds_hold_back_each_case_once(folder: Path) -> None:
    said: list[str] = []
    held_back: list[str] = []
    for part in range(3):
        settings = make_settings(folder, fold=f"{part}/3")
        training, held, _ = choose_cases(settings, said.append)
        assert not set(images(training)) & set(images(held)) and len(training) + len(held) == 5
        held_back += images(held)
    assert sorted(held_back) == [f"case_{n}.nii.gz" for n in range(5)]
    assert said[0] == "Held back is fold 0/3: 2 cases."
    for wrong in ("3/3", "1", "0/0", "0/1", "-1/3", "x"):
        with pytest.raises(InputError, match="fold must be such as 0/5"):
            make_settings(folder, fold=wrong)
    with pytest.raises(InputError, match="left out where a fold is chosen"):
        make_settings(folder, fold="0/3", validation="0.2")


def test_the_first_fold_of_nnunet_is_used(tmp_path: Path) -> None:
    data = write_data(tmp_path / "data")
    names = [f"case_{n}" for n in range(5)]
    folds = [{"train": names[:3], "val": names[3:]}, {"train": names[2:], "val": names[:2]}]
    write_json(data / "splits_final.json", folds)
    said: list[str] = []
    _, held_back, _ = choose_cases(make_settings(tmp_path), said.append)
    assert images(held_back) == ["case_3.nii.gz", "case_4.nii.gz"]
    for wrong in ([{"train": names, "val": ["patient"]}], {"val": names}, []):
        write_json(data / "splits_final.json", wrong)
        _, held_back, _ = choose_cases(make_settings(tmp_path), said.append)
        assert len(held_back) == 1 and "splits_final.json is not used" in said[-1]


def test_structures_are_chosen_by_any_spelling(folder: Path) -> None:
    named, learned = choose_structures(make_settings(folder, structures="left bone, Muscle"))
    assert named == {1: "Muscle", 3: "RightBone", 4: "LeftBone"}
    assert learned == {1: "Muscle", 4: "LeftBone"}
    with pytest.raises(InputError, match="no structure 'Skull' in the data set"):
        choose_structures(make_settings(folder, structures="Skull"))


def test_what_nobody_contoured_is_read_from_a_table_or_the_data_set(tmp_path: Path) -> None:
    data = write_data(tmp_path / "data", 3)
    named = {1: "Muscle", 2: "Other", 3: "RightBone", 4: "LeftBone"}
    learned = {1: "Muscle", 3: "RightBone", 4: "LeftBone"}
    (table := tmp_path / "cases.csv").write_text(
        "file,not_contoured\ncase_0.nii.gz,LeftBone Other\ncase_1.nii.gz,\n", encoding="utf-8"
    )
    settings = make_settings(tmp_path, contoured=str(table), validation="0")
    cases, _, _ = choose_cases(settings)
    assert not_contoured(settings, cases, named, learned) == {cases[0]: (3,)}
    description = json.loads((data / "dataset.json").read_text())
    description["training"][1]["contoured"] = ["muscle", "Left bone"]
    write_json(data / "dataset.json", description)
    settings = make_settings(tmp_path, validation="0")
    assert not_contoured(settings, cases, named, learned) == {cases[1]: (2,)}
    table.write_text("file,not_contoured\nother.nii.gz,LeftBone\n", encoding="utf-8")
    with pytest.raises(InputError, match="they are no cases of the run"):
        not_contoured(make_settings(tmp_path, contoured=str(table)), cases, named, learned)


def write_masks(folder: Path, count: int = 4) -> Path:
    """Cases in the layout of TotalSegmentator; the last was not asked for its left bone."""
    for seed in range(count):
        ct, patient = make_ct(seed), folder / f"s{seed:04}"
        write(patient / "ct.nii.gz", ct)
        labels = make_labels(ct)
        for value, name in ((1, "muscle"), (3, "bone_right"), (4, "bone_left")):
            if (seed, value) != (count - 1, 4):
                mask = (labels == value).astype(np.uint8)
                write(patient / "segmentations" / f"{name}.nii.gz", mask)
    return folder


def test_folders_of_masks_are_learned_from(tmp_path: Path) -> None:
    write_masks(tmp_path / "data")
    (tmp_path / "data" / "s0000" / "segmentations" / "aorta.nii.gz").write_bytes(b"not opened")
    changes = {"steps": 2, "validation": "0.25", "structures": "muscle, left bone"}
    run_folder, events = run(tmp_path, "masks", **changes)
    plan = read_plan(run_folder.path / "plan.json")
    assert [label.name for label in plan.recipe.labels] == ["bone left", "muscle"]
    assert [name for _, name in plan.names.names] == ["bone_left", "muscle"]
    cases = {Path(case.image).parent.name: case for case in (*plan.training, *plan.validation)}
    assert len(cases) == 4 and len(plan.validation) == 1
    assert all(case.not_contoured == ((1,) if s == "s0003" else ()) for s, case in cases.items())
    assert all(2 in case.present for case in plan.training)
    source, _ = make_source(tmp_path, plan)
    assert set(source.batch(1)[1].unique().tolist()) <= {0, 1, 2}
    truth = [e for e in events if "dice" in e][-1]
    assert truth["dice_by_structure"].keys() <= {"bone left", "muscle"}
    with pytest.raises(InputError, match="no structure 'Skull' in the data set"):
        choose_structures(make_settings(tmp_path, structures="Skull"))


def test_the_number_of_pieces_is_learned_from_the_labels(folder: Path) -> None:
    run_folder, events = run(folder, "pieces", steps=1, validation="0")
    model = read_checkpoint(run_folder.path / "model.safetensors").recipe
    muscle, *bones = model.labels
    assert muscle.pieces == 1  # the bone is in its middle
    assert any("Muscle 1" in item.get("message", "") for item in events)
    assert all(bone.pieces is None for bone in bones)  # no five cases have one on either side
    assert read_plan(run_folder.path / "plan.json").recipe == model


def test_what_nobody_looked_at_is_neither_learned_nor_scored(tmp_path: Path) -> None:
    data = write_data(tmp_path / "data", 3)
    description = json.loads((data / "dataset.json").read_text())
    names = {"background": 0, "Muscle": 1, "RightBone": 3, "LeftBone": 4, "ignore": 5}
    write_json(data / "dataset.json", {**description, "labels": names})
    for path in (data / "labelsTr").iterdir():
        labels = np.asarray(nib.load(path).dataobj).copy()
        labels[:, :, 9:] = 5
        write(path, labels)
    run_folder, _ = run(tmp_path, "ignored", steps=1)
    plan = read_plan(run_folder.path / "plan.json")
    assert plan.names.ignore == 5 and len(plan.recipe.labels) == 3
    source, _ = make_source(tmp_path, plan)
    classes = {value for n in range(4) for value in source.batch(n)[1].unique().tolist()}
    assert -1 in classes and classes <= {-1, 0, 1, 2, 3}

    class Truth:
        """Finds what is there, and muscle where nobody looked."""

        def segment(self, array: np.ndarray, affine: np.ndarray, **_: Any) -> np.ndarray:
            labels = read_label_map(Path(plan.validation[0].label))[0]
            return np.array([0, 1, 0, 2, 3, 1], np.uint8)[labels]

    scores = score_case(Truth(), plan, plan.validation[0], print, lambda: False)
    assert set(scores.values()) == {1.0}


def test_ignored_voxels_have_no_loss_and_no_gradient() -> None:
    torch.manual_seed(0)
    logits = torch.randn(1, 3, 4, 4, 4, requires_grad=True)
    labels = torch.randint(0, 3, (1, 4, 4, 4))
    labels[:, :, :, 2:] = -1
    loss = MarginalDiceCELoss()
    contoured = torch.ones(1, 3, dtype=torch.bool)
    weights = class_weights(labels, 3)
    value = loss(logits, labels, contoured, weights)
    (gradient,) = torch.autograd.grad(value, logits)
    assert not gradient[..., 2:].any() and gradient[..., :2].any()
    cut = loss(logits[..., :2], labels[..., :2], contoured, weights)
    assert torch.allclose(value, cut)
    assert loss(logits, torch.full_like(labels, -1), contoured).item() == 0


def test_what_was_contoured_is_said_of_the_right_case(tmp_path: Path) -> None:
    """TotalSegmentator's data set names all images ct.nii.gz."""
    named = {1: "Liver", 2: "left kidney"}
    items = [{"image": f"s{n}/ct.nii.gz", "label": f"s{n}/seg.nii.gz"} for n in range(3)]
    items[0]["contoured"], items[1]["contoured"] = ["left kidney"], ["Liver"]
    write_json(tmp_path / "dataset.json", {"labels": named, "training": items})
    settings = make_settings(tmp_path, data=str(tmp_path / "dataset.json"), validation="0")
    cases, _, _ = choose_cases(settings)
    expected = {cases[0]: (1,), cases[1]: (2,)}
    assert not_contoured(settings, cases, named, named) == expected
    (table := tmp_path / "cases.csv").write_text(
        "file,not_contoured\ns0/ct.nii.gz,Liver\ns1/ct.nii.gz,LeftKidney\ns1/ct.nii.gz,Liver\n"
    )
    settings = make_settings(tmp_path, data=settings.data, contoured=str(table), validation="0")
    assert not_contoured(settings, cases, named, named) == {cases[0]: (1,), cases[1]: (1, 2)}
    table.write_text("file,not_contoured\nct.nii.gz,Liver\n")
    with pytest.raises(InputError, match=r"may mean .*s0.* or .*s1"):
        not_contoured(settings, cases, named, named)


def test_a_data_set_that_describes_other_cases_is_refused(folder: Path, tmp_path: Path) -> None:
    """Such as images that were moved: what nobody contoured would be learned as absent."""
    settings = make_settings(folder, validation="0")
    cases, _, _ = choose_cases(settings)
    item = {"image": "elsewhere/case_0.nii.gz", "label": "x.nii.gz", "contoured": ["Liver"]}
    write_json(tmp_path / "dataset.json", {"training": [item]})
    settings = replace(settings, data=str(tmp_path / "dataset.json"))
    with pytest.raises(InputError, match="they are no cases of the run"):
        not_contoured(settings, cases, {1: "Liver"}, {1: "Liver"})


@pytest.mark.parametrize("said", ["Livver", "left kidney", "Liver;LeftKidney", "Liv"])
def test_an_unknown_name_in_a_table_is_refused(tmp_path: Path, said: str) -> None:
    data = write_data(tmp_path / "data", 1)
    (table := tmp_path / "cases.csv").write_text(f"file,not_contoured\ncase_0.nii.gz,{said}\n")
    settings = make_settings(tmp_path, data=str(data), contoured=str(table), validation="0")
    cases, _, _ = choose_cases(settings)
    named = {1: "Liver", 2: "left kidney"}
    with pytest.raises(InputError, match="no such structure in the data set"):
        not_contoured(settings, cases, named, named)


@pytest.mark.parametrize(
    ("said", "problem"), [(["Livver"], "'Livver'"), ("Liver", 'is "Liver"'), ([1], r"is \[1\]")]
)
def test_a_wrong_list_of_what_was_contoured_is_refused(
    tmp_path: Path, said: object, problem: str
) -> None:
    item = {"image": "ct.nii.gz", "label": "seg.nii.gz", "contoured": said}
    write_json(tmp_path / "data.json", {"training": [item]})
    settings = make_settings(tmp_path, data=str(tmp_path / "data.json"), validation="0")
    cases, _, _ = choose_cases(settings)
    with pytest.raises(InputError, match=problem):
        not_contoured(settings, cases, {1: "Liver"}, {1: "Liver"})


def test_a_damaged_validation_list_is_not_taken_for_a_list_to_train_on(folder: Path) -> None:
    lists = {
        "training": [{"image": "imagesTr/case_0.nii.gz"}],
        "validation": [{"image": "imagesTr/case_1.nii.gz"}, {"img": "x"}],
    }
    path = folder / "data" / "lists.json"
    write_json(path, lists)
    with pytest.raises(InputError, match=r"Item 2 of .* names no single image"):
        choose_cases(make_settings(folder, validation=str(path)))


def test_a_start_too_long_for_a_path_is_no_path() -> None:
    assert settings_from({"data": "x", "start": "x" * 999}).start == "x" * 999


def test_folders_in_the_way_are_not_taken_for_what_to_start_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run in a folder named after its model is usual."""
    monkeypatch.chdir(tmp_path)
    for name in ("scratch", "demo-torso", "other"):
        Path(name).mkdir()
        settings = settings_from({"data": "x", "start": name})
        assert settings.start == (str(tmp_path / name) if name == "other" else name)
    assert find_start("scratch").checkpoint is None
    assert find_start("demo-torso").recipe == Catalogue().get("demo-torso").recipe


def test_sides_to_mirror_are_checked_before_the_work(folder: Path) -> None:
    settings = make_settings(folder, structures="LeftBone", mirror=True)
    events: list[Event] = []
    with pytest.raises(InputError, match="Left Bone has no counterpart"):
        finetune(settings, RunFolder(folder / "one side"), events.append)
    assert not any(item.get("message") == "Preparing the volumes" for item in events)
    names = write_json(folder / "one.json", {"1": "Muscle", "3": "RB", "4": "Ring"})
    settings = make_settings(folder, labels=str(names), mirror=True)
    with pytest.raises(InputError, match="RB looks like the name of a side"):
        finetune(settings, RunFolder(folder / "one abbreviated"), events.append)


def test_what_mirrors_is_said_before_the_first_step(folder: Path) -> None:
    names = write_json(folder / "short.json", {"1": "Muscle", "3": "RB", "4": "LB"})
    changes = {"labels": str(names), "steps": 1, "validation": "0", "mirror": True}
    run_folder, events = run(folder, "mirrored", **changes)
    (said,) = [n for n, item in enumerate(events) if "mirrored" in item.get("message", "")]
    message = "these change names: RB and LB. Without a counterpart: Muscle."
    assert events[said]["message"].endswith(message)
    assert said < [item.get("message") for item in events].index("Preparing the volumes")
    plan = read_plan(run_folder.path / "plan.json")
    swapped, kept = (
        [make_source(folder, plan, mirror=True, sideless=names)[0].batch(n) for n in range(6)]
        for names in ("", "LB, RB")
    )
    assert not all(same(*pair) for pair in zip(swapped, kept, strict=True))


def test_openkbp_is_understood() -> None:
    data = SHARED / "data" / "openkbp"
    if not data.is_dir():
        pytest.skip("needs the OpenKBP data")
    values = {"data": str(data / "splits.json"), "start": "scratch"}
    settings = settings_from(
        {**values, "validation": values["data"], "contoured": str(data / "cases.csv")}
    )
    named, learned = choose_structures(settings)
    labels = make_label_table(list(learned.values()))
    assert labels == Catalogue().get("openkbp-headneck").recipe.labels
    training, validation, _ = choose_cases(settings)
    assert (len(training), len(validation)) == (133, 33)
    absent = not_contoured(settings, training, named, learned)
    assert Counter(value for values in absent.values() for value in values)[6] > 30  # larynx


# Batches


@pytest.fixture(scope="module")
def finished(folder: Path) -> tuple[RunFolder, list[Event]]:
    """A run in which there is something to learn."""
    changes = {"steps": 40, "learning_rate": 0.01, "average": 0.8, "measure_every": 5, "batch": 2}
    return run(folder, "finished", **changes, keep=1, validation="0.4")


def make_source(folder: Path, plan: Any, rank: int = 0, count: int = 1, **changes: Any):
    settings = make_settings(folder, **{"batch": 2, **changes})
    events: list[Event] = []
    processes = Processes(rank, count, CPU)
    job = TrainingJob(settings, RunFolder(folder / "x"), processes, events.append, [])
    cache = job.open_cache(preparation_of(plan.recipe.preprocessing), plan.names)
    return PatchSource(job, plan, cache), events


def same(one: tuple, other: tuple) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_a_batch_depends_on_seed_and_number_only(folder: Path, finished: tuple) -> None:
    plan = read_plan(finished[0].path / "plan.json")
    source, _ = make_source(folder, plan)
    batch = source.batch(3)
    assert [tuple(part.shape) for part in batch] == [
        *((2, 1, 64, 32, 32), (2, 64, 32, 32), (2, 4), (2, 4)),
    ]
    assert same(batch, make_source(folder, plan)[0].batch(3))
    assert not same(batch, source.batch(4))
    assert not same(batch, make_source(folder, plan, seed=8)[0].batch(3))
    parts = [make_source(folder, plan, rank, 2)[0].batch(3) for rank in (0, 1)]
    assert same(tuple(torch.cat(pair) for pair in zip(*parts, strict=True)), batch)
    streamed = list(source.stream(2, 5))
    assert same(streamed[1], batch) and len(streamed) == 3


def test_patches_show_structures_and_say_what_counts(folder: Path, finished: tuple) -> None:
    plan = read_plan(finished[0].path / "plan.json")
    plan = replace(plan, training=(replace(plan.training[0], not_contoured=(2,)),))
    source, _ = make_source(folder, plan, weighted_steps=3, accumulate=2)
    _, _, contoured, weights = source.batch(5)  # of step 2
    assert contoured.tolist() == [[True, True, False, True]] * 2
    assert weights[0, 0] < weights[0, 1:].min()  # the background has most voxels
    assert (source.batch(6)[3] == 1).all()
    shown = [source.batch(number)[1] for number in range(12)]
    values = set(torch.cat(shown).unique().tolist())
    assert values <= {0, 1, 2, 3} and len(values) >= 3
    assert sum(bool((labels > 0).any()) for labels in shown) >= 9


def test_a_lost_case_is_replaced_and_said_once(tmp_path: Path) -> None:
    write_data(tmp_path / "data", 3)
    run_folder, _ = run(tmp_path, "run", steps=1, validation="0", cache_gb=0)
    plan = read_plan(run_folder.path / "plan.json")
    Path(plan.training[0].image).unlink()
    source, events = make_source(tmp_path, plan, cache_gb=0)
    for number in range(4):
        source.batch(number)
    lost = [item["message"] for item in events if "is lost" in item["message"]]
    assert len(lost) == 1 and "case_0.nii.gz" in lost[0]
    for case in plan.training[1:]:
        Path(case.image).unlink()
    with pytest.raises(InputError, match="All cases of the run are lost"):
        make_source(tmp_path, plan, cache_gb=0)[0].batch(0)


def test_a_patch_takes_its_volume_once(tmp_path: Path) -> None:
    """Where the cache has no room each time is a preparation."""
    write_data(tmp_path / "data", 3)
    with pytest.MonkeyPatch.context() as patch:
        prepared: list[Path] = []
        prepare = preparing.prepare_image
        patch.setattr(
            preparing, "prepare_image", lambda v, p: prepared.append(v.name) or prepare(v, p)
        )
        run_folder, _ = run(tmp_path, "run", steps=1, validation="0", cache_gb=0)
        assert len(prepared) == 3 + 1  # each once before the first step
        source, _ = make_source(tmp_path, read_plan(run_folder.path / "plan.json"), cache_gb=0)
        prepared.clear()
        for number in range(10):
            source.batch(number)
    assert len(prepared) == 20


def test_a_structure_that_was_erased_later_is_not_looked_for(tmp_path: Path) -> None:
    write_data(tmp_path / "data", 2)
    run_folder, _ = run(tmp_path, "run", steps=1, validation="0", cache_gb=0)
    plan = read_plan(run_folder.path / "plan.json")
    assert all(case.present for case in plan.training)
    for case in plan.training:
        write(Path(case.label), np.zeros(make_ct().shape, np.uint8))
    source, _ = make_source(tmp_path, plan, cache_gb=0)
    assert all(not source.batch(number)[1].any() for number in range(4))


# The network


def small_recipe(classes: int = 4) -> Recipe:
    labels = make_label_table([f"Thing {n}" for n in range(1, classes)])
    return Recipe("segmentation", "tiny", "current", WINDOW, labels)


def test_the_loss_of_a_batch_is_the_mean_of_its_patches() -> None:
    torch.manual_seed(0)
    model = FineTuning(small_recipe(), 0.9)
    batch = (
        torch.rand(2, 1, 8, 8, 8),
        torch.randint(0, 4, (2, 8, 8, 8)),
        torch.tensor([[True] * 4, [True, False, True, True]]),
        torch.rand(2, 4) + 0.1,
    )
    single = [model(*(part[i : i + 1] for part in batch))["total"].item() for i in (0, 1)]
    assert model(*batch)["total"].item() == pytest.approx(np.mean(single), rel=1e-5)
    assert single[0] != pytest.approx(single[1], rel=1e-2)


def test_the_average_follows_the_network() -> None:
    torch.manual_seed(0)
    model = FineTuning(small_recipe(), 0.15)
    assert same(tuple(model.teacher.parameters()), tuple(model.student.parameters()))
    with torch.no_grad():
        model.student.layers[2].bias += 1
    before = model.teacher.layers[2].bias.clone()
    for decay in (0.1, 0.15, 0.15):  # young it moves faster: 1 / 10, 2 / 11, 3 / 12
        model.update_teacher()
        before = before.lerp(model.student.layers[2].bias, 1 - decay)
        torch.testing.assert_close(model.teacher.layers[2].bias, before.detach())
    assert not any(parameter.requires_grad for parameter in model.teacher.parameters())


def test_recomputed_activations_give_the_same_gradients(swin_unetr: None) -> None:
    torch.manual_seed(0)
    batch = (
        torch.rand(1, 1, 64, 32, 32),
        torch.randint(0, 4, (1, 64, 32, 32)),
        torch.ones(1, 4, dtype=torch.bool),
        torch.ones(1, 4),
    )
    gradients = []
    for recompute in (False, True):
        torch.manual_seed(0)
        model = FineTuning(small_recipe(), 0.9, recompute)
        model(*batch)["total"].backward()
        gradients.append(tuple(parameter.grad for parameter in model.student.parameters()))
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


def test_less_memory_gives_the_same_gradients_until_there_is_no_less() -> None:
    """Of three patches; the network that takes milliseconds is in its place."""
    batch = (
        torch.rand(3, 1, 64, 32, 32),
        torch.randint(0, 4, (3, 64, 32, 32)),
        torch.ones(3, 4, dtype=torch.bool),
        torch.ones(3, 4),
    )
    torch.manual_seed(0)
    model = FineTuning(small_recipe(), 0.9)
    found, said = [], []
    while True:
        model.zero_grad()
        model(*batch)["total"].backward()
        found.append([parameter.grad.clone() for parameter in model.student.parameters()])
        said.append(model.use_less_memory())
        if not said[-1]:
            break
    assert said[1:] == ["1 patches at a time, all activations computed again", ""]
    assert "transformer" in said[0] and model.memory == {"chunk": 1, "recompute": True}
    for gradients in found[1:]:
        for one, other in zip(found[0], gradients, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


# A whole run


def test_events_tell_the_whole_run_and_the_network_learns(finished: tuple) -> None:
    folder, events = finished
    assert folder.state().name == "finished"
    losses = [item["loss"] for item in events if item["event"] == "metric" and "loss" in item]
    assert len(losses) == 40
    assert np.mean(losses[-5:]) < 0.6 * np.mean(losses[:5])
    scores = [item for item in events if "dice" in item and item["event"] == "metric"]
    assert [item["step"] for item in scores] == list(range(5, 41, 5))
    assert set(scores[-1]["dice_by_structure"]) == {"Muscle", "Right Bone", "Left Bone"}
    assert scores[-1]["dice"] == pytest.approx(
        np.mean(list(scores[-1]["dice_by_structure"].values()))
    )
    assert scores[-1]["dice_by_structure"]["Muscle"] > 0.6
    best = max(scores, key=lambda item: item["dice"])
    rows = {row.name: row.dice for row in tabulate([read_case_scores(folder.path / CASE_SCORES)])}
    assert rows.pop("all") == pytest.approx(best["dice"])
    assert rows == pytest.approx(best["dice_by_structure"])
    progress = [item for item in events if item.get("message") == "Fine-tuning"]
    assert (progress[0]["done"], progress[-1]["done"]) == (0, 40)


def test_the_best_average_becomes_the_model(finished: tuple) -> None:
    folder, events = finished
    scores = {item["step"]: item["dice"] for item in events if item.keys() >= {"dice", "step"}}
    best = max(scores, key=lambda step: (scores[step], -step))
    assert folder.checkpoints.best().name == f"step-{best:08d}.pt"
    weights = torch.load(folder.checkpoints.best(), weights_only=True)["model"]
    model = read_checkpoint(folder.path / "model.safetensors")
    assert (model.training["steps"], model.training["dice"]) == (best, scores[best])
    assert model.training["start"] == "scratch"
    for name in ("layers.0.weight", "layers.2.bias"):
        assert torch.equal(model.weights[name], weights[f"teacher.{name}"].half().float())
    assert [label.name for label in model.recipe.labels] == ["Muscle", "Right Bone", "Left Bone"]
    assert model.recipe.preprocessing == WINDOW
    assert events[-1]["files"] == [str(folder.path / "model.safetensors")]
    assert Path(events[-1]["bundle"]).is_dir()


def test_a_case_is_scored_as_by_evaluate(finished: tuple) -> None:
    plan = read_plan(finished[0].path / "plan.json")
    case = replace(plan.validation[0], not_contoured=())
    weights = read_checkpoint(finished[0].path / "model.safetensors").weights
    network = SmallNetwork("tiny", 4, "current")
    network.load_state_dict(weights)
    segmenter = Segmenter(network, plan.recipe, "cpu", "float32")
    found = score_case(segmenter, plan, case, print, lambda: False)
    volume = read_volume(Path(case.image))
    truth = read_label_map(Path(case.label))[0]
    classes = np.array([0, 1, 0, 2, 3], np.uint8)[truth]  # values 1, 3, 4
    predicted = segmenter.segment(volume.array, volume.affine)
    scores = evaluate(predicted, classes, volume.affine, plan.recipe.labels)
    assert found == pytest.approx({s.value: s.dice for s in scores if s.dice is not None})
    assert 0 < found[1] < 1


def test_structures_that_nobody_asked_for_are_background(folder: Path) -> None:
    run_folder, events = run(folder, "one structure", structures="LeftBone", steps=1, mirror=False)
    plan = read_plan(run_folder.path / "plan.json")
    assert plan.values == (4,)
    assert plan.names.names == ((1, "Muscle"), (3, "RightBone"), (4, "LeftBone"))
    assert all(case.present in ((), (1,)) for case in plan.training)
    batch = make_source(folder, plan)[0].batch(0)
    assert set(batch[1].unique().tolist()) <= {0, 1}
    assert any(case.present == () for case in plan.training) == any(
        "Left Bone has no voxel in" in item.get("message", "") for item in events
    )


# Killed, stopped, broken


LASTING = {"steps": 50, "save_every": 7, "measure_every": 20, "validation": "0.2"}


@pytest.fixture(scope="module")
def uninterrupted(folder: Path) -> RunFolder:
    return run(folder, "uninterrupted", **LASTING)[0]


def values(run: Path) -> list[dict]:
    """All metrics but what depends on the hour."""
    changing = {"time", "samples_per_second"}
    return [{n: v for n, v in m.items() if n not in changing} for m in history(run).metrics]


def test_killed_and_resumed_it_goes_on_bit_for_bit(folder: Path, uninterrupted: RunFolder) -> None:
    settings, killed = make_settings(folder, **LASTING), folder / "killed"
    child = start(*arguments_of(settings, killed))
    wait_for(killed, child, 10)
    psutil.Process(child.pid).kill()
    child.communicate()
    assert RunFolder(killed).state().name == "lost"
    metrics = len(values(killed))
    assert metrics < 50
    finetune(settings, RunFolder(killed), print, resume=True)
    assert values(killed) == values(uninterrupted.path)
    models = [read_checkpoint(path / "model.safetensors") for path in (killed, uninterrupted.path)]
    assert same(*(tuple(model.weights.values()) for model in models))


class TwoParts(torch.nn.Module):
    """A network of milliseconds with an encoder, as all names but those of a decoder are."""

    def __init__(self, preset: str, out_channels: int, merging: str) -> None:
        super().__init__()
        self.encoder1 = torch.nn.Conv3d(1, 8, 4, stride=4)
        self.out = torch.nn.Conv3d(8, out_channels, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found = self.out(self.encoder1(x).relu())
        return torch.nn.functional.interpolate(found, scale_factor=4.0)


def test_the_encoder_learns_at_a_rate_of_its_own(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finetuning, "build_network", TwoParts)
    found = {}
    for rate in (0.0, 0.5):
        changes = {"steps": 3, "encoder_rate": rate, "average": 0.0, "save_every": 1, "keep": 3}
        run_folder, _ = run(folder, f"encoder at {rate}", **changes)
        paths = sorted(run_folder.checkpoints.path.glob("step-*.pt"))
        found[rate] = [torch.load(path, weights_only=True) for path in paths]
    for contents in found.values():
        weights = [{n: v for n, v in c["model"].items() if "student" in n} for c in contents]
        changed = {
            name for name in weights[0] if not torch.equal(weights[0][name], weights[-1][name])
        }
        expected = ("student.out.weight", "student.out.bias")
        frozen = contents is found[0.0]
        assert changed == ({*expected} if frozen else {*weights[0]})
    first, second = found[0.5][1]["optimizer"]["param_groups"]
    assert first["lr"] == pytest.approx(0.5 * second["lr"])


def test_a_run_that_an_earlier_version_began_goes_on(
    folder: Path, uninterrupted: RunFolder
) -> None:
    """It knew nothing of settings that came later, whose defaults are what it did."""
    copy = folder / "of an earlier version"
    run_folder = RunFolder(shutil.copytree(uninterrupted.path, copy))
    path = run_folder.path / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    for name in ("encoder_rate", "tracker"):
        del config[name]
    write_json(path, config)
    longer = {**LASTING, "steps": LASTING["steps"] + 1}
    finetune(make_settings(folder, **longer), run_folder, print, resume=True)
    assert history(run_folder.path).series("loss")[0][-1] == longer["steps"]


def test_stopped_in_a_step_or_a_measure_and_resumed(folder: Path, finished: tuple) -> None:
    for name, step in (("in a step", 2), ("in a measure", 3)):
        run_folder = RunFolder(folder / name)

        def stop(item: Event, run_folder: RunFolder = run_folder, step: int = step) -> None:
            if item["event"] == "metric" and item["step"] == step:
                run_folder.request_stop()

        changes = {"steps": 3, "measure_every": 3}
        with pytest.raises(CancelledError, match=f"Stopped after step {step}"):
            run(folder, name, stop, **changes)
        assert run_folder.state().name == "stopped"
        assert run_folder.checkpoints.latest().name == f"step-{step:08d}.pt"
        finetune(make_settings(folder, **changes), run_folder, print, resume=True)
        assert history(run_folder.path).series("loss")[0] == [1, 2, 3]
        assert history(run_folder.path).series("dice")[0] == [3]


def test_a_stop_is_heard_while_cases_held_back_are_inspected(folder: Path) -> None:
    run_folder = RunFolder(folder / "stopped early")

    def stop(item: Event) -> None:
        if item.get("message") == "Checking the volumes" and item["done"] == 1:
            run_folder.request_stop()

    with pytest.raises(CancelledError, match="Stopped while preparing"):
        run(folder, "stopped early", stop, steps=1, validation="0.4")
    assert run_folder.state().name == "stopped"
    finetune(make_settings(folder, steps=1, validation="0.4"), run_folder, print, resume=True)
    assert run_folder.state().name == "finished"


def test_a_run_goes_on_without_what_it_started_from(
    folder: Path, tmp_path: Path, swin_unetr: None
) -> None:
    weights = tmp_path / "encoder.safetensors"
    torch.manual_seed(1)
    encoder = VoCoEncoder("tiny", "current")
    recipe = Recipe("pretraining", "tiny", "current", WINDOW)
    save_checkpoint(weights, encoder.state_dict(), recipe, {})
    changes = {"start": str(weights), "steps": 2, "validation": "0", "patch": None}
    run_folder = RunFolder(folder / "from an encoder")

    def stop(item: Event) -> None:
        if item["event"] == "metric" and item["step"] == 1:
            run_folder.request_stop()

    with pytest.raises(CancelledError):
        run(folder, "from an encoder", stop, **changes, spacing=None)
    said = [item["message"] for item in run_folder.events()[0] if item["event"] == "log"]
    assert any("137 of 159 tensors matched" in message for message in said)
    weights.unlink()
    settings = make_settings(folder, **changes, spacing=None)
    path = finetune(settings, run_folder, print, resume=True)
    model = read_checkpoint(path)
    assert model.recipe.preprocessing == WINDOW  # that of what it started from
    name = "swinViT.patch_embed.proj.weight"
    moved = (model.weights[name] - encoder.state_dict()[name]).abs().max()
    assert 0 < moved < 0.01


def test_a_stopped_run_leaves_the_model_that_its_last_measure_scored(folder: Path) -> None:
    name = "stopped at a third"
    run_folder = RunFolder(folder / name)
    seen: list[bool] = []

    def stop(item: Event) -> None:
        if item["event"] == "metric" and "loss" in item and item["step"] == 10:
            seen.append((run_folder.path / "model.safetensors").is_file())
            run_folder.request_stop()

    changes = {"steps": 30, "learning_rate": 0.01, "average": 0.5, "measure_every": 4}
    with pytest.raises(CancelledError, match="Stopped after step 10"):
        run(folder, name, stop, **changes, validation="0.4")
    assert seen == [True]  # while it goes on, too
    metrics = [m for m in history(run_folder.path).metrics if "dice" in m]
    assert [m["step"] for m in metrics] == [4, 8]
    best = max(metrics, key=lambda m: m["dice"])
    path, recipe = find_model(Catalogue(), str(run_folder.path))
    checkpoint = read_checkpoint(path)
    assert (checkpoint.training["steps"], checkpoint.training["dice"]) == (
        *(best["step"], best["dice"]),
    )
    plan = read_plan(run_folder.path / "plan.json")
    network = SmallNetwork("tiny", 4, "current")
    network.load_state_dict(checkpoint.weights)
    segmenter = Segmenter(network, recipe, "cpu", "float32")
    scores = [score_case(segmenter, plan, c, print, lambda: False) for c in plan.validation]
    assert mean_by_structure(plan, scores) == best["dice_by_structure"]
    assert (run_folder.path / "bundle").is_dir()


def test_without_cases_held_back_a_stopped_run_leaves_its_last_model(folder: Path) -> None:
    run_folder = RunFolder(folder / "stopped, nothing held back")

    def stop(item: Event) -> None:
        if item["event"] == "metric" and item["step"] == 1:
            run_folder.request_stop()

    with pytest.raises(CancelledError):
        run(folder, "stopped, nothing held back", stop, validation="0")
    assert read_checkpoint(run_folder.path / "model.safetensors").training["steps"] == 1


def test_a_run_without_a_model_and_its_checkpoints_are_known(
    folder: Path, finished: tuple, tmp_path: Path
) -> None:
    write_json(tmp_path / "new" / "config.json", {"steps": 1})
    with pytest.raises(ModelError, match="new has no model yet"):
        find_model(Catalogue(), str(tmp_path / "new"))
    checkpoint = finished[0].checkpoints.latest()
    assert read_checkpoint(checkpoint).layout == "checkpoint of a training of this project"
    with pytest.raises(WeightsError, match="to go on from") as raised:
        Catalogue(tmp_path).import_file(checkpoint, lambda *_: None)
    assert str(finished[0].path) in raised.value.hint
    model = Catalogue(tmp_path).import_file(finished[0].path, lambda *_: None)
    assert (model.id, model.title) == ("finished", "finished")


def test_a_finished_run_is_made_longer_with_a_schedule_that_is_said(folder: Path) -> None:
    run_folder, _ = run(folder, "longer", steps=4, warmup=1, validation="0")
    events: list[Event] = []
    settings = make_settings(folder, steps=8, warmup=1, measure_every=1, validation="0")
    settings = replace(settings, weighted_steps=2)
    finetune(settings, run_folder, events.append, resume=True)
    (said,) = [e["message"] for e in events if "made longer" in e.get("message", "")]
    assert "from 4 to 8 steps: its learning rate rises again from step 4 on" in said
    rates = history(run_folder.path).series("learning_rate")[1]
    assert rates[4:] == pytest.approx(rates[:4])  # the same schedule once more
    assert read_checkpoint(run_folder.path / "model.safetensors").training["steps"] == 8
    with pytest.raises(InputError, match="steps: 8 -> 6"):
        finetune(replace(settings, steps=6), run_folder, print, resume=True)


def test_a_stopped_run_is_made_longer(folder: Path) -> None:
    run_folder = RunFolder(folder / "stopped, longer")

    def stop(item: Event) -> None:
        if item["event"] == "metric" and item["step"] == 2:
            run_folder.request_stop()

    changes = {"warmup": 1, "measure_every": 3, "weighted_steps": 1, "validation": "0"}
    with pytest.raises(CancelledError):
        run(folder, "stopped, longer", stop, **changes, steps=4)
    events: list[Event] = []
    finetune(make_settings(folder, **changes, steps=8), run_folder, events.append, resume=True)
    (said,) = [e["message"] for e in events if "made longer" in e.get("message", "")]
    assert "now falls until step 8" in said
    rates = history(run_folder.path).series("learning_rate")[1]
    assert rates[2] > rates[1] * 0.9 and rates[-1] < rates[2] / 5


def test_a_moved_data_set_is_known_again(folder: Path, tmp_path: Path) -> None:
    write_data(tmp_path / "data", 3)
    name = "moved run"
    run_folder = RunFolder(tmp_path / name)

    def stop(item: Event) -> None:
        if item["event"] == "metric" and item["step"] == 1:
            run_folder.request_stop()

    with pytest.raises(CancelledError):
        run(tmp_path, name, stop)
    (tmp_path / "data").rename(tmp_path / "elsewhere")
    events: list[Event] = []
    settings = make_settings(tmp_path, data=str(tmp_path / "elsewhere"))
    label = tmp_path / "elsewhere" / "labelsTr" / "case_1.nii.gz"
    whole = label.read_bytes()
    label.write_bytes(whole[:-9] + b"!" + whole[-8:])
    with pytest.raises(InputError, match=r"1 of the 3 cases .* have changed: .*case_1\.nii\.gz"):
        finetune(settings, run_folder, print, resume=True)
    label.write_bytes(whole)
    finetune(settings, run_folder, events.append, resume=True)
    said = [item.get("message", "") for item in events]
    assert any("was moved: the 3 cases of the run are the same in" in text for text in said)
    plan = read_plan(run_folder.path / "plan.json")
    assert all("elsewhere" in case.image for case in (*plan.training, *plan.validation))
    finetune(settings, run_folder, print, resume=True)  # and from now on it is there


def test_nan_ends_the_run(folder: Path) -> None:
    with pytest.raises(DivergedError, match=r"became (nan|inf|-inf) in step 2"):
        run(folder, "diverged", learning_rate=1e30, clip=0, save_every=1, validation="0")
    assert RunFolder(folder / "diverged").checkpoints.latest().name == "step-00000001.pt"


def test_a_full_disk_is_said_and_the_training_goes_on(folder: Path) -> None:
    resource = pytest.importorskip("resource", reason="limits on file sizes are POSIX")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(item: Event) -> None:
        if item["event"] == "metric" and "loss" in item:
            size = 100_000 if item["step"] == 1 else before[0]
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))

    try:
        _, events = run(folder, "full", fill, steps=2, save_every=1, validation="0")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    said = [item["message"] for item in events if item.get("level") == "warning"]
    assert any("step-00000001.pt cannot be written" in message for message in said)


def test_a_folder_that_cannot_be_written_is_said_and_the_training_goes_on(folder: Path) -> None:
    checkpoints = folder / "read-only" / "checkpoints"
    away = checkpoints.with_name("away")

    def block(item: Event) -> None:
        if item["event"] == "metric" and item["step"] == 1:
            checkpoints.rename(away)
            checkpoints.touch()
        elif "cannot be written" in item.get("message", ""):
            checkpoints.unlink()
            away.rename(checkpoints)

    _, events = run(folder, "read-only", block, steps=2, save_every=1, validation="0")
    said = [item["message"] for item in events if item.get("level") == "warning"]
    assert any("step-00000001.pt cannot be written" in message for message in said)
    assert (folder / "read-only" / "model.safetensors").exists()


# What it makes


def bundle_labels(bundle: Path, image: Path, output: Path) -> np.ndarray:
    """The label map that MONAI's bundle runner makes."""
    configs = bundle / "configs"
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.setattr(sys, "path", sys.path.copy())  # a bundle's own scripts are added
        monai.bundle.run(
            bundle_root=str(bundle),
            config_file=str(configs / "inference.json"),
            meta_file=str(configs / "metadata.json"),
            image=str(image),
            output_dir=str(output),
        )
    torch.set_grad_enabled(True)  # what a bundle sets stays set in its process
    name = image.name.removesuffix(".nii.gz")
    result = nib.load(output / f"{name}_seg.nii.gz")
    np.testing.assert_allclose(result.affine, nib.load(image).affine, atol=1e-4)
    return np.asarray(result.dataobj)


@pytest.mark.parametrize(
    "merging", [pytest.param("current", marks=pytest.mark.long), "legacy"]
)  # the latter's bundle also brings code of its own
def test_the_model_is_a_catalogue_model_and_a_bundle_that_monai_runs(
    folder: Path, tmp_path: Path, merging: str, swin_unetr: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MONAI's own network and transforms give the labels of `voco segment`."""
    monkeypatch.setenv("VOCO_HOME", str(tmp_path / "home"))
    weights = tmp_path / "start.safetensors"
    torch.manual_seed(2)
    network = build_network("tiny", 4, merging)
    recipe = replace(small_recipe(), merging=merging)
    save_checkpoint(weights, network.state_dict(), recipe, {})
    changes = {"steps": 1, "start": str(weights), "validation": "0"}
    run_folder, events = run(folder, f"SwinUNETR {merging}", **changes)
    assert any("159 of 159 tensors matched" in item.get("message", "") for item in events)
    model = Catalogue().import_file(run_folder.path / "model.safetensors", verify_weights, "mine")
    assert (model.recipe.merging, model.recipe.out_channels) == (merging, 4)
    image = folder / "data" / "imagesTr" / "case_1.nii.gz"
    segment = ["segment", str(image), "-m", "mine", "-o", str(tmp_path / "ours.nii.gz")]
    answer = CliRunner().invoke(app, [*segment, "--precision", "float32"])
    assert answer.exit_code == 0, answer.output
    ours = np.asarray(nib.load(tmp_path / "ours.nii.gz").dataobj)
    bundle = run_folder.path / "bundle"
    theirs = bundle_labels(bundle, image, tmp_path / "output")
    assert len(np.unique(ours)) > 1
    assert (ours == theirs).mean() >= 0.99
    assert "VoCoLib" not in "".join(p.read_text() for p in bundle.rglob("*.[jp][sy]*"))
    assert (bundle / "scripts").is_dir() == (merging == "legacy")


def test_a_bundle_tells_what_it_is(tmp_path: Path) -> None:
    network, folder = build_network("tiny", 4, "current"), tmp_path / "a bundle"
    folder.mkdir()
    (folder / "old").touch()
    training = {"start": "VoCo_B", "steps": 9, "cases": 7, "dice": 0.875}
    write_bundle(folder, network.state_dict(), small_recipe(), training, "unverified")
    assert not (folder / "old").exists()
    metadata = json.loads((folder / "configs" / "metadata.json").read_text(encoding="utf-8"))
    channels = metadata["network_data_format"]["outputs"]["pred"]["channel_def"]
    assert channels == {"0": "background", "1": "Thing 1", "2": "Thing 2", "3": "Thing 3"}
    readme = (folder / "docs" / "README.md").read_text(encoding="utf-8")
    assert "| 2 | Thing 2 |" in readme and "Mean Dice on cases held back: 0.875" in readme
    terms = (folder / "LICENSE").read_text(encoding="utf-8")
    assert "Started from: VoCo_B" in terms and "unverified" in terms
    assert len(read_checkpoint(folder).weights) == 159
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        write_bundle(tmp_path / "file" / "b", network.state_dict(), small_recipe(), training, "")


# Bad input


def change_label(folder: Path, change: Callable[[np.ndarray], np.ndarray], affine=AFFINE) -> None:
    labels = change(make_labels(make_ct(1)))
    write(folder / "data" / "labelsTr" / "case_1.nii.gz", labels, affine)


def moved() -> np.ndarray:
    affine = AFFINE.copy()
    affine[0, 3] += 9
    return affine


@pytest.mark.parametrize("validation", ["0", "list"])
@pytest.mark.parametrize(
    ("change", "affine", "said"),
    [
        (lambda labels: labels[:-1], AFFINE, "case_1.nii.gz is not on the grid of its image"),
        (lambda labels: labels, moved(), "case_1.nii.gz is not on the grid of its image"),
        (lambda labels: labels + 90, AFFINE, "case_1.nii.gz holds the value 9., but the classes"),
        (lambda labels: labels // 2 * 2, AFFINE, "case_1.nii.gz holds the value 2, which has no"),
    ],
)
def test_label_maps_that_cannot_be_right(
    tmp_path: Path, change: Callable, affine: np.ndarray, said: str, validation: str
) -> None:
    data = write_data(tmp_path / "data", 2)
    change_label(tmp_path, change, affine)
    if validation == "list":
        (data / "list.txt").write_text("imagesTr/case_1.nii.gz\n", encoding="utf-8")
        validation = str(data / "list.txt")
    with pytest.raises(InputError, match=said):
        run(tmp_path, "run", validation=validation)
    assert RunFolder(tmp_path / "run").state().name == "failed"


def test_cases_without_label_map_are_left_out_and_said(tmp_path: Path) -> None:
    data = write_data(tmp_path / "data", 3)
    (data / "labelsTr" / "case_1.nii.gz").unlink()
    (data / "imagesTr" / "case_2.nii.gz").write_bytes(b"\x1f\x8bno image")
    _, events = run(tmp_path, "run", steps=1, validation="0")
    said = " ".join(item["message"] for item in events if item.get("level") == "warning")
    assert "case_1.nii.gz: it has no label map" in said
    assert "Left out" in said and "case_2.nii.gz" in said
    assert any("Training on 1 cases" in item.get("message", "") for item in events)


def test_data_that_cannot_be_learned_from(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    write_json(tmp_path / "data" / "dataset.json", {"labels": NAMES})
    with pytest.raises(InputError, match="There is no volume in"):
        run(tmp_path, "empty")
    write(tmp_path / "data" / "imagesTr" / "case_0.nii.gz", make_ct())
    with pytest.raises(InputError, match=r"None of the 1 cases of .* has a label map"):
        run(tmp_path, "unlabelled")
    data = write_data(tmp_path / "data", 2)
    for number in (0, 1):
        write(data / "labelsTr" / f"case_{number}.nii.gz", np.zeros(make_ct().shape, np.uint8))
    with pytest.raises(InputError, match="No training case has a labelled voxel"):
        run(tmp_path, "nothing drawn", validation="0")
    with pytest.raises(InputError, match="does not exist"):
        run(tmp_path, "nowhere", data=str(tmp_path / "no.json"))
    (data / "dataset.json").unlink()
    with pytest.raises(InputError, match=r"Nothing names the labels of .*dataset\.json"):
        run(tmp_path, "without names")


def test_starts_that_cannot_be_used(folder: Path, tmp_path: Path, swin_unetr: None) -> None:
    other, bare, head = (
        tmp_path / "other.pt",
        tmp_path / "bare.pt",
        "swinViT.patch_embed.proj.weight",
    )
    torch.save({"layer.weight": torch.zeros(3)}, other)
    torch.save(build_network("tiny", 2, "current").state_dict(), bare)

    def refused(name: str, error: type[VoCoError], said: str, **changes: Any) -> None:
        with pytest.raises(error, match=said):
            run(folder, f"start {name}", **changes)

    refused("unknown", ModelError, "no model 'demo-tors'", start="demo-tors")
    refused("gone", ModelError, "There is no file", start=str(tmp_path / "gone.safetensors"))
    refused("silent", InputError, "does not say with which PatchMerging", start=str(bare))
    changes = {"start": str(other), "merging": "current"}
    refused("another", WeightsError, "it is of another architecture", **changes)
    changes = {"start": str(bare), "merging": "current", "preset": "B"}
    refused("small", WeightsError, r"feature size is 12 \(preset tiny\), not 48", **changes)
    refused(
        "merged",
        WeightsError,
        "saved for PatchMerging current",
        start="demo-torso",
        merging="legacy",
    )
    assert head in read_checkpoint(bare).weights


def test_a_run_in_use_and_changed_settings_are_refused(folder: Path, finished: tuple) -> None:
    saved = settings_from(finished[0].config())
    changed = replace(saved, structures="Muscle", steps=30, keep=7, device="cpu")
    with pytest.raises(InputError, match=r"steps: 40 -> 30; structures:  -> Muscle\."):
        finetune(changed, finished[0], print, resume=True)
    with pytest.raises(OutputError, match="already holds a run"):
        finetune(saved, finished[0], print)
    used = pytest.raises(OutputError, match=f"in use: process {os.getpid()}")
    with finished[0].begin(saved.to_json(), resume=True), used:
        finetune(saved, finished[0], print, resume=True)
    (folder / "mine").mkdir()
    (folder / "mine" / "thesis.txt").touch()
    with pytest.raises(OutputError, match="not the folder of a run"):
        finetune(saved, RunFolder(folder / "mine"), print)


# The command line


def test_the_command_line_resumes_and_knows_its_kind(
    folder: Path, finished: tuple, tmp_path: Path
) -> None:
    path = str(finished[0].path)
    answer = CliRunner().invoke(app, ["finetune", "-o", path, "--resume", "--json"])
    assert answer.exit_code == 0, answer.output
    last = json.loads(answer.output.splitlines()[-1])
    assert last["event"] == "result" and last["files"] == [str(Path(path) / "model.safetensors")]
    answer = CliRunner().invoke(app, ["pretrain", "-o", path, "--resume"])
    assert "a run of `voco finetune`, not of `voco pretrain`" in answer.exception.message
    answer = CliRunner().invoke(app, ["finetune", "x", "-o", str(tmp_path / "run")])
    assert "Nothing to start from is given" in answer.exception.message
    script = tmp_path / "job.sh"
    options = ["--from", "scratch", "--patch", "64,64,32", "--slurm", str(script)]
    answer = CliRunner().invoke(app, ["finetune", "x", "-o", str(tmp_path / "run"), *options])
    assert answer.exit_code == 0, answer.output
    assert "--from scratch" in script.read_text() and "--patch 64,64,32" in script.read_text()


def test_people_read_what_was_measured(folder: Path) -> None:
    settings = make_settings(folder, steps=1)
    answer = CliRunner().invoke(app, arguments_of(settings, folder / "read by people"))
    assert answer.exit_code == 0, answer.output
    assert "mean Dice 0." in answer.output and "(Muscle 0." in answer.output
    assert isinstance(settings, FinetuningSettings)


TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2")


@pytest.mark.long
def test_two_processes_equal_one(folder: Path) -> None:
    changes = {"steps": 6, "batch": 2, "accumulate": 2, "measure_every": 3, "validation": "0.4"}
    settings = make_settings(folder, **changes, shard_optimizer=True, encoder_rate=0.5)
    changes["encoder_rate"] = 0.5  # two groups of weights
    child = start(*arguments_of(settings, folder / "together"), launcher=TORCHRUN)
    output = child.communicate(timeout=300)[0]
    assert child.returncode == 0, output
    alone, _ = run(folder, "alone", **changes)
    for name in ("loss", "dice"):
        together, expected = (
            history(path).series(name) for path in (folder / "together", alone.path)
        )
        assert together[0] == expected[0]
        assert together[1] == pytest.approx(expected[1], abs=1e-5)
