"""Sets everything up in .venv, then demonstrates, tests or views: python3 make.py --help."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
SCRIPTS = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = SCRIPTS / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / "voco-installed.json"
CONSTRAINTS = ROOT / "constraints.txt"
OLDEST, NEWEST = (3, 10), (3, 12)
# What of the extras in pyproject.toml each command needs beside the project itself.
EXTRAS: dict[str, tuple[str, ...]] = {"view": ("view",), "test": ("test", "view")}
# What windows and rendering need of a Debian or Ubuntu machine, and a browser for the tests.
RENDERING = ("libegl1", "libgl1", "libgl1-mesa-dri")
LIBRARIES = (*RENDERING, "libxkbcommon0", "libdbus-1-3", "fontconfig")
BROWSER = ("chromium", "chromium-driver")
CPU_TORCH = "https://download.pytorch.org/whl/cpu"


class SetupError(Exception):
    """The environment cannot be set up; the message says why and what to do."""


def main() -> int:
    """Runs one command and returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "command",
        choices=("install", "demo", "test", "view"),
        help="install: only set up .venv; demo: then run 'voco demo'; test: then run all checks; "
        "view: then open 'voco view' in a browser",
    )
    parser.add_argument(
        "arguments",
        nargs=argparse.REMAINDER,
        help="passed on to 'voco demo', 'voco view' or pytest",
    )
    arguments = parser.parse_args()
    try:
        install(EXTRAS.get(arguments.command, ()))
    except SetupError as error:
        print(f"\nmake.py: {error}", file=sys.stderr)
        return 1
    if arguments.command in ("demo", "view"):
        return hand_over([SCRIPTS / "voco", arguments.command, *arguments.arguments])
    return run_checks(arguments.arguments) if arguments.command == "test" else 0


def run_checks(pytest_arguments: Sequence[str]) -> int:
    """Runs every check, also after one has failed; returns the first exit code that is not 0."""
    checks = (["ruff", "check"], ["ruff", "format", "--check"], ["mypy"])
    # Two processes, each with its share of the cores; a file's tests stay in order in one of them.
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 2) // 2)))
    # glibc keeps the memory of tensors; to get it anew for each of them takes a tenth of the time.
    for name in ("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"):
        os.environ.setdefault(name, str(2**30))
    # Files start in the order that Testing/conftest.py gives: the longest first.
    shared = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
    commands = [*checks, ["pytest", *shared, *pytest_arguments]]
    return next((code for code in [run([PYTHON, "-m", *c]) for c in commands] if code), 0)


def install(extras: Sequence[str]) -> None:
    """Installs the project, with extras, and what it needs into .venv, unless that was done."""
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        raise SetupError(
            "this is Python {}.{}, but Python 3.10, 3.11 or 3.12 is needed. Run this script with "
            "one of them, for example: python3.12 make.py demo".format(*sys.version_info)
        )
    # Indexes and proxies of this machine's pip are kept, other places to install into are not.
    for name in ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_PYTHON", "PIP_DRY_RUN"):
        os.environ.pop(name, None)
    os.environ["PIP_USER"] = "0"
    wanted = fingerprint()
    if environment_works():
        done = json.loads(STAMP.read_text()) if STAMP.exists() else {}
        before = done.get("extras", [])
        if done.get("fingerprint") == wanted and set(extras) <= set(before):
            return
        extras = sorted({*extras, *before})
    else:
        create_environment()
    STAMP.unlink(missing_ok=True)
    pip_install("pip", "setuptools")
    install_torch()
    torch = torch_version()
    # Only now the rest: torch, already there at the pinned version, stays what it is.
    wish = f"[{','.join(extras)}]" if extras else ""
    pip_install("--no-build-isolation", "-e", f"{ROOT}{wish}")
    if torch_version() != torch:
        raise SetupError(f"torch {torch} was replaced by {torch_version()}. Delete {VENV}.")
    install_libraries(extras)
    STAMP.write_text(json.dumps({"fingerprint": wanted, "extras": list(extras)}))


def install_libraries(extras: Sequence[str]) -> None:
    """Installs with apt-get what the extras need of the system, or says what is missing."""
    opengl = "import sys, slicer, vtk; sys.exit(not vtk.vtkRenderWindow().SupportsOpenGL())"
    if "view" in extras and not works(opengl):
        apt_install(RENDERING, "voco view cannot render.")
    if "test" in extras:
        if not works("from PySide6 import QtWidgets"):
            apt_install(LIBRARIES, "The tests of the panels will be skipped.")
        if not (shutil.which("chromium") and shutil.which("chromedriver")):
            apt_install(BROWSER, "The tests of voco view in a browser will be skipped.")


def works(code: str) -> bool:
    """Whether code runs in .venv."""
    return subprocess.run([PYTHON, "-c", code], check=False, capture_output=True).returncode == 0


