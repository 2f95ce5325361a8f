"""Shards: prepared volumes in large files, found by number, whatever they lie on.

A shard is an uncompressed tar, as WebDataset reads it, with a .npy for each volume. The index says
for each CT of the archive, in its order, where its volume begins, or why there is none. So any
volume is read by itself, in any order, from a disk or through a request for a part of a file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, astuple, dataclass
from pathlib import Path, PurePath
from typing import Any

from VoCoLib.errors import InputError
from VoCoLib.method.presets import Preparation
from VoCoLib.training.data.datasets import SHARDS_FILE, Case
from VoCoLib.training.data.storage import MissingFileError, Storage, is_url

INDEX = SHARDS_FILE
SHARD = re.compile(r"shard-(\d{6})\.(tar|jsonl)")

_FORMAT = 1  # raise it when shards or what is in them change


@dataclass(frozen=True, slots=True)
class ShardCase(Case):
    """A prepared volume in a shard.

    Attributes:
        image: path of its CT in the archive, relative to it; a name here.
        content: print of the CT, see VolumeFacts.
        shard: name of the file; empty if the CT is unusable.
        offset, size: bytes of the .npy in it.
        checksum: CRC-32 of the .npy.
        problem: why the CT is unusable; empty if it is not.
        lasting: whether another attempt would find the same.
    """

    content: str = ""
    shard: str = ""
    offset: int = 0
    size: int = 0
    checksum: int = 0
    problem: str = ""
    lasting: bool = True

    @property
    def name(self) -> str:
        """With which it is found, on any system."""
        return self.image.as_posix()


@dataclass(frozen=True)
class Shards:
    """The volumes of an archive in shards, or of one shard.

    Attributes:
        preset: name of the preset of the preparation.
        preparation: of all volumes.
        cases: by name, in the order of the archive.
    """

    preset: str
    preparation: Preparation
    cases: Mapping[str, ShardCase]

    def case(self, name: str) -> ShardCase:
        """The volume with a name as str(case.image) says it; raises InputError without one."""
        found = self.cases.get(PurePath(name).as_posix())
        if found is None:
            raise InputError(
                f"{name} is not in the shards.",
                "Resume with the data that the run began with, or begin a new run.",
            )
        return found


def are_shards(data: str) -> bool:
    """Whether data are shards, complete or not: a URL, or a folder with their files."""
    if is_url(data):
        return True
    folder = Path(data)
    return (folder / INDEX).is_file() or next(folder.glob("shard-*.jsonl"), None) is not None


def open_shards(data: str) -> Shards:
    """The shards at a path or URL.

    Raises:
        InputError: there are none, they are not complete, damaged, or cannot be reached.
    """
    storage = Storage(data)
    try:
        text = storage.read(INDEX)
    except MissingFileError as error:
        raise InputError(
            f"There are no shards in {data}, or they are not complete: it has no {INDEX}.",
            "Check the address, or let voco prepare come to its end; it goes on where it stopped.",
        ) from error
    return read_index(text, f"{data.rstrip('/')}/{INDEX}")


def read_index(text: bytes, name: str) -> Shards:
    """The shards that an index describes.

    Args:
        text: of the file.
        name: of the file, for messages.

    Raises:
        InputError: it is damaged, or of another version.
    """
    try:
        head, *lines = text.decode().splitlines()
        found = json.loads(head)
        if found["format"] != _FORMAT:
            raise InputError(f"{name} is of another version of VoCo.", "Prepare the archive again.")
        cases = [_case(json.loads(line)) for line in lines]
        if len(cases) != found["volumes"]:
            raise ValueError(f"{len(cases)} lines instead of {found['volumes']}")
        preparation = Preparation(**{k: _tuple(v) for k, v in found["preparation"].items()})
        return Shards(str(found["preset"]), preparation, {case.name: case for case in cases})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{name} is damaged: {error}.", "Copy it again, or delete it and run voco prepare."
        ) from error


def index_text(preset: str, preparation: Preparation, cases: Iterable[ShardCase]) -> str:
    """What read_index reads."""
    lines = [json.dumps([case.name, *astuple(case)[2:]], ensure_ascii=False) for case in cases]
    head = {"format": _FORMAT, "volumes": len(lines), "preset": preset}
    head["preparation"] = asdict(preparation)
    return "\n".join([json.dumps(head), *lines, ""])


def _case(fields: list[Any]) -> ShardCase:
    name, content, shard, *numbers, problem, lasting = fields
    offset, size, checksum = (int(number) for number in numbers)
    if shard and not SHARD.fullmatch(shard):
        raise ValueError(f"{shard} is no name of a shard")
    return ShardCase(Path(name), None, content, shard, offset, size, checksum, problem, lasting)


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
