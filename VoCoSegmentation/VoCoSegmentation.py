"""Slicer module that segments organs in CT with VoCo models."""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Annotated, Any

import qt
import slicer
import vtk
from slicer import (
    vtkMRMLMarkupsFiducialNode,
    vtkMRMLMarkupsROINode,
    vtkMRMLScalarVolumeNode,
    vtkMRMLSegmentationNode,
)
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.parameterNodeWrapper import WithinRange, parameterNodeWrapper
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin

RESOURCES = Path(__file__).resolve().parent / "Resources"
POLL_S = 0.02


class VoCoSegmentation(ScriptedLoadableModule):
    """Registers the module, makes VoCoLib importable and offers the sample data."""

    def __init__(self, parent: Any) -> None:
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = _("VoCo Segmentation")
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Segmentation")]
        self.parent.dependencies = ["Segmentations", "Markups", "Plots", "Sequences", "Tables"]
        self.parent.contributors = ["VoCo for 3D Slicer contributors"]
        self.parent.helpText = _(
            "Segments organs in CT with VoCo models and measures them. Not for clinical use."
            ' See the <a href="{url}">documentation</a>.'
        ).format(url="https://github.com/SlicerVoCo/SlicerVoCo")
        self.parent.acknowledgementText = _(
            "VoCo was published by Linshan Wu, Jiaxin Zhuang and Hao Chen: "
            '<a href="{cvpr}">CVPR 2024</a> and <a href="{tpami}">arXiv 2410.09890</a>. '
            "If you use it, please cite them."
        ).format(cvpr="https://arxiv.org/abs/2402.17300", tpami="https://arxiv.org/abs/2410.09890")
        import VoCoSegmentationLib  # noqa: F401 - it makes VoCoLib importable

        slicer.app.connect("startupCompleted()", onStartupCompleted)


def onStartupCompleted() -> None:
    """Registers sample data and context menu; where an installation is unfinished, shows that."""
    from VoCoSegmentationLib import VoCoSubjectHierarchyPlugin
    from VoCoSegmentationLib.installation.installFlow import isUnfinished
    from VoCoSegmentationLib.scene.sampleData import registerSampleData

    registerSampleData(RESOURCES / "Icons")
    VoCoSubjectHierarchyPlugin.register()
    if isUnfinished() and slicer.util.mainWindow() is not None:
        # the main window first: a start must never wait for a module
        qt.QTimer.singleShot(0, lambda: slicer.util.selectModule("VoCoSegmentation"))


@parameterNodeWrapper
class VoCoSegmentationParameterNode:
    """What the user chose; saved with the scene.

    inputVolume - the CT to segment.
    allFrames - of the sequence that it shows.
    modelId - name of the model in the catalogue; modelTitle - what it is called.
    structures - names of the structures to segment; empty stands for all.
    regionOfInterest - the box to segment; None stands for the whole volume.
    device - "auto", "cpu" or a graphics card as the worker lists it.
    outputSegmentation - is replaced; None stands for a new one.
    uncertainty - whether a volume shows where the network was unsure.
    positionModel - of the position view: a model or a file of weights; empty for the best there is.
    positionBases - n of its n x n bases, positionPlacement - "fit" or "native" how its grid lies
        over the body; 1 and empty stand for what the model was trained with.
    positionPoint - what it is asked about.
    positionReference - the CT in which that place is looked for.
    positionShowMatch - whether slice views jump to what is found there.
    positionOverlay - what is shown over the CT: one of scene.positionScene.OVERLAYS.
    positionOpacity - of the colours over the CT.
    """

    inputVolume: vtkMRMLScalarVolumeNode
    allFrames: bool = False
    modelId: str = ""
    modelTitle: str = ""
    structures: list[str]
    regionOfInterest: vtkMRMLMarkupsROINode
    device: str = "auto"
    outputSegmentation: vtkMRMLSegmentationNode
    uncertainty: bool = False
    positionModel: str = ""
    positionBases: Annotated[int, WithinRange(1, 8)] = 1
    positionPlacement: str = ""
    positionPoint: vtkMRMLMarkupsFiducialNode
    positionReference: vtkMRMLScalarVolumeNode
    positionShowMatch: bool = False
    positionOverlay: str = "similarity"
    positionOpacity: Annotated[float, WithinRange(0, 1)] = 0.35


class VoCoSegmentationWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """The life of the panel; what it shows and does is in VoCoSegmentationLib.sections.panel."""

    def __init__(self, parent: Any = None) -> None:
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic: VoCoSegmentationLogic | None = None
        self._panel: Any = None
        self._parameterNode: Any = None
        self._parameterNodeGuiTag: int | None = None
        self._parameterNodeObservers: list[int] = []
        self._volumeNode: vtkMRMLScalarVolumeNode | None = None
        self._volumeTags: list[int] = []

    def setup(self) -> None:
        """Builds the panel from its .ui files."""
        from VoCoSegmentationLib.sections.panel import Panel

        ScriptedLoadableModuleWidget.setup(self)
        uiWidget = slicer.util.loadUI(self.resourcePath("UI/VoCoSegmentation.ui"))
        positionWidget = slicer.util.loadUI(self.resourcePath("UI/PositionSection.ui"))
        slicer.util.findChild(uiWidget, "positionFrame").layout().addWidget(positionWidget)
        self.layout.addWidget(uiWidget)
        self.ui = ui = slicer.util.childWidgetVariables(uiWidget)
        # a part that was loaded for itself would come last
        log = ui.logCollapsibleButton, ui.logTextEdit, ui.copyLogButton
        for before, after in itertools.pairwise((ui.removePositionButton, *log)):
            qt.QWidget.setTabOrder(before, after)
        for widget in (uiWidget, positionWidget):
            widget.setMRMLScene(slicer.mrmlScene)
        self.logic = VoCoSegmentationLogic()
        self._panel = Panel(self.ui, self.logic)
        scene = slicer.mrmlScene
        for event in (scene.StartCloseEvent, scene.StartImportEvent):
            self.addObserver(scene, event, self.onSceneStartChange)
        for event in (scene.EndCloseEvent, scene.EndImportEvent):
            self.addObserver(scene, event, self.onSceneEndChange)
        self.initializeParameterNode()
        if getattr(self.parent, "isEntered", False):  # a reload does not enter
            self._panel.enter()

    def cleanup(self) -> None:
        """Ends the panel; jobs go on."""
        self._disconnectParameterNode()
        self.removeObservers()
        if self._panel is not None:  # setup() was not interrupted by an error
            self._panel.close()

    def onReload(self) -> None:
        """A developer reloads the module: ends its jobs and loads its other files anew, too."""
        from VoCoSegmentationLib.sections.session import closeSession

        closeSession()
        for name in [name for name in sys.modules if name.startswith("VoCoSegmentationLib")]:
            del sys.modules[name]
        super().onReload()

    def enter(self) -> None:
        """The user opens the module."""
        self.initializeParameterNode()
        self._panel.enter()

    def exit(self) -> None:
        """The user opens another module."""
        self.setParameterNode(None)
        self._panel.exit()

    def segmentVolumes(self, volumeNodes: Collection[vtkMRMLScalarVolumeNode]) -> None:
        """Segments CTs one after another, each with the model that suits it."""
        self._panel.segmentVolumes(list(volumeNodes))

    def onSceneStartChange(self, _caller: Any, _event: Any) -> None:
        """The scene is being closed or loaded, which resets or replaces the parameter node."""
        self.setParameterNode(None)

    def onSceneEndChange(self, _caller: Any, _event: Any) -> None:
        """Begins anew if the user sees the panel."""
        if self.parent.isEntered:
            self.initializeParameterNode()

    def initializeParameterNode(self) -> None:
        """Makes sure that there is a parameter node, with a volume if there is one."""
        parameterNode = self.logic.getParameterNode()
        if parameterNode.inputVolume is None:
            parameterNode.inputVolume = _firstVolume()
        self.setParameterNode(parameterNode)

    def setParameterNode(self, parameterNode: VoCoSegmentationParameterNode | None) -> None:
        """Connects the panel to a parameter node, or to none."""
        self._disconnectParameterNode()
        self._parameterNode = parameterNode
        if parameterNode is not None:
            self._connectGui(parameterNode)
            self.addObserver(parameterNode, vtk.vtkCommand.ModifiedEvent, self._onModified)
            self._observeVolume(parameterNode.inputVolume)
        self._panel.setParameters(parameterNode)

    def _connectGui(self, parameterNode: Any) -> None:
        """Connects the widgets which the .ui file gives a SlicerParameterName.

        Slicer's disconnectGui keeps the observer of a connection, so its tag is caught here.
        """
        named = {w.property("SlicerParameterName"): w for w in vars(self.ui).values()}
        widgets = {name: widget for name, widget in named.items() if name}

        def addObserver(*arguments: Any) -> int:
            tag = parameterNode.parameterNode.AddObserver(*arguments)
            self._parameterNodeObservers.append(tag)
            return tag

        parameterNode.AddObserver = addObserver
        try:
            self._parameterNodeGuiTag = parameterNode.connectParametersToGui(widgets)
        finally:
            del parameterNode.AddObserver

    def _disconnectParameterNode(self) -> None:
        if self._parameterNode is not None:
            self._parameterNode.disconnectGui(self._parameterNodeGuiTag)
            while self._parameterNodeObservers:
                self._parameterNode.RemoveObserver(self._parameterNodeObservers.pop())
            self.removeObserver(self._parameterNode, vtk.vtkCommand.ModifiedEvent, self._onModified)
        self._parameterNode = None
        self._observeVolume(None)

    def _observeVolume(self, volumeNode: vtkMRMLScalarVolumeNode | None) -> None:
        """Follows the volume, which may get its voxels and its place after it was chosen.

        The mixin is not used for it: what it has ever observed stays in memory.
        """
        if volumeNode is self._volumeNode:
            return
        if self._volumeNode is not None:
            for tag in self._volumeTags:
                self._volumeNode.RemoveObserver(tag)
        self._volumeNode = volumeNode
        if volumeNode is not None:
            events = vtk.vtkCommand.ModifiedEvent, volumeNode.TransformModifiedEvent
            self._volumeTags = [volumeNode.AddObserver(e, self._onVolumeModified) for e in events]

    def _onModified(self, _caller: Any = None, _event: Any = None) -> None:
        self._observeVolume(self._parameterNode.inputVolume)
        self._panel.refresh()

    def _onVolumeModified(self, _caller: Any, _event: Any) -> None:
        self._panel.refresh()


