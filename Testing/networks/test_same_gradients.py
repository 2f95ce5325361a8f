"""Gradients of a processor are the same each time, however many threads: runs resume exactly."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from VoCoLib.networks.swin_unetr import build_network
from VoCoLib.training.finetuning.losses import MarginalDiceCELoss

_IN_ONE_THREAD = 32768  # values at most, of which PyTorch does not make shares


class ScatteredSums(TorchDispatchMode):
    """How many values are added at places that may be the same, in the order of the threads."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    def __torch_dispatch__(self, operation: Any, _: Any, args: Any = (), kwargs: Any = None) -> Any:
        if operation.overloadpacket.__name__.strip("_") in ("index_put", "index_put_impl"):
            accumulate = args[3] if len(args) > 3 else (kwargs or {}).get("accumulate", False)
            self.sizes.append(args[2].numel() if accumulate else 0)
        return operation(*args, **(kwargs or {}))


def a_step(padded: bool) -> torch.nn.Module:
    """A network with the gradients of a loss."""
    torch.manual_seed(0)
    network, criterion = build_network("tiny", 4, "current"), MarginalDiceCELoss()
    for module in network.modules():
        if hasattr(module, "padded"):
            module.padded = padded
    x = torch.rand(1, 1, 64, 32, 32)
    logits = network(x)
    criterion(logits, (x[:, 0] * 3).long(), torch.ones(1, 4, dtype=torch.bool)).backward()
    return network


padded = pytest.mark.parametrize("padded", [False, True], ids=["as processors do", "as GPUs do"])


@padded
def test_none_is_a_sum_in_the_order_in_which_threads_come(padded: bool) -> None:
    """Rows picked by brackets have one, on a processor; those of index_select do not."""
    with ScatteredSums() as seen:
        table = torch.zeros(9, 9, requires_grad=True)
        table[torch.zeros(81, dtype=torch.long)].sum().backward()
        assert seen.sizes == [729]  # as this test would see it
        a_step(padded)
    assert max(seen.sizes) < _IN_ONE_THREAD


@pytest.mark.long  # threads wait long for each other where other programs have the cores
@padded
def test_a_step_has_the_same_ones_each_time(padded: bool) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        steps = [a_step(padded) for _ in range(5)]
    finally:
        torch.set_num_threads(before)
    for network in steps[1:]:
        for one, other in zip(steps[0].parameters(), network.parameters(), strict=True):
            assert torch.equal(one.grad, other.grad)  # type: ignore[arg-type]
