"""Segmenting the chosen volume: what Apply will do, whether it can, and what goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode
from slicer.i18n import tr as _

from VoCoLib.errors import VoCoError
from VoCoLib.models.choice import is_out_of_place
from VoCoLib.models.descriptions import Model
from VoCoSegmentationLib import texts
from VoCoSegmentationLib.jobs.queue import SEGMENTATION, Job
from VoCoSegmentationLib.jobs.segmentation import SegmentationJob
from VoCoSegmentationLib.panelWords import inPanel
from VoCoSegmentationLib.presenters.bodyRegion import RegionPresenter
from VoCoSegmentationLib.presenters.devices import DevicePresenter
from VoCoSegmentationLib.presenters.models import ModelPresenter
from VoCoSegmentationLib.presenters.notice import Notice
from VoCoSegmentationLib.presenters.partJobs import PartJobs, Progress
from VoCoSegmentationLib.presenters.seams import FrontEnd, Parameters, SegmentationLogic
from VoCoSegmentationLib.scene.segmentations import REFERENCE, showOnlyResultsOf
from VoCoSegmentationLib.scene.uncertainty import showUncertainty
from VoCoSegmentationLib.scene.views import bringIntoViews
from VoCoSegmentationLib.scene.volumes import checkVolume

LAST_MODEL = "VoCoSegmentation/LastModel"  # a key of the settings


@dataclass(frozen=True)
class SegmentationView:
    """Apply, which is Cancel while a job of this part goes on, and what is said beside it.

    Attributes:
        action, actionTip: text and tool tip of the button.
        canAct, canQueue: whether it, and Add to queue, can be pressed.
        isBusy: whether a job of this part runs or waits.
        progress: None: no bar.
        waiting: the jobs of this part behind the current one, in words.
        status: one line or more.
    """

    action: str
    actionTip: str
    canAct: bool
    canQueue: bool
    isBusy: bool
    progress: Progress | None
    waiting: tuple[str, ...]
    status: str


class SegmentationPresenter:
    """Decides about Apply.

    Args:
        logic: of the module.
        models: the chosen model.
        regions: what the chosen CT shows.
        devices: the chosen device.
        frontEnd: asks.
        onSuccess: called after a segmentation.
    """

    def __init__(
        self,
        logic: SegmentationLogic,
        models: ModelPresenter,
        regions: RegionPresenter,
        devices: DevicePresenter,
        frontEnd: FrontEnd,
        onSuccess: Callable[[], None] = lambda: None,
    ) -> None:
        self._logic = logic
        self._queue = logic.queue()
        self._models = models
        self._regions = regions
        self._devices = devices
        self._frontEnd = frontEnd
        self._onSuccess = onSuccess
        self._jobs = PartJobs(self._queue, SEGMENTATION)
        self._parameters: Parameters | None = None
        self._structures: list[str] | None = None  # names; None: all
        self._inputs: tuple[str, Model | None] | None = None  # ID of the volume, model
        self._shown: Job | None = None  # the job of the status, also after its end
        self._shownFor: tuple[Any, ...] = ()  # what it was about when it was the current one
        self._turned = Notice()  # that the views were turned to the CT
        self._chosenId = ""  # the model that was chosen last, by whomever
        self._chosenFor: str | None = None  # ID of the CT; None for whichever comes next
        self._isAutomatic = False  # nobody but this class has chosen it

    def setParameters(self, parameters: Parameters | None) -> None:
        """Follows a parameter node; None while the scene is closed."""
        self._parameters = parameters
        self._inputs = None
        self._chosenId, self._chosenFor = "", None

    def chooseStructures(self, names: list[str] | None) -> None:
        """The user ticked structures: None for all, an empty list for none at all."""
        self._structures = names
        if self._parameters is not None and names != []:
            self._parameters.structures = names or []

    def showStructures(self, names: list[str] | None) -> None:
        """Takes over which structures are ticked, without keeping it."""
        self._structures = names

    def refresh(self) -> None:
        """Takes over what the parameters say, and wants the estimate for that."""
        parameters = self._parameters
        volumeNode = parameters.inputVolume if parameters else None
        self._regions.want(volumeNode)
        self._chooseModel()
        model = self._models.model()
        if parameters is not None and model is not None:  # for a computer that does not have it
            parameters.modelTitle = model.title
        self._onInputs(volumeNode, self._models.model())

    def _chooseModel(self) -> None:
        """Chooses the model that suits a CT once, unless somebody has chosen one for it."""
        parameters = self._parameters
        if parameters is None:
            return
        volumeId = parameters.inputVolume.GetID() if parameters.inputVolume else None
        if parameters.modelId != self._chosenId:  # by the user, a script or the scene
            self._chosenId, self._isAutomatic = parameters.modelId, False
            self._chosenFor = volumeId if self._chosenId else ""
        elif self._chosenFor is None and self._chosenId:
            self._chosenFor = volumeId
        shown = self._regions.shown()
        if volumeId is None or shown is None or volumeId == self._chosenFor:
            return
        last = self._chosenId or self._frontEnd.setting(LAST_MODEL)
        model, before = self._models.suiting(shown, last), self._models.model()
        self._chosenFor = volumeId
        if model is not None:
            self._isAutomatic = self._isAutomatic or model.id != self._chosenId
            self._chosenId = model.id
        elif self._isAutomatic or (before is not None and is_out_of_place(before, shown)):
            self._chosenId = ""  # it was chosen for another CT
        if self._chosenId != parameters.modelId:
            self._models.choose(self._chosenId)

    def updateEstimate(self, isSeen: bool) -> None:
        """Wants the estimate for what is chosen, or none while nobody sees it."""
        volumeNode = self._parameters.inputVolume if self._parameters else None
        isReady = isSeen and not self.reason() and self._frontEnd.isInstalled()
        isReady = isReady and self._models.isHere()
        self._devices.estimate(volumeNode if isReady else None, self._models.model())

    def view(self) -> SegmentationView:
        """What is shown."""
        job, reason = self._jobs.current(), self.reason()
        if job is not None:
            self._shown = job
            if self._parameters is not None:
                self._shownFor = self._subject()
        action = _("Apply") if job is None else _("Cancel")
        tip = reason or _("Segments the volume.")
        if job is not None:
            tip = _("Stops {title}.").format(title=job.title)
        return SegmentationView(
            action=action,
            actionTip=tip,
            canAct=not reason if job is None else job.state != "cancelling",
            canQueue=not reason,
            isBusy=job is not None,
            progress=self._jobs.progress(),
            waiting=tuple(self._jobs.state(other) for other in self._jobs.waiting()),
            status=self._status(job, reason),
        )

    def _subject(self) -> tuple[Any, ...]:
        """What the user looks at: a scene, a CT, a model."""
        volumeNode = self._parameters.inputVolume if self._parameters else None
        return self._queue.scenes, volumeNode.GetID() if volumeNode else "", self._models.model()

    def _status(self, job: Job | None, reason: str) -> str:
        turned = self._turned.text(self._subject())
        if job is None:
            return "\n".join(filter(None, [self._idleText(reason), turned]))
        return "\n".join(filter(None, [self._jobs.state(job), turned]))

    def act(self) -> None:
        """The user presses Apply, or Cancel."""
        job = self._jobs.current()
        if job is None:
            self.apply()
        else:
            self._queue.cancel(job)

    def cancelWaiting(self, row: int) -> None:
        """The user takes back a job that waits."""
        waiting = self._jobs.waiting()
        if 0 <= row < len(waiting):
            self._queue.cancel(waiting[row])

    def apply(self) -> None:
        """Segments what is chosen; asks first for what is not installed or not downloaded."""
        if self.reason() or not self._frontEnd.ensureInstalled():
            return
        choice = self._choice()
        if self._models.isHere():
            self._segment(choice)
            return

        def downloaded(job: Job) -> None:
            # the user may be elsewhere by now, and the volume may have been removed
            if job.state == "finished" and choice["volumeNode"].GetScene() is not None:
                self._segment(choice)

        self._models.download(downloaded)

    def reason(self) -> str:
        """Why Apply cannot work; empty if it can."""
        if self._parameters is None or self._parameters.inputVolume is None:
            return _("Choose a CT volume.")
        if self._structures == []:
            return _("Choose at least one structure.")
        try:
            checkVolume(self._parameters.inputVolume)
        except VoCoError as error:
            return inPanel(str(error))
        return self._modelReason()

    def _modelReason(self) -> str:
        """Why the chosen model cannot be used, or none is chosen."""
        shown = self._regions.shown()
        if self._parameters is None or self._parameters.modelId:
            return self._models.reason()
        if self._regions.isLooking():
            return _("Looking at what the CT shows…")
        parts = [texts.doubt(shown) if shown else "", self._models.reason()]
        return " ".join(filter(None, parts))

    def _idleText(self, reason: str) -> str:
        isOld = self._shown is not None and self._shown.ofScene
        if isOld and self._shown is not None and self._shown.scene != self._queue.scenes:
            self._shown = None  # of a scene that was closed
        if self._parameters is not None and self._shownFor != self._subject():
            self._shown = None
        if self._shown is None:
            return reason or "\n".join(filter(None, [self._doubt(), self._first()])) or _("Ready.")
        return "\n".join(filter(None, [self._jobs.state(self._shown), reason]))

    def _first(self) -> str:
        """What Apply will do before it segments."""
        if not self._frontEnd.isInstalled():
            return _("Ready. Apply will ask to install Python packages first.")
        if self._models.isHere():
            return ""
        text = _("Ready. Apply will download the model first ({size}, once).")
        return text.format(size=self._models.downloadSize())

    def _doubt(self) -> str:
        """That the model knows nothing of what the CT shows."""
        model = self._models.model()
        return texts.outOfPlace(model, self._regions.shown()) if model else ""

    def _onInputs(self, volumeNode: Any, model: Model | None) -> None:
        """Lets go of the last result when the user turns to another volume or model."""
        inputs = volumeNode.GetID() if volumeNode else "", model
        before, self._inputs = self._inputs, inputs
        if before is None or before == inputs:
            return
        output = self._parameters.outputSegmentation if self._parameters else None
        isOther = output is not None and output.GetNodeReferenceID(REFERENCE) == before[0]
        if self._parameters is not None and isOther and before[0] != inputs[0]:
            self._parameters.outputSegmentation = None  # is not overwritten by mistake
        if before[0] != inputs[0]:
            showOnlyResultsOf(volumeNode)
            if volumeNode is not None:
                showUncertainty(volumeNode.GetScene(), volumeNode, None)

    def _choice(self) -> dict[str, Any]:
        """What the user wants now, as arguments of the logic's process()."""
        parameters, model = self._parameters, self._models.model()
        assert parameters is not None and model is not None
        return {
            "volumeNode": parameters.inputVolume,
            "segmentationNode": parameters.outputSegmentation,
            "modelId": model.id,
            "structures": self._structures,
            "device": self._devices.device(),
            "region": parameters.regionOfInterest,
            "allFrames": parameters.allFrames,
            "uncertainty": parameters.uncertainty,
        }

    def _segment(self, choice: dict[str, Any]) -> None:
        self._frontEnd.keepSetting(LAST_MODEL, choice["modelId"])
        before = choice["segmentationNode"]
        if self._logic.getParameterNode().inputVolume is choice["volumeNode"]:
            self._bringIntoViews(choice["volumeNode"])  # else the user has turned to another CT

        def changed(job: SegmentationJob) -> None:
            if job.state == "finished":
                self._showResult(job, before)
                self._onSuccess()

        try:
            self._logic.process(**choice, wait=False, callback=changed)
        except VoCoError as error:
            self._frontEnd.showError(str(error))

    def _bringIntoViews(self, volumeNode: vtkMRMLScalarVolumeNode) -> None:
        """Shows the CT of a result, and says so."""
        if bringIntoViews(volumeNode):
            text = _("The slice views show {volume} now.").format(volume=volumeNode.GetName())
            self._turned.say(text, self._subject())
            self._frontEnd.showMessage(text)

    def _showResult(self, job: SegmentationJob, before: vtkMRMLSegmentationNode | None) -> None:
        """Selects the result as output, unless the user has turned to something else."""
        parameters = self._logic.getParameterNode()  # also while the panel is not shown
        volumeNode = parameters.inputVolume
        isShown = volumeNode is not None and volumeNode.GetID() == job.volumeId
        if isShown:  # else it would lie over another patient
            self._bringIntoViews(volumeNode)
        wasRemoved = before is not None and before.GetScene() is None
        expected = None if wasRemoved else before
        if isShown and parameters.outputSegmentation == expected:
            parameters.outputSegmentation = job.segmentationNode
        showOnlyResultsOf(volumeNode)
        doubtNode = job.uncertaintyNode
        if isShown and doubtNode is not None:
            showUncertainty(doubtNode.GetScene(), volumeNode, doubtNode)
