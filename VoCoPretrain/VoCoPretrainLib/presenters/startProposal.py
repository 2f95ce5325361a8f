"""What a training may start from, and which of these is proposed for what the data shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from slicer.i18n import tr as _
from VoCoSegmentationLib import texts
from VoCoSegmentationLib.presenters import modelList

from VoCoLib.images.body_regions import BodyRegions
from VoCoLib.models.catalogue import Catalogue
from VoCoLib.models.choice import choose_model
from VoCoLib.models.descriptions import PHANTOM, Model
from VoCoLib.runs.summary import RunSummary
from VoCoPretrainLib.presenters.seams import TrainingLogic

SCRATCH = "scratch"


@dataclass(frozen=True)
class Proposal:
    """A start, and why this one.

    Attributes:
        name: a model of the catalogue, the file of a run, or SCRATCH.
        why: one sentence.
    """

    name: str
    why: str


def starts(logic: TrainingLogic, runs: Iterable[RunSummary]) -> list[tuple[str, str]]:
    """Names and titles: models of pre-trainings, the latest first, then those of the catalogue.

    The models for the synthetic torso come last: they help nobody's patients.
    """
    models = sorted(_here(logic.catalogue), key=lambda model: PHANTOM in model.regions)
    return [
        *((name, _("Run {name}").format(name=run.name)) for name, run in _pretrained(logic, runs)),
        *((model.id, model.title) for model in models),
    ]


def propose(
    logic: TrainingLogic, runs: Iterable[RunSummary], shown: BodyRegions | None
) -> Proposal:
    """The start for data that shows this; None: it is not chosen, or not looked at yet."""
    own = next(iter(_pretrained(logic, runs)), None)
    if own is not None:
        why = _("Proposed: your latest pre-training, {name}.").format(name=own[1].name)
        return Proposal(own[0], why)
    if shown is None:
        why = _("Choose the data and press Check: a start is proposed for what it shows.")
        return Proposal(SCRATCH, why)
    if not shown.certain:
        return Proposal(SCRATCH, _("The body region of the data was not recognised."))
    here = _here(logic.catalogue)
    for models in ([m for m in here if _task(m) == "pretraining"], here):
        model = choose_model(models, shown, lambda _model: True)
        if model is not None:
            why = _("Proposed: it knows {known}; the data shows {shown}.")
            known, seen = texts.regions(model.regions), texts.shownText(shown)
            return Proposal(model.id, why.format(known=known, shown=seen))
    why = _("No model on this computer is for {shown}.").format(shown=texts.shownText(shown))
    return Proposal(SCRATCH, why)


def _here(catalogue: Catalogue) -> list[Model]:
    """The models whose weights are on this computer."""
    return [m for m in catalogue.models() if m.recipe and catalogue.state(m) in modelList.USABLE]


def _task(model: Model) -> str:
    return model.recipe.task if model.recipe is not None else ""


def _pretrained(
    logic: TrainingLogic, runs: Iterable[RunSummary]
) -> Sequence[tuple[str, RunSummary]]:
    """The files of pre-trainings that have a model, with their runs."""
    own = ((logic.modelFile(run.id), run) for run in runs if run.kind == "pretrain")
    return [(str(path), run) for path, run in own if path is not None]
