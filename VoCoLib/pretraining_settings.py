"""The settings of a pre-training, as config.json of its run folder holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from VoCoLib.errors import InputError
from VoCoLib.pretraining_presets import find_preset
from VoCoLib.recipe import FEATURE_SIZES

# They change how a run works, not what it learns, so they may differ when it is resumed.
MAY_CHANGE = (
    *("device", "chunk", "recompute", "compiled", "save_every", "measure_every", "keep"),
    *("cache", "cache_gb", "tensorboard"),
)
_AT_LEAST_ONE = ("steps", "batch", "queries", "accumulate", "save_every", "measure_every", "keep")


@dataclass(frozen=True)
class PretrainingSettings:
    """What a run does.

    Attributes:
        data: path of the volumes, see find_cases.
        preparation: name of one of pretraining_presets.PRESETS.
        method: "v2" (TPAMI) or "v1" (CVPR 2024).
        preset: size of the network, "tiny", "B", "L" or "H".
        steps: optimiser steps of the whole run.
        batch: volumes that a forward takes, over all processes.
        queries: query crops of a volume.
        accumulate: batches of an optimiser step. Volumes are only compared within their batch.
        learning_rate, warmup: highest rate and the updates until it is reached.
        weight_decay: of AdamW.
        clip: highest norm of the gradient; 0: not clipped.
        precision: "auto", "float32", "bfloat16" or "float16".
        seed: of everything that is random.
        held_back: share of the volumes that is not trained on but measured.
        device: "auto", "cpu", "cuda" or "cuda:N".
        chunk: crops that the backbone takes at a time; None: those of a volume.
        recompute: compute activations again in the backward pass, which saves memory.
        compiled: use torch.compile.
        save_every, measure_every: steps between checkpoints, between measures of accuracy.
        keep: latest checkpoints that are kept, beside the best.
        cache: folder of prepared volumes; empty: one for all runs of this user.
        cache_gb: GB (10^9 bytes) that it may take.
        tensorboard: write scalars for TensorBoard, too.

    Raises:
        InputError: a value is unknown or out of range.
    """

    data: str
    preparation: str = "tiny"
    method: str = "v2"
    preset: str = "tiny"
    steps: int = 1000
    batch: int = 2
    queries: int = 2
    accumulate: int = 1
    learning_rate: float = 1e-4
    warmup: int = 50
    weight_decay: float = 0.01
    clip: float = 100.0
    precision: str = "auto"
    seed: int = 0
    held_back: float = 0.1
    device: str = "auto"
    chunk: int | None = None
    recompute: bool = False
    compiled: bool = False
    save_every: int = 50
    measure_every: int = 100
    keep: int = 2
    cache: str = ""
    cache_gb: float = 20.0
    tensorboard: bool = False

    def __post_init__(self) -> None:
        find_preset(self.preparation)
        _check(self.method in ("v1", "v2"), "method", self.method, "v1 or v2")
        _check(self.preset in FEATURE_SIZES, "preset", self.preset, " or ".join(FEATURE_SIZES))
        for name in _AT_LEAST_ONE:
            _check(getattr(self, name) >= 1, name, getattr(self, name), "1 or more")
        for name in ("warmup", "weight_decay", "clip", "seed", "cache_gb"):
            _check(getattr(self, name) >= 0, name, getattr(self, name), "0 or more")
        _check(self.chunk is None or self.chunk >= 1, "chunk", self.chunk, "1 or more")
        _check(self.learning_rate > 0, "learning_rate", self.learning_rate, "above 0")
        _check(0 <= self.held_back < 1, "held_back", self.held_back, "0 or more and below 1")

    def to_json(self) -> dict[str, Any]:
        """A dictionary that json can write and settings_from reads."""
        return asdict(self)


def settings_from(values: Mapping[str, Any]) -> PretrainingSettings:
    """Settings from some values, with defaults that fit them for the rest.

    The preparation is that of the method, and a twentieth of the steps are for warming up.

    Raises:
        InputError: data is missing, or a value is unknown or out of range.
    """
    known = {field.name for field in fields(PretrainingSettings)}
    unknown = sorted(values.keys() - known)
    if unknown:
        raise InputError(f"There is no setting {', '.join(unknown)}.", "Update VoCo.")
    if not values.get("data"):
        raise InputError("No data to train on is given.", "Name a folder or a list of CT volumes.")
    steps = values.get("steps", PretrainingSettings.steps)
    fitting = {
        "preparation": "v1" if values.get("method") == "v1" else PretrainingSettings.preparation,
        "warmup": max(1, steps // 20),
    }
    return PretrainingSettings(
        **{**fitting, **values, "data": str(Path(values["data"]).absolute())}
    )


def _check(holds: bool, name: str, value: object, allowed: str) -> None:
    if not holds:
        raise InputError(f"{name} must be {allowed}, not {value}.")
