"""Several networks as one, which answers with the mean of what they think."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

_LEAST = 1e-30  # a logarithm of it is finite


class Ensemble(nn.Module):
    """Networks with the same classes, run one after the other.

    Args:
        members: each maps (n, 1, x, y, z) to logits (n, classes, x, y, z).
    """

    def __init__(self, members: Sequence[nn.Module]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, x: Tensor) -> Tensor:
        """Logits whose softmax is the mean of the members' softmax; NaN where any answers with it.

        Beside one member's activations, memory holds one sum in float32.
        """
        total: Tensor | None = None
        for member in self.members:
            shares = torch.softmax(member(x).float(), 1)
            total = shares if total is None else total.add_(shares)
        assert total is not None
        return total.div_(len(self.members)).clamp_min_(_LEAST).log_()
