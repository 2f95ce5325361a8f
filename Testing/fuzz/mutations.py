"""Damages a file's content in the ways that discs, networks, scripts and attackers do."""

from __future__ import annotations

import gzip
import io
import json
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np

_NUMBERS = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 540, 348)
_TEXTS = (b"nan", b"inf", b"-1", b"0", b"99999999999", b"1e308", b"../../x", b"\xff\xfe", b"", b" ")
_VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    1e308,
    10**30,
    "",
    "../../x",
    "x" * 999,
    [],
    {},
    [[]],
)

Random = np.random.Generator


def mutate(content: bytes, random: Random) -> bytes:
    """One to four damages, most of them near the start, where headers are.

    Of two in three packed files, what is in them is damaged.
    """
    if random.random() < 2 / 3:
        if content.startswith(b"\x1f\x8b"):
            return gzip.compress(mutate(gzip.decompress(content), random))
        if content.startswith(b"PK\x03\x04"):
            return _one_member(content, random)
    for _ in range(int(random.integers(1, 5))):
        content = _BYTES[int(random.integers(len(_BYTES)))](content, random)
    return content


def mutate_json(content: bytes, random: Random) -> bytes:
    """A value or key replaced, lost or doubled; one case in four damages the text itself."""
    if random.random() < 0.25:
        return mutate(content, random)
    data = json.loads(content)
    for _ in range(int(random.integers(1, 4))):
        places = list(_places(data))
        owner, key = places[int(random.integers(len(places)))]
        if random.random() < 0.2 and isinstance(owner, dict):
            owner[str(_VALUES[5])] = owner.pop(key)
        elif random.random() < 0.3:
            del owner[key]
        else:
            owner[key] = _VALUES[int(random.integers(len(_VALUES)))]
        if not data:
            break
    return json.dumps(data).encode()


def _one_member(content: bytes, random: Random) -> bytes:
    """A ZIP archive with one of its files damaged."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    victim = sorted(members)[int(random.integers(len(members)))]
    members[victim] = mutate(members[victim], random)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return packed.getvalue()


def _places(data: Any) -> list[tuple[Any, Any]]:
    keys = data.keys() if isinstance(data, dict) else range(len(data))
    found = [(data, key) for key in keys]
    for key in list(keys):
        if isinstance(data[key], (dict, list)):
            found += _places(data[key])
    return found


def _at(content: bytes, random: Random) -> int:
    near = min(len(content), 600) if random.random() < 0.7 else len(content)
    return int(random.integers(max(near, 1)))


def _flip(content: bytes, random: Random) -> bytes:
    at = _at(content, random)
    return content[:at] + bytes([random.integers(256)]) + content[at + 1 :]


def _number(content: bytes, random: Random) -> bytes:
    at = _at(content, random)
    form = str(random.choice(["<H", ">H", "<I", ">I", "<f", ">f"]))
    number = _NUMBERS[int(random.integers(len(_NUMBERS)))]
    value = float(number) if form[1] == "f" else number & (0xFFFF if form[1] == "H" else 0xFFFFFFFF)
    data = struct.pack(form, value)
    return content[:at] + data + content[at + len(data) :]


def _text(content: bytes, random: Random) -> bytes:
    """Replaces a run of digits, if there is one near, by another text."""
    at = _at(content, random)
    while at < len(content) and not content[at : at + 1].isdigit():
        at += 1
    end = at
    while end < len(content) and content[end : end + 1].isdigit():
        end += 1
    return content[:at] + _TEXTS[int(random.integers(len(_TEXTS)))] + content[end:]


def _cut(content: bytes, random: Random) -> bytes:
    return content[: int(random.integers(len(content) + 1))]


def _insert(content: bytes, random: Random) -> bytes:
    at = _at(content, random)
    return content[:at] + random.bytes(int(random.integers(1, 40))) + content[at:]


def _remove(content: bytes, random: Random) -> bytes:
    at = _at(content, random)
    return content[:at] + content[at + int(random.integers(1, 40)) :]


def _repeat(content: bytes, random: Random) -> bytes:
    at, size = _at(content, random), int(random.integers(1, 200))
    return content[: at + size] + content[at:]


def _zeros(content: bytes, random: Random) -> bytes:
    at, size = _at(content, random), int(random.integers(1, 100))
    return content[:at] + bytes(size) + content[at + size :]


_BYTES: tuple[Callable[[bytes, Random], bytes], ...] = (
    _flip,
    _flip,
    _number,
    _number,
    _text,
    _cut,
    _insert,
    _remove,
    _repeat,
    _zeros,
)
