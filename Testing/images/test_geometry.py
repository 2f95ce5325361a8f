"""Geometry: any affine to the network's grid and back, against MONAI and by properties."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from affines import make_affine
from hypothesis import given, settings
from hypothesis import strategies as st
from monai.data import MetaTensor
from monai.transforms import Compose, Invertd, Orientationd, Spacingd

from VoCoLib.images.geometry import (
    from_ras,
    interpolate,
    resample_to_image,
    resample_to_network,
    resampling,
    to_ras,
)
from VoCoLib.images.preprocessing import prepare_labels, prepare_volume
from VoCoLib.recipe import Preprocessing

PERMUTATIONS = list(itertools.permutations(range(3)))
FLIPS = list(itertools.product((1, -1), repeat=3))


affines = st.builds(
    make_affine,
    permutation=st.sampled_from(PERMUTATIONS),
    flips=st.sampled_from(FLIPS),
    spacing=st.tuples(*[st.floats(0.5, 6.0)] * 3),
    degrees=st.tuples(*[st.floats(-40.0, 40.0)] * 3),
    origin=st.tuples(*[st.floats(-300.0, 300.0)] * 3),
)


@given(affine=affines, shape=st.tuples(*[st.integers(2, 7)] * 3))
@settings(deadline=None)
def test_reorientation_keeps_every_voxel_where_it_is(affine, shape):
    array = np.arange(np.prod(shape)).reshape(shape)
    ras, ras_affine = to_ras(array, affine)
    index = np.array(list(np.ndindex(ras.shape)))
    points = index @ ras_affine[:3, :3].T + ras_affine[:3, 3]
    back = np.linalg.solve(affine[:3, :3], (points - affine[:3, 3]).T).T
    np.testing.assert_allclose(back, np.round(back), atol=1e-6)
    original = array[tuple(np.round(back).astype(int).T)]
    assert (ras[tuple(index.T)] == original).all()
    np.testing.assert_array_equal(from_ras(ras, affine), array)


@given(affine=affines)
@settings(deadline=None)
def test_reoriented_axes_are_the_closest_to_right_anterior_superior(affine):
    _, ras_affine = to_ras(np.zeros((3, 4, 5)), affine)
    cosines = ras_affine[:3, :3] / np.linalg.norm(ras_affine[:3, :3], axis=0)
    assert (np.diag(cosines) > 0).all()


@given(
    affine=affines,
    shape=st.tuples(*[st.integers(2, 12)] * 3),
    spacing=st.tuples(*[st.floats(0.7, 5.0)] * 3),
)
@settings(deadline=None)
def test_network_grid_samples_patient_space_linearly(affine, shape, spacing):
    """A linear function of patient space keeps its values on the network's grid."""
    ras_shape = to_ras(np.empty(shape), affine)[0].shape
    ras_affine = to_ras(np.empty(shape), affine)[1]
    gradient = np.array([0.7, -1.1, 0.4])
    index = np.stack(np.meshgrid(*[np.arange(n) for n in ras_shape], indexing="ij"), axis=-1)
    values = (index @ ras_affine[:3, :3].T + ras_affine[:3, 3]) @ gradient
    grid = resampling(ras_shape, ras_affine, spacing)
    on_network = resample_to_network(torch.from_numpy(values), grid).numpy()
    index = np.stack(np.meshgrid(*[np.arange(n) for n in grid.network_shape], indexing="ij"), -1)
    # beyond the image's last voxel the end value holds, so look where there is image
    inside = (index * np.array(grid.scale) <= np.array(ras_shape) - 1).all(-1)
    expected = (index @ grid.network_affine[:3, :3].T + grid.network_affine[:3, 3]) @ gradient
    np.testing.assert_allclose(on_network[inside], expected[inside], atol=1e-6)


GRIDS = {
    "identity": make_affine(spacing=(1.5, 1.5, 1.5)),
    "anisotropic": make_affine(spacing=(0.9, 1.1, 4.0)),
    "oblique": make_affine(spacing=(1.2, 1.2, 2.5), degrees=(16.5, 0.0, 0.0)),
    "oblique, permuted, left-handed": make_affine(
        (2, 0, 1), (-1, 1, 1), (2.0, 0.8, 1.7), (12.0, -20.0, 8.0)
    ),
}


@pytest.mark.parametrize("name", GRIDS)
def test_resampling_there_and_back_equals_monai(name):
    affine = GRIDS[name]
    rng = np.random.default_rng(0)
    array = rng.normal(0, 300, (25, 31, 22)).astype(np.float32)
    spacing = (1.5, 1.5, 1.5)
    pipeline = Compose(
        [Orientationd("image", axcodes="RAS", labels=None), Spacingd("image", spacing)]
    )
    data = pipeline({"image": MetaTensor(torch.from_numpy(array)[None], affine=affine)})
    ras, ras_affine = to_ras(array, affine)
    grid = resampling(ras.shape, ras_affine, spacing)
    ours = resample_to_network(torch.from_numpy(ras.copy()), grid)
    assert ours.shape == data["image"].shape[1:]
    np.testing.assert_allclose(ours, data["image"][0], atol=2e-3)
    np.testing.assert_allclose(grid.network_affine, data["image"].affine, atol=1e-6)

    logits = torch.from_numpy(rng.normal(size=(3, *grid.network_shape)).astype(np.float32))
    data["logits"] = MetaTensor(logits, affine=data["image"].affine)
    invert = Invertd("logits", pipeline, orig_keys="image", nearest_interp=False)
    expected = invert(data)["logits"]
    back = np.stack([from_ras(c, affine) for c in resample_to_image(logits, grid).numpy()])
    assert back.shape == expected.shape
    np.testing.assert_allclose(back, expected, atol=1e-5)


def test_interpolation_holds_the_end_values():
    values = torch.tensor([1.0, 2.0, 4.0])
    positions = torch.tensor([-5.0, 0.0, 0.5, 1.25, 2.0, 9.0], dtype=torch.float64)
    expected = torch.tensor([1.0, 1.0, 1.5, 2.5, 4.0, 4.0])
    torch.testing.assert_close(interpolate(values, 0, positions), expected)


def test_interpolation_of_a_single_voxel_repeats_it():
    positions = torch.tensor([0.0, 0.4, 3.0], dtype=torch.float64)
    torch.testing.assert_close(
        interpolate(torch.tensor([7.0]), 0, positions), torch.full((3,), 7.0)
    )


def test_prepared_labels_stay_on_their_structure_and_image_is_windowed():
    affine = make_affine((1, 0, 2), (-1, 1, 1), (1.0, 1.3, 2.0))
    labels = np.zeros((40, 30, 20), np.uint8)
    labels[10:20, 8:20, 5:15] = 2
    recipe = Preprocessing((2.0, 2.0, 2.0), (-100.0, 100.0), foreground_crop=False)
    image, grid = prepare_volume(np.where(labels, 50, -500).astype(np.int16), affine, recipe)
    mapped = prepare_labels(labels, affine, recipe)
    assert mapped.shape == image.shape == grid.network_shape
    assert mapped.unique().tolist() == [0, 2]
    volume = abs(np.linalg.det(affine[:3, :3])) * (labels == 2).sum()
    assert (mapped == 2).sum().item() * 8.0 == pytest.approx(volume, rel=0.1)
    assert image.max() == pytest.approx(0.75) and image.min() == 0
    assert image[mapped == 2].mean() > 0.6 > 0.2 > image[mapped == 0].mean()
