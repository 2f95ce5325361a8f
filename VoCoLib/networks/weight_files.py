"""Reads the tensors in a file of weights, whatever its container, without unpickling."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, NoReturn
from zipfile import BadZipFile, ZipFile, is_zipfile

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from VoCoLib.errors import WeightsError

OWN_CHECKPOINT = "checkpoint of a training of this project"
_WRAPPERS = ("state_dict", "network_weights", "net", "model")

_SIGNATURES = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"\x1f\x8b", "a gzip file (a NIfTI image?)"),
    (b"version https://git-lfs", "a Git LFS pointer, not the file it points to"),
    (b"<", "a web page or XML (a failed download?)"),
)

_HINT_OTHER_FILE = "Choose a file of weights: .pt, .pth, .safetensors or a MONAI bundle."

_HINT_DAMAGED = "Copy or download it again."


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


def read_file(path: Path) -> tuple[str, dict[str, Tensor], dict[str, str]]:
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
                content = _torch_load(stream, path)
                return _container(content), _unwrap(content, path), {}
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


def read_bundle(folder: Path) -> tuple[str, dict[str, Tensor], dict[str, str]]:
    """What read_file returns, of the folder of a MONAI bundle."""
    model = folder / "models" / "model.pt"
    if model.is_file():
        return "MONAI bundle: ", read_file(model)[1], {}
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
        content = _torch_load(stream, path)
        return _container(content), content
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


def _container(content: Any) -> str:
    """What a file written by torch.save is, as far as its keys tell."""
    keys = content.keys() if isinstance(content, dict) else set()
    return OWN_CHECKPOINT if keys >= {"format", "step", "notes", "model", "optimizer"} else ""


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
        raise WeightsError(f"{path} holds no weights, only {few([str(k) for k in content])}.")
    return tensors


def few(names: list[str]) -> str:
    """The first three names and how many more there are."""
    rest = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + rest
