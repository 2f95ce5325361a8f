"""Prepares volumes in other processes, ahead of whoever needs them."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError as FutureCancelledError
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial
from queue import Empty, SimpleQueue

import psutil
import torch

from VoCoLib.errors import CancelledError, InputError
from VoCoLib.events import Event, event
from VoCoLib.processes.isolated import ChildDiedError, Isolated
from VoCoLib.training.data.cache import CacheSettings, VolumeCache
from VoCoLib.training.data.datasets import Case
from VoCoLib.training.data.prepared import PreparedVolume, UnusableVolumeError
from VoCoLib.training.data.shard_cache import open_cache

_BYTES_EACH = 3 << 30  # of a process that prepares a long CT, see Docs/scale.md
_WORTH_S = 10.0  # work for less than this is done before other processes have started
_SAMPLE = 64  # places that are looked at to guess how much is missing


@dataclass(frozen=True)
class Prepared:
    """What became of a case in another process.

    Attributes:
        volume: if it could not be kept.
        kept: whether it is in the cache now; without a volume and not kept, there was no room.
        events: what the cache has told there.
    """

    volume: PreparedVolume | None
    kept: bool
    events: list[Event]


class PreparingPool:
    """Processes that prepare volumes; each starts with the first volume that it gets.

    Args:
        processes: how many; 0: none, and nothing may be submitted.
    """

    def __init__(self, processes: int) -> None:
        self.processes = processes
        self.started = self._closed = False
        self._children = [Isolated(prepare_apart) for _ in range(processes)]
        self._idle: SimpleQueue[Isolated[Prepared]] = SimpleQueue()
        for child in self._children:
            self._idle.put(child)
        self._threads = ThreadPoolExecutor(max(1, processes))

    def submit(self, settings: CacheSettings, case: Case, if_room: bool) -> Future[Prepared]:
        """Has a case prepared.

        Args:
            settings: of the cache that keeps it.
            case: to prepare.
            if_room: only if the cache has room; else its volume comes back if there is none.

        Returns:
            its future, which may raise UnusableVolumeError, or InputError for its label map.
        """
        self.started = True
        return self._threads.submit(self._prepare, settings, case, if_room)

    def close(self) -> None:
        """Ends the processes, whatever they are doing."""
        self._closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        busy = set(self._children)
        with contextlib.suppress(Empty):
            while True:
                busy.discard(idle := self._idle.get_nowait())
                idle.close()  # it leaves the cache in order
        for child in busy:
            child.kill()

    def _prepare(self, settings: CacheSettings, case: Case, if_room: bool) -> Prepared:
        child = self._idle.get()
        try:
            if self._closed:
                raise CancelledError("The volumes are not needed any more.")
            return child(settings, case, if_room)
        except ChildDiedError as error:
            raise UnusableVolumeError(
                f"The process that prepared {case.image} ended ({error}): its reader crashed, or "
                "memory ran out."
            ) from error
        finally:
            self._idle.put(child)


def prepare_apart(settings: CacheSettings, case: Case, if_room: bool) -> Prepared:
    """What a process of a PreparingPool does, see there."""
    cache, events = _own_cache(settings)
    events.clear()
    if cache.holds(case):
        cache.use(case)
        return Prepared(None, True, [])
    if if_room and not cache.has_room():
        return Prepared(None, False, [])
    volume = cache.get(case)
    kept = cache.holds(case)
    return Prepared(None if kept else volume, kept, list(events))


@lru_cache(maxsize=1)
def _own_cache(settings: CacheSettings) -> tuple[VolumeCache, list[Event]]:
    """The cache of this process and the list that gets its events."""
    torch.set_num_threads(1)
    nicer = psutil.BELOW_NORMAL_PRIORITY_CLASS if os.name == "nt" else 5
    with contextlib.suppress(psutil.Error):
        psutil.Process().nice(nicer)  # the training goes first
    events: list[Event] = []
    return open_cache(settings, events.append), events


def processes_beside() -> int:
    """How many processes may prepare volumes beside each training process of this machine.

    They give way to the training. On a single core they would gain nothing.
    """
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:
        cores = os.cpu_count() or 1
    trainings = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    fitting = psutil.virtual_memory().available // _BYTES_EACH // trainings
    return min(cores // trainings, fitting) if cores > trainings else 0


class VolumesAhead:
    """The volumes at the places of a sequence, prepared ahead by a pool where that pays.

    As long as the cache has room, all that come are prepared, those that come first first. Later
    only so many ahead as the pool has processes twice; those that cannot be kept wait in memory.

    Args:
        cache: where volumes are kept.
        pool: prepares them; it may be shared, and is not closed.
        cases: that the sequence is made of.
        index_at: number of the case at a place, which are counted from 0.
        end: the place at which the sequence ends; None: never.
    """

    def __init__(
        self,
        cache: VolumeCache,
        pool: PreparingPool,
        cases: Sequence[Case],
        index_at: Callable[[int], int] = lambda place: place,
        end: int | None = None,
    ) -> None:
        self._cache, self._pool, self._cases = cache, pool, cases
        self._index_at, self._end = index_at, end
        self._lock = threading.RLock()
        self._coming: dict[int, tuple[int, Future[Prepared]]] = {}  # by case, with its place
        self._handled = bytearray(len(cases))  # those that are in the cache
        self._failed: dict[int, InputError] = {}
        self._now = self._next = 0
        self._full = self._on = self._closed = False

    def get(self, place: int) -> PreparedVolume:
        """The volume of the case at a place; places only grow.

        Raises:
            UnusableVolumeError, InputError: as VolumeCache.get.
        """
        index = self._index_at(place)
        with self._lock:
            self._now = place
            self._on = self._on or self._pool.started
            self._fill()
            error, coming = self._failed.get(index), self._coming.get(index)
        if error is None and coming is not None:
            volume = self._arriving(index, coming[1])
            if volume is not None:
                return volume
            error = self._failed.get(index)
        if error is not None:
            raise error
        return self._get_here(index)

    def get_case(self, index: int) -> PreparedVolume:
        """The volume of the case with this number, wherever it comes; raises as get."""
        if (error := self._failed.get(index)) is not None:
            raise error
        return self._cache.get(self._cases[index])

    def close(self) -> None:
        """Prepares no more."""
        with self._lock:
            self._closed = True
            for _, future in list(self._coming.values()):
                future.cancel()

    def _arriving(self, index: int, future: Future[Prepared]) -> PreparedVolume | None:
        """Waits for a volume; None if it is in the cache, or failed."""
        try:
            return future.result().volume
        except InputError as error:
            self._failed[index] = error
        except FutureCancelledError:
            pass  # nobody prepares ahead any more
        except Exception as error:  # a defect there; where it is one of the volume, it comes again
            image, reason = self._cases[index].image, f"{type(error).__name__}: {error}"
            message = f"{image} was not prepared ahead ({reason}); it is prepared now."
            self._cache.tell(event("log", level="warning", message=message))
        finally:
            with self._lock:
                self._coming.pop(index, None)
                self._fill()
        return None

    def _get_here(self, index: int) -> PreparedVolume:
        before = self._cache.pace.volumes
        volume = self._cache.get(self._cases[index])
        if self._cache.pace.volumes > before and not self._on:
            with self._lock:
                self._on = self._is_worth_it()
                if self._on:
                    message = f"Processes that prepare volumes ahead: {self._pool.processes}."
                    self._cache.tell(event("log", message=message))
                self._fill()
        return volume

    def _is_worth_it(self) -> bool:
        """Whether what is missing takes longer than to start processes that prepare it."""
        if not self._pool.processes:
            return False
        end = self._last()
        looked_at = range(self._now + 1, min(end, self._now + 1 + _SAMPLE))
        missing = [not self._cache.holds(self._cases[self._index_at(n)]) for n in looked_at]
        left = sum(missing) / max(1, len(missing)) * (end - self._now)
        return left * self._cache.pace.each_s > _WORTH_S

    def _last(self) -> int:
        """The place from which on nothing is prepared: all that can come has come before it."""
        return self._now + len(self._cases) if self._end is None else self._end

    def _fill(self) -> None:
        """Gives the pool its next cases."""
        if not self._on or self._closed:
            return
        ahead = 2 * self._pool.processes
        for index, (place, _) in list(self._coming.items()):
            if place < self._now:  # nobody has asked for it
                del self._coming[index]
        self._next = max(self._next, self._now)
        while len(self._coming) < ahead and self._next < self._last():
            place, far = self._next, self._next > self._now + ahead
            if far and self._full:
                return
            self._next += 1
            index = self._index_at(place)
            if not (self._handled[index] or index in self._coming or index in self._failed):
                self._prepare(place, index, far)

    def _prepare(self, place: int, index: int, far: bool) -> None:
        try:
            future = self._pool.submit(self._cache.settings, self._cases[index], far)
        except RuntimeError:  # the pool was closed
            self._closed = True
            return
        self._coming[index] = place, future
        future.add_done_callback(partial(self._arrived, place, index))

    def _arrived(self, place: int, index: int, future: Future[Prepared]) -> None:
        """Notes what became of a case; called in a thread of the pool."""
        if future.cancelled():
            return
        with self._lock:
            error = future.exception()
            if isinstance(error, InputError):
                self._failed[index] = error
            elif error is None:
                self._note(place, index, future.result())
            waits = error is None and future.result().volume is not None
            if not waits and self._coming.get(index) == (place, future):
                del self._coming[index]
            self._fill()

    def _note(self, place: int, index: int, prepared: Prepared) -> None:
        for item in prepared.events:
            self._cache.tell(item)
        if prepared.kept:
            self._handled[index] = 1
            self._cache.use(self._cases[index])
            return
        self._full = True
        if prepared.volume is None:
            self._next = min(self._next, place)
