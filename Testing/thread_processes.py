"""Threads in the place of the processes of a training, for what they tell each other."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

import torch

from VoCoLib.training.distributed import Processes

T = TypeVar("T")


@dataclass
class Meeting:
    """Where threads exchange values: all give one and get all."""

    count: int
    values: dict[int, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.barrier = threading.Barrier(self.count, timeout=60)

    def exchange(self, rank: int, value: Any) -> list[Any]:
        """The values of all, in the order of their ranks."""
        self.values[rank] = value
        self.barrier.wait()
        found = [self.values[n] for n in range(self.count)]
        self.barrier.wait()
        return found


@dataclass(frozen=True)
class ThreadProcesses(Processes):
    """Processes that are threads of this one."""

    meeting: Meeting

    def share(self, value: Any) -> Any:
        """See Processes."""
        return self.meeting.exchange(self.rank, value)[0]

    def gather(self, value: Any) -> list[Any]:
        """See Processes."""
        return self.meeting.exchange(self.rank, value)


def in_threads(count: int, work: Callable[[Processes], T]) -> list[T]:
    """What work returns in each of so many threads, the ranks of one training."""
    meeting = Meeting(count)
    ranks = [ThreadProcesses(n, count, torch.device("cpu"), meeting) for n in range(count)]
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(work, ranks))
