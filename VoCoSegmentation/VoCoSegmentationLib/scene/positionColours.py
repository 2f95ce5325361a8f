"""The colours of the position view: of lines and points, and from low to high values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Colour = tuple[float, float, float]  # red, green, blue, 0 to 1

QUERY: Colour = (1.0, 0.31, 0.23)
PREDICTED: Colour = (1.0, 1.0, 1.0)
BASES: Colour = (0.62, 0.70, 0.78)
BEST: Colour = (0.25, 0.88, 1.0)
MATCH: Colour = (1.0, 0.62, 0.11)
PROBABILITY: Colour = (1.0, 0.62, 0.11)
OVERLAP: Colour = (0.55, 0.55, 0.55)
# From low to high: dark blue over green to yellow (viridis), and green over yellow to red. Slicer's
# own viridis is a file of its desktop; these are in the scene, and so with any front end.
SIMILARITY: Sequence[Colour] = (
    *((0.27, 0.00, 0.33), (0.23, 0.32, 0.55), (0.13, 0.57, 0.55)),
    *((0.37, 0.79, 0.38), (0.99, 0.91, 0.14)),
)
ERROR: Sequence[Colour] = ((0.10, 0.60, 0.31), (0.99, 0.88, 0.55), (0.84, 0.19, 0.15))


def shades(scale: Sequence[Colour], count: int) -> NDArray[np.float64]:
    """Colours (count, 3), evenly spread from the first to the last of a scale."""
    places, wanted = np.linspace(0, 1, len(scale)), np.linspace(0, 1, count)
    return np.stack([np.interp(wanted, places, part) for part in np.array(scale).T], axis=1)
