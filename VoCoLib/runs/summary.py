"""What a table of runs shows of a run: state, step, loss, time left, from the end of its events."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from VoCoLib.errors import InputError
from VoCoLib.events import Event
from VoCoLib.runs.folder import RunFolder, RunState


@dataclass(frozen=True)
class RunSummary:
    """A run at one moment.

    Attributes:
        id: path of its folder.
        name: of its folder.
        kind: "pretrain" or "finetune".
        state: see RunState.
        stage: what it is doing, such as "Preparing the volumes"; empty if it does nothing.
        done, total: of that stage; None if unknown.
        step, steps: optimiser steps done and wanted.
        loss: of the last step; None before the first.
        eta_s: seconds left of the stage; None if unknown.
        device: where it trains, or shall.
        started: when it first began, in seconds since 1970; None if it has not.
    """

    id: str
    name: str
    kind: str
    state: RunState
    stage: str
    done: int | None
    total: int | None
    step: int
    steps: int
    loss: float | None
    eta_s: float | None
    device: str
    started: float | None


def summaries(runs: Iterable[RunFolder]) -> list[RunSummary]:
    """What some runs are doing, without those that are being made or deleted at this moment."""
    found = []
    for run in runs:
        with contextlib.suppress(InputError, OSError):
            found.append(summarise(run))
    return found


def summarise(run: RunFolder) -> RunSummary:
    """What a run is doing, from the end of its events.

    Raises:
        InputError: the folder holds no run.
    """
    config, state, events = run.config(), run.state(), run.latest_events()
    metric = _last(events, "metric", "loss") or run.latest_metric() or {}
    begun = _last(events, "started", "first_step") or {}
    progress: dict[str, Any] = (_progress(events) or {}) if state.live else {}
    return RunSummary(
        id=str(run.path),
        name=run.path.name,
        kind=str(config.get("kind", "pretrain")),
        state=state,
        stage=str(progress.get("message", "")),
        done=progress.get("done"),
        total=progress.get("total"),
        step=int(metric.get("step", max(0, int(begun.get("first_step", 0)) - 1))),
        steps=int(config.get("steps", 0)),
        loss=metric.get("loss"),
        eta_s=_left(progress),
        device=str(config.get("device", "auto")),
        started=run.begun(),
    )


def _last(events: list[Event], name: str, key: str = "message") -> Event | None:
    """The last event of a name that has a key."""
    found = (item for item in reversed(events) if item["event"] == name and key in item)
    return next(found, None)


def _progress(events: list[Event]) -> Event | None:
    """The last progress since the run was started or resumed."""
    last = next((e for e in reversed(events) if e["event"] in ("progress", "started")), None)
    return last if last is not None and last["event"] == "progress" else None


def _left(progress: Event) -> float | None:
    """Seconds left now of a stage that told them some time ago."""
    if progress.get("eta_s") is None:
        return None
    return max(0.0, float(progress["eta_s"]) - (time.time() - float(progress["time"])))
