"""Drives the worker: queues requests, starts and watches the child process, ends what hangs."""

from __future__ import annotations

import atexit
import contextlib
import itertools
import json
import os
import shutil
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent import futures
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from VoCoLib.errors import (
    CancelledError,
    OutputError,
    VoCoError,
    WorkerHungError,
    WorkerNotStartedError,
)
from VoCoLib.events import Event, error_event, event
from VoCoLib.locations import IMPORT_FOLDER
from VoCoLib.processes.environment import child_environment
from VoCoLib.processes.json_process import JsonProcess
from VoCoLib.worker.endings import reason_of

_OUTPUTS = {
    "segment": ["labels"],
    "positions_map": ["maps", "similarities"],
    "positions_search": ["volume"],
    "positions_compare": ["similarities"],
}
_FINAL = ("finished", "error")
_IDLE_CPU_S = 0.05  # who used less is waiting, not computing
_POLL_S = 0.02


@dataclass(eq=False)
class _Job:
    """One request on its way.

    Attributes:
        files: its arrays.
        saved: done when the files are written.
        sent: the worker has it.
        cancel_by: when the worker is ended if it has not answered to cancel; None: not asked to.
    """

    id: int
    request: dict[str, Any]
    files: list[Path]
    saved: Future[None]
    sent: bool = False
    cancel_by: float | None = None


