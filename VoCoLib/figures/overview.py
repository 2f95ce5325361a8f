"""A picture of a segmented CT: three slices with coloured organs, and a legend with volumes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from VoCoLib.files import write_atomically
from VoCoLib.images.geometry import Affine, spacing_of, to_ras
from VoCoLib.recipe import Label

if TYPE_CHECKING:  # slow to import
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from VoCoLib.evaluation.scores import LabelScore

Pixels = NDArray[np.uint8]  # (height, width, 3): red, green, blue
Position = tuple[int, int, int]

WINDOW = (-160.0, 240.0)  # HU shown black and white
BODY_HU = -300.0  # the largest piece above it in a plane is the body
BODY_MARGIN_MM = 8.0
SMOOTH = 0.5  # of the outlines, in voxels; a lone voxel survives it
FILL = 0.4  # opacity of a label; its outline is opaque
GREYS = 64  # levels: as good to the eye as 256, and a smaller file
FINE = 2  # labels are drawn this many times finer and averaged, for smooth outlines
OUTLINE = 3  # width in fine pixels

DPI = 128  # a power of two, so that pixels / DPI * DPI is exact
POINTS = 72 / DPI  # in a pixel
WIDTH, MARGIN, GAP, HEADER = 1600, 32, 12, 92  # pixels, as all lengths below
LEGEND, LEGEND_HEADER, ROWS = 460, 34, (22, 38)  # width; height of its head; of a row: min, max
PANEL_HEIGHT = 760  # at most
ASPECTS = (0.4, 2.2)  # width / height of a panel; a slice beyond it gets black margins
NUMBER_ROOM = 11  # from a number to the outline of its organ
BACKGROUND, TEXT, FAINT, LINE = "#0d1117", "#f0f3f6", "#8b98a5", "#2b333c"
PLANES = (  # normal axis; name; letters at the left, right, top, bottom; the normal's two ends
    (2, "Axial", "RLAP", "SI"),
    (1, "Coronal", "RLHF", "AP"),
    (0, "Sagittal", "APHF", "RL"),
)


@dataclass(frozen=True)
class Panel:
    """Where one slice lies in the picture: left, top, width and height in pixels."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Slice:
    """One plane as it is looked at: rows from the top, columns from the left.

    hu, labels: (rows, columns). width_mm, height_mm: its size.
    """

    hu: NDArray[Any]
    labels: NDArray[np.uint8]
    width_mm: float
    height_mm: float


@dataclass(frozen=True)
class Row:
    """One line of the legend."""

    label: Label
    volume_ml: float
    dice: float | None


def draw_overview(
    image: NDArray[Any],
    labels: NDArray[np.uint8],
    affine: Affine,
    table: tuple[Label, ...],
    path: Path,
    title: str,
    scores: Sequence[LabelScore] = (),
) -> None:
    """Writes a PNG with an axial, a coronal and a sagittal slice and a legend.

    The slices are those that show the most labels, drawn as radiologists look at them: the
    patient's right is on the left; anterior and head are up.

    Args:
        image: HU (X, Y, Z).
        labels: label map on the same grid.
        affine: 4x4 index to RAS mm of any handedness; an oblique image is cut along its own axes.
        table: the labels to draw; those without a voxel or a Dice are left out of the legend.
        path: the PNG file.
        title: first line of the picture.
        scores: with them the legend has a column for Dice.

    Raises:
        OutputError: the file cannot be written.
    """
    hu, ras_affine = to_ras(image, affine)
    ras_labels, _ = to_ras(labels, affine)
    spacing = spacing_of(ras_affine)
    profiles = label_profiles(ras_labels, table)
    position = best_position(profiles, hu.shape)
    slices = [cut_slice(hu, ras_labels, axis, position, spacing) for axis, *_ in PLANES]
    panels = lay_out([shown.width_mm / shown.height_mm for shown in slices])
    rows = _legend_rows(table, profiles, float(abs(np.linalg.det(affine[:3, :3]))) / 1000, scores)
    row_height, height = _fit_legend(len(rows), max(p.y + p.height for p in panels))
    picture = np.full((height, WIDTH, 3), _rgb(BACKGROUND), np.uint8)
    figure, axes = _blank(height)
    centre = ras_affine @ [*position, 1.0]
    for shown, panel, (axis, name, letters, ends) in zip(slices, panels, PLANES, strict=True):
        where = f"{ends[int(centre[axis] < 0)]} {abs(centre[axis]):.0f} mm"
        inner = _fit(shown, panel)
        picture[panel.y : panel.y + panel.height, panel.x : panel.x + panel.width] = 0
        picture[inner.y : inner.y + inner.height, inner.x : inner.x + inner.width] = draw_slice(
            shown, (inner.width, inner.height), table
        )
        _write_numbers(axes, inner, shown, table)
        _annotate(axes, panel, name, where, letters, inner.width / shown.width_mm)
    _write_header(axes, title, rows)
    _write_legend(axes, rows, row_height)
    figure.figimage(picture, origin="upper", zorder=-1)
    _save(figure, path)


