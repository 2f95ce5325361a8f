"""Writes the script that runs a training on a SLURM cluster: all nodes, requeued, resumed."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from VoCoLib.errors import OutputError
from VoCoLib.files import reason_of
from VoCoLib.locations import IMPORT_FOLDER

_SCRIPT = """\
#!/bin/bash
# Submit with: sbatch {name}. Adapt the numbers; add partition and account as your cluster wants.
# The batch must be a multiple of the number of all GPUs.
#SBATCH --job-name=voco
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=1
#SBATCH --gpus-per-node=4
#SBATCH --cpus-per-task=16
#SBATCH --time=24:00:00
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=slurm-%j.log
#SBATCH --signal=B:USR1@600

# Ten minutes before the time is up, the run is asked to save a checkpoint and to end; the job then
# queues again and resumes. A job that is preempted or loses a node resumes from the last one.
run={run}
asked=
trap 'asked=yes; touch "$run/stop"' USR1

export PYTHONPATH={library}${{PYTHONPATH:+:$PYTHONPATH}}
head=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)
port=$((20000 + SLURM_JOB_ID % 20000))
srun {python} -m torch.distributed.run \\
    --nnodes="$SLURM_JOB_NUM_NODES" --nproc-per-node=auto --max-restarts=3 \\
    --rdzv-backend=c10d --rdzv-id="$SLURM_JOB_ID" --rdzv-endpoint="$head:$port" \\
    -m VoCoLib {arguments} &
training=$!
while :; do
    wait "$training"
    code=$?
    kill -0 "$training" 2>/dev/null || break  # else the signal ended the wait
done
if [ -n "$asked" ] && ! tail -n 1 "$run/events.jsonl" | grep -q '"finished", "stopped": false'; then
    scontrol requeue "$SLURM_JOB_ID"
fi
exit "$code"
"""


def write_slurm_script(path: Path, run: Path, arguments: Sequence[str]) -> None:
    """Writes a script for sbatch that uses this Python, which the nodes must have at its place.

    Args:
        path: the script.
        run: folder of the run, on a disk that all nodes share.
        arguments: of voco; they must make it resume.

    Raises:
        OutputError: the script cannot be written.
    """
    text = _SCRIPT.format(
        name=shlex.quote(path.name),
        run=shlex.quote(str(run)),
        python=shlex.quote(sys.executable),
        library=shlex.quote(str(IMPORT_FOLDER)),
        arguments=shlex.join(arguments),
    )
    temporary = path.with_name(f"{path.name}.part")
    try:
        temporary.write_text(text, encoding="utf-8", newline="\n")
        os.replace(temporary, path)
    except OSError as error:
        raise OutputError(
            f"{path} could not be written: {reason_of(error)}.", "Choose another folder."
        ) from error
