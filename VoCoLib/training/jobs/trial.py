"""Tries a few steps of a training, and says from them what the whole run will take."""

from __future__ import annotations

import contextlib
import json
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from VoCoLib.errors import CancelledError
from VoCoLib.events import Event, EventSink
from VoCoLib.inference.devices import choose_device
from VoCoLib.processes.process_file import ProcessFile
from VoCoLib.runs.folder import RunFolder
from VoCoLib.training.data.datasets import Case, find_cases
from VoCoLib.training.data.inspection import inspect_cases
from VoCoLib.training.finetuning.plan import choose_cases
from VoCoLib.training.finetuning.settings import settings_from
from VoCoLib.training.jobs.kinds import complete_config, kind_of, train
from VoCoLib.training.pretraining.settings import MOST_HELD_BACK
from VoCoLib.training.run import count_held_back

_STEPS = 4  # the first one warms up
_SAMPLE_S = 0.05
_PREFIX = "voco-trial-"
_YOUNG_S = 60.0  # a folder may not have got its owner yet
_OTHER_CHECKPOINTS = 2  # the best, and the one that is being written


@dataclass(frozen=True)
class TrainingForecast:
    """What a run will take, from a trial on this computer.

    Attributes:
        device: where it was tried.
        volumes: how many there are; tried: with how many it was tried.
        steps: how many were tried.
        prepare_s: seconds to prepare once all volumes that the steps will see.
        step_s: seconds of a step; seconds: of the whole run.
        memory_bytes, free_bytes: of the device, needed at the most, and free before the trial.
        disk_bytes, free_disk_bytes: of checkpoints and prepared volumes, and free for checkpoints.
    """

    device: str
    volumes: int
    tried: int
    steps: int
    prepare_s: float
    step_s: float
    seconds: float
    memory_bytes: int
    free_bytes: int
    disk_bytes: int
    free_disk_bytes: int


def try_training(
    values: Mapping[str, Any],
    output: Path,
    sink: EventSink,
    cancelled: Callable[[], bool] = lambda: False,
) -> TrainingForecast:
    """Trains a few steps in a temporary folder, with the first volumes of the data.

    Args:
        values: settings, see complete_config.
        output: folder in which the run will be, or one above it.
        sink: receives the events of the trial.
        cancelled: asked at each event.

    Raises:
        CancelledError: cancelled() was True.
        VoCoError: as the training would.
    """
    config = complete_config(values)
    cases, held_back = _cases(config)
    few = _first_usable(cases, int(config["batch"]) + 1, cancelled)  # one is held back
    _remove_abandoned()
    with tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as name:
        folder, times = Path(name), _Times(sink, cancelled)
        owner = ProcessFile(folder / "pid")
        owner.claim()
        trial = {**config, "data": _write_data(folder, Path(config["data"]), few), **_SHORT}
        trial["cache"] = str(folder / "cache")
        trial |= _hold_one_back(config, held_back > 0)
        with _watched_memory(choose_device(config["device"])) as memory:
            try:
                train(trial, RunFolder(folder / "run"), times)
            finally:
                owner.release()
        saved = max(_sizes(folder / "run" / "checkpoints"))
        prepared = sum(_sizes(folder / "cache", "*.npy"))
    parts = (len(cases), held_back, len(few), saved, prepared)
    return _forecast(config, times, *parts, memory, output)


def _first_usable(
    cases: Sequence[Case], count: int, cancelled: Callable[[], bool]
) -> Sequence[Case]:
    """The first cases whose files can be used; any if there are none, so that training says why."""
    found: list[Case] = []
    for case in cases:
        if len(found) < count and inspect_cases([case], _ignore, None, cancelled).usable:
            found.append(case)
    return found or cases[:count]


def _ignore(_item: Event) -> None:
    pass


