"""Swin window attention that never holds the full attention matrix, exact, forward and backward.

The window attention of SwinUNETR over a 96^3 patch has 343 windows of 343 tokens: the stock
implementation materialises hundreds of MB a block, several times over. Here windows are worked
off in chunks that stay in the processor's cache, and the shifted windows' masks are reduced to
the eight patterns that exist (a window is the last one along an axis or it is not).
"""

from __future__ import annotations

from itertools import product
from typing import Any

import torch
import torch.nn.functional as F
from monai.networks.nets.swin_unetr import (
    BasicLayer,
    SwinTransformerBlock,
    WindowAttention,
    get_window_size,
)
from torch import Tensor, nn

_CHUNK_BYTES = 4 << 20  # one chunk's attention matrix; measured best between 2 and 8 MiB
_MASKED = -100.0  # what MONAI adds between tokens of different regions


class _ChunkedAttention(torch.autograd.Function):
    """softmax(q k^T + bias) v over chunks of windows; the backward pass recomputes the softmax.

    q (scaled), k, v: (windows, heads, tokens, head_dim); bias: (heads, tokens, tokens).
    """

    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(q, k, v, bias)
        out = torch.empty_like(q)
        for part in _chunks(q):
            weights = _softmax_scores(q[part], k[part], bias)
            torch.matmul(weights, v[part], out=out[part])
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        q, k, v, bias = ctx.saved_tensors
        (grad_out,) = grads
        grad_q, grad_k, grad_v = torch.empty_like(q), torch.empty_like(k), torch.empty_like(v)
        grad_bias = torch.zeros_like(bias, dtype=torch.float32)
        for part in _chunks(q):
            weights = _softmax_scores(q[part], k[part], bias)
            grad = grad_out[part]
            torch.matmul(weights.transpose(-2, -1), grad, out=grad_v[part])
            scores = grad @ v[part].transpose(-2, -1)
            # d softmax: P * (dP - rowsum(P * dP)); the row sum equals dO . O
            scores = torch._softmax_backward_data(scores, weights, -1, weights.dtype)
            torch.matmul(scores, k[part], out=grad_q[part])
            torch.matmul(scores.transpose(-2, -1), q[part], out=grad_k[part])
            for matrix in scores:  # faster than a sum over windows, and float32 all the way
                grad_bias += matrix
        return grad_q, grad_k, grad_v, grad_bias.to(bias.dtype)


