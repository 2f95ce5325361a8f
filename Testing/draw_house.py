"""Draws the rooms of VoCoLib and the imports between them, for CONTRIBUTING.md.

python Testing/draw_house.py
"""

from __future__ import annotations

import ast
import io
import sys
from collections import Counter
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Polygon
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "Testing")]

from house import FLOORS, GROUND, LIBRARY, library_imports, room_of  # noqa: E402

PICTURE = ROOT / "Docs" / "house.png"
SCALE = 2  # the picture is shown at half its size, sharp on any screen
# All in pixels of the picture as it is shown.
WIDTH, ROOF, FLOOR_GAP, HEIGHT, MARGIN = 900, 42, 6, 32, 8
BOX, COLUMN = 476, 21
COLOURS = ("#2f6db3", "#d9822b", "#3c9153", "#c2453d", "#7e5bb0", "#1d929b", "#a8762a")
INK, FAINT, LINE = "#1f2933", "#5f6c7b", "#c3ccd6"


def main() -> None:
    rooms = [room for floor in FLOORS for room in floor]
    tops = room_tops()
    height = tops[GROUND] + HEIGHT + MARGIN
    figure = Figure((WIDTH / 100, height / 100), dpi=100 * SCALE, facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, WIDTH), ylim=(height, 0))
    axes.axis("off")
    counts = imports_between_rooms()
    colours = {room: COLOURS[i % len(COLOURS)] for i, room in enumerate(rooms)}
    draw_building(axes, tops)
    for room in rooms:
        draw_room(axes, room, tops[room], colours[room])
    draw_imports(axes, rooms, tops, counts, colours)
    save(figure)


def room_tops() -> dict[str, float]:
    """Where each room begins, from the top; the rooms of one floor touch."""
    tops, y = {}, float(MARGIN + ROOF + FLOOR_GAP)
    for floor in (*FLOORS, (GROUND,)):
        for room in floor:
            tops[room] = y
            y += HEIGHT
        y += FLOOR_GAP
    return tops


def imports_between_rooms() -> Counter[tuple[str, str]]:
    """How often a file of the first room imports one of the second."""
    pairs = ((room_of(a), room_of(b)) for a in LIBRARY for b in library_imports(a))
    return Counter(pair for pair in pairs if pair[0] != pair[1])


def purpose(room: str) -> str:
    """The first sentence of a room's docstring."""
    text = (ROOT / "VoCoLib" / room / "__init__.py").read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(text)) or "").split(".")[0].replace("`", "")


def draw_building(axes: Axes, tops: dict[str, float]) -> None:
    """The roof, and the ground that all rooms stand on."""
    eaves = MARGIN + ROOF
    corners = [(MARGIN - 4, eaves), (MARGIN + BOX / 2, MARGIN), (MARGIN + BOX + 4, eaves)]
    axes.add_patch(Polygon(corners, facecolor="#e6ebf1", edgecolor=LINE))
    axes.text(
        *(MARGIN + BOX / 2, eaves - 12), "VoCoLib", ha="center", weight="bold", size=10, color=INK
    )
    axes.text(
        *(WIDTH - MARGIN, MARGIN + 22),
        "A line leaves a room at the right and falls to what it imports;\n"
        "the larger the dot, the more imports.",
        **{"ha": "right", "va": "center", "size": 7, "color": FAINT, "linespacing": 1.5},
    )
    files = sorted(path.stem for path in (ROOT / "VoCoLib").glob("[!_]*.py"))
    box(axes, tops[GROUND], WIDTH - 2 * MARGIN, "#e6ebf1")
    title(axes, tops[GROUND], "the ground", INK)
    small_print(axes, tops[GROUND], f"{', '.join(files)}: files that every room may import")


def draw_room(axes: Axes, room: str, top: float, colour: str) -> None:
    box(axes, top, BOX, "#f6f8fa")
    axes.plot([MARGIN + 3] * 2, [top + 5, top + HEIGHT - 5], color=colour, lw=3)
    title(axes, top, room, colour)
    small_print(axes, top, purpose(room))


def box(axes: Axes, top: float, width: float, colour: str) -> None:
    axes.add_patch(
        FancyBboxPatch(
            (MARGIN, top + 1),
            width,
            HEIGHT - 2,
            boxstyle="round,pad=0,rounding_size=4",
            facecolor=colour,
            edgecolor=LINE,
            lw=0.8,
        )
    )


def title(axes: Axes, top: float, text: str, colour: str) -> None:
    axes.text(MARGIN + 12, top + 10, text, va="center", weight="bold", size=8.5, color=colour)


def small_print(axes: Axes, top: float, text: str) -> None:
    axes.text(MARGIN + 12, top + 23, text, va="center", size=7.2, color=FAINT)


def draw_imports(
    axes: Axes,
    rooms: list[str],
    tops: dict[str, float],
    counts: Counter[tuple[str, str]],
    colours: dict[str, str],
) -> None:
    """One way out of each room, one way down into each, and a dot where they meet."""
    imported = [room for room in rooms if any(counts[other, room] for other in rooms)]
    columns = {room: MARGIN + BOX + 36 + COLUMN * i for i, room in enumerate(imported)}
    for room in rooms:
        targets = [other for other in imported if counts[room, other]]
        if targets:
            y, end = way_out(tops[room]), columns[targets[-1]]
            axes.plot([MARGIN + BOX, end], [y, y], color=LINE, lw=1.1, zorder=1)
    for room in imported:
        x, y, colour = columns[room], way_in(tops[room]), colours[room]
        sources = [other for other in rooms if counts[other, room]]
        axes.plot([x, x], [way_out(tops[sources[0]]), y], color=colour, lw=1.3, zorder=2)
        axes.annotate(
            "",
            (MARGIN + BOX, y),
            (x, y),
            arrowprops={
                "arrowstyle": "-|>,head_width=0.22,head_length=0.45",
                "color": colour,
                "lw": 1.3,
                "shrinkA": 0,
                "shrinkB": 0,
            },
        )
        for other in sources:
            size = 9 * counts[other, room] ** 0.8
            axes.scatter(x, way_out(tops[other]), size, color=colour, zorder=3, ec="white", lw=0.5)


def way_in(top: float) -> float:
    return top + 10


def way_out(top: float) -> float:
    return top + HEIGHT - 10


def save(figure: Figure) -> None:
    """Writes the picture with few colours: the repository stays small."""
    buffer = io.BytesIO()
    with mpl.rc_context({"font.family": "DejaVu Sans"}):
        figure.savefig(buffer, format="png")
    picture = Image.open(buffer).convert("RGB")
    picture.quantize(64, Image.Quantize.MEDIANCUT).save(PICTURE, optimize=True)
    print(f"{PICTURE} ({PICTURE.stat().st_size // 1000} kB)")


if __name__ == "__main__":
    main()
