"""The commands `voco models`: list, info, download, import, remove."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from VoCoLib.cli.options import Json
from VoCoLib.errors import ModelError
from VoCoLib.events import Progress, event

models_app = typer.Typer(no_args_is_help=True, help="List, download, import and remove models.")


@models_app.command("list")
def list_models() -> None:
    """List all models with their size and whether they are here."""
    from rich.console import Console
    from rich.table import Table

    from VoCoLib.models.catalogue import Catalogue

    catalogue = Catalogue()
    table = Table(
        "Model", "State", "MB", "Structures", "CT of", "Title", box=None, header_style="bold"
    )
    for column in table.columns[:3]:
        column.no_wrap = True
    for model in catalogue.models():
        count = len(model.recipe.labels) if model.recipe else 0
        known = ", ".join(model.regions) or "?"
        state, size = catalogue.state(model), _megabytes(model)
        table.add_row(model.id, state, size, str(count or "-"), known, model.title)
    console = Console()
    console.print(table)
    used = sum(catalogue.disk_use().values())
    console.print(f"{used / 1e6:.0f} MB in {catalogue.home}", soft_wrap=True, highlight=False)


def _megabytes(model: Any) -> str:
    if model.size_bytes is not None:
        return f"{model.size_bytes / 1e6:.0f}"
    return "?" if model.approximate_mb is None else f"~{model.approximate_mb}"


@models_app.command("info")
def show_model(model_id: Annotated[str, typer.Argument(metavar="MODEL")]) -> None:
    """Show what is known about one model: licence, source, preprocessing, structures."""
    from VoCoLib.models.catalogue import Catalogue

    catalogue = Catalogue()
    model = catalogue.get(model_id)
    source = model.source
    lines = [
        f"{model.id}: {model.title}",
        model.description,
        f"For: {model.modality} of {', '.join(model.regions) or 'unknown regions'}",
        f"State: {catalogue.state(model)}, {_megabytes(model)} MB",
        f"Licence: {model.licence}. {model.licence_note}",
        f"Source: {source.repository or source.kind}, {source.filename}",
        f"Cite: {model.citation}" if model.citation else "",
        f"Not supported: {model.unsupported_reason}" if not model.supported else "",
    ]
    if model.recipe is not None:
        recipe, pre = model.recipe, model.recipe.preprocessing
        spacing = " x ".join(f"{s:g}" for s in pre.spacing)
        lines.append(f"Network: SwinUNETR {recipe.preset}, {recipe.merging} patch merging")
        lines.append(f"Input: {spacing} mm, {pre.hu_window[0]:g} to {pre.hu_window[1]:g} HU")
        lines += [f"  {label.value:3d} {label.name}" for label in recipe.labels]
    print("\n".join(line for line in lines if line))


@models_app.command()
def download(
    model_id: Annotated[str, typer.Argument(metavar="MODEL")],
    accept_licence: Annotated[
        bool, typer.Option("--accept-licence", help="Agree to the licence that 'info' shows.")
    ] = False,
    json: Json = False,
) -> None:
    """Download the weights of a published model; an interrupted download continues."""
    from VoCoLib.cli.console import show_events
    from VoCoLib.models.catalogue import Catalogue

    catalogue = Catalogue()
    model = catalogue.get(model_id)
    if catalogue.needs_consent(model) and not accept_licence and not json and sys.stdin.isatty():
        print(f"Licence: {model.licence}. {model.licence_note}")
        accept_licence = typer.confirm("Download under these terms?")
    with show_events(json) as sink:
        bar: list[Progress] = []  # made at the first call, which knows the size

        def progress(done: int, total: int) -> None:
            if not bar:
                bar.append(Progress(sink, f"Downloading {model_id}", total))
            bar[0].update(done)

        path = catalogue.download(model_id, progress, accept_licence)
        sink(event("log", message=f"{model_id} is in {path}"))
        sink(event("finished", done=1, failed=0))


@models_app.command("import")
def import_model(
    file: Annotated[
        Path,
        typer.Argument(help="A file of weights, or the folder of a run; it is copied."),
    ],
    model_id: Annotated[
        str | None,
        typer.Option("--model", "-m", help="The published model it holds, or the id of a new one."),
    ] = None,
    like: Annotated[
        str | None,
        typer.Option(
            help="For a new model without a recipe of its own: the model whose recipe fits."
        ),
    ] = None,
    title: Annotated[str | None, typer.Option(help="Of a new model.")] = None,
) -> None:
    """Add a local file of weights: a published model (also offline), or one of your own."""
    from VoCoLib.models.catalogue import Catalogue
    from VoCoLib.models.loading import verify_weights

    catalogue = Catalogue()
    recipe = catalogue.get(like).recipe if like else None
    if like and recipe is None:
        raise ModelError(f"{like} is not supported, so no model can be like it.")
    model = catalogue.import_file(file, verify_weights, model_id, recipe, title)
    print(f"Imported {model.id}: {model.title}")


@models_app.command()
def remove(model_id: Annotated[str, typer.Argument(metavar="MODEL")]) -> None:
    """Delete downloaded or imported weights."""
    from VoCoLib.models.catalogue import Catalogue

    freed = Catalogue().remove(model_id)
    print(f"Removed {model_id}; {freed / 1e6:.0f} MB freed.")
