"""What several workers of Ray cost and gain against one process that segments a folder.

    python Testing/Benchmarks/workers.py [--cts 12] [--workers 1 2]

Phantoms and the bundled tiny network. The overhead of Ray is the time in which a worker has no CT,
as a share of the time from its first result to its last; what it takes to start stands beside it.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import nibabel as nib  # noqa: E402
import psutil  # noqa: E402

from VoCoLib.cli.segment import _choice  # noqa: E402
from VoCoLib.events import Event  # noqa: E402
from VoCoLib.images.phantom import make_phantom  # noqa: E402
from VoCoLib.images.volumes import NO_CHOICES  # noqa: E402
from VoCoLib.inference.batch import Wishes, segment_files  # noqa: E402
from VoCoLib.inference.cluster import Workers, segment_on  # noqa: E402
from VoCoLib.inference.manifest import MANIFEST, Manifest, Record  # noqa: E402

_MM = 6.0


def make_cts(folder: Path, count: int) -> list[Path]:
    """Copies of three phantoms."""
    paths = []
    for number in range(count):
        phantom = make_phantom(number % 3, (_MM,) * 3)
        paths.append(folder / f"ct {number:03d}.nii.gz")
        nib.save(nib.Nifti1Image(phantom.image, phantom.affine), paths[-1])
    return paths


def run(paths: list[Path], output: Path, workers: int) -> str:
    """A row of the table."""
    times: list[float] = []

    def tell(item: Event) -> None:
        if item["event"] == "result":
            times.append(time.perf_counter())

    make = partial(_choice, "demo-torso", "", "cpu", "float32", "pytorch")
    record = Record(Manifest(output / MANIFEST), lambda name: name, "demo-torso", {}, False)
    pairs = [(path, output / path.name.replace("nii.gz", "seg.nrrd")) for path in paths]
    begun = time.perf_counter()
    if workers:
        where = Workers(workers)
        errors = segment_on(where, make, pairs, tell, None, NO_CHOICES, Wishes(), record)
    else:
        errors = segment_files(make(), pairs, tell, None, NO_CHOICES, Wishes(), record)
    assert not errors
    record.manifest.close(paths)
    with (output / MANIFEST).open(encoding="utf-8", newline="") as file:
        seconds = [float(row["seconds"]) for row in csv.DictReader(file)]
    lasted = times[-1] - begun
    first = min(max(1, workers), len(paths))  # results, with which the models were loaded
    busy = sum(seconds[first:]) / max(1, workers)
    idle = 1 - busy / (times[-1] - times[first - 1])
    name = f"{workers} of Ray" if workers else "this process"
    rate = 3600 * (len(paths) - first) / (times[-1] - times[first - 1])
    return f"| {name} | {lasted:.0f} | {times[first - 1] - begun:.0f} | {rate:.0f} | {idle:.1%} |"


def main() -> None:
    """Prints a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cts", type=int, default=12)
    parser.add_argument("--workers", type=int, nargs="+", default=[0, 1, 2])
    arguments = parser.parse_args()
    print(f"{psutil.cpu_count()} cores, load {psutil.getloadavg()[0]:.1f}, {arguments.cts} CTs\n")
    print("| workers | seconds | until the first results | CTs an hour then | without a CT |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        paths = make_cts(Path(name), arguments.cts)
        for workers in arguments.workers:
            print(run(paths, Path(name) / f"out {workers}", workers), flush=True)


if __name__ == "__main__":
    main()
