"""The preset "small" of the tests, whose steps are as short as can be; loads no torch."""

from __future__ import annotations

from VoCoLib.method.base_grid import BaseGrid
from VoCoLib.method.presets import PRESETS, Preparation, PretrainingPreset

# 34 is the smallest edge whose 32nd part, rounded up at each halving, has more than one voxel.
GRID = BaseGrid(n=2, crop=34, input_edge=34)
PRESETS["small"] = PretrainingPreset(
    "For tests.", Preparation((3.0, 3.0, 4.0), (-175.0, 250.0), shape=GRID.shape), GRID
)
