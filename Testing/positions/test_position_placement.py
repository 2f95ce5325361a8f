"""The grid lies where it is said to, in any image; crops and labels are those of pre-training."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from places import FIXTURES
from position_cases import (
    AFFINE,
    BODY,
    FIT,
    GRID,
    MODES,
    NATIVE,
    ORIENTATIONS,
    WINDOW,
    stored,
    turned,
)

from VoCoLib.errors import InputError
from VoCoLib.images.body import find_body
from VoCoLib.images.coordinates import sub_grid, to_mm, to_voxels
from VoCoLib.method.base_grid import V2_GRID, BaseGrid
from VoCoLib.method.crops import Augmentation, cut
from VoCoLib.method.presets import PRESETS, Preparation
from VoCoLib.positions.grid import crop_box
from VoCoLib.positions.placement import PlacedVolume, Placement, place, placement_from_record

RECORDED = np.load(FIXTURES / "position_labels.npz")
unhurried = settings(deadline=None)


PLACED = {mode: place(BODY, AFFINE, "body", placement) for mode, placement in MODES.items()}


@pytest.fixture(scope="module", params=MODES)
def placed(request: pytest.FixtureRequest) -> PlacedVolume:
    return PLACED[request.param]


# --- where voxels lie --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "preparation",
    [
        Preparation((2.5, 2.5, 2.5), WINDOW),
        Preparation((2.5, 2.5, 2.5), WINDOW, pad=50),
        Preparation((2.5, 2.5, 2.5), WINDOW, pad=50, shape=GRID.shape),
        Preparation(None, WINDOW, foreground_above=0.3, shape=GRID.shape),
        Preparation((4.0, 3.0, 2.0), WINDOW, foreground_above=None),
    ],
)
@pytest.mark.parametrize("orientation", ORIENTATIONS[::7])
def test_prepared_voxels_are_where_their_affine_says(
    preparation: Preparation, orientation: tuple
) -> None:
    """Brightness grows towards right, anterior and superior, so it tells the place."""
    gradient = np.array([0.6, 0.9, 0.7])
    index = np.stack(np.indices((40, 42, 45)), axis=-1)
    affine = turned(AFFINE, 20, 0)
    centre = to_mm(affine, np.array([20, 21, 22]))
    hu = (to_mm(affine, index) - centre) @ gradient + 50
    hu[:6] = hu[:, -8:] = hu[:, :, :5] = -1000  # cut away
    array, stored_affine = stored(hu.astype(np.float32), affine, *orientation)
    found = place(array, stored_affine, "ramp", Placement(preparation, GRID))
    voxels = np.stack(np.indices(found.image.shape), axis=-1)
    points = to_mm(found.affine, voxels.astype(float))
    expected = ((points - centre) @ gradient + 50 - WINDOW[0]) / (WINDOW[1] - WINDOW[0])
    within = to_voxels(affine, points)
    inside = ((within > [8, 2, 7]) & (within < [37, 31, 42])).all(-1)
    assert inside.sum() > 1000
    np.testing.assert_allclose(found.image.numpy()[inside], expected[inside].clip(0, 1), atol=2e-3)


def test_fit_is_the_preparation_of_training() -> None:
    found = place(BODY, AFFINE, "body", Placement(Preparation(None, WINDOW, None), GRID))
    preparation = Preparation(None, WINDOW, None, shape=GRID.shape)
    squeezed = place(BODY, AFFINE, "body", Placement(preparation, GRID))
    image = found.image[None, None]
    expected = F.interpolate(image, GRID.shape, mode="trilinear", align_corners=True)[0, 0]
    torch.testing.assert_close(squeezed.image, expected)


# --- layers ------------------------------------------------------------------------------------


@unhurried
@given(st.integers(2, 90), st.integers(2, 70), st.integers(2, 120))
def test_native_grids_cover_the_body(x: int, y: int, z: int) -> None:
    tissue = np.full((x, y, z), 40, np.int16)
    found = place(tissue, np.diag([2.5, 2.5, 2.5, 1]), "block", NATIVE)
    starts = [grid.corner[2] for grid in found.grids]
    if z <= GRID.crop:
        assert starts == [-((GRID.crop - z) // 2)]
    else:
        assert (starts[0], starts[-1] + GRID.crop) == (0, z)
        assert max(np.diff(starts)) <= GRID.crop
    for axis, size in enumerate((x, y)):
        corner, extent = found.grids[0].corner[axis], GRID.shape[axis]
        before, after = corner, size - corner - extent
        assert abs(before - after) <= 1  # centred
    assert bool(found.warnings) == (min(x, y) < GRID.shape[0] or z < GRID.crop)


@pytest.mark.parametrize("z", [40, 16, 11])
def test_a_point_belongs_to_the_closest_layer(z: int) -> None:
    tissue = np.full((30, 30, z), 40, np.int16)
    found = place(tissue, np.diag([2.5, 2.5, 2.5, 1]), "block", NATIVE)
    middles = [grid.corner[2] + 7.5 for grid in found.grids]
    for height in np.linspace(-0.5, z - 0.5, 50):
        chosen = middles[found.layer(np.array([15, 15, height]))]
        assert np.isclose(abs(chosen - height), np.abs(np.array(middles) - height).min())


def test_small_bodies_are_told_of() -> None:
    thin = np.full((60, 60, 5), 40, np.int16)
    affine = np.diag([2.5, 2.5, 2.5, 1])
    (native,) = place(thin, affine, "thin", NATIVE).warnings
    assert native == (
        "Along superior-inferior the body has 5 voxels for 16 of the grid: the rest is air."
    )
    (fit,) = place(thin, affine, "thin", FIT).warnings
    assert "stretched" in fit


# --- cells, queries and labels -----------------------------------------------------------------


@pytest.mark.parametrize("name", ["v1_roi96_n4", "v2_roi64_n3"])
def test_labels_of_placed_queries_equal_the_original(name: str) -> None:
    """A CT of exactly the grid's size: a point in mm gets the label of the centre drawn there."""
    roi, n = int(RECORDED[f"{name}/roi"]), int(RECORDED[f"{name}/n"])
    grid = BaseGrid(n, roi)
    tissue = np.full(grid.shape, 40, np.int16)
    affine = sub_grid(turned(AFFINE, 30, 2), np.zeros(3), 1 / np.array([2, 2.5, 3]))
    found = place(tissue, affine, "block", Placement(Preparation((1, 1, 1), WINDOW, None), grid))
    (layer,) = found.grids
    for x, y, *expected in RECORDED[f"{name}/seeded_draws"]:
        voxel = found.voxel(to_mm(affine, np.array([x - 0.5, y - 0.5, 3])))
        label = layer.labels(layer.query_box(voxel)[None])[0]
        np.testing.assert_allclose(label, expected, atol=1e-9)


