"""Does going on from weights help a pre-training, and for how long to train new heads alone?

    python Testing/Experiments/going_on.py openkbp/imagesTr -o FOLDER --from openkbp-headneck

One `voco pretrain` for each arm, of the same steps, seed and volumes held back: from scratch, and
from the weights with each of --alone steps for the heads alone. A run that FOLDER holds goes on
where it was. Prints in Markdown the share of the queries found, and the error, at each measure.
--without-heads leaves out the heads that the weights may have.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from VoCoLib.cli.pretrain import measured  # noqa: E402
from VoCoLib.cli.training import run_command  # noqa: E402
from VoCoLib.networks.checkpoints import save_checkpoint  # noqa: E402
from VoCoLib.runs.folder import RunFolder  # noqa: E402
from VoCoLib.runs.metric_history import MetricHistory  # noqa: E402
from VoCoLib.training.pretraining.run import pretrain  # noqa: E402
from VoCoLib.training.pretraining.settings import settings_from  # noqa: E402
from VoCoLib.training.start import find_start  # noqa: E402


def main() -> None:
    """Runs all arms and prints their measures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--from", dest="start", required=True)
    parser.add_argument("--without-heads", action="store_true")
    parser.add_argument("--alone", type=int, nargs="*", default=[0, 50])
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--measure-every", type=int, default=50)
    parser.add_argument("--held-back", type=float, default=0.1)
    parser.add_argument("--learning-rate", type=float, default=1e-4)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    names = ("data", "steps", "measure_every", "held_back", "learning_rate", "seed")
    common = {name: getattr(given, name) for name in names}
    given.output.mkdir(parents=True, exist_ok=True)
    start = headless(given.start, given.output) if given.without_heads else given.start
    arms: dict[str, dict[str, Any]] = {"scratch": {"preparation": "tiny"}}
    for steps in given.alone:
        arms[f"alone-{steps}"] = {"start": start, "heads_alone": steps, "preparation": "tiny"}
    for name, changes in arms.items():
        print_row(name, measures(given.output / name, {**common, **changes}))


def headless(name: str, folder: Path) -> str:
    """A copy of weights that keeps the encoder alone."""
    start = find_start(name)
    if start.checkpoint is None or start.recipe is None:
        raise SystemExit(f"{name} has no weights that say what they are.")
    path = folder / "without-heads.safetensors"
    save_checkpoint(path, start.checkpoint.weights, start.recipe, {})
    return str(path)


def measures(folder: Path, values: dict[str, Any]) -> MetricHistory:
    """The metrics of a run, done now or before."""
    run = RunFolder(folder)
    with run_command(run, False, measured) as sink:
        pretrain(settings_from(values), run, sink, resume=True)
    metrics = MetricHistory()
    metrics.add(run.events()[0])
    return metrics


def print_row(name: str, metrics: MetricHistory) -> None:
    """Of the table."""
    steps, found = metrics.series("position_accuracy")
    errors = metrics.series("position_error")[1]
    cells = [f"{s}: {f:.0%}, {e:.2f}" for s, f, e in zip(steps, found, errors, strict=True)]
    print(f"| {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
