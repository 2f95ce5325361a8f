"""Stands for PyTorch's compiler until something is to be compiled: it takes 1.7 s and 70 MB.

Optimisers and checkpointing import it to tell it what to leave alone, process groups look whether
it is there. Whatever else is asked of it imports it.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

_NAME = "torch._dynamo"


def put_off() -> None:
    """Has the compiler wait, unless it is there already; before torch is imported."""
    if _NAME not in sys.modules:
        sys.modules[_NAME] = _StandIn()
        sys.meta_path.insert(0, _Parts())


class _StandIn(ModuleType):
    """What is asked of a compiler that compiles nothing."""

    def __init__(self) -> None:
        super().__init__(_NAME)
        self.__spec__ = ModuleSpec(_NAME, None)
        self.__path__: list[str] = []
        self.config = _StandInPart("config", error_on_nested_fx_trace=True)
        self.trace_rules = _StandInPart("trace_rules", clear_lru_cache=lambda: None)
        # its default; what may be compiled in a network that processes share is so before this
        self.utils = _StandInPart("utils", get_optimize_ddp_mode=lambda: "ddp_optimizer")

    @staticmethod
    def disable(function: Any, *_: Any, **__: Any) -> Any:
        return function

    @staticmethod
    def graph_break() -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # somebody looks through all modules
            raise AttributeError(name)
        return getattr(_compiler(), name)


class _StandInPart(ModuleType):
    """The same of a module in it."""

    def __init__(self, part: str, **known: Any) -> None:
        super().__init__(f"{_NAME}.{part}")
        self.__dict__.update(known)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(_part(self.__name__), name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(_part(self.__name__), name, value)


class _Parts(MetaPathFinder, Loader):
    """Imports the whole compiler where a part of it is imported first."""

    def __init__(self) -> None:
        self._own: dict[str, ModuleSpec | None] = {}

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        waits = isinstance(sys.modules.get(_NAME), _StandIn)
        return ModuleSpec(fullname, self) if waits and fullname.startswith(f"{_NAME}.") else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = _part(spec.name)
        self._own[spec.name] = getattr(module, "__spec__", None)
        return module

    def exec_module(self, module: ModuleType) -> None:
        """It is whole already, and gets back what says where it is from."""
        with contextlib.suppress(AttributeError):  # settings have none
            module.__spec__ = self._own.pop(module.__name__)


def _compiler() -> ModuleType:
    """PyTorch's."""
    if isinstance(sys.modules.get(_NAME), _StandIn):
        del sys.modules[_NAME]
    return importlib.import_module(_NAME)


def _part(name: str) -> ModuleType:
    _compiler()
    return importlib.import_module(name)
