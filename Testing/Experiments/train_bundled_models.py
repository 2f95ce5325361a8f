"""Trains the bundled models that segment: demo-torso, and openkbp-headneck on OpenKBP patients.

    python Testing/Experiments/train_bundled_models.py demo-torso --steps 900
    python Testing/Experiments/train_bundled_models.py openkbp-headneck --data FOLDER --steps 3400

Both are a `voco finetune` with the settings below. OUT/MODEL is its run folder, and
package_bundled_models.py scores the model.safetensors there and writes the bundled file and its
card. (The models that are bundled now were made by an earlier loop with the same patches and loss.)
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import nibabel
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from VoCoLib.cli.finetune import measured  # noqa: E402
from VoCoLib.cli.training import run_command  # noqa: E402
from VoCoLib.images.phantom import make_phantom  # noqa: E402
from VoCoLib.models.catalogue import Catalogue  # noqa: E402
from VoCoLib.runs.folder import RunFolder  # noqa: E402
from VoCoLib.training.finetuning.run import finetune  # noqa: E402
from VoCoLib.training.finetuning.settings import settings_from  # noqa: E402

COMMON = {
    "patch": (64, 64, 64),
    "batch": 1,
    "learning_rate": 8e-4,
    "warmup": 50,
    "weighted_steps": 0,
    "precision": "bfloat16",
    "save_every": 100,
}


def write_phantoms(folder: Path, count: int) -> Path:
    """Phantoms of the seeds 1000, 1001, ... (the demonstration and the tests use others)."""
    labels = Catalogue().get("demo-torso").recipe.labels
    names = {"0": "background", **{str(label.value): label.name for label in labels}}
    items = []
    for seed in range(1000, 1000 + count):
        size = np.random.default_rng(seed).uniform((330, 250, 220), (390, 300, 310))
        phantom = make_phantom(seed, size_mm=tuple(size))
        item = {"image": f"imagesTr/{seed}.nii.gz", "label": f"labelsTr/{seed}.nii.gz"}
        for name, array in zip(item.values(), (phantom.image, phantom.label), strict=True):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            nibabel.save(nibabel.Nifti1Image(array, phantom.affine), folder / name)
        items.append(item)
    description = folder / "dataset.json"
    description.write_text(json.dumps({"labels": names, "training": items}), encoding="utf-8")
    return description


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", choices=("demo-torso", "openkbp-headneck"))
    parser.add_argument("--data", type=Path, help="the openkbp folder")
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--weighted-steps", type=int, default=0)
    parser.add_argument("--phantoms", type=int, default=150)
    parser.add_argument("--learning-rate", type=float, default=8e-4)
    parser.add_argument("--start", default="scratch", help="weights to start from")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("runs"))
    args = parser.parse_args()
    preprocessing = Catalogue().get(args.model).recipe.preprocessing
    values = {
        **COMMON,
        **{name: getattr(args, name) for name in ("steps", "weighted_steps", "start", "seed")},
        "learning_rate": args.learning_rate,
        "spacing": preprocessing.spacing,
        "hu_window": preprocessing.hu_window,
    }
    if args.model == "demo-torso":
        values["data"] = str(write_phantoms(args.out / "phantoms", args.phantoms))
        values["validation"] = "0"
    else:
        values["data"] = values["validation"] = str(args.data / "splits.json")
        values |= {"contoured": str(args.data / "cases.csv"), "mirror": True}
    folder = RunFolder(args.out / args.model)
    with run_command(folder, False, measured) as sink:
        finetune(settings_from(values), folder, sink, resume=True)


if __name__ == "__main__":
    main()
