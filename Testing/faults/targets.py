"""The commands that the faults are tried on: what each is given, and what its results are."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import finetuning_runs
import nibabel as nib
import numpy as np
import pretraining_runs
import pydicom
import torch
from dicom_files import write_series
from PIL import Image
from safetensors.numpy import load_file
from training_files import AFFINE, make_ct, make_labels, write, write_cases

from VoCoLib.images.volumes import read_label_map
from VoCoLib.networks.checkpoints import save_checkpoint
from VoCoLib.networks.swin_unetr import build_network
from VoCoLib.recipe import Code, Label, Preprocessing, Recipe

WORKER = "worker"
_CODE = Code("SCT", "91723000", "Anatomical Structure")
_CHECKED = ("cache/", "tmp/", "home/queue/")
_VOLATILE = {"seconds", "seconds_per_step", "time", "elapsed", "host", "started", "ended", "pid"}


@dataclass(frozen=True)
class Target:
    """A command of voco, or a request to its worker.

    Attributes:
        name: shown in the table; "worker" if the arguments are a request's fields.
        arguments: from the folder of the inputs and the case's own folder.
        again: of the command that goes on after a fault; by default the same.
    """

    name: str
    arguments: Callable[[Path, Path], list[Any]]
    again: Callable[[Path, Path], list[Any]] | None = None


def make_inputs(folder: Path) -> None:
    """What all targets read; nothing is written there later."""
    write(folder / "ct.nii.gz", make_ct(1))
    np.save(folder / "ct.npy", make_ct(1).astype(np.float32))
    write(folder / "several" / "a.nii.gz", make_ct(1))
    write(folder / "several" / "b.nii.gz", make_ct(2))
    write(folder / "labels" / "a.nii.gz", make_labels(make_ct(1)))
    write_series(folder / "dicom")
    labels = tuple(Label(v, f"Part {v}", _CODE, _CODE, (80 * v, 20, 20)) for v in (1, 2))
    window = Preprocessing((6.0,) * 3, (-175.0, 250.0), (64, 32, 32))
    recipe = Recipe("segmentation", "tiny", "current", window, labels)
    save_checkpoint(
        folder / "m.safetensors", build_network("tiny", 3, "current").state_dict(), recipe, {}
    )
    write_cases(folder / "pretraining", 3)
    finetuning_runs.write_data(folder / "finetuning", 3)


def _segment(*options: str, source: str = "ct.nii.gz", target: str = "out") -> Target:
    def arguments(inputs: Path, case: Path) -> list[Any]:
        start = ["segment", inputs / source, "-m", inputs / "m.safetensors"]
        return [*start, "-o", case / target, *options, "--json"]

    return Target(" ".join(["segment", source, *options]), arguments)


def _worker(inputs: Path, case: Path) -> list[Any]:
    fields = {
        "model": inputs / "m.safetensors",
        "image": inputs / "ct.npy",
        "labels": case / "labels.npy",
    }
    request = {"id": 1, "request": "segment", "affine": AFFINE.tolist()}
    return [json.dumps({**request, **{key: str(path) for key, path in fields.items()}})]


def _pretrain(inputs: Path, case: Path) -> list[Any]:
    settings = pretraining_runs.make_settings(
        case, data=str(inputs / "pretraining"), held_back=0.3, save_every=1, measure_every=2
    )
    return [*pretraining_runs.arguments_of(settings, case / "run"), "--json"]


def _finetune(inputs: Path, case: Path) -> list[Any]:
    settings = finetuning_runs.make_settings(
        case, data=str(inputs / "finetuning"), save_every=1, measure_every=2
    )
    return [*finetuning_runs.arguments_of(settings, case / "run"), "--json"]


def _position(inputs: Path, case: Path) -> list[Any]:
    start = ["positions", inputs / "ct.nii.gz", "-m", "demo-torso-voco", "-o", case / "out"]
    return [*start, "--at", "0,0,0", "--json"]


def _evaluate(inputs: Path, case: Path) -> list[Any]:
    start = ["evaluate", inputs / "labels", inputs / "labels", "-m", inputs / "m.safetensors"]
    return [*start, "-o", case / "scores.csv", "--json"]


TARGETS = (
    _segment(),
    _segment(source="several"),
    _segment("--format", "nii.gz", "--probabilities"),
    _segment("--one-file-per-structure"),
    _segment(source="dicom", target="out.dcm"),
    Target("positions", _position),
    Target("evaluate", _evaluate),
    Target(
        "models import",
        lambda inputs, case: [
            "models",
            "import",
            inputs / "m.safetensors",
            "-m",
            "own-model",
        ],
    ),
    Target(
        "models download",
        lambda inputs, case: [
            "models",
            "download",
            "VoComni_B",
            "--accept-licence",
            "--json",
        ],
    ),
    Target(WORKER, _worker),
    Target("pretrain", _pretrain, lambda i, c: [*_pretrain(i, c), "--resume"]),
    Target("finetune", _finetune, lambda i, c: [*_finetune(i, c), "--resume"]),
)


def results(case: Path) -> dict[str, str]:
    """What a user would find: a digest of the content of each file, by its name in the folder.

    Left out are hidden files and temporary ones, prepared volumes and places in the queue (which
    the program itself checks before it uses them), and what a run notes about time.

    Raises:
        Exception: a file cannot be read, so that it is half-written.
    """
    found = {}
    for path in sorted(case.rglob("*")):
        name = path.relative_to(case).as_posix()
        if path.is_file() and not is_temporary(name) and not name.startswith(_CHECKED):
            found[name] = hashlib.sha256(_content(path)).hexdigest()
    return found


def is_temporary(name: str) -> bool:
    """Whether a file has a name that nobody takes for a result."""
    parts = name.split("/")
    hidden = any(part.startswith(".") for part in parts)
    claim = re.fullmatch(r"pid\.[0-9a-f]{32}", parts[-1])  # of an owner who could not finish it
    return bool(hidden or claim or parts[-1].endswith((".tmp", ".lock", ".part")))


def _content(path: Path) -> bytes:
    """What counts in a file."""
    name = path.name
    if name.endswith(".dcm"):
        return pydicom.dcmread(path).pixel_array.tobytes()
    if name.endswith(".seg.nrrd"):
        labels, affine = read_label_map(path)
        return labels.tobytes() + np.round(affine, 4).tobytes()
    if name.endswith(".nii.gz"):
        return np.asarray(nib.load(path).dataobj).tobytes()
    if name.endswith(".safetensors"):
        tensors = load_file(path)
        return b"".join(key.encode() + tensors[key].tobytes() for key in sorted(tensors))
    if name.endswith(".pt") and "checkpoints" in path.parts:
        return _tensors(torch.load(path, weights_only=True))
    if name.endswith(".png"):
        return Image.open(path).convert("RGB").tobytes()
    if name.endswith(".csv"):
        rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
        assert rows and len({len(row) for row in rows}) == 1, f"{name} ends in a row"
        return b"" if path.parent.name == "run" else json.dumps(rows).encode()
    if name.endswith(".json"):
        data = json.loads(path.read_text(encoding="utf-8"))
        return b"" if path.parent.name == "run" else json.dumps(_lasting(data)).encode()
    return b"" if path.parent.name == "run" else path.read_bytes()


def _tensors(data: Any) -> bytes:
    """All tensors of a checkpoint, which also notes times."""
    if isinstance(data, torch.Tensor):
        return data.contiguous().numpy().tobytes()
    items = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    return b"".join(map(_tensors, items))


def _lasting(data: Any) -> Any:
    """Without what depends on the hour."""
    if isinstance(data, dict):
        return {k: _lasting(v) for k, v in sorted(data.items()) if k not in _VOLATILE}
    return [_lasting(item) for item in data] if isinstance(data, list) else data
