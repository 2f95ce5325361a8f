"""Reads NRRD and MetaImage files through ITK."""

from __future__ import annotations

import re
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from VoCoLib.errors import InputError
from VoCoLib.images.checks import (
    DEFLATE_LIMIT,
    NOT_AN_IMAGE,
    TRUNCATED,
    check_affine,
    check_shape,
    check_size,
    check_spacing,
    compact,
    reading,
    refuse_channels,
)
from VoCoLib.images.formats import Format
from VoCoLib.images.orientation import Assumed, assumed_affine

if TYPE_CHECKING:  # see quiet_itk
    from SimpleITK import Image

_ANATOMICAL = re.compile(r"(left|right)-(anterior|posterior)-superior|[lr][ap]s(-time)?$")
_LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


_READERS = {"nrrd": "NrrdImageIO", "meta": "MetaImageIO"}
_META_DIMENSIONS = [str(n) for n in range(1, 11)]
# any of them says where the axes of a MetaImage point
_META_AXES = {"transformmatrix", "rotation", "orientation", "anatomicalorientation"}


def read_itk(
    path: Path, kind: Format, warnings: list[str], assume: Assumed | None = None
) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """The voxels (X, Y, Z), int16 or float32, and the RAS affine.

    Args:
        path: the file.
        kind: "nrrd" or "meta".
        warnings: gets what the user should know, one sentence each.
        assume: towards where the axes grow if the file does not say it.
    """
    from VoCoLib.quiet_itk import sitk

    reader = sitk.ImageFileReader()
    reader.SetImageIO(_READERS[kind])
    reader.SetFileName(str(path))
    with reading(path, NOT_AN_IMAGE):
        fields, body_offset = _text_header(path)
    _check_encoding(path, fields)
    with reading(path, NOT_AN_IMAGE):
        reader.ReadImageInformation()
    size = reader.GetSize()
    if reader.GetNumberOfComponents() != 1:
        refuse_channels(path.name)
    check_shape(path.name, size)
    spacing = np.array(reader.GetSpacing()[:3])
    if "nan" in fields.get("spacings", "").lower().split()[:3]:  # ITK turns it into 1
        spacing[:] = np.nan
    check_spacing(path.name, spacing)
    voxel_bytes = sitk.Image(1, 1, reader.GetPixelID()).GetSizeOfPixelComponent()
    _check_body(path, fields, body_offset, size, int(np.prod(size, dtype=object)) * voxel_bytes)
    reader.SetExtractSize([*size[:3], *[0] * (len(size) - 3)])
    with reading(path, TRUNCATED):
        image = reader.Execute()
    lack = _no_orientation(kind, fields)
    affine = assumed_affine(spacing, assume, lack, warnings) if lack else ras_affine(image)
    check_affine(path.name, affine)
    return compact(pixels(image)), affine


def _no_orientation(kind: Format, fields: dict[str, str]) -> str:
    """What a header lacks that says nothing of left and right, else an empty string."""
    if kind == "nrrd":
        if "space" not in fields or "space directions" not in fields:
            return "has no space and space directions"
        return "" if _ANATOMICAL.match(fields["space"].lower()) else "has no anatomical space"
    return "" if fields.keys() & _META_AXES else "has no TransformMatrix"


def _check_encoding(path: Path, fields: dict[str, str]) -> None:
    """Refuses what ITK would call damaged, though it only cannot unpack it."""
    encoding = fields.get("encoding", "").lower()
    if encoding in ("bz2", "bzip2"):
        raise InputError(
            f"{path.name} is packed with bzip2, which ITK and Slicer cannot read.",
            "Save it with gzip or without compression: unu save -e gzip -f nrrd -i IN -o OUT.",
        )


def _text_header(path: Path) -> tuple[dict[str, str], int]:
    """The fields of a NRRD or MetaImage header, keys in lower case, and where it ends."""
    fields: dict[str, str] = {}
    end = 0
    with path.open("rb") as file:
        while "elementdatafile" not in fields and (line := file.readline().strip()):
            key, _, value = line.decode("latin-1").replace("=", ":", 1).partition(":")
            fields[key.strip().lower()] = value.strip()
            if key.strip().lower() == "ndims" and value.strip() not in _META_DIMENSIONS:
                raise ValueError(f"NDims is {value.strip()}")  # of others, ITK dies
            end = file.tell()
    return fields, end


def _check_body(
    path: Path, fields: dict[str, str], offset: int, size: tuple[int, ...], needed: int
) -> None:
    """Refuses a NRRD or MetaImage body that cannot hold the voxels, before memory is taken."""
    encoding = fields.get("encoding", "").lower()
    data_file = fields.get("elementdatafile", "LOCAL")
    inside = data_file.upper() == "LOCAL" and not fields.keys() & {"data file", "datafile"}
    zipped = fields.get("compresseddata", "").lower() == "true"
    plain = encoding == "raw" or (fields.get("binarydata", "").lower() == "true" and not zipped)
    if inside:
        check_size(path, needed if plain else needed // DEFLATE_LIMIT, size)
    if zipped:
        body = path if inside else path.parent / data_file
        with reading(path, TRUNCATED):
            _check_zlib(body, offset if inside else 0, int(fields["compresseddatasize"]), needed)


def _check_zlib(body: Path, offset: int, size: int, needed: int) -> None:
    """Unpacks a MetaImage's zlib stream: of a damaged one, ITK returns arbitrary voxels."""
    unpack, unpacked = zlib.decompressobj(wbits=47), 0  # 47: zlib or gzip
    with body.open("rb") as file:
        file.seek(offset)
        while chunk := file.read(min(size, 1 << 16)):
            unpacked += len(unpack.decompress(chunk))
            size -= len(chunk)
    if unpacked != needed:
        raise EOFError(f"{unpacked} of {needed} bytes")


class _ImageMemory:
    """Lets an array own the ITK image whose memory it shows; ITK's own view does not."""

    def __init__(self, image: Image) -> None:
        from VoCoLib.quiet_itk import sitk

        view = sitk.GetArrayViewFromImage(image)
        pointer, _ = view.__array_interface__["data"]
        self._image = image
        self.__array_interface__ = {**view.__array_interface__, "data": (pointer, False)}


def pixels(image: Image) -> NDArray[Any]:
    """The image's voxels as (X, Y, Z), without a copy."""
    return np.asarray(_ImageMemory(image)).transpose(2, 1, 0)


def ras_affine(image: Image) -> NDArray[np.float64]:
    """The 4x4 affine, index to RAS mm, of a 3D ITK image (whose space is LPS)."""
    affine = np.eye(4)
    affine[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * image.GetSpacing()
    affine[:3, 3] = image.GetOrigin()
    return _LPS_TO_RAS @ affine
