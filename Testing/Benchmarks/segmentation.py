"""Speed and memory of the segmenter against the plain MONAI pipeline: same CT, weights and run.

    python Testing/Benchmarks/segmentation.py [--model demo-torso] [--ct CT.nii.gz] [--slices 160]

Each measurement is a fresh process: seconds of the segmentation alone (reading the file and loading
the model left out), peak memory of the whole process. The two pipelines take turns, and the ratio
is that of the medians. Without --ct the CT is a phantom on a clinical grid of 512 x 512.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import nibabel
import numpy as np
import psutil

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "Testing")]


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


def run_child(pipeline: str, model: str, precision: str, ct: Path, out: Path) -> None:
    """One measurement; prints it as JSON and writes the labels to out."""
    import torch

    from VoCoLib.images.volumes import read_volume
    from VoCoLib.models.catalogue import Catalogue
    from VoCoLib.models.loading import find_model
    from VoCoLib.networks.loading import load_segmentation_network

    weights, recipe = find_model(Catalogue(), model)
    network, _ = load_segmentation_network(weights, recipe)
    volume = read_volume(ct)
    with PeakMemory() as memory:
        start = time.perf_counter()
        if pipeline == "monai":
            from monai.networks.nets import SwinUNETR
            from monai_pipeline import segment_with_monai

            from VoCoLib.networks.swin_unetr import LegacyPatchMerging
            from VoCoLib.recipe import FEATURE_SIZES

            merging = {"downsample": LegacyPatchMerging} if recipe.merging == "legacy" else {}
            size = FEATURE_SIZES[recipe.preset]
            stock = SwinUNETR(1, recipe.out_channels, feature_size=size, use_v2=True, **merging)
            stock.load_state_dict(network.state_dict())
            network = stock.eval()
            start = time.perf_counter()
            labels = segment_with_monai(volume.array, volume.affine, network, recipe.preprocessing)
        else:
            from VoCoLib.inference.segmentation import Segmenter

            segmenter = Segmenter(network, recipe, "cpu", precision)
            labels = segmenter.segment(volume.array, volume.affine)
        seconds = time.perf_counter() - start
    np.save(out, labels)
    result = {"seconds": seconds, "peak": memory.peak, "threads": torch.get_num_threads()}
    print(json.dumps(result))


def measure(pipeline: str, model: str, precision: str, ct: Path, out: Path) -> dict:
    """Runs one measurement in a process of its own."""
    command = [sys.executable, __file__, "--child", pipeline, "--model", model]
    command += ["--precision", precision, "--ct", str(ct), "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{pipeline} failed:\n{done.stderr}")
    result = json.loads(done.stdout.splitlines()[-1])
    print(
        f"{pipeline:6} {precision:9} {ct.name:14} {result['seconds']:7.1f} s "
        f"{result['peak'] / 2**20:7.0f} MiB",
        flush=True,
    )
    return result


def compare(model: str, precision: str, ct: Path, repeats: int, folder: Path) -> dict:
    """Both pipelines in turn on one CT."""
    runs: dict[str, list[dict]] = {"voco": [], "monai": []}
    for _ in range(repeats):
        for pipeline, results in runs.items():
            results.append(measure(pipeline, model, precision, ct, folder / f"{pipeline}.npy"))
    labels = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in runs}
    same = np.mean([(a == b).mean() for a, b in zip(labels["voco"], labels["monai"], strict=True)])
    median = {
        name: {key: statistics.median(r[key] for r in results) for key in ("seconds", "peak")}
        for name, results in runs.items()
    }
    return {"agreement": float(same), **median, "threads": runs["voco"][0]["threads"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="demo-torso")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--ct", type=Path)
    parser.add_argument("--slices", type=int, default=160)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--child", choices=("voco", "monai"), help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        run_child(args.child, args.model, args.precision, args.ct, args.out)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ct = args.ct or folder / "phantom.nii.gz"
        if args.ct is None:
            make_ct(ct, args.slices)
        result = compare(args.model, args.precision, ct, args.repeats, folder)
        growth = None
        if args.ct is None:
            double = folder / "double.nii.gz"
            make_ct(double, 2 * args.slices)
            tall = measure("voco", args.model, args.precision, double, folder / "double.npy")
            growth = tall["peak"] / result["voco"]["peak"] - 1
        shape = nibabel.load(ct).shape
    report(f"{args.model}, {args.precision} precision,", shape, result, growth)


def processor() -> str:
    """The processor's name, as far as the system tells."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def report(model: str, shape: tuple[int, ...], result: dict, growth: float | None) -> None:
    """Prints the result as a Markdown table."""
    voco, monai = result["voco"], result["monai"]
    print(
        f"\n{model} on {' x '.join(map(str, shape))} voxels, {result['threads']} threads, ", end=""
    )
    print(f"{processor()} ({os.cpu_count()} cores), {time.strftime('%Y-%m-%d')}")
    print("\n| | VoCo | plain MONAI | ratio |\n|---|---|---|---|")
    ratio = monai["seconds"] / voco["seconds"]
    print(
        f"| seconds | {voco['seconds']:.1f} | {monai['seconds']:.1f} | {ratio:.1f} times faster |"
    )
    share = voco["peak"] / monai["peak"]
    peaks = [f"{r['peak'] / 2**20:.0f}" for r in (voco, monai)]
    print(f"| peak memory, MiB | {peaks[0]} | {peaks[1]} | {share:.0%} |")
    print(f"| equal voxels | | | {result['agreement']:.2%} |")
    if growth is not None:
        print(f"| peak memory for twice the slices | {growth:+.0%} | | |")


if __name__ == "__main__":
    main()
