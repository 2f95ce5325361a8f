"""Lets the file operations of commands fail, one after the other, and tables what became of them.

    python Testing/faults/campaign.py --cases 1000

Each case is a command at one of whose changes of files the disk is full, the drive gone or
read-only, or the process killed. Then the same command is given again. A finding is: a traceback,
an exit code that is not documented, a result that is half-written or differs from that of a command
without a fault, a temporary file that stays on a full disk, a process that goes on, more than 60 s.
Linux with a C compiler.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
if str(HERE.parent) not in sys.path:
    sys.path.insert(0, str(HERE.parent))

from hub import CONTENT, Hub  # noqa: E402

MODES = ("full", "killed", "read-only", "gone", "killed any time")


def build(folder: Path) -> Path:
    """Compiles failing_files.c."""
    library = folder / "failing_files.so"
    source = str(HERE / "failing_files.c")
    command = [os.environ.get("CC", "cc"), "-O1", "-shared", "-fPIC", "-o", str(library), source]
    subprocess.run([*command, "-ldl"], check=True)
    return library


def run_campaign(cases: int, names: list[str] | None = None) -> list[dict[str, Any]]:
    """The outcome of each case: target, mode, number of the change, and what was found."""
    hub = Hub(CONTENT)
    threading.Thread(target=hub.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        library = build(Path(folder))
        environment = {
            **{k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")},
            "LD_PRELOAD": f"./{library.name}",  # which can hold no path with a space
            "OMP_NUM_THREADS": "1",
            "SMALL_NETWORK": "yes",
            "HF_ENDPOINT": f"http://127.0.0.1:{hub.server_port}",
        }
        command = [sys.executable, str(HERE / "trial.py"), folder, str(cases)]
        child = subprocess.run(
            [*command, *(names or [])],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    hub.shutdown()
    return [json.loads(line) for line in child.stdout.splitlines()]


def table(outcomes: list[dict[str, Any]]) -> str:
    """Cases and findings by command and kind of fault, as Markdown."""
    lines = [
        "| command | " + " | ".join(MODES) + " | findings |",
        "|---|" + "---|" * (len(MODES) + 1),
    ]
    for name in [*dict.fromkeys(item["target"] for item in outcomes), "all"]:
        chosen = [item for item in outcomes if name in (item["target"], "all")]
        counts = Counter(item["mode"] for item in chosen)
        numbers = [counts[mode] for mode in MODES] + [sum(bool(item["found"]) for item in chosen)]
        lines.append(f"| {name} | " + " | ".join(map(str, numbers)) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("names", nargs="*", help="of commands, as in the table; by default all")
    options = parser.parse_args()
    begun = time.monotonic()
    outcomes = run_campaign(options.cases, options.names)
    for item in outcomes:
        if item["found"]:
            print(json.dumps(item, indent=1).replace("\\n", "\n"))
    print(table(outcomes))
    print(f"{len(outcomes)} cases, {time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    main()
