"""An answer as a picture: the grid as the patient lies in the axial view, over a slice."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from slicer import vtkMRMLScalarVolumeNode
from slicer.i18n import tr as _

from VoCoLib.positions.cells import cell_label, cell_name, cell_place, is_in_words
from VoCoSegmentationLib.panelWords import inPanel
from VoCoSegmentationLib.scene.axialSlice import MARGIN, axialSlice

COLUMNS = 240  # pixels of the slice

Place = tuple[float, float]  # from the left and from the top, as shares of the picture


@dataclass(frozen=True)
class Cell:
    """A base.

    Attributes:
        label: a few letters.
        corner, size: where it is.
        similarity: 0 to 1.
        isBest: whether it is the most similar one.
        tip: its numbers, in words.
    """

    label: str
    corner: Place
    size: Place
    similarity: float
    isBest: bool
    tip: str


@dataclass(frozen=True, eq=False)
class Picture:
    """What is drawn: the patient's right is on the left, the front at the top.

    Attributes:
        slice: uint8 (rows, columns), the CT.
        cells: of the grid.
        ring: the place that was asked about; dot: where the network believes it to be.
    """

    slice: NDArray[np.uint8]
    cells: tuple[Cell, ...]
    ring: Place
    dot: Place


class Pictures:
    """Makes pictures; the slice of the last one is kept, as the mouse mostly stays in it."""

    def __init__(self) -> None:
        self._key: tuple[Any, ...] = ()
        self._slice = np.zeros((1, 1), np.uint8)

    def make(
        self,
        volumeNode: vtkMRMLScalarVolumeNode,
        grid: Mapping[str, Any],
        answer: Mapping[str, Any],
    ) -> Picture:
        """The picture of an answer.

        Args:
            volumeNode: the CT.
            grid: "grid" of the worker's result of positions_prepare.
            answer: VoCoLib.positions.answer.PositionAnswer.to_json.
        """
        affine = np.array(grid["layers"][answer["layer"]]["affine"])
        edge = grid["n"] * grid["crop"]
        inverse = np.linalg.inv(affine)

        def onPicture(point: Any) -> Place:
            voxel = inverse[:3, :3] @ np.array(point) + inverse[:3, 3]
            r, a = (voxel[:2] + 0.5) / edge
            return _place(r, a)

        return Picture(
            slice=self._cut(volumeNode, affine, edge, answer["point_mm"]),
            cells=tuple(_cells(answer)),
            ring=onPicture(answer["centre_mm"]),
            dot=onPicture(answer["bases"]["predicted_mm"]),
        )

    def _cut(
        self,
        volumeNode: vtkMRMLScalarVolumeNode,
        affine: NDArray[np.float64],
        edge: int,
        point: Any,
    ) -> NDArray[np.uint8]:
        """The slice through a point, along a grid of edge x edge voxels with this affine."""
        depth = round(float((np.linalg.inv(affine) @ (*point, 1))[2]), 2)
        image, display = volumeNode.GetImageData(), volumeNode.GetDisplayNode()
        window = display.GetMTime() if display is not None else 0
        key = volumeNode.GetID(), image.GetMTime(), affine.tobytes(), edge, depth, window
        if key != self._key:
            self._key = key
            self._slice = axialSlice(volumeNode, _places(affine, edge, depth))
        return self._slice


def _places(affine: NDArray[np.float64], edge: int, depth: float) -> NDArray[np.float64]:
    """RAS mm (rows, columns, 3) of the pixels, whose sides are as long in mm."""
    width, height = np.linalg.norm(affine[:3, :2], axis=0)
    rows = max(1, round(COLUMNS * height / width))
    across, down = ((np.arange(n) + 0.5) / n for n in (COLUMNS, rows))
    r, a = ((1 - share) * (1 + 2 * MARGIN) - MARGIN for share in (across, down))
    voxels = np.empty((rows, COLUMNS, 3))
    voxels[..., 0], voxels[..., 1] = r * edge - 0.5, (a * edge - 0.5)[:, None]
    voxels[..., 2] = depth
    return np.asarray(voxels @ affine[:3, :3].T + affine[:3, 3])


def _place(r: float, a: float) -> Place:
    """On the picture: of a place in the grid, 0 to 1 towards right and front."""
    x, y = ((1 - share + MARGIN) / (1 + 2 * MARGIN) for share in (r, a))
    return float(x), float(y)


def _cells(answer: Mapping[str, Any]) -> list[Cell]:
    bases = answer["bases"]
    n = round(len(answer["labels"]) ** 0.5)
    values = zip(bases["similarities"], bases["probabilities"], answer["labels"], strict=True)
    places = itertools.product(range(1, n + 1), repeat=2)
    found = []
    for (column, row), (similarity, probability, overlap) in zip(places, values, strict=True):
        corner = _place(column / n, row / n)
        end = _place((column - 1) / n, (row - 1) / n)
        tip = _(
            "{cell}\nSimilarity {similarity:.2f}\nProbability {probability:.2f}\n"
            "True overlap {overlap:.2f}"
        ).format(
            cell=_nameOf((column, row), n),
            similarity=similarity,
            probability=probability,
            overlap=overlap,
        )
        found.append(
            Cell(
                label=cell_label((column, row), n),
                corner=corner,
                size=(end[0] - corner[0], end[1] - corner[1]),
                similarity=similarity,
                isBest=(column, row) == tuple(bases["base"]) and similarity > 0,
                tip=tip,
            )
        )
    return found


def _nameOf(base: tuple[int, int], n: int) -> str:
    """Label and words of a cell."""
    words = [cell_name(base, n)] if is_in_words(n) else cell_place(base, n)
    return f"{cell_label(base, n)}: {', '.join(map(inPanel, words))}"
