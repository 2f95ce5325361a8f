"""What only a GPU can show: labels and losses as on a processor, and a way out of each lack."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pretraining_runs import history, make_settings
from quick_runs import QUICK_PYTHON
from training_files import write_cases

from VoCoLib.errors import CancelledError
from VoCoLib.events import Event
from VoCoLib.images.phantom import Phantom, make_phantom
from VoCoLib.inference.segmentation import Segmenter
from VoCoLib.models.catalogue import Catalogue
from VoCoLib.models.loading import find_model
from VoCoLib.networks.loading import load_segmentation_network
from VoCoLib.networks.swin_unetr import build_network
from VoCoLib.positions.model import load_position_model
from VoCoLib.positions.placement import place
from VoCoLib.positions.view import PositionView
from VoCoLib.recipe import Recipe
from VoCoLib.runs.folder import RunFolder
from VoCoLib.training.jobs.background import RunJobs, is_active
from VoCoLib.training.pretraining.run import pretrain

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA GPU here"),
]


@pytest.fixture(scope="module")
def phantom() -> Phantom:
    return make_phantom(7, (3.0, 3.0, 3.0))


@pytest.fixture(scope="module")
def demo() -> tuple[torch.nn.Module, Recipe]:
    path, recipe = find_model(Catalogue(), "demo-torso")
    return load_segmentation_network(path, recipe)[0], recipe


def segment(
    demo: tuple[torch.nn.Module, Recipe], phantom: Phantom, device: str, precision: str, **how: Any
) -> tuple[np.ndarray, list[str]]:
    """Labels, and what was logged."""
    network, recipe = demo
    events: list[Event] = []
    segmenter = Segmenter(copy.deepcopy(network), recipe, device, precision)
    labels = segmenter.segment(phantom.image, phantom.affine, sink=events.append, **how)
    return labels, [item["message"] for item in events if item["event"] == "log"]


@pytest.fixture(scope="module")
def expected(demo: tuple[torch.nn.Module, Recipe], phantom: Phantom) -> np.ndarray:
    return segment(demo, phantom, "cpu", "float32")[0]


@pytest.fixture
def little_memory() -> Iterator[Any]:
    """Lets this process have a share of the card only."""
    yield torch.cuda.set_per_process_memory_fraction
    torch.cuda.set_per_process_memory_fraction(1.0)
    torch.cuda.empty_cache()


@pytest.mark.parametrize(("merging", "preset"), [("legacy", "tiny"), ("current", "B")])
def test_a_network_answers_as_on_a_processor(merging: str, preset: str) -> None:
    torch.manual_seed(0)
    network = build_network(preset, 3, merging).eval()
    image = torch.rand(2, 1, 64, 64, 32)
    with torch.inference_mode():
        there = copy.deepcopy(network).cuda()(image.cuda()).cpu()
        torch.testing.assert_close(there, network(image), rtol=1e-3, atol=2e-3)


@pytest.mark.parametrize(("precision", "share"), [("float32", 0.999), ("auto", 0.99)])
def test_labels_are_those_of_the_processor(
    demo: Any, phantom: Phantom, expected: np.ndarray, precision: str, share: float
) -> None:
    labels, log = segment(demo, phantom, "cuda", precision)
    assert any("windows at once" in text for text in log)
    assert (labels == expected).mean() >= share


@pytest.mark.parametrize("megabytes", [1500, 700, 300, 60])
def test_a_full_card_steps_down_and_ends_with_the_same_labels(
    demo: Any, phantom: Phantom, expected: np.ndarray, megabytes: int, little_memory: Any
) -> None:
    total = torch.cuda.get_device_properties(0).total_memory
    little_memory(megabytes * 1e6 / total)
    labels, log = segment(demo, phantom, "cuda", "float32")
    assert (labels == expected).mean() >= 0.99
    assert megabytes > 60 or any("the CPU" in text for text in log)


def test_an_overflow_of_float16_goes_on_in_float32(
    demo: Any, phantom: Phantom, expected: np.ndarray
) -> None:
    network, recipe = copy.deepcopy(demo[0]), demo[1]
    with torch.no_grad():
        network.out.conv.conv.weight.mul_(1e5)  # the same labels, but for the biases
        network.out.conv.conv.bias.mul_(1e5)
    labels, log = segment((network, recipe), phantom, "cuda", "float16")
    assert any("float16 overflowed" in text for text in log)
    assert (labels == expected).mean() >= 0.99


def test_cancelling_computes_no_further_window(demo: Any, phantom: Phantom) -> None:
    asked: list[int] = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > 2

    with pytest.raises(CancelledError):
        segment(demo, phantom, "cuda", "auto", cancelled=cancelled)
    assert len(asked) == 3


@pytest.mark.parametrize("way", [("cuda", "cpu", "cuda"), ("cpu", "cuda", "cpu")])
def test_a_run_goes_from_a_card_to_a_processor_and_back(
    way: tuple[str, ...], tmp_path: Path
) -> None:
    write_cases(tmp_path / "data", 4)
    common = {"held_back": 0, "save_every": 1, "steps": 6}
    pretrain(make_settings(tmp_path, **common), RunFolder(tmp_path / "cpu"), lambda _: None)
    run = RunFolder(tmp_path / "moved")
    for number, device in enumerate(way):

        def stop(item: Event, last: int = 2 * (number + 1)) -> None:
            if item["event"] == "metric" and item.get("step") == last < 6:
                run.request_stop()

        settings = make_settings(tmp_path, device=device, **common)
        try:
            pretrain(settings, run, stop, resume=number > 0)
        except CancelledError:
            run.withdraw_stop()
    losses, others = (
        [item["loss"] for item in history(folder).metrics if "loss" in item]
        for folder in (tmp_path / "cpu", run.path)
    )
    assert len(others) == 6
    assert others == pytest.approx(losses, rel=1e-2)


def test_two_jobs_wait_for_one_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMALL_NETWORK", "yes")
    write_cases(tmp_path / "data", 2)
    jobs = RunJobs(tmp_path / "runs", QUICK_PYTHON)
    config = {**make_settings(tmp_path, device="cuda", held_back=0).to_json(), "kind": "pretrain"}
    runs = [jobs.start(name, config) for name in ("first", "second")]
    states = set()
    while any(is_active(run.state().name) for run in runs):
        states.add(tuple(run.state().name for run in runs))
    assert [run.state().name for run in runs] == ["finished", "finished"]
    assert ("running", "running") not in states


def test_a_click_is_answered_as_on_a_processor(phantom: Phantom) -> None:
    answers = []
    for device in ("cpu", "cuda"):
        model = load_position_model("demo-torso-voco", device)
        view = PositionView(model, place(phantom.image, phantom.affine, "CT", model.placement))
        answers.append(view.query([(55.0, 0.0, 10.0)])[0])
    similarities = [np.asarray(answer.bases.similarities) for answer in answers]
    np.testing.assert_allclose(*similarities, atol=0.05)
