"""Reads one of many inputs: whatever its name is and whatever fails, the others can go on."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from VoCoLib.errors import InputError, VoCoError
from VoCoLib.images.encodings import itk_path, printable
from VoCoLib.images.formats import has_native_reader
from VoCoLib.images.volumes import NO_CHOICES, Choices, Volume, read_volume
from VoCoLib.processes.isolated import ChildDiedError, Isolated

_read_elsewhere = Isolated(read_volume)


def read_input(path: Path, choices: Choices = NO_CHOICES, isolated: bool = False) -> Volume:
    """read_volume, also for a name that is not UTF-8; Volume.name is printable.

    Args:
        path, choices: as read_volume takes them.
        isolated: read formats with native readers in a child process, whose crash is then an error
            of this input alone.

    Raises:
        InputError: the input cannot be read, whatever the reason.
        OutOfMemoryError: it does not fit into memory.
    """
    if not os.path.lexists(path):
        raise InputError(f"{printable(path)} does not exist.", "Check the path for typing errors.")
    if not os.path.exists(path):
        raise InputError(
            f"{printable(path)} does not exist: it is a link without a target.",
            "Fetch what it stands for, or remove it.",
        )
    with any_failure(path), itk_path(path) as readable:
        read = _read_elsewhere if isolated and has_native_reader(readable) else read_volume
        return replace(read(readable, choices), name=printable(path.name))


@contextlib.contextmanager
def any_failure(path: Path) -> Iterator[None]:
    """Turns what nobody expected of a reader, which others have written, into an InputError."""
    try:
        yield
    except InputError as error:  # in many folders files have the same name
        message, name = error.message, printable(path.name)
        if message.startswith(name):
            message = printable(path) + message.removeprefix(name)
        elif printable(path) not in message:
            message = f"{printable(path)}: {message}"
        raise type(error)(message, error.hint) from error
    except (VoCoError, MemoryError):
        raise
    except ChildDiedError as error:
        raise InputError(
            f"{printable(path)} cannot be read: the reader crashed ({error}).",
            "Please report it, and leave it out or convert it meanwhile.",
        ) from error
    except Exception as error:  # of a damaged file readers raise anything
        raise InputError(
            f"{printable(path)} cannot be read ({type(error).__name__}: {error}).",
            "Please report it, and leave it out or convert it meanwhile.",
        ) from error
