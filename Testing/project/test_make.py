"""make.py lets what it has started end by itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from places import ROOT

CHILD = """
import time
try:
    print("runs", flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    time.sleep(0.6)  # longer than subprocess.run gives it
    raise SystemExit(7)
"""


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C cannot be sent to a group of processes there")
def test_what_make_has_started_tidies_up_after_ctrl_c() -> None:
    code = f"import make, sys; sys.exit(make.hand_over([sys.executable, '-c', {CHILD!r}]))"
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert any(line == "runs\n" for line in process.stdout)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert (process.returncode, said) == (7, "")
