"""Segmenting several CTs, each with the model that suits it, one after another."""

from __future__ import annotations

from collections.abc import Sequence

from slicer import vtkMRMLScalarVolumeNode, vtkMRMLScene
from slicer.i18n import tr as _

from VoCoSegmentationLib import texts
from VoCoSegmentationLib.presenters.bodyRegion import RegionPresenter
from VoCoSegmentationLib.presenters.models import ModelPresenter
from VoCoSegmentationLib.presenters.seams import FrontEnd, Parameters
from VoCoSegmentationLib.presenters.segmentation import SegmentationPresenter


class SeveralVolumes:
    """Chooses one CT after another and queues its segmentation once its region is known.

    Args:
        scene: where they are.
        segmentation: what Apply does with one.
        models: the chosen model.
        regions: what the chosen CT shows.
        frontEnd: tells which were left out.
    """

    def __init__(
        self,
        scene: vtkMRMLScene,
        segmentation: SegmentationPresenter,
        models: ModelPresenter,
        regions: RegionPresenter,
        frontEnd: FrontEnd,
    ) -> None:
        self._scene = scene
        self._segmentation = segmentation
        self._models = models
        self._regions = regions
        self._frontEnd = frontEnd
        self._parameters: Parameters | None = None
        self._pending: list[str] = []  # IDs
        self._leftOut: list[str] = []
        self._isAdvancing = False

    def setParameters(self, parameters: Parameters | None) -> None:
        """Follows a parameter node; None while the scene is closed."""
        self._parameters = parameters
        if parameters is None:
            self._pending, self._leftOut = [], []

    def start(self, volumeNodes: Sequence[vtkMRMLScalarVolumeNode]) -> None:
        """Segments these, after those of an earlier call."""
        if self._frontEnd.ensureInstalled():
            self._pending += [node.GetID() for node in volumeNodes]
            self.advance()

    def advance(self) -> None:
        """Goes on as far as is known; to be called after each change."""
        if self._isAdvancing or not self._pending:
            return
        self._isAdvancing = True
        try:
            while self._pending and self._takeNext():
                del self._pending[0]
        finally:
            self._isAdvancing = False
        if not self._pending and self._leftOut:
            text, self._leftOut = "\n".join(self._leftOut), []
            self._frontEnd.showError(_("Not segmented:") + "\n" + text)

    def _takeNext(self) -> bool:
        """Queues the next one, or leaves it out; False while its region is not known."""
        node = self._scene.GetNodeByID(self._pending[0])
        if node is None or self._parameters is None:
            return True
        if self._parameters.inputVolume is not node:
            self._parameters.inputVolume = node
            self._segmentation.refresh()
        if self._regions.isLooking():
            return False
        reason, shown = self._segmentation.reason(), self._regions.shown()
        if not reason and shown is not None and not shown.certain:
            reason = texts.doubt(shown)  # nobody looks which model that is
        if not reason and not self._models.isHere():
            reason = _("Download the model first.")
        if reason:
            self._leftOut.append(f"{node.GetName()}: {reason}")
        else:
            self._segmentation.apply()
        return True
