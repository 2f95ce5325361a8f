"""The part of the panel that says on what a segmentation will run, and what it will cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from VoCoSegmentationLib.presenters.devices import DevicePresenter
from VoCoSegmentationLib.presenters.server import ServerPresenter
from VoCoSegmentationLib.sections.widgets import Button, ComboBox, Label, fill


class DeviceWidgets(Protocol):
    """Of the .ui file."""

    deviceComboBox: ComboBox
    serverButton: Button
    estimateLabel: Label


class DeviceSection:
    """The list of devices and the line with the estimate.

    Args:
        ui: the panel's widgets.
        presenter: decides.
        server: lets the user enter one.
        onChosen: called with the id of the device that the user chose.
    """

    def __init__(
        self,
        ui: DeviceWidgets,
        presenter: DevicePresenter,
        server: ServerPresenter,
        onChosen: Callable[[str], None],
    ) -> None:
        self._ui = ui
        self._presenter = presenter
        self._onChosen = onChosen
        self._entries: list[tuple[str, str]] = []
        ui.deviceComboBox.connect("currentIndexChanged(int)", self._onIndexChanged)
        ui.serverButton.connect("clicked(bool)", lambda *_args: server.choose())

    def show(self) -> None:
        """Shows what the presenter says."""
        entries = self._presenter.entries()
        ids = [identifier for identifier, _text in entries]
        index = ids.index(self._presenter.device())
        if entries != self._entries or self._ui.deviceComboBox.currentIndex != index:
            self._entries = entries
            fill(self._ui.deviceComboBox, [text for _identifier, text in entries], index)
        self._ui.estimateLabel.text = self._presenter.estimateText

    def _onIndexChanged(self, index: int) -> None:
        if index >= 0:
            self._onChosen(self._entries[index][0])
