"""The part of the panel where the data of a new run is chosen: files, or volumes of the scene."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ctk
import qt
import slicer
from slicer.i18n import tr as _

from VoCoPretrainLib.sceneData import isResult, segmentationOf, trainingVolumes

FOLDER, FILE, SCENE = range(3)  # the entries of the list of sources


class DataSection:
    """The source of the data, a path or a list of volumes with check boxes.

    Args:
        ui: the panel's widgets.
        onChanged: called when the user chose something else.
    """

    def __init__(self, ui: Any, onChanged: Callable[[], None]) -> None:
        self._ui = ui
        self._onChanged = onChanged
        self._ids: list[str] = []
        kinds = ctk.ctkPathLineEdit
        ui.dataFolderEdit.filters = kinds.Dirs | kinds.Readable
        ui.dataFileEdit.filters = kinds.Files | kinds.Readable
        ui.dataComboBox.connect("currentIndexChanged(int)", self._onSourceChanged)
        for edit in (ui.dataFolderEdit, ui.dataFileEdit):
            edit.connect("currentPathChanged(QString)", lambda *_args: onChanged())
        ui.sceneListWidget.connect("itemChanged(QListWidgetItem*)", lambda *_args: onChanged())
        self._showSource()

    @property
    def isScene(self) -> bool:
        """Whether the volumes are in the scene."""
        return self._ui.dataComboBox.currentIndex == SCENE

    def path(self) -> str:
        """The chosen folder or file; empty if there is none."""
        folder = self._ui.dataComboBox.currentIndex == FOLDER
        edit = self._ui.dataFolderEdit if folder else self._ui.dataFileEdit
        return str(edit.currentPath).strip()

    def volumeNodes(self) -> list[slicer.vtkMRMLScalarVolumeNode]:
        """The ticked volumes of the scene."""
        widget = self._ui.sceneListWidget
        rows = range(len(self._ids))
        ticked = [self._ids[i] for i in rows if widget.item(i).checkState() == qt.Qt.Checked]
        nodes = (slicer.mrmlScene.GetNodeByID(id_) for id_ in ticked)
        return [node for node in nodes if node is not None]

    def refresh(self) -> None:
        """Lists the volumes that are in the scene now; ticks stay, new volumes are ticked."""
        nodes = trainingVolumes(slicer.mrmlScene)
        texts = [_text(node) for node in nodes]
        widget = self._ui.sceneListWidget
        shown = [widget.item(i).text() for i in range(len(self._ids))]
        if shown == texts and self._ids == [node.GetID() for node in nodes]:
            return
        unticked = set(self._ids) - {node.GetID() for node in self.volumeNodes()}
        self._ids = [node.GetID() for node in nodes]
        wasBlocked = widget.blockSignals(True)
        widget.clear()
        widget.addItems(texts)
        for row, id_ in enumerate(self._ids):
            off = id_ in unticked
            widget.item(row).setCheckState(qt.Qt.Unchecked if off else qt.Qt.Checked)
        widget.blockSignals(wasBlocked)
        if self.isScene:
            self._onChanged()

    def _onSourceChanged(self, _index: int) -> None:
        self._showSource()
        self._onChanged()

    def _showSource(self) -> None:
        source = self._ui.dataComboBox.currentIndex
        self._ui.dataFolderEdit.setVisible(source == FOLDER)
        self._ui.dataFileEdit.setVisible(source == FILE)
        self._ui.sceneListWidget.setVisible(source == SCENE)


def _text(volumeNode: slicer.vtkMRMLScalarVolumeNode) -> str:
    """A volume, and the segmentation that is its labels."""
    segmentationNode = segmentationOf(slicer.mrmlScene, volumeNode)
    if segmentationNode is None:
        return str(volumeNode.GetName())
    text = f"{volumeNode.GetName()} + {segmentationNode.GetName()}"
    return _("{text} (a result of VoCo)").format(text=text) if isResult(segmentationNode) else text
