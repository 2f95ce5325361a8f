"""Recognises the regions of the body in a CT, by what its axial slices look like.

Each slice is compared with what the regions look like; which they are is then decided for all
together, since they follow each other from the head down (a hidden Markov model, Rabiner,
Proceedings of the IEEE 1989). numpy and scipy are all that it needs, so that it runs in Slicer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from VoCoLib.errors import ONLY_CT
from VoCoLib.images.body_regions import REGIONS, BodyRegions
from VoCoLib.images.hounsfield import hu_warnings

_LEAST_MM = 30.0  # of a region, for it to be shown
_SURE = 0.85  # mean probability of the likeliest region

_MOST_MM = (4.0, 4.0, 5.0)  # between the voxels that are looked at, unless the image is coarser
_TISSUE_HU, _AIR_HU, _BONE_HU, _NO_DATA_HU = -300.0, -400.0, 250.0, -1000.0
_FAT_HU = -300.0, -30.0
_PHANTOM_LUNG_HU = -820.0  # all of it: VoCoLib.images.phantom.LUNG
_LEAST_BONE = 0.004  # share of a patient's slices; phantoms of water have none
_LEAST_CM2 = 15.0  # of a body; slices with less are not looked at


@dataclass(frozen=True)
class _Slice:
    """What is measured in an axial slice.

    area, width: of the body, cm2 and mm; depth: share of the width. air, bone: inside it, share of
    what is not fat. enclosed: by a closed ring of bone, share of the area. lateral: the largest
    piece of bone on the side that has the smaller one, cm2. second: the second largest piece of
    the body, share of the largest. cut: share of the outline that lies on the edge of the image.
    lung: voxels inside a lung; uniform: those of them that have the phantom's value.
    """

    area: float
    width: float
    depth: float
    air: float
    bone: float
    enclosed: float
    lateral: float
    second: float
    cut: float
    lung: int
    uniform: int


# What each region looks like: lowest and highest usual value, and how far beyond is unlikely.
_LOOKS: Mapping[str, Mapping[str, tuple[float, float, float]]] = {
    "head": {
        "area": (50, 420, 80),
        "width": (90, 250, 40),
        "air": (0, 0.14, 0.06),
        "bone": (0.10, 0.40, 0.04),
        "second": (0, 0.1, 0.15),
    },
    "neck": {
        "area": (50, 240, 50),
        "width": (80, 230, 40),
        "air": (0.002, 0.10, 0.05),
        "bone": (0.03, 0.20, 0.05),
        "enclosed": (0, 0.10, 0.08),
        "second": (0, 0.1, 0.15),
    },
    "shoulders": {
        "area": (180, 900, 80),
        "width": (260, 600, 40),
        "air": (0, 0.20, 0.06),
        "bone": (0.07, 0.20, 0.025),
        "enclosed": (0, 0.05, 0.04),
        "lateral": (5, 100, 5),
        "depth": (0.15, 0.50, 0.05),
    },
    "chest": {
        "area": (100, 1500, 60),
        "width": (150, 600, 50),
        "air": (0.16, 0.70, 0.04),
        "bone": (0.01, 0.12, 0.03),
        "enclosed": (0, 0.05, 0.04),
    },
    "abdomen": {
        "area": (120, 2000, 60),
        "width": (150, 600, 50),
        "air": (0, 0.13, 0.04),
        "bone": (0.001, 0.04, 0.012),
        "enclosed": (0, 0.03, 0.03),
        "lateral": (0, 7, 3),
    },
    "pelvis": {
        "area": (120, 2000, 60),
        "width": (180, 480, 50),
        "air": (0, 0.05, 0.02),
        "bone": (0.035, 0.20, 0.012),
        "enclosed": (0, 0.06, 0.05),
        "lateral": (10, 120, 3),
        "depth": (0.45, 1.0, 0.05),
    },
    "legs": {
        "area": (30, 700, 100),
        "width": (60, 480, 60),
        "air": (0, 0.002, 0.004),
        "bone": (0.03, 0.25, 0.03),
        "second": (0.4, 1.0, 0.2),
    },
}
_STATES = tuple(_LOOKS)
_REGION_OF = {"shoulders": "chest"}
_UNLIKELY = -12.0  # the least that a slice says against a region: one may be an artefact
_LEAP = 40.0  # against a region that does not follow the one above, as log probability
_STEP = 3.0  # against the next one


def find_regions(array: NDArray, affine: NDArray[np.float64]) -> BodyRegions:
    """Recognises the regions of the body in a CT.

    Args:
        array: (X, Y, Z) HU, index axes in any orientation.
        affine: its 4x4 index to RAS mm.
    """
    *_, result = recognising(array, affine)
    return result


def recognising(array: NDArray, affine: NDArray[np.float64]) -> Iterator[BodyRegions]:
    """find_regions in steps of a few milliseconds: the last of what it yields is the result."""
    sample, spacing = _sample(array, affine)
    if hu_warnings(sample):
        yield BodyRegions({}, f"its voxels do not look like HU. {ONLY_CT[:-1]}")
        return
    slices = []
    for z in range(sample.shape[2]):
        slices.append(_measure(np.asarray(sample[..., z], np.float32), spacing))
        yield BodyRegions({}, "it is still being looked at")
    yield _decide(slices, float(spacing[2]))


def _sample(array: NDArray, affine: NDArray[np.float64]) -> tuple[NDArray, NDArray[np.float64]]:
    """Every so many voxels, axes towards right, anterior, superior; and their distances in mm."""
    sizes = np.linalg.norm(affine[:3, :3], axis=0)
    share = affine[:3, :3] / sizes  # [r, a or s; index axis]
    order = [0, 0, 0]
    for _ in range(3):  # the clearest axis first
        world, axis = np.unravel_index(np.abs(share).argmax(), (3, 3))
        order[world] = int(axis)
        if affine[world, axis] < 0:
            array = np.flip(array, axis)
        share = share.copy()
        share[world], share[:, axis] = 0, 0
    steps = [max(1, int(m / sizes[axis] + 1e-6)) for m, axis in zip(_MOST_MM, order, strict=True)]
    turned = array.transpose(order)[:: steps[0], :: steps[1], :: steps[2]]
    return turned, sizes[order] * steps


def _measure(hu: NDArray[np.float32], spacing: NDArray[np.float64]) -> _Slice | None:
    """What is seen in a slice (x, y) of HU; None without a body."""
    cm2, (dx, dy) = spacing[0] * spacing[1] / 100, spacing[:2]
    pieces, _ = ndimage.label(hu > _TISSUE_HU)
    sizes = np.bincount(pieces.ravel(), minlength=2)
    sizes[0] = 0
    if sizes.max() * cm2 < _LEAST_CM2:
        return None
    body = ndimage.binary_fill_holes(pieces == sizes.argmax())
    area = np.count_nonzero(body)
    columns = np.flatnonzero(body.any(axis=1))
    inner = ndimage.binary_erosion(body, iterations=max(1, round(8 / dx)))
    bone = body & (hu > _BONE_HU)
    ring = ndimage.binary_closing(np.pad(bone, 3), iterations=2)[3:-3, 3:-3]
    enclosed = ndimage.binary_fill_holes(ring) & ~ring
    lean = np.count_nonzero(body & ~((hu > _FAT_HU[0]) & (hu < _FAT_HU[1]))) or 1
    lung = hu[
        inner & (ndimage.maximum_filter(hu, 3) < -650) & (ndimage.minimum_filter(hu, 3) > -960)
    ]
    width = (columns[-1] - columns[0] + 1) * dx
    depth = np.count_nonzero(body.any(axis=0)) * dy
    outline = 2 * (width + depth)
    cut = dy * (body[0].sum() + body[-1].sum()) + dx * (body[:, 0].sum() + body[:, -1].sum())
    return _Slice(
        area=area * cm2,
        width=float(width),
        depth=float(depth / width),
        # what was blanked out (lower than any air) is no air
        air=np.count_nonzero(inner & (hu < _AIR_HU) & (hu > _NO_DATA_HU - 20)) / lean,
        bone=np.count_nonzero(bone) / lean,
        enclosed=np.count_nonzero(enclosed) / area,
        lateral=_lateral_bone(ring | enclosed, columns, dx) * cm2,
        second=float(np.sort(sizes)[-2] / area) if len(sizes) > 2 else 0.0,
        cut=float(cut / outline),
        lung=lung.size,
        uniform=int(np.count_nonzero(np.abs(lung - _PHANTOM_LUNG_HU) < 50)),
    )


def _lateral_bone(bone: NDArray[np.bool_], columns: NDArray[np.intp], dx: float) -> int:
    """Voxels of the largest piece of bone beside the midline, on the side that has less."""
    pieces, count = ndimage.label(bone)
    if count < 2:
        return 0
    sizes = np.bincount(pieces.ravel())[1:]
    centres = np.array(ndimage.center_of_mass(bone, pieces, range(1, count + 1)))[:, 0]
    offset = (centres - columns.mean()) * dx
    sides = [sizes[offset < -35], sizes[offset > 35]]
    return min(int(side.max()) if side.size else 0 for side in sides)


def _decide(slices: list[_Slice | None], step: float) -> BodyRegions:
    """The regions of all slices, bottom to top, which lie step mm apart."""
    seen = [s for s in reversed(slices) if s is not None]
    if not seen:
        return BodyRegions({}, "no body was found")
    likelihood = np.array([[_likelihood(state, s) for state in _STATES] for s in seen])
    chance = _smooth(likelihood, step)
    extents = {
        region: float(
            sum(chance[:, i].sum() for i, s in enumerate(_STATES) if _REGION_OF.get(s, s) == region)
            * step
        )
        for region in REGIONS
    }
    total = step * len(seen)
    shown = {r: mm for r, mm in extents.items() if mm >= min(_LEAST_MM, 0.6 * total)}
    doubt = ""
    if np.median([s.cut for s in seen]) > 0.35:
        doubt = "the image shows only a part of the body's cross-section"
    elif np.median([s.bone for s in seen]) < _LEAST_BONE:
        doubt = "no bones were found in it"
    elif _grouped(chance).max(axis=1).mean() < _SURE or likelihood.max(axis=1).mean() < -4:
        doubt = "its slices look like none that are known"
    lung = sum(s.lung for s in seen)
    uniform = sum(s.uniform for s in seen)
    return BodyRegions(shown, doubt, lung >= 300 and uniform > 0.95 * lung)


def _grouped(chance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities (slice, group): where the head ends is a matter of taste."""
    groups = ("head", "neck"), ("shoulders", "chest"), ("abdomen",), ("pelvis",), ("legs",)
    columns = [[_STATES.index(state) for state in group] for group in groups]
    return np.stack([chance[:, column].sum(axis=1) for column in columns], axis=1)


