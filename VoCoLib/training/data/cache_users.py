"""Says which prepared volumes living runs use, so that a run makes room only at nobody's cost."""

from __future__ import annotations

import contextlib
import uuid
import weakref
from pathlib import Path

from VoCoLib.files import discard
from VoCoLib.processes.process_file import ProcessFile

OWNER, _LIST, _RESERVATION = ".run", ".uses", ".room"


class CacheUser:
    """One who uses files of a shared folder, until this object or its process is gone.

    Beside the files lie a ProcessFile of each user and a list of what it uses. In a folder that may
    only be read there is neither; nobody can delete anything there.

    Args:
        folder: with the files.

    Attributes:
        reservation: the file that stands for room this user has reserved, see CacheRoom.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: set[str] = set()
        owner = ProcessFile(folder / f"{uuid.uuid4().hex}{OWNER}")
        self._list = owner.path.with_suffix(_LIST)
        self.reservation = owner.path.with_suffix(_RESERVATION)
        with contextlib.suppress(OSError):
            owner.claim()
            weakref.finalize(self, _leave, owner)
        self.used()

    def use(self, name: str) -> None:
        """Has the others leave a file alone."""
        if name not in self._names:
            self._names.add(name)
            with contextlib.suppress(OSError), self._list.open("a", encoding="utf-8") as file:
                file.write(f"{name}\n")

    def used(self) -> set[str]:
        """The names of all files that living users use; what the dead left of theirs goes."""
        names = set(self._names)
        for path in self._folder.glob(f"*{OWNER}"):
            user = ProcessFile(path)
            with contextlib.suppress(OSError):
                if user.alive():
                    names.update(path.with_suffix(_LIST).read_text(encoding="utf-8").split("\n"))
                else:
                    _leave(user)
        return names


def _leave(owner: ProcessFile) -> None:
    """Takes a user away; on Windows, what another process reads is left for the next one."""
    for suffix in (_LIST, _RESERVATION):
        discard(owner.path.with_suffix(suffix))
    owner.release()
