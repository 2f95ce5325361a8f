"""What all parts of a running pre-training share: settings, processes, volumes, where to tell."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import torch

from VoCoLib.cache import VolumeCache
from VoCoLib.catalogue import default_home
from VoCoLib.crops import V1_SAMPLER, V2_SAMPLER, CropSampler
from VoCoLib.distributed import Processes
from VoCoLib.events import Event, EventSink, event
from VoCoLib.execution import choose_precision
from VoCoLib.pretraining_presets import PretrainingPreset, find_preset
from VoCoLib.pretraining_settings import PretrainingSettings
from VoCoLib.runs import RunFolder

T = TypeVar("T")

_SAMPLERS = {"v1": V1_SAMPLER, "v2": V2_SAMPLER}
_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


@dataclass
class PretrainingJob:
    """One process of a pre-training.

    Attributes:
        settings: of the run.
        folder: of the run; only the first process writes there.
        processes: the others.
        tell: an EventSink; in all processes but the first it only fills notes.
        notes: what the first process has not been told yet.
    """

    settings: PretrainingSettings
    folder: RunFolder
    processes: Processes
    tell: EventSink
    notes: list[Event]

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
        path = Path(self.settings.cache) if self.settings.cache else default_home() / "prepared"
        limit = int(self.settings.cache_gb * 1e9)
        return VolumeCache(path, limit, self.preset.preparation, self.tell)

    @cached_property
    def dtype(self) -> torch.dtype:
        """Of the backbone's arithmetic."""
        return _DTYPES[choose_precision(self.settings.precision, self.processes.device)]

    def autocast(self) -> torch.autocast:
        """The context of a forward."""
        kind = self.processes.device.type
        return torch.autocast(kind, self.dtype, enabled=self.dtype != torch.float32)

    def log(self, message: str, level: str = "info") -> None:
        """Tells something to people."""
        self.tell(event("log", level=level, message=message))

    def gather(self, value: T) -> list[T]:
        """The values of all processes; the notes of the others are told."""
        values = []
        for rank, (other, notes) in enumerate(self.processes.gather((value, list(self.notes)))):
            values.append(other)
            if self.processes.first and rank > 0:
                for note in notes:
                    self.tell(note)
        self.notes.clear()
        return values

    def stop_wanted(self) -> bool:
        """Whether somebody wants the run to stop; the same in all processes."""
        return any(self.gather(self.processes.first and self.folder.stop_requested()))
