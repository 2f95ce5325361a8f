"""The box of an image that holds more than air, as an estimate needs it: quickly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_STEP = 4  # of the voxels along each axis, the first is looked at
_LEAST = 0.001  # of the voxels of a slice: fewer are noise

VoxelBox = tuple[tuple[int, int, int], tuple[int, int, int]]


def foreground_voxels(array: NDArray, above: float) -> VoxelBox | None:
    """The first and the last voxel along each axis with values above a limit.

    Args:
        array: (X, Y, Z) HU.
        above: the limit, HU.

    Returns:
        to within some voxels; None where nothing, or next to nothing, lies above.
    """
    found = array[::_STEP, ::_STEP, ::_STEP] > above
    lines = [found.mean(axis=tuple({0, 1, 2} - {axis})) > _LEAST for axis in range(3)]
    if not all(line.any() for line in lines):
        return None
    places = [np.flatnonzero(line) * _STEP for line in lines]
    first, last = (tuple(int(place[end]) for place in places) for end in (0, -1))
    return first, last  # type: ignore[return-value]
