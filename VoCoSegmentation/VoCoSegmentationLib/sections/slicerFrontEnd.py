"""Slicer's window as presenters see it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import qt
import slicer
from slicer.i18n import tr as _

from VoCoSegmentationLib.installation.installer import Installer
from VoCoSegmentationLib.installation.installFlow import (
    ensureInstalled,
    hasAgreed,
    isInstalling,
    isUnfinished,
    repair,
)
from VoCoSegmentationLib.panelWords import inPanel
from VoCoSegmentationLib.presenters.seams import Timer
from VoCoSegmentationLib.sections.layouts import keeper, showThreeD

MESSAGE_MS = 3000
NOTICE_MS = 20_000
SAMPLE = "CTAAbdomenPanoramix"  # in Slicer's module Sample Data


class HasInstaller(Protocol):
    """The logic of a module."""

    installer: Installer


class SlicerFrontEnd:
    """A FrontEnd, see presenters.seams.

    Args:
        logic: has the installer of Python packages.
        onInstalled: called after the user was asked to install.
    """

    def __init__(self, logic: HasInstaller, onInstalled: Callable[[], None]) -> None:
        self._logic = logic
        self._onInstalled = onInstalled
        self._installed = False

    def isInstalled(self) -> bool:
        if isInstalling():
            return False
        self._installed = self._installed or not self._logic.installer.missing()
        return self._installed

    def ensureInstalled(self) -> bool:
        self._installed = self.isInstalled() or ensureInstalled(self._logic.installer)
        self._onInstalled()
        return self._installed

    def wasInterrupted(self) -> bool:
        return isUnfinished() and not isInstalling() and not self.isInstalled()

    def hasAgreed(self) -> bool:
        return hasAgreed() and not isInstalling()

    def repair(self) -> bool:
        self._installed = False
        isDone = repair(self._logic.installer)
        self._onInstalled()
        return isDone

    def confirm(self, question: str, title: str) -> bool:
        return bool(slicer.util.confirmOkCancelDisplay(question, title))

    def showError(self, text: str) -> None:
        slicer.util.errorDisplay(inPanel(text))

    def showMessage(self, text: str) -> None:
        slicer.util.showStatusMessage(text, MESSAGE_MS)

    def notify(self, text: str) -> None:
        slicer.util.showStatusMessage(text, NOTICE_MS)
        if slicer.util.mainWindow() is not None:
            qt.QApplication.alert(slicer.util.mainWindow())  # in the task bar

    def setting(self, key: str) -> str:
        return str(slicer.util.settingsValue(key, ""))

    def keepSetting(self, key: str, value: str) -> None:
        qt.QSettings().setValue(key, value)

    def makeTimer(self, milliseconds: int, function: Callable[[], None], again: bool) -> Timer:
        timer = qt.QTimer()
        timer.setSingleShot(not again)
        timer.setInterval(milliseconds)
        timer.connect("timeout()", function)
        return timer

    def soon(self, function: Callable[[], None]) -> None:
        qt.QTimer.singleShot(0, function)

    def renderingPaused(self) -> AbstractContextManager[None]:
        return slicer.util.RenderBlocker()

    def loadSampleCt(self) -> Any:
        from SampleData import SampleDataLogic

        volumeNode = None
        with slicer.util.tryWithErrorDisplay(_("The sample CT cannot be loaded."), waitCursor=True):
            volumeNode = SampleDataLogic().downloadSample(SAMPLE)
            slicer.util.setSliceViewerLayers(background=volumeNode, fit=True)
        return volumeNode

    def showTable(self, tableNode: Any) -> None:
        layoutManager = slicer.app.layoutManager()
        if layoutManager is not None:
            layout = slicer.modules.tables.logic().GetLayoutWithTable(layoutManager.layout)
            keeper.change(lambda: layoutManager.setLayout(layout))
        slicer.app.applicationLogic().GetSelectionNode().SetActiveTableID(tableNode.GetID())
        slicer.app.applicationLogic().PropagateTableSelection()

    def showChart(self, chartNode: Any) -> None:
        keeper.change(lambda: slicer.modules.plots.logic().ShowChartInLayout(chartNode))

    def editSegmentation(self, segmentationNode: Any, volumeNode: Any) -> None:
        slicer.util.selectModule("SegmentEditor")
        editor = slicer.modules.segmenteditor.widgetRepresentation().self().editor
        editor.setSegmentationNode(segmentationNode)
        editor.setSourceVolumeNode(volumeNode)

    def isInDicomDatabase(self, instances: Sequence[str]) -> bool:
        database = slicer.dicomDatabase
        return bool(database and database.isOpen and instances) and bool(
            database.fileForInstance(instances[0])
        )

    def hasDicomExporter(self) -> bool:
        return "DICOMSegmentationPlugin" in slicer.modules.dicomPlugins

    def exportDicom(self, segmentationNode: Any) -> None:
        hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
        dialog = slicer.qSlicerDICOMExportDialog(None)
        dialog.setMRMLScene(slicer.mrmlScene)
        dialog.execDialog(hierarchy.GetItemByDataNode(segmentationNode))

    def chooseFolder(self, title: str) -> str:
        return str(qt.QFileDialog.getExistingDirectory(slicer.util.mainWindow(), title))

    def writeNode(self, node: Any, path: str) -> bool:
        return bool(slicer.util.exportNode(node, path))

    def showThreeD(self) -> None:
        showThreeD()

    def showSideBySide(self) -> None:
        layoutManager = slicer.app.layoutManager()
        if layoutManager is not None:
            layout = slicer.vtkMRMLLayoutNode.SlicerLayoutSideBySideView
            keeper.change(lambda: layoutManager.setLayout(layout))

    def fitViews(self) -> None:
        if slicer.app.layoutManager() is not None:
            slicer.app.layoutManager().resetSliceViews()

    def askForFile(self, title: str, name: str, kinds: str) -> str:
        window = slicer.util.mainWindow()
        return str(qt.QFileDialog.getSaveFileName(window, title, name, kinds))

    def layoutBack(self) -> None:
        keeper.back()
