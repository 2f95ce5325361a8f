"""Finds the CT volumes in a folder, and says what else is there that looks like one."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from VoCoLib.dicom.files import holds_slices, is_dicom, is_one_study
from VoCoLib.images.encodings import printable
from VoCoLib.images.volumes import IMAGE_SUFFIXES

_LABEL_FOLDERS = ("segmentations", "labelstr", "labelsva", "labelsts")
_NAMED = 10  # of a kind of what is left out


@dataclass
class Found:
    """What a folder holds.

    Attributes:
        volumes: image files and folders of DICOM files, as read_volume takes them. Some may be
            unreadable: links without target and folders that nobody may open are among them, so
            that whoever reads them says so.
        left_out: paths of what looks like a volume and is not taken, and why.
    """

    volumes: list[Path] = field(default_factory=list)
    left_out: list[tuple[Path, str]] = field(default_factory=list)

    def report(self) -> list[str]:
        """What is left out, a sentence for each reason."""
        lines = []
        for reason, count in Counter(reason for _, reason in self.left_out).items():
            paths = [printable(path) for path, why in self.left_out if why == reason]
            more = f" and {count - _NAMED} others" if count > _NAMED else ""
            lines.append(f"Left out ({reason}): {', '.join(paths[:_NAMED])}{more}")
        return lines


def find_volumes(folder: Path, results: Path | None = None) -> Found:
    """Searches a folder at any depth, each real folder once.

    Args:
        folder: where to look.
        results: a folder in it that is not searched.

    Returns:
        what is there; hidden files are not looked at.

    Raises:
        OSError: the folder itself cannot be opened.
    """
    found = Found()
    done = {Path(os.path.realpath(results))} if results is not None else set()
    next(folder.iterdir(), None)
    _search(folder, found, done)
    return found


def _search(folder: Path, found: Found, done: set[Path]) -> None:
    """Appends what is in a folder; done: the real folders that are not to be searched (again)."""
    done.add(Path(os.path.realpath(folder)))
    try:
        entries = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError:
        found.volumes.append(folder)
        return
    files = [path for path in entries if _may_be_file(path)]
    images = [path for path in files if path.name.lower().endswith(IMAGE_SUFFIXES)]
    results = [path for path in images if path.name.lower().endswith(".seg.nrrd")]
    found.left_out += [(path, "a segmentation") for path in results]
    found.volumes += [path for path in images if path not in results]
    others = [path for path in files if path not in images]
    if not images and is_one_study(folder):
        found.volumes.append(folder)
        return  # what lies in folders below are its series
    if holds_slices(others):
        found.volumes.append(folder)
    elif any(is_dicom(path) for path in others if os.path.isfile(path)) and not images:
        found.volumes.append(folder)  # no slices: reading it says what it is instead
    else:
        found.left_out += [(path, "a link without a target") for path in _broken(others)]
    for path in entries:
        if os.path.isdir(path):  # False, never OSError
            _enter(path, found, done, bool(images))


def _enter(path: Path, found: Found, done: set[Path], beside_images: bool) -> None:
    """Searches a folder in the one that is searched, unless there is a reason not to."""
    images_beside = beside_images or path.with_name(path.name.replace("labels", "images")).is_dir()
    if Path(os.path.realpath(path)) in done:
        if path.is_symlink():
            found.left_out.append((path, "a link to a folder that is searched anyway"))
    elif path.name.lower() in _LABEL_FOLDERS and images_beside:
        found.left_out.append((path, "a folder of label maps"))
    else:
        _search(path, found, done)


def _may_be_file(path: Path) -> bool:
    """Whether it is a file, or a link to what cannot be found or looked at."""
    return os.path.isfile(path) or not os.path.exists(path)


def _broken(files: Collection[Path]) -> Iterator[Path]:
    return (path for path in files if not os.path.exists(path))
