"""Paths that are not UTF-8: how they are shown, and how ITK, which ends the process, opens them."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from VoCoLib.errors import InputError


def printable(path: Path | str) -> str:
    """A path as text that any file and console takes; bytes that are not UTF-8 are Latin-1."""
    text = os.fsencode(path).decode("utf-8", "surrogateescape")
    return "".join(chr(ord(c) - 0xDC00) if "\udc80" <= c <= "\udcff" else c for c in text)


@contextlib.contextmanager
def itk_path(path: Path) -> Iterator[Path]:
    """A path in UTF-8 to the same file or folder, for as long as this context lasts.

    Raises:
        InputError: there is none, since this system lets nobody make links.
    """
    shown = printable(path)
    if shown == str(path):
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        # if need be the folder, not the file: a header names the file of its voxels beside it
        real = Path(os.path.abspath(path))
        link = Path(folder, printable(real.name) if real.is_dir() else "folder")
        try:
            link.symlink_to(real if real.is_dir() else real.parent)
            readable = link if real.is_dir() else link / real.name
            if printable(readable) != str(readable):
                readable = Path(folder, printable(real.name))
                readable.symlink_to(real)
                for file in _beside(real):
                    Path(folder, file.name).symlink_to(file)
        except OSError as error:
            raise InputError(
                f"The name {shown} is not UTF-8, and cannot be read: {error.strerror or error}.",
                "Rename it.",
            ) from error
        yield readable


def _beside(file: Path) -> list[Path]:
    """The files that a header may mean with a name in UTF-8."""
    if file.suffix.lower() not in (".mhd", ".nhdr"):
        return []
    return [path for path in file.parent.iterdir() if printable(path.name) == path.name]
