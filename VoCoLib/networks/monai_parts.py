"""What VoCo uses of MONAI, imported in a third of the time where MONAI is not for others, too."""

from __future__ import annotations

import torch  # noqa: F401  (before the others are hidden: it tries some of them out itself)

from VoCoLib.processes.own_process import without_packages

# MONAI imports all of itself, and tries out each package that some part of it can use.
_TRIED_OUT = frozenset(
    {
        "huggingface_hub",
        "itk",
        "matplotlib",
        "nibabel",
        "pandas",
        "PIL",
        "pydicom",
        "scipy",
        "skimage",
        "tensorboard",
        "tqdm",
    }
)

with without_packages(_TRIED_OUT):
    from monai.networks.blocks import UnetrBasicBlock, UnetrUpBlock
    from monai.networks.blocks.dynunet_block import UnetResBlock
    from monai.networks.nets import SwinUNETR
    from monai.networks.nets.swin_unetr import (
        BasicLayer,
        PatchMerging,
        SwinTransformer,
        SwinTransformerBlock,
        WindowAttention,
        get_window_size,
    )

__all__ = [
    "BasicLayer",
    "PatchMerging",
    "SwinTransformer",
    "SwinTransformerBlock",
    "SwinUNETR",
    "UnetResBlock",
    "UnetrBasicBlock",
    "UnetrUpBlock",
    "WindowAttention",
    "get_window_size",
]