def _remove_abandoned() -> None:
    """Removes what trials left whose process was ended, as one is that does not cancel at once."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            age_s = time.time() - folder.stat().st_mtime
            if age_s > _YOUNG_S and not ProcessFile(folder / "pid").alive():
                shutil.rmtree(folder, ignore_errors=True)


def _cases(config: Mapping[str, Any]) -> tuple[list[Case], int]:
    """The cases of a run, and how many of them it holds back."""
    if kind_of(config) == "finetune":
        training, held_back, _ = choose_cases(settings_from(config))
        return [*training, *held_back], len(held_back)
    cases = find_cases(Path(config["data"]))
    return cases, min(count_held_back(config["held_back"], len(cases)), MOST_HELD_BACK)


def _hold_one_back(config: Mapping[str, Any], wanted: bool) -> dict[str, Any]:
    """The settings that hold back one of the few volumes of a trial, or none."""
    share = 0.01 if wanted else 0.0
    if kind_of(config) == "finetune":
        return {"validation": str(share), "fold": ""}
    return {"held_back": share, "heads_alone": 0}  # steps of the network, which take longer


_SHORT = {
    "steps": _STEPS,
    "warmup": 1,
    "save_every": _STEPS,
    "measure_every": _STEPS,
    "keep": 1,
    "tensorboard": False,
    "tracker": "",
}


class _Times:
    """A sink that passes events on and notes when those came that tell the cost of something."""

    def __init__(self, sink: EventSink, cancelled: Callable[[], bool]) -> None:
        self._sink, self._cancelled = sink, cancelled
        self._preparing: list[float] = []
        self._before_measure: float | None = None
        self._steps: list[float] = []
        self.measure_s = 0.0

    def __call__(self, item: Event) -> None:
        now = time.perf_counter()
        if self._cancelled():
            raise CancelledError("The trial was cancelled.")
        if item["event"] == "progress" and not self._steps and item["message"].startswith("Prep"):
            self._preparing.append(now)
        elif item["event"] == "metric" and "loss" in item:
            self._steps.append(now)
        elif item["event"] == "metric" and self._before_measure is not None:
            self.measure_s = now - self._before_measure
        if item["event"] in ("log", "metric"):
            self._before_measure = now
        if item["event"] == "progress":
            self._sink(item)

    @property
    def prepare_s(self) -> float:
        """Seconds for the volumes of the trial."""
        return self._preparing[-1] - self._preparing[0] if self._preparing else 0.0

    @property
    def step_s(self) -> float:
        """Seconds of a step, with the time to wait for its data."""
        pairs = zip(self._steps, self._steps[1:], strict=False)
        return statistics.median(later - earlier for earlier, later in pairs)


@dataclass
class _Memory:
    """Bytes of the device where a training runs."""

    device: str
    free: int
    most: int = 0


@contextmanager
def _watched_memory(device: torch.device) -> Iterator[_Memory]:
    """Measures the most memory of a device that this process uses while the context lasts."""
    import psutil

    ended, process, gpu = threading.Event(), psutil.Process(), device.type == "cuda"
    # what this process has already counts as needed, so as free, too
    if gpu:
        torch.cuda.reset_peak_memory_stats(device)
        free = torch.cuda.mem_get_info(device)[0] + torch.cuda.memory_reserved(device)
        memory = _Memory("cuda", free=free)
    else:
        available = psutil.virtual_memory().available
        memory = _Memory("cpu", free=available + process.memory_info().rss)

    def watch() -> None:
        while not ended.wait(_SAMPLE_S):
            memory.most = max(memory.most, process.memory_info().rss)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield memory
    finally:
        ended.set()
        watcher.join()
    if gpu:
        memory.most = torch.cuda.max_memory_reserved(device)


def _write_data(folder: Path, source: Path, cases: Sequence[Case]) -> str:
    """Describes some of the cases as a data set, with the names of labels that the whole has."""
    near = [folder / "dataset.json" for folder in (source, source.parent)]
    candidates = [source] if source.suffix.lower() == ".json" else near
    description = next((path for path in candidates if path.is_file()), None)
    data = json.loads(description.read_text("utf-8-sig")) if description is not None else {}
    data["training"] = [_absolute(case) for case in cases]
    path = folder / "dataset.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return str(path)


def _absolute(case: Case) -> dict[str, str]:
    paths = {"image": case.image, "label": case.label}
    return {name: str(path.absolute()) for name, path in paths.items() if path is not None}


def _sizes(folder: Path, names: str = "*") -> list[int]:
    return [0, *(path.stat().st_size for path in folder.rglob(names) if path.is_file())]


def _forecast(
    config: Mapping[str, Any],
    times: _Times,
    volumes: int,
    held_back: int,
    tried: int,
    saved: int,
    prepared: int,
    memory: _Memory,
    output: Path,
) -> TrainingForecast:
    seen = volumes
    if kind_of(config) == "pretrain":
        drawn = config["steps"] * config["batch"] * config["accumulate"]
        seen = min(volumes, MOST_HELD_BACK + drawn)
    prepare_s = times.prepare_s / tried * seen
    measures = config["steps"] / config["measure_every"] + 2
    cache = min(prepared / tried * volumes, config["cache_gb"] * 1e9)
    existing = next(path for path in (output, *output.absolute().parents) if path.exists())
    return TrainingForecast(
        device=memory.device,
        volumes=volumes,
        tried=tried,
        steps=_STEPS,
        prepare_s=prepare_s,
        step_s=times.step_s,
        seconds=prepare_s + times.step_s * config["steps"] + times.measure_s * held_back * measures,
        memory_bytes=memory.most,
        free_bytes=memory.free,
        disk_bytes=int(saved * (config["keep"] + _OTHER_CHECKPOINTS) + cache),
        free_disk_bytes=shutil.disk_usage(existing).free,
    )
