"""The part of the panel where a model is chosen, downloaded, imported and removed."""

from __future__ import annotations

from typing import Protocol

from slicer.i18n import tr as _

from VoCoLib.models.catalogue import Catalogue
from VoCoSegmentationLib.presenters.models import ModelPresenter, ModelView
from VoCoSegmentationLib.presenters.seams import FrontEnd
from VoCoSegmentationLib.sections.dialogs import askForWeights
from VoCoSegmentationLib.sections.importDialog import askWhatIsIn
from VoCoSegmentationLib.sections.widgets import Button, ComboBox, Label, fill


class ModelWidgets(Protocol):
    """Of the .ui file."""

    modelComboBox: ComboBox
    modelInfoLabel: Label
    downloadModelButton: Button
    importModelButton: Button
    removeModelButton: Button


class ModelSection:
    """Shows a ModelPresenter.

    Args:
        ui: the panel's widgets.
        catalogue: what an imported file may hold.
        presenter: decides.
        frontEnd: asks.
    """

    def __init__(
        self, ui: ModelWidgets, catalogue: Catalogue, presenter: ModelPresenter, frontEnd: FrontEnd
    ) -> None:
        self._ui = ui
        self._catalogue = catalogue
        self._presenter = presenter
        self._frontEnd = frontEnd
        self._shown: ModelView | None = None
        ui.modelComboBox.connect("currentIndexChanged(int)", self._onIndexChanged)
        ui.downloadModelButton.connect("clicked(bool)", lambda *_args: presenter.download())
        ui.importModelButton.connect("clicked(bool)", self._onImport)
        ui.removeModelButton.connect("clicked(bool)", lambda *_args: presenter.remove())

    def show(self, view: ModelView) -> None:
        """Shows what the presenter says."""
        before, self._shown, ui = self._shown, view, self._ui
        isSame = before is not None and (before.ids, before.titles) == (view.ids, view.titles)
        if not isSame or ui.modelComboBox.currentIndex != view.index:
            fill(ui.modelComboBox, view.titles, view.index)
        ui.modelInfoLabel.text, ui.modelInfoLabel.toolTip = view.information, view.tip
        ui.downloadModelButton.setVisible(view.canDownload)
        ui.removeModelButton.setVisible(view.canRemove)

    def _onIndexChanged(self, index: int) -> None:
        if index >= 0 and self._shown is not None:
            self._presenter.choose(self._shown.ids[index])

    def _onImport(self, _checked: bool = False) -> None:
        if not self._frontEnd.ensureInstalled():
            return
        path = askForWeights(_("Import weights"))
        if path is None:
            return
        target = askWhatIsIn(path, self._catalogue, self._presenter.model())
        if target is not None:
            self._presenter.importFile(path, target)
