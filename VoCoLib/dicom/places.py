"""Puts slices in order and onto a regular grid, and says where they are not regular.

Slices are sorted along the normal of their plane, as Slicer, GDCM and dcm2niix do (the position of
a pixel: PS3.3 C.7.6.2.1.1); the grid's step is taken from the positions, never from Slice Thickness
or Spacing Between Slices, which scanners fill in differently.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from VoCoLib.dicom.frames import Frame

SAME_MM = 0.01  # slices closer than this lie at one position
_MISSING_LEAST, _MISSING_MOST, _MISSING_TIMES = 10.0, 20.0, 3.0  # mm, mm, usual distances
_UNEVEN = 0.1  # of a step that a slice may lie off a regular grid
_MOST_SLICES = 3000


@dataclass(frozen=True)
class Grid:
    """A regular grid along the normal of slices in order.

    Attributes:
        positions: (n,) where the slices lie on the grid, in steps; 0, 1, 2, ... if regular.
        count: slices of the grid.
        step: (3,) from one of its slices to the next, LPS mm.
        regular: whether slice k of the input is slice k of the grid.
        notes: what the user should know, one sentence each.
    """

    positions: NDArray[np.float64]
    count: int
    step: NDArray[np.float64]
    regular: bool
    notes: tuple[str, ...] = ()


def in_order(frames: Sequence[Frame]) -> list[Frame]:
    """Frames of one orientation, sorted along their normal."""
    return [frames[k] for k in np.argsort(heights(frames), kind="stable")]


def at_one_place(frames: Sequence[Frame]) -> int:
    """The most frames, of one orientation and in any order, that lie at one position."""
    places = np.cumsum(np.diff(np.sort(heights(frames)), prepend=0) >= SAME_MM)
    return int(np.unique(places, return_counts=True)[1].max())


def heights(frames: Sequence[Frame]) -> NDArray[np.float64]:
    """(n,) where slices lie along the normal of the first, mm."""
    return np.array([frame.position for frame in frames]) @ _normal(frames[0])


def missing(frames: Sequence[Frame]) -> str:
    """Where more of the body is missing between frames in order than can be made up, or nothing.

    That is a gap of 3 times the distance of the slices beside it, but 10 mm at least and 20 mm at
    most.
    """
    gaps = _gaps(frames)
    usual = _usual(gaps)
    limit = np.clip(_MISSING_TIMES * usual, _MISSING_LEAST, _MISSING_MOST)
    bad = np.flatnonzero((gaps > limit) & (gaps > 1.5 * usual))
    if not bad.size:
        return ""
    k = int(bad[np.argmax(gaps[bad])])
    return f"slices {k + 1} and {k + 2} are {gaps[k]:.3g} mm apart, those beside {usual[k]:.3g} mm"


def regular_grid(frames: Sequence[Frame]) -> Grid:
    """The grid of two or more frames in order, none of which coincide.

    Raises:
        ValueError: the slices are shifted against each other, so that no straight grid holds them.
    """
    first, last = frames[0].position, frames[-1].position
    above = heights(frames) - heights(frames[:1])
    gaps, height, count = np.diff(above), float(above[-1]), len(frames) - 1
    along = (last - first) / height  # per mm of height; leans where the gantry was tilted
    off = np.array([frame.position - first for frame in frames]) - above[:, None] * along
    pixel = max(min(frames[0].spacing or (1.0, 1.0)), 1.0)
    if np.abs(off).max() > pixel:
        worst = int(np.abs(off).max(axis=1).argmax())
        raise ValueError(
            f"slice {worst + 1} is shifted by {np.abs(off).max():.3g} mm against the others"
        )
    tilt = _tilt(along, frames[0])
    step = height / count
    if np.abs(above / step - np.arange(count + 1)).max() <= _UNEVEN:
        notes = _jitter(gaps) + tilt
        return Grid(np.arange(count + 1.0), count + 1, along * step, True, notes)
    step = float(np.percentile(gaps, 10, method="lower"))
    count = min(round(height / step), _MOST_SLICES)
    step = height / count
    positions = above / step
    whole = np.rint(positions)
    positions = np.where(np.abs(positions - whole) < 0.01, whole, positions)
    return Grid(positions, count + 1, along * step, False, (*_uneven(frames, gaps, step), *tilt))


def resample(slices: NDArray, grid: Grid) -> NDArray:
    """Linear interpolation of slices (n, rows, columns) onto a grid's, in their own type."""
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


def _normal(frame: Frame) -> NDArray[np.float64]:
    normal = np.cross(frame.orientation[0], frame.orientation[1])
    return np.asarray(normal / np.linalg.norm(normal))


def _gaps(frames: Sequence[Frame]) -> NDArray[np.float64]:
    return np.diff(heights(frames))


def _usual(gaps: NDArray[np.float64]) -> NDArray[np.float64]:
    """What could be expected of each gap: the larger of the two beside it."""
    padded = np.concatenate([[0.0], gaps, [0.0]])
    beside = np.maximum(padded[:-2], padded[2:])
    return np.where(beside > 0, beside, gaps)


def _jitter(gaps: NDArray[np.float64]) -> tuple[str, ...]:
    usual = float(np.median(gaps))
    if np.abs(gaps - usual).max() <= max(0.01 * usual, 0.01):
        return ()
    return (
        f"The slices are {gaps.min():.3g} to {gaps.max():.3g} mm apart; "
        f"{gaps.mean():.3g} mm is used for all.",
    )


def _uneven(frames: Sequence[Frame], gaps: NDArray[np.float64], step: float) -> tuple[str, ...]:
    usual = _usual(gaps)
    holes = [int(k) for k in np.flatnonzero(gaps > 1.5 * usual)]
    place = heights(frames)
    named = [
        f"between {place[k]:.1f} and {place[k + 1]:.1f} mm (slices {k + 1} and {k + 2}, "
        f"{gaps[k]:.3g} mm apart)"
        for k in holes
    ]
    where = f" Slices are missing {'; '.join(named)}." if named else ""
    return (
        f"The slices are {gaps.min():.3g} to {gaps.max():.3g} mm apart.{where} They were resampled "
        f"along their real positions to {step:.3g} mm; what lies between slices is interpolated.",
    )


def _tilt(along: NDArray[np.float64], frame: Frame) -> tuple[str, ...]:
    cosine = along @ _normal(frame) / np.linalg.norm(along)
    tilt = float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
    if tilt <= 0.5:
        return ()
    return (f"The gantry was tilted by {tilt:.1f} degrees; the grid is sheared.",)
