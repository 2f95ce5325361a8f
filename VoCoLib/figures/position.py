"""A figure of one answer: three slices with the grid and its heat, and predicted against label."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from VoCoLib.files import write_atomically
from VoCoLib.images.coordinates import Points, to_mm, to_voxels
from VoCoLib.images.geometry import Affine, spacing_of, to_ras
from VoCoLib.images.lattice import body_box
from VoCoLib.method.base_grid import TEMPERATURE
from VoCoLib.positions.placement import PlacedVolume
from VoCoLib.positions.view import PositionAnswer

if TYPE_CHECKING:  # slow to import
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, DPI = 7.2, 300  # inches, as all lengths but those in mm: two columns of a journal
SLICES, BARS, HEAD, FOOT = 4.0, 1.5, 0.66, 0.36  # heights; of the slices at most
SIDE, GAP, SCALE, SCALE_HEIGHT = 0.42, 0.08, 0.55, 1.1  # margin; between slices; room for scale
MARGIN_MM = 10.0  # round body and grid
HEAT, OPACITY = "viridis", 0.4
LABEL_COLOUR, SIMILARITY_COLOUR, PROBABILITY_COLOUR = "#4d4d4d", "#1f78b4", "#ff9f1c"
QUERY_COLOUR = "#ff4f3a"
CLICKED, PREDICTED = ("+", QUERY_COLOUR), ("x", "white")  # marker and colour
MOST_NUMBERS, MOST_LEVEL = 25, 5  # bases with numbers in them; bases a side with level names
SMALL, MEDIUM = 6.5, 8.0  # points
TITLE = 95  # characters
_Plane = tuple[int, tuple[int, int], str, str]
PLANES: tuple[
    _Plane, ...
] = (  # normal axis; axes across and up; name; letters at the left and the right
    (2, (0, 1), "Axial", "RL"),
    (1, (0, 2), "Coronal", "RL"),
    (0, (1, 2), "Sagittal", "AP"),
)


@dataclass(frozen=True)
class _Scene:
    """What is drawn, in mm along the image's axes R, A, S, from its first voxel.

    Attributes:
        hu: (x, y, z).
        spacing: of hu.
        cells: (bases, 3, 2) lower and upper ends; query: (3, 2).
        point, predicted: (3,).
        window: (3, 2) what is shown.
    """

    hu: NDArray
    spacing: Points
    cells: Points
    query: Points
    point: Points
    predicted: Points
    window: Points


def draw_position(
    path: Path,
    array: NDArray,
    affine: Affine,
    placed: PlacedVolume,
    answer: PositionAnswer,
    title: str,
) -> None:
    """Writes a PNG of slices through the point, as radiologists look at them, and a bar chart.

    Args:
        path: the PNG file.
        array: (X, Y, Z) HU of the CT that was placed; affine: its 4x4 index to RAS mm. An oblique
            CT is cut along its own axes.
        placed: the CT.
        answer: what is drawn.
        title: first line.

    Raises:
        OutputError: the file cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    scene = _scene(array, affine, placed, answer)
    sizes = scene.window[:, 1] - scene.window[:, 0]
    across = sum(sizes[axes[0]] for _, axes, *_ in PLANES)
    room = WIDTH - SIDE - SCALE - GAP * len(PLANES)
    scale = min(room / across, SLICES / max(sizes[1:]))
    height = HEAD + scale * max(sizes[1:]) + FOOT + BARS + SIDE
    figure = Figure(figsize=(WIDTH, height), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    left, top = SIDE + (room - scale * across) / 2, height - HEAD
    for plane in PLANES:
        width, tall = scale * sizes[list(plane[1])]
        panel = _add(figure, left, top - tall, width, tall)
        _draw_slice(panel, scene, plane, placed.placement.preparation.hu_window)
        _draw_cells(panel, scene, plane, answer.bases.similarities)
        left += width + GAP
    _draw_scale(figure, left, top)
    _draw_bars(_add(figure, SIDE, SIDE, WIDTH - 2 * SIDE, BARS), answer)
    _write_head(figure, title, answer)
    write_atomically(path, lambda target: figure.savefig(target, format="png"))


def _scene(array: NDArray, affine: Affine, placed: PlacedVolume, answer: PositionAnswer) -> _Scene:
    hu, ras_affine = to_ras(array, affine)
    spacing = np.array(spacing_of(ras_affine))

    def shown(points: Points) -> Points:
        return np.asarray(to_voxels(ras_affine, points) * spacing)

    grid = placed.grids[answer.layer]
    half = to_mm(grid.cells_affine, np.array([[-0.5] * 3, [0.5] * 3])) - to_mm(
        grid.cells_affine, np.zeros(3)
    )
    cells = np.stack([shown(grid.cell_centres + end) for end in half], axis=2)
    corners = shown(np.array(answer.corners_mm))
    query = np.stack([corners.min(0), corners.max(0)], axis=1)
    boxes = [cells.min(0), cells.max(0), query]
    if placed.body.mask.any():
        boxes.append(body_box(placed.body, ras_affine) * spacing[:, None])
    window = np.stack(
        [np.min([b.min(1) for b in boxes], 0), np.max([b.max(1) for b in boxes], 0)], axis=1
    )
    window += [-MARGIN_MM, MARGIN_MM]
    point, predicted = shown(np.array(answer.point_mm)), shown(np.array(answer.bases.predicted_mm))
    return _Scene(hu, spacing, cells, query, point, predicted, window)


def _add(figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
    """Axes at a place in inches."""
    total = figure.get_size_inches()
    return figure.add_axes(
        (left / total[0], bottom / total[1], width / total[0], height / total[1])
    )


def _write_head(figure: Figure, title: str, answer: PositionAnswer) -> None:
    height = figure.get_size_inches()[1]
    left, words = SIDE / WIDTH, textwrap.wrap(answer.sentence(), 125)
    lines = "\n".join([*words, f"Compared: {answer.compared}."])
    if len(title) > TITLE:
        title = f"{title[: TITLE // 2]}…{title[-TITLE // 2 + 1 :]}"
    figure.text(left, 1 - 0.16 / height, title, fontsize=MEDIUM, weight="bold", va="center",
                parse_math=False)  # fmt: skip
    figure.text(left, 1 - 0.24 / height, lines, fontsize=SMALL, va="top")


def _draw_slice(panel: Axes, scene: _Scene, plane: _Plane, window: tuple[float, float]) -> None:
    """The CT in the plane of the point: right, or anterior, is on the left."""
    normal, (x, y), name, letters = plane
    place = round(scene.point[normal] / scene.spacing[normal])
    image = scene.hu.take(min(max(place, 0), scene.hu.shape[normal] - 1), normal)
    ends = [(-0.5 * s, (n - 0.5) * s) for n, s in zip(scene.hu.shape, scene.spacing, strict=True)]
    panel.imshow(
        image.T, cmap="gray", vmin=window[0], vmax=window[1], origin="lower", aspect="auto",
        extent=(*ends[x], *ends[y]), interpolation="bilinear",
    )  # fmt: skip
    panel.set_facecolor("black")
    panel.set_xlim(scene.window[x][::-1])
    panel.set_ylim(scene.window[y])
    panel.set_xticks([])
    panel.set_yticks([])
    panel.set_title(name, fontsize=MEDIUM, pad=3)
    for end, margin, letter in ((1, -8, letters[0]), (0, 8, letters[1])):
        _write(panel, scene.window[x, end] + margin, scene.window[y].mean(), letter)


def _draw_cells(panel: Axes, scene: _Scene, plane: _Plane, similarities: Sequence[float]) -> None:
    """The bases that the plane cuts, the query crop, the point and the predicted centre."""
    from matplotlib import colormaps

    normal, (x, y), *_ = plane
    numbers = normal == 2 and len(scene.cells) <= MOST_NUMBERS
    for cell, value in zip(scene.cells, similarities, strict=True):
        if cell[normal, 0] <= scene.point[normal] < cell[normal, 1]:
            heat = (*colormaps[HEAT](value)[:3], OPACITY)
            _draw_box(panel, cell[[x, y]], facecolor=heat, edgecolor="white", lw=0.5)
            if numbers:
                _write(panel, cell[x].mean(), cell[y].mean(), f"{value:.2f}")
    _draw_box(panel, scene.query[[x, y]], facecolor="none", edgecolor=QUERY_COLOUR, lw=1.3)
    for place, (marker, colour) in ((scene.point, CLICKED), (scene.predicted, PREDICTED)):
        for shade, width in (("black", 2.4), (colour, 1.2)):
            panel.plot(*place[[x, y]], marker, color=shade, ms=6, mew=width)


def _write(panel: Axes, x: float, y: float, text: str) -> None:
    """White on any ground."""
    from matplotlib.patheffects import withStroke

    panel.text(x, y, text, color="white", fontsize=SMALL, ha="center", va="center", clip_on=True,
               path_effects=[withStroke(linewidth=1.2, foreground="black")])  # fmt: skip


def _draw_box(panel: Axes, ends: Points, **style: object) -> None:
    from matplotlib.patches import Rectangle

    (x, to_x), (y, to_y) = ends
    panel.add_patch(Rectangle((x, y), to_x - x, to_y - y, **style))  # type: ignore[arg-type]


def _draw_scale(figure: Figure, left: float, top: float) -> None:
    from matplotlib.cm import ScalarMappable

    bar = _add(figure, left + 0.04, top - SCALE_HEIGHT, 0.09, SCALE_HEIGHT)
    figure.colorbar(ScalarMappable(cmap=HEAT), cax=bar)
    bar.set_ylabel("similarity", fontsize=SMALL, labelpad=2)
    bar.tick_params(labelsize=SMALL, length=2, pad=1.5)


def _draw_bars(panel: Axes, answer: PositionAnswer) -> None:
    """Label, similarity and probability of each base, side by side; and what the marks mean."""
    n = round(len(answer.labels) ** 0.5)
    names = [f"({k // n + 1},{k % n + 1})" for k in range(n * n)]
    series = (
        (answer.labels, LABEL_COLOUR, "true overlap"),
        (answer.bases.similarities, SIMILARITY_COLOUR, "similarity"),
        (answer.bases.probabilities, PROBABILITY_COLOUR, f"probability (T = {TEMPERATURE:g})"),
    )
    for offset, (values, colour, name) in zip((-0.27, 0, 0.27), series, strict=True):
        panel.bar(np.arange(len(values)) + offset, values, 0.25, color=colour, label=name)
    for name, (marker, colour) in (("clicked", CLICKED), ("predicted centre", PREDICTED)):
        dark = "black" if marker == "x" else colour
        panel.plot([], [], marker, color=dark, ms=5, mew=1.2, label=name)
    panel.plot([], [], color=QUERY_COLOUR, lw=1.3, label="query crop")
    panel.set_ylim(0, 1)
    panel.set_xlim(-0.6, len(names) - 0.4)
    panel.set_xticks(range(len(names)), names, rotation=90 if n > MOST_LEVEL else 0)
    panel.tick_params(labelsize=SMALL, length=2, pad=2)
    panel.set_xlabel(
        "base (column towards right, row towards anterior)", fontsize=SMALL, labelpad=2
    )
    panel.spines[["top", "right"]].set_visible(False)
    panel.legend(fontsize=SMALL, frameon=False, ncols=6, loc="lower center", columnspacing=1.2,
                 handlelength=1.2, bbox_to_anchor=(0.5, 1), borderaxespad=0.2)  # fmt: skip
