"""The runs in the folder of runs, read anew only where something has happened."""

from __future__ import annotations

from pathlib import Path

from VoCoLib.errors import InputError
from VoCoLib.runs.folder import RunFolder
from VoCoLib.runs.summary import RunSummary, summarise
from VoCoLib.training.jobs.background import RunJobs, is_active

FILES = ("config.json", "events.jsonl", "pid", "waiting", "stop")


class RunList:
    """What is known of each run.

    Attributes:
        summaries: by the id of the run, the latest first.
    """

    def __init__(self) -> None:
        self.summaries: dict[str, RunSummary] = {}
        self._known: dict[str, tuple[tuple[int, ...], RunSummary]] = {}  # runs that have ended

    @property
    def active(self) -> list[RunSummary]:
        """Those that go on, as they were at the last look."""
        return [run for run in self.summaries.values() if is_active(run.state.name)]

    def refresh(self, jobs: RunJobs) -> list[RunSummary]:
        """Looks at the runs; returns those that have ended since the last look."""
        before = {run.id for run in self.active}
        self.summaries = {run.id: run for run in map(self._summary, jobs.runs()) if run is not None}
        now = {run.id for run in self.active}
        return [self.summaries[id_] for id_ in before - now if id_ in self.summaries]

    def _summary(self, run: RunFolder) -> RunSummary | None:
        """What is known of a run; one that has ended is read again only if its files changed."""
        key, stamp = str(run.path), _stamp(run.path)
        before = self._known.get(key)
        if before is not None and before[0] == stamp:
            return before[1]
        try:
            summary = summarise(run)
        except (InputError, OSError):  # it is being made or deleted
            return None
        if not is_active(summary.state.name):
            self._known[key] = (stamp, summary)
        return summary


def _stamp(folder: Path) -> tuple[int, ...]:
    """What changes when something happens to a run."""
    stamps = []
    for name in FILES:
        try:
            stamps.append((folder / name).stat().st_mtime_ns)
        except OSError:
            stamps.append(0)
    return tuple(stamps)
