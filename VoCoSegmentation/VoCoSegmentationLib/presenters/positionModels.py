"""The models of the position view: all with an encoder, and files of weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from VoCoLib.errors import VoCoError
from VoCoLib.models.catalogue import Catalogue
from VoCoLib.models.descriptions import Model
from VoCoSegmentationLib.presenters import modelList


@dataclass(frozen=True)
class PositionModels:
    """A list to choose from.

    Attributes:
        names: ids of the catalogue and paths of files.
        titles: of these.
        selected: one of the names; empty if there is none.
        problem: why the list is empty.
    """

    names: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    selected: str = ""
    problem: str = ""


def positionModels(catalogue: Catalogue, chosen: str, modelId: str) -> PositionModels:
    """The models that the position view offers.

    Args:
        catalogue: what there is.
        chosen: what the user chose before; empty for nothing yet.
        modelId: the model that segments.

    Returns:
        the list, in which the choice is selected, else a pre-trained model, else the one that
        segments. A demonstration model only where the one that segments is one, too.
    """
    try:
        offered = _offered(catalogue)
    except VoCoError as error:
        return PositionModels(problem=str(error))
    names = [model.id for model in offered]
    titles = [model.title for model in offered]
    if chosen and chosen not in names and Path(chosen).is_absolute():
        names.append(chosen)
        titles.append(Path(chosen).name)
    selected = chosen if chosen in names else _preferred(offered, modelId)
    return PositionModels(tuple(names), tuple(titles), selected)


def _offered(catalogue: Catalogue) -> list[Model]:
    """Models whose weights are here: VoCo's pre-trained ones first, demonstrations last."""
    known = catalogue.models()
    here = [m for m in known if m.recipe and catalogue.state(m) in modelList.USABLE]
    return sorted(here, key=lambda model: (_isDemonstration(model), not _isPretrained(model)))


def _preferred(offered: list[Model], modelId: str) -> str:
    names = [model.id for model in offered]
    if modelId == modelList.DEMONSTRATION and modelList.DEMONSTRATION_POSITION in names:
        return modelList.DEMONSTRATION_POSITION
    if offered and not _isPretrained(offered[0]) and modelId in names:
        return modelId
    return names[0] if names else ""


def _isDemonstration(model: Model) -> bool:
    return model.id in (modelList.DEMONSTRATION, modelList.DEMONSTRATION_POSITION)


def _isPretrained(model: Model) -> bool:
    return model.recipe is not None and model.recipe.task == "pretraining"
