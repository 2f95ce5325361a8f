"""Several models as one: which can be, and a network that averages them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from VoCoLib.errors import InputError, ModelError
from VoCoLib.events import EventSink, event
from VoCoLib.models.catalogue import Catalogue
from VoCoLib.models.loading import check_computing, find_model, fitting
from VoCoLib.recipe import Label, Recipe

if TYPE_CHECKING:  # torch takes seconds to import; a wrong name is found without it
    from VoCoLib.inference.segmentation import Segmenter

Member = tuple[Path, Recipe]


def find_members(catalogue: Catalogue, names: str) -> list[Member]:
    """The weights and recipes of one model, or of several separated by commas.

    Raises:
        ModelError, WeightsError: as find_model; or they cannot be averaged.
    """
    alone = "," not in names or Path(names).exists()
    listed = [names] if alone else [name.strip() for name in names.split(",")]
    members = [find_model(catalogue, name) for name in listed]
    first = members[0][1]
    for name, (_, recipe) in zip(listed, members, strict=True):
        if difference := _difference(first, recipe):
            raise ModelError(
                f"{listed[0]} and {name} cannot be averaged: their {difference} differ.",
                "Name models that were trained alike, such as the folds of a cross-validation.",
            )
    return members


def load_ensemble(
    members: Sequence[Member],
    sink: EventSink,
    device: str = "auto",
    precision: str = "auto",
    engine: str = "auto",
) -> Segmenter:
    """Loads models that find_members found; device and precision as Segmenter takes them.

    Only PyTorch computes several networks at once.

    Raises:
        InputError: device, precision or engine is not available here.
        WeightsError: weights are damaged or do not fit their recipe.
        OutOfMemoryError: they do not fit into memory.
    """
    check_computing(device, precision, engine)
    if engine == "openvino":
        raise InputError(
            "OpenVINO does not average several models.", "Leave out --engine, or name one model."
        )
    from VoCoLib.inference.segmentation import Segmenter
    from VoCoLib.networks.ensemble import Ensemble
    from VoCoLib.networks.loading import load_segmentation_network

    networks, name = [], f"VoCo, mean of {len(members)} networks"
    too_large = f"{len(members)} networks do not fit into memory together."
    with fitting(too_large, "Close other programs, or name fewer."):
        for path, recipe in members:
            network, match = load_segmentation_network(path, recipe)
            sink(event("log", message=f"{path}: {match}"))
            networks.append(network)
        recipe = _common_recipe(members)
        return Segmenter(Ensemble(networks), recipe, device, precision, name, "pytorch")


def _difference(one: Recipe, other: Recipe) -> str:
    """In what two recipes differ so that the answers of their networks cannot be averaged."""
    if one.preprocessing != other.preprocessing:
        return "voxel size, HU window or windows"
    if [(x.value, x.name) for x in one.labels] != [(x.value, x.name) for x in other.labels]:
        return "structures"
    return ""


def _common_recipe(members: Sequence[Member]) -> Recipe:
    """That of the first, with the most pieces that any counted of a structure."""
    columns = zip(*(recipe.labels for _, recipe in members), strict=True)
    return replace(members[0][1], labels=tuple(map(_most_pieces, columns)))


def _most_pieces(labels: Sequence[Label]) -> Label:
    counts = [label.pieces for label in labels]
    known = [count for count in counts if count is not None]
    return replace(labels[0], pieces=max(known) if len(known) == len(counts) else None)
