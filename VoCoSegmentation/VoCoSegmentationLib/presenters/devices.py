"""On what it will run, and what a segmentation will cost there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slicer import vtkMRMLScalarVolumeNode, vtkMRMLScene
from slicer.i18n import tr as _

from VoCoLib.models.descriptions import Model
from VoCoLib.server.remote import PREFIX
from VoCoSegmentationLib import texts
from VoCoSegmentationLib.jobs.queue import JobQueue
from VoCoSegmentationLib.jobs.segmentation import EstimateJob
from VoCoSegmentationLib.presenters.notice import Notice
from VoCoSegmentationLib.presenters.seams import FrontEnd

Wish = tuple[str, tuple[int, int, int], Model, str]  # ID and size of a volume, model, device

AUTOMATIC = "auto"
SETTLING_MS = 700  # a user who goes through a list does not stay this long


class DevicePresenter:
    """The devices of this computer, the chosen one, and the estimate for it.

    Args:
        scene: where the volumes are.
        queue: knows the devices, and runs estimates.
        frontEnd: has a timer.
        onEstimate: called when the estimate has changed.
    """

    def __init__(
        self,
        scene: vtkMRMLScene,
        queue: JobQueue,
        frontEnd: FrontEnd,
        onEstimate: Callable[[], None],
    ) -> None:
        self._scene = scene
        self._queue = queue
        self._onEstimate = onEstimate
        self._wanted = AUTOMATIC
        self._wish: Wish | None = None
        self._known: dict[Wish, str] = {}  # estimates
        self._failure = Notice()  # of the last one
        self._timer = frontEnd.makeTimer(SETTLING_MS, self._startEstimate, again=False)

    def entries(self) -> list[tuple[str, str]]:
        """The id and the name of each device."""
        found = [(AUTOMATIC, _("Automatic")), *map(_entry, self._queue.devices)]
        found = found if self._queue.devices else [*found, ("cpu", _("CPU"))]
        server = self._queue.server
        if server is not None:
            found.append((server.device, self._queue.serverName or server.host))
        return found

    def want(self, device: str) -> None:
        """Takes over what the parameters say, perhaps of a scene from another computer."""
        self._wanted = device

    def device(self) -> str:
        """What is wanted if it is here, else AUTOMATIC: for whoever computes and whoever shows."""
        ids = [identifier for identifier, _name in self.entries()]
        return self._wanted if self._wanted in ids else AUTOMATIC

    def localDevice(self) -> str:
        """The same for what is always computed here."""
        return AUTOMATIC if self._isServer() else self.device()

    def _isServer(self) -> bool:
        return self.device().startswith(PREFIX)

    def estimate(self, volumeNode: vtkMRMLScalarVolumeNode | None, model: Model | None) -> None:
        """Starts an estimate in a moment, unless the same was asked last; None for no estimate."""
        if volumeNode is None or model is None or self._isServer():
            self.stop()
            return
        size = volumeNode.GetImageData().GetDimensions()
        wish = volumeNode.GetID(), size, model, self.device()
        if wish == self._wish and not self._isDoubtful():
            return
        self.stop()
        self._wish = wish
        if wish not in self._known:
            self._timer.start()

    @property
    def estimateText(self) -> str:
        """What a segmentation will cost, or why that is not known; empty while it is asked."""
        if self._isServer():
            return _("The CT is sent to {server}.").format(server=texts.device(self.device()))
        if self._wish is None:
            return ""
        return self._known.get(self._wish, "") or self._failure.text(self._subject())

    def _subject(self) -> tuple[Any, ...]:
        """What a failure is about; it is in doubt as soon as something else has succeeded."""
        return self._wish, self._queue.finished

    def _isDoubtful(self) -> bool:
        wasSaid = bool(self._failure)
        return wasSaid and not self._failure.text(self._subject())

    def stop(self) -> None:
        """Wants no estimate any more."""
        self._wish = None
        self._timer.stop()
        self._queue.dropBackground()

    def _startEstimate(self) -> None:
        wish = self._wish
        volumeNode = self._scene.GetNodeByID(wish[0]) if wish else None
        if wish is None or volumeNode is None:
            return

        def changed(job: EstimateJob) -> None:
            if job.estimate is not None:
                self._known[wish] = texts.estimate(job.estimate)
            if wish == self._wish:
                if job.state == "failed":
                    self._failure.say(str(job.error), self._subject())
                self._onEstimate()

        self._queue.add(EstimateJob(volumeNode, wish[2], wish[3], changed))


def _entry(device: dict[str, Any]) -> tuple[str, str]:
    text = _("{name}, {memory}").format(
        name=device["name"], memory=texts.size(device["memory_bytes"])
    )
    return device["id"], text
