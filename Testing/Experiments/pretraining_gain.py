"""Does VoCo pre-training help a fine-tuning with few labels and few steps?

    python Testing/Experiments/pretraining_gain.py OPENKBP -o FOLDER [--budgets 5 10] [--steps 200]
        [--seeds 5] [--jobs 2] [--inner] [--report]

OPENKBP is a folder with splits.json, cases.csv, imagesTr and labelsTr. First the 133 patients for
training are pre-trained on without labels, once for each way of STARTS. Then for each seed, number
of labelled patients and number of steps the same patients are learned from, from scratch and from
each of them: `voco finetune`, a run folder each. The last weights are scored on the 33 validation
patients, which nothing else sees; with --inner on 20 of the 133, left out of everything before, so
that a choice can be made without looking at those. What is done is not done again: the command goes
on where it was; --report only shows what there is so far. Writes FOLDER/scores.csv and
FOLDER/gain.png and prints tables in Markdown: differences are paired by seed and patient, with 95 %
of a bootstrap over both.
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

SCRATCH = "scratch"
PRETRAIN = "--batch 2 --queries 3 --learning-rate 5e-4 --warmup 30 --clip 10 --measure-every 50"
GENTLE = "VoCo, encoder at 0.3"  # of the learning rate, in the fine-tuning
STARTS = {
    "VoCo": f"--preparation coarse --steps 200 {PRETRAIN}",
    GENTLE: f"--preparation coarse --steps 200 {PRETRAIN}",
    "VoCo, 800 steps": f"--preparation coarse --steps 800 {PRETRAIN}",
    "VoCo, 600 steps at 3 mm": f"--preparation tiny --steps 600 {PRETRAIN} --held-back 0.05",
    "VoCo, continued": f"--preparation coarse --from demo-torso-voco --steps 200 {PRETRAIN}",
    "VoCo, published turns": f"--preparation coarse-turned --steps 200 {PRETRAIN}",
    "VoCo, no crop dropped": f"--preparation coarse-kept --steps 200 {PRETRAIN}",
    "VoCo, v1": f"--preparation coarse --method v1 --steps 200 {PRETRAIN}",
}
COLOURS = {
    SCRATCH: "#7f7f7f",
    "VoCo": "#1f77b4",
    GENTLE: "#cc79a7",
    "VoCo, 800 steps": "#e69f00",
    "VoCo, 600 steps at 3 mm": "#000000",
    "VoCo, continued": "#009e73",
    "VoCo, published turns": "#d55e00",
    "VoCo, no crop dropped": "#56b4e9",
    "VoCo, v1": "#f0e442",
}
# a patch of 64 x 32 x 32 voxels of 5 mm shows most of a head and neck: few windows, short steps. In
# so few of them, structures are only found with a high learning rate, a short average and weights.
SETTINGS = ("--spacing", "5,5,5", "--patch", "64,32,32", "--learning-rate", "1.6e-3")
SETTINGS += ("--batch", "1")
_LONG = 500  # steps; an average over as many as in long runs would be too old in shorter ones
_INNER = 20  # patients


@dataclass(frozen=True)
class Run:
    """One fine-tuning.

    Attributes:
        start: "scratch" or one of STARTS.
        budget: labelled patients.
        steps: of the fine-tuning.
        seed: of their choice, of patches and augmentation, and of what is initialised at random.
    """

    start: str
    budget: int
    steps: int
    seed: int

    def folder(self, output: Path) -> Path:
        """Where it is."""
        return output / f"{folder_name(self.start)}-{self.budget}-{self.steps}-seed{self.seed}"


def folder_name(start: str) -> str:
    """The name of a start without what a path should not have."""
    return start.replace(", ", "-").replace(" ", "-")


def patients(data: Path, inner: bool) -> tuple[list[dict], list[dict]]:
    """The patients to learn from, and those to score on."""
    splits = json.loads((data / "splits.json").read_text(encoding="utf-8"))
    if not inner:
        return splits["train"], splits["val"]
    order = np.random.default_rng(123).permutation(len(splits["train"]))
    mixed = [splits["train"][i] for i in order]
    return mixed[:-_INNER], mixed[-_INNER:]


def is_finished(folder: Path) -> bool:
    """Whether a run has come to its end; one that was stopped has a model, too."""
    from VoCoLib.runs.folder import RunFolder

    return (folder / "config.json").exists() and RunFolder(folder).state().name == "finished"


def pretrain(start: str, arguments: argparse.Namespace) -> Path:
    """The model of a pre-training, which goes on where it was."""
    # what differs in the fine-tuning alone has the same pre-training
    name = "VoCo" if STARTS[start] == STARTS["VoCo"] else folder_name(start)
    folder = arguments.output.absolute() / f"pretraining-{name}"
    if not is_finished(folder):
        training, _ = patients(arguments.data.absolute(), arguments.inner)
        listed = arguments.output.absolute() / "patients.txt"
        listed.write_text(
            "\n".join(str(arguments.data.absolute() / item["image"]) for item in training),
            encoding="utf-8",
        )
        command = [sys.executable, __file__, "--pretrain", listed, "-o", folder, "--resume"]
        command += [*STARTS[start].split(), "--cache", arguments.output.absolute() / "cache"]
        subprocess.run(command, check=True, cwd=ROOT)
    return folder / "model.safetensors"


def voco_pretrain(arguments: list[str]) -> None:
    """`voco pretrain`, which here also knows "coarse" with crops turned, and with none dropped."""
    from VoCoLib.cli.main import app
    from VoCoLib.method import student_teacher
    from VoCoLib.method.presets import PRESETS

    PRESETS["coarse-turned"] = replace(PRESETS["coarse"], turned=True)
    PRESETS["coarse-kept"] = PRESETS["coarse"]
    if "coarse-kept" in arguments:
        student_teacher._DROPPED = 0.0
    app(["pretrain", *arguments])


def fine_tune(run: Run, starts: dict[str, Path], arguments: argparse.Namespace) -> None:
    """Trains and scores, unless that is done."""
    folder, data = run.folder(arguments.output), arguments.data.absolute()
    if (folder / "scores.json").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    dataset = write_dataset(folder / "dataset.json", data, run, arguments.inner)
    model = folder / "run" / "model.safetensors"
    if not is_finished(folder / "run"):
        start = starts.get(run.start, SCRATCH)
        command = [sys.executable, "-m", "VoCoLib", "finetune", dataset, "-o", folder / "run"]
        command += ["--resume", "--from", start, "--preset", "tiny", *SETTINGS]
        command += ["--steps", str(run.steps), "--seed", str(run.seed), "--validation", "0"]
        command += ["--average", "0.99" if run.steps >= _LONG else "0.95"]
        command += ["--weighted-steps", str(run.steps * 4 // 5)]
        command += ["--contoured", data / "cases.csv", "--keep", "1", "--save-every", "1000"]
        command += ["--cache", arguments.output.absolute() / "cache"]
        command += ["--encoder-rate", "0.3"] if run.start == GENTLE else []
        subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    command = [sys.executable, __file__, data, "-o", folder, "--score", model]
    subprocess.run([*command, *(["--inner"] if arguments.inner else [])], check=True)
    print(f"done: {run}, mean Dice {read_scores(run, arguments.output).mean():.3f}", flush=True)


def write_dataset(path: Path, data: Path, run: Run, inner: bool) -> Path:
    """A dataset.json of the patients that a run learns from; all starts get the same."""
    training, _ = patients(data, inner)
    chosen = np.random.default_rng(run.seed).permutation(len(training))[: run.budget]
    items = [
        {kind: str(data / training[i][kind]) for kind in ("image", "label")} for i in sorted(chosen)
    ]
    described = json.loads((data / "dataset.json").read_text(encoding="utf-8"))
    content = {"labels": described["labels"], "training": items}
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")
    return path


def score(model: Path, data: Path, folder: Path, inner: bool) -> None:
    """Dice of each structure of each patient, in scores.json; null where not drawn."""
    from package_bundled_models import openkbp_cases

    from VoCoLib.evaluation.scores import match_label
    from VoCoLib.inference.segmentation import Segmenter
    from VoCoLib.networks.checkpoints import read_checkpoint
    from VoCoLib.networks.loading import load_segmentation_network

    recipe = read_checkpoint(model).recipe
    assert recipe is not None
    quick = replace(recipe, preprocessing=replace(recipe.preprocessing, overlap=0.25))
    segmenter = Segmenter(load_segmentation_network(model, recipe)[0], quick, device="cpu")
    rows = []
    for image, truth, affine, absent in openkbp_cases(data, patients(data, inner)[1]):
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
    seeds, count = values.shape
    means = [
        values[rng.integers(seeds, size=seeds)][:, rng.integers(count, size=count)].mean()
        for _ in range(5000)
    ]
    low, high = np.quantile(means, (0.025, 0.975))
    return float(values.mean()), float(low), float(high)


def in_words(values: np.ndarray, sign: str = "") -> str:
    """Mean and interval."""
    mean, low, high = interval(values)
    return f"{mean:{sign}.3f} ({low:{sign}.3f} to {high:{sign}.3f})"


def report(runs: list[Run], output: Path) -> None:
    """Tables, figure and scores.csv of what is done so far; only seeds that both starts have."""
    done = [run for run in runs if (run.folder(output) / "scores.json").exists()]
    with (output / "scores.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("start", "patients", "steps", "seed", "mean_dice"))
        for run in done:
            mean = read_scores(run, output).mean()
            writer.writerow((run.start, run.budget, run.steps, run.seed, f"{mean:.4f}"))
    print("| labelled | steps | seeds | start | mean Dice | scratch | difference |")
    print("|---|---|---|---|---|---|---|")
    shown = []
    for budget, steps in sorted({(run.budget, run.steps) for run in done}):
        for start in STARTS:
            of = {run.seed for run in done if run == Run(start, budget, steps, run.seed)}
            seeds = sorted(seed for seed in of if Run(SCRATCH, budget, steps, seed) in done)
            if not seeds:
                continue
            one, other = (
                np.array([read_scores(Run(s, budget, steps, seed), output) for seed in seeds])
                for s in (start, SCRATCH)
            )
            shown.append((f"{budget} labelled,\n{steps} steps", start, one, other))
            print(
                f"| {budget} | {steps} | {len(seeds)} | {start} | {in_words(one)} "
                f"| {in_words(other)} | {in_words(one - other, '+')} |"
            )
    draw(shown, output / "gain.png")
    report_structures(done, output)


def draw(shown: list[tuple[str, str, np.ndarray, np.ndarray]], path: Path) -> None:
    """The mean Dice of each setting and start, its interval, and a dot for each seed."""
    names = list(dict.fromkeys(name for name, *_ in shown))
    figure, axes = plt.subplots(figsize=(1.5 + 1.6 * len(names), 3.5), layout="constrained")
    drawn: dict[tuple[str, str], np.ndarray] = {}
    for name, start, one, other in shown:
        drawn[name, SCRATCH], drawn[name, start] = other, one
    for (name, start), values in drawn.items():
        place = names.index(name) + 0.15 * (list(COLOURS).index(start) - 1)
        mean, low, high = interval(values)
        first = name == names[0]
        axes.errorbar(
            place,
            mean,
            [[mean - low], [high - mean]],
            color=COLOURS[start],
            marker="o",
            capsize=3,
            label=start if first else None,
        )
        axes.plot([place] * len(values), values.mean(1), ".", color=COLOURS[start], alpha=0.4)
    axes.set_xticks(range(len(names)), names)
    axes.set_xlim(-0.5, len(names) - 0.5)
    axes.set_ylabel("mean Dice")
    axes.grid(axis="y", alpha=0.3)
    axes.legend(frameon=False)
    figure.savefig(path, dpi=120)


def report_structures(done: list[Run], output: Path) -> None:
    """Table of the mean Dice of each structure over seeds and patients."""
    columns: dict[tuple[int, int, str], list[dict[str, float]]] = {}
    for run in done:
        columns.setdefault((run.budget, run.steps, run.start), []).extend(read_dice(run, output))
    names = dict.fromkeys(name for rows in columns.values() for row in rows for name in row)
    titles = [f"{budget}, {steps}, {start}" for budget, steps, start in columns]
    print("\n| structure | " + " | ".join(titles) + " |")
    print("|---" * (1 + len(columns)) + "|")
    for name in names:
        means = [np.mean([row[name] for row in rows if name in row]) for rows in columns.values()]
        print(f"| {name} | " + " | ".join(f"{mean:.2f}" for mean in means) + " |")


def main() -> None:
    """Runs what is missing of the study, and reports."""
    if sys.argv[1:2] == ["--pretrain"]:
        voco_pretrain(sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--starts", nargs="+", choices=STARTS, default=list(STARTS))
    parser.add_argument("--budgets", type=int, nargs="+", default=[1, 2, 5, 10, 20, 133])
    parser.add_argument("--steps", type=int, nargs="+", default=[100, 200, 500, 1000])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time")
    parser.add_argument("--inner", action="store_true", help="leave the validation patients alone")
    parser.add_argument("--report", action="store_true", help="only of what is done")
    parser.add_argument("--score", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.score:
        score(arguments.score, arguments.data, arguments.output, arguments.inner)
        return
    arguments.output.mkdir(parents=True, exist_ok=True)
    runs = [
        Run(start, budget, steps, seed)
        for seed in range(arguments.seeds)
        for budget in arguments.budgets
        for steps in arguments.steps
        for start in (SCRATCH, *arguments.starts)
    ]
    if not arguments.report:
        starts = {start: pretrain(start, arguments) for start in arguments.starts}
        with ThreadPoolExecutor(arguments.jobs) as pool:
            list(pool.map(lambda run: fine_tune(run, starts, arguments), runs))
    report(runs, arguments.output)


if __name__ == "__main__":
    main()
