"""How sure a network is of a position, in three degrees that are calibrated on held-back crops."""

from __future__ import annotations

from typing import Literal

Sureness = Literal["sure", "fairly sure", "unsure"]
PROJECTION = "projection head"  # what is compared, see PositionModel
FEATURES = "centred backbone features"

# Least probability of the most similar base for "fairly sure" and "sure". Docs/positions.md has
# how often each degree was right; Testing/Experiments/sureness.py measured it.
THRESHOLDS = {PROJECTION: (0.4, 0.6), FEATURES: (0.6, 0.8)}


def sureness(probability: float, compared: str) -> Sureness:
    """The degree that a probability of the most similar base stands for.

    Args:
        probability: 0 to 1.
        compared: PROJECTION or FEATURES, whose similarities are of different scales.
    """
    fairly, sure = THRESHOLDS[compared]
    if probability >= sure:
        return "sure"
    return "fairly sure" if probability >= fairly else "unsure"
