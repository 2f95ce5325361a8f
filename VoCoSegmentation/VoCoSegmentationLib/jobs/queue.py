"""Runs jobs in the worker, one after the other, whatever they are about."""

from __future__ import annotations

import logging
import sys
import time
import traceback
from collections import deque
from collections.abc import Callable, Collection, Generator, Mapping
from typing import Any, Literal

import vtk
from numpy.typing import NDArray
from slicer import vtkMRMLScene
from slicer.i18n import tr as _

from VoCoLib.errors import CancelledError, VoCoError, WorkerNotStartedError
from VoCoLib.events import Event
from VoCoLib.server.remote import RoutedClient, Server
from VoCoLib.worker.client import WorkerClient
from VoCoSegmentationLib.panelWords import inPanel

JobState = Literal["waiting", "running", "cancelling", "finished", "failed", "cancelled"]
Request = tuple[dict[str, Any], Mapping[str, NDArray]]
Steps = Generator[Request | None, Any, None]

LOG_LINES = 2000
# Parts of the panels: each shows its own jobs.
SEGMENTATION, POSITION, TRAINING = "segmentation", "position", "training"


class Job:
    """One thing to do.

    Attributes:
        background: nobody asked for it, so it only runs when nothing else is to do.
        ofScene: it is about nodes, and so ends with their scene.
        isKept: what it has done is of use when it ends early.
        scene: number of the scene in which it was added, see JobQueue.scenes.
        part: of the panels that shows it.
        title: names it to the user.
        callback: called with the job after each of its changes; None after the last one.
        state: see JobState; the last three are the end.
        stage: what the worker is doing, in its words.
        fraction: share of the stage that is done, 0 to 1; None if unknown.
        etaS: seconds left of the stage; None if unknown.
        error: why it failed or was cancelled.
        summary: what came out, in words.
        warnings: what the user should know about the result.
    """

    background = False
    ofScene = True
    isKept = False
    part = SEGMENTATION

    def __init__(self, title: str, callback: Callable[[Any], None] | None = None) -> None:
        self.title = title
        self.callback = callback
        self.state: JobState = "waiting"
        self.scene = 0
        self.stage = ""
        self.fraction: float | None = None
        self.etaS: float | None = None
        self.error: VoCoError | None = None
        self.summary = ""
        self.warnings: list[str] = []

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ("finished", "failed", "cancelled")

    def steps(self) -> Steps:
        """Yields requests for the worker, each with its arrays, and is sent their results.

        Yielding None lets the application handle its events before the next step. A job that is
        cancelled is closed where it yields.
        """
        raise NotImplementedError

    def neededNodes(self) -> Collection[str]:
        """IDs of the nodes without which the job is pointless."""
        return ()

    def showProgress(self, event: Event) -> None:
        """Takes over a progress event."""
        total = event["total"]
        self.stage, self.etaS = event["message"], event["eta_s"]
        self.fraction = event["done"] / total if total else None


