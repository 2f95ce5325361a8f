"""The panel's table of an answer: one row a base, with a bar beside each number."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import qt

from VoCoSegmentationLib import positionColours as colours
from VoCoSegmentationLib.positionResults import titleOf

BAR_WIDTH, BAR_HEIGHT = 44, 10  # pixels
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
        self._items: list[list[Any]] = []  # kept, as the widget does not keep them for Python
        widget.setColumnCount(len(COLUMNS))
        widget.setHorizontalHeaderLabels([titleOf(column) for column in COLUMNS])
        widget.horizontalHeader().setSectionResizeMode(qt.QHeaderView.Stretch)
        widget.horizontalHeader().setFixedHeight(ROW_HEIGHT)
        widget.verticalHeader().hide()
        widget.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        widget.visible = False

    def show(self, answer: Mapping[str, Any] | None) -> None:
        """Shows one of the worker's answers; None hides the table."""
        self._widget.visible = answer is not None
        if answer is None:
            return
        bases = answer["bases"]
        columns = bases["similarities"], bases["probabilities"], answer["labels"]
        rows = list(zip(*columns, strict=True))
        self._resize(len(rows))
        names = itertools.product(range(1, round(len(rows) ** 0.5) + 1), repeat=2)
        best = tuple(bases["base"])
        for items, name, values in zip(self._items, names, rows, strict=True):
            self._fill(items, name, values, name == best)
            if name == best:
                self._widget.scrollToItem(items[0])

    def _resize(self, rows: int) -> None:
        if rows == len(self._items):
            return
        self._widget.setRowCount(0)
        self._widget.setRowCount(rows)
        self._items = [[qt.QTableWidgetItem() for _column in COLUMNS] for _row in range(rows)]
        for row, items in enumerate(self._items):
            for column, item in enumerate(items):
                item.setFlags(qt.Qt.ItemIsEnabled)
                self._widget.setItem(row, column, item)
        frame = 2 * self._widget.frameWidth
        self._widget.setFixedHeight(ROW_HEIGHT * (1 + min(rows, MOST_ROWS)) + frame)

    @staticmethod
    def _fill(items: list[Any], name: Any, values: Any, isBest: bool) -> None:
        similarity, probability, overlap = values
        bars = (
            (similarity, SHADES[round(100 * similarity)]),
            (probability, colours.PROBABILITY),
            (overlap, colours.OVERLAP),
        )
        items[0].setText("({},{})".format(*name))
        for item, (value, colour) in zip(items[1:], bars, strict=True):
            item.setText(f"{value:.2f}")
            item.setData(qt.Qt.DecorationRole, _bar(value, colour))
        for item in items:
            font = item.font()
            font.setBold(isBest)
            item.setFont(font)


def _bar(value: float, colour: Sequence[float]) -> Any:
    """A picture of a bar as long as a value from 0 to 1 says."""
    bar = qt.QPixmap(BAR_WIDTH, BAR_HEIGHT)
    bar.fill(qt.QColor(225, 225, 225))
    painter = qt.QPainter(bar)
    rgb = (round(255 * float(part)) for part in colour)
    painter.fillRect(0, 0, round(BAR_WIDTH * value), BAR_HEIGHT, qt.QColor(*rgb))
    painter.end()
    return bar
