"""Where a place of one patient is in another one, by a dense search over the other's body."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from VoCoLib.errors import InputError
from VoCoLib.events import EventSink
from VoCoLib.images.coordinates import Points, to_mm
from VoCoLib.images.geometry import Affine
from VoCoLib.images.lattice import Lattice, body_box, make_lattice, spread
from VoCoLib.positions.answer import BaseComparison, Point, compare_with_bases, one_point
from VoCoLib.positions.cells import cell_label
from VoCoLib.positions.placement import PlacedVolume
from VoCoLib.positions.view import Cancelled, PositionView, ignore

LOW_SIMILARITY = 0.5  # a crop that half overlaps the right place is taught to have it
NOT_ASKED = -1.0  # outside the body
_PLANE, _SPACE, _FINEST = 4, 2, 16  # points along the edge of a crop, in 2 and 3 dimensions
_STARTS = 3  # of the places found first, so many are refined
_REFINING = "Refining the match"


@dataclass(frozen=True)
class Match:
    """The place in the reference that looks most like the place that was asked for.

    Attributes:
        point_mm: where it is, RAS of the reference.
        similarity: 0 to 1, of the crops round the two points.
        low: whether that is less than LOW_SIMILARITY, as in another part of the body.
        volume: float32 (x, y, z), similarity over the reference's body; -1 outside. It is made of
            the coarse search only.
        affine: 4x4, index of volume to RAS mm.
        layer: index of the reference's grid that the place lies in.
        bases: the query crop against the reference's bases there.
        compared: "projection head" or "centred backbone features".
    """

    point_mm: Point
    similarity: float
    low: bool
    volume: NDArray[np.float32]
    affine: Affine
    layer: int
    bases: BaseComparison
    compared: str

    def to_json(self) -> dict[str, Any]:
        """What json can write: all but the volume, and the sentence."""
        fields = {name: value for name, value in vars(self).items() if name != "volume"}
        own = {"bases": asdict(self.bases), "affine": self.affine.tolist()}
        return {**fields, **own, "sentence": self.sentence()}

    def sentence(self) -> str:
        """The result in words."""
        r, a, s = self.point_mm
        label = cell_label(self.bases.base, round(len(self.bases.similarities) ** 0.5))
        found = (
            f"Best match in the reference at ({r:.0f}, {a:.0f}, {s:.0f}), similarity "
            f"{self.similarity:.2f}; most similar to its cell {label}, "
            f"{self.bases.similarity:.2f}."
        )
        doubt = " Low: the reference may not show this part of the body." if self.low else ""
        return found + doubt


def find_match(
    view: PositionView,
    point: Sequence[float],
    reference: PositionView,
    sink: EventSink = ignore,
    cancelled: Cancelled = lambda: False,
) -> Match:
    """Compares the crop round a point with crops all over a reference, coarse to fine.

    Each comparison is one batch of the query, the candidate and the reference's bases, so that it
    does not depend on where else was searched. With a single grid ("fit") crops take the whole body
    along S, as in pre-training: only R and A are searched, and S is taken in proportion, within
    the body.

    Args:
        view: the CT of the point.
        point: R, A, S in mm.
        reference: the other CT, by the same model.
        sink: receives progress events.
        cancelled: asked before each forward.

    Raises:
        InputError: the point lies outside the CT, or the reference has no body.
        CancelledError: cancelled() was True; what was computed is kept.
    """
    if (view.model, view.placed.placement) != (reference.model, reference.placed.placement):
        raise InputError("The CT and the reference are seen by different models or grids.")
    voxel = view.placed.voxel(one_point(point))
    search = _Search(view, voxel, reference, sink, cancelled)
    lattice, step = _lattice(reference.placed, voxel)
    values = search.compare(lattice.voxels, "Searching the reference")
    starts = lattice.voxels[np.argsort(values)[-_STARTS:]]
    similarity, best = max((search.refine(start, step) for start in starts), key=lambda m: m[0])
    layer = reference.placed.layer(best)
    grid = reference.placed.grids[layer]
    bases = reference.model.compare(search.query, reference.bases(layer, sink, cancelled))
    r, a, s = to_mm(reference.placed.affine, best).tolist()
    return Match(
        point_mm=(r, a, s),
        similarity=similarity,
        low=similarity < LOW_SIMILARITY,
        volume=lattice.volume(values, NOT_ASKED),
        affine=reference.placed.body.affine,
        layer=layer,
        bases=compare_with_bases(bases[: grid.grid.bases].tolist(), grid),
        compared=view.model.compared,
    )


class _Search:
    """Compares one query crop with crops of a reference.

    Attributes:
        query: (c,) features of the query crop.
    """

    def __init__(
        self,
        view: PositionView,
        voxel: Points,
        reference: PositionView,
        sink: EventSink,
        cancelled: Cancelled,
    ) -> None:
        self._reference, self._sink, self._cancelled = reference, sink, cancelled
        box = view.placed.free_box(voxel)
        (self.query,) = view.features([box], sink, cancelled, "Query crops")

    def compare(self, voxels: Points, message: str) -> list[float]:
        """Similarities to the crops round voxels (n, 3) of the reference."""
        reference, placed = self._reference, self._reference.placed
        layers = [placed.layer(voxel) for voxel in voxels]
        bases = {n: reference.bases(n, self._sink, self._cancelled) for n in sorted(set(layers))}
        boxes = [placed.free_box(voxel) for voxel in voxels]
        candidates = reference.features(boxes, self._sink, self._cancelled, message)
        return [
            float(reference.model.compare(self.query, bases[layer], candidate)[-1])
            for layer, candidate in zip(layers, candidates, strict=True)
        ]

    def refine(self, best: Points, step: float) -> tuple[float, Points]:
        """Climbs from a place (3,) to the best one near it; its similarity and itself.

        Goes a step to the best of the neighbours, and halves the step where none is better.
        """
        placed = self._reference.placed
        lower, upper = body_box(placed.body, placed.affine).T
        axes = 2 if len(placed.grids) == 1 else 3
        directions = np.concatenate([np.eye(3)[:axes], -np.eye(3)[:axes]])
        (value,) = self.compare(best[None], _REFINING)
        while step > placed.placement.grid.crop / _FINEST:
            near = (best + step / 2 * directions).clip(lower, upper)
            values = self.compare(near, _REFINING)
            if max(values) > value:
                value, best = max(values), near[int(np.argmax(values))]
            else:
                step /= 2
        return value, best


def _lattice(placed: PlacedVolume, voxel: Points) -> tuple[Lattice, float]:
    """Where to search first, and the distance of these places in voxels."""
    if not placed.body.mask.any():
        raise InputError(f"No body was found in {placed.name}.", "Check that it is a CT in HU.")
    single = len(placed.grids) == 1
    step = placed.placement.grid.crop / (_PLANE if single else _SPACE)
    box = body_box(placed.body, placed.affine)
    axes = [spread(lower, upper, step) for lower, upper in box]
    if placed.placement.mode == "fit":
        axes[2] = voxel[2:].clip(*box[2])
    elif single:
        axes[2] = box[2:].mean(1)
    return make_lattice(placed.body, placed.affine, axes), step
