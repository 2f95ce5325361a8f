"""A picture of what a training sees: three slices of each of some prepared volumes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from VoCoLib.files import write_atomically

_DPI, _INCHES = 100, 3.0
_AXES = ((2, "Axial"), (1, "Coronal"), (0, "Sagittal"))  # the normal


def draw_preview(volumes: Sequence[tuple[str, NDArray[np.float32]]], path: Path) -> None:
    """Writes the picture as PNG.

    Args:
        volumes: a caption and (x, y, z) in 0..1, axes towards right, anterior, superior, of each.
        path: of the picture, replaced if it exists.

    Raises:
        OutputError: it cannot be written.
    """
    from matplotlib.figure import Figure  # here, because it is slow to import

    size = (len(_AXES) * _INCHES, len(volumes) * _INCHES)
    figure = Figure(size, dpi=_DPI, layout="constrained", facecolor="white")
    grid = figure.subplots(len(volumes), len(_AXES), squeeze=False)
    for row, (caption, volume) in zip(grid, volumes, strict=True):
        for axes, (normal, name) in zip(row, _AXES, strict=True):
            plane = np.take(volume, volume.shape[normal] // 2, normal)
            # patients are looked at from the front and from the feet: their right is on the left
            shown = plane.T[::-1, ::-1] if normal else plane.T[::-1]
            axes.imshow(shown, cmap="gray", vmin=0, vmax=1, aspect="auto" if normal < 2 else None)
            axes.set_axis_off()
            axes.set_title(name, fontsize=8)
        row[0].set_title(caption, fontsize=8, loc="left", y=1.08)
    write_atomically(path, lambda part: figure.savefig(part, format="png"))
