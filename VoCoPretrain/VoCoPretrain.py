"""Slicer module that will run VoCo pre-training; for now its panel says what is to come."""

from __future__ import annotations

from typing import Any

import slicer
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)


class VoCoPretrain(ScriptedLoadableModule):
    """Registers the module."""

    def __init__(self, parent: Any) -> None:
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = _("VoCo Pretrain")
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Segmentation")]
        self.parent.dependencies = ["VoCoSegmentation"]  # its constructor finds VoCoLib
        self.parent.contributors = ["VoCo for 3D Slicer contributors"]
        self.parent.helpText = _(
            "Will pre-train a VoCo network on your own unlabelled CT, in the background."
            ' See the <a href="{url}">documentation</a>.'
        ).format(url="https://github.com/SlicerVoCo/SlicerVoCo")
        self.parent.acknowledgementText = _(
            "VoCo was published by Linshan Wu, Jiaxin Zhuang and Hao Chen: "
            '<a href="{cvpr}">CVPR 2024</a> and <a href="{tpami}">arXiv 2410.09890</a>. '
            "If you use it, please cite them."
        ).format(cvpr="https://arxiv.org/abs/2402.17300", tpami="https://arxiv.org/abs/2410.09890")


class VoCoPretrainWidget(ScriptedLoadableModuleWidget):
    """The module's panel."""

    def setup(self) -> None:
        """Builds the panel from its .ui file."""
        ScriptedLoadableModuleWidget.setup(self)
        uiWidget = slicer.util.loadUI(self.resourcePath("UI/VoCoPretrain.ui"))
        self.layout.addWidget(uiWidget)
        self.ui = slicer.util.childWidgetVariables(uiWidget)
        uiWidget.setMRMLScene(slicer.mrmlScene)


class VoCoPretrainTest(ScriptedLoadableModuleTest):
    """Checks inside Slicer that the module is registered, finds VoCoLib and has its panel."""

    def setUp(self) -> None:
        slicer.mrmlScene.Clear()

    def runTest(self) -> None:
        self.setUp()
        self.test_moduleIsRegistered()
        self.test_libraryIsFound()
        self.test_panelIsCreated()

    def test_moduleIsRegistered(self) -> None:
        module = slicer.modules.vocopretrain
        self.assertEqual(module.title, _("VoCo Pretrain"))
        self.assertFalse(module.icon.isNull())

    def test_libraryIsFound(self) -> None:
        import VoCoLib

        self.assertRegex(VoCoLib.__version__, r"^\d+\.\d+\.\d+")

    def test_panelIsCreated(self) -> None:
        ui = slicer.util.getModuleWidget("VoCoPretrain").ui
        self.assertTrue(ui.introductionLabel.text)
