"""Knows the cases of a run again where a data set was moved: by name and content."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from VoCoLib.errors import InputError
from VoCoLib.threads import map_in_threads
from VoCoLib.training.data.archive import VolumeFacts, is_print, look_at
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
        known: the cases of the run, where they were, and their contents (see content_of), or
            prints (see VolumeFacts).
        found: the cases of the data set; they may be more.

    Returns:
        for each known case the found one of the same name and content.

    Raises:
        InputError: one is not there, or has changed.
    """
    groups = _Groups(found)
    again, lost = [], []
    for case, content in known:
        same = groups.find(case, content) if content else None
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


class _Groups:
    """Cases by name and content, of which each is read once: thousands may be called ct.nii.gz."""

    def __init__(self, cases: Sequence[Case]) -> None:
        self._by_name: dict[str, list[Case]] = {}
        self._by_content: dict[tuple[str, bool, bool], dict[str, Case]] = {}
        for case in cases:
            self._by_name.setdefault(case.image.name, []).append(case)

    def find(self, like: Case, content: str) -> Case | None:
        """The first case with the name of another one and this content."""
        key = (like.image.name, is_print(content), like.label is not None)
        if key not in self._by_content:
            named = self._by_name.get(key[0], [])
            if key[1]:
                found = [facts.print for facts in map_in_threads(_facts, named)]
            else:
                found = [_content(case, key[2]) for case in named]
            pairs = zip(reversed(found), reversed(named), strict=True)
            self._by_content[key] = dict(pairs)
        return self._by_content[key].get(content)


def _facts(case: Case) -> VolumeFacts:
    return look_at(str(case.image))


def _content(case: Case, labelled: bool) -> str:
    """Of the image, and of the label map if need be; empty if they cannot be read."""
    try:
        return content_of(case if labelled else Case(case.image))
    except InputError:
        return ""
