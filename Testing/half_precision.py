"""Half precision that is quick to test on every processor."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from torch import Tensor


@pytest.fixture
def quick_bfloat16() -> Iterator[None]:
    """bfloat16 by way of float32 where the processor has none: 20 times as fast."""
    import torch

    if torch.ops.mkldnn._is_mkldnn_bf16_supported():
        yield
        return

    def convolution(image: Tensor, weight: Tensor, _: Any, bias: Any, *where: Any) -> Tensor:
        stride, padding, one = *where, [1, 1, 1]
        parts = (None if part is None else part.float() for part in (image, weight, bias))
        return torch.mkldnn_convolution(*parts, padding, stride, one, 1).to(image.dtype)

    def backward(*operands: Any) -> tuple[Tensor | None, ...]:
        kind, default = operands[0].dtype, torch._C.DispatchKey.CompositeExplicitAutograd
        if kind == torch.bfloat16:
            operands = (*(part.float() for part in operands[:3]), *operands[3:])
        gradients = torch.ops.aten.convolution_backward.default._op_dk(default, *operands)
        return tuple(None if part is None else part.to(kind) for part in gradients)

    def baddbmm(
        added: Tensor, a: Tensor, b: Tensor, *, out: Tensor, beta: float = 1, alpha: float = 1
    ) -> Tensor:
        product = torch.bmm(a.float(), b.float()) * alpha
        return out.copy_(product + beta * added if beta else product)

    with torch.library._scoped_library("aten", "IMPL") as library, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch says that its own kernel is replaced
        library.impl("slow_conv3d_forward", convolution, "CPU")
        library.impl("convolution_backward", backward, "CPU")
        library.impl("baddbmm.out", baddbmm, "CPU")
        yield
