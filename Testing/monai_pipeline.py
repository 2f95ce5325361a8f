"""The plain MONAI pipeline that the segmenter is compared with: correct, slow and memory-hungry."""

from __future__ import annotations

import numpy as np
import torch
from monai.data import MetaTensor
from monai.inferers import sliding_window_inference
from monai.networks.nets import SwinUNETR
from monai.transforms import (
    Compose,
    CropForegroundd,
    Invertd,
    Orientationd,
    ScaleIntensityRanged,
    Spacingd,
)
from numpy.typing import NDArray

from VoCoLib.networks.swin_unetr import LegacyPatchMerging
from VoCoLib.recipe import FEATURE_SIZES, Preprocessing, Recipe


def stock_network(network: torch.nn.Module, recipe: Recipe) -> torch.nn.Module:
    """MONAI's own network with the weights of ours."""
    merging = {"downsample": LegacyPatchMerging} if recipe.merging == "legacy" else {}
    size = FEATURE_SIZES[recipe.preset]
    stock = SwinUNETR(1, recipe.out_channels, feature_size=size, use_v2=True, **merging)
    stock.load_state_dict(network.state_dict())
    return stock.eval()


def segment_with_monai(
    array: NDArray,
    affine: NDArray,
    network: torch.nn.Module,
    recipe: Preprocessing,
    device: str = "cpu",
    windows: int = 1,
) -> NDArray[np.uint8]:
    """Labels of array (X, Y, Z) in HU on its own grid, with logits of the whole volume.

    Args:
        array, affine: of the CT.
        network: on the device.
        recipe: of the model.
        device: on which everything is done.
        windows: at once.
    """
    steps = [
        Orientationd("image", axcodes="RAS", labels=None),
        Spacingd("image", recipe.spacing, mode="bilinear"),
        ScaleIntensityRanged("image", *recipe.hu_window, 0, 1, clip=True),
    ]
    if recipe.foreground_crop:
        steps.append(CropForegroundd("image", "image", allow_smaller=True))
    pipeline = Compose(steps)
    image = torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32))[None]
    data = pipeline({"image": MetaTensor(image.to(device), affine=affine)})
    with torch.inference_mode():
        data["logits"] = sliding_window_inference(
            data["image"][None],
            recipe.patch,
            windows,
            network,
            overlap=recipe.overlap,
            mode="gaussian",
        )[0]
    invert = Invertd("logits", pipeline, orig_keys="image", nearest_interp=False)
    return invert(data)["logits"].argmax(0).cpu().numpy().astype(np.uint8)
