"""What a fine-tuning starts from: the weights of any model or file, or none at all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from VoCoLib.errors import InputError, ModelError
from VoCoLib.models.catalogue import Catalogue
from VoCoLib.models.run_folders import weights_in
from VoCoLib.networks.checkpoints import Checkpoint, read_checkpoint
from VoCoLib.recipe import FEATURE_SIZES, Label, Merging, Preprocessing, Recipe
from VoCoLib.training.finetuning.settings import SCRATCH, FinetuningSettings, is_start_path

_EMBEDDING = "swinViT.patch_embed.proj.weight"  # (feature size, ...)
_FILES = (".pt", ".pth", ".ckpt", ".zip", ".safetensors")


@dataclass(frozen=True)
class Start:
    """Where weights come from.

    Attributes:
        name: as the user gave it.
        checkpoint: the weights; None: random ones.
        recipe: what is known of their model; None: nothing.
        licence: of the weights, for people.
    """

    name: str
    checkpoint: Checkpoint | None = None
    recipe: Recipe | None = None
    licence: str = ""


def find_start(name: str) -> Start:
    """Reads what a fine-tuning starts from.

    Args:
        name: id of a model in the catalogue, path of a file, MONAI Bundle or run, or "scratch".

    Raises:
        ModelError: there is no such model or file, it is not supported, or not here.
        WeightsError: it cannot be read.
    """
    if name == SCRATCH:
        return Start(name)
    path = Path(name)
    if is_start_path(name):
        checkpoint = read_checkpoint(weights_in(path))
        return Start(name, checkpoint, checkpoint.recipe, "that of the weights it started from")
    if path.suffix.lower() in _FILES or len(path.parts) > 1:
        raise ModelError(f"There is no file {name}.", "Check the path.")
    catalogue = Catalogue()
    model = catalogue.get(name)
    checkpoint = read_checkpoint(catalogue.weights_path(model))
    return Start(name, checkpoint, model.recipe, model.licence)


def choose_recipe(settings: FinetuningSettings, start: Start, labels: tuple[Label, ...]) -> Recipe:
    """The recipe of the model to be: what the settings say, else that of the start, else defaults.

    Raises:
        InputError: a setting is out of range, or nothing says how the weights gather patches.
    """
    known = start.recipe
    preset = settings.preset or (known.preset if known else _preset_of(start))
    patch = (64, 64, 64) if preset == "tiny" else (96, 96, 96)
    default = Preprocessing((1.5, 1.5, 1.5), (-175.0, 250.0), patch)
    changes = {
        name: getattr(settings, name)
        for name in ("spacing", "hu_window", "patch")
        if getattr(settings, name) is not None
    }
    try:
        preprocessing = replace(known.preprocessing if known else default, **changes)
        return Recipe("segmentation", preset, _merging(settings, start), preprocessing, labels)
    except ValueError as error:
        raise InputError(f"{error}.") from error


def _preset_of(start: Start) -> str:
    """The size of a network that only its weights tell; another architecture is refused later."""
    if start.checkpoint is not None and _EMBEDDING in start.checkpoint.weights:
        size = len(start.checkpoint.weights[_EMBEDDING])
        return next((name for name, known in FEATURE_SIZES.items() if known == size), "tiny")
    return "tiny"


def _merging(settings: FinetuningSettings, start: Start) -> Merging:
    """How patches are merged; a wrong guess would spoil the weights without a word."""
    if settings.merging is not None:
        return "legacy" if settings.merging == "legacy" else "current"
    if start.recipe is not None:
        return start.recipe.merging
    if start.checkpoint is None:
        return "current"
    raise InputError(
        f"{start.name} does not say with which PatchMerging it was trained.",
        "Add --merging legacy (MONAI 1.4 or older: all weights that the authors of VoCo "
        "published) or --merging current (newer).",
    )
