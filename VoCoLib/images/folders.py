"""What one folder holds: image files, DICOM slices, folders to search, and what is left out."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from VoCoLib.dicom.files import folders_of_study, holds_slices, is_dicom
from VoCoLib.images.volumes import IMAGE_SUFFIXES
from VoCoLib.threads import map_in_threads

LABEL_FOLDERS = ("segmentations", "labelstr", "labelsva", "labelsts")
_SEGMENTATION = ".seg.nrrd"


@dataclass(frozen=True, slots=True)
class FolderContents:
    """What was seen in a folder; names without it, sorted.

    Attributes:
        changed_ns: when its list of names last changed, in ns since 1970; None: it cannot be read.
        volumes: image files, which some may be unreadable.
        itself: whether it is a volume, of DICOM files.
        images: whether any file is an image, segmentations included.
        left_out: names and why.
        folders: to search, in which a link may be.
        links: those of the folders that are links.
        study: the folders of a DICOM study that is one volume, with their times.
    """

    changed_ns: int | None
    volumes: tuple[str, ...] = ()
    itself: bool = False
    images: bool = False
    left_out: tuple[tuple[str, str], ...] = ()
    folders: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    study: tuple[tuple[str, int], ...] = ()


def look_into(folder: str) -> FolderContents:
    """Looks into a folder, not below it; hidden files are passed over."""
    try:
        changed_ns = os.stat(folder).st_mtime_ns
        with os.scandir(folder) as found:
            entries = sorted(
                (entry for entry in found if not entry.name.startswith(".")),
                key=lambda entry: os.path.normcase(entry.name),
            )
    except OSError:
        return FolderContents(None, itself=True)
    kinds = {entry.name: _kind(entry) for entry in entries}
    files = [name for name, kind in kinds.items() if kind in ("file", "broken")]
    images = [name for name in files if name.lower().endswith(IMAGE_SUFFIXES)]
    results = {name for name in images if name.lower().endswith(_SEGMENTATION)}
    if not images and (study := folders_of_study(Path(folder), IMAGE_SUFFIXES)):
        return FolderContents(changed_ns, itself=True, study=tuple(study))  # below are its series
    others = [name for name in files if not name.lower().endswith(IMAGE_SUFFIXES)]
    paths = [Path(folder, name) for name in others]
    itself = holds_slices(paths)
    if not itself and not images:  # no slices: reading it says what it is instead
        itself = any(is_dicom(path) for path in paths if os.path.isfile(path))
    broken = [name for name in others if kinds[name] == "broken" and not itself]
    return FolderContents(
        changed_ns,
        volumes=tuple(name for name in images if name not in results),
        itself=itself,
        images=bool(images),
        left_out=(
            *((name, "a segmentation") for name in images if name in results),
            *((name, "a link without a target") for name in broken),
        ),
        folders=tuple(name for name, kind in kinds.items() if kind == "folder"),
        links=tuple(e.name for e in entries if kinds[e.name] == "folder" and e.is_symlink()),
    )


def look_below(
    root: str, known: Callable[[str], FolderContents | None] = lambda folder: None
) -> Mapping[str, FolderContents]:
    """What a folder and those below it hold, many at a time; links are not followed.

    Args:
        root: where to begin.
        known: what was seen in a folder before, if that still holds.
    """

    def look(folder: str) -> FolderContents:
        return known(folder) or look_into(folder)

    seen: dict[str, FolderContents] = {}
    level: Sequence[str] = [root]
    while level:
        found = map_in_threads(look, level)
        seen.update(zip(level, found, strict=True))
        level = [
            os.path.join(folder, name)
            for folder, contents in zip(level, found, strict=True)
            for name in contents.folders
            if name not in contents.links
            and not (contents.images and name.lower() in LABEL_FOLDERS)
        ]
    return seen


def _kind(entry: os.DirEntry[str]) -> str:
    """What an entry is: "folder", "file", "broken" (it cannot be looked at), or "other"."""
    try:
        if entry.is_dir():
            return "folder"
        if entry.is_file():
            return "file"
    except OSError:
        return "broken"
    return "other" if os.path.exists(entry.path) else "broken"