def _chunks(q: Tensor) -> list[slice]:
    windows, heads, tokens, _ = q.shape
    step = max(1, _CHUNK_BYTES // (heads * tokens * tokens * q.element_size()))
    return [slice(start, start + step) for start in range(0, windows, step)]


def _softmax_scores(q: Tensor, k: Tensor, bias: Tensor) -> Tensor:
    scores = q @ k.transpose(-2, -1)
    scores += bias
    return torch.softmax(scores, dim=-1)


def window_attention(q: Tensor, k: Tensor, v: Tensor, bias: Tensor) -> Tensor:
    """Attention inside windows with an additive bias shared by all of them.

    Args:
        q, k, v: (windows, heads, tokens, head_dim), q already scaled.
        bias: (heads, tokens, tokens), added to the scores.

    Returns:
        (windows, heads, tokens, head_dim).
    """
    bias = bias.to(q.dtype).contiguous()  # it comes permuted, which would slow every chunk
    if q.device.type == "cuda":
        # the kernels that do without the full matrix take multiples of 8 as head size
        head, extra = q.shape[-1], -q.shape[-1] % 8
        q, k, v = (F.pad(t, (0, extra)) for t in (q, k, v))
        out = F.scaled_dot_product_attention(q, k, v, attn_mask=bias[None], scale=1.0)
        return out[..., :head]
    return _ChunkedAttention.apply(q.contiguous(), k.contiguous(), v.contiguous(), bias)  # type: ignore[no-any-return, no-untyped-call]


class FastSwinTransformerBlock(SwinTransformerBlock):
    """MONAI's Swin block (3D) with the same parameters and results and bounded memory."""

    def forward_part1(self, x: Tensor, mask_matrix: Tensor | None) -> Tensor:
        """Norm, window attention and projection of x: (batch, d, h, w, channels)."""
        _, d, h, w, _ = x.shape
        window, shift = get_window_size((d, h, w), self.window_size, self.shift_size)
        padding = [-size % length for size, length in zip((d, h, w), window, strict=True)]
        x = self.norm1(x)
        if any(padding):
            x = F.pad(x, (0, 0, 0, padding[2], 0, padding[1], 0, padding[0]))
        shifted = any(shift)
        if shifted:
            x = torch.roll(x, shifts=[-s for s in shift], dims=(1, 2, 3))
        grid = [size // length for size, length in zip(x.shape[1:4], window, strict=True)]
        x = _attend(x, grid, window, shift, self.attn)
        if shifted:
            x = torch.roll(x, shifts=list(shift), dims=(1, 2, 3))
        return x[:, :d, :h, :w].contiguous() if any(padding) else x


class FastBasicLayer(BasicLayer):
    """MONAI's Swin stage (3D) without the mask that the blocks here do not need."""

    def forward(self, x: Tensor) -> Tensor:
        """Blocks and downsampling of x: (batch, channels, d, h, w)."""
        x = x.permute(0, 2, 3, 4, 1)
        for block in self.blocks:
            x = block(x, None)
        if self.downsample is not None:
            x = self.downsample(x)
        return x.permute(0, 4, 1, 2, 3)


def _attend(
    x: Tensor,
    grid: list[int],
    window: tuple[int, ...],
    shift: tuple[int, ...],
    attn: WindowAttention,
) -> Tensor:
    """Attention of x (batch, D, H, W, channels), cut into grid windows; same shape."""
    b, c, heads = x.shape[0], x.shape[-1], attn.num_heads
    tokens = window[0] * window[1] * window[2]
    qkv = attn.qkv(x).view(
        b, grid[0], window[0], grid[1], window[1], grid[2], window[2], 3, heads, c // heads
    )
    qkv = qkv.permute(7, 0, 1, 3, 5, 8, 2, 4, 6, 9)  # 3, batch, grid, heads, window, head_dim
    index = attn.get_buffer("relative_position_index")[:tokens, :tokens]
    table = attn.relative_position_bias_table[index.reshape(-1)]
    bias = table.view(tokens, tokens, heads).permute(2, 0, 1)
    out = qkv.new_empty((b, *grid, heads, tokens, c // heads))
    for last in product(*[(False, True) if s else (False,) for s in shift]):
        part = tuple(_group(s, is_last) for s, is_last in zip(shift, last, strict=True))
        group = qkv[(slice(None), slice(None), *part)]
        if group.numel() == 0:
            continue
        shape = group.shape[1:5]
        q, k, v = group.reshape(3, -1, heads, tokens, c // heads)
        mask = _region_mask(window, shift, last, x.device)
        attended = window_attention(q * attn.scale, k, v, bias if mask is None else bias + mask)
        out[(slice(None), *part)] = attended.view(*shape, heads, tokens, c // heads)
    out = out.view(b, *grid, heads, *window, c // heads).permute(0, 1, 5, 2, 6, 3, 7, 4, 8)
    return attn.proj(out.reshape(x.shape))  # type: ignore[no-any-return]


def _group(shift: int, last: bool) -> slice:
    """The windows along one axis that share a mask: all, all but the last, or the last."""
    if not shift:
        return slice(None)
    return slice(-1, None) if last else slice(None, -1)


def _region_mask(
    window: tuple[int, ...], shift: tuple[int, ...], last: tuple[bool, ...], device: torch.device
) -> Tensor | None:
    """(tokens, tokens) mask of a shifted window that wraps round the axes in last; None if none."""
    if not any(last):
        return None
    regions = torch.zeros(window, device=device)
    for axis, (length, offset, wraps) in enumerate(zip(window, shift, last, strict=True)):
        if wraps:
            beyond = torch.arange(length, device=device) >= length - offset
            regions += beyond.view([-1 if i == axis else 1 for i in range(3)]) * 2.0**axis
    regions = regions.flatten()
    return (regions[:, None] != regions[None]) * _MASKED


def use_fast_attention(network: nn.Module) -> None:
    """Makes every MONAI Swin stage inside network compute its attention as above, in place."""
    for module in network.modules():
        if type(module) is SwinTransformerBlock:
            module.__class__ = FastSwinTransformerBlock
        elif type(module) is BasicLayer:
            module.__class__ = FastBasicLayer
