"""Reads CT volumes and label maps from NIfTI, NRRD, MetaImage, Analyze, MGH and DICOM files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from VoCoLib.errors import InputError, OutOfMemoryError
from VoCoLib.images.checks import (
    CHECK_EXPORT,
    check_affine,
    check_hu,
    check_shape,
)
from VoCoLib.images.formats import Format, format_of
from VoCoLib.images.hounsfield import hu_warnings
from VoCoLib.images.itk import read_itk
from VoCoLib.images.nifti import Codes, read_nifti
from VoCoLib.images.orientation import Assumed

if TYPE_CHECKING:
    from VoCoLib.dicom.volume import Source

IMAGE_SUFFIXES = (".nii", ".nii.gz", ".nrrd", ".nhdr", ".mha", ".mhd", ".hdr", ".mgz", ".mgh")

_SCANNER: Codes = (1, 1)
_DICOM: Format = "dicom"
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Choices:
    """What the user says where files leave it open.

    Attributes:
        series: number, UID or description of the DICOM series; empty for the best for organs.
        spacing: mm between columns and rows (and slices) of DICOM files that do not say it.
        assume: towards where the axes grow in files that do not say it; None as Slicer does.
    """

    series: str = ""
    spacing: tuple[float, ...] | None = None
    assume: Assumed | None = None


NO_CHOICES = Choices()


@dataclass(frozen=True)
class Volume:
    """A CT.

    Attributes:
        array: (X, Y, Z) in the file's index order i, j, k; HU; int16 or float32.
        affine: 4x4 float64, index to RAS mm.
        name: the file's or folder's name, for messages.
        warnings: what the user should know about this input, one sentence each.
        codes: of qform and sform for a NIfTI file on this grid.
        source: the DICOM slices that it was read from.
    """

    array: NDArray[Any]
    affine: NDArray[np.float64]
    name: str
    warnings: tuple[str, ...] = ()
    codes: Codes = _SCANNER
    source: Source | None = None


def read_volume(path: Path, choices: Choices = NO_CHOICES) -> Volume:
    """Reads a CT from an image file or from DICOM: a file, a folder or a ZIP archive.

    int16 and float32 voxels come as they are stored (uncompressed NIfTI as a memory map), others
    are converted to the smaller of the two that holds them. What a file is, its content decides.

    Args:
        path: the input.
        choices: what the user says where the files leave it open.

    Raises:
        InputError: the input cannot be read, is no 3D image, or cannot be a CT.
        OutOfMemoryError: it does not fit into memory.
    """
    path = Path(path)
    _check_readable(path)
    warnings: list[str] = []
    kind, packing = (_DICOM, "") if path.is_dir() else _format(path)
    if kind in ("dicom", "zip"):
        read = _fitting(path, lambda: _read_dicom(path, choices, warnings))
        array, affine, source = read
        codes = _SCANNER
    else:
        image = _fitting(path, lambda: _read_image(path, kind, packing, warnings, choices.assume))
        array, affine, codes = image
        source = None
    _fitting(path, lambda: check_hu(path.name, array))
    return Volume(array, affine, path.name, (*warnings, *hu_warnings(array)), codes, source)


def read_label_map(path: Path) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Reads a label map from .nii, .nii.gz, .nrrd, .seg.nrrd (of one layer), .mha or .mhd.

    Returns:
        the labels, (X, Y, Z) in the file's index order, uint8, or int16 if any is above 255 or
        negative; and the 4x4 affine, index to RAS mm.

    Raises:
        InputError: the file cannot be read, is no 3D image, or holds other than whole numbers.
    """
    path = Path(path)
    _check_readable(path)
    array, affine, _ = _read_image(path, *_format(path), [])
    if array.dtype.kind == "f" and not all(
        np.array_equal(part, np.rint(part).astype(np.int16)) for part in np.moveaxis(array, -1, 0)
    ):
        raise InputError(
            f"{path.name} is no label map: not all of its voxels are whole numbers of 16 bits.",
            "Check that it is the segmentation and not the image.",
        )
    fits_byte = array.min() >= 0 and array.max() <= 255
    return array.astype(np.uint8 if fits_byte else np.int16, copy=False), affine


