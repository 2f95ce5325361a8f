"""SwinUNETR and the VoCo encoder in the four published sizes, with either PatchMerging."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from VoCoLib.networks.attention import use_fast_attention
from VoCoLib.networks.convolution import use_quick_convolutions
from VoCoLib.networks.monai_parts import PatchMerging, SwinUNETR, UnetrBasicBlock
from VoCoLib.recipe import FEATURE_SIZES, Merging

# Neighbours (along axes 0, 1, 2) in the order in which MONAI <= 1.4 concatenates them: two come
# twice and two never. Weights trained there, all published ones, only work with this order.
LEGACY_ORDER = (
    (0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1),
    (1, 0, 1), (0, 1, 0), (0, 0, 1), (1, 1, 1),
)  # fmt: skip
CURRENT_ORDER = (
    (0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1),
    (1, 1, 0), (1, 0, 1), (0, 1, 1), (1, 1, 1),
)  # fmt: skip


class LegacyPatchMerging(PatchMerging):
    """PatchMerging as MONAI <= 1.4 computes it (MONAI issue 8284): other features."""

    def forward(self, x: Tensor) -> Tensor:
        """Merges 2x2x2 tokens of x: (batch, d, h, w, channels) to (..., 2 * channels)."""
        _, d, h, w, _ = x.shape
        if d % 2 or h % 2 or w % 2:
            x = F.pad(x, (0, 0, 0, w % 2, 0, h % 2, 0, d % 2))
        merged = torch.cat([x[:, i::2, j::2, k::2] for i, j, k in LEGACY_ORDER], dim=-1)
        return self.reduction(self.norm(merged))  # type: ignore[no-any-return]


class _Float32Block(UnetrBasicBlock):
    """A block that autocast leaves alone.

    On a CPU, PyTorch 2.13 returns garbage as the bfloat16 weight gradient of a 3x3x3 convolution
    over 2x2x2 voxels, which is what encoder10 sees of a 64^3 patch. Its share of the time is nil.
    """

    def forward(self, inp: Tensor) -> Tensor:
        with torch.autocast(inp.device.type, enabled=False):
            return super().forward(inp.to(self.layer.conv1.conv.weight.dtype))  # type: ignore[no-any-return, no-untyped-call]


def build_network(
    preset: str, out_channels: int, merging: Merging, in_channels: int = 1
) -> SwinUNETR:
    """SwinUNETR (use_v2) with this project's attention, randomly initialised.

    Args:
        preset: "tiny", "B", "L" or "H" (feature size 12, 48, 96, 192).
        out_channels: classes with the background.
        merging: "legacy" for weights trained with MONAI <= 1.4, else "current".
        in_channels: 1 for CT.

    Returns:
        a network from (batch, in_channels, X, Y, Z), sizes multiples of 32, to logits
        (batch, out_channels, X, Y, Z).
    """
    arguments: dict[str, Any] = {"downsample": LegacyPatchMerging} if merging == "legacy" else {}
    network = SwinUNETR(
        in_channels=in_channels,
        out_channels=out_channels,
        feature_size=FEATURE_SIZES[preset],
        use_v2=True,
        **arguments,
    )
    network.encoder10.__class__ = _Float32Block
    use_fast_attention(network)
    use_quick_convolutions(network)
    return network


class VoCoEncoder(nn.Module):
    """The part of SwinUNETR that VoCo pre-trains, and its pooled features.

    Reference: Wu et al., VoCo, CVPR 2024, section 3.2 (backbone); the layout of the v2 code.
    """

    def __init__(self, preset: str, merging: Merging, in_channels: int = 1) -> None:
        super().__init__()
        network = build_network(preset, out_channels=2, merging=merging, in_channels=in_channels)
        self.swinViT = network.swinViT
        self.encoder1 = network.encoder1
        self.encoder2 = network.encoder2
        self.encoder3 = network.encoder3
        self.encoder4 = network.encoder4
        self.encoder10 = network.encoder10

    def forward(self, crops: Tensor) -> Tensor:
        """Pooled features of crops: (batch, channels, X, Y, Z) to (batch, 24 * feature_size)."""
        hidden = self.swinViT(crops, normalize=True)
        maps = (
            self.encoder1(crops),
            self.encoder2(hidden[0]),
            self.encoder3(hidden[1]),
            self.encoder4(hidden[2]),
            self.encoder10(hidden[4]),
        )
        return torch.cat([F.adaptive_avg_pool3d(m, 1).flatten(1) for m in maps], dim=1)
