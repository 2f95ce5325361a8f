"""What the position view would be asked now: the CT, the model, the grid and the place."""

from __future__ import annotations

from typing import Any

from slicer import vtkMRMLScalarVolumeNode
from slicer.i18n import tr as _

from VoCoLib.models.catalogue import Catalogue
from VoCoLib.models.descriptions import Model
from VoCoSegmentationLib import texts
from VoCoSegmentationLib.jobs.live import Wish
from VoCoSegmentationLib.jobs.positions import Point, ViewSettings, stateOf
from VoCoSegmentationLib.jobs.queue import JobQueue
from VoCoSegmentationLib.presenters.bodyRegion import RegionPresenter
from VoCoSegmentationLib.presenters.devices import DevicePresenter
from VoCoSegmentationLib.presenters.positionGrid import Grid, GridChoices, gridChoices
from VoCoSegmentationLib.presenters.positionHover import PositionHover
from VoCoSegmentationLib.presenters.positionModels import (
    PositionModels,
    modelNamed,
    positionModels,
    trainedGrid,
)
from VoCoSegmentationLib.presenters.seams import Parameters
from VoCoSegmentationLib.scene.positionPoint import PositionPoint


class PositionSubject:
    """Puts together what is chosen.

    Attributes:
        parameters: of the scene; None while there are none.
        models: to choose from, and which one is.

    Args:
        catalogue: the models.
        queue: knows how often scenes and jobs have come to an end.
        regions: what the chosen CT shows.
        devices: the chosen device.
        point: that the user places.
        hover: where the mouse is.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        queue: JobQueue,
        regions: RegionPresenter,
        devices: DevicePresenter,
        point: PositionPoint,
        hover: PositionHover,
    ) -> None:
        self.parameters: Parameters | None = None
        self.models = PositionModels()
        self._catalogue = catalogue
        self._queue = queue
        self._regions = regions
        self._devices = devices
        self._point = point
        self._hover = hover
        self._model: Model | None = None  # that is selected, if the catalogue has it
        self._trained: Grid | None = None  # its grid
        self._chosenFor: tuple[Any, ...] = ()  # what the automatic choice is about

    @property
    def volumeNode(self) -> vtkMRMLScalarVolumeNode | None:
        """The chosen CT."""
        return self.parameters.inputVolume if self.parameters is not None else None

    @property
    def otherNode(self) -> vtkMRMLScalarVolumeNode | None:
        """The other CT, if one is chosen."""
        node = self.parameters.positionReference if self.parameters is not None else None
        return None if node is self.volumeNode else node

    @property
    def place(self) -> Point | None:
        """What is asked about: where the mouse is while it is followed, else the point."""
        return self._hover.place or self._point.place

    def settings(self) -> ViewSettings:
        """How the CT is seen."""
        bases, placement = self._chosenGrid()
        device = self._devices.localDevice()
        return ViewSettings(
            self.models.selected, bases if bases > 1 else None, placement or None, device
        )

    def wish(self) -> Wish | None:
        """What the worker is to be asked about the place; None without CT or place."""
        volumeNode, place = self.volumeNode, self.place
        if volumeNode is None or place is None:
            return None
        return volumeNode.GetID(), stateOf(volumeNode), self.settings(), place

    def chooseModel(self) -> None:
        """An automatic choice stays until CT, model or what is known of the CT change."""
        parameters = self.parameters
        if parameters is None:
            return
        volumeNode, shown = parameters.inputVolume, self._regions.shown()
        about = volumeNode.GetID() if volumeNode else "", parameters.modelId, shown
        kept = self.models.selected if about == self._chosenFor else ""
        self._chosenFor, before = about, self.models.selected
        self.models = positionModels(
            self._catalogue, parameters.positionModel, parameters.modelId, shown, kept
        )
        if self.models.selected != before:
            self._model = modelNamed(self._catalogue, self.models.selected)
            self._trained = trainedGrid(self._catalogue, self.models.selected)

    def grid(self) -> GridChoices:
        """How the bases can lie, and do."""
        return gridChoices(self._chosenGrid(), self._trained)

    def key(self) -> Any:
        """What a map is about; None without a CT."""
        volumeNode = self.volumeNode
        if volumeNode is None:
            return None
        return volumeNode.GetID(), stateOf(volumeNode), self.settings()

    def pairKey(self) -> Any:
        """What a comparison of two CTs is about; None without a second one."""
        other = self.otherNode
        return None if other is None else (self.key(), other.GetID(), stateOf(other))

    def question(self) -> tuple[Any, ...]:
        """What could be asked now, in this scene."""
        if self.parameters is None:
            return (self._queue.scenes,)
        nodes = self.parameters.inputVolume, self.parameters.positionReference
        ids = [node.GetID() if node is not None else "" for node in nodes]
        return self._queue.scenes, *ids, self.settings(), self.place

    def attempt(self) -> tuple[Any, ...]:
        """What a failure is about, in this scene; another success makes it doubtful."""
        return self._queue.finished, *self.question()

    def reason(self) -> str:
        """Why nothing can be asked; empty if it can."""
        if self.volumeNode is None:
            return _("Choose a CT volume above.")
        if self.models.selected and self.models.problem:
            hint = _("Choose another one, or import it above.")
            return f"{self.models.problem} {hint}"
        if not self.models.selected:
            if self._regions.isLooking():
                return _("Looking at what the CT shows…")
            hint = _("Choose a model, download one above, or choose a file of weights.")
            return " ".join(filter(None, [self.models.problem, hint]))
        return ""

    def doubt(self) -> str:
        """That the model was not made for this CT; empty if it may well be."""
        doubt = texts.outOfPlace(self._model, self._regions.shown()) if self._model else ""
        return _("Not a model for this CT.") + " " + doubt if doubt else ""

    def modelTitle(self) -> str:
        """Of the catalogue; empty if the model is a file."""
        return self._model.title if self._model else ""

    def _chosenGrid(self) -> Grid:
        parameters = self.parameters
        if parameters is None:
            return 1, ""
        return parameters.positionBases, parameters.positionPlacement
