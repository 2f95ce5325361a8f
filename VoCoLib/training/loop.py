"""The training loop: batches, losses, optimiser steps, measures, checkpoints."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Generator, Iterable, Iterator
from statistics import fmean
from typing import Any, Protocol, cast

from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from VoCoLib.errors import CancelledError, InputError, OutputError, VoCoError
from VoCoLib.events import EventSink, event
from VoCoLib.inference.devices import is_out_of_memory, out_of_memory_reason, release_memory
from VoCoLib.training.job import TrainingJob
from VoCoLib.training.schedules import warmup_cosine
from VoCoLib.training.state import Model, TrainingState

_BEST = ("best", "best_step")  # notes of the best measure: a task's, and when it was
_SMALLEST_SCALE = 1e-4  # of float16 losses; if that is too much, the range is not the cause


class DivergedError(VoCoError):
    """The loss or its gradient is no longer a finite number."""

    code = "diverged"
    exit_code = 10


class Task(Protocol[Model]):
    """What one kind of training brings to the loop.

    Its model maps the tensors of a batch to losses, of which "total" is the one to minimise. It has
    a method update_teacher, which is called after each optimiser step, and use_less_memory, which
    is called when memory ran out in one.

    Attributes:
        title: of the progress, for people.
    """

    title: str

    def batches(self, first: int, last: int) -> Generator[tuple[Tensor, ...], None, None]:
        """The batches first to last - 1, this process's share of each."""

    def measure(self, state: TrainingState[Model]) -> bool:
        """Tells how good the model is; returns whether it is better than ever before.

        Raises:
            CancelledError: somebody wants the run to stop.
        """

    def write_model(self, state: TrainingState[Model], best: bool) -> None:
        """Writes the model so far after a measure, complete, in the first process.

        Args:
            state: that was measured.
            best: whether it is better than ever before.
        """

    def compiled_parts(self, model: Model) -> Iterable[nn.Module]:
        """The parts of the model that torch.compile takes."""


class _Trained(Protocol):
    """What the loop needs of a model beside what all modules have."""

    def update_teacher(self) -> None:
        """Moves the average of the weights."""

    memory: dict[str, Any]  # how it takes as much memory as it does; what a resumed run sets

    def use_less_memory(self) -> str:
        """Computes the same with less memory; says how, or nothing if there is no way."""


def train(
    job: TrainingJob[Any],
    state: TrainingState[Model],
    task: Task[Model],
    last: int | None = None,
) -> None:
    """Does all steps that are left, with a metric event each.

    Args:
        job: the run.
        state: changed in place, and saved.
        task: makes the batches and measures.
        last: step to end at before that of the settings, so that the model may be changed there.

    Raises:
        CancelledError: the run was stopped, after a checkpoint was saved.
        DivergedError: the loss or its gradient is not finite.
        InputError: all volumes are lost.
        OutputError: the last checkpoint cannot be written.
    """
    settings = job.settings
    network = _callable_network(job, state.model, task)
    pace = _Pace(job.tell, task.title, state.step, settings.steps)
    end = settings.steps if last is None else last
    first, after = (step * settings.accumulate for step in (state.step, end))
    with contextlib.closing(task.batches(first, after)) as batches:
        while True:
            if _is_measure_due(job, state):
                _measure(job, state, task)
            if state.step == end:
                return
            start = time.perf_counter()
            try:
                metrics = _update(job, state, network, batches)
            except InputError:  # all volumes are lost; nothing was changed yet
                if not state.is_shared_out:  # the other processes may not know
                    save(job, state, best=False, must=False)
                raise
            state.step += 1
            speed = settings.batch * settings.accumulate / (time.perf_counter() - start)
            job.tell(event("metric", step=state.step, **metrics, samples_per_second=speed))
            pace.update(state.step)
            stop = job.stop_wanted() and state.step < settings.steps
            if stop or (state.step % settings.save_every == 0 and not _is_measure_due(job, state)):
                save(job, state, best=False, must=stop)
            if stop:
                raise CancelledError(f"Stopped after step {state.step}.", "Resume to go on.")


