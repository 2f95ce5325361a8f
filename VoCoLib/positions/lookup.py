"""Answers at once: what was found at the points of maps, between these. Without torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from VoCoLib.images.coordinates import Points, to_mm, to_voxels
from VoCoLib.positions.answer import PositionAnswer, make_answer, one_point
from VoCoLib.positions.grid import closest_layer, grids_from_json

if TYPE_CHECKING:
    from VoCoLib.images.geometry import Affine


class PositionLookup:
    """What a network says at any point of a body, as far as a map tells.

    Args:
        grid: PlacedVolume.to_json of the body.
        similarities: float32 (i, j, layers, bases), lattice_affine: 4x4, see PositionMap.
        inside: bool (x, y, z), the voxels of the body; affine: 4x4, their index to RAS mm.
        compared: see PositionAnswer.
    """

    def __init__(
        self,
        grid: Mapping[str, Any],
        similarities: NDArray[np.float32],
        lattice_affine: Affine,
        inside: NDArray[np.bool_],
        affine: Affine,
        compared: str,
    ) -> None:
        self._grids = grids_from_json(grid)
        self._covers_body = bool(grid["covers_body"])
        self._similarities, self._lattice_affine = similarities, lattice_affine
        self._inside, self._affine = inside, affine
        self._compared = compared

    def answer(self, point: Sequence[float]) -> PositionAnswer | None:
        """The answer for a point in RAS mm; None where the map has nothing near it."""
        place = one_point(point)
        voxel = to_voxels(self._grids[0].affine, place)  # its corner is the first voxel
        layer = closest_layer(self._grids, voxel)
        similarities = interpolate_lattice(
            self._similarities[:, :, layer], to_voxels(self._lattice_affine, place)
        )
        if similarities is None:
            return None
        grid = self._grids[layer]
        return make_answer(
            point=place,
            layer=layer,
            grid=grid,
            box=grid.query_box(voxel),
            similarities=similarities.tolist(),
            in_grid=grid.contains(voxel),
            in_body=self._contains(place),
            covers_body=self._covers_body,
            compared=self._compared,
        )

    def _contains(self, place: Points) -> bool:
        index = np.rint(to_voxels(self._affine, place)).astype(int)
        if (index < 0).any() or (index >= self._inside.shape).any():
            return False
        return bool(self._inside[tuple(index)])


class MatchLookup:
    """Where a place of one body is in another one, as far as dense features of both tell.

    Args:
        grid, reference_grid: PlacedVolume.to_json of both.
        similarities, affine, reference_affine: see VoCoLib.positions.dense.DenseSimilarity.
    """

    def __init__(
        self,
        grid: Mapping[str, Any],
        reference_grid: Mapping[str, Any],
        similarities: NDArray[np.float32],
        affine: Affine,
        reference_affine: Affine,
    ) -> None:
        self._fits = grid["mode"] == "fit"
        self._grids = grids_from_json(grid), grids_from_json(reference_grid)
        self._similarities = similarities
        self._affine, self._reference_affine = affine, reference_affine

    def find(self, point: Sequence[float]) -> tuple[NDArray[np.float32], Points, float] | None:
        """Where a point in RAS mm of the one body is in the other.

        Returns:
            float32 (I, J, K), the similarity of the other lattice's points, NaN outside the body;
            R, A, S in mm of the best place; its similarity. None off the first body.
        """
        place = one_point(point)
        index = to_voxels(self._affine, place)
        layers, shape = self._similarities.shape[2], self._similarities.shape[3:]
        layer = min(max(round(float(index[2])), 0), layers - 1)
        rows = self._similarities[:, :, layer].reshape(*self._similarities.shape[:2], -1)
        found = interpolate_lattice(rows, index)
        if found is None or np.isnan(found).all():
            return None
        volume = found.reshape(shape)
        best = _peak(volume)
        match = to_mm(self._reference_affine, best)
        if self._fits:  # crops take all of S: it is taken in proportion
            voxel = to_voxels(self._grids[1][0].affine, match)
            voxel[2] = to_voxels(self._grids[0][0].affine, place)[2]
            match = to_mm(self._grids[1][0].affine, voxel)
        return volume.astype(np.float32), match, float(np.nanmax(volume))


def _peak(volume: NDArray[np.float64]) -> Points:
    """The index (3,) of the largest value, between the points as parabolas through it say."""
    best = np.array(np.unravel_index(int(np.nanargmax(volume)), volume.shape))
    place = best.astype(np.float64)
    for axis, size in enumerate(volume.shape):
        step = np.eye(3, dtype=int)[axis]
        if not 0 < best[axis] < size - 1:
            continue
        low, here, high = (volume[tuple(best + k * step)] for k in (-1, 0, 1))
        bend = low - 2 * here + high
        if np.isfinite(bend) and bend < 0:
            place[axis] += (low - high) / (2 * bend)
    return place


def interpolate_lattice(values: NDArray[np.float32], index: Points) -> NDArray[np.float64] | None:
    """Rows (i, j, c) of a lattice at a place (2,) or (3,) between its points, linearly.

    Returns:
        (c,); None if the place is more than a step off all points that have values (no NaN).
    """
    first = np.floor(index[:2]).astype(int)
    total, weights = np.zeros(values.shape[2]), 0.0
    for i, j in np.ndindex(2, 2):
        place = first + np.array([i, j])
        weight = float(np.prod(1 - np.abs(index[:2] - place)))
        if (place < 0).any() or (place >= values.shape[:2]).any() or weight <= 0:
            continue
        row = values[tuple(place)]
        if not np.isnan(row).all():
            total, weights = total + weight * row, weights + weight
    return total / weights if weights > 0 else None
