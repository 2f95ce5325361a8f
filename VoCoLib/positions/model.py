"""The network of the position view: an encoder, the head if there is one, and their settings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn

from VoCoLib.errors import ModelError, WeightsError
from VoCoLib.inference.devices import choose_device, is_out_of_memory
from VoCoLib.inference.openvino_engine import EngineError, OpenVinoEngine, openvino_version
from VoCoLib.method.base_grid import V2_GRID
from VoCoLib.method.objective import similarity
from VoCoLib.method.presets import PRESETS, preparation_of
from VoCoLib.models.catalogue import Catalogue
from VoCoLib.networks.checkpoints import Checkpoint, read_checkpoint
from VoCoLib.networks.loading import initialise, load_projection_head
from VoCoLib.networks.swin_unetr import VoCoEncoder
from VoCoLib.positions.placement import Placement, placement_from_record
from VoCoLib.positions.sureness import FEATURES, PROJECTION
from VoCoLib.recipe import FEATURE_SIZES, Preprocessing, Recipe

_LEAST_MM = 96.0  # edge of a body that fills a grid, as in the preset for head and neck
_GPU_CROPS = 8  # at once
_TINY_CROPS = 4  # a CPU is twice as fast with so many, for the smallest network only
_FITTING = 32  # edge of a crop, for OpenVINO
_FIRST_CROPS = 4  # are not worth the second that OpenVINO takes to prepare
_FILES = (".safetensors", ".pt", ".pth", ".zip")
_EMBEDDING = "swinViT.patch_embed.proj.weight"  # (feature size, 1, 2, 2, 2)


class PositionModel:
    """Turns crops into features and compares them.

    Attributes:
        name: for messages; path: where its weights were read.
        placement: how the grid is laid over a body by default, as in the model's pre-training.
        compared: PROJECTION, or FEATURES where there is no projection head.
        chunk: crops that fit at once.
        problem: why OpenVINO, which is installed, does not compute, as a sentence; else empty.
    """

    def __init__(
        self,
        encoder: nn.Module,
        head: nn.Module | None,
        placement: Placement,
        name: str = "The model",
        device: str = "auto",
        path: Path | None = None,
        openvino: bool = False,
    ) -> None:
        """Prepares the networks for inference.

        Args:
            encoder: from crops (n, 1, e, e, e) to features (n, c).
            head: from features (n, c) to (n, width), all rows as one batch; None: none.
            placement: see above.
            name, path: see above.
            device: "auto" (a CUDA GPU if there is one), "cpu", "cuda" or "cuda:N".
            openvino: compute with OpenVINO where that is installed, on a CPU.

        Raises:
            InputError: there is no such device here.
        """
        self._device = choose_device(device)
        self._encoder = encoder.eval().to(self._device)
        self._head = head.eval() if head else None
        self.placement, self.name, self.path = placement, name, path
        self.compared = PROJECTION if head else FEATURES
        on_cpu = self._device.type == "cpu" and isinstance(encoder, VoCoEncoder)
        self.chunk = _GPU_CROPS if self._device.type != "cpu" else 1
        if on_cpu and encoder.swinViT.embed_dim == FEATURE_SIZES["tiny"]:  # type: ignore[union-attr]
            self.chunk = _TINY_CROPS
        self._openvino = openvino and on_cpu and openvino_version() is not None
        self._compiled: OpenVinoEngine | None = None
        self._embedded, self.problem = 0, ""

    @property
    def has_head(self) -> bool:
        """Whether crops are compared after a projection head."""
        return self._head is not None

    @property
    def device(self) -> str:
        """Where the encoder runs: "cpu", "cuda" or "cuda:N"."""
        return str(self._device)

    @torch.inference_mode()
    def embed(self, crops: Tensor) -> Tensor:
        """Features (n, c) of crops (n, 1, e, e, e), float32, on the CPU.

        Raises:
            WeightsError: the network answers with NaN or infinity.
        """
        self._embedded += len(crops)
        # OpenVINO's graph halves the edge of a crop five times, as networks with a decoder need it
        is_fitting = all(edge % _FITTING == 0 for edge in crops.shape[2:])
        if self._openvino and is_fitting and self._embedded > _FIRST_CROPS:
            try:
                return self._checked(self._by_openvino(crops))
            except (EngineError, RuntimeError, MemoryError) as error:
                if not isinstance(error, EngineError) and not is_out_of_memory(error):
                    raise
                self._openvino, self._compiled = False, None
                self.problem = f"OpenVINO cannot be used ({error}). Going on with PyTorch."
        return self._checked(self._encoder(crops.to(self._device)).float().cpu())

    def _by_openvino(self, crops: Tensor) -> Tensor:
        x, y, z = crops.shape[2:]
        if self._compiled is None or self._compiled.window != (x, y, z):
            self._compiled = OpenVinoEngine(self._encoder, (x, y, z), "float32")
        return self._compiled(crops, lambda: False).clone()

    @torch.inference_mode()
    def compare(self, query: Tensor, bases: Tensor, *others: Tensor) -> Tensor:
        """Similarities of a query crop to the bases and to other crops, 0 to 1.

        The head's BatchNorm has no running statistics: all that is compared is one batch. Without
        a head, features are centred by the mean of the bases.

        Args:
            query: (c,) features.
            bases: (bases, c); others: (c,) each.

        Returns:
            (bases + others,).

        Raises:
            WeightsError: the head answers with NaN or infinity.
        """
        rows = torch.stack([query, *bases, *others])
        rows = self._checked(self._head(rows)) if self._head else rows - bases.mean(0)
        return similarity(rows[None, :1], rows[None, 1:])[0, 0]

    @torch.inference_mode()
    def describe(self, crops: Tensor, bases: Tensor) -> Tensor:
        """What crops of one body are told apart by, as rows of unit length.

        Args:
            crops: (n, c) features; bases: (bases, c), of the same body.

        Returns:
            (n, width): through the head in one batch with the bases, or centred by their mean.

        Raises:
            WeightsError: the head answers with NaN or infinity.
        """
        if self._head:
            rows = self._checked(self._head(torch.cat([crops, bases])))[: len(crops)]
        else:
            rows = crops - bases.mean(0)
        return torch.nn.functional.normalize(rows, dim=1)

    def _checked(self, values: Tensor) -> Tensor:
        if not torch.isfinite(values).all():
            message = f"{self.name} answers with NaN or infinity."
            raise WeightsError(message, "Its weights are damaged.")
        return values


def load_position_model(name: str, device: str = "auto") -> PositionModel:
    """Loads the encoder of any model: pre-trained, or a segmentation network.

    Args:
        name: the id of a model of the catalogue, or a file of weights in any layout that
            read_checkpoint knows.
        device: as for PositionModel.

    Raises:
        InputError: there is no such device here.
        ModelError: no such model, not supported, or its weights are not here.
        WeightsError: the weights are damaged or hold no encoder.
    """
    choose_device(device)  # before gigabytes are read
    path, recipe = _find(name)
    checkpoint = read_checkpoint(path)
    recipe = recipe or checkpoint.recipe or _foreign_recipe(checkpoint)
    encoder = VoCoEncoder(recipe.preset, recipe.merging)
    initialise(encoder, checkpoint)
    head = load_projection_head(checkpoint)
    placement = _placement(checkpoint, recipe)
    return PositionModel(encoder, head, placement, Path(name).name, device, path, openvino=True)


def _find(name: str) -> tuple[Path, Recipe | None]:
    """The weights of a model and, if it is in the catalogue, its recipe."""
    catalogue, path = Catalogue(), Path(name)
    if name not in {model.id for model in catalogue.models()}:
        if path.exists():
            return path, None
        if path.suffix.lower() in _FILES:
            raise ModelError(f"There is no file {name}.", "Check the path.")
    model = catalogue.get(name)
    return catalogue.weights_path(model), model.recipe


def _foreign_recipe(checkpoint: Checkpoint) -> Recipe:
    """The recipe of a file that has none: of the published kind, as far as its size tells."""
    embedding = checkpoint.weights.get(_EMBEDDING)
    size = 0 if embedding is None else len(embedding)
    preset = next((p for p, feature_size in FEATURE_SIZES.items() if feature_size == size), "B")
    window = PRESETS["abdomen"].preparation
    preprocessing = Preprocessing(window.spacing or (1.5, 1.5, 1.5), window.hu_window)
    return Recipe("pretraining", preset, "legacy", preprocessing)


def _placement(checkpoint: Checkpoint, recipe: Recipe) -> Placement:
    """As in the training that the file records; else the whole body in one grid of version 2."""
    record = checkpoint.training
    if "preparation" not in record or "grid" not in record:
        pad = round(_LEAST_MM / max(recipe.preprocessing.spacing))
        preparation = replace(preparation_of(recipe.preprocessing), foreground_above=0.0, pad=pad)
        return Placement(preparation, V2_GRID).change(mode="fit")
    try:
        return placement_from_record(record["preparation"], record["grid"])
    except (TypeError, ValueError) as error:
        raise WeightsError(
            f"{checkpoint.path} has an unknown record of its training: {error}.", "Update VoCo."
        ) from error
