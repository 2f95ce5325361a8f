"""What a GPU does with VoCo and with what it replaces, side by side in one run.

    python Testing/Benchmarks/gpu.py [--device cuda] [--presets tiny B H] [--quick] [--profile]

Windows of a segmentation by batch and precision, whole CTs from HU to labels, and steps of
pre-training and fine-tuning: plain MONAI, or a re-creation of the original's step, beside this
project's code, with random weights, which cost as much as others. Prints Markdown tables with the
name of the device; --profile adds the ten operations that take the device the longest. --quick
takes everything small and leaves out H, whose training takes 20 GB, so that the same code can be
tried on a processor.
"""

from __future__ import annotations

import argparse
import copy
import platform
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import monai
import numpy as np
import torch
from monai.losses import DiceCELoss
from monai.networks.nets import SwinUNETR
from torch import Tensor, nn
from torch.profiler import ProfilerActivity, profile

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "Testing"), str(Path(__file__).resolve().parent)]

from monai_pipeline import segment_with_monai  # noqa: E402
from pretraining_step import StockEncoder  # noqa: E402

from VoCoLib.images.phantom import make_phantom  # noqa: E402
from VoCoLib.images.volumes import read_volume  # noqa: E402
from VoCoLib.inference.devices import free_memory, is_out_of_memory, release_memory  # noqa: E402
from VoCoLib.inference.segmentation import Segmenter  # noqa: E402
from VoCoLib.method.student_teacher import VoCoV2  # noqa: E402
from VoCoLib.models.catalogue import Catalogue  # noqa: E402
from VoCoLib.networks.swin_unetr import LegacyPatchMerging, build_network  # noqa: E402
from VoCoLib.recipe import FEATURE_SIZES, Preprocessing, Recipe  # noqa: E402
from VoCoLib.training.finetuning.network import FineTuning  # noqa: E402
from VoCoLib.training.pretraining.memory import SHARE, bytes_of_a_crop, settle  # noqa: E402

SAMPLE = ROOT.parent / "shared" / "data" / "ct_samples" / "example_ct.nii.gz"
CROPS = 11  # of a volume: two queries and nine bases
SMALL = (64, 32, 32)  # voxels that the network still takes


@dataclass
class Bench:
    """How everything is measured.

    Attributes:
        device: "cuda", "cuda:1" or "cpu".
        quick: everything small.
        profiled: whether to list operations.
    """

    device: str
    quick: bool
    profiled: bool

    @property
    def repeats(self) -> int:
        return 1 if self.quick else 5

    @property
    def is_cuda(self) -> bool:
        return self.device.startswith("cuda")

    def wait(self) -> None:
        if self.is_cuda:
            torch.cuda.synchronize(self.device)

    def measure(self, function: Callable[[], object]) -> str:
        """Milliseconds, peak memory and the share of time that the device waits, as table cells."""
        try:
            release_memory()
            if not self.quick:
                function()  # kernels are chosen, masks are made
            if self.is_cuda:
                torch.cuda.reset_peak_memory_stats(self.device)
            times = []
            for _ in range(self.repeats):
                self.wait()
                start = time.perf_counter()
                function()
                self.wait()
                times.append(time.perf_counter() - start)
            seconds = statistics.median(times)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            return "out of memory | | |"
        if not self.is_cuda:
            return f"{1000 * seconds:.1f} | | |"
        peak = torch.cuda.max_memory_allocated(self.device) / 1e9
        waits = max(0.0, 1 - self.busy(function) / seconds)
        return f"{1000 * seconds:.1f} | {peak:.1f} | {waits:.0%} |"

    def busy(self, function: Callable[[], object]) -> float:
        """Seconds in which kernels run."""
        with profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA]) as found:
            function()
            self.wait()
        averages = found.key_averages()
        if self.profiled:
            print(averages.table(sort_by="self_cuda_time_total", row_limit=10))
        return sum(item.self_device_time_total for item in averages) / 1e6

    def autocast(self, precision: str) -> torch.autocast:
        dtype = getattr(torch, precision)
        return torch.autocast(self.device.split(":")[0], dtype, enabled=dtype != torch.float32)


