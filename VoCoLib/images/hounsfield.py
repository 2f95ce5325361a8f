"""What Hounsfield units say about an image as a whole; numpy is all that it needs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

AIR_HU = -500  # all body tissue but lung lies above


def hu_warnings(array: NDArray[Any]) -> list[str]:
    """Warns of intensities that do not look like HU; judged on about a million voxels."""
    step = max(1, round((array.size / 1e6) ** (1 / 3)))
    sample = array[::step, ::step, ::step]
    low, high = sample.min(), sample.max()
    if low >= 0 and high <= 255:
        return [
            f"The voxels lie between {low:g} and {high:g}: these look like display values, not HU. "
            "The result will be unreliable; use the original CT."
        ]
    tissue = sample[sample > AIR_HU]
    no_fat_or_air = np.mean(sample < -50) < 0.001
    if no_fat_or_air or np.mean((tissue > -200) & (tissue < 300)) < 0.2:
        return [
            f"The voxels lie between {low:g} and {high:g} and do not look like HU (another "
            "modality, such as MRI, or a CT that was not rescaled). The result will be unreliable."
        ]
    return []
