"""Scores a network in training on whole cases, segmented as any CT is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from VoCoLib.evaluation.islands import remove_islands
from VoCoLib.events import Event, EventSink
from VoCoLib.images.geometry import to_ras
from VoCoLib.images.inputs import read_input
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

    volume = read_input(case.case.image, isolated=True)
    truth = read_labels(case.case, volume, plan.names)
    found = segmenter.segment(volume.array, volume.affine, sink=warn, cancelled=cancelled)
    remove_islands(found, plan.recipe.labels)
    predicted, _ = to_ras(found, volume.affine)
    together = _count_together(predicted, truth)
    if plan.names.ignore is not None:
        together[:, plan.names.ignore] = 0
    scores = {}
    for label, value in zip(plan.recipe.labels, plan.values, strict=True):
        total = int(together[label.value].sum() + together[:, value].sum())
        if total and label.value not in case.not_contoured:
            scores[label.value] = 2 * int(together[label.value, value]) / total
    return scores


def _count_together(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.int64]:
    """(256, 256) voxels that have a value in one map and a value in the other, in one pass."""
    counts = np.zeros(1 << 16, np.int64)
    for here, there in zip(one, other, strict=True):  # bincount takes 8 bytes a voxel
        counts += np.bincount(here.ravel() * np.int64(256) + there.ravel(), minlength=1 << 16)
    return counts.reshape(256, 256)


def mean_by_structure(plan: Plan, scores: Sequence[CaseDice]) -> dict[str, float]:
    """Mean Dice over the cases of each structure that any of them was scored for, by name."""
    known = {
        label.name: [score[label.value] for score in scores if label.value in score]
        for label in plan.recipe.labels
    }
    return {name: fmean(values) for name, values in known.items() if values}
