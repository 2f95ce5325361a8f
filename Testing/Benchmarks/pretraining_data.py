"""Samples per second of the crop sampling against one MONAI Compose pipeline per crop.

    python Testing/Benchmarks/pretraining_data.py [--seconds 20] [--threads 1]

A sample is what one volume gives to a batch: a random part of it, cut into 2 query and 9 (v2) or
16 (v1) base crops, augmented, with the labels. The other side is what the published code does:
its transforms are built anew for each crop of each sample. Both work on the same prepared volume
in one process and take turns; the table gives medians of the seconds of one sample.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import monai
import numpy as np
import psutil
import torch
from monai import transforms as mt
from torch import Tensor

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from VoCoLib.method.crops import V1_SAMPLER, V2_SAMPLER, CropSampler  # noqa: E402

# a body at 1.5 mm, a chest at 1.25 x 1.25 x 5 mm, and v1, where volumes are squeezed into the grid
CASES = {
    "v2, 243 x 193 x 223": (V2_SAMPLER, (243, 193, 223)),
    "v2, 291 x 241 x 68": (V2_SAMPLER, (291, 241, 68)),
    "v1, 384 x 384 x 96": (V1_SAMPLER, (384, 384, 96)),
}


def monai_crop(part: dict, centre: tuple[int, ...], sampler: CropSampler) -> Tensor:
    """One crop by transforms of its own."""
    grid = sampler.grid
    resize = mt.Resized("image", (grid.input_edge,) * 3, mode="trilinear", align_corners=True)
    chain = mt.Compose(
        [
            mt.SpatialCropd("image", roi_center=centre, roi_size=(grid.crop,) * 3),
            *([resize] if grid.input_edge != grid.crop else []),
            *(mt.RandFlipd("image", prob=0.2, spatial_axis=axis) for axis in range(3)),
            mt.RandRotate90d("image", prob=0.2, max_k=3),
            mt.RandShiftIntensityd("image", offsets=0.1, prob=sampler.shift_probability),
        ]
    )
    return chain(part)["image"]


def monai_label(centre: np.ndarray, sampler: CropSampler) -> list[float]:
    """Shares of overlap of one query, base by base."""
    size, shares = sampler.grid.crop, []
    for i in range(sampler.grid.n):
        for j in range(sampler.grid.n):
            along_r = size - abs(centre[0] - (i * size + size // 2))
            along_a = size - abs(centre[1] - (j * size + size // 2))
            shares.append(max(0, along_r) * max(0, along_a) / size**2)
    return shares


def monai_pipeline(volume: Tensor, sampler: CropSampler) -> Callable[[], tuple[Tensor, Tensor]]:
    """A function that draws one sample."""
    grid, rng = sampler.grid, np.random.default_rng(0)
    start = mt.Compose(
        [mt.SpatialPadd("image", grid.shape), mt.RandSpatialCropd("image", grid.shape)]
    )
    data = {"image": monai.data.MetaTensor(volume[None])}

    def draw() -> tuple[Tensor, Tensor]:
        part = start(data)
        half = grid.crop // 2
        centres = rng.integers(*grid.centre_range, size=(sampler.queries, 2))
        queries = [monai_crop(part, (*map(int, c), half), sampler) for c in centres]
        bases = [
            monai_crop(part, (i * grid.crop + half, j * grid.crop + half, half), sampler)
            for i in range(grid.n)
            for j in range(grid.n)
        ]
        labels = torch.tensor([monai_label(c, sampler) for c in centres])
        return torch.stack(queries + bases), labels

    return draw


def compare(sampler: CropSampler, shape: tuple[int, ...], seconds: float) -> tuple[float, float]:
    """Median seconds of a sample, MONAI's and ours, measured in turns."""
    volume = torch.rand(shape, generator=torch.Generator().manual_seed(0))
    rng = np.random.default_rng(0)
    sides = (monai_pipeline(volume, sampler), lambda: sampler.draw(volume, rng))
    times: tuple[list[float], list[float]] = ([], [])
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for draw, found in zip(sides, times, strict=True):
            start = time.perf_counter()
            crops, labels = draw()
            found.append(time.perf_counter() - start)
            assert len(crops) == sampler.queries + sampler.grid.bases
            assert labels.shape == (sampler.queries, sampler.grid.bases)
    return statistics.median(times[0]), statistics.median(times[1])


def main() -> None:
    """Prints a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=20, help="per case")
    parser.add_argument("--threads", type=int, default=1, help="of torch, as in a data worker")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    cores, load = psutil.cpu_count(), psutil.getloadavg()[0]
    print(
        f"{platform.system()}, {platform.machine()}, {cores} cores (load {load:.1f} before), "
        f"torch {torch.__version__}, MONAI {monai.__version__}, {arguments.threads} thread(s)\n"
    )
    print("| prepared volume | MONAI, ms a sample | VoCoLib, ms a sample | ratio |")
    print("|---|---|---|---|")
    for name, (sampler, shape) in CASES.items():
        theirs, ours = compare(sampler, shape, arguments.seconds)
        print(
            f"| {name} | {1e3 * theirs:.1f} | {1e3 * ours:.1f} | {theirs / ours:.1f} |", flush=True
        )


if __name__ == "__main__":
    main()
