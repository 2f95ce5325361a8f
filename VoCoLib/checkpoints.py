"""Reads every known layout of VoCo weights without unpickling, loads them, and writes our own."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, NoReturn
from zipfile import BadZipFile, ZipFile, is_zipfile

import torch
from monai.networks.nets import SwinUNETR
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from VoCoLib.errors import OutputError, WeightsError
from VoCoLib.networks import LegacyPatchMerging, VoCoEncoder, build_network
from VoCoLib.pretraining import ProjectionHead
from VoCoLib.recipe import FEATURE_SIZES, Recipe, recipe_from_json

_ENCODER = re.compile(r"(swinViT|encoder(1|2|3|4|10))\.")
_SWIN_UNETR = re.compile(r"(swinViT|encoder(1|2|3|4|10)|decoder[1-5]|out)\.")
_KEY = re.compile(r"(?:module\.)*(?:(backbone|student|teacher)\.)?(?:(swin_vit)\.)?(.*)", re.DOTALL)
_EMBEDDING = "swinViT.patch_embed.proj.weight"  # (feature size, input channels, 2, 2, 2)
_OUTPUT = "out.conv.conv.weight"  # (classes, feature size, 1, 1, 1)
_WRAPPERS = ("state_dict", "network_weights", "net", "model")
_INDEX = "relative_position_index"  # 8 deterministic buffers, neither weights nor worth a byte

_SIGNATURES = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"\x1f\x8b", "a gzip file (a NIfTI image?)"),
    (b"version https://git-lfs", "a Git LFS pointer, not the file it points to"),
    (b"<", "a web page or XML (a failed download?)"),
)
_HINT_OTHER_FILE = "Choose a file of weights: .pt, .pth, .safetensors or a MONAI bundle."
_HINT_DAMAGED = "Copy or download it again."
_HINT_ARCHITECTURE = "Weights must come from MONAI's SwinUNETR with use_v2=True."


class _Ignored:
    """Stands for NumPy numbers in a checkpoint, such as a best score: read, never interpreted."""

    def __init__(self, *_: Any) -> None:
        pass

    def __setstate__(self, _: Any) -> None:
        pass


_NUMPY_NUMBERS: list[Callable[..., Any] | tuple[Callable[..., Any], str]] = [
    (_Ignored, "numpy.dtype"),
    (_Ignored, "numpy.core.multiarray.scalar"),
    (_Ignored, "numpy._core.multiarray.scalar"),
]


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
    """

    path: Path
    layout: str
    weights: dict[str, Tensor]
    heads: dict[str, Tensor]
    recipe: Recipe | None
    training: dict[str, Any]


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
    container, tensors, metadata = _read_bundle(path) if path.is_dir() else _read_file(path)
    layout, weights, heads = _split(tensors, path)
    del tensors
    recipe, training = _own_metadata(metadata, path)
    return Checkpoint(
        path=path,
        layout=container + layout,
        weights=_float32(weights, path),
        heads=_float32(heads, path),
        recipe=recipe,
        training=training,
    )


def _read_file(path: Path) -> tuple[str, dict[str, Tensor], dict[str, str]]:
    """Container, tensors as stored, and metadata of a file."""
    try:
        with path.open("rb") as stream:
            head = stream.read(512)
            if head[8:9] == b"{" and int.from_bytes(head[:8], "little") < 1 << 27:
                tensors, metadata = _read_safetensors(path)
                return "safetensors file: ", tensors, metadata
            stream.seek(0)
            if head.startswith(b"PK\x03\x04"):
                container, content = _read_zip(stream, path)
                return container, _unwrap(content, path), {}
            if head.startswith(b"\x80"):
                return "", _unwrap(_torch_load(stream, path), path), {}
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error.strerror or error}.") from error
    raise WeightsError(f"{path} is {_describe(head)}, not a checkpoint.", _HINT_OTHER_FILE)


def _describe(head: bytes) -> str:
    if not head:
        return "an empty file"
    for signature, description in _SIGNATURES:
        if head.startswith(signature):
            return description
    printable = sum(byte in b"\t\r\n" or 32 <= byte < 127 for byte in head)
    return "a text file" if printable > 0.9 * len(head) else "a file of unknown format"


def _read_safetensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            # clone: the tensors are views of the mapped file, which may be replaced or deleted
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118
            return tensors, file.metadata() or {}
    except SafetensorError as error:
        raise WeightsError(
            f"{path} is a damaged or truncated safetensors file: {error}.", _HINT_DAMAGED
        ) from error


def _read_bundle(folder: Path) -> tuple[str, dict[str, Tensor], dict[str, str]]:
    model = folder / "models" / "model.pt"
    if model.is_file():
        return "MONAI bundle: ", _read_file(model)[1], {}
    if (folder / "models" / "model.ts").is_file():
        _refuse_torchscript(folder)
    raise WeightsError(
        f"{folder} is a folder, not a checkpoint, and no MONAI bundle: it lacks models/model.pt.",
        _HINT_OTHER_FILE,
    )


def _read_zip(stream: BinaryIO, path: Path) -> tuple[str, Any]:
    """Container and unpickled content of a zip file: a torch checkpoint or a MONAI bundle."""
    if not is_zipfile(stream):
        raise WeightsError(f"{path} is truncated: its end is missing.", _HINT_DAMAGED)
    try:
        with ZipFile(stream) as archive:
            if damaged := archive.testzip():
                raise WeightsError(f"{path} is damaged: {damaged} has changed.", _HINT_DAMAGED)
            names = archive.namelist()
            bundled = next((n for n in names if f"/{n}".endswith("/models/model.pt")), None)
            model = BytesIO(archive.read(bundled)) if bundled else None
    except (BadZipFile, EOFError, RuntimeError, ValueError) as error:
        raise WeightsError(f"{path} is a damaged zip file: {error}.", _HINT_DAMAGED) from error
    if model:
        return "MONAI bundle: ", _torch_load(model, path)
    if any(name.endswith(("/constants.pkl", "models/model.ts")) for name in names):
        _refuse_torchscript(path)
    if any(name.endswith("/data.pkl") for name in names):
        stream.seek(0)
        return "", _torch_load(stream, path)
    listed = ", ".join(names[:3]) or "nothing"
    raise WeightsError(f"{path} is a zip file of {listed}, not a checkpoint.", _HINT_OTHER_FILE)


