"""A strip that shows a pre-training learn: crops, and where the network takes each for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from VoCoLib.files import write_atomically

MOST = 6  # crops
_DPI, _INCHES = 200, 0.8  # shown at half the size, or less
_TRUE, _GUESSED = "#d55e00", "black"  # told apart by colour-blind people, and by their shapes


@dataclass(frozen=True)
class Guess:
    """Where a network takes one query for.

    Attributes:
        crop: (X, Y) float32 in 0..1, its axial slice in the middle, axes towards R and A.
        similarity: (n, n) to the bases along R and A.
        true: (2,) its centre along R and A, in edges of a crop from the corner of the grid.
        found: whether the most similar base is one that it overlaps most.
    """

    crop: NDArray[np.float32]
    similarity: NDArray[np.float32]
    true: NDArray[np.float64]
    found: bool


def draw_guesses(guesses: Sequence[Guess], path: Path) -> None:
    """Writes the strip as PNG: above each crop's axial slice, below the grid over its body.

    The brighter a cell, the more the crop looks like it; a dot marks the most similar one, a ring
    the true place. As in Slicer, the patient's right is on the left, anterior is up.

    Raises:
        OutputError: it cannot be written.
    """
    from matplotlib.figure import Figure  # here, because it is slow to import

    shown = guesses[:MOST]
    size = (MOST * _INCHES, 2 * _INCHES)
    figure = Figure(size, dpi=_DPI, facecolor="white")
    figure.subplots_adjust(0.01, 0.02, 0.99, 0.98, wspace=0.08, hspace=0.08)
    rows = figure.subplots(2, MOST, squeeze=False)
    for axes in rows.flat:
        axes.set_axis_off()
    for (above, below), guess in zip(rows.T, shown, strict=False):
        above.imshow(guess.crop.T[::-1, ::-1], cmap="gray", vmin=0, vmax=1)
        n = len(guess.similarity)
        extent = (n, 0, 0, n)  # cells from the corner, R to the left, A up
        image = guess.similarity.T[::-1, ::-1]
        below.imshow(image, cmap="cividis", vmin=0, vmax=1, extent=extent)
        column, row = np.unravel_index(guess.similarity.argmax(), guess.similarity.shape)
        below.plot(column + 0.5, row + 0.5, "o", color="white", mec=_GUESSED, ms=7)
        below.plot(*guess.true, "o", mfc="none", mec=_TRUE, mew=2, ms=11)
    write_atomically(path, lambda part: figure.savefig(part, format="png"))
