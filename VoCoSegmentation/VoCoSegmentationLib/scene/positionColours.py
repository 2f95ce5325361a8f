"""The colours of the position view: of lines and points, and from low to high values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Colour = tuple[float, float, float]  # red, green, blue, 0 to 1

# Told apart by eyes that lack one kind of cone, on each other and on the scales below; a test
# computes what such eyes see.
QUERY: Colour = (1.00, 0.43, 0.00)  # what is true: ring, box, point
PREDICTED: Colour = (1.0, 1.0, 1.0)  # what the network says: dot, arrow
BASES: Colour = (0.62, 0.70, 0.78)
BEST: Colour = (0.35, 0.83, 1.00)
MATCH: Colour = (0.75, 0.10, 0.75)
PROBABILITY: Colour = (0.90, 0.62, 0.00)
OVERLAP: Colour = (0.55, 0.55, 0.55)
# From low to high: dark blue over green to yellow (viridis), and dark over red to white (magma):
# both grow lighter all the way, so that they read in grey, too. Slicer's own are files of its
# desktop; these are in the scene, and so with any front end.
SIMILARITY: Sequence[Colour] = (
    *((0.27, 0.00, 0.33), (0.23, 0.32, 0.55), (0.13, 0.57, 0.55)),
    *((0.37, 0.79, 0.38), (0.99, 0.91, 0.14)),
)
ERROR: Sequence[Colour] = (
    *((0.08, 0.05, 0.25), (0.32, 0.07, 0.49), (0.72, 0.22, 0.47)),
    *((0.98, 0.53, 0.38), (0.99, 0.95, 0.75)),
)


def shades(scale: Sequence[Colour], count: int) -> NDArray[np.float64]:
    """Colours (count, 3), evenly spread from the first to the last of a scale."""
    places, wanted = np.linspace(0, 1, len(scale)), np.linspace(0, 1, count)
    return np.stack([np.interp(wanted, places, part) for part in np.array(scale).T], axis=1)
