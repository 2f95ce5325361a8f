"""The events that workers, jobs and the command line speak: one JSON object a line."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, Literal, TextIO

from VoCoLib.errors import VoCoError

EventName = Literal[
    "ready",
    "started",
    "progress",
    "metric",
    "log",
    "replaced",  # volumes of a training that were lost, and what took their place
    "result",
    "error",
    "finished",
]
Event = dict[str, Any]
EventSink = Callable[[Event], None]


def event(name: EventName, **values: Any) -> Event:
    """One event: {"event": name, **values}."""
    return {"event": name, **values}


def error_event(error: VoCoError) -> Event:
    """The event of an error: code, message, hint."""
    return event("error", code=error.code, message=error.message, hint=error.hint)


def json_lines(stream: TextIO) -> EventSink:
    """A sink that writes each event as one flushed line of JSON, in ASCII, to stream."""

    def write(item: Event) -> None:
        stream.write(json.dumps(item) + "\n")
        stream.flush()

    return write


class Progress:
    """Turns (done, total) of one stage into progress events with the remaining seconds.

    Args:
        sink: receives them.
        message: of the stage.
        total: steps.
        done: of these, before now.
    """

    def __init__(self, sink: EventSink, message: str, total: int, done: int = 0) -> None:
        self._sink, self._message, self._total, self._before = sink, message, total, done
        self._start = time.monotonic()
        self.update(done)

    def update(self, done: int) -> None:
        """Sends the event of done steps out of total; eta_s is None before the first step."""
        elapsed = time.monotonic() - self._start
        new = done - self._before
        eta = elapsed / new * (self._total - done) if new else None
        self._sink(
            event(
                "progress",
                done=done,
                total=self._total,
                eta_s=None if eta is None else round(eta, 1),
                message=self._message,
            )
        )
