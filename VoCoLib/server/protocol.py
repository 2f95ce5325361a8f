"""What client and server say to each other.

A request is POST SEGMENT with a bearer token. Its body is a line of JSON, see Wish, and the image:
its values, x fastest, compressed with zlib. The answer is a stream of lines of JSON, the events of
VoCoLib.worker.requests. In "result" a list `arrays` ({name, dtype, shape, bytes}) stands for the
paths; their values, made like those of the image, follow that line, one after another. An empty
line says that the server is still there. Whoever closes the connection cancels. What is refused
has a status from 400 on and one line, an "error".
"""

from __future__ import annotations

import json
import math
import zlib
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from VoCoLib.errors import InputError, RequestError

DESCRIBE, SEGMENT = "/v1", "/v1/segment"
PORT = 8422
LONGEST_LINE = 2**16  # bytes of the request's own line
DTYPES = ("uint8", "int16", "uint16", "int32", "float32")
_LEVEL = 1  # of compression: a local network is faster than more of it
_PIECE = 2**20  # bytes


@dataclass(frozen=True)
class Wish:
    """What a client wants.

    Attributes:
        model: an id of the server's catalogue.
        shape, dtype: of the image, (X, Y, Z) and one of DTYPES.
        affine: 4 x 4, index to RAS mm.
        name: of the image, for messages.
        structures: names of those that are wanted; None for all.
        uncertainty: whether that is wanted, too.
    """

    model: str
    shape: tuple[int, int, int]
    dtype: str
    affine: list[list[float]]
    name: str = "The image"
    structures: list[str] | None = None
    uncertainty: bool = False

    @property
    def size(self) -> int:
        """Bytes of the image."""
        return math.prod(self.shape) * np.dtype(self.dtype).itemsize


def read_wish(line: bytes) -> Wish:
    """The wish that a line says.

    Raises:
        RequestError: it says none.
    """
    try:
        found = json.loads(line)
        known = {field.name for field in fields(Wish)}
        wish = Wish(**{name: value for name, value in found.items() if name in known})
        shape = tuple(wish.shape)
        good = len(shape) == 3 and all(type(n) is int and 0 < n <= 100_000 for n in shape)
        texts = [wish.model, wish.dtype, wish.name, *(wish.structures or [])]
        good = good and wish.dtype in DTYPES and all(isinstance(text, str) for text in texts)
        matrix = np.array(wish.affine, float)
        good = good and matrix.shape == (4, 4) and bool(np.isfinite(matrix).all())
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise RequestError(f"The first line is no request: {error}.") from error
    if not good:
        raise RequestError("A field of the request has the wrong type or is out of range.")
    x, y, z = shape
    return replace(wish, shape=(x, y, z))


def packed(array: NDArray[Any]) -> bytes:
    """The values of an array, x fastest, compressed."""
    return zlib.compress(np.ascontiguousarray(array.T).data, _LEVEL)


class Unpacking:
    """Takes compressed values as they come, and never more than were announced.

    Args:
        dtype, shape: of the array.
    """

    def __init__(self, dtype: str, shape: tuple[int, ...]) -> None:
        self._dtype, self._shape = np.dtype(dtype), shape
        self._values = np.empty(math.prod(shape) * self._dtype.itemsize, np.uint8)
        self._filled = 0
        self._stream = zlib.decompressobj()

    def add(self, data: bytes) -> None:
        """Takes some bytes.

        Raises:
            InputError: they are damaged, or more than there should be.
        """
        while data:
            left = len(self._values) - self._filled
            try:
                piece = self._stream.decompress(data, min(_PIECE, left + 1))
            except zlib.error as error:
                raise InputError(f"The values are damaged: {error}.", "Send them again.") from error
            if len(piece) > left or self._stream.unused_data:
                raise InputError("There are more values than the shape says.", "Send as many.")
            self._values[self._filled : self._filled + len(piece)] = np.frombuffer(piece, np.uint8)
            self._filled += len(piece)
            data = self._stream.unconsumed_tail

    def array(self) -> NDArray[Any]:
        """The array, x fastest.

        Raises:
            InputError: values are missing.
        """
        if self._filled < len(self._values) or not self._stream.eof:
            raise InputError("There are fewer values than the shape says.", "Send as many.")
        return self._values.view(self._dtype).reshape(self._shape, order="F")
