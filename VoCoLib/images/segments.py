"""Reads what the header of a NRRD file says of its segments, and the layers that they are in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from VoCoLib.errors import InputError
from VoCoLib.images.checks import (
    CHECK_EXPORT,
    NOT_AN_IMAGE,
    TRUNCATED,
    check_affine,
    check_shape,
    reading,
)
from VoCoLib.images.itk import pixels, ras_affine

_KEY = re.compile(r"Segment(\d+)_(Name|LabelValue|Layer|Tags):=(.*)")
_TERMINOLOGY = re.compile(r"TerminologyEntry:([^|]*)")
_LONGEST_LINE = 1 << 20


@dataclass(frozen=True)
class Segment:
    """One segment as Slicer's header describes it.

    Attributes:
        name: as people see it.
        value, layer: which voxels are in it.
        code: the values of the codes of its type and modifier, "" for none; ("", "") without any.
    """

    name: str
    value: int
    layer: int
    code: tuple[str, str]


def read_segments(path: Path) -> tuple[Segment, ...]:
    """The segments that a .seg.nrrd, .nrrd or .nhdr file names; none for any other.

    Raises:
        InputError: the file cannot be read, or contradicts itself.
    """
    if not path.name.lower().endswith((".nrrd", ".nhdr")):
        return ()
    keys: dict[int, dict[str, str]] = {}
    with reading(path, NOT_AN_IMAGE):
        for line in _header(path):
            if found := _KEY.fullmatch(line):
                keys.setdefault(int(found[1]), {})[found[2]] = found[3].strip()
        # before Slicer 4.11 each segment had a layer of its own, in which its value was 1
        segments = tuple(_segment(index, keys[index]) for index in sorted(keys))
    if len({(segment.layer, segment.value) for segment in segments}) < len(segments):
        raise InputError(f"{path.name} gives two of its segments the same voxels.", CHECK_EXPORT)
    return segments


def _header(path: Path) -> list[str]:
    """The lines of a NRRD header."""
    lines: list[str] = []
    with path.open("rb") as file:
        if file.read(4) == b"NRRD":
            while line := file.readline(_LONGEST_LINE).strip():
                lines.append(_text(line))
    return lines


def _text(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("latin-1")


def _segment(index: int, keys: dict[str, str]) -> Segment:
    entry = _TERMINOLOGY.search(keys.get("Tags", ""))
    parts = [part.split("^") for part in entry[1].split("~")] if entry else []
    kind, modifier = (
        parts[n][1].strip() if len(parts) > n and len(parts[n]) > 1 else "" for n in (2, 3)
    )
    return Segment(
        keys.get("Name", ""),
        int(keys.get("LabelValue", 1)),
        int(keys.get("Layer", index)),
        (kind, modifier),
    )


def read_layers(path: Path) -> tuple[list[NDArray[Any]], NDArray[np.float64]]:
    """The layers of a segmentation with more than one, (X, Y, Z) each, and the RAS affine.

    Raises:
        InputError: the file cannot be read, or is no 3D image.
    """
    from VoCoLib.quiet_itk import sitk

    reader = sitk.ImageFileReader()
    reader.SetImageIO("NrrdImageIO")
    reader.SetFileName(str(path))
    with reading(path, NOT_AN_IMAGE):
        reader.ReadImageInformation()
    check_shape(path.name, reader.GetSize())
    with reading(path, TRUNCATED):
        image = reader.Execute()
        count = image.GetNumberOfComponentsPerPixel()
        parts = [sitk.VectorIndexSelectionCast(image, k) for k in range(count)]
    affine = ras_affine(image)
    check_affine(path.name, affine)
    return [pixels(part) for part in parts], affine
