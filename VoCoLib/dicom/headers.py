"""Reads the headers of DICOM files, and says what files are that are no part of a volume."""

from __future__ import annotations

import os
import warnings
import zipfile
from pathlib import Path
from typing import IO, Any, TypeAlias

import pydicom
from pydicom.dataset import Dataset
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    EncapsulatedPDFStorage,
    MediaStorageDirectoryStorage,
    SegmentationStorage,
    XRayRadiationDoseSRStorage,
)

Item: TypeAlias = Path | zipfile.Path

_HEADER = """
    ImageType SOPClassUID SOPInstanceUID StudyDate Modality StudyDescription SeriesDescription
    PatientID PatientName ContrastBolusAgent SliceThickness KVP ConvolutionKernel
    NominalPercentageOfCardiacPhase TriggerTime AcquisitionNumber AcquisitionDateTime
    AcquisitionTime StudyInstanceUID SeriesInstanceUID SeriesNumber InstanceNumber
    TemporalPositionIdentifier ImagePositionPatient ImageOrientationPatient FrameOfReferenceUID
    SamplesPerPixel PhotometricInterpretation NumberOfFrames Rows Columns PixelSpacing
    ImagerPixelSpacing BitsAllocated BitsStored HighBit PixelRepresentation PixelPaddingValue
    PixelPaddingRangeLimit RescaleIntercept RescaleSlope RescaleType ModalityLUTSequence
    SharedFunctionalGroupsSequence PerFrameFunctionalGroupsSequence
""".split()  # noqa: SIM905

_SINGLE_NUMBERS = (
    "Rows",
    "Columns",
    "NumberOfFrames",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "PixelPaddingValue",
    "PixelPaddingRangeLimit",
)

_PIXELS = (b"\xe0\x7f\x10\x00", b"\x7f\xe0\x00\x10")  # the tag of Pixel Data, either byte order
_NO_IMAGE = "DICOM file without an image"
_PROJECTION, _COLOURS = "LOCALIZER", ("RGB", "PALETTE COLOR")
# images that are made of others, or belong to them
_NO_VOLUMES = ("SEG", "RTDOSE", "RTIMAGE", "RTPLAN", "RTSTRUCT", "PR", "SR", "KO", "REG", "DOC")
_PLAIN_WORDS = {
    MediaStorageDirectoryStorage: "DICOMDIR",
    XRayRadiationDoseSRStorage: "dose report",
    EncapsulatedPDFStorage: "PDF document",
    SegmentationStorage: "segmentation",
}


def read_all(item: Item, pixels: bool = True) -> Dataset:
    """A file's whole data set, with or without its pixels; raises what pydicom raises."""
    with quiet(), item.open("rb") as file:
        return pydicom.dcmread(file, force=True, stop_before_pixels=not pixels)


class quiet(warnings.catch_warnings):  # noqa: N801
    """Keeps what pydicom thinks of a file's values off the user's screen."""

    def __enter__(self) -> None:
        super().__enter__()
        warnings.simplefilter("ignore")


def parse_header(file: IO[bytes]) -> Dataset | str:
    """The elements that sorting and placing take, or what a file is that is no part of a volume.

    Raises:
        OSError: the file cannot be read.
        Exception: it is damaged; pydicom lets through what its parts raise.
    """
    header, pixels = _parse(file)
    _drop_damaged(header)
    return _other_kind(header, pixels) or header


def _parse(file: IO[bytes]) -> tuple[Dataset, int]:
    """The header and how many bytes follow the tag of Pixel Data; 0 where there are no pixels."""
    with quiet():
        header = pydicom.dcmread(
            file, stop_before_pixels=True, force=True, specific_tags=[*_HEADER, "PixelData"]
        )
        if header.file_meta.get("TransferSyntaxUID") == DeflatedExplicitVRLittleEndian:
            file.seek(0)  # what follows the header is unpacked already
            header = pydicom.dcmread(file, force=True, specific_tags=[*_HEADER, "PixelData"])
            pixels = len(header.PixelData) + 4 if "PixelData" in header else 0
            return header, pixels
        tag = file.read(4)
        if tag not in _PIXELS:
            return header, 0
        start = file.tell()
        return header, file.seek(0, os.SEEK_END) - start


def _other_kind(header: Dataset, pixels: int) -> str:
    """What a file is that is no slice or stack of slices of a volume, else an empty string."""
    types = [str(t).upper() for t in values(header.get("ImageType"))]
    without_image = not header.get("Rows") or not header.get("Columns")
    if without_image or header.get("Modality") in _NO_VOLUMES or header.get("BitsAllocated") == 1:
        name = _class_name(header)
        torn = without_image and name.endswith("Image")
        return f"damaged DICOM file ({name} without its size)" if torn else name or _NO_IMAGE
    if _PROJECTION in types:
        return "localizer"
    if header.get("SamplesPerPixel", 1) != 1 or header.get("PhotometricInterpretation") in _COLOURS:
        return "colour picture"
    if not pixels:
        return "image without pixels"
    if not _has_place(header):
        return "image without a position in the patient"
    missing = _missing_bytes(header, pixels)
    return f"truncated image ({missing:,} bytes are missing)" if missing > 0 else ""


def _drop_damaged(header: Dataset) -> None:
    """Takes away elements that cannot be understood: pydicom finds out when they are asked for."""
    with quiet():
        for tag in list(header.keys()):
            try:
                value = header[tag].value
                if header[tag].keyword in _SINGLE_NUMBERS and value is not None:
                    int(value)
            except Exception:  # of a damaged element pydicom lets through what its parts raise
                del header[tag]


def _class_name(header: Dataset) -> str:
    """What the standard calls such objects; empty if the file does not say what it is."""
    meta = header.file_meta.get("MediaStorageSOPClassUID")
    uid = UID(str(header.get("SOPClassUID") or meta or ""))
    named = uid.name.removesuffix(" Storage")
    return _PLAIN_WORDS.get(uid, named if named != uid else "")


def _has_place(header: Dataset) -> bool:
    if "PerFrameFunctionalGroupsSequence" in header:
        return True
    position = values(header.get("ImagePositionPatient"))
    orientation = values(header.get("ImageOrientationPatient"))
    return len(position) == 3 and len(orientation) == 6


def _missing_bytes(header: Dataset, pixels: int) -> int:
    """How many bytes uncompressed pixels lack; 0 for compressed ones."""
    syntax = header.file_meta.get("TransferSyntaxUID")
    if syntax is not None and (syntax.is_encapsulated or syntax.is_deflated):
        return 0
    bits = int(header.get("BitsAllocated", 16)) * int(header.get("NumberOfFrames") or 1)
    return int(header.Rows) * int(header.Columns) * bits // 8 - (pixels - 4)  # of the length


def values(value: Any) -> list[Any]:
    """An element's values, of which there may be one or none."""
    if value is None or value == "":
        return []
    return list(value) if hasattr(value, "__iter__") and not isinstance(value, str) else [value]
