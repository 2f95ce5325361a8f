"""How a CT becomes what training draws crops from: the settings, and presets by body region."""

from __future__ import annotations

from dataclasses import dataclass

from VoCoLib.errors import InputError
from VoCoLib.method.base_grid import V1_GRID, V2_GRID, BaseGrid
from VoCoLib.recipe import Preprocessing

_ABDOMEN_HU = (-175.0, 250.0)
_LUNG_HU = (-1000.0, 500.0)
_TINY_GRID = BaseGrid(n=3, crop=42, input_edge=42)
_COARSE_GRID = BaseGrid(n=3, crop=34, input_edge=34)


@dataclass(frozen=True)
class Preparation:
    """What is done once to a CT, before crops are drawn, in this order.

    Attributes:
        spacing: voxel size along R, A, S in mm; None keeps the image's.
        hu_window: HU that become 0 and 1; values outside are clipped.
        foreground_above: cut to the box of voxels above this value of 0..1; None: no cut.
        pad: edges shorter than this many voxels are padded with zeros on both sides.
        shape: the result is stretched or squeezed to these voxels; None: it is not.
    """

    spacing: tuple[float, float, float] | None
    hu_window: tuple[float, float]
    foreground_above: float | None = 0.0
    pad: int = 0
    shape: tuple[int, int, int] | None = None


def preparation_of(recipe: Preprocessing) -> Preparation:
    """The preparation for fine-tuning a model with this preprocessing."""
    foreground = 0.0 if recipe.foreground_crop else None
    return Preparation(recipe.spacing, recipe.hu_window, foreground)


@dataclass(frozen=True)
class PretrainingPreset:
    """A preparation and the grid of base crops that belongs to it.

    Attributes:
        description: which CTs it is for.
        preparation: of the volumes. Where its shape is the grid's, the grid covers the whole body;
            else a box of the grid's shape is drawn from the volume.
        grid: of the base crops.
        turned: flip a fifth of the crops along each axis and turn a fifth by quarters, each by
            itself, as published. Their labels do not follow, so that sides look alike.
    """

    description: str
    preparation: Preparation
    grid: BaseGrid = V2_GRID
    turned: bool = True


PRESETS = {
    "abdomen": PretrainingPreset(
        "Abdomen and trunk; a grid covers 288 x 288 x 96 mm.",
        Preparation((1.5, 1.5, 1.5), _ABDOMEN_HU),
    ),
    "chest": PretrainingPreset(
        "Chest, in the lung window; a grid covers 240 x 240 x 320 mm.",
        Preparation((1.25, 1.25, 5.0), _LUNG_HU),
    ),
    # published for head and neck, mixed regions and, with the same numbers, for DeepLesion's slabs
    "head-neck": PretrainingPreset(
        "Head and neck, short slabs, mixed regions; a grid covers the whole body.",
        Preparation((1.5, 1.5, 1.5), _ABDOMEN_HU, pad=64, shape=V2_GRID.shape),
    ),
    # a crop of 42^3 is worked off in less than a quarter of the time of 64^3: its 21^3 tokens fill
    # 27 windows of attention, the 32^3 of the other need 125; the padding is the same 96 mm
    "tiny": PretrainingPreset(
        "As head-neck with crops of 42^3, for small machines; a grid covers the whole body.",
        Preparation((3.0, 3.0, 3.0), _ABDOMEN_HU, pad=32, shape=_TINY_GRID.shape),
        _TINY_GRID,
        turned=False,  # this project's own; it finds more places so, see Docs/evidence.md
    ),
    # a crop of 34^3 takes half the time of 42^3; voxels are those that a fine-tuning at 5 mm sees
    "coarse": PretrainingPreset(
        "Any region at 5 mm, in minutes, to fine-tune from; a grid covers 510 x 510 x 170 mm.",
        Preparation((5.0, 5.0, 5.0), _ABDOMEN_HU),
        _COARSE_GRID,
        turned=False,
    ),
    "v1": PretrainingPreset(
        "The CVPR 2024 version; a grid covers the whole body.",
        Preparation(None, _ABDOMEN_HU, foreground_above=0.3, shape=V1_GRID.shape),
        V1_GRID,
    ),
}


def find_preset(name: str) -> PretrainingPreset:
    """The preset of this name; raises InputError, which names all."""
    if name not in PRESETS:
        raise InputError(f"There is no preset {name!r}.", f"There are: {', '.join(PRESETS)}.")
    return PRESETS[name]
