"""What fine-tuning learns from: the loss, and the patches with their augmentation."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from monai.losses import DiceCELoss

from VoCoLib.training.data.prepared import PreparedVolume
from VoCoLib.training.finetuning.losses import MarginalDiceCELoss, class_weights
from VoCoLib.training.finetuning.patches import (
    _cut,
    draw_patch,
    label_values,
    mirror,
    spread_voxels,
)

ALL = torch.ones(1, 4, dtype=torch.bool)
SAME = torch.arange(256)
MM = (1.0, 1.0, 1.0)


def random_batch(seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn((1, 4, 6, 5, 4), generator=generator)
    return logits, torch.randint(0, 4, (1, 6, 5, 4), generator=generator)


def test_loss_equals_monai_where_all_is_contoured():
    logits, labels = random_batch()
    monai = DiceCELoss(include_background=False, to_onehot_y=True, softmax=True)
    ours = MarginalDiceCELoss()(logits, labels, ALL)
    assert ours.item() == pytest.approx(monai(logits, labels[:, None]).item(), abs=1e-5)


def test_weighted_loss_adds_weight_to_small_classes_only():
    labels = torch.zeros((1, 6, 5, 4), dtype=torch.int64)
    labels[0, 0, 0, 0] = 1
    weights = class_weights(labels, 4)
    assert weights[0] == pytest.approx(119**-0.5) and weights[1] == 1
    logits, _ = random_batch()
    expected = torch.nn.functional.cross_entropy(logits, labels, weights)
    plain = torch.nn.functional.cross_entropy(logits, labels)
    loss = MarginalDiceCELoss()
    difference = loss(logits, labels, ALL, weights) - loss(logits, labels, ALL)
    assert difference.item() == pytest.approx((expected - plain).item(), abs=1e-5)


def test_calling_an_uncontoured_organ_background_or_organ_costs_the_same():
    labels = torch.zeros((1, 6, 5, 4), dtype=torch.int64)
    labels[:, :2] = 1
    contoured = torch.tensor([[True, True, False, True]])
    right = torch.full((1, 4, 6, 5, 4), -9.0).scatter(1, labels[:, None], 9.0)
    found = right.clone()
    found[:, 0, 4:], found[:, 2, 4:] = -9.0, 9.0  # the uncontoured organ is found
    wrong = right.clone()
    wrong[:, 0, 4:], wrong[:, 3, 4:] = -9.0, 9.0  # a contoured one where it is not
    loss = MarginalDiceCELoss()
    assert loss(found, labels, contoured) == pytest.approx(
        loss(right, labels, contoured).item(), abs=1e-4
    )
    assert loss(wrong, labels, contoured) > loss(right, labels, contoured) + 1
    assert loss(found, labels, ALL) > loss(right, labels, ALL) + 1


def test_loss_without_any_contour_is_finite_and_has_a_gradient():
    logits, labels = random_batch()
    logits.requires_grad_()
    only_background = torch.tensor([[True, False, False, False]])
    MarginalDiceCELoss()(logits, torch.zeros_like(labels), only_background).backward()
    assert torch.isfinite(logits.grad).all()


def test_mirror_swaps_sides():
    image = torch.arange(4.0).view(4, 1, 1)
    labels = torch.tensor([1, 0, 2, 3]).view(4, 1, 1)
    flipped, swapped = mirror(image, labels, [(1, 2)])
    assert flipped.flatten().tolist() == [3, 2, 1, 0]
    assert swapped.flatten().tolist() == [3, 1, 0, 2]


def make_volume(seed: int = 0) -> PreparedVolume:
    """Two bright blocks of known labels in noise."""
    rng = np.random.default_rng(seed)
    image = rng.uniform(0.05, 0.25, (72, 40, 40))
    labels = np.zeros(image.shape, dtype=np.uint8)
    labels[10:30, 10:30, 8:24] = 1
    labels[44:64, 8:26, 14:32] = 2
    return PreparedVolume(((image + labels * 0.3) * 65535).astype(np.uint16), labels)


def test_augmentation_keeps_image_and_labels_together():
    volume, rng, seen = make_volume(), np.random.default_rng(0), set()
    for _ in range(20):
        image, labels = draw_patch(volume, (64, 32, 32), MM, None, SAME, None, rng)
        assert image.shape == labels.shape == (64, 32, 32)
        assert image.min() >= 0 and image.max() <= 1
        for value in (1, 2):
            if (labels == value).sum() > 200:
                seen.add(value)
                assert image[labels == value].mean() > image[labels == 0].mean() + 0.15
    assert seen == {1, 2}


def test_only_the_needed_part_of_a_volume_is_read_and_no_border_shows():
    ramp = np.indices((72, 40, 40)).sum(0) / 200  # stays linear however it is turned and zoomed
    image = (ramp * 65535).astype(np.uint16)
    volume = PreparedVolume(image, np.ones(image.shape, np.uint8))
    rng = np.random.default_rng(1)
    for _ in range(10):
        patch, labels = _cut(volume, torch.tensor([36.0, 20.0, 20.0]), (16, 16, 16), MM, rng)
        assert patch[8, 8, 8] == pytest.approx(76 / 200, abs=0.02)
        assert patch.diff(dim=0).diff(dim=0).abs().max() < 1e-3
        assert (labels == 1).all()
    patch, labels = _cut(volume, torch.tensor([0.0, 0.0, 0.0]), (64, 64, 64), MM, rng)
    assert (patch[32, 32, :6] == 0).all() and (labels[32, 32, :6] == 0).all()  # it is 40 deep
    assert patch[32, 32, 32] > 0.3


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_volume_one_voxel_thick_lies_in_zeros_as_in_inference(axis: int):
    """Not in copies of itself, nor faded; inference pads 15 voxels in front of it."""
    shape = [40, 40, 40]
    shape[axis] = 1
    volume = PreparedVolume(np.full(shape, 32768, np.uint16), np.ones(shape, np.uint8))
    rng = np.random.default_rng(0)
    for _ in range(4):
        image, labels = draw_patch(volume, (32, 32, 32), MM, None, SAME, None, rng)
        assert (labels > 0).movedim(axis, 0)[:, 12:20, 12:20].sum((1, 2)).argmax() == 15
        layers = (labels > 0).sum(axis)[12:20, 12:20].float()
        assert 0.8 < layers.mean() < 1.3 and layers.max() <= 2
        assert 0.35 < image[labels > 0].mean() < 0.65 and (image[labels == 0] == 0).all()


def change_along(axis: int | None, spacing: tuple[float, ...], seed: int) -> torch.Tensor:
    """A patch of a volume that grows along an axis, by 1 in 400 voxels; None: nowhere."""
    image = np.full((96, 96, 96), 0.5)
    if axis is not None:
        image += (np.indices(image.shape)[axis] - 48) / 400
    volume = PreparedVolume((image * 65535).astype(np.uint16), np.zeros(image.shape, np.uint8))
    centre, rng = np.array([[48, 48, 48]]), np.random.default_rng(seed)
    return draw_patch(volume, (24, 24, 24), spacing, centre, SAME, None, rng)[0]


@pytest.mark.parametrize("spacing", [(1.5, 1.5, 1.5), (1.25, 1.25, 5.0), (6.0, 1.0, 2.0)])
def test_a_turned_patch_keeps_angles_and_lengths_in_millimetres(spacing: tuple[float, ...]):
    for seed in range(4):
        flat = change_along(None, spacing, seed)  # of the same intensities and noise
        rows = []
        for axis in range(3):
            shift = (change_along(axis, spacing, seed) - flat) * 400
            rows.append([float(shift.diff(dim=n)[8:16, 8:16, 8:16].mean()) for n in range(3)])
        millimetres = np.array(spacing)
        turn = millimetres[:, None] * np.array(rows) / millimetres  # mm in the volume of a mm
        lengths = np.linalg.norm(turn, axis=0)
        assert lengths == pytest.approx([lengths.mean()] * 3, rel=0.01)
        cosines = (turn / lengths).T @ (turn / lengths)
        assert cosines == pytest.approx(np.eye(3), abs=0.01)
        assert abs(turn - np.diag(np.diag(turn))).max() > 0.02  # it is turned at all


def test_patches_lie_where_they_are_wanted_and_have_the_wanted_classes():
    volume, rng = make_volume(), np.random.default_rng(0)
    assert label_values(volume) == (1, 2)
    voxels = spread_voxels(volume, 2)
    assert voxels.shape == (512, 3)
    assert all(volume.labels[tuple(voxel)] == 2 for voxel in voxels)
    spread = voxels.max(0) - voxels.min(0)
    assert (spread >= [18, 14, 14]).all()
    classes = torch.zeros(256, dtype=torch.int64)
    classes[2] = 1  # only this one is learned
    for _ in range(5):
        _, labels = draw_patch(volume, (32, 32, 32), MM, voxels, classes, None, rng)
        assert set(labels.unique().tolist()) == {0, 1}


def test_mirrored_patients_are_met_half_of_the_time():
    volume, rng = make_volume(), np.random.default_rng(0)
    sides = []
    for _ in range(20):
        _, labels = draw_patch(volume, (72, 40, 40), MM, None, SAME, [(1, 2)], rng)
        first, second = ((labels == value).nonzero()[:, 0].float().mean() for value in (1, 2))
        assert first < second  # the names of the sides are swapped as well
        extent = [(labels == value).any(0).any(0).nonzero() for value in (1, 2)]
        sides.append(bool(extent[0].min() < extent[1].min()))
    assert 4 <= sum(sides) <= 16
