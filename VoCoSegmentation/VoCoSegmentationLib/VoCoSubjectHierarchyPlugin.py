"""The entry "Segment with VoCo" of the context menu of CTs in the module Data.

Slicer loads this file by its path, and the class of the same name in it.
"""

from __future__ import annotations

from typing import Any

import qt
import slicer
import vtk
from slicer.i18n import tr as _

try:
    from SubjectHierarchyPlugins import AbstractScriptedSubjectHierarchyPlugin
except ModuleNotFoundError:  # an application without the module Subject Hierarchy
    AbstractScriptedSubjectHierarchyPlugin = object


def register() -> None:
    """Adds the entry, where the application has such menus."""
    if AbstractScriptedSubjectHierarchyPlugin is not object:
        plugin = slicer.qSlicerSubjectHierarchyScriptedPlugin(None)
        plugin.setPythonSource(VoCoSubjectHierarchyPlugin.filePath)  # whose base class registers it


def volumesOf(items: list[int]) -> list[Any]:
    """The CTs among items of the subject hierarchy: no label maps, no colour images."""
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    nodes = [hierarchy.GetItemDataNode(item) for item in items if item]
    return [n for n in nodes if n is not None and n.GetClassName() == "vtkMRMLScalarVolumeNode"]


def segment(volumeNodes: list[Any]) -> None:
    """Opens the module and segments these there."""
    slicer.util.selectModule("VoCoSegmentation")
    slicer.util.getModuleWidget("VoCoSegmentation").segmentVolumes(volumeNodes)


class VoCoSubjectHierarchyPlugin(AbstractScriptedSubjectHierarchyPlugin):
    """Adds the entry for one CT, or for all that are selected."""

    filePath = __file__  # Slicer asks for it

    def __init__(self, scriptedPlugin: Any) -> None:
        scriptedPlugin.name = type(self).__name__
        AbstractScriptedSubjectHierarchyPlugin.__init__(self, scriptedPlugin)
        self._action = qt.QAction(_("Segment with VoCo"), scriptedPlugin)
        self._action.objectName = "VoCoSegmentAction"
        self._action.connect("triggered()", self._onTriggered)

    def itemContextMenuActions(self) -> list[Any]:
        """All entries of this plugin."""
        return [self._action]

    def showContextMenuActionsForItem(self, itemID: int) -> None:
        """Shows the entry for a CT."""
        self._action.visible = bool(volumesOf([itemID]))

    def _onTriggered(self) -> None:
        selected = vtk.vtkIdList()
        handler = slicer.qSlicerSubjectHierarchyPluginHandler.instance()
        handler.currentItems(selected)
        items = [selected.GetId(i) for i in range(selected.GetNumberOfIds())]
        segment(volumesOf(items or [handler.currentItem()]))
