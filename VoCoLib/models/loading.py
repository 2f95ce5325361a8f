"""From the name of a model to a network that is ready to run."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from VoCoLib.errors import ModelError, OutOfMemoryError, WeightsError
from VoCoLib.events import EventSink, event
from VoCoLib.models.catalogue import Catalogue
from VoCoLib.models.run_folders import is_run_folder, weights_in
from VoCoLib.recipe import Recipe

if TYPE_CHECKING:  # torch takes seconds to import; a wrong name is found without it
    from VoCoLib.inference.segmentation import Segmenter


def find_recipe(catalogue: Catalogue, name: str) -> Recipe:
    """The recipe of a segmentation model, whose weights need not be here.

    Args:
        catalogue: where to look.
        name: the id of a model, a safetensors file of this project, or the folder of a run.

    Raises:
        ModelError: no such model, not supported, or without structures.
        WeightsError: the file is damaged or has no recipe.
    """
    path = _path(catalogue, name)
    recipe = _file_recipe(path) if path else _catalogue_recipe(catalogue, name)
    if recipe.task != "segmentation":
        raise ModelError(
            f"{name} is a pre-trained encoder; it has no structures to segment.",
            "Choose a segmentation model: voco models list",
        )
    return recipe


def find_model(catalogue: Catalogue, name: str) -> tuple[Path, Recipe]:
    """The weights and the recipe of a segmentation model; name as for find_recipe.

    Raises:
        ModelError: as find_recipe, or the weights are not here.
        WeightsError: as find_recipe, or the weights are not the ones that were downloaded.
    """
    recipe = find_recipe(catalogue, name)
    path = _path(catalogue, name) or catalogue.weights_path(catalogue.get(name))
    return path, recipe


def load_segmenter(
    path: Path,
    recipe: Recipe,
    sink: EventSink,
    device: str = "auto",
    precision: str = "auto",
    engine: str = "auto",
) -> Segmenter:
    """Loads the weights in path; device, precision and engine as Segmenter takes them.

    Raises:
        InputError: device, precision or engine is not available here.
        WeightsError: the weights are damaged or do not fit the recipe.
        OutOfMemoryError: they do not fit into memory.
    """
    check_computing(device, precision, engine)
    from VoCoLib.inference.segmentation import Segmenter
    from VoCoLib.networks.loading import load_segmentation_network

    too_large = f"{path.name} does not fit into memory."
    with fitting(too_large, "Close other programs, or choose a smaller model."):
        network, match = load_segmentation_network(path, recipe)
        sink(event("log", message=f"{path.name}: {match}"))
        return Segmenter(network, recipe, device, precision, path.stem, engine)


def check_computing(device: str, precision: str, engine: str) -> None:
    """Raises InputError unless all of it is available here; before gigabytes are read."""
    from VoCoLib.inference.devices import choose_device
    from VoCoLib.inference.engines import check_engine, check_precision

    check_engine(engine, device)
    check_precision(precision, choose_device(device), engine)


@contextlib.contextmanager
def fitting(message: str, hint: str) -> Iterator[None]:
    """Says so where memory runs out, with an OutOfMemoryError of this message and hint."""
    from VoCoLib.inference.devices import is_out_of_memory

    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise OutOfMemoryError(message, hint) from error


def verify_weights(path: Path, recipe: Recipe) -> None:
    """Raises WeightsError unless the file's weights fit the recipe."""
    from VoCoLib.networks.loading import load_encoder, load_segmentation_network

    if recipe.task == "segmentation":
        load_segmentation_network(path, recipe)
    else:
        load_encoder(path, recipe)


def _path(catalogue: Catalogue, name: str) -> Path | None:
    """The file that a name means; None: it is the id of a model, which counts first."""
    if name.lower().endswith(".safetensors"):
        return Path(name)
    known = name in {model.id for model in catalogue.models()}
    return weights_in(Path(name)) if not known and is_run_folder(Path(name)) else None


def _catalogue_recipe(catalogue: Catalogue, name: str) -> Recipe:
    model = catalogue.get(name)
    if model.recipe is None:
        raise ModelError(f"{name} is not supported: {model.unsupported_reason}")
    return model.recipe


def _file_recipe(path: Path) -> Recipe:
    if not path.is_file():
        raise ModelError(f"There is no file {path}.", "Check the path.")
    from VoCoLib.networks.checkpoints import read_checkpoint

    recipe = read_checkpoint(path).recipe
    if recipe is None:
        raise WeightsError(
            f"{path} holds weights but no recipe (preset, preprocessing, labels).",
            "Import it with: voco models import FILE --like MODEL",
        )
    return recipe
