"""Reads CT volumes and label maps from NIfTI, NRRD, MetaImage and DICOM files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk  # noqa: N813
from numpy.typing import NDArray

from VoCoLib.errors import InputError, OutOfMemoryError
from VoCoLib.images.checks import (
    CHECK_EXPORT,
    check_hu,
    compact,
)
from VoCoLib.images.dicom import read_dicom
from VoCoLib.images.hounsfield import hu_warnings
from VoCoLib.images.itk import read_itk
from VoCoLib.images.nifti import read_nifti

NIFTI_SUFFIXES = (".nii", ".nii.gz")
ITK_FORMATS = {
    ".nrrd": "NrrdImageIO",
    ".nhdr": "NrrdImageIO",
    ".mha": "MetaImageIO",
    ".mhd": "MetaImageIO",
}
IMAGE_SUFFIXES = (*NIFTI_SUFFIXES, *ITK_FORMATS)


@dataclass(frozen=True)
class Volume:
    """A CT.

    Attributes:
        array: (X, Y, Z) in the file's index order i, j, k; HU; int16 or float32.
        affine: 4x4 float64, index to RAS mm.
        name: the file's or folder's name, for messages.
        warnings: what the user should know about this input, one sentence each.
    """

    array: NDArray[Any]
    affine: NDArray[np.float64]
    name: str
    warnings: tuple[str, ...] = ()


def find_inputs(path: Path) -> list[Path]:
    """The inputs behind a path that a user names.

    Args:
        path: an image file, a folder with the DICOM files of a CT, a folder of image files, or a
            folder of such folders.

    Returns:
        what read_volume takes, sorted by name. Of a folder of image files, hidden files and
        .seg.nrrd (results of earlier runs) are left out.

    Raises:
        InputError: there is nothing at the path, or nothing to read in the folder.
    """
    _check_readable(path)
    if path.is_file():
        return [path]
    files = sorted(p for p in path.iterdir() if p.is_file() and not p.name.startswith("."))
    if any(p.suffix.lower() == ".dcm" for p in files):
        return [path]
    images = [p for p in files if _suffix(p) and not p.name.lower().endswith(".seg.nrrd")]
    if images:
        return images
    if files and sitk.ImageSeriesReader.GetGDCMSeriesIDs(str(path)):
        return [path]
    folders = sorted(p for p in path.iterdir() if p.is_dir() and not p.name.startswith("."))
    inside = [item for folder in folders for item in _inputs_or_none(folder)]
    if inside:
        return inside
    raise InputError(
        f"The folder {path} holds no image file and no DICOM series.",
        f"Name a folder with {_known_suffixes()} files, or the one with the CT's DICOM files.",
    )


def _inputs_or_none(folder: Path) -> list[Path]:
    """What find_inputs finds in a folder among others, some of which may hold something else."""
    try:
        return find_inputs(folder)
    except InputError:
        return []


def read_volume(path: Path) -> Volume:
    """Reads a CT from an image file or from a folder with the files of a DICOM series.

    int16 and float32 voxels come as they are stored (uncompressed NIfTI as a memory map), others
    are converted to the smaller of the two that holds them.

    Raises:
        InputError: the input cannot be read, is no 3D image, or cannot be a CT.
        OutOfMemoryError: it does not fit into memory.
    """
    path = Path(path)
    _check_readable(path)
    warnings: list[str] = []
    try:
        if path.is_dir():
            raw, affine = read_dicom(path, warnings)
            array = compact(raw)
        else:
            array, affine = _read_image(path)
        check_hu(path.name, array)
    except MemoryError as error:
        raise OutOfMemoryError(
            f"{path.name} does not fit into the memory of this machine.",
            "Close other programs, or crop the image.",
        ) from error
    return Volume(array, affine, path.name, (*warnings, *hu_warnings(array)))


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
    array, affine = _read_image(path)
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


def _read_image(path: Path) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """The voxels (int16 or float32) and the RAS affine of a 3D image file."""
    suffix = _suffix(path)
    if not suffix:
        raise InputError(
            f"{path.name} is no image file that can be read.",
            f"Use {_known_suffixes()}, or name the folder that holds a CT's DICOM files.",
        )
    return read_nifti(path) if suffix in NIFTI_SUFFIXES else read_itk(path, ITK_FORMATS[suffix])
