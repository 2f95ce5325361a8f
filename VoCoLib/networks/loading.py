"""Puts the weights of a checkpoint into a network, and refuses those that do not fit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from VoCoLib.errors import WeightsError
from VoCoLib.networks.checkpoints import SWIN_UNETR, Checkpoint, read_checkpoint
from VoCoLib.networks.monai_parts import SwinUNETR
from VoCoLib.networks.projection_head import ProjectionHead
from VoCoLib.networks.swin_unetr import LegacyPatchMerging, VoCoEncoder, build_network
from VoCoLib.networks.weight_files import few
from VoCoLib.recipe import FEATURE_SIZES, Recipe

_ENCODER = re.compile(r"(swinViT|encoder(1|2|3|4|10))\.")

_EMBEDDING = "swinViT.patch_embed.proj.weight"  # (feature size, input channels, 2, 2, 2)

_OUTPUT = "out.conv.conv.weight"  # (classes, feature size, 1, 1, 1)

_HINT_ARCHITECTURE = "Weights must come from MONAI's SwinUNETR with use_v2=True."


@dataclass(frozen=True)
class Match:
    """Which parameters of a network a checkpoint provides.

    Attributes:
        matched: parameters with the same name and shape.
        expected: parameters of the network; buffers do not count.
        missing: names that the checkpoint lacks.
        mismatched: names with both shapes.
        unexpected: names that only the checkpoint has.
    """

    matched: int
    expected: int
    missing: tuple[str, ...]
    mismatched: tuple[str, ...]
    unexpected: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.matched} of {self.expected} tensors matched"


class _NoInitialisation(TorchFunctionMode):
    """Leaves new parameters as allocated: a billion random numbers that loading would replace."""

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        if func in (nn.init.kaiming_uniform_, nn.init.uniform_, Tensor.uniform_):
            return args[0] if args else kwargs["tensor"]
        return func(*args, **(kwargs or {}))


def load_segmentation_network(path: Path, recipe: Recipe) -> tuple[SwinUNETR, Match]:
    """The network of recipe with the weights in path, in eval mode on the CPU.

    Raises:
        WeightsError: path cannot be read or does not provide all 159 parameters.
    """
    checkpoint = read_checkpoint(path)
    if checkpoint.recipe and checkpoint.recipe.task == "segmentation":
        _compare(checkpoint, "classes", checkpoint.recipe.out_channels, recipe.out_channels)
    with _NoInitialisation():
        network = build_network(recipe.preset, recipe.out_channels, recipe.merging)
    return network, _load(network, checkpoint, recipe)


def load_encoder(path: Path, recipe: Recipe) -> tuple[VoCoEncoder, Match]:
    """The encoder of recipe with the weights in path, in eval mode on the CPU.

    Weights of a segmentation network hold an encoder too.

    Raises:
        WeightsError: path cannot be read or does not provide all 137 parameters.
    """
    checkpoint = read_checkpoint(path)
    with _NoInitialisation():
        encoder = VoCoEncoder(recipe.preset, recipe.merging)
    return encoder, _load(encoder, checkpoint, recipe)


def load_projection_head(checkpoint: Checkpoint, owner: str = "teacher") -> ProjectionHead | None:
    """A projection head of checkpoint, in eval mode on the CPU; None if it has none.

    The published VoCo_{B,L,H}_SSL_head.pt have none.

    Args:
        checkpoint: as read_checkpoint gives it.
        owner: "teacher" or "student".

    Raises:
        WeightsError: the head is incomplete, or not made for the encoder beside it.
    """
    weights = _head_of(checkpoint, owner)
    if not weights:
        return None
    feature_size = _size(checkpoint.weights, _EMBEDDING)
    head = ProjectionHead(24 * feature_size, _size(weights, "layer1.0.weight"))
    match = _match(dict(head.named_parameters()), weights)
    if match.matched < match.expected or match.unexpected:
        wrong = [f"{name} is missing" for name in match.missing] + list(match.mismatched)
        wrong += [f"{name} is unknown" for name in match.unexpected]
        raise WeightsError(
            f"{checkpoint.path} ({checkpoint.layout}) has no usable projection head: "
            f"{few(wrong)} ({match}).",
            "The file is incomplete or was changed; use the original.",
        )
    head.load_state_dict(weights)
    return head.eval()


def width_of_heads(checkpoint: Checkpoint) -> int:
    """How wide the projections of a checkpoint with heads are."""
    weights = _head_of(checkpoint, "teacher") or _head_of(checkpoint, "student")
    return _size(weights, "layer1.0.weight")


def _head_of(checkpoint: Checkpoint, owner: str) -> dict[str, Tensor]:
    """The weights of a head under ProjectionHead's names."""
    prefix = re.compile(rf"{owner}\.(proj_head\.)?")  # v1: whole networks
    return {prefix.sub("", n, 1): t for n, t in checkpoint.heads.items() if prefix.match(n)}


