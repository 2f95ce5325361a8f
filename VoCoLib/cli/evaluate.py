"""The command `voco evaluate`."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Any

import typer

from VoCoLib.cli.options import Json
from VoCoLib.errors import InputError
from VoCoLib.events import Progress, error_event, event


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
    """Score segmentations against references: Dice, surface Dice and HD95 per structure.

    Files that say what their values mean (.seg.nrrd) are scored by their names, others by the
    model's table. A reference without a prediction counts as missed; a case that cannot be read is
    named and left out of the means, and the exit code tells.
    """
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
        errors = []
        for done, (name, predicted, truth) in enumerate(pairs, start=1):
            sink(event("started", message=f"Scoring {name}", input=str(predicted or truth)))
            if predicted is None:
                message = f"{name} has no prediction in {prediction}: all of it is missed."
                sink(event("log", level="warning", message=message))
            try:
                cases[name] = score_case(predicted, truth, labels, not_contoured, tolerance)
            except InputError as error:
                errors.append(error)
                sink(error_event(error))
            progress.update(done)
        if cases:
            if output is not None:
                write_scores(output, cases)
            sink(score_event(summarize(cases.values())))
        sink(event("finished", done=len(cases), failed=len(errors)))
    if errors:
        raise typer.Exit(errors[0].exit_code)


def score_event(scores: Any) -> dict[str, Any]:
    """The event of LabelScores or LabelSummaries."""
    from dataclasses import asdict

    from VoCoLib.evaluation.scores import mean_dice

    mean = mean_dice(scores)
    rows = [asdict(score) for score in scores]
    return event("metric", mean_dice=None if math.isnan(mean) else mean, labels=rows)
