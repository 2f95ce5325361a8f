"""How well a network in training finds query crops in volumes that it is not trained on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from VoCoLib.crops import Augmentation, cut
from VoCoLib.objective import similarity
from VoCoLib.positions import TEMPERATURE, BaseGrid
from VoCoLib.pretraining import VoCoV1, VoCoV2


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


def score_positions(
    model: VoCoV1 | VoCoV2, part: Tensor, grid: BaseGrid, queries: int, rng: np.random.Generator
) -> PositionScore:
    """Asks where random queries of a volume lie, by the teacher, as the position view does.

    Args:
        model: on the device of part.
        part: (x, y, z) of the grid's shape, in 0..1.
        grid: the model's.
        queries: how many.
        rng: draws them.
    """
    boxes = grid.query_boxes(grid.draw_centres(queries, rng))
    every = np.concatenate([boxes, grid.base_boxes()])
    crops = cut(part, every, grid.input_edge, _plain(len(every)))
    with torch.no_grad():
        projected = _project(model, crops)
        logits = similarity(projected[None, :queries], projected[None, queries:])[0]
    return _score(logits.double().cpu().numpy(), boxes, grid)


def mean_scores(scores: Iterable[PositionScore]) -> tuple[float, float]:
    """Share of hits and mean error of all queries."""
    scores = list(scores)
    queries = sum(score.queries for score in scores)
    hits, error = sum(score.hits for score in scores), sum(score.error for score in scores)
    return hits / queries, error / queries


def _plain(crops: int) -> Augmentation:
    return Augmentation(np.zeros((crops, 3), bool), np.zeros(crops, np.int64), np.zeros(crops))


def _project(model: VoCoV1 | VoCoV2, crops: Tensor) -> Tensor:
    encoder, head = (
        (model.teacher, model.teacher.proj_head)
        if isinstance(model, VoCoV1)
        else (model.backbone, model.teacher)
    )
    rows = [encoder(chunk) for chunk in crops.split(model.chunk or len(crops))]
    with torch.autocast(crops.device.type, enabled=False):  # as in training
        projected: Tensor = head(torch.cat(rows).float())
    return projected


def _score(logits: np.ndarray, boxes: np.ndarray, grid: BaseGrid) -> PositionScore:
    labels = grid.labels(boxes)
    rows = np.arange(len(logits))
    hits = int((labels[rows, logits.argmax(1)] == labels.max(1)).sum())
    centres = grid.base_boxes()[:, :2].mean(2)
    weights = np.exp(logits / TEMPERATURE)
    predicted = (weights @ centres) / weights.sum(1, keepdims=True)
    distances = np.linalg.norm(predicted - boxes[:, :2].mean(2), axis=1)
    return PositionScore(hits, len(logits), float(distances.sum() / grid.crop))
