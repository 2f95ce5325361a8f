"""A VoCo pre-training from its data set to the file of its model, begun anew or resumed."""

from __future__ import annotations

import contextlib
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from VoCoLib.errors import CancelledError, InputError
from VoCoLib.events import Event, EventSink, event
from VoCoLib.locations import MODEL_FILE
from VoCoLib.method.base_grid import BaseGrid
from VoCoLib.method.presets import find_preset
from VoCoLib.method.student_teacher import VoCoV1, VoCoV2
from VoCoLib.networks.checkpoints import save_checkpoint
from VoCoLib.recipe import Preprocessing, Recipe
from VoCoLib.runs.folder import RunFolder
from VoCoLib.training.data.archive import VolumeFacts, prepared_bytes
from VoCoLib.training.data.contents import find_again
from VoCoLib.training.data.datasets import Case, find_cases, list_volumes
from VoCoLib.training.data.shards import Shards
from VoCoLib.training.distributed import Processes
from VoCoLib.training.loop import train
from VoCoLib.training.pretraining.job import NamedCases, PretrainingJob
from VoCoLib.training.pretraining.looks import look_at, problems
from VoCoLib.training.pretraining.memory import fill_memory
from VoCoLib.training.pretraining.origin import in_words, take_weights
from VoCoLib.training.pretraining.plan import Plan, choose_plan, read_plan, write_plan
from VoCoLib.training.pretraining.settings import MOST_HELD_BACK, PretrainingSettings
from VoCoLib.training.pretraining.task import Pretraining, PretrainingTask
from VoCoLib.training.random_streams import HELD_BACK, generator
from VoCoLib.training.run import (
    count_held_back,
    new_optimizer,
    prepare_cases,
    run_training,
    start_state,
    write_so_far,
)
from VoCoLib.training.settings import SCRATCH
from VoCoLib.training.start import Start, find_start

_VERSIONS: dict[str, type[VoCoV1] | type[VoCoV2]] = {"v1": VoCoV1, "v2": VoCoV2}
_NOMINAL_SPACING = (1.5, 1.5, 1.5)  # of a recipe whose preparation keeps each image's


def pretrain(
    settings: PretrainingSettings, folder: RunFolder, sink: EventSink, resume: bool = False
) -> Path:
    """Runs a pre-training to its end, in one process or in each of those that torchrun started.

    Args:
        settings: see PretrainingSettings.
        folder: of the run; its stop file ends the training after the step at hand.
        sink: receives the events of the first process, as the folder does.
        resume: go on with the run that the folder holds, if it holds one.

    Returns:
        the file of the model, in the folder: encoder and projection heads.

    Raises:
        DivergedError: the loss or its gradient is not finite.
        ModelError, WeightsError: the weights to start or to go on from are not there, or unusable.
        VoCoError: as run_training.
    """

    def work(processes: Processes, tell: EventSink, notes: list[Event]) -> Path:
        job = PretrainingJob(settings, folder, processes, tell, notes)
        with contextlib.closing(job.pool):
            return _run(job)

    return run_training(settings, folder, sink, resume, work)


def _run(job: PretrainingJob) -> Path:
    begun = job.processes.share(job.folder.checkpoints.latest() is not None)
    start = Start(SCRATCH) if begun else find_start(job.settings.start or SCRATCH)
    job.plan = job.processes.share(_plan(job, start, begun) if job.processes.first else None)
    job.check_shards()
    state = _start(job, start)
    del start  # its weights
    if "volumes" in state.notes:
        state.notes.update(job.processes.share(_where_they_are(job, state)))
        _report_lost(job, state.notes["volumes"] + state.notes["held_back"])
    else:
        state.notes.update(_choose_volumes(job))
    cases, held_back = (NamedCases(state.notes[g], job.case) for g in ("volumes", "held_back"))
    place = state.step * job.settings.accumulate * job.settings.batch
    replaced = job.processes.share(job.folder.replaced(place) if job.processes.first else None)
    job.log(f"Training on {len(cases)} volumes; {len(held_back)} are held back to be measured.")
    path = job.folder.path / MODEL_FILE

    def write(state: Pretraining) -> None:
        _write_model(job, state, path)

    try:
        _train(job, state, PretrainingTask(job, cases, held_back, write, replaced or {}))
    except CancelledError:
        if state.step:
            write_so_far(job, lambda: write(state))
        raise
    if job.processes.first:
        write(state)
        job.tell(event("result", files=[str(path)], **_summary(state)))
    return path


