"""A VoCo pre-training from its data set to the file of its model, begun anew or resumed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch.amp.grad_scaler import GradScaler

from VoCoLib.cache import UnusableVolumeError
from VoCoLib.checkpoints import save_checkpoint
from VoCoLib.datasets import Case, find_cases
from VoCoLib.distributed import Processes, is_lost_process, join_processes, was_restarted
from VoCoLib.errors import CancelledError, InputError, OutOfMemoryError, VoCoError
from VoCoLib.events import Event, EventSink, event
from VoCoLib.execution import is_out_of_memory, out_of_memory_reason
from VoCoLib.pretraining import VoCoV1, VoCoV2
from VoCoLib.pretraining_batches import HELD_BACK, generator
from VoCoLib.pretraining_job import PretrainingJob
from VoCoLib.pretraining_loop import Pretraining, train
from VoCoLib.pretraining_settings import MAY_CHANGE, PretrainingSettings
from VoCoLib.recipe import Preprocessing, Recipe
from VoCoLib.runs import RunFolder
from VoCoLib.tensorboard_log import TensorBoardLog
from VoCoLib.training_state import TrainingState

MODEL_FILE = "model.safetensors"

_VERSIONS: dict[str, type[VoCoV1] | type[VoCoV2]] = {"v1": VoCoV1, "v2": VoCoV2}
_NOMINAL_SPACING = (1.5, 1.5, 1.5)  # of a recipe whose preparation keeps each image's


class LostProcessError(VoCoError):
    """Another process of a distributed training ended."""

    code = "process_lost"
    exit_code = 11


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
        CancelledError: the run was stopped; resumed, it goes on as if it had not been.
        InputError: the data or the settings cannot be used, or are not those of the run.
        OutputError: another run uses the folder, or it cannot be written.
        DivergedError: the loss or its gradient is not finite.
        LostProcessError: another process of the training ended.
        OutOfMemoryError: a step does not fit into memory.
        WeightsError: the checkpoint to go on from is damaged.
    """
    with join_processes(settings.device) as processes:
        _check(settings, processes)
        if not processes.first:
            notes: list[Event] = []
            with _named_errors(processes):
                return _run(PretrainingJob(settings, folder, processes, _keep(notes), notes))
        with folder.begin(settings.to_json(), resume or was_restarted(), MAY_CHANGE) as run:
            sinks: list[EventSink] = [run.write, sink]
            if settings.tensorboard:
                sinks.append(TensorBoardLog(folder.path / "tensorboard"))
            with _named_errors(processes):
                return _run(PretrainingJob(settings, folder, processes, _tee(sinks), []))


def _check(settings: PretrainingSettings, processes: Processes) -> None:
    """Raises InputError for what only shows where the run is."""
    if settings.batch % processes.count:
        raise InputError(
            f"{processes.count} processes cannot share batches of {settings.batch} volumes.",
            "Choose a batch that is a multiple of their number.",
        )
    if settings.compiled and processes.device.type == "cpu":
        # measured: minutes to compile, then half as fast
        raise InputError("torch.compile does not pay on a CPU.", "Leave --compile out.")


def _keep(notes: list[Event]) -> EventSink:
    """Keeps what the first process does not know by itself."""

    def tell(item: Event) -> None:
        if item.get("level") == "warning":
            notes.append(item)

    return tell


def _tee(sinks: list[EventSink]) -> EventSink:
    def tell(item: Event) -> None:
        for sink in sinks:
            sink(item)

    return tell


