"""Scores a network in training on whole cases, segmented as any CT is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from VoCoLib.events import Event, EventSink
from VoCoLib.images.geometry import to_ras
from VoCoLib.images.volumes import read_volume
from VoCoLib.inference.segmentation import Segmenter
from VoCoLib.training.data.inspection import read_labels
from VoCoLib.training.finetuning.plan import Plan, PlannedCase

CaseDice = dict[int, float]  # of the classes that can be scored in a case


def score_case(
    segmenter: Segmenter,
    plan: Plan,
    case: PlannedCase,
    sink: EventSink,
    cancelled: Callable[[], bool],
) -> CaseDice:
    """Segments a case on its own grid and compares.

    Returns:
        the Dice of each class that was contoured and is in the case or was found there.

    Raises:
        InputError: the case can no longer be read.
        CancelledError: cancelled() was True.
    """

    def warn(item: Event) -> None:
        if item.get("level") == "warning":
            sink(item)

    volume = read_volume(case.case.image)
    truth = read_labels(case.case, volume, plan.highest)
    found = segmenter.segment(volume.array, volume.affine, sink=warn, cancelled=cancelled)
    predicted, _ = to_ras(found, volume.affine)
    scores = {}
    for label, value in zip(plan.recipe.labels, plan.values, strict=True):
        dice = _dice(predicted == label.value, truth == value)
        if dice is not None and label.value not in case.not_contoured:
            scores[label.value] = dice
    return scores


def _dice(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float | None:
    """Dice of two masks; None where both are empty."""
    total = int(np.count_nonzero(one)) + int(np.count_nonzero(other))
    return 2 * int(np.count_nonzero(one & other)) / total if total else None


def mean_by_structure(plan: Plan, scores: Sequence[CaseDice]) -> dict[str, float]:
    """Mean Dice over the cases of each structure that any of them was scored for, by name."""
    known = {
        label.name: [score[label.value] for score in scores if label.value in score]
        for label in plan.recipe.labels
    }
    return {name: fmean(values) for name, values in known.items() if values}
