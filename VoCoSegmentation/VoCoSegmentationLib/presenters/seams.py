"""What presenters need of others: a front end, the module's logic, the parameters of a scene."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from slicer import (
    vtkMRMLMarkupsFiducialNode,
    vtkMRMLMarkupsROINode,
    vtkMRMLNode,
    vtkMRMLScalarVolumeNode,
    vtkMRMLSegmentationNode,
)

from VoCoLib.models.catalogue import Catalogue
from VoCoSegmentationLib.jobs.queue import JobQueue


class Timer(Protocol):
    """Calls a function later, or again and again until it is stopped."""

    def start(self) -> None:
        """Begins, or begins anew."""

    def stop(self) -> None:
        """Calls no more."""


class FrontEnd(Protocol):
    """Where the user sits: Slicer's window, or another one with the same logic."""

    def isInstalled(self) -> bool:
        """Whether the Python packages are there."""

    def ensureInstalled(self) -> bool:
        """Asks to install them if need be; False if that was declined."""

    def wasInterrupted(self) -> bool:
        """Whether an installation did not come to its end."""

    def hasAgreed(self) -> bool:
        """Whether the user has agreed to an installation that this start is for."""

    def repair(self) -> bool:
        """Asks to install damaged packages again; whether that was done."""

    def confirm(self, question: str, title: str) -> bool:
        """Asks for OK or Cancel."""

    def showError(self, text: str) -> None:
        """Shows what went wrong."""

    def showMessage(self, text: str) -> None:
        """Shows in passing what has been done."""

    def notify(self, text: str) -> None:
        """Says what has happened to who may be doing something else."""

    def setting(self, key: str) -> str:
        """What was kept from an earlier session; empty if nothing was."""

    def keepSetting(self, key: str, value: str) -> None:
        """Keeps something for the next session."""

    def makeTimer(self, milliseconds: int, function: Callable[[], None], again: bool) -> Timer:
        """A timer that is not started yet; again: it calls until it is stopped."""

    def soon(self, function: Callable[[], None]) -> None:
        """Calls a function when no event is being handled."""

    def renderingPaused(self) -> AbstractContextManager[None]:
        """Lets several changes of nodes be drawn at once."""

    def loadSampleCt(self) -> vtkMRMLScalarVolumeNode | None:
        """Downloads and shows a CT of Slicer's sample data; None if that failed."""

    def showTable(self, tableNode: vtkMRMLNode) -> None:
        """Shows a table beside the views."""

    def showChart(self, chartNode: vtkMRMLNode) -> None:
        """Shows a chart beside the views."""

    def editSegmentation(
        self,
        segmentationNode: vtkMRMLSegmentationNode,
        volumeNode: vtkMRMLScalarVolumeNode | None,
    ) -> None:
        """Opens a segmentation in Segment Editor, over its volume."""

    def isInDicomDatabase(self, instances: Sequence[str]) -> bool:
        """Whether Slicer's DICOM database has the files of these instances, of one at least."""

    def hasDicomExporter(self) -> bool:
        """Whether Slicer can write DICOM SEG."""

    def exportDicom(self, segmentationNode: vtkMRMLSegmentationNode) -> None:
        """Opens Slicer's DICOM export with a segmentation chosen."""

    def chooseFolder(self, title: str) -> str:
        """Asks for a folder; empty if that was declined."""

    def writeNode(self, node: vtkMRMLNode, path: str) -> bool:
        """Writes a node to a file, as it is in the scene; whether that was done."""

    def showThreeD(self) -> None:
        """Makes sure that a 3D view is seen."""

    def showSideBySide(self) -> None:
        """Shows two slice views, the left one called Red and the right one Yellow."""

    def fitViews(self) -> None:
        """Lets each slice view show the whole of its CT."""

    def askForFile(self, title: str, name: str, kinds: str) -> str:
        """Asks where to write; empty if that was declined."""

    def layoutBack(self) -> None:
        """Takes back what these did to the layout, unless the user has chosen another."""


class Parameters(Protocol):
    """The parameter node of VoCoSegmentation, which says what its attributes mean."""

    inputVolume: vtkMRMLScalarVolumeNode | None
    allFrames: bool
    modelId: str
    modelTitle: str
    structures: list[str]
    regionOfInterest: vtkMRMLMarkupsROINode | None
    device: str
    outputSegmentation: vtkMRMLSegmentationNode | None
    uncertainty: bool
    positionModel: str
    positionBases: int
    positionPlacement: str
    positionPoint: vtkMRMLMarkupsFiducialNode | None
    positionReference: vtkMRMLScalarVolumeNode | None
    positionShowMatch: bool
    positionOverlay: str
    positionOpacity: float


class SegmentationLogic(Protocol):
    """The logic of VoCoSegmentation, as its panel uses it."""

    catalogue: Catalogue

    def queue(self) -> JobQueue:
        """Of this session."""

    def getParameterNode(self) -> Parameters:
        """Of the scene."""

    def process(
        self,
        volumeNode: vtkMRMLScalarVolumeNode,
        segmentationNode: vtkMRMLSegmentationNode | None,
        modelId: str,
        structures: Collection[str] | None,
        device: str,
        wait: bool,
        callback: Callable[[Any], None] | None,
        region: vtkMRMLMarkupsROINode | None,
        allFrames: bool,
        uncertainty: bool,
    ) -> Any:
        """Segments a volume; raises VoCoError."""
