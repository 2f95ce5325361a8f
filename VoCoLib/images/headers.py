"""Shape and spacing of an image from its first bytes: for an overview of thousands of files."""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Sequence

import numpy as np

from VoCoLib.images.formats import GZIP
from VoCoLib.images.nibabel_parts import MGH, NIFTI1, NIFTI2

Size = tuple[tuple[int, int, int], tuple[float, float, float]]  # voxels, and mm, along the axes

START = 4096  # bytes that suffice
_PACKED, _HEADER = 1024, 600  # of a file packed with gzip: a name may come first
_SIZES = {348: NIFTI1, 540: NIFTI2}
_NUMBER = rb"[-+0-9.eE]+"
_VECTOR = re.compile(rb"\(([^)]*)\)")


def size_in(start: bytes) -> Size | None:
    """Shape and spacing of an image file that starts with these bytes; None if they do not tell.

    What they say is not checked: whoever reads the file does that.
    """
    try:
        if start.startswith(GZIP):
            start = zlib.decompressobj(wbits=31).decompress(start[:_PACKED], _HEADER)
        return _size(start)
    except (ValueError, IndexError, ArithmeticError, zlib.error):
        return None


def _size(start: bytes) -> Size | None:
    if start.startswith(b"NRRD"):
        return _of_nrrd(start.split(b"\n\n")[0])
    for order in ("<", ">"):
        layout = _SIZES.get(int(np.frombuffer(start[:4], f"{order}i4")[0]))
        if layout is not None:
            header = np.frombuffer(start[: layout.itemsize], layout.newbyteorder(order))[0]
            return _three(header["dim"][1:4], header["pixdim"][1:4])
    if start[:4] == b"\x00\x00\x00\x01":
        header = np.frombuffer(start[: MGH.itemsize], MGH)[0]
        return _three(header["dims"][:3], header["delta"])
    if b"DimSize" in start:
        spacing = _field(start, rb"ElementSpacing *=") or _field(start, rb"ElementSize *=")
        return _three(_field(start, rb"DimSize *="), spacing)
    return None


def _of_nrrd(header: bytes) -> Size | None:
    spacing = _field(header, rb"spacings:")
    directions = re.search(rb"^space directions:(.*)$", header, re.MULTILINE)
    if directions:
        axes = [re.findall(_NUMBER, axis) for axis in _VECTOR.findall(directions[1])]
        spacing = [math.hypot(*map(float, axis)) for axis in axes]
    return _three(_field(header, rb"sizes:"), spacing)


def _field(header: bytes, name: bytes) -> list[float]:
    """The numbers that follow a name at the start of a line; none if it is not there."""
    line = re.search(rb"^" + name + rb"(.*)$", header, re.MULTILINE)
    return [float(number) for number in re.findall(_NUMBER, line[1])] if line else []


def _three(shape: Sequence[float], spacing: Sequence[float]) -> Size | None:
    if len(shape) < 3 or len(spacing) < 3:
        return None
    x, y, z = (int(n) for n in shape[:3])
    a, b, c = (abs(float(mm)) for mm in spacing[:3])
    return (x, y, z), (a, b, c)
