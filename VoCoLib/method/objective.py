"""The VoCo objective: contextual position prediction with base regularisation, v1 and v2.

v1: Wu et al., VoCo, CVPR 2024, arXiv 2402.17300. v2: Wu et al., TPAMI version, arXiv 2410.09890.
Where the papers and their published code differ, the weights were trained by the code, so the code
is followed. B volumes, Q query crops and K base crops of each, C numbers per projected crop.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

_EPS = 1e-6  # keeps the logarithms and the quotients finite, as published

Losses = dict[str, Tensor]


def similarity(queries: Tensor, bases: Tensor) -> Tensor:
    """Logits l = relu(cos(query, base)): how much a query looks like each base of a volume.

    Args:
        queries: (B, Q, C) projected query crops.
        bases: (B, K, C) projected base crops.

    Returns:
        (B, Q, K) in 0..1; 0 for a vector of zeros.
    """
    return F.relu(F.cosine_similarity(queries[:, :, None], bases[:, None], dim=-1))


def positive_term(logits: Tensor, labels: Tensor) -> Tensor:
    """-sum(y log(1 - |y - l|)) / sum(y): overlapped bases must look as much alike as they overlap.

    Args:
        logits: (B, Q, K) in 0..1.
        labels: (B, Q, K) shares of overlap y in 0..1.

    Returns:
        (B,) sums over all queries of a volume.
    """
    fit = torch.log(1 - (labels - logits).abs() + _EPS)
    return -(labels * fit).sum((1, 2)) / (labels.sum((1, 2)) + _EPS)


def squared_negatives(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean of l^2 over the bases that a query does not touch (y = 0): v1. Returns (B,)."""
    return _mean_where_zero(logits.square(), labels)


def log_negatives(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean of -log(1 - l) over the bases that a query does not touch (y = 0): v2. Returns (B,)."""
    return _mean_where_zero(-torch.log(1 - logits + _EPS), labels)


def _mean_where_zero(penalty: Tensor, labels: Tensor) -> Tensor:
    untouched = (labels == 0).to(penalty.dtype)
    return (penalty * untouched).sum((1, 2)) / (untouched.sum((1, 2)) + _EPS)


def base_regularisation(bases: Tensor) -> Tensor:
    """Mean over base pairs i < j of relu(cos(b_i, b_j))^2: bases of a volume must differ.

    The second factor is detached: b_j is what b_i moves away from, so the last base stays put.

    Args:
        bases: (B, K, C).

    Returns:
        (B,).
    """
    first, second = torch.triu_indices(bases.shape[1], bases.shape[1], 1, device=bases.device)
    cosines = F.cosine_similarity(bases[:, first], bases[:, second].detach(), dim=-1)
    return F.relu(cosines).square().mean(1)


def v1_losses(student: Tensor, teacher: Tensor, labels: Tensor) -> Losses:
    """The objective of the CVPR paper: L = L_positive + L_negative + L_regularisation.

    Args:
        student: (B, Q + K, C) projected crops, the queries first.
        teacher: the same crops projected by the teacher, without a gradient.
        labels: (B, Q, K) shares of overlap.

    Returns:
        scalars "total", "positive", "negative", "regularisation", means over the volumes.
    """
    queries, bases = _split(student, labels)
    teacher_queries, teacher_bases = _split(teacher, labels)
    labels = labels.to(student.dtype)
    logits = (similarity(queries, teacher_bases) + similarity(teacher_queries, bases)) / 2
    return _summed(
        positive=positive_term(logits, labels),
        negative=squared_negatives(logits, labels),
        regularisation=base_regularisation(bases),
    )


def v2_losses(student: Tensor, teacher: Tensor, labels: Tensor) -> Losses:
    """The objective of the TPAMI paper: L = L_intra + L_inter + L_regularisation.

    Intra-volume: where in its own volume is the query? The overlap is known.
    Inter-volume: where in the next volume of the batch? Nobody knows; the teacher's answer is the
    label of the student's. The last volume is compared with the first, a lone one with itself.

    Args:
        student: (B, Q + K, C) projected crops, the queries first.
        teacher: the same crops projected by the teacher, without a gradient.
        labels: (B, Q, K) shares of overlap.

    Returns:
        scalars "total", "intra", "inter", "regularisation", means over the volumes.
    """
    queries, bases = _split(student, labels)
    teacher_queries, teacher_bases = _split(teacher, labels)
    labels = labels.to(student.dtype)
    intra = similarity(queries, teacher_bases)
    inter = similarity(queries, bases.roll(-1, dims=0))
    target = similarity(teacher_queries, teacher_bases.roll(-1, dims=0))
    return _summed(
        intra=positive_term(intra, labels) + log_negatives(intra, labels),
        inter=positive_term(inter, target) + log_negatives(inter, target),
        regularisation=base_regularisation(bases),
    )


def _split(crops: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Queries (B, Q, C) and bases (B, K, C)."""
    return crops[:, : labels.shape[1]], crops[:, labels.shape[1] :]


def _summed(**terms: Tensor) -> Losses:
    losses = {name: term.mean() for name, term in terms.items()}
    return {"total": torch.stack(list(losses.values())).sum(), **losses}
