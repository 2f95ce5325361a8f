"""Time and memory of a pre-training step against a re-creation of the original's, in one run.

    python Testing/Benchmarks/pretraining_step.py [--preset tiny] [--batch 1] [--steps 3]
        [--precision float32|bfloat16] [--threads N] [--chunk N] [--[no-]recompute]

A step is: crops drawn from prepared volumes, forward, backward, AdamW, teacher. The original's side
builds transforms anew for each crop, runs MONAI's own network on all crops at once with activation
checkpointing, which is its default, and keeps its optimiser's settings. VoCoLib's side has the
defaults of `voco pretrain`. Both sides start from the same weights; first they are given the same
batch and must answer with the same loss. Each side is a process of its own, so that its peak memory
is its own, and they take turns step by step. The table gives medians after a step to warm up.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import platform
import statistics
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import monai
import numpy as np
import psutil
import torch
import torch.nn.functional as F
from monai.networks.nets import SwinUNETR
from pretraining_data import monai_pipeline
from torch import Tensor, nn

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from VoCoLib.method.crops import V2_SAMPLER  # noqa: E402
from VoCoLib.method.student_teacher import VoCoV2, draw_dropout  # noqa: E402
from VoCoLib.networks.swin_unetr import VoCoEncoder  # noqa: E402
from VoCoLib.recipe import FEATURE_SIZES  # noqa: E402
from VoCoLib.training.pretraining.run import crops_at_a_time  # noqa: E402
from VoCoLib.training.pretraining.settings import settings_from  # noqa: E402

SHAPE = (243, 193, 223)  # a body at 1.5 mm
SIDES = ("original", "VoCoLib")


class StockEncoder(VoCoEncoder):
    """The encoder with MONAI's own attention and its activation checkpointing."""

    def __init__(self, preset: str) -> None:
        nn.Module.__init__(self)
        network = SwinUNETR(1, 2, feature_size=FEATURE_SIZES[preset], use_v2=True,
                            use_checkpoint=True)  # fmt: skip
        for name in ("swinViT", "encoder1", "encoder2", "encoder3", "encoder4", "encoder10"):
            setattr(self, name, getattr(network, name))


def make_model(side: str, arguments: argparse.Namespace) -> VoCoV2:
    """The same weights on both sides."""
    torch.manual_seed(0)
    settings = settings_from({"data": "none", "preset": arguments.preset, **arguments.given})
    chunk = crops_at_a_time(settings, V2_SAMPLER.grid, settings.recompute)
    model = VoCoV2(arguments.preset, "current", chunk=chunk, recompute=settings.recompute)
    if side == "original":
        stock = StockEncoder(arguments.preset)
        stock.load_state_dict(model.backbone.state_dict())
        model.backbone, model.chunk, model.recompute = stock, None, False
    return model


def make_volume(seed: int) -> Tensor:
    """Smooth shapes in 0..1."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(1, 1, 8, 7, 8, generator=generator)
    return F.interpolate(coarse, SHAPE, mode="trilinear")[0, 0]


def make_step(side: str, model: VoCoV2, arguments: argparse.Namespace) -> Callable[[], None]:
    """A function that does a step, from prepared volumes to new weights."""
    rng = np.random.default_rng(0)
    volumes = [make_volume(seed) for seed in range(arguments.batch)]
    draws = [
        monai_pipeline(volume, V2_SAMPLER)
        if side == "original"
        else lambda volume=volume: V2_SAMPLER.draw(volume, rng)
        for volume in volumes
    ]
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, 1e-4, weight_decay=0.01, amsgrad=True)

    def step() -> None:
        samples = [draw() for draw in draws]
        crops = torch.stack([torch.as_tensor(crops) for crops, _ in samples])
        labels = torch.stack([labels.float() for _, labels in samples])
        dropout = torch.stack([draw_dropout(crops.shape[1], rng) for _ in samples])
        with autocast(arguments):
            total = model(crops, labels, dropout)["total"]
        total.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        model.update_teacher()

    return step


def autocast(arguments: argparse.Namespace) -> contextlib.AbstractContextManager:
    dtype = getattr(torch, arguments.precision)
    return torch.autocast("cpu", dtype, enabled=dtype != torch.float32)


def serve(side: str, arguments: argparse.Namespace, pipe: Connection) -> None:
    """One side: answers with the loss of the common batch, then with the seconds of each step."""
    torch.set_num_threads(arguments.threads)
    model = make_model(side, arguments)
    rng = np.random.default_rng(1)
    common = [V2_SAMPLER.draw(make_volume(seed), rng) for seed in range(arguments.batch)]
    crops, labels = (torch.stack(parts) for parts in zip(*common, strict=True))
    with torch.no_grad(), autocast(arguments):
        pipe.send(model(crops, labels)["total"].item())
    step = make_step(side, model, arguments)
    while pipe.recv():
        start = time.perf_counter()
        step()
        pipe.send((time.perf_counter() - start, peak_bytes()))


def peak_bytes() -> int:
    """The most memory that this process ever had."""
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


def main() -> None:
    """Prints a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--preset", choices=FEATURE_SIZES, default="tiny")
    parser.add_argument("--batch", type=int, default=1, help="volumes; 11 crops each")
    parser.add_argument("--steps", type=int, default=3, help="of each side, after one to warm up")
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--threads", type=int, default=psutil.cpu_count(logical=False))
    parser.add_argument("--chunk", type=int, help="crops at a time, VoCoLib's side")
    parser.add_argument("--recompute", action=argparse.BooleanOptionalAction, help="VoCoLib's side")
    arguments = parser.parse_args()
    given = {"chunk": arguments.chunk, "recompute": arguments.recompute}
    arguments.given = {name: value for name, value in given.items() if value is not None}
    context, pipes = multiprocessing.get_context("spawn"), []
    for side in SIDES:
        here, there = context.Pipe()
        context.Process(target=serve, args=(side, arguments, there), daemon=True).start()
        pipes.append(here)
    losses = [pipe.recv() for pipe in pipes]
    tolerance = 1e-4 if arguments.precision == "float32" else 2e-2
    assert abs(losses[0] - losses[1]) < tolerance, losses
    load, answers = psutil.getloadavg()[0], {side: [] for side in SIDES}
    for _ in range(1 + arguments.steps):
        for side, pipe in zip(SIDES, pipes, strict=True):
            pipe.send(True)
            answers[side].append(pipe.recv())
    for pipe in pipes:
        pipe.send(False)
    seconds = [statistics.median(s for s, _ in answers[side][1:]) for side in SIDES]
    peaks = [answers[side][-1][1] / 2**30 for side in SIDES]
    print(
        f"{platform.system()}, {platform.machine()}, {arguments.threads} thread(s) (load {load:.1f}"
        f" before), torch {torch.__version__}, MONAI {monai.__version__}; {arguments.preset}, "
        f"{arguments.precision}, {arguments.batch} volume(s); loss {losses[0]:.6f} and "
        f"{losses[1]:.6f}\n"
    )
    print("| | original | VoCoLib | |\n|---|---|---|---|")
    print(f"| s a step | {seconds[0]:.2f} | {seconds[1]:.2f} | {seconds[0] / seconds[1]:.2f} x |")
    print(f"| peak GiB | {peaks[0]:.2f} | {peaks[1]:.2f} | {100 * peaks[1] / peaks[0]:.0f} % |")


if __name__ == "__main__":
    main()
