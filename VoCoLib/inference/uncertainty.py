"""How unsure a network is of each voxel of a CT."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from VoCoLib.images.geometry import Affine, from_ras
from VoCoLib.inference.probabilities import Place
from VoCoLib.inference.region import Region, clear_outside

SCALE = 255  # of a byte: not sure of anything


class UncertaintyMap:
    """1 - the largest probability of any class, background included, as a byte per voxel.

    A ProbabilitySink; 0 where the network is sure, and where it was not asked.
    """

    def __init__(self) -> None:
        self._map: NDArray[np.uint8] = np.zeros((0, 0, 0), np.uint8)

    def begin(self, shape: tuple[int, ...]) -> None:
        """Forgets all; shape: of the image, with axes towards right, anterior, superior."""
        self._map = np.zeros(shape, np.uint8, order="F")

    def add(self, place: Place, logits: Tensor) -> None:
        """Takes a slice.

        Args:
            place: where it lies in the image.
            logits: (classes, x, y) there.
        """
        doubt = 1 - logits.softmax(dim=0).amax(dim=0)
        self._map[place] = (doubt * SCALE).round().byte().cpu().numpy()

    def clear_outside(self, affine: Affine, region: Region) -> None:
        """Makes all 0 outside a region; affine: of the image as begin has it."""
        clear_outside(self._map, affine, region)

    def on_image(self, affine: Affine) -> NDArray[np.uint8]:
        """(X, Y, Z) along the axes of the image with this affine."""
        return from_ras(self._map, affine)
