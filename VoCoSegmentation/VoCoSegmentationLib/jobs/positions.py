"""What the position view asks of the worker, as jobs: a point, a map, a search in another CT."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from slicer import vtkMRMLScalarVolumeNode, vtkMRMLScene
from slicer.i18n import tr as _

from VoCoLib.errors import InputError
from VoCoLib.events import Event
from VoCoLib.processes.file_stamp import stamp
from VoCoSegmentationLib.jobs.queue import POSITION, Job, Request, Steps
from VoCoSegmentationLib.scene.volumes import checkVolume, linearAffine, readVolume

Point = tuple[float, float, float]
State = tuple[int, bytes, str | None, int]  # of a CT, see stateOf
CURRENT, REFERENCE = "current", "reference"  # the views of a worker
MAP_S = 1.5  # after which a map is shown as far as it is known


@dataclass(frozen=True)
class ViewSettings:
    """How a CT is seen.

    Attributes:
        model: id of the catalogue, or path of a file of weights.
        bases: n of n x n bases; None as the model was trained.
        placement: "fit" or "native"; None as the model was trained.
        device: "auto" or as the worker lists them.
    """

    model: str
    bases: int | None = None
    placement: str | None = None
    device: str = "auto"


def stateOf(volumeNode: vtkMRMLScalarVolumeNode) -> State | None:
    """What changes with the voxels of a CT, and with its place; None if it is no CT.

    Asked with each move of a point: a nonlinear transform is known by its time.
    """
    try:
        checkVolume(volumeNode)
    except InputError:
        return None
    transformNode, moved = volumeNode.GetParentTransformNode(), 0
    if transformNode is not None and not transformNode.IsTransformToWorldLinear():
        moved = transformNode.GetTransformToWorldMTime()
    affine = linearAffine(volumeNode, volumeNode).tobytes()
    transformId = volumeNode.GetTransformNodeID()
    return volumeNode.GetImageData().GetMTime(), affine, transformId, moved


class PreparedViews:
    """Which CTs the worker is ready to answer about, as far as is known here."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Any, Event]] = {}

    def prepare(
        self,
        view: str,
        volumeNode: vtkMRMLScalarVolumeNode,
        settings: ViewSettings,
        point: Point | None = None,
    ) -> Generator[Request | None, Any, Event]:
        """Yields the request that prepares a view, unless that was done; returns its result.

        Args:
            view: CURRENT or REFERENCE.
            volumeNode: the CT.
            settings: how it is seen.
            point: R, A, S in mm that will be asked about first.

        Raises:
            InputError: it is not a CT volume, or a nonlinear transform bends it.
        """
        transformNode = volumeNode.GetParentTransformNode()
        if transformNode is not None and not transformNode.IsTransformToWorldLinear():
            raise InputError(
                _("{name} has a nonlinear transform.").format(name=volumeNode.GetName()),
                _("Harden it with the module Transforms, or choose the CT without it."),
            )
        volume = readVolume(volumeNode)
        weights = stamp(Path(settings.model))  # a training may have written a newer file
        key = volumeNode.GetID(), stateOf(volumeNode), settings, weights
        known = self._known.get(view)
        if known is not None and known[0] == key:
            return known[1]
        self._known.pop(view, None)
        request = {
            "request": "positions_prepare",
            "view": view,
            "model": settings.model,
            "affine": volume.affine.tolist(),
            "name": volumeNode.GetName(),
            "grid": settings.bases,
            "placement": settings.placement,
            "point": point,
            "device": settings.device,
        }
        result: Event = yield request, {"image": volume.array}
        self._known[view] = key, result
        return result

    def forget(self) -> list[str]:
        """Forgets all; returns which views the worker may have."""
        known = list(self._known)
        self._known.clear()
        return known


