"""Finds DICOM files in a folder, a ZIP archive or below, reads their headers, says what each is."""

from __future__ import annotations

import os
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeAlias

import pydicom
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
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
_MOST_FOLDERS = 500  # of a study
_FIRST_GROUPS = (0x0002, 0x0008)  # a data set without a preamble starts with one of them
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


@dataclass(frozen=True)
class DicomFile:
    """A DICOM file that may be a part of a volume.

    Attributes:
        item: the file, or the member of a ZIP archive.
        header: the elements that sorting and placing take; no pixels.
    """

    item: Item
    header: Dataset


@dataclass(frozen=True)
class LeftOut:
    """A file that is no part of a volume, and what it is instead, e.g. "localizer"."""

    name: str
    kind: str


def read_headers(root: Path) -> tuple[list[DicomFile], list[LeftOut]]:
    """All that lies in a folder, at any depth, or in a ZIP archive; or the one file.

    Hidden files, and links to folders above, are passed over.

    Raises:
        OSError: root cannot be opened.
    """
    files: list[DicomFile] = []
    others: list[LeftOut] = []
    for name, item in _items(root):
        found = read_header(item)
        if isinstance(found, str):
            others.append(LeftOut(name, found))
        else:
            files.append(found)
    return files, others


def read_header(item: Item) -> DicomFile | str:
    """A file's header, or what the file is where it is no slice or stack of slices."""
    try:
        with item.open("rb") as file:
            if not looks_like_dicom(file):
                return "no DICOM file"
            header, pixels = _parse(file)
        _drop_damaged(header)
        return _other_kind(header, pixels) or DicomFile(item, header)
    except OSError as error:
        return f"file that cannot be opened ({error.strerror or error})"
    except Exception as error:  # of a damaged file pydicom lets through what its parts raise
        return f"damaged DICOM file ({reason(error)})"


def looks_like_dicom(file: IO[bytes]) -> bool:
    """Whether a file starts as DICOM does, with or without a preamble; rewinds it."""
    start = file.read(132)
    file.seek(0)
    if start[128:] == b"DICM":
        return True
    groups = {int.from_bytes(start[:2], order) for order in ("little", "big")}
    numbers = {int.from_bytes(start[2:4], order) for order in ("little", "big")}
    known_vr = start[4:6].isalpha() and start[4:6].isupper()
    length = int.from_bytes(start[4:8], "little")
    return (
        len(start) == 132
        and bool(groups & {*_FIRST_GROUPS})
        and min(numbers) <= 0xA0
        and (known_vr or length <= 64)
    )


def is_dicom(path: Path) -> bool:
    """Whether a file's content is DICOM, whatever its name."""
    try:
        with path.open("rb") as file:
            return looks_like_dicom(file)
    except OSError:
        return False


def holds_slices(files: list[Path]) -> bool:
    """Whether any of the files is a DICOM image, or at least is named as such."""
    named = any(path.suffix.lower() == ".dcm" for path in files)
    return named or any(_is_image(read_header(path)) for path in files)


def folders_of_study(root: Path, others: tuple[str, ...] = ()) -> list[tuple[str, int]]:
    """The folders below root with their times (ns), if several hold slices, all of one study.

    An archive is not looked through: no study has so many folders.

    Args:
        root: where to look.
        others: suffixes of files that are not DICOM for sure.
    """
    studies: list[tuple[str, ...]] = []
    folders: list[tuple[str, int]] = []
    for folder in _folders(root):
        if len(folders) == _MOST_FOLDERS:
            return []
        try:
            folders.append((str(folder), folder.stat().st_mtime_ns))
            files = [path for path in _files_in(folder) if not path.name.endswith(others)]
        except OSError:
            continue
        found = (read_header(path) for path in files)
        first = next((file.header for file in found if isinstance(file, DicomFile)), None)
        if first is not None:
            names = ("StudyInstanceUID", "PatientID", "PatientName")
            studies.append(tuple(str(first.get(name) or "") for name in names))
            if not studies[0][0] or studies[-1] != studies[0]:
                return []
    return folders if len(studies) > 1 else []


def _is_image(found: DicomFile | str) -> bool:
    """Whether a file is a slice, or would be one but for what its kind says."""
    return isinstance(found, DicomFile) or "image " in found


def read_all(item: Item, pixels: bool = True) -> Dataset:
    """A file's whole data set, with or without its pixels; raises what pydicom raises."""
    with quiet(), item.open("rb") as file:
        return pydicom.dcmread(file, force=True, stop_before_pixels=not pixels)


class quiet(warnings.catch_warnings):  # noqa: N801
    """Keeps what pydicom thinks of a file's values off the user's screen."""

    def __enter__(self) -> None:
        super().__enter__()
        warnings.simplefilter("ignore")


def _items(root: Path) -> Iterator[tuple[str, Item]]:
    """Names relative to root, and what can be opened."""
    if root.is_file():
        if zipfile.is_zipfile(root):
            archive = zipfile.ZipFile(root)
            for name in sorted(archive.namelist()):
                if not name.endswith("/") and not Path(name).name.startswith("."):
                    yield name, zipfile.Path(archive, name)
        else:
            yield root.name, root
        return
    for folder in _folders(root):
        for path in _files_in(folder):
            yield path.relative_to(root).as_posix(), path


def _folders(root: Path) -> Iterator[Path]:
    """A folder and all below it, but for hidden ones; a folder that links lead to again, once."""
    seen: set[str] = set()
    for folder, folders, _ in os.walk(root, followlinks=True):
        real = os.path.realpath(folder)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield Path(folder)


def _files_in(folder: Path) -> list[Path]:
    paths = sorted(folder.iterdir())
    return [p for p in paths if not p.name.startswith(".") and not p.is_dir()]


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


def reason(error: Exception) -> str:
    """The first line of what a reader raised."""
    if isinstance(error, InvalidDicomError):
        return "its header cannot be read"
    lines = str(error).strip().splitlines()
    return lines[0][:100] if lines else type(error).__name__
