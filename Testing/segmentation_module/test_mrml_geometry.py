"""The phantom, segmented by the bundled model from volumes under transforms, in world space."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from VoCoLib.images.phantom import Phantom, make_phantom
from VoCoLib.models.catalogue import Catalogue
from VoCoLib.models.loading import find_model, load_segmenter

slicer_scene = pytest.importorskip("slicer_scene", exc_type=ImportError)
slicer = pytest.importorskip("slicer")
volumes = pytest.importorskip("VoCoSegmentationLib.scene.volumes")
segmentations = pytest.importorskip("VoCoSegmentationLib.scene.segmentations")

MODEL = "demo-torso"
TABLE = Catalogue().get(MODEL).recipe.labels


def turn(degrees: float, axis: int, shift: tuple[float, ...] = (0, 0, 0)) -> NDArray[np.float64]:
    """A 4x4 rotation about an axis, then a translation in mm."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    i, j = [other for other in range(3) if other != axis]
    matrix = np.eye(4)
    matrix[[i, j, i, j], [i, j, j, i]] = (cos, cos, -sin, sin)
    matrix[:3, 3] = shift
    return matrix


TILT = turn(25, 2, (80, -120, 400)) @ turn(-15, 0)
# half a turn about two axes in turn: feet first and prone
WRONG_HEADER = turn(180, 0, (30, 0, -20)) @ turn(180, 2)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[slicer.vtkMRMLScene]:
    with slicer_scene.open_scene(tmp_path) as scene:
        yield scene


@cache
def phantom() -> Phantom:
    return make_phantom(7, (4.5, 4.5, 4.5), (288.0, 252.0, 198.0))  # one window


@cache
def segmenter() -> Any:
    return load_segmenter(*find_model(Catalogue(), MODEL), lambda event: None, "cpu")


@cache
def dice_without_transform() -> NDArray[np.float64]:
    labels = segmenter().segment(phantom().image, phantom().affine)
    return dice(labels, phantom().label)


def dice(labels: NDArray, truth: NDArray) -> NDArray[np.float64]:
    """Dice of every structure."""
    found, true = ([a == label.value for label in TABLE] for a in (labels, truth))
    return np.array(
        [2 * (f & t).sum() / (f.sum() + t.sum()) for f, t in zip(found, true, strict=True)]
    )


def labels_at(node: Any, points: NDArray[np.float64]) -> NDArray[np.uint8]:
    """What the segmentation says at points (3, n) in world RAS mm, as a view would show it."""
    matrix, transform = np.eye(4), node.GetParentTransformNode()
    if transform is not None:
        to_world = slicer.util.vtkMatrixFromArray(matrix)
        transform.GetMatrixTransformToWorld(to_world)
        matrix = slicer.util.arrayFromVTKMatrix(to_world)
    values = {label.name: label.value for label in TABLE}
    labels = np.zeros(points.shape[1], np.uint8)
    for segment in slicer_scene.segments_of(node):
        to_index = np.linalg.inv(matrix @ segment.affine)
        index = np.rint(to_index[:3, :3] @ points + to_index[:3, 3:]).astype(int)
        inside = ((index >= 0).T & (np.array(segment.mask.shape) > index.T)).all(axis=1)
        hit = np.zeros(points.shape[1], bool)
        hit[inside] = segment.mask[tuple(index[:, inside])]
        labels[hit] = values[segment.name]
    return labels


@pytest.mark.slow
@pytest.mark.parametrize(
    ("header", "transform"),
    [
        (np.eye(4), None),
        (np.eye(4), TILT),
        (TILT, None),
        (WRONG_HEADER, np.linalg.inv(WRONG_HEADER)),
    ],
    ids=["plain", "transformed", "oblique", "wrong header corrected"],
)
def test_result_overlays_the_volume(
    scene: slicer.vtkMRMLScene, header: NDArray, transform: NDArray | None
) -> None:
    """The patient of the phantom is where header and transform put it, and so are the organs."""
    truth = phantom()
    volume = slicer_scene.add_volume(scene, truth.image, header @ truth.affine)
    if transform is not None:
        slicer_scene.add_transform(scene, transform, volume)
    request = volumes.readVolume(volume)
    labels = segmenter().segment(request.array, request.affine)
    node = segmentations.writeSegmentation(scene, volume, labels, TABLE)

    to_world = (np.eye(4) if transform is None else transform) @ header @ truth.affine
    index = np.indices(truth.label.shape).reshape(3, -1)
    found = labels_at(node, to_world[:3, :3] @ index + to_world[:3, 3:])
    scores = dice(found, truth.label.ravel())
    np.testing.assert_allclose(scores, dice_without_transform(), atol=0.01)
    assert scores.mean() > 0.85
