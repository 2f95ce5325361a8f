"""Starts trainings that outlive whoever starts them; stops, resumes, lists and deletes runs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from VoCoLib.errors import OutputError
from VoCoLib.processes.environment import child_environment
from VoCoLib.processes.json_process import process_tree
from VoCoLib.runs.folder import RunFolder, list_runs
from VoCoLib.training.jobs.kinds import complete_config

_started: list[subprocess.Popen[bytes]] = []  # by this process, which must not forget them
_NAME = re.compile(r'[^<>:"/\\|?*\x00-\x1f]+')  # what all systems take
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # by Windows
_NAME_BYTES = 200  # systems take 255, of which some are for temporary names
_ACTIVE = ("queued", "preparing data", "running", "stopping")


class RunJobs:
    """The runs in a folder.

    All that is known of a run is in its own folder: two programs, or two computers that share a
    disk, see the same.

    Args:
        folder: each of its folders may be a run.
        python: the command of the Python that has torch; this one if None.
    """

    def __init__(self, folder: Path, python: Sequence[str] | None = None) -> None:
        self.folder = Path(folder).absolute()
        self._python = list(python or [sys.executable])

    def runs(self) -> list[RunFolder]:
        """The runs, the latest first."""
        return list_runs(self.folder)

    def start(self, name: str, config: Mapping[str, Any]) -> RunFolder:
        """Starts a new run, which trains as soon as its device is free.

        Args:
            name: of its folder.
            config: "kind" ("pretrain", "finetune") and settings; what is missing has defaults.

        Raises:
            InputError: a setting is missing, unknown or out of range.
            OutputError: there is such a folder already, or it cannot be written.
        """
        if not is_run_name(name):
            raise OutputError(f"{name!r} cannot be the name of a folder.", "Choose another name.")
        run = RunFolder(self.folder / name)
        run.create(complete_config(config))
        self._launch(run)
        return run

    def resume(self, run: RunFolder) -> None:
        """Goes on with a run that has ended.

        Raises:
            OutputError: it has not ended, or its folder cannot be written.
            InputError: the folder holds no run.
        """
        name = run.state().name
        if name in (*_ACTIVE, "finished"):
            stopping = name == "stopping"
            hint = "Wait until it has stopped." if stopping else "It cannot be resumed."
            raise OutputError(f"{run.path.name} is {name}.", hint)
        run.withdraw_stop()
        self._launch(run)

    def stop(self, run: RunFolder, force: bool = False) -> None:
        """Asks a run to save a checkpoint and end; does not wait for that.

        Args:
            run: nothing happens if it is not active.
            force: end its processes at once instead; what it did since its last checkpoint is lost.

        Raises:
            OutputError: its folder cannot be written, or it is to be ended from another computer.
        """
        if run.state().name not in _ACTIVE:
            return
        run.request_stop()
        if force and not run.kill(wait_s=0) and run.state().name in _ACTIVE:
            raise OutputError(
                f"{run.path.name} runs on another computer.", "Stop it at once from there."
            )

    def delete(self, run: RunFolder) -> None:
        """Deletes the folder of a run that has ended.

        Raises:
            OutputError: it has not ended, or a file cannot be deleted.
        """
        if run.state().name in _ACTIVE:
            raise OutputError(f"{run.path.name} is {run.state().name}.", "Stop it first.")
        deleted = run.path.parent / ".deleted" / uuid.uuid4().hex
        try:
            deleted.parent.mkdir(exist_ok=True)
            run.path.rename(deleted)  # all or nothing: Windows refuses if a file is in use
            shutil.rmtree(deleted)
        except OSError as error:
            raise OutputError(f"{run.path} cannot be deleted: {error}.") from error

    def _launch(self, run: RunFolder) -> None:
        """Starts the process of a run, which inherits nothing that ends with this process."""
        _started[:] = [child for child in _started if child.poll() is None]
        child = None
        try:
            with run.log.open("ab") as log:
                child = subprocess.Popen(
                    [
                        *self._python,
                        "-m",
                        "VoCoLib.training.jobs.process",
                        str(run.path.absolute()),
                    ],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=run.path,
                    env=child_environment(os.environ),
                    **_detached(),
                )
            _started.append(child)
            run.waiting.assign(child.pid)
        except OSError as error:
            for process in process_tree(child.pid) if child is not None else ():
                process.kill()  # it would train, and nobody would know
            raise OutputError(f"{run.path.name} could not be started: {error}.") from error


def is_run_name(name: str) -> bool:
    """Whether a folder may have this name on every system."""
    plain = _NAME.fullmatch(name) is not None and name == name.strip(" .")
    return plain and not _RESERVED.fullmatch(name) and len(name.encode()) <= _NAME_BYTES


def is_active(name: str) -> bool:
    """Whether a process waits or works for a run in the state of this name."""
    return name in _ACTIVE


def _detached() -> dict[str, Any]:
    """What makes a child live on when its parent, the parent's terminal or its job ends."""
    if os.name != "nt":
        return {"start_new_session": True}
    group = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
    return {"creationflags": group | getattr(subprocess, "CREATE_NO_WINDOW", 0)}
