"""AdamW whose moments are shared out among the processes of a training (ZeRO, stage 1)."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

import torch
import torch.distributed as dist
from torch.distributed.optim import ZeroRedundancyOptimizer

# that it notices when the encoder begins to learn
logging.getLogger("torch.distributed.optim.zero_redundancy_optimizer").setLevel(logging.ERROR)


class SharedAdamW(ZeroRedundancyOptimizer):
    """PyTorch's own, whose parts come together in seconds, not in minutes, and are kept once.

    Its attribute optim holds the moments of this process.
    """

    def __init__(self, weights: Iterable[Any], **options: Any) -> None:
        super().__init__(weights, torch.optim.AdamW, **options)

    def gather(self) -> None:
        """Brings all moments to the first process, for state_dict; called in all of them."""
        own = self.optim.state_dict()
        own["state"] = {
            number: {name: value.cpu() for name, value in moments.items()}
            for number, moments in own["state"].items()
        }
        parts: list[Any] | None = None
        if dist.get_rank() == 0:
            parts = [None] * dist.get_world_size()
        dist.gather_object(own, parts)
        self._all_state_dicts = parts or []

    def state_dict(self) -> dict[str, Any]:
        """As AdamW has it; once after gather, in the first process."""
        content = super().state_dict()
        self._all_state_dicts = []
        return content

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes what AdamW or this one has written."""
        super().load_state_dict(state_dict)
        self.state.clear()  # which would keep all on the device beside the part in optim
