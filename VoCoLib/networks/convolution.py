"""Convolutions of a single small volume, in which PyTorch is slow on a processor."""

from __future__ import annotations

import platform

import torch
from torch import Tensor, nn

_MOST_WEIGHTS = 256 * 256  # of a voxel of the kernel; to lay out more takes oneDNN longer


class QuickConv3d(nn.Conv3d):
    """PyTorch's own, which without gradients computes a single volume by oneDNN.

    PyTorch (up to 2.13) leaves oneDNN out where a batch of one has few channels and voxels. For 12
    channels of 32^3 voxels that takes a core 40 ms in place of 4.
    """

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        if isinstance(self.padding, str) or not self._suits_onednn(input):
            return super()._conv_forward(input, weight, bias)  # type: ignore[no-any-return]
        return torch.mkldnn_convolution(
            input, weight, bias, self.padding, self.stride, self.dilation, self.groups
        )

    def _suits_onednn(self, image: Tensor) -> bool:
        return (
            image.device.type == "cpu"
            and image.dtype == self.weight.dtype == torch.float32
            and image.dim() == 5
            and len(image) == 1
            and self.kernel_size == (3, 3, 3)
            and self.in_channels * self.out_channels <= _MOST_WEIGHTS
            and self.padding_mode == "zeros"
            and not (torch.is_grad_enabled() or torch.is_autocast_enabled("cpu"))
            and _has_onednn()
        )


def _has_onednn() -> bool:
    """Whether it is here, and meant for this processor."""
    is_intel = platform.machine().lower() in ("x86_64", "amd64")
    return is_intel and torch.backends.mkldnn.is_available()


def use_quick_convolutions(network: nn.Module) -> None:
    """Makes every Conv3d inside network one of the above, in place."""
    for module in network.modules():
        if type(module) is nn.Conv3d:
            module.__class__ = QuickConv3d
