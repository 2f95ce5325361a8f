"""From the name of a model to a network that is ready to run."""

from __future__ import annotations

from pathlib import Path

from VoCoLib.catalogue import Catalogue
from VoCoLib.checkpoints import load_encoder, load_segmentation_network, read_checkpoint
from VoCoLib.errors import ModelError, WeightsError
from VoCoLib.events import EventSink, event
from VoCoLib.recipe import Recipe
from VoCoLib.segmentation import Segmenter


def find_model(catalogue: Catalogue, name: str) -> tuple[Path, Recipe]:
    """The weights and recipe of a model of the catalogue, or of a safetensors file of this project.

    Raises:
        ModelError: no such model, not supported, or its weights are not here.
        WeightsError: the file is damaged or has no recipe.
    """
    path = Path(name)
    if path.suffix == ".safetensors" and path.is_file():
        recipe = read_checkpoint(path).recipe
        if recipe is None:
            raise WeightsError(
                f"{path} holds weights but no recipe (preset, preprocessing, labels).",
                "Import it with: voco models import FILE --like MODEL",
            )
        return path, recipe
    model = catalogue.get(name)
    path = catalogue.weights_path(model)
    assert model.recipe is not None  # weights_path refuses a model without
    return path, model.recipe


def load_segmenter(
    catalogue: Catalogue, name: str, sink: EventSink, device: str = "auto", precision: str = "auto"
) -> Segmenter:
    """Loads a segmentation model; raises as find_model, load_segmentation_network, Segmenter do."""
    path, recipe = find_model(catalogue, name)
    if recipe.task != "segmentation":
        raise ModelError(
            f"{name} is a pre-trained encoder; it has no classes to segment.",
            "Choose a segmentation model: voco models list",
        )
    network, match = load_segmentation_network(path, recipe)
    sink(event("log", message=f"{name}: {match}"))
    return Segmenter(network, recipe, device, precision)


def verify_weights(path: Path, recipe: Recipe) -> None:
    """Raises WeightsError unless the file's weights fit the recipe."""
    if recipe.task == "segmentation":
        load_segmentation_network(path, recipe)
    else:
        load_encoder(path, recipe)
