"""Looks at what a preparation makes of the first volumes, before a network has to learn from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from VoCoLib.errors import InputError
from VoCoLib.figures.preview import draw_preview
from VoCoLib.images.body import BodyMask, find_body
from VoCoLib.images.geometry import Affine, spacing_of, to_ras
from VoCoLib.images.inputs import read_input
from VoCoLib.images.preprocessing import Box
from VoCoLib.images.volumes import Volume
from VoCoLib.method.crops import random_part
from VoCoLib.method.preparation import prepare_image
from VoCoLib.method.presets import Preparation, PretrainingPreset, find_preset
from VoCoLib.training.data.datasets import Case, find_cases
from VoCoLib.training.pretraining.plan import choose_plan
from VoCoLib.training.pretraining.settings import PretrainingSettings
from VoCoLib.training.settings import SCRATCH
from VoCoLib.training.start import find_start

LOOKED_AT = 3  # volumes
_KEPT, _CLIPPED = 0.5, 0.5  # less, or more, is worth a word


@dataclass(frozen=True)
class Look:
    """What becomes of a volume.

    Attributes:
        name: of its file.
        part: (x, y, z) in 0..1 of the grid's shape, as a step may draw it.
        kept: share of the body that is not cut away.
        clipped: share of the body's voxels outside of the window, which become 0 or 1.
    """

    name: str
    part: NDArray[np.float32]
    kept: float
    clipped: float


def look_at(cases: Sequence[Case], preset: PretrainingPreset, seed: int = 0) -> list[Look]:
    """What becomes of the first volumes that can be used."""
    looks: list[Look] = []
    for case in cases:
        if len(looks) == LOOKED_AT:
            break
        try:
            looks.append(_look(read_input(case.image, isolated=True), preset, seed))
        except InputError:  # whoever prepares the volumes says so
            continue
    return looks


def problems(looks: Sequence[Look], preset: PretrainingPreset) -> list[str]:
    """What is wrong with a preparation, with what to try; empty if nothing is."""
    found = []
    cut = [look for look in looks if look.kept < _KEPT]
    if cut:
        found.append(
            f"The preparation cuts {1 - cut[0].kept:.0%} of the body of {cut[0].name} away. Try "
            "another --preparation, and look at its picture: voco pretrain --preview."
        )
    clipped = [look for look in looks if look.clipped > _CLIPPED]
    if clipped:
        low, high = preset.preparation.hu_window
        found.append(
            f"{clipped[0].clipped:.0%} of the body of {clipped[0].name} lie outside of the window "
            f"of {low:g} to {high:g} HU and look all the same to the network. Check that the "
            "values are HU, or try a --preparation with another window, such as chest for lungs."
        )
    return found


def preview(settings: PretrainingSettings, picture: Path) -> list[str]:
    """Draws what the network of a run will see, and returns what is wrong with it.

    Raises:
        InputError: there are no volumes, or none that can be used.
        OutputError: the picture cannot be written.
        ModelError, WeightsError: as find_start.
    """
    plan = choose_plan(settings, find_start(settings.start or SCRATCH))
    preset = find_preset(plan.preparation)
    looks = look_at(find_cases(Path(settings.data)), preset, settings.seed)
    if not looks:
        raise InputError(
            f"None of the volumes in {settings.data} can be used.",
            "Check that the path leads to CT volumes in HU.",
        )
    draw_preview([(_caption(look), look.part) for look in looks], picture)
    return problems(looks, preset)


def _caption(look: Look) -> str:
    return f"{look.name}: {look.kept:.0%} of the body kept, {look.clipped:.0%} of it clipped"


def _look(volume: Volume, preset: PretrainingPreset, seed: int) -> Look:
    ras, affine = to_ras(volume.array, volume.affine)
    image, box = prepare_image(volume, preset.preparation)
    part = random_part(image, preset.grid.shape, np.random.default_rng(seed))
    body = find_body(ras, affine)
    low, high = preset.preparation.hu_window
    inside = _sampled(ras, affine, body)[body.mask]
    return Look(
        name=Path(volume.name).name,
        part=part.numpy(),
        kept=_share_in(box, body, preset.preparation, spacing_of(affine)),
        clipped=float(((inside < low) | (inside > high)).mean()) if inside.size else 1.0,
    )


def _sampled(ras: NDArray, affine: Affine, body: BodyMask) -> NDArray:
    """The voxels of a CT that the mask of its body has."""
    pairs = zip(spacing_of(body.affine), spacing_of(affine), strict=True)
    steps = [round(coarse / fine) for coarse, fine in pairs]
    return ras[:: steps[0], :: steps[1], :: steps[2]]


def _share_in(
    box: Box, body: BodyMask, preparation: Preparation, spacing: tuple[float, float, float]
) -> float:
    """The share of a body that lies in a box of the resampled volume."""
    wanted = preparation.spacing or spacing
    parts = zip(box, wanted, spacing_of(body.affine), strict=True)
    cut = tuple(
        slice(round(edge.start * new / old), max(1, round(edge.stop * new / old)))
        for edge, new, old in parts
    )
    return float(body.mask[cut].sum() / max(1, body.mask.sum()))
