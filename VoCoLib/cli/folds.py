"""The command `voco folds`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from VoCoLib.cli.options import Json
from VoCoLib.events import event


def folds(
    runs: Annotated[
        list[Path], typer.Argument(metavar="RUN...", help="Folders of the runs, one for each fold.")
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Also write the table to this CSV.")
    ] = None,
    json: Json = False,
) -> None:
    """Show the Dice of a cross-validation: all cases, each scored by the run that held it back.

    The runs are fine-tunings with --fold 0/5 to --fold 4/5, or with validation lists of their own.
    Intervals are 95 % of a bootstrap over the cases, which says nothing of other seeds.

    Example: voco folds run0 run1 run2 run3 run4
    """
    from dataclasses import asdict

    from VoCoLib.cli.console import show_events
    from VoCoLib.evaluation.folds import read_case_scores, tabulate, write_folds
    from VoCoLib.runs.folder import CASE_SCORES, RunFolder

    wanted = [str(RunFolder(run).config().get("fold") or run.name) for run in runs]
    rows = tabulate([read_case_scores(run / CASE_SCORES) for run in runs])
    with show_events(json) as sink:
        if missing := _missing(wanted):
            message = f"These folds are missing: {', '.join(missing)}. Their cases are not in it."
            sink(event("log", level="warning", message=message))
        if output is not None:
            write_folds(output, rows, wanted)
        sink(event("metric", folds=wanted, rows=[asdict(row) for row in rows]))


def _missing(names: list[str]) -> list[str]:
    """The folds of K/N that are not there."""
    parts = {name.partition("/")[2] for name in names}
    if len(parts) != 1 or not all("/" in name for name in names):
        return []
    (count,) = parts
    return [name for i in range(int(count)) if (name := f"{i}/{count}") not in names]
