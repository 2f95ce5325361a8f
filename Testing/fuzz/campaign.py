"""Reads thousands of damaged files in child processes, and tables what became of them.

    python Testing/fuzz/campaign.py --cases 2200

Every case is a result or an error with a message. Anything else is a finding: a traceback, a crash,
more than 30 s, more than 4 times the memory of the valid file (and 64 MB), a file written outside
of the case's folder, a program that is run or a connection.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import traceback
from collections import Counter
from pathlib import Path
from typing import Any

TESTING = Path(__file__).resolve().parents[1]
for place in (TESTING, TESTING.parent):
    if str(place) not in sys.path:
        sys.path.insert(0, str(place))

SEED, SECONDS, TIMES, SLACK_MB = 20261129, 30, 4, 64
_CHUNK = 500


def run_campaign(cases: int, kinds: list[str] | None = None) -> list[dict[str, Any]]:
    """The outcome of each case: its number, kind, outcome, and what was found, if anything."""
    results: list[dict[str, Any]] = []
    done = 0
    while done < cases:
        results += _run_child(done, min(done + _CHUNK, cases), kinds or [])
        done = results[-1]["case"] + 1
    return results


def table(results: list[dict[str, Any]]) -> str:
    """Results, errors and findings by kind, as Markdown."""
    lines = ["| kind | cases | read | refused with a message | findings |", "|---|---|---|---|---|"]
    kinds = dict.fromkeys(item["kind"] for item in results)
    for kind in [*kinds, "all"]:
        chosen = [item for item in results if kind in (item["kind"], "all")]
        counts = Counter("finding" if item["found"] else item["outcome"] for item in chosen)
        numbers = (len(chosen), counts["read"], counts["refused"], counts["finding"])
        lines.append(f"| {kind} | " + " | ".join(map(str, numbers)) + " |")
    return "\n".join(lines)


def _run_child(first: int, last: int, kinds: list[str]) -> list[dict[str, Any]]:
    """Cases first to last-1, or up to the one at which the child hung or died."""
    command = [sys.executable, __file__, "--child", str(first), str(last), *kinds]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    child = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    )
    lines: queue.Queue[str] = queue.Queue()

    def read() -> None:
        assert child.stdout is not None
        for line in child.stdout:
            lines.put(line)
        lines.put("")

    threading.Thread(target=read, daemon=True).start()
    results: list[dict[str, Any]] = []
    found = ""
    while len(results) < last - first and not found:
        try:
            line = lines.get(timeout=SECONDS + (60 if not results else 0))  # it imports first
        except queue.Empty:
            found = f"more than {SECONDS} s"
        else:
            if line:
                results.append(json.loads(line))
            else:
                found = f"the process ended with {child.wait()}"
    child.kill()
    child.wait()
    if found:
        case = first + len(results)
        kind = _kind(case, kinds)
        results.append({"case": case, "kind": kind, "outcome": "none", "found": found})
    return results


def _kind(case: int, kinds: list[str]) -> str:
    from fuzz.targets import TARGETS

    names = kinds or list(TARGETS)
    return names[case % len(names)]


def damaged_file(case: int, kind: str, folder: Path) -> Path:
    """Writes the file of a case into a folder."""
    import numpy as np
    from fuzz.targets import TARGETS

    target = TARGETS[kind]
    path = target.make(folder)
    random = np.random.default_rng([SEED, case])
    path.write_bytes(target.mutate(path.read_bytes(), random))
    return path


class _Watch:
    """Notes what the process does beside reading, through Python's audit events."""

    def __init__(self) -> None:
        self.folder = ""
        self.found: list[str] = []
        sys.addaudithook(self._hear)

    def _hear(self, name: str, arguments: tuple[Any, ...]) -> None:
        if not self.folder:
            return
        if name in ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "socket.connect"):
            self.found.append(f"{name} {arguments}")
        if name == "open" and isinstance(arguments[1], str) and set(arguments[1]) & {*"wax+"}:
            path = os.path.abspath(os.fsdecode(arguments[0])) if arguments[0] else ""
            if not path.startswith((self.folder, tempfile.gettempdir(), os.devnull)):
                self.found.append(f"writes {path}")


def _memory_mb(name: str) -> float:
    """A line of Linux' /proc/self/status, e.g. VmHWM, the most that was resident."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _peak_mb(run: Any) -> float:
    """How much more memory than before is resident at most while run runs."""
    Path("/proc/self/clear_refs").write_text("5")
    before = _memory_mb("VmRSS")
    run()
    return _memory_mb("VmHWM") - before


def _child(first: int, last: int, kinds: list[str]) -> None:
    from fuzz.targets import TARGETS

    from VoCoLib.errors import VoCoError

    watch = _Watch()
    root = Path(tempfile.mkdtemp(prefix="fuzz"))
    os.environ["VOCO_HOME"] = str(root / "home")
    usual: dict[str, float] = {}
    for case in range(first, last):
        kind = _kind(case, kinds)
        target = TARGETS[kind]
        if kind not in usual:
            valid = root / f"valid {len(usual)}"
            valid.mkdir()
            path = target.make(valid)
            target.read(path)  # what is loaded once is no part of it
            usual[kind] = _peak_mb(lambda t=target, p=path: t.read(p))
        folder = root / str(case)
        folder.mkdir()
        path = damaged_file(case, kind, folder)
        before = {p for p in folder.rglob("*")}
        answer = {"case": case, "kind": kind, "outcome": "read", "found": ""}

        def read(answer: dict[str, Any] = answer, t: Any = target, p: Path = path) -> None:
            watch.folder = str(p.parent)
            try:
                t.read(p)
            except VoCoError as error:
                answer["outcome"] = "refused"
                answer["message"] = str(error)
                if not error.message or not 1 <= error.exit_code <= 9:
                    answer["found"] = "no message or exit code"
            except Exception:
                answer["outcome"] = "traceback"
                answer["found"] = traceback.format_exc()
            finally:
                watch.folder = ""

        peak = _peak_mb(read)
        if watch.found:
            answer["found"] = "; ".join(watch.found)
            watch.found.clear()
        if peak > TIMES * usual[kind] + SLACK_MB:
            answer["found"] = f"{peak:.0f} MB, of the valid file {usual[kind]:.0f}"
        if {p for p in folder.rglob("*")} != before:
            answer["found"] = "leaves a file"
        print(json.dumps(answer), flush=True)
        shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(root, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=2200)
    parser.add_argument("--kind", action="append", help="only this kind; may be repeated")
    parser.add_argument("--child", nargs="+", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        first, last, *kinds = arguments.child
        _child(int(first), int(last), kinds)
        return
    results = run_campaign(arguments.cases, arguments.kind)
    for item in results:
        if item["found"]:
            print(f"case {item['case']}, {item['kind']}: {item['found']}", file=sys.stderr)
    print(table(results))


if __name__ == "__main__":
    main()
