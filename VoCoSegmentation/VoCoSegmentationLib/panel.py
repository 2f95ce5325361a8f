"""The module's panel: puts its parts together and keeps them in step with the parameter node."""

from __future__ import annotations

from typing import Any

import qt
import slicer
from slicer import vtkMRMLSegmentationNode
from slicer.i18n import tr as _

from VoCoLib.errors import VoCoError
from VoCoLib.models.descriptions import Model
from VoCoSegmentationLib.deviceSection import DeviceSection
from VoCoSegmentationLib.installFlow import ensureInstalled
from VoCoSegmentationLib.jobs import Job
from VoCoSegmentationLib.logSection import LogSection
from VoCoSegmentationLib.modelSection import ModelSection
from VoCoSegmentationLib.positionSection import PositionSection
from VoCoSegmentationLib.resultSection import ResultSection
from VoCoSegmentationLib.runSection import RunSection
from VoCoSegmentationLib.sequences import sequenceBrowserOf
from VoCoSegmentationLib.structureSection import StructureSection
from VoCoSegmentationLib.tasks import SegmentationJob
from VoCoSegmentationLib.volumes import readVolume

LAST_MODEL = "VoCoSegmentation/LastModel"  # a key of the settings
REFERENCE = vtkMRMLSegmentationNode.GetReferenceImageGeometryReferenceRole()


