"""Slicer module that trains VoCo networks on the user's CT, in processes that outlive Slicer."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from VoCoPretrainLib.trainings import Trainings

RUNS_FOLDER = "VoCoPretrain/RunsFolder"  # a key of the settings
PATIENCE_S = 120  # of the module's own test


class VoCoPretrain(ScriptedLoadableModule):
    """Registers the module."""

    def __init__(self, parent: Any) -> None:
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = _("VoCo Pretrain")
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Segmentation")]
        self.parent.dependencies = ["VoCoSegmentation", "Plots", "Tables"]
        self.parent.contributors = ["VoCo for 3D Slicer contributors"]
        self.parent.helpText = _(
            "Pre-trains VoCo networks on your own unlabelled CT and fine-tunes them, in the"
            " background; training goes on when Slicer is closed."
            ' See the <a href="{url}">documentation</a>.'
        ).format(url="https://github.com/SlicerVoCo/SlicerVoCo")
        self.parent.acknowledgementText = _(
            "VoCo was published by Linshan Wu, Jiaxin Zhuang and Hao Chen: "
            '<a href="{cvpr}">CVPR 2024</a> and <a href="{tpami}">arXiv 2410.09890</a>. '
            "If you use it, please cite them."
        ).format(cvpr="https://arxiv.org/abs/2402.17300", tpami="https://arxiv.org/abs/2410.09890")
        _findNeighbour()


class VoCoPretrainWidget(ScriptedLoadableModuleWidget):
    """The life of the panel; what it shows and does is in VoCoPretrainLib.sections.panel."""

    def __init__(self, parent: Any = None) -> None:
        ScriptedLoadableModuleWidget.__init__(self, parent)
        self.logic: VoCoPretrainLogic | None = None
        self._panel: Any = None

    def setup(self) -> None:
        """Builds the panel from its .ui file."""
        from VoCoPretrainLib.sections.panel import Panel

        ScriptedLoadableModuleWidget.setup(self)
        uiWidget = slicer.util.loadUI(self.resourcePath("UI/VoCoPretrain.ui"))
        self.layout.addWidget(uiWidget)
        self.ui = slicer.util.childWidgetVariables(uiWidget)
        uiWidget.setMRMLScene(slicer.mrmlScene)
        self.logic = VoCoPretrainLogic()
        self._panel = Panel(self.ui, self.logic)
        if getattr(self.parent, "isEntered", False):  # a reload does not enter
            self._panel.enter()

    def cleanup(self) -> None:
        """Ends the panel; runs go on."""
        if self._panel is not None:  # setup() was not interrupted by an error
            self._panel.close()

    def onReload(self) -> None:
        """A developer reloads the module: loads its other files anew, too."""
        for name in [name for name in sys.modules if name.startswith("VoCoPretrainLib")]:
            del sys.modules[name]
        super().onReload()

    def enter(self) -> None:
        """The user opens the module."""
        if self._panel.isOutdated:  # VoCoSegmentation was reloaded, and its queue has ended
            qt.QTimer.singleShot(0, self.onReload)
        else:
            self._panel.enter()

    def exit(self) -> None:
        """The user opens another module."""
        self._panel.exit()


class VoCoPretrainLogic(ScriptedLoadableModuleLogic, Trainings):
    """Starts, lists, stops and resumes trainings.

    For Slicer's Python console:

        from VoCoPretrain import VoCoPretrainLogic

        logic = VoCoPretrainLogic()
        runId = logic.startRun({"data": "/archive/ct", "steps": 5000, "preset": "B"})
        for run in logic.runs():
            print(run.name, run.state.name, run.step, run.loss)
        logic.stop(runId)  # after the step at hand: its state is "stopping", then "stopped"
        logic.resume(runId)  # once it has stopped

    A run's id is the path of its folder, so it is the same in each Slicer session.

    Attributes:
        catalogue: the models on this computer.
        installer: of Python packages.
        runsFolder: where the folders of the runs are, see setRunsFolder.
        python: command of the Python that trains; None for Slicer's own.
    """

    def __init__(self) -> None:
        ScriptedLoadableModuleLogic.__init__(self)
        import VoCoSegmentationLib
        from VoCoSegmentationLib.installation.installer import Installer
        from VoCoSegmentationLib.installation.installFlow import SlicerEnvironment

        from VoCoLib.models.catalogue import Catalogue

        resources = Path(VoCoSegmentationLib.__file__).resolve().parents[1] / "Resources"
        requirements = resources / "VoCoSegmentationRequirements.txt"
        self.catalogue = Catalogue()
        self.installer = Installer(requirements, SlicerEnvironment())
        default = str(self.catalogue.home / "runs")
        self.runsFolder = _absolute(slicer.util.settingsValue(RUNS_FOLDER, default))
        self.python: Sequence[str] | None = None

    def setRunsFolder(self, folder: str) -> None:
        """Chooses the folder of the runs, for the next Slicer session, too."""
        self.runsFolder = _absolute(folder)
        qt.QSettings().setValue(RUNS_FOLDER, str(self.runsFolder))

    def queue(self) -> Any:
        """The VoCoSegmentationLib.jobs.queue.JobQueue of this Slicer session."""
        from VoCoSegmentationLib.sections.session import sharedQueue

        return sharedQueue()

    def _requirePackages(self) -> None:
        """Raises InstallError if Python packages are missing."""
        from VoCoSegmentationLib.installation.installer import InstallError

        missing = ", ".join(package.name for package in self.installer.missing())
        if missing:
            raise InstallError(
                _("Not installed: {names}.").format(names=missing),
                _("Press Start in the module VoCo Pretrain, which installs it."),
            )


class VoCoPretrainTest(ScriptedLoadableModuleTest):
    """Starts a training in its own process and follows it: real files, a real network."""

    def setUp(self) -> None:
        slicer.mrmlScene.Clear()

    def runTest(self) -> None:
        self.setUp()
        self.test_moduleIsRegistered()
        self.test_panelIsCreated()
        self.test_training()

    def test_moduleIsRegistered(self) -> None:
        module = slicer.modules.vocopretrain
        self.assertEqual(module.title, _("VoCo Pretrain"))
        self.assertFalse(module.icon.isNull())

    def test_panelIsCreated(self) -> None:
        ui = slicer.util.getModuleWidget("VoCoPretrain").ui
        self.assertFalse(ui.startButton.enabled)
        self.assertTrue(ui.reasonLabel.text)

    def test_training(self) -> None:
        from VoCoPretrainLib.nrrd import writeNrrd

        from VoCoLib.images.phantom import make_phantom
        from VoCoLib.training.jobs.background import is_active

        logic = VoCoPretrainLogic()
        missing = [package.name for package in logic.installer.missing()]
        if missing:
            self.skipTest(f"not installed: {', '.join(missing)}; press Start in the panel once")
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
            logic.runsFolder = Path(name) / "runs"
            for seed in (1, 2):
                phantom = make_phantom(seed, (6.0, 6.0, 6.0))
                writeNrrd(Path(name) / f"{seed}.nrrd", phantom.image, phantom.affine)
            self.delayDisplay("Training one step")
            config = {"data": name, "steps": 1, "batch": 1, "queries": 1, "device": "cpu"}
            cache = str(Path(name) / "runs" / ".cache")
            logic.startRun({**config, "held_back": 0, "cache": cache})
            deadline = time.monotonic() + PATIENCE_S
            while is_active(logic.runs()[0].state.name) and time.monotonic() < deadline:
                self.delayDisplay("Training", 100)
            run = logic.runs()[0]
            self.assertEqual((run.state.name, run.step), ("finished", 1), run.state.reason)


def _absolute(folder: str) -> Path:
    """A folder for processes with another working folder; ~ is the user's own."""
    return Path(os.path.abspath(os.path.expanduser(folder)))


def _findNeighbour() -> None:
    """Finds VoCoSegmentationLib in a source checkout; installed, it lies beside this file."""
    folder = Path(__file__).resolve().parents[1] / "VoCoSegmentation"
    if folder.is_dir() and str(folder) not in sys.path:
        sys.path.append(str(folder))
    import VoCoSegmentationLib  # noqa: F401 - it makes VoCoLib importable
