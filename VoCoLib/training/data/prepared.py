"""A prepared volume, and how it is made of a case.

A volume is kept as uint16: a step of 1/65535 of the window is 0.007 HU for 425 HU, less than the
1 HU in which CT comes, at half the size of float32 (float16 takes as much and errs 16 times more).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from VoCoLib.errors import InputError, OutOfMemoryError
from VoCoLib.images.checks import check_ct
from VoCoLib.images.geometry import to_ras
from VoCoLib.images.inputs import read_input
from VoCoLib.images.label_names import LabelNames
from VoCoLib.images.preprocessing import Box, full_box
from VoCoLib.inference.devices import is_out_of_memory
from VoCoLib.method.preparation import prepare_image, prepare_label_map
from VoCoLib.method.presets import Preparation
from VoCoLib.training.data.datasets import Case
from VoCoLib.training.data.inspection import read_labels

_STEPS = 65535


class UnusableVolumeError(InputError):
    """An image cannot be used for training; others can."""


@dataclass(frozen=True)
class PreparedVolume:
    """A volume that crops can be read from; a map of a file that stays usable if that is deleted.

    Attributes:
        image: uint16 (x, y, z), RAS, 0 and 65535 for the ends of the window.
        labels: uint8 (x, y, z), or None.
    """

    image: NDArray[np.uint16]
    labels: NDArray[np.uint8] | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels along R, A, S."""
        x, y, z = self.image.shape
        return x, y, z

    def __getitem__(self, box: tuple[slice, ...]) -> Tensor:
        """float32 in 0..1 of a box: cut like a tensor, a volume is read only there."""
        return torch.from_numpy(self.image[box].astype(np.float32, order="C")).div_(_STEPS)

    def read_image(self) -> Tensor:
        """float32 in 0..1 of all."""
        return self[full_box(self.shape)]

    def read_labels(self, box: Box | None = None) -> Tensor:
        """uint8 of a box, or of all; raises ValueError without labels."""
        if self.labels is None:
            raise ValueError("the volume was prepared without labels")
        return torch.from_numpy(np.array(self.labels if box is None else self.labels[box]))


def prepare_volume(
    case: Case,
    preparation: Preparation,
    names: LabelNames | None,
    warn: Callable[[str], None],
) -> PreparedVolume:
    """Reads and prepares a case.

    Args:
        case: to prepare.
        preparation: of its image.
        names: what its label map may hold; None: it is not read.
        warn: receives what is odd about its files.

    Raises:
        UnusableVolumeError: its image cannot be read, or does not look like CT in HU.
        InputError: its label map is missing or wrong.
    """
    try:
        volume = read_input(case.image, isolated=True)
        if doubts := check_ct(volume.name, volume.array, volume.affine):
            raise InputError(doubts[0])
        image, box = prepare_image(volume, preparation)
    except (InputError, OutOfMemoryError) as error:
        raise UnusableVolumeError(error.message, error.hint) from error
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        raise UnusableVolumeError(f"Memory does not suffice for {case.image}.") from error
    for warning in volume.warnings:
        warn(f"{case.image}: {warning}")
    levels = image.mul_(_STEPS).round_().numpy().astype(np.uint16, order="C")
    if names is None:
        return PreparedVolume(levels)
    labels = read_labels(case, volume, names, warn)
    _, affine = to_ras(volume.array, volume.affine)
    prepared = prepare_label_map(labels, affine, box, preparation)
    return PreparedVolume(levels, prepared.contiguous().numpy())
