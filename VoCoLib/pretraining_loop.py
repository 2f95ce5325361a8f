"""The training loop of VoCo: batches, losses, optimiser steps, measures, checkpoints."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Generator, Iterator, Sequence

from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from VoCoLib.cache import UnusableVolumeError
from VoCoLib.crops import random_part
from VoCoLib.datasets import Case
from VoCoLib.errors import CancelledError, OutputError, VoCoError
from VoCoLib.events import EventSink, event
from VoCoLib.position_accuracy import PositionScore, mean_scores, score_positions
from VoCoLib.pretraining import VoCoV1, VoCoV2
from VoCoLib.pretraining_batches import MEASURE, Batch, BatchSource, generator
from VoCoLib.pretraining_job import PretrainingJob
from VoCoLib.schedules import warmup_cosine
from VoCoLib.training_state import TrainingState

Pretraining = TrainingState[VoCoV1 | VoCoV2]

_MEASURED_QUERIES = 8  # of each volume held back
_SMALLEST_SCALE = 1e-4  # of float16 losses; if that is too much, the range is not the cause


class DivergedError(VoCoError):
    """The loss or its gradient is no longer a finite number."""

    code = "diverged"
    exit_code = 10


def train(
    job: PretrainingJob, state: Pretraining, cases: Sequence[Case], held_back: Sequence[Case]
) -> None:
    """Does all steps that are left, with a metric event each.

    Args:
        job: the run.
        state: changed in place, and saved.
        cases, held_back: volumes to train on, and to measure.

    Raises:
        CancelledError: the run was stopped, after a checkpoint was saved.
        DivergedError: the loss or its gradient is not finite.
        InputError: all volumes are lost.
        OutputError: the last checkpoint cannot be written.
    """
    settings = job.settings
    network = _callable_network(job, state.model)
    pace = _Pace(job.tell, state.step, settings.steps)
    with contextlib.closing(_batches(job, cases, state.step)) as batches:
        while True:
            ends = state.step in (0, settings.steps)
            if _is_measure_due(job, state):
                best = measure(job, state, held_back)
                save(job, state, best, must=ends)  # at 0: a full disk is found out before the work
            if state.step == settings.steps:
                return
            start = time.perf_counter()
            metrics = _update(job, state, network, batches)
            state.step += 1
            speed = settings.batch * settings.accumulate / (time.perf_counter() - start)
            job.tell(event("metric", step=state.step, **metrics, samples_per_second=speed))
            pace.update(state.step)
            stop = job.stop_wanted() and state.step < settings.steps
            if stop or (state.step % settings.save_every == 0 and not _is_measure_due(job, state)):
                save(job, state, best=False, must=stop)
            if stop:
                raise CancelledError(f"Stopped after step {state.step}.", "Resume to go on.")


def _is_measure_due(job: PretrainingJob, state: Pretraining) -> bool:
    """Whether to measure: before the first step, after the last, and every so often."""
    wanted = state.step == job.settings.steps or state.step % job.settings.measure_every == 0
    return wanted and state.notes.get("measured") != state.step


def _callable_network(job: PretrainingJob, model: VoCoV1 | VoCoV2) -> nn.Module:
    """The model as the loop calls it: compiled if wanted, gradients shared by all processes."""
    if job.settings.compiled:
        for part in [model.backbone] if isinstance(model, VoCoV2) else model.children():
            part.compile()
    if job.processes.count == 1:
        return model
    return DistributedDataParallel(model)


def _batches(job: PretrainingJob, cases: Sequence[Case], step: int) -> Generator[Batch, None, None]:
    """The batches of all steps that are left."""
    settings = job.settings
    source = BatchSource(
        cases,
        job.cache,
        job.sampler,
        seed=settings.seed,
        size=settings.batch,
        dropout=settings.method == "v2",
        processes=job.processes,
        sink=job.tell,
    )
    return source.stream(step * settings.accumulate, settings.steps * settings.accumulate)


def _update(
    job: PretrainingJob, state: Pretraining, network: nn.Module, batches: Iterator[Batch]
) -> dict[str, float]:
    """One optimiser step; returns its losses, learning rate and gradient norm."""
    settings = job.settings
    rate = warmup_cosine(state.step, settings.learning_rate, settings.warmup, settings.steps)
    for group in state.optimizer.param_groups:
        group["lr"] = rate
    totals: dict[str, float] = {}
    for part in range(settings.accumulate):
        with _gradients_apart(network, part < settings.accumulate - 1):
            with job.autocast():
                losses: dict[str, Tensor] = network(*next(batches))
            state.scaler.scale(losses["total"] / settings.accumulate).backward()
        for name, value in losses.items():
            totals[name] = totals.get(name, 0.0) + value.item() / settings.accumulate
    loss = totals.pop("total")
    if not math.isfinite(loss):
        raise _diverged(job, "loss", loss, state.step + 1)
    norm = _optimise(job, state)
    return {"loss": loss, **totals, "learning_rate": rate, "gradient_norm": norm}


def _gradients_apart(
    network: nn.Module, apart: bool
) -> contextlib.AbstractContextManager[None, bool | None]:
    """Has each process keep its own gradients for now."""
    if apart and isinstance(network, DistributedDataParallel):
        return network.no_sync()
    return contextlib.nullcontext()


def _optimise(job: PretrainingJob, state: Pretraining) -> float:
    """Moves weights and teacher; returns the gradient's norm before it was clipped."""
    model, optimizer, scaler = state.model, state.optimizer, state.scaler
    scaler.unscale_(optimizer)
    limit = job.settings.clip or math.inf
    norm = float(nn.utils.clip_grad_norm_(model.parameters(), limit))
    overflow = not math.isfinite(norm)
    if overflow and (not scaler.is_enabled() or scaler.get_scale() < _SMALLEST_SCALE):
        raise _diverged(job, "gradient", norm, state.step + 1)
    scaler.step(optimizer)  # does nothing after an overflow
    scaler.update()
    optimizer.zero_grad(set_to_none=True)
    if overflow:
        message = f"Step {state.step + 1} changed nothing: its gradient overflowed float16"
        job.log(message, "warning")
        return 0.0
    model.update_teacher()
    return norm


