"""The command line `voco`: segment, models, evaluate, demo."""

from __future__ import annotations

import math
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any

import typer

from VoCoLib import __version__
from VoCoLib.cli.finetune import finetune
from VoCoLib.cli.positions import positions
from VoCoLib.cli.pretrain import pretrain
from VoCoLib.errors import CancelledError, ModelError, OutOfMemoryError, VoCoError
from VoCoLib.events import Progress, error_event, event

_INTERRUPTED = 130  # what typer makes of Ctrl-C

# What needs torch, or takes long to import, is imported inside the commands: --help is instant.

app = typer.Typer(
    name="voco",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="VoCo for CT: segment organs, manage models, evaluate. Not for clinical use.",
    epilog="Exit codes: 0 done, 2 wrong usage, 3 unusable input, 4 unusable weights, 5 unknown or "
    "unsupported model, 6 out of memory, 7 cancelled, 8 result not written, 9 download failed, "
    "1 anything else. Of several inputs, the first error decides.",
)
models_app = typer.Typer(no_args_is_help=True, help="List, download, import and remove models.")
app.add_typer(models_app, name="models")
app.command()(positions)
app.command()(pretrain)
app.command()(finetune)

Corner = tuple[float, float, float]
Json = Annotated[
    bool, typer.Option("--json", help="Print events as JSON, one object a line, for programs.")
]
ModelName = Annotated[
    str,
    typer.Option(
        "--model", "-m", help="A model's id (see: voco models list) or its .safetensors file."
    ),
]
Device = Annotated[
    str, typer.Option(help="auto (a CUDA GPU if there is one), cpu, cuda or cuda:N.")
]
Precision = Annotated[
    str, typer.Option(help="auto (the fastest that is native), float32, bfloat16 or float16 (GPU).")
]


def main() -> None:
    """Runs the command line; errors become one message and an exit code (see --help)."""
    as_json = "--json" in sys.argv
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a console may lack letters of a file's name
    try:
        app()
    except VoCoError as error:
        sys.exit(_report(error, as_json))
    except MemoryError:
        problem = OutOfMemoryError("Memory does not suffice.", "Close other programs.")
        sys.exit(_report(problem, as_json))
    except SystemExit as error:
        if error.code == _INTERRUPTED:
            error.code = _report(
                CancelledError("Cancelled. No half-written result is left."), as_json
            )
        raise
    except Exception as error:  # nobody expected it: said in words, then with its traceback
        message = f"{type(error).__name__}: {error}"
        _report(VoCoError(message, "Please report it with the traceback."), as_json)
        raise


def _report(error: VoCoError, as_json: bool) -> int:
    from VoCoLib.cli.console import show_events

    with show_events(as_json) as sink:
        sink(error_event(error))
    return error.exit_code