class WorkerClient:
    """Runs requests one at a time in a child process that stays warm between them.

    All methods are called from one thread. Nothing happens between calls: call poll() regularly
    (a timer of 50 ms, say), or wait().

    Args:
        python: the command of the Python that has torch; this one if None.
        environment: of the child, instead of this process's.
        silence_s: a worker that says nothing for so long, and of that computes nothing for half
            the time, hangs.
        cancel_s: a worker that does not answer to cancel for so long is ended.
        parent: of the private folder with images; the system's for temporary files if None.
    """

    def __init__(
        self,
        python: Sequence[str] | None = None,
        environment: Mapping[str, str] | None = None,
        silence_s: float = 120,
        cancel_s: float = 0.7,
        parent: Path | None = None,
    ) -> None:
        self._python = list(python or [sys.executable])
        self._environment = child_environment(os.environ if environment is None else environment)
        self._silence_s, self._cancel_s = silence_s, cancel_s
        self._folder = Path(tempfile.mkdtemp(prefix="voco-", dir=parent))
        self._ids = itertools.count(1)
        self._queue: deque[_Job] = deque()
        self._running: _Job | None = None
        self._worker: JsonProcess | None = None
        self._starting: Future[JsonProcess] | None = None
        self._pool = ThreadPoolExecutor(2, "voco")  # saves arrays and starts the worker
        self._outbox: list[Event] = []
        self._devices: list[dict[str, Any]] | None = None
        self._ready = False
        self._heard()
        atexit.register(self.close)

    def submit(
        self, request: Mapping[str, Any], arrays: Mapping[str, NDArray] | None = None
    ) -> int:
        """Queues a request; see VoCoLib.worker.requests for what there is.

        Args:
            request: {"request": "segment", ...}, without id; paths in it are absolute.
            arrays: by the name of the field that gets the path. They are written as .npy by
                another thread, so they must not change until the request runs.

        Returns:
            The id that all its events carry. The files that a result names are the
            caller's to delete; close() deletes what is left.
        """
        number = next(self._ids)
        plain: dict[str, Any] = json.loads(json.dumps({**request, "id": number}, default=_plain))
        files: dict[Path, NDArray] = {}
        for key, array in (arrays or {}).items():
            path = self._folder / f"{number}-{key}.npy"
            files[path], plain[key] = array, str(path)
        for output in _OUTPUTS.get(plain.get("request", ""), []):
            plain.setdefault(output, str(self._folder / f"{number}-result-{output}.npy"))
        saved = self._pool.submit(_save_arrays, files)
        self._queue.append(_Job(number, plain, list(files), saved))
        self._advance()
        return number

    def poll(self) -> list[Event]:
        """What has happened since the last call, each event with an "id" (or None); never waits."""
        time.sleep(0.001)  # Slicer's event loop holds Python's lock: lets our threads have it
        self._collect()
        self._advance()
        events, self._outbox = self._outbox, []
        return events

    def wait(
        self,
        request_id: int,
        timeout_s: float | None = None,
        on_event: Callable[[Event], None] | None = None,
    ) -> Event:
        """Polls until a request is done; for scripts.

        Args:
            request_id: what submit returned.
            timeout_s: give up after so long; None never does.
            on_event: gets every event, the final one too; if None, the next poll() does.

        Returns:
            Its final event, "finished" or "error".

        Raises:
            TimeoutError: it is still not done.
            ValueError: it is neither running nor queued.
        """
        start = time.monotonic()
        kept: list[Event] = []
        try:
            while True:
                for item in (events := self.poll()):
                    (on_event or kept.append)(item)
                for item in events:
                    if item["id"] == request_id and item["event"] in _FINAL:
                        return item
                if request_id != self.running and request_id not in self.queued:
                    raise ValueError(f"request {request_id} is neither running nor queued")
                if timeout_s is not None and time.monotonic() - start > timeout_s:
                    raise TimeoutError(f"request {request_id} is not done after {timeout_s} s")
                time.sleep(_POLL_S)
        finally:
            self._outbox = kept + self._outbox

    def cancel(self, request_id: int) -> None:
        """Cancels a queued or running request; its final event has the code "cancelled"."""
        self._collect()
        waiting = next((job for job in self._queue if job.id == request_id), None)
        if waiting is not None:
            self._queue.remove(waiting)
            self._fail(waiting, CancelledError("Cancelled before it started."))
        job = self._running
        if job is None or job.id != request_id or job.cancel_by is not None:
            return
        if job.sent and self._worker is not None:
            self._worker.send({"request": "cancel", "id": request_id})
        if job.sent and self._ready:
            job.cancel_by = time.monotonic() + self._cancel_s
        else:  # a worker that is still starting will leave it out
            self._fail(job, CancelledError("Cancelled before it started."))

    def rest(self) -> None:
        """Ends a worker that has nothing to do: its memory is free. submit() starts another."""
        if self._worker is not None and self._running is None and not self._queue:
            self._worker.end()
            self._worker = None

    @property
    def running(self) -> int | None:
        """The id of the request whose turn it is."""
        return self._running.id if self._running else None

    @property
    def queued(self) -> list[int]:
        """The ids of the requests that wait."""
        return [job.id for job in self._queue]

    @property
    def folder(self) -> Path:
        """Private; close() deletes it."""
        return self._folder

    @property
    def alive(self) -> bool:
        """Whether a worker runs."""
        return self._worker is not None and self._worker.exit_code is None

    @property
    def devices(self) -> list[dict[str, Any]] | None:
        """Where the worker can compute: id, name, memory_bytes; None before it said so."""
        return self._devices

    def close(self) -> None:
        """Ends the worker and deletes the folder; what runs or waits gets no further event."""
        atexit.unregister(self.close)
        self._queue.clear()
        self._running = None
        self._pool.shutdown(cancel_futures=True)
        with contextlib.suppress(OSError, futures.CancelledError):
            self._adopt()
        if self._worker is not None:
            self._worker.end()
            self._worker.wait(2)  # Windows deletes no file that is open
            self._worker = None
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> WorkerClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _advance(self) -> None:
        """Sends the next request, as soon as a worker runs and the request's files are there."""
        if self._running is None and self._queue:
            self._running = self._queue.popleft()
        job = self._running if self._running and not self._running.sent else None
        try:
            self._adopt()
        except OSError as error:
            if job is not None:
                message = f"{self._python[0]} could not be started: {error}."
                self._fail(job, WorkerNotStartedError(message, "Install the extension again."))
            return
        if job is not None and self._worker is None:
            self._starting = self._starting or self._pool.submit(self._start)
        elif job is not None and self._worker is not None and job.saved.done():
            self._send(job, self._worker)

    def _send(self, job: _Job, worker: JsonProcess) -> None:
        problem = job.saved.exception()
        if problem is None:
            worker.send(job.request)
            job.sent = True
            self._heard()
        else:
            message = f"The image could not be written to {self._folder}: {problem}."
            self._fail(job, OutputError(message, "Free some space on that disk."))

    def _start(self) -> JsonProcess:
        command = [*self._python, "-m", "VoCoLib.worker.process", "--folder", str(self._folder)]
        return JsonProcess(command, self._environment, IMPORT_FOLDER)

    def _adopt(self) -> None:
        """Takes over the worker that a thread has started; raises OSError if it could not."""
        if self._starting is not None and self._starting.done():
            starting, self._starting = self._starting, None
            self._ready = False
            self._worker = starting.result()

    def _collect(self) -> None:
        """Takes what the worker said, and ends it if it has ended, hangs or does not cancel."""
        worker = self._worker
        if worker is None:
            return
        code = worker.exit_code
        for item in worker.events():
            self._heard()
            self._take(item)
        job = self._running if self._running and self._running.sent else None
        if code is not None:
            self._worker = None
            reason = reason_of(code, self._ready, worker.last_lines)
            if job is not None and job.cancel_by is not None:
                self._fail(job, CancelledError("Cancelled; the background process has ended."))
            elif job is not None:
                self._fail(job, reason)
            else:
                self._outbox.append({**event("log", message=reason.message), "id": None})
        elif job is not None and job.cancel_by is not None and time.monotonic() > job.cancel_by:
            self._discard(job, CancelledError("Cancelled; the background process was ended."))
        elif job is not None and self._is_hung(worker):
            message = "The background process hangs: it neither answers nor computes."
            hint = "It was ended. Try again; if it hangs again, choose the CPU as device."
            self._discard(job, WorkerHungError(message, hint))

    def _take(self, item: Event) -> None:
        """Passes an event on, unless its request was given up."""
        job = self._running
        number = item.setdefault("id", None)
        if item["event"] == "ready":
            self._ready, self._devices = True, item["devices"]
        if number is None:
            self._outbox.append(item)
        elif job is not None and number == job.id:
            if job.cancel_by is not None and item["event"] == "finished":
                self._fail(job, CancelledError("Cancelled when it was nearly done."))
            elif job.cancel_by is None or item["event"] != "result":
                self._outbox.append(item)
                if item["event"] in _FINAL:
                    self._forget(job)

    def _discard(self, job: _Job, error: VoCoError) -> None:
        """Ends the worker, which runs job, with an error."""
        assert self._worker is not None
        self._worker.end()
        self._worker = None
        self._fail(job, error)

    def _fail(self, job: _Job, error: VoCoError) -> None:
        """Gives a request its final event."""
        self._outbox.append({**error_event(error), "id": job.id})
        self._forget(job)

    def _forget(self, job: _Job) -> None:
        """Frees what a finished request holds."""
        if job is self._running:
            self._running = None
        job.saved.add_done_callback(lambda _: _delete(job.files))

    def _heard(self) -> None:
        """Starts the time of silence anew."""
        self._silent_since = time.monotonic()
        self._sample: tuple[float, float | None] | None = None

    def _is_hung(self, worker: JsonProcess) -> bool:
        now, half = time.monotonic(), self._silence_s / 2
        if self._sample is None and now - self._silent_since > half:
            self._sample = now, worker.cpu_seconds()
        # not measured from _silent_since: nobody may have polled since, or the computer slept
        if self._sample is None or now - self._sample[0] < half:
            return False
        before, used = self._sample[1], worker.cpu_seconds()
        if before is not None and used is not None and used - before < _IDLE_CPU_S:
            return True
        self._heard()
        return False


def _plain(value: Any) -> Any:
    """What json writes for a numpy value or a path."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"a request cannot hold a {type(value).__name__}")


def _save_arrays(files: Mapping[Path, NDArray]) -> None:
    for path, array in files.items():
        path.parent.mkdir(0o700, exist_ok=True)  # temporary folders get cleaned up after days
        np.save(path, array, allow_pickle=False)


def _delete(files: Sequence[Path]) -> None:
    for path in files:
        with contextlib.suppress(OSError):  # close() tries again
            path.unlink(missing_ok=True)
