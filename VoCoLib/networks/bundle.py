"""Writes a model as a MONAI Bundle that MONAI runs by itself, without this project."""

from __future__ import annotations

import inspect
import json
import os
import shutil
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from VoCoLib.errors import OutputError
from VoCoLib.files import reason_of
from VoCoLib.networks import swin_unetr
from VoCoLib.recipe import FEATURE_SIZES, Recipe

_SCHEMA = (
    "https://github.com/Project-MONAI/MONAI-extra-test-data/releases/download/0.8.1/"
    "meta_schema_20240725.json"
)
_README = """\
# CT segmentation: {structures}

Not for clinical use. Trained with VoCo for 3D Slicer, starting from {start}. Steps: {steps}.
Training cases: {cases}.{dice}

```sh
pip install "monai[fire]>=1.5.1" einops nibabel
python -m monai.bundle run --bundle_root . --config_file configs/inference.json \\
    --meta_file configs/metadata.json --image CT.nii.gz --output_dir FOLDER
```

CT.nii.gz is a CT in HU; --dataset_dir instead of --image takes a folder of them. FOLDER gets a
label map for each, on its own grid:

| value | structure |
|---|---|
{table}
"""
_LEGACY_README = """
The weights that the training started from need the PatchMerging of MONAI 1.4 and older, which newer
versions no longer have. It is in scripts/merging.py.
"""
_LICENCE = """\
Whoever trained these weights decides on their licence and writes it here before passing them on.
Until then nobody else may use them.

The terms of what they were made from go on to apply: those of the training data, and of the weights
that the training started from.

Started from: {start}
Licence of those weights: {licence}
"""
_MERGING = '''"""PatchMerging as MONAI 1.4 and older compute it; the weights need it."""

import torch
import torch.nn.functional as F
from monai.networks.nets.swin_unetr import PatchMerging
from torch import Tensor

LEGACY_ORDER = {order}


{source}'''


