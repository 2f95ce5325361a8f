"""Segmenting a volume, and the estimate for that, as jobs."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from slicer import (
    vtkMRMLMarkupsROINode,
    vtkMRMLScalarVolumeNode,
    vtkMRMLScene,
    vtkMRMLSegmentationNode,
    vtkMRMLSequenceBrowserNode,
    vtkMRMLTableNode,
)
from slicer.i18n import tr as _

from VoCoLib.errors import InputError
from VoCoLib.events import Event
from VoCoLib.images.body_regions import BodyRegions
from VoCoLib.images.foreground import foreground_voxels
from VoCoLib.models.descriptions import Model
from VoCoLib.recipe import Label
from VoCoSegmentationLib import texts
from VoCoSegmentationLib.jobs.queue import Job, Request, Steps
from VoCoSegmentationLib.scene.segmentations import STATISTICS_ROLE, writeSegmentation
from VoCoSegmentationLib.scene.sequences import (
    frameValues,
    readFrame,
    sequenceBrowserOf,
    writeFrame,
)
from VoCoSegmentationLib.scene.tables import writeStatistics
from VoCoSegmentationLib.scene.uncertainty import ROLE as UNCERTAINTY_ROLE
from VoCoSegmentationLib.scene.uncertainty import writeUncertainty
from VoCoSegmentationLib.scene.volumes import VolumeInput, checkInScene, readRegion, readVolume


class SegmentationJob(Job):
    """Segments a volume; makes or updates a segmentation and a table beside it.

    Attributes:
        volumeId: of the CT.
        modelId: of the model.
        statistics: for each structure its "name", "voxels", "millilitres", "mean_hu" and "flags",
            what should be looked at; of frames, also "frame". Empty before it has finished.

    Args:
        scene: where all nodes are.
        volumeNode: the CT.
        model: of the catalogue; its weights must be here when the job runs.
        segmentationNode: is updated; None makes a new one.
        structures: names of the model's structures; None stands for all.
        regionNode: only this box, as it is now, is segmented; None stands for the whole volume.
        device: as the worker lists them, or "auto".
        allFrames: of the sequence that the volume shows; the result is a sequence too.
        uncertainty: make a volume, too, that shows where the network was unsure; not of frames.
        callback: called with the job after each of its changes.

    Raises:
        InputError: a node is not in the scene, the model has no such structure, or the region
            cannot be used.
    """

    def __init__(
        self,
        scene: vtkMRMLScene,
        volumeNode: vtkMRMLScalarVolumeNode,
        model: Model,
        segmentationNode: vtkMRMLSegmentationNode | None = None,
        structures: Collection[str] | None = None,
        regionNode: vtkMRMLMarkupsROINode | None = None,
        device: str = "auto",
        allFrames: bool = False,
        callback: Callable[[SegmentationJob], None] | None = None,
        uncertainty: bool = False,
    ) -> None:
        for node, kind in (
            (volumeNode, "vtkMRMLScalarVolumeNode"),
            (segmentationNode, "vtkMRMLSegmentationNode"),
            (regionNode, "vtkMRMLMarkupsROINode"),
        ):
            if node is not None:
                checkInScene(scene, node, kind)
        super().__init__(volumeNode.GetName(), callback)
        self.volumeId, self.modelId = volumeNode.GetID(), model.id
        self.statistics: list[dict[str, Any]] = []
        self.segmentationId = segmentationNode.GetID() if segmentationNode else ""
        self._scene = scene
        self._model = model
        self._labels = _chosenLabels(model, structures)
        self._region = readRegion(regionNode, volumeNode) if regionNode else None
        self._device = device
        browserNode = sequenceBrowserOf(scene, volumeNode) if allFrames else None
        self._browserId = browserNode.GetID() if browserNode else ""
        self._frame, self._frames, self._started = 0, 1, 0.0
        self._uncertainty = uncertainty and browserNode is None

    @property
    def segmentationNode(self) -> vtkMRMLSegmentationNode | None:
        """The result, once the job has finished and while the node exists."""
        return self._scene.GetNodeByID(self.segmentationId) if self.segmentationId else None

    @property
    def tableNode(self) -> vtkMRMLTableNode | None:
        """The measures and flags of the result as a table; None before it has finished."""
        node = self.segmentationNode
        return node.GetNodeReference(STATISTICS_ROLE) if node is not None else None

    @property
    def uncertaintyNode(self) -> vtkMRMLScalarVolumeNode | None:
        """Where the network was unsure, per cent; None unless that was wanted and has finished."""
        node = self.segmentationNode if self._uncertainty else None
        return node.GetNodeReference(UNCERTAINTY_ROLE) if node is not None else None

    def neededNodes(self) -> Collection[str]:
        return (self.volumeId, self._browserId)

    def steps(self) -> Steps:
        volumeNode = self._scene.GetNodeByID(self.volumeId)
        if self._browserId:
            yield from self._segmentFrames(volumeNode, self._scene.GetNodeByID(self._browserId))
            return
        volume = readVolume(volumeNode)
        result = yield self._request(volume)
        self._warn(volume, result)
        node = writeSegmentation(
            self._scene,
            volumeNode,
            volume.onVolume(_takeArray(result["labels"])),
            self._labels,
            self.segmentationNode,
            algorithm=self._algorithm,
        )
        if self._uncertainty:
            doubt = volume.onVolume(_takeArray(result["uncertainty"]))
            writeUncertainty(self._scene, volumeNode, node, doubt)
        self._finish(node, result["statistics"], [result])

    def showProgress(self, event: Event) -> None:
        """Takes over a progress event; of frames, the share and the time of all are shown."""
        before = self.fraction
        super().showProgress(event)
        if self._frames == 1:
            return
        if event["message"] == "Segmenting":
            self.fraction = (self._frame + (self.fraction or 0)) / self._frames
        else:  # a share of something that takes no time
            self.fraction = before
        elapsed = time.monotonic() - self._started
        self.etaS = elapsed / self.fraction - elapsed if self.fraction else None
        self.stage = _("frame {number} of {total}: {stage}").format(
            number=self._frame + 1, total=self._frames, stage=texts.stage(self.stage)
        )

    @property
    def _algorithm(self) -> str:
        return f"VoCo {self._model.id}"[:64]

    def _segmentFrames(
        self, volumeNode: vtkMRMLScalarVolumeNode, browserNode: vtkMRMLSequenceBrowserNode
    ) -> Steps:
        """Segments all frames before it writes them, one between two turns of the event loop."""
        values = frameValues(browserNode, volumeNode)
        results = []
        self._frames, self._started = len(values), time.monotonic()
        for self._frame, value in enumerate(values):
            volume = readFrame(browserNode, volumeNode, value)
            results.append((yield self._request(volume)))
            self._warn(volume, results[-1])
        isNew = self.segmentationNode is None
        rows = []
        try:
            for value, result in zip(values, results, strict=True):
                volume = readFrame(browserNode, volumeNode, value)
                node = writeFrame(
                    self._scene,
                    browserNode,
                    volumeNode,
                    value,
                    volume.onVolume(_takeArray(result["labels"])),
                    self._labels,
                    self.segmentationNode,
                    algorithm=self._algorithm,
                )
                self.segmentationId = node.GetID()
                rows += [{**row, "frame": value} for row in result["statistics"]]
                yield None
        except GeneratorExit:  # cancelled
            if isNew and self.segmentationNode is not None:
                _removeFrames(self._scene, browserNode, self.segmentationNode)
            raise
        self._finish(node, rows, results)

    def _request(self, volume: VolumeInput) -> Request:
        request = {
            "request": "segment",
            "name": self.title,
            "model": self._model.id,
            "affine": volume.affine.tolist(),
            "structures": [label.name for label in self._labels],
            "region": self._region,
            "device": self._device,
            "uncertainty": self._uncertainty,
        }
        return request, {"image": volume.array}

    def _warn(self, volume: VolumeInput, result: Event) -> None:
        new = [*volume.warnings, *result["warnings"]]
        self.warnings += [warning for warning in new if warning not in self.warnings]

    def _finish(
        self, node: vtkMRMLSegmentationNode, rows: list[dict[str, Any]], results: list[Event]
    ) -> None:
        self.segmentationId = node.GetID()
        self.statistics = rows
        writeStatistics(self._scene, node, rows)
        found = {row["name"] for row in rows if row["voxels"]}
        self.summary = _("{found} of {total} structures found, in {time} on {device}.").format(
            found=len(found),
            total=len(self._labels),
            time=texts.duration(sum(result["seconds"] for result in results)),
            device=texts.device(results[-1]["device"]),
        )
        doubt = texts.outOfPlace(self._model, BodyRegions(**results[0]["shown"]))
        lines = [self.summary, doubt, texts.plausibility(rows)]
        self.summary = "\n".join(filter(None, lines))


class EstimateJob(Job):
    """Asks what segmenting a volume will cost, which also warms the worker up."""

    background = True

    def __init__(
        self, volumeNode: vtkMRMLScalarVolumeNode, model: Model, device: str, callback: Any
    ) -> None:
        super().__init__(f"Estimate for {volumeNode.GetName()}", callback)
        self.estimate: Event | None = None
        volume = readVolume(volumeNode)
        lowest = model.recipe.preprocessing.hu_window[0] if model.recipe else 0.0
        self._request = {
            "request": "estimate",
            "body": foreground_voxels(volume.voxels, lowest),
            "model": model.id,
            "shape": list(volume.shape),
            "affine": volume.affine.tolist(),
            "device": device,
        }

    def steps(self) -> Steps:
        self.estimate = yield self._request, {}


def _chosenLabels(model: Model, structures: Collection[str] | None) -> Sequence[Label]:
    labels = model.recipe.labels if model.recipe else ()
    if isinstance(structures, str):
        raise InputError(
            _("'{name}' is one name.").format(name=structures),
            _("Give a list of names: structures=['{name}'].").format(name=structures),
        )
    names = [label.name for label in labels]
    for name in structures or ():
        if name not in names:
            raise InputError(
                _("{model} has no structure '{name}'.").format(model=model.title, name=name),
                _("It has: {names}.").format(names=", ".join(names)),
            )
    if structures is not None and not structures:
        raise InputError(_("No structure is chosen."), _("Choose at least one, or None for all."))
    return [label for label in labels if structures is None or label.name in structures]


def _removeFrames(
    scene: vtkMRMLScene,
    browserNode: vtkMRMLSequenceBrowserNode,
    segmentationNode: vtkMRMLSegmentationNode,
) -> None:
    """Removes a segmentation that shows a sequence, and that sequence."""
    sequenceNode = browserNode.GetSequenceNode(segmentationNode)
    displayNode = segmentationNode.GetDisplayNode()
    # a browser makes a node anew that shows one of its sequences
    browserNode.RemoveSynchronizedSequenceNode(sequenceNode.GetID())
    for node in (sequenceNode, segmentationNode, displayNode):
        scene.RemoveNode(node)


def _takeArray(file: str) -> NDArray[np.uint8]:
    """What is in a file of a result, which is deleted."""
    try:
        return np.load(file)
    finally:
        Path(file).unlink(missing_ok=True)