def _firstVolume() -> vtkMRMLScalarVolumeNode | None:
    """The volume that the slice views show, else the first one of the scene."""
    kind = "vtkMRMLScalarVolumeNode"  # exactly: label maps are derived from it
    volumes = [n for n in slicer.util.getNodesByClass(kind) if n.GetClassName() == kind]
    composites = slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode")
    shown = {composite.GetBackgroundVolumeID() for composite in composites}
    return next((n for n in volumes if n.GetID() in shown), volumes[0] if volumes else None)


class VoCoSegmentationLogic(ScriptedLoadableModuleLogic):
    """What the module does without a panel."""

    def __init__(self) -> None:
        ScriptedLoadableModuleLogic.__init__(self)
        from VoCoSegmentationLib.installation.installer import Installer
        from VoCoSegmentationLib.installation.installFlow import SlicerEnvironment

        from VoCoLib.models.catalogue import Catalogue

        requirements = RESOURCES / "VoCoSegmentationRequirements.txt"
        self.catalogue = Catalogue()
        self.installer = Installer(requirements, SlicerEnvironment())
        self._parameters: VoCoSegmentationParameterNode | None = None

    def getParameterNode(self) -> VoCoSegmentationParameterNode:
        """The module's parameters in the scene: the same object as long as its node is there.

        Each new one would observe the node for every parameter.
        """
        node = super().getParameterNode()
        if self._parameters is None or self._parameters.parameterNode is not node:
            self._parameters = VoCoSegmentationParameterNode(node)
        return self._parameters

    def queue(self) -> Any:
        """The VoCoSegmentationLib.jobs.queue.JobQueue of this Slicer session."""
        from VoCoSegmentationLib.sections.session import sharedQueue

        return sharedQueue()

    def process(
        self,
        volumeNode: vtkMRMLScalarVolumeNode,
        segmentationNode: vtkMRMLSegmentationNode | None = None,
        modelId: str = "",
        structures: Collection[str] | None = None,
        device: str = "auto",
        wait: bool = True,
        callback: Callable[[Any], None] | None = None,
        region: vtkMRMLMarkupsROINode | None = None,
        allFrames: bool = False,
        uncertainty: bool = False,
    ) -> Any:
        """Segments a volume in the background; Slicer stays usable meanwhile.

        Docs/scripts.md has more than this, which is for Slicer's Python console:

            from VoCoSegmentation import VoCoSegmentationLogic
            from VoCoSegmentationLib.scene.sampleData import makeDemoVolume

            volumeNode = makeDemoVolume(slicer.mrmlScene)  # or any CT of yours
            logic = VoCoSegmentationLogic()
            segmentationNode = logic.process(volumeNode)  # the model that suits the CT
            tableNode = segmentationNode.GetNodeReference("VoCoStatistics")

        Args:
            volumeNode: the CT, in HU, in the scene.
            segmentationNode: is replaced; None makes a new one.
            modelId: a model of the catalogue whose weights are on this computer; empty for the one
                for the body region that the CT shows.
            structures: names of structures of the model; None stands for all.
            device: "auto", "cpu", or a graphics card such as "cuda:0".
            wait: return when it is done; events of the application are handled meanwhile.
            callback: called with the job after each change of its state or progress.
            region: segment only this box, as it is now.
            allFrames: of the sequence that volumeNode shows; the result is a sequence, too.
            uncertainty: make a volume, too, that shows per voxel how unsure the network was (per
                cent): the reference "VoCoUncertainty" of the segmentation node. Not of frames.

        Returns:
            The segmentation node, whose reference "VoCoStatistics" is the table of volumes, mean HU
            and flags; with wait=False at once the VoCoSegmentationLib.jobs.segmentation.
            SegmentationJob, which has them, too, as soon as its state is "finished".

        Raises:
            InstallError: Python packages are missing.
            InputError: a node is not in the scene, or cannot be used.
            ModelError: no model is named, and none suits for certain; the hint lists them.
            VoCoError: it failed or was cancelled; the message says why and what to do.
        """
        from VoCoSegmentationLib.installation.installer import InstallError
        from VoCoSegmentationLib.jobs.segmentation import SegmentationJob
        from VoCoSegmentationLib.presenters.modelList import suitingModel
        from VoCoSegmentationLib.scene.volumes import checkInScene, readVolume

        from VoCoLib.errors import VoCoError

        queue = self.queue()
        if wait and queue.polling:
            raise VoCoError(
                _("The callback of a job cannot wait for another job."), _("Use wait=False.")
            )
        missing = ", ".join(package.name for package in self.installer.missing())
        if missing:
            raise InstallError(
                _("Not installed: {names}.").format(names=missing),
                _("Press Apply in the module VoCo Segmentation, which installs it."),
            )
        if volumeNode is not None:
            checkInScene(slicer.mrmlScene, volumeNode, "vtkMRMLNode")
        volume = readVolume(volumeNode)  # says at once what is wrong with it
        model = self.catalogue.get(modelId) if modelId else suitingModel(self.catalogue, volume)
        job = SegmentationJob(
            slicer.mrmlScene,
            volumeNode,
            model,
            segmentationNode,
            structures,
            region,
            device,
            allFrames,
            callback,
            uncertainty,
        )
        queue.add(job)
        if not wait:
            return job
        while not job.ended:
            queue.poll()
            slicer.app.processEvents()
            time.sleep(POLL_S)
        if job.error is not None:
            raise job.error
        return job.segmentationNode


