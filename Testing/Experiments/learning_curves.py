"""Records how the measures of a pre-training go where it learns, and where it cannot.

    python Testing/Experiments/learning_curves.py -o Testing/fixtures/learning_curves.json

A network of milliseconds on phantoms of 48 x 48 x 16 voxels: with the labels as they are, with
those of each query shuffled over its bases, and with learning rates that teach nothing. The rules
of VoCoLib/training/pretraining/symptoms.py are tested on these curves.
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
from VoCoLib.runs.folder import RunFolder  # noqa: E402
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


def main() -> None:
    """Trains twice and writes the measures of both."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--phantoms", type=int, default=30)
    given = parser.parse_args()
    student_teacher.VoCoEncoder = SmallEncoder  # type: ignore[misc]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_phantoms(folder / "data", given.phantoms)
        curves = {
            "learns": curve(folder, "learns"),
            "no learning rate": curve(folder, "none", steps=1000, learning_rate=1e-9),
            "huge learning rate": curve(folder, "huge", steps=1000, learning_rate=1.0),
        }
        shuffle_labels()
        curves["shuffled"] = curve(folder, "shuffled")
    given.output.write_text(json.dumps(curves, indent=1) + "\n", encoding="utf-8")


def write_phantoms(folder: Path, count: int) -> None:
    """Phantoms of the seeds 0, 1, ... with voxels of 6 mm."""
    folder.mkdir()
    for seed in range(count):
        phantom = make_phantom(seed, spacing=(6.0, 6.0, 6.0))
        image = nibabel.Nifti1Image(phantom.image, phantom.affine)
        nibabel.save(image, folder / f"{seed}.nii.gz")


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
