"""The processes of one training under torchrun: who they are, and what they tell each other."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch.distributed import Store, TCPStore  # type: ignore[attr-defined]

from VoCoLib.inference.devices import choose_device

T = TypeVar("T")

# Volumes are prepared while others may wait. A lost process is noticed much earlier: its
# connections close, and torchrun watches it.
_PATIENCE = timedelta(hours=6)
_STARTING = timedelta(minutes=10)  # that a process may start later than another
_ANSWER = timedelta(seconds=5)
_AGAIN_S = 0.1
_PORT = "voco/port"


@dataclass(frozen=True)
class Processes:
    """The processes that train together.

    Attributes:
        rank: number of this one, from 0.
        count: how many they are.
        device: of this one.
    """

    rank: int
    count: int
    device: torch.device

    @property
    def first(self) -> bool:
        """Whether this one writes the run folder."""
        return self.rank == 0

    def share(self, value: T | None) -> T:
        """What the first process gives, in all of them; what the others give does not matter."""
        values: list[Any] = [value]
        if self.count > 1:
            dist.broadcast_object_list(values, device=torch.device("cpu"))
        shared: T = values[0]
        return shared

    def gather(self, value: T) -> list[T]:
        """What each process gives, in the order of their ranks, in all of them."""
        values: list[Any] = [value] * self.count
        if self.count > 1:
            dist.all_gather_object(values, value)
        return values


@contextlib.contextmanager
def join_processes(device: str) -> Iterator[Processes]:
    """The processes that torchrun started with this one; only this one without torchrun.

    Args:
        device: "auto", "cpu", "cuda" or "cuda:N"; of several processes on a machine, each takes a
            GPU of its own.

    Raises:
        InputError: there is no such device here.
    """
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        yield Processes(0, 1, choose_device(device))
        return
    chosen = choose_device(device)
    if chosen.type == "cuda":
        chosen = choose_device(f"cuda:{os.environ.get('LOCAL_RANK', '0')}")
        torch.cuda.set_device(chosen)
    rank = int(os.environ["RANK"])
    dist.init_process_group(
        "gloo" if chosen.type == "cpu" else "cpu:gloo,cuda:nccl",
        store=_new_store(rank),
        rank=rank,
        world_size=count,
        timeout=_PATIENCE,
    )
    yield Processes(rank, count, chosen)
    dist.destroy_process_group()  # not after an error: it would wait for a lost process


def was_restarted() -> bool:
    """Whether torchrun started this process again after one was lost."""
    return int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")) > 0


def _new_store(rank: int) -> Store:
    """A store in the first process, by which the others find each other.

    That of torchrun still holds what processes wrote there before a restart, so that new ones try
    to connect to dead ones (PyTorch issue 167288). Only the place of the new store is told there:
    where that is an old one, nobody answers, and it is read again.
    """
    host, count = os.environ["MASTER_ADDR"], int(os.environ["WORLD_SIZE"])
    common = TCPStore(host, int(os.environ["MASTER_PORT"]), timeout=_STARTING)
    if rank == 0:
        store = TCPStore(host, 0, count, is_master=True, wait_for_workers=False)
        common.set(_PORT, str(store.port))
        return store
    deadline = time.monotonic() + _STARTING.total_seconds()
    while True:
        port, is_late = int(common.get(_PORT)), time.monotonic() > deadline
        if is_late or _answers(host, port):
            try:
                return TCPStore(host, port, count, wait_for_workers=False, timeout=_ANSWER)
            except dist.DistError:
                if is_late:
                    raise
        time.sleep(_AGAIN_S)


def _answers(host: str, port: int) -> bool:
    """Whether a program has this port; a store that nobody has is tried twice for its timeout."""
    try:
        socket.create_connection((host, port), _ANSWER.total_seconds()).close()
    except OSError:
        return False
    return True


def is_lost_process(error: BaseException) -> bool:
    """Whether an error says that another process can no longer be reached."""
    return isinstance(error, dist.DistError) or "gloo" in str(error)