class VoCoSegmentationTest(ScriptedLoadableModuleTest):
    """Segments the synthetic torso with the bundled model: real network, real worker."""

    def setUp(self) -> None:
        slicer.mrmlScene.Clear()

    def runTest(self) -> None:
        self.setUp()
        self.test_moduleIsRegistered()
        self.setUp()
        self.test_panelIsCreated()
        self.setUp()
        self.test_segmentation()

    def test_moduleIsRegistered(self) -> None:
        module = slicer.modules.vocosegmentation
        self.assertEqual(module.title, _("VoCo Segmentation"))
        self.assertFalse(module.icon.isNull())

    def test_panelIsCreated(self) -> None:
        ui = slicer.util.getModuleWidget("VoCoSegmentation").ui
        self.assertFalse(ui.applyButton.enabled)
        self.assertIn(_("Choose a CT volume."), ui.statusLabel.text)
        self.assertGreater(ui.modelComboBox.count, 1)

    def test_segmentation(self) -> None:
        from VoCoSegmentationLib.scene.sampleData import makeDemoVolume
        from VoCoSegmentationLib.scene.segmentations import STATISTICS_ROLE

        from VoCoLib.images.phantom import DEMO_SEED, make_phantom

        logic = VoCoSegmentationLogic()
        missing = [package.name for package in logic.installer.missing()]
        if missing:
            self.skipTest(f"not installed: {', '.join(missing)}; press Apply in the panel once")
        volumeNode = makeDemoVolume(slicer.mrmlScene)
        self.delayDisplay("Segmenting")
        node = logic.process(volumeNode, modelId="demo-torso", device="cpu")
        labels = logic.catalogue.get("demo-torso").recipe.labels
        truth = make_phantom(DEMO_SEED).label.transpose()
        segmentation = node.GetSegmentation()
        for label in labels[:8]:  # the large ones
            segmentId = segmentation.GetSegmentIdBySegmentName(label.name)
            mask = slicer.util.arrayFromSegmentBinaryLabelmap(node, segmentId, volumeNode) > 0
            expected = truth == label.value
            dice = 2 * (mask & expected).sum() / (mask.sum() + expected.sum())
            self.assertGreater(dice, 0.8, label.name)
        self.assertEqual(
            node.GetNodeReferenceID(node.GetReferenceImageGeometryReferenceRole()),
            volumeNode.GetID(),
        )
        table = node.GetNodeReference(STATISTICS_ROLE)
        self.assertEqual(table.GetNumberOfRows(), len(labels))
        self.delayDisplay("Test passed")
