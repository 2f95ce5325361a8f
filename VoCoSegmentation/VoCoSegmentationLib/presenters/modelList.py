"""Which models the panel offers, and what it says about them."""

from __future__ import annotations

from slicer.i18n import tr as _

from VoCoLib.models.catalogue import Catalogue, State
from VoCoLib.models.descriptions import Model
from VoCoLib.recipe import Task
from VoCoSegmentationLib import texts

USABLE: tuple[State, ...] = ("bundled", "downloaded", "imported")
# Both know the synthetic torso only: one segments it, the other is for the position view.
DEMONSTRATION, DEMONSTRATION_POSITION = "demo-torso", "demo-torso-voco"


def offered(catalogue: Catalogue, task: Task = "segmentation") -> list[Model]:
    """The models for a task, those whose weights are here first."""
    models = [m for m in catalogue.models() if m.recipe is not None and m.recipe.task == task]
    return sorted(models, key=lambda m: (catalogue.state(m) not in USABLE, m.id == DEMONSTRATION))


def preferred(catalogue: Catalogue, lastUsed: str = "") -> str:
    """The id to begin with: the one used last, else one for real CT that is here."""
    models = offered(catalogue)
    if lastUsed in {model.id for model in models}:
        return lastUsed
    real = [model for model in models if model.id != DEMONSTRATION]
    return real[0].id


def title(catalogue: Catalogue, model: Model) -> str:
    """What the list of models shows."""
    if catalogue.state(model) in USABLE:
        return model.title
    return _("{title} ({state})").format(title=model.title, state=stateText(catalogue, model))


def stateText(catalogue: Catalogue, model: Model) -> str:
    """Where the weights of a model are."""
    return {
        "bundled": _("part of VoCo"),
        "downloaded": _("downloaded"),
        "imported": _("imported"),
        "not downloaded": _("not downloaded"),
        "missing": _("its file is missing"),
        "unsupported": _("not supported"),
    }[catalogue.state(model)]


def information(catalogue: Catalogue, model: Model) -> str:
    """What the panel says about a model: purpose, classes, size, state, licence."""
    assert model.recipe is not None
    facts = _("{count} structures · {size} · {state} · licence: {licence}").format(
        count=len(model.recipe.labels),
        size=sizeText(model),
        state=stateText(catalogue, model),
        licence=model.licence,
    )
    return f"{model.description}\n{facts}"


def sizeText(model: Model) -> str:
    """Size of the weights, as far as known."""
    if model.size_bytes is not None:
        return texts.size(model.size_bytes)
    if model.approximate_mb is not None:
        return _("about {size}").format(size=texts.size(model.approximate_mb * 1e6))
    return _("unknown size")
