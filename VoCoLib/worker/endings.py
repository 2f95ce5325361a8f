"""Why a worker ended that nobody asked to, in words that help."""

from __future__ import annotations

import signal
from collections.abc import Sequence

from VoCoLib.errors import (
    OutOfMemoryError,
    VoCoError,
    WorkerCrashedError,
    WorkerKilledError,
    WorkerNotStartedError,
)

_KILLED = (-9, 137)  # by signal 9, directly or under a shell

# What CTK's launcher, which PythonSlicer is, prints when signal or crash ended the real Python;
# its own exit code is 1 then.
_LAUNCHER = "exit abnormally"

_FATAL = ("Fatal Python error", "Windows fatal exception")  # printed unless it was signal 9

_LESS_MEMORY = "Close other programs, choose a region of interest or a smaller model."


def reason_of(code: int, ready: bool, last_lines: Sequence[str]) -> VoCoError:
    """Why a worker ended that nobody asked to."""
    printed = "\n".join(last_lines)
    crashed = any(text in printed for text in _FATAL)
    if code in _KILLED or (_LAUNCHER in printed and not crashed):
        return WorkerKilledError(
            "The background process was ended from outside, probably because memory ran out.",
            _LESS_MEMORY,
        )
    if "bad_alloc" in printed:
        return OutOfMemoryError("The background process ran out of memory.", _LESS_MEMORY)
    how = _exit_text(code)
    if not ready:
        said = f": {last_lines[-1]}" if last_lines else "."
        return WorkerNotStartedError(
            f"The background process could not start ({how}){said}",
            "Install the Python packages again; the log says which one is missing or broken.",
        )
    return WorkerCrashedError(
        f"The background process crashed ({how}).",
        "Try again. If it crashes again, choose the CPU as device, and report the log.",
    )


def _exit_text(code: int) -> str:
    """An exit code in words: "signal SIGSEGV", "exit code 1", "exit code 0xc0000005"."""
    if code < 0:
        return f"signal {signal.Signals(-code).name}"
    return f"exit code {code if code < 256 else hex(code)}"
