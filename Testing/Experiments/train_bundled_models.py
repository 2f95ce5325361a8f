"""Trains the two bundled models: demo-torso on phantoms, openkbp-headneck on OpenKBP patients.

    python Testing/Experiments/train_bundled_models.py demo-torso --steps 900
    python Testing/Experiments/train_bundled_models.py openkbp-headneck --data FOLDER --steps 3400

The averaged weights are written every 100 steps to OUT/MODEL.pt; package_bundled_models.py scores
them and writes the safetensors file and its model card.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import torch
from torch import nn

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from VoCoLib.networks import build_network  # noqa: E402
from VoCoLib.phantom import make_phantom  # noqa: E402
from VoCoLib.preprocessing import prepare_labels, prepare_volume  # noqa: E402
from VoCoLib.recipe import Preprocessing  # noqa: E402
from VoCoLib.training import FinetuneConfig, TrainingCase, draw_balanced, finetune  # noqa: E402

TORSO = Preprocessing(
    spacing=(4.5, 4.5, 4.5), hu_window=(-175.0, 250.0), patch=(64, 64, 64), foreground_crop=False
)
HEADNECK = Preprocessing(
    spacing=(3.9, 3.9, 3.0), hu_window=(-175.0, 250.0), patch=(64, 64, 64), foreground_crop=False
)
OPENKBP_ORGANS = (
    "Brainstem", "SpinalCord", "RightParotid", "LeftParotid", "Esophagus", "Larynx", "Mandible",
)  # fmt: skip


def phantom_cases(count: int) -> list[TrainingCase]:
    """Phantoms of the seeds 1000, 1001, ... (the demonstration and the tests use others)."""
    cases = []
    for seed in range(1000, 1000 + count):
        size = np.random.default_rng(seed).uniform((330, 250, 220), (390, 300, 310))
        phantom = make_phantom(seed, size_mm=tuple(size))
        image, _ = prepare_volume(phantom.image, phantom.affine, TORSO)
        labels = prepare_labels(phantom.label, phantom.affine, TORSO, 14)
        cases.append(TrainingCase(image, labels, torch.ones(14, dtype=torch.bool)))
    return cases


def openkbp_cases(data: Path, split: str) -> list[TrainingCase]:
    """The patients of one split ("train" or "val") with what was contoured in each."""
    with open(data / "cases.csv", encoding="utf-8") as file:
        missing = {row["file"]: set(row["not_contoured"].split()) for row in csv.DictReader(file)}
    cases = []
    for item in json.loads((data / "splits.json").read_text(encoding="utf-8"))[split]:
        image = nibabel.load(data / item["image"])
        array = np.asanyarray(image.dataobj)
        labels = np.asanyarray(nibabel.load(data / item["label"]).dataobj)
        absent = missing[Path(item["image"]).name]
        contoured = torch.tensor([True, *(organ not in absent for organ in OPENKBP_ORGANS)])
        cases.append(
            TrainingCase(
                prepare_volume(array, image.affine, HEADNECK)[0],
                prepare_labels(labels, image.affine, HEADNECK, 8),
                contoured,
            )
        )
    return cases


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", choices=("demo-torso", "openkbp-headneck"))
    parser.add_argument("--data", type=Path, help="the openkbp folder")
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--weighted-steps", type=int, default=0)
    parser.add_argument("--phantoms", type=int, default=150)
    parser.add_argument("--learning-rate", type=float, default=8e-4)
    parser.add_argument("--start", type=Path, help="weights to start from (.pt of this script)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("runs"))
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    if args.model == "demo-torso":
        cases, classes, mirrored = phantom_cases(args.phantoms), 14, None
    else:
        cases, classes, mirrored = openkbp_cases(args.data, "train"), 8, ((3, 4),)
    network = build_network("tiny", classes, "current")
    if args.start:
        network.load_state_dict(torch.load(args.start, weights_only=True))
    args.out.mkdir(parents=True, exist_ok=True)
    config = FinetuneConfig(
        patch=(64, 64, 64),
        steps=args.steps,
        weighted_steps=args.weighted_steps,
        learning_rate=args.learning_rate,
        mirrored_labels=mirrored,
        seed=args.seed,
    )
    target = args.out / f"{args.model}.pt"
    finetune(
        network,
        draw_balanced(cases),
        config,
        print_mean_loss(every=25),
        on_step=lambda step, averaged: save(target, averaged) if step % 100 == 0 else None,
    )


def print_mean_loss(every: int) -> Callable[[dict], None]:
    """A sink that prints the mean loss of each block of steps."""
    losses: list[float] = []
    start = time.monotonic()

    def sink(item: dict) -> None:
        losses.append(item["loss"])
        if len(losses) % every == 0:
            mean = np.mean(losses[-every:])
            print(
                f"step {len(losses)} loss {mean:.4f} {time.monotonic() - start:.0f} s", flush=True
            )

    return sink


def save(target: Path, network: nn.Module) -> None:
    temporary = target.with_suffix(".tmp")
    torch.save(network.state_dict(), temporary)
    os.replace(temporary, target)


if __name__ == "__main__":
    main()
