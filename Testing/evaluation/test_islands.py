"""Small islands of structures: counted in training labels, removed from results."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from VoCoLib.evaluation.islands import count_pieces, remove_islands
from VoCoLib.evaluation.statistics import measure
from VoCoLib.models.label_tables import make_labels
from VoCoLib.recipe import Label


def table(*pieces: int | None) -> tuple[Label, ...]:
    labels = make_labels(["Liver", "left kidney"][: len(pieces)])
    return tuple(replace(x, pieces=n) for x, n in zip(labels, pieces, strict=True))


def islands() -> NDArray[np.uint8]:
    """Of 1 a piece of 64 voxels, one of 8 and one of 1; of 2 pieces of 27 and 1."""
    labels = np.zeros((20, 12, 10), np.uint8)
    labels[1:5, 1:5, 1:5] = 1
    labels[8:10, 1:3, 1:3] = 1
    labels[15, 1, 1] = 1
    labels[1:4, 7:10, 1:4] = 2
    labels[19, 11, 9] = 2
    return labels


def test_pieces_are_counted_with_neighbours_at_corners() -> None:
    labels = islands()
    assert count_pieces(labels) == {1: 3, 2: 2}
    labels[5, 5, 5] = 1  # touches a corner
    assert count_pieces(labels) == {1: 3, 2: 2}


def test_small_pieces_beyond_the_usual_number_go() -> None:
    labels = islands()
    assert remove_islands(labels, table(1, None)) == {1: 1}  # 8 of 64 is more likely a part
    assert (labels == 1).sum() == 72 and (labels == 2).sum() == 28
    labels = islands()
    labels[1:9, 1:6, 1:6] = 1  # now 8 are few
    assert remove_islands(labels, table(1, 1)) == {1: 1, 2: 1}
    labels = islands()
    assert remove_islands(labels, table(3, 2)) == {}
    np.testing.assert_array_equal(labels, islands())


def test_what_went_is_in_the_table() -> None:
    labels = islands()
    removed = remove_islands(labels, table(1, 1))
    affine = np.diag([2.0, 5, 10, 1])
    liver, kidney = measure(labels, labels.astype(np.int16), affine, table(1, 1), removed)
    assert (liver.removed_ml, kidney.removed_ml) == pytest.approx((0.1, 0.1))
    assert liver.voxels == 72
