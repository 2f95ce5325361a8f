"""Where the patient's body is in a CT, the air inside it included."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from VoCoLib.images.coordinates import Points, to_voxels
from VoCoLib.images.geometry import Affine, spacing_of, to_ras

_TISSUE_HU = -300.0  # skin and fat lie above, air and lung below
_VOXEL_MM = 4.0  # of the mask at most, unless the image's voxels are larger
_SMALLEST = 1 / 3  # of the largest piece: both legs are the body, the table is not


@dataclass(frozen=True)
class BodyMask:
    """The body on every so many voxels of a CT.

    Attributes:
        mask: bool (x, y, z), axes towards right, anterior, superior.
        affine: 4x4, its index to RAS mm.
    """

    mask: NDArray[np.bool_]
    affine: Affine

    def contains(self, point: Points) -> bool:
        """Whether the voxel at a point (3,) in RAS mm is one of the body."""
        index = np.rint(to_voxels(self.affine, point)).astype(int)
        if (index < 0).any() or (index >= self.mask.shape).any():
            return False
        return bool(self.mask[tuple(index)])


def find_body(array: NDArray, affine: Affine) -> BodyMask:
    """The large pieces of tissue, with what they enclose in each axial slice.

    Args:
        array: (X, Y, Z) HU, index axes in any orientation.
        affine: its 4x4 index to RAS mm.
    """
    ras, ras_affine = to_ras(array, affine)
    steps = [max(1, int(_VOXEL_MM / size + 1e-6)) for size in spacing_of(ras_affine)]
    tissue = ras[:: steps[0], :: steps[1], :: steps[2]] > _TISSUE_HU
    pieces, _ = ndimage.label(tissue)
    sizes = np.bincount(pieces.ravel(), minlength=2)
    sizes[0] = 0
    large = sizes >= _SMALLEST * max(1, sizes.max())
    slices = [ndimage.binary_fill_holes(large[pieces[..., z]]) for z in range(tissue.shape[2])]
    return BodyMask(np.stack(slices, axis=2), ras_affine @ np.diag([*steps, 1.0]))