def _diverged(job: PretrainingJob, what: str, value: float, step: int) -> DivergedError:
    latest = job.folder.checkpoints.latest()
    return DivergedError(
        f"The {what} became {value} in step {step}; the last checkpoint is {latest}.",
        "Begin a new run with a lower learning rate, or in float32.",
    )


def measure(job: PretrainingJob, state: Pretraining, held_back: Sequence[Case]) -> bool:
    """Tells how well the network finds queries in the volumes held back.

    Each process measures its share of the volumes. The queries are always the same.

    Returns:
        whether it is better than ever before; False if there is nothing to measure.
    """
    state.notes["measured"] = state.step
    scores: list[PositionScore] = []
    for index in range(job.processes.rank, len(held_back), job.processes.count):
        rng = generator(job.settings.seed, MEASURE, index)
        grid = job.preset.grid
        try:
            volume = job.cache.get(held_back[index])
        except UnusableVolumeError as error:
            job.log(f"{held_back[index].image} is lost, not measured: {error.message}", "warning")
            continue
        part = random_part(volume, grid.shape, rng).to(job.processes.device)
        with job.autocast():
            scores.append(score_positions(state.model, part, grid, _MEASURED_QUERIES, rng))
    scores = [score for share in job.gather(scores) for score in share]
    if not scores:
        return False
    accuracy, distance = mean_scores(scores)
    job.tell(event("metric", step=state.step, position_accuracy=accuracy, position_error=distance))
    state.notes["position_accuracy"] = accuracy
    state.notes.setdefault("untrained_position_accuracy", accuracy)
    best: list[float] = state.notes.get("best", [0.0, -math.inf])
    state.notes["best"] = max(best, [accuracy, -distance])
    return [accuracy, -distance] > best


def save(job: PretrainingJob, state: Pretraining, best: bool, must: bool) -> None:
    """Writes a checkpoint; unless it must, a failure is told and the training goes on."""
    if not job.processes.first:
        return
    try:
        state.save(job.folder.checkpoints, job.settings.keep, best)
    except OutputError as error:
        if must:
            raise
        job.log(f"{error.message} {error.hint} The training goes on.", "warning")


class _Pace:
    """Tells about once a second how far a run is and how long it will take."""

    def __init__(self, sink: EventSink, first: int, total: int) -> None:
        self._sink, self._first, self._total = sink, first, total
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
            event("progress", done=done, total=self._total, eta_s=eta_s, message="Pre-training")
        )
