"""The rooms of VoCoLib, the floors they are on, and what their files import."""

from __future__ import annotations

import ast
from pathlib import Path

from places import ROOT

ENTRY = ROOT / "VoCoLib" / "__main__.py"  # is `voco`, so above all rooms
LIBRARY = sorted({*(ROOT / "VoCoLib").rglob("*.py")} - {ENTRY})
GROUND = ""  # the files beside the rooms
# From top to bottom: a file may import from its own room, and from any floor below.
FLOORS = (
    ("cli",),
    ("server",),
    ("worker",),
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
    ("dicom",),
    ("processes",),
)


def room_of(path: Path) -> str:
    """The room of a file of VoCoLib; GROUND for the files beside the rooms."""
    folder = path.parent.relative_to(ROOT / "VoCoLib").as_posix()
    return GROUND if folder == "." else folder


def may_import(room: str, other: str) -> bool:
    """Whether a file of a room may import one of another room."""
    return room == other or _floor(room) < _floor(other)


def library_imports(path: Path) -> set[Path]:
    """The files of the library that a file of it imports, anywhere in it."""
    found: set[Path] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            inside = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if _file(name) else node.module for name in inside]
        found |= {file for name in names if name.startswith("VoCoLib") and (file := _file(name))}
    return found - {path, ROOT / "VoCoLib" / "__init__.py"}


def _file(name: str) -> Path | None:
    """The file of a module or package."""
    path = ROOT.joinpath(*name.split("."))
    files = (path.with_suffix(".py"), path / "__init__.py")
    return next((file for file in files if file.is_file()), None)


def _floor(room: str) -> int:
    """0 for the top."""
    return next((i for i, floor in enumerate(FLOORS) if room in floor), len(FLOORS))
