"""Reads what VoCo writes beside weights into a safetensors file, without torch."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from VoCoLib.recipe import Recipe, recipe_from_json

_LONGEST = 1 << 27  # bytes of a head, as safetensors itself allows a few


@dataclass(frozen=True)
class FileHead:
    """What a file says of its weights.

    Attributes:
        recipe: None if there is none.
        training: what led to the weights, see VoCoLib.networks.checkpoints.save_checkpoint.
    """

    recipe: Recipe | None = None
    training: dict[str, Any] = field(default_factory=dict)


def read_head(path: Path) -> FileHead:
    """The head of a file; an empty one of a file that VoCo has not written, or cannot be read."""
    try:
        with path.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
            head = json.loads(stream.read(length)) if length < _LONGEST else {}
        metadata = head["__metadata__"]
        recipe = recipe_from_json(json.loads(metadata["recipe"]))
        return FileHead(recipe, dict(json.loads(metadata["training"])))
    except (OSError, KeyError, TypeError, ValueError):
        return FileHead()