class JobQueue:
    """Jobs that wait and the one that runs, on one worker and one scene.

    poll() drives everything and has to be called often while `busy`. A node that a job needs and
    that is removed cancels the job; closing the scene cancels all that are about it.

    Attributes:
        waiting: jobs whose turn comes; a background job is not among them.
        devices: what the worker can compute on; empty before it was started.
        serverName: of server, in lists; empty: that of its computer.
        log: the last lines, with the time.
        lines: how many there were in all.
        scenes: how many scenes were closed so far.
        finished: how many jobs did what they were to do.
        cannotStart: whether the worker could not start when it was needed last.
        polling: whether poll() is on the stack, as it is while it calls a callback.

    Args:
        client: the worker's.
        scene: where the nodes of the jobs are.
    """

    def __init__(self, client: WorkerClient, scene: vtkMRMLScene) -> None:
        self.waiting: list[Job] = []
        self.devices: list[dict[str, Any]] = []
        self.log: deque[str] = deque(maxlen=LOG_LINES)
        self.lines = self.scenes = self.finished = 0
        self._client = RoutedClient(client)
        self.serverName = ""
        self._scene = scene
        self._listeners: list[Callable[[], None]] = []
        self._background: Job | None = None
        self._active: Job | None = None
        self._steps: Steps | None = None
        self._request: int | None = None  # what the active job waits for
        self._result: Event | None = None
        self.polling = self.cannotStart = False
        events = {
            scene.StartCloseEvent: self._onSceneClose,
            scene.NodeRemovedEvent: self._onRemoved,
        }
        self._observers = [scene.AddObserver(event, slot) for event, slot in events.items()]

    @property
    def server(self) -> Server | None:
        """Segments what is asked of its device; None for none."""
        return self._client.server

    def setServer(self, server: Server | None, name: str = "") -> None:
        """Takes a server, or another name for it, or none any more."""
        self._client.server, self.serverName = server, name
        self._tell()

    @property
    def running(self) -> Job | None:
        """The job that runs, unless it is a background job."""
        return None if self._active is None or self._active.background else self._active

    @property
    def busy(self) -> bool:
        """Whether poll() has something to do."""
        return any((self._active, self.waiting, self._background))

    def addListener(self, listener: Callable[[], None]) -> None:
        """Calls listener after changes of jobs, of the queue, of the log or of the devices."""
        self._listeners.append(listener)

    def removeListener(self, listener: Callable[[], None]) -> None:
        """Takes back addListener; a listener that is not there is no error."""
        self._listeners = [other for other in self._listeners if other != listener]

    def add(self, job: Job) -> None:
        """Appends a job; of background jobs only the newest waits. The next poll() may start it."""
        job.scene = self.scenes
        if job.background:
            self._background = job
        else:
            self.waiting.append(job)
        self._changed(job)

    def dropBackground(self) -> None:
        """Forgets a background job that has not started."""
        self._background = None

    def cancel(self, job: Job, reason: str = "") -> None:
        """Cancels a job that has not ended; a running one ends with a later poll()."""
        error = CancelledError(reason or _("Cancelled."))
        if job in self.waiting:
            self.waiting.remove(job)
            self._end(job, "cancelled", error)
        elif job is self._active and self._request is None:
            self._end(job, "cancelled", error)
        elif job is self._active and self._request is not None and job.state == "running":
            job.state, job.error = "cancelling", error
            self._client.cancel(self._request)
            self._changed(job)

    def cancelAll(self, reason: str = "") -> None:
        """Cancels the running job and all that wait."""
        self.dropBackground()
        for job in self._jobs():
            self.cancel(job, reason)

    def poll(self) -> None:
        """Handles what the worker said since the last call and starts the next job."""
        if self.polling:  # a callback may process events of the application, timers included
            return
        self.polling = True
        try:
            events = self._client.poll()
            for event in events:
                self._handle(event)
            went = self._goOn()
        finally:
            self.polling = False
        if events or went:
            self._tell()

    def close(self) -> None:
        """Cancels everything and lets go of the scene; the client is its maker's to close."""
        self.cancelAll()
        if self._active is not None:
            self._end(self._active, "cancelled", self._active.error)
        for observer in self._observers:
            self._scene.RemoveObserver(observer)

    def _jobs(self) -> list[Job]:
        return [*self.waiting, *([self._active] if self._active else [])]

    def _goOn(self) -> bool:
        """Takes the next step that needs no answer of the worker, if there is one."""
        job = self._active
        if job is None and self.waiting:
            job = self.waiting.pop(0)
        elif job is None:
            job, self._background = self._background, None
        if job is None or self._request is not None:
            return False
        if self._active is None:
            self._active, self._steps, job.state = job, job.steps(), "running"
            self._write(f"{job.title}: started")
        self._advance(job, None)
        return True

    def _advance(self, job: Job, result: Event | None) -> None:
        """Lets the job go on with a result until it needs the worker again or ends."""
        assert self._steps is not None
        self._request = self._result = None
        try:
            step = self._steps.send(result)
        except StopIteration:
            self._end(job, "finished")
        except VoCoError as error:
            spoken = type(error)(inPanel(error.message), inPanel(error.hint))
            self._end(job, "failed", spoken)
        except Exception as error:  # a defect: the user has to see it, and the queue goes on
            self._write(traceback.format_exc())
            message = f"{type(error).__name__}: {error}."
            self._end(job, "failed", VoCoError(message, _("The log has the details.")))
        else:
            if step is not None:
                self._request = self._client.submit(*step)
            self._changed(job)

    def _handle(self, event: Event) -> None:
        kind, job = event["event"], self._active
        if kind == "ready":
            self.devices, self.cannotStart = event["devices"], False
        elif kind == "log":
            self._write(event["message"])
        elif job is None or event.get("id") != self._request:
            return
        elif kind == "progress":
            job.showProgress(event)
            self._changed(job)
        elif kind == "result":
            self._result = event
        elif kind in ("error", "finished") and job.state == "cancelling":
            self._end(job, "cancelled", job.error)  # a result may have been on its way
            if not job.background and not self.waiting:
                self._client.rest()
        elif kind == "error":
            self._end(job, "failed", _errorOf(event))
        elif kind == "finished":
            self._advance(job, self._result)

    def _end(self, job: Job, state: JobState, error: VoCoError | None = None) -> None:
        if job is self._active:
            if self._steps is not None:
                self._steps.close()
            self._active = self._steps = self._request = self._result = None
        job.state, job.error = state, error
        self.finished += state == "finished"
        self.cannotStart |= error is not None and error.code == WorkerNotStartedError.code
        text = f"{job.title}: {state} {error or ''}".strip()
        self._write(text)
        if state == "failed" and not job.background:  # seen in Slicer's error log
            logging.error("VoCo: %s", text)
        self._changed(job)
        job.callback = None  # may hold nodes, and a job is kept after its end

    def _write(self, text: str) -> None:
        now = time.strftime("%H:%M:%S")
        new = [f"{now} {line}" for line in text.splitlines()]
        self.log.extend(new)
        self.lines += len(new)

    def _changed(self, job: Job) -> None:
        if job.callback is not None:
            _call(job.callback, job)
        if not self.polling:  # poll() tells once, when it is through
            self._tell()

    def _tell(self) -> None:
        for listener in list(self._listeners):
            _call(listener)

    def _onSceneClose(self, _caller: vtk.vtkObject, _event: str) -> None:
        self.scenes += 1
        if self._background is not None and self._background.ofScene:
            self.dropBackground()
        for job in self._jobs():
            if job.ofScene:
                self.cancel(job, _("The scene was closed."))

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def _onRemoved(self, _caller: vtk.vtkObject, _event: str, node: vtk.vtkObject) -> None:
        for job in self._jobs():
            if node.GetID() in job.neededNodes():
                self.cancel(job, _("{name} was removed.").format(name=node.GetName()))


def _errorOf(event: Event) -> VoCoError:
    error = VoCoError(inPanel(event["message"]), inPanel(event["hint"]))
    error.code = event["code"]
    return error


def _call(function: Callable[..., None], *arguments: Job) -> None:
    """Calls what a user of the queue gave; exceptions are reported as those of Qt slots are."""
    try:
        function(*arguments)
    except Exception:  # a defect of theirs must not end the queue; Slicer shows it in red
        sys.excepthook(*sys.exc_info())
