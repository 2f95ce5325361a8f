"""What lasts in the position view, one at a time: a map, a search, a comparison, a figure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slicer import vtkMRMLScalarVolumeNode, vtkMRMLScene

from VoCoSegmentationLib.jobs.positions import (
    CompareJob,
    FigureJob,
    MapJob,
    Point,
    PositionJob,
    PreparedViews,
    SearchJob,
    ViewSettings,
)
from VoCoSegmentationLib.jobs.queue import JobQueue
from VoCoSegmentationLib.presenters.positionWords import isLost

Make = Callable[[Callable[[Any], None]], PositionJob]


class PositionTasks:
    """Queues them.

    Args:
        scene: where the CTs are.
        queue: takes the jobs.
        views: what the worker has in memory.
        onChanged: called with a job after each of its changes.
    """

    def __init__(
        self,
        scene: vtkMRMLScene,
        queue: JobQueue,
        views: PreparedViews,
        onChanged: Callable[[Any], None],
    ) -> None:
        self._scene = scene
        self._queue = queue
        self._views = views
        self._onChanged = onChanged
        self._job: PositionJob | None = None  # the last one

    @property
    def current(self) -> PositionJob | None:
        """The job that goes on or waits; None if there is none."""
        return self._job if self._job is not None and not self._job.ended else None

    def map(self, volumeNode: vtkMRMLScalarVolumeNode, settings: ViewSettings) -> None:
        """Asks all over a CT."""
        self._start(lambda c: MapJob(self._scene, self._views, volumeNode, settings, c))

    def find(
        self,
        volumeNode: vtkMRMLScalarVolumeNode,
        settings: ViewSettings,
        place: Point,
        pointId: str,
        other: vtkMRMLScalarVolumeNode,
    ) -> None:
        """Looks for the place of a point in another CT."""
        scene, views = self._scene, self._views
        self._start(
            lambda c: SearchJob(scene, views, volumeNode, settings, place, pointId, other, c)
        )

    def compare(
        self,
        volumeNode: vtkMRMLScalarVolumeNode,
        settings: ViewSettings,
        other: vtkMRMLScalarVolumeNode,
    ) -> None:
        """Finds for every place of a CT how similar those of another one are."""
        self._start(lambda c: CompareJob(self._scene, self._views, volumeNode, settings, other, c))

    def writeFigure(
        self,
        volumeNode: vtkMRMLScalarVolumeNode,
        settings: ViewSettings,
        point: Point,
        files: list[str],
        caption: str,
        caution: str,
    ) -> None:
        """Writes the answer about a point as figures and numbers."""
        scene, views = self._scene, self._views
        self._start(
            lambda c: FigureJob(
                scene, views, volumeNode, settings, point, files, caption, caution, c
            )
        )

    def cancel(self) -> bool:
        """Cancels what goes on; whether something did."""
        job = self.current
        if job is not None:
            self._queue.cancel(job)
        return job is not None

    def forget(self) -> None:
        """Cancels what goes on, of which nobody wants to hear any more."""
        job, self._job = self.current, None
        if job is not None:
            job.callback = None
            self._queue.cancel(job)

    def _start(self, make: Make) -> None:
        """Queues a job, and once more if the worker has lost what it was prepared for."""

        def changed(job: Any) -> None:
            if job.state == "failed" and isLost(job) and self._views.forget():
                self._start(make)
            else:
                self._onChanged(job)

        self._job = make(changed)
        self._queue.add(self._job)
