"""What a network knows about where it is: query crops against the base crops of a patient."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import torch
from torch import Tensor

from VoCoLib.errors import CancelledError
from VoCoLib.events import Event, EventSink, Progress
from VoCoLib.images.coordinates import Points
from VoCoLib.method.base_grid import Boxes
from VoCoLib.positions.answer import PositionAnswer, make_answer, one_point
from VoCoLib.positions.model import PositionModel
from VoCoLib.positions.placement import PlacedVolume

Cancelled = Callable[[], bool]
_Key = tuple[int, ...]


def ignore(_: Event) -> None:
    """A sink for events that nobody wants."""


class PositionView:
    """One CT through the eyes of one network; what was computed once is kept.

    Attributes:
        model: the network; placed: the CT.
    """

    def __init__(self, model: PositionModel, placed: PlacedVolume) -> None:
        self.model, self.placed = model, placed
        self._features: dict[_Key, Tensor] = {}  # of every crop that was looked at
        self._similarities: dict[_Key, list[float]] = {}  # by layer and crop

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
        """Features of the base crops of a layer, and behind them of crops that keep them company.

        A projection head normalises over all that it is given at once. A query and nine bases are
        little: the crops between the bases make its answers better (Docs/positions.md).

        Args: as for features.

        Returns:
            (bases, c) without a head, else (bases + (n - 1)^2, c).
        """
        grid = self.placed.grids[layer]
        boxes = [*grid.base_boxes(), *(grid.corner_boxes() if self.model.has_head else ())]
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
        asked = [self._asked(point) for point in points]
        layers = sorted({layer for _, layer, _ in asked})
        bases = {layer: self.bases(layer, sink, cancelled) for layer in layers}
        queries = self.features([box for *_, box in asked], sink, cancelled, message)
        return [
            self._answer(place, layer, box, self._compare(layer, box, query, bases[layer]))
            for (place, layer, box), query in zip(asked, queries, strict=True)
        ]

    def knows(self, point: Sequence[float]) -> bool:
        """Whether a query for a point (r, a, s) needs no computing."""
        _, layer, box = self._asked(point)
        return (layer, *box.ravel().tolist()) in self._similarities

    def answer(self, point: Sequence[float], similarities: Sequence[float]) -> PositionAnswer:
        """The answer for a point (r, a, s) whose similarities (bases,) are known or guessed."""
        return self._answer(*self._asked(point), similarities)

    def _asked(self, point: Sequence[float]) -> tuple[Points, int, Boxes]:
        """A point, the layer that it lies in, and its query crop."""
        place = one_point(point)
        voxel = self.placed.voxel(place)
        layer = self.placed.layer(voxel)
        return place, layer, self.placed.grids[layer].query_box(voxel)

    def _compare(self, layer: int, box: Boxes, query: Tensor, bases: Tensor) -> list[float]:
        key = (layer, *box.ravel().tolist())
        if key not in self._similarities:
            count = self.placed.grids[layer].grid.bases
            self._similarities[key] = self.model.compare(query, bases)[:count].tolist()
        return self._similarities[key]

    def _answer(
        self, point: Points, layer: int, box: Boxes, similarities: Sequence[float]
    ) -> PositionAnswer:
        grid = self.placed.grids[layer]
        return make_answer(
            point=point,
            layer=layer,
            grid=grid,
            box=box,
            similarities=similarities,
            in_grid=grid.contains(self.placed.voxel(point)),
            in_body=self.placed.body.contains(point),
            covers_body=self.placed.covers_body,
            compared=self.model.compared,
        )
