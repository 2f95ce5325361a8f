"""Pieces of structures: how many there are, and removing small ones that cannot be right."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects, label

from VoCoLib.recipe import Label

MOST_PIECES = 3  # what may have more, such as vessels and lesions, is left as it is
_SMALL = 0.1  # of the largest piece; a larger one is more likely a part than a mistake
_NEIGHBOURS = np.ones((3, 3, 3))  # also those at an edge or a corner


def count_pieces(labels: NDArray[np.uint8]) -> dict[int, int]:
    """The number of pieces of each value above 0 in a label map (X, Y, Z)."""
    boxes = enumerate(find_objects(labels), start=1)
    return {
        value: int(label(labels[box] == value, _NEIGHBOURS)[1])
        for value, box in boxes
        if box is not None
    }


def remove_islands(labels: NDArray[np.uint8], table: Sequence[Label]) -> dict[int, int]:
    """Makes small pieces background where a structure has more than its label allows.

    Of a structure that is at most n pieces, the n largest stay, and any other of at least a tenth
    of the largest.

    Args:
        labels: (X, Y, Z), changed in place.
        table: of the values; those without a number of pieces are left as they are.

    Returns:
        the number of voxels removed, by value; without those of which none was.
    """
    removed: dict[int, int] = {}
    boxes = find_objects(labels, max_label=255)
    for structure in table:
        box = boxes[structure.value - 1]
        if structure.pieces is None or box is None:
            continue
        pieces, count = label(labels[box] == structure.value, _NEIGHBOURS)
        if count <= structure.pieces:
            continue
        sizes = np.bincount(pieces.ravel())
        sizes[0] = 0
        small = sizes < _SMALL * sizes.max()
        small[np.argsort(sizes)[-structure.pieces :]] = False
        small[0] = False
        if gone := int(sizes[small].sum()):
            labels[box][small[pieces]] = 0
            removed[structure.value] = gone
    return removed
