"""The table of runs: one row each, kept up to date without touching what has not changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import qt
from slicer.i18n import tr as _

from VoCoLib.runs.summary import RunSummary
from VoCoPretrainLib import texts

ROW_HEIGHT, MOST_ROWS = 22, 6


class RunTable:
    """Rows of runs, of which one is selected.

    Args:
        widget: the QTableWidget.
        onSelected: called when the user selects another run, or none.
    """

    def __init__(self, widget: Any, onSelected: Callable[[], None]) -> None:
        self._widget = widget
        self._onSelected = onSelected
        self._shown: list[str] = []  # id of each row
        self._runs: Mapping[str, RunSummary] = {}
        titles = [_("Name"), _("State"), _("Step"), _("Time left")]
        widget.setColumnCount(len(titles))
        widget.setHorizontalHeaderLabels(titles)
        widget.setSelectionBehavior(qt.QAbstractItemView.SelectRows)
        widget.setSelectionMode(qt.QAbstractItemView.SingleSelection)
        widget.setEditTriggers(qt.QAbstractItemView.NoEditTriggers)
        widget.verticalHeader().hide()
        header = widget.horizontalHeader()
        header.setSectionResizeMode(qt.QHeaderView.ResizeToContents)
        header.setSectionResizeMode(0, qt.QHeaderView.Stretch)  # so that all fit
        widget.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        widget.connect("itemSelectionChanged()", lambda *_args: onSelected())

    def selected(self) -> RunSummary | None:
        """The selected run as it was last shown."""
        row = self._widget.currentRow()
        id_ = self._shown[row] if 0 <= row < len(self._shown) else ""
        return self._runs.get(id_)

    def select(self, runId: str) -> None:
        """Selects a run that is in the table."""
        if runId in self._shown:
            self._widget.selectRow(self._shown.index(runId))

    def show(self, runs: Mapping[str, RunSummary]) -> None:
        """Shows runs by their id, and writes what has changed; without runs there is no table."""
        self._runs = runs
        self._widget.setVisible(bool(runs))
        ids = list(runs)
        if ids != self._shown:
            self._rebuild(ids)
        for row, run in enumerate(runs.values()):
            self._write(row, run)

    def _rebuild(self, ids: list[str]) -> None:
        before = self.selected() or next(iter(self._runs.values()), None)
        wasBlocked = self._widget.blockSignals(True)
        self._widget.setRowCount(len(ids))
        rows = min(len(ids), MOST_ROWS) + 1  # the titles
        self._widget.setFixedHeight(ROW_HEIGHT * rows + 2 * self._widget.frameWidth)
        self._shown = ids
        for row in range(len(ids)):
            for column in range(self._widget.columnCount):
                self._widget.setItem(row, column, qt.QTableWidgetItem())
        self._widget.blockSignals(wasBlocked)
        if before is not None:
            self.select(before.id)
        self._onSelected()

    def _write(self, row: int, run: RunSummary) -> None:
        tip = texts.rowTip(run)
        for column, text in enumerate(texts.row(run)):
            item = self._widget.item(row, column)
            if (item.text(), item.toolTip()) != (text, tip):
                item.setText(text)
                item.setToolTip(tip)
