"""Reads every known layout of VoCo weights without unpickling, loads them, and writes our own."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor

from VoCoLib.errors import OutputError, WeightsError
from VoCoLib.files import discard, reason_of
from VoCoLib.networks.weight_files import OWN_CHECKPOINT, few, read_bundle, read_file
from VoCoLib.recipe import Recipe, recipe_from_json

SWIN_UNETR = re.compile(r"(swinViT|encoder(1|2|3|4|10)|decoder[1-5]|out)\.")
_KEY = re.compile(r"(?:module\.)*(?:(backbone|student|teacher)\.)?(?:(swin_vit)\.)?(.*)", re.DOTALL)
_INDEX = "relative_position_index"  # 8 deterministic buffers, neither weights nor worth a byte


@dataclass(frozen=True)
class Checkpoint:
    """The weights of one file, whatever its layout was.

    Attributes:
        path: the file or the folder of a MONAI bundle.
        layout: what the file is, for people.
        weights: float32 tensors under SwinUNETR's names (swinViT.*, encoder*.*, decoder*.*, out.*).
        heads: projection heads, "student.layer1.0.weight" (v2) or
            "student.proj_head.layer1.0.weight" (v1); empty if there are none.
        recipe: of our own files, else None.
        training: record of the training, of our own files, else empty.
        of_run: whether a training of this project goes on from it.
        unused: tensors, and numbers in them, of a network that was not taken (v1: the student).
    """

    path: Path
    layout: str
    weights: dict[str, Tensor]
    heads: dict[str, Tensor]
    recipe: Recipe | None
    training: dict[str, Any]
    of_run: bool = False
    unused: tuple[int, int] = (0, 0)


# --- reading ---------------------------------------------------------------------------------


def read_checkpoint(path: Path) -> Checkpoint:
    """Reads the weights in path; code that a pickle may contain never runs.

    Layouts: SwinUNETR's own names; the same after "module."; VoCo v2 training ("backbone.", heads
    under "student." and "teacher."), Omni-supervised VoCo (all of SwinUNETR under "backbone.");
    VoCo v1 training (whole networks under "student." and "teacher."), of which the teacher, the
    average of the student, is taken, as the published v1 weights are teachers; each of them also
    inside "state_dict", "network_weights", "net" or "model". As torch or safetensors file or as
    MONAI bundle (folder, zip, or its model.pt).

    Args:
        path: a file, or the folder of a MONAI bundle.

    Raises:
        WeightsError: path is no checkpoint, is damaged, holds pickled code, or holds NaN.
    """
    path = Path(path)
    container, tensors, metadata = read_bundle(path) if path.is_dir() else read_file(path)
    layout, weights, heads, unused = _split(tensors, path)
    del tensors
    recipe, training = _own_metadata(metadata, path)
    of_run = container == OWN_CHECKPOINT
    return Checkpoint(
        path=path,
        layout=container if of_run else container + layout,
        of_run=of_run,
        weights=_float32(weights, path),
        heads=_float32(heads, path),
        recipe=recipe,
        training=training,
        unused=unused,
    )


def _split(
    tensors: Mapping[str, Tensor], path: Path
) -> tuple[str, dict[str, Tensor], dict[str, Tensor], tuple[int, int]]:
    """Layout, network under SwinUNETR's names, heads under their own, and size of what is left."""
    networks: dict[str, dict[str, Tensor]] = {"": {}, "backbone": {}, "student": {}, "teacher": {}}
    heads: dict[str, Tensor] = {}
    for key, tensor in tensors.items():
        owner, old_name, rest = _KEY.match(key).groups(default="")  # type: ignore[union-attr]
        name = f"swinViT.{rest}" if old_name else rest
        target = networks[owner]
        if owner in ("student", "teacher") and not SWIN_UNETR.match(name):
            target, name = heads, f"{owner}.{name}"
        if name in target:
            raise WeightsError(f"{path} holds {name} twice, under different prefixes.")
        if not name.endswith(_INDEX):
            target[name] = tensor
    owners = [o for o, network in networks.items() if any(map(SWIN_UNETR.match, network))]
    unused = (0, 0)
    if "teacher" in owners and "student" in owners:
        owners.remove("student")
        student = networks["student"].values()
        unused = (len(student), sum(tensor.numel() for tensor in student))
    if len(owners) > 1:
        listed = few([f"{owner}.*" if owner else "swinViT.*" for owner in owners])
        raise WeightsError(f"{path} holds several networks ({listed}).", "Save one of them alone.")
    owner = owners[0] if owners else ""
    weights = {**networks[""], **networks[owner]}
    return _layout(owner, weights, heads), weights, heads, unused


