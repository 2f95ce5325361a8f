"""Timers of the event loop, as presenters need them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Timer:
    """Calls a function some time after start(), once or again and again.

    Args:
        milliseconds: until it is called, and between two calls.
        function: what is called.
        again: until stop() is.
    """

    def __init__(self, milliseconds: int, function: Callable[[], None], again: bool) -> None:
        self._seconds = milliseconds / 1000
        self._function = function
        self._again = again
        self._handle: asyncio.TimerHandle | None = None

    @property
    def waits(self) -> bool:
        """Whether it will call."""
        return self._handle is not None

    def start(self) -> None:
        """Begins, or begins anew."""
        self.stop()
        self._handle = asyncio.get_event_loop().call_later(self._seconds, self._call)

    def stop(self) -> None:
        """Calls no more."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _call(self) -> None:
        self._handle = None
        if self._again:
            self.start()
        self._function()
