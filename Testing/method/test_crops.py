"""Crops of pre-training are cut, resized and augmented as MONAI's transforms do it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from monai.transforms import (
    Compose,
    Flip,
    RandFlip,
    RandRotate90,
    RandShiftIntensity,
    Resize,
    Rotate90,
    ShiftIntensity,
    SpatialCrop,
    SpatialPad,
)
from places import FIXTURES
from torch import Tensor

from VoCoLib.method.base_grid import V1_GRID, V2_GRID, BaseGrid
from VoCoLib.method.crops import (
    V1_SAMPLER,
    V2_SAMPLER,
    Augmentation,
    CropSampler,
    cut,
    draw_augmentation,
    random_part,
)
from VoCoLib.method.presets import PRESETS

SMALL = CropSampler(BaseGrid(n=3, crop=8, input_edge=8), queries=2, shift_probability=0.5)


def coordinates(*shape: int) -> Tensor:
    """A volume whose voxels are all different, below 1."""
    return torch.arange(np.prod(shape)).view(shape) / np.prod(shape)


def untouched(crops: int) -> Augmentation:
    zeros = np.zeros(crops)
    return Augmentation(np.zeros((crops, 3), bool), zeros.astype(int), zeros)


# --- cutting -----------------------------------------------------------------------------------


def test_v2_crops_are_the_voxels_of_their_boxes() -> None:
    volume = coordinates(*V2_GRID.shape)
    boxes = np.concatenate([V2_GRID.query_boxes([[50, 71]]), V2_GRID.base_boxes()])
    crops = cut(volume, boxes, 64, untouched(10))
    assert crops.shape == (10, 1, 64, 64, 64)
    assert torch.equal(crops[0, 0], volume[18:82, 39:103])
    assert torch.equal(crops[1 + 5, 0], volume[64:128, 128:192])


def test_v1_crops_are_resized_as_the_original_does() -> None:
    expected = np.load(FIXTURES / "position_labels.npz")["v1_resize/base6_64cubed"]
    x, y, z = (torch.arange(size) for size in V1_GRID.shape)
    image = torch.sin(x / 11)[:, None, None] + torch.cos(y / 17)[:, None] * torch.sin(z / 7)
    crop = cut(image, V1_GRID.base_boxes()[6:7], 64, untouched(1))[0, 0]
    torch.testing.assert_close(crop[::4, ::4, ::4], torch.from_numpy(expected), rtol=0, atol=2e-6)


@pytest.mark.parametrize("edge", [5, 8, 21])
def test_boxes_of_any_size_are_resized_as_in_monai(edge: int) -> None:
    volume = torch.rand((20, 31, 12), generator=torch.Generator().manual_seed(0))
    boxes = np.array([[[1, 13], [2, 30], [3, 10]]])
    expected = Resize((edge,) * 3, mode="trilinear", align_corners=True)(
        volume[None, 1:13, 2:30, 3:10]
    )
    torch.testing.assert_close(cut(volume, boxes, edge, untouched(1))[0], expected.as_tensor())


@pytest.mark.parametrize("seed", range(10))
def test_augmentation_equals_monai(seed: int) -> None:
    rng = np.random.default_rng(seed)
    augmentation = Augmentation(
        rng.random((1, 3)) < 0.5, rng.integers(0, 4, 1), rng.uniform(-0.1, 0.1, 1)
    )
    volume = coordinates(9, 10, 8)
    box = np.array([[[1, 7], [3, 9], [0, 6]]])
    flips, turns = augmentation.flips[0], int(augmentation.turns[0])
    expected = SpatialCrop(roi_start=box[0, :, 0], roi_end=box[0, :, 1])(volume[None])
    for axis in np.flatnonzero(flips):
        expected = Flip(spatial_axis=int(axis))(expected)
    expected = Rotate90(k=turns)(expected) if turns else expected
    expected = ShiftIntensity(float(augmentation.shifts[0]))(expected)
    found = cut(volume, box, 6, augmentation)[0]
    assert torch.equal(found, expected.as_tensor())


def test_augmentation_is_drawn_as_often_as_in_monai() -> None:
    """The eight flips, four turns and the size of the shifts of 2000 crops, side by side."""
    crop = coordinates(2, 2, 2)[None]
    chain = Compose(
        [
            *(RandFlip(prob=0.2, spatial_axis=axis) for axis in range(3)),
            RandRotate90(prob=0.2, max_k=3),
            RandShiftIntensity(offsets=0.1, prob=0.5),
        ]
    ).set_random_state(0)
    theirs = torch.stack([chain(crop).as_tensor() for _ in range(2000)])
    boxes = np.tile([[[0, 2]] * 3], (2000, 1, 1))
    augmentation = draw_augmentation(2000, 0.5, np.random.default_rng(0))
    ours = cut(crop[0], boxes, 2, augmentation)

    def shares(crops: Tensor) -> tuple[Tensor, Tensor]:
        """Frequency of each orientation, by the places of two corners; quantiles of the shift."""
        flat = crops.flatten(1)
        shift = flat.mean(1) - crop.mean()
        places = flat.argmin(1) * 8 + flat.argmax(1) + 64 * flat.argsort(1)[:, 1]
        counts = torch.bincount(places, minlength=1024) / len(crops)
        return counts, shift.quantile(torch.tensor([0.1, 0.25, 0.5, 0.75, 0.9]))

    for one, other, tolerance in zip(shares(ours), shares(theirs), (0.04, 0.02), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=tolerance)


# --- the part of the volume --------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(5, 4, 3), (4, 9, 2), (8, 8, 8), (5, 8, 3)])
def test_small_volumes_are_padded_as_in_monai(shape: tuple[int, int, int]) -> None:
    volume = 1 + coordinates(*shape)
    found = random_part(volume, (8, 8, 8), np.random.default_rng(0))
    if max(shape) <= 8:
        expected = SpatialPad((8, 8, 8))(volume[None])[0].as_tensor()
        assert torch.equal(found, expected)
    else:
        assert found.shape == (8, 8, 8)
        assert (found > 0).sum() == 4 * 8 * 2  # cut along A, padded along R and S


def test_every_part_of_a_large_volume_is_drawn() -> None:
    volume, rng = coordinates(6, 4, 5), np.random.default_rng(0)
    corners = [random_part(volume, (4, 4, 4), rng)[0, 0, 0].item() for _ in range(300)]
    expected = volume[:3, :1, :2].flatten().tolist()
    counts = [corners.count(value) for value in expected]
    assert sum(counts) == 300
    assert min(counts) > 25  # 50 each on average


def test_a_part_is_a_view() -> None:
    volume = coordinates(6, 4, 5)
    part = random_part(volume, (4, 4, 4), np.random.default_rng(0))
    assert part.untyped_storage().data_ptr() == volume.untyped_storage().data_ptr()


# --- whole samples -----------------------------------------------------------------------------


@pytest.mark.parametrize("sampler", [V1_SAMPLER, V2_SAMPLER], ids=["v1", "v2"])
def test_shapes_and_labels(sampler: CropSampler) -> None:
    volume = torch.rand(sampler.grid.shape, generator=torch.Generator().manual_seed(0))
    crops, labels = sampler.draw(volume, np.random.default_rng(1))
    bases = sampler.grid.bases
    assert crops.shape == (2 + bases, 1, 64, 64, 64)
    assert labels.shape == (2, bases)
    assert crops.dtype == labels.dtype == torch.float32
    torch.testing.assert_close(labels.sum(1), torch.ones(2))


def test_labels_belong_to_the_queries() -> None:
    """Unaugmented queries are found in the volume where their labels say they are."""
    volume = coordinates(24, 24, 8).double()
    sampler = CropSampler(SMALL.grid, queries=20, shift_probability=0)
    crops, labels = sampler.draw(volume, np.random.default_rng(3))
    for crop, label in zip(crops[:20, 0], labels, strict=True):
        # whatever the flips and turns, the least voxel is the corner of the box
        flat = round(crop.min().item() * volume.numel())
        corner = np.array(np.unravel_index(flat, volume.shape))
        box = np.stack([corner, corner + 8], axis=1)[None]
        np.testing.assert_allclose(SMALL.grid.labels(box)[0], label, atol=1e-6)


def test_one_generator_decides_everything() -> None:
    volume = coordinates(40, 30, 20)
    first, second, other = (SMALL.draw(volume, np.random.default_rng(s)) for s in (5, 5, 6))
    assert torch.equal(first[0], second[0])
    assert torch.equal(first[1], second[1])
    assert not torch.equal(first[0], other[0])


@pytest.mark.parametrize("dtype", [torch.float16, torch.float64])
def test_other_precisions_and_memory_maps(dtype: torch.dtype, tmp_path: Path) -> None:
    values = coordinates(24, 24, 8).to(dtype)
    np.save(tmp_path / "volume é.npy", values.numpy())
    mapped = np.load(tmp_path / "volume é.npy", mmap_mode="c")
    crops, _ = SMALL.draw(torch.from_numpy(mapped), np.random.default_rng(0))
    expected, _ = SMALL.draw(values.float(), np.random.default_rng(0))
    torch.testing.assert_close(crops, expected, rtol=0, atol=1e-3)
    assert crops.dtype == torch.float32


def test_crops_that_are_not_turned_differ_in_intensity_alone() -> None:
    volume, boxes = coordinates(24, 24, 8), SMALL.grid.base_boxes()
    still = replace(SMALL, turned=False)
    for seed in range(5):
        crops, labels = still.draw(volume, np.random.default_rng(seed))
        plain = cut(volume, boxes, 8, untouched(9))
        shifts = crops[2:] - plain
        assert torch.allclose(shifts, shifts[:, :, :1, :1, :1].expand_as(shifts), atol=1e-6)
        assert torch.equal(labels, SMALL.draw(volume, np.random.default_rng(seed))[1])
    assert [name for name, preset in PRESETS.items() if not preset.turned] == ["tiny", "coarse"]
