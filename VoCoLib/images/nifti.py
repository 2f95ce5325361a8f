"""Reads NIfTI, Analyze and FreeSurfer (MGH) files, packed with gzip or not, whatever their name."""

from __future__ import annotations

import gzip
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
from VoCoLib.images.formats import GZIP, Format, open_image
from VoCoLib.images.nibabel_parts import HeaderDataError, nib
from VoCoLib.images.orientation import Assumed, assumed_affine
from VoCoLib.images.straightening import is_sheared

# what matters is said in errors and in Volume.warnings
logging.getLogger("nibabel.global").setLevel(logging.CRITICAL)

Codes = tuple[int, int]

_SCANNER = 1  # NIFTI_XFORM_SCANNER_ANAT
_MM = {"meter": 1000.0, "micron": 0.001}  # of other units; Slicer heeds them, too
_HEADERS = {
    (348, b"n+1"): nib.Nifti1Header,
    (348, b"ni1"): nib.nifti1.Nifti1PairHeader,
    (540, b"n+2"): nib.Nifti2Header,
    (540, b"ni2"): nib.nifti2.Nifti2PairHeader,
}


@dataclass(frozen=True)
class Parts:
    """The two files of an image, which are one but for pairs of .hdr and .img."""

    header: Path
    body: Path
    packing: str


