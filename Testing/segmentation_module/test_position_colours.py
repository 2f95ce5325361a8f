"""The colours of the position view, as eyes see them that lack one kind of cone."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("slicer_scene", exc_type=ImportError)
colours = pytest.importorskip("VoCoSegmentationLib.scene.positionColours")

# Linear RGB without L, M or S cones: Machado, Oliveira, Fernandes, IEEE TVCG 15 (2009), severity 1.
SIGHTS = {
    "all cones": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TO_XYZ = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
) / np.array([[0.9505], [1.0], [1.089]])
CLEAR = 20  # CIE 1976 colour difference; 2 is just seen


def lab(rgb: NDArray, sight: str) -> NDArray:
    """CIE L*a*b* (..., 3) of sRGB (..., 3) in 0 to 1."""
    rgb = np.asarray(rgb)
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = (linear @ np.array(SIGHTS[sight]).T).clip(0, 1)
    xyz = seen @ TO_XYZ.T
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    x, y, z = np.moveaxis(f, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def test_the_simulation_knows_what_cannot_be_told_apart() -> None:
    """Or the tests below could not fail: red and green of the same lightness."""
    red, green = (0.80, 0.25, 0.20), (0.42, 0.47, 0.20)
    distance = {s: float(np.linalg.norm(lab(red, s) - lab(green, s))) for s in SIGHTS}
    assert distance["all cones"] > 3 * CLEAR > CLEAR > distance["deuteranopia"]


@pytest.mark.parametrize("sight", SIGHTS)
def test_what_is_true_and_what_is_said_have_colours_of_their_own(sight: str) -> None:
    roles = ("QUERY", "PREDICTED", "BEST", "MATCH")
    seen = {role: lab(getattr(colours, role), sight) for role in roles}
    for one, other in itertools.combinations(roles, 2):
        assert np.linalg.norm(seen[one] - seen[other]) > CLEAR, (one, other)


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("scale", ["SIMILARITY", "ERROR"])
def test_scales_grow_lighter_all_the_way(sight: str, scale: str) -> None:
    lightness = lab(colours.shades(getattr(colours, scale), 64), sight)[:, 0]
    assert (np.diff(lightness) > 0).all()
    assert lightness[-1] - lightness[0] > 60
