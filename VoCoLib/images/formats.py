"""Says of which format an image file is, by its content: names are often wrong."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from pathlib import Path
from typing import IO, Literal

from VoCoLib.dicom.files import looks_like_dicom

Format = Literal["nifti", "analyze", "mgh", "nrrd", "meta", "dicom", "zip", ""]

GZIP = b"\x1f\x8b"
_START = 1024  # bytes that tell every format
_HEADER_SIZES = (348, 540)  # the first number of Analyze and NIfTI-1, and of NIfTI-2
_META_KEYS = ("objecttype", "ndims", "comment", "id", "parentid", "transformtype", "binarydata")
_PACKED = {
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"7z\xbc\xaf": "7z",
    b"\x28\xb5\x2f\xfd": "Zstandard",
}


def has_native_reader(path: Path) -> bool:
    """Whether a library in C++ reads what is there, which a damaged file may crash."""
    try:
        return path.is_dir() or format_of(path)[0] in ("nrrd", "meta", "dicom", "zip")
    except OSError:
        return False  # nobody can read it


def format_of(path: Path) -> tuple[Format, str]:
    """The format, and how the whole file is packed: "gzip" or nothing.

    Returns:
        no format if it is none that can be read; then the second text says what the file is
        instead, as far as its first bytes tell.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        start = file.read(_START)
        if start[:4] == b"PK\x03\x04" and zipfile.is_zipfile(file):
            return "zip", ""
    packing = next((name for magic, name in _PACKED.items() if start.startswith(magic)), "")
    if packing:
        return "", packing
    if not start.startswith(GZIP):
        return _format(start), ""
    inside = _format(_unpacked(path))
    if inside in ("nifti", "analyze", "mgh"):
        return inside, "gzip"
    return "", "gzip, and holds no NIfTI image"


def open_image(path: Path, packing: str) -> IO[bytes]:
    """Opens a file for reading, through gzip if it is packed so."""
    return gzip.open(path) if packing else path.open("rb")  # type: ignore[return-value]


def _unpacked(path: Path) -> bytes:
    """The first bytes of a gzip file, as many as a damaged one gives."""
    unpack = zlib.decompressobj(wbits=31)
    try:
        with path.open("rb") as file:
            return unpack.decompress(file.read(1 << 16), _START)
    except zlib.error:
        return b""


def _format(start: bytes) -> Format:
    if start.startswith(b"NRRD"):
        return "nrrd"
    sizes = {int.from_bytes(start[:4], order) for order in ("little", "big")}
    if sizes & {*_HEADER_SIZES}:
        magic = start[4:8] if 540 in sizes else start[344:348]
        return "nifti" if magic[:3] in (b"n+1", b"ni1", b"n+2", b"ni2") else "analyze"
    if start[:4] == b"\x00\x00\x00\x01" and len(start) >= 284:  # version 1, big endian
        return "mgh"
    first = start.split(b"\n", 1)[0].decode("latin-1").partition("=")
    if first[1] and first[0].strip().lower() in _META_KEYS:
        return "meta"

    return "dicom" if looks_like_dicom(io.BytesIO(start)) else ""
