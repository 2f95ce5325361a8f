"""A plain fine-tuning loop for segmentation: patches, augmentation, marginal DiceCE, AdamW, EMA."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from VoCoLib.errors import CancelledError, InputError
from VoCoLib.events import EventSink, event
from VoCoLib.losses import MarginalDiceCELoss


@dataclass(frozen=True)
class TrainingCase:
    """One patient on the network's grid.

    Attributes:
        image: (X, Y, Z) float in 0..1.
        labels: (X, Y, Z) uint8.
        contoured: (classes,) bool, True where the class was contoured; class 0 is True.
    """

    image: Tensor
    labels: Tensor
    contoured: Tensor


@dataclass(frozen=True)
class FinetuneConfig:
    """Settings of a run.

    Attributes:
        patch: training patch along R, A, S in voxels, multiples of 32.
        steps, batch_size: optimiser steps and patches a step.
        weighted_steps: steps at the beginning that weigh small classes more (class_weights).
        learning_rate, weight_decay, warmup_steps: AdamW with linear warm-up and cosine decay.
        ema_decay: decay of the averaged weights, which are the result.
        mirrored_labels: pairs of values that swap when left and right do; None: no mirroring.
        background_share: share of patches that are placed anywhere instead of on an organ.
        bfloat16: autocast the network.
        seed: of patches, augmentation and nothing else.
    """

    patch: tuple[int, int, int]
    steps: int
    weighted_steps: int = 0
    batch_size: int = 1
    learning_rate: float = 8e-4
    weight_decay: float = 1e-5
    warmup_steps: int = 50
    ema_decay: float = 0.995
    mirrored_labels: tuple[tuple[int, int], ...] | None = None
    background_share: float = 0.2
    bfloat16: bool = True
    seed: int = 0


def draw_balanced(cases: Sequence[TrainingCase]) -> Callable[[np.random.Generator], TrainingCase]:
    """A next_case for finetune: a class first, then one of the cases that have it.

    Classes that few patients have are met more often than with every case alike.

    Raises:
        InputError: no case has a labelled voxel.
    """
    values = [set(case.labels.unique().tolist()) - {0} for case in cases]
    classes = sorted(set().union(*values))
    if not classes:
        raise InputError("No training case has a labelled voxel.", "Check the label maps.")
    having = [[c for c, v in zip(cases, values, strict=True) if value in v] for value in classes]

    def draw(rng: np.random.Generator) -> TrainingCase:
        group = having[int(rng.integers(len(having)))]
        return group[int(rng.integers(len(group)))]

    return draw


def finetune(
    network: nn.Module,
    next_case: Callable[[np.random.Generator], TrainingCase],
    config: FinetuneConfig,
    sink: EventSink,
    on_step: Callable[[int, nn.Module], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    device: str = "cpu",
) -> nn.Module:
    """Trains network in place and returns the averaged weights as a network of their own.

    Args:
        network: from (batch, 1, X, Y, Z) to logits (batch, classes, X, Y, Z).
        next_case: draws the case of the next patch.
        config: see FinetuneConfig.
        sink: receives a metric event (step, loss, learning_rate) each step.
        on_step: called with the number of steps done and the averaged network.
        cancelled: asked before each step.
        device: where to train.

    Raises:
        CancelledError: cancelled() was True.
        ArithmeticError: the loss or its gradient is not finite.
    """
    rng = np.random.default_rng(config.seed)
    network.to(device).train()
    averaged = copy.deepcopy(network).eval()
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
    )
    for step in range(config.steps):
        if cancelled():
            raise CancelledError(f"Training was cancelled after {step} steps.")
        rate = learning_rate(config, step)
        for group in optimizer.param_groups:
            group["lr"] = rate
        loss = 0.0
        loss_function = MarginalDiceCELoss(weighted=step < config.weighted_steps)
        for _ in range(config.batch_size):  # one by one: the same gradients in less memory
            case = next_case(rng)
            image, labels = draw_patch(case, config, rng)
            with torch.autocast(device, torch.bfloat16, enabled=config.bfloat16):
                logits = network(image[None, None].to(device))
            part = loss_function(logits, labels[None].to(device), case.contoured[None].to(device))
            (part / config.batch_size).backward()
            loss += part.item() / config.batch_size
        if not math.isfinite(loss):
            raise ArithmeticError(f"The loss became {loss} in step {step}.")
        norm = nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        if not torch.isfinite(norm):
            raise ArithmeticError(f"The gradient became {norm} in step {step}.")
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        # a young average must not remember the random start
        _average(averaged, network, min(config.ema_decay, (1 + step) / (10 + step)))
        sink(event("metric", step=step, loss=loss, learning_rate=rate))
        if on_step is not None:
            on_step(step + 1, averaged)
    return averaged


def learning_rate(config: FinetuneConfig, step: int) -> float:
    """Linear warm-up to config.learning_rate, then half a cosine to zero."""
    if step < config.warmup_steps:
        return config.learning_rate * (step + 1) / config.warmup_steps
    done = (step - config.warmup_steps) / max(1, config.steps - config.warmup_steps)
    return config.learning_rate * 0.5 * (1 + math.cos(math.pi * done))


def _average(averaged: nn.Module, network: nn.Module, decay: float) -> None:
    with torch.no_grad():
        for mean, new in zip(averaged.parameters(), network.parameters(), strict=True):
            mean.lerp_(new, 1 - decay)


def draw_patch(
    case: TrainingCase, config: FinetuneConfig, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """One augmented patch: image (X, Y, Z) float32 and labels (X, Y, Z) int64."""
    centre = _draw_centre(case, config, rng)
    image, labels = _affine_patch(case, centre, config.patch, rng)
    if config.mirrored_labels is not None and rng.random() < 0.5:
        image, labels = mirror(image, labels, config.mirrored_labels)
    return _vary_intensity(image, rng), labels


def _draw_centre(case: TrainingCase, config: FinetuneConfig, rng: np.random.Generator) -> Tensor:
    shape = torch.tensor(case.image.shape)
    present = [int(v) for v in case.labels.unique() if v > 0]
    if not present or rng.random() < config.background_share:
        return torch.tensor(rng.random(3), dtype=torch.float32) * (shape - 1)
    voxels = (case.labels == int(rng.choice(present))).nonzero()
    voxel = voxels[int(rng.integers(len(voxels)))].float()
    jitter = torch.tensor(rng.uniform(-0.35, 0.35, 3), dtype=torch.float32)
    return voxel + jitter * torch.tensor(config.patch)


def _affine_patch(
    case: TrainingCase, centre: Tensor, patch: Sequence[int], rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """Cuts patch round centre (voxels) with a small random rotation and zoom; zeros outside."""
    size = torch.tensor(patch, dtype=torch.float32)
    shape = torch.tensor(case.image.shape, dtype=torch.float32)
    # keep the patch inside the image where it fits, centred where it does not
    low, high = (size - 1) / 2, shape - 1 - (size - 1) / 2
    middle = (shape - 1) / 2
    centre = torch.where(high >= low, centre.clamp(low.minimum(high), high), middle)
    turn = _rotation(rng.normal(0, 6, 3)) / float(np.exp(rng.normal(0, 0.09)))
    axes = [torch.arange(n, dtype=torch.float32) - (n - 1) / 2 for n in patch]
    offsets = torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1)
    positions = offsets @ turn.T + centre
    # grid_sample wants -1..1 and the last axis first
    grid = (2 * positions / (shape - 1).clamp(min=1) - 1).flip(-1)[None]
    image = F.grid_sample(case.image.float()[None, None], grid, align_corners=True)
    labels = F.grid_sample(
        case.labels.float()[None, None], grid, mode="nearest", align_corners=True
    )
    return image[0, 0], labels[0, 0].round().long()


def _rotation(degrees: np.ndarray) -> Tensor:
    a, b, c = np.deg2rad(degrees)
    about_x = [[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]]
    about_y = [[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]]
    about_z = [[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]]
    return torch.tensor(np.array(about_x) @ about_y @ about_z, dtype=torch.float32)


def mirror(
    image: Tensor, labels: Tensor, pairs: Sequence[tuple[int, int]]
) -> tuple[Tensor, Tensor]:
    """Swaps left and right of a patch and the label values that name a side."""
    labels = labels.flip(0)
    swapped = labels.clone()
    for one, other in pairs:
        swapped[labels == one] = other
        swapped[labels == other] = one
    return image.flip(0), swapped


def _vary_intensity(image: Tensor, rng: np.random.Generator) -> Tensor:
    scale, shift = rng.uniform(0.9, 1.1), rng.uniform(-0.06, 0.06)
    noise = rng.standard_normal(image.shape, dtype=np.float32) * rng.uniform(0, 0.03)
    inside = image > 0  # air and masked-out voxels stay what they are
    return torch.where(inside, image * scale + shift + torch.from_numpy(noise), image).clamp(0, 1)
