"""The part of the panel below the settings: check, estimate, and Start."""

from __future__ import annotations

from typing import Any, Protocol

import qt
from VoCoSegmentationLib.sections.progressBars import showProgress
from VoCoSegmentationLib.sections.widgets import Button, Label, ProgressBar

from VoCoPretrainLib.presenters.newRun import NewRunPresenter, NewRunView

PICTURE = 316  # pixels, of the narrowest panel


class NewRunWidgets(Protocol):
    """Of the .ui file."""

    startButton: Button
    checkButton: Button
    reasonLabel: Label
    checkLabel: Label
    checkProgressBar: ProgressBar
    previewLabel: Any


class NewRunSection:
    """Shows a NewRunPresenter.

    Args:
        ui: the panel's widgets.
        presenter: decides.
    """

    def __init__(self, ui: NewRunWidgets, presenter: NewRunPresenter) -> None:
        self._ui = ui
        self._picture = ""  # that is shown
        ui.startButton.connect("clicked(bool)", lambda *_args: presenter.start())
        ui.checkButton.connect("clicked(bool)", lambda *_args: presenter.checkOrCancel())

    def show(self, view: NewRunView) -> None:
        """Shows what the presenter says."""
        ui = self._ui
        ui.startButton.enabled, ui.startButton.toolTip = not view.reason, view.startTip
        ui.checkButton.text, ui.checkButton.enabled = view.check, view.canCheck
        ui.reasonLabel.text = view.reason
        ui.reasonLabel.setVisible(bool(view.reason))
        showProgress(ui.checkProgressBar, view.progress)
        ui.checkLabel.text = view.found
        ui.checkLabel.setVisible(bool(view.found))
        self._showPicture(view.picture)

    def _showPicture(self, path: str) -> None:
        """Shows a picture; none if path is empty."""
        label = self._ui.previewLabel
        if path and self._picture != path:
            label.setPixmap(qt.QPixmap(path).scaledToWidth(PICTURE, qt.Qt.SmoothTransformation))
        self._picture = path
        label.setVisible(bool(path))