class Panel:
    """What the module's widget shows and does.

    Args:
        ui: the widgets of the .ui file.
        logic: the module's logic.
    """

    def __init__(self, ui: Any, logic: Any) -> None:
        self._ui = ui
        self._logic = logic
        self._queue = logic.queue()
        self._parameters: Any = None
        self._inputs: tuple[str, Model | None] | None = None  # ID of the volume, model
        self._devices: list[Any] = []
        self._entered = self._installed = False
        self._models = ModelSection(
            ui, logic.catalogue, self._queue, self.ensureInstalled, self._onModelChosen
        )
        self._structures = StructureSection(ui, self._onStructuresChanged)
        self._device = DeviceSection(ui, self._queue, self._onDeviceChosen)
        self._run = RunSection(ui, self._queue, self.apply)
        self._result = ResultSection(ui)
        self._position = PositionSection(
            ui, logic.catalogue, self._queue, self._isInstalled, self.ensureInstalled
        )
        self._log = LogSection(ui, self._queue)
        self._queue.addListener(self._onQueueChanged)

    def close(self) -> None:
        """Stops following the queue, whose jobs go on."""
        self._queue.removeListener(self._onQueueChanged)
        self._device.stop()
        self._position.close()

    def enter(self) -> None:
        """The user sees the panel: from now on an estimate is worth its cost."""
        self._entered = True
        self._position.setEntered(True)
        self.refresh()

    def exit(self) -> None:
        """The user does not see the panel any more."""
        self._entered = False
        self._position.setEntered(False)
        self._device.estimate(None, None)

    def setParameters(self, parameters: Any) -> None:
        """Shows a parameter node; None while the scene is closed."""
        self._parameters = parameters
        if parameters is not None and not parameters.modelId:
            parameters.modelId = self._models.preferred(slicer.util.settingsValue(LAST_MODEL, ""))
        self._inputs = None
        self._models.show(parameters.modelId if parameters else "")
        self._device.show(parameters.device if parameters else "auto")
        self._position.setParameters(parameters)
        self.refresh()

    def refresh(self) -> None:
        """Shows what the parameter node and the queue say."""
        parameters = self._parameters
        if parameters is not None:  # a script may have set them
            self._models.follow(parameters.modelId)
            self._device.follow(parameters.device)
        volumeNode = parameters.inputVolume if parameters else None
        model = self._models.model()
        self._onInputs(volumeNode, model)
        labels = model.recipe.labels if model and model.recipe else ()
        self._structures.show(labels, parameters.structures if parameters else ())
        isSequence = sequenceBrowserOf(slicer.mrmlScene, volumeNode) is not None
        self._ui.allFramesCheckBox.setVisible(isSequence)
        self._result.show(parameters.outputSegmentation if parameters else None)
        reason = self._reason()
        self._run.show(reason, self._first())
        canEstimate = self._entered and not reason and self._isInstalled() and self._models.isHere()
        self._device.estimate(volumeNode if canEstimate else None, model)
        self._position.refresh()

    def _onInputs(self, volumeNode: Any, model: Model | None) -> None:
        """Lets go of the last result when the user turns to another volume or model."""
        inputs = volumeNode.GetID() if volumeNode else "", model
        before, self._inputs = self._inputs, inputs
        if before is None or before == inputs:
            return
        self._run.forget()
        output = self._parameters.outputSegmentation if self._parameters else None
        if output and before[0] != inputs[0] and output.GetNodeReferenceID(REFERENCE) == before[0]:
            self._parameters.outputSegmentation = None  # is not overwritten by mistake

    def ensureInstalled(self) -> bool:
        """Asks to install what is missing; whether everything is there now."""
        self._installed = self._isInstalled() or ensureInstalled(self._logic.installer)
        self.refresh()
        return self._installed

    def apply(self) -> None:
        """Segments what is chosen; asks first for what is not installed or not downloaded."""
        if self._reason() or not self.ensureInstalled():
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

    def _reason(self) -> str:
        """Why Apply cannot work; empty if it can."""
        if self._parameters is None or self._parameters.inputVolume is None:
            return _("Choose a CT volume.")
        if self._structures.chosen() == []:
            return _("Choose at least one structure.")
        try:
            readVolume(self._parameters.inputVolume)
        except VoCoError as error:
            return str(error)
        return self._models.reason()

    def _first(self) -> str:
        """What Apply will do before it segments."""
        if not self._isInstalled():
            return _("Ready. Apply will ask to install Python packages first.")
        return "" if self._models.isHere() else _("Ready. Apply will download the model first.")

    def _isInstalled(self) -> bool:
        self._installed = self._installed or not self._logic.installer.missing()
        return self._installed

    def _choice(self) -> dict[str, Any]:
        """What the user wants now, as arguments of the logic's process()."""
        parameters, model = self._parameters, self._models.model()
        assert model is not None
        return {
            "volumeNode": parameters.inputVolume,
            "segmentationNode": parameters.outputSegmentation,
            "modelId": model.id,
            "structures": self._structures.chosen(),
            "device": self._device.device(),
            "region": parameters.regionOfInterest,
            "allFrames": parameters.allFrames,
        }

    def _segment(self, choice: dict[str, Any]) -> None:
        qt.QSettings().setValue(LAST_MODEL, choice["modelId"])
        before = choice["segmentationNode"]

        def changed(job: SegmentationJob) -> None:
            if job.state == "finished":
                self._showResult(job, before)

        try:
            self._logic.process(**choice, wait=False, callback=changed)
        except VoCoError as error:
            slicer.util.errorDisplay(str(error))

    def _showResult(self, job: SegmentationJob, before: Any) -> None:
        """Selects the result as output, unless the user has turned to something else."""
        parameters = self._logic.getParameterNode()  # also while the panel is not shown
        volumeNode = parameters.inputVolume
        isShown = volumeNode is not None and volumeNode.GetID() == job.volumeId
        if isShown and parameters.outputSegmentation == before:
            parameters.outputSegmentation = job.segmentationNode

    def _onModelChosen(self, modelId: str) -> None:
        if self._parameters is not None:
            self._parameters.modelId = modelId
        self.refresh()

    def _onStructuresChanged(self) -> None:
        names = self._structures.chosen()
        if self._parameters is not None and names != []:
            self._parameters.structures = names or []
        self.refresh()

    def _onDeviceChosen(self, device: str) -> None:
        if self._parameters is not None:
            self._parameters.device = device

    def _onQueueChanged(self) -> None:
        if self._devices != self._queue.devices:
            self._devices = self._queue.devices
            self._device.show(self._parameters.device if self._parameters else "auto")
        self._run.show(self._reason(), self._first())
        self._position.showState()
        self._log.show()
