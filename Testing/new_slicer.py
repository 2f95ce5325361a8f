"""What a Slicer that was just installed does not have."""

from __future__ import annotations

# A Slicer that was just installed has none of these.
NOT_IN_SLICER = [
    *("torch", "monai", "einops", "nibabel", "safetensors", "huggingface_hub", "jsonschema"),
    *("matplotlib", "platformdirs", "psutil", "rich", "typer"),
]
