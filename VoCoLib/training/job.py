"""What all parts of a running training share: settings, processes, precision, where to tell."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Generic, TypeVar

import torch

from VoCoLib.events import Event, EventSink, event
from VoCoLib.images.label_names import LabelNames
from VoCoLib.inference.devices import DTYPES, choose_precision
from VoCoLib.locations import default_home
from VoCoLib.method.presets import Preparation
from VoCoLib.runs.folder import RunFolder
from VoCoLib.training.data.cache import CacheSettings, VolumeCache
from VoCoLib.training.data.preparing import PreparingPool, processes_beside
from VoCoLib.training.data.shard_cache import open_cache
from VoCoLib.training.distributed import Processes
from VoCoLib.training.settings import Settings

T = TypeVar("T")


@dataclass
class TrainingJob(Generic[Settings]):
    """One process of a training.

    Attributes:
        settings: of the run.
        folder: of the run; only the first process writes there.
        processes: the others.
        tell: an EventSink; in all processes but the first it only fills notes.
        notes: what the first process has not been told yet.
        precision: "float32", "bfloat16" or "float16"; where the settings leave it open, that of the
            machine on which the run began.
    """

    settings: Settings
    folder: RunFolder
    processes: Processes
    tell: EventSink
    notes: list[Event]
    precision: str = ""

    def settle_precision(self, saved: str | None) -> None:
        """Settles in what the run computes: as it did so far, so that it learns the same.

        Args:
            saved: precision of its last checkpoint, if there is one.

        Raises:
            InputError: the device cannot do that.
        """
        wish = self.settings.precision if saved is None else saved
        self.precision = choose_precision(wish, self.processes.device)

    @cached_property
    def pool(self) -> PreparingPool:
        """Prepares volumes beside this process; whoever runs the training closes it."""
        return PreparingPool(processes_beside())

    @property
    def dtype(self) -> torch.dtype:
        """Of the network's arithmetic."""
        return DTYPES[self.precision]

    def autocast(self) -> torch.autocast:
        """The context of a forward."""
        kind = self.processes.device.type
        return torch.autocast(kind, self.dtype, enabled=self.dtype != torch.float32)

    def open_cache(
        self, preparation: Preparation, names: LabelNames | None = None, shards: str = ""
    ) -> VolumeCache:
        """The prepared volumes, see CacheSettings."""
        path = Path(self.settings.cache) if self.settings.cache else default_home() / "prepared"
        limit = int(min(self.settings.cache_gb, 1e9) * 1e9)  # no integer has the largest floats
        return open_cache(CacheSettings(path, limit, preparation, names, shards), self.tell)

    def log(self, message: str, level: str = "info") -> None:
        """Tells something to people."""
        self.tell(event("log", level=level, message=message))

    def gather(self, value: T) -> list[T]:
        """The values of all processes; the notes of the others are told."""
        values = []
        sent = list(self.notes)
        for rank, (other, notes) in enumerate(self.processes.gather((value, sent))):
            values.append(other)
            if self.processes.first and rank > 0:
                for note in notes:
                    self.tell(note)
        del self.notes[: len(sent)]  # a thread may have added more meanwhile
        return values

    def stop_wanted(self) -> bool:
        """Whether somebody wants the run to stop; the same in all processes."""
        return any(self.gather(self.processes.first and self.folder.stop_wanted()))
