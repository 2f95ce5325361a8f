"""Where over a body the network is sure of its position, and where it is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from VoCoLib.errors import InputError
from VoCoLib.events import EventSink
from VoCoLib.images.coordinates import to_mm
from VoCoLib.images.geometry import Affine
from VoCoLib.images.lattice import Lattice, body_box, make_lattice, spread
from VoCoLib.positions.placement import PlacedVolume
from VoCoLib.positions.view import Cancelled, PositionAnswer, PositionView, ignore

NOT_ASKED_CONFIDENCE, NOT_ASKED_MM = 0.0, -1.0  # values outside the body or the grid
_STEPS = 4  # query points along the edge of a base


@dataclass(frozen=True)
class PositionSummary:
    """How well the network knows where it is, over query crops wholly inside the grid.

    Attributes:
        queries: their number; all below is None without any.
        accuracy: share whose most similar base overlaps them the most.
        chance: accuracy of guessing: one over the number of bases.
        mean_error_mm, median_error_mm: from the predicted centre to the true one.
        cross_entropy: mean.
    """

    queries: int
    chance: float
    accuracy: float | None
    mean_error_mm: float | None
    median_error_mm: float | None
    cross_entropy: float | None

    def sentence(self) -> str:
        """The summary in words."""
        if self.accuracy is None:
            return "No query crop of the map lies wholly inside the grid."
        return (
            f"{self.accuracy:.0%} of {self.queries} query crops are most similar to the base that "
            f"they overlap the most (chance {self.chance:.0%}); median error of the predicted "
            f"centre {self.median_error_mm:.0f} mm."
        )


@dataclass(frozen=True)
class PositionMap:
    """Answers all over a body.

    Attributes:
        confidence: float32 (x, y, z), the largest probability; 0 where nothing was asked.
        error_mm: float32 (x, y, z); -1 where nothing was asked.
        affine: 4x4, their index to RAS mm. Their axes are the CT's, towards right, anterior,
            superior, their voxels every so many of the CT.
        answers: that they were made of.
        summary: of the answers.
    """

    confidence: NDArray[np.float32]
    error_mm: NDArray[np.float32]
    affine: Affine
    answers: tuple[PositionAnswer, ...]
    summary: PositionSummary

    def volumes(self) -> NDArray[np.float32]:
        """(x, y, z, 2) confidence and error."""
        return np.stack([self.confidence, self.error_mm], axis=3)


def position_map(
    view: PositionView, sink: EventSink = ignore, cancelled: Cancelled = lambda: False
) -> PositionMap:
    """Asks at regular distances over the part of the body that the grid covers.

    Args:
        view: the CT and the network.
        sink: receives progress events.
        cancelled: asked before each forward.

    Raises:
        InputError: no body was found.
        CancelledError: cancelled() was True; asking again continues.
    """
    lattice = _lattice(view.placed)
    points = to_mm(view.placed.affine, lattice.voxels)
    answers = view.query(points.tolist(), sink, cancelled, "Position map")
    return PositionMap(
        confidence=lattice.volume(
            [max(answer.bases.probabilities) for answer in answers], NOT_ASKED_CONFIDENCE
        ),
        error_mm=lattice.volume([answer.error_mm for answer in answers], NOT_ASKED_MM),
        affine=view.placed.body.affine,
        answers=tuple(answers),
        summary=summarise(answers),
    )


def summarise(answers: Sequence[PositionAnswer]) -> PositionSummary:
    """The summary of one answer or more."""
    inside = [answer for answer in answers if answer.share > 1 - 1e-9]
    errors = [answer.error_mm for answer in inside]
    return PositionSummary(
        queries=len(inside),
        chance=1 / len(answers[0].labels),
        accuracy=_mean([float(bool(answer.hit)) for answer in inside]),
        mean_error_mm=_mean(errors),
        median_error_mm=float(np.median(errors)) if errors else None,
        cross_entropy=_mean([answer.cross_entropy or 0.0 for answer in inside]),
    )


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None


def _lattice(placed: PlacedVolume) -> Lattice:
    if not placed.body.mask.any():
        raise InputError(f"No body was found in {placed.name}.", "Check that it is a CT in HU.")
    grid, corner = placed.placement.grid, np.array(placed.grids[0].corner)
    box = body_box(placed.body, placed.affine)
    axes = []
    for dim in (0, 1):
        lower = max(box[dim, 0], corner[dim] - 0.5)
        upper = min(box[dim, 1], corner[dim] - 0.5 + grid.shape[dim])
        axes.append(spread(lower, upper, grid.crop / _STEPS))
    first, last = (placed.grids[end].corner[2] + (grid.crop - 1) / 2 for end in (0, -1))
    return make_lattice(
        placed.body, placed.affine, [*axes, np.linspace(first, last, len(placed.grids))]
    )
