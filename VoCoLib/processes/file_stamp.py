"""Tells whether a file has changed."""

from __future__ import annotations

from pathlib import Path


def stamp(path: Path) -> tuple[int, int] | None:
    """What tells a file from a changed one; None if it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
