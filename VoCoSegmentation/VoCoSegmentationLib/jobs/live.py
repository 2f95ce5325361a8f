"""Asks about the point that the user moves: one query at a time, and the latest point wins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slicer import vtkMRMLScene

from VoCoSegmentationLib.jobs.positions import Point, PreparedViews, QueryJob, State, ViewSettings
from VoCoSegmentationLib.jobs.queue import JobQueue

Wish = tuple[str, State | None, ViewSettings, Point]  # ID of the CT, how it is and is seen, point

SETTLING_MS = 80  # shorter moves of the mouse are one


class LiveQuery:
    """Keeps the last wish and turns it into a query as soon as the worker has nothing else to do.

    Args:
        scene: where the CT is.
        queue: takes the queries.
        views: what the worker has in memory.
        onChanged: called with a query after each of its changes.
        makeTimer: see presenters.seams.FrontEnd.
    """

    def __init__(
        self,
        scene: vtkMRMLScene,
        queue: JobQueue,
        views: PreparedViews,
        onChanged: Callable[[QueryJob], None],
        makeTimer: Callable[[int, Callable[[], None], bool], Any],
    ) -> None:
        self._scene = scene
        self._queue = queue
        self._views = views
        self._onChanged = onChanged
        self._wish: Wish | None = None  # not asked yet
        self._asked: Wish | None = None  # last
        self._job: QueryJob | None = None
        self._timer = makeTimer(SETTLING_MS, self._onTimer, True)

    @property
    def waits(self) -> bool:
        """Whether a wish has not become a query that runs."""
        return self._wish is not None or (self._job is not None and self._job.state == "waiting")

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._wish is not None or (self._job is not None and not self._job.ended)

    def ask(self, wish: Wish) -> None:
        """Asks in a moment, unless that was the last wish; an older one is forgotten."""
        if wish == (self._wish or self._asked):
            return
        self._wish = wish
        if self._asked is not None and self._asked[:-1] != wish[:-1]:
            self._drop()
        self._timer.start()

    def stop(self) -> None:
        """Wants nothing any more."""
        self._wish = self._asked = None
        self._timer.stop()
        self._drop()

    def cancel(self) -> None:
        """Gives the last wish up; it is not asked again before another one."""
        wish = self._wish or self._asked
        self.stop()
        self._asked = wish

    def askAgain(self) -> None:
        """The last wish could not be answered, for no fault of its own."""
        self._wish, self._asked = self._wish or self._asked, None
        self._timer.start()

    def _drop(self) -> None:
        """Forgets a query that nobody wants to be answered any more."""
        job, self._job = self._job, None
        if job is None or job.ended:
            return
        job.callback = None
        if job.state == "waiting":
            self._queue.dropBackground()
        elif not job.grid:  # the rest is quicker than what cancelling may cost
            self._queue.cancel(job)

    def _onTimer(self) -> None:
        job = self._job
        if job is not None and job.state == "waiting" and not self._queue.busy:
            self._queue.add(job)  # another job of the background has taken its place
        elif job is None or job.ended:
            self._next()

    def _next(self) -> None:
        """Asks the last wish, if there is one and nothing else is to do."""
        if self._wish is None:
            self._timer.stop()
            return
        if self._queue.busy:
            return
        self._asked, self._wish = self._wish, None
        volumeId, _state, settings, point = self._asked
        volumeNode = self._scene.GetNodeByID(volumeId)
        if volumeNode is not None:
            job = QueryJob(self._scene, self._views, volumeNode, settings, point, self._onChanged)
            self._job = job
            self._queue.add(job)
