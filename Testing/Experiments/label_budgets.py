"""Does VoCo pre-training help when few patients are labelled? Fine-tunes from both starts.

    python Testing/Experiments/label_budgets.py OPENKBP -o FOLDER [--jobs 2] [--report]
        [--weights PRETRAINED.safetensors] [--steps 1000] [--seeds 3]

OPENKBP is a folder with splits.json, cases.csv, imagesTr and labelsTr. First the 133 patients for
training are pre-trained on without labels, as by position_accuracy.py, unless there are --weights.
Then for each seed and each number of labelled patients (5, 10, 20 and all 133), the same patients
are learned from in the same number of steps, from scratch and from the pre-trained weights:
`voco finetune`, a run folder each. The last weights are scored on the 33 validation patients, which
nothing else sees. What is done is not done again: the command goes on where it was; --report only
shows what there is so far. Writes FOLDER/scores.csv, FOLDER/label-budgets.png and prints tables in
Markdown: with 95 % intervals, and by structure.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

BUDGETS = (5, 10, 20, 133)
STARTS = ("scratch", "VoCo")
COLOURS = {"scratch": "#7f7f7f", "VoCo": "#1f77b4"}
# a patch of 64 x 32 x 32 voxels of 5 mm shows most of a head and neck: few windows, short steps. In
# so few of them, structures are only found with a high learning rate, a short average and weights.
SETTINGS = ("--spacing", "5,5,5", "--patch", "64,32,32", "--learning-rate", "1.6e-3")
SETTINGS += ("--average", "0.99", "--batch", "1")


@dataclass(frozen=True)
class Run:
    """One fine-tuning.

    Attributes:
        start: one of STARTS.
        budget: labelled patients.
        seed: of their choice, of patches and augmentation, and of what is initialised at random.
    """

    start: str
    budget: int
    seed: int

    def folder(self, output: Path) -> Path:
        return output / f"{self.start}-{self.budget}-seed{self.seed}"


def fine_tune(run: Run, weights: Path, arguments: argparse.Namespace) -> None:
    """Trains and scores, unless that is done."""
    folder = run.folder(arguments.output)
    if (folder / "scores.json").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    dataset = write_dataset(folder / "dataset.json", arguments.data.absolute(), run)
    model = folder / "run" / "model.safetensors"
    if not model.exists():
        start = "scratch" if run.start == "scratch" else weights.absolute()
        command = [sys.executable, "-m", "VoCoLib", "finetune", dataset, "-o", folder / "run"]
        command += ["--resume", "--from", start, "--preset", "tiny", *SETTINGS]
        command += ["--steps", str(arguments.steps), "--seed", str(run.seed), "--validation", "0"]
        command += ["--weighted-steps", str(arguments.steps * 4 // 5)]
        command += ["--contoured", arguments.data.absolute() / "cases.csv", "--keep", "1"]
        command += ["--cache", arguments.output.absolute() / "cache"]
        subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    command = [sys.executable, __file__, arguments.data, "-o", folder, "--score", model]
    subprocess.run(command, check=True)
    print(f"done: {run}", flush=True)


def write_dataset(path: Path, data: Path, run: Run) -> Path:
    """A dataset.json of the patients that a run learns from; both starts get the same."""
    patients = json.loads((data / "splits.json").read_text(encoding="utf-8"))["train"]
    chosen = np.random.default_rng(run.seed).permutation(len(patients))[: run.budget]
    training = [
        {kind: str(data / patients[i][kind]) for kind in ("image", "label")} for i in sorted(chosen)
    ]
    described = json.loads((data / "dataset.json").read_text(encoding="utf-8"))
    content = {"labels": described["labels"], "training": training}
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")
    return path


def score(model: Path, data: Path, folder: Path) -> None:
    """Dice of each structure of each validation patient, in scores.json; null where not drawn."""
    from package_bundled_models import openkbp_patients

    from VoCoLib.evaluation.scores import match_label
    from VoCoLib.inference.segmentation import Segmenter
    from VoCoLib.networks.checkpoints import read_checkpoint
    from VoCoLib.networks.loading import load_segmentation_network

    recipe = read_checkpoint(model).recipe
    assert recipe is not None
    quick = replace(recipe, preprocessing=replace(recipe.preprocessing, overlap=0.25))
    segmenter = Segmenter(load_segmentation_network(model, recipe)[0], quick, device="cpu")
    rows = []
    for image, truth, affine, absent in openkbp_patients(data):
        missing = {match_label(name, recipe.labels).name for name in absent}
        found = segmenter.segment(image, affine)
        rows.append(
            {
                label.name: None if label.name in missing else dice(found, truth, label.value)
                for label in recipe.labels
            }
        )
    (folder / "scores.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")


def dice(found: np.ndarray, truth: np.ndarray, value: int) -> float | None:
    """Dice of one structure; None if it lies outside the image."""
    one, other = found == value, truth == value
    if not other.any():
        return None
    return float(2 * (one & other).sum() / (one.sum() + other.sum()))


def read_dice(run: Run, output: Path) -> list[dict[str, float]]:
    """Of each patient, Dice of the structures that were drawn."""
    rows = json.loads((run.folder(output) / "scores.json").read_text(encoding="utf-8"))
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def read_scores(run: Run, output: Path) -> np.ndarray:
    """(patients,) mean Dice over the structures that were drawn."""
    return np.array([np.mean(list(row.values())) for row in read_dice(run, output)])


def interval(values: np.ndarray) -> tuple[float, float, float]:
    """Mean of values (seeds, patients) and a 95 % bootstrap over seeds and patients."""
    rng = np.random.default_rng(0)
    seeds, patients = values.shape
    means = [
        values[rng.integers(seeds, size=seeds)][:, rng.integers(patients, size=patients)].mean()
        for _ in range(5000)
    ]
    low, high = np.quantile(means, (0.025, 0.975))
    return float(values.mean()), float(low), float(high)


def report_structures(done: set[Run], output: Path) -> None:
    """Table of the mean Dice of each structure over seeds and patients."""
    columns = {
        (budget, start): [
            row
            for run in done
            if (run.budget, run.start) == (budget, start)
            for row in read_dice(run, output)
        ]
        for budget in BUDGETS
        for start in STARTS
    }
    columns = {key: rows for key, rows in columns.items() if rows}
    names = dict.fromkeys(name for rows in columns.values() for row in rows for name in row)
    print("\n| structure | " + " | ".join(f"{budget}, {start}" for budget, start in columns) + " |")
    print("|---" * (1 + len(columns)) + "|")
    for name in names:
        means = [np.mean([row[name] for row in rows if name in row]) for rows in columns.values()]
        print(f"| {name} | " + " | ".join(f"{mean:.2f}" for mean in means) + " |")


def report(runs: list[Run], output: Path) -> None:
    """Table, figure and scores.csv of what is done so far; only seeds that both starts have."""
    done = {run for run in runs if (run.folder(output) / "scores.json").exists()}
    with (output / "scores.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("start", "patients", "seed", "mean_dice"))
        for run in sorted(done, key=lambda run: (run.start, run.budget, run.seed)):
            mean = read_scores(run, output).mean()
            writer.writerow((run.start, run.budget, run.seed, f"{mean:.4f}"))
    print("| labelled patients | seeds | from scratch | from VoCo | difference |")
    print("|---|---|---|---|---|")
    figure, axes = plt.subplots(figsize=(5, 3.5), layout="constrained")
    for position, budget in enumerate(BUDGETS):
        seeds = sorted(
            run.seed
            for run in done
            if run.budget == budget
            and run.start == "VoCo"
            and Run("scratch", budget, run.seed) in done
        )
        if not seeds:
            continue
        values = {
            start: np.array([read_scores(Run(start, budget, seed), output) for seed in seeds])
            for start in STARTS
        }
        cells = []
        for offset, start in zip((-0.08, 0.08), STARTS, strict=True):
            mean, low, high = interval(values[start])
            cells.append(f"{mean:.3f} ({low:.3f} to {high:.3f})")
            place = position + offset
            spread = [[mean - low], [high - mean]]
            label = f"from {start}" if position == 0 else None
            colour = COLOURS[start]
            axes.errorbar(place, mean, spread, color=colour, marker="o", capsize=3, label=label)
            axes.plot(
                [place] * len(seeds), values[start].mean(1), ".", color=COLOURS[start], alpha=0.4
            )
        mean, low, high = interval(values["VoCo"] - values["scratch"])
        print(f"| {budget} | {len(seeds)} | {cells[0]} | {cells[1]} | "
              f"{mean:+.3f} ({low:+.3f} to {high:+.3f}) |")  # fmt: skip
    axes.set_xticks(range(len(BUDGETS)), [str(budget) for budget in BUDGETS])
    axes.set_xlabel("labelled patients")
    axes.set_ylabel("mean Dice, 33 validation patients")
    axes.grid(axis="y", alpha=0.3)
    axes.legend(frameon=False)
    figure.savefig(output / "label-budgets.png", dpi=150)
    report_structures(done, output)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--weights", type=Path, help="of a pre-training that was done before")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time")
    parser.add_argument("--report", action="store_true", help="only of what is done")
    parser.add_argument("--score", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.score:
        score(arguments.score, arguments.data, arguments.output)
        return
    runs = [
        Run(start, budget, seed)
        for seed in range(arguments.seeds)
        for budget in BUDGETS
        for start in STARTS
    ]
    if not arguments.report:
        from position_accuracy import pretrain

        pretraining = arguments.output.absolute() / "pretraining"
        weights = arguments.weights or pretrain("openkbp", arguments.data, pretraining)
        with ThreadPoolExecutor(arguments.jobs) as pool:
            list(pool.map(lambda run: fine_tune(run, weights, arguments), runs))
    report(runs, arguments.output)


if __name__ == "__main__":
    main()
