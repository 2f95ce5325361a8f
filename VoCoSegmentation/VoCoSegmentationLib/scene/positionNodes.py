"""The nodes of the position view: found by their role, made in one folder, shown and removed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

import slicer
import vtk
from slicer.i18n import tr as _

from VoCoSegmentationLib.scene.positionColours import Colour, shades

ROLE = "VoCoPosition"  # attribute of the nodes and of their folder; nodes have their role in it
CLASSES = {
    "point": "vtkMRMLMarkupsFiducialNode",
    "query": "vtkMRMLModelNode",
    "bases": "vtkMRMLModelNode",
    "best": "vtkMRMLModelNode",
    "base names": "vtkMRMLMarkupsFiducialNode",
    "predicted": "vtkMRMLMarkupsFiducialNode",
    "predicted name": "vtkMRMLMarkupsFiducialNode",
    "similarity": "vtkMRMLScalarVolumeNode",
    "table": "vtkMRMLTableNode",
    "similarity bars": "vtkMRMLPlotSeriesNode",
    "probability bars": "vtkMRMLPlotSeriesNode",
    "overlap bars": "vtkMRMLPlotSeriesNode",
    "chart": "vtkMRMLPlotChartNode",
    "confidence": "vtkMRMLScalarVolumeNode",
    "error": "vtkMRMLScalarVolumeNode",
    "match": "vtkMRMLMarkupsFiducialNode",
    "match similarity": "vtkMRMLScalarVolumeNode",
    "body": "vtkMRMLModelNode",
    "lit cells": "vtkMRMLModelNode",
    "arrow": "vtkMRMLModelNode",
    "similarity colours": "vtkMRMLColorTableNode",
    "error colours": "vtkMRMLColorTableNode",
}
SHADES = 256
NOWHERE = "nowhere"  # the ID of no view


class PositionNodes:
    """The nodes of the one position view of a scene, also of one that was loaded.

    Args:
        scene: where they are.
    """

    def __init__(self, scene: slicer.vtkMRMLScene) -> None:
        self._scene = scene

    def find(self, role: str) -> slicer.vtkMRMLNode | None:
        """The node with a role, if there is one."""
        nodes = slicer.util.getNodesByClass(CLASSES[role], self._scene)
        return next((node for node in nodes if node.GetAttribute(ROLE) == role), None)

    def all(self) -> Iterator[slicer.vtkMRMLNode]:
        """All that there are; two with a role if another scene was added to this one."""
        for role, kind in CLASSES.items():
            nodes = slicer.util.getNodesByClass(kind, self._scene)
            yield from (node for node in nodes if node.GetAttribute(ROLE) == role)

    def make(self, role: str, name: str) -> slicer.vtkMRMLNode:
        """The node with a role, new or as it is, under this name."""
        node = self.find(role)
        if node is None:
            with _placeNodeKept(self._scene):
                node = self._scene.AddNewNodeByClass(CLASSES[role], name)
            node.SetAttribute(ROLE, role)
            if hasattr(node, "CreateDefaultDisplayNodes"):
                node.CreateDefaultDisplayNodes()
            self._placeInFolder(node)
        elif node.GetName() != name:
            node.SetName(name)
        return node

    def colours(self, role: str, scale: Sequence[Colour]) -> slicer.vtkMRMLColorTableNode:
        """The colour table with a role, made of a scale from low to high."""
        node = self.find(role)
        if node is None:
            node = self._scene.AddNewNodeByClass(CLASSES[role], f"VoCo {role}")
            node.SetAttribute(ROLE, role)
            node.SetHideFromEditors(True)
            node.SetTypeToUser()
            node.SetNumberOfColors(SHADES)
            for number, shade in enumerate(shades(scale, SHADES)):
                node.SetColor(number, *shade, 1.0)
        return node

    def group(self, volumeNode: slicer.vtkMRMLScalarVolumeNode) -> None:
        """Names the folder after a CT and puts it beside that."""
        hierarchy = self._hierarchy()
        folder = self._folder() or self._newFolder()
        name = _("Position view of {volume}").format(volume=volumeNode.GetName())
        if hierarchy.GetItemName(folder) != name:
            hierarchy.SetItemName(folder, name)
        neighbour = hierarchy.GetItemByDataNode(volumeNode)
        if neighbour:
            hierarchy.SetItemParent(folder, hierarchy.GetItemParent(neighbour))

    def isEmpty(self) -> bool:
        """Whether there are none."""
        return not any(True for _node in self.all())

    def setVisible(self, visible: bool) -> None:
        """Shows or hides what the views show by themselves; volumes are layers of the slices."""
        for node in self.all():
            if node.IsA("vtkMRMLModelNode") or node.IsA("vtkMRMLMarkupsNode"):
                node.SetDisplayVisibility(visible)

    def showIn(
        self, roles: Sequence[str], views: Sequence[slicer.vtkMRMLAbstractViewNode] | None
    ) -> None:
        """Shows the nodes with these roles in some views only, perhaps in none; None for all."""
        wanted = tuple(view.GetID() for view in views or ())
        if views is not None and not wanted:
            wanted = (NOWHERE,)  # no ID at all would stand for all views
        for role in roles:
            node = self.find(role)
            display = node.GetDisplayNode() if node is not None else None
            if display is not None and tuple(display.GetViewNodeIDs()) != wanted:
                with slicer.util.NodeModify(display):
                    display.RemoveAllViewNodeIDs()
                    for viewId in wanted:
                        display.AddViewNodeID(viewId)

    def isHidden(self) -> bool:
        """Whether there is an answer, hidden."""
        node = self.find("query")
        return node is not None and not node.GetDisplayVisibility()

    def removeRole(self, *roles: str) -> None:
        """Removes the nodes with these roles."""
        for role in roles:
            while (node := self.find(role)) is not None:
                self._remove(node)
        self._removeEmptyFolder()

    def remove(self) -> None:
        """Removes all nodes and their folder; what the user has put into it stays."""
        self.removeRole(*CLASSES)

    def _remove(self, node: slicer.vtkMRMLNode) -> None:
        parts = []
        if node.IsA("vtkMRMLDisplayableNode"):
            parts += [node.GetNthDisplayNode(i) for i in range(node.GetNumberOfDisplayNodes())]
        if node.IsA("vtkMRMLStorableNode"):
            parts += [node.GetNthStorageNode(i) for i in range(node.GetNumberOfStorageNodes())]
        hierarchy = self._hierarchy()
        item = hierarchy.GetItemByDataNode(node)
        if item:
            hierarchy.RemoveItem(item, False)
        for part in (node, *parts):
            if part is not None and part.GetScene() is not None:
                self._scene.RemoveNode(part)

    def _hierarchy(self) -> slicer.vtkMRMLSubjectHierarchyNode:
        return slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(self._scene)

    def _placeInFolder(self, node: slicer.vtkMRMLNode) -> None:
        self._hierarchy().CreateItem(self._folder() or self._newFolder(), node)  # or moves it there

    def _folder(self) -> int:
        """The item of the folder in the subject hierarchy; 0 if there is none."""
        hierarchy, items = self._hierarchy(), vtk.vtkIdList()
        hierarchy.GetItemChildren(hierarchy.GetSceneItemID(), items, True)
        found = (items.GetId(i) for i in range(items.GetNumberOfIds()))
        return int(next((item for item in found if hierarchy.HasItemAttribute(item, ROLE)), 0))

    def _newFolder(self) -> int:
        hierarchy = self._hierarchy()
        folder = hierarchy.CreateFolderItem(hierarchy.GetSceneItemID(), _("Position view"))
        hierarchy.SetItemAttribute(folder, ROLE, "folder")
        return int(folder)

    def _removeEmptyFolder(self) -> None:
        hierarchy, folder, items = self._hierarchy(), self._folder(), vtk.vtkIdList()
        if folder:
            hierarchy.GetItemChildren(folder, items)
            if not items.GetNumberOfIds():
                hierarchy.RemoveItem(folder)


@contextlib.contextmanager
def _placeNodeKept(scene: slicer.vtkMRMLScene) -> Iterator[None]:
    """Slicer makes each new markup the one that gets the user's next clicks: not ours."""
    selection = scene.GetNodeByID("vtkMRMLSelectionNodeSingleton")
    before = selection.GetActivePlaceNodeClassName(), selection.GetActivePlaceNodeID()
    yield
    selection.SetReferenceActivePlaceNodeClassName(before[0])
    selection.SetReferenceActivePlaceNodeID(before[1])
