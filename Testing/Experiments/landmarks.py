"""Measures how far off a place of one patient is found in another, in mm, on OpenKBP's patients.

    python Testing/Experiments/landmarks.py -o FOLDER --data OPENKBP [--patients 8]
        [--also MODEL]

Landmarks are the centres of the organs that both patients have (brainstem, parotid glands, larynx,
mandible) and the top of the spinal cord. Each ordered pair of the first patients of the validation
set is asked, by the look-up that follows the mouse in Slicer: for bundled networks, for MODEL (such
as position_accuracy.py trains), for an untrained one, and for the guess that a place is at the same
share of the body's box. Writes FOLDER/landmarks.json and prints a table in Markdown; intervals are
95 % of a bootstrap over the patients that are looked into.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import nibabel
import numpy as np
from position_accuracy import patients, untrained

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from VoCoLib.images.coordinates import to_mm  # noqa: E402
from VoCoLib.images.lattice import body_box  # noqa: E402
from VoCoLib.positions.dense import compare_bodies  # noqa: E402
from VoCoLib.positions.lookup import MatchLookup  # noqa: E402
from VoCoLib.positions.model import PositionModel, load_position_model  # noqa: E402
from VoCoLib.positions.placement import PlacedVolume, place  # noqa: E402
from VoCoLib.positions.view import PositionView  # noqa: E402

ORGANS = {1: "brainstem", 3: "right parotid", 4: "left parotid", 6: "larynx", 7: "mandible"}
CORD, CORD_TOP = 2, "top of the cord"
Landmarks = dict[str, np.ndarray]


def landmarks(path: Path) -> Landmarks:
    """RAS mm of what a patient's label map has."""
    image = nibabel.load(path)
    labels = np.asarray(image.dataobj).astype(int)
    found = {}
    for value, name in ORGANS.items():
        where = np.argwhere(labels == value)
        if len(where):
            found[name] = to_mm(image.affine, where.mean(0))
    cord = np.argwhere(labels == CORD)
    if len(cord):
        points = to_mm(image.affine, cord.astype(float))
        top = points[:, 2] > points[:, 2].max() - 4  # mm: a slice or two
        found[CORD_TOP] = points[top].mean(0)
    return found


def guess(point: np.ndarray, one: PlacedVolume, other: PlacedVolume) -> np.ndarray:
    """The same share of the body's box."""
    (low, high), (to_low, to_high) = (
        to_mm(placed.affine, body_box(placed.body, placed.affine).T) for placed in (one, other)
    )
    return to_low + (point - low) / (high - low) * (to_high - to_low)


def errors(model: PositionModel | None, bodies: list[PlacedVolume], known: list[Landmarks]) -> list:
    """(patient that is looked into, landmark, mm, mm along R and A) of all that can be asked."""
    views = [PositionView(model, placed) for placed in bodies] if model else []
    found = []
    for i, one in enumerate(bodies):
        for j, other in enumerate(bodies):
            shared = set(known[i]) & set(known[j])
            if i == j or not shared:
                continue
            lookup = None
            if model:
                dense = compare_bodies(views[i], views[j])
                grids = one.to_json(), other.to_json()
                affines = dense.affine, dense.reference_affine
                lookup = MatchLookup(*grids, dense.similarities, *affines)
            for name in sorted(shared):
                match = guess(known[i][name], one, other)
                if lookup is not None:
                    asked = lookup.find(known[i][name])
                    assert asked is not None
                    match = asked[1]
                off = match - known[j][name]
                norms = float(np.linalg.norm(off)), float(np.linalg.norm(off[:2]))
                found.append((j, name, *norms))
    return found


def interval(rows: list, column: int) -> tuple[float, float, float]:
    """Mean and 95 % interval of a bootstrap over the patients that are looked into."""
    patients_of = sorted({row[0] for row in rows})
    means = np.array([np.mean([r[column] for r in rows if r[0] == p]) for p in patients_of])
    drawn = np.random.default_rng(0).integers(len(means), size=(10_000, len(means)))
    low, high = np.quantile(means[drawn].mean(1), (0.025, 0.975))
    return float(means.mean()), float(low), float(high)


def table(results: dict[str, list]) -> str:
    """The errors as Markdown."""
    names = [*ORGANS.values(), CORD_TOP]
    lines = [
        f"| | all | R and A only | {' | '.join(names)} |",
        "|---|---|---|" + "---|" * len(names),
    ]
    for network, rows in results.items():
        cells = ["{:.1f} ({:.1f} to {:.1f})".format(*interval(rows, column)) for column in (2, 3)]
        for name in names:
            own = [row[2] for row in rows if row[1] == name]
            cells.append(f"{np.mean(own):.1f}" if own else "-")
        lines.append(f"| {network} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True, help="folder with splits.json")
    parser.add_argument("--patients", type=int, default=8)
    parser.add_argument("--also", metavar="MODEL", help="a file of weights")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    path = arguments.output / "landmarks.json"
    results = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    files = patients(arguments.data, "val")[: arguments.patients]
    known = [landmarks(arguments.data / "labelsTr" / file.name) for file in files]
    headneck = load_position_model("openkbp-headneck", "cpu")
    voco = load_position_model("demo-torso-voco", "cpu")
    networks = {
        "same share of the body's box": (None, voco),
        "openkbp-headneck": (headneck, headneck),
        "demo-torso-voco": (voco, voco),
        "untrained, seed 0": (untrained(voco, "tiny", 0), voco),
    }
    if arguments.also:
        also = load_position_model(arguments.also, "cpu")
        networks[arguments.also] = also, also
    for name, (model, placing) in networks.items():
        if name not in results:
            bodies = [_placed(file, placing) for file in files]
            results[name] = errors(model, bodies, known)
            path.write_text(json.dumps(results), encoding="utf-8")
            print(f"{name}: {len(results[name])} landmarks", flush=True)
    print(table(results))


def _placed(path: Path, model: PositionModel) -> PlacedVolume:
    image = nibabel.load(path)
    return place(np.asanyarray(image.dataobj), image.affine, path.name, model.placement)


if __name__ == "__main__":
    main()
