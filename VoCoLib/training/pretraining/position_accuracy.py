"""How well a network in training finds query crops in volumes that it is not trained on."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from VoCoLib.figures.guesses import Guess
from VoCoLib.method.base_grid import TEMPERATURE, BaseGrid
from VoCoLib.method.crops import Augmentation, cut
from VoCoLib.method.objective import Losses, similarity
from VoCoLib.method.student_teacher import VoCoV1, VoCoV2


@dataclass(frozen=True)
class PositionScore:
    """What was measured on one volume.

    Attributes:
        hits: queries whose most similar base is one that they overlap most.
        queries: of the volume.
        error: sum over the queries of the distance between predicted and true centre along R and
            A, in edges of a crop. The prediction is the mean of the bases' centres, weighted by
            their probabilities as in the position view.
    """

    hits: int
    queries: int
    error: float


@dataclass(frozen=True)
class Embedded:
    """Query and base crops of one volume, as the backbone sees them; on the CPU.

    Attributes:
        student, teacher: (Q + K, 24 * feature_size) embeddings, queries first; those of v2 are the
            same, since it has one backbone.
        labels: (Q, K) shares of overlap.
    """

    student: Tensor
    teacher: Tensor
    labels: Tensor


def score_positions(
    model: VoCoV1 | VoCoV2, part: Tensor, grid: BaseGrid, queries: int, rng: np.random.Generator
) -> tuple[PositionScore, Embedded, Guess]:
    """Asks where random queries of a volume lie, by the teacher, as the position view does.

    Args:
        model: on the device of part.
        part: (x, y, z) of the grid's shape, in 0..1.
        grid: the model's.
        queries: how many.
        rng: draws them.

    Returns:
        what was found, what held_back_losses takes, and the first query.
    """
    boxes = grid.query_boxes(grid.draw_centres(queries, rng))
    every = np.concatenate([boxes, grid.base_boxes()])
    crops = cut(part, every, grid.input_edge, _plain(len(every)))
    with torch.no_grad():
        if isinstance(model, VoCoV1):
            student, teacher = (_embed(model, net, crops) for net in (model.student, model.teacher))
        else:
            student = teacher = _embed(model, model.backbone, crops)
        head = model.teacher.proj_head if isinstance(model, VoCoV1) else model.teacher
        with torch.autocast(crops.device.type, enabled=False):  # as in training
            projected = head(teacher)
        logits = similarity(projected[None, :queries], projected[None, queries:])[0]
    labels = torch.from_numpy(grid.labels(boxes)).float()
    found = logits.double().cpu().numpy()
    score = _score(found, boxes, grid)
    guess = Guess(
        crop=crops[0, 0, :, :, grid.input_edge // 2].float().cpu().numpy(),
        similarity=found[0].reshape(grid.n, grid.n).astype(np.float32),
        true=boxes[0, :2].mean(1) / grid.crop,
        found=_score(found[:1], boxes[:1], grid).hits == 1,
    )
    return score, Embedded(student.cpu(), teacher.cpu(), labels), guess


def _embed(model: VoCoV1 | VoCoV2, encoder: nn.Module, crops: Tensor) -> Tensor:
    rows = [encoder(chunk) for chunk in crops.split(model.chunk or len(crops))]
    return torch.cat(rows).float()


def held_back_losses(model: VoCoV1 | VoCoV2, volumes: Sequence[Embedded]) -> Losses:
    """The objective on volumes that are not trained on, as one batch, without dropout.

    The loss of a v2 training step says little: its dropout hides a fifth of the crops from the
    student, which costs the more the better the others are told apart.
    """
    device = next(model.parameters()).device
    student, teacher, labels = (
        torch.stack(parts).to(device)
        for parts in zip(*((v.student, v.teacher, v.labels) for v in volumes), strict=True)
    )
    with torch.no_grad():
        if isinstance(model, VoCoV1):
            return model.losses(student, teacher, labels)
        return model.losses(student, labels, None)


def chance_of(volumes: Sequence[Embedded]) -> float:
    """The share of the queries that is found by who always names the same base, the best one."""
    hits = torch.cat([v.labels == v.labels.amax(1, keepdim=True) for v in volumes])
    return float(hits.float().mean(0).max())


def embedding_spread(volumes: Sequence[Embedded]) -> float:
    """How much the embeddings of a volume's crops differ: their deviation over their size.

    Root mean square of both over all numbers of the teacher's embeddings; 0: all are the same.
    """
    parts = [volume.teacher.double() for volume in volumes]
    deviation = sum(float((part - part.mean(0)).square().mean()) for part in parts)
    size = sum(float(part.square().mean()) for part in parts)
    return math.sqrt(deviation / size) if size else 0.0


def mean_scores(scores: Iterable[PositionScore]) -> tuple[float, float]:
    """Share of hits and mean error of all queries."""
    scores = list(scores)
    queries = sum(score.queries for score in scores)
    hits, error = sum(score.hits for score in scores), sum(score.error for score in scores)
    return hits / queries, error / queries


def _plain(crops: int) -> Augmentation:
    return Augmentation(np.zeros((crops, 3), bool), np.zeros(crops, np.int64), np.zeros(crops))


def _score(logits: np.ndarray, boxes: np.ndarray, grid: BaseGrid) -> PositionScore:
    labels = grid.labels(boxes)
    rows = np.arange(len(logits))
    hits = int((labels[rows, logits.argmax(1)] == labels.max(1)).sum())
    centres = grid.base_boxes()[:, :2].mean(2)
    weights = np.exp(logits / TEMPERATURE)
    predicted = (weights @ centres) / weights.sum(1, keepdims=True)
    distances = np.linalg.norm(predicted - boxes[:, :2].mean(2), axis=1)
    return PositionScore(hits, len(logits), float(distances.sum() / grid.crop))
