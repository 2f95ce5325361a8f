"""Tests of calls in a child process: results, errors, crashes, and its end."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from places import TESTING
from processes.crashing import double

from VoCoLib.errors import InputError
from VoCoLib.processes.isolated import ChildDiedError, Isolated


@pytest.fixture
def isolated(monkeypatch: pytest.MonkeyPatch) -> Iterator[Isolated]:
    monkeypatch.setenv("PYTHONPATH", str(TESTING))
    call = Isolated(double)
    yield call
    call.close()


def test_results_errors_and_a_crash(isolated: Isolated) -> None:
    array = np.arange(24, dtype=np.int16).reshape(2, 3, 4).transpose(2, 1, 0)
    found, first = isolated(array)
    np.testing.assert_array_equal(found, array * 2)
    found += 1  # it is the caller's own
    assert first != os.getpid() and isolated(array)[1] == first
    with pytest.raises(InputError) as error:
        isolated(array, "fail")
    assert (error.value.message, error.value.hint) == ("It is none.", "Take another.")
    with pytest.raises(RuntimeError, match="OddError: odd 3"):
        isolated(array, "fail oddly")
    assert isolated(array, "print")[1] == first
    assert not isolated(array, "kept")[0].any()  # a CT would be in memory twice meanwhile
    with pytest.raises(ChildDiedError, match="its process ended with"):
        isolated(array, "crash")
    assert isolated(array)[1] != first
    isolated.kill()
    with pytest.raises(ChildDiedError):
        isolated(array)
    last = psutil.Process(isolated(array)[1])
    assert isolated.close() == 0 and not last.is_running()


def test_it_ends_with_its_parent_and_needs_no_guard(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import os, signal\nimport numpy as np\nfrom processes.crashing import double\n"
        "from VoCoLib.processes.isolated import Isolated\n"
        "print(Isolated(double)(np.zeros(3))[1], flush=True)\n"
        "os._exit(9)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(TESTING)}
    done = subprocess.run(
        [sys.executable, str(script)], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert done.returncode == 9
    left = [p for p in psutil.process_iter() if p.pid == int(done.stdout)]
    psutil.wait_procs(left, timeout=10)
    assert not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in left)
