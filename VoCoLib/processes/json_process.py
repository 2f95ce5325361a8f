"""A child process that speaks JSON lines: started, read without waiting, ended as a whole tree."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

from VoCoLib.events import Event, event

_LAST_LINES = 200  # a crash in native code prints the stack of every thread


class JsonProcess:
    """A child whose stdout is events and whose stderr is log.

    Args:
        command: the program and its arguments.
        environment: all of its environment variables.
        folder: its working folder.

    Attributes:
        last_lines: the end of what it printed to stderr.

    Raises:
        OSError: it cannot be started.
    """

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], folder: Path
    ) -> None:
        self.last_lines: deque[str] = deque(maxlen=_LAST_LINES)
        self._arrived: SimpleQueue[Event] = SimpleQueue()
        self._process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env=dict(environment),
            encoding="utf-8",
            errors="replace",
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # no console on Windows
        )
        self._readers = [self._read(self._read_events), self._read(self._read_log)]

    def send(self, request: Mapping[str, Any]) -> None:
        """Writes one line of JSON to the child; nothing if it no longer listens."""
        stream = self._process.stdin
        assert stream is not None
        with contextlib.suppress(OSError, ValueError):  # ValueError: the pipe is closed
            stream.write(json.dumps(request) + "\n")
            stream.flush()

    def events(self) -> list[Event]:
        """What has arrived since the last call; never waits."""
        arrived = []
        with contextlib.suppress(Empty):
            while True:
                arrived.append(self._arrived.get_nowait())
        return arrived

    @property
    def exit_code(self) -> int | None:
        """None as long as the child runs; after that, events() has or had all that it said."""
        return None if any(r.is_alive() for r in self._readers) else self._process.poll()

    def cpu_seconds(self) -> float | None:
        """CPU time that the whole tree has used; None if it cannot be known."""
        try:
            import psutil
        except ImportError:
            return None
        try:
            times = [process.cpu_times() for process in process_tree(self._process.pid)]
        except psutil.Error:
            return None
        return float(sum(t.user + t.system for t in times))

    def end(self) -> None:
        """Ends the whole tree at once; does not wait for it."""
        try:
            import psutil
        except ImportError:
            self._process.kill()
        else:
            for process in process_tree(self._process.pid):
                with contextlib.suppress(psutil.Error):
                    process.kill()
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()

    def wait(self, timeout_s: float) -> None:
        """Waits until the child has ended and its pipes are empty, or for timeout_s."""
        for reader in self._readers:
            reader.join(timeout_s)

    def _read(self, target: Callable[[], None]) -> Thread:
        reader = Thread(target=target, daemon=True)
        reader.start()
        return reader

    def _read_events(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._arrived.put(_parse(line))
        self._process.wait()  # here, so that nobody else has to wait for a killed process

    def _read_log(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.last_lines.append(line.rstrip())
            self._arrived.put(event("log", level="output", message=line.rstrip()))


def _parse(line: str) -> Event:
    """The event in a line; what is none is log."""
    with contextlib.suppress(json.JSONDecodeError):
        item = json.loads(line)
        if isinstance(item, dict) and "event" in item:
            return item
    return event("log", level="output", message=line.rstrip())


def process_tree(pid: int) -> list[Any]:
    """The process and all its descendants: the program may be a launcher of the real one."""
    import psutil

    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []
