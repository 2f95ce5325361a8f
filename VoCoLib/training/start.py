"""What a training starts from: the weights of any model or file, or none at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from VoCoLib.errors import InputError, ModelError
from VoCoLib.locations import MODEL_FILE
from VoCoLib.models.catalogue import Catalogue
from VoCoLib.models.run_folders import weights_in
from VoCoLib.networks.checkpoints import Checkpoint, read_checkpoint
from VoCoLib.recipe import FEATURE_SIZES, Merging, Recipe
from VoCoLib.training.settings import SCRATCH, is_start_path

_EMBEDDING = "swinViT.patch_embed.proj.weight"  # (feature size, ...)
_FILES = (".pt", ".pth", ".ckpt", ".zip", ".safetensors")
_OF_A_FILE = "that of the weights it started from"


@dataclass(frozen=True)
class Start:
    """Where weights come from.

    Attributes:
        name: as the user gave it.
        checkpoint: the weights; None: random ones.
        recipe: what is known of their model; None: nothing.
        licence, citation: of the weights, for people; may be empty.
    """

    name: str
    checkpoint: Checkpoint | None = None
    recipe: Recipe | None = None
    licence: str = ""
    citation: str = ""

    @property
    def training(self) -> dict[str, Any]:
        """What the weights say of how they were made; empty if nothing."""
        return self.checkpoint.training if self.checkpoint is not None else {}


@dataclass(frozen=True)
class Count:
    """How many tensors, and how many numbers (parameters) in them."""

    tensors: int = 0
    parameters: int = 0

    def __str__(self) -> str:
        return f"{self.tensors} tensors with {self.parameters:,} parameters"


@dataclass(frozen=True)
class Origin:
    """What weights a model was trained from, as its file tells.

    Attributes:
        name, licence, citation: of a Start; the name of its file, without folders.
        layout: see Checkpoint.
        taken, left_out: of its tensors.
        random: tensors of the network that it did not have.
        earlier: the Origin of these weights, as JSON has it; empty if they have none.
    """

    name: str
    layout: str
    licence: str
    citation: str
    taken: Count
    left_out: Count
    random: Count
    earlier: dict[str, Any] = field(default_factory=dict)


def find_start(name: str) -> Start:
    """Reads what a training starts from.

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
        origin = checkpoint.training.get("from", {})
        licence, citation = origin.get("licence") or _OF_A_FILE, origin.get("citation", "")
        return Start(name, checkpoint, checkpoint.recipe, licence, citation)
    if path.suffix.lower() in _FILES or len(path.parts) > 1:
        raise ModelError(f"There is no file {name}.", "Check the path.")
    catalogue = Catalogue()
    model = catalogue.get(name)
    checkpoint = read_checkpoint(catalogue.weights_path(model))
    return Start(name, checkpoint, model.recipe, model.licence, model.citation)


def name_of(start: str) -> str:
    """What a person called a start: of the file of a run, the name of the run."""
    path = Path(start)
    return path.parent.name if path.name == MODEL_FILE and path.parent.name else path.name


def preset_of(start: Start) -> str:
    """The size of a network that may be told by its weights only.

    Another architecture is refused later.
    """
    if start.recipe is not None:
        return start.recipe.preset
    if start.checkpoint is not None and _EMBEDDING in start.checkpoint.weights:
        size = len(start.checkpoint.weights[_EMBEDDING])
        return next((name for name, known in FEATURE_SIZES.items() if known == size), "tiny")
    return "tiny"


def merging_of(start: Start, said: str | None) -> Merging:
    """How patches are merged; a wrong guess would spoil the weights without a word.

    Args:
        start: the weights.
        said: by the user; None: nothing.

    Raises:
        InputError: nothing says it.
    """
    if said is not None:
        return "legacy" if said == "legacy" else "current"
    if start.recipe is not None:
        return start.recipe.merging
    if start.checkpoint is None:
        return "current"
    raise InputError(
        f"{start.name} does not say with which PatchMerging it was trained.",
        "Add --merging legacy (MONAI 1.4 or older: all weights that the authors of VoCo "
        "published) or --merging current (newer).",
    )
