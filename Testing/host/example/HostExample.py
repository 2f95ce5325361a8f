"""A small module in the manner of Slicer's template, with which the host itself is tested."""

# ruff: noqa: N802, N806, N815 - Slicer's style
from __future__ import annotations

import enum
from typing import Annotated, Any

import qt
import slicer
import vtk
from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode
from slicer.i18n import tr as _
from slicer.parameterNodeWrapper import Choice, WithinRange, parameterNodeWrapper
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin

STEPS = 5


class Side(enum.Enum):
    """Which voxels are taken."""

    ABOVE = 1
    BELOW = 2


class HostExample(ScriptedLoadableModule):
    """Registers the module."""

    def __init__(self, parent: Any) -> None:
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = _("Host example")
        self.parent.categories = ["Testing"]


@parameterNodeWrapper
class HostExampleParameterNode:
    """What the user chose."""

    inputVolume: vtkMRMLScalarVolumeNode
    outputSegmentation: vtkMRMLSegmentationNode | None
    threshold: Annotated[float, WithinRange(0, 1000)] = 200.0
    side: Side = Side.ABOVE
    quality: Annotated[str, Choice(["fast", "good"])] = "good"
    smooth: bool = False
    segmentName: str = "bright"
    tags: list[str]


class HostExampleWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """The panel."""

    def __init__(self, parent: Any = None) -> None:
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.parameters: Any = None
        self._guiTag: Any = None
        self._step = 0

    def setup(self) -> None:
        """Builds the panel from its .ui file."""
        ScriptedLoadableModuleWidget.setup(self)
        uiWidget = slicer.util.loadUI(self.resourcePath("UI/HostExample.ui"))
        self.layout.addWidget(uiWidget)
        self.ui = slicer.util.childWidgetVariables(uiWidget)
        uiWidget.setMRMLScene(slicer.mrmlScene)
        self.logic = HostExampleLogic()
        self._timer = qt.QTimer()
        self._timer.setInterval(1)
        self._timer.connect("timeout()", self._onTimer)
        self.ui.applyButton.connect("clicked(bool)", self._onApply)
        scene = slicer.mrmlScene
        self.addObserver(scene, scene.StartCloseEvent, self._onSceneStartClose)
        self.addObserver(scene, scene.EndCloseEvent, self._onSceneEndClose)
        self._follow(self.logic.getParameterNode())

    def cleanup(self) -> None:
        """Ends the panel."""
        self._timer.stop()
        self._follow(None)
        self.removeObservers()

    def _onSceneStartClose(self, caller: Any, event: Any) -> None:
        self._follow(None)

    def _onSceneEndClose(self, caller: Any, event: Any) -> None:
        if self.parent.isEntered:
            self._follow(self.logic.getParameterNode())

    def _follow(self, parameters: Any) -> None:
        if self.parameters:
            self.parameters.disconnectGui(self._guiTag)
            self.removeObserver(self.parameters, vtk.vtkCommand.ModifiedEvent, self._refresh)
        self.parameters = parameters
        if parameters:
            named = {w.property("SlicerParameterName"): w for w in vars(self.ui).values()}
            widgets = {name: widget for name, widget in named.items() if name}
            # connectGui would do it, too, but returns no tag
            self._guiTag = parameters.connectParametersToGui(widgets)
            self.addObserver(parameters, vtk.vtkCommand.ModifiedEvent, self._refresh)
            self._refresh()

    def _refresh(self, caller: Any = None, event: Any = None) -> None:
        self.ui.applyButton.enabled = self.parameters.inputVolume is not None

    def _onApply(self) -> None:
        self._step = 0
        self.ui.applyButton.enabled = False
        self._timer.start()

    def _onTimer(self) -> None:
        self._step += 1
        self.ui.progressBar.value = 100 * self._step // STEPS
        if self._step == STEPS:
            self._timer.stop()
            self.parameters.outputSegmentation = self.logic.process(self.parameters)
            self._refresh()


class HostExampleLogic(ScriptedLoadableModuleLogic):
    """What the module does without a panel."""

    def getParameterNode(self) -> Any:
        """The typed parameter node."""
        return HostExampleParameterNode(super().getParameterNode())

    def process(self, parameters: Any) -> vtkMRMLSegmentationNode:
        """Makes a segmentation of the voxels above or below the threshold."""
        array = slicer.util.arrayFromVolume(parameters.inputVolume)
        above = array > parameters.threshold
        mask = (above if parameters.side is Side.ABOVE else ~above).astype("uint8")
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode")
        node.CreateDefaultDisplayNodes()
        node.SetReferenceImageGeometryParameterFromVolumeNode(parameters.inputVolume)
        id_ = node.GetSegmentation().AddEmptySegment("", parameters.segmentName, [1.0, 0.0, 0.0])
        slicer.util.updateSegmentBinaryLabelmapFromArray(mask, node, id_, parameters.inputVolume)
        return node


class HostExampleTest(ScriptedLoadableModuleTest):
    """The module's own test."""

    def setUp(self) -> None:
        """Starts with an empty scene."""
        slicer.mrmlScene.Clear()

    def runTest(self) -> None:
        """Runs all."""
        self.setUp()
        self.test_dialogIsSkipped()

    def test_dialogIsSkipped(self) -> None:
        """With --testing no dialog comes up."""
        self.delayDisplay("Asking")
        self.assertTrue(slicer.app.testingEnabled())
        slicer.util.errorDisplay("Nobody is there to read this.")
