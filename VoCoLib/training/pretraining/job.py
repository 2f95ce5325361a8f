"""What all parts of a running pre-training share beside what every training does."""

from __future__ import annotations

from functools import cached_property

from VoCoLib.method.crops import V1_SAMPLER, V2_SAMPLER, CropSampler
from VoCoLib.method.presets import PretrainingPreset, find_preset
from VoCoLib.training.data.cache import VolumeCache
from VoCoLib.training.job import TrainingJob
from VoCoLib.training.pretraining.settings import PretrainingSettings

_SAMPLERS = {"v1": V1_SAMPLER, "v2": V2_SAMPLER}


class PretrainingJob(TrainingJob[PretrainingSettings]):
    """One process of a pre-training."""

    @cached_property
    def preset(self) -> PretrainingPreset:
        """Preparation of the volumes and grid of the bases."""
        return find_preset(self.settings.preparation)

    @cached_property
    def sampler(self) -> CropSampler:
        """Draws the crops of a volume."""
        shift_probability = _SAMPLERS[self.settings.method].shift_probability
        return CropSampler(self.preset.grid, self.settings.queries, shift_probability)

    @cached_property
    def cache(self) -> VolumeCache:
        """The prepared volumes."""
        return self.open_cache(self.preset.preparation)
