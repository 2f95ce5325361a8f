"""Preparation of training volumes against the published chains of MONAI transforms."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from monai.data import MetaTensor
from monai.transforms import (
    Compose,
    CropForegroundd,
    Orientationd,
    Resized,
    ScaleIntensityRanged,
    Spacingd,
    SpatialPadd,
)
from numpy.typing import NDArray
from training_files import AFFINE, make_ct, make_labels

from VoCoLib.errors import InputError
from VoCoLib.images.geometry import to_ras
from VoCoLib.images.phantom import make_phantom
from VoCoLib.images.volumes import Volume
from VoCoLib.method.preparation import prepare_image, prepare_label_map
from VoCoLib.method.presets import (
    PRESETS,
    Preparation,
    PretrainingPreset,
    find_preset,
    preparation_of,
)
from VoCoLib.recipe import Preprocessing


@pytest.fixture(scope="module")
def slab() -> Volume:
    """A torso of 110 mm, stored with axes in another order and turned round."""
    phantom = make_phantom(7, (4.0, 4.0, 5.0), (300.0, 250.0, 110.0))
    affine = phantom.affine @ np.array(
        [[0, -1, 0, phantom.image.shape[0] - 1], [0, 0, 1, 0], [1, 0, 0, 0], [0, 0, 0, 1.0]]
    )
    return Volume(phantom.image[::-1].transpose(2, 0, 1), affine, "slab")


def published(volume: Volume, name: str) -> NDArray:
    """The deterministic part of the published pre-training for this preset."""
    preparation = PRESETS[name].preparation
    steps = [Orientationd("image", axcodes="RAS", labels=None)]
    if name != "v1":
        steps.append(Spacingd("image", preparation.spacing, mode="bilinear"))
    steps.append(ScaleIntensityRanged("image", *preparation.hu_window, 0, 1, clip=True))
    least = 0.3 if name == "v1" else 0.0
    steps.append(CropForegroundd("image", "image", lambda x: x > least, allow_smaller=True))
    if name == "head-neck":
        steps.append(SpatialPadd("image", (64, 64, 64)))
    if preparation.shape is not None:
        steps.append(Resized("image", preparation.shape, mode="trilinear", align_corners=True))
    image = torch.from_numpy(np.ascontiguousarray(volume.array, np.float32))[None]
    return Compose(steps)({"image": MetaTensor(image, affine=volume.affine)})["image"][0].numpy()


@pytest.mark.parametrize("name", ["abdomen", "chest", "head-neck", "v1"])
def test_presets_equal_the_published_chains(slab: Volume, name: str) -> None:
    image, _ = prepare_image(slab, PRESETS[name].preparation)
    reference = published(slab, name)
    assert image.shape == reference.shape
    np.testing.assert_allclose(image.numpy(), reference, atol=2e-4)
    assert image.min() == 0 and image.max() > 0.7


def test_published_numbers() -> None:
    def numbers(preset: PretrainingPreset) -> tuple:
        p = preset.preparation
        return p.spacing, p.hu_window, p.shape, preset.grid.bases

    assert numbers(PRESETS["abdomen"]) == ((1.5, 1.5, 1.5), (-175, 250), None, 9)
    assert numbers(PRESETS["chest"]) == ((1.25, 1.25, 5.0), (-1000, 500), None, 9)
    assert numbers(PRESETS["head-neck"]) == ((1.5, 1.5, 1.5), (-175, 250), (192, 192, 64), 9)
    assert numbers(PRESETS["v1"]) == (None, (-175, 250), (384, 384, 96), 16)
    with pytest.raises(InputError, match="no preset 'legs'"):
        find_preset("legs")


def test_tiny_shows_what_head_neck_shows(slab: Volume) -> None:
    tiny, _ = prepare_image(slab, PRESETS["tiny"].preparation)
    full, _ = prepare_image(slab, PRESETS["head-neck"].preparation)
    assert tiny.shape == (126, 126, 42) and full.shape == (192, 192, 64)
    full = F.interpolate(full[None, None], tiny.shape, mode="trilinear")[0, 0]
    assert (tiny - full).abs().mean() < 0.02
    assert np.corrcoef(tiny.flatten(), full.flatten())[0, 1] > 0.99


def test_image_and_labels_are_cut_alike() -> None:
    ct = make_ct()
    volume = Volume(ct, AFFINE, "ct")
    recipe = Preprocessing((2.0, 2.0, 2.0), (-175.0, 250.0), foreground_crop=True)
    preparation = preparation_of(recipe)
    image, box = prepare_image(volume, preparation)
    ras, affine = to_ras(make_labels(ct), AFFINE)
    labels = prepare_label_map(ras, affine, box, preparation)
    assert image.shape == labels.shape
    assert image.shape < (45, 39, 40)
    assert image[labels > 0].mean() > 0.5 > image[labels == 0].mean()
    assert set(labels.unique().tolist()) == {0, 1, 2}
    whole, _ = prepare_image(volume, Preparation((2.0, 2.0, 2.0), (-175.0, 250.0), None))
    assert torch.equal(whole[box], image)


def test_an_image_without_body_is_refused() -> None:
    air = Volume(np.full((8, 8, 8), -400, np.int16), AFFINE, "air.nii")
    with pytest.raises(InputError, match=r"air\.nii has no voxel above -175 HU"):
        prepare_image(air, PRESETS["abdomen"].preparation)


def test_a_voxel_size_out_of_range_is_refused() -> None:
    tiny = Volume(make_ct(), np.diag([0.01, 0.01, 0.01, 1]), "micro.nii")
    with pytest.raises(InputError, match=r"micro\.nii cannot be resampled"):
        prepare_image(tiny, PRESETS["v1"].preparation)
