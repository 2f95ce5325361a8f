"""Segments files in several processes, here or on a cluster, through Ray: `pip install ray`."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from VoCoLib.errors import InputError, VoCoError
from VoCoLib.events import Event, EventSink, Progress, error_event, event
from VoCoLib.images.encodings import printable
from VoCoLib.images.volumes import Choices
from VoCoLib.inference.batch import Wishes, is_done, one_of_many, segment_file
from VoCoLib.inference.manifest import Record

if TYPE_CHECKING:
    from VoCoLib.inference.batch import Choose
    from VoCoLib.inference.region import Region


@dataclass(frozen=True)
class Workers:
    """Where inputs are segmented.

    Attributes:
        count: processes, each with a model of its own; 0: one for each GPU, or for each machine.
        address: of a Ray cluster, such as "auto" or "ray://head:10001", whose machines see the same
            files; empty: this machine alone.
    """

    count: int = 0
    address: str = ""


@dataclass(frozen=True)
class Answer:
    """What became of an input: what was told meanwhile, the "result" event or the error."""

    told: list[Event]
    outcome: Event | VoCoError
    seconds: float


class SegmentationWorker:
    """Loads models once, and segments one input after the other.

    Args:
        make: makes what chooses the model.
        threads: of PyTorch; 0: as it likes.
        region, choices, wishes: as segment_file takes them.
    """

    def __init__(
        self,
        make: Callable[[], Choose],
        threads: int,
        region: Region | None,
        choices: Choices,
        wishes: Wishes,
    ) -> None:
        import torch

        if threads:
            torch.set_num_threads(threads)
        self._choose, self._region = make(), region
        self._choices, self._wishes = choices, wishes

    def segment(self, source: Path, target: Path) -> Answer:
        """Segments an input, whatever happens."""
        told: list[Event] = []
        begun = time.monotonic()

        def work(source: Path, target: Path, tell: EventSink) -> None:
            segment_file(
                self._choose,
                source,
                target,
                tell,
                self._region,
                self._choices,
                wishes=self._wishes,
                isolated=True,
            )

        outcome = one_of_many(work, source, target, told.append)
        told = [item for item in told if item["event"] != "progress"]
        return Answer(told, outcome, time.monotonic() - begun)


def segment_on(
    workers: Workers,
    make: Callable[[], Choose],
    pairs: Sequence[tuple[Path, Path]],
    sink: EventSink,
    region: Region | None,
    choices: Choices,
    wishes: Wishes,
    record: Record | None,
) -> list[VoCoError]:
    """As segment_files, by several processes; a process that ends costs the input that it had.

    Args:
        workers: where.
        make: makes what chooses the model, in each process.
        pairs, sink, region, choices, wishes, record: as segment_files takes them.

    Returns:
        the errors, in the order in which inputs were done.

    Raises:
        InputError: Ray is not installed, or the cluster cannot be reached.
        OutputError: the manifest cannot be written.
    """
    left = [pair for pair in pairs if not is_done(pair, wishes, record, sink)]
    errors: list[VoCoError] = []
    if not left:
        return errors
    ray = _start_ray(workers.address)
    progress = Progress(sink, "Segmenting", len(left))
    try:
        parts = (make, region, choices, wishes)
        count, start = _workers_of(ray, workers, len(left), parts, sink)
        for done, (pair, answer) in enumerate(_answers(ray, count, start, left), start=1):
            for item in answer.told:
                sink(item)
            if isinstance(answer.outcome, VoCoError):
                errors.append(answer.outcome)
                sink(error_event(answer.outcome))
            if record is not None:
                record.note(*pair, answer.seconds, answer.outcome)
            progress.update(done)
    finally:
        ray.shutdown()
    return errors


def _start_ray(address: str) -> Any:
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # nothing is sent to anybody
    try:
        import ray
    except ImportError as error:
        raise InputError(
            "Several workers need Ray, which is not installed.", "pip install ray, on each machine."
        ) from error
    try:
        if address:
            ray.init(address, log_to_driver=False)
        else:
            ray.init(include_dashboard=False, log_to_driver=False, _node_ip_address="127.0.0.1")
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        raise InputError(
            f"The Ray cluster {address or 'of this machine'} cannot be reached: {error}.",
            "Look whether it runs: ray status",
        ) from error
    return ray


def _workers_of(
    ray: Any, workers: Workers, inputs: int, arguments: tuple[Any, ...], sink: EventSink
) -> tuple[int, Callable[[], Any]]:
    """How many workers there are to be, and what starts one."""
    resources = ray.cluster_resources()
    gpus, cpus = int(resources.get("GPU", 0)), int(resources.get("CPU", 1))
    machines = sum(node["Alive"] for node in ray.nodes())
    count = min(inputs, workers.count or gpus or machines)
    each = max(1, cpus // max(count, machines))
    share = 1 / -(-count // gpus) if gpus else 0
    what = f"{count} workers, {each} cores" + (f" and {share:g} GPU" if gpus else "") + " each"
    sink(event("log", message=f"Ray has {machines} machine(s): {what}."))
    make, *others = arguments
    actor = ray.remote(SegmentationWorker).options(
        num_cpus=0,  # one that asks for more than a machine has left would never start
        num_gpus=share,
        scheduling_strategy="SPREAD",
    )
    return count, lambda: actor.remote(make, 0 if gpus else each, *others)


def _answers(
    ray: Any, count: int, start: Callable[[], Any], pairs: Sequence[tuple[Path, Path]]
) -> Iterator[tuple[tuple[Path, Path], Answer]]:
    """What becomes of the inputs, as soon as it is known; each worker has one at a time.

    With two, a worker that ends would cost both. Another one takes its place.
    """
    waiting = iter(pairs)
    running: dict[Any, tuple[Any, tuple[Path, Path], float]] = {}

    def give(actor: Any) -> None:
        pair = next(waiting, None)
        if pair is not None:
            running[actor.segment.remote(*pair)] = actor, pair, time.monotonic()

    for _ in range(count):
        give(start())
    while running:
        (ready, *_), _ = ray.wait(list(running))
        actor, pair, begun = running.pop(ready)
        try:
            answer = ray.get(ready)
        except ray.exceptions.RayError as error:
            answer = Answer([], _died(pair[0], error), time.monotonic() - begun)
            actor = start()
        give(actor)
        yield pair, answer


def _died(source: Path, error: Exception) -> VoCoError:
    if isinstance(cause := getattr(error, "cause", None), VoCoError):
        return cause
    reason = str(error).strip().splitlines()[0]
    return VoCoError(
        f"{printable(source)}: its worker ended ({reason}).",
        "It may need more memory than there is. Run the command again with --skip-existing.",
    )
