"""Turns label maps into segmentation nodes with names, colours, terminology and geometry."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import slicer
import vtk
from numpy.typing import NDArray
from slicer.i18n import tr as _

from VoCoLib.errors import InputError
from VoCoLib.images.terminology import serialize_terminology
from VoCoLib.recipe import Label
from VoCoSegmentationLib.scene.hierarchy import placeBeside
from VoCoSegmentationLib.scene.volumes import voxelView

LABELMAP = slicer.vtkSegmentationConverter.GetSegmentationBinaryLabelmapRepresentationName()
SURFACE = slicer.vtkSegmentationConverter.GetSegmentationClosedSurfaceRepresentationName()
STATISTICS_ROLE = "VoCoStatistics"  # reference from a segmentation node to its table
REFERENCE = slicer.vtkMRMLSegmentationNode.GetReferenceImageGeometryReferenceRole()
_HIDDEN = "VoCoHidden"  # attribute of a result that is hidden because another CT is chosen

_DISPLAY_PROPERTIES = (
    *("Visibility", "Visibility3D", "Visibility2DFill", "Visibility2DOutline"),
    *("Opacity3D", "Opacity2DFill", "Opacity2DOutline", "Pickable"),
)


def writeSegmentation(
    scene: slicer.vtkMRMLScene,
    volumeNode: slicer.vtkMRMLScalarVolumeNode,
    labels: NDArray[np.uint8],
    table: Sequence[Label],
    segmentationNode: slicer.vtkMRMLSegmentationNode | None = None,
    name: str | None = None,
    algorithm: str = "VoCo",
) -> slicer.vtkMRMLSegmentationNode:
    """Makes a segmentation node of a label map, or replaces the segments of one.

    All segments share one label map, cut to what is in it. An existing node keeps its ID, how it
    is shown (for each segment by name) and whether it is shown in 3D.

    Args:
        scene: the scene of volumeNode.
        volumeNode: the CT; the result gets its geometry, parent transform and study.
        labels: (x, y, z) on the volume's grid; fastest in Fortran order.
        table: what becomes a segment where labels has its value.
        segmentationNode: the node to update; None makes one.
        name: of the node; None keeps its name or names it after the volume.
        algorithm: what made the labels, for the export to DICOM; 64 characters at most.

    Returns:
        the node.

    Raises:
        InputError: the volume has another size than labels.
    """
    checkSize(volumeNode, labels)
    _saveStateForUndo(scene, segmentationNode)
    if segmentationNode is None:
        segmentationNode = makeSegmentationNode(scene, volumeNode, name)
    elif name is not None:
        segmentationNode.SetName(name)
    with slicer.util.NodeModify(segmentationNode):
        attachToVolume(scene, segmentationNode, volumeNode)
        replaceSegments(segmentationNode, volumeNode, labels, table, algorithm)
    return segmentationNode


def makeSegmentationNode(
    scene: slicer.vtkMRMLScene, volumeNode: slicer.vtkMRMLScalarVolumeNode, name: str | None
) -> slicer.vtkMRMLSegmentationNode:
    """An empty segmentation node, named after the volume if name is None."""
    if name is None:
        name = _("{volume} segmentation").format(volume=volumeNode.GetName())
        name = unusedName(scene, name)
    return scene.AddNewNodeByClass("vtkMRMLSegmentationNode", name)


def unusedName(scene: slicer.vtkMRMLScene, name: str) -> str:
    """The name, with a number behind it if a node of the scene has it already."""
    wanted, number = name, 2
    while scene.GetFirstNodeByName(wanted) is not None:
        wanted, number = f"{name} {number}", number + 1
    return wanted


def attachToVolume(
    scene: slicer.vtkMRMLScene,
    segmentationNode: slicer.vtkMRMLSegmentationNode,
    volumeNode: slicer.vtkMRMLScalarVolumeNode,
) -> None:
    """Gives a segmentation the volume's transform, geometry, study and DICOM references."""
    segmentationNode.CreateDefaultDisplayNodes()
    segmentationNode.SetAndObserveTransformNodeID(volumeNode.GetTransformNodeID())
    segmentationNode.SetReferenceImageGeometryParameterFromVolumeNode(volumeNode)
    item = placeBeside(scene, segmentationNode, volumeNode)
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    constants = slicer.vtkMRMLSubjectHierarchyConstants
    attribute = constants.GetDICOMReferencedInstanceUIDsAttributeName()
    instances = volumeNode.GetAttribute("DICOM.instanceUIDs")
    if instances:
        hierarchy.SetItemAttribute(item, attribute, instances)
    elif hierarchy.HasItemAttribute(item, attribute):
        hierarchy.RemoveItemAttribute(item, attribute)


def replaceSegments(
    segmentationNode: slicer.vtkMRMLSegmentationNode,
    imageNode: slicer.vtkMRMLScalarVolumeNode,
    labels: NDArray[np.uint8],
    table: Sequence[Label],
    algorithm: str,
) -> None:
    """Replaces all segments by those that labels, on the grid of imageNode, has voxels of."""
    segmentation = segmentationNode.GetSegmentation()
    display, shown3D = _readDisplay(segmentationNode), segmentation.ContainsRepresentation(SURFACE)
    for segment in _segments(segmentation).values():
        # otherwise each removal makes a copy of the label map that it shares
        segment.RemoveAllRepresentations()
    segmentation.RemoveAllSegments()
    segmentation.SetSourceRepresentationName(LABELMAP)
    labelmap = _makeLabelmap(labels, imageNode)
    values = voxelView(labelmap).tobytes(order="A")
    for label in table:
        if label.value in values:
            segment = _makeSegment(label, labelmap, algorithm)
            segmentation.AddSegment(segment, f"Segment_{label.value}")
    if shown3D:
        segmentationNode.CreateClosedSurfaceRepresentation()
    _restoreDisplay(segmentationNode, display)


