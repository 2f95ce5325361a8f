"""The synthetic torso: anatomy, intensities, and the same patient on every grid."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import center_of_mass, distance_transform_edt

from VoCoLib.images.phantom import Phantom, make_phantom

SPLEEN, RIGHT_KIDNEY, LEFT_KIDNEY, GALLBLADDER, OESOPHAGUS, LIVER, STOMACH = range(1, 8)
AORTA, CAVA, PORTAL, PANCREAS, RIGHT_ADRENAL, LEFT_ADRENAL = range(8, 14)
SEEDS = [*range(3), *(pytest.param(n, marks=pytest.mark.long) for n in range(3, 8))]
ROUNDING = 1e-4  # share of voxels that may differ where boxes of other sizes round otherwise
# label: (least ml, most ml, least mean HU, most mean HU)
EXPECTED = {
    SPLEEN: (100, 320, 80, 140),
    RIGHT_KIDNEY: (90, 260, 120, 205),
    LEFT_KIDNEY: (90, 260, 120, 205),
    GALLBLADDER: (15, 55, -15, 30),
    OESOPHAGUS: (10, 27, 25, 65),
    LIVER: (1100, 2300, 80, 125),
    STOMACH: (170, 400, 15, 60),
    AORTA: (50, 115, 100, 180),
    CAVA: (40, 100, 90, 180),
    PORTAL: (13, 40, 110, 200),
    PANCREAS: (45, 110, 55, 105),
    RIGHT_ADRENAL: (3, 11, 35, 90),
    LEFT_ADRENAL: (3, 11, 35, 90),
}


@cache
def get_phantom(seed: int) -> Phantom:
    return make_phantom(seed)


def get_centre(phantom: Phantom, label: int) -> NDArray[np.float64]:
    """Centre of mass of an organ, RAS mm."""
    index = np.array(center_of_mass(phantom.label == label))
    centre: NDArray[np.float64] = phantom.affine[:3, :3] @ index + phantom.affine[:3, 3]
    return centre


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("label", EXPECTED)
def test_organ_has_plausible_volume_and_intensity(seed: int, label: int) -> None:
    phantom = get_phantom(seed)
    inside = phantom.label == label
    least_ml, most_ml, least_hu, most_hu = EXPECTED[label]
    assert least_ml < inside.sum() * 0.027 < most_ml
    assert least_hu < phantom.image[inside].mean() < most_hu


@pytest.mark.parametrize("seed", SEEDS)
def test_organs_lie_where_they_do_in_people(seed: int) -> None:
    phantom = get_phantom(seed)
    centre = {label: get_centre(phantom, label) for label in EXPECTED}
    right, front, up = ({label: c[axis] for label, c in centre.items()} for axis in range(3))
    assert right[LIVER] > 25 and right[SPLEEN] < -60 and right[STOMACH] < -15
    assert right[RIGHT_KIDNEY] > right[RIGHT_ADRENAL] > 10
    assert right[LEFT_KIDNEY] < right[LEFT_ADRENAL] < -10
    assert right[AORTA] < right[CAVA] - 15
    assert min(up[RIGHT_ADRENAL] - up[RIGHT_KIDNEY], up[LEFT_ADRENAL] - up[LEFT_KIDNEY]) > 20
    assert up[OESOPHAGUS] > max(height for label, height in up.items() if label != OESOPHAGUS)
    assert front[GALLBLADDER] > front[PANCREAS] > front[AORTA] > front[LEFT_KIDNEY]


@pytest.mark.parametrize("seed", SEEDS)
def test_gallbladder_touches_the_liver(seed: int) -> None:
    phantom = get_phantom(seed)
    to_liver = distance_transform_edt(phantom.label != LIVER, sampling=3.0)
    assert to_liver[phantom.label == GALLBLADDER].min() <= 6.0


@pytest.mark.parametrize("seed", SEEDS)
def test_surroundings(seed: int) -> None:
    """Air at the corners, lungs only above, bones, fat, and a table behind the patient."""
    phantom = get_phantom(seed)
    image, unlabelled = phantom.image, phantom.label == 0
    assert image.dtype == np.int16 and phantom.label.dtype == np.uint8
    assert -1020 < image[:4, -4:].mean() < -980
    assert image[unlabelled].max() > 300
    lungs = np.abs(image.astype(int) + 820) < 60
    assert lungs[:, 25:, -8:].mean() > 0.15 > 0.02 > lungs[:, 25:, :20].mean()
    assert np.mean(np.abs(image + 100) < 40) > 0.1
    per_row = (image > -500).max(axis=(0, 2))
    first_of_body = np.flatnonzero((image > 20).max(axis=(0, 2)))[0]
    assert per_row[: first_of_body - 1].any(), "no table behind the body"
    assert not phantom.label[:, : first_of_body + 1].any()
    assert not per_row[:1].any() and not per_row[-1:].any(), "cut off behind or in front"


def test_noise_level_and_correlation() -> None:
    """Noise is correlated in the axial plane, independent along z; -1024 HU clips it in air."""
    air = get_phantom(0).image[:, -4:].astype(float) + 1000
    assert 8 < air.std() < 22
    in_plane = np.corrcoef(air[:-1].ravel(), air[1:].ravel())[0, 1]
    across = np.corrcoef(air[..., :-1].ravel(), air[..., 1:].ravel())[0, 1]
    assert in_plane > 0.2 > 0.05 > abs(across)


def test_seed_decides_everything() -> None:
    first, again, other = make_phantom(3), make_phantom(3), make_phantom(4)
    assert np.array_equal(first.image, again.image) and np.array_equal(first.label, again.label)
    overlap = _dice(first.label, other.label)
    assert all(score < 0.97 for score in overlap.values())
    assert overlap[LIVER] > 0.6


def test_grid_is_centred_on_the_origin_in_ras() -> None:
    phantom = make_phantom(0, (4.0, 5.0, 6.0), (361.0, 270.0, 300.0))
    assert phantom.image.shape == phantom.label.shape == (90, 54, 50)
    assert np.array_equal(np.diag(phantom.affine), [4.0, 5.0, 6.0, 1.0])
    middle = (np.array(phantom.image.shape) - 1) / 2
    assert np.allclose(phantom.affine @ [*middle, 1.0], [0, 0, 0, 1])


def test_other_spacing_shows_the_same_patient() -> None:
    """With a third of the spacing, every third voxel lies on a voxel of the coarse grid."""
    coarse = make_phantom(5, (6.0, 6.0, 6.0), (360.0, 270.0, 300.0))
    fine = make_phantom(5, (2.0, 2.0, 2.0), (360.0, 270.0, 300.0))
    assert np.mean(fine.label[1::3, 1::3, 1::3] != coarse.label) < ROUNDING
    difference = fine.image[1::3, 1::3, 1::3].astype(float) - coarse.image
    organs = coarse.label > 0
    assert abs(difference[organs].mean()) < 15


def test_smaller_field_of_view_is_a_crop() -> None:
    whole, part = get_phantom(6), make_phantom(6, size_mm=(240.0, 150.0, 120.0))
    assert part.image.shape == (80, 50, 40)
    assert np.mean(part.label != whole.label[20:100, 20:70, 30:70]) < ROUNDING


def test_slabs_join_without_a_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("VoCoLib.images.phantom.SLAB_VOXELS", 120 * 90 * 7)
    joined, whole = make_phantom(2), get_phantom(2)
    assert np.mean(joined.label != whole.label) < ROUNDING
    assert np.mean(joined.image != whole.image) < ROUNDING


@pytest.mark.parametrize("spacing", [(0.0, 3.0, 3.0), (3.0, -1.0, 3.0), (3.0, 3.0, 500.0)])
def test_empty_grid_is_refused(spacing: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="no voxel of spacing"):
        make_phantom(0, spacing)


def _dice(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> dict[int, float]:
    scores = {}
    for label in EXPECTED:
        a, b = first == label, second == label
        scores[label] = 2 * float((a & b).sum()) / float(a.sum() + b.sum())
    return scores
