"""Tells from what a run has measured how well it learns, in one word."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

from VoCoLib.runs.metric_history import MetricHistory

Word = Literal["not measured", "not yet", "learning", "steady", "stuck", "diverging"]

ENOUGH = 300  # steps, after which a training that learns has shown it (Docs/pretraining.md)
_CHANCE = 1 / 9  # of runs that do not say it: the published grid has nine bases
_QUERIES = 100  # of runs that do not say it
_AGREE = 2  # measures: one alone may be chance
_STEADY = 4  # measures without a gain
_GAIN = 0.01  # of Dice; of places found it is their standard error
_FOUND = 0.05  # mean Dice at which something is found
_ABOVE = 1.1  # times the loss at the start
_WINDOW = 50  # steps of which losses are averaged


@dataclass(frozen=True)
class Health:
    """How a run learns.

    Attributes:
        word: "not measured": nothing is held back, or it has just begun; "not yet": it is too early
            to tell; "learning"; "steady": it has learned and does not get better; "stuck": it
            learns nothing; "diverging": what it knew gets lost.
        step: of the last measure.
        best_step: of the best measure.
        best: what it was; None if nothing was measured.
        chance: of places found; None for Dice.
    """

    word: Word
    step: int = 0
    best_step: int = 0
    best: float | None = None
    chance: float | None = None


def health(history: MetricHistory) -> Health:
    """How a pre-training (places found) or a fine-tuning (Dice) learns.

    The rules are tested on recorded trainings: Testing/runs/test_health.py.
    """
    dice = [(m["step"], m["dice"]) for m in history.metrics if m.get("dice") is not None]
    if dice:
        return _judged(dice, _FOUND, _GAIN, _rises(history.series("loss")[1]))
    places = [m for m in history.metrics if "position_accuracy" in m]
    if not places:
        return Health("not measured")
    chance = float(places[-1].get("position_chance", _CHANCE))
    error = math.sqrt(chance * (1 - chance) / places[-1].get("position_queries", _QUERIES))
    found = [(m["step"], m["position_accuracy"]) for m in places]
    losses = [m["held_back_loss"] for m in places if "held_back_loss" in m]
    return _judged(found, chance + 2 * error, error, _is_above_start(losses), chance)


def _judged(
    measures: Sequence[tuple[int, float]],
    floor: float,
    gain: float,
    diverges: bool,
    chance: float | None = None,
) -> Health:
    """The word for a score that should rise.

    Args:
        measures: steps and scores.
        floor: what it must pass to have learned anything.
        gain: what counts as better.
        diverges: whether the loss rises.
        chance: see Health.
    """
    step, scores = measures[-1][0], [score for _, score in measures]
    best_step, best = max(measures, key=lambda measure: (measure[1], -measure[0]))
    learned = fmean(scores[-_AGREE:]) > floor
    earlier = scores[:-_STEADY]
    word: Word = "learning" if learned else "not yet"
    if diverges:
        word = "diverging"
    elif not learned and step >= ENOUGH and len(scores) > _AGREE:
        word = "stuck"
    elif learned and step >= ENOUGH and earlier and max(scores[-_STEADY:]) < max(earlier) + gain:
        word = "steady"
    return Health(word, step, best_step, best, chance)


def _is_above_start(losses: Sequence[float]) -> bool:
    """Whether the loss of what is held back is clearly above that of the beginning."""
    return len(losses) > _AGREE and min(losses[-_AGREE:]) > _ABOVE * losses[0]


def _rises(losses: Sequence[float]) -> bool:
    """Whether the mean of the last losses is clearly above that of the first ones."""
    if len(losses) < 2 * _WINDOW:
        return False
    return fmean(losses[-_WINDOW:]) > _ABOVE * fmean(losses[:_WINDOW])
