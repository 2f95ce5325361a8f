"""Records how the measures of a training go where it learns, and where it cannot.

    python Testing/Experiments/learning_curves.py pretraining \
        -o Testing/fixtures/learning_curves.json
    python Testing/Experiments/learning_curves.py finetuning \
        -o Testing/fixtures/finetuning_curves.json

Pre-training: a network of milliseconds on phantoms of 48 x 48 x 16 voxels, with the labels as they
are, with those of each query shuffled over its bases, and with learning rates that teach nothing.
Fine-tuning: the tiny network on phantoms of 6 mm, with a learning rate that teaches and one that
teaches nothing (about 10 minutes on a core). One that is far too high is no curve: at 10 the
gradient is infinite in step 17, which ends the run, and at 0.3 it still learns. The rules of
VoCoLib/training/pretraining/symptoms.py and VoCoLib/runs/health.py are tested on these curves.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import nibabel
import torch

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "Testing")]

from pretraining_runs import SmallEncoder  # noqa: E402

from VoCoLib.images.phantom import make_phantom  # noqa: E402
from VoCoLib.method import student_teacher  # noqa: E402
from VoCoLib.method.base_grid import BaseGrid  # noqa: E402
from VoCoLib.method.presets import PRESETS, Preparation, PretrainingPreset  # noqa: E402
from VoCoLib.models.catalogue import Catalogue  # noqa: E402
from VoCoLib.runs.folder import RunFolder  # noqa: E402
from VoCoLib.training.finetuning.run import finetune  # noqa: E402
from VoCoLib.training.finetuning.settings import (  # noqa: E402
    settings_from as finetuning_settings,
)
from VoCoLib.training.pretraining.batches import BatchSource  # noqa: E402
from VoCoLib.training.pretraining.run import pretrain  # noqa: E402
from VoCoLib.training.pretraining.settings import settings_from  # noqa: E402

GRID = BaseGrid(n=3, crop=16, input_edge=16)
PRESETS["curves"] = PretrainingPreset(
    "For tests.", Preparation((6.0, 6.0, 6.0), (-175.0, 250.0), shape=GRID.shape), GRID
)
SETTINGS = {
    "preparation": "curves",
    "steps": 1500,
    "batch": 4,
    "queries": 4,
    "measure_every": 100,
    "save_every": 1500,
    "held_back": 0.4,
    "learning_rate": 1e-3,
    "precision": "float32",
}

FINE_TUNING = {
    "start": "scratch",
    "preset": "tiny",
    "spacing": "6,6,6",
    "patch": "64,32,32",
    "steps": 400,
    "batch": 1,
    "measure_every": 50,
    "save_every": 1000,
    "validation": "0.1",
    "average": 0.9,
    "clip": 0.0,
}


def main() -> None:
    """Trains and writes the measures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("kind", choices=("pretraining", "finetuning"))
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--phantoms", type=int, default=30)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_phantoms(folder / "data", given.phantoms)
        curves = (pretrainings if given.kind == "pretraining" else finetunings)(folder)
    given.output.write_text(json.dumps(curves, indent=1) + "\n", encoding="utf-8")


def write_phantoms(folder: Path, count: int) -> None:
    """Phantoms of the seeds 0, 1, ... with voxels of 6 mm, and their labels."""
    for kind in ("images", "labels"):
        (folder / f"{kind}Tr").mkdir(parents=True)
    items = []
    for seed in range(count):
        phantom = make_phantom(seed, spacing=(6.0, 6.0, 6.0))
        arrays = {"image": phantom.image, "label": phantom.label}
        items.append({kind: f"{kind}sTr/{seed}.nii.gz" for kind in arrays})
        for kind, array in arrays.items():
            nibabel.save(nibabel.Nifti1Image(array, phantom.affine), folder / items[-1][kind])
    recipe = Catalogue().get("demo-torso").recipe
    assert recipe is not None
    labels = {label.name: label.value for label in recipe.labels}
    content = {"labels": labels, "training": items}
    (folder / "dataset.json").write_text(json.dumps(content), encoding="utf-8")


def pretrainings(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The measures of pre-trainings, by name."""
    student_teacher.VoCoEncoder = SmallEncoder  # type: ignore[misc]
    curves = {
        "learns": curve(folder, "learns"),
        "no learning rate": curve(folder, "none", steps=1000, learning_rate=1e-9),
        "huge learning rate": curve(folder, "huge", steps=1000, learning_rate=1.0),
    }
    shuffle_labels()
    return {**curves, "shuffled": curve(folder, "shuffled")}


def finetunings(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The losses and Dice of fine-tunings, by name."""
    rates = {"learns": 1.6e-3, "no learning rate": 1e-9}
    return {name: dice_curve(folder, name, rate) for name, rate in rates.items()}


def dice_curve(folder: Path, name: str, rate: float) -> list[dict[str, Any]]:
    """The losses and Dice of a fine-tuning."""
    values = {**FINE_TUNING, "data": str(folder / "data" / "dataset.json"), "learning_rate": rate}
    run = RunFolder(folder / name)
    finetune(finetuning_settings({**values, "cache": str(folder / "cache")}), run, print)
    metrics = [item for item in run.events()[0] if item["event"] == "metric"]
    kept = ("step", "loss", "dice")
    return [
        {key: round(item[key], 4) for key in kept if item.get(key) is not None} for item in metrics
    ]


def curve(folder: Path, name: str, **changes: Any) -> list[dict[str, Any]]:
    """The measures of a run."""
    values = {**SETTINGS, "data": str(folder / "data"), "cache": str(folder / "cache"), **changes}
    pretrain(settings_from(values), RunFolder(folder / name), print)
    latest = RunFolder(folder / name).checkpoints.latest()
    content = torch.load(latest, weights_only=True)  # type: ignore[arg-type]
    return content["notes"]["curve"]  # type: ignore[no-any-return]


def shuffle_labels() -> None:
    """Has each query say of the bases what is true of others."""
    sample, draw = BatchSource._sample, torch.Generator().manual_seed(0)

    def shuffled(self: BatchSource, number: int, index: int) -> tuple[torch.Tensor, ...]:
        crops, labels, *rest = sample(self, number, index)
        mixed = [row[torch.randperm(len(row), generator=draw)] for row in labels]
        return (crops, torch.stack(mixed), *rest)

    BatchSource._sample = shuffled  # type: ignore[method-assign]


if __name__ == "__main__":
    main()
