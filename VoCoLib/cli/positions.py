"""The command `voco positions`."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer

from VoCoLib.cli.options import Assume, Series, Spacing, choices
from VoCoLib.errors import OutputError
from VoCoLib.events import event

# What needs torch is imported inside the command: --help is instant.


def positions(
    source: Annotated[
        Path, typer.Argument(metavar="CT", help="A CT file or a folder with its DICOM files.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the results.")],
    model: Annotated[
        str,
        typer.Option(
            "--model",
            "-m",
            help="A model's id (see: voco models list) or a file of weights. A segmentation model "
            "has no projection head: features of its encoder are compared.",
        ),
    ],
    at: Annotated[
        list[str] | None,
        typer.Option(metavar="R,A,S", help="A point in RAS mm; may be given several times."),
    ] = None,
    reference: Annotated[
        Path | None, typer.Option(metavar="CT2", help="Find the points in this CT, too.")
    ] = None,
    map_body: Annotated[
        bool, typer.Option("--map", help="Ask all over the body: confidence and error as volumes.")
    ] = False,
    grid: Annotated[
        int | None,
        typer.Option(min=2, max=8, metavar="N", help="N x N base crops instead of the model's."),
    ] = None,
    placement: Annotated[
        str | None,
        typer.Option(
            metavar="fit|native",
            help="fit: the grid covers the whole body, which is stretched. native: voxels keep "
            "their size, one grid above the other. By default as the model was trained.",
        ),
    ] = None,
    series: Series = "",
    spacing: Spacing = "",
    assume: Assume = "",
    device: Annotated[
        str, typer.Option(help="auto (a CUDA GPU if there is one), cpu, cuda or cuda:N.")
    ] = "auto",
    json: Annotated[
        bool, typer.Option("--json", help="Print events as JSON, one object a line, for programs.")
    ] = False,
) -> None:
    """Show what a network knows about where it is in a patient.

    The crop round a point is compared with base crops in a grid over the body. Says which part of
    the body the network takes it for, how far that is off, and how sure it is. Writes
    positions.json, positions.csv and a figure (PNG and PDF); with --reference the best match in
    another patient, with --map confidence and error all over the body.

    Example: voco positions ct.nii.gz -m openkbp-headneck --at 10,-20,35 -o report
    """
    points = [_point(text) for text in at or []]
    if not points and (reference is not None or not map_body):
        raise typer.BadParameter("give at least one point R,A,S", param_hint="--at")
    if placement not in (None, "fit", "native"):
        raise typer.BadParameter(f"{placement} is not fit or native", param_hint="--placement")
    chosen = choices(series, spacing, assume)
    _check_folder(output)
    from VoCoLib.cli.console import show_events

    with show_events(json) as sink:
        from VoCoLib.cli.position_study import PositionStudy
        from VoCoLib.models.catalogue import Catalogue
        from VoCoLib.positions.model import load_position_model

        sink(event("started", message=f"Positions in {source.name}", input=str(source)))
        network = load_position_model(model, device)
        sink(event("log", message=f"{network.name} on {network.device}: {network.compared}"))
        wanted = network.placement.change(n=grid, mode=placement)  # type: ignore[arg-type]
        known = next((m for m in Catalogue().models() if m.id == model), None)
        study = PositionStudy(network, wanted, source, output, sink, reference, chosen, known)
        if points:
            study.ask(points)
        if reference is not None:
            study.search()
        if map_body:
            study.map()
        study.finish()
        sink(event("finished", done=1, failed=0))


def _point(text: str) -> tuple[float, float, float]:
    try:
        r, a, s = (float(number) for number in text.split(","))
    except ValueError as error:
        raise typer.BadParameter("give three numbers: R,A,S", param_hint="--at") from error
    if not all(map(math.isfinite, (r, a, s))):
        raise typer.BadParameter("give finite numbers", param_hint="--at")
    return r, a, s


def _check_folder(folder: Path) -> None:
    """Finds out before the computation that results cannot be written."""
    from VoCoLib.files import check_writable

    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is a file.", "Name a folder.")
    check_writable(folder / "positions.json")
