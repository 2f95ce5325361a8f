"""An index of the volumes in a folder, kept so that the next start only looks for what changed.

A line of JSON each: a folder and what it holds, a volume and its size, time, shape, spacing and
print. A folder is looked into again if its list of names has changed, a volume is if its size or
time has.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from VoCoLib.dicom.files import DicomFile, read_header
from VoCoLib.errors import OutputError
from VoCoLib.files import write_atomically
from VoCoLib.images.folders import FolderContents
from VoCoLib.images.headers import START, Size, size_in
from VoCoLib.locations import default_home
from VoCoLib.method.presets import Preparation
from VoCoLib.threads import map_in_threads

T = TypeVar("T")

_FORMAT = 1  # raise it when lines change
_WORTH_IT = 1000  # lines; fewer are found faster than an index is read
_CLOCK_NS = 3 * 10**9  # a change within the tick of a disk's clock could be missed
_MOST_FILES = 10_000  # of a DICOM study whose names are in its print
_PRINT = "quick:"  # what prints begin with


@dataclass(frozen=True, slots=True)
class VolumeFacts:
    """What is known of a volume without reading it.

    Attributes:
        size: bytes, of all files of a folder together; -1 if it is lost.
        changed_ns: in ns since 1970; of a folder, when its list of names last changed.
        shape, spacing: voxels and mm along the file's axes; None where the header does not tell.
        print: fingerprint of size, start and end of the file; of a folder, of the names and sizes
            of its files, and of one of them; empty if it is lost.
    """

    size: int = -1
    changed_ns: int = 0
    shape: tuple[int, int, int] | None = None
    spacing: tuple[float, float, float] | None = None
    print: str = ""


class ArchiveIndex:
    """What is known of the folders and volumes of an archive.

    Args:
        source: folder or list of the archive.
        home: the user's folder; None: see default_home.
    """

    def __init__(self, source: Path, home: Path | None = None) -> None:
        name = hashlib.sha256(os.path.abspath(source).encode("utf-8", "replace")).hexdigest()[:32]
        self._path = (home or default_home()) / "archives" / f"{name}.jsonl"
        self._folders: dict[str, FolderContents] = {}
        self._volumes: dict[str, VolumeFacts] = {}
        self._changed = False
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            self._load()

    def contents(self, folder: str) -> FolderContents | None:
        """What a folder holds; None if it was never seen or has changed since."""
        known = self._folders.get(folder)
        if known is None or known.changed_ns is None:
            return None
        listed = known.study or ((folder, known.changed_ns),)
        with contextlib.suppress(OSError):
            if all(os.stat(path).st_mtime_ns == changed_ns for path, changed_ns in listed):
                return known
        return None

    def keep(self, folders: Mapping[str, FolderContents]) -> None:
        """Takes over what was seen in all folders; those that change just now are not kept."""
        recent_ns = time.time_ns() - _CLOCK_NS
        kept = {
            folder: contents
            for folder, contents in folders.items()
            if contents.changed_ns is not None
            and max((contents.changed_ns, *(ns for _, ns in contents.study))) < recent_ns
        }
        self._changed = self._changed or kept != self._folders
        self._folders = kept

    def facts(self, volumes: Sequence[Path]) -> list[VolumeFacts]:
        """What is known of volumes, which are looked at unless nothing has changed."""
        paths = [str(volume) for volume in volumes]
        found = map_in_threads(self._look, paths)
        new = dict(zip(paths, found, strict=True))
        self._changed = self._changed or new != self._volumes
        self._volumes = new
        return found

    def save(self) -> None:
        """Writes the index if it has changed and is worth it; without it, the next start can do."""
        if not self._changed or len(self._folders) + len(self._volumes) < _WORTH_IT:
            return
        with contextlib.suppress(OutputError):
            write_atomically(self._path, self._write)
            self._changed = False

    def _look(self, path: str) -> VolumeFacts:
        known = self._volumes.get(path)
        with contextlib.suppress(OSError):
            stat = os.stat(path)
            same_size = known is not None and (known.size == stat.st_size or os.path.isdir(path))
            if known is not None and same_size and known.changed_ns == stat.st_mtime_ns:
                return known
        return look_at(path)

    def _load(self) -> None:
        with self._path.open(encoding="utf-8") as file:
            if json.loads(file.readline())["format"] != _FORMAT:
                return
            for line in file:
                kind, path, fields = json.loads(line)
                if kind == "folder":
                    self._folders[path] = FolderContents(**_tuples(fields))
                else:
                    self._volumes[path] = VolumeFacts(**_tuples(fields))

    def _write(self, path: Path) -> None:
        with path.open("w", encoding="utf-8") as file:
            file.write(json.dumps({"format": _FORMAT}) + "\n")
            for kind, items in (("folder", self._folders), ("volume", self._volumes)):
                for name, item in items.items():
                    file.write(json.dumps([kind, name, asdict(item)]) + "\n")


def look_at(path: str) -> VolumeFacts:
    """Reads the first and the last bytes of a volume, or of one file of a DICOM folder."""
    digest = hashlib.blake2b(digest_size=16)
    try:
        changed_ns = os.stat(path).st_mtime_ns
        if os.path.isdir(path):
            files = _files_below(path)
            sizes = [os.stat(file).st_size for file in files]
            for file, size in zip(files, sizes, strict=True):
                name = os.path.relpath(file, path).replace(os.sep, "/")
                digest.update(f"{name}\0{size}\0".encode("utf-8", "replace"))
            size, start = sum(sizes), _ends(files[0], digest)[1]
            geometry = _of_slices(Path(files[0]), len(files))
        else:
            size, start = _ends(path, digest)
            geometry = size_in(start)
    except (OSError, IndexError):
        return VolumeFacts()
    shape, spacing = geometry or (None, None)
    return VolumeFacts(size, changed_ns, shape, spacing, f"{_PRINT}{digest.hexdigest()}")


def prepared_bytes(facts: VolumeFacts, preparation: Preparation) -> int:
    """What a prepared volume takes in the cache at most; 0 if its header does not tell."""
    if preparation.shape is not None:
        return 2 * math.prod(preparation.shape)
    if facts.shape is None or facts.spacing is None:
        return 0
    edges = [n * mm for n, mm in zip(facts.shape, facts.spacing, strict=True)]
    spacing = preparation.spacing or facts.spacing
    return round(2 * math.prod(edges) / math.prod(spacing)) if min(spacing) > 0 else 0


def is_print(content: str) -> bool:
    """Whether a fingerprint is that of VolumeFacts."""
    return content.startswith(_PRINT)


def _files_below(folder: str) -> list[str]:
    """The files of a DICOM series or study, sorted."""
    found: list[str] = []
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [os.path.join(place, name) for name in sorted(files) if name[0] != "."]
        if len(found) > _MOST_FILES:
            break
    return found[:_MOST_FILES]


def _ends(path: str, digest: hashlib.blake2b) -> tuple[int, bytes]:
    """Adds size, start and end of a file to a digest; its size and start."""
    with open(path, "rb", buffering=0) as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(0)
        start = stream.read(START)
        stream.seek(max(0, size - START))
        for part in (str(size).encode(), start, stream.read(START)):
            digest.update(part)
    return size, start


def _of_slices(first: Path, count: int) -> Size | None:
    """Shape and spacing of a series from its first file."""
    found = read_header(first)
    if not isinstance(found, DicomFile):
        return None
    with contextlib.suppress(Exception):  # whatever a damaged element raises
        header = found.header
        rows_mm, columns_mm = (float(mm) for mm in header.PixelSpacing[:2])
        slices = int(header.get("NumberOfFrames") or 1) * count
        thickness = float(header.get("SliceThickness") or 1)
        return (int(header.Columns), int(header.Rows), slices), (columns_mm, rows_mm, thickness)
    return None


def _tuples(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields as dataclasses have them: JSON knows lists only."""
    return {name: _tuple(value) for name, value in fields.items()}


def _tuple(value: Any) -> Any:
    return tuple(_tuple(item) for item in value) if isinstance(value, list) else value
