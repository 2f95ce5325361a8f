"""Speed and memory of the segmenter against the plain MONAI pipeline: same CT, weights and run.

    python Testing/Benchmarks/segmentation.py [--model VoComni_B] [--ct CT.nii.gz] [--slices 160]
    python Testing/Benchmarks/segmentation.py --variants monai:float32 openvino:bfloat16 --repeats 1

Each measurement is a fresh process: seconds of the segmentation alone (reading the file and loading
the model left out, preparing the engine counted), peak memory of the whole process. The variants
take turns, and ratios are those of the medians. On a machine that does other things, too, processor
time is the better measure. Without --ct the CT is a phantom on a clinical grid
of 512 x 512. Weights that are not here are replaced by random ones in their exact layout, which
cost as much; voxels that are equal then say little, as random weights leave classes close together.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import psutil

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "Testing")]

VARIANTS = (
    "monai:float32",
    "pytorch:float32",
    "pytorch:bfloat16",
    "openvino:float32",
    "openvino:bfloat16",
    "openvino:int8",
)


def make_ct(path: Path, slices: int) -> None:
    """A phantom of 512 x 512 x slices voxels, 0.75 x 0.75 mm, 250 mm tall or its lower part."""
    from VoCoLib.images.phantom import make_phantom

    phantom = make_phantom(7, spacing=(0.75, 0.75, 1.5), size_mm=(384.0, 384.0, 1.5 * slices))
    nibabel.save(nibabel.Nifti1Image(phantom.image, phantom.affine), path)


class PeakMemory:
    """The largest resident memory of this process while the block runs, in bytes, sampled."""

    def __enter__(self) -> PeakMemory:
        self.peak = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def _watch(self) -> None:
        process = psutil.Process()
        while not self._done.wait(0.005):
            self.peak = max(self.peak, process.memory_info().rss)

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()


def load(model: str) -> tuple[Any, Any, bool]:
    """The network, its recipe, and whether its weights are its own or random ones."""
    import torch

    from VoCoLib.errors import ModelError
    from VoCoLib.models.catalogue import Catalogue
    from VoCoLib.models.loading import find_model, find_recipe
    from VoCoLib.networks.loading import load_segmentation_network
    from VoCoLib.networks.swin_unetr import build_network

    recipe = find_recipe(Catalogue(), model)
    try:
        return load_segmentation_network(find_model(Catalogue(), model)[0], recipe)[0], recipe, True
    except ModelError:
        torch.manual_seed(0)
        return build_network(recipe.preset, recipe.out_channels, recipe.merging), recipe, False


def run_child(variant: str, model: str, ct: Path, out: Path) -> None:
    """One measurement; prints it as JSON and writes the labels to out."""
    import torch

    from VoCoLib.images.volumes import read_volume

    engine, precision = variant.split(":")
    network, recipe, real = load(model)
    volume = read_volume(ct)
    with PeakMemory() as memory:
        if engine == "monai":
            from monai_pipeline import segment_with_monai, stock_network

            network = stock_network(network, recipe)
        start, cpu = time.perf_counter(), time.process_time()
        if engine == "monai":
            labels = segment_with_monai(volume.array, volume.affine, network, recipe.preprocessing)
        else:
            from VoCoLib.inference.segmentation import Segmenter

            segmenter = Segmenter(network, recipe, "cpu", precision, "", engine)
            labels = segmenter.segment(volume.array, volume.affine)
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    np.save(out, labels)
    result = {"seconds": seconds, "cpu": cpu, "peak": memory.peak, "real": real}
    print(json.dumps({**result, "threads": torch.get_num_threads()}))


def run_forecast(variant: str, model: str, ct: Path) -> None:
    """What a user is told before a segmentation on a machine where none was run; prints JSON."""
    from VoCoLib.images.foreground import foreground_voxels
    from VoCoLib.images.volumes import read_volume
    from VoCoLib.inference.forecast import forecast
    from VoCoLib.inference.segmentation import Segmenter

    engine, precision = variant.split(":")
    network, recipe, _ = load(model)
    volume = read_volume(ct)
    segmenter = Segmenter(network, recipe, "cpu", precision, "", engine)
    body = foreground_voxels(volume.array, recipe.preprocessing.hu_window[0])  # as the panel does
    told = forecast(segmenter, volume.array.shape, volume.affine, "cpu", precision, body=body)
    print(json.dumps({"seconds": told.seconds}))


def measure(variant: str, args: argparse.Namespace, ct: Path, out: Path) -> dict:
    """Runs one measurement in a process of its own."""
    command = [sys.executable, __file__, "--child", variant, "--model", args.model]
    command += ["--ct", str(ct), "--out", str(out)]
    load_before = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{variant} failed:\n{done.stderr}")
    result = json.loads(done.stdout.splitlines()[-1])
    told = ""
    if args.forecast and not variant.startswith("monai"):
        with tempfile.TemporaryDirectory() as home:
            fresh = {**os.environ, "VOCO_HOME": home}
            done = subprocess.run(
                [*command, "--forecast"], capture_output=True, text=True, check=True, env=fresh
            )
        expected = json.loads(done.stdout.splitlines()[-1])
        told = f", was expected to take {expected['seconds']:.0f} s"
    print(
        f"{variant:17} {ct.name:18} {result['seconds']:7.1f} s, {result['cpu']:7.1f} s of "
        f"processor time, {result['peak'] / 2**20:7.0f} MiB, "
        f"load before {load_before:.1f}{told}",
        flush=True,
    )
    return result


def compare(args: argparse.Namespace, ct: Path, folder: Path) -> tuple[dict[str, dict], dict]:
    """All variants in turn on one CT: medians and equal voxels of each, and what holds for all."""
    runs: dict[str, list[dict]] = {variant: [] for variant in args.variants}
    for _ in range(args.repeats):
        for variant, results in runs.items():
            results.append(measure(variant, args, ct, folder / f"{variant.replace(':', '-')}.npy"))
    first = np.load(folder / f"{args.variants[0].replace(':', '-')}.npy", mmap_mode="r")
    medians = {}
    for variant, results in runs.items():
        labels = np.load(folder / f"{variant.replace(':', '-')}.npy", mmap_mode="r")
        medians[variant] = {
            **{k: statistics.median(r[k] for r in results) for k in ("seconds", "cpu", "peak")},
            "equal": float(np.mean([(a == b).mean() for a, b in zip(labels, first, strict=True)])),
        }
    return medians, runs[args.variants[0]][0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="VoComni_B")
    parser.add_argument("--variants", nargs="+", default=list(VARIANTS), help="ENGINE:PRECISION")
    parser.add_argument("--ct", type=Path)
    parser.add_argument("--slices", type=int, default=160)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--growth", action="store_true", help="also twice the slices, for memory")
    parser.add_argument("--forecast", action="store_true", help="also what would be expected")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child and args.forecast:
        run_forecast(args.child, args.model, args.ct)
        return
    if args.child:
        run_child(args.child, args.model, args.ct, args.out)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ct = args.ct or folder / "phantom.nii.gz"
        if args.ct is None:
            make_ct(ct, args.slices)
        medians, one = compare(args, ct, folder)
        if args.growth:
            double = folder / "double.nii.gz"
            make_ct(double, 2 * args.slices)
            last = args.variants[-1]
            tall = measure(last, args, double, folder / "double.npy")
            growth = tall["peak"] / medians[last]["peak"] - 1
            print(f"peak memory of {last} for twice the slices: {growth:+.0%}")
        shape = nibabel.load(ct).shape
    report(args, shape, medians, one)


def report(
    args: argparse.Namespace, shape: tuple[int, ...], medians: dict[str, dict], one: dict
) -> None:
    """Prints the result as a Markdown table; the first variant is what all are compared with."""
    from VoCoLib.inference.trials import processor

    weights = "" if one["real"] else " (random weights)"
    print(
        f"\n{args.model}{weights} on {' x '.join(map(str, shape))} voxels"
        f", {one['threads']} threads, {processor()} "
        f"({os.cpu_count()} cores), {time.strftime('%Y-%m-%d')}, median of {args.repeats}\n"
    )
    print(
        "| | seconds | times faster | of processor time | times less | peak, MiB | of the first "
        "| equal voxels |"
    )
    print("|---|---|---|---|---|---|---|---|")
    first = medians[args.variants[0]]
    for variant, row in medians.items():
        print(
            f"| {variant.replace(':', ', ')} | {row['seconds']:.1f} "
            f"| {first['seconds'] / row['seconds']:.1f} | {row['cpu']:.0f} "
            f"| {first['cpu'] / row['cpu']:.1f} | {row['peak'] / 2**20:.0f} "
            f"| {row['peak'] / first['peak']:.0%} | {row['equal']:.2%} |"
        )


if __name__ == "__main__":
    main()
