"""The command `voco pretrain`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from VoCoLib.cli.options import Merging, ShardOptimizer
from VoCoLib.cli.training import given_settings, run_command, saved_settings, write_script
from VoCoLib.events import Event, event

# What needs torch is imported inside the command: --help is instant.


def pretrain(
    context: typer.Context,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the run.")],
    data: Annotated[
        str | None,
        typer.Argument(
            help="CT volumes: a folder (any depth; .nii, .nii.gz, .nrrd, .mha, .mhd, DICOM), a "
            "dataset.json, or a text file with one path a line; or shards of voco prepare, also at "
            "s3://, gs:// or http://. Not needed with --resume."
        ),
    ] = None,
    start: Annotated[
        str,
        typer.Option(
            "--from",
            help="Go on from weights: a model's id (see: voco models list), a file, a run, or a "
            "MONAI Bundle. Size, method and preparation are then theirs unless given.",
            show_default="scratch",
        ),
    ] = "",
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Settings from a file (YAML or JSON, such as the config.json of a run); options "
            "given beside it count more.",
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run in the folder, if it holds one.")
    ] = False,
    method: Annotated[
        str | None,
        typer.Option(help="v2 (TPAMI) or v1 (CVPR 2024).", show_default="v2, or that of --from"),
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(
            help="Size of the network: tiny, B, L or H.", show_default="tiny, or that of --from"
        ),
    ] = None,
    merging: Merging = None,
    heads_alone: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="First steps, in which the projection heads are trained alone.",
            show_default="50, at most steps / 10, if they are new and the encoder is not",
        ),
    ] = None,
    preparation: Annotated[
        str | None,
        typer.Option(
            help="abdomen, chest, head-neck, tiny (whole body, coarse), coarse (5 mm) or v1.",
            show_default="tiny; v1 with --method v1; or that of --from",
        ),
    ] = None,
    steps: Annotated[int, typer.Option(min=1, help="Optimiser steps.")] = 1000,
    batch: Annotated[int, typer.Option(min=1, help="Volumes compared with each other.")] = 2,
    queries: Annotated[int, typer.Option(min=1, help="Query crops of a volume.")] = 2,
    accumulate: Annotated[int, typer.Option(min=1, help="Batches of a step.")] = 1,
    learning_rate: Annotated[float, typer.Option(help="Highest learning rate.")] = 1e-4,
    warmup: Annotated[
        int, typer.Option(min=0, help="Steps until it is reached.", show_default="steps / 20")
    ] = 50,
    weight_decay: Annotated[float, typer.Option(min=0, help="Of AdamW.")] = 0.01,
    clip: Annotated[float, typer.Option(min=0, help="Highest gradient norm; 0: any.")] = 100.0,
    precision: Annotated[
        str,
        typer.Option(help="auto (fastest that is native), float32, bfloat16 or float16 (GPU)."),
    ] = "auto",
    seed: Annotated[int, typer.Option(min=0, help="Of everything that is random.")] = 0,
    held_back: Annotated[
        float, typer.Option(help="Share of the volumes that is measured, not trained on.")
    ] = 0.1,
    device: Annotated[
        str, typer.Option(help="auto (a CUDA GPU if there is one), cpu, cuda or cuda:N.")
    ] = "auto",
    chunk: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Crops at a time; the same result but for rounding.",
            show_default="a volume's, 2 with --recompute",
        ),
    ] = None,
    recompute: Annotated[
        bool,
        typer.Option(
            "--recompute/--no-recompute",
            help="Less memory, more time, the same result.",
            show_default="recompute, but for tiny",
        ),
    ] = False,
    shard_optimizer: ShardOptimizer = False,
    compiled: Annotated[
        bool, typer.Option("--compile/--no-compile", help="Use torch.compile.")
    ] = False,
    save_every: Annotated[int, typer.Option(min=1, help="Steps between checkpoints.")] = 50,
    measure_every: Annotated[int, typer.Option(min=1, help="Steps between measures.")] = 100,
    keep: Annotated[int, typer.Option(min=1, help="Latest checkpoints kept.")] = 2,
    cache: Annotated[
        Path | None,
        typer.Option(help="Folder of prepared volumes.", show_default="one for all your runs"),
    ] = None,
    cache_gb: Annotated[float, typer.Option(min=0, help="GB that it may take.")] = 20.0,
    tensorboard: Annotated[
        bool,
        typer.Option("--tensorboard/--no-tensorboard", help="Write scalars for TensorBoard, too."),
    ] = False,
    tracker: Annotated[
        str,
        typer.Option(help="mlflow or wandb: also gets the metrics, offline in the run's folder."),
    ] = "",
    slurm: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Only write a script for SLURM's sbatch to FILE."),
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option(
            "--preview",
            metavar="PNG",
            help="Only write a picture of what the network will see: three volumes.",
        ),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print events as JSON, one object a line, for programs.")
    ] = False,
) -> None:
    """Pre-train a network on CT volumes without labels, with VoCo.

    The folder of the run gets config.json, events.jsonl, checkpoints and, at the end,
    model.safetensors, which 'voco models import' and 'voco positions' take. Ctrl-C, or a file
    named stop in the folder, saves a checkpoint and ends the run; --resume goes on with it.

    Example: voco pretrain archive -o run --steps 5000
    """
    from VoCoLib.runs.folder import RunFolder
    from VoCoLib.training.pretraining.settings import PretrainingSettings, settings_from
    from VoCoLib.training.settings_file import read_settings_file

    folder = RunFolder(output)
    given = {
        **(read_settings_file(config) if config is not None else {}),
        **given_settings(context, PretrainingSettings),
    }
    settings = settings_from({**(saved_settings(folder, given) if resume else {}), **given})
    if slurm is not None:
        paths = {"start": settings.start} if settings.start else {}
        write_script(slurm, output, "pretrain", {**given, **paths, "data": settings.data})
        return
    if picture is not None:
        from VoCoLib.cli.console import show_events
        from VoCoLib.training.pretraining.looks import preview

        with show_events(json) as sink:
            for problem in preview(settings, picture):
                sink(event("log", level="warning", message=problem))
            sink(event("log", message=f"Wrote {picture}"))
        return
    with run_command(folder, json, measured) as sink:
        from VoCoLib.training.pretraining.run import pretrain as run

        run(settings, folder, sink, resume)


def measured(item: Event) -> str:
    """A measure in words."""
    found = f"{item['position_accuracy']:.0%} of the queries found"
    return f"{found}, {item['position_error']:.2f} crops off on average"
