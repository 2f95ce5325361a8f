"""Quick fine-tuning runs for the tests: a small data set, a small network, and a `voco` with it.

Run as a script it is `voco` with the small network.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from VoCoLib.processes.own_process import declare_own  # noqa: E402

if __name__ == "__main__":
    declare_own()  # before MONAI is imported

import numpy as np  # noqa: E402
from numpy.typing import NDArray  # noqa: E402
from torch import Tensor, nn  # noqa: E402
from training_files import make_ct, write  # noqa: E402

from VoCoLib.training.finetuning import network as finetuning  # noqa: E402
from VoCoLib.training.finetuning.settings import FinetuningSettings, settings_from  # noqa: E402

NAMES = {"0": "background", "1": "Muscle", "3": "RightBone", "4": "LeftBone"}  # 2 is not used


class SmallNetwork(nn.Module):
    """A network in the place of SwinUNETR that takes milliseconds, for what does not need that."""

    def __init__(self, preset: str, out_channels: int, merging: str) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv3d(1, 256, 4, stride=4),
            nn.GELU(),
            nn.Conv3d(256, out_channels, 1),
            nn.Upsample(scale_factor=4, mode="trilinear"),
        )

    def forward(self, x: Tensor) -> Tensor:
        """From (batch, 1, X, Y, Z) to (batch, out_channels, X, Y, Z)."""
        return self.layers(x)


def make_labels(ct: NDArray) -> NDArray[np.uint8]:
    """Values of NAMES: soft tissue, and bone on either side (the first axis grows leftwards)."""
    labels = ((ct > 0) & (ct < 300)).astype(np.uint8)
    right = np.arange(ct.shape[0])[:, None, None] < ct.shape[0] // 2
    labels[ct > 300] = 4
    labels[(ct > 300) & right] = 3
    return labels


def write_data(folder: Path, count: int = 5) -> Path:
    """A data set as nnU-Net has it, with a dataset.json that lists all cases."""
    items = []
    for seed in range(count):
        ct = make_ct(seed)
        write(folder / "imagesTr" / f"case_{seed}.nii.gz", ct)
        write(folder / "labelsTr" / f"case_{seed}.nii.gz", make_labels(ct))
        items.append({n: f"{n}sTr/case_{seed}.nii.gz" for n in ("image", "label")})
    write_json(folder / "dataset.json", {"labels": NAMES, "training": items})
    return folder


def write_json(path: Path, content: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def make_settings(folder: Path, **changes: Any) -> FinetuningSettings:
    """Settings of a run on folder/data whose step is short."""
    values = {
        "data": str(folder / "data"),
        "start": "scratch",
        "steps": 3,
        "batch": 1,
        "patch": "64,32,32",
        "spacing": "3,3,4",
        "precision": "float32",
        "cache": str(folder / "cache"),
    }
    return settings_from({**values, **changes})


def arguments_of(settings: FinetuningSettings, run: Path) -> list[str]:
    """The command line of a run."""
    arguments = ["finetune", settings.data, "-o", str(run), "--from", settings.start]
    for name, value in settings.to_json().items():
        if name in ("data", "start", "kind") or value in (None, False, ""):
            continue
        text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
        option = f"--{name.replace('_', '-')}"
        arguments += [option] if value is True else [option, text]
    return arguments


def start(*arguments: str, launcher: Sequence[str] = ()) -> subprocess.Popen:
    """A child process that is `voco` with these arguments, on one thread; see pretraining_runs."""
    return subprocess.Popen(
        [sys.executable, *launcher, __file__, *arguments],
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUTF8": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )


if __name__ == "__main__":
    from VoCoLib.__main__ import main

    finetuning.build_network = SmallNetwork
    main()
