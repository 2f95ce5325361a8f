"""Reads one of many inputs: whatever its name is and whatever fails, the others can go on."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from VoCoLib.errors import InputError, VoCoError
from VoCoLib.images.encodings import itk_path, printable
from VoCoLib.images.volumes import NO_CHOICES, Choices, Volume, read_volume


def read_input(path: Path, choices: Choices = NO_CHOICES) -> Volume:
    """read_volume, also for a name that is not UTF-8; Volume.name is printable.

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
        return replace(read_volume(readable, choices), name=printable(path.name))


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
    except Exception as error:
        raise InputError(
            f"{printable(path)} cannot be read ({type(error).__name__}: {error}).",
            "Please report it, and leave it out or convert it meanwhile.",
        ) from error
