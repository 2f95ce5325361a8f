"""Tries commands with faults, each in a fork of this process; the child of campaign.py.

    python Testing/faults/trial.py FOLDER CASES [NAME ...]

It needs failing_files.c in LD_PRELOAD, and prints an outcome a line.
"""

from __future__ import annotations

import ctypes
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import psutil

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1])]

import finetuning_runs  # noqa: E402
from targets import TARGETS, WORKER, Target, is_temporary, make_inputs, results  # noqa: E402

import VoCoLib.training.finetuning.run  # noqa: E402
import VoCoLib.worker.requests  # noqa: E402, F401

SEED, SECONDS = 20261129, 60
MODES = {"full": "f", "killed": "k", "read-only": "r", "gone": "g", "killed any time": "t"}
_STAY = (".lock", ".part")  # nobody's and empty; what a download goes on with
DOCUMENTED = {0, 3, 4, 5, 8, 9}  # exit codes that may come of a disk


@dataclass(frozen=True)
class Ending:
    """How a command ended: its exit code (-9: killed), what it printed, its changes of files."""

    code: int
    printed: str
    changes: int
    seconds: float


class Trial:
    """One command in folders of its own, with and without a fault.

    Args:
        inputs: of all commands.
        case: emptied before each trial; the faults happen in it.
        target: the command.
    """

    def __init__(self, inputs: Path, case: Path, target: Target) -> None:
        self._inputs, self._case, self._target = inputs, case, target
        self._shim = ctypes.CDLL(None)
        self._shim.fault_count.restype = ctypes.c_long
        self._shim.fault_arm.argtypes = [ctypes.c_char_p, ctypes.c_char, ctypes.c_long]
        self._clear()
        whole = self._run()
        assert whole.code == 0, whole.printed
        self.changes, self._seconds = whole.changes, whole.seconds
        self._expected = results(case)
        assert self._expected, whole.printed

    def try_fault(self, mode: str, at: float) -> str:
        """What was found; nothing is good.

        Args:
            mode: of MODES.
            at: number of the change at which the fault happens; for "t" the share of the time.
        """
        self._clear()
        ending = self._run(mode, at)
        if ending.code == -signal.SIGKILL and mode in "kt":
            pass
        elif ending.code not in DOCUMENTED or "Traceback" in ending.printed:
            return f"exit code {ending.code}: {ending.printed[-2000:]}"
        elif ending.code and not ending.printed.strip():
            return f"exit code {ending.code} without a message: {ending.printed[-2000:]}"
        try:
            found = results(self._case)
        except Exception:
            return f"half-written: {traceback.format_exc()[-1500:]}"
        for name in found:
            unfinished = name.startswith("run/") or name.endswith(("catalogue.json", "record.json"))
            if not unfinished and found[name] != self._expected.get(name):
                return f"{name} is not what it should be"
        if mode == "f":
            left = [p.name for p in self._case.rglob("*") if p.is_file() and is_temporary(p.name)]
            left = [name for name in left if not name.endswith(_STAY)]
            if left:
                return f"left behind: {left}"
        again = self._run(arguments=self._target.again)
        found = results(self._case)
        if found == self._expected:
            return ""  # also if it says that there is nothing left to do
        if again.code:
            return f"after it, exit code {again.code}: {again.printed[-2000:]}"
        wrong = [n for n in {*found, *self._expected} if found.get(n) != self._expected.get(n)]
        return f"after it, not as without a fault: {sorted(wrong)}"

    def _clear(self) -> None:
        shutil.rmtree(self._case, ignore_errors=True)
        for name in ("home", "tmp"):
            (self._case / name).mkdir(parents=True)

    def _run(self, mode: str = "", at: float = 0, arguments: Any = None) -> Ending:
        """The command in a fork of this process, which has imported all that takes long."""
        log, answer = (self._case.with_name(name) for name in ("log", "answer"))
        answer.unlink(missing_ok=True)
        words = (arguments or self._target.arguments)(self._inputs, self._case)
        begun = time.monotonic()
        child = os.fork()
        if not child:
            self._be(list(map(str, words)), "" if mode == "t" else mode, int(at), log, answer)
        limit = at * self._seconds if mode == "t" else SECONDS
        code = _wait(child, limit)
        seconds = time.monotonic() - begun
        if seconds > SECONDS:
            code = -signal.SIGALRM
        orphans = _end_session(child)
        printed = log.read_text(encoding="utf-8", errors="replace")
        if orphans:
            return Ending(1, f"{printed}\nstill running: {orphans}", 0, seconds)
        count = int(answer.read_text()) if answer.exists() else 0
        return Ending(code, printed, count, seconds)

    def _be(self, words: list[str], mode: str, at: int, log: Path, answer: Path) -> None:
        """Is `voco` with these words; never returns."""
        os.setsid()
        file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, 1)
        os.dup2(file, 2)
        os.environ.update(VOCO_HOME=str(self._case / "home"), TMPDIR=str(self._case / "tmp"))
        tempfile.tempdir = None
        leave, count = os._exit, self._shim.fault_count

        def note_and_leave(code: int) -> NoReturn:
            answer.write_text(str(count()))
            leave(code)

        os._exit = note_and_leave
        if self._target.name == WORKER:
            from VoCoLib.worker.process import main

            _ask(words[0], log)
            sys.argv = [WORKER, "--folder", str(self._case / "tmp" / "worker")]
        else:
            from VoCoLib.cli.main import main

            sys.argv = ["voco", *words]
        code: int | str | None = 0
        self._shim.fault_arm(os.fsencode(self._case), (mode or "f").encode(), at)
        try:
            main()
        except SystemExit as end:
            code = end.code
        except BaseException:
            traceback.print_exc()
            code = 1
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(int(code or 0))


