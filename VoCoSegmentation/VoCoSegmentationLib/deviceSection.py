"""The part of the panel that says on what a segmentation will run, and what it will cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
import slicer
from slicer import vtkMRMLScalarVolumeNode
from slicer.i18n import tr as _

from VoCoLib.models.descriptions import Model
from VoCoSegmentationLib import texts
from VoCoSegmentationLib.jobs import JobQueue
from VoCoSegmentationLib.tasks import EstimateJob

Wish = tuple[str, tuple[int, int, int], Model, str]  # ID and size of a volume, model, device

SETTLING_MS = 700  # a user who goes through a list does not stay this long


class DeviceSection:
    """The list of devices and the line with the estimate.

    Args:
        ui: the panel's widgets.
        queue: knows the devices, and runs estimates.
        onChosen: called with the id of the device that the user chose.
    """

    def __init__(self, ui: Any, queue: JobQueue, onChosen: Callable[[str], None]) -> None:
        self._ui = ui
        self._queue = queue
        self._onChosen = onChosen
        self._ids: list[str] = []
        self._followed = ""
        self._wish: Wish | None = None
        self._known: dict[Wish, str] = {}  # estimates
        self._timer = qt.QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLING_MS)
        self._timer.connect("timeout()", self._startEstimate)
        ui.deviceComboBox.connect("currentIndexChanged(int)", self._onIndexChanged)

    def show(self, device: str) -> None:
        """Lists the devices and selects one; one that is not here becomes "auto"."""
        self._followed = device
        entries = [("auto", _("Automatic")), *map(_entry, self._queue.devices)]
        if not self._queue.devices:
            entries.append(("cpu", _("CPU")))
        self._ids = [identifier for identifier, _text in entries]
        combo = self._ui.deviceComboBox
        wasBlocked = combo.blockSignals(True)
        combo.clear()
        combo.addItems([text for _identifier, text in entries])
        combo.currentIndex = self._ids.index(device) if device in self._ids else 0
        combo.blockSignals(wasBlocked)

    def follow(self, device: str) -> None:
        """Selects a device, unless that was the last one."""
        if device != self._followed:
            self.show(device)

    def device(self) -> str:
        """The id of the chosen device."""
        return self._ids[self._ui.deviceComboBox.currentIndex]

    def estimate(self, volumeNode: vtkMRMLScalarVolumeNode | None, model: Model | None) -> None:
        """Starts an estimate in a moment, unless the same was asked last; None for no estimate."""
        if volumeNode is None or model is None:
            self.stop()
            self._ui.estimateLabel.text = ""
            return
        size = volumeNode.GetImageData().GetDimensions()
        wish = volumeNode.GetID(), size, model, self.device()
        if wish == self._wish:
            return
        self.stop()
        self._wish = wish
        self._ui.estimateLabel.text = self._known.get(wish, "")
        if wish not in self._known:
            self._timer.start()

    def stop(self) -> None:
        """Wants no estimate any more."""
        self._wish = None
        self._timer.stop()
        self._queue.dropBackground()

    def _startEstimate(self) -> None:
        wish = self._wish
        volumeNode = slicer.mrmlScene.GetNodeByID(wish[0]) if wish else None
        if wish is None or volumeNode is None:
            return

        def changed(job: EstimateJob) -> None:
            if job.estimate is not None:
                self._known[wish] = texts.estimate(job.estimate)
            if wish == self._wish:
                failure = str(job.error) if job.state == "failed" else ""
                self._ui.estimateLabel.text = self._known.get(wish, failure)

        self._queue.add(EstimateJob(volumeNode, wish[2], wish[3], changed))

    def _onIndexChanged(self, index: int) -> None:
        if index >= 0:
            self._followed = self._ids[index]
            self._onChosen(self._followed)


def _entry(device: dict[str, Any]) -> tuple[str, str]:
    text = _("{name}, {memory}").format(
        name=device["name"], memory=texts.size(device["memory_bytes"])
    )
    return device["id"], text