def _is_measure_due(job: TrainingJob[Any], state: TrainingState[Model]) -> bool:
    """Whether to measure: before the first step, after the last, and every so often."""
    wanted = state.step == job.settings.steps or state.step % job.settings.measure_every == 0
    return wanted and state.notes.get("measured") != state.step


def _measure(job: TrainingJob[Any], state: TrainingState[Model], task: Task[Model]) -> None:
    """Measures and saves; a measure that somebody stopped is taken anew when the run goes on."""
    ends = state.step in (0, job.settings.steps)
    before = {name: state.notes[name] for name in _BEST if name in state.notes}
    try:
        best = task.measure(state)
    except CancelledError:
        save(job, state, best=False, must=True)
        raise
    state.notes["measured"] = state.step
    if best:
        state.notes["best_step"] = state.step
    # at 0: a full disk is found out before the work
    saved = job.processes.share(save(job, state, best, must=ends))
    if best and not saved:  # what is not there is not the best: a later one must be able to be
        for name in _BEST:
            state.notes.pop(name, None)
        state.notes.update(before)
    if state.step:
        task.write_model(state, best)


def _callable_network(job: TrainingJob[Any], model: Model, task: Task[Model]) -> nn.Module:
    """The model as the loop calls it: compiled if wanted, gradients shared by all processes."""
    if job.settings.compiled:
        for part in task.compiled_parts(model):
            part.compile()
    if job.processes.count == 1:
        return model
    return DistributedDataParallel(model, gradient_as_bucket_view=True)  # no copy of them


def _update(
    job: TrainingJob[Any],
    state: TrainingState[Model],
    network: nn.Module,
    batches: Iterator[tuple[Tensor, ...]],
) -> dict[str, float]:
    """One optimiser step; returns its losses, learning rate and gradient norm."""
    settings = job.settings
    first = state.notes.get("restart", 0)  # of a run that was made longer
    schedule = (settings.learning_rate, settings.warmup, settings.steps - first)
    rate = warmup_cosine(state.step - first, *schedule)
    for group in state.optimizer.param_groups:
        group["lr"] = rate * group.get("share", 1.0)
    totals = _losses_with_gradients(job, state, network, batches)
    shares = job.gather(totals)
    totals = {name: fmean(share[name] for share in shares) for name in totals}
    loss = totals.pop("total")
    if not math.isfinite(loss):
        raise _diverged(job, state, "loss", loss)
    norm = _optimise(job, state)
    return {"loss": loss, **totals, "learning_rate": rate, "gradient_norm": norm}


def _losses_with_gradients(
    job: TrainingJob[Any],
    state: TrainingState[Model],
    network: nn.Module,
    batches: Iterator[tuple[Tensor, ...]],
) -> dict[str, float]:
    """The mean losses of a step, whose gradients are added up; done with less memory if need be."""
    taken: list[tuple[Tensor, ...]] = []
    found: list[dict[str, float]] = []
    while len(found) < job.settings.accumulate:
        if len(found) == len(taken):
            taken.append(next(batches))
        try:
            found.append(_add_gradients(job, state, network, taken[len(found)], len(found)))
            continue
        except (RuntimeError, MemoryError) as error:
            # the other processes of a training would not know
            if job.processes.count > 1 or not is_out_of_memory(error):
                raise
            failed = error.with_traceback(None)  # it keeps the step's tensors alive
        _save_memory(job, state, failed)
        found.clear()  # all of the step is done anew: half a gradient may have been added
    return {name: fmean(losses[name] for losses in found) for name in found[0]}