def _load(network: nn.Module, checkpoint: Checkpoint, recipe: Recipe) -> Match:
    if checkpoint.recipe:
        _compare(checkpoint, "preset", checkpoint.recipe.preset, recipe.preset)
        _compare(checkpoint, "PatchMerging", checkpoint.recipe.merging, recipe.merging)
        own, other = checkpoint.recipe.preprocessing, recipe.preprocessing
        for what in ("spacing", "hu_window", "foreground_crop"):
            _compare(checkpoint, what, getattr(own, what), getattr(other, what))
    parameters = dict(network.named_parameters())
    match = _match(parameters, checkpoint.weights)
    if match.matched < match.expected:
        _refuse(checkpoint, parameters, match)
    fitting = {name: checkpoint.weights[name] for name in parameters}
    network.load_state_dict(fitting, strict=False, assign=True)  # all but the index buffers
    network.eval()
    return match


def initialise(network: nn.Module, checkpoint: Checkpoint) -> Match:
    """Copies into network what fits, as the start of a training; the rest stays as it is.

    Args:
        network: a SwinUNETR or VoCoEncoder, changed in place.
        checkpoint: must provide at least the whole encoder (137 tensors).

    Raises:
        WeightsError: it does not, or its PatchMerging is not the network's.
    """
    if checkpoint.recipe:
        legacy = any(isinstance(module, LegacyPatchMerging) for module in network.modules())
        merging = "legacy" if legacy else "current"
        _compare(checkpoint, "PatchMerging", checkpoint.recipe.merging, merging)
    parameters = dict(network.named_parameters())
    encoder = {name: p for name, p in parameters.items() if _ENCODER.match(name)}
    start = _match(encoder, checkpoint.weights)
    if start.matched < start.expected:
        _refuse(checkpoint, encoder, start)
    with torch.no_grad():
        for name, parameter in parameters.items():
            tensor = checkpoint.weights.get(name)
            if tensor is not None and tensor.shape == parameter.shape:
                parameter.copy_(tensor)
    return _match(parameters, checkpoint.weights)


def _compare(checkpoint: Checkpoint, what: str, found: object, expected: object) -> None:
    if found != expected:
        raise WeightsError(
            f"{checkpoint.path} was saved for {what} {found}, but {what} {expected} is asked for.",
            "Use it with the description (recipe) in its own metadata.",
        )


def _match(parameters: Mapping[str, Tensor], weights: Mapping[str, Tensor]) -> Match:
    missing = [name for name in parameters if name not in weights]
    mismatched = [
        f"{name}: {_shape(weights[name])} instead of {_shape(parameter)}"
        for name, parameter in parameters.items()
        if name in weights and weights[name].shape != parameter.shape
    ]
    return Match(
        matched=len(parameters) - len(missing) - len(mismatched),
        expected=len(parameters),
        missing=tuple(missing),
        mismatched=tuple(mismatched),
        unexpected=tuple(name for name in weights if name not in parameters),
    )


def _refuse(checkpoint: Checkpoint, parameters: Mapping[str, Tensor], match: Match) -> NoReturn:
    reason, hint = _misfit(checkpoint.weights, parameters, match)
    raise WeightsError(
        f"{checkpoint.path} ({checkpoint.layout}) does not fit: {reason} ({match}).", hint
    )


def _misfit(
    weights: Mapping[str, Tensor], parameters: Mapping[str, Tensor], match: Match
) -> tuple[str, str]:
    """Why weights do not fit parameters, most telling reason first, and what to do."""
    if not any(map(SWIN_UNETR.match, weights)):
        return f"it is of another architecture, with {few(list(weights))}", _HINT_ARCHITECTURE
    if "swinViT.layers1c.0.layer.conv1.conv.weight" not in weights:
        return "it is a SwinUNETR without the residual blocks of use_v2", _HINT_ARCHITECTURE
    presets = {size: preset for preset, size in FEATURE_SIZES.items()}
    found, expected = _size(weights, _EMBEDDING), _size(parameters, _EMBEDDING)
    if found and found != expected:
        names = [f"{size} (preset {presets.get(size, 'unknown')})" for size in (found, expected)]
        return f"its feature size is {names[0]}, not {names[1]}", "Choose the matching preset."
    found, expected = _size(weights, _EMBEDDING, 1), _size(parameters, _EMBEDDING, 1)
    if found and found != expected:
        return f"it takes {found} input channels, not {expected}", "Use weights for plain CT."
    if _OUTPUT in parameters and not any(name.startswith("decoder") for name in weights):
        return (
            "this is a pre-trained encoder without a decoder",
            "It can start a fine-tuning; to segment, use fine-tuned weights such as VoComni_B.",
        )
    found, expected = _size(weights, _OUTPUT), _size(parameters, _OUTPUT)
    if _OUTPUT in parameters and found and found != expected:
        return (
            f"it has {found} classes with the background, not {expected}",
            "Import it with its own label table.",
        )
    wrong = [f"{name} is missing" for name in match.missing] + list(match.mismatched)
    return few(wrong), "The file is incomplete or was changed; use the original."


def _size(tensors: Mapping[str, Tensor], name: str, axis: int = 0) -> int:
    """Length of an axis of a weight, 0 if there is none."""
    return tensors[name].shape[axis] if name in tensors and tensors[name].dim() > axis else 0


def _shape(tensor: Tensor) -> str:
    return "x".join(map(str, tensor.shape))
