"""What the chosen CT shows, looked at bit by bit so that the window stays alive."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from slicer import vtkMRMLScalarVolumeNode

from VoCoLib.errors import VoCoError
from VoCoLib.images.body_regions import BodyRegions
from VoCoSegmentationLib.panelWords import inPanel
from VoCoSegmentationLib.presenters.seams import FrontEnd
from VoCoSegmentationLib.scene.volumes import linearAffine, readVolume

Key = tuple[str, int, bytes]  # ID of a volume, time of its voxels, its affine

BIT_S = 0.012  # of the event loop at a time
PAUSE_MS = 5


class RegionPresenter:
    """Recognises the regions of the body in a CT.

    Args:
        frontEnd: has a timer.
        onKnown: called when shown() has changed without want().
    """

    def __init__(self, frontEnd: FrontEnd, onKnown: Callable[[], None]) -> None:
        self._onKnown = onKnown
        self._key: Key | None = None
        self._known: dict[Key, BodyRegions] = {}
        self._looking: Iterator[BodyRegions] = iter(())
        self._last = BodyRegions({})
        self._timer = frontEnd.makeTimer(PAUSE_MS, self._look, again=True)

    def want(self, volumeNode: vtkMRMLScalarVolumeNode | None) -> None:
        """Turns to a volume, unless it is the one that was wanted last; None for none."""
        key = _key(volumeNode)
        if key == self._key:
            return
        self._timer.stop()
        self._key = key
        if key is None or key in self._known:
            return
        from VoCoLib.images.region_recognition import recognising  # scipy takes its time

        try:
            volume = readVolume(volumeNode)
        except VoCoError as error:
            self._known[key] = BodyRegions({}, inPanel(str(error)))
            return
        # uneven slices are not resampled for that: it takes time, and the regions stay
        self._looking = recognising(volume.voxels, volume.affine)
        self._timer.start()

    def shown(self) -> BodyRegions | None:
        """What the CT shows; None while that is not known, or nothing is wanted."""
        return self._known.get(self._key) if self._key else None

    def isLooking(self) -> bool:
        """Whether it will be known in a moment."""
        return self._key is not None and self._key not in self._known

    def stop(self) -> None:
        """Looks at nothing any more."""
        self._timer.stop()
        self._key = None

    def _look(self) -> None:
        """Goes on for a moment."""
        until = time.monotonic() + BIT_S
        for found in self._looking:
            self._last = found
            if time.monotonic() > until:
                return
        self._timer.stop()
        if self._key is not None:
            self._known[self._key] = self._last
            self._onKnown()


def _key(volumeNode: vtkMRMLScalarVolumeNode | None) -> Key | None:
    image = volumeNode.GetImageData() if volumeNode is not None else None
    if volumeNode is None or image is None or not volumeNode.IsA("vtkMRMLScalarVolumeNode"):
        return None
    affine = linearAffine(volumeNode, volumeNode)
    return volumeNode.GetID(), image.GetMTime(), affine.tobytes()