def test_the_centre_of_a_cell_is_asked_by_its_own_base(placed: PlacedVolume) -> None:
    for grid in placed.grids:
        for number, (centre, base) in enumerate(
            zip(grid.cell_centres, grid.base_boxes(), strict=True)
        ):
            box = grid.query_box(to_voxels(placed.affine, centre))
            np.testing.assert_array_equal(box, base)
            np.testing.assert_array_equal(grid.labels(box[None])[0], np.eye(9)[number])
            np.testing.assert_allclose(grid.centre(box), centre, atol=1e-9)
            np.testing.assert_allclose(grid.corners(box).mean(0), centre, atol=1e-9)
            cell = to_mm(grid.cells_affine, np.array([number // 3, number % 3, 0]))
            np.testing.assert_allclose(cell, centre, atol=1e-9)


def test_cells_tile_the_grid(placed: PlacedVolume) -> None:
    """Neighbours share four corners; column 1 is the leftmost, row 1 the most posterior."""
    grid = placed.grids[0]
    corners = [grid.corners(box) for box in grid.base_boxes()]
    np.testing.assert_allclose(corners[0][4:], corners[3][:4])
    np.testing.assert_allclose(corners[0][[2, 3, 6, 7]], corners[1][[0, 1, 4, 5]])
    assert grid.cell_centres[3, 0] > grid.cell_centres[0, 0]
    assert grid.cell_centres[1, 1] > grid.cell_centres[0, 1]


@unhurried
@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.sampled_from(list(MODES)))
def test_labels_sum_to_one_wherever_the_crop_fits(r: float, a: float, s: float, mode: str) -> None:
    found = PLACED[mode]
    half, last = GRID.crop / 2, GRID.shape[0] - GRID.crop / 2
    layer = found.grids[int(s * (len(found.grids) - 1))]
    at = np.array([half + r * (last - half), half + a * (last - half), s * GRID.crop]) - 0.5
    box = layer.query_box(at + layer.corner)
    labels = layer.labels(box[None])[0]
    # a point on the very border is rounded to the crop beyond it
    outside = max(0, *(box[:2, 1] - layer.corner[:2] - GRID.shape[0])) / GRID.crop
    assert outside <= 1 / GRID.crop
    assert np.isclose(labels.sum(), 1) or (outside and labels.sum() >= (1 - outside) ** 2 - 1e-9)
    assert (labels > 0).sum() <= 4


@unhurried
@given(st.floats(-60, 120), st.floats(-60, 120))
def test_outside_the_grid_labels_sum_to_the_part_inside(r: float, a: float) -> None:
    layer = PLACED["fit"].grids[0]
    box = layer.query_box(np.array([r, a, 7.5]))
    inside = [min(high, 48) - max(low, 0) for low, high in box[:2].tolist()]
    expected = max(0, inside[0]) * max(0, inside[1]) / GRID.crop**2
    assert np.isclose(layer.labels(box[None]).sum(), expected)


def test_whether_a_point_lies_in_the_grid(placed: PlacedVolume) -> None:
    layer = placed.grids[0]
    edge = np.array(layer.corner) - 0.5
    assert layer.contains(edge + np.array([0, 0, 16]))
    assert not layer.contains(edge + np.array([5, 5, 16.01]))
    assert not layer.contains(edge + np.array([5, 5, -0.01]))
    assert layer.contains(edge + np.array([48, 48, 0]))
    assert not layer.contains(edge + np.array([-0.01, 5, 0]))
    assert not layer.contains(edge + np.array([5, 48.01, 0]))


# --- crops -------------------------------------------------------------------------------------


@pytest.mark.parametrize("grid", [GRID, BaseGrid(n=2, crop=24, input_edge=16)])
def test_crops_are_those_of_training(grid: BaseGrid) -> None:
    preparation = Preparation((2.5, 2.5, 2.5), WINDOW, shape=grid.shape)
    found = place(BODY, AFFINE, "body", Placement(preparation, grid))
    boxes = np.concatenate([grid.base_boxes(), grid.query_boxes(np.array([[17, 13]]))])
    zeros = np.zeros(len(boxes))
    plain = Augmentation(np.zeros((len(boxes), 3), bool), zeros.astype(int), zeros)
    expected = cut(found.image, boxes, grid.input_edge, plain)
    torch.testing.assert_close(torch.stack([found.crop(box) for box in boxes]), expected)


@pytest.mark.parametrize("corner", [(-5, 3, 0), (40, 40, -16), (100, 0, 0), (-3, -3, -3)])
def test_outside_the_volume_crops_are_air(corner: tuple[int, int, int]) -> None:
    found = PLACED["fit"]
    padded = torch.nn.functional.pad(found.image, [100] * 6)
    box = np.stack([corner, np.array(corner) + 16], axis=1)
    x, y, z = np.array(corner) + 100
    assert torch.equal(found.crop(box)[0], padded[x : x + 16, y : y + 16, z : z + 16])


def test_a_free_box_stays_inside_along_s() -> None:
    found = PLACED["native"]
    top = found.image.shape[2]
    for height, expected in ((0, 0), (top - 1, top - 16), (20, 13)):
        assert found.free_box(np.array([10, 10, height]))[2].tolist() == [expected, expected + 16]
    layer = PLACED["fit"].grids[0]
    free = PLACED["fit"].free_box(np.array([10, 10, 0]))
    np.testing.assert_array_equal(free, layer.query_box(np.array([10, 10, 0])))


def test_the_closest_crop_to_a_voxel() -> None:
    assert crop_box(np.array([7.5, 8.0, 7.0]), 16)[:, 0].tolist() == [0, 1, 0]
    noisy = crop_box(np.array([8 - 1e-9, 8 + 1e-9, 8]), 16)
    assert noisy[:, 0].tolist() == [1, 1, 1]


# --- points and bodies -------------------------------------------------------------------------


def test_points_outside_the_image_are_refused(placed: PlacedVolume) -> None:
    with pytest.raises(InputError, match=r"The point \(500, 0, 0\) lies outside body"):
        placed.voxel(np.array([500.0, 0, 0]))
    corner = to_mm(AFFINE, np.array([-0.5, -0.5, 43.5]))
    placed.voxel(corner)
    with pytest.raises(InputError):
        placed.voxel(corner - np.array([0.1, 0, 0]))


def test_air_inside_the_body_is_body_and_the_table_is_not() -> None:
    ct = np.full((60, 50, 12), -1000, np.int16)
    ct[10:50, 15:45] = 40
    ct[20:30, 20:30] = -850  # a lung
    ct[5:55, 5:7] = 100  # a table
    body = find_body(ct, np.diag([4.0, 4.0, 4.0, 1]))
    expected = np.zeros(ct.shape, bool)
    expected[10:50, 15:45] = True
    np.testing.assert_array_equal(body.mask, expected)
    assert body.contains(np.array([100.0, 100, 20]))
    assert not body.contains(np.array([100.0, 24, 20]))
    assert not body.contains(np.array([100.0, 100, 2000]))


def test_two_legs_are_one_body_in_any_orientation() -> None:
    ct = np.full((60, 40, 20), -1000, np.int16)
    ct[5:25, 10:30] = ct[32:54, 10:30] = 40
    affine = turned(np.diag([2.0, 2.0, 2.0, 1]), 15, 1)
    masks = []
    for orientation in ORIENTATIONS[::5]:
        body = find_body(*stored(ct, affine, *orientation))
        assert body.contains(to_mm(affine, np.array([15.0, 20, 10])))
        assert body.contains(to_mm(affine, np.array([40.0, 20, 10])))
        assert not body.contains(to_mm(affine, np.array([28.5, 20, 10])))
        masks.append(body.mask.mean())
    assert np.ptp(masks) == 0


def test_a_ct_without_a_body_has_none() -> None:
    assert not find_body(np.full((5, 5, 5), -1000), np.eye(4)).mask.any()
    speck = np.full((40, 40, 40), -1000, np.int16)
    speck[20, 20, 20] = -170
    with pytest.raises(InputError, match="single voxel thick"):
        place(
            speck, np.eye(4), "speck", Placement(Preparation(None, WINDOW, shape=GRID.shape), GRID)
        )


# --- settings ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PRESETS)
def test_a_placement_survives_its_record(name: str) -> None:
    preset = PRESETS[name]
    placement = Placement(preset.preparation, preset.grid)
    record = json.loads(json.dumps([asdict(preset.preparation), asdict(preset.grid)]))
    assert placement_from_record(*record) == placement
    assert placement.mode == ("native" if name in ("abdomen", "chest", "coarse") else "fit")


def test_other_grids_and_modes() -> None:
    assert FIT.change(n=2).preparation.shape == (32, 32, 16)
    assert FIT.change(mode="native") == Placement(Preparation((2.5,) * 3, WINDOW, pad=4), GRID)
    assert NATIVE.change(mode="fit").change(mode="native") == NATIVE
    assert FIT.change() == FIT
    assert Placement(PRESETS["abdomen"].preparation, V2_GRID).change(n=5).mode == "native"
