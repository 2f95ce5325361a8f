"""The settings of a pre-training, as config.json of its run folder holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from VoCoLib.method.presets import find_preset
from VoCoLib.recipe import FEATURE_SIZES
from VoCoLib.training.settings import TrainingSettings, check, check_kinds, read_settings


@dataclass(frozen=True)
class PretrainingSettings(TrainingSettings):
    """What a pre-training does.

    Volumes are only compared within their batch, so accumulate does not replace batch.

    Attributes:
        preparation: name of one of pretraining_presets.PRESETS.
        method: "v2" (TPAMI) or "v1" (CVPR 2024).
        queries: query crops of a volume.
        held_back: share of the volumes that is not trained on but measured.
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
    preset: str = "tiny"
    clip: float = 100.0
    preparation: str = "tiny"
    method: str = "v2"
    queries: int = 2
    held_back: float = 0.1
    chunk: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        find_preset(self.preparation)
        check(self.method in ("v1", "v2"), "method", self.method, "v1 or v2")
        check(self.queries >= 1, "queries", self.queries, "1 or more")
        check(self.chunk is None or self.chunk >= 1, "chunk", self.chunk, "1 or more")
        check(0 <= self.held_back < 1, "held_back", self.held_back, "0 or more and below 1")


def settings_from(values: Mapping[str, Any]) -> PretrainingSettings:
    """Settings from some values, with defaults that fit them for the rest.

    The preparation is that of the method, a twentieth of the steps are for warming up, and all
    networks but the smallest compute activations again, which hardly takes them longer.

    Raises:
        InputError: data is missing, or a value is unknown or out of range.
    """
    check_kinds(PretrainingSettings, values)
    size = FEATURE_SIZES.get(values.get("preset", PretrainingSettings.preset), 0)
    fitting = {
        "preparation": "v1" if values.get("method") == "v1" else PretrainingSettings.preparation,
        "recompute": size >= FEATURE_SIZES["B"],
        "warmup": max(1, values.get("steps", PretrainingSettings.steps) // 20),
    }
    return read_settings(PretrainingSettings, values, fitting)
