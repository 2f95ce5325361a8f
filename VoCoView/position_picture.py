"""The picture of an answer of the position view, for a page: cells over the slice, ring and dot."""

from __future__ import annotations

import base64
import io
from html import escape
from typing import Any

from PIL import Image
from VoCoSegmentationLib.presenters.positionPicture import Cell, Picture, Place
from VoCoSegmentationLib.scene import positionColours as colours

WIDTH, BORDER = 300, 18  # of the slice, and for the letters
HEAT = 0.42  # opacity of the colours
MOST_NAMES = 25  # cells that have room for them
SHADES = colours.shades(colours.SIMILARITY, 101)


def picture_svg(picture: Picture) -> str:
    """SVG of a picture; ink is the page's."""
    rows, columns = picture.slice.shape
    height = WIDTH * rows / columns
    file = io.BytesIO()
    Image.fromarray(picture.slice).save(file, "PNG")
    data = base64.b64encode(file.getvalue()).decode()
    names = len(picture.cells) <= MOST_NAMES
    parts = [
        f'<image x="{BORDER}" y="{BORDER}" width="{WIDTH}" height="{height:.1f}" '
        f'href="data:image/png;base64,{data}"/>',
        *(_cell(cell, height, names) for cell in sorted(picture.cells, key=lambda c: c.isBest)),
        _circle(picture.ring, height, 8, "none", colours.QUERY, 3),
        _circle(picture.dot, height, 5, _css(colours.PREDICTED), (0, 0, 0), 1.5),
        *_letters(height),
    ]
    box = f"0 0 {WIDTH + 2 * BORDER} {height + 2 * BORDER:.0f}"
    return (
        f'<svg viewBox="{box}" role="img" aria-label="Similarity to the base crops" '
        f'xmlns="http://www.w3.org/2000/svg" class="voco-picture">{"".join(parts)}</svg>'
    )


def _cell(cell: Cell, height: float, names: bool) -> str:
    (x, y), (width, tall) = cell.corner, cell.size
    left, top = BORDER + WIDTH * x, BORDER + height * y
    shade = SHADES[round(100 * min(max(cell.similarity, 0.0), 1.0))]
    edge = colours.BEST if cell.isBest else colours.BASES
    box = f'x="{left:.1f}" y="{top:.1f}" width="{WIDTH * width:.1f}" height="{height * tall:.1f}"'
    name = ""
    if names or cell.isBest:
        weight = "bold" if cell.isBest else "normal"
        place = f'x="{left + 5:.1f}" y="{top + 15:.1f}"'
        name = f'<text {place} class="cell" font-weight="{weight}">{escape(cell.label)}</text>'
    return (
        f"<g><title>{escape(cell.tip)}</title>"
        f'<rect {box} fill="{_css(shade)}" fill-opacity="{HEAT}"/>'
        f'<rect {box} fill="none" stroke="{_css(edge)}" stroke-width="{3 if cell.isBest else 1}"/>'
        f"{name}</g>"
    )


def _circle(place: Place, height: float, radius: float, fill: str, edge: Any, width: float) -> str:
    x, y = BORDER + WIDTH * place[0], BORDER + height * place[1]
    rim = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="none" stroke="#000" '
    return (
        f'{rim}stroke-width="{width + 2}"/><circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" '
        f'fill="{fill}" stroke="{_css(edge)}" stroke-width="{width}"/>'
    )


def _letters(height: float) -> list[str]:
    """How the patient lies."""
    far, middle, across = WIDTH + 1.5 * BORDER, BORDER + height / 2, BORDER + WIDTH / 2
    places = (
        (BORDER / 2, middle, "R"),
        (far, middle, "L"),
        (across, BORDER / 2, "A"),
        (across, height + 1.5 * BORDER, "P"),
    )
    return [f'<text x="{x}" y="{y + 5:.1f}" class="letter">{word}</text>' for x, y, word in places]


def _css(colour: Any) -> str:
    return "#{:02x}{:02x}{:02x}".format(*(round(255 * float(part)) for part in colour))
