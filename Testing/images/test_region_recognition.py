"""What a CT shows is recognised, or said to be uncertain; never wrong with confidence."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from places import SHARED

from VoCoLib.images.body_regions import REGIONS, BodyRegions
from VoCoLib.images.geometry import spacing_of, to_ras
from VoCoLib.images.phantom import make_phantom
from VoCoLib.images.region_recognition import find_regions, recognising
from VoCoLib.images.volumes import read_volume

OPENKBP, SAMPLES = SHARED / "data" / "openkbp", SHARED / "data" / "ct_samples"
needs_shared = pytest.mark.skipif(not OPENKBP.is_dir(), reason="shared/data is not here")

Image = tuple[NDArray[np.int16], NDArray[np.float64]]


@pytest.fixture(scope="module")
def torso() -> Image:
    phantom = make_phantom(7, (6.0, 6.0, 6.0))
    return phantom.image, phantom.affine


def real(path: Path) -> BodyRegions:
    volume = read_volume(path)
    return find_regions(volume.array, volume.affine)


def of_group(shown: BodyRegions) -> str:
    """The column of the confusion table."""
    if not shown.certain:
        return "unsure"
    return "head and neck" if {"head", "neck"} & {*shown.extents} else " + ".join(shown.extents)


def test_the_phantom_is_known_as_such(torso: Image) -> None:
    shown = find_regions(*torso)
    assert shown.certain and shown.synthetic and list(shown.extents) == ["chest", "abdomen"]
    assert abs(sum(shown.extents.values()) - 300) < 5
    *steps, last = recognising(*torso)
    assert last == shown and all(not step.certain for step in steps)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_order_and_direction_of_the_axes_do_not_matter(
    torso: Image, order: tuple[int, ...]
) -> None:
    expected = find_regions(*torso)
    for flips in ((False, True, True), (True, False, True)):
        array, affine = torso[0].transpose(order), torso[1][:, [*order, 3]].copy()
        for axis in np.flatnonzero(flips):
            array = np.flip(array, axis)
            affine[:3, 3] += affine[:3, axis] * (array.shape[axis] - 1)
            affine[:3, axis] *= -1
        shown = find_regions(array, affine)
        assert [*shown.extents] == [*expected.extents] and shown.synthetic
        for region, mm in expected.extents.items():
            assert abs(shown.extents[region] - mm) < 15


def test_what_is_no_ct_is_not_recognised(torso: Image) -> None:
    array, affine = torso
    doubt = find_regions(np.clip(array + 1000, 0, 255), affine).doubt
    assert "HU" in doubt and "for MRI" in doubt
    small = np.full_like(array, -1000)
    small[20:24, 20:24, 10:30] = 40
    assert "no body" in find_regions(small, affine).doubt
    assert find_regions(array[25:35, 15:30, 20:40], affine).doubt  # inside the liver


@pytest.mark.parametrize(
    ("tissue", "bone", "doubt"),
    [(0, 0, "no bones"), (40, 0, "no bones"), (40, 40, "like none that are known")],
)
def test_a_cylinder_is_no_patient(tissue: int, bone: int, doubt: str) -> None:
    """Of water or muscle, as for quality control; with more bone than anybody has."""
    x, y = np.mgrid[:80, :80] - 40
    distance = np.hypot(4 * x, 4 * y)
    hu = np.where(distance < 110, tissue, -1000)
    hu[distance < 2 * bone] = 900
    noise = np.random.default_rng(0).normal(0, 10, (80, 80, 40))
    shown = find_regions(np.round(hu[..., None] + noise).astype(np.int16), np.diag([4, 4, 5, 1.0]))
    assert doubt in shown.doubt


@needs_shared
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("example_ct.nii.gz", ["abdomen", "pelvis"]),
        ("example_ct_dicom", ["abdomen"]),
        ("CT_pitch.nii.gz", []),
    ],
)
def test_other_cts(name: str, expected: list[str]) -> None:
    shown = real(SAMPLES / name)
    assert [*shown.extents] == expected
    assert shown.certain == bool(expected) and not shown.synthetic


@needs_shared
def test_parts_of_a_ct() -> None:
    """Also of a part nothing else is claimed; the levels are those of TotalSegmentator's bones."""
    volume = read_volume(SAMPLES / "example_ct.nii.gz")
    array, affine = to_ras(volume.array, volume.affine)
    step = spacing_of(affine)[2]
    for mm in (40, 100, 160):
        count = int(mm / step)
        for start in range(0, array.shape[2] - count + 1, count):
            shown = find_regions(array[..., start : start + count], affine)
            assert not shown.certain or {*shown.extents} <= {"abdomen", "pelvis"}
    pelvis = find_regions(array[..., :30], affine)
    assert pelvis.certain and [*pelvis.extents] == ["pelvis"]


@needs_shared
def test_heads_and_necks() -> None:
    patients = json.loads((OPENKBP / "splits.json").read_text())["val"]
    shown = [real(OPENKBP / patient["image"]) for patient in patients[::4]]
    assert {of_group(regions) for regions in shown} == {"head and neck"}
    assert not any(regions.synthetic for regions in shown)
    assert {region for regions in shown for region in regions.extents} <= {*REGIONS[:3]}


@needs_shared
@pytest.mark.long
def test_all_heads_and_necks() -> None:
    """The confusion table of Docs/regions.md; one of the 166 shows shoulders only."""
    table = [of_group(real(path)) for path in sorted((OPENKBP / "imagesTr").glob("*.nii.gz"))]
    assert table.count("head and neck") >= 165
    assert {*table} <= {"head and neck", "chest", "unsure"}
