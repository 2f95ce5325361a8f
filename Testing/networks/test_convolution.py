"""Convolutions of one small volume are PyTorch's in their result, and oneDNN's in how they come."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from VoCoLib.networks.convolution import QuickConv3d, _has_onednn, use_quick_convolutions

here_only = pytest.mark.skipif(not _has_onednn(), reason="this processor has no oneDNN")


class Names(TorchDispatchMode):
    """What is dispatched."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def __torch_dispatch__(
        self, operation: Any, _: Any, operands: tuple = (), options: dict | None = None
    ) -> Any:
        self.found.add(operation.overloadpacket.__name__)
        return operation(*operands, **(options or {}))


def pair(**options: Any) -> tuple[nn.Conv3d, nn.Conv3d]:
    """PyTorch's layer, and the same as it is in this project's networks."""
    torch.manual_seed(0)
    plain = nn.Conv3d(6, 9, **{"kernel_size": 3, "padding": 1, **options})
    quick = nn.Conv3d(6, 9, **{"kernel_size": 3, "padding": 1, **options})
    quick.load_state_dict(plain.state_dict())
    use_quick_convolutions(quick)
    assert type(quick) is QuickConv3d
    return plain, quick


def answers(layers: tuple[nn.Conv3d, nn.Conv3d], image: Tensor) -> tuple[Tensor, Tensor, set[str]]:
    """Of both, and what the second dispatched."""
    with Names() as names:
        found = layers[1](image)
    return layers[0](image), found, names.found


@here_only
@pytest.mark.parametrize("options", [{}, {"bias": False}, {"stride": 2}, {"padding": (0, 1, 2)}])
def test_one_volume_is_computed_by_onednn(options: dict[str, Any]) -> None:
    with torch.inference_mode():
        expected, found, names = answers(pair(**options), torch.rand(1, 6, 8, 7, 5))
    assert "mkldnn_convolution" in names
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("options", "shape"),
    [
        ({}, (2, 6, 8, 7, 5)),
        ({}, (6, 8, 7, 5)),
        ({"kernel_size": 1, "padding": 0}, (1, 6, 8, 7, 5)),
        ({"padding_mode": "reflect"}, (1, 6, 8, 7, 5)),
        ({"padding": "same"}, (1, 6, 8, 7, 5)),
    ],
)
def test_all_else_is_left_to_pytorch(options: dict[str, Any], shape: tuple[int, ...]) -> None:
    with torch.inference_mode():
        expected, found, names = answers(pair(**options), torch.rand(shape))
    assert "mkldnn_convolution" not in names
    assert torch.equal(found, expected)


@pytest.mark.parametrize("half", [False, True])
def test_gradients_and_autocast_are_left_to_pytorch(half: bool) -> None:
    image = torch.rand(1, 6, 8, 7, 5)
    with torch.autocast("cpu", torch.bfloat16) if half else nullcontext():
        expected, found, names = answers(pair(), image)
    assert "mkldnn_convolution" not in names
    assert torch.equal(found, expected) and found.requires_grad
