"""Functions for the tests of isolated calls, in a module that a child can import."""

from __future__ import annotations

import ctypes
import os
import weakref
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from VoCoLib.errors import InputError
from VoCoLib.images.volumes import Choices, Volume, read_volume

_given: list[weakref.ref] = []


class OddError(Exception):
    """As some libraries have it: what it is made of is not what it keeps."""

    def __init__(self, word: str, number: int) -> None:
        super().__init__(f"{word} {number}")


def double(array: NDArray, wish: str = "") -> tuple[NDArray, int]:
    """Twice the array and the process's number; crashes, fails, prints when wished.

    Or says which of its results it still keeps in memory.
    """
    if wish == "crash":
        ctypes.string_at(0)
    if wish == "fail":
        raise InputError("It is none.", "Take another.")
    if wish == "fail oddly":
        raise OddError("odd", 3)
    if wish == "print":
        os.write(1, b"native code prints\n")
    if wish == "kept":
        return np.array([ref() is not None for ref in _given]), os.getpid()
    result = array * 2
    _given.append(weakref.ref(result))
    return result, os.getpid()


def read_or_crash(path: Path, choices: Choices) -> Volume:
    """read_volume, but for a name at which it crashes as a native reader may."""
    if path.name.startswith("crash"):
        ctypes.string_at(0)
    return read_volume(path, choices)
