"""What only a process of VoCo's own may do (a command, the worker), not one that uses VoCoLib."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import sys
import threading
from collections.abc import Iterator
from importlib.abc import MetaPathFinder
from types import ModuleType, SimpleNamespace
from typing import Any

_own = False
_COMPILER = "torch._dynamo"


def declare_own() -> None:
    """Called first by each program of this project, before torch is imported."""
    global _own
    _own = True
    # GNU's OpenMP, of PyTorch on Linux, lets threads spin 300 times as long for each other, also
    # for one whose core another program has: a window then took up to 40 times as long
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    gc.set_threshold(10_000)  # 700, the default, costs a sixth of the time that imports take
    sys.modules.setdefault(_COMPILER, _UnneededCompiler(_COMPILER))


class _UnneededCompiler(ModuleType):
    """Stands for PyTorch's compiler until something is to be compiled.

    Optimisers and checkpointing import it (1.7 s, 70 MB) to tell it what to leave alone, process
    groups look whether it is there. Whatever else is asked of it imports it.
    """

    trace_rules = SimpleNamespace(clear_lru_cache=lambda: None)

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.config = _UnneededSettings(f"{name}.config")

    @staticmethod
    def disable(function: Any, *_: Any, **__: Any) -> Any:
        return function

    @staticmethod
    def graph_break() -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__path__":  # somebody looks through all modules
            raise AttributeError(name)
        return getattr(_compiler(), name)


class _UnneededSettings(ModuleType):
    """Those of the compiler."""

    error_on_nested_fx_trace = True  # what checkpointing asks for, for the compiler alone

    def __getattr__(self, name: str) -> Any:
        return getattr(_compiler().config, name)


def _compiler() -> ModuleType:
    """PyTorch's."""
    if isinstance(sys.modules.get(_COMPILER), _UnneededCompiler):
        del sys.modules[_COMPILER]
    return importlib.import_module(_COMPILER)


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
