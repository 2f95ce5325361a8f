"""However voco view ends, nothing of a session is left: no process, no file."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import psutil
import pytest
import view_page

view_page.skip_unless_it_can_run()
pytestmark = pytest.mark.long


def is_ready(session: psutil.Process) -> bool:
    """Whether a session has started its worker, as it does for a CT."""
    return any("VoCoLib.worker.process" in child.cmdline() for child in session.children())


@pytest.mark.parametrize("how", ["SIGTERM", "SIGKILL", "SIGINT"])
def test_nothing_is_left(tmp_path: Path, how: str) -> None:
    place = {name: str(tmp_path) for name in ("TMPDIR", "TEMP", "TMP")}
    with view_page.serving(*view_page.voco_view("--runs", str(tmp_path / "runs")), **place):
        (door,) = (p for p in psutil.Process().children() if "view" in p.cmdline())
        end = time.monotonic() + view_page.PATIENCE_S
        while not (sessions := door.children()) or not is_ready(sessions[0]):
            assert time.monotonic() < end
            time.sleep(0.1)
        assert list(tmp_path.glob("voco-*"))
        mine = [*sessions, *sessions[0].children()]
        os.kill(door.pid, getattr(signal, how))
        _gone, alive = psutil.wait_procs(mine, timeout=30)
    assert not alive
    assert not [path for path in tmp_path.rglob("*") if "voco" in str(path.relative_to(tmp_path))]
