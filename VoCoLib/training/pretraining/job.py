"""What all parts of a running pre-training share beside what every training does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from VoCoLib.errors import InputError
from VoCoLib.method.crops import V1_SAMPLER, V2_SAMPLER, CropSampler
from VoCoLib.method.presets import PretrainingPreset, find_preset
from VoCoLib.training.data.cache import VolumeCache
from VoCoLib.training.data.datasets import Case
from VoCoLib.training.data.shards import Shards, are_shards, open_shards
from VoCoLib.training.job import TrainingJob
from VoCoLib.training.pretraining.plan import Plan, choose_plan
from VoCoLib.training.pretraining.settings import PretrainingSettings, needs_recompute
from VoCoLib.training.settings import SCRATCH
from VoCoLib.training.start import Start

_SAMPLERS = {"v1": V1_SAMPLER, "v2": V2_SAMPLER}


@dataclass(frozen=True)
class NamedCases(Sequence[Case]):
    """Cases that are made when they are asked for: in memory a name is smaller than a path.

    Attributes:
        names: as the notes of the run have them.
        case: makes the case of a name.
    """

    names: Sequence[str]
    case: Callable[[str], Case]

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> Case:  # type: ignore[override]  # nobody asks for slices
        return self.case(self.names[index])


class PretrainingJob(TrainingJob[PretrainingSettings]):
    """One process of a pre-training."""

    @cached_property
    def plan(self) -> Plan:
        """What is settled where the run begins; set anew for one that starts from weights."""
        return choose_plan(self.settings, Start(SCRATCH))

    @property
    def recompute(self) -> bool:
        """Whether activations are computed again."""
        open_size = self.settings.preset is None  # that of the weights, which the settings lacked
        return self.settings.recompute or (open_size and needs_recompute(self.plan.preset))

    @cached_property
    def preset(self) -> PretrainingPreset:
        """Preparation of the volumes and grid of the bases."""
        return find_preset(self.plan.preparation)

    @cached_property
    def sampler(self) -> CropSampler:
        """Draws the crops of a volume."""
        shift_probability = _SAMPLERS[self.plan.method].shift_probability
        preset, queries = self.preset, self.settings.queries
        return CropSampler(preset.grid, queries, shift_probability, preset.turned)

    @cached_property
    def shards(self) -> Shards | None:
        """The data, where they are shards; raises InputError as open_shards."""
        return open_shards(self.settings.data) if are_shards(self.settings.data) else None

    def check_shards(self) -> None:
        """Raises InputError for shards of another preparation than that of the run."""
        if self.shards is None or self.shards.preparation == self.preset.preparation:
            return
        theirs, name = self.shards.preset, self.plan.preparation
        hint = f"Start with --preparation {theirs}, or prepare shards with {name}."
        if theirs == name:
            hint = "They are of another version of VoCo: prepare the archive again."
        raise InputError(
            f"The shards in {self.settings.data} hold volumes of the preparation {theirs}, the run "
            f"wants {name}.",
            hint,
        )

    def case(self, name: str) -> Case:
        """The case of a volume that the notes of the run name."""
        return Case(Path(name)) if self.shards is None else self.shards.case(name)

    @cached_property
    def cache(self) -> VolumeCache:
        """The prepared volumes."""
        shards = "" if self.shards is None else self.settings.data
        return self.open_cache(self.preset.preparation, shards=shards)