def stock_network(preset: str, classes: int, **options: object) -> SwinUNETR:
    """MONAI's own."""
    return SwinUNETR(1, classes, feature_size=FEATURE_SIZES[preset], use_v2=True, **options)


def windows(bench: Bench, preset: str) -> None:
    """Logits of windows, by batch and precision."""
    shape, batches = (SMALL, (1,)) if bench.quick else ((96, 96, 96), (1, 4, 16))
    precisions = ("float32",) if bench.quick else ("bfloat16", "float32")
    torch.manual_seed(0)
    ours = build_network(preset, 21, "legacy").eval().to(bench.device)
    stock = stock_network(preset, 21, downsample=LegacyPatchMerging).eval().to(bench.device)
    print(f"\nA window of {' x '.join(map(str, shape))} of {preset}\n")
    print("| precision | windows | network | ms all | GB | waits |\n|---|---|---|---|---|---|")
    for precision in precisions:
        for batch in batches:
            images = torch.rand(batch, 1, *shape, device=bench.device)
            for name, network in (("MONAI", stock), ("VoCo", ours)):
                forward = make_forward(bench, network, images, precision)
                print(f"| {precision} | {batch} | {name} | {bench.measure(forward)}")


def make_forward(
    bench: Bench, network: nn.Module, images: Tensor, precision: str
) -> Callable[[], Tensor]:
    """Logits without gradients."""

    def forward() -> Tensor:
        with torch.inference_mode(), bench.autocast(precision):
            return network(images)

    return forward


def whole_cts(bench: Bench, preset: str) -> None:
    """From HU to labels."""
    model = Catalogue().get("VoComni_B").recipe
    assert model is not None
    patch = SMALL if bench.quick else model.preprocessing.patch
    spacing = (12.0, 12.0, 12.0) if bench.quick else model.preprocessing.spacing
    preprocessing = Preprocessing(spacing, model.preprocessing.hu_window, patch)
    recipe = Recipe("segmentation", preset, "legacy", preprocessing, model.labels)
    torch.manual_seed(0)
    ours = build_network(preset, recipe.out_channels, "legacy").eval()
    stock = stock_network(preset, recipe.out_channels, downsample=LegacyPatchMerging).eval()
    stock.load_state_dict(ours.state_dict())
    stock.to(bench.device)
    precision = "bfloat16" if bench.is_cuda else "float32"
    segmenter = Segmenter(ours, recipe, bench.device, precision)
    print(f"\nWhole CTs, {preset}\n")
    print("| CT | pipeline | ms | GB | waits | equal voxels |\n|---|---|---|---|---|---|")
    for name, array, affine in cts(bench):
        labels: dict[str, np.ndarray] = {}
        at_once = 1 if bench.quick else 4

        def plain(into=labels, array=array, affine=affine, at_once=at_once) -> None:
            with bench.autocast(precision):
                into["MONAI"] = segment_with_monai(
                    array, affine, stock, preprocessing, bench.device, at_once
                )

        def own(into=labels, array=array, affine=affine) -> None:
            into["VoCo"] = segmenter.segment(array, affine)

        print(f"| {name} | MONAI | {bench.measure(plain)} |")
        cells = bench.measure(own)
        same = f"{(labels['MONAI'] == labels['VoCo']).mean():.2%}" if len(labels) == 2 else ""
        print(f"| {name} | VoCo | {cells} {same} |")


def cts(bench: Bench) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """A phantom of 512 x 512 x 160, and the sample CT where it is."""
    if bench.quick:
        phantom = make_phantom(7, (12.0, 12.0, 12.0))
        return [("phantom", phantom.image, phantom.affine)]
    phantom = make_phantom(7, (0.75, 0.75, 2.0), (384.0, 384.0, 320.0))
    found = [("512 x 512 x 160", phantom.image, phantom.affine)]
    if SAMPLE.is_file():
        volume = read_volume(SAMPLE)
        found.append((SAMPLE.name, volume.array, volume.affine))
    return found


