"""Swin window attention that never holds the full attention matrix, exact, forward and backward.

The window attention of SwinUNETR over a 96^3 patch has 343 windows of 343 tokens: the stock
implementation materialises hundreds of MB a block, several times over. Here, on a processor,
windows are worked off in chunks that stay in its cache, and volumes are not padded to whole
windows: all padding of a window has the same key and value, so one token stands for it. What GPUs
do instead is in padded_attention.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from itertools import groupby, product
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from VoCoLib.networks.monai_parts import (
    BasicLayer,
    SwinTransformerBlock,
    WindowAttention,
    get_window_size,
)
from VoCoLib.networks.padded_attention import MASKED, attend_in_padded_windows

_CHUNK_BYTES = 3 << 19  # of a chunk's attention matrix, for each thread: it fits into its cache


class _ChunkedAttention(torch.autograd.Function):
    """softmax(scale q k^T + bias) v over chunks of windows; backward computes the scores again.

    The softmax is not normalised until its product with v is known: with E = exp(scores) and ones
    beside v, E [v | 1] holds both numerator and denominator. Products are written with the tokens
    last, for which BLAS is several times as fast where heads are narrow.

    q: (windows, heads, tokens, head_dim); k, v: (windows, heads, keys, head_dim);
    bias: (heads, tokens, keys).
    """

    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor, bias: Tensor, scale: float) -> Tensor:
        scores, values = _Scores(q, k, bias, scale), _with_ones(v)
        sums = values.new_empty(len(values), values.shape[-1], q.shape[-2])
        for part in scores.parts:
            torch.bmm(values[part].mT, scores.exp(part).mT, out=sums[part])
        total = sums[:, -1:].clone()
        out = sums[:, :-1] / total
        ctx.save_for_backward(q, k, v, bias, out, total)
        ctx.scale = scale
        return out.mT.unflatten(0, q.shape[:2])  # type: ignore[no-any-return]

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        q, k, v, bias, out, total = ctx.saved_tensors
        scores, values = _Scores(q, k, bias, ctx.scale), _with_ones(v)
        # d scores = E / total * (dO v^T - dO . O) = E * ([dO | -dO . O] / total [v | 1]^T)
        grad = grads[0].flatten(0, 1).mT / total
        left = torch.cat([grad, -(grad * out).sum(1, keepdim=True)], 1)
        grad_q, grad_k, grad_v = (t.new_empty(len(out), t.shape[3], t.shape[2]) for t in (q, k, v))
        buffer = torch.empty_like(scores.buffer)
        grad_bias = torch.zeros_like(buffer, dtype=torch.promote_types(q.dtype, torch.float32))
        for part in scores.parts:
            weights = scores.exp(part)
            torch.bmm(grad[part], weights, out=grad_v[part])
            d_scores = torch.bmm(left[part].mT, values[part].mT, out=buffer[: len(weights)])
            d_scores *= weights
            torch.bmm(scores.k[part].mT, d_scores.mT, out=grad_q[part])
            torch.bmm(scores.q[part].mT, d_scores, out=grad_k[part])
            grad_bias[: len(weights)] += d_scores
        grad_q, grad_k, grad_v = (g.mT.unflatten(0, q.shape[:2]) for g in (grad_q, grad_k, grad_v))
        grad_bias = grad_bias.view(-1, *bias.shape).sum(0).to(bias.dtype)
        return grad_q * ctx.scale, grad_k * ctx.scale, grad_v, grad_bias, None


class _Scores:
    """exp(scale q k^T + bias) of windows and heads, chunk by chunk, in one buffer.

    A row may be multiplied by any factor. Usually that is 1; where a row could leave the range of
    its type, its largest element becomes 1.
    """

    def __init__(self, q: Tensor, k: Tensor, bias: Tensor, scale: float) -> None:
        windows, heads, tokens, keys = *q.shape[:3], k.shape[2]
        chunk = _CHUNK_BYTES * torch.get_num_threads()
        step = chunk // (heads * tokens * keys * q.element_size())
        step = heads * min(max(1, step), windows)
        self.parts = [slice(start, start + step) for start in range(0, windows * heads, step)]
        self.q, self.k = q.flatten(0, 1), k.flatten(0, 1)
        # powers of 2 are quicker than those of e
        self._scale = scale / math.log(2)
        self._bias = (bias / math.log(2)).to(q.dtype).repeat(step // heads, 1, 1)
        self.buffer = torch.empty_like(self._bias)
        longest = math.prod(float(torch.linalg.vector_norm(t, dim=-1).amax()) for t in (q, k))
        reach = self._scale * longest + float(bias.amax(-1).abs().amax()) / math.log(2)
        self._in_range = reach < math.log2(torch.finfo(q.dtype).max / keys) / 2

    def exp(self, part: slice) -> Tensor:
        """(windows * heads, tokens, keys) of a part; valid until the next call."""
        q, k = self.q[part], self.k[part]
        scores = self.buffer[: len(q)]
        torch.baddbmm(self._bias[: len(q)], q, k.mT, alpha=self._scale, out=scores)
        if not self._in_range:
            scores -= scores.amax(-1, keepdim=True)
        return scores.exp2_()


def _with_ones(v: Tensor) -> Tensor:
    """(windows * heads, keys, head_dim + 1): v with a column of ones."""
    return F.pad(v.flatten(0, 1), (0, 1), value=1.0)


def window_attention(q: Tensor, k: Tensor, v: Tensor, bias: Tensor, scale: float) -> Tensor:
    """Attention inside windows with an additive bias shared by all of them.

    Args:
        q: (windows, heads, tokens, head_dim).
        k, v: (windows, heads, keys, head_dim).
        bias: (heads, tokens, keys), float32, added to the scores.
        scale: of the products of q and k.

    Returns:
        (windows, heads, tokens, head_dim).
    """
    return _ChunkedAttention.apply(q, k, v, bias, scale)  # type: ignore[no-any-return, no-untyped-call]


class FastSwinTransformerBlock(SwinTransformerBlock):
    """MONAI's Swin block (3D) with the same parameters and results and bounded memory.

    Attributes:
        padded: as GPUs do it (padded_attention); None: if it runs on one.
    """

    padded: bool | None = None

    def forward_part1(self, x: Tensor, mask_matrix: Tensor | None) -> Tensor:
        """Norm, window attention and projection of x: (batch, d, h, w, channels)."""
        sizes = x.shape[1:4]
        window, shift = get_window_size(sizes, self.window_size, self.shift_size)
        x = self.norm1(x)
        if self.padded if self.padded is not None else x.device.type != "cpu":
            return attend_in_padded_windows(x, window, shift, self.attn)
        axes = [windows_along(*axis) for axis in zip(sizes, window, shift, strict=True)]
        if any(shift):
            x = torch.roll(x, shifts=[-s for s in shift], dims=(1, 2, 3))
        x = _attend(x, axes, self.attn)
        return torch.roll(x, shifts=list(shift), dims=(1, 2, 3)) if any(shift) else x


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


class AlikeWindows(NamedTuple):
    """Neighbouring windows along one axis whose places are filled, and wrapped round, alike.

    Attributes:
        number: of these windows.
        filled: for each place in a window, whether it holds a voxel; padding if not.
        wrapped: for each place in a window, whether it comes from the other end of the axis.
    """

    number: int
    filled: tuple[bool, ...]
    wrapped: tuple[bool, ...]

    @property
    def voxels(self) -> int:
        """Of one window along the axis."""
        return sum(self.filled)


def windows_along(size: int, length: int, shift: int) -> list[AlikeWindows]:
    """The windows along an axis of so many voxels, padded to whole windows and then rolled."""
    padded = size + -size % length
    filled = [(place + shift) % padded < size for place in range(padded)]
    wrapped = [place >= padded - shift for place in range(padded)]
    starts = range(0, padded, length)
    kinds = groupby((*filled[s : s + length], *wrapped[s : s + length]) for s in starts)
    return [AlikeWindows(len(list(same)), kind[:length], kind[length:]) for kind, same in kinds]


def _attend(x: Tensor, axes: list[list[AlikeWindows]], attn: WindowAttention) -> Tensor:
    """Attention of x (batch, D, H, W, channels) inside the windows along its axes; same shape."""
    heads, tokens = attn.num_heads, math.prod(len(axis[0].filled) for axis in axes)
    qkv = attn.qkv(x).unflatten(-1, (3, heads, -1))
    _, key, value = attn.qkv(x.new_zeros(1, x.shape[-1])).view(3, heads, 1, -1)  # of padding
    full = full_bias(attn, tokens)

    def attend(block: Tensor, kinds: tuple[AlikeWindows, ...]) -> Tensor:
        for axis, kind in reversed(list(enumerate(kinds, 1))):
            block = block.unflatten(axis, (kind.number, kind.voxels))
        block = block.permute(7, 0, 1, 3, 5, 8, 2, 4, 6, 9)
        q, k, v = block.flatten(6, 8).flatten(1, 4)  # (windows, heads, voxels, head_dim)
        bias = bias_between(full, kinds)
        if bias.shape[2] > k.shape[2]:
            k, v = (
                torch.cat([t, p.expand(len(t), -1, -1, -1)], 2) for t, p in ((k, key), (v, value))
            )
        out = window_attention(q, k, v, bias, attn.scale).view(block.shape[1:])
        out = out.permute(0, 1, 5, 2, 6, 3, 7, 4, 8)
        return out.flatten(7).flatten(5, 6).flatten(3, 4).flatten(1, 2)

    return attn.proj(_map_blocks(attend, qkv, axes))  # type: ignore[no-any-return]


def _map_blocks(
    function: Callable[[Tensor, tuple[AlikeWindows, ...]], Tensor],
    x: Tensor,
    axes: list[list[AlikeWindows]],
    kinds: tuple[AlikeWindows, ...] = (),
) -> Tensor:
    """Applies function to each block of x (batch, D, H, W, ...) whose windows are of one kind."""
    if len(kinds) == len(axes):
        return function(x, kinds)
    axis, here = 1 + len(kinds), axes[len(kinds)]
    parts = zip(x.split([kind.number * kind.voxels for kind in here], axis), here, strict=True)
    return torch.cat([_map_blocks(function, p, axes, (*kinds, kind)) for p, kind in parts], axis)


def full_bias(attn: WindowAttention, tokens: int) -> Tensor:
    """The bias of the relative positions in a window that holds voxels only.

    Returns:
        (heads, tokens, tokens).
    """
    index = attn.get_buffer("relative_position_index")[:tokens, :tokens]
    # by brackets, threads would add up its gradient in the order in which they come
    table = attn.relative_position_bias_table.index_select(0, index.reshape(-1))
    return table.view(tokens, tokens, attn.num_heads).permute(2, 0, 1).contiguous()


def bias_between(full: Tensor, kinds: tuple[AlikeWindows, ...]) -> Tensor:
    """The bias between the voxels of a window and, in the last column, its padding if it has any.

    Args:
        full: (heads, tokens, tokens) of a window that holds voxels only.
        kinds: of the window along each axis.

    Returns:
        (heads, voxels, voxels) or (heads, voxels, voxels + 1).
    """
    places = _places(tuple(kind[1:] for kind in kinds), str(full.device))
    if places.padding is None:
        return full if places.apart is None else full.masked_fill(places.apart, MASKED)
    rows = full.index_select(1, places.voxels)
    if places.apart is not None:
        rows = rows.masked_fill(places.apart, MASKED)
    together = rows.index_select(2, places.padding).logsumexp(2, keepdim=True)
    return torch.cat([rows.index_select(2, places.voxels), together], 2)


class _Places(NamedTuple):
    """The places in a window.

    Attributes:
        voxels: indices of those that hold one.
        padding: indices of the others; None if there are none.
        apart: (voxels, places), whether the two lay apart before the shift; None if none did.
    """

    voxels: Tensor
    padding: Tensor | None
    apart: Tensor | None


@lru_cache(maxsize=128)
def _places(kinds: tuple[tuple[tuple[bool, ...], tuple[bool, ...]], ...], device: str) -> _Places:
    """Of a window by what is filled and wrapped along each axis; to find it takes milliseconds."""
    with torch.inference_mode(False):
        filled = torch.tensor([all(place) for place in product(*(axis[0] for axis in kinds))])
        region = torch.tensor(list(product(*(axis[1] for axis in kinds))))
        apart = (region[filled][:, None] != region).any(-1).to(device)
        voxels, padding = (places.nonzero()[:, 0].to(device) for places in (filled, ~filled))
    return _Places(voxels, padding if len(padding) else None, apart if apart.any() else None)


def use_fast_attention(network: nn.Module) -> None:
    """Makes every MONAI Swin stage inside network compute its attention as above, in place."""
    for module in network.modules():
        if type(module) is SwinTransformerBlock:
            module.__class__ = FastSwinTransformerBlock
        elif type(module) is BasicLayer:
            module.__class__ = FastBasicLayer