class PositionJob(Job):
    """Asks about a point of a CT.

    Attributes:
        volumeId: of the CT.
        settings: how it is seen.
        grid: "grid" of the result of positions_prepare, as soon as it is known.
        compared: "projection head" or "centred backbone features".

    Args:
        title: names it to the user.
        scene: where the CT is.
        views: what the worker has in memory.
        volumeNode: the CT.
        settings: how it is seen.
        callback: called with the job after each of its changes.
    """

    part = POSITION

    def __init__(
        self,
        title: str,
        scene: vtkMRMLScene,
        views: PreparedViews,
        volumeNode: vtkMRMLScalarVolumeNode,
        settings: ViewSettings,
        callback: Callable[[Any], None] | None = None,
    ) -> None:
        super().__init__(title, callback)
        self.volumeId = volumeNode.GetID()
        self.settings = settings
        self.grid: dict[str, Any] = {}
        self.compared = ""
        self._scene = scene
        self._views = views

    def neededNodes(self) -> Collection[str]:
        return (self.volumeId,)

    def _prepare(self, point: Point | None = None) -> Generator[Request | None, Any, None]:
        volumeNode = self._volume(self.volumeId)
        ready = yield from self._views.prepare(CURRENT, volumeNode, self.settings, point)
        self.grid, self.compared = ready["grid"], ready["compared"]
        self.warnings = list(ready["warnings"])

    def _volume(self, nodeId: str) -> vtkMRMLScalarVolumeNode:
        node = self._scene.GetNodeByID(nodeId)
        if node is None:  # removed while the job waited in the background
            raise InputError(_("The CT was removed."), _("Choose another one."))
        return node


class QueryJob(PositionJob):
    """Asks about one point; of the background, so that it never delays what was asked for.

    Attributes:
        point: R, A, S in mm.
        answer: see VoCoLib.positions.view.PositionAnswer.to_json; None before it is there.
    """

    background = True

    def __init__(
        self,
        scene: vtkMRMLScene,
        views: PreparedViews,
        volumeNode: vtkMRMLScalarVolumeNode,
        settings: ViewSettings,
        point: Point,
        callback: Callable[[QueryJob], None] | None = None,
    ) -> None:
        title = _("Position in {volume}").format(volume=volumeNode.GetName())
        super().__init__(title, scene, views, volumeNode, settings, callback)
        self.point = point
        self.answer: dict[str, Any] | None = None

    def steps(self) -> Steps:
        yield from self._prepare(self.point)
        request = {"request": "positions_query", "view": CURRENT, "points": [self.point]}
        result = yield request, {}
        self.answer = result["answers"][0]


class MapJob(PositionJob):
    """Asks all over a CT, coarse to fine, and tells again and again what it knows so far.

    Attributes:
        maps: float32 (x, y, z, 2), confidence and error in mm; None before they are there.
        similarities: float32 (i, j, layers, bases), see VoCoLib.positions.map.PositionMap.
        result: the worker's, see VoCoLib.worker.positions.
        isComplete: whether nothing in them is guessed any more.
    """

    isKept = True

    def __init__(
        self,
        scene: vtkMRMLScene,
        views: PreparedViews,
        volumeNode: vtkMRMLScalarVolumeNode,
        settings: ViewSettings,
        callback: Callable[[MapJob], None] | None = None,
    ) -> None:
        title = _("Position map of {volume}").format(volume=volumeNode.GetName())
        super().__init__(title, scene, views, volumeNode, settings, callback)
        self.maps: NDArray[np.float32] | None = None
        self.similarities: NDArray[np.float32] | None = None
        self.result: Event = {}
        self.isComplete = False

    def steps(self) -> Steps:
        yield from self._prepare()
        while not self.isComplete:
            request = {"request": "positions_map", "view": CURRENT, "seconds": MAP_S}
            self.result = yield request, {}
            self.maps = _take(self.result["maps"])
            self.similarities = _take(self.result["similarities"])
            self.isComplete = self.result["done"] == self.result["total"]
        self.summary = self.result["sentence"]


