"""What 8-bit integers cost: Dice of a bundled model on unseen cases, by precision.

    python Testing/Experiments/eight_bits.py openkbp-headneck --data OPENKBP
    python Testing/Experiments/eight_bits.py demo-torso

OpenVINO computes; the table is in Markdown. What they save: Testing/Benchmarks/segmentation.py
--variants openvino:bfloat16 openvino:int8.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "Testing" / "Experiments")]

from fewer_windows import score  # noqa: E402
from package_bundled_models import RESOURCES, Case, openkbp_patients, phantoms  # noqa: E402

from VoCoLib.inference.segmentation import Segmenter  # noqa: E402
from VoCoLib.models.catalogue import Catalogue  # noqa: E402
from VoCoLib.networks.loading import load_segmentation_network  # noqa: E402


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("model", choices=("demo-torso", "openkbp-headneck"))
    parser.add_argument("--data", type=Path, help="of OpenKBP: splits.json, cases.csv, images")
    arguments = parser.parse_args()
    model, data = arguments.model, arguments.data
    recipe = Catalogue().get(model).recipe
    assert recipe is not None
    network = load_segmentation_network(RESOURCES / "Models" / f"{model}.safetensors", recipe)[0]

    def cases() -> Iterator[Case]:
        return phantoms() if data is None else openkbp_patients(data)

    print("| precision | mean Dice | largest loss of a structure | equal voxels | processor, s |")
    print("|---|---|---|---|---|")
    exact: list[np.ndarray] = []
    before: dict[str, float] = {}
    for precision in ("float32", "bfloat16", "int8"):
        segmenter = Segmenter(network, recipe, "cpu", precision, "", "openvino")
        start = time.process_time()
        dice, mean, agreement, _ = score(segmenter, cases(), exact)
        seconds = time.process_time() - start
        before = before or dice
        name, loss = max(((n, before[n] - d) for n, d in dice.items()), key=lambda item: item[1])
        print(
            f"| {precision} | {mean:.4f} | {loss:.4f} ({name}) | {agreement:.3%} | {seconds:.0f} |"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main()
