"""The settings of a fine-tuning, as config.json of its run folder holds them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from VoCoLib.errors import InputError
from VoCoLib.training.settings import (
    TrainingSettings,
    check,
    check_kinds,
    check_merging,
    is_start_path,
    read_settings,
)

AUTO = "auto"

_NUMBERS: dict[str, tuple[Callable[[Any], float], int]] = {
    "spacing": (float, 3),
    "hu_window": (float, 2),
    "patch": (int, 3),
}
_PATHS = ("labels", "contoured")


@dataclass(frozen=True)
class FinetuningSettings(TrainingSettings):
    """What a fine-tuning does. What is None is taken from the model that it starts from.

    Attributes:
        start: id of a model, a file or MONAI Bundle with weights, or "scratch".
        merging: "legacy" or "current" PatchMerging, for weights that do not say it themselves.
        labels: JSON file with the names of the label values; empty: the data set's dataset.json.
        structures: names of those to learn, separated by commas; empty: all.
        contoured: CSV that says what nobody contoured in which case; empty: see read_plan.
        validation: share of the cases that is not trained on but segmented and scored, or the path
            of a list of them; "auto": the data set's own list, else a fifth.
        fold: "0/5" holds back the first of five parts of the cases, and so on; empty: see
            validation, which then must be "auto".
        spacing: voxel size along R, A, S in mm.
        hu_window: HU that become 0 and 1.
        patch: of training and of sliding windows, in voxels along R, A, S.
        mirror: also learn from mirrored patients, the names of the sides swapped.
        sideless: names of structures that keep theirs then, separated by commas.
        weighted_steps: steps at the beginning that weigh small structures more.
        average: decay of the averaged weights, which are the result; 0: the last ones.
        encoder_rate: learning rate of the encoder, as a share of learning_rate; 0: it stays as it
            is; None: it learns like the rest.

    Raises:
        InputError: a value is unknown or out of range.
    """

    KIND: ClassVar[str] = "finetune"
    LESS_MEMORY: ClassVar[str] = (
        "Resume with --recompute, or begin a new run with a smaller --batch (and as much more "
        "--accumulate) or a smaller --patch. In Slicer, start a new run with a smaller batch or "
        "'Less memory, more time'."
    )

    kind: str = KIND
    start: str = ""
    learning_rate: float = 3e-4
    weight_decay: float = 1e-5
    merging: str | None = None
    labels: str = ""
    structures: str = ""
    contoured: str = ""
    validation: str = AUTO
    fold: str = ""
    spacing: tuple[float, float, float] | None = None
    hu_window: tuple[float, float] | None = None
    patch: tuple[int, int, int] | None = None
    mirror: bool = False
    sideless: str = ""
    weighted_steps: int = 500
    average: float = 0.995
    encoder_rate: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.start:
            raise InputError(
                "Nothing to start from is given.",
                "Name a model (see: voco models list), a file of weights, or scratch.",
            )
        check_merging(self.merging)
        check(self.weighted_steps >= 0, "weighted_steps", self.weighted_steps, "0 or more")
        check(0 <= self.average < 1, "average", self.average, "0 or more and below 1")
        rate = self.encoder_rate
        check(rate is None or 0 <= rate <= 1, "encoder_rate", rate, "from 0 to 1")
        share = self.validation_share
        check(share is None or 0 <= share < 1, "validation", share, "a list, or a share below 1")
        part, parts = self.part
        check(0 <= part < parts != 1, "fold", self.fold, "such as 0/5, the first of five")
        alone = not self.fold or self.validation == AUTO
        check(alone, "validation", self.validation, "left out where a fold is chosen")

    @property
    def part(self) -> tuple[int, int]:
        """Which part of how many is held back; (-1, 0) where the fold cannot be read."""
        found = re.fullmatch(r"(\d+)/(\d+)", self.fold or "0/2")
        return (int(found[1]), int(found[2])) if found else (-1, 0)

    @property
    def validation_share(self) -> float | None:
        """The share of the cases held back; None where they are listed."""
        if self.validation == AUTO:
            return 0.2
        try:
            return float(self.validation)
        except ValueError:
            return None


def settings_from(values: Mapping[str, Any]) -> FinetuningSettings:
    """Settings from some values, with defaults that fit them for the rest.

    A twentieth of the steps are for warming up, half of them weigh small structures more, and
    there are ten measures. spacing, hu_window and patch may also be text, such as "1.5,1.5,3".

    Raises:
        InputError: data or start is missing, or a value is unknown or out of range.
    """
    check_kinds(FinetuningSettings, values)
    values = dict(values)
    for name in _NUMBERS:
        if values.get(name) is not None:
            values[name] = _numbers(name, values[name])
    for name in _PATHS:
        if values.get(name):
            values[name] = str(Path(values[name]).absolute())
    for name, is_path in (("start", is_start_path), ("validation", os.path.exists)):
        if values.get(name) and is_path(values[name]):
            values[name] = str(Path(values[name]).absolute())
    steps = values.get("steps", FinetuningSettings.steps)
    fitting = {
        "warmup": max(1, steps // 20),
        "weighted_steps": steps // 2,
        "measure_every": max(1, steps // 10),
    }
    return read_settings(FinetuningSettings, values, fitting)


def split_names(names: str) -> list[str]:
    """Names that commas separate."""
    return [name.strip() for name in names.split(",") if name.strip()]


def _numbers(name: str, given: str | Sequence[float]) -> tuple[float, ...]:
    """The numbers of a setting, from a list or from text with commas."""
    kind, count = _NUMBERS[name]
    parts = given.split(",") if isinstance(given, str) else given
    try:
        numbers = tuple(kind(part) for part in parts)
    except (TypeError, ValueError):
        numbers = ()
    check(len(numbers) == count, name, given, f"{count} numbers with commas between them")
    return numbers
