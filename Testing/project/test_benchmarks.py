"""The benchmark of a GPU runs, so that it does not rot where there is none."""

from __future__ import annotations

import subprocess
import sys

import pytest
from places import TESTING


@pytest.mark.slow
def test_the_benchmark_of_a_gpu_runs_on_a_processor() -> None:
    script = TESTING / "Benchmarks" / "gpu.py"
    command = [sys.executable, str(script), "--device", "cpu", "--quick", "--presets", "tiny"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = [line for line in done.stdout.splitlines() if line.startswith("| ")]
    assert sum("| VoCo |" in row for row in rows) == 4
    assert "100.00%" in done.stdout  # labels are those of plain MONAI
