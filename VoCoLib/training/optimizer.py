"""AdamW that does not import PyTorch's compiler, which takes over a second."""

from __future__ import annotations

from inspect import unwrap

import torch


class AdamW(torch.optim.AdamW):
    """PyTorch's own, without the wrappers that tell the compiler to leave an optimiser alone.

    Nothing here compiles an optimiser; each wrapper would import the compiler at its first call.
    """

    add_param_group = unwrap(torch.optim.AdamW.add_param_group)
    load_state_dict = unwrap(torch.optim.AdamW.load_state_dict)
    state_dict = unwrap(torch.optim.AdamW.state_dict)
    zero_grad = unwrap(torch.optim.AdamW.zero_grad)
    step = torch.no_grad()(unwrap(torch.optim.AdamW.step))
