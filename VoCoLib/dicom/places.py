"""Puts slices in order by their place in the patient, and onto a regular grid.

Slices are sorted along the normal of their plane, as Slicer, GDCM and dcm2niix do (the position of
a pixel: PS3.3 C.7.6.2.1.1); the grid's step is taken from the positions, never from Slice Thickness
or Spacing Between Slices, which scanners fill in differently.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from VoCoLib.dicom.frames import Frame
from VoCoLib.dicom.spacing import Grid, even_grid, straight

SAME_MM = 0.01  # slices closer than this lie at one position


def in_order(frames: Sequence[Frame]) -> list[Frame]:
    """Frames of one orientation, sorted along their normal."""
    return [frames[k] for k in np.argsort(heights(frames), kind="stable")]


def at_one_place(frames: Sequence[Frame]) -> NDArray[np.int64]:
    """(places,) how many frames, of one orientation and in any order, lie at each position."""
    places = np.cumsum(np.diff(np.sort(heights(frames)), prepend=0) >= SAME_MM)
    return np.unique(places, return_counts=True)[1]


def heights(frames: Sequence[Frame]) -> NDArray[np.float64]:
    """(n,) where slices lie along the normal of the first, mm."""
    return np.array([frame.position for frame in frames]) @ _normal(frames[0])


def regular_grid(frames: Sequence[Frame]) -> tuple[Grid, NDArray[np.float64]]:
    """The grid of two or more frames in order, none of which coincide, and its step, LPS mm.

    Raises:
        ValueError: the slices are shifted against each other, so that no straight grid holds them.
    """
    places = np.array([frame.position for frame in frames])
    pixel = max(min(frames[0].spacing or (1.0, 1.0)), 1.0)
    along = straight(places, heights(frames), pixel)
    grid = even_grid(heights(frames))
    grid = replace(grid, notes=(*grid.notes, *_tilt(along, frames[0])))
    return grid, along * grid.step


def _normal(frame: Frame) -> NDArray[np.float64]:
    normal = np.cross(frame.orientation[0], frame.orientation[1])
    return np.asarray(normal / np.linalg.norm(normal))


def _tilt(along: NDArray[np.float64], frame: Frame) -> tuple[str, ...]:
    cosine = along @ _normal(frame) / np.linalg.norm(along)
    tilt = float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
    if tilt <= 0.5:
        return ()
    return (f"The gantry was tilted by {tilt:.1f} degrees; the grid is sheared.",)
