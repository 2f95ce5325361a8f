"""From a click to numbers, against the bare forward of the encoder on one 64^3 crop.

    python Testing/Benchmarks/position_latency.py [--preset tiny] [--seconds 30] [--threads 2]

Both run in one process and take turns; the table gives medians. The view is warm: the model is
loaded and the base crops of the layer are computed. Every click is at a new point. The promise is
that a click costs at most 1.15 times the forward and 50 ms.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import torch

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from VoCoLib.images.phantom import make_phantom  # noqa: E402
from VoCoLib.method.presets import PRESETS  # noqa: E402
from VoCoLib.networks.projection_head import ProjectionHead  # noqa: E402
from VoCoLib.networks.swin_unetr import VoCoEncoder  # noqa: E402
from VoCoLib.positions.model import PositionModel  # noqa: E402
from VoCoLib.positions.placement import Placement, place  # noqa: E402
from VoCoLib.positions.view import PositionView  # noqa: E402
from VoCoLib.recipe import FEATURE_SIZES  # noqa: E402

FACTOR, EXTRA_S = 1.15, 0.05


def make_view(preset: str, preparation: str) -> tuple[PositionView, VoCoEncoder]:
    """A view of a phantom by a network with random weights, and its encoder."""
    phantom = make_phantom(7, (2.0, 2.0, 2.5), (360, 270, 300))
    encoder = VoCoEncoder(preset, "current").eval()
    head = ProjectionHead(24 * FEATURE_SIZES[preset], 1024)
    settings = PRESETS[preparation]
    placement = Placement(settings.preparation, settings.grid)
    model = PositionModel(encoder, head, placement, preset, "cpu")
    return PositionView(model, place(phantom.image, phantom.affine, "phantom", placement)), encoder


def measure(view: PositionView, encoder: VoCoEncoder, seconds: float) -> tuple[float, float, int]:
    """Median seconds of a click and of a forward, and how many of each."""
    rng = np.random.default_rng(0)
    crop = torch.rand(1, 1, 64, 64, 64)
    clicks: list[float] = []
    bare: list[float] = []
    view.query([(0.0, 0.0, 0.0)])  # base crops
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        point = rng.uniform([-120, -80, 0], [120, 80, 0]).tolist()
        start = time.perf_counter()
        view.query([point])
        clicks.append(time.perf_counter() - start)
        start = time.perf_counter()
        with torch.inference_mode():
            encoder(crop)
        bare.append(time.perf_counter() - start)
    return statistics.median(clicks), statistics.median(bare), len(clicks)


def main() -> None:
    """Prints a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--preset", default="tiny", choices=FEATURE_SIZES)
    parser.add_argument("--seconds", type=float, default=30, help="per case")
    parser.add_argument("--threads", type=int, default=2, help="of torch")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    cores, load = psutil.cpu_count(), psutil.getloadavg()[0]
    print(
        f"{platform.system()}, {platform.machine()}, {cores} cores (load {load:.1f} before), "
        f"torch {torch.__version__}, {arguments.threads} thread(s)\n"
    )
    print("| grid | clicks | click, ms | bare forward, ms | allowed, ms | kept |")
    print("|---|---|---|---|---|---|")
    for preparation in ("tiny", "abdomen", "v1"):
        click, bare, count = measure(*make_view(arguments.preset, preparation), arguments.seconds)
        allowed = FACTOR * bare + EXTRA_S
        print(
            f"| {arguments.preset}, {preparation} | {count} | {1e3 * click:.0f} | {1e3 * bare:.0f} "
            f"| {1e3 * allowed:.0f} | {'yes' if click <= allowed else 'no'} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
