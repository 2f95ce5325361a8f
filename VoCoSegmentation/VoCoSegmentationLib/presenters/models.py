"""Which models there are to choose from, and what is done with their weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from slicer.i18n import tr as _

from VoCoLib.errors import VoCoError
from VoCoLib.images.body_regions import BodyRegions
from VoCoLib.models.catalogue import Catalogue
from VoCoLib.models.choice import choose_model
from VoCoLib.models.descriptions import Model
from VoCoSegmentationLib import texts
from VoCoSegmentationLib.jobs.models import DownloadJob, ImportJob
from VoCoSegmentationLib.jobs.queue import SEGMENTATION, Job, JobQueue
from VoCoSegmentationLib.panelWords import inPanel
from VoCoSegmentationLib.presenters import modelList
from VoCoSegmentationLib.presenters.seams import FrontEnd


@dataclass(frozen=True)
class ModelView:
    """The list of models and what is said of the chosen one.

    Attributes:
        ids, titles: of the list.
        index: of the chosen model; -1 for none.
        information, tip: about it.
        canDownload, canRemove: its weights.
    """

    ids: tuple[str, ...]
    titles: tuple[str, ...]
    index: int
    information: str
    tip: str
    canDownload: bool
    canRemove: bool


class ModelPresenter:
    """The chosen model, and changes of what of the catalogue is on this computer.

    Args:
        catalogue: what there is.
        queue: takes downloads and imports.
        frontEnd: asks.
        onChosen: called with the id of the model that the user, or the end of a job, chose.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        queue: JobQueue,
        frontEnd: FrontEnd,
        onChosen: Callable[[str], None],
    ) -> None:
        self._catalogue = catalogue
        self._queue = queue
        self._frontEnd = frontEnd
        self._onChosen = onChosen
        self._chosen = self._title = ""
        self._list: list[Model] | None = None  # read once between two looks

    def want(self, modelId: str, title: str = "") -> None:
        """Takes over what the parameters say, and looks at the catalogue anew.

        Args:
            modelId: perhaps of a model that is not on this computer.
            title: of the model when it was chosen.
        """
        self._chosen, self._title, self._list = modelId, title, None

    def choose(self, modelId: str) -> None:
        """The user chooses a model."""
        self._chosen = modelId
        self._onChosen(modelId)

    def view(self) -> ModelView:
        """What is shown."""
        offered = self._offered()
        ids = tuple(model.id for model in offered)
        titles = tuple(modelList.title(self._catalogue, item) for item in offered)
        if self.isUnknown():
            ids, titles = (*ids, self._chosen), (*titles, modelList.absent(self._absentName()))
        model = self.model()
        state = self._catalogue.state(model) if model else None
        isOwn = model is not None and model.source.kind == "imported"
        information = modelList.information(self._catalogue, model) if model else ""
        return ModelView(
            ids=ids,
            titles=titles,
            index=ids.index(self._chosen) if self._chosen in ids else -1,
            information="\n".join(filter(None, [self._catalogue.remark, information])),
            tip=f"{inPanel(model.licence_note)}\n{model.citation}" if model else "",
            canDownload=state == "not downloaded",
            canRemove=state in ("downloaded", "imported") or isOwn,
        )

    def storage(self) -> str:
        """What the models take on this computer."""
        used = sum(self._catalogue.disk_use().values())
        if not used:
            return _("No model was downloaded or imported yet.")
        return _("Models take {size}.").format(size=texts.size(used))

    def folder(self) -> Path:
        """Where they lie."""
        return self._catalogue.home

    def suiting(self, shown: BodyRegions, lastUsed: str) -> Model | None:
        """The model for a CT that shows this; None if none is for certain."""
        return choose_model(self._offered(), shown, self._isHere, lastUsed)

    def model(self) -> Model | None:
        """The chosen model, if there is such a one."""
        return next((model for model in self._offered() if model.id == self._chosen), None)

    def isUnknown(self) -> bool:
        """Whether the chosen model is that of a scene, and not in the list."""
        return bool(self._chosen) and self.model() is None

    def isHere(self) -> bool:
        """Whether the weights of the chosen model are on this computer."""
        model = self.model()
        return model is not None and self._isHere(model)

    def downloadSize(self) -> str:
        """How much a download of the chosen model is."""
        model = self.model()
        return modelList.sizeText(model) if model else ""

    def reason(self) -> str:
        """Why the chosen model cannot be used, even after a download; empty if it can."""
        model = self.model()
        if self.isUnknown():
            text = _("The model {name} is not on this computer: import it, or choose another one.")
            return text.format(name=self._absentName())
        if model is None:
            return _("Choose a model.")
        if self._catalogue.state(model) == "missing":
            return _("The weights of {title} are missing: remove and import them again.").format(
                title=model.title
            )
        return ""

    def download(self, callback: Callable[[Job], None] | None = None) -> bool:
        """Asks about the licence and starts the download; False if the user declined."""
        model = self.model()
        if model is None or not self._frontEnd.ensureInstalled() or not self._agreed(model):
            return False

        def changed(job: Job) -> None:
            self._onChanged(job)
            if callback is not None:
                callback(job)

        self._queue.add(DownloadJob(model, changed))
        return True

    def importFile(self, path: Path, target: dict[str, str]) -> None:
        """Takes a file of weights into the catalogue; target: see ImportJob."""
        self._queue.add(ImportJob(path, target, SEGMENTATION, self._onChanged))

    def remove(self) -> None:
        """Deletes the weights of the chosen model, if the user agrees."""
        model = self.model()
        if model is None:
            return
        question = _("Delete the weights of {title} from this computer?").format(title=model.title)
        if not self._frontEnd.confirm(question, _("Remove a model")):
            return
        try:
            freed = self._catalogue.remove(model.id)
        except VoCoError as error:
            self._frontEnd.showError(str(error))
            return
        self._frontEnd.showMessage(_("{size} freed").format(size=texts.size(freed)))
        self._afterChange(model.id)

    def _offered(self) -> list[Model]:
        if self._list is None:
            self._list = modelList.offered(self._catalogue)
        return self._list

    def _absentName(self) -> str:
        """What the model was called; its id if that is known no more."""
        isOther = self._title in [model.title for model in self._offered()]
        return self._chosen if isOther else self._title or self._chosen

    def _agreed(self, model: Model) -> bool:
        text = _("Download {title} ({size}) from huggingface.co/{repository}?").format(
            title=model.title, size=modelList.sizeText(model), repository=model.source.repository
        )
        if self._catalogue.needs_consent(model):
            text += "\n\n" + _("Licence: {licence}.\n{note}\n\nOK means that you agree.").format(
                licence=model.licence, note=inPanel(model.licence_note)
            )
        return self._frontEnd.confirm(text, _("Download a model"))

    def _onChanged(self, job: Job) -> None:
        if job.state == "finished":
            self._afterChange(getattr(job, "modelId", "") or self._chosen)

    def _afterChange(self, modelId: str) -> None:
        """Shows the new state of the catalogue, in which modelId may be gone."""
        self._list = None
        known = [model.id for model in self._offered()]
        self.choose(modelId if modelId in known else "")

    def _isHere(self, model: Model) -> bool:
        return self._catalogue.state(model) in modelList.USABLE
