"""Swin window attention for GPUs: padded windows, one scaled_dot_product_attention a block.

A GPU works off a few large operations faster than many small ones, whatever of them is padding.
Masks are made once for each size, on the device; nothing is copied from the host in a forward.
"""

from __future__ import annotations

import math
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

from VoCoLib.networks.monai_parts import WindowAttention

# Added between tokens of different regions. With MONAI's -100 the weights are the same, 0 beside
# the others, but made of numbers so small that processors are slow with them.
MASKED = -1000.0
_ALIGNED = 8  # the fused kernels want head sizes, and rows of the additive mask, in multiples of it

Sizes = tuple[int, int, int]


def attend_in_padded_windows(
    x: Tensor, window: Sizes, shift: Sizes, attn: WindowAttention
) -> Tensor:
    """Attention inside shifted windows, with its projection.

    Args:
        x: (batch, D, H, W, channels), normalised.
        window: edges of a window.
        shift: by which windows are moved; 0 along an axis that is one window.
        attn: its weights.

    Returns:
        (batch, D, H, W, channels).
    """
    batch, *sizes, channels = x.shape
    padding = [-size % length for size, length in zip(sizes, window, strict=True)]
    if any(padding):
        x = F.pad(x, (0, 0, 0, padding[2], 0, padding[1], 0, padding[0]))
    if any(shift):
        x = torch.roll(x, [-s for s in shift], (1, 2, 3))
    d, h, w = (size // length for size, length in zip(x.shape[1:4], window, strict=True))
    heads, tokens = attn.num_heads, math.prod(window)
    qkv = attn.qkv(x).view(batch, d, window[0], h, window[1], w, window[2], 3, heads, -1)
    width = qkv.shape[-1]
    qkv = qkv.permute(7, 0, 1, 3, 5, 8, 2, 4, 6, 9).reshape(3, -1, heads, tokens, width)
    if width % _ALIGNED:
        qkv = F.pad(qkv, (0, -width % _ALIGNED))
    bias = _bias(attn, tokens)
    if any(shift):  # the windows of a volume differ: they share an axis with the heads
        padded: Sizes = (d * window[0], h * window[1], w * window[2])
        bias = (bias + _mask(padded, window, shift, x.device)).flatten(0, 1)[None]
        qkv = qkv.view(3, batch, -1, tokens, qkv.shape[-1])
    q, k, v = qkv
    bias = F.pad(bias.to(q.dtype), (0, -tokens % _ALIGNED))[..., :tokens]
    out = F.scaled_dot_product_attention(q, k, v, attn_mask=bias, scale=attn.scale)[..., :width]
    out = out.reshape(batch, d, h, w, heads, *window, width).permute(0, 1, 5, 2, 6, 3, 7, 4, 8)
    out = attn.proj(out.reshape(*x.shape[:4], channels))
    if any(shift):
        out = torch.roll(out, shift, (1, 2, 3))
    return out[:, : sizes[0], : sizes[1], : sizes[2]] if any(padding) else out


def _bias(attn: WindowAttention, tokens: int) -> Tensor:
    """(1, heads, tokens, tokens) of the relative positions in a window."""
    index = attn.get_buffer("relative_position_index")[:tokens, :tokens].reshape(-1)
    rows = attn.relative_position_bias_table.index_select(0, index)
    return rows.view(1, tokens, tokens, attn.num_heads).permute(0, 3, 1, 2)


@lru_cache(maxsize=8)
def _mask(padded: Sizes, window: Sizes, shift: Sizes, device: torch.device) -> Tensor:
    """(windows, 1, tokens, tokens), MASKED between what lay apart before the shift."""
    with torch.inference_mode(False), torch.no_grad():
        region = torch.zeros((), dtype=torch.uint8, device=device)
        for axis, (size, moved) in enumerate(zip(padded, shift, strict=True)):
            wrapped = torch.arange(size, device=device) >= size - moved
            region = region + (wrapped.to(torch.uint8) << axis).view(
                [size if a == axis else 1 for a in range(3)]
            )
        counts = [size // length for size, length in zip(padded, window, strict=True)]
        (d, h, w), (x, y, z) = counts, window
        places = region.view(d, x, h, y, w, z).permute(0, 2, 4, 1, 3, 5).reshape(d * h * w, -1)
        apart = places[:, None, :] != places[:, :, None]
        return (apart * torch.tensor(MASKED, dtype=torch.bfloat16, device=device))[:, None]