def _plan(job: PretrainingJob, start: Start, begun: bool) -> Plan:
    """The plan of a run that goes on, or of a new one; says what the weights settle."""
    if not job.settings.start:  # a file there is of an attempt that failed before its first step
        return job.plan
    if begun:
        return read_plan(job.folder.path)
    plan = choose_plan(job.settings, start)
    job.log(
        f"Network {plan.preset}, {plan.merging} PatchMerging, method {plan.method}, preparation "
        f"{plan.preparation}: {find_preset(plan.preparation).description}"
    )
    known = start.recipe.preprocessing if start.recipe is not None else None
    own = find_preset(plan.preparation).preparation
    if known is not None and tuple(known.hu_window) != own.hu_window:
        job.log(
            f"{start.name} knows CT in a window of {known.hu_window} HU, the preparation "
            f"{plan.preparation} has {own.hu_window}: what the weights know may not help.",
            "warning",
        )
    return plan


def _train(job: PretrainingJob, state: Pretraining, task: PretrainingTask) -> None:
    """Trains to the end; at first the heads alone, where the plan says so.

    New heads have a gradient that says nothing yet: it would spoil an encoder that knows something.
    """
    alone = min(job.plan.heads_alone, job.settings.steps)
    if alone and "restart" not in state.notes:
        if state.step < alone:
            job.log(f"Until step {alone} the projection heads are trained alone.")
            state.model.learn_encoder(False)
            train(job, state, task, alone)
            state.model.learn_encoder(True)
        state.notes["restart"] = alone  # the learning rate rises once more, for the encoder
    train(job, state, task)


def _start(job: PretrainingJob, start: Start) -> Pretraining:
    """The state that was last saved, or a new one with the weights to start from."""
    settings, plan = job.settings, job.plan
    chunk = crops_at_a_time(settings, job.preset.grid, job.recompute)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        model = _VERSIONS[plan.method](
            plan.preset, plan.merging, plan.width, chunk=chunk, recompute=job.recompute
        )
    if (origin := take_weights(model, start, plan.has_heads)) is not None:
        job.plan = replace(plan, origin=origin)
        job.log(in_words(origin))
        if job.processes.first:
            write_plan(job.folder.path, job.plan)
    model.to(job.processes.device)
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = new_optimizer(job, trained, amsgrad=True)
    state = start_state(job, model, optimizer, f"VoCo {plan.method}")
    if job.processes.device.type != "cpu" and settings.chunk is None:
        fill_memory(job, state)
    return state


def crops_at_a_time(settings: PretrainingSettings, grid: BaseGrid, recompute: bool) -> int:
    """How many crops the backbone takes at a time.

    On a GPU see fill_memory. Unless the settings say it, those of a volume: sums are in the same
    order on any number of processes. With recompute two: one would save little more memory, and on
    a CPU PyTorch is slow with the convolutions of a single one.
    """
    return settings.chunk or (2 if recompute else settings.queries + grid.bases)


def _choose_volumes(job: PretrainingJob) -> dict[str, Any]:
    """The volumes of a new run, to train on and to hold back; they stay the same to its end.

    The first ones of an order that the seed draws are prepared now: those held back are among them,
    and if none can be used, the path is wrong. The others are prepared while the run trains; which
    of them cannot be used is found out when their turn comes.
    """
    prints = _prints(job) if job.processes.first else {}
    listed = job.processes.share(list(prints))
    order = generator(job.settings.seed, HELD_BACK).permutation(len(listed))
    first = sorted(order[:MOST_HELD_BACK])
    found = _prepare(job, [listed[n] for n in first])
    if job.processes.first and job.shards is None:  # else voco prepare has looked
        for problem in problems(look_at([Case(Path(n)) for n in found], job.preset), job.preset):
            job.log(problem, "warning")
    usable = set(found)
    left = len(listed) - len(first) + len(usable)
    count = min(len(usable), count_held_back(job.settings.held_back, left))
    held_back = [n for n in order[:MOST_HELD_BACK] if listed[n] in usable][:count]
    away = {*held_back, *(n for n in first if listed[n] not in usable)}
    names = {
        "held_back": [listed[n] for n in sorted(held_back)],
        "volumes": [name for n, name in enumerate(listed) if n not in away],
    }
    return {**names, "data": job.settings.data, "contents": job.processes.share(prints)}


