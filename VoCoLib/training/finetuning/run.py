"""A fine-tuning from labelled cases to the file of its model, begun anew or resumed."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from VoCoLib.errors import CancelledError, InputError
from VoCoLib.evaluation.islands import MOST_PIECES, count_pieces
from VoCoLib.events import Event, EventSink, event
from VoCoLib.locations import MODEL_FILE
from VoCoLib.method.presets import preparation_of
from VoCoLib.models.label_tables import make_labels
from VoCoLib.networks.bundle import write_bundle
from VoCoLib.networks.checkpoints import save_checkpoint
from VoCoLib.networks.loading import initialise
from VoCoLib.recipe import Label
from VoCoLib.runs.folder import RunFolder
from VoCoLib.structure_names import side_pairs
from VoCoLib.training.data.contents import content_of
from VoCoLib.training.data.datasets import Case
from VoCoLib.training.data.inspection import inspect_cases
from VoCoLib.training.data.prepared import PreparedVolume
from VoCoLib.training.distributed import Processes
from VoCoLib.training.finetuning.network import FineTuning
from VoCoLib.training.finetuning.patches import label_array, label_values
from VoCoLib.training.finetuning.plan import (
    Plan,
    PlannedCase,
    choose_cases,
    choose_structures,
    label_names,
    move_plan,
    not_contoured,
    read_plan,
    write_plan,
)
from VoCoLib.training.finetuning.recipe import choose_recipe
from VoCoLib.training.finetuning.settings import FinetuningSettings, split_names
from VoCoLib.training.finetuning.task import FinetuningTask, Job, State
from VoCoLib.training.job import TrainingJob
from VoCoLib.training.loop import train
from VoCoLib.training.run import (
    agree,
    new_optimizer,
    prepare_cases,
    run_training,
    start_state,
    write_so_far,
)
from VoCoLib.training.settings import SCRATCH
from VoCoLib.training.start import Start, find_start, name_of

PLAN_FILE, BUNDLE_FOLDER = "plan.json", "bundle"
_DECODER = ("decoder", "out.")  # how the names of what no pre-training makes begin
_ENOUGH = 5  # cases, to tell how many pieces a structure has at most
_SUMMARY = ("steps", "cases", "dice", "dice_by_structure")


def finetune(
    settings: FinetuningSettings, folder: RunFolder, sink: EventSink, resume: bool = False
) -> Path:
    """Runs a fine-tuning to its end, in one process or in each of those that torchrun started.

    Args:
        settings: see FinetuningSettings.
        folder: of the run; its stop file ends the training after the step at hand.
        sink: receives the events of the first process, as the folder does.
        resume: go on with the run that the folder holds, if it holds one.

    Returns:
        the file of the best model, in the folder, beside a MONAI Bundle of it.

    Raises:
        DivergedError: the loss or its gradient is not finite.
        ModelError, WeightsError: the weights to start or to go on from are not there, or unusable.
        VoCoError: as run_training.
    """

    def work(processes: Processes, tell: EventSink, notes: list[Event]) -> Path:
        job = TrainingJob(settings, folder, processes, tell, notes)
        with contextlib.closing(job.pool):
            return _run(job)

    return run_training(settings, folder, sink, resume, work)


def _run(job: Job) -> Path:
    first = job.processes.first
    plan_file = job.folder.path / PLAN_FILE
    begun = job.processes.share(job.folder.checkpoints.latest() is not None)
    start = None if begun else find_start(job.settings.start)
    plan = job.processes.share(_plan(job, plan_file, start) if first else None)
    state = _start(job, plan, start)
    del start  # its weights
    cache = job.open_cache(preparation_of(plan.recipe.preprocessing), plan.names)
    if not begun:
        values: dict[Case, tuple[int, ...]] = {}
        pieces: dict[int, list[int]] = {}

        def look(case: Case, volume: PreparedVolume) -> None:
            values[case] = label_values(volume)
            for value, count in count_pieces(label_array(volume)).items():
                pieces.setdefault(value, []).append(count)

        prepare_cases(job, cache, [case.case for case in plan.training], look)
        settled: Plan | None = None
        with contextlib.suppress(CancelledError):
            settled = _settle(job, _with_pieces(job, plan, pieces), values) if first else None
        plan = agree(job, settled)
    job.log(
        f"Training on {len(plan.training)} cases; {len(plan.validation)} are held back to be "
        f"segmented and scored. Structures: {', '.join(x.name for x in plan.recipe.labels)}."
    )

    def write(weights: Mapping[str, Tensor], step: int, notes: Mapping[str, Any]) -> None:
        path = job.folder.path / MODEL_FILE
        save_checkpoint(path, weights, plan.recipe, _training(job, plan, step, notes))

    job.pool.close()  # all is prepared, and the training needs the memory
    try:
        train(job, state, FinetuningTask(job, plan, cache, write))
    except CancelledError:
        if state.step:
            write_so_far(job, lambda: _write_results(job, plan))
        raise
    return _write_results(job, plan)


def _plan(job: Job, plan_file: Path, start: Start | None) -> Plan:
    """The plan of the run; of a new one it does not tell yet what its cases hold."""
    if start is None:
        return _read_plan(job, plan_file)
    settings = job.settings
    training, validation, unlabelled = choose_cases(settings, job.log)
    named, learned = choose_structures(settings)
    recipe = choose_recipe(settings, start, make_labels(list(learned.values())))
    if settings.mirror:
        _say_what_mirrors(job, recipe.labels)
    for case in unlabelled:
        job.log(f"Left out {case.image}: it has no label map.", "warning")
    absent = not_contoured(settings, [*training, *validation], named, learned)
    learning, scored = (
        tuple(PlannedCase(str(c.image), str(c.label), absent.get(c, ())) for c in cases)
        for cases in (training, validation)
    )
    names = label_names(settings)
    values, licence = tuple(learned), start.licence
    return Plan(recipe, values, names, licence, learning, scored, settings.data)


def _read_plan(job: Job, plan_file: Path) -> Plan:
    """The plan of a run that goes on, whose data set may have been moved."""
    plan, data = read_plan(plan_file), job.settings.data
    if plan.data in ("", data):
        return plan
    moved = move_plan(plan, data)
    count = len(moved.training) + len(moved.validation)
    job.log(f"The data set was moved: the {count} cases of the run are the same in {data}.")
    write_plan(plan_file, moved)
    return moved


def _say_what_mirrors(job: Job, labels: Sequence[Label]) -> None:
    """Says what changes its name in a mirrored patient; raises InputError, see side_pairs."""
    pairs = side_pairs(labels, split_names(job.settings.sideless))
    names = {label.value: label.name for label in labels}
    swapped = "; ".join(f"{names[right]} and {names[left]}" for right, left in pairs)
    kept = [name for value, name in names.items() if value not in {v for p in pairs for v in p}]
    job.log(
        f"In mirrored patients these change names: {swapped or 'none'}. "
        f"Without a counterpart: {', '.join(kept) or 'none'}."
    )


def _settle(job: Job, plan: Plan, values: Mapping[Case, tuple[int, ...]]) -> Plan:
    """The plan with what is in its cases, written; the run keeps it to its end.

    Args:
        job: the run.
        plan: without that.
        values: in the label maps of the cases to train on that can be used.

    Raises:
        InputError: a label map does not fit its image, or holds a value without a name.
        CancelledError: somebody wants the run to stop.
    """
    training = [
        _look_into(plan, case, values[case.case]) for case in plan.training if case.case in values
    ]
    held_back = [case.case for case in plan.validation]
    report = inspect_cases(held_back, job.tell, plan.names, job.folder.stop_wanted)
    for problem in (case.label_problem for case in report.cases if case.label_problem):
        raise InputError(problem, "Correct the label map.")
    for message in report.problems():
        job.log(f"Not scored: {message}", "warning")
    validation = [
        _look_into(plan, case, found.label_values)
        for case, found in zip(plan.validation, report.cases, strict=True)
        if not (found.problem or found.not_ct)
    ]
    for label in plan.recipe.labels:
        _warn_if_rare(job, label.value, label.name, training)
    plan = replace(plan, training=tuple(training), validation=tuple(validation))
    write_plan(job.folder.path / PLAN_FILE, plan)
    return plan


def _with_pieces(job: Job, plan: Plan, pieces: Mapping[int, Sequence[int]]) -> Plan:
    """The plan with the number of pieces of each structure that never has more than a few."""
    known = {
        value: max(counts)
        for value, counts in pieces.items()
        if len(counts) >= _ENOUGH and max(counts) <= MOST_PIECES
    }
    labels = tuple(
        replace(label, pieces=known.get(value))
        for label, value in zip(plan.recipe.labels, plan.values, strict=True)
    )
    counted = [f"{label.name} {label.pieces}" for label in labels if label.pieces]
    if counted:
        job.log(f"Pieces at most, beyond which small islands are removed: {', '.join(counted)}.")
    return replace(plan, recipe=replace(plan.recipe, labels=labels))


def _look_into(plan: Plan, case: PlannedCase, values: Sequence[int]) -> PlannedCase:
    """A case with the classes that it has, from the values in its label map."""
    known = {value for value, _ in plan.names.by_words()}
    for value in values:
        if value and value not in known:
            raise InputError(
                f"{case.label} holds the value {value}, which has no name.",
                "Correct the label map, or name the value in dataset.json.",
            )
    present = [n for n, value in enumerate(plan.values, start=1) if value in values]
    return replace(case, present=tuple(present), content=content_of(case.case))


def _warn_if_rare(job: Job, value: int, name: str, cases: Sequence[PlannedCase]) -> None:
    """Says which structure many patients seem to lack."""
    lacking = [c for c in cases if value not in c.present and value not in c.not_contoured]
    if len(lacking) > 0.2 * len(cases):
        job.log(
            f"{name} has no voxel in {len(lacking)} of {len(cases)} cases, such as "
            f"{lacking[0].label}. Where nobody contoured it, say so (--contoured), or the network "
            "learns that it is not there.",
            "warning",
        )


def _start(job: Job, plan: Plan, start: Start | None) -> State:
    """The state that was last saved, or a new one with the weights to start from."""
    settings, recipe = job.settings, plan.recipe
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        model = FineTuning(recipe, settings.average, settings.recompute)
    if start is not None and start.checkpoint is not None:
        match = initialise(model.student, start.checkpoint)
        model.start_from_student()
        job.log(f"{start.name} ({start.checkpoint.layout}): {match}")
    model.to(job.processes.device)
    optimizer = new_optimizer(job, _groups(model.student, settings.encoder_rate))
    origin = "scratch" if settings.start == SCRATCH else Path(settings.start).name
    state = start_state(job, model, optimizer, f"{recipe.preset} network from {origin}")
    if "memory" in state.notes:  # it ran out before
        model.memory = state.notes["memory"]
    return state


def _groups(network: nn.Module, encoder_rate: float | None) -> list[dict[str, Any]]:
    """What the optimiser learns: all alike, or the encoder with a share of the learning rate."""
    if encoder_rate is None:
        return [{"params": list(network.parameters())}]
    parts: dict[bool, list[nn.Parameter]] = {True: [], False: []}
    for name, parameter in network.named_parameters():
        parts[not name.startswith(_DECODER)].append(parameter)
    return [{"params": parts[True], "share": encoder_rate}, {"params": parts[False]}]


def _write_results(job: Job, plan: Plan) -> Path:
    """Writes the best model and its bundle."""
    path, bundle = job.folder.path / MODEL_FILE, job.folder.path / BUNDLE_FOLDER
    if not job.processes.first:
        return path
    best = job.folder.checkpoints.best()
    checkpoint = best or job.folder.checkpoints.latest()
    assert checkpoint is not None  # that of the last step was written
    content = torch.load(checkpoint, map_location="cpu", weights_only=True)
    prefix = "teacher."
    weights = {
        name.removeprefix(prefix): tensor
        for name, tensor in content["model"].items()
        if name.startswith(prefix)
    }
    training = _training(job, plan, content["step"], content["notes"] if best else {})
    save_checkpoint(path, weights, plan.recipe, training)
    write_bundle(bundle, weights, plan.recipe, training, plan.licence)
    summary = {name: training[name] for name in _SUMMARY if name in training}
    job.tell(event("result", files=[str(path)], bundle=str(bundle), **summary))
    return path


def _training(job: Job, plan: Plan, step: int, notes: Mapping[str, Any]) -> dict[str, Any]:
    """What led to the model of a step; notes: of the run when that was the best."""
    names = ("batch", "accumulate", "learning_rate", "seed")
    return {
        "start": name_of(job.settings.start),
        **{name: getattr(job.settings, name) for name in names},
        "steps": step,
        "cases": len(plan.training),
        "held_back": len(plan.validation),
        **notes.get("best", {}),
    }