def showOnlyResultsOf(volumeNode: slicer.vtkMRMLScalarVolumeNode | None) -> None:
    """Hides the results of this module for other CTs, and brings back those of this one.

    Args:
        volumeNode: the CT; None hides nothing.
    """
    if volumeNode is None:
        return
    kind = "vtkMRMLSegmentationNode"
    for node in slicer.util.getNodesByClass(kind, volumeNode.GetScene()):
        display, ct = node.GetDisplayNode(), node.GetNodeReference(REFERENCE)
        if display is None or ct is None or node.GetNodeReference(STATISTICS_ROLE) is None:
            continue
        if ct is not volumeNode and display.GetVisibility():
            node.SetAttribute(_HIDDEN, "yes")
            display.SetVisibility(False)
        elif ct is volumeNode and node.GetAttribute(_HIDDEN):
            node.RemoveAttribute(_HIDDEN)
            display.SetVisibility(True)


def checkSize(volumeNode: slicer.vtkMRMLScalarVolumeNode, labels: NDArray[np.uint8]) -> None:
    """Raises InputError where labels (x, y, z) has another size than the volume."""
    image = volumeNode.GetImageData()
    if image is None or image.GetDimensions() != labels.shape:
        message = _("{name} was changed while it was segmented: it has another size now.")
        raise InputError(message.format(name=volumeNode.GetName()), _("Segment it again."))


def _saveStateForUndo(
    scene: slicer.vtkMRMLScene, segmentationNode: slicer.vtkMRMLSegmentationNode | None
) -> None:
    """One step of the scene's undo, if that is on, for the segmentation and its table."""
    nodes = vtk.vtkCollection()
    if segmentationNode is not None:
        statistics = segmentationNode.GetNodeReference(STATISTICS_ROLE)
        for node in (segmentationNode, segmentationNode.GetDisplayNode(), statistics):
            if node is not None:
                nodes.AddItem(node)
    scene.SaveStateForUndo(nodes)


def _makeLabelmap(
    labels: NDArray[np.uint8], imageNode: slicer.vtkMRMLScalarVolumeNode
) -> slicer.vtkOrientedImageData:
    """The part of labels that is not background, at its place in the grid of imageNode."""
    box = _boundingBox(labels)
    labelmap = slicer.vtkOrientedImageData()
    labelmap.SetExtent([edge for part in box for edge in (part.start, part.stop - 1)])
    labelmap.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 1)
    voxelView(labelmap)[...] = labels[box]
    toRas = vtk.vtkMatrix4x4()
    imageNode.GetIJKToRASMatrix(toRas)
    labelmap.SetImageToWorldMatrix(toRas)
    return labelmap


def _boundingBox(labels: NDArray[np.uint8]) -> tuple[slice, slice, slice]:
    """The smallest box around the voxels that are not 0; one voxel if there is none."""
    box = [slice(0, 1)] * 3
    for axis in (2, 1, 0):  # in Fortran order the slices of the last axis are read fastest
        others = tuple(other for other in range(3) if other != axis)
        used = np.flatnonzero(labels.any(axis=others))
        if not used.size:
            return slice(0, 1), slice(0, 1), slice(0, 1)
        box[axis] = slice(int(used[0]), int(used[-1]) + 1)
        labels = labels[tuple(box[axis] if other == axis else slice(None) for other in range(3))]
    return box[0], box[1], box[2]


def _makeSegment(
    label: Label, labelmap: slicer.vtkOrientedImageData, algorithm: str
) -> slicer.vtkSegment:
    segment = slicer.vtkSegment()
    segment.SetName(label.name)
    segment.SetNameAutoGenerated(False)
    segment.SetColor([channel / 255 for channel in label.color])
    segment.SetColorAutoGenerated(False)
    segment.SetLabelValue(label.value)
    segment.SetTag(slicer.vtkSegment.GetTerminologyEntryTagName(), serialize_terminology(label))
    segment.SetTag("Segmentation.Status", "inprogress")  # nobody has reviewed it
    segment.SetTag("DICOM.SegmentAlgorithmType", "AUTOMATIC")
    segment.SetTag("DICOM.SegmentAlgorithmName", algorithm)
    segment.AddRepresentation(LABELMAP, labelmap)
    return segment


def _segments(segmentation: slicer.vtkSegmentation) -> dict[str, slicer.vtkSegment]:
    """The segments by ID, in order."""
    ids = [segmentation.GetNthSegmentID(i) for i in range(segmentation.GetNumberOfSegments())]
    return {id_: segmentation.GetSegment(id_) for id_ in ids}


def _readDisplay(
    segmentationNode: slicer.vtkMRMLSegmentationNode,
) -> dict[str, dict[str, float | bool]]:
    """How each segment is shown, by its name."""
    displayNode = segmentationNode.GetDisplayNode()
    if displayNode is None:
        return {}
    return {
        segment.GetName(): {
            key: getattr(displayNode, f"GetSegment{key}")(id_) for key in _DISPLAY_PROPERTIES
        }
        for id_, segment in _segments(segmentationNode.GetSegmentation()).items()
    }


def _restoreDisplay(
    segmentationNode: slicer.vtkMRMLSegmentationNode, display: dict[str, dict[str, float | bool]]
) -> None:
    """Shows the segments as segments of the same names were shown."""
    displayNode = segmentationNode.GetDisplayNode()
    for id_, segment in _segments(segmentationNode.GetSegmentation()).items():
        for key, value in display.get(segment.GetName(), {}).items():
            getattr(displayNode, f"SetSegment{key}")(id_, value)
