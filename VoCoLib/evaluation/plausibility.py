"""What in a segmentation a person should look at: it may be right, but seldom is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from VoCoLib.evaluation.flags import Code, Flag
from VoCoLib.evaluation.statistics import LabelStatistics
from VoCoLib.files import read_json
from VoCoLib.locations import RESOURCES
from VoCoLib.recipe import Label
from VoCoLib.structure_names import counterparts, words_of

_CUT_CM2 = 0.5  # on an edge of the image, for a structure to be cut by it
_WHOLE = 0.85  # share of the largest piece, for a structure to be in one piece
_PIECE = 0.02  # share of a piece that counts as one
_VOXELS = 2_000_000  # of a structure's box, that are searched for pieces at most
_ONE_PIECE = 0.5  # ml; smaller ones break on a coarse grid


def judge(
    rows: Sequence[LabelStatistics],
    labels: NDArray[np.uint8],
    affine: NDArray[np.float64],
    table: Sequence[Label],
    regions: Collection[str] = (),
) -> list[LabelStatistics]:
    """The measures of structures with a flag for all that is implausible.

    Args:
        rows: the measures, without flags.
        labels: (X, Y, Z) label map.
        affine: its 4x4 index to RAS mm.
        table: the structures that were looked for.
        regions: of the body that the CT shows for certain; a structure without a voxel is flagged
            if it lies in one of them. Lesions never are: most patients have none.
    """
    resource = read_json(RESOURCES / "labels.json")
    normal = {words_of(name): limits for name, limits in resource["normal"].items()}
    there = (name for region in regions for name in resource["regions"].get(region, ()))
    expected = {words_of(name) for name in there}
    boxes = ndimage.find_objects(labels, max_label=255)
    flags: dict[str, list[Flag]] = {row.name: [] for row in rows}
    centres = {}
    for row in rows:
        box, name = boxes[row.value - 1], words_of(row.name)
        if box is None:
            if name in normal and name in expected:
                flags[row.name].append(Flag("absent"))
            continue
        mask = labels[box] == row.value
        centres[row.name] = _centre(mask, box, affine)
        is_cut = _cut_cm2(mask, box, labels.shape, affine) > _CUT_CM2
        flags[row.name] += [Flag("cut")] if is_cut else []
        flags[row.name] += _beyond(row, normal.get(name, {}), is_cut)
        if name in normal and row.millilitres > _ONE_PIECE:
            flags[row.name] += _pieces(mask)
    for right, left in counterparts(table):
        if {right.name, left.name} <= {*centres} and centres[right.name] < centres[left.name]:
            flags[right.name].append(Flag("swapped", {"partner": left.name}))
            flags[left.name].append(Flag("swapped", {"partner": right.name}))
    return [replace(row, flags=tuple(flags[row.name])) for row in rows]


def summary(rows: Sequence[LabelStatistics]) -> str:
    """A result in English sentences: how many structures there are, and which to look at."""
    found = sum(1 for row in rows if row.voxels)
    text = f"{found} of {len(rows)} structures found."
    cut = [row.name for row in rows if any(flag.code == "cut" for flag in row.flags)]
    others = [(row.name, [flag for flag in row.flags if flag.code != "cut"]) for row in rows]
    odd = [f"{name} ({', '.join(map(str, flags))})" for name, flags in others if flags]
    if not cut and not odd:
        return f"{text} Nothing implausible."
    text += f" Look at: {'; '.join(odd)}." if odd else ""
    return text + (f" Cut by the edge of the image: {', '.join(cut)}." if cut else "")


def _beyond(row: LabelStatistics, limits: Mapping[str, Any], is_cut: bool) -> list[Flag]:
    """Volume and mean HU outside what is usual; a part of a structure may be small."""
    result = []
    measured: tuple[tuple[str, float | None, Code, Code], ...] = (
        ("ml", row.millilitres, "small", "large"),
        ("hu", row.mean_hu, "dark", "bright"),
    )
    for key, value, below, above in measured:
        if key not in limits or value is None:
            continue
        low, high = limits[key]
        if value < low and not (key == "ml" and is_cut):
            result.append(Flag(below, {"value": value, "limit": low}))
        if value > high:
            result.append(Flag(above, {"value": value, "limit": high}))
    return result


def _pieces(mask: NDArray[np.bool_]) -> list[Flag]:
    """Whether a structure that should be one piece is in several."""
    step = max(1, round((mask.size / _VOXELS) ** (1 / 3)))
    pieces, _ = ndimage.label(mask[::step, ::step, ::step], np.ones((3, 3, 3)))
    sizes = np.bincount(pieces.ravel())[1:]
    if not sizes.size or sizes.max() >= _WHOLE * sizes.sum():
        return []
    return [Flag("pieces", {"count": int(np.count_nonzero(sizes >= _PIECE * sizes.sum()))})]


def _cut_cm2(
    mask: NDArray[np.bool_],
    box: tuple[slice, ...],
    shape: tuple[int, ...],
    affine: NDArray[np.float64],
) -> float:
    """The largest area in cm2 with which a structure lies on an edge of the image."""
    areas = [0.0]
    for axis in range(3):
        first, second = (affine[:3, other] for other in range(3) if other != axis)
        cm2 = float(np.linalg.norm(np.cross(first, second))) / 100
        for place, edge in ((0, 0), (-1, shape[axis])):
            if edge in (box[axis].start, box[axis].stop):
                areas.append(np.count_nonzero(np.take(mask, place, axis)) * cm2)
    return max(areas)


def _centre(mask: NDArray[np.bool_], box: tuple[slice, ...], affine: NDArray[np.float64]) -> float:
    """How far right (mm) the centre of a structure lies."""
    counts = [mask.sum(axis=tuple(o for o in range(3) if o != axis)) for axis in range(3)]
    index = [
        b.start + np.average(np.arange(c.size), weights=c) for b, c in zip(box, counts, strict=True)
    ]
    return float(affine[0, :3] @ index + affine[0, 3])
