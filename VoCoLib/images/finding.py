"""Finds the CT volumes in a folder, and says what else is there that looks like one."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from VoCoLib.images.encodings import printable
from VoCoLib.images.folders import LABEL_FOLDERS, FolderContents, look_below, look_into

_NAMED = 10  # of a kind of what is left out


@dataclass
class Found:
    """What a folder holds.

    Attributes:
        volumes: image files and folders of DICOM files, as read_volume takes them. Some may be
            unreadable: links without target and folders that nobody may open are among them, so
            that whoever reads them says so.
        left_out: paths of what looks like a volume and is not taken, and why.
        folders: what was seen in each folder that was searched.
    """

    volumes: list[Path] = field(default_factory=list)
    left_out: list[tuple[Path, str]] = field(default_factory=list)
    folders: dict[str, FolderContents] = field(default_factory=dict)

    def report(self) -> list[str]:
        """What is left out, a sentence for each reason."""
        lines = []
        for reason, count in Counter(reason for _, reason in self.left_out).items():
            paths = [printable(path) for path, why in self.left_out if why == reason]
            more = f" and {count - _NAMED} others" if count > _NAMED else ""
            lines.append(f"Left out ({reason}): {', '.join(paths[:_NAMED])}{more}")
        return lines


def find_volumes(
    folder: Path,
    results: Path | None = None,
    known: Callable[[str], FolderContents | None] = lambda path: None,
) -> Found:
    """Searches a folder at any depth, each real folder once.

    Args:
        folder: where to look.
        results: a folder in it that is not searched.
        known: what was seen in a folder before, if that still holds.

    Returns:
        what is there; hidden files are not looked at.

    Raises:
        OSError: the folder itself cannot be opened.
    """
    with os.scandir(folder):
        pass
    found = Found()
    done = {os.path.realpath(results)} if results is not None else set()
    root, real = str(folder), os.path.realpath(folder)
    _search(root, real, look_below(root, known), found, done)
    return found


def _search(
    folder: str,
    real: str,
    seen: Mapping[str, FolderContents],
    found: Found,
    done: set[str],
) -> None:
    """Appends what is in a folder.

    Args:
        folder, real: its path as it was reached, and without links.
        seen: contents of folders, by path; those that links lead to are not there.
        found: is appended to.
        done: the real folders that are not to be searched (again).
    """
    done.add(real)
    contents = seen.get(folder) or look_into(folder)
    found.folders[folder] = contents
    found.volumes += [Path(folder, name) for name in contents.volumes]
    found.volumes += [Path(folder)] * contents.itself
    found.left_out += [(Path(folder, name), why) for name, why in contents.left_out]
    for name in contents.folders:
        path, linked = os.path.join(folder, name), name in contents.links
        below = os.path.realpath(path) if linked else os.path.join(real, name)
        if below in done:
            if linked:
                why = "a link to a folder that is searched anyway"
                found.left_out.append((Path(path), why))
        elif name.lower() in LABEL_FOLDERS and (contents.images or _has_images_beside(path)):
            found.left_out.append((Path(path), "a folder of label maps"))
        else:
            _search(path, below, seen, found, done)


def _has_images_beside(labels: str) -> bool:
    folder, name = os.path.split(labels)
    return os.path.isdir(os.path.join(folder, name.replace("labels", "images")))
