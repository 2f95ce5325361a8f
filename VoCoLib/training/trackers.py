"""Passes the metrics of a run on to MLflow or Weights & Biases, offline unless they are told."""

from __future__ import annotations

import json
import os
import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from VoCoLib.errors import InputError
from VoCoLib.events import Event, EventSink, event
from VoCoLib.files import write_json

PROJECT = "voco"
TRACKERS = ("mlflow", "wandb")
ID_FILE = "tracker.json"  # in the run's folder: by which name it goes on


@contextmanager
def tracked(
    name: str, folder: Path, settings: Mapping[str, Any], tell: EventSink
) -> Iterator[list[EventSink]]:
    """What takes a run's events for a tracker, if one is named.

    Args:
        name: one of TRACKERS, or empty.
        folder: of the run; one that was tracked before goes on in the same record.
        settings: of the run, as the tracker shows them.
        tell: hears once if the tracker fails, which is not worth the run.

    Raises:
        InputError: the tracker is not installed, or cannot begin.
    """
    if not name:
        yield []
        return
    try:
        tracker = {"mlflow": _Mlflow, "wandb": _Wandb}[name](folder, settings)
    except InputError:
        raise
    except Exception as error:  # whatever a tracker and its server raise
        raise InputError(
            f"{name} cannot be used: {type(error).__name__}: {error}.",
            "Check its settings, or go on without it.",
        ) from error
    passing_on = _PassingOn(name, tracker, tell)
    is_done = False
    try:
        yield [passing_on]
        is_done = True
    finally:
        passing_on.close(is_done)


class _PassingOn:
    """An EventSink that gives a tracker the numbers of metric events, until that fails."""

    def __init__(self, name: str, tracker: _Tracker, tell: EventSink) -> None:
        self._name, self._tracker, self._tell = name, tracker, tell
        self._works = True

    def __call__(self, item: Event) -> None:
        """Takes an event."""
        if item["event"] == "metric":
            self._try(lambda: self._tracker.log(_numbers(item), item["step"]))

    def close(self, is_done: bool) -> None:
        """See _Tracker.close."""
        self._try(lambda: self._tracker.close(is_done))

    def _try(self, action: Callable[[], None]) -> None:
        if not self._works:
            return
        try:
            action()
        except Exception as error:  # whatever a tracker and its server raise
            self._works = False
            reason = f"{type(error).__name__}: {error}"
            message = f"{self._name} gets no more metrics ({reason}); the training goes on."
            self._tell(event("log", level="warning", message=message))


class _Tracker(ABC):
    """What a tracker does."""

    @abstractmethod
    def log(self, values: dict[str, float], step: int) -> None:
        """Writes what was measured after a step."""

    @abstractmethod
    def close(self, is_done: bool) -> None:
        """The process has done all steps, or was stopped or failed."""


class _Mlflow(_Tracker):
    """In mlruns in the run's folder, or where MLFLOW_TRACKING_URI says."""

    def __init__(self, folder: Path, settings: Mapping[str, Any]) -> None:
        os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")  # without a data base
        mlflow = _imported("mlflow", "mlflow-skinny")
        where = os.environ.get("MLFLOW_TRACKING_URI") or (folder / "mlruns").absolute().as_uri()
        self._client = mlflow.MlflowClient(where)
        known = _known(folder).get("mlflow")
        if known is None:
            found = self._client.get_experiment_by_name(PROJECT)
            experiment = found.experiment_id if found else self._client.create_experiment(PROJECT)
            known = self._client.create_run(experiment, run_name=folder.name).info.run_id
            for key, value in settings.items():
                self._client.log_param(known, key, value)
            write_json(folder / ID_FILE, {**_known(folder), "mlflow": known})
        else:
            self._client.update_run(known, "RUNNING")
        self._run = known

    def log(self, values: dict[str, float], step: int) -> None:
        for key, value in values.items():
            self._client.log_metric(self._run, key, value, step=step)

    def close(self, is_done: bool) -> None:
        self._client.set_terminated(self._run, "FINISHED" if is_done else "FAILED")


class _Wandb(_Tracker):
    """In wandb in the run's folder, or online where WANDB_MODE says so."""

    def __init__(self, folder: Path, settings: Mapping[str, Any]) -> None:
        wandb = _imported("wandb", "wandb")
        known = _known(folder).get("wandb") or secrets.token_hex(4)
        write_json(folder / ID_FILE, {**_known(folder), "wandb": known})
        self._run = wandb.init(
            project=os.environ.get("WANDB_PROJECT", PROJECT),
            dir=str(folder),
            name=folder.name,
            id=known,
            resume="allow",
            config=dict(settings),
            mode=os.environ.get("WANDB_MODE", "offline"),
            settings=wandb.Settings(console="off", silent=True),
        )
        self._run.define_metric("*", step_metric="step")  # a resumed run does some steps anew

    def log(self, values: dict[str, float], step: int) -> None:
        self._run.log({**values, "step": step})

    def close(self, is_done: bool) -> None:
        self._run.finish(exit_code=0 if is_done else 1)


def _imported(name: str, package: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise InputError(
            f"{name} is not installed.", f"pip install {package}, or go on without it."
        ) from error


def _known(folder: Path) -> dict[str, str]:
    path = folder / ID_FILE
    found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found if isinstance(found, dict) else {}


def _numbers(item: Event) -> dict[str, float]:
    """The numbers of an event, those of structures as name/structure."""
    found: dict[str, float] = {}
    for name in item.keys() - {"event", "step", "time"}:
        parts = item[name] if isinstance(item[name], dict) else {"": item[name]}
        for part, value in parts.items():
            if isinstance(value, int | float):
                found[f"{name}/{part}".rstrip("/")] = float(value)
    return found
