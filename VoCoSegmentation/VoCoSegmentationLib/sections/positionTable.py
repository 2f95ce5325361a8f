"""The panel's table of an answer: one row a base, with a bar beside each number."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import qt

from VoCoLib.positions.cells import cell_label
from VoCoSegmentationLib.scene import positionColours as colours
from VoCoSegmentationLib.scene.positionResults import titleOf

BAR_WIDTH, BAR_HEIGHT = 32, 10  # pixels
TRACK = 0.15  # share of the text's colour in what a bar lies on
ROW_HEIGHT, MOST_ROWS = 20, 9
SHADES = colours.shades(colours.SIMILARITY, 101)
COLUMNS = ("base", "similarity", "probability", "overlap")


class PositionTable:
    """Fills a table widget.

    Args:
        widget: a QTableWidget.
    """

    def __init__(self, widget: Any) -> None:
        self._widget = widget
        widget.setColumnCount(len(COLUMNS))
        widget.setHorizontalHeaderLabels([titleOf(column) for column in COLUMNS])
        widget.horizontalHeader().setSectionResizeMode(qt.QHeaderView.Stretch)
        # the numbers need what room there is
        widget.horizontalHeader().setSectionResizeMode(0, qt.QHeaderView.ResizeToContents)
        widget.horizontalHeader().setFixedHeight(ROW_HEIGHT)
        widget.verticalHeader().hide()
        widget.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)

    def show(self, answer: Mapping[str, Any] | None) -> None:
        """Shows one of the worker's answers; None leaves the table as it is, which is not seen."""
        if answer is None:
            return
        bases = answer["bases"]
        columns = bases["similarities"], bases["probabilities"], answer["labels"]
        rows = list(zip(*columns, strict=True))
        self._resize(len(rows))
        n = round(len(rows) ** 0.5)
        places = itertools.product(range(1, n + 1), repeat=2)
        best = tuple(bases["base"])
        for row, ((i, j), values) in enumerate(zip(places, rows, strict=True)):
            self._fill(row, cell_label((i, j), n), values, (i, j) == best)
            if (i, j) == best:
                self._widget.scrollTo(self._widget.model().index(row, 0))

    def _resize(self, rows: int) -> None:
        self._widget.setRowCount(rows)
        frame = 2 * self._widget.frameWidth
        self._widget.setFixedHeight(ROW_HEIGHT * (1 + min(rows, MOST_ROWS)) + frame)

    def _fill(self, row: int, name: str, values: tuple[float, float, float], isBest: bool) -> None:
        similarity, probability, overlap = values
        bars = (
            (similarity, SHADES[round(100 * similarity)]),
            (probability, colours.PROBABILITY),
            (overlap, colours.OVERLAP),
        )
        font = qt.QFont(self._widget.font)
        font.setBold(isBest)
        self._put(row, 0, qt.Qt.DisplayRole, name)
        for column, (value, colour) in enumerate(bars, start=1):
            self._put(row, column, qt.Qt.DisplayRole, f"{value:.2f}")
            bar = _bar(value, colour, _track(self._widget.palette))
            self._put(row, column, qt.Qt.DecorationRole, bar)
        for column in range(len(COLUMNS)):
            self._put(row, column, qt.Qt.FontRole, font)

    def _put(self, row: int, column: int, role: int, value: Any) -> None:
        """Lets the table make its items itself: those made in Python are easily lost."""
        model = self._widget.model()
        model.setData(model.index(row, column), value, role)


def _track(palette: Any) -> Any:
    """What a bar lies on: near the ground of the table, whether that is light or dark."""
    ground, text = palette.color(qt.QPalette.Base), palette.color(qt.QPalette.Text)
    pairs = (
        (ground.red(), text.red()),
        (ground.green(), text.green()),
        (ground.blue(), text.blue()),
    )
    return qt.QColor(*(round((1 - TRACK) * low + TRACK * high) for low, high in pairs))


def _bar(value: float, colour: Sequence[float], track: Any) -> Any:
    """A picture of a bar as long as a value from 0 to 1 says."""
    bar = qt.QPixmap(BAR_WIDTH, BAR_HEIGHT)
    bar.fill(track)
    painter = qt.QPainter(bar)
    rgb = (round(255 * float(part)) for part in colour)
    painter.fillRect(0, 0, round(BAR_WIDTH * value), BAR_HEIGHT, qt.QColor(*rgb))
    painter.end()
    return bar
