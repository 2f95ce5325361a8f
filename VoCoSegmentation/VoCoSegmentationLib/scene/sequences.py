"""Reads the frames of a volume sequence and writes their segmentations as a sequence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import slicer
from numpy.typing import NDArray

from VoCoLib.recipe import Label
from VoCoSegmentationLib.scene.segmentations import (
    SURFACE,
    attachToVolume,
    checkSize,
    makeSegmentationNode,
    replaceSegments,
)
from VoCoSegmentationLib.scene.volumes import VolumeInput, readVolume


def sequenceBrowserOf(
    scene: slicer.vtkMRMLScene, volumeNode: slicer.vtkMRMLNode | None
) -> slicer.vtkMRMLSequenceBrowserNode | None:
    """The first browser in which the volume shows the frames of a sequence, if there is one."""
    if volumeNode is None:
        return None
    for index in range(scene.GetNumberOfNodesByClass("vtkMRMLSequenceBrowserNode")):
        browserNode = scene.GetNthNodeByClass(index, "vtkMRMLSequenceBrowserNode")
        if browserNode.IsProxyNodeID(volumeNode.GetID()):
            return browserNode
    return None


def frameValues(
    browserNode: slicer.vtkMRMLSequenceBrowserNode, volumeNode: slicer.vtkMRMLScalarVolumeNode
) -> list[str]:
    """The index values (such as times) of the frames that the volume shows, in order."""
    sequenceNode = browserNode.GetSequenceNode(volumeNode)
    return [sequenceNode.GetNthIndexValue(i) for i in range(sequenceNode.GetNumberOfDataNodes())]


def readFrame(
    browserNode: slicer.vtkMRMLSequenceBrowserNode,
    volumeNode: slicer.vtkMRMLScalarVolumeNode,
    value: str,
) -> VolumeInput:
    """Reads one frame as readVolume does, whichever frame the user is looking at.

    Raises:
        InputError: it is not a CT volume.
    """
    return readVolume(volumeNode, _frameNode(browserNode, volumeNode, value))


def writeFrame(
    scene: slicer.vtkMRMLScene,
    browserNode: slicer.vtkMRMLSequenceBrowserNode,
    volumeNode: slicer.vtkMRMLScalarVolumeNode,
    value: str,
    labels: NDArray[np.uint8],
    table: Sequence[Label],
    segmentationNode: slicer.vtkMRMLSegmentationNode | None = None,
    name: str | None = None,
    algorithm: str = "VoCo",
) -> slicer.vtkMRMLSegmentationNode:
    """Writes the segmentation of one frame into a sequence of the same browser.

    Args:
        scene: the scene of the nodes.
        browserNode: the volume's.
        volumeNode: the volume that shows the frames.
        value: index value of the frame.
        labels: (x, y, z) on the frame's grid.
        table: what becomes a segment where labels has its value.
        segmentationNode: the node that shows the frames' segmentations; None makes one.
        name: of a new node; None names it after the volume.
        algorithm: as in writeSegmentation.

    Returns:
        the node that shows the segmentation of the selected frame.

    Raises:
        InputError: the frame has another size than labels.
    """
    frameNode = _frameNode(browserNode, volumeNode, value)
    checkSize(frameNode, labels)
    if segmentationNode is None:
        segmentationNode = makeSegmentationNode(scene, volumeNode, name)
    attachToVolume(scene, segmentationNode, volumeNode)
    sequenceNode = browserNode.GetSequenceNode(segmentationNode)
    if sequenceNode is None:
        sequenceNode = _addSequence(scene, browserNode, volumeNode, segmentationNode)
    result = slicer.vtkMRMLSegmentationNode()
    result.SetName(segmentationNode.GetName())
    result.SetReferenceImageGeometryParameterFromVolumeNode(frameNode)
    replaceSegments(result, frameNode, labels, table, algorithm)
    if segmentationNode.GetSegmentation().ContainsRepresentation(SURFACE):
        result.CreateClosedSurfaceRepresentation()
    sequenceNode.SetDataNodeAtValue(result, value)
    return segmentationNode


def _frameNode(
    browserNode: slicer.vtkMRMLSequenceBrowserNode,
    volumeNode: slicer.vtkMRMLScalarVolumeNode,
    value: str,
) -> slicer.vtkMRMLScalarVolumeNode:
    return browserNode.GetSequenceNode(volumeNode).GetDataNodeAtValue(value)


def _addSequence(
    scene: slicer.vtkMRMLScene,
    browserNode: slicer.vtkMRMLSequenceBrowserNode,
    volumeNode: slicer.vtkMRMLScalarVolumeNode,
    segmentationNode: slicer.vtkMRMLSegmentationNode,
) -> slicer.vtkMRMLSequenceNode:
    """A sequence with the index of the volume's, whose frames segmentationNode shows."""
    volumes = browserNode.GetSequenceNode(volumeNode)
    sequenceNode = scene.AddNewNodeByClass("vtkMRMLSequenceNode", segmentationNode.GetName())
    sequenceNode.SetIndexName(volumes.GetIndexName())
    sequenceNode.SetIndexUnit(volumes.GetIndexUnit())
    sequenceNode.SetIndexType(volumes.GetIndexType())
    with slicer.util.NodeModify(browserNode):
        browserNode.AddSynchronizedSequenceNode(sequenceNode)
        # a frame without a result shows nothing, not its neighbour's; edits of a result are kept
        browserNode.SetMissingItemMode(sequenceNode, browserNode.MissingItemSetToDefault)
        browserNode.SetSaveChanges(sequenceNode, True)
        browserNode.AddProxyNode(segmentationNode, sequenceNode, False)
    return sequenceNode
