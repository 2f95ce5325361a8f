"""OpenVINO beside PyTorch: the same labels, chosen by a trial, left alone where it is broken."""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from conftest import make_recipe

from VoCoLib.errors import CancelledError, InputError
from VoCoLib.images.foreground import foreground_voxels
from VoCoLib.images.phantom import make_phantom
from VoCoLib.inference import devices, execution
from VoCoLib.inference.engines import check_engine
from VoCoLib.inference.forecast import forecast
from VoCoLib.inference.openvino_engine import EngineError, OpenVinoEngine, openvino_version
from VoCoLib.inference.segmentation import Segmenter
from VoCoLib.inference.trials import Trials
from VoCoLib.locations import RESOURCES
from VoCoLib.models.catalogue import Catalogue
from VoCoLib.networks.loading import load_segmentation_network

pytestmark = pytest.mark.skipif(openvino_version() is None, reason="OpenVINO is not installed")

PATCH = make_recipe().preprocessing.patch
AFFINE = np.diag([3.0, 3, 3, 1])
DEMO = RESOURCES / "Models" / "demo-torso.safetensors"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's folder without remembered trials."""
    monkeypatch.setenv("VOCO_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def engine(network: torch.nn.Module) -> OpenVinoEngine:
    return OpenVinoEngine(network, PATCH, "float32")


@pytest.fixture
def image(monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """Tissue in one window, which is enough here to be worth a trial."""
    monkeypatch.setattr(execution, "_FEW_WINDOWS", 1)
    return np.random.default_rng(0).integers(-100, 200, PATCH).astype(np.int16)


def remember(pytorch: float, openvino: float) -> None:
    trials = Trials(make_recipe(), "float32")
    trials.note_trial("PyTorch", pytorch)
    trials.note_trial("OpenVINO", openvino)


def segment(
    network: torch.nn.Module, image: np.ndarray, wish: str = "auto", **settings: Any
) -> tuple[np.ndarray, str, list[str]]:
    """The labels, the engine, and what was said."""
    events: list[dict] = []
    segmenter = Segmenter(network, make_recipe(), "cpu", "float32", "", wish, **settings)
    labels = segmenter.segment(image, AFFINE, sink=events.append)
    return labels, segmenter.engine, [e["message"] for e in events if e["event"] == "log"]


def test_labels_of_trained_weights_are_those_of_pytorch() -> None:
    recipe = Catalogue().get("demo-torso").recipe
    assert recipe is not None
    network = load_segmentation_network(DEMO, recipe)[0]
    phantom = make_phantom(3, (6.0, 6.0, 6.0), (282.0, 276.0, 120.0))
    segmenters = [Segmenter(network, recipe, "cpu", "float32", "", e) for e in ENGINES]
    first, second = (s.segment(phantom.image, phantom.affine) for s in segmenters)
    assert [s.engine for s in segmenters] == ["PyTorch", "OpenVINO"]
    assert len(np.unique(first)) > 10
    assert (first == second).mean() >= 0.9999


ENGINES = ("pytorch", "openvino")


def test_the_winner_of_a_trial_computes_and_says_why(home, network, image) -> None:
    remember(pytorch=60.0, openvino=0.1)
    _, engine, said = segment(network, image)
    assert engine == "OpenVINO"
    assert "a window took 0.1 s with OpenVINO" in said[0] and "60 s with PyTorch" in said[0]
    assert said[1].startswith("cpu, OpenVINO, float32: about")
    remember(pytorch=60.0, openvino=61.0)
    _, engine, said = segment(network, image)
    assert engine == "PyTorch" and said[0].startswith("PyTorch computes")


def test_what_pytorch_does_in_seconds_is_left_to_it(home, network, image) -> None:
    remember(pytorch=0.01, openvino=0.001)
    assert segment(network, image)[1] == "PyTorch"


def test_few_windows_are_not_worth_a_trial(home, network) -> None:
    segmenter = Segmenter(network, make_recipe(), "cpu", "float32")
    segmenter.segment(np.zeros(PATCH, np.int16), AFFINE)
    assert segmenter.engine == "PyTorch" and not (home / "trials.json").exists()


def test_a_trial_is_run_once_and_remembered(home, network, image) -> None:
    Trials(make_recipe(), "float32").note_trial("PyTorch", 60.0)
    events: list[dict] = []
    for _ in range(2):
        segmenter = Segmenter(network, make_recipe(), "cpu", "float32")
        segmenter.segment(image, AFFINE, sink=events.append)
        assert segmenter.engine == "OpenVINO"
    tried = [e["done"] for e in events if e.get("message", "").startswith("Trying OpenVINO")]
    assert tried == [0, 1]
    known = Trials(make_recipe(), "float32").expected("OpenVINO")
    assert known is not None and 0 < known < 60
    assert segmenter.expected_seconds(100) == known  # of the image, not of the trial


@pytest.mark.parametrize("content", ["{", "[]", '{"a": 1}'])
def test_a_damaged_memory_of_trials_is_measured_anew(home, content) -> None:
    (home / "trials.json").write_text(content)
    trials = Trials(make_recipe(), "float32")
    assert trials.of_trial("PyTorch") is None
    trials.note_trial("PyTorch", 2.0)
    assert trials.of_trial("PyTorch") == 2.0
    assert len(json.loads((home / "trials.json").read_text())) == 1


def test_a_broken_openvino_is_said_in_a_sentence(home, network, image, monkeypatch) -> None:
    remember(pytorch=60.0, openvino=0.1)
    monkeypatch.setitem(sys.modules, "VoCoLib.networks.openvino_graph", None)  # an ImportError
    labels, engine, said = segment(network, image)
    assert engine == "PyTorch" and labels.any()
    (warning,) = (line for line in said if "cannot be used" in line)
    assert "ImportError" in warning or "ModuleNotFoundError" in warning
    assert warning.endswith("Going on with PyTorch.")


@pytest.fixture
def outdated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An OpenVINO that is too old, as pip would have left it."""
    folder = tmp_path / "openvino-2023.0.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: openvino\nVersion: 2023.0.0\n")
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.usefixtures("outdated")
def test_an_old_version_is_as_none(home, network, image) -> None:
    assert openvino_version() is None
    remember(pytorch=60.0, openvino=0.1)
    assert segment(network, image)[1] == "PyTorch"
    with pytest.raises(InputError, match=r"newer is not installed.*pip install openvino"):
        check_engine("openvino", "cpu")


@pytest.mark.parametrize(
    ("wish", "device", "message"),
    [("tensorrt", "cpu", "Unknown engine"), ("openvino", "cuda", "does not compute on 'cuda'")],
)
def test_engines_that_are_not_there_are_refused(wish, device, message) -> None:
    with pytest.raises(InputError, match=message):
        check_engine(wish, device)


def test_an_error_of_openvino_is_named(engine) -> None:
    with pytest.raises(EngineError, match="shape"):
        engine(torch.zeros(1, 1, 64, 64, 64), lambda: False)


def test_several_windows_keep_their_own_answers(engine) -> None:
    windows = torch.rand((2, 1, *PATCH))
    first, second = (engine(w[None], lambda: False).clone() for w in windows)
    assert torch.equal(engine(windows, lambda: False), torch.cat([first, second]))


def test_memory_that_ran_out_is_not_taken_for_a_defect() -> None:
    assert devices.is_out_of_memory(RuntimeError("Check failed at x.cpp:1:\nstd::bad_alloc"))


def test_cancelling_stops_within_a_window_and_the_next_one_is_right(engine, network) -> None:
    window = torch.rand((1, 1, *PATCH))
    before = engine(window, lambda: False).clone()
    eager = copy.copy(engine)
    eager.patience_s = 0.0  # so that a window of milliseconds is long
    with pytest.raises(CancelledError):
        eager(window, lambda: True)
    assert torch.equal(engine(window, lambda: False), before)


def test_compiling_is_left_when_cancelled(network) -> None:
    with pytest.raises(CancelledError):
        OpenVinoEngine(network, PATCH, "float32", lambda: True)


@pytest.mark.parametrize("crop", [False, True])
def test_an_estimate_counts_the_windows_that_are_computed(home, network, crop) -> None:
    recipe = make_recipe(crop)
    Trials(recipe, "float32").note_trial("PyTorch", 0.01)
    image = np.full((60, 90, 150), -1000, np.int16)  # stored along other axes, with much air
    image[20:50, 10:50, 88:148] = 40
    affine = np.eye(4)[[2, 1, 0, 3]] * [[3], [-3], [3], [1]]
    segmenter = Segmenter(network, recipe, "cpu", "float32", "", "pytorch")
    events: list[dict] = []
    with pytest.raises(CancelledError):
        segmenter.segment(
            image,
            affine,
            sink=events.append,
            cancelled=lambda: any(e.get("message") == "Segmenting" for e in events),
        )
    total = next(e["total"] for e in events if e.get("message") == "Segmenting")
    body = foreground_voxels(image, -175)
    found = forecast(segmenter, image.shape, affine, "cpu", "float32", body=body)
    assert found.windows == total < forecast(segmenter, image.shape, affine, "cpu").windows
    assert found.seconds == pytest.approx(0.01 * total, abs=0.1)


def test_an_image_of_air_has_no_foreground() -> None:
    assert foreground_voxels(np.full((9, 9, 9), -1000), -175) is None


def test_a_trial_on_a_busy_machine_is_mended_by_what_windows_took(home: Path) -> None:
    trials = Trials(make_recipe(), "float32")
    trials.note_trial("PyTorch", 30.0)
    trials.note_windows("PyTorch", 0.5, were_many=False)
    assert (trials.of_trial("PyTorch"), trials.expected("PyTorch")) == (0.5, 0.5)
    trials.note_windows("PyTorch", 0.9, were_many=False)  # a few: the first one takes longer
    assert trials.expected("PyTorch") == 0.5
    trials.note_windows("PyTorch", 0.7, were_many=True)
    assert (trials.of_trial("PyTorch"), trials.expected("PyTorch")) == (0.5, 0.7)
