"""The benchmark of a GPU runs, so that it does not rot where there is none."""

from __future__ import annotations

import runpy
import sys

import pytest
from places import TESTING


@pytest.mark.long  # what it measures has tests; the other benchmarks are run by name, too
def test_the_benchmark_of_a_gpu_runs_on_a_processor(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    script = str(TESTING / "Benchmarks" / "gpu.py")
    monkeypatch.setattr(sys, "argv", [script, "--device", "cpu", "--quick", "--presets", "tiny"])
    monkeypatch.setattr(sys, "path", [str(TESTING / "Benchmarks"), *sys.path])
    runpy.run_path(script, run_name="__main__")
    output = capsys.readouterr().out
    rows = [line for line in output.splitlines() if line.startswith("| ")]
    assert sum("| VoCo |" in row for row in rows) == 4
    assert "100.00%" in output  # labels are those of plain MONAI
