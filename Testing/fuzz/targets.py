"""What the campaign damages: a small valid file of each kind, and what reads it."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import nibabel as nib
import numpy as np
import SimpleITK as sitk  # noqa: N813
import torch
from dicom_files import AFFINE, enhanced, make_ct, save, write_series
from fuzz.mutations import Random, mutate, mutate_json

from VoCoLib.images.label_names import names_of
from VoCoLib.images.volumes import read_label_map, read_volume
from VoCoLib.locations import RESOURCES
from VoCoLib.models.descriptions import read_models
from VoCoLib.networks.checkpoints import read_checkpoint, save_checkpoint
from VoCoLib.recipe import Code, Label, Preprocessing, Recipe
from VoCoLib.runs.folder import RunFolder
from VoCoLib.training.data.datasets import find_cases
from VoCoLib.training.finetuning.plan import Plan, PlannedCase, read_plan
from VoCoLib.training.finetuning.settings import settings_from as finetuning_settings
from VoCoLib.training.pretraining.settings import settings_from as pretraining_settings
from VoCoLib.worker.process import _parse
from VoCoLib.worker.requests import Requests

CODE = Code("SCT", "91723000", "Anatomical Structure")
WINDOW = Preprocessing((6.0, 6.0, 6.0), (-175.0, 250.0), (64, 32, 32))
RECIPE = Recipe("segmentation", "tiny", "current", WINDOW, (Label(1, "A", CODE, CODE, (1, 2, 3)),))


@dataclass(frozen=True)
class Target:
    """A kind of file.

    Attributes:
        make: writes a valid file into a folder.
        read: reads it; raises a VoCoError, or ends.
        mutate: damages its content.
    """

    make: Callable[[Path], Path]
    read: Callable[[Path], object]
    mutate: Callable[[bytes, Random], bytes] = mutate


def _nifti(name: str, form: type = nib.Nifti1Image) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        nib.save(form(make_ct(), AFFINE), folder / name)
        return folder / name

    return make


def _itk(name: str, zipped: bool) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        image = sitk.GetImageFromArray(np.ascontiguousarray(make_ct().T))
        sitk.WriteImage(image, str(folder / name), zipped)
        return folder / name

    return make


def _slice(folder: Path) -> Path:
    """One slice of a series; the reader is given the series."""
    write_series(folder / "series")
    return sorted((folder / "series").iterdir())[4]


def _zip(folder: Path) -> Path:
    write_series(folder / "series")
    with zipfile.ZipFile(folder / "s.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for file in (folder / "series").iterdir():
            archive.write(file, file.name)
    return folder / "s.zip"


def _checkpoint(name: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        tensors = {f"layer{k}.weight": torch.ones(3, k + 1) for k in range(6)}
        if name.endswith("pt"):
            torch.save({"state_dict": tensors}, folder / name)
        else:
            save_checkpoint(folder / name, tensors, RECIPE, {})
        return folder / name

    return make


def _json(name: str, data: Callable[[Path], object]) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).write_text(json.dumps(data(folder)), encoding="utf-8")
        return folder / name

    return make


def _dataset(folder: Path) -> object:
    for name in ("a.nii", "b.nii"):
        _nifti(name)(folder)
    item = {"image": "a.nii", "label": "b.nii"}
    labels = {"background": 0, "Liver": 1}
    return {"labels": labels, "training": [item, item], "validation": [item]}


def _read_dataset(path: Path) -> object:
    return [*find_cases(path), *find_cases(path, "validation")]


def _config(values: dict[str, object]) -> Callable[[Path], object]:
    return lambda folder: {"data": str(folder), "steps": 10, **values}


def _read_config(settings: Callable[..., object]) -> Callable[[Path], object]:
    return lambda path: settings(RunFolder(path.parent).config())


def _plan(folder: Path) -> object:
    case = PlannedCase(str(folder / "a.nii"), str(folder / "b.nii"), (), ())
    return asdict(Plan(RECIPE, (0, 1), names_of({0: "a", 1: "b"}), "", (case,), (case,)))


def _request(folder: Path) -> object:
    return {
        "request": "estimate",
        "id": 1,
        "model": "demo-torso",
        "shape": [64, 64, 64],
        "affine": AFFINE.tolist(),
        "device": "cpu",
        "precision": "float32",
    }


def _read_request(path: Path) -> object:
    request = _parse(path.read_bytes())
    if request.get("request") in ("download", "import", "pretrain", "finetune"):
        return None
    return Requests().run(request, lambda item: None, lambda: False)


TARGETS: dict[str, Target] = {
    "nifti": Target(_nifti("a.nii"), read_volume),
    "nifti, gzip": Target(_nifti("a.nii.gz"), read_volume),
    "nifti-2": Target(_nifti("a.nii", nib.Nifti2Image), read_volume),
    "nifti label map": Target(_nifti("a.nii"), read_label_map),
    "analyze": Target(_nifti("a.hdr", nib.AnalyzeImage), read_volume),
    "mgz": Target(_nifti("a.mgz", nib.MGHImage), read_volume),
    "nrrd": Target(_itk("a.nrrd", False), read_volume),
    "nrrd, gzip": Target(_itk("a.nrrd", True), read_volume),
    "meta image": Target(_itk("a.mha", False), read_volume),
    "meta image, zlib": Target(_itk("a.mha", True), read_volume),
    "meta image, two files": Target(_itk("a.mhd", False), read_volume),
    "dicom slice": Target(_slice, lambda path: read_volume(path.parent)),
    "enhanced dicom": Target(lambda folder: save(enhanced(), folder / "e.dcm"), read_volume),
    "zipped dicom": Target(_zip, read_volume),
    "safetensors": Target(_checkpoint("a.safetensors"), read_checkpoint),
    "checkpoint": Target(_checkpoint("a.pt"), read_checkpoint),
    "catalogue": Target(
        _json("models.json", lambda _: json.loads((RESOURCES / "models.json").read_text("utf-8"))),
        read_models,
        mutate_json,
    ),
    "dataset": Target(_json("dataset.json", _dataset), _read_dataset, mutate_json),
    "pretraining config": Target(
        _json("config.json", _config({"preset": "tiny"})),
        _read_config(pretraining_settings),
        mutate_json,
    ),
    "finetuning config": Target(
        _json("config.json", _config({"start": "scratch"})),
        _read_config(finetuning_settings),
        mutate_json,
    ),
    "plan": Target(_json("plan.json", _plan), read_plan, mutate_json),
    "worker request": Target(_json("request.json", _request), _read_request, mutate_json),
}
