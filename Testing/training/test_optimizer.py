"""The optimiser is PyTorch's."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import torch
from places import ROOT

from VoCoLib.training.optimizer import AdamW


def trained(kind: type[torch.optim.AdamW]) -> tuple[torch.Tensor, Any]:
    """A weight after five steps, between which the optimiser was saved and read; and its state."""
    weight = torch.linspace(-1, 1, 12, requires_grad=True)
    settings: dict[str, Any] = {"lr": 0.05, "weight_decay": 0.1, "amsgrad": True}
    optimizer = kind([weight], **settings)
    for number in range(5):
        optimizer.zero_grad()
        (weight * number).sin().sum().backward()
        optimizer.step()
        state, optimizer = optimizer.state_dict(), kind([weight], **settings)
        optimizer.load_state_dict(state)
    optimizer.add_param_group({"params": [torch.ones(2, requires_grad=True)]})
    return weight.detach(), optimizer.state_dict()


def test_weights_and_state_are_those_of_pytorch() -> None:
    (found, state), (expected, usual) = trained(AdamW), trained(torch.optim.AdamW)
    assert torch.equal(found, expected) and not torch.equal(found, torch.linspace(-1, 1, 12))
    assert state["param_groups"] == usual["param_groups"] and len(state["param_groups"]) == 2
    for name, value in usual["state"][0].items():
        assert torch.equal(state["state"][0][name], value), name


def test_it_imports_no_compiler() -> None:
    """PyTorch's own does at its first step, or when its state is read."""
    code = """
import sys, torch
from VoCoLib.training.optimizer import AdamW
weight = torch.ones(2, requires_grad=True)
optimizer = AdamW([weight])
optimizer.zero_grad()
weight.sum().backward()
optimizer.step()
optimizer.load_state_dict(optimizer.state_dict())
print("torch._dynamo" in sys.modules)
"""
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert result.stdout.split() == ["False"]
