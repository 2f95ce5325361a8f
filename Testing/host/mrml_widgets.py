"""The slicer.qMRML widgets that the modules use, over real MRML nodes."""

# ruff: noqa: N801, N802, N815 - Slicer's names
from __future__ import annotations

import functools
from typing import Any, ClassVar

import slicer
import vtk
from PySide6 import QtCore, QtGui, QtWidgets
from vtk.util.numpy_support import vtk_to_numpy

from host.ctk_widgets import ctkMenuButton, row, setting
from host.pythonqt import Standin, UiLoader

CLOSED_SURFACE = slicer.vtkSegmentationConverter.GetSegmentationClosedSurfaceRepresentationName()
LABELMAP = slicer.vtkSegmentationConverter.GetSegmentationBinaryLabelmapRepresentationName()


class Observations:
    """VTK observers that end with the widget that made them."""

    def __init__(self, widget: QtCore.QObject) -> None:
        self._tags: list[tuple[vtk.vtkObject, int]] = []
        widget.destroyed.connect(functools.partial(Observations.clear, self))

    def add(self, target: vtk.vtkObject, event: Any, callback: Any) -> None:
        """Calls back without arguments."""
        self._tags.append((target, target.AddObserver(event, lambda *_: callback())))

    def clear(self, *_: Any) -> None:
        """Removes all."""
        for target, tag in self._tags:
            target.RemoveObserver(tag)
        self._tags.clear()


class qMRMLUtils:
    """Slicer's conversions between VTK and Qt."""

    def vtkImageDataToQImage(self, image: vtk.vtkImageData, picture: QtGui.QImage) -> bool:
        """Fills the picture; the image is uint8 RGB, its first row the lowest."""
        width, height, _ = image.GetDimensions()
        pixels = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(height, width, 3)[::-1]
        form = QtGui.QImage.Format_RGB888
        found = QtGui.QImage(pixels.tobytes(), width, height, 3 * width, form)
        picture.swap(found.convertToFormat(QtGui.QImage.Format_ARGB32))
        return True


class qMRMLWidget(Standin, QtWidgets.QWidget):
    """A widget that knows the scene and tells its children."""

    mrmlSceneChanged = QtCore.Signal(object)
    signals: ClassVar = {"mrmlSceneChanged(vtkMRMLScene*)": "mrmlSceneChanged"}

    def mrmlScene(self) -> Any:
        return self.__dict__.get("_scene")

    def setMRMLScene(self, scene: Any) -> None:
        if scene is not self.mrmlScene():
            self._scene = scene
            self.mrmlSceneChanged.emit(scene)