def _likelihood(state: str, measured: _Slice) -> float:
    """How well a slice looks like a region: 0 at best, a logarithm."""
    total = 0.0
    for name, (low, high, scale) in _LOOKS[state].items():
        value = getattr(measured, name)
        beyond = max(low - value, value - high, 0.0) / scale
        total -= beyond * beyond
    return max(total, _UNLIKELY)


def _smooth(likelihood: NDArray[np.float64], step: float) -> NDArray[np.float64]:
    """Probabilities (slice, state) given all slices from the top down, by forward-backward."""
    count = len(_STATES)
    place = np.arange(count)
    change = np.full((count, count), -_LEAP)
    change[place, place] = 0
    change[place[:-1], place[1:]] = -_STEP
    weighted = likelihood * min(1.0, step / 10)  # neighbouring slices are not independent
    forward, backward = np.zeros_like(weighted), np.zeros_like(weighted)
    weighted[[0, -1], _STATES.index("shoulders")] -= _STEP  # few scans begin or end there
    forward[0] = weighted[0]
    for i in range(1, len(weighted)):
        forward[i] = np.logaddexp.reduce(forward[i - 1][:, None] + change, axis=0) + weighted[i]
    for i in range(len(weighted) - 2, -1, -1):
        backward[i] = np.logaddexp.reduce(change + weighted[i + 1] + backward[i + 1], axis=1)
    both = forward + backward
    result: NDArray[np.float64] = np.exp(both - np.logaddexp.reduce(both, axis=1)[:, None])
    return result
