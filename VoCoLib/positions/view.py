"""What a network knows about where it is: query crops against the base crops of a patient."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from VoCoLib.errors import CancelledError, InputError
from VoCoLib.events import Event, EventSink, Progress
from VoCoLib.images.coordinates import Points
from VoCoLib.method.base_grid import TEMPERATURE, Boxes
from VoCoLib.positions.model import PositionModel
from VoCoLib.positions.placement import PlacedGrid, PlacedVolume

Point = tuple[float, float, float]
Cancelled = Callable[[], bool]
_Key = tuple[int, ...]


def ignore(_: Event) -> None:
    """A sink for events that nobody wants."""


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
    base: tuple[int, int]
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
    corners_mm: tuple[Point, ...]
    compared: str

    @property
    def overlap(self) -> float:
        """Share of the query crop that lies in the most similar base."""
        return self.labels[int(np.argmax(self.bases.similarities))]

    def to_json(self) -> dict[str, Any]:
        """What json can write: all fields, the overlap and the sentence."""
        return {**asdict(self), "overlap": self.overlap, "sentence": self.sentence()}

    def sentence(self) -> str:
        """The answer in words."""
        column, row = self.bases.base
        words = [
            f"Most similar to base ({column},{row}), {self.bases.similarity:.2f}; true overlap "
            f"{self.overlap:.2f}; predicted centre {self.error_mm:.0f} mm from the clicked one."
            if self.bases.similarity > 0
            else "Not similar to any base."
        ]
        if not self.in_body:
            words.append("The point lies outside the body.")
        if not self.in_grid:
            words.append("The point lies outside the grid.")
        elif self.share < 0.995:
            words.append(f"{self.share:.0%} of the query crop lie in the grid.")
        return " ".join(words)


class PositionView:
    """One CT through the eyes of one network; what was computed once is kept.

    Attributes:
        model: the network; placed: the CT.
    """

    def __init__(self, model: PositionModel, placed: PlacedVolume) -> None:
        self.model, self.placed = model, placed
        self._features: dict[_Key, Tensor] = {}  # of every crop that was looked at

    def features(
        self,
        boxes: Iterable[Boxes],
        sink: EventSink = ignore,
        cancelled: Cancelled = lambda: False,
        message: str = "Comparing crops",
    ) -> list[Tensor]:
        """Features (c,) of crops, computed where they are not known yet.

        Args:
            boxes: (3, 2) each, in voxels of the prepared volume.
            sink: receives progress events, if something has to be computed.
            cancelled: asked before each forward.
            message: of the progress.

        Raises:
            CancelledError: cancelled() was True; what was computed is kept.
        """
        keys = [tuple(box.ravel().tolist()) for box in boxes]
        new = [key for key in dict.fromkeys(keys) if key not in self._features]
        progress = Progress(sink, message, len(new)) if new else None
        for first in range(0, len(new), self.model.chunk):
            if cancelled():
                raise CancelledError("The position view was cancelled.")
            part = new[first : first + self.model.chunk]
            crops = [self.placed.crop(np.array(key).reshape(3, 2)) for key in part]
            self._features.update(zip(part, self.model.embed(torch.stack(crops)), strict=True))
            if progress:
                progress.update(first + len(part))
        return [self._features[key] for key in keys]

    def bases(
        self, layer: int, sink: EventSink = ignore, cancelled: Cancelled = lambda: False
    ) -> Tensor:
        """Features (bases, c) of the base crops of a layer; arguments as for features."""
        boxes = self.placed.grids[layer].base_boxes()
        return torch.stack(self.features(boxes, sink, cancelled, "Base crops"))

    def query(
        self,
        points: Sequence[Sequence[float]],
        sink: EventSink = ignore,
        cancelled: Cancelled = lambda: False,
        message: str = "Query crops",
    ) -> list[PositionAnswer]:
        """Answers for points in RAS mm.

        Args:
            points: (r, a, s) each. The crop lies round it along R and A and takes the whole layer
                along S, as in pre-training.
            sink, cancelled, message: as for features.

        Raises:
            InputError: a point is not finite or lies outside the CT.
            CancelledError: cancelled() was True.
        """
        places = [one_point(point) for point in points]
        voxels = [self.placed.voxel(place) for place in places]
        layers = [self.placed.layer(voxel) for voxel in voxels]
        grids = [self.placed.grids[layer] for layer in layers]
        boxes = [grid.query_box(voxel) for grid, voxel in zip(grids, voxels, strict=True)]
        bases = {layer: self.bases(layer, sink, cancelled) for layer in sorted(set(layers))}
        queries = self.features(boxes, sink, cancelled, message)
        return [
            self._answer(place, layer, box, self.model.compare(query, bases[layer]))
            for place, layer, box, query in zip(places, layers, boxes, queries, strict=True)
        ]

    def _answer(
        self, point: Points, layer: int, box: Boxes, similarities: Tensor
    ) -> PositionAnswer:
        grid = self.placed.grids[layer]
        labels = grid.labels(box[None])[0]
        bases = compare_with_bases(similarities, grid)
        centre = self.placed.centre(box)
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
            hit=bool(labels[best] >= labels.max() - 1e-9) if share > 0 else None,
            cross_entropy=float(surprise / share) if share > 0 else None,
            share=share,
            in_grid=grid.contains(self.placed.voxel(point)),
            in_body=self.placed.body.contains(point),
            corners_mm=tuple(map(_tuple, self.placed.corners(box))),
            compared=self.model.compared,
        )


def compare_with_bases(similarities: Tensor, grid: PlacedGrid) -> BaseComparison:
    """What similarities (bases,) to the bases of a grid say about the place."""
    probabilities = torch.softmax(similarities.double() / TEMPERATURE, 0).numpy()
    column, row = divmod(int(similarities.argmax()), grid.grid.n)
    return BaseComparison(
        similarities=tuple(similarities.tolist()),
        probabilities=tuple(probabilities.tolist()),
        base=(column + 1, row + 1),
        predicted_mm=_tuple(probabilities @ grid.cell_centres),
    )


def one_point(point: Sequence[float]) -> Points:
    """R, A, S in mm as an array (3,); raises InputError if they are not three finite numbers."""
    place = np.array(point, np.float64)
    if place.shape != (3,) or not np.isfinite(place).all():
        raise InputError(f"{point} is no point: three finite numbers R, A, S in mm are needed.")
    return place


def _tuple(point: Points) -> Point:
    r, a, s = point.tolist()
    return r, a, s
