"""Processes that have begun alike: one Python imports, and is split for each code that is to run.

Where there is no fork, each begins by itself.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import uuid
from pathlib import Path
from typing import IO

_SPLITTING = """
import json, os, sys, traceback
for line in sys.stdin:
    order = json.loads(line)
    if "wait" in order:
        print(os.waitstatus_to_exitcode(os.waitpid(order["wait"], 0)[1]), flush=True)
    elif number := os.fork():
        print(number, flush=True)
    else:
        status = 1
        try:
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(os.open(order["out"], os.O_WRONLY), 1)
            exec(order["code"], {"__name__": "__main__"})
            sys.stdout.flush()
            status = 0
        except BaseException:
            traceback.print_exc()
        os._exit(status)
"""


class Split:
    """One process that runs a code; as much of subprocess.Popen as tests need."""

    def __init__(self, parent: SplitProcess, pid: int, stdout: IO[str]) -> None:
        self._parent, self.pid, self.stdout = parent, pid, stdout
        self.returncode: int | None = None

    def kill(self) -> None:
        """Ends it at once, unless it has ended."""
        if self.returncode is None:  # else its number may be another's
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, 9)

    def wait(self) -> int:
        """The exit code, as soon as it has ended."""
        if self.returncode is None:
            self.returncode = self._parent.ask(wait=self.pid)
        return self.returncode

    def communicate(self) -> tuple[str, None]:
        """What it has printed until its end."""
        said = self.stdout.read()
        self.wait()
        return said, None


class SplitProcess:
    """A Python that has run a code, of which others are split; a context that ends it.

    Args:
        begun: what all have done at their start, such as imports.
        folder: for its pipes.
    """

    def __init__(self, begun: str, folder: Path) -> None:
        self._begun, self._folder = begun, folder
        self._child: subprocess.Popen[str] | None = None

    def __enter__(self) -> SplitProcess:
        return self

    def __exit__(self, *_: object) -> None:
        if self._child is not None:
            self._child.communicate()

    def start(self, code: str) -> Split | subprocess.Popen[str]:
        """Runs a code in a process of its own, whose stdout is to be read."""
        if not hasattr(os, "fork"):
            return self._python(self._begun + code)
        self._child = self._child or self._python(self._begun + _SPLITTING)
        pipe = self._folder / uuid.uuid4().hex
        os.mkfifo(pipe)
        pid = self.ask(code=code, out=str(pipe))
        return Split(self, pid, pipe.open(encoding="utf-8"))

    def ask(self, **order: object) -> int:
        """What the first process answers."""
        assert self._child is not None and self._child.stdin and self._child.stdout
        print(json.dumps(order), file=self._child.stdin, flush=True)
        return int(self._child.stdout.readline())

    @staticmethod
    def _python(code: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-X", "utf8", "-c", code]
        pipes = subprocess.PIPE
        return subprocess.Popen(command, stdin=pipes, stdout=pipes, encoding="utf-8")
