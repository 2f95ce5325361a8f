"""The command `voco view`."""

from __future__ import annotations

import json
import runpy
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from VoCoLib.errors import InputError, VoCoError
from VoCoLib.locations import default_home

NEEDED = ("VoCoView", "slicer_core", "trame", "trame_rca", "trame_vuetify")


def view(
    inputs: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[CT...]",
            help="CT files, DICOM folders, or folders with such files and folders at any depth; "
            "by default a synthetic torso.",
        ),
    ] = None,
    runs: Annotated[
        Path | None,
        typer.Option(help="Folder with the runs of trainings.", show_default="VoCo's own"),
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 for any that is free.")] = 8421,
    host: Annotated[
        str,
        typer.Option(help="Address to listen at; other computers need TLS, see --certificate."),
    ] = "127.0.0.1",
    certificate: Annotated[
        Path | None, typer.Option(help="Certificate for TLS, a PEM file.")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="Its key, a PEM file.")] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Only print the address.")
    ] = False,
) -> None:
    """Segment, ask for positions and train in a browser, without 3D Slicer.

    The page shows Slicer's own views. Only this computer can open it, with the token in the address
    that is printed; from elsewhere use an SSH tunnel, or --host with --certificate and --key.

    Example: voco view ct.nii.gz
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise VoCoError(
            f"Not installed: {', '.join(missing)}.", "Run: pip install 'slicer-voco[view]'"
        )
    for path in inputs or ():
        if not path.exists():
            raise InputError(f"{path} does not exist.", "Check the path for typing errors.")
    wishes = {
        "inputs": [str(path.absolute()) for path in inputs or ()] or ["demo"],
        "runs": str((runs or default_home() / "runs").absolute()),
        "host": host,
        "port": port,
        "certificate": str(certificate or ""),
        "key": str(key or ""),
        "opens": not no_browser,
    }
    # by its name: the library knows nothing of what stands on it
    sys.argv = ["VoCoView", json.dumps(wishes)]
    runpy.run_module("VoCoView", run_name="__main__")
