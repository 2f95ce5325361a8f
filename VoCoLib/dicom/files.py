"""Finds DICOM files in a folder, a ZIP archive or below, and says of each what it is."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from VoCoLib.dicom.headers import Item

_MOST_FOLDERS = 500  # of a study
_FIRST_GROUPS = (0x0002, 0x0008)  # a data set without a preamble starts with one of them


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
            from VoCoLib.dicom.headers import parse_header  # pydicom: 20 MB that few need

            header = parse_header(file)
        return header if isinstance(header, str) else DicomFile(item, header)
    except OSError as error:
        return f"file that cannot be opened ({error.strerror or error})"
    except Exception as error:  # whatever a damaged archive, or pydicom of a damaged file, raises
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


def reason(error: Exception) -> str:
    """The first line of what a reader raised."""
    from pydicom.errors import InvalidDicomError

    if isinstance(error, InvalidDicomError):
        return "its header cannot be read"
    lines = str(error).strip().splitlines()
    return lines[0][:100] if lines else type(error).__name__