def label_profiles(
    labels: NDArray[np.uint8], table: tuple[Label, ...]
) -> dict[int, tuple[NDArray[np.int64], ...]]:
    """Voxels of each label in the planes across axis 0, 1, 2; a label without any is left out."""
    profiles = {}
    boxes = ndimage.find_objects(labels, max((label.value for label in table), default=1))
    for label in table:
        box = boxes[label.value - 1]
        if box is None:
            continue
        mask = labels[box] == label.value
        counts = [np.zeros(n, np.int64) for n in labels.shape]
        for axis, others in enumerate(((1, 2), (0, 2), (0, 1))):
            counts[axis][box[axis]] = np.count_nonzero(mask, axis=others)
        profiles[label.value] = tuple(counts)
    return profiles


def best_position(
    profiles: Mapping[int, tuple[NDArray[np.int64], ...]], shape: tuple[int, ...]
) -> Position:
    """The indices of the three planes that show the most labels well; the middle without any.

    A label counts in full where a plane has at least half of its largest cross-section.
    """
    best = []
    for axis, n in enumerate(shape):
        shown = [
            np.minimum(1.0, 2 * counts[axis] / counts[axis].max()) for counts in profiles.values()
        ]
        best.append(int(np.argmax(np.sum(shown, axis=0))) if shown else n // 2)
    x, y, z = best
    return x, y, z


def cut_slice(
    hu: NDArray[Any],
    labels: NDArray[np.uint8],
    axis: int,
    position: Position,
    spacing: Sequence[float],
) -> Slice:
    """The plane across axis through position of a RAS volume, cropped to body and labels."""
    index = tuple(position[a] if a == axis else slice(None) for a in range(3))
    plane, values = (volume[index][::-1, ::-1].T for volume in (hu, labels))
    column_mm, row_mm = (spacing[a] for a in range(3) if a != axis)
    pieces, n = ndimage.label(plane > BODY_HU)
    largest = int(np.argmax(np.bincount(pieces.ravel())[1:])) + 1 if n else 0
    seen = (pieces == largest) | (values > 0)
    rows = _around(np.flatnonzero(seen.any(axis=1)), row_mm)
    columns = _around(np.flatnonzero(seen.any(axis=0)), column_mm)
    plane, values = plane[rows, columns], values[rows, columns]
    return Slice(plane, values, plane.shape[1] * column_mm, plane.shape[0] * row_mm)


def _around(seen: NDArray[np.intp], mm: float) -> slice:
    """From the first to the last of these indices, and a margin."""
    margin = math.ceil(BODY_MARGIN_MM / mm)
    return slice(max(0, int(seen[0]) - margin), int(seen[-1]) + 1 + margin)


def lay_out(aspects: Sequence[float]) -> tuple[Panel, Panel, Panel]:
    """Places the axial, coronal and sagittal slice, whose width / height is given.

    Either side by side, or the axial one large and the others stacked beside it: what gives the
    larger pictures.
    """
    a, c, s = (float(np.clip(aspect, *ASPECTS)) for aspect in aspects)
    room = WIDTH - 2 * MARGIN - 2 * GAP - LEGEND
    row = min(PANEL_HEIGHT, (room - 2 * GAP) / (a + c + s))
    large = min(PANEL_HEIGHT, (room - GAP) / (a + max(c, s) / 2))
    small = (large - GAP) / 2
    x, y = MARGIN, HEADER
    if large**2 * small**4 > row**6:
        left = x + round(a * large) + GAP
        width, height = round(max(c, s) * small), round(small)
        return (
            Panel(x, y, round(a * large), 2 * height + GAP),
            Panel(left, y, width, height),
            Panel(left, y + height + GAP, width, height),
        )
    widths = [round(aspect * row) for aspect in (a, c, s)]
    lefts = [x, x + widths[0] + GAP, x + widths[0] + widths[1] + 2 * GAP]
    axial, coronal, sagittal = (
        Panel(left, y, width, round(row)) for left, width in zip(lefts, widths, strict=True)
    )
    return axial, coronal, sagittal


def draw_slice(shown: Slice, size: tuple[int, int], table: tuple[Label, ...]) -> Pixels:
    """Draws a slice in the CT window, with translucent labels and crisp outlines.

    Args:
        shown: the slice.
        size: width and height of the picture in pixels.
        table: the labels to draw; other values are left grey.
    """
    low, high = WINDOW
    grey = np.clip((_resize(shown.hu, size) - low) / (high - low), 0, 1)
    grey = np.round(grey * (GREYS - 1)) / (GREYS - 1)
    drawn = _drawn(shown, table)
    fine = size[0] * FINE, size[1] * FINE
    shape = _resample_labels(shown.labels, fine, [label.value for label in drawn])
    across = 2 * OUTLINE + 1
    edge = ndimage.maximum_filter(shape, across) != ndimage.minimum_filter(shape, across)
    opacity = np.where(shape == 0, 0, np.where(edge, 1, FILL)).astype(np.float32)[..., None]
    colors = np.array([(0, 0, 0), *(label.color for label in drawn)], np.float32)
    paint = _coarsen(colors[shape] * opacity)
    rgb = 255 * grey[..., None] * (1 - _coarsen(opacity)) + paint
    return np.asarray(np.round(rgb), np.uint8)


def _coarsen(fine: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean of every FINE x FINE pixels of (rows, columns, channels)."""
    rows, columns, channels = fine.shape
    blocks = fine.reshape(rows // FINE, FINE, columns // FINE, FINE, channels)
    return np.asarray(blocks.mean(axis=(1, 3)))


def _drawn(shown: Slice, table: tuple[Label, ...]) -> list[Label]:
    return [label for label in table if (shown.labels == label.value).any()]


def _resample_labels(
    labels: NDArray[np.uint8], size: tuple[int, int], values: Sequence[int]
) -> NDArray[np.uint8]:
    """1, 2, ... where the first, second, ... value is the strongest after interpolation, else 0."""

    def weight(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
        return _resize(ndimage.gaussian_filter(mask.astype(np.float32), SMOOTH), size)

    shape = np.zeros((size[1], size[0]), np.uint8)
    best = weight(~np.isin(labels, values))
    for index, value in enumerate(values, start=1):
        here = weight(labels == value)
        shape[here > best] = index
        best = np.maximum(best, here)
    return shape


def _resize(plane: NDArray[Any], size: tuple[int, int]) -> NDArray[np.float32]:
    picture = Image.fromarray(np.ascontiguousarray(plane, np.float32))
    return np.asarray(picture.resize(size, Image.Resampling.BICUBIC), np.float32)


def _legend_rows(
    table: tuple[Label, ...],
    profiles: Mapping[int, tuple[NDArray[np.int64], ...]],
    voxel_ml: float,
    scores: Sequence[LabelScore],
) -> list[Row]:
    dice = {score.value: score.dice for score in scores}
    volume = {value: int(counts[0].sum()) * voxel_ml for value, counts in profiles.items()}
    return [
        Row(label, volume.get(label.value, 0.0), dice.get(label.value))
        for label in table
        if label.value in volume or dice.get(label.value) is not None
    ]


def _fit_legend(rows: int, bottom: int) -> tuple[int, int]:
    """Height of a row, and of the picture, in pixels."""
    low, high = ROWS
    row_height = min(high, max(low, (bottom - HEADER - LEGEND_HEADER) // max(1, rows)))
    return row_height, max(bottom, HEADER + LEGEND_HEADER + rows * row_height) + MARGIN


def _rgb(color: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(color[1:]))


def _blank(height: int) -> tuple[Figure, Axes]:
    """A figure, and axes all over it in pixels from the top left."""
    from matplotlib.figure import Figure  # here, because it is slow to import

    figure = Figure((WIDTH / DPI, height / DPI), dpi=DPI)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, WIDTH), ylim=(height, 0))
    axes.axis("off")
    return figure, axes


def _fit(shown: Slice, panel: Panel) -> Panel:
    """The middle of the panel that the slice fills."""
    scale = min(panel.width / shown.width_mm, panel.height / shown.height_mm)
    width = min(panel.width, max(1, round(shown.width_mm * scale)))
    height = min(panel.height, max(1, round(shown.height_mm * scale)))
    x, y = panel.x + (panel.width - width) // 2, panel.y + (panel.height - height) // 2
    return Panel(x, y, width, height)


def _write(axes: Axes, x: float, y: float, text: str, size: float, **style: str) -> None:
    """Text of size pixels at x, y (its middle), left-aligned and bright unless told otherwise."""
    look: dict[str, Any] = {"color": TEXT, "ha": "left", "va": "center_baseline", **style}
    axes.text(x, y, text, fontsize=size * POINTS, family="DejaVu Sans", parse_math=False, **look)


def _write_over(axes: Axes, x: float, y: float, text: str, size: float, **style: str) -> None:
    """Text on a slice: a dark halo keeps it legible."""
    from matplotlib.patheffects import withStroke

    _write(axes, x, y, text, size, **style)
    axes.texts[-1].set_path_effects([withStroke(linewidth=3.5 * POINTS, foreground=BACKGROUND)])


def _write_numbers(axes: Axes, panel: Panel, shown: Slice, table: tuple[Label, ...]) -> None:
    """The label values, as the legend has them, where an organ has room for one."""
    drawn = _drawn(shown, table)
    shape = _resample_labels(shown.labels, (panel.width, panel.height), [t.value for t in drawn])
    for index, label in enumerate(drawn, start=1):
        depth = ndimage.distance_transform_edt(np.pad(shape == index, 1))[1:-1, 1:-1]
        if depth.max() < NUMBER_ROOM:
            continue
        wide = np.argwhere(depth > 0.9 * depth.max())
        nearest = np.argmin(np.square(wide - wide.mean(axis=0)).sum(axis=1))
        y, x = wide[nearest].tolist()
        _write_over(axes, panel.x + x, panel.y + y, str(label.value), 15, ha="center")


def _annotate(axes: Axes, panel: Panel, name: str, where: str, letters: str, scale: float) -> None:
    """Name and position of a slice, the four directions, and a bar of 5 cm."""
    middle_x, middle_y = panel.x + panel.width / 2, panel.y + panel.height / 2
    right, bottom = panel.x + panel.width - 14, panel.y + panel.height - 16
    xs = panel.x + 14, right, middle_x, middle_x
    ys = middle_y, middle_y, panel.y + 16, bottom
    for letter, x, y in zip(letters, xs, ys, strict=True):
        _write_over(axes, x, y, letter, 20, ha="center", weight="bold")
    _write_over(axes, panel.x + 10, bottom - 22, name, 17)
    _write_over(axes, panel.x + 10, bottom, where, 15)
    left = right - 50 * scale
    axes.plot([left, right], [bottom + 2] * 2, color=TEXT, lw=2 * POINTS)
    _write_over(axes, (left + right) / 2, bottom - 11, "5 cm", 14, ha="center")


def _fitting(text: str, size: float, room: float) -> float:
    """A size in pixels, at most the given one, at which text is not wider than room."""
    return min(size, room / (0.5 * max(1, len(text))))


def _write_header(axes: Axes, title: str, rows: Sequence[Row]) -> None:
    size = _fitting(title, 32, 0.75 * (WIDTH - 2 * MARGIN))
    _write(axes, MARGIN, 38, title, size, weight="bold")
    low, high = WINDOW
    about = f"{len(rows)} structures   ·   CT window {low:.0f} to {high:.0f} HU"
    known = [row.dice for row in rows if row.dice is not None]
    if known:
        about += f"   ·   mean Dice {np.mean(known):.3f}"
    _write(axes, MARGIN, 71, about.replace("-", "\N{MINUS SIGN}"), 19, color=FAINT)


def _write_legend(axes: Axes, rows: Sequence[Row], row_height: int) -> None:
    """A table at the right: number and colour, name, millilitres and, where scored, Dice."""
    left, right = WIDTH - MARGIN - LEGEND, WIDTH - MARGIN
    scored = any(row.dice is not None for row in rows)
    ml_at = right - 90 if scored else right
    size = min(20.0, 0.62 * row_height)
    middle = HEADER + 12.0
    _write(axes, left, middle, "Structure", 17, color=FAINT)
    _write(axes, ml_at, middle, "Volume (ml)", 17, color=FAINT, ha="right")
    if scored:
        _write(axes, right, middle, "Dice", 17, color=FAINT, ha="right")
    for index, row in enumerate(rows):
        top = HEADER + LEGEND_HEADER + index * row_height
        middle = top + row_height / 2
        axes.plot([left, right], [top, top], color=LINE, lw=POINTS)
        _draw_swatch(axes, left, middle, size, row.label)
        name_at, name = left + 2.4 * size, row.label.name
        _write(axes, name_at, middle, name, _fitting(name, size, ml_at - 85 - name_at))
        _write(axes, ml_at, middle, f"{row.volume_ml:.1f}", size, ha="right")
        if row.dice is not None:
            _write(axes, right, middle, f"{row.dice:.3f}", size, ha="right", weight="bold")


def _draw_swatch(axes: Axes, left: float, middle: float, size: float, label: Label) -> None:
    from matplotlib.patches import FancyBboxPatch

    width, height = 1.7 * size, 1.2 * size
    shape = FancyBboxPatch(
        (left, middle - height / 2), width, height,
        boxstyle="round,pad=0,rounding_size=5", color=np.array(label.color) / 255, lw=0,
    )  # fmt: skip
    axes.add_patch(shape)
    red, green, blue = label.color
    bright = 0.3 * red + 0.59 * green + 0.11 * blue > 120
    color = BACKGROUND if bright else TEXT
    _write(axes, left + width / 2, middle, str(label.value), 0.75 * size, color=color, ha="center")


def _save(figure: Figure, path: Path) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    drawn = Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3])
    write_atomically(path, lambda target: drawn.save(target, format="PNG", optimize=True))
