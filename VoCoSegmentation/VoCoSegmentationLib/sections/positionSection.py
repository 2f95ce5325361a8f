"""The part of the panel that shows where a model believes a clicked place to be."""

from __future__ import annotations

from typing import Any, Protocol

from slicer.i18n import tr as _

from VoCoSegmentationLib.presenters.position import PositionPresenter
from VoCoSegmentationLib.presenters.positionGrid import GridChoices
from VoCoSegmentationLib.presenters.positionModels import PositionModels
from VoCoSegmentationLib.presenters.positionView import PositionView
from VoCoSegmentationLib.sections.dialogs import askForWeights
from VoCoSegmentationLib.sections.positionPicture import PositionPicture
from VoCoSegmentationLib.sections.positionTable import PositionTable
from VoCoSegmentationLib.sections.progressBars import showProgress
from VoCoSegmentationLib.sections.widgets import (
    Button,
    Collapsible,
    ComboBox,
    Label,
    ProgressBar,
    fill,
)


class PositionWidgets(Protocol):
    """Of the .ui file."""

    positionModelComboBox: ComboBox
    positionFileButton: Button
    positionGridComboBox: ComboBox
    positionOverlayComboBox: ComboBox
    placePointButton: Button
    followMouseButton: Button
    findMatchButton: Button
    sideBySideButton: Button
    positionThreeDButton: Button
    positionFigureButton: Button
    positionMapButton: Button
    positionTableButton: Button
    positionPlotButton: Button
    positionCancelButton: Button
    hidePositionButton: Button
    removePositionButton: Button
    positionAnswerLabel: Label
    positionMatchLabel: Label
    positionMapLabel: Label
    positionStatusLabel: Label
    positionProgressBar: ProgressBar
    positionPictureLabel: Any
    positionNumbersButton: Collapsible
    positionTableWidget: Any


class PositionSection:
    """Shows a PositionPresenter.

    Args:
        ui: the panel's widgets.
        presenter: decides.
    """

    def __init__(self, ui: PositionWidgets, presenter: PositionPresenter) -> None:
        self._ui = ui
        self._presenter = presenter
        self._models = PositionModels()
        self._overlays: tuple[tuple[str, str], ...] = ()
        self._gridTitles: tuple[str, ...] = ()
        self._picture = PositionPicture(ui.positionPictureLabel)
        self._table = PositionTable(ui.positionTableWidget)
        self._answer: Any = None
        ui.positionModelComboBox.connect("activated(int)", self._onModel)
        ui.positionFileButton.connect("clicked(bool)", self._onFile)
        ui.positionGridComboBox.connect("activated(int)", presenter.chooseGrid)
        ui.positionOverlayComboBox.connect("activated(int)", self._onOverlay)
        ui.placePointButton.connect("clicked(bool)", presenter.place)
        ui.followMouseButton.connect("clicked(bool)", presenter.follow)
        ui.sideBySideButton.connect("clicked(bool)", presenter.sideBySide)
        ui.positionThreeDButton.connect("clicked(bool)", presenter.showThreeD)
        for button, slot in (
            (ui.findMatchButton, presenter.find),
            (ui.positionMapButton, presenter.makeMap),
            (ui.positionFigureButton, presenter.writeFigure),
            (ui.positionTableButton, presenter.showTable),
            (ui.positionPlotButton, presenter.showChart),
            (ui.positionCancelButton, presenter.cancel),
            (ui.hidePositionButton, presenter.hide),
            (ui.removePositionButton, presenter.remove),
        ):
            button.connect("clicked(bool)", lambda *_args, slot=slot: slot())

    def show(self, view: PositionView) -> None:
        """Shows what the presenter says."""
        ui = self._ui
        self._showModels(view.models)
        self._showGrid(view.grid)
        self._showOverlays(view)
        ui.placePointButton.checked = view.isPlacing
        ui.placePointButton.enabled = view.canPlace
        ui.followMouseButton.checked = view.isFollowing
        ui.followMouseButton.enabled = view.canFollow
        ui.positionMapButton.enabled = view.canMap
        ui.findMatchButton.enabled = view.canFind
        ui.sideBySideButton.checked = view.isPaired
        ui.sideBySideButton.enabled = view.canPair or view.isPaired
        ui.positionThreeDButton.checked = view.isInThreeD
        ui.positionThreeDButton.enabled = view.answer is not None or view.isInThreeD
        ui.positionFigureButton.enabled = view.canWrite
        ui.positionTableButton.enabled = ui.positionPlotButton.enabled = view.canShowNumbers
        ui.hidePositionButton.enabled = ui.removePositionButton.enabled = view.canHide
        ui.hidePositionButton.text = _("Show") if view.isHidden else _("Hide")
        for label, text in (
            (ui.positionAnswerLabel, view.answerText),
            (ui.positionMatchLabel, view.matchText),
            (ui.positionMapLabel, view.mapText),
        ):
            label.text, label.visible = text, bool(text)
        if view.answer is not self._answer:
            self._answer = view.answer
            self._table.show(view.answer)
        # opening a section shows all of it
        ui.positionNumbersButton.visible = view.answer is not None
        self._picture.show(view.picture, view.isStale)
        for widget in (ui.positionAnswerLabel, ui.positionTableWidget):
            widget.enabled = not view.isStale  # grey: it is about another place
        showProgress(ui.positionProgressBar, view.progress)
        ui.positionCancelButton.visible = view.progress is not None
        ui.positionStatusLabel.text = view.status

    def _showModels(self, models: PositionModels) -> None:
        index = models.names.index(models.selected) if models.selected else -1
        if models.names != self._models.names:
            fill(self._ui.positionModelComboBox, models.titles, index)
        self._models = models
        self._ui.positionModelComboBox.currentIndex = index

    def _showGrid(self, grid: GridChoices) -> None:
        if grid.titles != self._gridTitles:
            self._gridTitles = grid.titles
            fill(self._ui.positionGridComboBox, grid.titles, grid.selected)
        self._ui.positionGridComboBox.currentIndex = grid.selected

    def _showOverlays(self, view: PositionView) -> None:
        roles = [role for role, _title in view.overlays]
        index = roles.index(view.overlay)
        if view.overlays != self._overlays:
            self._overlays = view.overlays
            fill(self._ui.positionOverlayComboBox, [title for _role, title in view.overlays], index)
        self._ui.positionOverlayComboBox.currentIndex = index

    def _onModel(self, index: int) -> None:
        self._presenter.chooseModel(self._models.names[index])

    def _onFile(self, _checked: bool = False) -> None:
        path = askForWeights(_("Weights with an encoder"))
        if path is not None:
            self._presenter.chooseModel(str(path))

    def _onOverlay(self, index: int) -> None:
        self._presenter.chooseOverlay(self._overlays[index][0])
