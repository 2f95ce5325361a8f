"""The kinds of training, and where the settings and the program of each are; needs no torch."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from VoCoLib.errors import InputError
from VoCoLib.events import EventSink
from VoCoLib.runs.folder import RunFolder


@dataclass(frozen=True)
class TrainingKind:
    """Modules of one kind of training.

    Attributes:
        settings: has settings_from(values), whose result has to_json().
        program: has a function of the kind's name: (settings, run folder, sink, resume) to a file.
    """

    settings: str
    program: str


KINDS = {
    "pretrain": TrainingKind(
        "VoCoLib.training.pretraining.settings", "VoCoLib.training.pretraining.run"
    ),
    "finetune": TrainingKind(
        "VoCoLib.training.finetuning.settings", "VoCoLib.training.finetuning.run"
    ),
}


def complete_config(values: Mapping[str, Any]) -> dict[str, Any]:
    """All settings of a run from some, as its config.json has them, with "kind".

    Raises:
        InputError: a value is missing, unknown or out of range.
    """
    return {**_settings(values).to_json(), "kind": kind_of(values)}


def kind_of(config: Mapping[str, Any]) -> str:
    """The kind of a run: "pretrain" or "finetune"; raises InputError for another."""
    kind = str(config.get("kind", "pretrain"))
    if kind not in KINDS:
        raise InputError(f"There is no training {kind!r}.", f"There are: {', '.join(KINDS)}.")
    return kind


def train(config: Mapping[str, Any], folder: RunFolder, sink: EventSink) -> Path:
    """Runs a training in this process, or goes on with the one that the folder holds.

    Raises:
        VoCoError: as the program of the kind.
    """
    kind = kind_of(config)
    program = importlib.import_module(KINDS[kind].program)
    path: Path = getattr(program, kind)(_settings(config), folder, sink, True)
    return path


def _settings(values: Mapping[str, Any]) -> Any:
    module = importlib.import_module(KINDS[kind_of(values)].settings)
    return module.settings_from({k: v for k, v in values.items() if k != "kind"})
