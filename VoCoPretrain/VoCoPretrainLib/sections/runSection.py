"""The part of the panel about one run: what it does, its curves, its log, and what one can do."""

from __future__ import annotations

from html import escape
from typing import Any, Protocol

import qt
from slicer.i18n import tr as _
from VoCoSegmentationLib.sections.progressBars import showProgress
from VoCoSegmentationLib.sections.widgets import Button, ComboBox, Label, ProgressBar, Widget

from VoCoPretrainLib.presenters.run import RunPresenter, RunView
from VoCoPretrainLib.sections.newRunSection import PICTURE


class RunWidgets(Protocol):
    """Of the .ui file."""

    runFrame: Widget
    healthLabel: Label
    situationLabel: Label
    guessesLabel: Any
    runProgressBar: ProgressBar
    metricsLabel: Label
    logTextEdit: Any
    curveComboBox: ComboBox
    logScaleCheckBox: Button
    smoothCheckBox: Button
    showCurveButton: Button
    stopButton: Button
    resumeButton: Button
    openFolderButton: Button
    deleteButton: Button
    useButton: Button


class RunSection:
    """Shows a RunPresenter.

    Args:
        ui: the panel's widgets.
        presenter: decides.
    """

    def __init__(self, ui: RunWidgets, presenter: RunPresenter) -> None:
        self._ui = ui
        self._presenter = presenter
        self._log: tuple[str, ...] = ()
        self._picture = ("", 0)  # that is shown
        ui.curveComboBox.addItems([_("How well it learns"), _("Loss"), _("Learning rate")])
        ui.curveComboBox.connect("currentIndexChanged(int)", self._onCurve)
        for box in (ui.logScaleCheckBox, ui.smoothCheckBox):
            box.connect("toggled(bool)", lambda *_args: self._drawAs())
        for button, slot in (
            (ui.showCurveButton, presenter.showCurve),
            (ui.stopButton, presenter.stop),
            (ui.resumeButton, presenter.resume),
            (ui.openFolderButton, self._onOpenFolder),
            (ui.deleteButton, presenter.delete),
            (ui.useButton, presenter.use),
        ):
            button.connect("clicked(bool)", lambda *_args, slot=slot: slot())
        self._drawAs()

    def show(self, view: RunView) -> None:
        """Shows what the presenter says."""
        ui = self._ui
        ui.runFrame.setVisible(view.isSelected)
        ui.healthLabel.text = _light(view.health)
        ui.healthLabel.setVisible(bool(view.health[1]))
        ui.situationLabel.text = view.situation
        if not view.isSelected:
            return
        showProgress(ui.runProgressBar, view.progress)
        self._showGuesses(view.guesses)
        ui.stopButton.enabled, ui.stopButton.text = view.canStop, view.stop
        ui.stopButton.toolTip = view.stopTip
        ui.resumeButton.enabled = view.canResume
        ui.deleteButton.enabled = view.canDelete
        ui.useButton.enabled, ui.useButton.toolTip = view.canUse, view.useTip
        ui.showCurveButton.enabled = view.canShowCurve
        ui.showCurveButton.toolTip = view.curveTip
        ui.metricsLabel.text = view.metrics
        if view.log != self._log:
            self._log = view.log
            ui.logTextEdit.setPlainText("\n".join(view.log))
            bar = ui.logTextEdit.verticalScrollBar()
            bar.value = bar.maximum

    def _showGuesses(self, picture: tuple[str, int]) -> None:
        """Shows the picture, read again if it was made anew; none if there is none."""
        label = self._ui.guessesLabel
        if picture != self._picture:
            pixels = qt.QPixmap(picture[0])
            if not pixels.isNull():
                label.setPixmap(pixels.scaledToWidth(PICTURE, qt.Qt.SmoothTransformation))
            self._picture = picture
        label.setVisible(bool(picture[0]))

    def _drawAs(self) -> None:
        self._presenter.drawAs(self._ui.smoothCheckBox.checked, self._ui.logScaleCheckBox.checked)

    def _onCurve(self, index: int) -> None:
        self._presenter.changeCurve(index)
        self.show(self._presenter.view())

    def _onOpenFolder(self) -> None:
        qt.QDesktopServices.openUrl(qt.QUrl.fromLocalFile(self._presenter.runId))


# as dark as text must be on a light ground, and as bright on a dark one; the word says the same
_COLOURS = {
    "learning": "#1a8f3c",
    "steady": "#1a7fb5",
    "not yet": "#808080",
    "stuck": "#c77700",
    "diverging": "#d03a2f",
}


def _light(health: tuple[str, str, str]) -> str:
    """A coloured dot, the word and the sentence, as rich text."""
    name, word, sentence = health
    if not word:
        return ""
    colour = _COLOURS[name]
    return f'<span style="color: {colour}">●</span> <b>{escape(word)}.</b> {escape(sentence)}'
