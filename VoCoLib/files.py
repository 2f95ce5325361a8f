"""Files written whole or not at all, and JSON read with errors that name the file."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from VoCoLib.errors import ModelError, OutputError

_DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_OF_A_DISK = (*_DISK_FULL, errno.EIO, errno.EROFS, errno.ENODEV, errno.ENXIO, errno.ESTALE)


def check_writable(path: Path, size: int = 0) -> None:
    """Checks that a file of size bytes can be written to path, of any suffix; leaves no trace.

    Raises:
        OutputError: there is a folder of this name, no folder that can be written to, or too little
            space.
    """
    if path.is_dir():
        raise OutputError(f"{path} is a folder.", "Name a file in it.")
    folder = next((p for p in path.absolute().parents if p.exists()), path.absolute().parent)
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise output_error(path, error) from error
    if free < size:
        raise OutputError(
            f"{path} needs about {_size(size)}, but its disk has {_size(free)} left.",
            "Free some space or choose another disk.",
        )


def _size(count: int) -> str:
    """A number of bytes in the unit that suits it: 12 kB, 3.4 MB, 56 GB."""
    number, unit = float(count), "bytes"
    for larger in ("kB", "MB", "GB", "TB"):
        if number < 1000:
            break
        number, unit = number / 1000, larger
    return f"{number:.3g} {unit}" if number < 100 else f"{number:.0f} {unit}"


def write_atomically(path: Path, write: Callable[[Path], None]) -> None:
    """Lets write make a file beside path, then puts it in path's place.

    Args:
        path: the file; its folder is made if need be.
        write: writes the path it is given, which ends as path does.

    Raises:
        OutputError: write raised an OSError, or the folder or the file could not be made.
    """
    suffix = "".join(path.suffixes[-2:])
    temporary = path.with_name(f".{uuid.uuid4().hex[:12]}{suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(temporary)
        os.replace(temporary, path)
    except OSError as error:
        raise output_error(path, error) from error
    finally:
        discard(temporary)


def discard(path: Path) -> None:
    """Deletes a file that nobody needs, if it is there and can be deleted; for a finally, too."""
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def reason_of(error: OSError) -> str:
    """Why a file could not be read or written, in words that follow a colon."""
    if error.errno is None and str(error).endswith(" written"):  # what NumPy knows of its writes
        return "the disk is full or gone"
    return "the disk is full" if error.errno in _DISK_FULL else error.strerror or str(error)


def disk_error(error: OSError) -> OutputError | None:
    """What to tell of an error that nobody expected there; None if it is not that of a disk."""
    if error.filename is None and error.errno not in _OF_A_DISK:
        return None
    return OutputError(
        f"{error.filename or 'A file'} cannot be read or written: {reason_of(error)}.",
        "Look whether its disk is connected and has space, then start again.",
    )


def output_error(path: Path, error: OSError) -> OutputError:
    """What to tell of a file that could not be written."""
    full = error.errno in _DISK_FULL
    return OutputError(
        f"{path} could not be written: {reason_of(error)}.",
        "Free some space or choose another disk."
        if full
        else "Choose a folder that you can write to.",
    )


def read_json(path: Path) -> Any:
    """The content of a JSON file; raises ModelError."""
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise ModelError(f"{path} does not exist.", "Check the path for typing errors.") from error
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read: {error}.", "Repair or delete it.") from error


def write_json(path: Path, data: Any) -> None:
    """Writes a JSON file in one step; raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    text = json.dumps(data, indent=2, ensure_ascii=False) + "\n"
    try:
        # Python has what is not UTF-8 in a path as surrogates; with a backslash JSON has them, too
        temporary.write_text(text, encoding="utf-8", errors="backslashreplace")
        os.replace(temporary, path)
    finally:
        discard(temporary)
