"""The command `voco finetune`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from VoCoLib.cli.options import Merging, ShardOptimizer
from VoCoLib.cli.training import given_settings, run_command, saved_settings, write_script
from VoCoLib.events import Event

# What needs torch is imported inside the command: --help is instant.


def finetune(
    context: typer.Context,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the run.")],
    data: Annotated[
        Path | None,
        typer.Argument(
            help="CT volumes with label maps: a dataset.json (Medical Segmentation Decathlon), or "
            "a folder with imagesTr and labelsTr (nnU-Net). Not needed with --resume."
        ),
    ] = None,
    start: Annotated[
        str,
        typer.Option(
            "--from",
            help="Where the weights come from: a model's id (see: voco models list), a file, a "
            "MONAI Bundle, or scratch.",
        ),
    ] = "",
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run in the folder, if it holds one.")
    ] = False,
    structures: Annotated[
        str, typer.Option(help="Learn only these, separated by commas; the rest is background.")
    ] = "",
    labels: Annotated[
        Path | None,
        typer.Option(
            help='JSON file with {"labels": {"1": "Liver", ...}}.',
            show_default="dataset.json of the data",
        ),
    ] = None,
    contoured: Annotated[
        Path | None,
        typer.Option(
            metavar="CSV",
            help="Columns file and not_contoured: what nobody drew is not learned as absent.",
        ),
    ] = None,
    validation: Annotated[
        str,
        typer.Option(
            help="Share of the cases that is scored, not trained on, or a list of them; auto: the "
            "data set's own list, else 0.2."
        ),
    ] = "auto",
    fold: Annotated[
        str,
        typer.Option(
            metavar="K/N",
            help="Hold back part K (from 0 on) of N, for cross-validation: 0/5 to 4/5.",
        ),
    ] = "",
    steps: Annotated[int, typer.Option(min=1, help="Optimiser steps.")] = 1000,
    batch: Annotated[int, typer.Option(min=1, help="Patches of a batch.")] = 2,
    accumulate: Annotated[int, typer.Option(min=1, help="Batches of a step.")] = 1,
    spacing: Annotated[
        str, typer.Option(help="Voxel size in mm: R,A,S.", show_default="that of --from")
    ] = "",
    hu_window: Annotated[
        str,
        typer.Option(
            metavar="LOW,HIGH", help="HU that become 0 and 1.", show_default="that of --from"
        ),
    ] = "",
    patch: Annotated[
        str,
        typer.Option(help="Voxels: R,A,S, multiples of 32.", show_default="that of --from"),
    ] = "",
    mirror: Annotated[
        bool, typer.Option("--mirror", help="Also learn from mirrored patients, sides swapped.")
    ] = False,
    sideless: Annotated[
        str, typer.Option(help="Structures that keep their names then, separated by commas.")
    ] = "",
    learning_rate: Annotated[float, typer.Option(help="Highest learning rate.")] = 3e-4,
    warmup: Annotated[
        int, typer.Option(min=0, help="Steps until it is reached.", show_default="steps / 20")
    ] = 50,
    weighted_steps: Annotated[
        int,
        typer.Option(
            min=0, help="First steps, which weigh small structures more.", show_default="steps / 2"
        ),
    ] = 500,
    encoder_rate: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            max=1.0,
            help="Learning rate of the encoder, as a share of --learning-rate.",
            show_default="like the rest",
        ),
    ] = None,
    average: Annotated[
        float, typer.Option(help="Decay of the averaged weights, the result; 0: the last ones.")
    ] = 0.995,
    weight_decay: Annotated[float, typer.Option(min=0, help="Of AdamW.")] = 1e-5,
    clip: Annotated[float, typer.Option(min=0, help="Highest gradient norm; 0: any.")] = 1.0,
    precision: Annotated[
        str,
        typer.Option(help="auto (fastest that is native), float32, bfloat16 or float16 (GPU)."),
    ] = "auto",
    seed: Annotated[int, typer.Option(min=0, help="Of everything that is random.")] = 0,
    preset: Annotated[
        str | None,
        typer.Option(help="Size of the network: tiny, B, L or H.", show_default="that of --from"),
    ] = None,
    merging: Merging = None,
    device: Annotated[
        str, typer.Option(help="auto (a CUDA GPU if there is one), cpu, cuda or cuda:N.")
    ] = "auto",
    recompute: Annotated[
        bool,
        typer.Option("--recompute/--no-recompute", help="Less memory, more time, the same result."),
    ] = False,
    shard_optimizer: ShardOptimizer = False,
    compiled: Annotated[
        bool, typer.Option("--compile/--no-compile", help="Use torch.compile.")
    ] = False,
    save_every: Annotated[int, typer.Option(min=1, help="Steps between checkpoints.")] = 50,
    measure_every: Annotated[
        int, typer.Option(min=1, help="Steps between validations.", show_default="steps / 10")
    ] = 100,
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
    json: Annotated[
        bool, typer.Option("--json", help="Print events as JSON, one object a line, for programs.")
    ] = False,
) -> None:
    """Fine-tune a network on CT volumes with label maps: a model for your own structures.

    The folder of the run gets config.json, events.jsonl, checkpoints and, from its first measure
    on, model.safetensors, the best model so far: 'voco segment -m run' and 'voco models import run'
    work at any time. At the end it gets a folder bundle, too, a MONAI Bundle of it. Ctrl-C, or a
    file named stop in the folder, saves a checkpoint and ends the run; --resume goes on with it,
    --resume --steps 4000 makes it longer.

    Example: voco finetune Task09_Spleen -o run --from run1/model.safetensors --steps 2000
    """
    from VoCoLib.runs.folder import RunFolder
    from VoCoLib.training.finetuning.settings import FinetuningSettings, settings_from

    folder = RunFolder(output)
    given = given_settings(context, FinetuningSettings)
    settings = settings_from({**(saved_settings(folder, given) if resume else {}), **given})
    if slurm is not None:
        paths = {name: getattr(settings, name) for name in ("data", "start", "validation")}
        write_script(slurm, output, "finetune", {**given, **paths})
        return
    with run_command(folder, json, measured) as sink:
        from VoCoLib.training.finetuning.run import finetune as run

        run(settings, folder, sink, resume)


def measured(item: Event) -> str:
    """A validation in words."""
    parts = [f"{name} {dice:.2f}" for name, dice in item["dice_by_structure"].items()]
    return f"mean Dice {item['dice']:.3f} ({', '.join(parts)})"
