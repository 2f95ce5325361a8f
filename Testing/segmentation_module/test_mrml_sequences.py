"""Sequences frame by frame, with slicer-core's sequence logic switching the frames."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from VoCoLib.errors import InputError
from VoCoLib.models.catalogue import Catalogue

slicer_scene = pytest.importorskip("slicer_scene", exc_type=ImportError)
slicer = pytest.importorskip("slicer")
sequences = pytest.importorskip("VoCoSegmentationLib.scene.sequences")
segmentations = pytest.importorskip("VoCoSegmentationLib.scene.segmentations")

TABLE = Catalogue().get("demo-torso").recipe.labels
TIMES = ["0", "0.5", "12"]
SHAPE = (9, 8, 7)
SHIFT = np.array([[1, 0, 0, 5], [0, 1, 0, 6], [0, 0, 1, 7], [0, 0, 0, 1]], float)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[slicer.vtkMRMLScene]:
    with slicer_scene.open_scene(tmp_path) as scene:
        yield scene


@pytest.fixture
def browser(scene: slicer.vtkMRMLScene) -> Any:
    """A browser of three frames, each with its own voxels and origin; the second is selected."""
    sequence = scene.AddNewNodeByClass("vtkMRMLSequenceNode", "4D CT")
    sequence.SetIndexName("phase")
    sequence.SetIndexUnit("%")
    sequence.SetIndexType(sequence.TextIndex)
    for index, time in enumerate(TIMES):
        affine = np.eye(4)
        affine[0, 3] = index
        frame = slicer_scene.add_volume(scene, np.full(SHAPE, 100 * index, np.int16), affine)
        sequence.SetDataNodeAtValue(frame, time)
        scene.RemoveNode(frame)
    browser = scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", "Browser")
    browser.SetAndObserveMasterSequenceNodeID(sequence.GetID())
    browser.SetSelectedItemNumber(1)
    return browser


@pytest.fixture
def volume(browser: Any) -> Any:
    return browser.GetProxyNode(browser.GetMasterSequenceNode())


def make_labels(index: int) -> NDArray[np.uint8]:
    labels = np.zeros(SHAPE, np.uint8)
    labels[1 + index : 4 + index, 2:5, 1:6] = 1
    labels[7, 6, 5] = 2 + index
    return labels


def write_frames(scene: Any, browser: Any, volume: Any, node: Any = None) -> Any:
    for index, time in enumerate(sequences.frameValues(browser, volume)):
        node = sequences.writeFrame(scene, browser, volume, time, make_labels(index), TABLE, node)
    return node


def shown(node: Any) -> dict[str, int]:
    """Voxels by name, of the frame that is shown."""
    return {segment.name: int(segment.mask.sum()) for segment in slicer_scene.segments_of(node)}


def expected(index: int) -> dict[str, int]:
    return {TABLE[0].name: 45, TABLE[1 + index].name: 1}


def test_finds_the_browser(scene: slicer.vtkMRMLScene, browser: Any, volume: Any) -> None:
    assert sequences.sequenceBrowserOf(scene, volume) is browser
    single = slicer_scene.add_volume(scene, np.zeros(SHAPE, np.int16))
    assert sequences.sequenceBrowserOf(scene, single) is None
    assert sequences.sequenceBrowserOf(scene, None) is None
    assert sequences.frameValues(browser, volume) == TIMES


def test_frames_are_read_behind_the_users_back(
    scene: slicer.vtkMRMLScene, browser: Any, volume: Any
) -> None:
    slicer_scene.add_transform(scene, SHIFT, volume)
    for index, time in enumerate(TIMES):
        frame = sequences.readFrame(browser, volume, time)
        assert (frame.array == 100 * index).all()
        np.testing.assert_allclose(frame.affine[:3, 3], (index + 5, 6, 7))
    assert browser.GetSelectedItemNumber() == 1
    assert (slicer.util.arrayFromVolume(volume) == 100).all()


def test_a_segmentation_for_each_frame(
    scene: slicer.vtkMRMLScene, browser: Any, volume: Any
) -> None:
    transform = slicer_scene.add_transform(scene, SHIFT, volume)
    node = write_frames(scene, browser, volume)
    assert browser.GetSelectedItemNumber() == 1
    assert node.GetName() == "4D CT segmentation"
    assert node.GetDisplayNode() is not None
    assert node.GetParentTransformNode() is transform
    assert node.GetNodeReference(node.GetReferenceImageGeometryReferenceRole()) is volume
    sequence = browser.GetSequenceNode(node)
    assert [sequence.GetNthIndexValue(i) for i in range(3)] == TIMES
    assert (sequence.GetIndexName(), sequence.GetIndexUnit()) == ("phase", "%")
    assert sequence.GetIndexType() == sequence.TextIndex
    for index in (1, 0, 2):
        browser.SetSelectedItemNumber(index)
        assert shown(node) == expected(index)
        segment = slicer_scene.segments_of(node)[0]
        np.testing.assert_allclose(segment.affine[:3, 3], (index + 1 + index, 2, 1))
        geometry = node.GetSegmentation().GetConversionParameter("Reference image geometry")
        assert geometry.split(";")[3] == str(index)


def test_frames_appear_one_after_the_other(
    scene: slicer.vtkMRMLScene, browser: Any, volume: Any
) -> None:
    """Frames without a result are empty, also when the user looks at them meanwhile."""
    browser.SetSelectedItemNumber(2)
    node = sequences.writeFrame(scene, browser, volume, TIMES[0], make_labels(0), TABLE)
    assert browser.GetSequenceNode(node).GetNumberOfDataNodes() == 1
    for index, what in ((0, expected(0)), (1, {}), (2, {})):
        browser.SetSelectedItemNumber(index)
        assert shown(node) == what
    assert browser.GetSequenceNode(node).GetNumberOfDataNodes() == 1
    sequences.writeFrame(scene, browser, volume, TIMES[2], make_labels(2), TABLE, node)
    assert shown(node) == expected(2)


def test_frames_are_updated_in_place(scene: slicer.vtkMRMLScene, browser: Any, volume: Any) -> None:
    node = write_frames(scene, browser, volume)
    sequence = browser.GetSequenceNode(node)
    node.GetDisplayNode().SetSegmentVisibility("Segment_1", False)
    assert node.CreateClosedSurfaceRepresentation()
    sequences.writeFrame(scene, browser, volume, TIMES[1], make_labels(2), TABLE, node)
    assert browser.GetSequenceNode(node) is sequence
    assert sequence.GetNumberOfDataNodes() == 3
    assert shown(node) == expected(2)
    assert node.GetSegmentation().ContainsRepresentation(segmentations.SURFACE)
    for index in (0, 1):
        browser.SetSelectedItemNumber(index)
        assert not node.GetDisplayNode().GetSegmentVisibility("Segment_1")
    assert scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 1


def test_an_existing_segmentation_becomes_the_sequences(
    scene: slicer.vtkMRMLScene, browser: Any, volume: Any
) -> None:
    existing = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "mine")
    assert write_frames(scene, browser, volume, existing) is existing
    assert existing.GetName() == "mine"
    browser.SetSelectedItemNumber(0)
    assert shown(existing) == expected(0)


def test_edits_of_a_frame_are_kept(scene: slicer.vtkMRMLScene, browser: Any, volume: Any) -> None:
    node = write_frames(scene, browser, volume)
    node.GetSegmentation().RemoveSegment("Segment_1")
    browser.SetSelectedItemNumber(0)
    assert shown(node) == expected(0)
    browser.SetSelectedItemNumber(1)
    assert shown(node) == {TABLE[2].name: 1}


def test_frame_of_another_size(scene: slicer.vtkMRMLScene, browser: Any, volume: Any) -> None:
    with pytest.raises(InputError, match="another size"):
        sequences.writeFrame(scene, browser, volume, "0", make_labels(0)[:-1], TABLE)
    assert scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 0


def test_mrb_brings_the_frames_back(
    scene: slicer.vtkMRMLScene, browser: Any, volume: Any, tmp_path: Path
) -> None:
    write_frames(scene, browser, volume)
    file = str(tmp_path / "s.mrb")
    assert scene.WriteToMRB(file, None)
    scene.Clear(0)
    assert scene.ReadFromMRB(file, True)
    browser = scene.GetFirstNodeByName("Browser")
    node = scene.GetFirstNodeByClass("vtkMRMLSegmentationNode")
    assert browser.GetSequenceNode(node) is not None
    for index in (0, 2, 1):
        browser.SetSelectedItemNumber(index)
        assert shown(node) == expected(index)
