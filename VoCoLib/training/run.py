"""Runs a training in its folder: processes, events, the state to go on from, errors by name."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch.amp.grad_scaler import GradScaler
from torch.optim import Optimizer

from VoCoLib.errors import CancelledError, InputError, OutOfMemoryError, OutputError, VoCoError
from VoCoLib.events import Event, EventSink, event
from VoCoLib.inference.devices import is_out_of_memory, out_of_memory_reason
from VoCoLib.runs.device_queue import DeviceQueue
from VoCoLib.runs.folder import RunFolder
from VoCoLib.training.data.cache import VolumeCache
from VoCoLib.training.data.datasets import Case
from VoCoLib.training.data.prepared import PreparedVolume
from VoCoLib.training.data.preparing import VolumesAhead
from VoCoLib.training.distributed import Processes, is_lost_process, join_processes, was_restarted
from VoCoLib.training.job import TrainingJob
from VoCoLib.training.settings import TrainingSettings
from VoCoLib.training.state import Model, TrainingState, saved_precision
from VoCoLib.training.tensorboard_log import TensorBoardLog
from VoCoLib.training.trackers import tracked

T = TypeVar("T")

Work = Callable[[Processes, EventSink, list[Event]], Path]


class LostProcessError(VoCoError):
    """Another process of a distributed training ended."""

    code = "process_lost"
    exit_code = 11


def run_training(
    settings: TrainingSettings, folder: RunFolder, sink: EventSink, resume: bool, work: Work
) -> Path:
    """Runs a training to its end, in one process or in each of those that torchrun started.

    Args:
        settings: of the run.
        folder: of the run; its stop file ends the training after the step at hand.
        sink: receives the events of the first process, as the folder does.
        resume: go on with the run that the folder holds, if it holds one.
        work: given the processes, tell and notes of a TrainingJob, trains and writes the model.

    Returns:
        what work returns: the file of the model.

    Raises:
        CancelledError: the run was stopped; resumed, it goes on as if it had not been.
        InputError: the data or the settings cannot be used, or are not those of the run.
        OutputError: another run uses the folder, or it cannot be written.
        LostProcessError: another process of the training ended.
        OutOfMemoryError: a step does not fit into memory.
    """
    with join_processes(settings.device) as processes:
        _check(settings, processes)
        if not processes.first:
            notes: list[Event] = []
            with _named_errors(settings, processes):
                return work(processes, _keep(notes), notes)
        longer = ("steps",) if _is_longer(settings, folder) else ()
        may_change = (*settings.MAY_CHANGE, "data", *longer)  # data: whoever reads it compares
        begun = folder.begin(settings.to_json(), resume, may_change, was_restarted())
        with begun as run, _occupied(processes.device):
            sinks: list[EventSink] = [run.write, sink]
            if settings.tensorboard:
                sinks.append(TensorBoardLog(folder.path / "tensorboard"))
            tracking = tracked(settings.tracker, folder.path, settings.to_json(), _tee(sinks))
            with _named_errors(settings, processes), tracking as trackers:
                return work(processes, _tee([*sinks, *trackers]), [])


def _is_longer(settings: TrainingSettings, folder: RunFolder) -> bool:
    """Whether the settings make the run in a folder longer."""
    with contextlib.suppress(InputError):
        planned = folder.config()["steps"]
        return isinstance(planned, int) and settings.steps > planned
    return False


@contextlib.contextmanager
def _occupied(device: torch.device) -> Iterator[None]:
    """Has runs that wait for their turn wait for this one, too, which does not wait itself."""
    queue = DeviceQueue("cpu" if device.type == "cpu" else f"cuda:{device.index or 0}")
    with contextlib.suppress(OutputError):  # a cluster's home may be read-only
        queue.enter()
    try:
        yield
    finally:
        queue.leave()


def new_optimizer(job: TrainingJob[Any], weights: Iterable[Any], **options: Any) -> Optimizer:
    """AdamW of the job's learning rate and weight decay.

    Args:
        job: the run.
        weights: parameters or groups of them, as AdamW takes them.
        options: of AdamW beside those.
    """
    options |= {"lr": job.settings.learning_rate, "weight_decay": job.settings.weight_decay}
    if not job.settings.shard_optimizer or job.processes.count == 1:
        return torch.optim.AdamW(weights, **options)
    from VoCoLib.training.shared_optimizer import SharedAdamW  # a second to import

    optimizer = SharedAdamW(weights, **options)
    every, own = (
        sum(p.numel() for group in groups for p in group["params"])
        for groups in (optimizer.param_groups, optimizer.optim.param_groups)
    )
    job.log(f"The first process keeps the moments of {own:,} of {every:,} parameters.")
    return optimizer


def start_state(
    job: TrainingJob[Any], model: Model, optimizer: Optimizer, description: str
) -> TrainingState[Model]:
    """The state that was last saved, or a new one; tells which.

    Args:
        job: the run.
        model, optimizer: as they are before the first step.
        description: of what is trained, for people.

    Raises:
        InputError: the device cannot compute as the run did so far.
        WeightsError: the checkpoint to go on from is damaged.
    """
    device = job.processes.device
    latest = job.processes.share(job.folder.checkpoints.latest())
    job.settle_precision(saved_precision(latest) if latest else None)
    scaler = GradScaler(device.type, enabled=job.dtype == torch.float16)
    state = TrainingState(model, optimizer, scaler)
    if latest is not None:
        state.load(latest)
        if job.processes.first and state.notes.get("best_step") == state.step:
            _mark_best(job, state.step)  # it was killed before it did that
    state.notes["precision"] = job.precision
    if latest is not None:
        _say_if_longer(job, state)
    state.notes["steps"] = job.settings.steps
    first_step = 0 if latest is None else state.step + 1
    message = f"Going on from step {state.step}" if latest else "Beginning"
    job.tell(event("started", message=f"{message} of {job.settings.steps}", first_step=first_step))
    trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
    job.log(
        f"{description}, {trained / 1e6:.1f} million parameters, "
        f"{str(job.dtype).removeprefix('torch.')}, {job.processes.count} x {device.type}"
    )
    return state


def _say_if_longer(job: TrainingJob[Any], state: TrainingState[Any]) -> None:
    """Settles the schedule of a run that is made longer, and says it."""
    planned, steps = state.notes.get("steps", job.settings.steps), job.settings.steps
    if planned == steps:
        return
    how = f"its learning rate now falls until step {steps}"
    if state.step >= planned:
        # SGDR (Loshchilov & Hutter, ICLR 2017): its end had no rate left to learn with
        state.notes["restart"] = state.step
        how = f"its learning rate rises again from step {state.step} on, and falls until {steps}"
    job.log(f"The run is made longer, from {planned} to {steps} steps: {how}.")


def write_so_far(job: TrainingJob[Any], write: Callable[[], object]) -> None:
    """Writes the model of a run that goes on: without it, the run can do."""
    if job.processes.first:
        try:
            write()
        except OutputError as error:
            job.log(f"{error.message} {error.hint} The training goes on.", "warning")


def _mark_best(job: TrainingJob[Any], step: int) -> None:
    try:
        job.folder.checkpoints.mark_best(step)
    except OSError as error:
        job.log(f"The best checkpoint cannot be marked: {error}. The training goes on.", "warning")


def prepare_cases(
    job: TrainingJob[Any],
    cache: VolumeCache,
    cases: list[Case],
    look: Callable[[Case, PreparedVolume], None] = lambda case, volume: None,
) -> list[Case]:
    """Has all volumes prepared; returns the cases that can be used, in all processes the same.

    The first process decides. The others help: what they have prepared, it finds in the cache.

    Args:
        job: the run.
        cache: where they are kept.
        cases: to prepare.
        look: called in the first process with each volume.

    Raises:
        CancelledError: somebody wants the run to stop; what has been prepared stays.
        InputError: none can be used, or a label map is wrong.
    """
    processes = job.processes
    usable: list[Case] | None = None
    if processes.first:
        ahead = VolumesAhead(cache, job.pool, cases, end=len(cases))
        with contextlib.suppress(CancelledError), contextlib.closing(ahead):
            usable = cache.prepare(cases, job.folder.stop_wanted, look, ahead.get)
    for case in cases[processes.rank :: processes.count] if not processes.first else ():
        if job.folder.stop_requested():  # the first process waits for this one
            break
        with contextlib.suppress(InputError):  # the first process says it
            cache.get(case)
    job.notes.clear()  # the first process has met the same problems
    return agree(job, usable)


def agree(job: TrainingJob[Any], prepared: T | None) -> T:
    """What the first process has prepared before the first step, in all processes.

    Args:
        job: the run.
        prepared: in the first process; None: the run is to stop.

    Raises:
        CancelledError: it is to stop.
    """
    agreed = job.processes.share(prepared)
    if agreed is None:
        raise CancelledError("Stopped while preparing the volumes.", "They are kept. Resume.")
    return agreed


def count_held_back(share: float, volumes: int) -> int:
    """How many volumes to hold back: at least one, and not so many that none is left."""
    return min(max(1, round(share * volumes)), volumes - 1) if share else 0


def _check(settings: TrainingSettings, processes: Processes) -> None:
    """Raises InputError for what only shows where the run is."""
    if settings.batch % processes.count:
        raise InputError(
            f"{processes.count} processes cannot share batches of {settings.batch}.",
            "Choose a batch that is a multiple of their number.",
        )
    if settings.compiled and processes.device.type == "cpu":
        # measured: minutes to compile, then half as fast
        raise InputError("torch.compile does not pay on a CPU.", "Leave --compile out.")


def _keep(notes: list[Event]) -> EventSink:
    """Keeps what the first process does not know by itself."""

    def tell(item: Event) -> None:
        if item.get("level") == "warning" or item["event"] == "replaced":
            notes.append(item)

    return tell


def _tee(sinks: list[EventSink]) -> EventSink:
    def tell(item: Event) -> None:
        for sink in sinks:
            sink(item)

    return tell


@contextlib.contextmanager
def _named_errors(settings: TrainingSettings, processes: Processes) -> Iterator[None]:
    """Says what PyTorch's errors mean."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if is_out_of_memory(error):
            raise OutOfMemoryError(
                f"Memory does not suffice for a step: {out_of_memory_reason(error)}.",
                settings.LESS_MEMORY,
            ) from error
        if processes.count > 1 and is_lost_process(error):
            raise LostProcessError(
                "Another process of the training ended.",
                "Its own message says why. Resume, or let torchrun --max-restarts do so.",
            ) from error
        raise
