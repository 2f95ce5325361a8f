"""What cells are called, how sure is said to be, and what a model's file says of its grid."""

from __future__ import annotations

import itertools
import json
import struct
from pathlib import Path

import numpy as np
import pytest
from position_cases import AFFINE, BODY, NATIVE

from VoCoLib.images.coordinates import to_mm
from VoCoLib.locations import RESOURCES
from VoCoLib.positions.cells import cell_label, cell_name, cell_place, is_in_words
from VoCoLib.positions.grid import grids_from_json
from VoCoLib.positions.placement import place
from VoCoLib.positions.record import trained_grid
from VoCoLib.positions.sureness import THRESHOLDS, sureness

PLACES = {n: list(itertools.product(range(1, n + 1), repeat=2)) for n in range(2, 9)}


@pytest.mark.parametrize("n", PLACES)
def test_cells_have_names_of_their_own(n: int) -> None:
    labels = [cell_label(base, n) for base in PLACES[n]]
    assert len(set(labels)) == n * n
    assert all(len(label) <= 5 for label in labels)
    words = [cell_name(b, n) if is_in_words(n) else cell_place(b, n) for b in PLACES[n]]
    assert len(set(words)) == n * n


@pytest.mark.parametrize("n", PLACES)
def test_names_say_where_a_cell_lies(n: int) -> None:
    """Columns grow towards right, rows towards anterior, as the axes of the grid do."""
    middle = (n + 1) / 2
    for (column, row), label in zip(PLACES[n], [cell_label(b, n) for b in PLACES[n]], strict=True):
        assert ("R" in label) == (column > middle) and ("L" in label) == (column < middle)
        assert ("A" in label) == (row > middle) and ("P" in label) == (row < middle)
        words = " ".join([cell_name((column, row), n)] if n <= 3 else cell_place((column, row), n))
        assert ("right" in words) == (column > middle) and ("left" in words) == (column < middle)
        assert ("front" in words) == (row > middle) and ("back" in words) == (row < middle)


def test_some_cells_in_words() -> None:
    assert cell_name((3, 2), 3) == "the right middle" and cell_label((3, 2), 3) == "R"
    assert cell_name((1, 1), 2) == "the left back" and cell_label((1, 1), 2) == "LP"
    assert cell_place((1, 3), 4) == ("at the left edge", "second from the front")
    assert cell_label((1, 3), 4) == "L2 A1"
    assert cell_place((3, 3), 5) == ("in the middle column", "in the middle row")
    assert cell_place((7, 12), 12)[0] == "6th from the right"


@pytest.mark.parametrize("compared", THRESHOLDS)
def test_sureness_grows_with_the_probability(compared: str) -> None:
    fairly, sure = THRESHOLDS[compared]
    assert 1 / 4 < fairly < sure < 1  # a probability of a guess among four is not "fairly sure"
    said = [sureness(p, compared) for p in (0.1, fairly - 1e-9, fairly, sure - 1e-9, sure, 1.0)]
    assert said == ["unsure", "unsure", "fairly sure", "fairly sure", "sure", "sure"]


def test_the_file_of_a_model_says_its_grid(tmp_path: Path) -> None:
    models = RESOURCES / "Models"
    assert trained_grid(models / "demo-torso-voco.safetensors") == (3, "fit")
    assert trained_grid(models / "openkbp-headneck.safetensors") == (3, "fit")  # has no record
    record = {"grid": {"n": 4, "crop": 96}, "preparation": {"shape": None}}
    header = json.dumps({"__metadata__": {"training": json.dumps(record)}}).encode()
    path = tmp_path / "modèle.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header)
    assert trained_grid(path) == (4, "native")
    for content in (b"", b"PK\\x03\\x04 a zip file", struct.pack("<Q", 3) + b"{}}"):
        path.write_bytes(content)
        assert trained_grid(path) is None
    assert trained_grid(tmp_path / "none") is None


def test_layers_come_back_from_json() -> None:
    placed = place(np.repeat(BODY, 3, axis=2), AFFINE, "tall", NATIVE)
    assert len(placed.grids) > 2
    found = grids_from_json(json.loads(json.dumps(placed.to_json())))
    for grid, expected in zip(found, placed.grids, strict=True):
        np.testing.assert_allclose(grid.affine, expected.affine)
        shift = np.array(expected.corner) - placed.grids[0].corner
        assert grid.corner == tuple(shift)
        np.testing.assert_allclose(
            to_mm(found[0].affine, np.array(grid.corner, float)), grid.affine[:3, 3]
        )
