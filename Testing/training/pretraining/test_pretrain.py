"""A pre-training run from data to model: batches, loop, events, and what can go wrong."""

from __future__ import annotations

import copy
import json
import math
import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from places import FIXTURES
from pretraining_runs import (
    GRID,
    PRESETS,
    SmallEncoder,
    history,
    make_settings,
    use_small_network,
)
from thread_processes import in_threads
from torch.amp.grad_scaler import GradScaler
from training_files import make_ct, write, write_cases
from typer.testing import CliRunner

from VoCoLib.cli.main import app
from VoCoLib.cli.training import stop_on_signals
from VoCoLib.errors import CancelledError, InputError, OutputError, WeightsError
from VoCoLib.events import Event, event
from VoCoLib.method import student_teacher
from VoCoLib.method.crops import CropSampler, cut
from VoCoLib.method.presets import PretrainingPreset
from VoCoLib.method.student_teacher import VoCoV1, VoCoV2
from VoCoLib.models.catalogue import Catalogue
from VoCoLib.models.loading import verify_weights
from VoCoLib.networks.checkpoints import read_checkpoint
from VoCoLib.networks.loading import load_projection_head
from VoCoLib.networks.projection_head import ProjectionHead
from VoCoLib.networks.swin_unetr import VoCoEncoder
from VoCoLib.recipe import FEATURE_SIZES
from VoCoLib.runs.folder import RunFolder
from VoCoLib.runs.metric_history import MetricHistory
from VoCoLib.training.data.cache import VolumeCache
from VoCoLib.training.data.datasets import Case
from VoCoLib.training.data.prepared import PreparedVolume
from VoCoLib.training.data.preparing import PreparingPool
from VoCoLib.training.distributed import Processes
from VoCoLib.training.loop import DivergedError, _optimise
from VoCoLib.training.pretraining import task as pretraining_task
from VoCoLib.training.pretraining.batches import BatchSource
from VoCoLib.training.pretraining.job import PretrainingJob
from VoCoLib.training.pretraining.position_accuracy import (
    _plain,
    _score,
    held_back_losses,
    mean_scores,
    score_positions,
)
from VoCoLib.training.pretraining.run import _start, pretrain
from VoCoLib.training.pretraining.settings import settings_from
from VoCoLib.training.pretraining.task import PretrainingTask
from VoCoLib.training.random_streams import generator
from VoCoLib.training.run import prepare_cases
from VoCoLib.training.schedules import warmup_cosine
from VoCoLib.training.start import Start
from VoCoLib.training.state import TrainingState

CPU = torch.device("cpu")
ALONE = Processes(0, 1, CPU)


@pytest.fixture(scope="module", autouse=True)
def small_network() -> Iterator[None]:
    """For all tests but those that ask for SwinUNETR."""
    with pytest.MonkeyPatch.context() as patch:
        use_small_network(patch)
        yield


class SmallProjected(SmallEncoder):
    """The small network in the place of one of version 1, which carries its head."""

    def __init__(self, preset: str, merging: str, width: int) -> None:
        super().__init__(preset, merging)
        self.proj_head = ProjectionHead(24 * FEATURE_SIZES[preset], width)


