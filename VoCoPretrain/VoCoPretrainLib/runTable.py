"""The table of runs: one row each, kept up to date without touching what has not changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import qt
from slicer.i18n import tr as _

from VoCoLib.errors import InputError
from VoCoLib.runs.folder import RunFolder
from VoCoLib.runs.summary import RunSummary, summarise
from VoCoLib.training.jobs.background import RunJobs, is_active
from VoCoPretrainLib import words

FILES = ("config.json", "events.jsonl", "pid", "waiting", "stop")


class RunTable:
    """Rows of runs, of which one is selected.

    Args:
        widget: the QTableWidget.
        onSelected: called when the user selects another run, or none.
    """

    def __init__(self, widget: Any, onSelected: Callable[[], None]) -> None:
        self._widget = widget
        self._onSelected = onSelected
        self._known: dict[str, tuple[tuple[int, ...], RunSummary]] = {}  # runs that have ended
        self._shown: list[str] = []  # id of each row
        self.summaries: dict[str, RunSummary] = {}
        titles = [_("Name"), _("Kind"), _("State"), _("Step"), _("Loss"), _("Time left")]
        titles += [_("Device"), _("Started")]
        widget.setColumnCount(len(titles))
        widget.setHorizontalHeaderLabels(titles)
        widget.setSelectionBehavior(qt.QAbstractItemView.SelectRows)
        widget.setSelectionMode(qt.QAbstractItemView.SingleSelection)
        widget.setEditTriggers(qt.QAbstractItemView.NoEditTriggers)
        widget.verticalHeader().hide()
        header = widget.horizontalHeader()
        header.setSectionResizeMode(qt.QHeaderView.ResizeToContents)
        widget.connect("itemSelectionChanged()", lambda *_args: onSelected())

    def selected(self) -> RunSummary | None:
        """The selected run as it was at the last refresh."""
        row = self._widget.currentRow()
        id_ = self._shown[row] if 0 <= row < len(self._shown) else ""
        return self.summaries.get(id_)

    def select(self, runId: str) -> None:
        """Selects a run that is in the table."""
        if runId in self._shown:
            self._widget.selectRow(self._shown.index(runId))

    def refresh(self, jobs: RunJobs) -> None:
        """Looks at the runs, and writes what has changed."""
        self.summaries = {run.id: run for run in map(self._summary, jobs.runs()) if run is not None}
        ids = list(self.summaries)
        if ids != self._shown:
            self._rebuild(ids)
        for row, run in enumerate(self.summaries.values()):
            self._write(row, run)

    def _summary(self, run: RunFolder) -> RunSummary | None:
        """What is known of a run; one that has ended is read again only if its files changed."""
        key, stamp = str(run.path), _stamp(run.path)
        before = self._known.get(key)
        if before is not None and before[0] == stamp:
            return before[1]
        try:
            summary = summarise(run)
        except (InputError, OSError):  # it is being made or deleted
            return None
        if not is_active(summary.state.name):
            self._known[key] = (stamp, summary)
        return summary

    def _rebuild(self, ids: list[str]) -> None:
        before = self.selected() or next(iter(self.summaries.values()), None)
        wasBlocked = self._widget.blockSignals(True)
        self._widget.setRowCount(len(ids))
        self._shown = ids
        for row in range(len(ids)):
            for column in range(self._widget.columnCount):
                self._widget.setItem(row, column, qt.QTableWidgetItem())
        self._widget.blockSignals(wasBlocked)
        if before is not None:
            self.select(before.id)
        self._onSelected()

    def _write(self, row: int, run: RunSummary) -> None:
        for column, text in enumerate(words.row(run)):
            item = self._widget.item(row, column)
            if item.text() != text:
                item.setText(text)
                item.setToolTip(text)


def _stamp(folder: Path) -> tuple[int, ...]:
    """What changes when something happens to a run."""
    stamps = []
    for name in FILES:
        try:
            stamps.append((folder / name).stat().st_mtime_ns)
        except OSError:
            stamps.append(0)
    return tuple(stamps)
