"""The jobs of one part of a panel, which shows these and no others."""

from __future__ import annotations

from dataclasses import dataclass

from VoCoSegmentationLib import texts
from VoCoSegmentationLib.jobs.queue import Job, JobQueue


@dataclass(frozen=True)
class Progress:
    """A progress bar.

    Attributes:
        share: 0 to 1; None: something goes on, for how long is unknown.
    """

    share: float | None


class PartJobs:
    """What of the queue belongs to a part; jobs of other parts are something to wait for.

    Args:
        queue: of the session, which all parts share.
        part: Job.part of the jobs.
    """

    def __init__(self, queue: JobQueue, part: str) -> None:
        self._queue = queue
        self._part = part

    def current(self) -> Job | None:
        """The job that the user of this part waits for: it runs, or is the next of the part."""
        running = self._queue.running
        own = [running] if running is not None else []
        return next((job for job in (*own, *self._queue.waiting) if job.part == self._part), None)

    def waiting(self) -> list[Job]:
        """The jobs of the part behind the current one."""
        current = self.current()
        return [j for j in self._queue.waiting if j.part == self._part and j is not current]

    def ahead(self) -> Job | None:
        """The job of another part that runs, so that those of this part wait."""
        running = self._queue.running
        return running if running is not None and running.part != self._part else None

    def progress(self) -> Progress | None:
        """Of the current job; None if there is none."""
        job = self.current()
        return None if job is None else Progress(job.fraction)

    def state(self, job: Job) -> str:
        """What a job of the part is doing, waiting for or how it ended, in words."""
        return texts.jobState(job, self.ahead())
