"""The command line `voco`: its commands, and how errors become a message and an exit code."""

from __future__ import annotations

import os
import re
import sys
from io import TextIOWrapper
from typing import Annotated

import typer

from VoCoLib import __version__
from VoCoLib.cli.demo import demo
from VoCoLib.cli.evaluate import evaluate
from VoCoLib.cli.finetune import finetune
from VoCoLib.cli.folds import folds
from VoCoLib.cli.inputs import inputs
from VoCoLib.cli.models import models_app
from VoCoLib.cli.positions import positions
from VoCoLib.cli.prepare import prepare
from VoCoLib.cli.pretrain import pretrain
from VoCoLib.cli.segment import segment
from VoCoLib.cli.serve import serve
from VoCoLib.cli.view import view
from VoCoLib.errors import CancelledError, OutOfMemoryError, VoCoError
from VoCoLib.events import error_event
from VoCoLib.files import disk_error

_HOME = re.compile(r"(?:(?<=^)|(?<==))~(?=[/\\]|$)")  # shells leave it alone after "="
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
app.add_typer(models_app, name="models")
COMMANDS = (
    positions,
    prepare,
    pretrain,
    finetune,
    segment,
    inputs,
    view,
    serve,
    evaluate,
    folds,
    demo,
)
for command in COMMANDS:
    app.command()(command)


def main() -> None:
    """Runs the command line; errors become one message and an exit code (see --help)."""
    as_json = "--json" in sys.argv
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a console may lack letters of a file's name
    sys.argv[1:] = [_HOME.sub(_home, argument) for argument in sys.argv[1:]]
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
        if isinstance(error, OSError) and (known := disk_error(error)):
            sys.exit(_report(known, as_json))
        message = f"{type(error).__name__}: {error}"
        _report(VoCoError(message, "Please report it with the traceback."), as_json)
        raise


def _home(found: re.Match[str]) -> str:
    return os.path.expanduser(found[0])


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


if __name__ == "__main__":
    main()
