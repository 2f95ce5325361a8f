"""The warm worker: a child process that reads requests, runs one at a time, and answers in events.

    python -m VoCoLib.worker.process --folder FOLDER

Requests are JSON lines on stdin: those of VoCoLib.worker.requests with an integer "id",
{"request": "cancel", "id": ...} and {"request": "shutdown"}. Events are JSON lines on stdout:
first "ready" (version, devices), then, each with the "id" of its request, "progress" and "log",
and at the end "result" and "finished", or "error". Everything else that is printed goes to stderr.
When stdin ends, because the parent ended, the worker deletes FOLDER and ends too.
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import gc
import json
import os
import shutil
import signal
import threading
import traceback
from pathlib import Path
from queue import SimpleQueue
from typing import Any, BinaryIO, TextIO

from VoCoLib import __version__
from VoCoLib.errors import CancelledError, OutOfMemoryError, RequestError, VoCoError
from VoCoLib.events import Event, Progress, error_event, event, json_lines
from VoCoLib.files import disk_error
from VoCoLib.processes.own_process import declare_own

_LETTING_GO_S = 2  # Windows deletes a file only when nobody has it open


class Worker:
    """Two threads: the main one runs requests, the other one reads them.

    Args:
        requests: where they come from.
        events: where the answers go.
        folder: deleted at the end.
    """

    def __init__(self, requests: BinaryIO, events: TextIO, folder: Path) -> None:
        self._requests, self._folder = requests, folder
        self._write = json_lines(events)
        self._writing = threading.Lock()
        self._queue: SimpleQueue[dict[str, Any]] = SimpleQueue()
        self._state = threading.Lock()  # guards the next three
        self._open: set[int] = set()  # requests without a final event
        self._current: int | None = None
        self._cancelled = False  # the current one
        self._ready = False
        self._idle = threading.Event()
        self._idle.set()

    def run(self) -> None:
        """Answers requests until the process ends."""
        threading.Thread(target=self._read, daemon=True).start()
        gc.disable()  # it would look through all that is being imported again and again
        from VoCoLib.worker.requests import Requests  # imports torch

        _import_networks(self._stop_if_cancelled)
        requests = Requests()
        gc.freeze()  # what was imported stays: collecting the rest is then quick
        gc.enable()
        self._send(event("ready", version=__version__, devices=_devices()))
        self._ready = True
        while True:
            request = self._queue.get()
            if self._begin(request["id"]):
                final = self._answer(requests, request)
                self._end(request["id"], final)

    def _answer(self, requests: Any, request: dict[str, Any]) -> Event:
        """Runs one request and returns its final event."""

        def sink(item: Event) -> None:
            self._send({**item, "id": request["id"]})

        try:
            requests.run(request, sink, lambda: self._cancelled)
        except VoCoError as error:
            return error_event(error)
        except Exception as error:  # a defect: it is told, logged, and the next request answered
            traceback.print_exc()
            return error_event(_for_people(error))
        return event("finished")

    def _read(self) -> None:
        """Takes requests from stdin until it ends."""
        try:
            for line in self._requests:
                number = None
                try:
                    request = _parse(line)
                    number = request.get("id")
                    self._accept(request)
                except VoCoError as error:
                    self._send({**error_event(error), "id": number})
        finally:
            self._quit()

    def _accept(self, request: dict[str, Any]) -> None:
        kind, number = request.get("request"), request.get("id")
        if kind == "shutdown":
            self._quit()
        elif not isinstance(number, int):
            raise RequestError(f"The request {kind!r} has no integer as 'id'.")
        elif kind == "cancel":
            self._cancel(number)
        else:
            with self._state:
                self._open.add(number)
            if not self._ready:
                Progress(lambda item: self._send({**item, "id": number}), "Starting PyTorch", 1)
            self._queue.put(request)

    def _begin(self, number: int) -> bool:
        """Makes a request the current one; False if it was cancelled while it waited."""
        with self._state:
            if number not in self._open:
                return False
            self._current, self._cancelled = number, False
        self._idle.clear()
        return True

    def _end(self, number: int, final: Event) -> None:
        with self._state:
            self._open.discard(number)
            self._current, self._cancelled = None, False
        gc.collect()  # the image's file must be closed before anybody deletes it
        self._idle.set()
        self._send({**final, "id": number})

    def _cancel(self, number: int) -> None:
        """Stops the current request, or answers for one that waits; ignores any other."""
        with self._state:
            if number == self._current:
                self._cancelled = True
            waits = number in self._open and number != self._current
            if waits:
                self._open.discard(number)
        if waits:
            error = CancelledError("Cancelled before it started.")
            self._send({**error_event(error), "id": number})

    def _stop_if_cancelled(self, *_: object) -> None:
        if self._cancelled:
            raise CancelledError("Cancelled.")

    def _send(self, item: Event) -> None:
        # if the parent is gone, the other thread ends the process
        with self._writing, contextlib.suppress(OSError):
            self._write(item)

    def _quit(self) -> None:
        """Deletes the folder and ends the process at once, whatever it is doing."""
        self._cancelled = True
        shutil.rmtree(self._folder, ignore_errors=True)
        if os.path.exists(self._folder):  # which never raises: its disk may be gone
            self._idle.wait(_LETTING_GO_S)
            shutil.rmtree(self._folder, ignore_errors=True)
        os._exit(0)


def main() -> None:
    """Runs the worker as a program."""
    declare_own()
    _yield_to_others()
    parser = argparse.ArgumentParser(prog="python -m VoCoLib.worker.process")
    parser.add_argument("--folder", type=Path, required=True, help="deleted at the end")
    folder = parser.parse_args().folder
    requests, events = _take_pipes()
    faulthandler.enable()  # a crash in native code says where, in the log
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    try:
        Worker(requests, events, folder).run()
    except Exception:  # what cannot be answered any more; the client sees the end, and says so
        traceback.print_exc()
        os._exit(1)  # the other thread sits in a read, which an orderly end would wait for


def _yield_to_others() -> None:
    """Lowers the priority of this process, so that the application in front of it stays smooth."""
    import psutil

    psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS if os.name == "nt" else 5)


def _take_pipes() -> tuple[BinaryIO, TextIO]:
    """Keeps stdin and stdout for the protocol: native code may print, or look at stdin.

    On Windows a library that asks for the type of stdin while a thread reads it waits for ever.
    """
    requests = os.fdopen(os.dup(0), "rb")
    events = os.fdopen(os.dup(1), "w", encoding="ascii")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return requests, events


def _parse(line: bytes) -> dict[str, Any]:
    try:
        request = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise RequestError(f"A line is no JSON: {error}.") from error
    if not isinstance(request, dict):
        raise RequestError("A request is a JSON object.")
    return request


def _import_networks(before_each_layer: Any) -> None:
    """Imports now what would take seconds in the first request, and makes networks stoppable."""
    import torch

    import VoCoLib.networks.checkpoints  # noqa: F401

    torch.nn.modules.module.register_module_forward_pre_hook(before_each_layer)


def _devices() -> list[dict[str, Any]]:
    """Where a network can run, GPUs first: id, name and bytes of memory."""
    import psutil
    import torch

    gpus = range(torch.cuda.device_count() if torch.cuda.is_available() else 0)
    found = [(f"cuda:{i}", torch.cuda.get_device_properties(i)) for i in gpus]
    cpu = {
        "id": "cpu",
        "name": f"CPU, {os.cpu_count()} cores",
        "memory_bytes": psutil.virtual_memory().total,
    }
    return [
        *({"id": name, "name": p.name, "memory_bytes": p.total_memory} for name, p in found),
        cpu,
    ]


def _for_people(error: Exception) -> VoCoError:
    """The error that reports one that nobody expected."""
    from VoCoLib.inference.devices import is_out_of_memory, out_of_memory_reason

    if is_out_of_memory(error):
        return OutOfMemoryError(
            f"Memory does not suffice: {out_of_memory_reason(error)}.",
            "Close other programs, choose a region of interest or a smaller model.",
        )
    known = disk_error(error) if isinstance(error, OSError) else None
    return known or VoCoError(f"{type(error).__name__}: {error}", "Please report it with the log.")


if __name__ == "__main__":
    main()
