"""What the commands that train have in common: settings given, signals, output, SLURM scripts."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import typer

from VoCoLib.errors import CancelledError, InputError, OutputError
from VoCoLib.events import Event, EventSink, event

if TYPE_CHECKING:
    from VoCoLib.runs.folder import RunFolder
    from VoCoLib.training.settings import TrainingSettings


@contextlib.contextmanager
def run_command(
    folder: RunFolder, json: bool, measured: Callable[[Event], str]
) -> Iterator[EventSink]:
    """Gives the sink of a training that runs inside this context; signals stop it.

    Args:
        folder: of the run.
        json: show events as JSON, for programs.
        measured: says the metric event of a measure in words.
    """
    from VoCoLib.cli.console import show_events

    with show_events(json) as sink, stop_on_signals(folder):
        try:
            yield sink if json else _readable(sink, measured)
        except CancelledError:
            if not _under_torchrun():  # for it, an exit code is a failure: it would start again
                raise


def given_settings(context: typer.Context, kind: type[TrainingSettings]) -> dict[str, Any]:
    """The settings that the command line names, as config.json holds them."""
    given = {}
    for field in dataclasses.fields(kind):
        source = context.get_parameter_source(field.name)
        if source is not None and source.name != "DEFAULT":
            value = context.params[field.name]
            given[field.name] = str(value.absolute()) if isinstance(value, Path) else value
    return given


def saved_settings(folder: RunFolder, given: dict[str, Any]) -> dict[str, Any]:
    """The settings of the run in a folder, if there is one.

    Raises:
        InputError: there is none, and the settings given do not suffice for a new one.
    """
    try:
        return folder.config()
    except InputError:
        if "data" not in given:
            raise
        return {}  # it begins anew, or says itself what is wrong


def write_script(path: Path, output: Path, command: str, given: dict[str, Any]) -> None:
    """Writes the script for SLURM that runs the same command, resuming."""
    from VoCoLib.training.jobs.slurm import write_slurm_script

    options = {"compiled": "--compile", "start": "--from"}
    run = output.absolute()
    arguments = [command, given.pop("data"), "-o", str(run), "--resume"]
    for name, value in given.items():
        if name == "kind" or value in (None, ""):  # of a file of settings
            continue
        option = options.get(name, f"--{name.replace('_', '-')}")
        if isinstance(value, bool):
            arguments.append(option if value else option.replace("--", "--no-"))
        else:
            arguments += [option, str(value)]
    write_slurm_script(path, run, arguments)
    print(f"Wrote {path}. Look through it, then: sbatch {path}")


def _under_torchrun() -> bool:
    return "TORCHELASTIC_RUN_ID" in os.environ


@contextlib.contextmanager
def stop_on_signals(folder: RunFolder) -> Iterator[None]:
    """Turns the first Ctrl-C or request to terminate into a wish to stop; a second one ends.

    Before the run has begun the first one ends.
    torchrun terminates what is left when a process is lost: nobody wishes to stop then.
    """
    if _under_torchrun():
        yield
        return
    before: dict[int, Any] = {}

    def stop(number: int, _: FrameType | None) -> None:
        signal.signal(number, before[number])
        if not folder.active:  # a wish would be somebody else's, or forgotten
            raise KeyboardInterrupt
        try:
            folder.request_stop()
        except OutputError as error:  # it can no longer be written
            raise KeyboardInterrupt from error

    for handled in (signal.SIGINT, signal.SIGTERM):
        before[handled] = signal.signal(handled, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _readable(sink: EventSink, measured: Callable[[Event], str]) -> EventSink:
    """Shows the loss beside the progress, and measures and results as lines."""
    loss = ""

    def show(item: Event) -> None:
        nonlocal loss
        if item["event"] == "metric" and "loss" in item:
            loss = f", loss {item['loss']:.3f}"
        elif item["event"] == "metric":
            sink(event("log", message=f"Step {item['step']}{loss}: {measured(item)}"))
        elif item["event"] == "result":
            sink(event("log", message=f"Wrote {item['files'][0]}"))
        else:
            sink(item)

    return show
