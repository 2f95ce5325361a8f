"""What only a process of VoCo's own may do (a command, the worker), not one that uses VoCoLib."""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import sys
import threading
from collections.abc import Iterator
from importlib.abc import MetaPathFinder

from VoCoLib.processes.unneeded_compiler import put_off

_own = False


def declare_own() -> None:
    """Called first by each program of this project, before torch is imported."""
    global _own
    _own = True
    # GNU's OpenMP, of PyTorch on Linux, lets threads spin 300 times as long for each other, also
    # for one whose core another program has: a window then took up to 40 times as long
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    gc.set_threshold(10_000)  # 700, the default, costs a sixth of the time that imports take
    atexit.register(gc.freeze)  # else all of it is looked through at the end, which takes 0.3 s
    put_off()


class _Refusal(MetaPathFinder):
    """Says in one thread that packages are not installed."""

    def __init__(self, packages: frozenset[str]) -> None:
        self._packages, self._thread = packages, threading.get_ident()

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> None:
        if fullname.partition(".")[0] in self._packages and threading.get_ident() == self._thread:
            raise ModuleNotFoundError(f"{fullname} is not needed here", name=fullname)


@contextlib.contextmanager
def without_packages(packages: frozenset[str]) -> Iterator[None]:
    """Imports inside it do not find these packages, unless they are imported already.

    In a process of somebody else nothing happens: a module that is imported in here stays without
    them for as long as the process lives.
    """
    if not _own:
        yield
        return
    finder = _Refusal(packages)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