def _refuse_torchscript(path: Path) -> NoReturn:
    raise WeightsError(
        f"{path} holds TorchScript: a program with fixed weights, which would be run to be read.",
        "Use the models/model.pt of the same bundle.",
    )


def _torch_load(stream: BinaryIO, path: Path) -> Any:
    try:
        with torch.serialization.safe_globals(_NUMPY_NUMBERS):
            return torch.load(stream, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        _refuse_pickle(path, error)
    except Exception as error:  # damaged bytes can fail anywhere inside the unpickler
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise WeightsError(f"{path} is damaged or truncated: {reason}.", _HINT_DAMAGED) from error


def _refuse_pickle(path: Path, error: pickle.UnpicklingError) -> NoReturn:
    found = re.search(r"GLOBAL (\S+)", str(error))
    if found is None:
        raise WeightsError(
            f"{path} is a pickle that torch.save did not write, or is damaged.", _HINT_OTHER_FILE
        ) from error
    raise WeightsError(
        f"{path} holds a pickled object ({found[1]}) beside or instead of weights. To read it, "
        "code named in the file would have to run, so nothing was read.",
        "If you trust its origin, save the weights alone and use the new file: python -c "
        "\"import torch; c = torch.load('old.pt', map_location='cpu', weights_only=False); "
        "torch.save(c['state_dict'], 'new.pt')\"",
    ) from error


def _unwrap(content: Any, path: Path) -> dict[str, Tensor]:
    """The innermost dictionary of tensors."""
    for _ in range(4):  # a hand-made file could contain itself
        if isinstance(content, dict):
            inner = [content[key] for key in _WRAPPERS if isinstance(content.get(key), dict)]
            content = inner[0] if inner else content
    if not isinstance(content, dict):
        raise WeightsError(f"{path} holds a {type(content).__name__}, no named weights.")
    tensors = {str(key): value for key, value in content.items() if isinstance(value, Tensor)}
    if not tensors:
        raise WeightsError(f"{path} holds no weights, only {_few([str(k) for k in content])}.")
    return tensors


def _split(
    tensors: Mapping[str, Tensor], path: Path
) -> tuple[str, dict[str, Tensor], dict[str, Tensor]]:
    """Layout, network under SwinUNETR's names, and projection heads under their own."""
    networks: dict[str, dict[str, Tensor]] = {"": {}, "backbone": {}, "student": {}, "teacher": {}}
    heads: dict[str, Tensor] = {}
    for key, tensor in tensors.items():
        owner, old_name, rest = _KEY.match(key).groups(default="")  # type: ignore[union-attr]
        name = f"swinViT.{rest}" if old_name else rest
        target = networks[owner]
        if owner in ("student", "teacher") and not _SWIN_UNETR.match(name):
            target, name = heads, f"{owner}.{name}"
        if name in target:
            raise WeightsError(f"{path} holds {name} twice, under different prefixes.")
        if not name.endswith(_INDEX):
            target[name] = tensor
    owners = [o for o, network in networks.items() if any(map(_SWIN_UNETR.match, network))]
    if "teacher" in owners and "student" in owners:
        owners.remove("student")
    if len(owners) > 1:
        listed = _few([f"{owner}.*" if owner else "swinViT.*" for owner in owners])
        raise WeightsError(f"{path} holds several networks ({listed}).", "Save one of them alone.")
    owner = owners[0] if owners else ""
    weights = {**networks[""], **networks[owner]}
    return _layout(owner, weights, heads), weights, heads


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
    if not any(map(_SWIN_UNETR.match, weights)):
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


def load_projection_head(checkpoint: Checkpoint) -> ProjectionHead | None:
    """The teacher's projection head of checkpoint, in eval mode on the CPU; None if it has none.

    The published VoCo_{B,L,H}_SSL_head.pt have none.

    Raises:
        WeightsError: the head is incomplete, or not made for the encoder beside it.
    """
    prefix = re.compile(r"teacher\.(proj_head\.)?")  # v1: whole networks
    weights = {prefix.sub("", n, 1): t for n, t in checkpoint.heads.items() if prefix.match(n)}
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
            f"{_few(wrong)} ({match}).",
            "The file is incomplete or was changed; use the original.",
        )
    head.load_state_dict(weights)
    return head.eval()


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
    """Copies into network what fits, as the start of a fine-tuning; the rest stays as it is.

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
    if not any(map(_SWIN_UNETR.match, weights)):
        return f"it is of another architecture, with {_few(list(weights))}", _HINT_ARCHITECTURE
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
    return _few(wrong), "The file is incomplete or was changed; use the original."


def _size(tensors: Mapping[str, Tensor], name: str, axis: int = 0) -> int:
    """Length of an axis of a weight, 0 if there is none."""
    return tensors[name].shape[axis] if name in tensors and tensors[name].dim() > axis else 0


def _shape(tensor: Tensor) -> str:
    return "x".join(map(str, tensor.shape))


def _few(names: list[str]) -> str:
    rest = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + rest


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
        with contextlib.suppress(OSError):
            part.unlink()
        raise OutputError(
            f"{path} could not be written: {error.strerror or error}.",
            "Free some space or choose another folder.",
        ) from error
