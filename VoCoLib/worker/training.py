"""What a worker does before a training: looks through its data, and tries a few steps.

training_check: config (the settings of the run) and picture (a PNG to write of what a pre-training
    will see; none if left out). The result has doubts (what is wrong with that), volumes, usable,
    problems (what will be skipped, and why), wrong_labels (what has to be corrected, or the run
    fails), and of what can be read spacing, shape and hu: {"lowest", "highest"}, with a number for
    each axis of the files or, of hu, one; and shown, what the first usable volume shows (see
    VoCoLib.images.body_regions.BodyRegions), None without one.
training_trial: config (the settings of the run) and output (its folder). The result has the
    fields of VoCoLib.training.jobs.trial.TrainingForecast.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from VoCoLib.events import EventSink, event
from VoCoLib.images.inputs import read_input
from VoCoLib.images.label_names import LabelNames
from VoCoLib.images.region_recognition import find_regions
from VoCoLib.training.data.datasets import Case, find_cases
from VoCoLib.training.data.inspection import DatasetReport, inspect_cases
from VoCoLib.training.finetuning.plan import choose_cases, label_names
from VoCoLib.training.finetuning.settings import settings_from
from VoCoLib.training.jobs.kinds import complete_config, kind_of
from VoCoLib.training.jobs.trial import try_training
from VoCoLib.training.pretraining.looks import preview
from VoCoLib.training.pretraining.settings import settings_from as pretraining_settings
from VoCoLib.worker.fields import Request, field

Cancelled = Callable[[], bool]


def check(request: Request, sink: EventSink, cancelled: Cancelled) -> None:
    """Answers training_check."""
    config = complete_config(field(request, "config", dict))
    cases = find_cases(Path(config["data"]))
    report = inspect_cases(cases, sink, _label_names(config), cancelled)
    picture = field(request, "picture", str, "")
    doubts: list[str] = []
    if picture and report.usable and kind_of(config) == "pretrain":
        doubts = preview(pretraining_settings(config), Path(picture))
    found = {**_summary(cases, report), "doubts": doubts}
    sink(event("result", **found, shown=_shown(cases, report)))


def _shown(cases: Sequence[Case], report: DatasetReport) -> dict[str, Any] | None:
    """What the first volume shows that can be used."""
    for case, found in zip(cases, report.cases, strict=True):
        if found.shape is not None and not found.not_ct:
            volume = read_input(case.image)
            return asdict(find_regions(volume.array, volume.affine))
    return None


def _label_names(config: dict[str, Any]) -> LabelNames | None:
    """What the values in the label maps mean; None where there are no labels."""
    if kind_of(config) != "finetune":
        return None
    settings = settings_from(config)
    choose_cases(settings)  # says what is missing
    return label_names(settings)


def _summary(cases: Sequence[Case], report: DatasetReport) -> dict[str, Any]:
    """What people want to know of a data set, as JSON has it."""
    pairs = zip(cases, report.cases, strict=True)
    wrong = [f"{r.image}: {r.label_problem}" for case, r in pairs if case.label and r.label_problem]
    read = [case for case in report.cases if case.shape is not None]
    return {
        "volumes": len(report.cases),
        "usable": report.usable,
        "problems": [text for text in report.problems() if text not in wrong],
        "wrong_labels": wrong,
        "spacing": _range([case.spacing for case in read]),
        "shape": _range([case.shape for case in read]),
        "hu": _range([case.hu_range for case in read], axis=None),
    }


def _range(values: list[Any], axis: int | None = 0) -> dict[str, Any] | None:
    if not values:
        return None
    array = np.array(values)
    return {"lowest": array.min(axis).tolist(), "highest": array.max(axis).tolist()}


def trial(request: Request, sink: EventSink, cancelled: Cancelled) -> None:
    """Answers training_trial."""
    config, output = field(request, "config", dict), Path(field(request, "output", str))
    sink(event("result", **asdict(try_training(config, output, sink, cancelled))))


KINDS = {"training_check": check, "training_trial": trial}
