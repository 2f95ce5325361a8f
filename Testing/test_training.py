"""The fine-tuning loop: what it must ignore, mirror, repeat and learn."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from monai.losses import DiceCELoss

from VoCoLib.errors import CancelledError
from VoCoLib.losses import MarginalDiceCELoss, class_weights
from VoCoLib.networks import build_network
from VoCoLib.training import (
    FinetuneConfig,
    TrainingCase,
    draw_patch,
    finetune,
    learning_rate,
    mirror,
)

ALL = torch.ones(1, 4, dtype=torch.bool)


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
    difference = MarginalDiceCELoss(True)(logits, labels, ALL) - MarginalDiceCELoss()(
        logits, labels, ALL
    )
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


def make_case(seed: int = 0) -> TrainingCase:
    """Two bright blocks of known labels in noise."""
    rng = np.random.default_rng(seed)
    image = torch.from_numpy(rng.uniform(0.05, 0.25, (72, 40, 40)).astype(np.float32))
    labels = torch.zeros((72, 40, 40), dtype=torch.uint8)
    labels[10:30, 10:30, 8:24] = 1
    labels[44:64, 8:26, 14:32] = 2
    image = image + labels * 0.3
    return TrainingCase(image, labels, torch.ones(3, dtype=torch.bool))


CONFIG = FinetuneConfig(
    patch=(64, 32, 32), steps=4, warmup_steps=2, bfloat16=False, mirrored_labels=None, seed=3
)


def test_augmentation_keeps_image_and_labels_together():
    case = make_case()
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(20):
        image, labels = draw_patch(case, CONFIG, rng)
        assert image.shape == labels.shape == (64, 32, 32)
        assert image.min() >= 0 and image.max() <= 1
        for value in (1, 2):
            if (labels == value).sum() > 200:
                seen.add(value)
                assert image[labels == value].mean() > image[labels == 0].mean() + 0.15
    assert seen == {1, 2}


def test_learning_rate_warms_up_and_decays_to_zero():
    config = FinetuneConfig(patch=(64, 32, 32), steps=100, warmup_steps=10, learning_rate=1.0)
    rates = [learning_rate(config, step) for step in range(101)]
    assert rates[0] == pytest.approx(0.1)
    assert rates[9] == pytest.approx(1.0)
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[100] == pytest.approx(0, abs=1e-12)


def train(config: FinetuneConfig, **options) -> tuple[list[float], torch.nn.Module]:
    torch.manual_seed(1)
    network = build_network("tiny", 3, "current")
    case = make_case()
    losses: list[float] = []
    averaged = finetune(
        network, lambda _: case, config, lambda e: losses.append(e["loss"]), **options
    )
    return losses, averaged


def test_training_repeats_bit_for_bit_and_learns():
    config = FinetuneConfig(
        patch=(64, 32, 32),
        steps=12,
        weighted_steps=6,
        warmup_steps=3,
        learning_rate=2e-3,
        seed=3,
        bfloat16=True,
    )
    losses, averaged = train(config)
    again, averaged_again = train(config)
    assert losses == again
    for one, other in zip(averaged.parameters(), averaged_again.parameters(), strict=True):
        assert torch.equal(one, other)
    assert np.mean(losses[-3:]) < 0.75 * np.mean(losses[:3])


def test_training_stops_when_asked():
    done: list[int] = []
    with pytest.raises(CancelledError, match="after 2 steps"):
        train(CONFIG, on_step=lambda step, _: done.append(step), cancelled=lambda: len(done) == 2)


def test_training_refuses_to_go_on_with_nan():
    torch.manual_seed(1)
    network = build_network("tiny", 3, "current")
    with torch.no_grad():
        network.out.conv.conv.bias.fill_(torch.nan)
    with pytest.raises(ArithmeticError, match="step 0"):
        finetune(network, lambda _: make_case(), CONFIG, lambda _: None)
