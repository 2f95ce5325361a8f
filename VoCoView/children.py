"""The processes of sessions: started, ready, ended."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from ctypes.util import find_library
from pathlib import Path

from VoCoLib.errors import VoCoError
from VoCoLib.processes.environment import child_environment

KEY_HEADER = "X-VoCo-Key"
START_S = 120  # until a session answers; a cold disk takes its time
END_S = 5  # from asking to end until it is ended


class Child:
    """A session.

    Attributes:
        id: in the address of its page; nobody can guess it.
        key: it answers only who knows that.
        port: where it listens.
    """

    def __init__(self) -> None:
        self.id = secrets.token_urlsafe(16)
        self.key = secrets.token_urlsafe(32)
        self.port = 0
        self._folder = Path(tempfile.mkdtemp(prefix="voco-view-"))
        self._process: asyncio.subprocess.Process | None = None
        self._draining: asyncio.Future[None] | None = None

    async def start(self, inputs: list[str], runs: str, linger_s: int) -> None:
        """Waits until it listens.

        Raises:
            VoCoError: it does not start.
        """
        settings = {
            "folder": str(self._folder),
            "key": self.key,
            "inputs": inputs,
            "runs": runs,
            "linger_s": linger_s,
        }
        self._process = process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "VoCoView.session"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**_rendering(), **child_environment(os.environ)},
            start_new_session=True,  # Ctrl-C is the door's, and so it is on Windows:
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write((json.dumps(settings) + "\n").encode())
        await process.stdin.drain()
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._listen(process.stdout), START_S)
        if not self.port:
            raise VoCoError("A session could not be started.", "The terminal says why.")
        self._draining = asyncio.ensure_future(_drain(process.stdout))

    async def _listen(self, output: asyncio.StreamReader) -> None:
        """Reads until the port is said; what libraries print is passed over."""
        while line := await output.readline():
            with contextlib.suppress(ValueError, TypeError, KeyError):
                self.port = int(json.loads(line)["port"])
                return

    @property
    def lives(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.returncode is None

    async def end(self) -> None:
        """Ends the process and removes its folder."""
        process = self._process
        if process is not None and process.returncode is None:
            if process.stdin is not None:
                process.stdin.close()  # it ends by itself
            try:  # unless it has not begun
                await asyncio.wait_for(process.wait(), END_S if self.port else 0)
            except asyncio.TimeoutError:
                process.kill()
                await process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    async def wait(self) -> None:
        """Returns when it has ended by itself, and its folder is gone."""
        if self._process is not None:
            await self._process.wait()
        await self.end()


def _rendering() -> dict[str, str]:
    """Without a screen VTK looks for one first, and complains, unless it is told not to."""
    if sys.platform == "linux" and not os.environ.get("DISPLAY") and find_library("EGL"):
        return {"VTK_DEFAULT_OPENGL_WINDOW": "vtkEGLRenderWindow"}
    return {}


async def _drain(output: asyncio.StreamReader) -> None:
    """A pipe that nobody reads would stop who writes."""
    while await output.read(65536):
        pass
