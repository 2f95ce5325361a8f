"""The settings that every kind of training has, and how they are checked and stored."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, ClassVar, TypeVar, get_args, get_type_hints

from VoCoLib.errors import InputError
from VoCoLib.models.catalogue import Catalogue
from VoCoLib.recipe import FEATURE_SIZES
from VoCoLib.training.data.storage import is_url
from VoCoLib.training.trackers import TRACKERS

SCRATCH = "scratch"  # a start without weights

_AT_LEAST_ONE = ("steps", "batch", "accumulate", "save_every", "measure_every", "keep")
_AT_LEAST_ZERO = ("warmup", "weight_decay", "clip", "cache_gb")
_PRECISIONS = ("auto", "float32", "bfloat16", "float16")
_WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}

Settings = TypeVar("Settings", bound="TrainingSettings")


@dataclass(frozen=True)
class TrainingSettings:
    """What a run does, as config.json of its folder holds it.

    Attributes:
        data: path of the volumes, see find_cases; or path or URL of shards, see open_shards.
        kind: of training, fixed by the class.
        preset: size of the network, "tiny", "B", "L" or "H".
        steps: optimiser steps of the whole run.
        batch: volumes or patches that a forward takes, over all processes.
        accumulate: batches of an optimiser step.
        learning_rate, warmup: highest rate and the updates until it is reached.
        weight_decay: of AdamW.
        clip: highest norm of the gradient; 0: not clipped.
        precision: "auto", "float32", "bfloat16" or "float16".
        seed: of everything that is random.
        device: "auto", "cpu", "cuda" or "cuda:N".
        recompute: compute activations again in the backward pass, which saves memory.
        shard_optimizer: of several processes, each keeps the optimiser's moments of a part of the
            weights.
        compiled: use torch.compile.
        save_every, measure_every: steps between checkpoints, between measures.
        keep: latest checkpoints that are kept, beside the best.
        cache: folder of prepared volumes; empty: one for all runs of this user.
        cache_gb: GB (10^9 bytes) that it may take.
        tensorboard: write scalars for TensorBoard, too.
        tracker: "mlflow" or "wandb" also gets them; empty: none.

    Raises:
        InputError: a value is unknown or out of range.
    """

    # They change how a run works, not what it learns, so they may differ when it is resumed.
    MAY_CHANGE: ClassVar[tuple[str, ...]] = (
        *("device", "recompute", "shard_optimizer", "compiled", "save_every", "measure_every"),
        *("keep", "cache", "cache_gb", "tensorboard", "tracker"),
        "kind",  # runs of earlier versions lack it
    )
    KIND: ClassVar[str] = ""
    LESS_MEMORY: ClassVar[str] = ""  # what to do where a step does not fit

    data: str
    kind: str = ""
    preset: str | None = None
    steps: int = 1000
    batch: int = 2
    accumulate: int = 1
    learning_rate: float = 1e-4
    warmup: int = 50
    weight_decay: float = 0.01
    clip: float = 1.0
    precision: str = "auto"
    seed: int = 0
    device: str = "auto"
    recompute: bool = False
    shard_optimizer: bool = False
    compiled: bool = False
    save_every: int = 50
    measure_every: int = 100
    keep: int = 2
    cache: str = ""
    cache_gb: float = 20.0
    tensorboard: bool = False
    tracker: str = ""

    def __post_init__(self) -> None:
        if self.kind != self.KIND:
            raise InputError(
                f"These are settings of `voco {self.kind}`, not of `voco {self.KIND}`."
            )
        sizes = (*FEATURE_SIZES, None)
        for field in fields(self):
            value = getattr(self, field.name)
            numbers = value if isinstance(value, tuple) else (value,)
            finite = all(math.isfinite(n) for n in numbers if isinstance(n, float))
            check(finite, field.name, value, "finite")
        check(self.preset in sizes, "preset", self.preset, " or ".join(FEATURE_SIZES))
        for name in _AT_LEAST_ONE:
            check(getattr(self, name) >= 1, name, getattr(self, name), "1 or more")
        for name in _AT_LEAST_ZERO:
            check(getattr(self, name) >= 0, name, getattr(self, name), "0 or more")
        check(self.learning_rate > 0, "learning_rate", self.learning_rate, "above 0")
        check(0 <= self.seed < 2**63, "seed", self.seed, "0 or more and below 2^63")
        check(self.tracker in ("", *TRACKERS), "tracker", self.tracker, " or ".join(TRACKERS))
        check(self.precision in _PRECISIONS, "precision", self.precision, " or ".join(_PRECISIONS))

    def to_json(self) -> dict[str, Any]:
        """A dictionary that json can write and read_settings takes."""
        return asdict(self)


def check_kinds(kind: type[TrainingSettings], values: Mapping[str, Any]) -> None:
    """Raises InputError for another kind of training, or a value of another kind than its setting.

    read_settings relies on it.
    """
    if values.get("kind", kind.KIND) != kind.KIND:
        raise InputError(f"This is a run of `voco {values['kind']}`, not of `voco {kind.KIND}`.")
    for name, hint in get_type_hints(kind).items():
        kinds = [one for one in get_args(hint) or (hint,) if one is not type(None)]
        if name not in values or kinds[0] not in _WORDS:  # numbers with commas: checked elsewhere
            continue
        value = values[name]
        fits = (
            type(value) in kinds  # isinstance would take True for a number
            or (value is None and (hint not in kinds or name == "data"))  # data: read_settings
            or (kinds == [float] and type(value) is int)
            or (kinds == [str] and isinstance(value, os.PathLike))
        )
        check(fits, name, repr(value), _WORDS[kinds[0]])


def read_settings(
    kind: type[Settings], values: Mapping[str, Any], fitting: Mapping[str, Any]
) -> Settings:
    """Settings from some values, with defaults for the rest.

    Args:
        kind: of settings.
        values: as JSON has them.
        fitting: defaults that depend on values, instead of those of the class.

    Raises:
        InputError: data is missing, or a value is unknown or out of range.
    """
    unknown = sorted(values.keys() - {field.name for field in fields(kind)})
    if unknown:
        raise InputError(f"There is no setting {', '.join(unknown)}.", "Update VoCo.")
    if not values.get("data"):
        raise InputError("No data to train on is given.", "Name a folder or a list of CT volumes.")
    data = os.fspath(values["data"])
    if not is_url(data):
        path = Path(data)
        # an absolute one stays as the config.json of a run that is resumed has it
        data = str(path) if path.is_absolute() else os.path.abspath(path)
    return kind(**{**fitting, **values, "data": data})


def is_start_path(start: str) -> bool:
    """Whether a start is a file or folder; "scratch" and the id of a model count first."""
    path = Path(start)
    if start == SCRATCH or not os.path.exists(start):  # of a name that is too long, False
        return False
    bare = len(path.parts) == 1 and not path.suffix
    return not (bare and start in {model.id for model in Catalogue().models()})


def check_merging(merging: str | None) -> None:
    """Raises InputError unless it is a PatchMerging, or None."""
    check(merging in ("legacy", "current", None), "merging", merging, "legacy or current")


def check(holds: bool, name: str, value: object, allowed: str) -> None:
    """Raises InputError, which names a setting, its value and what is allowed, unless it holds."""
    if not holds:
        raise InputError(f"{name} must be {allowed}, not {value}.")
