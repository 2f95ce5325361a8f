"""The lines at the top of the panel for a new user."""

from __future__ import annotations

from typing import Protocol

from VoCoSegmentationLib.presenters.quickStart import QuickStartPresenter
from VoCoSegmentationLib.sections.widgets import Button, Widget


class QuickStartWidgets(Protocol):
    """Of the .ui file."""

    quickStartFrame: Widget
    sampleCtButton: Button
    syntheticCtButton: Button


class QuickStartSection:
    """Shows a QuickStartPresenter.

    Args:
        ui: the panel's widgets.
        presenter: decides.
    """

    def __init__(self, ui: QuickStartWidgets, presenter: QuickStartPresenter) -> None:
        self._ui = ui
        self._presenter = presenter
        ui.sampleCtButton.connect("clicked(bool)", lambda *_args: presenter.loadSampleCt())
        ui.syntheticCtButton.connect("clicked(bool)", lambda *_args: presenter.makeSyntheticCt())

    def show(self) -> None:
        """Shows what the presenter says."""
        self._ui.quickStartFrame.setVisible(self._presenter.isNeeded())
