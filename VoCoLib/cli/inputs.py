"""The command `voco inputs`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from VoCoLib.cli.options import Json
from VoCoLib.errors import InputError
from VoCoLib.events import event, json_lines


def inputs(
    source: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="A DICOM folder, ZIP archive or file.")
    ],
    json: Json = False,
) -> None:
    """List the DICOM series in a folder and below it.

    The first is the one that `voco segment` takes; --series names another by the text under
    'series', by its UID, or by a part of its description.

    Example: voco inputs study
    """
    from VoCoLib.dicom.series import describe, find_series

    if not source.exists():
        raise InputError(f"{source} does not exist.", "Check the path for typing errors.")
    contents = find_series(source)
    if json:
        left_out = [{"file": item.name, "kind": item.kind} for item in contents.left_out]
        rows = [_row(series) for series in contents.series]
        json_lines(sys.stdout)(event("result", series=rows, left_out=left_out))
        return
    for series in contents.series:
        _show(_row(series))
    if not contents.series:
        print(f"{source} holds no DICOM series.")
    if contents.left_out:
        print(f"No part of a volume: {describe(contents.left_out)}.")


def _row(series: Any) -> dict[str, Any]:
    """A series as programs take it; spacing in mm, null where it is not known."""
    return {
        "series": series.choice,
        "description": series.description,
        "size": list(series.size),
        "spacing": list(series.spacing),
        "kernel": series.kernel,
        "looks_like": series.looks_like,
        "phase": series.phase,
        "problem": series.problem,
        "uid": series.uid,
    }


def _show(row: dict[str, Any]) -> None:
    columns, rows, slices = row["size"]
    spacing = " x ".join("?" if mm is None else f"{mm:.3g}" for mm in row["spacing"])
    kernel = f"kernel {row['kernel']}" if row["kernel"] else ""
    facts = [f"{slices} slice{'s' * (slices > 1)} of {columns} x {rows}", f"{spacing} mm", kernel]
    facts += [row["looks_like"], row["phase"], row["problem"]]
    print(f"{row['series']}  {row['description']}")
    print(f"    {', '.join(fact for fact in facts if fact)}")
    print(f"    {row['uid']}")
