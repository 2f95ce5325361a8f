"""Random numbers of a training that depend on its seed and a place in it alone."""

from __future__ import annotations

import numpy as np

# Streams of random numbers: each of them is told apart from the others by its first number.
ORDER, CROPS, HELD_BACK, MEASURE = range(4)


def generator(seed: int, *place: int) -> np.random.Generator:
    """Random numbers of one place in a run, whatever was drawn elsewhere."""
    return np.random.default_rng(np.random.SeedSequence([seed, *place]))
