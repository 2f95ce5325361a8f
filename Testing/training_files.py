"""Small CT files for the tests of the training data: a body in air, and what can be wrong."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from VoCoLib.training.data.datasets import Case

SHAPE = (30, 26, 20)
AFFINE = np.diag([-3.0, 3.0, 4.0, 1.0])  # stored towards the left


def make_ct(seed: int = 0) -> NDArray[np.int16]:
    """Soft tissue with fat round it in air; each seed has other noise and a bone elsewhere."""
    rng = np.random.default_rng(seed)
    ct = np.full(SHAPE, -1000.0)
    ct[3:24, 4:20, 2:18] = -90
    ct[5:22, 6:18, 2:18] = 45
    x = int(rng.integers(6, 18))
    ct[x : x + 3, 8:11, 2:18] = 700
    return (ct + rng.integers(-20, 20, SHAPE)).astype(np.int16)


def make_labels(ct: NDArray) -> NDArray[np.uint8]:
    """1 where there is soft tissue, 2 in its lower half."""
    labels = (ct > 0).astype(np.uint8)
    labels[:, :, :10] *= 2
    return labels


def write(path: Path, array: NDArray, affine: NDArray = AFFINE) -> Path:
    """Writes a NIfTI file and the folders on the way."""
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(nib.Nifti1Image(array, affine), path)
    return path


def write_cases(folder: Path, count: int, labels: bool = False) -> list[Case]:
    """Cases 0, 1, ... in a folder with a difficult name."""
    cases = []
    for seed in range(count):
        ct = make_ct(seed)
        image = write(folder / "Müller, CT" / f"case {seed}.nii.gz", ct)
        label = folder / "labels" / f"case {seed}.nii.gz"
        cases.append(Case(image, write(label, make_labels(ct)) if labels else None))
    return cases
