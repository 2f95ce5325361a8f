"""Reads the largest series of a folder of DICOM files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk  # noqa: N813
from numpy.typing import NDArray

from VoCoLib.errors import InputError
from VoCoLib.images.checks import (
    NOT_AN_IMAGE,
    check_affine,
    check_shape,
    check_spacing,
    compact,
    reading,
    refuse_channels,
)
from VoCoLib.images.itk import pixels, ras_affine


def read_dicom(folder: Path, warnings: list[str]) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """The voxels and the RAS affine of a folder's largest series; appends to warnings."""
    reader = sitk.ImageSeriesReader()
    series = [
        sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder), uid)
        for uid in sitk.ImageSeriesReader.GetGDCMSeriesIDs(str(folder))
    ]
    if not series:
        raise InputError(
            f"The folder {folder} holds no DICOM series.",
            "Name the folder that holds the CT's DICOM files themselves.",
        )
    series.sort(key=len, reverse=True)
    files = series[0]
    if len(series) > 1:
        names = [f"{_dicom_tag(s[0], _SERIES_NUMBER) or '?'} ({len(s)} slices)" for s in series]
        warnings.append(
            f"The folder holds {len(series)} series; read number {names[0]}, "
            f"left out number {', '.join(names[1:])}."
        )
    unread = len(list(folder.glob("*.[dD][cC][mM]"))) - sum(len(s) for s in series)
    if unread > 0:
        warnings.append(f"{unread} of the folder's .dcm files are no readable image; left out.")
    modality = _dicom_tag(files[0], _MODALITY)
    if modality != "CT":
        warnings.append(f"The DICOM modality is {modality or 'not given'}, not CT.")
    reader.SetFileNames(files)
    reader.MetaDataDictionaryArrayUpdateOn()
    with reading(folder, "holds a DICOM series that cannot be read"):
        image = reader.Execute()
    if image.GetNumberOfComponentsPerPixel() != 1:
        refuse_channels(folder.name)
    check_shape(folder.name, image.GetSize())
    check_spacing(folder.name, np.array(image.GetSpacing()))
    affine = ras_affine(image)
    if len(files) > 1:
        with reading(folder, "holds DICOM files without a slice position"):
            positions = np.array([_position(reader, i) for i in range(len(files))])
        affine[:3, 2] = _slice_step(folder.name, positions, affine[:3, 2], warnings)
    check_affine(folder.name, affine)
    return compact(pixels(image)), affine


_MODALITY, _SERIES_NUMBER, _IMAGE_POSITION = "0008|0060", "0020|0011", "0020|0032"


def _dicom_tag(file: str, tag: str) -> str:
    """A tag of a DICOM file as text; empty if it is not there."""
    reader = sitk.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    reader.SetFileName(file)
    with reading(Path(file), NOT_AN_IMAGE):
        reader.ReadImageInformation()
    return reader.GetMetaData(tag).strip() if reader.HasMetaDataKey(tag) else ""


def _position(reader: sitk.ImageSeriesReader, index: int) -> list[float]:
    """Where the first voxel of a slice lies, RAS mm."""
    x, y, z = (float(v) for v in reader.GetMetaData(index, _IMAGE_POSITION).split("\\"))
    return [-x, -y, z]


def _slice_step(
    name: str, positions: NDArray[np.float64], across: NDArray[np.float64], warnings: list[str]
) -> NDArray[np.float64]:
    """The mean step from slice to slice (RAS mm), which a tilted gantry turns from the normal.

    Args:
        positions: (slices, 3) in the order of the volume.
        across: a vector along the slices' normal.
    """
    normal = across / np.linalg.norm(across)
    gaps = np.diff(positions @ normal)
    usual = float(np.median(gaps))
    if gaps.min() < 0.5 * usual or usual <= 0:
        raise InputError(
            f"{name} has two slices at (nearly) the same position: slices {gaps.argmin() + 1} and "
            f"{gaps.argmin() + 2} are {gaps.min():.3g} mm apart, others {usual:.3g} mm.",
            "The series may hold several phases or copies: export one phase to its own folder.",
        )
    if gaps.max() > 1.5 * usual:
        raise InputError(
            f"{name} lacks slices: slices {gaps.argmax() + 1} and {gaps.argmax() + 2} are "
            f"{gaps.max():.3g} mm apart, others {usual:.3g} mm.",
            "Export the complete series again.",
        )
    if np.abs(gaps - usual).max() > max(0.01 * usual, 0.01):
        warnings.append(
            f"The slices are {gaps.min():.3g} to {gaps.max():.3g} mm apart; "
            f"{gaps.mean():.3g} mm is used for all."
        )
    step: NDArray[np.float64] = (positions[-1] - positions[0]) / len(gaps)
    tilt = np.degrees(np.arccos(np.clip(step @ normal / np.linalg.norm(step), -1, 1)))
    if tilt > 0.5:
        warnings.append(f"The gantry was tilted by {tilt:.1f} degrees; the grid is sheared.")
    return step
