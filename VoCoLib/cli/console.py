"""Shows events to a person (progress bar with time left, messages) or to a program (JSON lines)."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from VoCoLib.evaluation.flags import Flag
from VoCoLib.events import Event, EventSink, json_lines


@contextlib.contextmanager
def show_events(as_json: bool) -> Iterator[EventSink]:
    """A sink for the events of one command.

    Args:
        as_json: one JSON object a line on standard output; else bars and messages on standard
            error, and the statistics of results as tables on standard output.
    """
    if as_json:
        yield json_lines(sys.stdout)
        return
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("time left"),
        TimeRemainingColumn(compact=True),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as progress:
        yield _Display(progress)


class _Display:
    """Shows events with rich; one bar at a time."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("Starting", total=None)
        self._stage = ""

    def __call__(self, item: Event) -> None:
        kind = item["event"]
        if kind == "progress":
            if item["message"] != self._stage:
                self._stage = item["message"]
                self._progress.remove_task(self._task)
                self._task = self._progress.add_task(self._stage, total=item["total"])
            self._progress.update(self._task, completed=item["done"])
        elif kind == "log":
            style = "yellow" if item.get("level") == "warning" else "dim"
            self._print(Text(str(item["message"]), style=style))
        elif kind == "started":
            self._print(Text(str(item["message"]), style="bold"))
        elif kind == "error":
            self._print(Text(f"{item['message']} {item['hint']}".strip(), style="bold red"))
        elif kind == "result":
            self._show_result(item)
        elif kind == "metric" and "labels" in item:
            _show_scores(item)

        elif kind == "metric" and "folds" in item:
            _show_folds(item)

    def _print(self, text: Text) -> None:
        self._progress.console.print(text, soft_wrap=True, highlight=False)

    def _show_result(self, item: Event) -> None:
        table = Table("Structure", "ml", "mean HU", "Look at", box=None, header_style="bold")
        for column in table.columns[1:3]:
            column.justify = "right"
        for row in item["statistics"]:
            flags = "; ".join(str(Flag(**flag)) for flag in row["flags"])
            ml, hu = _number(row["millilitres"], 1), _number(row["mean_hu"], 0)
            table.add_row(row["name"], ml, hu, flags)
        out = Console()
        out.print(table)
        out.print(Text(item["summary"]), soft_wrap=True)
        for name in item["files"]:
            out.print(Text(f"Wrote {name}"), soft_wrap=True)


def _show_scores(item: Event) -> None:
    table = Table(
        "Structure", "Dice", "surface Dice", "HD95 mm", "Cases", box=None, header_style="bold"
    )
    for column in table.columns[1:]:
        column.justify = "right"
    for row in item["labels"]:
        cells = _number(row["dice"], 3), _number(row["surface_dice"], 3), _number(row["hd95_mm"], 1)
        table.add_row(row["name"], *cells, _cases(row))
    table.add_section()
    table.add_row("mean", _number(item["mean_dice"], 3))
    Console().print(table)


def _show_folds(item: Event) -> None:
    table = Table("Structure", "Cases", "Dice", "95 %", box=None, header_style="bold")
    for name in item["folds"]:
        table.add_column(name)
    for column in table.columns[1:]:
        column.justify = "right"
    for row in item["rows"]:
        low, high = row["interval"] or (None, None)
        if row["n"] is None:
            table.add_section()
        cells = [_number(row["dice"], 3), f"{_number(low, 3)} to {_number(high, 3)}"]
        each = (_number(dice, 3) for dice in row["folds"])
        table.add_row(row["name"], str(row["n"] or ""), *cells, *each)
    Console().print(table)


def _cases(row: Event) -> str:
    """Over how many cases a mean goes, and in how many there was nothing to find nor found."""
    return f"{row['n']}, absent in {row['absent']}" if row["absent"] else f"{row['n']}"


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
