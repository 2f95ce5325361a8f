"""SwinUNETR and the VoCo encoder as a graph for OpenVINO, made from the network's own weights.

Nothing is traced or run: the graph is written down, and its constants are the network's tensors.
As in attention.py windows are not padded, and those that share a mask are worked off together.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from VoCoLib.networks.attention import AlikeWindows, bias_between, full_bias, windows_along
from VoCoLib.networks.monai_parts import (
    BasicLayer,
    PatchMerging,
    SwinTransformer,
    SwinTransformerBlock,
    SwinUNETR,
    UnetResBlock,
    UnetrUpBlock,
    WindowAttention,
    get_window_size,
)
from VoCoLib.networks.quiet_openvino import openvino as openvino
from VoCoLib.networks.swin_unetr import (
    CURRENT_ORDER,
    LEGACY_ORDER,
    LegacyPatchMerging,
    VoCoEncoder,
)

ops = openvino.opset13

Node = Any  # of a graph: openvino.Node, or one of the outputs of a split

_EPSILON = 1e-5  # of all norms
_CUBES = list(product(range(2), repeat=3))

Sizes = tuple[int, int, int]
Convolve = Callable[[Node, nn.Conv3d], Node]


@torch.no_grad()
def openvino_graph(
    network: SwinUNETR | VoCoEncoder, window: Sizes, convolve: Convolve | None = None
) -> openvino.Model:
    """The graph of a network for one window.

    Args:
        network: on the CPU, float32; it has to stay until the graph is compiled, which uses its
            tensors.
        window: (X, Y, Z), multiples of 32.
        convolve: of a node and a layer of the residual blocks; a plain convolution if None.

    Returns:
        from (1, 1, X, Y, Z) to what the network's forward gives: logits (1, classes, X, Y, Z), or
        features (1, 24 * feature size).
    """
    convolve = convolve or convolution
    image = ops.parameter([1, 1, *window], np.float32)
    hidden = _swin(image, network.swinViT, convolve)
    maps = [
        _residual(image, network.encoder1.layer, convolve),
        _residual(hidden[0], network.encoder2.layer, convolve),
        _residual(hidden[1], network.encoder3.layer, convolve),
        _residual(hidden[2], network.encoder4.layer, convolve),
        _residual(hidden[4], network.encoder10.layer, convolve),
    ]
    if isinstance(network, VoCoEncoder):
        means = [ops.reduce_mean(m, _ints(2, 3, 4), keep_dims=False) for m in maps]
        return openvino.Model([ops.concat(means, 1)], [image])
    x = _up(maps[4], hidden[3], network.decoder5, convolve)
    x = _up(x, maps[3], network.decoder4, convolve)
    x = _up(x, maps[2], network.decoder3, convolve)
    x = _up(x, maps[1], network.decoder2, convolve)
    x = _up(x, maps[0], network.decoder1, convolve)
    return openvino.Model([convolution(x, network.out.conv.conv)], [image])


def _swin(image: Node, swin: SwinTransformer, convolve: Convolve) -> list[Node]:
    """The hidden states of the transformer, (1, channels, x, y, z) each."""
    x = convolution(image, swin.patch_embed.proj)
    hidden = [_channel_norm(x)]
    stages = (
        (swin.layers1c, swin.layers1),
        (swin.layers2c, swin.layers2),
        (swin.layers3c, swin.layers3),
        (swin.layers4c, swin.layers4),
    )
    for convolutions, layers in stages:
        x = _residual(x, convolutions[0].layer, convolve)  # type: ignore[arg-type]
        x = _stage(x, layers[0])  # type: ignore[arg-type]
        hidden.append(_channel_norm(x))
    return hidden


def _stage(x: Node, layer: BasicLayer) -> Node:
    """Blocks and merging of (1, channels, x, y, z)."""
    x = ops.transpose(x, _ints(0, 2, 3, 4, 1))
    for block in layer.blocks:
        x = _block(x, block)  # type: ignore[arg-type]
    return ops.transpose(_merge(x, layer.downsample), _ints(0, 4, 1, 2, 3))  # type: ignore[arg-type]


def _block(x: Node, block: SwinTransformerBlock) -> Node:
    """A Swin block over (1, x, y, z, channels)."""
    sizes = _shape(x)[1:4]
    window, shift = get_window_size(sizes, block.window_size, block.shift_size)
    axes = [windows_along(*axis) for axis in zip(sizes, window, shift, strict=True)]
    inner = _norm(x, block.norm1)
    if any(shift):
        inner = ops.roll(inner, _ints(*(-s for s in shift)), _ints(1, 2, 3))
    inner = _in_windows(inner, axes, (), block.attn, full_bias(block.attn, math.prod(window)))
    if any(shift):
        inner = ops.roll(inner, _ints(*shift), _ints(1, 2, 3))
    x = ops.add(x, inner)
    wide = ops.gelu(_linear(_norm(x, block.norm2), block.mlp.linear1), "erf")
    return ops.add(x, _linear(wide, block.mlp.linear2))


def _in_windows(
    x: Node,
    axes: list[list[AlikeWindows]],
    kinds: tuple[AlikeWindows, ...],
    attn: WindowAttention,
    full: Tensor,
) -> Node:
    """Attention of (1, x, y, z, channels), split along one axis after the other."""
    if len(kinds) == 3:
        return _attend(x, kinds, attn, bias_between(full, kinds))
    axis, here = 1 + len(kinds), axes[len(kinds)]
    if len(here) == 1:
        return _in_windows(x, axes, (*kinds, here[0]), attn, full)
    lengths = _ints(*(kind.number * kind.voxels for kind in here))
    parts = ops.variadic_split(x, _ints(axis), lengths).outputs()
    done = [
        _in_windows(part, axes, (*kinds, kind), attn, full)
        for part, kind in zip(parts, here, strict=True)
    ]
    return ops.concat(done, axis)


def _attend(x: Node, kinds: tuple[AlikeWindows, ...], attn: WindowAttention, bias: Tensor) -> Node:
    """Attention of (1, x, y, z, channels) inside windows of one kind, with its projection."""
    shape = _shape(x)
    channels, heads = shape[-1], attn.num_heads
    (d, h, w), (a, b, c) = (k.number for k in kinds), (k.voxels for k in kinds)
    rows = ops.reshape(x, _ints(d, a, h, b, w, c, channels), special_zero=False)
    rows = ops.transpose(rows, _ints(0, 2, 4, 1, 3, 5, 6))
    rows = ops.reshape(rows, _ints(d * h * w, a * b * c, channels), special_zero=False)
    weights, biases = attn.qkv.weight.split(channels), attn.qkv.bias.split(channels)
    scales = (attn.scale, 1.0, 1.0)
    q, k, v = (
        ops.add(ops.matmul(rows, _constant(m * s), False, True), _constant((n * s)[None, None]))
        for m, n, s in zip(weights, biases, scales, strict=True)
    )
    if bias.shape[2] > bias.shape[1]:  # one key stands for all padding, whose voxels are 0
        k, v = (
            ops.concat([t, _constant(p.expand(d * h * w, 1, -1))], 1)
            for t, p in ((k, biases[1]), (v, biases[2]))
        )
    q, k, v = (
        ops.transpose(
            ops.reshape(t, _ints(0, 0, heads, channels // heads), special_zero=True),
            _ints(0, 2, 1, 3),
        )
        for t in (q, k, v)
    )
    scores = ops.add(ops.matmul(q, k, False, True), _constant(bias[None]))
    out = ops.matmul(ops.softmax(scores, -1), v, False, False)
    out = ops.reshape(ops.transpose(out, _ints(0, 2, 1, 3)), _ints(0, 0, channels), True)
    out = _linear(out, attn.proj)
    out = ops.reshape(out, _ints(d, h, w, a, b, c, channels), special_zero=False)
    out = ops.transpose(out, _ints(0, 3, 1, 4, 2, 5, 6))
    return ops.reshape(out, _ints(*shape), special_zero=False)


def _merge(x: Node, merging: PatchMerging) -> Node:
    """PatchMerging of (1, x, y, z, channels), whose sizes are even."""
    d, h, w, channels = _shape(x)[1:]
    order = LEGACY_ORDER if isinstance(merging, LegacyPatchMerging) else CURRENT_ORDER
    x = ops.reshape(x, _ints(d // 2, 2, h // 2, 2, w // 2, 2, channels), special_zero=False)
    x = ops.transpose(x, _ints(0, 2, 4, 1, 3, 5, 6))
    x = ops.reshape(x, _ints(d // 2, h // 2, w // 2, 8, channels), special_zero=False)
    x = ops.gather(x, _ints(*map(_CUBES.index, order)), _ints(3))
    x = ops.reshape(x, _ints(1, d // 2, h // 2, w // 2, 8 * channels), special_zero=False)
    return _linear(_norm(x, merging.norm), merging.reduction)


def _up(x: Node, skip: Node, block: UnetrUpBlock, convolve: Convolve) -> Node:
    wide = ops.convolution_backprop_data(
        x, _constant(block.transp_conv.conv.weight), [2, 2, 2], None, [0, 0, 0], [0, 0, 0], [1] * 3
    )
    return _residual(ops.concat([wide, skip], 1), block.conv_block, convolve)


def _residual(x: Node, block: UnetResBlock, convolve: Convolve) -> Node:
    """Two convolutions of (1, channels, x, y, z), and what they are added to."""
    out = _leaky(_instance_norm(convolve(x, block.conv1.conv)))
    out = _instance_norm(convolve(out, block.conv2.conv))
    if hasattr(block, "conv3"):
        x = _instance_norm(convolve(x, block.conv3.conv))
    return _leaky(ops.add(out, x))


def convolution(x: Node, layer: nn.Conv3d, weight: Node | None = None) -> Node:
    """A layer, of (1, channels, x, y, z); with its own weights if there are no others."""
    pads, weight = list(layer.padding), _constant(layer.weight) if weight is None else weight
    out = ops.convolution(x, weight, list(layer.stride), pads, pads, [1, 1, 1])
    return out if layer.bias is None else ops.add(out, _constant(layer.bias.view(1, -1, 1, 1, 1)))


def _linear(x: Node, layer: nn.Linear) -> Node:
    out = ops.matmul(x, _constant(layer.weight), False, True)
    return out if layer.bias is None else ops.add(out, _constant(layer.bias))


def _norm(x: Node, layer: nn.LayerNorm) -> Node:
    out = ops.mvn(x, _ints(-1), True, _EPSILON, "inside_sqrt")
    return ops.add(ops.multiply(out, _constant(layer.weight)), _constant(layer.bias))


def _channel_norm(x: Node) -> Node:
    """Normalised over the channels of (1, channels, x, y, z), without weights."""
    last = ops.transpose(x, _ints(0, 2, 3, 4, 1))
    return ops.transpose(
        ops.mvn(last, _ints(-1), True, _EPSILON, "inside_sqrt"), _ints(0, 4, 1, 2, 3)
    )


def _instance_norm(x: Node) -> Node:
    return ops.mvn(x, _ints(2, 3, 4), True, _EPSILON, "inside_sqrt")


def _leaky(x: Node) -> Node:
    return ops.prelu(x, np.array([0.01], np.float32))


def _constant(tensor: Tensor) -> Node:
    return ops.constant(tensor.detach().contiguous().numpy(), shared_memory=True)


def _ints(*values: int) -> Node:
    return ops.constant(np.array(values, np.int64))


def _shape(x: Node) -> tuple[int, ...]:
    output = x.output(0) if isinstance(x, openvino.Node) else x
    return tuple(output.get_partial_shape().to_shape())
