"""torchrun for two processes that are split from it, so that imports are made once.

split_torchrun.py pretraining_runs.py ARGUMENTS: PyTorch's own agent starts, watches and restarts
what is `voco` with these arguments.
"""

from __future__ import annotations

import sys
from datetime import timedelta

import matplotlib.figure  # noqa: F401
import quick_python  # noqa: F401  (says, before MONAI is imported, whose this is)
from torch.distributed.launcher.api import LaunchConfig, elastic_launch

import VoCoLib.cli.console
import VoCoLib.training.pretraining.run
import VoCoLib.training.settings_file
import VoCoLib.training.shared_optimizer  # noqa: F401
from VoCoLib.cli.main import main
from VoCoLib.training import distributed

# After a restart nobody answers where the store was; it is then asked for again until it is there.
distributed._ANSWER = timedelta(seconds=2)


def be_voco(*arguments: str) -> None:
    sys.argv = ["voco", *arguments]
    try:
        main()
    except SystemExit as end:
        if end.code:  # else the agent waits for what a function returns
            raise


if __name__ == "__main__":
    config = LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=2,
        max_restarts=1,
        start_method="fork",
        rdzv_backend="c10d",
        rdzv_endpoint="localhost:0",
        run_id="voco",
    )
    elastic_launch(config, be_voco)(*sys.argv[2:])
