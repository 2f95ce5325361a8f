"""Reads the settings of a run from one file: YAML, or JSON as the config.json of a run."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from VoCoLib.errors import InputError
from VoCoLib.training.data.storage import is_url

_PATHS = ("data", "cache")  # relative to the file
_FLOAT = re.compile(r"^[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+$")  # YAML 1.1 takes 1e-4 for text


def read_settings_file(path: Path) -> dict[str, Any]:
    """The settings that a file names; none of them is checked yet.

    Args:
        path: .json, or .yaml or .yml; paths in it are relative to it.

    Raises:
        InputError: it cannot be read, or holds no settings.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        found = json.loads(text) if path.suffix.lower() == ".json" else _read_yaml(text)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(
            f"{path} cannot be read: {reason}.", "Name a YAML or JSON file with settings."
        ) from error
    if not isinstance(found, dict) or not all(isinstance(name, str) for name in found):
        raise InputError(f"{path} holds no settings.", "Write one a line, such as steps: 5000.")
    for name in _PATHS:
        if isinstance(found.get(name), str) and found[name] and not is_url(found[name]):
            found[name] = os.path.normpath(path.absolute().parent / found[name])
    start = found.get("start")
    if isinstance(start, str) and start and os.path.exists(path.absolute().parent / start):
        found["start"] = os.path.normpath(path.absolute().parent / start)
    return found


def _read_yaml(text: str) -> Any:
    """What YAML says; raises ValueError."""
    import yaml

    class Loader(yaml.SafeLoader):  # type: ignore[misc]
        """Knows all floats."""

    Loader.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+0123456789."))
    try:
        return yaml.load(text, Loader)  # safe: no objects are made
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