def _add_gradients(
    job: TrainingJob[Any],
    state: TrainingState[Model],
    network: nn.Module,
    batch: tuple[Tensor, ...],
    part: int,
) -> dict[str, float]:
    """The losses of one batch of a step, whose gradient is added."""
    accumulate = job.settings.accumulate
    with _gradients_apart(network, part < accumulate - 1):
        with job.autocast():
            losses: dict[str, Tensor] = network(*batch)
        state.scaler.scale(losses["total"] / accumulate).backward()
    return {name: value.item() for name, value in losses.items()}


def _save_memory(job: TrainingJob[Any], state: TrainingState[Model], failed: Exception) -> None:
    """Has the model take less memory from now on; raises what failed if it cannot."""
    state.optimizer.zero_grad(set_to_none=True)
    model = cast(_Trained, state.model)
    how = model.use_less_memory()
    if not how:
        raise failed
    state.notes["memory"] = model.memory  # a resumed run does not run out once more
    release_memory()
    reason = out_of_memory_reason(failed)
    job.log(f"Out of memory ({reason}). The step is repeated with {how}.", "warning")


def _gradients_apart(
    network: nn.Module, apart: bool
) -> contextlib.AbstractContextManager[None, bool | None]:
    """Has each process keep its own gradients for now."""
    if apart and isinstance(network, DistributedDataParallel):
        return network.no_sync()
    return contextlib.nullcontext()


def _optimise(job: TrainingJob[Any], state: TrainingState[Model]) -> float:
    """Moves weights and teacher; returns the gradient's norm before it was clipped."""
    model, optimizer, scaler = state.model, state.optimizer, state.scaler
    scaler.unscale_(optimizer)
    limit = job.settings.clip or math.inf
    norm = float(nn.utils.clip_grad_norm_(model.parameters(), limit))
    overflow = not math.isfinite(norm)
    if overflow and (not scaler.is_enabled() or scaler.get_scale() < _SMALLEST_SCALE):
        raise _diverged(job, state, "gradient", norm)
    scaler.step(optimizer)  # does nothing after an overflow
    scaler.update()
    optimizer.zero_grad(set_to_none=True)
    if overflow:
        message = f"Step {state.step + 1} changed nothing: its gradient overflowed float16"
        job.log(message, "warning")
        return 0.0
    cast(_Trained, model).update_teacher()
    return norm


def _diverged(
    job: TrainingJob[Any], state: TrainingState[Model], what: str, value: float
) -> DivergedError:
    """The error to raise; the weights, which are as they were before the step, are saved."""
    save(job, state, best=False, must=False)
    latest = job.folder.checkpoints.latest()
    return DivergedError(
        f"The {what} became {value} in step {state.step + 1}; the last checkpoint is {latest}.",
        "Begin a new run with a lower learning rate, or in float32.",
    )


def save(job: TrainingJob[Any], state: TrainingState[Model], best: bool, must: bool) -> bool:
    """Writes a checkpoint, in the first process.

    Returns:
        whether it is written; unless it must, a failure is told and the training goes on.
    """
    state.gather()
    if not job.processes.first:
        return True
    try:
        state.save(job.folder.checkpoints, job.settings.keep, best)
    except OutputError as error:
        if must:
            raise
        job.log(f"{error.message} {error.hint} The training goes on.", "warning")
        return False
    return True


class _Pace:
    """Tells about once a second how far a run is and how long it will take."""

    def __init__(self, sink: EventSink, title: str, first: int, total: int) -> None:
        self._sink, self._title, self._first, self._total = sink, title, first, total
        self._start = self._told = time.monotonic()
        self._tell(first, None)

    def update(self, done: int) -> None:
        """Takes the number of steps done; those of earlier processes say nothing of the pace."""
        now = time.monotonic()
        if now - self._told > 1 or done == self._total:
            self._told = now
            step_s = (now - self._start) / (done - self._first)
            self._tell(done, round(step_s * (self._total - done), 1))

    def _tell(self, done: int, eta_s: float | None) -> None:
        self._sink(
            event("progress", done=done, total=self._total, eta_s=eta_s, message=self._title)
        )