def apt_install(packages: Sequence[str], otherwise: str) -> None:
    """Installs packages of Debian where that may be done, else says what follows."""
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    may = hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get")
    if may and (run(command) == 0 or (run(["apt-get", "update"]) == 0 and run(command) == 0)):
        return
    print(f"{otherwise} As root: {' '.join(command)}", flush=True)


def fingerprint() -> str:
    """Changes when the environment has to be installed anew."""
    parts = [(ROOT / "pyproject.toml").read_bytes(), CONSTRAINTS.read_bytes(), os.fsencode(ROOT)]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def environment_works() -> bool:
    """True if .venv has a Python that is neither too old nor too new, with pip."""
    code = f"import sys, pip; sys.exit(not {OLDEST} <= sys.version_info[:2] <= {NEWEST})"
    return PYTHON.exists() and works(code)


def create_environment() -> None:
    """Makes .venv, also where Debian's python3-venv, which holds pip, is not installed."""
    venv = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    say(venv)
    if subprocess.run(venv, check=False, capture_output=True).returncode == 0:
        return
    if run([*venv, "--without-pip"]):
        raise SetupError(
            f"{sys.executable} cannot make the virtual environment {VENV}. Is the folder writable?"
        )
    if not shutil.which("apt-get"):
        raise SetupError(f"{sys.executable} has no ensurepip. Install pip for it.")
    with tempfile.TemporaryDirectory() as folder:
        pip = debian_pip(Path(folder))
        check([PYTHON, pip, "install", "-c", CONSTRAINTS, "pip"], "pip")


def debian_pip(folder: Path) -> Path:
    """Unpacks Debian's own pip into folder, which needs no rights; returns what Python can run."""
    download = ["apt-get", "download", "python3-pip-whl"]
    # A new machine, or a container, has no package lists yet; only root may fetch them.
    if run(download, folder) and (run(["apt-get", "update"]) or run(download, folder)):
        raise SetupError(
            "pip is missing and could not be downloaded. Install it, as root: "
            "apt-get update && apt-get install python3-venv"
        )
    check(["dpkg-deb", "-x", *folder.glob("*.deb"), folder], "pip")
    (wheel,) = folder.glob("usr/share/python-wheels/pip-*.whl")
    return wheel / "pip"  # a wheel is a zip file, and Python runs what is in it


def install_torch() -> None:
    """Installs the pinned torch; without an NVIDIA GPU the build that is gigabytes smaller."""
    if torch_version().split("+")[0] == pinned("torch"):
        return
    torch = f"torch=={pinned('torch')}"
    if sys.platform == "linux" and not shutil.which("nvidia-smi"):
        once = ["--timeout", "10", "--retries", "0", "--index-url", CPU_TORCH]
        if run([PYTHON, "-m", "pip", "install", "--no-deps", *once, torch]) == 0:
            return
        print(f"{CPU_TORCH} does not answer; taking torch from the usual place.", flush=True)
    pip_install("--no-deps", torch)


def torch_version() -> str:
    """Version of torch in .venv, for example 2.13.0+cpu; empty if it is not installed."""
    code = "from importlib.metadata import version; print(version('torch'))"
    result = subprocess.run([PYTHON, "-c", code], check=False, capture_output=True, text=True)
    return result.stdout.strip()


def pinned(package: str) -> str:
    """The version of package in constraints.txt."""
    match = re.search(rf"^{package}==([^\s;]+)", CONSTRAINTS.read_text("utf-8"), re.MULTILINE)
    if match is None:
        raise SetupError(f"{CONSTRAINTS.name} does not pin {package}.")
    return match[1]


def pip_install(*arguments: str) -> None:
    """Installs with pip into .venv, nothing but pinned versions."""
    check([PYTHON, "-m", "pip", "install", "-c", CONSTRAINTS, *arguments], arguments[-1])


def check(command: Sequence[str | Path], what: str) -> None:
    """Runs an installation command; raises SetupError if it fails."""
    if run(command):
        raise SetupError(
            f"{what} could not be installed; the message above says why. Check the network "
            "(behind a proxy set HTTPS_PROXY, with a mirror of PyPI set PIP_INDEX_URL) and the "
            "free disk space (about 10 GB), then run the same command again: it goes on."
        )


def run(command: Sequence[str | Path], folder: Path = ROOT) -> int:
    """Shows a command and runs it in folder; returns its exit code."""
    say(command)
    return subprocess.run(command, check=False, cwd=folder).returncode


def hand_over(command: Sequence[str | Path]) -> int:
    """Shows a command and runs it to its own end, also after Ctrl-C; returns its exit code."""
    signal.signal(signal.SIGINT, lambda *_: None)  # the command has got it, too, and tidies up
    say(command)
    return subprocess.run(command, check=False).returncode


def say(command: Sequence[str | Path]) -> None:
    """Shows a command."""
    print("+", *command, flush=True)


if __name__ == "__main__":
    sys.exit(main())
