"""The rooms of VoCoLib and the floors they are on, as CONTRIBUTING.md shows them."""

from __future__ import annotations

from pathlib import Path

from places import ROOT

GROUND = ""  # the files beside the rooms
# From top to bottom: a file may import from its own room, and from any floor below.
FLOORS = (
    ("cli", "worker"),
    ("training/jobs",),
    ("training/pretraining", "training/finetuning"),
    ("training",),
    ("training/data",),
    ("figures",),
    ("positions",),
    ("runs",),
    ("models",),
    ("inference",),
    ("evaluation",),
    ("method",),
    ("networks",),
    ("images",),
    ("processes",),
)


def room_of(path: Path) -> str:
    """The room of a file of VoCoLib; GROUND for the files beside the rooms."""
    folder = path.parent.relative_to(ROOT / "VoCoLib").as_posix()
    return GROUND if folder == "." else folder


def may_import(room: str, other: str) -> bool:
    """Whether a file of a room may import one of another room."""
    return room == other or _floor(room) < _floor(other)


def _floor(room: str) -> int:
    """0 for the top."""
    return next((i for i, floor in enumerate(FLOORS) if room in floor), len(FLOORS))
