"""What all parts of a running pre-training share beside what every training does."""

from __future__ import annotations

from functools import cached_property

from VoCoLib.method.crops import V1_SAMPLER, V2_SAMPLER, CropSampler
from VoCoLib.method.presets import PretrainingPreset, find_preset
from VoCoLib.training.data.cache import VolumeCache
from VoCoLib.training.job import TrainingJob
from VoCoLib.training.pretraining.plan import Plan, choose_plan
from VoCoLib.training.pretraining.settings import PretrainingSettings, needs_recompute
from VoCoLib.training.settings import SCRATCH
from VoCoLib.training.start import Start

_SAMPLERS = {"v1": V1_SAMPLER, "v2": V2_SAMPLER}


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
    def cache(self) -> VolumeCache:
        """The prepared volumes."""
        return self.open_cache(self.preset.preparation)
