"""What a new user is told, until the first segmentation has succeeded."""

from __future__ import annotations

from slicer import vtkMRMLScalarVolumeNode
from slicer.i18n import tr as _

from VoCoSegmentationLib.presenters.seams import FrontEnd, Parameters
from VoCoSegmentationLib.scene.sampleData import showDemoVolume

SUCCEEDED = "VoCoSegmentation/Succeeded"  # a key of the settings


class QuickStartPresenter:
    """Offers a CT to begin with.

    Args:
        frontEnd: asks, and loads.
    """

    def __init__(self, frontEnd: FrontEnd) -> None:
        self._frontEnd = frontEnd
        self._parameters: Parameters | None = None
        self._isNeeded = not frontEnd.setting(SUCCEEDED)

    def setParameters(self, parameters: Parameters | None) -> None:
        """Follows a parameter node; None while the scene is closed."""
        self._parameters = parameters

    def isNeeded(self) -> bool:
        """Whether it is shown."""
        return self._isNeeded

    def onSuccess(self) -> None:
        """A user who has seen a result needs no more."""
        if self._isNeeded:
            self._isNeeded = False
            self._frontEnd.keepSetting(SUCCEEDED, "yes")

    def loadSampleCt(self) -> None:
        """Of Slicer's sample data, after a question about the network."""
        question = _(
            "Download a CT of the abdomen from the sample data of Slicer? It is kept for later."
        )
        if self._frontEnd.confirm(question, _("Sample CT")):
            self._choose(self._frontEnd.loadSampleCt())

    def makeSyntheticCt(self) -> None:
        """Works without a network."""
        self._choose(showDemoVolume())

    def _choose(self, volumeNode: vtkMRMLScalarVolumeNode | None) -> None:
        if self._parameters is not None and volumeNode is not None:
            self._parameters.inputVolume = volumeNode
