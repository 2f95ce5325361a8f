"""The command `voco segment`."""

from __future__ import annotations

import math
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from VoCoLib.cli.options import Assume, Device, Engine, Json, Precision, Series, Spacing, choices
from VoCoLib.events import event

if TYPE_CHECKING:
    from VoCoLib.cli.model_choice import ModelChoice

Corner = tuple[float, float, float]


def segment(
    inputs: Annotated[
        list[Path],
        typer.Argument(
            metavar="INPUT...",
            help="CT files (NIfTI, NRRD, MetaImage, DICOM), DICOM folders, or folders with such "
            "files and folders at any depth.",
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            help="A file (.seg.nrrd, .nii.gz, .dcm) for one input, or a folder, which gets the "
            "folders of the inputs.",
        ),
    ],
    model: Annotated[
        str,
        typer.Option(
            "--model",
            "-m",
            help="A model's id (see: voco models list), its .safetensors file, or the folder of a "
            "training run; several of them, separated by commas, are averaged. By default the one "
            "for the region of the body that each CT shows.",
        ),
    ] = "",
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
        str, typer.Option("--format", help="Of files in an output folder: seg.nrrd, nii.gz or dcm.")
    ] = "seg.nrrd",
    series: Series = "",
    spacing: Spacing = "",
    assume: Assume = "",
    one_file_per_structure: Annotated[
        bool,
        typer.Option(
            "--one-file-per-structure",
            help="Write a folder of masks instead, such as ct/right_kidney.nii.gz.",
        ),
    ] = False,
    probabilities: Annotated[
        bool,
        typer.Option(
            "--probabilities",
            help="Also write ct_probabilities/liver.nii.gz and so on, 0 to 255 for 1.",
        ),
    ] = False,
    keep_islands: Annotated[
        bool,
        typer.Option(
            "--keep-islands",
            help="Keep small pieces beyond those that a structure had in the training data.",
        ),
    ] = False,
    skip_existing: Annotated[
        bool,
        typer.Option(
            "--skip-existing",
            help="Leave out what manifest.csv in the output folder has as done, unless input, "
            "model or options have changed.",
        ),
    ] = False,
    workers: Annotated[
        int,
        typer.Option(
            min=0,
            help="Processes that segment at the same time, through Ray (pip install ray).",
            show_default="this one; with --cluster one for each GPU",
        ),
    ] = 0,
    cluster: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="A Ray cluster, such as auto or ray://head:10001, whose machines see the same "
            "files.",
        ),
    ] = "",
    device: Device = "auto",
    precision: Precision = "auto",
    engine: Engine = "auto",
    json: Json = False,
) -> None:
    """Segment the organs of one or many CTs.

    Each input gives a segmentation on its own grid and a CSV of the same name with millilitres,
    mean HU, voxel count and what should be looked at per structure. A .seg.nrrd opens in 3D Slicer
    with names, colours and terminology; a .dcm is a DICOM SEG that refers to the CT's own files.
    For a folder of CTs, manifest.csv in the output folder says what became of each.

    Example: voco segment ct.nii.gz -o ct.seg.nrrd
    """
    from VoCoLib.cli.console import show_events
    from VoCoLib.cli.model_choice import ModelChoice
    from VoCoLib.inference.batch import Wishes, plan_outputs, segment_files
    from VoCoLib.inference.manifest import MANIFEST, Manifest, Record
    from VoCoLib.models.catalogue import Catalogue

    if folder_format not in ("seg.nrrd", "nii.gz", "dcm"):
        raise typer.BadParameter(
            f"{folder_format} is not seg.nrrd, nii.gz or dcm", param_hint="--format"
        )
    chosen = choices(series, spacing, assume)
    corners = _corners(region) if region else None
    said: list[str] = []
    suffix = "nii.gz" if one_file_per_structure else folder_format
    pairs = plan_outputs(inputs, output, f".{suffix}", said.append, series)
    choice = ModelChoice(Catalogue(), model, structures, device, precision, engine)
    wishes = Wishes(one_file_per_structure, keep_islands, probabilities)
    record = None
    of_folder = skip_existing or any(source not in inputs for source, _ in pairs)
    if of_folder and pairs[0][1] != output:
        asked = [structures, corners, asdict(chosen), asdict(wishes)]
        manifest = Manifest(output / MANIFEST)
        record = Record(manifest, choice.weights_of, model, {"asked": asked}, skip_existing)
    with show_events(json) as sink:
        from VoCoLib.inference.region import Region

        box = Region(*corners) if corners else None
        for line in said:
            sink(event("log", level="info", message=line))
        try:
            if workers or cluster:
                from VoCoLib.inference.cluster import Workers, segment_on

                make = partial(_choice, model, structures, device, precision, engine)
                where = Workers(workers, cluster)
                errors = segment_on(where, make, pairs, sink, box, chosen, wishes, record)
            else:
                errors = segment_files(choice, pairs, sink, box, chosen, wishes, record)
        finally:
            if record is not None:
                record.manifest.close(source for source, _ in pairs)
        sink(event("finished", done=len(pairs) - len(errors), failed=len(errors)))
    if errors:
        raise typer.Exit(errors[0].exit_code)


def _choice(*words: str) -> ModelChoice:
    """What chooses the model, in a worker of its own."""
    from VoCoLib.cli.model_choice import ModelChoice
    from VoCoLib.models.catalogue import Catalogue

    return ModelChoice(Catalogue(), *words)


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
