"""Base grid and position labels equal the original's, for any position."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from places import FIXTURES

from VoCoLib.method.base_grid import V1_GRID, V2_GRID, BaseGrid

RECORDED = np.load(FIXTURES / "position_labels.npz")
GRIDS = {
    "v1_roi96_n4": V1_GRID,
    "v2_roi64_n3": V2_GRID,
    "v2default_roi64_n4": BaseGrid(n=4),  # never trained, but measured: 4 x 4 bases of 64
}

unhurried = settings(deadline=None)
grids = st.builds(BaseGrid, st.integers(2, 6), st.sampled_from([2, 32, 64, 96]))


def shift(grid: BaseGrid, share_r: float, share_a: float) -> np.ndarray:
    """(1, 3, 2) box inside the grid, placed by shares of the free way along R and A."""
    free = grid.shape[0] - grid.crop
    lower = np.array([share_r * free, share_a * free, 0.0])
    return np.stack([lower, lower + grid.crop], axis=1)[None]


# --- equal to the original -------------------------------------------------------------------


@pytest.mark.parametrize("name", GRIDS)
def test_labels_of_every_centre(name: str) -> None:
    grid, centres = GRIDS[name], RECORDED[f"{name}/centres"]
    both = np.stack(np.meshgrid(centres, centres, indexing="ij"), axis=-1).reshape(-1, 2)
    expected = RECORDED[f"{name}/area_u16"].reshape(len(both), -1) / grid.crop**2
    np.testing.assert_array_equal(grid.labels(grid.query_boxes(both)), expected)
    assert (centres.min(), centres.max() + 1) == grid.centre_range


@pytest.mark.parametrize("name", ["v1_roi96_n4", "v2_roi64_n3"])
def test_boxes_and_seeded_draws(name: str) -> None:
    grid, draws = GRIDS[name], RECORDED[f"{name}/seeded_draws"]
    np.testing.assert_array_equal(grid.base_boxes(), RECORDED[f"{name}/base_bounds"])
    # the original draws from NumPy's old global generator
    old = np.random.RandomState(2024).randint(*grid.centre_range, size=(10, 2))
    np.testing.assert_array_equal(old, draws[:, :2])
    np.testing.assert_array_equal(grid.labels(grid.query_boxes(old)), draws[:, 2:])
    bounds = RECORDED[f"{name}/query_bounds"]
    np.testing.assert_array_equal(grid.query_boxes(bounds[:, :2].mean(2)), bounds)
    np.testing.assert_array_equal(grid.labels(bounds), RECORDED[f"{name}/query_labels"])


# --- for any grid and position ---------------------------------------------------------------


@unhurried
@given(grids, st.floats(0, 1), st.floats(0, 1))
def test_labels_sum_to_one_inside_the_grid(grid: BaseGrid, r: float, a: float) -> None:
    labels = grid.labels(shift(grid, r, a))
    assert labels.shape == (1, grid.bases)
    assert labels.min() >= 0
    assert np.isclose(labels.sum(), 1)
    assert (labels > 0).sum() <= 4


@unhurried
@given(grids)
def test_a_base_has_label_one_in_itself_and_bases_tile_the_volume(grid: BaseGrid) -> None:
    boxes = grid.base_boxes()
    np.testing.assert_array_equal(grid.labels(boxes), np.eye(grid.bases))
    assert (boxes[..., 1] - boxes[..., 0]).prod(1).sum() == np.prod(grid.shape)
    assert boxes.min() == 0
    assert (boxes[..., 1].max(0) == grid.shape).all()


@unhurried
@given(grids, st.integers(-3, 3))
def test_outside_the_grid_labels_sum_to_the_part_inside(grid: BaseGrid, halves: int) -> None:
    box = shift(grid, 0, 0)
    box[0, 2] += halves * grid.crop / 2  # along S, where the grid is one crop thick
    assert np.isclose(grid.labels(box).sum(), max(0, 1 - abs(halves) / 2))


@unhurried
@given(grids, st.floats(0, 1), st.floats(0, 1))
def test_mirrored_boxes_have_mirrored_labels(grid: BaseGrid, r: float, a: float) -> None:
    square = grid.labels(shift(grid, r, a)).reshape(grid.n, grid.n)
    along_r = grid.labels(shift(grid, 1 - r, a)).reshape(grid.n, grid.n)
    exchanged = grid.labels(shift(grid, a, r)).reshape(grid.n, grid.n)
    np.testing.assert_allclose(along_r, square[::-1], atol=1e-9)
    np.testing.assert_allclose(exchanged, square.T, atol=1e-9)


@unhurried
@given(grids, st.integers(0, 2**32 - 1))
def test_drawn_queries_lie_inside(grid: BaseGrid, seed: int) -> None:
    centres = grid.draw_centres(50, np.random.default_rng(seed))
    again = grid.draw_centres(50, np.random.default_rng(seed))
    np.testing.assert_array_equal(centres, again)
    boxes = grid.query_boxes(centres)
    assert boxes.min() >= 0
    assert (boxes[..., 1] <= grid.shape).all()
    assert (boxes[:, :2, 1] < grid.shape[:2]).all()  # the last position is never drawn


def test_every_other_position_is_drawn() -> None:
    centres = BaseGrid(n=2, crop=4).draw_centres(1000, np.random.default_rng(0))
    for axis in (0, 1):
        assert set(centres[:, axis]) == {2, 3, 4, 5}


@pytest.mark.parametrize(("n", "crop"), [(1, 64), (0, 64), (3, 63), (3, 0)])
def test_grids_that_cannot_be_meant(n: int, crop: int) -> None:
    with pytest.raises(ValueError, match=r"2 bases or more|even"):
        BaseGrid(n, crop)


@unhurried
@given(grids)
def test_a_crop_at_a_corner_lies_in_four_bases_alike(grid: BaseGrid) -> None:
    labels = grid.labels(grid.corner_boxes())
    assert labels.shape == ((grid.n - 1) ** 2, grid.bases)
    assert ((labels == 0.25).sum(1) == 4).all() and ((labels == 0).sum(1) == grid.bases - 4).all()
