"""The checkpoints of a run: each written in one step, the last few and the best kept."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from VoCoLib.errors import OutputError
from VoCoLib.files import discard, write_json

_NAME = re.compile(r"step-(\d+)\.pt")


class CheckpointFolder:
    """A folder with step-00000100.pt, step-00000200.pt, ... and best.json, which names the best.

    One process writes; any may read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def save(
        self, step: int, write: Callable[[BinaryIO], object], keep: int = 2, best: bool = False
    ) -> Path:
        """Writes the checkpoint of a step and deletes those no longer wanted.

        Args:
            step: optimiser steps done.
            write: writes the content to a file, such as `lambda file: torch.save(state, file)`.
            keep: number of latest checkpoints that stay, 1 or more, beside the best.
            best: whether this is the best one so far.

        Returns:
            the file.

        Raises:
            OutputError: it cannot be written, such as on a full disk; the older ones stay.
        """
        target = self.path / _file_name(step)
        temporary = target.with_suffix(".tmp")
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, target)
            if best:
                self.mark_best(step)
        except (OSError, RuntimeError) as error:  # RuntimeError: torch.save on a full disk
            reason = error.__context__ if isinstance(error.__context__, OSError) else error
            raise OutputError(
                f"The checkpoint {target} cannot be written: {reason}.",
                "Free some space, or make the folder writable, then resume from the last one.",
            ) from error
        finally:
            discard(temporary)
        self._prune(keep)
        return target

    def mark_best(self, step: int) -> None:
        """Says that the checkpoint of a step is the best; raises OSError."""
        name = _file_name(step)
        if not (best := self.best()) or best.name != name:
            write_json(self.path / "best.json", {"checkpoint": name})

    def all(self) -> list[Path]:
        """All complete checkpoints, the latest first."""
        found = self.path.iterdir() if self.path.is_dir() else ()
        steps = {int(match[1]): p for p in found if (match := _NAME.fullmatch(p.name))}
        return [steps[step] for step in sorted(steps, reverse=True)]

    def latest(self) -> Path | None:
        """The checkpoint of the highest step."""
        return next(iter(self.all()), None)

    def best(self) -> Path | None:
        """The checkpoint that was the best when it was saved."""
        with contextlib.suppress(OSError, ValueError, KeyError):
            path = self.path / json.loads((self.path / "best.json").read_text())["checkpoint"]
            return path if path.is_file() else None
        return None

    def _prune(self, keep: int) -> None:
        """Deletes all but the latest and the best, and what a killed process left half-written."""
        best = self.best()
        old = [path for path in self.all()[max(1, keep) :] if path != best]
        for path in [*old, *self.path.glob("*.tmp")]:
            discard(path)  # unless it is open in another process: Windows keeps it


def _file_name(step: int) -> str:
    return f"step-{step:08d}.pt"
