"""The part of the panel about disk and memory: what the models take, and giving memory back."""

from __future__ import annotations

from typing import Protocol

import qt
from slicer.i18n import tr as _

from VoCoLib.files import reason_of
from VoCoSegmentationLib.jobs.queue import JobQueue
from VoCoSegmentationLib.presenters.models import ModelPresenter
from VoCoSegmentationLib.presenters.seams import FrontEnd
from VoCoSegmentationLib.sections.session import freeMemory
from VoCoSegmentationLib.sections.widgets import Button, Label


class StorageWidgets(Protocol):
    """Of the .ui file."""

    storageLabel: Label
    modelsFolderButton: Button
    freeMemoryButton: Button


class StorageSection:
    """A line, and the buttons Models folder and Free memory.

    Args:
        ui: the panel's widgets.
        presenter: of the models.
        queue: whose worker has the memory.
        frontEnd: says that it was given back.
    """

    def __init__(
        self, ui: StorageWidgets, presenter: ModelPresenter, queue: JobQueue, frontEnd: FrontEnd
    ) -> None:
        self._ui = ui
        self._presenter = presenter
        self._queue = queue
        self._frontEnd = frontEnd
        ui.modelsFolderButton.connect("clicked(bool)", self._onFolder)
        ui.freeMemoryButton.connect("clicked(bool)", self._onFree)

    def show(self) -> None:
        """Shows what the presenter says."""
        self._ui.storageLabel.text = self._presenter.storage()
        self._ui.storageLabel.toolTip = str(self._presenter.folder())

    def showState(self) -> None:
        """Shows what goes on, which keeps the memory."""
        self._ui.freeMemoryButton.enabled = not self._queue.busy

    def _onFolder(self, _checked: bool = False) -> None:
        folder = self._presenter.folder()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            text = _("The folder {folder} cannot be made: {reason}.")
            self._frontEnd.showError(text.format(folder=folder, reason=reason_of(error)))
            return
        qt.QDesktopServices.openUrl(qt.QUrl.fromLocalFile(str(folder)))

    def _onFree(self, _checked: bool = False) -> None:
        freeMemory()
        self._frontEnd.showMessage(_("The background process has ended and given its memory back."))
