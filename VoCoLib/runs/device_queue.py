"""A queue for each device of this machine: one training at a time, first come, first served."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

from VoCoLib.errors import OutputError
from VoCoLib.files import reason_of
from VoCoLib.locations import default_home
from VoCoLib.processes.process_file import ProcessFile


class DeviceQueue:
    """The queue of one device; a process that dies loses its place.

    As a context it takes a place, and gives it up at the end.

    Args:
        device: "cpu" or "cuda:N".
        home: folder of all queues; None: that of this user.
    """

    def __init__(self, device: str, home: Path | None = None) -> None:
        name = f"{socket.gethostname()}-{device.replace(':', '-')}"  # a home may be shared
        self._folder = (home or default_home() / "queue") / name
        self._ticket: ProcessFile | None = None

    def __enter__(self) -> DeviceQueue:
        self.enter()
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    def enter(self) -> None:
        """Takes the last place for this process; raises OutputError if that cannot be written."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            while self._ticket is None:
                self._ticket = self._last_place()
        except OSError as error:
            raise OutputError(
                f"The queue {self._folder} cannot be written: {reason_of(error)}.",
                "Check its permissions and free space, or set VOCO_HOME to another folder.",
            ) from error

    def _last_place(self) -> ProcessFile | None:
        """A ticket behind all others; None if another process was quicker."""
        number = max([0, *self._tickets()]) + 1
        ticket = ProcessFile(self._folder / str(number))
        try:
            ticket.claim()
        except OutputError:  # it took the same number
            return None
        if max(self._tickets()) == number:
            return ticket
        ticket.release()
        return None

    def is_first(self) -> bool:
        """Whether it is this process's turn, which lasts until leave() or its death."""
        assert self._ticket is not None
        own = int(self._ticket.path.name)
        for number, ticket in sorted(self._tickets().items()):
            if number < own and ticket.alive():
                return False
            if number < own:
                with contextlib.suppress(OSError):  # Windows: another one looks at it
                    ticket.path.unlink()
        return True

    def leave(self) -> None:
        """Gives the place up."""
        if self._ticket is not None:
            self._ticket.release()
            self._ticket = None

    def _tickets(self) -> dict[int, ProcessFile]:
        """All tickets by number, those of dead processes too."""
        paths = self._folder.iterdir()
        return {int(path.name): ProcessFile(path) for path in paths if path.name.isdigit()}
