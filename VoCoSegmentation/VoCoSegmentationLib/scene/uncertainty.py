"""The volume that shows how unsure the network was, over the CT in the slice views."""

from __future__ import annotations

import numpy as np
import slicer
import vtk
from numpy.typing import NDArray
from slicer.i18n import tr as _

from VoCoSegmentationLib.scene.hierarchy import placeBeside
from VoCoSegmentationLib.scene.positionOverlay import ALPHA
from VoCoSegmentationLib.scene.segmentations import checkSize, unusedName

ROLE = "VoCoUncertainty"  # reference from a segmentation node to its volume, and its attribute
COLOURS = "vtkMRMLColorTableNodeFileInferno.txt"  # of Slicer
OPACITY = 0.5
LEAST = 3  # per cent; less is not drawn


def writeUncertainty(
    scene: slicer.vtkMRMLScene,
    volumeNode: slicer.vtkMRMLScalarVolumeNode,
    segmentationNode: slicer.vtkMRMLSegmentationNode,
    doubt: NDArray[np.uint8],
) -> slicer.vtkMRMLScalarVolumeNode:
    """Makes the volume of a segmentation, or replaces its voxels.

    Args:
        scene: of the nodes.
        volumeNode: the CT.
        segmentationNode: the result.
        doubt: (x, y, z) on the volume's grid; 255 for 1.

    Returns:
        the volume; its voxels are per cent.
    """
    checkSize(volumeNode, doubt)
    node = segmentationNode.GetNodeReference(ROLE)
    if node is None:
        name = _("{segmentation} uncertainty").format(segmentation=segmentationNode.GetName())
        node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", unusedName(scene, name))
        node.SetAttribute(ROLE, "yes")
        segmentationNode.SetNodeReferenceID(ROLE, node.GetID())
    percent = np.rint(doubt.transpose() * (100 / 255)).astype(np.uint8)
    with slicer.util.NodeModify(node):
        slicer.util.updateVolumeFromArray(node, percent)
        matrix = vtk.vtkMatrix4x4()
        volumeNode.GetIJKToRASMatrix(matrix)
        node.SetIJKToRASMatrix(matrix)
        node.SetAndObserveTransformNodeID(volumeNode.GetTransformNodeID())
    _setColours(scene, node)
    placeBeside(scene, node, volumeNode)
    return node


def showUncertainty(
    scene: slicer.vtkMRMLScene,
    volumeNode: slicer.vtkMRMLScalarVolumeNode,
    uncertaintyNode: slicer.vtkMRMLScalarVolumeNode | None,
) -> None:
    """Shows a volume over its CT, in the views that show the CT; None takes such volumes away."""
    for composite in slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode", scene):
        above = scene.GetNodeByID(composite.GetForegroundVolumeID() or "")
        if uncertaintyNode is None:
            if above is not None and above.GetAttribute(ROLE):
                composite.SetForegroundVolumeID(None)
        elif composite.GetBackgroundVolumeID() == volumeNode.GetID():
            composite.SetForegroundVolumeID(uncertaintyNode.GetID())
            composite.SetForegroundOpacity(OPACITY)
            composite.SetCompositing(ALPHA)


def _setColours(scene: slicer.vtkMRMLScene, node: slicer.vtkMRMLScalarVolumeNode) -> None:
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    if scene.GetNodeByID(COLOURS) is not None:
        display.SetAndObserveColorNodeID(COLOURS)
    display.SetAutoWindowLevel(False)
    display.SetWindowLevelMinMax(0, 75)  # of two classes half, of four three quarters
    display.SetApplyThreshold(True)
    display.SetAutoThreshold(False)
    display.SetThreshold(LEAST, 100)
