"""Does a projection head find more places if further crops of the body go through it, too?

    python Testing/Experiments/position_company.py [--model demo-torso-voco]

Asks ten random queries of each of 20 phantoms that the bundled models have not seen, one at a time,
beside the nine bases and: nothing, the four corners between the bases (what the position view
does), the twelve places half-way between two bases, all these, or 32 places of a lattice. Prints a
table in Markdown; intervals are 95 % of a bootstrap over bodies.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from position_accuracy import Score, query_points, table, unseen

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from VoCoLib.method.base_grid import BaseGrid, Boxes  # noqa: E402
from VoCoLib.positions.answer import compare_with_bases  # noqa: E402
from VoCoLib.positions.model import load_position_model  # noqa: E402
from VoCoLib.positions.placement import place  # noqa: E402
from VoCoLib.positions.view import PositionView  # noqa: E402

QUERIES = 10


def companies(grid: BaseGrid) -> dict[str, Boxes]:
    """Boxes of the crops that go along, by what they are."""
    crop, n = grid.crop, grid.n
    between, middle = np.arange(1, n) * crop, (np.arange(n) + 0.5) * crop
    pairs = [(b, m) for b in between for m in middle]
    half_way = grid.query_boxes(np.array([*pairs, *(pair[::-1] for pair in pairs)], int))
    lattice = np.linspace(*grid.centre_range, 6).astype(int)
    places = np.array([(x, y) for x in lattice for y in lattice])
    drawn = np.random.default_rng(1).permutation(len(places))[:32]
    return {
        "nothing": half_way[:0],
        f"{(n - 1) ** 2} corners": grid.corner_boxes(),
        f"{len(half_way)} half-way": half_way,
        "corners and half-way": np.concatenate([grid.corner_boxes(), half_way]),
        "32 of a lattice": grid.query_boxes(places[drawn]),
    }


def main() -> None:
    """Asks and prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="demo-torso-voco")
    model = load_position_model(parser.parse_args().model, "cpu")
    rng = np.random.default_rng(0)
    found: dict[str, list[list[tuple[bool, float]]]] = {}
    for name, array, affine in unseen(None):
        placed = place(array, affine, name, model.placement)
        view, layer = PositionView(model, placed), len(placed.grids) // 2
        grid = placed.grids[layer]
        bases = view.bases(layer)[: grid.grid.bases]
        boxes = [grid.query_box(placed.voxel(p)) for p in query_points(placed, QUERIES, rng)]
        for company, others in companies(grid.grid).items():
            beside = view.features(others + np.array(grid.corner)[:, None])
            rows = []
            for box, query in zip(boxes, view.features(boxes), strict=True):
                similarities = model.compare(query, bases, *beside)[: grid.grid.bases].tolist()
                labels = grid.labels(box[None])[0]
                answer = compare_with_bases(similarities, grid)
                hit = labels[int(np.argmax(similarities))] >= labels.max() - 1e-9
                off = float(np.linalg.norm(answer.predicted_mm - grid.centre(box)))
                rows.append((bool(hit), off))
            found.setdefault(company, []).append(rows)
    scores = {name: np.array(rows, float) for name, rows in found.items()}
    print(table({name: Score(s[..., 0], s[..., 1]).summary() for name, s in scores.items()}))


if __name__ == "__main__":
    main()
