"""The batches of a pre-training: which crops of which volumes, as a function of seed and number."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from VoCoLib.errors import InputError
from VoCoLib.events import EventSink, event
from VoCoLib.method.crops import CropSampler, random_part
from VoCoLib.method.student_teacher import draw_dropout
from VoCoLib.training.batches import stream
from VoCoLib.training.data.cache import VolumeCache
from VoCoLib.training.data.datasets import Case
from VoCoLib.training.data.prepared import PreparedVolume, UnusableVolumeError
from VoCoLib.training.data.preparing import PreparingPool, VolumesAhead
from VoCoLib.training.distributed import Processes
from VoCoLib.training.random_streams import CROPS, ORDER, generator

Batch = tuple[Tensor, ...]

_GOLDEN = 0.618  # part of an epoch between a lost volume and what takes its place
_NAMED = 100  # lost volumes that are said one by one


class BatchSource:
    """Makes the batches of a run.

    Batch n holds the volumes n * size to n * size + size - 1 of an endless sequence, in which each
    epoch has its own order. What is drawn of a volume depends on the seed and these two numbers
    alone: neither on the batches made before nor on the number of processes.

    A volume that is lost is found out when its turn comes. What takes its place depends on the seed
    and the place alone, too: another volume of the epoch, far from this batch. Each time it is told
    in a "replaced" event, with which steps that are done again do without the same volumes.

    Args:
        cases: volumes to train on.
        cache: where they come from.
        sampler: draws the crops.
        seed: of the run.
        size: volumes of a batch, over all processes; a multiple of their number.
        dropout: also draw the factors of dropout (v2).
        processes: this process makes its share of each batch.
        sink: told about volumes that got lost.
        pool: prepares volumes ahead.
        replaced: at which places which cases, by number, were lost before.
    """

    def __init__(
        self,
        cases: Sequence[Case],
        cache: VolumeCache,
        sampler: CropSampler,
        seed: int,
        size: int,
        dropout: bool,
        processes: Processes,
        sink: EventSink,
        pool: PreparingPool,
        replaced: Mapping[int, Collection[int]],
    ) -> None:
        self._cases, self._sampler = cases, sampler
        self._seed, self._size, self._dropout = seed, size, dropout
        self._processes, self._sink, self._replaced = processes, sink, replaced
        self._share = size // processes.count
        self._ahead = VolumesAhead(cache, pool, cases, self._index_of_own)
        self._lost: set[int] = set()

    def batch(self, number: int) -> Batch:
        """This process's share of a batch, on its device.

        Returns:
            crops (B, queries + bases, 1, e, e, e), labels (B, queries, bases) and, if wanted, the
            factors of dropout (B, queries + bases).

        Raises:
            InputError: all volumes are lost.
        """
        samples = [self._sample(number, index) for index in range(self._share)]
        return tuple(torch.stack(parts) for parts in zip(*samples, strict=True))

    def stream(self, first: int, last: int) -> Generator[Batch, None, None]:
        """The batches first to last - 1; a thread makes the next while one is in use."""
        with (
            contextlib.closing(self._ahead),
            contextlib.closing(stream(self.batch, first, last)) as batches,
        ):
            yield from batches

    def _sample(self, number: int, own: int) -> tuple[Tensor, ...]:
        """The crops, labels and dropout of one volume of this process's share of a batch."""
        index = self._processes.rank * self._share + own
        rng = generator(self._seed, CROPS, number, index)
        volume = self._volume(number * self._size + index, number * self._share + own)
        # on a GPU the part is moved once and then cut and augmented there
        part = random_part(volume, self._sampler.grid.shape, rng).to(self._processes.device)
        crops, labels = self._sampler.draw(part, rng)
        sample = [crops, labels]
        if self._dropout:
            sample.append(draw_dropout(len(crops), rng))
        return tuple(tensor.to(self._processes.device) for tensor in sample)

    def _volume(self, place: int, own: int) -> PreparedVolume:
        """The volume at a place of the endless sequence, which is one of this process's own."""
        lost: list[int] = []
        for index in self._candidates(place):
            if index not in self._lost and index not in self._replaced.get(place, ()):
                try:
                    volume = self._ahead.get_case(index) if lost else self._ahead.get(own)
                except UnusableVolumeError as error:
                    self._report(index, error)
                else:
                    self._record(place, lost, index)
                    return volume
            lost.append(index)
        raise InputError("All volumes of the run are lost.", "Bring them back and resume.")

    def _candidates(self, place: int) -> Iterator[int]:
        """Numbers of the case at a place and of what takes its place, one after the other."""
        count = len(self._cases)
        epoch, position = divmod(place, count)
        order, step = _order(self._seed, epoch, count), _stride(count)
        return (int(order[(position + turn * step) % count]) for turn in range(count))

    def _index_of_own(self, own: int) -> int:
        """Number of the case at one of the places of this process alone."""
        number, index = divmod(own, self._share)
        place = number * self._size + self._processes.rank * self._share + index
        epoch, position = divmod(place, len(self._cases))
        return int(_order(self._seed, epoch, len(self._cases))[position])

    def _report(self, index: int, error: UnusableVolumeError) -> None:
        self._lost.add(index)
        message = f"{self._cases[index].image} is lost, others take its place: {error.message}"
        if len(self._lost) == _NAMED:
            message += " More of them are not said any more."
        if len(self._lost) <= _NAMED:
            self._sink(event("log", level="warning", message=message))

    def _record(self, place: int, lost: Sequence[int], index: int) -> None:
        if lost:
            by = str(self._cases[index].image)
            self._sink(event("replaced", place=place, lost=list(lost), by=by))


def _stride(volumes: int) -> int:
    """A step that leads from any place of an epoch to all others, at first to one far away."""
    step = max(1, round(_GOLDEN * volumes))
    while math.gcd(step, volumes) > 1:
        step += 1
    return step


@lru_cache(maxsize=4)
def _order(seed: int, epoch: int, volumes: int) -> NDArray[np.int64]:
    """Which volume comes at each place of an epoch."""
    return generator(seed, ORDER, epoch).permutation(volumes)
