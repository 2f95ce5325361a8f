"""Estimates the memory and the time of a segmentation before it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from VoCoLib.recipe import FEATURE_SIZES, Recipe

if TYPE_CHECKING:  # Slicer may import this file, but has no torch
    from VoCoLib.images.geometry import Shape

_GPU_BATCH = 16  # windows at once, as long as memory suffices
_ALLOCATOR = 64 << 20  # bytes that it holds back

# What OpenVINO takes beside the feature maps, as measured: its kernels and the biases between
# windows, and a copy of the weights, of which there are so many bytes a squared feature size.
_OPENVINO = 215 << 20
_WEIGHTS = 126_000


@dataclass(frozen=True)
class MemoryEstimate:
    """What a segmentation will need, in bytes, beyond the image and the loaded network.

    Attributes:
        device: on the device that computes: one batch of windows and the logits' buffer.
        host: in main memory: the label map (and on a CPU all the rest).
    """

    device: int
    host: int

    def on(self, device: str) -> int:
        """Bytes of the memory of a device, "cpu" or "cuda": a CPU has to hold both."""
        return self.device + (self.host if device == "cpu" else 0)


def estimate_memory(
    recipe: Recipe,
    padded_shape: Shape,
    image_shape: Shape,
    window_batch: int,
    precision: str,
    engine: str = "PyTorch",
) -> MemoryEstimate:
    """Estimates the memory of a segmentation from sizes alone.

    Args:
        recipe: the model's.
        padded_shape: box that the windows cover, in voxels of the network's grid.
        image_shape: voxels of the image.
        window_batch: windows at once.
        precision: "float32", "bfloat16", "float16" or "int8".
        engine: "PyTorch" or "OpenVINO".

    Returns:
        the estimate; for tiny and B on a CPU it was within a quarter of the measured peak.
    """
    x, y, _ = padded_shape
    px, py, pz = recipe.preprocessing.patch
    network = _of_network(recipe, px * py * pz, precision, engine) * window_batch
    buffer = x * y * (pz + 1) * 4 * (recipe.out_channels + 1)
    image = image_shape[0] * image_shape[1]
    slabs = x * y * pz * 4 * 3 + image * 4 * recipe.out_channels * 4
    return MemoryEstimate(
        device=network + buffer + slabs + _ALLOCATOR,
        host=image_shape[2] * image,
    )


def _of_network(recipe: Recipe, voxels: int, precision: str, engine: str) -> int:
    """Bytes for a window of so many voxels: the feature maps alive at once, measured on a CPU."""
    channels, narrow = FEATURE_SIZES[recipe.preset], precision != "float32"
    if engine == "PyTorch":
        return voxels * channels * (24 if narrow else 32)
    copies = 0.5 if narrow else 1.0
    maps = voxels * (channels * (9 if narrow else 16) + recipe.out_channels * 5)
    return maps + int(copies * _WEIGHTS * channels**2) + _OPENVINO


def windows_at_once(
    recipe: Recipe,
    padded_shape: Shape,
    image_shape: Shape,
    precision: str,
    device: str,
    free: int,
) -> int:
    """The windows that a device takes at once: 1 on "cpu", else up to 16, as many as fit.

    Args:
        recipe, padded_shape, image_shape, precision: as for estimate_memory.
        device: "cpu" or "cuda".
        free: bytes on the device.
    """
    batch = 1 if device == "cpu" else _GPU_BATCH
    while batch > 1:
        need = estimate_memory(recipe, padded_shape, image_shape, batch, precision)
        if need.on(device) <= free:
            break
        batch //= 2
    return batch
