"""The batches of a pre-training: which crops of which volumes, as a function of seed and number."""

from __future__ import annotations

from collections.abc import Generator, Sequence
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
from VoCoLib.training.data.cache import PreparedVolume, UnusableVolumeError, VolumeCache
from VoCoLib.training.data.datasets import Case
from VoCoLib.training.distributed import Processes
from VoCoLib.training.random_streams import CROPS, ORDER, generator

Batch = tuple[Tensor, ...]


class BatchSource:
    """Makes the batches of a run.

    Batch n holds the volumes n * size to n * size + size - 1 of an endless sequence, in which each
    epoch has its own order. What is drawn of a volume depends on the seed and these two numbers
    alone: neither on the batches made before nor on the number of processes.

    Args:
        cases: volumes to train on.
        cache: where they come from.
        sampler: draws the crops.
        seed: of the run.
        size: volumes of a batch, over all processes; a multiple of their number.
        dropout: also draw the factors of dropout (v2).
        processes: this process makes its share of each batch.
        sink: told about volumes that got lost.
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
    ) -> None:
        self._cases, self._cache, self._sampler = cases, cache, sampler
        self._seed, self._size, self._dropout = seed, size, dropout
        self._processes, self._sink = processes, sink
        self._lost: set[Case] = set()

    def batch(self, number: int) -> Batch:
        """This process's share of a batch, on its device.

        Returns:
            crops (B, queries + bases, 1, e, e, e), labels (B, queries, bases) and, if wanted, the
            factors of dropout (B, queries + bases).

        Raises:
            InputError: all volumes are lost.
        """
        share = self._size // self._processes.count
        first = self._processes.rank * share
        samples = [self._sample(number, first + index) for index in range(share)]
        return tuple(torch.stack(parts) for parts in zip(*samples, strict=True))

    def stream(self, first: int, last: int) -> Generator[Batch, None, None]:
        """The batches first to last - 1; a thread makes the next while one is in use."""
        return stream(self.batch, first, last)

    def _sample(self, number: int, index: int) -> tuple[Tensor, ...]:
        """The crops, labels and dropout of one volume of a batch."""
        rng = generator(self._seed, CROPS, number, index)
        volume = self._volume(number * self._size + index)
        # on a GPU the part is moved once and then cut and augmented there
        part = random_part(volume, self._sampler.grid.shape, rng).to(self._processes.device)
        crops, labels = self._sampler.draw(part, rng)
        sample = [crops, labels]
        if self._dropout:
            sample.append(draw_dropout(len(crops), rng))
        return tuple(tensor.to(self._processes.device) for tensor in sample)

    def _volume(self, place: int) -> PreparedVolume:
        """The volume at a place of the endless sequence; if that is lost, the next one there."""
        for later in range(len(self._cases)):
            epoch, position = divmod(place + later, len(self._cases))
            case = self._cases[_order(self._seed, epoch, len(self._cases))[position]]
            try:
                return self._cache.get(case)
            except UnusableVolumeError as error:
                self._report(case, error)
        raise InputError("All volumes of the run are lost.", "Bring them back and resume.")

    def _report(self, case: Case, error: UnusableVolumeError) -> None:
        if case not in self._lost:
            self._lost.add(case)
            message = f"{case.image} is lost, others take its place: {error.message}"
            self._sink(event("log", level="warning", message=message))


@lru_cache(maxsize=2)
def _order(seed: int, epoch: int, volumes: int) -> NDArray[np.int64]:
    """Which volume comes at each place of an epoch."""
    return generator(seed, ORDER, epoch).permutation(volumes)
