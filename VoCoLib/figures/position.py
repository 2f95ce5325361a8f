"""A figure of one answer for a report or a paper: slices with the grid and its heat, and bars."""

from __future__ import annotations

import functools
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
from VoCoLib.positions.answer import PositionAnswer
from VoCoLib.positions.cells import cell_label
from VoCoLib.positions.placement import PlacedVolume

if TYPE_CHECKING:  # slow to import
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, DPI = 7.2, 300  # inches, as all lengths but those in mm: two columns of a journal
SLICES, BARS, FOOT = 4.0, 1.5, 0.36  # heights; of the slices at most
TITLE_HEIGHT, LINE = 0.3, 0.125  # of the head: its title, and each line below
SIDE, GAP, SCALE, SCALE_HEIGHT = 0.42, 0.08, 0.55, 1.1  # margin; between slices; room for scale
SIDE_STEEP = 0.62  # below names that stand upright
MARGIN_MM = 10.0  # round body and grid
HEAT, OPACITY = "viridis", 0.4
# as in Slicer (scene/positionColours.py): told apart by eyes that lack one kind of cone, too
LABEL_COLOUR, SIMILARITY_COLOUR, PROBABILITY_COLOUR = "#4d4d4d", "#2a8fbd", "#e69f00"
QUERY_COLOUR, BEST_COLOUR, PREDICTED_COLOUR = "#ff6e00", "#59d4ff", "white"
RING, DOT = 7.0, 4.5  # points across
SCALE_BAR_MM = 50.0
MOST_NUMBERS, MOST_LEVEL = 25, 5  # bases with numbers in them; bases a side with level names
SMALL, MEDIUM = 6.5, 8.0  # points
TITLE, ACROSS = 95, 118  # characters of the title, and of a line below
FORMATS = {".png": "png", ".pdf": "pdf", ".svg": "svg"}
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
        point, centre, predicted: (3,): asked about, of the query crop, and as the network has it.
        window: (3, 2) what is shown.
    """

    hu: NDArray
    spacing: Points
    cells: Points
    query: Points
    point: Points
    centre: Points
    predicted: Points
    window: Points


def draw_position(
    paths: Sequence[Path],
    array: NDArray,
    affine: Affine,
    placed: PlacedVolume,
    answer: PositionAnswer,
    title: str,
    caution: str = "",
) -> None:
    """Writes slices through the point, as radiologists look at them, and a bar chart.

    Args:
        paths: of the files, each .png, .pdf or .svg; pictures in all of them have 300 dpi.
        array: (X, Y, Z) HU of the CT that was placed; affine: its 4x4 index to RAS mm. An oblique
            CT is cut along its own axes.
        placed: the CT.
        answer: what is drawn.
        title: first line.
        caution: what has to be known before anything else; empty for nothing.

    Raises:
        OutputError: a file cannot be written.
    """
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    scene = _scene(array, affine, placed, answer)
    sizes = scene.window[:, 1] - scene.window[:, 0]
    across = sum(sizes[axes[0]] for _, axes, *_ in PLANES)
    room = WIDTH - SIDE - SCALE - GAP * len(PLANES)
    scale = min(room / across, SLICES / max(sizes[1:]))
    lines = _lines(answer, caution)
    head = TITLE_HEIGHT + LINE * len(lines) + 0.22
    foot = SIDE if answer.n <= MOST_LEVEL else SIDE_STEEP
    height = head + scale * max(sizes[1:]) + FOOT + BARS + foot
    figure = Figure(figsize=(WIDTH, height), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    left, top = SIDE + (room - scale * across) / 2, height - head
    for part, plane in zip("abc", PLANES, strict=True):
        width, tall = scale * sizes[list(plane[1])]
        panel = _add(figure, left, top - tall, width, tall)
        _draw_slice(panel, scene, plane, placed.placement.preparation.hu_window, part)
        _draw_cells(panel, scene, plane, answer)
        left += width + GAP
    _draw_scale(figure, left, top)
    _draw_bars(_add(figure, SIDE, foot, WIDTH - 2 * SIDE, BARS), answer)
    _write_head(figure, title, lines)
    with rc_context({"pdf.fonttype": 42, "svg.fonttype": "none"}):  # text stays text
        for path in paths:
            kind = FORMATS[path.suffix]
            write_atomically(path, functools.partial(figure.savefig, format=kind))


def _lines(answer: PositionAnswer, caution: str) -> list[tuple[str, bool]]:
    """What is said below the title, and whether it is a caution."""
    said = [(line, True) for line in textwrap.wrap(caution, ACROSS)]
    said += [(line, False) for line in textwrap.wrap(answer.sentence(), ACROSS)]
    return [*said, (f"Compared: {answer.compared}.", False)]


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
    places = answer.point_mm, answer.centre_mm, answer.bases.predicted_mm
    point, centre, predicted = (shown(np.array(place)) for place in places)
    return _Scene(hu, spacing, cells, query, point, centre, predicted, window)


def _add(figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
    """Axes at a place in inches."""
    total = figure.get_size_inches()
    return figure.add_axes(
        (left / total[0], bottom / total[1], width / total[0], height / total[1])
    )


def _write_head(figure: Figure, title: str, lines: Sequence[tuple[str, bool]]) -> None:
    height = figure.get_size_inches()[1]
    left = SIDE / WIDTH
    if len(title) > TITLE:
        title = f"{title[: TITLE // 2]}…{title[-TITLE // 2 + 1 :]}"
    figure.text(left, 1 - 0.16 / height, title, fontsize=MEDIUM, weight="bold", va="center",
                parse_math=False)  # fmt: skip
    for number, (line, is_caution) in enumerate(lines):
        figure.text(
            left, 1 - (TITLE_HEIGHT + LINE * number) / height, line, fontsize=SMALL, va="top",
            weight="bold" if is_caution else "normal", parse_math=False,
        )  # fmt: skip


def _draw_slice(
    panel: Axes, scene: _Scene, plane: _Plane, window: tuple[float, float], part: str
) -> None:
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
    panel.set_title(part, fontsize=MEDIUM, pad=3, loc="left", weight="bold")
    panel.set_title(name, fontsize=MEDIUM, pad=3)
    if normal == 2:
        _draw_scale_bar(panel, scene.window)
    for end, margin, letter in ((1, -8, letters[0]), (0, 8, letters[1])):
        _write(panel, scene.window[x, end] + margin, scene.window[y].mean(), letter)


def _draw_scale_bar(panel: Axes, window: Points) -> None:
    """At the lower right corner of an axial slice, where there is air."""
    from matplotlib.patheffects import withStroke

    (end, _), (low, high) = window[0], window[1]
    start, place = end + 0.03 * (window[0, 1] - end), low + 0.03 * (high - low)
    panel.plot([start, start + SCALE_BAR_MM], [place, place], color="white", lw=1.5,
               solid_capstyle="butt",
               path_effects=[withStroke(linewidth=2.5, foreground="black")])  # fmt: skip
    _write(panel, start + 1.06 * SCALE_BAR_MM, place, f"{SCALE_BAR_MM:g} mm", "right")


def _draw_cells(panel: Axes, scene: _Scene, plane: _Plane, answer: PositionAnswer) -> None:
    """The bases that the plane cuts, the query crop, its centre and the predicted one."""
    from matplotlib import colormaps

    normal, (x, y), *_ = plane
    n, similarities = answer.n, answer.bases.similarities
    named = normal == 2 and len(scene.cells) <= MOST_NUMBERS
    best = int(np.argmax(similarities)) if max(similarities) > 0 else -1
    for index, (cell, value) in enumerate(zip(scene.cells, similarities, strict=True)):
        if not cell[normal, 0] <= scene.point[normal] < cell[normal, 1]:
            continue
        heat = (*colormaps[HEAT](value)[:3], OPACITY)
        _draw_box(panel, cell[[x, y]], facecolor=heat, edgecolor="white", lw=0.5)
        if index == best:
            _draw_box(panel, cell[[x, y]], facecolor="none", edgecolor=BEST_COLOUR, lw=1.6,
                      zorder=3)  # fmt: skip
        if named:
            label = cell_label((index // n + 1, index % n + 1), n)
            (left, right), (low, high) = cell[x], cell[y]
            place = right - 0.06 * (right - left), high - 0.06 * (high - low)
            _write(panel, *place, f"{label} {value:.2f}", "left", "top")
    _draw_box(panel, scene.query[[x, y]], facecolor="none", edgecolor=QUERY_COLOUR, lw=1.3,
              zorder=4)  # fmt: skip
    for colour, width in (("black", 2.8), (QUERY_COLOUR, 1.5)):  # a ring for what is true
        panel.plot(*scene.centre[[x, y]], "o", ms=RING, mfc="none", mec=colour, mew=width, zorder=5)
    panel.plot(*scene.predicted[[x, y]], "o", ms=DOT, mfc=PREDICTED_COLOUR, mec="black", mew=0.8,
               zorder=5)  # fmt: skip


def _write(
    panel: Axes, x: float, y: float, text: str, across: str = "center", up: str = "center"
) -> None:
    """White on any ground."""
    from matplotlib.patheffects import withStroke

    panel.text(x, y, text, color="white", fontsize=SMALL, ha=across, va=up, clip_on=True,
               zorder=6, path_effects=[withStroke(linewidth=1.2, foreground="black")])  # fmt: skip


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
    names = [cell_label((k // n + 1, k % n + 1), n) for k in range(n * n)]
    series = (
        (answer.labels, LABEL_COLOUR, "true overlap"),
        (answer.bases.similarities, SIMILARITY_COLOUR, "similarity"),
        (answer.bases.probabilities, PROBABILITY_COLOUR, f"probability (T = {TEMPERATURE:g})"),
    )
    for offset, (values, colour, name) in zip((-0.27, 0, 0.27), series, strict=True):
        panel.bar(np.arange(len(values)) + offset, values, 0.25, color=colour, label=name)
    panel.plot([], [], "o", ms=5, mfc="none", mec=QUERY_COLOUR, mew=1.5, label="true centre")
    panel.plot([], [], "o", ms=4, mfc="white", mec="black", mew=0.8, label="predicted centre")
    panel.plot([], [], color=QUERY_COLOUR, lw=1.3, label="query crop")
    panel.set_ylim(0, 1)
    panel.set_xlim(-0.6, len(names) - 0.4)
    panel.set_xticks(range(len(names)), names, rotation=90 if n > MOST_LEVEL else 0)
    panel.tick_params(labelsize=SMALL, length=2, pad=2)
    panel.set_xlabel(
        "base (R right, L left, A anterior, P posterior, C middle)", fontsize=SMALL, labelpad=2
    )
    panel.spines[["top", "right"]].set_visible(False)
    panel.set_title("d", fontsize=MEDIUM, pad=3, loc="left", weight="bold")
    panel.legend(fontsize=SMALL, frameon=False, ncols=6, loc="lower center", columnspacing=1.2,
                 handlelength=1.2, bbox_to_anchor=(0.5, 1), borderaxespad=0.2)  # fmt: skip
