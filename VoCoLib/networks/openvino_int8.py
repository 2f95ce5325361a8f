"""The graph for OpenVINO with convolutions in integers of 8 bits, scaled by samples of the image.

Weights are rounded to 255 steps of each channel, what goes into a convolution to 256 steps between
the smallest and the largest value that samples had there (Jacob et al., arXiv 1712.05877). Nearly
all convolutions are followed by an instance norm, which takes out the shift and the scale that
rounding gives a channel, so no bias is corrected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from VoCoLib.networks.monai_parts import SwinUNETR
from VoCoLib.networks.openvino_graph import (
    Node,
    Sizes,
    convolution,
    openvino,
    openvino_graph,
    ops,
)

_ROOM = 1.1  # beyond what the samples show
_FEW_CHANNELS = 8  # into a convolution: fewer are the image, or cost nothing

Ranges = Mapping[nn.Conv3d, tuple[float, float]]


def measure_ranges(
    network: SwinUNETR,
    window: Sizes,
    samples: Iterable[NDArray[np.float32]],
    compiled: Callable[[openvino.Model], Any],
) -> dict[nn.Conv3d, tuple[float, float]]:
    """The smallest and the largest value that goes into each convolution.

    Args:
        network, window: as for openvino_graph.
        samples: (1, 1, X, Y, Z) as the network sees them, at least one.
        compiled: compiles a graph.
    """
    layers: list[nn.Conv3d] = []
    extremes: list[Node] = []

    def watched(x: Node, layer: nn.Conv3d) -> Node:
        axes = ops.constant(np.arange(5))
        layers.append(layer)
        extremes.extend((ops.reduce_min(x, axes, False), ops.reduce_max(x, axes, False)))
        return convolution(x, layer)

    graph = openvino_graph(network, window, _only_large(watched))
    told = openvino.Model([_together(extremes)], graph.get_parameters())
    model = compiled(told)
    found = np.array([model(sample)[0][0] for sample in samples])
    lowest, highest = found[:, ::2].min(0) * _ROOM, found[:, 1::2].max(0) * _ROOM
    return {
        layer: (min(float(low), 0.0), max(float(high), 1e-6))
        for layer, low, high in zip(layers, lowest, highest, strict=True)
    }


def _together(numbers: list[Node]) -> Node:
    """Scalars as one output (1, number).

    OpenVINO computes what lies between the last matrix product or convolution and an output in
    float32, and keeps it until then: whole maps, if there were no product behind their extremes.
    """
    row = ops.concat([ops.reshape(n, ops.constant([1, 1]), False) for n in numbers], 1)
    return ops.matmul(row, ops.constant(np.eye(len(numbers), dtype=np.float32)), False, False)


def int8_graph(network: SwinUNETR, window: Sizes, ranges: Ranges) -> openvino.Model:
    """As openvino_graph; the other layers keep the precision that the graph is compiled with."""

    def rounded(x: Node, layer: nn.Conv3d) -> Node:
        low, high = (ops.constant(np.float32(value)) for value in ranges[layer])
        largest = torch.linalg.vector_norm(layer.weight, torch.inf, (1, 2, 3, 4), keepdim=True)
        largest = largest.clamp_min(1e-8)
        top, bottom = (ops.constant(edge.numpy()) for edge in (largest, -largest))
        weight = ops.constant(layer.weight.detach().contiguous().numpy(), shared_memory=True)
        x = ops.fake_quantize(x, low, high, low, high, 256)
        weight = ops.fake_quantize(weight, bottom, top, bottom, top, 255)
        return convolution(x, layer, weight)

    with torch.no_grad():
        return openvino_graph(network, window, _only_large(rounded))


def _only_large(convolve: Callable[[Node, nn.Conv3d], Node]) -> Callable[[Node, nn.Conv3d], Node]:
    """The image's own convolution, which costs nothing, stays as it is."""

    def chosen(x: Node, layer: nn.Conv3d) -> Node:
        return (convolve if layer.in_channels >= _FEW_CHANNELS else convolution)(x, layer)

    return chosen