class SearchJob(PositionJob):
    """Looks for the place of a point in another CT.

    Attributes:
        point: R, A, S in mm.
        pointId, referenceId: of the point and of the other CT.
        match: the worker's result, see VoCoLib.worker.positions.
        similarity: float32 (x, y, z); None before it is there.
    """

    def __init__(
        self,
        scene: vtkMRMLScene,
        views: PreparedViews,
        volumeNode: vtkMRMLScalarVolumeNode,
        settings: ViewSettings,
        point: Point,
        pointId: str,
        referenceNode: vtkMRMLScalarVolumeNode,
        callback: Callable[[SearchJob], None] | None = None,
    ) -> None:
        title = _("Search in {reference}").format(reference=referenceNode.GetName())
        super().__init__(title, scene, views, volumeNode, settings, callback)
        self.point = point
        self.pointId = pointId
        self.referenceId = referenceNode.GetID()
        self.match: Event = {}
        self.similarity: NDArray[np.float32] | None = None

    def neededNodes(self) -> Collection[str]:
        return self.volumeId, self.referenceId, self.pointId

    def steps(self) -> Steps:
        yield from self._prepare(self.point)
        referenceNode = self._volume(self.referenceId)
        other = yield from self._views.prepare(REFERENCE, referenceNode, self.settings)
        self.warnings += other["warnings"]
        request = {
            "request": "positions_search",
            "view": CURRENT,
            "reference": REFERENCE,
            "point": self.point,
        }
        self.match = yield request, {}
        self.similarity = _take(self.match["volume"])
        self.summary = self.match["sentence"]


class CompareJob(PositionJob):
    """Compares all places of two CTs.

    Attributes:
        referenceId: of the other CT; otherGrid: its grid.
        similarities: see VoCoLib.positions.dense.DenseSimilarity; None before they are there.
        result: the worker's, see VoCoLib.worker.positions.
    """

    isKept = True

    def __init__(
        self,
        scene: vtkMRMLScene,
        views: PreparedViews,
        volumeNode: vtkMRMLScalarVolumeNode,
        settings: ViewSettings,
        referenceNode: vtkMRMLScalarVolumeNode,
        callback: Callable[[CompareJob], None] | None = None,
    ) -> None:
        title = _("Comparison with {reference}").format(reference=referenceNode.GetName())
        super().__init__(title, scene, views, volumeNode, settings, callback)
        self.referenceId = referenceNode.GetID()
        self.otherGrid: dict[str, Any] = {}
        self.similarities: NDArray[np.float32] | None = None
        self.result: Event = {}

    def neededNodes(self) -> Collection[str]:
        return self.volumeId, self.referenceId

    def steps(self) -> Steps:
        yield from self._prepare()
        referenceNode = self._volume(self.referenceId)
        other = yield from self._views.prepare(REFERENCE, referenceNode, self.settings)
        self.otherGrid = other["grid"]
        self.warnings += other["warnings"]
        request = {"request": "positions_compare", "view": CURRENT, "reference": REFERENCE}
        self.result = yield request, {}
        self.similarities = _take(self.result["similarities"])


class FigureJob(PositionJob):
    """Writes the answer about a point as a figure and as numbers.

    Attributes:
        point: R, A, S in mm.
        files: that are written.
    """

    def __init__(
        self,
        scene: vtkMRMLScene,
        views: PreparedViews,
        volumeNode: vtkMRMLScalarVolumeNode,
        settings: ViewSettings,
        point: Point,
        files: Collection[str],
        caption: str,
        caution: str,
        callback: Callable[[FigureJob], None] | None = None,
    ) -> None:
        title = _("Figure of {volume}").format(volume=volumeNode.GetName())
        super().__init__(title, scene, views, volumeNode, settings, callback)
        self.point = point
        self.files = list(files)
        self._caption, self._caution = caption, caution

    def steps(self) -> Steps:
        yield from self._prepare(self.point)
        volume = readVolume(self._volume(self.volumeId))
        request = {
            **{"request": "positions_figure", "view": CURRENT, "point": self.point},
            **{"affine": volume.affine.tolist(), "files": self.files},
            **{"title": self._caption, "caution": self._caution},
        }
        yield request, {"image": volume.array}
        self.summary = _("Wrote {files}.").format(files=", ".join(self.files))


class CloseJob(Job):
    """Lets the worker forget its views: their memory is free."""

    background = True
    ofScene = False
    part = POSITION

    def __init__(self, views: Collection[str]) -> None:
        super().__init__(_("Position view"))
        self._views = views

    def steps(self) -> Steps:
        for view in self._views:
            yield {"request": "positions_close", "view": view}, {}


def _take(path: str) -> NDArray[np.float32]:
    """The array that a result names; its file is deleted."""
    try:
        array: NDArray[np.float32] = np.load(path)
        return array
    finally:
        Path(path).unlink(missing_ok=True)