class qMRMLNodeComboBox(qMRMLWidget):
    """Chooses a node of the scene; its last entries make, rename or delete one."""

    currentNodeChanged = QtCore.Signal(object)
    currentNodeValid = QtCore.Signal(bool)
    currentNodeIDChanged = QtCore.Signal(str)
    nodeAddedByUser = QtCore.Signal(object)
    signals: ClassVar = {
        **qMRMLWidget.signals,
        "currentNodeChanged(vtkMRMLNode*)": "currentNodeChanged",
        "currentNodeChanged(bool)": "currentNodeValid",
        "currentNodeIDChanged(QString)": "currentNodeIDChanged",
        "nodeAddedByUser(vtkMRMLNode*)": "nodeAddedByUser",
    }
    nodeTypes = setting("QStringList", "nodeTypes", [], "_refresh")
    showHidden = setting(bool, "showHidden", False, "_refresh")
    showChildNodeTypes = setting(bool, "showChildNodeTypes", True, "_refresh")
    noneEnabled = setting(bool, "noneEnabled", False, "_refresh")
    noneDisplay = setting(str, "noneDisplay", "None", "_refresh")
    addEnabled = setting(bool, "addEnabled", True, "_refresh")
    renameEnabled = setting(bool, "renameEnabled", False, "_refresh")
    removeEnabled = setting(bool, "removeEnabled", True, "_refresh")
    selectNodeUponCreation = setting(bool, "selectNodeUponCreation", True)
    baseName = setting(str, "baseName", "")
    currentNodeID = QtCore.Property(
        str, lambda self: self._current, lambda self, id_: self.setCurrentNodeID(id_)
    )

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._combo = QtWidgets.QComboBox(self)
        row(self, self._combo)
        self._ids: list[str] = []
        self._current = ""
        self._attributes: list[tuple[str, str, str | None]] = []
        self._of_scene, self._of_nodes = Observations(self), Observations(self)
        self._observed: list[Any] = []
        self._combo.activated.connect(self._activated)
        self.mrmlSceneChanged.connect(self._observe)

    def currentNode(self) -> Any:
        return self._scene.GetNodeByID(self._current) if self._current else None

    def setCurrentNode(self, node: Any) -> None:
        self.setCurrentNodeID(node.GetID() if node is not None else "")

    def setCurrentNodeID(self, id_: str | None) -> None:
        """Chooses by ID; a node that is not offered is as none."""
        self._select(id_ if id_ in self._ids else "")

    def nodeCount(self) -> int:
        """Number of nodes that are offered."""
        return len(self._ids)

    def addAttribute(self, kind: str, name: str, value: str | None = None) -> None:
        """Of this type offers only nodes that have the attribute, with this value unless None."""
        self._attributes.append((kind, name, value))
        self._refresh()

    def addNode(self, kind: str = "") -> Any:
        """Makes a node, as the entry for it does."""
        name = self._scene.GenerateUniqueName(self.baseName or self._label())
        node = self._scene.AddNewNodeByClass(kind or self.nodeTypes[0], name)
        if self.selectNodeUponCreation:
            self.setCurrentNode(node)
        self.nodeAddedByUser.emit(node)
        return node

    def removeCurrentNode(self) -> None:
        self._scene.RemoveNode(self.currentNode())

    def renameCurrentNode(self) -> None:
        name = QtWidgets.QInputDialog.getText(self, "Rename", "New name:")
        if name:
            self.currentNode().SetName(name)

    def _label(self) -> str:
        return self.nodeTypes[0].removeprefix("vtkMRML").removesuffix("Node")

    def _observe(self, scene: Any) -> None:
        self._of_scene.clear()
        for name in ("NodeAddedEvent", "NodeRemovedEvent", "EndCloseEvent"):
            if scene is not None:
                self._of_scene.add(scene, getattr(scene, name), self._refresh)
        self._refresh()

    def _candidates(self) -> list[tuple[Any, str]]:
        scene = self.mrmlScene()
        kinds = self.nodeTypes if scene is not None else []
        return [(n, kind) for kind in kinds for n in slicer.util.getNodesByClass(kind, scene)]

    def _fits(self, node: Any, kind: str) -> bool:
        values = [(node.GetAttribute(n), v) for k, n, v in self._attributes if k == kind]
        return (
            (self.showHidden or not node.GetHideFromEditors())
            and (self.showChildNodeTypes or node.GetClassName() == kind)
            and all(has is not None and wanted in (None, has) for has, wanted in values)
        )

    def _refresh(self) -> None:
        if self.mrmlScene() is not None and self._scene.IsClosing():
            return
        before, candidates = self._ids, self._candidates()
        self._ids = [node.GetID() for node, kind in candidates if self._fits(node, kind)]
        if (nodes := [node for node, _ in candidates]) != self._observed:
            self._observed = nodes
            self._of_nodes.clear()
            for node in nodes:
                self._of_nodes.add(node, "ModifiedEvent", self._refresh)
        self._fill()
        if self._current not in self._ids:
            first = self._ids and not self.noneEnabled and (self._current or not before)
            self._select(self._ids[0] if first else "")

    def _fill(self) -> None:
        blocked = self._combo.blockSignals(True)
        self._combo.clear()
        if self.noneEnabled:
            self._combo.addItem(self.noneDisplay, "")
        for id_ in self._ids:
            self._combo.addItem(self._scene.GetNodeByID(id_).GetName(), id_)
        for verb, enabled, action in (
            ("Create new", self.addEnabled, self.addNode),
            ("Rename current", self.renameEnabled and self._current, self.renameCurrentNode),
            ("Delete current", self.removeEnabled and self._current, self.removeCurrentNode),
        ):
            if enabled and self.nodeTypes:
                self._combo.addItem(f"{verb} {self._label()}", action)
        self._combo.setCurrentIndex(self._combo.findData(self._current))
        self._combo.blockSignals(blocked)

    def _activated(self, index: int) -> None:
        data = self._combo.itemData(index)
        if isinstance(data, str):
            self._select(data)
        else:
            self._combo.setCurrentIndex(self._combo.findData(self._current))
            data()

    def _select(self, id_: str) -> None:
        if id_ != self._current:
            self._current = id_
            self._fill()
            self.currentNodeChanged.emit(self.currentNode())
            self.currentNodeValid.emit(bool(id_))
            self.currentNodeIDChanged.emit(id_)


class qMRMLSegmentationShow3DButton(ctkMenuButton):
    """Makes and removes the surfaces of a segmentation."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.text, self.checkable, self.enabled = "Show 3D", True, False
        self._node: Any = None
        self._observations = Observations(self)
        self.toggled.connect(self._show)

    def segmentationNode(self) -> Any:
        return self._node

    def setSegmentationNode(self, node: Any) -> None:
        self._observations.clear()
        self._node = node
        events = ("SegmentAdded", "SegmentRemoved", "ContainedRepresentationNamesModified")
        for event in events if node is not None else ():
            self._observations.add(node, getattr(slicer.vtkSegmentation, event), self._update)
        self._update()

    def _update(self) -> None:
        segmentation = self._node.GetSegmentation() if self._node is not None else None
        self.enabled = segmentation is not None and segmentation.GetNumberOfSegments() > 0
        if segmentation is not None:
            blocked = self.blockSignals(True)
            self.checked = segmentation.ContainsRepresentation(CLOSED_SURFACE)
            self.blockSignals(blocked)

    def _show(self, shown: bool) -> None:
        if self._node is None:
            return
        segmentation, display = self._node.GetSegmentation(), self._node.GetDisplayNode()
        with slicer.util.NodeModify(self._node):
            if not shown:
                segmentation.RemoveRepresentation(CLOSED_SURFACE)
            elif segmentation.CreateRepresentation(CLOSED_SURFACE) and display is not None:
                display.SetPreferredDisplayRepresentationName3D(CLOSED_SURFACE)
                display.SetPreferredDisplayRepresentationName2D(LABELMAP)


def install() -> None:
    """Makes the widgets known to Python code and .ui files."""
    for name, cls in list(globals().items()):
        if name.startswith("qMRML"):
            setattr(slicer, name, cls)
        if name.startswith("qMRML") and issubclass(cls, QtWidgets.QWidget):
            UiLoader.widgets[name] = cls