def _prints(job: PretrainingJob) -> dict[str, str]:
    """The volumes of the data set, each once, with their prints."""
    if job.shards is None:
        return {name: item.print for name, item in _list_volumes(job).items()}
    cases = job.shards.cases.values()
    size = sum(case.size for case in cases)
    unusable = sum(bool(case.problem) for case in cases)
    job.log(
        f"Found {len(cases):,} CTs in shards of {size / 1e9:,.1f} GB; {unusable:,} of them are "
        "unusable."
    )
    return {str(case.image): case.content for case in cases}


def _list_volumes(job: PretrainingJob) -> dict[str, VolumeFacts]:
    """The volumes of the data set, each once, with what is known of them; says how much it is."""
    facts = list_volumes(Path(job.settings.data), job.log)
    size = sum(max(0, item.size) for item in facts.values())
    prepared = sum(prepared_bytes(item, job.preset.preparation) for item in facts.values())
    job.log(
        f"Found {len(facts):,} volumes of {size / 1e9:,.1f} GB. Prepared, they take at most "
        f"{prepared / 1e9:,.1f} GB; the cache may take {job.settings.cache_gb:g} GB."
    )
    return facts


def _where_they_are(job: PretrainingJob, state: Pretraining) -> dict[str, Any]:
    """The notes that change where the data set of a run that goes on was moved.

    Raises:
        InputError: a volume is not there, or has changed.
    """
    notes, data = state.notes, job.settings.data
    if job.shards is not None:
        _check_shards(job.shards, notes)
        return {"data": data}
    if not job.processes.first or notes.get("data", data) == data:
        return {}
    names = [*notes["volumes"], *notes["held_back"]]
    known = [(Case(Path(name)), notes["contents"][name]) for name in names]
    readable = [pair for pair in known if pair[1]]  # the others were lost from the beginning
    moved = iter(find_again(readable, find_cases(Path(data))))
    again = [str(next(moved).image) if content else str(case.image) for case, content in known]
    job.log(f"The data set was moved: the {len(names)} volumes of the run are the same in {data}.")
    count = len(notes["volumes"])
    contents = {now: content for now, (_, content) in zip(again, known, strict=True)}
    groups = {"volumes": again[:count], "held_back": again[count:]}
    return {**groups, "data": data, "contents": contents}


def _check_shards(shards: Shards, notes: dict[str, Any]) -> None:
    """Raises InputError unless shards, which may lie elsewhere now, are those of a run."""
    for name in (*notes["volumes"], *notes["held_back"]):
        if shards.case(name).content != notes["contents"][name]:
            raise InputError(
                f"The shards hold another CT as {name} than the run began with.",
                "Resume with the data that the run began with, or begin a new run.",
            )


def _report_lost(job: PretrainingJob, images: list[str]) -> None:
    """Says which of the volumes are gone, unless they are so many that it takes long to look."""
    for image in images if len(images) <= MOST_HELD_BACK else ():
        if job.processes.first and job.shards is None and not Path(image).exists():
            job.log(f"Left out {image}: it is no longer there.", "warning")


def _prepare(job: PretrainingJob, images: list[str]) -> list[str]:
    """Has all volumes prepared; returns those that can be used."""
    usable = prepare_cases(job, job.cache, [job.case(image) for image in images])
    return [str(case.image) for case in usable]


def _write_model(job: PretrainingJob, state: Pretraining, path: Path) -> None:
    """Writes encoder and heads, as `voco models import` and the position view take them."""
    plan, preparation = job.plan, job.preset.preparation
    preprocessing = Preprocessing(
        preparation.spacing or _NOMINAL_SPACING,
        preparation.hu_window,
        patch=(64, 64, 64),
        foreground_crop=preparation.foreground_above is not None,
    )
    recipe = Recipe("pretraining", plan.preset, plan.merging, preprocessing)
    names = ("batch", "queries", "accumulate", "learning_rate", "seed")
    training = {
        "preparation": asdict(preparation),
        "grid": asdict(job.preset.grid),
        "method": plan.method,
        **({"from": asdict(plan.origin)} if plan.origin is not None else {}),
        **{name: getattr(job.settings, name) for name in names},
        **_summary(state),
    }
    save_checkpoint(path, state.model.state_dict(), recipe, training)


def _summary(state: Pretraining) -> dict[str, Any]:
    """What a run came to."""
    names = ("untrained_position_accuracy", "position_accuracy")
    scores = {name: state.notes[name] for name in names if name in state.notes}
    return {"steps": state.step, "volumes": len(state.notes["volumes"]), **scores}
