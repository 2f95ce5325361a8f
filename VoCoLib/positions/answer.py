"""What a network says about one place, what is true, and both in plain words. Without torch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from VoCoLib.errors import InputError
from VoCoLib.images.coordinates import Points
from VoCoLib.method.base_grid import TEMPERATURE, Boxes
from VoCoLib.positions.cells import Base, cell_label, cell_name, cell_place, is_in_words
from VoCoLib.positions.grid import PlacedGrid
from VoCoLib.positions.sureness import Sureness, sureness

Point = tuple[float, float, float]

_TOLERANCE = 1e-9  # of shares of a crop


@dataclass(frozen=True)
class BaseComparison:
    """How much a crop is like each base of a grid.

    Attributes:
        similarities: relu of the cosine, 0 to 1, per base i * n + j.
        probabilities: their softmax with TEMPERATURE.
        base: column and row of the most similar base, counted from 1 towards right and anterior.
        predicted_mm: centres of the bases weighted by the probabilities, RAS.
    """

    similarities: tuple[float, ...]
    probabilities: tuple[float, ...]
    base: Base
    predicted_mm: Point

    @property
    def similarity(self) -> float:
        """Of the most similar base."""
        return max(self.similarities)


@dataclass(frozen=True)
class PositionAnswer:
    """What the network says about one point, and what is true.

    Attributes:
        point_mm: the point that was asked for, RAS.
        layer: index of the grid that it lies in, from below.
        bases: the query crop against the bases.
        labels: shares of the query crop that lie in each base, 1 in sum inside the grid.
        centre_mm: centre of the query crop, RAS. It differs from the point by up to half a voxel,
            and along S, where all crops take the whole layer.
        error_mm: from bases.predicted_mm to centre_mm.
        hit: whether no base overlaps the query more than the most similar one; None outside.
        cross_entropy: of the labels, scaled to a sum of 1, and the probabilities; None outside.
        share: of the query crop that lies in the grid.
        in_grid, in_body: whether the point does.
        covers_body: whether the grid covers the body, from side to side and from front to back.
        corners_mm: (8, 3) of the query crop, RAS; S changes the fastest, then A, then R.
        compared: "projection head" or "centred backbone features".
    """

    point_mm: Point
    layer: int
    bases: BaseComparison
    labels: tuple[float, ...]
    centre_mm: Point
    error_mm: float
    hit: bool | None
    cross_entropy: float | None
    share: float
    in_grid: bool
    in_body: bool
    covers_body: bool
    corners_mm: tuple[Point, ...]
    compared: str

    @property
    def n(self) -> int:
        """Of the n x n bases."""
        return math.isqrt(len(self.labels))

    @property
    def overlap(self) -> float:
        """Share of the query crop that lies in the most similar base."""
        return self.labels[int(np.argmax(self.bases.similarities))]

    @property
    def true_base(self) -> Base:
        """Column and row of the base that overlaps the query crop the most."""
        column, row = divmod(int(np.argmax(self.labels)), self.n)
        return column + 1, row + 1

    @property
    def sureness(self) -> Sureness:
        """How far the network can be believed."""
        if self.bases.similarity <= 0:
            return "unsure"
        return sureness(max(self.bases.probabilities), self.compared)

    def to_json(self) -> dict[str, Any]:
        """What json can write: all fields, what follows from them, and the sentence."""
        return {
            **asdict(self),
            "overlap": self.overlap,
            "cell": cell_label(self.bases.base, self.n),
            "true_cell": cell_label(self.true_base, self.n) if self.share > 0 else None,
            "sureness": self.sureness,
            "sentence": self.sentence(),
        }

    def sentence(self) -> str:
        """The answer in words."""
        if self.bases.similarity > 0:
            words = [self._taken_for(), self._rather(), self._sure()]
        else:
            words = ["The network finds no part of the body like this."]
        if not self.in_body:
            words.append("The point lies outside the body.")
        if not self.in_grid:
            words.append("The point lies outside the grid.")
        elif self.share < 0.995:
            words.append(f"{self.share:.0%} of the query crop lie in the grid.")
        return " ".join(filter(None, words))

    def _taken_for(self) -> str:
        base, n, mm = self.bases.base, self.n, f"{self.error_mm:.0f}"
        label = cell_label(base, n)
        if is_in_words(n):
            name = cell_name(base, n)
            if self.covers_body:
                return (
                    f"The network takes this for {name} of the body ({label}); it is {mm} mm off."
                )
            return f"The network takes this for {name} of the grid ({label}); it is {mm} mm off."
        column, row = cell_place(base, n)
        if self.covers_body:
            return (
                f"The network takes this for the part {label} of the body, {column} and {row}; "
                f"it is {mm} mm off."
            )
        return (
            f"The network takes this for the part {label} of the grid, {column} and {row}; "
            f"it is {mm} mm off."
        )

    def _rather(self) -> str:
        """Where most of the crop lies, if that is another cell; else empty."""
        if self.hit or self.share <= 0:
            return ""
        base, n = self.true_base, self.n
        label = cell_label(base, n)
        if is_in_words(n):
            return f"Most of it lies in {cell_name(base, n)} ({label})."
        column, row = cell_place(base, n)
        return f"Most of it lies in the part {label}, {column} and {row}."

    def _sure(self) -> str:
        return {
            "sure": "It is sure.",
            "fairly sure": "It is fairly sure.",
            "unsure": "It is unsure.",
        }[self.sureness]


def compare_with_bases(similarities: Sequence[float], grid: PlacedGrid) -> BaseComparison:
    """What similarities (bases,) to the bases of a grid say about the place."""
    values = np.asarray(similarities, np.float64)
    weights = np.exp((values - values.max()) / TEMPERATURE)
    probabilities = weights / weights.sum()
    column, row = divmod(int(np.argmax(values)), grid.grid.n)
    return BaseComparison(
        similarities=tuple(values.tolist()),
        probabilities=tuple(probabilities.tolist()),
        base=(column + 1, row + 1),
        predicted_mm=_tuple(probabilities @ grid.cell_centres),
    )


def make_answer(
    point: Points,
    layer: int,
    grid: PlacedGrid,
    box: Boxes,
    similarities: Sequence[float],
    in_grid: bool,
    in_body: bool,
    covers_body: bool,
    compared: str,
) -> PositionAnswer:
    """The answer about a query crop, once it is known how much it is like the bases.

    Args:
        point: (3,) RAS mm.
        layer: of the grid, from below.
        grid: the bases.
        box: (3, 2) of the query crop, in the voxels of grid.corner.
        similarities: (bases,), 0 to 1.
        in_grid, in_body, covers_body, compared: see PositionAnswer.
    """
    labels = grid.labels(box[None])[0]
    bases = compare_with_bases(similarities, grid)
    centre = grid.centre(box)
    share = float(labels.sum())
    best = int(np.argmax(bases.similarities))
    surprise = -np.log(bases.probabilities) @ labels
    return PositionAnswer(
        point_mm=_tuple(point),
        layer=layer,
        bases=bases,
        labels=tuple(labels.tolist()),
        centre_mm=_tuple(centre),
        error_mm=float(np.linalg.norm(bases.predicted_mm - centre)),
        hit=bool(labels[best] >= labels.max() - _TOLERANCE) if share > 0 else None,
        cross_entropy=float(surprise / share) if share > 0 else None,
        share=share,
        in_grid=in_grid,
        in_body=in_body,
        covers_body=covers_body,
        corners_mm=tuple(map(_tuple, grid.corners(box))),
        compared=compared,
    )


def one_point(point: Sequence[float]) -> Points:
    """R, A, S in mm as an array (3,); raises InputError if they are not three finite numbers."""
    place = np.array(point, np.float64)
    if place.shape != (3,) or not np.isfinite(place).all():
        raise InputError(f"{point} is no point: three finite numbers R, A, S in mm are needed.")
    return place


def _tuple(point: Points) -> Point:
    r, a, s = np.asarray(point).tolist()
    return r, a, s
