"""A file of events, one JSON object a line, that one process appends to and others follow."""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from collections import deque
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import BinaryIO

from VoCoLib.events import Event

_BLOCK = 1 << 16
_WAITING = 100_000  # events kept in memory as long as the disk is full


class EventLog:
    """The appending side. Threads may share it; only one process may have it.

    What a kill left of a line is cut off at the start. As long as the disk is full, events wait in
    memory.

    Raises:
        OSError: the file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[bytes] = deque(maxlen=_WAITING)
        with path.open("ab+") as file:
            self._end = _complete_size(file)
        self._file = path.open("ab", buffering=0)

    def write(self, item: Event) -> None:
        """Appends an event, with "time" (seconds since 1970) added; never fails."""
        line = json.dumps({**item, "time": round(time.time(), 3)}) + "\n"
        with self._lock:
            self._waiting.append(line.encode())
            with contextlib.suppress(OSError):
                while self._waiting:
                    self._append(self._waiting[0])
                    self._waiting.popleft()

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def _append(self, line: bytes) -> None:
        if os.fstat(self._file.fileno()).st_size != self._end:
            self._file.truncate(self._end)  # part of a line, written before the disk was full
        done = 0
        while done < len(line):
            done += self._file.write(line[done:])
        self._end += done


def read_events(path: Path, after: int = 0, most: int = -1) -> tuple[list[Event], int]:
    """The events since a position in the file, for a follower.

    Args:
        path: the file; it need not exist yet.
        after: what the last call returned; 0 for all.
        most: bytes to read at once, more than any line has; -1: to the end.

    Returns:
        the events, and the position after them. A line that is not complete yet is left for the
        next call.
    """
    try:
        with path.open("rb") as file:
            if file.seek(0, os.SEEK_END) < after:  # another file than last time
                after = 0
            file.seek(after)
            data = file.read(most)
    except FileNotFoundError:
        return [], 0
    data = data[: data.rfind(b"\n") + 1]
    items = [_parse(line) for line in data.splitlines()]
    return [item for item in items if item is not None], after + len(data)


def find_events(path: Path, name: str) -> Iterator[Event]:
    """The events of a name, however many others there are: those are not parsed."""
    with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
        for line in file:
            item = _parse(line) if name.encode() in line else None
            if item is not None and item["event"] == name:
                yield item


def last_event(path: Path, names: Collection[str], key: str = "event") -> Event | None:
    """The last event of one of these names with a key; reads backwards: what it costs is the end.

    That is all of a file that has none.
    """
    with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
        end, rest = _complete_size(file), b""
        while end > 0:
            start = max(0, end - _BLOCK)
            file.seek(start)
            first, *lines = (file.read(end - start) + rest).split(b"\n")
            if start == 0:
                lines.insert(0, first)
            for line in reversed(lines):
                item = _parse(line)
                if item is not None and item["event"] in names and key in item:
                    return item
            end, rest = start, first
    return None


def _complete_size(file: BinaryIO) -> int:
    """Bytes up to and including the last end of a line."""
    end = file.seek(0, os.SEEK_END)
    while end > 0:
        start = max(0, end - _BLOCK)
        file.seek(start)
        cut = file.read(end - start).rfind(b"\n")
        if cut >= 0:
            return start + cut + 1
        end = start
    return 0


def _parse(line: bytes) -> Event | None:
    """The event in a line; None if it is none."""
    with contextlib.suppress(ValueError):
        item = json.loads(line)
        if isinstance(item, dict) and "event" in item:
            return item
    return None
