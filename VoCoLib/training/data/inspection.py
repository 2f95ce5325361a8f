"""Checks training volumes before a run: readable, CT, with labels that fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from VoCoLib.errors import CancelledError, InputError
from VoCoLib.events import EventSink, Progress
from VoCoLib.images.checks import check_ct
from VoCoLib.images.geometry import Shape, same_grid, spacing_of, to_ras
from VoCoLib.images.inputs import read_input
from VoCoLib.images.label_maps import read_named_labels
from VoCoLib.images.label_names import LabelNames
from VoCoLib.images.volumes import Volume
from VoCoLib.training.data.datasets import Case


@dataclass(frozen=True)
class CaseReport:
    """What was found out about one case.

    Attributes:
        image: the path.
        problem: why the image cannot be used; empty if it can. All below is None for such a one.
        not_ct: why it does not look like CT in HU; empty if it does.
        label_problem: what is wrong with the label map; empty if nothing is.
        shape, spacing: voxels and mm along the file's axes.
        hu_range: lowest and highest voxel.
        label_values: the values above 0 in the label map; empty where that is not looked at.
    """

    image: str
    problem: str = ""
    not_ct: str = ""
    label_problem: str = ""
    shape: Shape | None = None
    spacing: tuple[float, float, float] | None = None
    hu_range: tuple[float, float] | None = None
    label_values: tuple[int, ...] = ()


@dataclass(frozen=True)
class DatasetReport:
    """What was found out about all cases."""

    cases: tuple[CaseReport, ...]

    @property
    def usable(self) -> int:
        """Number of cases that a training can use."""
        return sum(not (c.problem or c.not_ct or c.label_problem) for c in self.cases)

    @property
    def mixed(self) -> bool:
        """Whether some images look like CT and others do not."""
        return len({bool(case.not_ct) for case in self.cases if not case.problem}) == 2

    def problems(self) -> list[str]:
        """One sentence or two for each case that cannot be used."""
        texts = [(c.image, c.problem or c.not_ct or c.label_problem) for c in self.cases]
        return [f"{image}: {text}" for image, text in texts if text]


def inspect_cases(
    cases: Sequence[Case],
    sink: EventSink,
    names: LabelNames | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> DatasetReport:
    """Reads every case and says what is wrong with it; nothing that it finds is fatal.

    Args:
        cases: see find_cases.
        sink: receives progress events.
        names: what the label maps may hold, to check them; None: no labels.
        cancelled: asked before each case.

    Raises:
        CancelledError: cancelled() was True.
    """
    progress = Progress(sink, "Checking the volumes", len(cases))
    reports = []
    for case in cases:
        if cancelled():
            raise CancelledError("The check of the volumes was cancelled.")
        reports.append(_inspect(case, names))
        progress.update(len(reports))
    return DatasetReport(tuple(reports))


def _inspect(case: Case, names: LabelNames | None) -> CaseReport:
    image = str(case.image)
    try:
        volume = read_input(case.image, isolated=True)
    except InputError as error:
        return CaseReport(image, error.message)
    x, y, z = volume.array.shape
    values, label_problem = _look_at_labels(case, volume, names)
    return CaseReport(
        image,
        not_ct=" ".join(check_ct(volume.name, volume.array, volume.affine)),
        label_problem=label_problem,
        shape=(x, y, z),
        spacing=spacing_of(volume.affine),
        hu_range=(float(volume.array.min()), float(volume.array.max())),
        label_values=values,
    )


def _look_at_labels(
    case: Case, volume: Volume, names: LabelNames | None
) -> tuple[tuple[int, ...], str]:
    """The values in the label map, and what is wrong with it."""
    try:
        found = () if names is None else values_in(read_labels(case, volume, names))
    except InputError as error:
        return (), error.message
    return found, ""


def values_in(labels: NDArray[np.uint8]) -> tuple[int, ...]:
    """The values above 0 in a label map."""
    seen = np.zeros(256, dtype=bool)
    for part in labels:  # bincount takes 8 bytes a voxel
        seen |= np.bincount(part.ravel(), minlength=256) > 0
    return tuple(int(value) for value in np.flatnonzero(seen) if value)


def read_labels(
    case: Case,
    volume: Volume,
    names: LabelNames,
    warn: Callable[[str], None] = lambda message: None,
) -> NDArray[np.uint8]:
    """The label map of a case, in the values of a table.

    Args:
        case: the case; volume: its image.
        names: the table.
        warn: receives what is odd about it.

    Returns:
        (X, Y, Z) in values up to the table's highest, with axes towards right, anterior, superior.

    Raises:
        InputError: there is none, it cannot be read, is not on the image's grid, holds values
            beyond the table, or calls them by other names.
    """
    if case.label is None:
        raise InputError(f"There is no label map for {case.image}.")
    found = read_named_labels(case.label, names)
    low, high = int(found.array.min()), int(found.array.max())
    if low < 0 or high >= names.highest:
        raise InputError(
            f"{case.label} holds the value {low if low < 0 else high}, but the classes are 0 to "
            f"{names.highest - 1}.",
            "Correct the label map or the list of classes.",
        )
    image, image_affine = to_ras(volume.array, volume.affine)
    labels, affine = to_ras(found.array, found.affine)
    if not same_grid(image, image_affine, labels, affine):
        raise InputError(
            f"The label map {case.label} is not on the grid of its image {case.image}.",
            "Resample it to the image's grid.",
        )
    if found.overlapping:
        warn(
            f"{case.label}: structures overlap in {found.overlapping:,} voxels; the smallest has "
            "them."
        )
    return labels.astype(np.uint8, copy=False)