@pytest.fixture(params=["small", pytest.param("SwinUNETR", marks=pytest.mark.long)])
def network_of_v1(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of version 1: the real one goes through a run in test_going_on, too."""
    if request.param == "small":
        monkeypatch.setattr(student_teacher, "_ProjectedEncoder", SmallProjected)


@pytest.fixture
def swin_unetr(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real network."""
    monkeypatch.setattr(student_teacher, "VoCoEncoder", VoCoEncoder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four volumes in data, prepared in cache."""
    path = tmp_path_factory.mktemp("Läufe von Zoë")
    write_cases(path / "data", 4)
    return path


def run(folder: Path, name: str, hook: Callable[[Event], None] | None = None, **changes: Any):
    """A run in this process; returns its folder and its events as the sink received them."""
    events: list[Event] = []
    run_folder = RunFolder(folder / name)

    def sink(item: Event) -> None:
        events.append(item)
        if hook:
            hook(item)

    pretrain(make_settings(folder, **changes), run_folder, sink)
    return run_folder, events


# Several processes


def make_job(folder: Path, name: str, processes: Processes = ALONE, **changes: Any):
    """A job in a folder of its own, and what it tells."""
    told: list[Event] = []
    settings = make_settings(folder, **changes)
    job = PretrainingJob(settings, RunFolder(folder / name), processes, told.append, [], "float32")
    return job, told


def test_the_loss_of_volumes_held_back_does_not_depend_on_the_number_of_processes(
    folder: Path,
) -> None:
    cases = [Case(path) for path in sorted((folder / "data").rglob("*.nii.gz"))]
    state = _start(make_job(folder, "measured")[0], Start("scratch"))
    draw = torch.Generator().manual_seed(0)
    for parameter in state.model.parameters():  # so that student and teacher differ
        parameter.data += torch.randn(parameter.shape, generator=draw)

    def measure(processes: Processes) -> dict[str, float]:
        job, told = make_job(folder, "measured", processes)
        PretrainingTask(job, [], cases, print).measure(copy.deepcopy(state))
        return {name: told[-1][name] for name in ("held_back_loss", "position_error")}

    alone = measure(ALONE)
    assert len(cases) == 4
    for count in (2, 3):
        for found in in_threads(count, measure):
            assert found == pytest.approx(alone, rel=1e-6)


def test_all_processes_hear_of_a_stop_while_volumes_are_prepared(tmp_path: Path) -> None:
    cases = write_cases(tmp_path / "data", 20)
    run_folder = RunFolder(tmp_path / "run")
    begun = threading.Barrier(2, run_folder.request_stop, timeout=60)

    def prepare(processes: Processes) -> int:
        job, _ = make_job(tmp_path, "run", processes, cache=str(tmp_path / f"{processes.rank}"))
        get = job.cache.get

        def get_with_the_other(case: Case) -> PreparedVolume:
            if not run_folder.stop_requested():
                begun.wait()
            return get(case)

        job.cache.get = get_with_the_other
        with pytest.raises(CancelledError, match="Stopped while preparing"):
            prepare_cases(job, job.cache, cases)
        return len(list((tmp_path / f"{processes.rank}").glob("*.npy")))

    with run_folder.begin({"steps": 1}):
        assert in_threads(2, prepare) == [1, 1]


def test_a_stop_is_heard_between_the_volumes_that_are_measured(folder: Path) -> None:
    def stop(item: Event) -> None:
        if item.get("message", "").startswith("Training on"):
            RunFolder(folder / "stopped in a measure").request_stop()

    with pytest.raises(CancelledError, match="Stopped after step 0"):
        run(folder, "stopped in a measure", stop, held_back=0.5)
    run_folder = RunFolder(folder / "stopped in a measure")
    pretrain(make_settings(folder, held_back=0.5), run_folder, print, resume=True)
    assert history(run_folder.path).series("held_back_loss")[0] == [0, 3]


# Settings and schedule


def test_settings_have_fitting_defaults_and_survive_json() -> None:
    settings = settings_from({"data": "a b/é", "method": "v1", "steps": 200})
    assert (settings.preparation, settings.warmup) == ("v1", 10)
    assert Path(settings.data).is_absolute()
    assert settings_from(json.loads(json.dumps(settings.to_json()))) == settings
    assert not settings.recompute
    assert settings_from({"data": "x", "preset": "B"}).recompute
    assert not settings_from({"data": "x", "preset": "B", "recompute": False}).recompute


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"method": "v3"}, "method must be v1 or v2, not v3"),
        ({"preset": "XL"}, "preset must be tiny or B or L or H, not XL"),
        ({"preparation": "knee"}, "no preset 'knee'"),
        ({"steps": 0}, "steps must be 1 or more, not 0"),
        ({"learning_rate": 0}, "learning_rate must be above 0"),
        ({"held_back": 1}, "held_back must be"),
        ({"colour": "red"}, "no setting colour"),
        ({"data": None}, "No data"),
    ],
)
def test_wrong_settings_are_named(wrong: dict, said: str) -> None:
    with pytest.raises(InputError, match=said):
        settings_from({"data": "x", **wrong})


@pytest.mark.parametrize(
    ("key", "warmup", "total"),
    [("v2_warm5000_total2000000", 5000, 2_000_000), ("v1_warm5000_total250000", 5000, 250_000)],
)
def test_schedule_is_the_published_one_a_step_ahead_in_the_warmup(
    key: str, warmup: int, total: int
) -> None:
    recorded = np.load(FIXTURES / "lr_schedule.npz")
    for step, rate in zip(recorded[f"{key}/steps"], recorded[f"{key}/lr"], strict=True):
        ahead = int(step) - 1 if step <= warmup else int(step)
        if ahead >= 0:
            assert warmup_cosine(ahead, 1e-4, warmup, total) == pytest.approx(rate, rel=1e-12)
    assert warmup_cosine(0, 1e-4, warmup, total) > 0
    assert warmup_cosine(0, 1e-4, 0, 10) == 1e-4


# Batches


def make_source(folder: Path, size: int = 2, processes: Processes = ALONE, **changes: Any):
    values = {
        "cases": [Case(path) for path in sorted((folder / "data").rglob("*.nii.gz"))],
        "cache": VolumeCache(folder / "cache", 10**8, PRESETS["small"].preparation, print),
        "sampler": CropSampler(GRID, queries=1, shift_probability=0.5),
        "seed": 7,
        "size": size,
        "dropout": True,
        "processes": processes,
        "sink": print,
        "pool": PreparingPool(0),
        "replaced": {},
    }
    return BatchSource(**{**values, **changes})


def same(one: tuple, other: tuple) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_a_batch_depends_on_seed_and_number_only(folder: Path) -> None:
    source = make_source(folder)
    batch = source.batch(3)
    assert [tuple(part.shape) for part in batch] == [(2, 5, 1, 34, 34, 34), (2, 1, 4), (2, 5)]
    assert same(batch, make_source(folder).batch(3))
    assert not same(batch, source.batch(4))
    assert not same(batch, make_source(folder, seed=8).batch(3))
    assert len(make_source(folder, dropout=False).batch(3)) == 2


def test_processes_share_a_batch_in_the_order_of_their_ranks(folder: Path) -> None:
    parts = [make_source(folder, processes=Processes(rank, 2, CPU)).batch(5) for rank in (0, 1)]
    together = tuple(torch.cat(pair) for pair in zip(*parts, strict=True))
    assert same(together, make_source(folder).batch(5))


def test_the_stream_is_the_batches_in_order(folder: Path) -> None:
    source = make_source(folder)
    streamed = list(source.stream(2, 8))
    assert len(streamed) == 6
    assert all(same(batch, source.batch(2 + n)) for n, batch in enumerate(streamed))
    stream = source.stream(0, 10**9)
    next(stream)
    stream.close()  # returns although there are batches left


class Asked(VolumeCache):
    """A cache that remembers what it was asked for."""

    def get(self, case: Case):
        self.asked.append(case)
        return super().get(case)


def test_each_epoch_has_every_volume_once_in_its_own_order(folder: Path) -> None:
    cache = Asked(folder / "cache", 10**8, PRESETS["small"].preparation, print)
    cache.asked = []
    source = make_source(folder, size=1, cache=cache)
    for number in range(24):
        source.batch(number)
    epochs = [tuple(cache.asked[n : n + 4]) for n in range(0, 24, 4)]
    assert all(len(set(epoch)) == 4 for epoch in epochs)
    assert len(set(epochs)) > 1


def test_a_lost_volume_is_replaced_and_said_once(tmp_path: Path) -> None:
    cases, events = write_cases(tmp_path / "data", 3), []
    cache = VolumeCache(tmp_path / "cache", 0, PRESETS["small"].preparation, events.append)
    source = make_source(tmp_path, size=3, cases=cases, cache=cache, sink=events.append)
    whole = source.batch(0)
    cases[0].image.unlink()
    cache = VolumeCache(tmp_path / "cache", 0, PRESETS["small"].preparation, events.append)
    source = make_source(tmp_path, size=3, cases=cases, cache=cache, sink=events.append)
    events.clear()
    without = source.batch(0)
    source.batch(1)
    assert sum(torch.equal(a, b) for a, b in zip(whole[0], without[0], strict=True)) == 2
    messages = [item["message"] for item in events if item["event"] == "log"]
    assert sum(f"{cases[0].image} is lost" in message for message in messages) == 1
    for case in cases[1:]:
        case.image.unlink()
    cache = VolumeCache(tmp_path / "cache", 0, PRESETS["small"].preparation, events.append)
    with pytest.raises(InputError, match="All volumes of the run are lost"):
        make_source(tmp_path, cases=cases, cache=cache).batch(0)


def test_what_takes_a_lost_place_depends_on_seed_and_place_and_is_told(tmp_path: Path) -> None:
    """A step that is done again does without the same volumes, also if they are back."""
    cases, events = write_cases(tmp_path / "data", 8), []
    cases[5].image.rename(tmp_path / "away")

    def source(**changes: Any) -> BatchSource:
        cache = VolumeCache(tmp_path / "cache", 10**8, PRESETS["small"].preparation, print)
        values = {"cases": cases, "cache": cache, "sink": events.append}
        return make_source(tmp_path, **{**values, **changes})

    batches = [source().batch(number) for number in range(8)]
    told = {item["place"]: item["lost"] for item in events if item["event"] == "replaced"}
    assert len(told) == 2 and all(lost == [5] for lost in told.values())  # two epochs
    assert {place // 8 for place in told} == {0, 1}
    parts = [
        [source(processes=Processes(rank, 2, CPU)).batch(number) for number in range(8)]
        for rank in (0, 1)
    ]
    for whole, *halves in zip(batches, *parts, strict=True):
        assert same(whole, tuple(torch.cat(pair) for pair in zip(*halves, strict=True)))
    (tmp_path / "away").rename(cases[5].image)
    again = [source(replaced=told).batch(number) for number in range(8)]
    assert all(same(*pair) for pair in zip(batches, again, strict=True))
    assert not all(same(source().batch(n), batches[n]) for n in range(8))


@pytest.mark.parametrize("count", [1, 2, 3, 7, 42, 1000])
def test_a_lost_volume_may_be_replaced_by_each_other_one(folder: Path, count: int) -> None:
    source = make_source(folder, cases=[Case(Path(f"{n}")) for n in range(count)])
    for place in (0, count - 1, count + count // 2):
        assert sorted(source._candidates(place)) == list(range(count))


# A whole run


def test_a_run_of_many_volumes_begins_before_all_are_prepared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = write_cases(tmp_path / "data", 48)
    prepared: list[int] = []
    compared: list[list[bytes]] = []

    def losses(model: Any, volumes: list[Any]) -> Any:
        compared.append([volume.labels.numpy().tobytes() for volume in volumes])
        return held_back_losses(model, volumes)

    monkeypatch.setattr(pretraining_task, "held_back_losses", losses)

    def count(item: Event) -> None:
        if item["event"] == "metric":
            prepared.append(len(list((tmp_path / "cache").glob("*.npy"))))

    run_folder, events = run(tmp_path, "many", count, steps=40, held_back=0.25, measure_every=40)
    assert prepared[0] == 32 and prepared[-1] > 40
    measured = [item["position_queries"] for item in events if "position_queries" in item]
    assert measured == [4 * 8, 12 * 8]  # the first step does not wait for all
    assert len(compared[0]) == 4 and compared[0] == compared[1]  # the loss is that of the same ones
    (line,) = (e["message"] for e in events if e.get("message", "").startswith("Found"))
    assert line.startswith("Found 48 volumes of 0.0 GB")
    notes = torch.load(run_folder.checkpoints.latest(), weights_only=True)["notes"]
    assert (len(notes["held_back"]), len(notes["volumes"])) == (12, 36)
    assert {*notes["held_back"], *notes["volumes"]} == {str(case.image) for case in cases}


def test_a_killed_run_of_many_volumes_goes_on_with_the_same_batches(tmp_path: Path) -> None:
    """Some are lost at first and back when it goes on: not for the steps that it does again."""
    cases = write_cases(tmp_path / "data", 40)
    away = [case.image for case in cases[::3]]
    changes = {"steps": 12, "save_every": 4, "measure_every": 12, "batch": 2, "held_back": 0.1}

    def lose(item: Event) -> None:
        if item.get("message", "").startswith("Training on"):
            for image in away:
                image.rename(image.with_suffix(".away"))

    def kill(item: Event) -> None:
        lose(item)
        if item["event"] == "metric" and item["step"] == 11:
            raise KeyboardInterrupt

    none_kept = {**changes, "cache_gb": 0.0}
    run(tmp_path, "whole", lose, **none_kept)
    whole = history(tmp_path / "whole").series("loss")[1]
    bring_back = [image.with_suffix(".away").rename(image) for image in away]
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, "killed", kill, **none_kept)
    bring_back = [image.with_suffix(".away").rename(image) for image in away]
    assert len(bring_back) == len(away)
    folder = RunFolder(tmp_path / "killed")
    folder.checkpoints.latest().unlink()  # of step 8: more steps are done again
    pretrain(make_settings(tmp_path, **none_kept), folder, print, resume=True)
    again = history(folder.path).series("loss")[1]
    assert again[:11] == whole[:11]  # the twelfth was not done before


@pytest.fixture(scope="module")
def finished(folder: Path) -> tuple[RunFolder, list[Event]]:
    """Three steps with a measure and a checkpoint in between."""
    return run(folder, "finished", measure_every=2, save_every=1, held_back=0.3)


def test_events_tell_the_whole_run(finished: tuple) -> None:
    folder, events = finished
    assert folder.state().name == "finished"
    stored = folder.events()[0]
    assert [item["event"] for item in stored[1:-1]] == [item["event"] for item in events]
    metrics = [item for item in stored if item["event"] == "metric"]
    assert [(item["step"], "loss" in item) for item in metrics] == [
        *((0, False), (1, True), (2, True), (2, False), (3, True), (3, False)),
    ]
    names = {"intra", "inter", "regularisation", "learning_rate", "samples_per_second"}
    assert names <= metrics[1].keys()
    parts = metrics[1]["intra"] + metrics[1]["inter"] + metrics[1]["regularisation"]
    assert metrics[1]["loss"] == pytest.approx(parts, rel=1e-5)
    assert all(0 <= metrics[n]["position_accuracy"] <= 1 for n in (0, 3, 5))
    assert all(metrics[n]["held_back_loss"] > 0 for n in (0, 3, 5))
    rates = [item["learning_rate"] for item in metrics if "loss" in item]
    assert rates == [warmup_cosine(step, 1e-4, 1, 3) for step in range(3)]
    progress = [item for item in stored if item.get("message") == "Pre-training"]
    assert (progress[0]["done"], progress[-1]["done"], progress[-1]["eta_s"]) == (0, 3, 0.0)


def test_the_network_learns_with_its_teacher(finished: tuple) -> None:
    checkpoints = finished[0].checkpoints
    assert checkpoints.best() is not None
    steps = [torch.load(path, weights_only=True) for path in checkpoints.all()[:2]]
    assert [content["step"] for content in steps] == [3, 2]
    new, old = (content["model"] for content in steps)
    moved = old["teacher.layer3.0.weight"].lerp(new["student.layer3.0.weight"], 0.1)
    torch.testing.assert_close(new["teacher.layer3.0.weight"], moved)
    for name in ("backbone.layers.0.weight", "student.layer1.0.weight"):
        assert not torch.equal(new[name], old[name])


def test_the_model_can_be_imported_and_has_a_head(
    folder: Path, tmp_path: Path, swin_unetr: None
) -> None:
    run_folder, _ = run(folder, "SwinUNETR", steps=1, held_back=0)
    path = run_folder.path / "model.safetensors"
    checkpoint = read_checkpoint(path)
    assert checkpoint.recipe.task == "pretraining"
    assert checkpoint.training["grid"] == {"n": 2, "crop": 34, "input_edge": 34}
    assert (checkpoint.training["steps"], checkpoint.training["volumes"]) == (1, 4)
    assert load_projection_head(checkpoint) is not None
    last = torch.load(run_folder.checkpoints.latest(), weights_only=True)["model"]
    weight = "encoder1.layer.conv1.conv.weight"
    assert torch.equal(checkpoint.weights[weight], last[f"backbone.{weight}"].half().float())
    model = Catalogue(tmp_path / "home").import_file(path, verify_weights, "my-encoder")
    assert model.recipe == checkpoint.recipe


def test_a_finished_run_can_be_resumed_and_stays_as_it_is(folder: Path, finished: tuple) -> None:
    before = history(finished[0].path).metrics
    pretrain(
        make_settings(folder, measure_every=2, save_every=1, held_back=0.3),
        finished[0],
        print,
        resume=True,
    )
    assert history(finished[0].path).metrics == before
    assert finished[0].state().name == "finished"


def first_losses(folder: Path, version: type, batches: int, **changes: Any) -> list[float]:
    """Losses of an untrained network, computed without the loop."""
    torch.manual_seed(0)
    model = version("tiny", "current")
    source = make_source(folder, seed=0, size=1, **changes)
    with torch.no_grad():
        return [model(*source.batch(number))["total"].item() for number in range(batches)]


def test_accumulation_is_the_mean_of_its_batches(folder: Path) -> None:
    _, events = run(folder, "accumulated", steps=1, accumulate=2, held_back=0)
    (metric,) = (item for item in events if item["event"] == "metric")
    losses = first_losses(folder, VoCoV2, 2)
    assert losses[0] != pytest.approx(losses[1], rel=1e-2)
    assert metric["loss"] == pytest.approx(np.mean(losses), rel=1e-4)


def test_version_1_in_chunks_with_recomputation(folder: Path, network_of_v1: None) -> None:
    changes = {"method": "v1", "preparation": "small", "chunk": 2, "recompute": True}
    name = f"v1 of {student_teacher._ProjectedEncoder.__name__}"
    _, events = run(folder, name, steps=1, held_back=0, **changes)
    (metric,) = (item for item in events if item["event"] == "metric")
    assert {"positive", "negative", "regularisation"} <= metric.keys()
    sampler = CropSampler(GRID, queries=1, shift_probability=0.1)
    (loss,) = first_losses(folder, VoCoV1, 1, sampler=sampler, dropout=False)
    assert metric["loss"] == pytest.approx(loss, rel=1e-4)


def test_volumes_smaller_than_the_grid_are_padded(folder: Path) -> None:
    native = replace(PRESETS["small"].preparation, shape=None)
    PRESETS["native"] = PretrainingPreset("For tests.", native, GRID)
    _, events = run(folder, "padded", preparation="native", steps=1, held_back=0)
    assert [item["step"] for item in events if item["event"] == "metric"] == [1]


# Position accuracy


def test_perfect_answers_are_hits_and_near() -> None:
    rng = np.random.default_rng(0)
    boxes = GRID.query_boxes(GRID.draw_centres(200, rng))
    labels = GRID.labels(boxes)
    accuracy, distance = mean_scores([_score(labels, boxes, GRID)])
    assert accuracy == 1
    assert distance < 0.2  # the softmax leaves the other bases a little
    accuracy, distance = mean_scores([_score(1 - labels, boxes, GRID)])
    assert accuracy < 0.2
    assert distance > 0.2


@pytest.mark.parametrize("version", [VoCoV1, VoCoV2])
def test_the_loss_of_volumes_held_back_is_the_objective_without_dropout(
    version: type, network_of_v1: None
) -> None:
    model, parts = version("tiny", "current", width=16), torch.rand(2, *GRID.shape)
    crops, labels, found = [], [], []
    for seed, part in enumerate(parts):
        boxes = GRID.query_boxes(GRID.draw_centres(2, np.random.default_rng(seed)))
        every = np.concatenate([boxes, GRID.base_boxes()])
        crops.append(cut(part, every, GRID.input_edge, _plain(len(every))))
        labels.append(torch.from_numpy(GRID.labels(boxes)).float())
        found.append(score_positions(model, part, GRID, 2, np.random.default_rng(seed))[1])
    with torch.no_grad():
        expected = model(torch.stack(crops), torch.stack(labels))
    for name, loss in held_back_losses(model, found).items():
        torch.testing.assert_close(loss, expected[name], rtol=1e-4, atol=1e-6)
        assert not loss.requires_grad


# Histories


def test_repeated_steps_count_once() -> None:
    history = MetricHistory()
    history.add([event("started", message="", first_step=0)])
    history.add(event("metric", step=step, loss=float(step)) for step in range(5))
    history.add([event("started", message="Resumed by process 7 on node")])
    history.add([event("started", message="", first_step=3), event("metric", step=3, loss=9.0)])
    assert history.series("loss") == ([0, 1, 2, 3], [0.0, 1.0, 2.0, 9.0])
    measure = event("metric", step=3, position_accuracy=0.5)
    history.add([measure, measure])
    assert history.series("position_accuracy") == ([3], [0.5])
    history.add([event("started", message="", first_step=0)])
    assert history.metrics == []


# What can go wrong


def test_nan_ends_the_run_and_keeps_the_last_checkpoint(folder: Path) -> None:
    name = "diverged"
    with pytest.raises(DivergedError, match=r"became (nan|inf|-inf) in step 2") as caught:
        run(folder, name, learning_rate=1e30, clip=0, save_every=1, held_back=0)
    run_folder = RunFolder(folder / name)
    latest = run_folder.checkpoints.latest()
    assert latest.name == "step-00000001.pt"
    assert str(latest) in caught.value.message
    state = run_folder.state()
    assert state.name == "failed"
    assert "in step 2" in state.reason


def test_an_overflow_of_float16_changes_nothing(folder: Path) -> None:
    torch.manual_seed(0)
    model = VoCoV2("tiny", "current", width=16)
    optimizer = torch.optim.AdamW(p for p in model.parameters() if p.requires_grad)
    scaler, events = GradScaler("cpu", init_scale=8.0), []
    job = PretrainingJob(make_settings(folder), RunFolder(folder / "x"), ALONE, events.append, [])
    state = TrainingState(model, optimizer, scaler)
    with torch.no_grad():  # so that a teacher that moves would be seen
        model.student.layer3[0].bias += 1
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    scaler.scale(model.student.layer3[0].bias.sum() * math.inf).backward()
    assert _optimise(job, state) == 0.0
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    assert scaler.get_scale() == 4.0
    assert "overflowed float16" in events[0]["message"]
    scaler.scale(model.student.layer3[0].bias.sum()).backward()
    assert _optimise(job, state) == pytest.approx(4.0)  # 16 ones
    assert not torch.equal(before["teacher.layer3.0.bias"], model.teacher.layer3[0].bias)


@pytest.fixture
def limited() -> Iterator[Callable[[bool], None]]:
    """Fills the disk, as far as this process is concerned, and empties it."""
    resource = pytest.importorskip("resource", reason="limits on file sizes are POSIX")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(full: bool) -> None:
        size = 500_000 if full else before[0]
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))

    yield limit
    limit(False)


def test_a_full_disk_is_said_and_the_training_goes_on(
    folder: Path, limited: Callable[[bool], None]
) -> None:
    def fill(item: Event) -> None:
        if item["event"] == "metric" and "loss" in item:
            limited(item["step"] < 2)

    run_folder, events = run(folder, "full", fill, steps=2, save_every=1, held_back=0)
    messages = [item["message"] for item in events if item.get("level") == "warning"]
    assert len(messages) == 1
    assert "step-00000001.pt cannot be written" in messages[0]
    assert "Free some space" in messages[0]
    assert [path.name for path in run_folder.checkpoints.all()] == [
        *("step-00000002.pt", "step-00000000.pt"),
    ]


def scored(monkeypatch: pytest.MonkeyPatch, *accuracies: float) -> None:
    """Has measures find these, one after the other."""
    found = iter(accuracies)
    monkeypatch.setattr(pretraining_task, "mean_scores", lambda _: (next(found), 1.0))


def test_a_best_checkpoint_that_was_not_written_is_not_the_best(
    folder: Path, limited: Callable[[bool], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(item: Event) -> None:
        if "position_accuracy" in item and item["event"] == "metric":
            limited(item["position_accuracy"] == 0.9)

    scored(monkeypatch, 0.1, 0.5, 0.9, 0.7)
    run_folder, _ = run(folder, "best lost", fill, measure_every=1, held_back=0.3)
    assert run_folder.checkpoints.best().name == "step-00000003.pt"


def test_a_best_checkpoint_is_known_although_a_kill_came_before_its_mark(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scored(monkeypatch, 0.1, 0.5, 0.9)
    changes = {"steps": 2, "measure_every": 1, "held_back": 0.3}
    run_folder, _ = run(folder, "best unmarked", **changes)
    run_folder.checkpoints.mark_best(1)  # what the kill leaves
    pretrain(make_settings(folder, **changes), run_folder, print, resume=True)
    assert run_folder.checkpoints.best().name == "step-00000002.pt"


def test_all_volumes_lost_on_the_way_lose_no_step(tmp_path: Path) -> None:
    cases = write_cases(tmp_path / "data", 3)

    def lose(item: Event) -> None:
        if item["event"] == "metric" and item["step"] == 2:
            for case in cases:
                case.image.unlink(missing_ok=True)

    with pytest.raises(InputError, match="All volumes of the run are lost"):
        run(tmp_path, "lost", lose, steps=30, held_back=0, cache_gb=0.0)
    done = [item["step"] for item in RunFolder(tmp_path / "lost").events()[0] if "loss" in item]
    latest = RunFolder(tmp_path / "lost").checkpoints.latest()
    assert latest.name == f"step-{done[-1]:08d}.pt" and done[-1] >= 2


def test_a_stopped_run_leaves_a_model_and_goes_on_where_its_data_were_moved(
    folder: Path, tmp_path: Path
) -> None:
    shutil.copytree(folder / "data", tmp_path / "data")
    run_folder = RunFolder(tmp_path / "run")

    def stop(item: Event) -> None:
        if item["event"] == "metric" and item["step"] == 1:
            run_folder.request_stop()

    with pytest.raises(CancelledError):
        run(tmp_path, "run", stop, held_back=0)
    assert read_checkpoint(run_folder.path / "model.safetensors").training["steps"] == 1
    (tmp_path / "data").rename(tmp_path / "elsewhere")
    events: list[Event] = []
    settings = make_settings(tmp_path, data=str(tmp_path / "elsewhere"), held_back=0)
    pretrain(settings, run_folder, events.append, resume=True)
    assert any("The data set was moved" in item.get("message", "") for item in events)
    assert not any("Left out" in item.get("message", "") for item in events)


def test_a_run_keeps_the_precision_that_it_began_with(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: True)
    changes = {"steps": 1, "held_back": 0, "precision": "auto"}
    run_folder, events = run(folder, "precision", **changes)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    pretrain(make_settings(folder, **changes), run_folder, events.append, resume=True)
    said = [item["message"] for item in events if "1 x cpu" in item.get("message", "")]
    assert len(said) == 2 and all("bfloat16" in message for message in said)


def test_warnings_that_come_while_others_are_told_are_told_next(folder: Path) -> None:
    class Busy:
        """Two processes; a thread of this one, the second, meets a problem meanwhile."""

        first = False

        def gather(self, value: tuple) -> list[tuple]:
            told.append([note["message"] for note in value[1]])
            job.log(f"problem {len(told)}")
            return [value, value]

    told: list[list[str]] = []
    notes: list[Event] = []
    job = PretrainingJob(make_settings(folder), RunFolder(folder), Busy(), notes.append, notes)
    job.gather(1)
    job.gather(2)
    assert told == [[], ["problem 1"]] and len(notes) == 1


def test_a_disk_that_is_full_from_the_start_is_found_out_before_the_work(
    folder: Path, limited: Callable[[bool], None]
) -> None:
    limited(True)
    with pytest.raises(OutputError, match=r"step-00000000\.pt cannot be written"):
        run(folder, "full from the start", held_back=0)
    assert RunFolder(folder / "full from the start").state().name == "failed"


def test_unusable_volumes_are_left_out_and_said(tmp_path: Path) -> None:
    write_cases(tmp_path / "data", 2)
    mr = np.abs(make_ct()).astype(np.uint16) + 500  # another modality: no air below -500
    write(tmp_path / "data" / "mr.nii.gz", mr)
    (tmp_path / "data" / "broken.nii.gz").write_bytes(b"\x1f\x8bno image")
    _, events = run(tmp_path, "run", steps=1, held_back=0)
    (report,) = (item for item in events if "skipped" in item)
    assert sorted(Path(image).name for image, _ in report["skipped"]) == [
        *("broken.nii.gz", "mr.nii.gz"),
    ]
    assert any("Training on 2 volumes" in item.get("message", "") for item in events)


def test_no_volume_at_all(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with pytest.raises(InputError, match="There is no volume in"):
        run(tmp_path, "empty")
    (tmp_path / "data" / "broken.nii.gz").write_bytes(b"no image")
    with pytest.raises(InputError, match="None of the 1 volumes can be used"):
        run(tmp_path, "unreadable")
    assert RunFolder(tmp_path / "unreadable").state().name == "failed"


def test_a_run_in_use_and_changed_settings_are_refused(folder: Path, finished: tuple) -> None:
    settings = make_settings(folder, measure_every=2, save_every=1, held_back=0.3)
    changed = replace(settings, queries=3, steps=2, keep=7)
    with pytest.raises(InputError, match=r"queries: 1 -> 3; steps: 3 -> 2\."):
        pretrain(changed, finished[0], print, resume=True)
    used = pytest.raises(OutputError, match=f"in use: process {os.getpid()}")
    with finished[0].begin(settings.to_json(), resume=True), used:
        pretrain(settings, finished[0], print, resume=True)


def test_torch_compile_is_refused_on_a_cpu(folder: Path) -> None:
    with pytest.raises(InputError, match="does not pay on a CPU"):
        run(folder, "compiled", compiled=True, device="cpu")


def test_a_damaged_checkpoint_is_named(folder: Path) -> None:
    run_folder, _ = run(folder, "damaged", steps=1, held_back=0)
    settings = make_settings(folder, steps=1, held_back=0)
    latest = run_folder.checkpoints.latest()
    latest.write_bytes(latest.read_bytes()[:5000])
    with pytest.raises(WeightsError, match=r"step-00000001\.pt cannot be used"):
        pretrain(settings, run_folder, print, resume=True)
    latest.unlink()  # as the hint says
    pretrain(settings, run_folder, print, resume=True)


def test_a_checkpoint_that_cannot_be_read_is_not_called_damaged(folder: Path) -> None:
    run_folder, _ = run(folder, "unreadable", steps=1, held_back=0)
    latest = run_folder.checkpoints.latest()
    latest.unlink()
    latest.mkdir()
    with pytest.raises(InputError, match=r"cannot be read: .*directory\. Check the disk"):
        pretrain(make_settings(folder, steps=1, held_back=0), run_folder, print, resume=True)


def test_what_failed_before_the_first_step_can_be_begun_anew(folder: Path) -> None:
    """Such as after a typing error in the path of the data."""
    run_folder = RunFolder(folder / "mistyped")
    with pytest.raises(InputError, match="does not exist"):
        pretrain(make_settings(folder, data=str(folder / "dta")), run_folder, print)
    pretrain(make_settings(folder, steps=1, held_back=0), run_folder, print)
    assert run_folder.state().name == "finished"


def test_signals_before_a_run_has_begun_end_the_command_and_leave_the_folder_alone(
    tmp_path: Path,
) -> None:
    folder, config = RunFolder(tmp_path / "run"), {"steps": 1}
    with folder.begin(config), stop_on_signals(folder):
        signal.raise_signal(signal.SIGINT)
        assert folder.stop_requested()
        folder.withdraw_stop()
        other = RunFolder(folder.path)  # as another process has it, which was not let in yet
        with stop_on_signals(other), pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        assert not folder.stop_requested()
    with stop_on_signals(folder), pytest.raises(KeyboardInterrupt):  # its run has ended
        signal.raise_signal(signal.SIGINT)
    assert not folder.stop_requested()


def test_a_wish_to_stop_while_preparing(folder: Path) -> None:
    run_folder = RunFolder(folder / "stopped early")
    run_folder.create(make_settings(folder).to_json())
    run_folder.request_stop()
    with pytest.raises(CancelledError, match="while preparing"):
        pretrain(make_settings(folder), run_folder, print)
    assert run_folder.state().name == "stopped"


def test_tensorboard(folder: Path) -> None:
    try:
        import tensorboard  # noqa: F401
    except ImportError:
        with pytest.raises(InputError, match="TensorBoard is not installed"):
            run(folder, "board", tensorboard=True, steps=1)
    else:
        run_folder, _ = run(folder, "board", tensorboard=True, steps=1)
        assert list((run_folder.path / "tensorboard").glob("events.out.*"))


def test_the_same_seed_draws_the_same() -> None:
    assert generator(1, 2, 3).random() == generator(1, 2, 3).random()
    assert generator(1, 2, 3).random() != generator(1, 3, 2).random()


# The command line


def test_a_resumed_run_takes_its_settings_from_its_folder(finished: tuple) -> None:
    path = str(finished[0].path)
    answer = CliRunner().invoke(app, ["pretrain", "-o", path, "--resume", "--json"])
    assert answer.exit_code == 0, answer.output
    assert [json.loads(line)["event"] for line in answer.output.splitlines()][-1] == "result"
    answer = CliRunner().invoke(app, ["pretrain", "-o", path, "--resume", "--queries", "2"])
    assert isinstance(answer.exception, InputError)
    assert "queries: 1 -> 2" in answer.exception.message
    script = Path(f"{path} job.sh")
    options = ["--preset", "B", "--no-recompute", "--tensorboard", "--slurm", str(script)]
    answer = CliRunner().invoke(app, ["pretrain", "x", "-o", f"{path} 2", *options])
    assert answer.exit_code == 0, answer.output
    assert "--preset B --no-recompute --tensorboard" in " ".join(
        script.read_text(encoding="utf-8").split()
    )
    answer = CliRunner().invoke(app, ["pretrain", "-o", f"{path} 2", "--resume"])
    assert "not the folder of a run: it has no config.json" in answer.exception.message
    answer = CliRunner().invoke(app, ["pretrain", "-o", f"{path} 2"])
    assert "No data to train on" in answer.exception.message
    assert not Path(f"{path} 2").exists()
