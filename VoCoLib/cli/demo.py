"""The command `voco demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from VoCoLib.cli.evaluate import score_event
from VoCoLib.cli.options import Device, Json
from VoCoLib.events import event


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
        from VoCoLib.evaluation.scores import summarize

        segmenter = load_segmenter(path, recipe, sink, device)
        sink(score_event(summarize([run_demonstration(segmenter, output, sink)])))
        sink(event("finished", done=1, failed=0))
