"""The models of the position view: all with an encoder, and files of weights."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from slicer.i18n import tr as _

from VoCoLib.errors import VoCoError
from VoCoLib.images.body_regions import BodyRegions
from VoCoLib.models.catalogue import Catalogue
from VoCoLib.models.choice import choose_model, is_out_of_place
from VoCoLib.models.descriptions import PHANTOM, Model
from VoCoLib.positions.record import trained_grid
from VoCoLib.processes.file_stamp import stamp
from VoCoSegmentationLib import texts
from VoCoSegmentationLib.presenters import modelList


@dataclass(frozen=True)
class PositionModels:
    """A list to choose from.

    Attributes:
        names: ids of the catalogue and paths of files.
        titles: of these.
        selected: one of the names; empty if there is none.
        problem: why none is, or why it cannot be used.
    """

    names: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    selected: str = ""
    problem: str = ""


def positionModels(
    catalogue: Catalogue, chosen: str, modelId: str, shown: BodyRegions | None, kept: str = ""
) -> PositionModels:
    """The models that the position view offers.

    Args:
        catalogue: what there is.
        chosen: what the user chose before; empty for nothing yet.
        modelId: the model that segments.
        shown: what the CT shows; None while that is not known.
        kept: what was selected before for the same; stays, however the catalogue grows.

    Returns:
        the list, in which the choice is selected, else a pre-trained model that suits the CT, else
        the one that segments, unless it certainly knows nothing of it; else none.
    """
    offered = _offered(catalogue)
    names = [model.id for model in offered]
    titles = [model.title for model in offered]
    if chosen and chosen not in names and Path(chosen).is_absolute():
        names.append(chosen)
        titles.append(Path(chosen).name)
    elif chosen and chosen not in names:
        problem = _("The model {name} is not on this computer.").format(name=chosen)
        absent = modelList.absent(chosen)
        return PositionModels((*names, chosen), (*titles, absent), chosen, problem)
    wanted = next((name for name in (chosen, kept) if name in names), None)
    selected = _suiting(offered, modelId, shown) if wanted is None else wanted
    problem = texts.doubt(shown) if shown is not None and names and not selected else ""
    return PositionModels(tuple(names), tuple(titles), selected, problem)


def modelNamed(catalogue: Catalogue, name: str) -> Model | None:
    """The model of the catalogue with this id; None for a file."""
    return next((model for model in catalogue.models() if model.id == name), None)


def trainedGrid(catalogue: Catalogue, name: str) -> tuple[int, str] | None:
    """N of the n x n bases a model was trained with, and how they lie; None if it is not known."""
    model = modelNamed(catalogue, name)
    try:
        path = catalogue.weights_path(model) if model is not None else Path(name)
    except VoCoError:
        return None
    return _trainedGrid(path, stamp(path))


@cache
def _trainedGrid(path: Path, _stamp: object) -> tuple[int, str] | None:
    return trained_grid(path) if path.is_file() else None


def _offered(catalogue: Catalogue) -> list[Model]:
    """Models whose weights are here: VoCo's pre-trained ones first, demonstrations last."""
    known = catalogue.models()
    here = [m for m in known if m.recipe and catalogue.state(m) in modelList.USABLE]
    return sorted(here, key=lambda model: (PHANTOM in model.regions, not _isPretrained(model)))


def _suiting(offered: list[Model], modelId: str, shown: BodyRegions | None) -> str:
    """The name to begin with; empty for none."""
    if shown is None:
        return ""
    pretrained = [model for model in offered if _isPretrained(model)]
    suiting = choose_model(pretrained, shown, lambda _model: True)
    if suiting is not None:
        return suiting.id
    same = next((model for model in offered if model.id == modelId), None)
    if same is not None and not is_out_of_place(same, shown):
        return same.id
    suiting = choose_model(offered, shown, lambda _model: True)
    return suiting.id if suiting is not None else ""


def _isPretrained(model: Model) -> bool:
    return model.recipe is not None and model.recipe.task == "pretraining"
