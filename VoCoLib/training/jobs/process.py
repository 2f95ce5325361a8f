"""The process of a run that was started to outlive its parent: waits for the device, then trains.

    python -m VoCoLib.training.jobs.process RUN

RUN is a folder that VoCoLib.training.jobs.background has made. What is printed goes to its log.txt.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

from VoCoLib.errors import CancelledError, VoCoError
from VoCoLib.events import Event
from VoCoLib.processes.own_process import declare_own
from VoCoLib.runs.device_queue import DeviceQueue
from VoCoLib.runs.folder import RunFolder
from VoCoLib.training.jobs.kinds import train

_LOOK_S = 0.5  # between two looks at the queue


def main() -> None:
    """Runs the training of a folder; the exit code is that of `voco`."""
    declare_own()
    folder = RunFolder(Path(sys.argv[1]))
    folder.waiting.keep()
    _yield_to_others()
    signal.signal(signal.SIGTERM, lambda *_: folder.request_stop())  # the machine is shut down
    try:
        _run(folder)
    except VoCoError as error:
        _say(str(error))
        sys.exit(error.exit_code)


def _run(folder: RunFolder) -> None:
    config = folder.config()
    device = _device(str(config.get("device", "auto")))
    with DeviceQueue(device) as queue:
        while not queue.is_first():
            if folder.stop_wanted():
                raise CancelledError("Stopped before it began.")
            time.sleep(_LOOK_S)
        train({**config, "device": device}, folder, _print)


def _device(wish: str) -> str:
    """The device that a wish such as "auto" means here; raises InputError if there is none."""
    if wish == "cpu":
        return wish
    from VoCoLib.inference.devices import choose_device  # needs torch

    device = choose_device(wish)
    return f"cuda:{device.index or 0}" if device.type == "cuda" else device.type


def _print(item: Event) -> None:
    """Writes for people what is neither progress nor the metric of a single step."""
    if item["event"] == "metric" and "loss" not in item:
        names = ("position_accuracy", "position_error", "dice")
        found = ", ".join(f"{name} {item[name]:.3f}" for name in names if name in item)
        text = f"Step {item['step']}: {found}"
    elif item["event"] == "result":
        text = f"Wrote {item['files'][0]}"
    else:
        text = str(item.get("message", "")) if item["event"] != "progress" else ""
    if text:
        _say(text)


def _say(text: str) -> None:
    with contextlib.suppress(OSError):  # the disk is full: a training can go on without its log
        print(time.strftime("%H:%M:%S"), text, flush=True)


def _yield_to_others() -> None:
    """Lowers the priority of this process, so that the computer stays usable."""
    import psutil

    psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS if os.name == "nt" else 5)


if __name__ == "__main__":
    main()
