"""Where over a body the network is sure of its position, and where it is wrong."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from VoCoLib.errors import InputError
from VoCoLib.events import EventSink, Progress
from VoCoLib.images.coordinates import sub_grid, to_mm
from VoCoLib.images.geometry import Affine
from VoCoLib.images.lattice import Lattice, body_box, make_lattice, spread
from VoCoLib.positions.answer import PositionAnswer
from VoCoLib.positions.placement import PlacedVolume
from VoCoLib.positions.view import Cancelled, PositionView, ignore

NOT_ASKED_CONFIDENCE, NOT_ASKED_MM = 0.0, -1.0  # values outside the body or the grid
_STEPS = 4  # query points along the edge of a base
_SHARPNESS = 4  # of the guess at what was not asked yet: how fast a known point loses its weight


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
        similarities: float32 (i, j, layers, bases) to the bases at the points that were asked, or
            are guessed from these as long as some are missing; NaN outside the body.
        lattice_affine: 4x4, the first three indices of similarities to RAS mm.
        answers: of the points that were asked.
        total: points that there are to ask.
        summary: of the answers.
    """

    confidence: NDArray[np.float32]
    error_mm: NDArray[np.float32]
    affine: Affine
    similarities: NDArray[np.float32]
    lattice_affine: Affine
    answers: tuple[PositionAnswer, ...]
    total: int
    summary: PositionSummary

    def volumes(self) -> NDArray[np.float32]:
        """(x, y, z, 2) confidence and error."""
        return np.stack([self.confidence, self.error_mm], axis=3)


def position_map(
    view: PositionView,
    sink: EventSink = ignore,
    cancelled: Cancelled = lambda: False,
    seconds: float | None = None,
) -> PositionMap:
    """Asks at regular distances over the part of the body that the grid covers, coarse to fine.

    Args:
        view: the CT and the network.
        sink: receives progress events.
        cancelled: asked before each forward.
        seconds: after which what was not asked yet is guessed; asking again goes on. None: never.

    Raises:
        InputError: no body was found.
        CancelledError: cancelled() was True; asking again continues.
    """
    lattice, lattice_affine = make_position_lattice(view.placed)
    points = to_mm(view.placed.affine, lattice.voxels).tolist()
    order = coarse_to_fine(lattice.index).tolist()
    asked = _ask(view, points, order, sink, cancelled, seconds)
    known = np.full((len(points), view.placed.placement.grid.bases), np.nan)
    for index, answer in asked.items():
        known[index] = answer.bases.similarities
    guessed = _fill(known, lattice.index)
    answers = [view.answer(*item) for item in zip(points, guessed.tolist(), strict=True)]
    similarities = np.full((*lattice.shape, guessed.shape[1]), np.nan, np.float32)
    similarities[tuple(lattice.index.T)] = guessed
    return PositionMap(
        confidence=lattice.volume(
            [max(answer.bases.probabilities) for answer in answers], NOT_ASKED_CONFIDENCE
        ),
        error_mm=lattice.volume([answer.error_mm for answer in answers], NOT_ASKED_MM),
        affine=view.placed.body.affine,
        similarities=similarities,
        lattice_affine=lattice_affine,
        answers=tuple(asked.values()),
        total=len(points),
        summary=summarise(list(asked.values())),
    )


def _ask(
    view: PositionView,
    points: Sequence[Sequence[float]],
    order: Sequence[int],
    sink: EventSink,
    cancelled: Cancelled,
    seconds: float | None,
) -> dict[int, PositionAnswer]:
    """Answers by the index of their point; of one new point at least, and as the time allows."""
    until = np.inf if seconds is None else time.monotonic() + seconds
    known = [index for index in order if view.knows(points[index])]
    seen = set(known)
    missing = [index for index in order if index not in seen]
    found = view.query([points[index] for index in known], ignore, cancelled)
    answers = dict(zip(known, found, strict=True))
    progress = Progress(sink, "Position map", len(points), len(answers))
    while missing and (len(answers) == len(known) or time.monotonic() < until):
        part, missing = missing[: view.model.chunk], missing[view.model.chunk :]
        found = view.query([points[index] for index in part], ignore, cancelled)
        answers.update(zip(part, found, strict=True))
        progress.update(len(answers))
    return answers


def coarse_to_fine(index: NDArray[np.int64]) -> NDArray[np.int64]:
    """The order in which points (n, 3) of a lattice are asked: every fourth along R and A first."""
    place = index[:, :2]
    level = 2 - (place % 2 == 0).all(1).astype(int) - (place % 4 == 2).all(1)
    return np.argsort(level, kind="stable")


def _fill(known: NDArray[np.float64], index: NDArray[np.int64]) -> NDArray[np.float64]:
    """Rows (points, bases), those of NaN replaced by a mean of the others, the near ones most."""
    missing = np.isnan(known[:, 0])
    if not missing.any():
        return known
    filled = known.copy()
    apart = np.linalg.norm(index[missing][:, None] - index[~missing][None], axis=2)
    weights = apart ** -float(_SHARPNESS)
    filled[missing] = weights @ known[~missing] / weights.sum(1, keepdims=True)
    return filled


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


def make_position_lattice(placed: PlacedVolume) -> tuple[Lattice, Affine]:
    """Where a map asks, and the 4x4 from an index of this lattice to RAS mm.

    Raises:
        InputError: no body was found.
    """
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
    axes.append(np.linspace(first, last, len(placed.grids)))
    start = np.array([axis[0] for axis in axes])
    step = np.array([axis[1] - axis[0] if len(axis) > 1 else float(grid.crop) for axis in axes])
    lattice = make_lattice(placed.body, placed.affine, axes)
    return lattice, sub_grid(placed.affine, start, step)
