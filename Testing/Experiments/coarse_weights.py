"""Rounds a file of weights so that it packs to three tenths of its size.

Weights stay float16 and the file as large as before; but their last bits, which a network does not
need, become zeros, which the repository's history and an archive of the extension do not pay for.
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

_SMALL = 4096  # values; tensors below this (biases, norms, tables) stay exact


def write_coarse(source: Path, target: Path) -> None:
    """Writes a safetensors file with rounded weights and the same metadata."""
    with safe_open(str(source), framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        metadata = file.metadata()
    rounded = {
        name: _round(tensor) if tensor.ndim > 1 and tensor.numel() >= _SMALL else tensor
        for name, tensor in tensors.items()
    }
    save_file(rounded, target, metadata=metadata)


def _round(weights: torch.Tensor) -> torch.Tensor:
    """To about half of the channel's standard deviation, and to three significant bits.

    Args:
        weights: (out, ...) float16; the first axis is the channel.
    """
    values = weights.float().flatten(1)
    deviation = values.std(1, keepdim=True).clamp_min(1e-8)
    step = torch.exp2(torch.round(torch.log2(deviation / 2)))
    values = torch.round(values / step) * step
    leading = torch.exp2(torch.floor(torch.log2(values.abs().clamp_min(1e-12))) - 2)
    return (torch.round(values / leading) * leading).reshape(weights.shape).half()
