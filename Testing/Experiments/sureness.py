"""Measures how often "sure", "fairly sure" and "unsure" are right, on bodies that were held back.

    python Testing/Experiments/sureness.py -o FOLDER --data OPENKBP [--also MODEL]

Asks random crops, drawn as in pre-training, of 12 phantoms of other seeds than the bundled models
were trained with, and of 12 of OpenKBP's validation patients, in a grid of 3 x 3; two networks in
4 x 4, too, and MODEL in both. A degree is right where the named cell is one that the crop overlaps
the most. Writes FOLDER/sureness.json, a row a crop, and prints the table of Docs/positions.md. An
untrained network is asked, too: it should be unsure. What is in the file already is not measured
again.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
from position_accuracy import query_points, unseen, untrained

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from VoCoLib.positions.model import PositionModel, load_position_model  # noqa: E402
from VoCoLib.positions.placement import place  # noqa: E402
from VoCoLib.positions.sureness import sureness  # noqa: E402
from VoCoLib.positions.view import PositionView  # noqa: E402

BODIES, QUERIES = 12, 6
DEGREES = ("sure", "fairly sure", "unsure")


def networks(
    data: Path | None, also: str | None
) -> Iterator[tuple[str, PositionModel, Path | None, int]]:
    """A name, a network, the patients that it is asked about (None: phantoms), n of its grid."""
    pretrained = load_position_model("demo-torso-voco", "cpu")
    yield "demo-torso-voco, phantoms", pretrained, None, 3
    if data is not None:
        headneck = load_position_model("openkbp-headneck", "cpu")
        yield "openkbp-headneck, patients", headneck, data, 3
    yield "demo-torso, phantoms", load_position_model("demo-torso", "cpu"), None, 3
    yield "untrained, phantoms", untrained(pretrained, "tiny", 0), None, 3
    yield "demo-torso-voco, phantoms", pretrained, None, 4
    if data is not None:
        yield "openkbp-headneck, patients", headneck, data, 4
    if data is not None and also:
        for n in (3, 4):
            yield f"{also}, patients", load_position_model(also, "cpu"), data, n


def measure(name: str, model: PositionModel, patients: Path | None, n: int) -> list[dict]:
    """One row a crop."""
    rng = np.random.default_rng(0)
    rows = []
    for number, (_, array, affine) in enumerate(islice(unseen(patients), BODIES)):
        placed = place(array, affine, name, model.placement.change(n=n))
        points = query_points(placed, QUERIES, rng)
        for answer in PositionView(model, placed).query(points.tolist()):
            rows.append(
                {
                    **{"network": name, "n": n, "body": number},
                    **{"compared": answer.compared, "hit": bool(answer.hit)},
                    "probability": max(answer.bases.probabilities),
                    "similarities": answer.bases.similarities,
                    "overlap": answer.overlap,
                    "error_mm": answer.error_mm,
                }
            )
    return rows


def table(rows: list[dict]) -> str:
    """How often each degree was said, and was right, as Markdown."""
    lines = ["| network, bodies | grid | degree | said | right cell | median error, mm |"]
    lines.append("|---|---|---|---|---|---|")
    groups = dict.fromkeys((row["network"], row["n"]) for row in rows)
    for name, n in groups:
        of_group = [row for row in rows if (row["network"], row["n"]) == (name, n)]
        for degree in DEGREES:
            own = [r for r in of_group if sureness(r["probability"], r["compared"]) == degree]
            right = f"{np.mean([r['hit'] for r in own]):.0%}" if own else "-"
            error = f"{np.median([r['error_mm'] for r in own]):.0f}" if own else "-"
            said = f"{len(own) / len(of_group):.0%} ({len(own)})"
            lines.append(f"| {name} | {n} x {n} | {degree} | {said} | {right} | {error} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--data", type=Path, help="folder with splits.json of OpenKBP")
    parser.add_argument("--also", metavar="MODEL", help="a file of weights, asked about patients")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    path = arguments.output / "sureness.json"
    rows = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    done = {(row["network"], row["n"]) for row in rows}
    for name, model, patients, n in networks(arguments.data, arguments.also):
        if (name, n) not in done:
            rows += measure(name, model, patients, n)
            path.write_text(json.dumps(rows), encoding="utf-8")
            print(f"{name}, {n} x {n}", flush=True)
    print(table(rows))


if __name__ == "__main__":
    main()
