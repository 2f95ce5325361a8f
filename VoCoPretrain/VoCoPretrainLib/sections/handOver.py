"""Opens the module VoCo Segmentation with a model selected."""

from __future__ import annotations

import slicer

from VoCoLib.models.catalogue import Catalogue


def showModel(modelId: str) -> None:
    """Selects a model of the catalogue where it is of use: to segment, or in the position view."""
    slicer.util.selectModule("VoCoSegmentation")
    widget = slicer.util.getModuleWidget("VoCoSegmentation")
    recipe = Catalogue().get(modelId).recipe
    parameters = widget.logic.getParameterNode()
    if recipe is not None and recipe.task == "segmentation":
        parameters.modelId = modelId
    else:
        parameters.positionModel = modelId
        widget.ui.positionCollapsibleButton.collapsed = False
