"""Which grid a model was trained with, as its file says. Without torch."""

from __future__ import annotations

import json
import struct
from pathlib import Path

WITHOUT_RECORD = (3, "fit")  # how models see a body that were not pre-trained here
_MOST_BYTES = 10**7  # of a header


def trained_grid(path: Path) -> tuple[int, str] | None:
    """N of the n x n bases, and "fit" or "native"; None where only loading the file can tell."""
    try:
        with path.open("rb") as file:
            (size,) = struct.unpack("<Q", file.read(8))
            if size > _MOST_BYTES:
                return None  # not safetensors
            header = json.loads(file.read(size))
        record = json.loads(header.get("__metadata__", {}).get("training", "{}"))
        if "grid" not in record or "preparation" not in record:
            return WITHOUT_RECORD
        mode = "native" if record["preparation"].get("shape") is None else "fit"
        return int(record["grid"]["n"]), mode
    except (OSError, ValueError, struct.error, TypeError, KeyError, AttributeError):
        return None
