"""The folder of a training run: settings, events, checkpoints, and a state that any process reads.

- config.json: what the run was started with
- events.jsonl: VoCoLib.events, one a line
- pid: the process that trains, as long as it does (pid.lock: held by who takes a dead one's place)
- waiting: a process that was started to train and has not begun
- log.txt: what that process prints
- stop: there as soon as somebody wants the run to stop
- checkpoints/: see VoCoLib.runs.checkpoint_folder
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from VoCoLib.errors import CancelledError, InputError, OutputError, VoCoError
from VoCoLib.events import Event, error_event, event
from VoCoLib.files import reason_of, write_json
from VoCoLib.processes.process_file import ProcessFile
from VoCoLib.runs.checkpoint_folder import CheckpointFolder
from VoCoLib.runs.config import Config, compare_config
from VoCoLib.runs.event_log import EventLog, find_events, last_event, read_events

StateName = Literal[
    "queued",
    "preparing data",
    "running",
    "stopping",
    "stopped",
    "finished",
    "failed",
    "lost",
]

CASE_SCORES = "scores.csv"  # of the cases that a fine-tuning holds back, when it was best
_PID, _CONFIG, _WAITING, _LOG = "pid", "config.json", "waiting", "log.txt"
_LOG_BYTES = 16_000  # the end of the log that people are shown
_LAST_LINES = 3  # of the log, in a reason
_TAIL_BYTES = 1 << 14  # tens of events: a table of runs reads them all each second
_HEAD_BYTES = 1 << 12
_FULL_BYTES = 1_000_000  # so little is free: even events may not fit


@dataclass(frozen=True)
class RunState:
    """What a run is doing.

    Attributes:
        name: "queued": its process waits for the device; "lost": its process ended without saying
            why.
        reason: why it failed, stopped or was lost, and what to do; may be empty.
    """

    name: StateName
    reason: str = ""

    @property
    def live(self) -> bool:
        """Whether a process works on it."""
        return self.name in ("preparing data", "running", "stopping")


class RunFolder:
    """The folder of a run, for those who start one and for those who look at one.

    Attributes:
        path: of the folder.
        checkpoints, log: in it.
        waiting: the process that will begin the run.
        active: whether its run is at work in this process.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self.checkpoints = CheckpointFolder(self.path / "checkpoints")
        self.waiting = ProcessFile(self.path / _WAITING)
        self.log = self.path / _LOG
        self.active = False
        self._owner = ProcessFile(self.path / _PID)
        self._config = self.path / _CONFIG
        self._events = self.path / "events.jsonl"
        self._stop = self.path / "stop"

    def create(self, config: Config) -> None:
        """Makes the folder of a run that begins later.

        Raises:
            OutputError: the folder holds something, or cannot be written.
        """
        self._make()
        if self._config.exists():
            raise self._other_run()
        self._write_config(config)

    def begin(
        self,
        config: Config,
        resume: bool = False,
        may_change: Collection[str] = (),
        restarted: bool = False,
    ) -> ActiveRun:
        """Begins, or goes on with, a run in this process.

        What ended before its first checkpoint has learned nothing: it is begun anew, with any
        settings.

        Args:
            config: the settings, as JSON has them.
            resume: go on with the run that the folder holds, if it holds one.
            may_change: names of settings that may differ from those of the run, such as "device".
            restarted: this process takes the place of one that was lost. It goes on with the run
                that its launcher has begun, and a wish to stop still counts.

        Raises:
            OutputError: a live run uses the folder, it holds another run or other files, or it
                cannot be written.
            InputError: settings differ from those of the run.
        """
        self._make()
        try:
            self._owner.claim()
        except OSError as error:
            raise self._not_writable(error) from error
        try:
            resumed = self._adopt(config, resume, may_change, restarted)
            return ActiveRun(self, self._events, self._owner, resumed)
        except BaseException as error:  # also Ctrl-C: a claim that stays would lock the folder
            self._owner.release()
            if isinstance(error, OSError):
                raise self._not_writable(error) from error
            raise

    def config(self) -> dict[str, Any]:
        """The settings of the run.

        Raises:
            InputError: the folder holds no run, or its settings cannot be read.
        """
        try:
            config: dict[str, Any] = json.loads(self._config.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise InputError(
                f"{self.path} is not the folder of a run: it has no {self._config.name}."
            ) from error
        except (OSError, ValueError) as error:
            raise InputError(f"{self._config} cannot be read: {error}.") from error
        if not isinstance(config, dict) or "steps" not in config:  # many programs have such files
            raise InputError(f"{self._config} does not hold the settings of a run.")
        return config

    def state(self) -> RunState:
        """What the run is doing, from what lies in the folder and whether its process lives.

        Raises:
            InputError: the folder holds no run.
        """
        self.config()
        waits = self.waiting.alive()  # in the order of a run's life, so that no state is missed
        alive = self._owner.alive()
        last = last_event(self._events, ("started", "metric", "error", "finished"))
        kind = last["event"] if last else None
        if waits or (not alive and self.waiting.path.exists()):
            return self._before_it_began(waits)
        if last and kind == "finished":
            return RunState("stopped" if last.get("stopped") else "finished")
        if last and kind == "error":
            return RunState("failed", f"{last['message']} {last['hint']}".strip())
        if alive and self.stop_requested():
            return RunState("stopping")
        if alive:
            return RunState("running" if kind == "metric" else "preparing data")
        if self.stop_requested():
            return RunState("stopped", "It was ended before it saved a last checkpoint.")
        if kind is None and self._owner.owner() is None:
            return RunState("stopped", "It was never started. Resume it.")
        return RunState("lost", self._why_lost() + self._last_words())

    def events(self, after: int = 0, most: int = -1) -> tuple[list[Event], int]:
        """The events since a position, and the position for the next call (see read_events)."""
        return read_events(self._events, after, most)

    def latest_events(self) -> list[Event]:
        """The last tens of events, whatever the size of the file."""
        with contextlib.suppress(OSError):
            return read_events(self._events, max(0, self._events.stat().st_size - _TAIL_BYTES))[0]
        return []

    def latest_metric(self) -> Event | None:
        """The last metric event, however long ago it was written."""
        return last_event(self._events, ("metric",))

    def replaced(self, first: int) -> dict[int, list[int]]:
        """At which places of the data, from the first on, which volumes were lost, by number."""
        found = find_events(self._events, "replaced")
        return {item["place"]: item["lost"] for item in found if item["place"] >= first}

    def begun(self) -> float | None:
        """When the run first began, in seconds since 1970; None if it has not."""
        first = read_events(self._events, 0, _HEAD_BYTES)[0][:1]
        return first[0]["time"] if first else None

    def log_lines(self) -> list[str]:
        """The last lines that its processes printed."""
        try:
            with self.log.open("rb") as file:
                start = max(0, file.seek(0, os.SEEK_END) - _LOG_BYTES)
                file.seek(start)
                lines = file.read().decode("utf-8", "replace").splitlines()
        except OSError:
            return []
        return lines[1:] if start else lines

    def request_stop(self) -> None:
        """Asks the run to save a checkpoint and end, or not to begin; raises OutputError."""
        try:
            self._stop.touch()
        except OSError as error:
            raise self._not_writable(error) from error

    def withdraw_stop(self) -> None:
        """Forgets an earlier wish to stop; raises OutputError."""
        try:
            self._stop.unlink(missing_ok=True)
        except OSError as error:
            raise self._not_writable(error) from error

    def stop_requested(self) -> bool:
        """Whether somebody wants the run to stop."""
        return self._stop.exists()

    def stop_wanted(self) -> bool:
        """stop_requested(), for the process that works on the run.

        Raises:
            OutputError: the folder is no longer there.
        """
        if not self._config.exists():
            raise OutputError(
                f"{self.path} was moved or deleted while the run was at work.",
                "If it was moved, resume it there: it continues from its last checkpoint.",
            )
        return self.stop_requested()

    def kill(self, wait_s: float = 5.0) -> bool:
        """Ends the run's processes at once; False if there are none on this machine."""
        waited = self.waiting.kill(wait_s)
        return self._owner.kill(wait_s) or waited

    def _before_it_began(self, waits: bool) -> RunState:
        """The state of a run whose process waits, or ended before it began."""
        if waits:
            return RunState("stopping" if self.stop_requested() else "queued")
        if self.stop_requested():
            return RunState("stopped")
        return RunState(
            "failed", f"It ended before it began. Resume it to try again.{self._last_words()}"
        )

    def _why_lost(self) -> str:
        with contextlib.suppress(OSError):
            if shutil.disk_usage(self.path).free < _FULL_BYTES:
                return (
                    f"Its process ended and could not say why: the disk of {self.path} is full. "
                    "Free some space, then resume it: it continues from its last checkpoint."
                )
        return (
            "Its process ended without saying why: it was killed, memory ran out, or the machine "
            "went down. Resume it: it continues from its last checkpoint."
        )

    def _last_words(self) -> str:
        lines = [line for line in self.log_lines() if line.strip()]
        return "".join(f"\n{line}" for line in lines[-_LAST_LINES:])

    def _make(self) -> None:
        """Makes the folder; refuses one with files that are not a run's."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            names = [path.name for path in self.path.iterdir()]
        except OSError as error:
            raise self._not_writable(error) from error
        own = (_PID, _CONFIG, _WAITING, _LOG)
        foreign = [name for name in names if not name.startswith(own)]
        if foreign and not self._config.exists():
            raise OutputError(
                f"{self.path} is not empty and not the folder of a run ({foreign[0]}).",
                "Choose a new or empty folder.",
            )

    def _adopt(
        self, config: Config, resume: bool, may_change: Collection[str], restarted: bool
    ) -> bool:
        """Makes the folder that of this run; returns whether it goes on with what had begun."""
        exists = self._config.exists()
        begun = exists and self._events.exists()
        ours = begun and restarted and self._last_launcher() == launcher()
        failed = begun and not self._has_learned()
        if begun and not failed and not (resume or ours):
            raise self._other_run()
        if exists and not failed:
            self._refuse_differences(config, may_change)
        self._write_config(config)
        if begun and not ours and not self.waiting.alive():  # else a wish is younger than the start
            self.withdraw_stop()
        return begun and (resume or ours)

    def _has_learned(self) -> bool:
        """Whether there is anything to go on with; no checkpoint: it failed before the first."""
        if self.checkpoints.latest() is not None:
            return True
        return last_event(self._events, ("metric", "result", "finished")) is not None

    def _last_launcher(self) -> str | None:
        """Of the last process that worked on the run."""
        last = last_event(self._events, ("started",), "launcher")
        return last["launcher"] if last is not None else None

    def _refuse_differences(self, config: Config, may_change: Collection[str]) -> None:
        differences = compare_config(self.config(), config, may_change)
        if differences:
            raise InputError(
                f"The settings differ from those of the run in {self.path}: "
                f"{'; '.join(differences)}.",
                "Use its settings, or another folder for a new run.",
            )

    def _write_config(self, config: Config) -> None:
        try:
            write_json(self._config, dict(config))
        except OSError as error:
            raise self._not_writable(error) from error

    def _other_run(self) -> OutputError:
        return OutputError(
            f"{self.path} already holds a run.", "Resume it, or choose another folder."
        )

    def _not_writable(self, error: OSError) -> OutputError:
        return OutputError(
            f"{self.path} cannot be written: {reason_of(error)}.",
            "Check permissions and free space, or choose another folder.",
        )


class ActiveRun:
    """A run in the process that trains: a context that ends it whatever happens.

    Attributes:
        folder: where it is.
        resumed: whether it had begun before.
    """

    def __init__(self, folder: RunFolder, log: Path, owner: ProcessFile, resumed: bool) -> None:
        self.folder = folder
        self.resumed = resumed
        self._owner = owner
        self._log = EventLog(log)
        self._finished = False
        where = f"process {os.getpid()} on {socket.gethostname()}"
        message = f"{'Resumed' if resumed else 'Started'} by {where}"
        self.write(event("started", message=message, launcher=launcher()))
        folder.waiting.release()
        folder.active = True

    def write(self, item: Event) -> None:
        """Appends an event to the run's; an EventSink."""
        self._log.write(item)

    def finish(self, stopped: bool) -> None:
        """Says that the run is complete, or stopped early at somebody's wish."""
        self._finished = True
        self.write(event("finished", stopped=stopped))

    def __enter__(self) -> ActiveRun:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.folder.active = False
        if isinstance(error, VoCoError) and not isinstance(error, CancelledError):
            self.write(error_event(error))
        elif isinstance(error, Exception) and not isinstance(error, CancelledError):
            self.write(error_event(VoCoError(f"{type(error).__name__}: {error}")))
        elif not self._finished:
            self.finish(stopped=error is not None)
        self._log.close()
        self._owner.release()


def launcher() -> str:
    """What started this process: the same for all that torchrun starts again, on any node."""
    launch = os.environ.get("TORCHELASTIC_RUN_ID", "none")  # none: nobody named it
    return f"process {os.getppid()}" if launch == "none" else launch


def list_runs(folder: Path) -> list[RunFolder]:
    """The runs directly inside a folder, the latest first; none if there is no such folder."""
    configs = folder.glob(f"*/{_CONFIG}") if os.path.isdir(folder) else ()  # False, never OSError
    return [RunFolder(path.parent) for path in sorted(configs, key=_modified, reverse=True)]


def _modified(path: Path) -> int:
    """When a file was written; 0 if it has just been deleted."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