def read_nifti(
    path: Path, kind: Format, packing: str, warnings: list[str], assume: Assumed | None = None
) -> tuple[NDArray[Any], NDArray[np.float64], Codes]:
    """The voxels (X, Y, Z), int16 or float32, the RAS affine, and the codes of qform and sform.

    Args:
        path: the file; of a pair, the .hdr or the .img.
        kind, packing: as format_of says of the header's file.
        warnings: gets what the user should know, one sentence each.
        assume: towards where the axes grow if the file does not say it.
    """
    parts = _parts(path, packing)
    with reading(path, NOT_AN_IMAGE):
        header, spacing = _header(parts, kind)
        shape, dtype = header.get_data_shape(), header.get_data_dtype()
        offset = int(header.get_data_offset())
        slope, inter = header.get_slope_inter() if kind == "nifti" else (None, None)
    check_shape(path.name, shape)
    check_spacing(path.name, spacing)
    if dtype.kind not in "iuf":
        refuse_channels(path.name)
    compressed = _is_gzip(parts.body)
    needed = offset + int(np.prod(shape, dtype=object)) * dtype.itemsize
    check_size(parts.body, needed // DEFLATE_LIMIT if compressed else needed, shape)
    with reading(path, TRUNCATED):
        if compressed:
            raw = _gunzip(parts.body, shape, dtype, offset)
        else:
            raw = np.memmap(parts.body, dtype, "c", offset, shape, order="F")
    with reading(path, NOT_AN_IMAGE):
        affine, codes = _placed(header, kind, spacing, assume, warnings)
    check_affine(path.name, affine)
    raw = raw.reshape(shape[:3], order="F")
    return compact(raw, float(slope or 1), float(inter or 0)), affine, codes


def _parts(path: Path, packing: str) -> Parts:
    """An image's header and body; the body of a .hdr is the .img beside it."""
    name = path.name.lower()
    if not name.endswith((".hdr", ".hdr.gz")):
        return Parts(path, path, packing)
    stem = path.name[: name.rindex(".hdr")]
    beside = [p for p in path.parent.iterdir() if p.name.lower() in (_img(stem), _img(stem, ".gz"))]
    return Parts(path, beside[0] if beside else path.with_name(f"{stem}.img"), packing)


def _img(stem: str, end: str = "") -> str:
    return f"{stem}.img{end}".lower()


def _header(parts: Parts, kind: Format) -> tuple[Any, NDArray[Any]]:
    """The header, and the spacing as it stands there: nibabel turns a voxel size of 0 into 1."""
    with open_image(parts.header, parts.packing) as file:
        start = file.read(348)
        file.seek(0)
        if kind == "mgh":
            header = nib.freesurfer.mghformat.MGHHeader.from_fileobj(file)
            return header, np.array(header.get_zooms()[:3])
        size = 540 if b"n" in start[4:5] else 348
        magic = start[4:7] if size == 540 else start[344:347]
        form = nib.AnalyzeHeader if kind == "analyze" else _HEADERS[size, magic]
        header = form.from_fileobj(file)
        file.seek(0)
        return header, form.from_fileobj(file, check=False)["pixdim"][1:4]


def _placed(
    header: Any, kind: Format, spacing: NDArray[Any], assume: Assumed | None, warnings: list[str]
) -> tuple[NDArray[np.float64], Codes]:
    """The affine that Slicer takes, and the codes of qform and sform for the result."""
    if kind == "mgh":
        return np.array(header.get_affine(), np.float64), (_SCANNER, _SCANNER)
    if kind == "analyze":
        sizes = np.array(spacing, np.float64)
        return assumed_affine(sizes, assume, "is an Analyze image", warnings), (_SCANNER, _SCANNER)
    scale = np.diag([*[_MM.get(header.get_xyzt_units()[0], 1.0)] * 3, 1.0])
    q, s = int(header["qform_code"]), int(header["sform_code"])
    if q <= 0 and s <= 0:
        sizes = np.array(spacing, np.float64) * scale[0, 0]
        what = "gives no orientation (qform and sform code 0)"
        return assumed_affine(sizes, assume, what, warnings), (_SCANNER, _SCANNER)
    affine = _chosen(header, q, s, warnings)
    return scale @ affine, (q if q > 0 else s, s if s > 0 else q)


def _chosen(header: Any, q: int, s: int, warnings: list[str]) -> NDArray[np.float64]:
    """ITK's choice, which is Slicer's: the sform if it is the scanner's or the only one.

    Source: itk::NiftiImageIO::SetImageIOOrientationFromNIfTI.
    """
    sform = np.array(header.get_sform(), np.float64)
    if q <= 0:
        return sform
    try:
        qform = np.array(header.get_qform(), np.float64)
    except HeaderDataError:  # a quaternion that is none
        if s <= 0:
            raise
        return sform
    if s <= 0:
        return qform
    taken, name, other = (sform, "sform", "qform")
    if s != _SCANNER or is_sheared(sform):
        taken, name, other = (qform, "qform", "sform")
    off = _largest_difference(qform, sform, header.get_data_shape()[:3])
    if off > 0.1 * float(np.abs(header["pixdim"][1:4]).min()):
        turned = np.linalg.det(qform[:3, :3]) * np.linalg.det(sform[:3, :3]) < 0
        swap = ": one is the mirror image of the other" if turned else ""
        warnings.append(
            f"The file's two positions, qform and sform, are up to {off:.3g} mm apart{swap}. "
            f"The {name} was taken, as Slicer does; programs that take the {other} see the image "
            "elsewhere."
        )
    return taken


def _largest_difference(
    one: NDArray[np.float64], other: NDArray[np.float64], shape: tuple[int, ...]
) -> float:
    """The furthest that a corner voxel lies apart under two affines, mm."""
    corners = np.vstack([np.indices((2, 2, 2)).reshape(3, -1), np.ones(8)])
    corners[:3] *= np.array(shape)[:, None] - 1
    return float(np.linalg.norm(((one - other) @ corners)[:3], axis=0).max())


def _is_gzip(path: Path) -> bool:
    with reading(path, TRUNCATED), path.open("rb") as file:
        return file.read(2) == GZIP


def _gunzip(path: Path, shape: tuple[int, ...], dtype: Any, offset: int) -> NDArray[Any]:
    """The body of a gzip file; unlike nibabel's way it never takes twice the image's memory."""
    raw = np.empty(shape, dtype, order="F")
    flat = raw.T.reshape(-1).view(np.uint8)
    done = 0
    with gzip.open(path) as file:
        file.seek(offset)
        while done < flat.size:
            read = file.readinto(flat[done : done + (1 << 20)].data)
            if not read:
                raise EOFError(f"{done} of {flat.size} bytes")
            done += read
        while file.read(1 << 20):  # gzip checks the voxels when it has come to the end
            pass
    return raw