@contextlib.contextmanager
def _named_errors(processes: Processes) -> Iterator[None]:
    """Says what PyTorch's errors mean."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if is_out_of_memory(error):
            raise OutOfMemoryError(
                f"Memory does not suffice for a step: {out_of_memory_reason(error)}.",
                "Resume with --chunk 1 --recompute: it takes the least and learns the same.",
            ) from error
        if processes.count > 1 and is_lost_process(error):
            raise LostProcessError(
                "Another process of the training ended.",
                "Its own message says why. Resume, or let torchrun --max-restarts do so.",
            ) from error
        raise


def _run(job: PretrainingJob) -> Path:
    state = _start(job)
    if "volumes" in state.notes:
        _prepare(job, state.notes["volumes"] + state.notes["held_back"])
    else:
        state.notes.update(_choose_volumes(job))
    cases, held_back = (
        [Case(Path(name)) for name in state.notes[group]] for group in ("volumes", "held_back")
    )
    job.log(f"Training on {len(cases)} volumes; {len(held_back)} are held back to be measured.")
    train(job, state, cases, held_back)
    path = job.folder.path / MODEL_FILE
    if job.processes.first:
        _write_model(job, state, path)
        job.tell(event("result", files=[str(path)], **_summary(state)))
    return path


def _start(job: PretrainingJob) -> Pretraining:
    """The state that was last saved, or a new one."""
    settings, device = job.settings, job.processes.device
    # by default a volume at a time: sums in the same order on any number of processes
    chunk = settings.chunk or settings.queries + job.preset.grid.bases
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        model = _VERSIONS[settings.method](
            settings.preset, "current", chunk=chunk, recompute=settings.recompute
        ).to(device)
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(
        trained, settings.learning_rate, weight_decay=settings.weight_decay, amsgrad=True
    )
    scaler = GradScaler(device.type, enabled=job.dtype == torch.float16)
    state: Pretraining = TrainingState(model, optimizer, scaler)
    latest = job.processes.share(job.folder.checkpoints.latest())
    if latest is not None:
        state.load(latest)
    first_step = 0 if latest is None else state.step + 1
    message = f"Going on from step {state.step}" if latest else "Beginning"
    job.tell(event("started", message=f"{message} of {settings.steps}", first_step=first_step))
    job.log(
        f"VoCo {settings.method}, {sum(p.numel() for p in trained) / 1e6:.1f} million parameters, "
        f"{str(job.dtype).removeprefix('torch.')}, {job.processes.count} x {device.type}"
    )
    return state


def _choose_volumes(job: PretrainingJob) -> dict[str, list[str]]:
    """The volumes of a new run, to train on and to hold back; they stay the same to its end."""
    listed: list[str] = []
    if job.processes.first:
        listed = [str(case.image) for case in find_cases(Path(job.settings.data))]
    usable = _prepare(job, job.processes.share(listed))
    order = generator(job.settings.seed, HELD_BACK).permutation(len(usable))
    count = _held_back(job.settings.held_back, len(usable))
    return {
        "held_back": [usable[i] for i in sorted(order[:count])],
        "volumes": [usable[i] for i in sorted(order[count:])],
    }


def _held_back(share: float, volumes: int) -> int:
    """How many volumes to hold back: at least one, and not so many that none is left."""
    return min(max(1, round(share * volumes)), volumes - 1) if share else 0


def _prepare(job: PretrainingJob, images: list[str]) -> list[str]:
    """Has all volumes prepared; returns those that can be used.

    The first process decides. The others help: what they have prepared, it finds in the cache.
    """
    processes, cases = job.processes, [Case(Path(image)) for image in images]
    usable: list[str] | None = None
    if processes.first:
        with contextlib.suppress(CancelledError):
            found = job.cache.prepare(cases, job.folder.stop_requested)
            usable = [str(case.image) for case in found]
    for case in cases[processes.rank :: processes.count] if not processes.first else ():
        with contextlib.suppress(UnusableVolumeError):
            job.cache.get(case)
    job.notes.clear()  # the first process has met the same problems
    agreed: list[str] | None = processes.share(usable)
    if agreed is None:
        raise CancelledError("Stopped while preparing the volumes.", "They are kept. Resume.")
    return agreed


def _write_model(job: PretrainingJob, state: TrainingState, path: Path) -> None:
    """Writes encoder and heads, as `voco models import` and the position view take them."""
    preparation = job.preset.preparation
    preprocessing = Preprocessing(
        preparation.spacing or _NOMINAL_SPACING,
        preparation.hu_window,
        patch=(64, 64, 64),
        foreground_crop=preparation.foreground_above is not None,
    )
    recipe = Recipe("pretraining", job.settings.preset, "current", preprocessing)
    names = ("method", "batch", "queries", "accumulate", "learning_rate", "seed")
    training = {
        "preparation": asdict(preparation),
        "grid": asdict(job.preset.grid),
        **{name: getattr(job.settings, name) for name in names},
        **_summary(state),
    }
    save_checkpoint(path, state.model.state_dict(), recipe, training)


def _summary(state: Pretraining) -> dict[str, Any]:
    """What a run came to."""
    names = ("untrained_position_accuracy", "position_accuracy")
    scores = {name: state.notes[name] for name in names if name in state.notes}
    return {"steps": state.step, "volumes": len(state.notes["volumes"]), **scores}
