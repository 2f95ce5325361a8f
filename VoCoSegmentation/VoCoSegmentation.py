"""Slicer module that segments organs in CT; for now its panel leads to the command line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)


class VoCoSegmentation(ScriptedLoadableModule):
    """Registers the module and makes VoCoLib importable."""

    def __init__(self, parent: Any) -> None:
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = _("VoCo Segmentation")
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Segmentation")]
        self.parent.dependencies = []
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
        _addSourceCheckoutToPath()


class VoCoSegmentationWidget(ScriptedLoadableModuleWidget):
    """The module's panel."""

    def setup(self) -> None:
        """Builds the panel from its .ui file."""
        ScriptedLoadableModuleWidget.setup(self)
        uiWidget = slicer.util.loadUI(self.resourcePath("UI/VoCoSegmentation.ui"))
        self.layout.addWidget(uiWidget)
        self.ui = slicer.util.childWidgetVariables(uiWidget)
        uiWidget.setMRMLScene(slicer.mrmlScene)
        self.logic = VoCoSegmentationLogic()
        self.ui.versionLabel.text = _("VoCoLib {version}").format(
            version=self.logic.libraryVersion()
        )


class VoCoSegmentationLogic(ScriptedLoadableModuleLogic):
    """What the module does without a panel."""

    def libraryVersion(self) -> str:
        """Version of VoCoLib, the Python package that does the work."""
        import VoCoLib

        return VoCoLib.__version__


class VoCoSegmentationTest(ScriptedLoadableModuleTest):
    """Checks inside Slicer that the module is registered, complete and has its panel."""

    def setUp(self) -> None:
        slicer.mrmlScene.Clear()

    def runTest(self) -> None:
        self.setUp()
        self.test_moduleIsRegistered()
        self.test_libraryIsInstalledAndLight()
        self.test_panelIsCreated()

    def test_moduleIsRegistered(self) -> None:
        module = slicer.modules.vocosegmentation
        self.assertEqual(module.title, _("VoCo Segmentation"))
        self.assertFalse(module.icon.isNull())

    def test_libraryIsInstalledAndLight(self) -> None:
        torchWasLoaded = "torch" in sys.modules
        self.assertRegex(VoCoSegmentationLogic().libraryVersion(), r"^\d+\.\d+\.\d+")
        self.assertEqual("torch" in sys.modules, torchWasLoaded)

    def test_panelIsCreated(self) -> None:
        ui = slicer.util.getModuleWidget("VoCoSegmentation").ui
        self.assertIn("voco segment", ui.commandLineEdit.text)
        self.assertIn(VoCoSegmentationLogic().libraryVersion(), ui.versionLabel.text)


def _addSourceCheckoutToPath() -> None:
    """Finds VoCoLib in a source checkout; an installed extension has it beside the modules."""
    root = Path(__file__).resolve().parent.parent
    if (root / "VoCoLib").is_dir() and str(root) not in sys.path:
        sys.path.append(str(root))
