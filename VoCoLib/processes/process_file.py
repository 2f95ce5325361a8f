"""A file that says which process works on something, and tells whether that process lives."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
import time
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from VoCoLib.errors import OutputError
from VoCoLib.files import discard
from VoCoLib.processes.json_process import process_tree

if TYPE_CHECKING:  # a new Slicer has no psutil
    import psutil

_BEAT_S = 15.0
_SILENT_S = 120.0  # more than that without a beat: dead, where the process cannot be looked up
_CLOCK_S = 2.0  # how far two readings of a process's start may differ
_LOCK_S = 30.0  # what is done with the lock takes milliseconds
_BUSY_S = (0.02, 0.1, 0.5)  # waits for those who read a file that Windows cannot remove meanwhile


@dataclass(frozen=True)
class Owner:
    """A process: its number, when it started (see _start_of), on which machine.

    boot is the id of that machine's start since which it counts; empty where that is not needed,
    and in files of earlier versions.
    """

    pid: int
    created: float
    host: str
    boot: str = ""


class ProcessFile:
    """The file of one owner, which touches it every 15 s as long as it lives.

    On its own machine an owner is looked up: a dead process, or another one with its number, is
    never taken for it. From another machine (a cluster's shared disk) only the touches count.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._released = threading.Event()

    def claim(self) -> None:
        """Makes this process the owner until release() or its death.

        Raises:
            OutputError: a living process owns the file.
            OSError: the file cannot be written.
        """
        identity = json.dumps(asdict(_identity(os.getpid())))
        while True:
            with contextlib.suppress(FileExistsError):
                self._create(identity)
                break
            text = self._text()
            if self.alive():
                raise _in_use(self.path.parent, _parse(text))
            if self._take_over(text, identity):
                break
        self.keep()

    def assign(self, pid: int) -> None:
        """Makes another process of this machine the owner: one that was just started.

        Raises:
            OSError: the file cannot be written.
        """
        self._replace(json.dumps(asdict(_identity(pid))))

    def keep(self) -> None:
        """Touches the file as its owner, which this process is: itself or behind a launcher."""
        self._released = threading.Event()
        threading.Thread(target=self._beat, args=(self._released,), daemon=True).start()

    def release(self) -> None:
        """Ends this process's ownership.

        Never fails: a file that cannot be deleted, as on a disk that turned read-only, says nothing
        as soon as this process has ended.
        """
        self._released.set()
        for wait_s in _BUSY_S:
            discard(self.path)
            if not os.path.exists(self.path):  # which never raises
                return
            time.sleep(wait_s)
        discard(self.path)

    def owner(self) -> Owner | None:
        """Who is or was the owner; None without a file, or if it says nothing."""
        return _parse(self._text())

    def alive(self) -> bool:
        """Whether the owner lives."""
        try:
            age_s = time.time() - self.path.stat().st_mtime
        except OSError:
            return False
        owner = self.owner()
        if owner is not None and owner.host == socket.gethostname():
            with contextlib.suppress(ImportError):
                return _find(owner) is not None
        return age_s < _SILENT_S

    def kill(self, wait_s: float = 5.0) -> bool:
        """Ends the owner and all its children at once; False if no such process is on this machine.

        Args:
            wait_s: how long to wait until they have ended.

        Raises:
            ImportError: there is no psutil.
        """
        import psutil

        owner = self.owner()
        process = _find(owner) if owner and owner.host == socket.gethostname() else None
        if process is None:
            return False
        tree = process_tree(process.pid)
        for member in tree:
            with contextlib.suppress(psutil.Error):
                member.kill()
        psutil.wait_procs(tree, timeout=wait_s)
        return True

    def _create(self, text: str) -> None:
        """Writes the file whole or not at all; raises FileExistsError if there is one."""
        temporary = self.path.with_name(f"{self.path.name}.{uuid.uuid4().hex}")
        try:
            temporary.write_text(text)
            try:  # an empty file would look alive for a while, so it gets its name with its text
                os.link(temporary, self.path)
            except FileExistsError:
                raise
            except OSError:  # a disk without links
                self.path.touch(exist_ok=False)
                os.replace(temporary, self.path)
        finally:
            discard(temporary)

    def _text(self) -> str:
        try:
            return self.path.read_text(encoding="utf-8")
        except OSError:
            return ""

    def _take_over(self, dead: str, text: str) -> bool:
        """Writes the file if it still is the dead owner's; False if another process was quicker.

        Whoever does this holds a lock of the system, which ends with its process.
        """
        from filelock import FileLock

        lock = FileLock(self.path.with_name(f"{self.path.name}.lock"), timeout=_LOCK_S)
        with contextlib.ExitStack() as held:
            with contextlib.suppress(NotImplementedError):  # some clusters' disks have no locks
                held.enter_context(lock)
            found = self._text() == dead and self.path.exists()
            if found:
                self._replace(text)
            return found

    def _replace(self, text: str) -> None:
        """Writes the file in one step, whether there is one or not."""
        temporary = self.path.with_name(f"{self.path.name}.{uuid.uuid4().hex}")
        try:
            temporary.write_text(text)
            os.replace(temporary, self.path)
        finally:
            discard(temporary)

    def _beat(self, released: threading.Event) -> None:
        while not released.wait(_BEAT_S):
            with contextlib.suppress(OSError):
                os.utime(self.path)


def _identity(pid: int) -> Owner:
    """How a process that lives is known; raises OSError if it has ended."""
    import psutil

    try:
        return Owner(pid, _start_of(psutil.Process(pid)), socket.gethostname(), _boot())
    except psutil.NoSuchProcess as error:
        raise ProcessLookupError(f"There is no process {pid}") from error


def _start_of(process: psutil.Process) -> float:
    """When a process started, as a number that stays the same when the clock is set.

    Linux counts from the boot; others note the time of day, in seconds since 1970.
    """
    import psutil

    return float(process.create_time()) - (psutil.boot_time() if psutil.LINUX else 0.0)


def _boot() -> str:
    """The id of the machine's start since which _start_of counts; empty where it does not."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _parse(text: str) -> Owner | None:
    try:
        return Owner(**json.loads(text))
    except (ValueError, TypeError):
        return None


def _find(owner: Owner) -> psutil.Process | None:
    """The owner's process on this machine; None if it ended."""
    import psutil

    if owner.boot and owner.boot != _boot():
        return None
    try:
        process = psutil.Process(owner.pid)
        starts = (_start_of(process), process.create_time())  # the latter: of earlier versions
        same = any(abs(start - owner.created) < _CLOCK_S for start in starts)
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None


def _in_use(folder: Path, owner: Owner | None) -> OutputError:
    who = f"process {owner.pid} on {owner.host}" if owner else "another process"
    return OutputError(
        f"{folder} is in use: {who} works in it.", "Wait for it, stop it, or use another folder."
    )
