"""The list of models of the position view: all with an encoder, and files of weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from VoCoLib.errors import VoCoError
from VoCoLib.models.catalogue import Catalogue
from VoCoLib.models.descriptions import Model
from VoCoSegmentationLib import models


class PositionModels:
    """Fills a combo box, and opens the dialog that asks for a file.

    Args:
        ui: the panel's widgets.
        catalogue: what there is.
        onChosen: called with the id of a model, or the path of a file.
    """

    def __init__(self, ui: Any, catalogue: Catalogue, onChosen: Callable[[str], None]) -> None:
        self._ui = ui
        self._catalogue = catalogue
        self._onChosen = onChosen
        self._names: list[str] = []  # ids and paths
        self.problem = ""  # why the list is empty
        ui.positionModelComboBox.connect("activated(int)", self._onActivated)
        ui.positionFileButton.connect("clicked(bool)", self._onFile)

    def show(self, chosen: str, modelId: str) -> str:
        """Fills the list and selects a model.

        Args:
            chosen: what the user chose before; empty for nothing yet.
            modelId: the model that segments.

        Returns:
            what is selected: the choice, else a pre-trained model, else the one that segments.
            A demonstration model only where the one that segments is one, too.
        """
        offered = self._offered()
        names = [model.id for model in offered]
        titles = [model.title for model in offered]
        if chosen and chosen not in names and Path(chosen).is_absolute():
            names.append(chosen)
            titles.append(Path(chosen).name)
        if names != self._names:
            self._names = names
            self._ui.positionModelComboBox.clear()
            self._ui.positionModelComboBox.addItems(titles)
        selected = chosen if chosen in names else self._preferred(offered, modelId)
        self._ui.positionModelComboBox.currentIndex = names.index(selected) if selected else -1
        return selected

    def _offered(self) -> list[Model]:
        """Models whose weights are here: VoCo's pre-trained ones first, demonstrations last."""
        self.problem = ""
        try:
            known = self._catalogue.models()
        except VoCoError as error:
            self.problem = str(error)
            return []
        here = [m for m in known if m.recipe and self._catalogue.state(m) in models.USABLE]
        return sorted(here, key=lambda model: (_isDemonstration(model), not _isPretrained(model)))

    @staticmethod
    def _preferred(offered: list[Model], modelId: str) -> str:
        names = [model.id for model in offered]
        if modelId == models.DEMONSTRATION and models.DEMONSTRATION_POSITION in names:
            return models.DEMONSTRATION_POSITION
        if offered and not _isPretrained(offered[0]) and modelId in names:
            return modelId
        return names[0] if names else ""

    def _onActivated(self, index: int) -> None:
        self._onChosen(self._names[index])

    def _onFile(self, _checked: bool = False) -> None:
        path = qt.QFileDialog.getOpenFileName(
            slicer.util.mainWindow(),
            _("Weights with an encoder"),
            "",
            _("Weights (*.safetensors *.pt *.pth *.ckpt);;All files (*)"),
        )
        if path:
            self._onChosen(str(Path(path)))


def _isDemonstration(model: Model) -> bool:
    return model.id in (models.DEMONSTRATION, models.DEMONSTRATION_POSITION)


def _isPretrained(model: Model) -> bool:
    return model.recipe is not None and model.recipe.task == "pretraining"
