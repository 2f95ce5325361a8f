"""Which model suits a CT, by the regions of the body that it shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from VoCoLib.files import read_json
from VoCoLib.images.body_regions import BodyRegions
from VoCoLib.locations import RESOURCES
from VoCoLib.models.descriptions import PHANTOM, Model
from VoCoLib.recipe import Label
from VoCoLib.structure_names import words_of

_SUITS = 0.4  # F1 of the regions that the CT shows and that the model knows
_ABOUT_EQUAL = 0.1
_ONE = {"head": "head and neck", "neck": "head and neck"}  # hardly a CT shows one without the other


def suits(model: Model, shown: BodyRegions) -> float:
    """How well a model suits a CT: from 0, not at all, to 1.

    The harmonic mean of two shares: of the CT's length that the model knows, and of the model's
    regions that the CT shows.
    """
    if PHANTOM in model.regions:
        return float(shown.synthetic)
    total, known = sum(shown.extents.values()), {_ONE.get(r, r) for r in model.regions}
    if not total or not known:
        return 0.0
    covered = sum(mm for region, mm in shown.extents.items() if _ONE.get(region, region) in known)
    there = known & {_ONE.get(region, region) for region in shown.extents}
    precision, recall = covered / total, len(there) / len(known)
    return 2 * precision * recall / (precision + recall) if there else 0.0


def choose_model(
    models: Sequence[Model],
    shown: BodyRegions,
    is_here: Callable[[Model], bool],
    last_used: str = "",
) -> Model | None:
    """The model that suits a CT best; None if none does, or the CT's regions are not certain.

    Args:
        models: to choose from, of one task.
        shown: what the CT shows.
        is_here: whether the weights of a model are on this computer.
        last_used: id of a model that wins if it suits about as well.
    """
    if not shown.certain:
        return None
    if shown.synthetic:  # what is trained for patients is not for the demonstration
        models = [model for model in models if PHANTOM in model.regions]
    scores = {model.id: suits(model, shown) for model in models}
    best = max(scores.values(), default=0.0)
    if best < _SUITS:
        return None
    good = [model for model in models if scores[model.id] >= best - _ABOUT_EQUAL]
    return min(good, key=lambda model: (model.id != last_used, not is_here(model)))


def is_out_of_place(model: Model, shown: BodyRegions) -> bool:
    """Whether a model certainly knows nothing of what the CT shows.

    Never for a model of which nobody said what it knows; always for one that knows only VoCo's
    phantom, and a CT that is not that.
    """
    if PHANTOM in model.regions:
        return not shown.synthetic
    return bool(model.regions) and shown.certain and not suits(model, shown)


def regions_of_labels(labels: Sequence[Label]) -> tuple[str, ...]:
    """The regions of structures of these names, in any spelling, as far as labels.json has them."""
    regions = read_json(RESOURCES / "labels.json")["regions"]
    names = {words_of(label.name) for label in labels}
    return tuple(
        region for region, structures in regions.items() if names & {*map(words_of, structures)}
    )
