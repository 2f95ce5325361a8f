"""What can be done with a result: show, edit, write as DICOM or as files."""

from __future__ import annotations

import re
from pathlib import Path

from slicer import (
    vtkMRMLScalarVolumeNode,
    vtkMRMLSegmentationNode,
    vtkMRMLTableNode,
)
from slicer.i18n import tr as _

from VoCoSegmentationLib.presenters.seams import FrontEnd
from VoCoSegmentationLib.scene.segmentations import REFERENCE, STATISTICS_ROLE

INSTANCES = "DICOM.instanceUIDs"  # attribute of a volume that came from Slicer's DICOM database
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f/\\:*?"<>|]')


class ResultPresenter:
    """Follows the segmentation that the panel shows.

    Args:
        frontEnd: asks, shows and writes.
    """

    def __init__(self, frontEnd: FrontEnd) -> None:
        self._frontEnd = frontEnd
        self._segmentationNode: vtkMRMLSegmentationNode | None = None

    def setSegmentation(self, segmentationNode: vtkMRMLSegmentationNode | None) -> None:
        """None: there is none."""
        self._segmentationNode = segmentationNode

    def isThere(self) -> bool:
        """Whether there are segments to do something with."""
        node = self._segmentationNode
        return node is not None and node.GetSegmentation().GetNumberOfSegments() > 0

    def tableNode(self) -> vtkMRMLTableNode | None:
        """Its measures."""
        node = self._segmentationNode
        return node.GetNodeReference(STATISTICS_ROLE) if node is not None else None

    def showTable(self) -> None:
        """Shows the measures beside the views."""
        tableNode = self.tableNode()
        if tableNode is not None:
            self._frontEnd.showTable(tableNode)

    def edit(self) -> None:
        """Opens it in Segment Editor, over its CT."""
        if self._segmentationNode is not None:
            self._frontEnd.editSegmentation(self._segmentationNode, self._volumeNode())

    def exportDicom(self) -> None:
        """Opens Slicer's own export, or says why there can be no DICOM SEG."""
        if self._segmentationNode is None:
            return
        if reason := self._noDicomReason():
            self._frontEnd.showError(reason)
        else:
            self._frontEnd.exportDicom(self._segmentationNode)

    def exportFiles(self) -> None:
        """Writes the segmentation and its table into a folder that the user chooses."""
        node = self._segmentationNode
        folder = self._frontEnd.chooseFolder(_("Folder for the files")) if node else ""
        if node is None or not folder:
            return
        name = _NOT_IN_NAMES.sub("_", node.GetName()).strip(". ") or "segmentation"
        files = {Path(folder) / f"{name}.seg.nrrd": node}
        if (tableNode := self.tableNode()) is not None:
            files[Path(folder) / f"{name}.csv"] = tableNode
        there = [path.name for path in files if path.exists()]
        question = _("{names} is in this folder. Replace it?").format(names=", ".join(there))
        if there and not self._frontEnd.confirm(question, _("Export files")):
            return
        failed = [str(path) for path, item in files.items() if not self._write(item, path)]
        if failed:
            text = _("{names} cannot be written. Choose a folder that you can write to.")
            self._frontEnd.showError(text.format(names=", ".join(failed)))
        else:
            self._frontEnd.showMessage(_("Written to {folder}.").format(folder=folder))

    def _write(self, node: vtkMRMLSegmentationNode | vtkMRMLTableNode, path: Path) -> bool:
        return self._frontEnd.writeNode(node, str(path)) and path.exists()

    def _volumeNode(self) -> vtkMRMLScalarVolumeNode | None:
        node = self._segmentationNode
        return node.GetNodeReference(REFERENCE) if node is not None else None

    def _noDicomReason(self) -> str:
        """Why there can be no DICOM SEG; empty if there can."""
        volumeNode = self._volumeNode()
        instances = (volumeNode.GetAttribute(INSTANCES) or "") if volumeNode is not None else ""
        if not self._frontEnd.isInDicomDatabase(instances.split()):
            return _(
                "A DICOM SEG refers to the DICOM files of its CT, and this CT was not loaded from "
                "Slicer's DICOM database. Import its DICOM files with Add DICOM Data and segment "
                "it from there, or export files instead."
            )
        if not self._frontEnd.hasDicomExporter():
            return _(
                "Slicer writes DICOM SEG with the extension QuantitativeReporting, which is not "
                "installed. Install it in the Extensions Manager, or export files instead."
            )
        return ""
