"""Reads NIfTI files."""

from __future__ import annotations

import gzip
import logging
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from nibabel.openers import ImageOpener
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

# what matters is said in errors and in Volume.warnings
logging.getLogger("nibabel.global").setLevel(logging.CRITICAL)


_UNITS_MM = {"meter": 1000.0, "micron": 0.001}  # of headers; without a unit it is mm


def read_nifti(path: Path) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """The voxels (X, Y, Z), int16 or float32, and the RAS affine of a NIfTI file."""
    with reading(path, NOT_AN_IMAGE):
        image = nib.load(path)
        if not isinstance(image, nib.Nifti1Image):
            raise ValueError("no NIfTI header")
        with ImageOpener(str(path)) as file:  # nib.load turns a voxel size of 0 into 1
            spacing = type(image.header).from_fileobj(file, check=False)["pixdim"][1:4]
        data: Any = image.dataobj
        dtype: np.dtype[Any] = image.get_data_dtype()
        unit_mm = _UNITS_MM.get(image.header.get_xyzt_units()[0], 1.0)
    check_shape(path.name, image.shape)
    check_spacing(path.name, spacing * unit_mm)
    if dtype.kind not in "iuf":
        refuse_channels(path.name)
    needed = data.offset + int(np.prod(image.shape, dtype=object)) * dtype.itemsize
    compressed = path.name.lower().endswith(".gz")
    check_size(path, needed // DEFLATE_LIMIT if compressed else needed, image.shape)
    with reading(path, TRUNCATED):
        raw = _gunzip(path, data, dtype) if compressed else np.asarray(data.get_unscaled())
    raw = raw.reshape(image.shape[:3], order="F")
    affine = np.array(image.affine, np.float64)
    affine[:3] *= unit_mm
    check_affine(path.name, affine)
    return compact(raw, float(data.slope), float(data.inter)), affine


def _gunzip(path: Path, data: Any, dtype: np.dtype[Any]) -> NDArray[Any]:
    """The body of a .nii.gz; unlike nibabel's way it never takes twice the image's memory."""
    raw = np.empty(data.shape, dtype, order="F")
    flat = raw.T.reshape(-1).view(np.uint8)
    done = 0
    with gzip.open(path) as file:
        file.seek(data.offset)
        while done < flat.size:
            read = file.readinto(flat[done : done + (1 << 20)].data)
            if not read:
                raise EOFError(f"{done} of {flat.size} bytes")
            done += read
        while file.read(1 << 20):  # gzip checks the voxels when it has come to the end
            pass
    return raw
