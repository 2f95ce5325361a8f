"""The regular grid for slices at any distances, and what lies between them by interpolation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Heights = NDArray[np.float64]

_MISSING_LEAST, _MISSING_MOST, _MISSING_TIMES = 10.0, 20.0, 3.0  # mm, mm, usual distances
_UNEVEN = 0.1  # of a step that a slice may lie off a regular grid
_FINEST, _MOST_SLICES = 0.5, 3000  # mm; of a grid between uneven slices


@dataclass(frozen=True)
class Grid:
    """A regular grid along the normal of slices in order.

    Attributes:
        positions: (n,) where the slices lie on the grid, in steps; 0, 1, 2, ... if regular.
        count: slices of the grid.
        step: mm from one of its slices to the next, along the normal.
        regular: whether slice k of the input is slice k of the grid.
        notes: what the user should know, one sentence each.
    """

    positions: NDArray[np.float64]
    count: int
    step: float
    regular: bool
    notes: tuple[str, ...] = ()

    @property
    def nearest(self) -> NDArray[np.int64]:
        """(n,) the grid's slice at or next to each slice."""
        return np.clip(np.rint(self.positions), 0, self.count - 1).astype(np.int64)


def missing(heights: Heights) -> str:
    """Where more of the body is missing between slices than can be made up, or nothing.

    That is a gap of 3 times the distance of the slices beside it, but 10 mm at least and 20 mm at
    most.

    Args:
        heights: (n,) of slices in order along their normal, mm.
    """
    gaps = np.diff(heights)
    usual = _usual(gaps)
    limit = np.clip(_MISSING_TIMES * usual, _MISSING_LEAST, _MISSING_MOST)
    bad = np.flatnonzero((gaps > limit) & (gaps > 1.5 * usual))
    if not bad.size:
        return ""
    k = int(bad[np.argmax(gaps[bad])])
    return f"slices {k + 1} and {k + 2} are {gaps[k]:.3g} mm apart, those beside {usual[k]:.3g} mm"


def even_grid(heights: Heights) -> Grid:
    """The grid of two or more slices, from the first to the last; heights as for missing."""
    above, count = heights - heights[0], len(heights) - 1
    step = float(above[-1]) / count
    if np.abs(above / step - np.arange(count + 1)).max() <= _UNEVEN:
        return Grid(np.arange(count + 1.0), count + 1, step, True, _jitter(np.diff(heights)))
    gaps = np.diff(heights)
    usual = float(np.percentile(gaps, 10, method="lower"))
    usual = max(usual, min(_FINEST, float(np.median(gaps))))
    count = min(round(float(above[-1]) / usual), _MOST_SLICES)
    step = float(above[-1]) / count
    positions = above / step
    whole = np.rint(positions)
    positions = np.where(np.abs(positions - whole) < 0.01, whole, positions)
    return Grid(positions, count + 1, step, False, _uneven(heights, step))


def resample(slices: NDArray, grid: Grid) -> NDArray:
    """Linear interpolation of slices (n, ...) onto a grid's, in their own type."""
    result = np.empty((grid.count, *slices.shape[1:]), slices.dtype)
    for k in range(grid.count):
        above = int(np.clip(np.searchsorted(grid.positions, k), 1, len(slices) - 1))
        low, high = grid.positions[above - 1], grid.positions[above]
        share = float(np.clip((k - low) / (high - low), 0, 1))
        mixed = slices[above] if share == 1 else slices[above - 1]
        if 0 < share < 1:
            mixed = slices[above - 1] * np.float32(1 - share) + slices[above] * np.float32(share)
            mixed = np.rint(mixed) if slices.dtype.kind in "iu" else mixed
        result[k] = mixed
    return result


def straight(places: NDArray[np.float64], heights: Heights, most: float) -> NDArray[np.float64]:
    """The way from slice to slice, per mm of height: the normal, or aslant for a tilted gantry.

    Args:
        places: (n, 3) of the same pixel in each slice, mm.
        heights: (n,) of the slices along their normal, mm.
        most: mm that a slice may be off the straight way.

    Raises:
        ValueError: the slices are shifted against each other.
    """
    above = heights - heights[0]
    along = (places[-1] - places[0]) / above[-1]
    off = np.abs(places - places[0] - above[:, None] * along).max(axis=1)
    if off.max() > most:
        raise ValueError(
            f"slice {off.argmax() + 1} is shifted by {off.max():.3g} mm against the others"
        )
    return np.asarray(along)


def _usual(gaps: Heights) -> Heights:
    """What could be expected of each gap: the larger of the two beside it."""
    padded = np.concatenate([[0.0], gaps, [0.0]])
    beside = np.maximum(padded[:-2], padded[2:])
    return np.where(beside > 0, beside, gaps)


def _jitter(gaps: Heights) -> tuple[str, ...]:
    usual = float(np.median(gaps))
    if np.abs(gaps - usual).max() <= max(0.01 * usual, 0.01):
        return ()
    return (
        f"The slices are {gaps.min():.3g} to {gaps.max():.3g} mm apart; "
        f"{gaps.mean():.3g} mm is used for all.",
    )


def _uneven(heights: Heights, step: float) -> tuple[str, ...]:
    gaps = np.diff(heights)
    named = [
        f"between {heights[k]:.1f} and {heights[k + 1]:.1f} mm (slices {k + 1} and {k + 2}, "
        f"{gaps[k]:.3g} mm apart)"
        for k in np.flatnonzero(gaps > 1.5 * _usual(gaps))
    ]
    where = f" Slices are missing {'; '.join(named)}." if named else ""
    return (
        f"The slices are {gaps.min():.3g} to {gaps.max():.3g} mm apart.{where} They were resampled "
        f"along their real positions to {step:.3g} mm; what lies between slices is interpolated.",
    )
