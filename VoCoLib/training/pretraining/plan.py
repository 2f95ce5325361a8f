"""What a pre-training settles when it begins from weights, kept in start.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from VoCoLib.errors import InputError, OutputError
from VoCoLib.files import reason_of, write_json
from VoCoLib.method.presets import PRESETS
from VoCoLib.networks.checkpoints import Checkpoint
from VoCoLib.networks.loading import width_of_heads
from VoCoLib.recipe import Merging, Preprocessing
from VoCoLib.training.pretraining.settings import PretrainingSettings
from VoCoLib.training.start import Count, Origin, Start, merging_of, preset_of

START_FILE = "start.json"
HEADS_ALONE = 50  # steps, see Docs/pretraining.md
_SHARE_ALONE = 10  # at most this part of the steps


@dataclass(frozen=True)
class Plan:
    """What a run keeps to its end, so that it goes on without the weights that it began with.

    Attributes:
        preset, method, preparation: see PretrainingSettings.
        merging: PatchMerging.
        width: of the heads; None: see VoCoV2.
        heads_alone: steps in which the heads are trained alone.
        has_heads: whether they are those of the start.
        origin: what it began with; None: random weights, or not known yet.
    """

    preset: str
    method: str
    preparation: str
    merging: Merging = "current"
    width: int | None = None
    heads_alone: int = 0
    has_heads: bool = False
    origin: Origin | None = None


def choose_plan(settings: PretrainingSettings, start: Start) -> Plan:
    """What the settings say, else the weights to start from or their card, else defaults.

    Heads are taken if they are of the method.

    Raises:
        InputError: nothing says how the weights gather patches.
        WeightsError: the heads are damaged.
    """
    found = _method_of_heads(start.checkpoint)
    method = settings.method or found or str(start.training.get("method", "v2"))
    has_heads = method == found
    alone = settings.heads_alone
    if alone is None:
        new = start.checkpoint is not None and not has_heads
        alone = min(HEADS_ALONE, settings.steps // _SHARE_ALONE) if new else 0
    return Plan(
        preset=settings.preset or preset_of(start),
        method=method,
        preparation=settings.preparation or _preparation_of(start, method),
        merging=merging_of(start, settings.merging),
        width=width_of_heads(start.checkpoint) if start.checkpoint and has_heads else None,
        heads_alone=alone,
        has_heads=has_heads,
    )


def write_plan(folder: Path, plan: Plan) -> None:
    """Writes what read_plan reads; raises OutputError."""
    path = folder / START_FILE
    try:
        write_json(path, asdict(plan))
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {reason_of(error)}.") from error


def read_plan(folder: Path) -> Plan:
    """The plan of a run that began with weights.

    Raises:
        InputError: the file is not there, was changed or is damaged.
    """
    path = folder / START_FILE
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        origin = data["origin"] and _origin(data["origin"])
        return Plan(**{**data, "origin": origin})
    except FileNotFoundError as error:
        raise InputError(
            f"{path} is not there, which says what the run began with.",
            "Bring it back, or begin a new run.",
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} cannot be read: {error}.", "Begin a new run.") from error


def _origin(data: Mapping[str, Any]) -> Origin:
    counts = {name: Count(**data[name]) for name in ("taken", "left_out", "random")}
    return Origin(**{**data, **counts})


def _method_of_heads(checkpoint: Checkpoint | None) -> str | None:
    """The version of VoCo that the heads of a checkpoint are of; None if it has none."""
    if checkpoint is None or not checkpoint.heads:
        return None
    return "v1" if any(".proj_head." in name for name in checkpoint.heads) else "v2"


def _preparation_of(start: Start, method: str) -> str:
    """The preparation that the weights name, else one with their numbers, else the method's."""
    default = "v1" if method == "v1" else "tiny"
    grid, preparation = start.training.get("grid"), start.training.get("preparation")
    for name, preset in PRESETS.items():
        if preparation == _as_json(preset.preparation) and grid == _as_json(preset.grid):
            return name
    known = start.recipe.preprocessing if start.recipe is not None and method != "v1" else None
    return next((name for name in PRESETS if _has_numbers(name, known)), default)


def _as_json(value: Any) -> Any:
    return json.loads(json.dumps(asdict(value)))


def _has_numbers(name: str, known: Preprocessing | None) -> bool:
    """Whether a preparation has the voxel size and the window of a model."""
    preparation = PRESETS[name].preparation
    own = (preparation.spacing, preparation.hu_window)
    return known is not None and own == (tuple(known.spacing), tuple(known.hu_window))
