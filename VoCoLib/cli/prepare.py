"""The command `voco prepare`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from VoCoLib.cli.options import Json

# What needs torch is imported inside the command: --help is instant.


def prepare(
    archive: Annotated[
        Path, typer.Argument(help="CT volumes, as voco pretrain takes them, on a disk.")
    ],
    output: Annotated[
        str,
        typer.Option("--output", "-o", metavar="SHARDS", help="Folder, or s3:// or gs:// URL."),
    ],
    preparation: Annotated[
        str,
        typer.Option(
            help="abdomen, chest, head-neck, tiny (whole body, coarse), coarse (5 mm) or v1."
        ),
    ] = "tiny",
    json: Json = False,
) -> None:
    """Prepare an archive of CTs once, as shards that 'voco pretrain' reads.

    As many processes work as cores and memory allow. Killed and started again it goes on: a shard
    appears complete, and holds 32 volumes. Later it adds what is new in the archive. CTs that
    cannot be used are named, and noted in the index.

    Example: voco prepare archive -o s3://bucket/shards --preparation abdomen
    """
    from VoCoLib.cli.console import show_events
    from VoCoLib.training.data.storage import is_url
    from VoCoLib.training.pretraining.prepare import prepare_archive

    place = output if is_url(output) else str(Path(output).absolute())
    with show_events(json) as sink:
        prepare_archive(archive.absolute(), place, preparation, sink)
