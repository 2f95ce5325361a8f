"""Pre-trains with VoCo and measures how well the network finds queries in unseen bodies.

    python Testing/Experiments/position_accuracy.py phantoms -o FOLDER
    python Testing/Experiments/position_accuracy.py openkbp -o FOLDER --data OPENKBP

First `voco pretrain`, which goes on where it was if the folder holds a run: of 60 phantoms, or of
the 133 training patients of OpenKBP. Then random queries in 20 phantoms of other seeds, or in the
33 validation patients, are asked with the position view: of the trained network, of three
untrained ones, and of guessing. Writes FOLDER/accuracy.json and FOLDER/curve.png, the course of the
pre-training, and prints a table in Markdown. With --package the weights are rounded
(coarse_weights.py), and what is asked is the file that is bundled.
Intervals are 95 % of a bootstrap over bodies, as queries in the same body are not independent.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import nibabel
import numpy as np
import torch
from coarse_weights import write_coarse
from package_bundled_models import RESOURCES, record_file, replace_between

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from VoCoLib.images.phantom import make_phantom  # noqa: E402
from VoCoLib.method.student_teacher import VoCoV2  # noqa: E402
from VoCoLib.positions.model import PositionModel, load_position_model  # noqa: E402
from VoCoLib.positions.placement import PlacedVolume, place  # noqa: E402
from VoCoLib.positions.view import PositionView  # noqa: E402
from VoCoLib.runs.folder import RunFolder  # noqa: E402
from VoCoLib.runs.metric_history import MetricHistory  # noqa: E402

TRAINED_SEEDS, UNSEEN_SEEDS = range(1000, 1060), range(20)
QUERIES = {"phantoms": 10, "openkbp": 6}  # of a body: 200 and 198 in all
UNTRAINED = 3
SETTINGS = {
    "phantoms": "--steps 500 --queries 3 --learning-rate 5e-4 --warmup 30",
    "openkbp": "--steps 600 --queries 3 --learning-rate 5e-4 --warmup 30",
}
COMMON = "--batch 2 --clip 10 --held-back 0.05 --measure-every 100 --save-every 25"

Body = tuple[str, np.ndarray, np.ndarray]


@dataclass
class Score:
    """What one predictor reached: a row per body, a column per query.

    Attributes:
        hits: (bodies, queries) share of hits.
        errors: (bodies, queries) mm from predicted to true centre; NaN where nothing is predicted.
    """

    hits: np.ndarray
    errors: np.ndarray

    def summary(self) -> dict[str, float | list[float]]:
        """Mean and 95 % interval of both."""
        hits, hits_interval = bootstrap(self.hits)
        error, error_interval = bootstrap(self.errors)
        return {
            "queries": self.hits.size,
            "top1": hits,
            "top1_interval": hits_interval,
            "error_mm": error,
            "error_mm_interval": error_interval,
        }


def bootstrap(values: np.ndarray) -> tuple[float, list[float]]:
    """Mean of values (bodies, queries), and the interval that 95 % of resampled bodies give."""
    rng = np.random.default_rng(0)
    means = values.mean(1)
    drawn = rng.integers(len(means), size=(10_000, len(means)))
    return float(means.mean()), np.quantile(means[drawn].mean(1), (0.025, 0.975)).tolist()


def pretrain(kind: str, data: Path | None, output: Path) -> Path:
    """The model of a finished pre-training."""
    model = output / "run" / "model.safetensors"
    if model.exists() and RunFolder(model.parent).state().name == "finished":
        return model
    output.mkdir(parents=True, exist_ok=True)
    source = phantom_files(output) if data is None else patient_list(data, output)
    command = [sys.executable, "-m", "VoCoLib", "pretrain", source, "-o", output / "run"]
    command += ["--resume", *SETTINGS[kind].split(), *COMMON.split(), "--cache", output / "cache"]
    subprocess.run(command, check=True, cwd=ROOT)
    return model


def phantom_files(output: Path) -> Path:
    """The phantoms to train on, as NIfTI files."""
    folder = output / "phantoms"
    folder.mkdir(exist_ok=True)
    for seed in TRAINED_SEEDS:
        phantom = make_phantom(seed)
        image = nibabel.Nifti1Image(phantom.image, phantom.affine)
        nibabel.save(image, folder / f"phantom_{seed}.nii.gz")
    return folder


def draw_curve(run: Path, path: Path) -> None:
    """Losses of the training volumes, and what is found in those held back, over the steps."""
    history = MetricHistory()
    history.add(RunFolder(run).events()[0])
    figure, (top, bottom) = plt.subplots(2, 1, sharex=True, figsize=(5, 4.5), layout="constrained")
    for name in ("intra", "inter", "regularisation"):
        steps, values = history.series(name)
        width = max(1, len(values) // 30)
        means = np.convolve(values, np.full(width, 1 / width), "valid")
        top.plot(steps[width - 1 :], means, label=name)
    top.set_ylabel(f"loss, mean of {width} steps")
    bottom.plot(*history.series("position_accuracy"), "o-", color="black")
    bottom.set_ylabel("top-1 in held-back volumes")
    bottom.set_ylim(0, 1)
    bottom.set_xlabel("step")
    top.legend(frameon=False, fontsize="small")
    for axes in (top, bottom):
        axes.grid(alpha=0.3)
    figure.savefig(path, dpi=110)


def patients(data: Path, part: str) -> list[Path]:
    """The images of a part of splits.json, "train" or "val"."""
    items = json.loads((data / "splits.json").read_text(encoding="utf-8"))[part]
    return [(data / item["image"]).absolute() for item in items]


def patient_list(data: Path, output: Path) -> Path:
    """A list of the patients to train on."""
    path = output / "patients.txt"
    path.write_text("\n".join(map(str, patients(data, "train"))), encoding="utf-8")
    return path


def unseen(data: Path | None) -> Iterator[Body]:
    """Name, HU and affine of the bodies to measure on."""
    if data is None:
        for seed in UNSEEN_SEEDS:
            phantom = make_phantom(seed)
            yield f"phantom {seed}", phantom.image, phantom.affine
        return
    for path in patients(data, "val"):
        image = nibabel.load(path)
        yield path.name, np.asanyarray(image.dataobj), image.affine


def untrained(model: PositionModel, preset: str, seed: int) -> PositionModel:
    """A network as the trained one was before its first step."""
    torch.manual_seed(seed)
    network = VoCoV2(preset, "current")
    return PositionModel(network.backbone, network.teacher, model.placement, "untrained")


def query_points(placed: PlacedVolume, count: int, rng: np.random.Generator) -> np.ndarray:
    """(count, 3) RAS mm of random queries, drawn as in pre-training."""
    layer = placed.grids[len(placed.grids) // 2]
    centres = layer.grid.draw_centres(count, rng)
    voxels = np.column_stack([centres, np.full(count, layer.grid.crop / 2)]) - 0.5
    return voxels @ layer.affine[:3, :3].T + layer.affine[:3, 3]


def ask(model: PositionModel, bodies: list[PlacedVolume], queries: int) -> Score:
    """Scores a network; all networks are asked the same."""
    rng = np.random.default_rng(0)
    hits, errors = [], []
    for placed in bodies:
        answers = PositionView(model, placed).query(query_points(placed, queries, rng))
        hits.append([bool(answer.hit) for answer in answers])
        errors.append([answer.error_mm for answer in answers])
    return Score(np.array(hits, float), np.array(errors))


def guess(model: PositionModel, bodies: list[PlacedVolume], queries: int) -> tuple[Score, Score]:
    """What is expected of a base chosen at random, and of always naming the middle of the grid."""
    rng = np.random.default_rng(0)
    results: list[list[list[float]]] = [[], [], [], []]
    for placed in bodies:
        grid = placed.grids[len(placed.grids) // 2]
        points = query_points(placed, queries, rng)
        boxes = [grid.query_box(placed.voxel(point)) for point in points]
        labels = grid.labels(np.array(boxes))
        best = labels >= labels.max(1, keepdims=True) - 1e-9
        centres = np.array([grid.centre(box) for box in boxes])
        middle = grid.cell_centres.mean(0)
        distances = np.linalg.norm(centres[:, None] - grid.cell_centres[None], axis=2)
        results[0].append(best.mean(1).tolist())
        results[1].append(distances.mean(1).tolist())
        results[2].append(best[:, grid.grid.bases // 2].astype(float).tolist())
        results[3].append(np.linalg.norm(centres - middle, axis=1).tolist())
    arrays = [np.array(rows) for rows in results]
    return Score(arrays[0], arrays[1]), Score(arrays[2], arrays[3])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=QUERIES)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--data", type=Path, help="folder with splits.json, for openkbp")
    parser.add_argument("--package", metavar="MODEL", help="make it this bundled model")
    arguments = parser.parse_args()
    data = arguments.data if arguments.kind == "openkbp" else None
    path = pretrain(arguments.kind, data, arguments.output)
    draw_curve(path.parent, arguments.output / "curve.png")
    if arguments.package:
        source, path = path, RESOURCES / "Models" / f"{arguments.package}.safetensors"
        write_coarse(source, path)
    model = load_position_model(str(path), "cpu")
    bodies = [place(array, affine, name, model.placement) for name, array, affine in unseen(data)]
    queries = QUERIES[arguments.kind]
    rows = {"VoCo": ask(model, bodies, queries)}
    for seed in range(UNTRAINED):
        rows[f"untrained, seed {seed}"] = ask(untrained(model, "tiny", seed), bodies, queries)
    rows["random base"], rows["always the middle"] = guess(model, bodies, queries)
    summaries = {name: score.summary() for name, score in rows.items()}
    (arguments.output / "accuracy.json").write_text(json.dumps(summaries, indent=1) + "\n")
    text = table(summaries)
    print(f"{len(bodies)} bodies, {queries} queries each\n\n{text}")
    if arguments.package:
        replace_between(path.with_suffix(".md"), "<!-- scores -->\n", "<!-- end -->", text + "\n")
        record_file(arguments.package, path)


def table(summaries: dict[str, dict]) -> str:
    """The scores as Markdown."""
    lines = ["| | top-1 | error, mm |", "|---|---|---|"]
    for name, s in summaries.items():
        top1, low, high = s["top1"], *s["top1_interval"]
        error, near, far = s["error_mm"], *s["error_mm_interval"]
        lines.append(
            f"| {name} | {top1:.3f} ({low:.3f} to {high:.3f}) "
            f"| {error:.1f} ({near:.1f} to {far:.1f}) |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
