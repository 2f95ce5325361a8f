"""The part of the panel with what can be done with a result."""

from __future__ import annotations

from typing import Any, Protocol

from slicer import vtkMRMLSegmentationNode

from VoCoSegmentationLib.presenters.results import ResultPresenter
from VoCoSegmentationLib.presenters.seams import FrontEnd
from VoCoSegmentationLib.sections.widgets import Button


class ResultWidgets(Protocol):
    """Of the .ui file."""

    show3DButton: Any  # qMRMLSegmentationShow3DButton
    statisticsButton: Button
    editButton: Button
    exportDicomButton: Button
    exportFilesButton: Button


class ResultSection:
    """Shows a ResultPresenter; Slicer's own button makes the surfaces.

    Args:
        ui: the panel's widgets.
        frontEnd: shows the 3D view.
    """

    def __init__(self, ui: ResultWidgets, frontEnd: FrontEnd) -> None:
        self._ui = ui
        self._frontEnd = frontEnd
        self._presenter = ResultPresenter(frontEnd)
        ui.show3DButton.connect("clicked(bool)", self._onShow3D)
        for button, press in (
            (ui.statisticsButton, self._presenter.showTable),
            (ui.editButton, self._presenter.edit),
            (ui.exportDicomButton, self._presenter.exportDicom),
            (ui.exportFilesButton, self._presenter.exportFiles),
        ):
            button.connect("clicked(bool)", lambda *_args, press=press: press())

    def show(self, segmentationNode: vtkMRMLSegmentationNode | None) -> None:
        """Offers what there is of a segmentation."""
        if self._ui.show3DButton.segmentationNode() != segmentationNode:
            self._ui.show3DButton.setSegmentationNode(segmentationNode)
        self._presenter.setSegmentation(segmentationNode)
        self._ui.statisticsButton.enabled = self._presenter.tableNode() is not None
        for button in (self._ui.editButton, self._ui.exportDicomButton, self._ui.exportFilesButton):
            button.enabled = self._presenter.isThere()

    def _onShow3D(self, shown: bool = False) -> None:
        if shown:  # the button itself has made the surfaces
            self._frontEnd.showThreeD()
