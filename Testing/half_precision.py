"""Half precision that is quick to test on every processor."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor


@pytest.fixture
def bfloat16_convolution() -> Iterator[None]:
    """Convolutions in bfloat16 by way of float32 where the processor has none: 20 times as fast."""
    if torch.ops.mkldnn._is_mkldnn_bf16_supported():
        yield
        return

    def convolution(image: Tensor, weight: Tensor, _: Any, bias: Any, *where: Any) -> Tensor:
        stride, padding, one = *where, [1, 1, 1]
        parts = (None if part is None else part.float() for part in (image, weight, bias))
        return torch.mkldnn_convolution(*parts, padding, stride, one, 1).to(image.dtype)

    with torch.library._scoped_library("aten", "IMPL") as library, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch says that its own kernel is replaced
        library.impl("slow_conv3d_forward", convolution, "CPU")
        yield
