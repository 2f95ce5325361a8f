"""What fewer sliding windows cost: Dice of a bundled model on unseen cases by their layout.

    python Testing/Experiments/fewer_windows.py openkbp-headneck --data FOLDER
    python Testing/Experiments/fewer_windows.py demo-torso

Also how many windows an overlap would take that grows from 0.25 to 0.5 only where windows that
overlap disagree: each window of the finer layout that touches such a place is one more.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "Testing" / "Experiments")]

from package_bundled_models import Case, openkbp_patients, phantoms  # noqa: E402

from VoCoLib.evaluation.scores import evaluate, match_label, mean_dice, summarize  # noqa: E402
from VoCoLib.images.geometry import resampling, to_ras  # noqa: E402
from VoCoLib.images.preprocessing import full_box  # noqa: E402
from VoCoLib.inference.execution import Executor  # noqa: E402
from VoCoLib.inference.segmentation import Segmenter, _NetworkImage  # noqa: E402
from VoCoLib.inference.sliding_window import WindowLayout, window_layout  # noqa: E402
from VoCoLib.models.catalogue import Catalogue  # noqa: E402
from VoCoLib.networks.loading import load_segmentation_network  # noqa: E402
from VoCoLib.recipe import Recipe  # noqa: E402

LAYOUTS = ("64:0.5", "64:0.375", "64:0.25", "64:0.125", "96:0.5", "96:0.25")
DISAGREEMENT = 0.005  # of the voxels of a window, from which on it counts


def laid_out(recipe: Recipe, edge: int, overlap: float) -> Recipe:
    """The recipe with other windows."""
    changed = replace(recipe.preprocessing, patch=(edge, edge, edge), overlap=overlap)
    return replace(recipe, preprocessing=changed)


def score(
    segmenter: Segmenter, cases: Iterator[Case], exact: list[np.ndarray]
) -> tuple[dict[str, float], float, float, int]:
    """Dice per structure, mean Dice, equal voxels and windows; the first time fills exact."""
    labels, results, agreement = segmenter.recipe.labels, [], []
    windows, first = 0, not exact
    for index, (image, truth, affine, absent) in enumerate(cases):
        outside = {label.name for label in labels if not (truth == label.value).any()}
        ignored = {match_label(name, labels).name for name in absent} | outside
        events: list[dict] = []
        predicted = segmenter.segment(image, affine, sink=events.append)
        windows += next(e["total"] for e in events if e.get("message") == "Segmenting")
        if first:
            exact.append(predicted)
        agreement.append(float((predicted == exact[index]).mean()))
        results.append(evaluate(predicted, truth, affine, labels, ignored))
    summaries = summarize(results)
    dice = {s.name: s.dice for s in summaries}
    return dice, mean_dice(summaries), float(np.mean(agreement)), windows


def windows_of(layout: WindowLayout) -> list[tuple[slice, ...]]:
    """The windows of a layout over a whole image, padding left out."""
    boxes = [layout.window_in_grid(start) for _, layer in layout.layers() for start in layer]
    return [tuple(slice(max(s.start, 0), s.stop) for s in box) for box in boxes]


def adaptive_windows(network: torch.nn.Module, recipe: Recipe, case: Case) -> tuple[int, int, int]:
    """Windows at overlap 0.25, those that an adaptive overlap would add, and those at 0.5."""
    ras, affine = to_ras(case[0], case[2])
    grid = resampling(ras.shape, affine, recipe.preprocessing.spacing)
    executor = Executor(network, recipe, "cpu", "auto")
    image = _NetworkImage(ras, affine, recipe, executor).slab(0, grid.network_shape[2])
    coarse, fine = (
        window_layout(
            full_box(image.shape),
            laid_out(recipe, recipe.preprocessing.patch[0], overlap).preprocessing,
        )
        for overlap in (0.25, 0.5)
    )
    patch = recipe.preprocessing.patch
    first = torch.full(image.shape, 255, dtype=torch.uint8)
    differs = torch.zeros(image.shape, dtype=torch.bool)
    for box in windows_of(coarse):
        cut = image[box]
        padded = torch.zeros(patch)
        padded[tuple(slice(0, n) for n in cut.shape)] = cut
        (answer,) = executor.logits([padded])
        labels = answer.argmax(0).to(torch.uint8)[tuple(slice(0, n) for n in cut.shape)]
        known = first[box] < 255
        differs[box] |= known & (first[box] != labels)
        first[box] = torch.where(known, first[box], labels)
    here = {str(box) for box in windows_of(coarse)}
    more = [box for box in windows_of(fine) if str(box) not in here]
    added = sum(float(differs[box].float().mean()) > DISAGREEMENT for box in more)
    return len(windows_of(coarse)), added, len(windows_of(fine))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", choices=("demo-torso", "openkbp-headneck"))
    parser.add_argument("--data", type=Path)
    parser.add_argument("--layouts", nargs="+", default=list(LAYOUTS), help="EDGE:OVERLAP")
    parser.add_argument("--precision", default="float32")
    parser.add_argument("--engine", default="auto")
    args = parser.parse_args()
    recipe = Catalogue().get(args.model).recipe
    assert recipe is not None
    path = ROOT / "VoCoLib" / "Resources" / "Models" / f"{args.model}.safetensors"
    network = load_segmentation_network(path, recipe)[0]
    cases: Callable[[], Iterator[Case]] = (
        phantoms if args.data is None else lambda: openkbp_patients(args.data)
    )
    exact: list[np.ndarray] = []
    print("| windows | mean Dice | largest loss of a structure | equal voxels | number |")
    print("|---|---|---|---|---|")
    before: dict[str, float] = {}
    for layout in args.layouts:
        edge, overlap = layout.split(":")
        settings = (
            laid_out(recipe, int(edge), float(overlap)),
            "cpu",
            args.precision,
            "",
            args.engine,
        )
        segmenter = Segmenter(network, *settings)
        dice, mean, agreement, windows = score(segmenter, cases(), exact)
        before = before or dice
        name, loss = max(((n, before[n] - d) for n, d in dice.items()), key=lambda item: item[1])
        text = f"{edge}^3, overlap {overlap}"
        print(f"| {text} | {mean:.4f} | {loss:.4f} ({name}) | {agreement:.3%} | {windows} |")
        sys.stdout.flush()
    counts = np.sum([adaptive_windows(network, recipe, case) for case in cases()], axis=0)
    print(f"\nwindows at 0.25: {counts[0]}, an adaptive overlap adds {counts[1]}, 0.5: {counts[2]}")


if __name__ == "__main__":
    main()
