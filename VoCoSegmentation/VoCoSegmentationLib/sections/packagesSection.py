"""The line of the panel about Python packages that are not complete, with a button."""

from __future__ import annotations

from typing import Protocol

from VoCoSegmentationLib.presenters.packages import PackagesPresenter
from VoCoSegmentationLib.sections.widgets import Button, Label, Widget


class PackagesWidgets(Protocol):
    """Of the .ui file."""

    packagesFrame: Widget
    packagesLabel: Label
    packagesButton: Button


class PackagesSection:
    """Shows a PackagesPresenter.

    Args:
        ui: the panel's widgets.
        presenter: decides.
    """

    def __init__(self, ui: PackagesWidgets, presenter: PackagesPresenter) -> None:
        self._ui = ui
        self._presenter = presenter
        ui.packagesButton.connect("clicked(bool)", lambda *_args: self._onClicked())

    def enter(self) -> None:
        """The panel is opened."""
        self._presenter.enter()

    def show(self) -> None:
        """Shows what the presenter says."""
        view = self._presenter.view()
        self._ui.packagesFrame.setVisible(bool(view.text))
        self._ui.packagesLabel.text, self._ui.packagesButton.text = view.text, view.action

    def _onClicked(self) -> None:
        self._presenter.act()
        self.show()
