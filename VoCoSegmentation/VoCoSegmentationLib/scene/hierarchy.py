"""Places results beside their volume in the subject hierarchy."""

from __future__ import annotations

import slicer


def placeBeside(
    scene: slicer.vtkMRMLScene, node: slicer.vtkMRMLNode, neighbourNode: slicer.vtkMRMLNode
) -> int:
    """Puts node under the parent of neighbourNode, such as its DICOM study.

    A node that the user has put elsewhere stays there.

    Returns:
        the node's item in the subject hierarchy.
    """
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    top = hierarchy.GetSceneItemID()
    item = hierarchy.GetItemByDataNode(node) or hierarchy.CreateItem(top, node)
    neighbour = hierarchy.GetItemByDataNode(neighbourNode)
    if neighbour and hierarchy.GetItemParent(item) == top:
        hierarchy.SetItemParent(item, hierarchy.GetItemParent(neighbour))
    return int(item)
