"""Decodes the pixels of DICOM slices: pydicom what it can itself, GDCM through SimpleITK the rest.

Each slice is decoded on its own, so that a damaged one harms no other.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, get_frame
from pydicom.pixels.utils import pixel_array
from pydicom.uid import (
    UID,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
    SecondaryCaptureImageStorage,
)

from VoCoLib.dicom.files import LeftOut, reason
from VoCoLib.dicom.frames import Frame
from VoCoLib.dicom.headers import Item, quiet, read_all


def read_stored(frames: Sequence[Frame]) -> tuple[NDArray, list[Frame], list[LeftOut]]:
    """The stored values of frames, in their order, as they lie in the file: bits without a sign.

    Returns:
        (n, rows, columns) unsigned; the frames that could be decoded; and the files of the others.
    """
    stored: NDArray | None = None
    kept: list[Frame] = []
    lost: dict[str, str] = {}
    item: Item | None = None
    dataset = Dataset()
    for frame in frames:
        try:
            if frame.file.item != item:
                item, dataset = frame.file.item, Dataset()
                dataset = _completed(read_all(item))
            values = _decode(dataset, frame.index)
        except MemoryError:
            raise
        except Exception as error:  # whatever a decoder raises for damaged data
            lost[frame.file.item.name] = _said(dataset, error)
            continue
        if stored is None:
            stored = np.empty((len(frames), *values.shape), values.dtype)
        if values.dtype.itemsize > stored.itemsize:
            stored = stored.astype(values.dtype)
        stored[len(kept)] = values
        kept.append(frame)
    left_out = [LeftOut(name, f"image that cannot be decoded: {why}") for name, why in lost.items()]
    return np.empty((0, 0, 0), np.uint16) if stored is None else stored[: len(kept)], kept, left_out


def _decode(dataset: Dataset, index: int | None) -> NDArray:
    """The bits of one slice, (rows, columns), without those that an overlay uses."""
    syntax = dataset.file_meta.TransferSyntaxUID
    with quiet():
        if not syntax.is_encapsulated or syntax == RLELossless:
            values = _through_pydicom(dataset, index)
        else:
            values = _compressed(dataset, index)
    if values.shape != (dataset.Rows, dataset.Columns) or values.dtype.kind not in "iu":
        raise ValueError(f"pixels of shape {values.shape} and type {values.dtype}")
    values = values.astype(values.dtype.newbyteorder("="), copy=False)
    return _without_overlay(values.view(values.dtype.str.replace("i", "u")), dataset)


def _compressed(dataset: Dataset, index: int | None) -> NDArray:
    """By GDCM, else by the plugins that pydicom finds: for what GDCM does not know."""
    try:
        return _through_itk(dataset, index)
    except RuntimeError as error:
        try:
            return _through_pydicom(dataset, index)
        except Exception as other:  # a plugin's, or that there is none
            raise other if "missing dependencies" in str(other) else error from error


def _through_pydicom(dataset: Dataset, index: int | None) -> NDArray:
    # unused bits are kept as GDCM, and so Slicer, does: scanners use more than Bits Stored says
    options: dict[str, Any] = {"correct_unused_bits": False}
    return np.asarray(pixel_array(dataset, index=index, raw=True, **options))


def _through_itk(dataset: Dataset, index: int | None) -> NDArray:
    """One slice alone in a file without a rescale, which GDCM reads as it is stored."""
    from VoCoLib.quiet_itk import sitk

    frames = int(dataset.get("NumberOfFrames") or 1)
    one = Dataset()
    one.file_meta = FileMetaDataset()
    one.file_meta.TransferSyntaxUID = dataset.file_meta.TransferSyntaxUID
    one.file_meta.MediaStorageSOPClassUID = one.SOPClassUID = SecondaryCaptureImageStorage
    one.file_meta.MediaStorageSOPInstanceUID = one.SOPInstanceUID = UID("1.2.3")
    one.SamplesPerPixel, one.PhotometricInterpretation = 1, "MONOCHROME2"
    for name in ("Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit"):
        setattr(one, name, dataset[name].value)
    one.PixelRepresentation = dataset.PixelRepresentation
    data = get_frame(dataset.PixelData, index or 0, number_of_frames=frames)
    one.PixelData = encapsulate([data])
    one["PixelData"].is_undefined_length = True
    reader = sitk.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "slice.dcm")
        one.save_as(path, enforce_file_format=True)
        reader.SetFileName(str(path))
        return sitk.GetArrayFromImage(reader.Execute()).squeeze(0)


def _completed(dataset: Dataset) -> Dataset:
    """With the transfer syntax that pydicom found out, and what follows from the rest."""
    if "TransferSyntaxUID" not in dataset.file_meta:
        implicit, little = dataset.original_encoding
        little_endian = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
        dataset.file_meta.TransferSyntaxUID = little_endian if little else ExplicitVRBigEndian
    dataset.setdefault("PhotometricInterpretation", "MONOCHROME2")
    dataset.setdefault("SamplesPerPixel", 1)
    dataset.setdefault("PixelRepresentation", 0)
    dataset.setdefault("BitsStored", dataset.get("BitsAllocated"))
    dataset.setdefault("HighBit", int(dataset.BitsStored) - 1)
    return dataset


def _without_overlay(values: NDArray, dataset: Dataset) -> NDArray:
    """Clears bits that an overlay of old files uses: those above Bits Stored (PS3.3 2004 C.9.2)."""
    bits = int(dataset.BitsStored)
    for group in range(0x6000, 0x6020, 2):
        place = dataset.get((group, 0x0102))
        if place is not None and place.value and bits < values.dtype.itemsize * 8:
            kept = values & values.dtype.type((1 << bits) - 1)
            if int(dataset.PixelRepresentation) == 1:
                sign = values.dtype.type(1 << (bits - 1))
                kept = (kept ^ sign) - sign
            return np.asarray(kept)
    return values


def _said(dataset: Dataset, error: Exception) -> str:
    """Why a slice could not be decoded, in words; of compressed ones with the compression."""
    meta = getattr(dataset, "file_meta", None)
    syntax = meta.get("TransferSyntaxUID") if meta else None
    if syntax is None or not syntax.is_encapsulated:
        return reason(error)
    if isinstance(error, RuntimeError) and "missing dependencies" in str(error):
        return f"{syntax.name}, which is not supported"
    if isinstance(error, RuntimeError):  # ITK's text is one of addresses and line numbers
        return f"damaged {syntax.name}"
    return f"{syntax.name}: {reason(error)}"
