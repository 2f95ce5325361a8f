"""How long a pre-training on a large archive takes to begin, and what grows with the archive.

    python Testing/Benchmarks/archive.py [--counts 1000 10000 100000] [--held-back 0.1]

The archive is made of hard links to 16 phantoms, each in a folder of its own. In processes of
their own, as users start them: a run to its first step, with nothing known of the archive; the
same run resumed; another run, which only refreshes the index. Then, in this process, what a new
volume costs in a cache that holds as many files, what the order of an epoch costs, and what it
costs to look at the events of a run with as many steps.

Beside the seconds stand those that processors worked for it: on a machine that does other things,
too, they are what it would take alone on one core. Nothing is held back unless told otherwise: the
measure before the first step takes the same time for any archive. The run that is resumed was
killed after its first step, so it goes on from the checkpoint before that.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import nibabel as nib  # noqa: E402
import psutil  # noqa: E402

from VoCoLib.events import event  # noqa: E402
from VoCoLib.images.phantom import make_phantom  # noqa: E402
from VoCoLib.runs.folder import RunFolder  # noqa: E402
from VoCoLib.training.data.cache_room import CacheRoom  # noqa: E402
from VoCoLib.training.data.cache_users import CacheUser  # noqa: E402
from VoCoLib.training.pretraining.batches import _order  # noqa: E402

_ORIGINALS = 16  # an inode has 65,000 links at most
_MM = 4.0  # voxels of the phantoms
_NEW = 500  # volumes that a full cache gets, at least


@dataclass
class Start:
    """A process from its start: until volumes were found, until a step was done.

    found, step: seconds, and seconds of processors.
    found_mb, most_mb: memory, with that of its children, until they were found, and at all.
    """

    found: str
    step: str
    found_mb: float
    most_mb: float


def make_archive(root: Path, count: int) -> None:
    """site 00/patient 000000/ct.nii.gz and so on."""
    originals = []
    for seed in range(_ORIGINALS):
        phantom = make_phantom(seed, (_MM,) * 3)
        originals.append(root.parent / f"original {seed}.nii.gz")
        nib.save(nib.Nifti1Image(phantom.image, phantom.affine), originals[-1])
    for number in range(count):
        folder = root / f"site {number // 1000:02d}" / f"patient {number:06d}"
        folder.mkdir(parents=True)
        os.link(originals[number % _ORIGINALS], folder / "ct.nii.gz")


def run(data: Path, output: Path, home: Path, *options: str) -> Start:
    """`voco pretrain` in a process of its own, killed after its first step."""
    environment = {**os.environ, "VOCO_HOME": str(home), "PYTHONPATH": str(ROOT)}
    begun, found, step, found_mb = time.perf_counter(), "", "", 0.0
    words = ["pretrain", str(data), "-o", str(output), *options, "--json", "--steps", "9"]
    words += ["--batch", "1", "--queries", "1", "--warmup", "1"]
    words += ["--chunk", "1", "--recompute"]  # so that the network takes little memory
    child = subprocess.Popen(
        [sys.executable, "-m", "VoCoLib", *words],
        env=environment,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    assert child.stdout is not None
    peak = _Peak(child.pid)
    for line in child.stdout:
        item = json.loads(line)
        if item.get("message", "").startswith(("Found", "Training on")) and not found:
            found = f"{time.perf_counter() - begun:.0f} ({peak.worked_s():.0f})"
            found_mb = peak.bytes / 1e6
        if item["event"] == "metric" and "loss" in item and not step:
            step = f"{time.perf_counter() - begun:.0f} ({peak.worked_s():.0f})"
            child.kill()
    child.wait()
    assert step, words
    peak.join()
    return Start(found, step, found_mb, peak.bytes / 1e6)


class _Peak(threading.Thread):
    """Watches the memory and the work of a process and its children until it ends.

    What several of them share, such as libraries, counts once where the system tells (Linux).
    """

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._process, self.bytes = psutil.Process(pid), 0
        self.start()

    def worked_s(self) -> float:
        """Seconds of processors so far."""
        times = [p.cpu_times() for p in self._tree()]
        return sum(t.user + t.system for t in times)

    def _tree(self) -> list[psutil.Process]:
        return [self._process, *self._process.children(recursive=True)]

    def run(self) -> None:
        """Looks ten times a second."""
        with contextlib.suppress(psutil.Error):
            while self._process.is_running() and self._process.status() != psutil.STATUS_ZOMBIE:
                self.bytes = max(self.bytes, sum(map(_bytes_of, self._tree())))
                time.sleep(0.1)


def _bytes_of(process: psutil.Process) -> int:
    try:
        memory = process.memory_full_info()
    except psutil.NoSuchProcess:  # a child that has just ended; the others count on
        return 0
    return int(getattr(memory, "pss", memory.rss))


def cost_of_a_volume(folder: Path, count: int) -> float:
    """Milliseconds of a processor to make room for a volume in a full cache of so many."""
    size = 1000
    folder.mkdir()
    for number in range(count):
        with (folder / f"{number:032x}.npy").open("wb") as file:
            file.truncate(size)
    room = CacheRoom(folder, count * size, CacheUser(folder))
    begun = time.process_time()
    new = max(_NEW, count // 16)
    for number in range(count, count + new):
        temporary = folder / f"{number:032x}.tmp"
        with temporary.open("wb") as file:
            assert room.take(file, size)
        temporary.rename(temporary.with_suffix(".npy"))
    return (time.process_time() - begun) / new * 1e3


def cost_of_an_order(count: int) -> float:
    """Microseconds of a processor a place, when all places of two epochs are walked through."""
    _order.cache_clear()
    begun = time.process_time()
    for place in range(2 * count):
        epoch, position = divmod(place, count)
        _order(0, epoch, count)[position]
    return (time.process_time() - begun) / (2 * count) * 1e6


def cost_of_events(folder: Path, count: int) -> tuple[float, float]:
    """Milliseconds of a processor to tell the state of a run, and what was replaced in it."""
    run_folder = RunFolder(folder)
    with run_folder.begin({"steps": count}) as active:
        active.write(event("replaced", place=1, lost=[2], by="x"))
        for step in range(count):
            active.write(event("metric", step=step, loss=1.0, intra=0.5, inter=0.25))
        begun = time.process_time()
        run_folder.state()
        run_folder.latest_metric()
        state_s = time.process_time() - begun
        assert run_folder.replaced(0)
        return state_s * 1e3, (time.process_time() - begun - state_s) * 1e3


def measure(count: int, folder: Path, held_back: float) -> list[str]:
    """A row of the table."""
    data, home = folder / "data", folder / "home"
    make_archive(data, count)
    share = ("--held-back", str(held_back))
    first = run(data, folder / "run", home, *share)
    resumed = run(data, folder / "run", home, "--resume", *share)
    again = run(data, folder / "other", home, *share)
    (index,) = [*(home / "archives").glob("*.jsonl")] or [None]
    state_ms, replaced_ms = cost_of_events(folder / "events", count)
    return [
        f"{count:,}",
        *(first.found, first.step, again.found, again.step, resumed.step),
        f"{first.found_mb:.0f}, {max(one.most_mb for one in (first, resumed, again)):.0f}",
        f"{index.stat().st_size / 1e6:.1f}" if index else "-",
        f"{cost_of_a_volume(folder / 'cache', count):.2f}",
        f"{cost_of_an_order(count):.2f}",
        f"{state_ms:.1f}",
        f"{replaced_ms:.0f}",
    ]


def main() -> None:
    """Prints a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--counts", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--held-back", type=float, default=0.0)
    parser.add_argument("--folder", type=Path, help="where the archives are made")
    arguments = parser.parse_args()
    print(f"{platform.machine()}, {psutil.cpu_count()} cores, load {psutil.getloadavg()[0]:.1f}\n")
    names = ["volumes", "found, s", "first step, s", "found again, s", "first step again, s"]
    names += [
        "resumed to a step, s",
        "memory when found, and at most, MB",
        "index, MB",
        "room for a volume, ms",
    ]
    names += ["order, us a place", "state of a run, ms", "replaced, ms"]
    print(f"| {' | '.join(names)} |\n{'|---' * len(names)}|", flush=True)
    for count in arguments.counts:
        folder = Path(tempfile.mkdtemp(dir=arguments.folder))
        try:
            print(f"| {' | '.join(measure(count, folder, arguments.held_back))} |", flush=True)
        finally:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
