"""What is assumed, and said, of images whose files do not tell left from right."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Assumed = Literal["RAS", "LPS"]

DEFAULT: Assumed = "LPS"  # as ITK, and so Slicer, reads them


def assumed_affine(
    spacing: NDArray[np.float64], assume: Assumed | None, what: str, warnings: list[str]
) -> NDArray[np.float64]:
    """The 4x4 affine, index to RAS mm, of an image of unknown orientation; origin 0.

    Args:
        spacing: (3,) mm along i, j, k.
        assume: towards where i, j and k grow; None for what Slicer assumes, which is LPS.
        what: the file's lack, e.g. "has no space field"; begins the warning.
        warnings: gets a sentence.
    """
    axes = assume or DEFAULT
    signs = {"RAS": (1, 1, 1), "LPS": (-1, -1, 1)}[axes]
    words = {"RAS": "right, anterior and superior", "LPS": "left, posterior and superior"}[axes]
    by_whom = "as you say" if assume else "as Slicer assumes; --assume RAS says otherwise"
    warnings.append(
        f"The file {what}: left and right are not known. Its axes were taken to grow towards "
        f"{words}, {by_whom}."
    )
    return np.diag([*(np.abs(spacing) * signs), 1.0])
