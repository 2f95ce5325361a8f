"""Reads the fields of a worker's request, and writes the arrays that answer it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from VoCoLib.errors import InputError, RequestError
from VoCoLib.files import write_atomically

Request = dict[str, Any]
T = TypeVar("T")


def field(request: Request, name: str, kind: type[T], *default: T | None) -> Any:
    """A field of a request; raises RequestError if it is not of this kind, and none is not enough.

    Args:
        default: what a missing or null field stands for; without it, the field must be there.
    """
    value = request.get(name)
    if value is None and default:
        return default[0]
    if not isinstance(value, kind):
        what = "lacks the field" if value is None else "has a wrong value in the field"
        raise RequestError(f"The request {request['request']!r} {what} {name!r}.")
    return value


def device_field(request: Request) -> str:
    """The device that is wished for, "auto" if none."""
    return str(field(request, "device", str, "auto"))


def affine_field(request: Request) -> NDArray[np.float64]:
    """The 4x4 matrix of a request; raises RequestError if it has none."""
    return numbers(field(request, "affine", list), (4, 4), "affine")


def numbers(value: Any, shape: tuple[int, ...], name: str) -> NDArray[np.float64]:
    """Nested lists as an array; raises RequestError unless it has this shape and is finite."""
    try:
        found = np.array(value, np.float64)
    except (TypeError, ValueError):
        found = np.empty(0)
    if found.shape != shape or not np.isfinite(found).all():
        size = " x ".join(str(n) for n in shape)
        raise RequestError(f"The field {name!r} needs {size} finite numbers.")
    return found


def image_field(request: Request) -> NDArray:
    """The image (X, Y, Z) as a memory map: what is in memory can be dropped at any time.

    Raises:
        RequestError: the field is missing.
        InputError: its file cannot be read, or holds no volume of numbers.
    """
    path = field(request, "image", str)
    try:
        array: NDArray = np.load(path, mmap_mode="r")
    except (OSError, ValueError, EOFError) as error:
        raise InputError(f"The array {path} cannot be read: {error}.") from error
    if array.ndim != 3 or array.dtype.kind not in "iuf":
        raise InputError(
            f"The image has {array.ndim} axes of type {array.dtype}; a CT has three, of numbers."
        )
    return array


def write_array(path: Path, array: NDArray) -> None:
    """Writes a .npy, first axis fastest as in VTK's images, and nothing half-written."""

    def write(temporary: Path) -> None:
        np.save(temporary, np.asfortranarray(array))

    write_atomically(path, write)
