"""A Python that knows the quick networks of the tests: quick_python.py -m MODULE ARGUMENTS."""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1])]

from VoCoLib.processes.own_process import declare_own  # noqa: E402

declare_own()  # before MONAI is imported

import pretraining_runs  # noqa: E402, F401 - adds a preset, and a network if SMALL_NETWORK is set

if __name__ == "__main__":
    if "SMALL_NETWORK" in os.environ:
        import finetuning_runs

        finetuning_runs.finetuning.build_network = finetuning_runs.SmallNetwork
    _, _, module, *arguments = sys.argv
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