def _ask(request: str, log: Path) -> None:
    """Writes a request to this process's own stdin, which ends with the answer."""
    readable, writable = os.pipe()
    os.dup2(readable, 0)
    os.write(writable, f"{request}\n".encode())

    def end() -> None:
        while not any(f'"{name}"' in log.read_text() for name in ("finished", "error")):
            time.sleep(0.01)
        os.close(writable)

    threading.Thread(target=end, daemon=True).start()


def _wait(child: int, seconds: float) -> int:
    """The exit code of a child, which is killed after so many seconds."""
    deadline = time.monotonic() + seconds
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        time.sleep(0.002)


def _end_session(leader: int) -> list[str]:
    """Ends what a command has left running after two seconds; its command lines."""
    deadline = time.monotonic() + 2
    while True:
        left = []
        for process in psutil.process_iter():
            try:
                if os.getsid(process.pid) == leader and process.status() != psutil.STATUS_ZOMBIE:
                    left.append(process)
            except (ProcessLookupError, psutil.Error):
                continue
        if not left or time.monotonic() > deadline:
            break
        time.sleep(0.05)
    lines = [" ".join(process.cmdline()) for process in left]
    for process in left:
        process.kill()
    return lines


def _points(rng: random.Random, changes: int, count: int) -> list[tuple[str, float]]:
    """count faults: of each kind about as many, spread over all changes."""
    points: list[tuple[str, float]] = []
    for mode in MODES:
        share = len(range(list(MODES).index(mode), count, len(MODES)))
        if mode == "killed any time":
            points += [(mode, rng.uniform(0.02, 1)) for _ in range(share)]
        else:
            rounds, rest = divmod(share, changes)
            every = [*range(1, changes + 1)]
            points += [(mode, at) for at in sorted(rounds * every + rng.sample(every, rest))]
    return points


def main() -> None:
    folder, cases, names = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    finetuning_runs.finetuning.build_network = finetuning_runs.SmallNetwork
    make_inputs(folder / "inputs")
    chosen = [target for target in TARGETS if not names or target.name in names]
    rng = random.Random(SEED)
    for number, target in enumerate(chosen):
        trial = Trial(folder / "inputs", folder / "case", target)
        share = cases // len(chosen) + (number < cases % len(chosen))
        for mode, at in _points(rng, trial.changes, share):
            found = trial.try_fault(MODES[mode], at)
            outcome = {"target": target.name, "mode": mode, "at": at, "found": found}
            print(json.dumps(outcome), flush=True)


if __name__ == "__main__":
    main()