def _layout(owner: str, weights: Mapping[str, Tensor], heads: Mapping[str, Tensor]) -> str:
    if owner in ("student", "teacher"):
        return f"VoCo v1 training checkpoint (student and teacher networks; {owner} taken)"
    decoder = any(name.startswith(("decoder", "out.")) for name in weights)
    if owner == "backbone":
        if decoder:
            return "Omni-supervised VoCo checkpoint (SwinUNETR as backbone)"
        if heads:
            return "VoCo v2 training checkpoint (backbone, student and teacher heads)"
        return "VoCo v2 backbone"
    if not any(map(SWIN_UNETR.match, weights)):
        return "weights of another architecture"
    network = "SwinUNETR" if decoder else "VoCo encoder"
    return f"{network} with projection heads" if heads else network


def _float32(tensors: dict[str, Tensor], path: Path) -> dict[str, Tensor]:
    """Floating-point tensors as finite float32; integer buffers are no weights and left out."""
    weights = {}
    for name in list(tensors):
        tensor = tensors.pop(name).detach()
        if not tensor.is_floating_point() or tensor.layout is not torch.strided:
            continue
        weights[name] = tensor.to(torch.float32)
        if not torch.isfinite(weights[name]).all():
            raise WeightsError(
                f"{path} is unusable: {name} holds NaN or infinite values.",
                "The training diverged or the file is damaged; use an earlier checkpoint.",
            )
    return weights


def _own_metadata(metadata: Mapping[str, str], path: Path) -> tuple[Recipe | None, dict[str, Any]]:
    if metadata.get("format") != "voco":
        return None, {}
    if metadata.get("format_version") != "1":
        raise WeightsError(
            f"{path} has format version {metadata.get('format_version')}, this program reads 1.",
            "Update the VoCo extension.",
        )
    try:
        recipe = recipe_from_json(json.loads(metadata["recipe"]))
        training = dict(json.loads(metadata["training"]))
    except (KeyError, TypeError, ValueError) as error:
        raise WeightsError(f"{path} has an invalid description of its model: {error}.") from error
    return recipe, training


# --- loading ---------------------------------------------------------------------------------


# --- writing ---------------------------------------------------------------------------------


def save_checkpoint(
    path: Path, network_state: Mapping[str, Tensor], recipe: Recipe, training: Mapping[str, Any]
) -> None:
    """Writes weights as float16 safetensors, whole or not at all.

    Args:
        path: the file, replaced if it exists.
        network_state: state_dict of a SwinUNETR or VoCoEncoder, projection heads added under
            "student." and "teacher.".
        recipe: what else is needed to use the weights.
        training: what led to them (data, steps, scores); anything that json can write.

    Raises:
        OutputError: path cannot be written, or float16 cannot hold a weight.
    """
    half = {}
    for name, tensor in network_state.items():
        if not name.endswith(_INDEX):
            half[name] = tensor.detach().to("cpu", torch.float16).contiguous()
            if not torch.isfinite(half[name]).all():
                raise OutputError(
                    f"{path} was not written: {name} holds NaN or values beyond float16.",
                    "The training diverged; lower its learning rate.",
                )
    metadata = {
        "format": "voco",
        "format_version": "1",
        "recipe": json.dumps(recipe.to_json()),
        "training": json.dumps(dict(training)),
    }
    path = Path(path)
    part = path.with_name(f"{path.name}.part")
    try:
        # not save_file, which makes a file that only its owner can read
        part.write_bytes(save(half, metadata))
        os.replace(part, path)
    except OSError as error:
        discard(part)
        raise OutputError(
            f"{path} could not be written: {reason_of(error)}.",
            "Free some space or choose another folder.",
        ) from error
