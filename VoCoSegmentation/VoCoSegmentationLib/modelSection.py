"""The part of the panel where a model is chosen, downloaded, imported and removed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from VoCoLib.errors import VoCoError
from VoCoLib.models.catalogue import Catalogue
from VoCoLib.models.descriptions import Model
from VoCoSegmentationLib import models, texts
from VoCoSegmentationLib.importDialog import askWhatIsIn
from VoCoSegmentationLib.jobs import Job, JobQueue
from VoCoSegmentationLib.tasks import DownloadJob, ImportJob


class ModelSection:
    """Shows the catalogue and changes what of it is on this computer.

    Args:
        ui: the panel's widgets.
        catalogue: what there is.
        queue: takes downloads and imports.
        ready: asks to install Python packages if need be; False if that was declined.
        onChosen: called with the id of the model that the user chose.
    """

    def __init__(
        self,
        ui: Any,
        catalogue: Catalogue,
        queue: JobQueue,
        ready: Callable[[], bool],
        onChosen: Callable[[str], None],
    ) -> None:
        self._ui = ui
        self._catalogue = catalogue
        self._queue = queue
        self._ready = ready
        self._onChosen = onChosen
        self._ids: list[str] = []
        self._followed = ""
        self._problem = ""  # why there is no list
        ui.modelComboBox.connect("currentIndexChanged(int)", self._onIndexChanged)
        ui.downloadModelButton.connect("clicked(bool)", self._onDownload)
        ui.importModelButton.connect("clicked(bool)", self._onImport)
        ui.removeModelButton.connect("clicked(bool)", self._onRemove)

    def show(self, modelId: str) -> None:
        """Fills the list anew and selects a model."""
        self._followed = modelId
        offered = self._offered()
        self._ids = [model.id for model in offered]
        combo = self._ui.modelComboBox
        wasBlocked = combo.blockSignals(True)
        combo.clear()
        combo.addItems([models.title(self._catalogue, model) for model in offered])
        combo.currentIndex = self._ids.index(modelId) if modelId in self._ids else -1
        combo.blockSignals(wasBlocked)
        self._showInformation()

    def follow(self, modelId: str) -> None:
        """Selects a model, unless that was the last one."""
        if modelId != self._followed:
            self.show(modelId)

    def preferred(self, lastUsed: str = "") -> str:
        """The id of the model to begin with; empty if there is none."""
        return models.preferred(self._catalogue, lastUsed) if self._offered() else ""

    def _offered(self) -> list[Model]:
        """The models of the list; none if the user's own models cannot be read."""
        self._problem = ""
        try:
            return models.offered(self._catalogue)
        except VoCoError as error:
            self._problem = str(error)
            return []

    def model(self) -> Model | None:
        """The chosen model."""
        index = self._ui.modelComboBox.currentIndex
        return self._catalogue.get(self._ids[index]) if index >= 0 else None

    def isHere(self) -> bool:
        """Whether the weights of the chosen model are on this computer."""
        model = self.model()
        return model is not None and self._catalogue.state(model) in models.USABLE

    def reason(self) -> str:
        """Why the chosen model cannot be used, even after a download; empty if it can."""
        model = self.model()
        if model is None:
            return self._problem or _("Choose a model.")
        if self._catalogue.state(model) == "missing":
            return _("The weights of {title} are missing: remove and import them again.").format(
                title=model.title
            )
        return ""

    def download(self, callback: Callable[[Job], None] | None = None) -> bool:
        """Asks about the licence and starts the download; False if the user declined."""
        model = self.model()
        if model is None or not self._ready() or not self._agreed(model):
            return False

        def changed(job: Job) -> None:
            self._onChanged(job)
            if callback is not None:
                callback(job)

        self._queue.add(DownloadJob(model, changed))
        return True

    def _agreed(self, model: Model) -> bool:
        text = _("Download {title} ({size}) from huggingface.co/{repository}?").format(
            title=model.title, size=models.sizeText(model), repository=model.source.repository
        )
        if self._catalogue.needs_consent(model):
            text += "\n\n" + _("Licence: {licence}.\n{note}\n\nOK means that you agree.").format(
                licence=model.licence, note=model.licence_note
            )
        return bool(slicer.util.confirmOkCancelDisplay(text, _("Download a model")))

    def _onIndexChanged(self, index: int) -> None:
        self._showInformation()
        if index >= 0:
            self._followed = self._ids[index]
            self._onChosen(self._followed)

    def _onDownload(self, _checked: bool = False) -> None:
        self.download()

    def _onImport(self, _checked: bool = False) -> None:
        if not self._ready():
            return
        path = qt.QFileDialog.getOpenFileName(
            slicer.util.mainWindow(),
            _("Import weights"),
            "",
            _("Weights (*.safetensors *.pt *.pth *.ckpt);;All files (*)"),
        )
        if not path:
            return
        target = askWhatIsIn(Path(path), self._catalogue, self.model())
        if target is not None:
            self._queue.add(ImportJob(Path(path), target, self._onChanged))

    def _onRemove(self, _checked: bool = False) -> None:
        model = self.model()
        if model is None:
            return
        question = _("Delete the weights of {title} from this computer?").format(title=model.title)
        if not slicer.util.confirmOkCancelDisplay(question, _("Remove a model")):
            return
        try:
            freed = self._catalogue.remove(model.id)
        except VoCoError as error:
            slicer.util.errorDisplay(str(error))
            return
        slicer.util.showStatusMessage(_("{size} freed").format(size=texts.size(freed)), 3000)
        self._afterChange(model.id)

    def _onChanged(self, job: Job) -> None:
        if job.state == "finished":
            model = self.model()
            self._afterChange(getattr(job, "modelId", "") or (model.id if model else ""))

    def _afterChange(self, modelId: str) -> None:
        """Shows the new state of the catalogue, in which modelId may be gone."""
        known = [model.id for model in self._offered()]
        chosen = modelId if modelId in known else self.preferred()
        self.show(chosen)
        self._onChosen(chosen)

    def _showInformation(self) -> None:
        model, ui = self.model(), self._ui
        state = self._catalogue.state(model) if model else None
        ui.modelInfoLabel.text = models.information(self._catalogue, model) if model else ""
        ui.modelInfoLabel.toolTip = f"{model.licence_note}\n{model.citation}" if model else ""
        ui.downloadModelButton.setVisible(state == "not downloaded")
        removable = state in ("downloaded", "imported") or (
            model is not None and model.source.kind == "imported"
        )
        ui.removeModelButton.setVisible(removable)