def _check_readable(path: Path) -> None:
    """Raises an InputError unless something that can be opened and is not empty is at the path."""
    try:
        if path.is_dir():
            next(path.iterdir(), None)
            return
        with path.open("rb") as file:
            empty = not file.read(1)
    except FileNotFoundError as error:
        raise InputError(f"{path} does not exist.", "Check the path for typing errors.") from error
    except PermissionError as error:
        raise InputError(
            f"{path} cannot be opened: no permission to read it.", "Change its permissions."
        ) from error
    except OSError as error:
        raise InputError(
            f"{path} cannot be opened: {error.strerror}.", "Check the path."
        ) from error
    if empty:
        raise InputError(f"{path.name} is empty (0 bytes).", CHECK_EXPORT)


def _suffix(path: Path) -> str:
    """The suffix of a readable image file, else an empty string."""
    name = path.name.lower()
    return next((s for s in (".nii.gz", *IMAGE_SUFFIXES) if name.endswith(s)), "")


def _known_suffixes() -> str:
    return ", ".join(IMAGE_SUFFIXES)


def _fitting(path: Path, read: Callable[[], _Result]) -> _Result:
    """What read returns; says so if memory does not suffice."""
    try:
        return read()
    except MemoryError as error:
        raise OutOfMemoryError(
            f"{path.name} does not fit into the memory of this machine.",
            "Close other programs, or crop the image.",
        ) from error


def _format(path: Path) -> tuple[Format, str]:
    """The format and the packing of an image file by its content.

    Raises:
        InputError: it is none that can be read; the message says what it is.
    """
    kind, packing = format_of(path)
    if kind == "analyze" and path.suffix.lower() == ".img":
        kind = ""  # pixels that happen to start as a header does
    if not kind and path.suffix.lower() == ".img":
        header = next((p for p in _beside(path, ".hdr")), None)
        if header is not None:
            return format_of(header)
    if kind:
        return kind, packing
    if packing:
        raise InputError(f"{path.name} is packed with {packing}.", "Unpack it first.")
    if _suffix(path):
        raise InputError(
            f"{path.name} is not an image of the kind its name says, or its header is damaged.",
            CHECK_EXPORT,
        )
    raise InputError(
        f"{path.name} is no image file that can be read.",
        f"Use {_known_suffixes()}, or name the folder that holds a CT's DICOM files.",
    )


def _read_dicom(
    path: Path, choices: Choices, warnings: list[str]
) -> tuple[NDArray[Any], NDArray[np.float64], Source]:
    from VoCoLib.dicom.volume import read_series  # pydicom: 20 MB that few need

    array, affine, source = read_series(path, warnings, choices.series, choices.spacing)
    check_shape(path.name, array.shape)
    check_affine(path.name, affine)
    return array, affine, source


def _read_image(
    path: Path,
    kind: Format,
    packing: str,
    warnings: list[str],
    assume: Assumed | None = None,
) -> tuple[NDArray[Any], NDArray[np.float64], Codes]:
    """The voxels (int16 or float32), the RAS affine and the codes of a 3D image file."""
    if kind in ("nrrd", "meta"):
        return *read_itk(path, kind, warnings, assume), _SCANNER
    if kind in ("dicom", "zip"):
        raise InputError(f"{path.name} is DICOM.", "Use the label map as NIfTI or NRRD.")
    if path.suffix.lower() == ".img":
        path = next(iter(_beside(path, ".hdr")), path)
    return read_nifti(path, kind, packing, warnings, assume)


def _beside(path: Path, suffix: str) -> list[Path]:
    """The files beside path of its name, but with another suffix, in any case."""
    name = path.with_suffix(suffix).name.lower()
    return [p for p in path.parent.iterdir() if p.name.lower() == name]
