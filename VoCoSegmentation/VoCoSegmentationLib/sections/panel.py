"""The module's panel: puts presenters and sections together, in step with the parameter node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import slicer
from slicer import vtkMRMLScalarVolumeNode

from VoCoSegmentationLib.presenters.bodyRegion import RegionPresenter
from VoCoSegmentationLib.presenters.devices import DevicePresenter
from VoCoSegmentationLib.presenters.models import ModelPresenter
from VoCoSegmentationLib.presenters.packages import PackagesPresenter
from VoCoSegmentationLib.presenters.position import PositionPresenter
from VoCoSegmentationLib.presenters.quickStart import QuickStartPresenter
from VoCoSegmentationLib.presenters.seams import Parameters
from VoCoSegmentationLib.presenters.segmentation import SegmentationPresenter
from VoCoSegmentationLib.presenters.server import ServerPresenter
from VoCoSegmentationLib.presenters.severalVolumes import SeveralVolumes
from VoCoSegmentationLib.scene.positionNodes import ROLE
from VoCoSegmentationLib.scene.sequences import sequenceBrowserOf
from VoCoSegmentationLib.scene.uncertainty import ROLE as UNCERTAINTY
from VoCoSegmentationLib.sections.applySection import ApplySection
from VoCoSegmentationLib.sections.deviceSection import DeviceSection
from VoCoSegmentationLib.sections.logSection import LogSection
from VoCoSegmentationLib.sections.modelSection import ModelSection
from VoCoSegmentationLib.sections.packagesSection import PackagesSection
from VoCoSegmentationLib.sections.positionSection import PositionSection
from VoCoSegmentationLib.sections.quickStartSection import QuickStartSection
from VoCoSegmentationLib.sections.resultSection import ResultSection
from VoCoSegmentationLib.sections.serverDialog import askForServer
from VoCoSegmentationLib.sections.shortcuts import addShortcuts
from VoCoSegmentationLib.sections.slicerFrontEnd import SlicerFrontEnd
from VoCoSegmentationLib.sections.storageSection import StorageSection
from VoCoSegmentationLib.sections.structureSection import StructureSection


class Panel:
    """What the module's widget shows and does.

    Args:
        ui: the widgets of the .ui file; each section names those that it uses.
        logic: the module's logic, a presenters.seams.SegmentationLogic with an installer.
    """

    def __init__(self, ui: Any, logic: Any) -> None:
        self._ui = ui
        self._queue = logic.queue()
        self._parameters: Parameters | None = None
        self._entered = False
        self.frontEnd = front = SlicerFrontEnd(logic, self.refresh)
        queue, catalogue, scene = self._queue, logic.catalogue, slicer.mrmlScene
        self._devices = DevicePresenter(scene, queue, front, self._showState)
        self._models = ModelPresenter(catalogue, queue, front, self._onModelChosen)
        self._regions = RegionPresenter(front, self.refresh)
        self._segmentation = SegmentationPresenter(
            logic, self._models, self._regions, self._devices, front, self._onSuccess
        )
        self._several = SeveralVolumes(
            scene, self._segmentation, self._models, self._regions, front
        )
        self._quickStart = QuickStartPresenter(front)
        self._position = PositionPresenter(
            scene, catalogue, queue, self._regions, self._devices, front, self._showPosition
        )
        self._quickStartSection = QuickStartSection(ui, self._quickStart)
        self._packagesSection = PackagesSection(ui, PackagesPresenter(queue, front))
        self._modelSection = ModelSection(ui, catalogue, self._models, front)
        self._structureSection = StructureSection(ui, self._onStructuresChanged)
        self._storageSection = StorageSection(ui, self._models, queue, front)
        self._server = ServerPresenter(queue, front, askForServer, self._onDeviceChosen)
        self._deviceSection = DeviceSection(ui, self._devices, self._server, self._onDeviceChosen)
        self._applySection = ApplySection(ui, self._segmentation)
        self._resultSection = ResultSection(ui, front)
        self._positionSection = PositionSection(ui, self._position)
        self._logSection = LogSection(ui, queue)
        ui.allVolumesButton.connect("clicked(bool)", self._onAllVolumes)
        ui.positionCollapsibleButton.connect("contentsCollapsed(bool)", self._onCollapsed)
        self._shortcuts = addShortcuts(
            ui.VoCoSegmentation,
            {
                "Ctrl+Return": self._applyFromKeyboard,
                "Esc": self._cancelFromKeyboard,
                "P": self._placeFromKeyboard,
            },
        )
        queue.addListener(self._onQueueChanged)

    def close(self) -> None:
        """Stops following the queue, whose jobs go on."""
        self._queue.removeListener(self._onQueueChanged)
        self._devices.stop()
        self._server.stop()
        self._regions.stop()
        self._position.close()

    def enter(self) -> None:
        """The user sees the panel: from now on an estimate is worth its cost."""
        self._entered = True
        self.refresh()
        self._packagesSection.enter()

    def exit(self) -> None:
        """The user does not see the panel any more."""
        self._entered = False
        self._onCollapsed()
        self.frontEnd.layoutBack()
        self._devices.estimate(None, None)

    def setParameters(self, parameters: Parameters | None) -> None:
        """Shows a parameter node; None while the scene is closed."""
        self._parameters = parameters
        self._segmentation.setParameters(parameters)
        self._quickStart.setParameters(parameters)
        self._several.setParameters(parameters)
        self._follow()
        self._position.setParameters(parameters)
        self.refresh()

    def refresh(self) -> None:
        """Shows what the parameter node and the queue say."""
        parameters = self._parameters
        self._follow()
        self._quickStartSection.show()
        self._segmentation.refresh()
        self._modelSection.show(self._models.view())
        self._storageSection.show()
        model = self._models.model()
        labels = model.recipe.labels if model and model.recipe else ()
        self._structureSection.show(labels, parameters.structures if parameters else ())
        self._segmentation.showStructures(self._structureSection.chosen())
        volumeNode = parameters.inputVolume if parameters else None
        isSequence = sequenceBrowserOf(slicer.mrmlScene, volumeNode) is not None
        self._ui.allFramesCheckBox.setVisible(isSequence)
        self._resultSection.show(parameters.outputSegmentation if parameters else None)
        self._segmentation.updateEstimate(self._entered)
        self._showState()
        self._onCollapsed()
        self._position.refresh()
        self._several.advance()

    def segmentVolumes(self, volumeNodes: Sequence[vtkMRMLScalarVolumeNode]) -> None:
        """Segments CTs one after another, each with the model that suits it."""
        self._several.start(volumeNodes)

    def _follow(self) -> None:
        """Takes over what a script or a scene may have set."""
        parameters = self._parameters
        self._models.want(*((parameters.modelId, parameters.modelTitle) if parameters else ("",)))
        self._devices.want(self._parameters.device if self._parameters else "")

    def _onAllVolumes(self, _checked: bool = False) -> None:
        kind = "vtkMRMLScalarVolumeNode"  # exactly: label maps are derived from it
        nodes = [n for n in slicer.util.getNodesByClass(kind) if n.GetClassName() == kind]
        self.segmentVolumes(
            [n for n in nodes if not n.GetAttribute(ROLE) and not n.GetAttribute(UNCERTAINTY)]
        )

    def _onSuccess(self) -> None:
        self._quickStart.onSuccess()
        self._quickStartSection.show()

    def _showState(self) -> None:
        self._deviceSection.show()
        self._packagesSection.show()
        self._storageSection.showState()
        self._applySection.show(self._segmentation.view())

    def _showPosition(self) -> None:
        self._positionSection.show(self._position.view())

    def _onModelChosen(self, modelId: str) -> None:
        if self._parameters is not None:
            self._parameters.modelId = modelId
        self.refresh()

    def _onStructuresChanged(self) -> None:
        self._segmentation.chooseStructures(self._structureSection.chosen())
        self.refresh()

    def _onDeviceChosen(self, device: str) -> None:
        if self._parameters is not None:
            self._parameters.device = device

    def _applyFromKeyboard(self) -> None:
        view = self._segmentation.view()
        if not view.isBusy and view.canAct:
            self._segmentation.act()

    def _cancelFromKeyboard(self) -> None:
        """Ends placing a point, else a map or a search, else a segmentation."""
        position, view = self._position.view(), self._segmentation.view()
        if position.isPlacing:
            self._position.place(False)
        elif position.progress is not None:
            self._position.cancel()
        elif view.isBusy and view.canAct:
            self._segmentation.act()

    def _placeFromKeyboard(self) -> None:
        view = self._position.view()
        if view.canPlace and not self._ui.positionCollapsibleButton.collapsed:
            self._position.place(not view.isPlacing)

    def _onCollapsed(self, *_args: Any) -> None:
        isOpen = not self._ui.positionCollapsibleButton.collapsed
        self._position.setSeen(self._entered and isOpen)

    def _onQueueChanged(self) -> None:
        self._showState()
        self._showPosition()
        self._logSection.show()
