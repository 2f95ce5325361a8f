"""The settings of a pre-training, as config.json of its run folder holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from VoCoLib.method.presets import find_preset
from VoCoLib.recipe import FEATURE_SIZES
from VoCoLib.training.settings import (
    SCRATCH,
    TrainingSettings,
    check,
    check_kinds,
    check_merging,
    is_start_path,
    read_settings,
)

MOST_HELD_BACK = 32  # volumes; so many are prepared before the first step


@dataclass(frozen=True)
class PretrainingSettings(TrainingSettings):
    """What a pre-training does. What is None is taken from the weights that it starts from.

    Volumes are only compared within their batch, so accumulate does not replace batch.

    Attributes:
        start: id of a model, or a file or MONAI Bundle with weights; empty: random ones.
        merging: "legacy" or "current" PatchMerging, for weights that do not say it themselves.
        heads_alone: steps at the beginning in which only the projection heads learn; None: some
            where they are new and the encoder is not, see plan.HEADS_ALONE.
        preparation: name of one of pretraining_presets.PRESETS.
        method: "v2" (TPAMI) or "v1" (CVPR 2024).
        queries: query crops of a volume.
        held_back: share of the volumes that is not trained on but measured, 32 at most.
        chunk: crops that the backbone takes at a time; None: see crops_at_a_time.

    Raises:
        InputError: a value is unknown or out of range.
    """

    MAY_CHANGE: ClassVar[tuple[str, ...]] = (*TrainingSettings.MAY_CHANGE, "chunk")
    KIND: ClassVar[str] = "pretrain"
    LESS_MEMORY: ClassVar[str] = (
        "Resume with --chunk 1 --recompute: it takes the least and learns the same. In Slicer, "
        "start a new run with a smaller network or batch, or 'Less memory, more time'."
    )

    kind: str = KIND
    start: str = ""
    merging: str | None = None
    heads_alone: int | None = None
    preset: str | None = None
    clip: float = 100.0
    preparation: str | None = None
    method: str | None = None
    queries: int = 2
    held_back: float = 0.1
    chunk: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.preparation is not None:
            find_preset(self.preparation)
        check(self.method in ("v1", "v2", None), "method", self.method, "v1 or v2")
        check_merging(self.merging)
        alone = self.heads_alone
        check(alone is None or alone >= 0, "heads_alone", alone, "0 or more")
        check(self.queries >= 1, "queries", self.queries, "1 or more")
        check(self.chunk is None or self.chunk >= 1, "chunk", self.chunk, "1 or more")
        check(0 <= self.held_back < 1, "held_back", self.held_back, "0 or more and below 1")


def settings_from(values: Mapping[str, Any]) -> PretrainingSettings:
    """Settings from some values, with defaults that fit them for the rest.

    The preparation is that of the method, a twentieth of the steps are for warming up, and all
    networks but the smallest compute activations again, which hardly takes them longer. With a
    start, what is not given stays open until its weights are read.

    Raises:
        InputError: data is missing, or a value is unknown or out of range.
    """
    check_kinds(PretrainingSettings, values)
    values = dict(values)
    start = values.get("start") or ""
    values["start"] = start = "" if start == SCRATCH else start
    if start and is_start_path(start):
        values["start"] = str(Path(start).absolute())
    fitting: dict[str, Any] = {
        "recompute": needs_recompute(values.get("preset")),
        "warmup": max(1, values.get("steps", PretrainingSettings.steps) // 20),
    }
    if not start:
        preparation = "v1" if values.get("method") == "v1" else "tiny"
        fitting |= {"preset": "tiny", "method": "v2", "preparation": preparation}
    return read_settings(PretrainingSettings, values, fitting)


def needs_recompute(preset: str | None) -> bool:
    """Whether a network of this size computes activations again unless told otherwise."""
    return FEATURE_SIZES.get(preset or "", 0) >= FEATURE_SIZES["B"]
