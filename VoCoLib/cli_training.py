"""The command `voco pretrain`."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from VoCoLib.errors import CancelledError, InputError, OutputError
from VoCoLib.events import Event, EventSink, event

# What needs torch is imported inside the command: --help is instant.


def pretrain(
    context: typer.Context,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the run.")],
    data: Annotated[
        Path | None,
        typer.Argument(
            help="CT volumes: a folder (any depth; .nii, .nii.gz, .nrrd, .mha, .mhd, DICOM), a "
            "dataset.json, or a text file with one path a line. Not needed with --resume."
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run in the folder, if it holds one.")
    ] = False,
    method: Annotated[str, typer.Option(help="v2 (TPAMI) or v1 (CVPR 2024).")] = "v2",
    preset: Annotated[str, typer.Option(help="Size of the network: tiny, B, L or H.")] = "tiny",
    preparation: Annotated[
        str,
        typer.Option(
            help="abdomen, chest, head-neck, tiny (whole body, coarse) or v1.",
            show_default="tiny; v1 with --method v1",
        ),
    ] = "tiny",
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
        typer.Option(min=1, help="Crops at a time; the same result.", show_default="a volume's"),
    ] = None,
    recompute: Annotated[
        bool, typer.Option("--recompute", help="Less memory, more time, the same result.")
    ] = False,
    compiled: Annotated[bool, typer.Option("--compile", help="Use torch.compile.")] = False,
    save_every: Annotated[int, typer.Option(min=1, help="Steps between checkpoints.")] = 50,
    measure_every: Annotated[int, typer.Option(min=1, help="Steps between measures.")] = 100,
    keep: Annotated[int, typer.Option(min=1, help="Latest checkpoints kept.")] = 2,
    cache: Annotated[
        Path | None,
        typer.Option(help="Folder of prepared volumes.", show_default="one for all your runs"),
    ] = None,
    cache_gb: Annotated[float, typer.Option(min=0, help="GB that it may take.")] = 20.0,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Write scalars for TensorBoard, too.")
    ] = False,
    slurm: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Only write a script for SLURM's sbatch to FILE."),
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
    from VoCoLib.pretraining_settings import settings_from
    from VoCoLib.runs import RunFolder

    folder = RunFolder(output)
    given = _given(context)
    saved = _saved(folder) if resume else {}
    settings = settings_from({**saved, **given})
    if slurm is not None:
        _write_script(slurm, output, {**given, "data": settings.data})
        return
    from VoCoLib.console import show_events

    with show_events(json) as sink, _stop_on_signals(folder):
        from VoCoLib import pretraining_run

        try:
            pretraining_run.pretrain(settings, folder, sink if json else _readable(sink), resume)
        except CancelledError:
            if not _under_torchrun():  # for it, an exit code is a failure: it would start again
                raise


def _under_torchrun() -> bool:
    return "TORCHELASTIC_RUN_ID" in os.environ


def _given(context: typer.Context) -> dict[str, Any]:
    """The settings that the command line names, as config.json holds them."""
    from VoCoLib.pretraining_settings import PretrainingSettings

    given = {}
    for field in dataclasses.fields(PretrainingSettings):
        source = context.get_parameter_source(field.name)
        if source is not None and source.name != "DEFAULT":
            value = context.params[field.name]
            given[field.name] = str(value.absolute()) if isinstance(value, Path) else value
    return given


def _saved(folder: Any) -> dict[str, Any]:
    """The settings of the run in a folder, if there is one."""
    with contextlib.suppress(InputError):  # it begins anew, or says itself what is wrong
        return dict(folder.config())
    return {}


def _write_script(path: Path, output: Path, given: dict[str, Any]) -> None:
    """Writes the script that runs the same command, resuming."""
    from VoCoLib.slurm import write_slurm_script

    run = output.absolute()
    arguments = ["pretrain", given.pop("data"), "-o", str(run), "--resume"]
    for name, value in given.items():
        option = "--compile" if name == "compiled" else f"--{name.replace('_', '-')}"
        arguments += [option] if value is True else [option, str(value)]
    write_slurm_script(path, run, arguments)
    print(f"Wrote {path}. Look through it, then: sbatch {path}")


@contextlib.contextmanager
def _stop_on_signals(folder: Any) -> Iterator[None]:
    """Turns the first Ctrl-C or request to terminate into a wish to stop; a second one ends.

    torchrun terminates what is left when a process is lost: nobody wishes to stop then.
    """
    if _under_torchrun():
        yield
        return
    before: dict[int, Any] = {}

    def stop(number: int, _: FrameType | None) -> None:
        signal.signal(number, before[number])
        try:
            folder.request_stop()
        except OutputError as error:  # there is no folder yet, or it can no longer be written
            raise KeyboardInterrupt from error

    for handled in (signal.SIGINT, signal.SIGTERM):
        before[handled] = signal.signal(handled, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _readable(sink: EventSink) -> EventSink:
    """Shows the loss beside the progress, and measures and results as lines."""
    loss = ""

    def show(item: Event) -> None:
        nonlocal loss
        if item["event"] == "metric" and "loss" in item:
            loss = f", loss {item['loss']:.3f}"
        elif item["event"] == "metric":
            found = f"{item['position_accuracy']:.0%} of the queries found"
            off = f"{item['position_error']:.2f} crops off on average"
            sink(event("log", message=f"Step {item['step']}{loss}: {found}, {off}"))
        elif item["event"] == "result":
            sink(event("log", message=f"Wrote {item['files'][0]}"))
        else:
            sink(item)

    return show
