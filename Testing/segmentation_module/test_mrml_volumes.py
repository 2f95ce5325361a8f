"""Volume nodes and regions as requests: real nodes, transforms and memory of slicer-core."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from VoCoLib.errors import InputError

slicer_scene = pytest.importorskip("slicer_scene", exc_type=ImportError)
slicer = pytest.importorskip("slicer")
vtk = pytest.importorskip("vtk")
volumes = pytest.importorskip("VoCoSegmentationLib.scene.volumes")

CT = np.random.default_rng(0).integers(-1000, 1000, (7, 6, 5), np.int16)
OBLIQUE = np.array([[-0.6, 0.2, 0.4, 30], [0.2, 1.1, -0.5, -20], [0.1, 0.3, 2.4, 9], [0, 0, 0, 1]])
TURN = np.array([[0, -1, 0, 10], [1, 0, 0, 20], [0, 0, 1, 30], [0, 0, 0, 1]], float)
SHEAR = np.array([[1, 0.1, 0, 1], [0, 2, 0, 2], [0, 0, 1, 3], [0, 0, 0, 1]], float)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[slicer.vtkMRMLScene]:
    with slicer_scene.open_scene(tmp_path) as scene:
        yield scene


def add_shift(scene: slicer.vtkMRMLScene, shift: tuple[float, ...]) -> slicer.vtkMRMLTransformNode:
    """A nonlinear transform (thin-plate spline) that happens to move every point by shift."""
    spline = vtk.vtkThinPlateSplineTransform()
    before, after = vtk.vtkPoints(), vtk.vtkPoints()
    for point in np.ndindex(2, 2, 2):
        before.InsertNextPoint(*(100.0 * np.array(point)))
        after.InsertNextPoint(*(100.0 * np.array(point) + shift))
    spline.SetSourceLandmarks(before)
    spline.SetTargetLandmarks(after)
    spline.SetBasisToR()
    node = scene.AddNewNodeByClass("vtkMRMLTransformNode", "Spline")
    node.SetAndObserveTransformToParent(spline)
    return node


# arrays -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "dtype", ["int8", "uint8", "int16", "uint16", "int32", "float32", "float64"]
)
def test_voxels_are_read_in_place(scene: slicer.vtkMRMLScene, dtype: str) -> None:
    node = slicer_scene.add_volume(scene, CT.astype(dtype))
    array = volumes.readVolume(node).array
    assert array.dtype == dtype
    np.testing.assert_array_equal(array, CT.astype(dtype))
    node.GetImageData().SetScalarComponentFromDouble(1, 2, 3, 0, 77)
    assert array[1, 2, 3] == 77


def test_slicer_agrees_on_the_axes(scene: slicer.vtkMRMLScene) -> None:
    node = slicer_scene.add_volume(scene, CT, OBLIQUE)
    np.testing.assert_array_equal(
        volumes.readVolume(node).array, slicer.util.arrayFromVolume(node).transpose(2, 1, 0)
    )


def test_voxels_outlive_the_volume(scene: slicer.vtkMRMLScene) -> None:
    """Removing or changing the volume while a job reads it neither crashes nor alters the array."""
    node = slicer_scene.add_volume(scene, CT)
    deleted = []
    scalars = node.GetImageData().GetPointData().GetScalars()
    scalars.AddObserver("DeleteEvent", lambda *_: deleted.append(True))
    array = volumes.readVolume(node).array
    node.GetImageData().AllocateScalars(vtk.VTK_SHORT, 1)  # as filters that work in place do
    node.GetImageData().GetPointData().GetScalars().Fill(0)
    scene.RemoveNode(node)
    del node, scalars
    gc.collect()
    assert not deleted
    np.testing.assert_array_equal(array, CT)
    del array
    gc.collect()
    assert deleted


# geometry -----------------------------------------------------------------------------------------


def test_affine_without_transform(scene: slicer.vtkMRMLScene) -> None:
    volume = volumes.readVolume(slicer_scene.add_volume(scene, CT, OBLIQUE))
    np.testing.assert_allclose(volume.affine, OBLIQUE, atol=1e-12)
    assert volume.affine.dtype == np.float64
    assert volume.warnings == []


def test_linear_transforms_are_applied(scene: slicer.vtkMRMLScene) -> None:
    node = slicer_scene.add_volume(scene, CT, OBLIQUE)
    transform = slicer_scene.add_transform(scene, SHEAR, node)
    slicer_scene.add_transform(scene, TURN, transform)
    volume = volumes.readVolume(node)
    np.testing.assert_allclose(volume.affine, TURN @ SHEAR @ OBLIQUE, atol=1e-12)
    assert volume.warnings == []


def test_nonlinear_transform_is_left_out_and_said(scene: slicer.vtkMRMLScene) -> None:
    node = slicer_scene.add_volume(scene, CT, OBLIQUE)
    node.SetAndObserveTransformNodeID(add_bend(scene, 29).GetID())
    volume = volumes.readVolume(node)
    np.testing.assert_allclose(volume.affine, OBLIQUE, atol=1e-12)
    assert volume.warnings == ["CT is segmented without its nonlinear transform Bend."]


def add_bend(scene: slicer.vtkMRMLScene, kink: float) -> slicer.vtkMRMLGridTransformNode:
    """A transform that moves up what lies right of a kink, by 7 mm from 3 mm on."""
    grid = vtk.vtkImageData()
    grid.SetDimensions(40, 2, 2)
    grid.SetSpacing(3, 400, 2000)
    grid.SetOrigin(kink - 60, -200, -1000)
    grid.AllocateScalars(vtk.VTK_DOUBLE, 3)
    for i, j, k in np.ndindex(40, 2, 2):
        for axis, off in enumerate((0, 0, 7 if i > 20 else 0)):
            grid.SetScalarComponentFromDouble(i, j, k, axis, off)
    transform = slicer.vtkOrientedGridTransform()
    transform.SetDisplacementGridData(grid)
    node = scene.AddNewNodeByClass("vtkMRMLGridTransformNode", "Bend")
    node.SetAndObserveTransformToParent(transform)
    return node


GRID = np.array([[0.8, 0, 0, 10], [0, 0.9, 0, -20], [0, 0, 3.0, 700], [0, 0, 0, 1]])
UNEVEN = np.array([0, 1.0, 2, 3, 4, 9, 14, 19])


def test_the_acquisition_transform_puts_slices_where_they_were(scene: slicer.vtkMRMLScene) -> None:
    """A ramp of 10 HU a mm is one on the regular grid, and labels come back to their slices."""
    ct = np.tile((10 * UNEVEN).astype(np.int16), (6, 7, 1))
    node = slicer_scene.add_volume(scene, ct, GRID)
    slicer_scene.add_acquisition(scene, node, GRID[:3, 3] + UNEVEN[:, None] * [0, 0, 1])
    volume = volumes.readVolume(node)
    (warning,) = volume.warnings
    assert "1 to 5 mm apart" in warning
    np.testing.assert_allclose(volume.affine, GRID * [1, 1, 1 / 3, 1], atol=1e-5)
    np.testing.assert_array_equal(volume.array, np.tile(10 * np.arange(20), (6, 7, 1)))
    assert volume.shape == volume.array.shape == (6, 7, 20)
    labels = np.tile(np.arange(20, dtype=np.uint8), (6, 7, 1))
    slices = volume.onVolume(labels)
    np.testing.assert_array_equal(slices, np.tile(UNEVEN.astype(np.uint8), (6, 7, 1)))
    back = volume.fromVolume(slices)
    np.testing.assert_array_equal(back[0, 0, [0, 4, 9, 14, 19]], [0, 4, 9, 14, 19])


def test_the_acquisition_transform_of_a_tilted_gantry(scene: slicer.vtkMRMLScene) -> None:
    node = slicer_scene.add_volume(scene, CT, GRID)
    tilted = GRID[:3, 3] + np.arange(CT.shape[2])[:, None] * [0, 0.5, 3.0]
    slicer_scene.add_acquisition(scene, node, tilted)
    volume = volumes.readVolume(node)
    np.testing.assert_array_equal(volume.array, CT)
    np.testing.assert_allclose(volume.affine[:3, 2], [0, 0.5, 3], atol=1e-5)
    assert volume.warnings == []


# refusals -----------------------------------------------------------------------------------------


def label_map(scene: slicer.vtkMRMLScene) -> Any:
    return slicer_scene.add_volume(scene, CT, kind="vtkMRMLLabelMapVolumeNode")


def colour(scene: slicer.vtkMRMLScene) -> Any:
    rgb = np.zeros((4, 4, 4, 3), np.uint8)
    return slicer_scene.add_volume(scene, rgb, kind="vtkMRMLVectorVolumeNode")


def diffusion(scene: slicer.vtkMRMLScene) -> Any:
    kind = "vtkMRMLDiffusionWeightedVolumeNode"
    return slicer_scene.add_volume(scene, np.zeros((4, 4, 4, 7), np.int16), kind=kind)


def tensors(scene: slicer.vtkMRMLScene) -> Any:
    node = scene.AddNewNodeByClass("vtkMRMLDiffusionTensorVolumeNode", "CT")
    image = vtk.vtkImageData()
    image.SetDimensions(4, 4, 4)
    node.SetAndObserveImageData(image)
    return node


def empty(scene: slicer.vtkMRMLScene) -> Any:
    return scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "CT")


def no_voxels(scene: slicer.vtkMRMLScene) -> Any:
    return slicer_scene.add_volume(scene, np.zeros((4, 0, 4), np.int16))


def single_slice(scene: slicer.vtkMRMLScene) -> Any:
    return slicer_scene.add_volume(scene, CT[:, :, :1])


def model(scene: slicer.vtkMRMLScene) -> Any:
    return scene.AddNewNodeByClass("vtkMRMLModelNode", "CT")


def flat(scene: slicer.vtkMRMLScene) -> Any:
    node = slicer_scene.add_volume(scene, CT)
    slicer_scene.add_transform(scene, np.diag([1.0, 1.0, 0.0, 1.0]), node)
    return node


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda scene: None, "No volume is selected. Choose a CT"),
        (label_map, "CT is a label map"),
        (colour, "CT has more than one value per voxel"),
        (diffusion, "CT has more than one value per voxel"),
        (tensors, "CT has no voxels"),
        (empty, "CT has no voxels"),
        (no_voxels, "CT has no voxels"),
        (single_slice, r"CT has a single slice \(7 x 6 x 1 voxels\)"),
        (model, "CT is not a volume"),
        (flat, "geometry of CT flattens"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_is_no_ct_is_refused(
    scene: slicer.vtkMRMLScene, make: Callable[[Any], Any], reason: str
) -> None:
    node = make(scene)
    with pytest.raises(InputError, match=reason) as error:
        volumes.readVolume(node)
    assert error.value.hint


# regions ------------------------------------------------------------------------------------------


def add_region(scene: slicer.vtkMRMLScene) -> slicer.vtkMRMLMarkupsROINode:
    region = scene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "R")
    region.SetCenter(10, 20, 30)
    region.SetSize(4, 6, 8)
    return region


def test_region(scene: slicer.vtkMRMLScene) -> None:
    region, volume = add_region(scene), slicer_scene.add_volume(scene, CT)
    assert volumes.readRegion(region, volume) == {"lower": [8, 17, 26], "upper": [12, 23, 34]}
    slicer_scene.add_transform(scene, TURN, region)
    box = volumes.readRegion(region, volume)
    np.testing.assert_allclose(box["lower"], (10 - 23, 20 + 8, 30 + 26))
    np.testing.assert_allclose(box["upper"], (10 - 17, 20 + 12, 30 + 34))


def test_region_of_annotations(scene: slicer.vtkMRMLScene) -> None:
    region = scene.AddNode(slicer.vtkMRMLAnnotationROINode())
    region.SetXYZ(10, 20, 30)
    region.SetRadiusXYZ(2, 3, 4)
    box = volumes.readRegion(region, slicer_scene.add_volume(scene, CT))
    assert box == {"lower": [8, 17, 26], "upper": [12, 23, 34]}


def test_region_over_a_nonlinear_transform(scene: slicer.vtkMRMLScene) -> None:
    """The affine is then the volume's own, so the region has to go back through the transform."""
    region, volume = add_region(scene), slicer_scene.add_volume(scene, CT)
    volume.SetAndObserveTransformNodeID(add_bend(scene, 2).GetID())
    box = volumes.readRegion(region, volume)
    np.testing.assert_allclose(box["lower"], (8, 17, 26 - 7), atol=1e-3)
    np.testing.assert_allclose(box["upper"], (12, 23, 34 - 7), atol=1e-3)


def test_region_over_an_acquisition_transform(scene: slicer.vtkMRMLScene) -> None:
    """The affine is then in the world, where the region is."""
    region, volume = add_region(scene), slicer_scene.add_volume(scene, CT)
    volume.SetAndObserveTransformNodeID(add_shift(scene, (100, 0, -7)).GetID())
    np.testing.assert_allclose(volumes.readVolume(volume).affine[:3, 3], (100, 0, -7), atol=1e-3)
    assert volumes.readRegion(region, volume) == {"lower": [8, 17, 26], "upper": [12, 23, 34]}


def test_region_that_was_not_drawn(scene: slicer.vtkMRMLScene) -> None:
    region = scene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "R")
    with pytest.raises(InputError, match="region R has not been placed"):
        volumes.readRegion(region, slicer_scene.add_volume(scene, CT))
