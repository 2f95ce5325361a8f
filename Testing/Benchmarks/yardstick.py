"""What a window of another architecture costs here: nnU-Net's 3D full-resolution network.

    python Testing/Benchmarks/yardstick.py [--repeats 3]

A yardstick of compute, not of quality: both networks have random weights. nnU-Net's is MONAI's
DynUNet in the plan that TotalSegmentator uses at 1.5 mm (windows of 128^3; 32, 64, 128, 256, 320
and 320 channels; five such networks for its 117 structures), VoCo's is VoComni_B (96^3). Windows of
both overlap by half, so what counts is the time for a voxel. All take turns.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from VoCoLib.inference.engines import PyTorchEngine  # noqa: E402
from VoCoLib.inference.openvino_engine import OpenVinoEngine, openvino_version  # noqa: E402
from VoCoLib.inference.trials import processor  # noqa: E402
from VoCoLib.networks.swin_unetr import build_network  # noqa: E402

CHANNELS = (32, 64, 128, 256, 320, 320)
CLASSES = 25
PRECISION = "bfloat16"


def nnunet() -> nn.Module:
    """The network of nnU-Net's plan, without deep supervision, as in inference."""
    from monai.networks.nets import DynUNet

    strides = (1, 2, 2, 2, 2, 2)
    kernels = (3,) * len(strides)
    return DynUNet(3, 1, CLASSES, kernels, strides, strides[1:], CHANNELS, norm_name="instance")


def measure(answer: Callable[[Tensor], object], edge: int) -> tuple[float, float]:
    """Seconds, and of processor time, of a window."""
    window = torch.rand(1, 1, edge, edge, edge)
    start, cpu = time.perf_counter(), time.process_time()
    answer(window)
    return time.perf_counter() - start, time.process_time() - cpu


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    repeats = parser.parse_args().repeats
    torch.manual_seed(0)
    cpu = torch.device("cpu")
    voco, other = build_network("B", 21, "legacy").eval(), nnunet().eval()
    engines = {
        ("nnU-Net's", "PyTorch", 128): PyTorchEngine(other, cpu, PRECISION),
        ("VoComni_B", "PyTorch", 96): PyTorchEngine(voco, cpu, PRECISION),
    }
    if openvino_version():
        engine = OpenVinoEngine(voco, (96, 96, 96), PRECISION)
        engines["VoComni_B", "OpenVINO", 96] = engine  # type: ignore[assignment]
    found: dict[tuple[str, str, int], list[tuple[float, float]]] = {name: [] for name in engines}
    for _ in range(repeats + 1):
        for name, engine in engines.items():
            found[name].append(measure(lambda x, e=engine: e(x, lambda: False), name[2]))
    print(f"{processor()}, {torch.get_num_threads()} threads, {PRECISION}, median of {repeats}\n")
    print("| network | engine | window | seconds | of processor time | for a million voxels |")
    print("|---|---|---|---|---|---|")
    for (network, engine_name, edge), times in found.items():
        seconds, used = (statistics.median(values) for values in zip(*times[1:], strict=True))
        print(
            f"| {network} | {engine_name} | {edge}^3 | {seconds:.2f} | {used:.2f} "
            f"| {used / edge**3 * 1e6:.2f} |"
        )


if __name__ == "__main__":
    main()
