"""Where the files that come with VoCo lie, and where the user's own do."""

from __future__ import annotations

import os
import sys
from pathlib import Path

RESOURCES = Path(__file__).parent / "Resources"
IMPORT_FOLDER = Path(__file__).resolve().parents[1]  # what has VoCoLib in it


def default_home() -> Path:
    """The user's folder for models: VOCO_HOME, or the platform's place for application data."""
    if os.environ.get("VOCO_HOME"):
        return Path(os.environ["VOCO_HOME"])
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "VoCo"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "VoCo"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "VoCo"


MODEL_FILE = "model.safetensors"  # of a training run, in its folder
GUESSES_FILE = "guesses.png"  # where a pre-training takes some crops for, in its folder
