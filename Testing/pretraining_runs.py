"""Quick pre-training runs for the tests: few voxels, a small network, and a `voco` that knows them.

Run as a script it is `voco` with the preset "small", and with the small network if SMALL_NETWORK is
in its environment.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from VoCoLib.processes.own_process import declare_own  # noqa: E402

if __name__ == "__main__":
    declare_own()  # before MONAI is imported

from small_preset import GRID as GRID  # noqa: E402
from small_preset import PRESETS as PRESETS  # noqa: E402
from torch import Tensor, nn  # noqa: E402

from VoCoLib.method import student_teacher  # noqa: E402
from VoCoLib.recipe import FEATURE_SIZES  # noqa: E402
from VoCoLib.runs.folder import RunFolder  # noqa: E402
from VoCoLib.runs.metric_history import MetricHistory  # noqa: E402
from VoCoLib.training.pretraining.settings import PretrainingSettings, settings_from  # noqa: E402


class SmallEncoder(nn.Module):
    """A network in the place of VoCoEncoder that takes milliseconds, for what does not need that.

    The loop knows no more of its network than that it makes so many features of a crop.
    """

    def __init__(self, preset: str, merging: str) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv3d(1, 16, 4, stride=4),
            nn.InstanceNorm3d(16),
            nn.GELU(),
            nn.Conv3d(16, 24 * FEATURE_SIZES[preset], 2, stride=2),
        )

    def forward(self, crops: Tensor) -> Tensor:
        """From (batch, 1, X, Y, Z) to (batch, 24 * feature_size)."""
        return self.layers(crops).mean((2, 3, 4))


if "SMALL_NETWORK" in os.environ:
    student_teacher.VoCoEncoder = SmallEncoder


def use_small_network(patch: pytest.MonkeyPatch) -> None:
    """Takes SmallEncoder for v2 in this process and in children that are started later."""
    patch.setattr(student_teacher, "VoCoEncoder", SmallEncoder)
    patch.setenv("SMALL_NETWORK", "yes")


def make_settings(folder: Path, **changes: Any) -> PretrainingSettings:
    """Settings of a run on folder/data whose step is as short as can be."""
    values: dict[str, Any] = {
        "data": str(folder / "data"),
        "preparation": "small",
        "steps": 3,
        "batch": 1,
        "queries": 1,
        "precision": "float32",
        "cache": str(folder / "cache"),
    }
    return settings_from({**values, **changes})


def arguments_of(settings: PretrainingSettings, run: Path) -> list[str]:
    """The command line of a run."""
    arguments = ["pretrain", "-o", str(run)]
    for name, value in settings.to_json().items():
        if name == "data":
            arguments.append(value)
        elif value is True:
            arguments.append("--compile" if name == "compiled" else f"--{name.replace('_', '-')}")
        elif name != "kind" and value not in (None, False, ""):
            option = "from" if name == "start" else name.replace("_", "-")
            arguments += [f"--{option}", str(value)]
    return arguments


def start(*arguments: str, launcher: Sequence[str] = ()) -> subprocess.Popen:
    """A child process that is `voco` with these arguments, on one thread.

    Args:
        arguments: of voco.
        launcher: of Python, before the script, such as those that make it torchrun.
    """
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUTF8": "1"}
    return subprocess.Popen(
        [sys.executable, *launcher, __file__, *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )


def wait_for(run: Path, child: subprocess.Popen, count: int, name: str = "metric") -> None:
    """Waits until a run has told so many events of a name, counted from the start of the file."""
    deadline = time.monotonic() + 120
    while sum(item["event"] == name for item in RunFolder(run).events()[0]) < count:
        assert child.poll() is None, child.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.02)


def history(run: Path) -> MetricHistory:
    """The metrics of a run that count."""
    metrics = MetricHistory()
    metrics.add(RunFolder(run).events()[0])
    return metrics


if __name__ == "__main__":
    from VoCoLib.__main__ import main

    main()
