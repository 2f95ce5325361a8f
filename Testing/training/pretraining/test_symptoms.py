"""A training that does not learn says so, before and while it trains; one that learns does not."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from command_line import run_here
from PIL import Image
from places import FIXTURES
from pretraining_runs import GRID, PRESETS, make_settings, use_small_network
from training_files import write_cases

from VoCoLib.errors import InputError
from VoCoLib.method.presets import PretrainingPreset
from VoCoLib.runs.folder import RunFolder
from VoCoLib.training.pretraining import task
from VoCoLib.training.pretraining.looks import look_at, preview, problems
from VoCoLib.training.pretraining.position_accuracy import Embedded, chance_of, embedding_spread
from VoCoLib.training.pretraining.run import pretrain
from VoCoLib.training.pretraining.symptoms import ENOUGH, Measure, symptoms

# Testing/Experiments/learning_curves.py records them
CURVES = {
    name: [Measure(**item) for item in curve]
    for name, curve in json.loads((FIXTURES / "learning_curves.json").read_text()).items()
}
# `voco pretrain openkbp/imagesTr --steps 300 --measure-every 50` of Docs/pretraining.md
OPENKBP = [
    Measure(50 * n, found / 100, 136, 0.27, loss, 0.22, 1.0)
    for n, (found, loss) in enumerate(
        [(32, 0.733), (46, 0.553), (49, 0.479), (46, 0.466), (46, 0.471), (50, 0.447), (49, 0.445)]
    )
]


def said(curve: list[Measure]) -> dict[str, int]:
    """Names of the symptoms, with the step after which each is first said."""
    found: dict[str, int] = {}
    for count in range(1, len(curve) + 1):
        for name in symptoms(curve[:count]):
            found.setdefault(name, curve[count - 1].step)
    return found


def test_a_training_that_learns_has_no_symptom() -> None:
    assert said(CURVES["learns"]) == {}
    assert said(OPENKBP) == {}


def test_shuffled_labels_teach_nothing() -> None:
    assert said(CURVES["shuffled"]).keys() == {"chance"}
    assert ENOUGH <= said(CURVES["shuffled"])["chance"] <= 2 * ENOUGH
    words = symptoms(CURVES["shuffled"][:6])["chance"]
    assert "After 500 steps" in words and "--preview" in words and "--learning-rate" in words


def test_a_loss_that_stays_is_said_while_the_rate_is_high() -> None:
    assert said(CURVES["no learning rate"]).keys() == {"chance", "flat"}
    assert "flat" in said(CURVES["huge learning rate"])
    over = [replace(measure, rate=0.1) for measure in CURVES["no learning rate"]]
    assert "flat" not in said(over)


def test_collapsed_embeddings_are_measured_and_said() -> None:
    rng = np.random.default_rng(0)

    def volume(spread: float) -> Embedded:
        rows = torch.from_numpy(1 + spread * rng.standard_normal((17, 288))).float()
        labels = torch.tensor([[0.7, 0.3, 0.0], [0.5, 0.5, 0.0]])
        return Embedded(rows, rows, labels)

    assert embedding_spread([volume(0.25)]) == pytest.approx(0.24, abs=0.01)
    same = embedding_spread([volume(0.001)])
    assert same == pytest.approx(0.001, rel=0.1)
    assert chance_of([volume(0.1)]) == 1  # the first base is one of the best of both queries
    curve = [*OPENKBP[:3], replace(OPENKBP[3], spread=same)]
    assert said(curve) == {"collapsed": 150}
    assert "a tenth of the --learning-rate" in symptoms(curve)["collapsed"]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    use_small_network(monkeypatch)
    yield


def test_a_run_says_each_symptom_once_and_a_resumed_one_not_again(
    tmp_path: Path, small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_cases(tmp_path / "data", 3)
    monkeypatch.setattr(task, "symptoms", lambda curve: {"x": "Does not learn."} if curve else {})
    run, told = RunFolder(tmp_path / "run"), []
    values = {"held_back": 0.3, "measure_every": 1, "steps": 2, "warmup": 1}
    pretrain(make_settings(tmp_path, **values), run, told.append)
    pretrain(make_settings(tmp_path, **{**values, "steps": 4}), run, told.append, resume=True)
    measured = [item for item in told if "position_accuracy" in item and item["event"] == "metric"]
    assert len(measured) == 5 and all(0 < item["embedding_spread"] < 2 for item in measured)
    assert [item.get("message") for item in told].count("Does not learn.") == 1


# Before the start


def preset(window: tuple[float, float], above: float | None = None) -> PretrainingPreset:
    preparation = replace(
        PRESETS["small"].preparation, hu_window=window, foreground_above=above, shape=GRID.shape
    )
    return PretrainingPreset("For tests.", preparation, GRID)


def test_what_a_preparation_loses_is_measured(tmp_path: Path) -> None:
    cases = write_cases(tmp_path / "data", 1)
    (look,) = look_at(cases, preset((-175.0, 250.0)))
    assert look.part.shape == GRID.shape
    assert look.kept == 1
    assert look.clipped < 0.1  # the bone
    assert problems([look], preset((-175.0, 250.0))) == []
    bone = preset((300.0, 800.0), above=0.0)  # cuts to the bone
    (look,) = look_at(cases, bone)
    assert look.kept < 0.2 and look.clipped > 0.9
    cut, clipped = problems([look], bone)
    assert "of the body of" in cut and "away" in cut and "--preview" in cut
    assert "outside of the window of 300 to 800 HU" in clipped and "chest" in clipped


def test_a_window_that_clips_is_said_before_the_first_step(
    tmp_path: Path, small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_cases(tmp_path / "data", 1)
    monkeypatch.setitem(PRESETS, "bones", preset((300.0, 800.0)))
    told: list[dict] = []
    settings = make_settings(tmp_path, steps=1, held_back=0, preparation="bones")
    pretrain(settings, RunFolder(tmp_path / "run"), told.append)
    messages = [str(item.get("message", "")) for item in told]
    (warned,) = (n for n, text in enumerate(messages) if "outside of the window" in text)
    assert warned < next(n for n, item in enumerate(told) if item["event"] == "metric")
    assert told[warned]["level"] == "warning"


def test_preview_writes_a_picture_and_begins_no_run(tmp_path: Path) -> None:
    write_cases(tmp_path / "data", 4)
    picture = tmp_path / "Bilder é" / "seen.png"
    arguments = ["pretrain", str(tmp_path / "data"), "-o", str(tmp_path / "run")]
    options = ["--from", "demo-torso-voco", "--preparation", "small", "--preview", str(picture)]
    code, out, err = run_here([*arguments, *options], os.environ)
    assert code == 0, err
    assert str(picture) in out + err
    image = np.asarray(Image.open(picture).convert("L"))
    assert image.shape == (900, 900)  # three slices of three volumes
    assert image.std() > 50
    assert not (tmp_path / "run").exists()
    with pytest.raises(InputError, match="None of the volumes in"):
        (tmp_path / "other" / "data").mkdir(parents=True)
        (tmp_path / "other" / "data" / "x.nii.gz").touch()
        preview(make_settings(tmp_path / "other"), picture)