def write_bundle(
    folder: Path,
    weights: Mapping[str, Tensor],
    recipe: Recipe,
    training: Mapping[str, Any],
    licence: str,
) -> None:
    """Writes a folder that MONAI's bundle runner can run; one that is there is replaced.

    Args:
        folder: of the bundle.
        weights: state_dict of a network from build_network.
        recipe: of a segmentation model.
        training: what led to the weights: start, steps, cases and, where it was measured, dice.
        licence: of the weights that the training started from; empty for random ones.

    Raises:
        OutputError: it cannot be written.
    """
    part = folder.with_name(f"{folder.name}.part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        (part / "models").mkdir(parents=True)
        torch.save(
            {name: tensor.cpu() for name, tensor in weights.items()}, part / "models/model.pt"
        )
        for name, text in _texts(recipe, training, licence).items():
            (part / name).parent.mkdir(exist_ok=True)
            # a path that is not UTF-8 may be what the training started from
            (part / name).write_text(text, "utf-8", errors="backslashreplace", newline="\n")
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(part, folder)
    except (OSError, RuntimeError) as error:  # RuntimeError: torch.save on a full disk
        shutil.rmtree(part, ignore_errors=True)
        reason = reason_of(error) if isinstance(error, OSError) else error
        raise OutputError(
            f"The bundle {folder} cannot be written: {reason}.", "Free some space and resume."
        ) from error


def _texts(recipe: Recipe, training: Mapping[str, Any], licence: str) -> dict[str, str]:
    """The text files of a bundle, by their paths."""
    dice = f" Mean Dice on cases held back: {training['dice']:.3f}." if "dice" in training else ""
    readme = _README.format(
        structures=", ".join(label.name for label in recipe.labels),
        table="\n".join(f"| {label.value} | {label.name} |" for label in recipe.labels),
        start=training["start"],
        steps=training["steps"],
        cases=training["cases"],
        dice=dice,
    )
    terms = _LICENCE.format(
        start=training["start"], licence=licence or "none is needed, they were random"
    )
    configs = {  # in ASCII: MONAI opens them in the system's encoding
        "configs/inference.json": json.dumps(inference_config(recipe), indent=2) + "\n",
        "configs/metadata.json": json.dumps(_metadata(recipe, training), indent=2) + "\n",
    }
    if recipe.merging == "current":
        return {**configs, "docs/README.md": readme, "LICENSE": terms}
    source = inspect.getsource(swin_unetr.LegacyPatchMerging)
    return {
        **configs,
        "docs/README.md": readme + _LEGACY_README,
        "LICENSE": terms,
        "scripts/__init__.py": "",
        "scripts/merging.py": _MERGING.format(order=swin_unetr.LEGACY_ORDER, source=source),
    }


def inference_config(recipe: Recipe) -> dict[str, Any]:
    """configs/inference.json: what MONAI does with a CT, in the parts that its tools look for."""
    legacy = ["$from scripts.merging import LegacyPatchMerging"]
    return {
        "imports": ["$import glob", *(legacy if recipe.merging == "legacy" else [])],
        "bundle_root": ".",
        "dataset_dir": "",
        "image": "",
        "output_dir": "$@bundle_root + '/eval'",
        "images": "$[@image] if @image else sorted(glob.glob(@dataset_dir + '/*.nii*'))",
        "device": "$torch.device('cuda' if torch.cuda.is_available() else 'cpu')",
        "network_def": _network(recipe),
        "weights": "$torch.load(@bundle_root + '/models/model.pt', map_location='cpu')",
        "network": "$(@network_def.load_state_dict(@weights), @network_def.eval().to(@device))[1]",
        "preprocessing": {"_target_": "Compose", "transforms": _preprocessing(recipe)},
        "dataset": {
            "_target_": "Dataset",
            "data": "$[{'image': image} for image in @images]",
            "transform": "@preprocessing",
        },
        "inferer": {
            "_target_": "SlidingWindowInferer",
            "roi_size": list(recipe.preprocessing.patch),
            "sw_batch_size": 1,
            "overlap": recipe.preprocessing.overlap,
            "mode": "gaussian",
        },
        "postprocessing": {"_target_": "Compose", "transforms": _postprocessing()},
        "segment": "$lambda item: @postprocessing({**item, 'pred': "
        "@inferer(item['image'][None].to(@device), @network)[0]})",
        "dataloader": {"_target_": "DataLoader", "dataset": "@dataset", "batch_size": 1},
        "evaluator": {  # for programs that drive bundles; what runs here needs no ignite
            "_target_": "SupervisedEvaluator",
            "device": "@device",
            "val_data_loader": "@dataloader",
            "network": "@network",
            "inferer": "@inferer",
            "postprocessing": "@postprocessing",
        },
        "run": [
            "$torch.set_grad_enabled(False)",
            "$[@segment(item) and None for item in @dataset]",
        ],
    }


def _network(recipe: Recipe) -> dict[str, Any]:
    network: dict[str, Any] = {
        "_target_": "SwinUNETR",
        "in_channels": 1,
        "out_channels": recipe.out_channels,
        "feature_size": FEATURE_SIZES[recipe.preset],
        "use_v2": True,
    }
    if recipe.merging == "legacy":
        network["downsample"] = "$LegacyPatchMerging"
    return network


def _preprocessing(recipe: Recipe) -> list[dict[str, Any]]:
    settings = recipe.preprocessing
    steps: list[dict[str, Any]] = [
        {"_target_": "LoadImaged", "keys": "image"},
        {"_target_": "EnsureChannelFirstd", "keys": "image"},
        {"_target_": "Orientationd", "keys": "image", "axcodes": "RAS", "labels": None},
        {"_target_": "Spacingd", "keys": "image", "pixdim": list(settings.spacing)},
        {
            "_target_": "ScaleIntensityRanged",
            "keys": "image",
            "a_min": settings.hu_window[0],
            "a_max": settings.hu_window[1],
            "b_min": 0,
            "b_max": 1,
            "clip": True,
        },
    ]
    if settings.foreground_crop:
        crop = {"keys": "image", "source_key": "image", "allow_smaller": True}
        steps.append({"_target_": "CropForegroundd", **crop})
    return steps


def _postprocessing() -> list[dict[str, Any]]:
    return [
        {
            "_target_": "Invertd",
            "keys": "pred",
            "transform": "@preprocessing",
            "orig_keys": "image",
            "nearest_interp": False,
        },
        {"_target_": "AsDiscreted", "keys": "pred", "argmax": True},
        {
            "_target_": "SaveImaged",
            "keys": "pred",
            "output_dir": "@output_dir",
            "output_postfix": "seg",
            "output_dtype": "$np.uint8",
            "resample": False,
            "separate_folder": False,
        },
    ]


def _metadata(recipe: Recipe, training: Mapping[str, Any]) -> dict[str, Any]:
    """configs/metadata.json, in MONAI's format."""
    names = {"0": "background"} | {str(label.value): label.name for label in recipe.labels}
    common = {
        "type": "image",
        "spatial_shape": list(recipe.preprocessing.patch),
        "dtype": "float32",
        "is_patch_data": True,
    }
    image = {
        **common,
        "format": "hounsfield",
        "modality": "CT",
        "num_channels": 1,
        "value_range": [0, 1],
        "channel_def": {"0": "image"},
    }
    prediction = {
        **common,
        "format": "segmentation",
        "num_channels": recipe.out_channels,
        "value_range": [],
        "channel_def": names,
    }
    return {
        "schema": _SCHEMA,
        "version": "1.0.0",
        "changelog": {"1.0.0": "first version"},
        "monai_version": version("monai"),
        "pytorch_version": str(torch.__version__).partition("+")[0],
        "numpy_version": version("numpy"),
        "required_packages_version": {"einops": version("einops"), "nibabel": version("nibabel")},
        "name": "CT segmentation, fine-tuned with VoCo",
        "task": "Segmentation of structures in CT",
        "description": f"Segments {', '.join(label.name for label in recipe.labels)} in CT.",
        "authors": "whoever trained it",
        "copyright": "see LICENSE",
        "intended_use": "Research; not for clinical use.",
        "training": dict(training),
        "network_data_format": {"inputs": {"image": image}, "outputs": {"pred": prediction}},
    }
