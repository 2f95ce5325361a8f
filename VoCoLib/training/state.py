"""All that a training needs to go on as if it had never been interrupted, in one file."""

from __future__ import annotations

import contextlib
import errno
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch
from torch import nn
from torch.amp.grad_scaler import GradScaler
from torch.optim import Optimizer

from VoCoLib.errors import InputError, WeightsError
from VoCoLib.inference.devices import is_out_of_memory
from VoCoLib.runs.checkpoint_folder import CheckpointFolder

Model = TypeVar("Model", bound=nn.Module)

_FORMAT = 1


@dataclass
class TrainingState(Generic[Model]):
    """What changes from step to step.

    Attributes:
        model: with its teacher, the average of the student.
        optimizer, scaler: with their moments and the scale of float16 losses.
        step: optimiser steps done. It is also the place in the learning rate's schedule and in the
            data: both, and every random number, are functions of the step and the seed.
        notes: what else the run has to remember; strings, numbers, lists and dictionaries.
    """

    model: Model
    optimizer: Optimizer
    scaler: GradScaler
    step: int = 0
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def is_shared_out(self) -> bool:
        """Whether each process keeps a part of the moments."""
        return hasattr(self.optimizer, "gather")

    def gather(self) -> None:
        """Brings moments that are shared out to the first process; called in all of them."""
        if self.is_shared_out:
            self.optimizer.gather()  # type: ignore[attr-defined]

    def save(self, folder: CheckpointFolder, keep: int, best: bool) -> Path:
        """Writes a checkpoint; keep and best as CheckpointFolder.save takes them.

        Raises:
            OutputError: it cannot be written; the older ones stay.
        """
        content = {
            "format": _FORMAT,
            "step": self.step,
            "notes": self.notes,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(),
            "random": _random_state(),
        }
        return folder.save(self.step, lambda file: torch.save(content, file), keep, best)

    def load(self, path: Path) -> None:
        """Takes over what save wrote, onto the devices of the model.

        A scaler that was not in use keeps its start.

        Raises:
            InputError: the file cannot be read.
            WeightsError: it is damaged or of another training.
        """
        try:
            content = torch.load(path, map_location="cpu", weights_only=True)
            if content["format"] != _FORMAT:
                raise ValueError(f"format {content['format']} instead of {_FORMAT}")
            self.model.load_state_dict(content["model"])
            self.optimizer.load_state_dict(content["optimizer"])
            if content["scaler"]:
                self.scaler.load_state_dict(content["scaler"])
            self.step, self.notes = content["step"], content["notes"]
            _set_random_state(content["random"])
        except Exception as error:  # damaged bytes can fail anywhere inside the unpickler
            if is_out_of_memory(error):
                raise
            # a damaged file can send PyTorch to places outside of it, which is invalid
            if isinstance(error, OSError) and error.errno != errno.EINVAL:
                raise InputError(
                    f"The checkpoint {path} cannot be read: {error.strerror or error}.",
                    "Check the disk or the network, then resume.",
                ) from error
            reason = str(error).partition("\n")[0] or type(error).__name__
            raise WeightsError(
                f"The checkpoint {path} cannot be used: {reason}.",
                "Delete it: the run then goes on from the one before it.",
            ) from error


def saved_precision(path: Path) -> str | None:
    """The precision that the run of a checkpoint computes in; None if that is not known."""
    with contextlib.suppress(Exception):  # load says what is wrong
        notes = torch.load(path, map_location="cpu", weights_only=True, mmap=True)["notes"]
        return str(notes["precision"])
    return None


def _random_state() -> dict[str, Any]:
    """PyTorch's own generators: the loop draws nothing from them, but a network may."""
    return {"cpu": torch.get_rng_state(), "cuda": torch.cuda.get_rng_state_all()}


def _set_random_state(states: dict[str, Any]) -> None:
    torch.set_rng_state(states["cpu"])
    if len(states["cuda"]) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all(states["cuda"])
