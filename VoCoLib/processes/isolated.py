"""Calls a function in a child process, so that a crash in native code is an error of one call.

python -m VoCoLib.processes.isolated MODULE FUNCTION
"""

from __future__ import annotations

import contextlib
import importlib
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from typing import IO, Any, Generic, TypeVar

from VoCoLib.processes.environment import child_environment
from VoCoLib.processes.own_process import declare_own

T = TypeVar("T")

_ENDING_S = 5.0


class ChildDiedError(RuntimeError):
    """The child process ended in the middle of a call: native code crashed, or it was killed."""


class Isolated(Generic[T]):
    """A function whose calls run in one child process, one at a time; it starts with the first.

    Not with multiprocessing, whose children import the main script again, which may have no guard.
    The child ends with this process, whatever ends it.

    Args:
        function: at the top level of a module; arguments, result and errors can be pickled.
    """

    def __init__(self, function: Callable[..., T]) -> None:
        self._function = function
        self._calling = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def __call__(self, *arguments: Any) -> T:
        """The function's result; raises what it raises, or ChildDiedError."""
        with self._calling:
            child = self._running()
            assert child.stdin is not None and child.stdout is not None
            try:
                _write(child.stdin, *_packed(arguments))
                good, answer = _receive(child.stdout)
            except (EOFError, OSError) as error:
                code = self.close()
                raise ChildDiedError(f"its process ended with {code}") from error
            except BaseException:  # Ctrl-C: what it sends now would be taken for the next answer
                child.kill()
                self.close()
                raise
        if good:
            return answer  # type: ignore[no-any-return]
        raise answer

    def close(self) -> int | None:
        """Ends the child, if there is one; its exit code, negative for a signal."""
        child, self._child = self._child, None
        if child is None:
            return None
        for pipe in (child.stdin, child.stdout):
            with contextlib.suppress(OSError):  # what it was not sent, it does not need
                pipe.close()  # type: ignore[union-attr]
        try:
            return child.wait(_ENDING_S)
        except subprocess.TimeoutExpired:
            child.kill()
            return child.wait()

    def kill(self) -> None:
        """Ends the child at once; a call in another thread raises ChildDiedError."""
        child = self._child
        if child is not None:
            child.kill()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is None:
            function = self._function
            self._child = subprocess.Popen(
                [sys.executable, "-m", __name__, function.__module__, function.__qualname__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=child_environment(os.environ),
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        return self._child


def main() -> None:
    """Answers calls until stdin ends."""
    declare_own()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    calls, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # native code may print
    function = getattr(importlib.import_module(sys.argv[1]), sys.argv[2])
    with contextlib.suppress(EOFError, OSError):
        while True:
            _write(answers, *_answer(function, _receive(calls)))


def _answer(
    function: Callable[..., Any], arguments: Sequence[Any]
) -> tuple[bytes, list[pickle.PickleBuffer]]:
    """What goes back; it is held by nobody afterwards: the next call may come in minutes."""
    try:
        return _packed((True, function(*arguments)))
    except Exception as error:  # the caller's to judge
        return _packed((False, _portable(error)))


def _portable(error: Exception) -> Exception:
    """The error, or one that says the same: not each library's errors can be made anew."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # whatever their own code raises
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def _packed(item: Any) -> tuple[bytes, list[pickle.PickleBuffer]]:
    """Arrays stay as they are, not copied into the pickle."""
    buffers: list[pickle.PickleBuffer] = []
    return pickle.dumps(item, protocol=5, buffer_callback=buffers.append), buffers


def _write(pipe: IO[bytes], head: bytes, buffers: Sequence[pickle.PickleBuffer]) -> None:
    pickle.dump((head, [len(buffer.raw()) for buffer in buffers]), pipe)
    for buffer in buffers:
        pipe.write(buffer.raw())
    pipe.flush()


def _receive(pipe: IO[bytes]) -> Any:
    head, sizes = pickle.load(pipe)
    buffers = [bytearray(size) for size in sizes]
    for buffer in buffers:
        rest = memoryview(buffer)
        while rest:
            if not (count := pipe.readinto(rest)):  # type: ignore[attr-defined]
                raise EOFError
            rest = rest[count:]
    return pickle.loads(head, buffers=buffers)


if __name__ == "__main__":
    main()
