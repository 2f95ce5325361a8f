"""Checks of images that are read: shape, spacing, position, size of the file, Hounsfield units."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from VoCoLib.errors import InputError
from VoCoLib.images.hounsfield import AIR_HU, hu_warnings
from VoCoLib.images.nibabel_parts import (
    HeaderDataError,
    ImageFileError,
    MGHError,
    WrapStructError,
)

_LEAST_MM, _MOST_MM = 0.01, 100  # of a voxel; no CT of a patient has others

DEFLATE_LIMIT = 1032  # gzip and zlib never shrink data by more

_READ_ERRORS = (
    ImageFileError,
    HeaderDataError,
    WrapStructError,
    MGHError,
    OSError,
    EOFError,
    RuntimeError,  # SimpleITK
    ValueError,
    OverflowError,
    KeyError,
    zlib.error,
)

CHECK_EXPORT = "Export or download it again."


@contextmanager
def reading(path: Path, problem: str) -> Iterator[None]:
    """Turns what the readers raise into an InputError: the problem, and the reader's last line.

    Args:
        path: of the file.
        problem: NOT_AN_IMAGE or TRUNCATED.
    """
    try:
        yield
    except _READ_ERRORS as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        reason = lines[-1] if lines else type(error).__name__
        name = path.name
        said = {  # whole sentences: a panel translates them
            NOT_AN_IMAGE: f"{name} is not an image of the kind its name says, or its header is "
            f"damaged ({reason}).",
            TRUNCATED: f"{name} is truncated or damaged: not all of its voxels can be read "
            f"({reason}).",
        }
        raise InputError(said[problem], CHECK_EXPORT) from error


NOT_AN_IMAGE, TRUNCATED = "not an image", "truncated"


def check_shape(name: str, shape: tuple[int, ...]) -> None:
    """Refuses what is not one 3D volume: fewer axes, several time points, a single slice."""
    if len(shape) < 3:
        raise InputError(f"{name} is a {len(shape)}D image; a CT volume has 3 axes.", _NAME_VOLUME)
    if np.prod(shape[3:], dtype=object) != 1:
        raise InputError(
            f"{name} has {len(shape)} axes ({times(shape)}): several time points or channels.",
            "Save one 3D volume of it to a file.",
        )
    if min(shape[:3]) < 2:
        raise InputError(f"{name} has a single slice ({times(shape[:3])} voxels).", _NAME_VOLUME)


_NAME_VOLUME = "Name a file, or a DICOM folder, with all slices of the CT."


def times(shape: tuple[int, ...]) -> str:
    """A shape in words: 512 x 512 x 100."""
    return " x ".join(str(n) for n in shape)


def refuse_channels(name: str) -> None:
    """Refuses an image with more than one value per voxel."""
    raise InputError(
        f"{name} has more than one value per voxel (colour, vectors or complex numbers).",
        "A CT has one number per voxel: use the original image, not a rendering of it.",
    )


def check_spacing(name: str, spacing: NDArray[Any]) -> None:
    """spacing: voxel size in mm as the header has it; NIfTI may have negative ones."""
    if not np.isfinite(spacing).all() or (np.asarray(spacing) == 0).any():
        sizes = " x ".join(f"{s:g}" for s in spacing)
        raise InputError(f"{name} has a voxel size of {sizes} mm in its header.", _FIX_HEADER)


def check_affine(name: str, affine: NDArray[np.float64]) -> None:
    """Refuses a 4x4 affine, index to RAS mm, that no CT of a patient has."""
    axes = affine[:3, :3]
    if not np.isfinite(affine).all():
        raise InputError(f"{name} has NaN or infinity in its position matrix.", _FIX_HEADER)
    if abs(np.linalg.det(axes)) <= 1e-6 * np.prod(np.linalg.norm(axes, axis=0)):
        raise InputError(f"{name} has a position matrix that flattens the image.", _FIX_HEADER)
    spacing = np.linalg.norm(axes, axis=0)
    if not ((spacing >= _LEAST_MM) & (spacing <= _MOST_MM)).all():
        sizes = " x ".join(f"{s:g}" for s in spacing)
        raise InputError(
            f"{name} has voxels of {sizes} mm, which no CT of a patient has.", _FIX_HEADER
        )


_FIX_HEADER = "Correct the header, or convert the original CT again."


def check_size(path: Path, least: int, shape: tuple[int, ...]) -> None:
    """Refuses a file that is smaller than the least that its header's shape takes."""
    size = path.stat().st_size
    if size < least:
        raise InputError(
            f"{path.name} is truncated: its header promises {times(shape)} voxels, which take at "
            f"least {least:,} bytes, but the file has {size:,}.",
            CHECK_EXPORT,
        )


def check_ct(name: str, array: NDArray[Any], affine: NDArray[np.float64]) -> tuple[str, ...]:
    """Checks a CT that is in memory as read_volume checks one in a file.

    Args:
        name: for messages.
        array: (X, Y, Z) HU.
        affine: 4x4, index to RAS mm.

    Returns:
        warnings, one sentence each.

    Raises:
        InputError: it is no 3D image, or cannot be a CT.
    """
    check_shape(name, array.shape)
    check_affine(name, affine)
    check_hu(name, array)
    return tuple(hu_warnings(array))


def compact(raw: NDArray[Any], slope: float = 1.0, inter: float = 0.0) -> NDArray[Any]:
    """The scaled voxels as int16 if that holds them exactly, else as float32; raw if it is that."""
    if raw.dtype in (np.int16, np.float32) and raw.dtype.isnative and (slope, inter) == (1, 0):
        return raw
    if raw.dtype.kind in "iu" and slope == 1 and inter.is_integer():
        limits = np.iinfo(np.int16)
        if int(raw.min()) + inter >= limits.min and int(raw.max()) + inter <= limits.max:
            whole: NDArray[Any] = np.empty_like(raw, np.int16)
            np.add(raw, np.int64(inter), out=whole, casting="unsafe")
            return whole
    real: NDArray[Any] = np.empty_like(raw, np.float32)
    np.multiply(raw, np.float64(slope), out=real, casting="unsafe")
    real += np.float32(inter)
    return real


def check_hu(name: str, array: NDArray[Any]) -> None:
    """Refuses voxels that are not finite, and images without a patient."""
    if array.dtype.kind == "f":
        bad = [int(np.count_nonzero(~np.isfinite(part))) for part in np.moveaxis(array, -1, 0)]
        if sum(bad):
            k = next(k for k, count in enumerate(bad) if count)
            i, j = np.argwhere(~np.isfinite(array[..., k]))[0]
            raise InputError(
                f"{name} has {sum(bad):,} voxels that are NaN or infinite, the first at index "
                f"({i}, {j}, {k}).",
                "Replace them with -1024 (air) if they are padding, or convert the CT again.",
            )
    low, high = array.min(), array.max()
    if low == high:
        raise InputError(f"Every voxel of {name} has the value {low:g}.", CHECK_EXPORT)
    if high <= AIR_HU:
        raise InputError(
            f"{name} shows only air: no voxel is above {high:g} HU.",
            "Check that the file is the CT of a patient, in HU.",
        )
