"""Which models the panel offers, and what it says about them."""

from __future__ import annotations

from slicer.i18n import tr as _

from VoCoLib.errors import ModelError
from VoCoLib.models.catalogue import Catalogue, State
from VoCoLib.models.choice import choose_model
from VoCoLib.models.descriptions import PHANTOM, Model
from VoCoLib.recipe import Task
from VoCoSegmentationLib import texts
from VoCoSegmentationLib.panelWords import inPanel
from VoCoSegmentationLib.scene.volumes import VolumeInput

USABLE: tuple[State, ...] = ("bundled", "downloaded", "imported")


def offered(catalogue: Catalogue, task: Task = "segmentation") -> list[Model]:
    """The models for a task, those whose weights are here first."""
    models = [m for m in catalogue.models() if m.recipe is not None and m.recipe.task == task]
    return sorted(models, key=lambda m: (catalogue.state(m) not in USABLE, PHANTOM in m.regions))


def suitingModel(catalogue: Catalogue, volume: VolumeInput) -> Model:
    """The segmentation model for what a CT shows; takes a moment.

    Raises:
        ModelError: none suits for certain; the hint lists the models.
    """
    from VoCoLib.images.region_recognition import find_regions  # scipy takes its time

    models = offered(catalogue)
    shown = find_regions(volume.voxels, volume.affine)
    model = choose_model(models, shown, lambda m: catalogue.state(m) in USABLE)
    if model is None:
        known = "; ".join(f"{m.id} ({texts.regions(m.regions)})" for m in models if m.regions)
        raise ModelError(texts.doubt(shown), _("Name a model: {known}.").format(known=known))
    return model


def title(catalogue: Catalogue, model: Model) -> str:
    """What the list of models shows: what it is called, what it is for, and what is missing."""
    remarks = [texts.regions(model.regions)] if PHANTOM not in model.regions else []
    if catalogue.state(model) not in USABLE:
        remarks.append(stateText(catalogue, model))
    words = "; ".join(filter(None, remarks))
    return (
        _("{title} ({remarks})").format(title=model.title, remarks=words) if words else model.title
    )


def absent(name: str) -> str:
    """What the list shows of a model that a scene names and that is not in the catalogue."""
    return _("{name} (not on this computer)").format(name=name)


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
    facts = _("{modality} · {count} structures · {size} · {state} · licence: {licence}").format(
        modality=model.modality,
        count=len(model.recipe.labels),
        size=sizeText(model),
        state=stateText(catalogue, model),
        licence=model.licence,
    )
    return f"{inPanel(model.description)}\n{facts}"


def sizeText(model: Model) -> str:
    """Size of the weights, as far as known."""
    if model.size_bytes is not None:
        return texts.size(model.size_bytes)
    if model.approximate_mb is not None:
        return _("about {size}").format(size=texts.size(model.approximate_mb * 1e6))
    return _("unknown size")
