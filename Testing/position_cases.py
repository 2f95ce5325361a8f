"""Small bodies, grids and networks for the tests of the position view."""

from __future__ import annotations

import itertools

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from VoCoLib.method.base_grid import BaseGrid
from VoCoLib.method.presets import Preparation
from VoCoLib.networks.projection_head import ProjectionHead
from VoCoLib.positions.model import PositionModel
from VoCoLib.positions.placement import Placement

GRID = BaseGrid(n=3, crop=16, input_edge=16)
WINDOW = (-175.0, 250.0)
AFFINE = np.array([[2.0, 0, 0, -50], [0, 2.5, 0, 30], [0, 0, 3.0, 200], [0, 0, 0, 1]])
NATIVE = Placement(Preparation((2.5, 2.5, 2.5), WINDOW), GRID)
FIT = Placement(Preparation((2.5, 2.5, 2.5), WINDOW, pad=4, shape=GRID.shape), GRID)
FEATURES = 48


class SmallEncoder(nn.Module):
    """Convolutions and pooling; what an encoder needs for crops of any size, and quick.

    Attributes:
        crops: that went through it.
    """

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(5)
        self.fine = nn.Conv3d(1, FEATURES // 2, 3, stride=2)
        self.coarse = nn.Conv3d(FEATURES // 2, FEATURES, 3, stride=2)
        self.crops = 0

    def forward(self, crops: Tensor) -> Tensor:
        self.crops += len(crops)
        return self.coarse(self.fine(crops).relu()).relu().mean((2, 3, 4))


def make_model(placement: Placement, head: bool) -> PositionModel:
    """A network with random weights, with or without a projection head."""
    encoder = SmallEncoder()
    projection = ProjectionHead(FEATURES, 32) if head else None
    return PositionModel(encoder, projection, placement, "random", "cpu")


def forwards(model: PositionModel) -> int:
    """Crops that went through a model of make_model."""
    count = model._encoder.crops
    assert isinstance(count, int)
    return count


def make_body(seed: int = 0, shape: tuple[int, int, int] = (64, 48, 44)) -> NDArray[np.int16]:
    """An ellipse of tissue in air, with blobs of fat, organs, lung and bone, all different."""
    rng = np.random.default_rng(seed)
    place = np.meshgrid(*(np.linspace(-1, 1, n) for n in shape), indexing="ij")
    x, y, _ = place
    hu = np.where(x**2 + y**2 < 0.85, 40.0, -1000.0)
    for value in (-100, 80, -800, 120, 400, 60, -60, 150, -700, 100, 300, 20) * 3:
        centre, radius = rng.uniform(-0.7, 0.7, 3), rng.uniform(0.1, 0.25)
        near = sum((c - p) ** 2 for c, p in zip(place, centre, strict=True)) < radius**2
        hu[near & (x**2 + y**2 < 0.8)] = value
    noise = rng.normal(0, 8, shape)
    return np.clip(hu + noise, -1024, 3071).astype(np.int16)


BODY = make_body()
MODES = {"fit": FIT, "native": NATIVE}
ORIENTATIONS = [
    (axes, flips)
    for axes in itertools.permutations(range(3))
    for flips in itertools.product((False, True), repeat=3)
]


def stored(
    array: np.ndarray, affine: np.ndarray, axes: tuple[int, ...], flips: tuple[bool, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """The same image with its axes permuted and flipped."""
    order = np.eye(4)[:, [*axes, 3]]
    array, affine = array.transpose(axes), affine @ order
    for axis, flip in enumerate(flips):
        if flip:
            back = np.eye(4)
            back[axis, axis], back[axis, 3] = -1, array.shape[axis] - 1
            array, affine = np.flip(array, axis), affine @ back
    return array, affine


def turned(affine: np.ndarray, degrees: float, axis: int) -> np.ndarray:
    """The affine of a patient who lies turned about an axis."""
    angle = np.deg2rad(degrees)
    first, second = (a for a in range(3) if a != axis)
    turn = np.eye(4)
    turn[[first, first, second, second], [first, second, first, second]] = (
        np.cos(angle), -np.sin(angle), np.sin(angle), np.cos(angle)
    )  # fmt: skip
    return turn @ affine
