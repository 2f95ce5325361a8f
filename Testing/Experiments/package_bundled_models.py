"""Scores trained weights on unseen cases and makes them a bundled model, with its card's table.

    python Testing/Experiments/package_bundled_models.py demo-torso \
        runs/demo-torso/model.safetensors --steps 900
    python Testing/Experiments/package_bundled_models.py openkbp-headneck \
        runs/openkbp-headneck/model.safetensors --steps 3400 --data FOLDER

Writes VoCoLib/Resources/Models/MODEL.safetensors, replaces the scores in MODEL.md beside it and the
size and checksum in models.json. What is scored is the file as written, in float16.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import nibabel
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from VoCoLib.evaluation.scores import (  # noqa: E402
    LabelSummary,
    evaluate,
    match_label,
    mean_dice,
    read_not_contoured,
    summarize,
)
from VoCoLib.images.phantom import make_phantom  # noqa: E402
from VoCoLib.inference.segmentation import Segmenter  # noqa: E402
from VoCoLib.models.catalogue import Catalogue  # noqa: E402
from VoCoLib.models.downloads import sha256_of  # noqa: E402
from VoCoLib.networks.checkpoints import read_checkpoint, save_checkpoint  # noqa: E402
from VoCoLib.networks.loading import load_segmentation_network  # noqa: E402

RESOURCES = ROOT / "VoCoLib" / "Resources"
Case = tuple[np.ndarray, np.ndarray, np.ndarray, set[str]]


def phantoms() -> Iterator[Case]:
    """Twenty phantoms of seeds that were not trained on: image, labels, affine, not contoured."""
    for seed in range(20):
        phantom = make_phantom(seed)
        yield phantom.image, phantom.label, phantom.affine, set()


def openkbp_patients(data: Path) -> Iterator[Case]:
    """The validation patients of splits.json."""
    items = json.loads((data / "splits.json").read_text(encoding="utf-8"))["val"]
    return openkbp_cases(data, items)


def openkbp_cases(data: Path, items: list[dict[str, str]]) -> Iterator[Case]:
    """Some patients of splits.json."""
    missing = read_not_contoured(data / "cases.csv")
    for item in items:
        image, label = nibabel.load(data / item["image"]), nibabel.load(data / item["label"])
        absent = missing[Path(item["image"]).name]
        yield np.asanyarray(image.dataobj), np.asanyarray(label.dataobj), image.affine, absent


def score(segmenter: Segmenter, cases: Iterator[Case]) -> list[LabelSummary]:
    """Mean scores per structure; a structure that lies outside a patient's image is left out."""
    labels = segmenter.recipe.labels
    results = []
    for image, truth, affine, absent in cases:
        outside = {label.name for label in labels if not (truth == label.value).any()}
        ignored = {match_label(name, labels).name for name in absent} | outside
        predicted = segmenter.segment(image, affine)
        results.append(evaluate(predicted, truth, affine, labels, ignored))
        print(f"case {len(results)}: mean Dice {mean_dice(results[-1]):.3f}", flush=True)
    return summarize(results)


def table(summaries: list[LabelSummary]) -> str:
    """The scores as Markdown."""
    lines = [
        "| structure | cases | Dice | surface Dice (2 mm) | HD95, mm |",
        "|---|---|---|---|---|",
    ]
    for s in summaries:
        lines.append(
            f"| {s.name} | {s.n} | {s.dice:.3f} ± {s.dice_std:.3f} | {s.surface_dice:.3f} "
            f"| {s.hd95_mm:.1f} |"
        )
    return "\n".join([*lines, f"| **mean** | | **{mean_dice(summaries):.3f}** | | |"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", choices=("demo-torso", "openkbp-headneck"))
    parser.add_argument("weights", type=Path)
    parser.add_argument("--steps", type=int, required=True, help="for the training record")
    parser.add_argument("--data", type=Path)
    args = parser.parse_args()
    recipe = Catalogue().get(args.model).recipe
    assert recipe is not None
    target = RESOURCES / "Models" / f"{args.model}.safetensors"
    state = read_checkpoint(args.weights).weights
    data = "phantoms, seeds 1000-1119" if args.data is None else "OpenKBP, 133 training patients"
    save_checkpoint(target, state, recipe, {"data": data, "steps": args.steps})
    segmenter = Segmenter(load_segmentation_network(target, recipe)[0], recipe)
    scores = table(
        score(segmenter, phantoms() if args.data is None else openkbp_patients(args.data))
    )
    print(scores)
    replace_between(target.with_suffix(".md"), "<!-- scores -->\n", "<!-- end -->", scores + "\n")
    record_file(args.model, target)


def replace_between(path: Path, start: str, end: str, text: str) -> None:
    """Replaces what stands between two marks of a text file."""
    before, found_start, rest = path.read_text(encoding="utf-8").partition(start)
    _, found_end, after = rest.partition(end)
    assert found_start and found_end, f"{path} lacks {start!r} or {end!r}"
    path.write_text(f"{before}{start}{text}{end}{after}", encoding="utf-8", newline="\n")


def record_file(model: str, weights: Path) -> None:
    """Notes size and checksum of the weights in the catalogue; the rest stays as it is."""
    path = RESOURCES / "models.json"
    text = path.read_text(encoding="utf-8")
    start = text.index(f'"id": "{model}"')
    values = {"size_bytes": str(weights.stat().st_size), "sha256": f'"{sha256_of(weights)}"'}
    for key, value in values.items():
        pattern = re.compile(rf'("{key}": )(null|"[0-9a-f]+"|\d+)')
        match = pattern.search(text, start)
        assert match is not None
        text = f"{text[: match.start()]}{match[1]}{value}{text[match.end() :]}"
    path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