def pretraining(bench: Bench, preset: str) -> None:
    """A step of four volumes: the original's way, and as many crops at a time as fit."""
    volumes, edge, count = (1, 34, 3) if bench.quick else (4, 64, CROPS)
    torch.manual_seed(0)
    ours = VoCoV2(preset, "current").to(bench.device)
    original = copy.deepcopy(ours)
    stock = StockEncoder(preset).to(bench.device)
    stock.load_state_dict(ours.backbone.state_dict())
    original.backbone = stock
    crops = torch.rand(volumes, count, 1, edge, edge, edge, device=bench.device)
    labels = torch.rand(volumes, 2, count - 2, device=bench.device)
    labels /= labels.sum(-1, keepdim=True)
    for name, model in (("original", original), ("VoCo", ours)):
        if model is ours and bench.is_cuda:
            device = torch.device(bench.device)
            free = SHARE * free_memory(device)
            one = bytes_of_a_crop(ours, edge, device, lambda: bench.autocast("bfloat16"))
            ours.chunk, ours.recompute = settle(volumes * count, one, free)
        step = make_step(bench, model, lambda m: m(crops, labels)["total"])
        what = f"pre-training, {volumes} x {count} crops"
        print(f"| {what} | {preset} | {name} | {bench.measure(step)}")


def finetuning(bench: Bench, preset: str) -> None:
    """A step of two patches."""
    count, shape = (1, SMALL) if bench.quick else (2, (96, 96, 96))
    model = Catalogue().get("VoComni_B").recipe
    assert model is not None
    recipe = Recipe("segmentation", preset, "legacy", model.preprocessing, model.labels)
    classes = recipe.out_channels
    torch.manual_seed(0)
    ours = FineTuning(recipe, 0.99).to(bench.device)
    stock = stock_network(preset, classes).to(bench.device)
    images = torch.rand(count, 1, *shape, device=bench.device)
    labels = torch.randint(classes, (count, *shape), device=bench.device)
    seen = torch.ones(count, classes, dtype=torch.bool, device=bench.device)
    weights = torch.ones(count, classes, device=bench.device)
    plain = DiceCELoss(to_onehot_y=True, softmax=True)
    steps = {
        "MONAI": make_step(bench, stock, lambda m: plain(m(images).float(), labels[:, None])),
        "VoCo": make_step(bench, ours, lambda m: m(images, labels, seen, weights)["total"]),
    }
    for name, step in steps.items():
        print(f"| fine-tuning, {count} patches | {preset} | {name} | {bench.measure(step)}")


def make_step(
    bench: Bench, model: nn.Module, loss: Callable[[nn.Module], Tensor]
) -> Callable[[], None]:
    """Forward, backward, AdamW, and the teacher where there is one."""
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, 1e-4, amsgrad=True)
    precision = "bfloat16" if bench.is_cuda else "float32"

    def step() -> None:
        with bench.autocast(precision):
            total = loss(model)
        total.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        if hasattr(model, "update_teacher"):
            model.update_teacher()

    return step


def main() -> None:
    """Prints Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--presets", nargs="+", choices=FEATURE_SIZES)
    parser.add_argument("--quick", action="store_true", help="everything small")
    parser.add_argument("--profile", action="store_true", help="list operations")
    arguments = parser.parse_args()
    presets = arguments.presets or (["tiny", "B"] if arguments.quick else ["tiny", "B", "H"])
    bench = Bench(arguments.device, arguments.quick, arguments.profile)
    if bench.is_cuda and not torch.cuda.is_available():
        sys.exit("There is no CUDA GPU here. Use --device cpu --quick to try the code.")
    name = torch.cuda.get_device_name(bench.device) if bench.is_cuda else platform.machine()
    print(f"{name}, torch {torch.__version__}, MONAI {monai.__version__}, "
          f"{time.strftime('%Y-%m-%d')}")  # fmt: skip
    shown = "B" if "B" in presets else presets[0]
    windows(bench, shown)
    whole_cts(bench, shown)
    print("\nSteps of a training\n")
    print("| step | network | code | ms | GB | waits |\n|---|---|---|---|---|---|")
    for preset in presets:
        pretraining(bench, preset)
        finetuning(bench, preset)


if __name__ == "__main__":
    main()
