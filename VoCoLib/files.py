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
        raise _output_error(path, error) from error
    if free < size:
        raise OutputError(
            f"{path} needs about {size / 1e6:.0f} MB, but its disk has {free / 1e6:.0f} MB left.",
            "Free some space or choose another disk.",
        )


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
        raise _output_error(path, error) from error
    finally:
        discard(temporary)


def discard(path: Path) -> None:
    """Deletes a file that nobody needs, if it is there and can be deleted; for a finally, too."""
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def _output_error(path: Path, error: OSError) -> OutputError:
    if error.errno in _DISK_FULL:
        return OutputError(
            f"{path} could not be written: the disk is full.",
            "Free some space or choose another disk.",
        )
    reason = error.strerror or str(error)
    return OutputError(
        f"{path} could not be written: {reason}.", "Choose a folder that you can write to."
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
