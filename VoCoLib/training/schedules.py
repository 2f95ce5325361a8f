"""The learning rate over a training: a linear warm-up, then half a cosine."""

from __future__ import annotations

import math


def warmup_cosine(step: int, peak: float, warmup: int, total: int) -> float:
    """The learning rate of one update.

    As MONAI's WarmupCosineSchedule, but the warm-up is one update ahead: there the first update
    has rate 0 and does nothing.

    Args:
        step: updates done before this one.
        peak: highest rate.
        warmup: updates until it is reached; 0: none.
        total: updates of the whole training.
    """
    if step < warmup:
        return peak * (step + 1) / warmup
    done = (step - warmup) / max(1, total - warmup)
    return peak * 0.5 * (1 + math.cos(math.pi * done))