def _version(wanted: bool) -> None:
    if wanted:
        print(f"voco {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command()
def segment(
    inputs: Annotated[
        list[Path],
        typer.Argument(
            metavar="INPUT...",
            help="CT files (.nii, .nii.gz, .nrrd, .mha, .mhd), DICOM folders, or folders of files.",
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", help="A file (.seg.nrrd, .nii.gz) for one input, or a folder."
        ),
    ],
    model: ModelName,
    structures: Annotated[
        str, typer.Option(help="Only these, separated by commas, e.g. 'Liver,Spleen'.")
    ] = "",
    region: Annotated[
        str,
        typer.Option(
            help="Only inside this box: R1,A1,S1,R2,A2,S2, two corners in RAS mm.", metavar="BOX"
        ),
    ] = "",
    folder_format: Annotated[
        str, typer.Option("--format", help="Of files in an output folder: seg.nrrd or nii.gz.")
    ] = "seg.nrrd",
    device: Device = "auto",
    precision: Precision = "auto",
    json: Json = False,
) -> None:
    """Segment the organs of one or many CTs.

    Each input gives a segmentation on its own grid and a CSV of the same name with millilitres,
    mean HU and voxel count per structure. A .seg.nrrd opens in 3D Slicer with names, colours and
    terminology.

    Example: voco segment ct.nii.gz -m openkbp-headneck -o ct.seg.nrrd
    """
    from VoCoLib.cli.console import show_events
    from VoCoLib.inference.batch import choose_structures, plan_outputs, segment_files
    from VoCoLib.models.catalogue import Catalogue
    from VoCoLib.models.loading import find_model, load_segmenter

    if folder_format not in ("seg.nrrd", "nii.gz"):
        raise typer.BadParameter(
            f"{folder_format} is not seg.nrrd or nii.gz", param_hint="--format"
        )
    corners = _corners(region) if region else None
    pairs = plan_outputs(inputs, output, f".{folder_format}")
    path, recipe = find_model(Catalogue(), model)
    names = choose_structures(recipe.labels, structures)
    with show_events(json) as sink:
        from VoCoLib.inference.region import Region

        segmenter = load_segmenter(path, recipe, sink, device, precision)
        box = Region(*corners) if corners else None
        errors = segment_files(segmenter, pairs, sink, names, box)
        sink(event("finished", done=len(pairs) - len(errors), failed=len(errors)))
    if errors:
        raise typer.Exit(errors[0].exit_code)


def _corners(text: str) -> tuple[Corner, Corner]:
    """The lower and the upper corner of a box given as R1,A1,S1,R2,A2,S2."""
    try:
        a, b, c, d, e, f = (float(number) for number in text.split(","))
    except ValueError as error:
        raise typer.BadParameter(
            "give six numbers: R1,A1,S1,R2,A2,S2", param_hint="--region"
        ) from error
    lower, upper = (min(a, d), min(b, e), min(c, f)), (max(a, d), max(b, e), max(c, f))
    if not all(math.isfinite(u - v) and v < u for v, u in zip(lower, upper, strict=True)):
        raise typer.BadParameter(
            "the two corners must be finite and differ along R, A and S", param_hint="--region"
        )
    return lower, upper


@app.command()
def evaluate(
    prediction: Annotated[Path, typer.Argument(help="A segmentation, or a folder of them.")],
    reference: Annotated[
        Path,
        typer.Argument(help="The reference label map, or a folder with files of the same names."),
    ],
    model: Annotated[
        str, typer.Option("--model", "-m", help="The model whose label table names the values.")
    ],
    not_contoured: Annotated[
        Path | None,
        typer.Option(
            help="CSV with columns file and not_contoured: what nobody drew is not scored."
        ),
    ] = None,
    tolerance: Annotated[float, typer.Option(min=0, max=99, help="Of surface Dice, mm.")] = 2.0,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Also write all scores to this CSV.")
    ] = None,
    json: Json = False,
) -> None:
    """Score segmentations against references: Dice, surface Dice and HD95 per structure."""
    from VoCoLib.cli.console import show_events
    from VoCoLib.evaluation.files import pair_cases, score_case
    from VoCoLib.files import check_writable
    from VoCoLib.models.catalogue import Catalogue
    from VoCoLib.models.loading import find_recipe

    labels = find_recipe(Catalogue(), model).labels
    if output is not None:
        check_writable(output)
    pairs = pair_cases(prediction, reference)
    with show_events(json) as sink:
        from VoCoLib.evaluation.scores import summarize, write_scores

        progress = Progress(sink, "Scoring", len(pairs))
        cases = {}
        for name, predicted, truth in pairs:
            sink(event("started", message=f"Scoring {name}", input=str(predicted)))
            cases[name] = score_case(predicted, truth, labels, not_contoured, tolerance)
            progress.update(len(cases))
        summaries = summarize(cases.values())
        if output is not None:
            write_scores(output, cases)
        sink(_score_event(summaries))
        sink(event("finished", done=len(cases), failed=0))


def _score_event(scores: Any) -> dict[str, Any]:
    """The event of LabelScores or LabelSummaries."""
    from dataclasses import asdict

    from VoCoLib.evaluation.scores import mean_dice

    mean = mean_dice(scores)
    rows = [asdict(score) for score in scores]
    return event("metric", mean_dice=None if math.isnan(mean) else mean, labels=rows)


@app.command()
def demo(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the results.")] = Path(
        "voco-demo"
    ),
    device: Device = "auto",
    json: Json = False,
) -> None:
    """Segment a synthetic CT with the bundled model: works offline, shows that all is well."""
    from VoCoLib.cli.console import show_events
    from VoCoLib.models.catalogue import Catalogue
    from VoCoLib.models.loading import find_model, load_segmenter

    path, recipe = find_model(Catalogue(), "demo-torso")
    with show_events(json) as sink:
        from VoCoLib.cli.demonstration import run_demonstration

        segmenter = load_segmenter(path, recipe, sink, device)
        sink(_score_event(run_demonstration(segmenter, output, sink)))
        sink(event("finished", done=1, failed=0))


@models_app.command("list")
def list_models() -> None:
    """List all models with their size and whether they are here."""
    from rich.console import Console
    from rich.table import Table

    from VoCoLib.models.catalogue import Catalogue

    catalogue = Catalogue()
    table = Table("Model", "State", "MB", "Structures", "Title", box=None, header_style="bold")
    for model in catalogue.models():
        count = len(model.recipe.labels) if model.recipe else 0
        table.add_row(
            model.id, catalogue.state(model), _megabytes(model), str(count or "-"), model.title
        )
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
    file: Annotated[Path, typer.Argument(help="A file of weights; it is copied.")],
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


if __name__ == "__main__":
    main()
