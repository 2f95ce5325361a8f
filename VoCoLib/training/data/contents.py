"""Knows the cases of a run again where a data set was moved: by name and content."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from VoCoLib.errors import InputError
from VoCoLib.training.data.datasets import Case

_BLOCKS, _BLOCK = 16, 1 << 16  # read of each file: a change of a compressed one reaches its end
_NAMED = 3


def content_of(case: Case) -> str:
    """A fingerprint of the files of a case, wherever they are.

    Raises:
        InputError: they cannot be read.
    """
    digest = hashlib.sha256()
    try:
        for path in (case.image, case.label):
            if path is not None and path.is_dir():
                for file in sorted(p for p in path.iterdir() if p.is_file()):
                    _add(file, digest)
            elif path is not None:
                _add(path, digest)
    except OSError as error:
        raise InputError(f"{case.image} cannot be read: {error.strerror or error}.") from error
    return digest.hexdigest()[:32]


def _add(file: Path, digest: hashlib._Hash) -> None:
    size = file.stat().st_size
    digest.update(size.to_bytes(8, "little"))
    with file.open("rb") as stream:
        for block in range(_BLOCKS):
            stream.seek(max(0, size - _BLOCK) * block // (_BLOCKS - 1))
            digest.update(stream.read(_BLOCK))


def find_again(known: Sequence[tuple[Case, str]], found: Sequence[Case]) -> list[Case]:
    """The cases of a run among those of a data set that may be a moved copy.

    Args:
        known: the cases of the run, where they were, and their contents (see content_of).
        found: the cases of the data set; they may be more.

    Returns:
        for each known case the found one of the same name and content.

    Raises:
        InputError: one is not there, or has changed.
    """
    by_name: dict[str, list[Case]] = {}
    for case in found:
        by_name.setdefault(case.image.name, []).append(case)
    again, lost = [], []
    for case, content in known:
        named = by_name.get(case.image.name, [])
        same = next((one for one in named if content and _content(one, case) == content), None)
        if same is None:
            lost.append(f"{os.path.join(case.image.parent.name, case.image.name)}")
        else:
            again.append(Case(same.image, same.label if case.label else None))
    if lost:
        more = f" and {len(lost) - _NAMED} others" if len(lost) > _NAMED else ""
        raise InputError(
            f"{len(lost)} of the {len(known)} cases of the run are not in the data, or have "
            f"changed: {', '.join(lost[:_NAMED])}{more}.",
            "Resume with the data that the run began with, or begin a new run.",
        )
    return again


def _content(case: Case, like: Case) -> str:
    return content_of(case if like.label else Case(case.image))
