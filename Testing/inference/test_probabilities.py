"""Tests of the room that maps of probabilities take on the disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from VoCoLib.errors import OutputError
from VoCoLib.inference.probabilities import ProbabilityMaps
from VoCoLib.recipe import Code, Label

CODE = Code("SCT", "91723000", "Anatomical Structure")
TABLE = [Label(1, "Liver", CODE, CODE, (80, 20, 20))]


def test_room_is_taken_before_the_computation(tmp_path: Path) -> None:
    """Else a disk that is full meanwhile kills the process, without a word."""
    maps = ProbabilityMaps(tmp_path, TABLE)
    maps.begin((50, 60, 70))
    (file,) = tmp_path.iterdir()
    found = file.stat()
    assert found.st_size == 50 * 60 * 70
    if hasattr(found, "st_blocks"):
        assert found.st_blocks * 512 >= found.st_size


def test_no_room_is_said(tmp_path: Path) -> None:
    (tmp_path / "maps" / "1.raw").mkdir(parents=True)
    with pytest.raises(OutputError, match=f"{tmp_path.name} could not be written"):
        ProbabilityMaps(tmp_path / "maps", TABLE).begin((5, 6, 7))
