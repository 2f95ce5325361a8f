"""The batches of a fine-tuning: which patches of which cases, as a function of seed and number."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from VoCoLib.errors import InputError
from VoCoLib.structure_names import side_pairs
from VoCoLib.training.batches import stream
from VoCoLib.training.data.cache import VolumeCache
from VoCoLib.training.data.prepared import PreparedVolume
from VoCoLib.training.finetuning.losses import IGNORED, class_weights
from VoCoLib.training.finetuning.patches import draw_patch, spread_voxels
from VoCoLib.training.finetuning.plan import Plan
from VoCoLib.training.finetuning.settings import FinetuningSettings, split_names
from VoCoLib.training.job import TrainingJob
from VoCoLib.training.random_streams import generator

_PATCHES = 4  # a stream of random numbers; those of pre-training are 0 to 3
_KEPT = 4096  # classes of cases whose voxels are remembered, 12 kB each
_ANYWHERE = 0.2  # share of patches that lie anywhere instead of on a structure


class PatchSource:
    """Makes the batches of a run.

    What a patch shows depends on the seed, the number of its batch and its place there alone. A
    structure is drawn first, then one of the cases that have it, then one of its voxels there: what
    is small or rare is met as often as the rest.

    Args:
        job: the run.
        plan: its cases.
        cache: where they come from, prepared with their label maps.

    Raises:
        InputError: no case has a labelled voxel, or a mirrored structure has no counterpart.
    """

    def __init__(
        self, job: TrainingJob[FinetuningSettings], plan: Plan, cache: VolumeCache
    ) -> None:
        self._job, self._plan, self._cache = job, plan, cache
        self._classes = torch.zeros(256, dtype=torch.int64)
        for label, value in zip(plan.recipe.labels, plan.values, strict=True):
            self._classes[value] = label.value
        if plan.names.ignore is not None:
            self._classes[plan.names.ignore] = IGNORED
        groups = {
            label.value: [n for n, case in enumerate(plan.training) if label.value in case.present]
            for label in plan.recipe.labels
        }
        self._having = [(value, group) for value, group in groups.items() if group]
        if not self._having:
            raise InputError("No training case has a labelled voxel.", "Check the label maps.")
        self._mirrored = None
        if job.settings.mirror:
            self._mirrored = side_pairs(plan.recipe.labels, split_names(job.settings.sideless))
        self._lost: set[int] = set()
        self._voxels: dict[tuple[int, int], NDArray[np.int64]] = {}

    def batch(self, number: int) -> tuple[Tensor, ...]:
        """This process's share of a batch, on its device.

        Returns:
            images (B, 1, X, Y, Z), classes (B, X, Y, Z), contoured (B, classes), weights
            (B, classes): see FineTuning.

        Raises:
            InputError: all cases are lost.
        """
        processes = self._job.processes
        share = self._job.settings.batch // processes.count
        first = processes.rank * share
        patches = [self._patch(number, first + index) for index in range(share)]
        parts = zip(*patches, strict=True)
        return tuple(torch.stack(part).to(processes.device) for part in parts)

    def stream(self, first: int, last: int) -> Generator[tuple[Tensor, ...], None, None]:
        """The batches first to last - 1; a thread makes the next while one is in use."""
        return stream(self.batch, first, last)

    def _patch(self, number: int, place: int) -> tuple[Tensor, ...]:
        """Image, classes, what was contoured, and weights of one patch."""
        rng = generator(self._job.settings.seed, _PATCHES, number, place)
        index, value, volume = self._draw_case(rng)
        recipe = self._plan.recipe
        patch, spacing = recipe.preprocessing.patch, recipe.preprocessing.spacing
        voxels = self._find_voxels(index, value, volume) if value else None
        if voxels is not None and not len(voxels):  # the label map was changed after the start
            voxels = None
        image, labels = draw_patch(
            volume, patch, spacing, voxels, self._classes, self._mirrored, rng
        )
        contoured = torch.ones(recipe.out_channels, dtype=torch.bool)
        contoured[list(self._plan.training[index].not_contoured)] = False
        weighted = number // self._job.settings.accumulate < self._job.settings.weighted_steps
        weights = torch.ones(recipe.out_channels)
        if weighted:
            weights = class_weights(labels, recipe.out_channels)
        return image[None], labels, contoured, weights

    def _draw_case(self, rng: np.random.Generator) -> tuple[int, int, PreparedVolume]:
        """Number of a case, class that the patch is to show (0: any), and prepared volume.

        Raises:
            InputError: all cases are lost.
        """
        cases = self._plan.training
        value, group = 0, list(range(len(cases)))
        if rng.random() >= _ANYWHERE:
            value, group = self._having[int(rng.integers(len(self._having)))]
        for index in [*rng.permutation(group), *range(len(cases))]:  # the next for one that is lost
            try:
                volume = self._cache.get(cases[index].case)
            except InputError as error:
                self._report(int(index), error)
                continue
            return int(index), value if value in cases[index].present else 0, volume
        raise InputError("All cases of the run are lost.", "Bring them back and resume.")

    def _find_voxels(self, index: int, value: int, volume: PreparedVolume) -> NDArray[np.int64]:
        """Voxels of a class in a case, whose volume this is."""
        if (index, value) not in self._voxels:
            if len(self._voxels) == _KEPT:
                del self._voxels[next(iter(self._voxels))]
            self._voxels[index, value] = spread_voxels(volume, self._plan.values[value - 1])
        return self._voxels[index, value]

    def _report(self, index: int, error: InputError) -> None:
        if index not in self._lost:
            self._lost.add(index)
            image = self._plan.training[index].image
            message = f"{image} is lost, others take its place: {error.message}"
            self._job.log(message, "warning")
