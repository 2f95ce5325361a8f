"""The model that a training run has made so far, by the folder of the run."""

from __future__ import annotations

from pathlib import Path

from VoCoLib.errors import ModelError
from VoCoLib.locations import MODEL_FILE


def is_run_folder(path: Path) -> bool:
    """Whether a path is the folder of a training run."""
    return (path / "config.json").is_file()


def weights_in(path: Path) -> Path:
    """The file of a run's best model so far; any other path as it is.

    Raises:
        ModelError: the run has none yet.
    """
    if not is_run_folder(path):
        return path
    if not (path / MODEL_FILE).is_file():
        raise ModelError(
            f"The run {path} has no model yet.",
            "Its first measure writes one, and so does a stop after its first step.",
        )
    return path / MODEL_FILE
