"""How long a window takes on this machine, by engine: measured once, then remembered."""

from __future__ import annotations

import contextlib
import json
import platform
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch

from VoCoLib.files import write_json
from VoCoLib.inference.openvino_engine import openvino_version
from VoCoLib.locations import default_home
from VoCoLib.recipe import Recipe


class Trials:
    """The remembered seconds of one network, or of several that are averaged, in one precision.

    All are in home/trials.json.

    A file that cannot be read or written is as good as none: what is missing is measured again.
    """

    def __init__(self, recipe: Recipe, precision: str, networks: int = 1) -> None:
        size = "x".join(map(str, recipe.preprocessing.patch))
        kind = recipe.preset if networks == 1 else f"{networks} x {recipe.preset}"
        network = f"{kind}, {recipe.out_channels} classes, {size}, {precision}"
        self._key = f"{_machine()}: {network}"

    def of_trial(self, engine: str) -> float | None:
        """Seconds for a window in a trial, to compare engines; None if there was none."""
        return self._known("trial", engine)

    def expected(self, engine: str) -> float | None:
        """Seconds to expect for a window: of the last CT, else of the trial."""
        return self._known("last", engine) or self.of_trial(engine)

    def note_trial(self, engine: str, seconds: float) -> None:
        """Remembers a trial."""
        self._note("trial", engine, seconds)

    def note_windows(self, engine: str, seconds: float, were_many: bool) -> None:
        """Remembers how long a window of a real CT took on average.

        A few windows are slower than many; if even they were faster than what is known, that was
        measured while the machine was busy, and so was the trial.
        """
        expected, trial = self.expected(engine), self.of_trial(engine)
        if were_many or (expected is not None and seconds < expected):
            self._note("last", engine, seconds)
        if trial is not None and seconds < trial:
            self._note("trial", engine, seconds)

    def _known(self, kind: str, engine: str) -> float | None:
        found = _read().get(self._key, {}).get(f"{engine}, {kind}")
        return float(found) if isinstance(found, (int, float)) and found > 0 else None

    def _note(self, kind: str, engine: str, seconds: float) -> None:
        known = _read()
        known.setdefault(self._key, {})[f"{engine}, {kind}"] = round(seconds, 4)
        with contextlib.suppress(OSError):
            write_json(_file(), known)


def _file() -> Path:
    return default_home() / "trials.json"


def _read() -> dict[str, dict[str, Any]]:
    try:
        known = json.loads(_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(known, dict) or not all(isinstance(row, dict) for row in known.values()):
        return {}
    return known


def _machine() -> str:
    """What the seconds depend on, beside the network."""
    parts = (
        processor(),
        torch.backends.cpu.get_cpu_capability(),
        f"{torch.get_num_threads()} threads",
        f"PyTorch {torch.__version__}",
        f"OpenVINO {openvino_version()}",
    )
    return ", ".join(parts)


@lru_cache(maxsize=1)
def processor() -> str:
    """Its name as far as the system tells: a home may be shared by several machines."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
