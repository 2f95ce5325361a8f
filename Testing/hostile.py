"""Runs pytest on a machine that is set up against it: hostile.py [ARGUMENTS OF PYTEST]."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from places import ROOT

NOWHERE = "http://127.0.0.1:9"  # where nothing answers
PIP = f"[global]\nindex-url = {NOWHERE}/simple\nconstraint = {{}}\nrequire-virtualenv = true\n"


def hostile_environment(folder: Path) -> dict[str, str]:
    """The environment of such a machine; what it needs is written into folder."""
    home = folder / "Zoë's Ordner für Dinge"
    temporary = folder / "dossier à part"
    home.mkdir()
    temporary.mkdir()
    constraints = home / "constraints.txt"
    constraints.write_text("torch<=2.14.1\n", encoding="utf-8")
    pip = home / "pip.conf"
    pip.write_text(PIP.format(constraints), encoding="utf-8")
    proxies = {name: NOWHERE for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")}
    return {
        **{name: value for name, value in os.environ.items() if name.upper() != "NO_PROXY"},
        **proxies,
        **{name.lower(): value for name, value in proxies.items()},
        "PIP_CONFIG_FILE": str(pip),
        "PIP_CONSTRAINT": str(constraints),
        "PIP_INDEX_URL": f"{NOWHERE}/simple",
        "HOME": str(home),
        "USERPROFILE": str(home),
        **{name: str(temporary) for name in ("TMPDIR", "TEMP", "TMP")},
        "XDG_DATA_HOME": str(home / "data"),
        "LC_ALL": "tr_TR.UTF-8",  # its small i is not that of other languages
        "LANG": "de_DE.ISO-8859-1",
        "TZ": "Pacific/Apia",
        "PYTHONWARNINGS": "always",
        "PYTHONHASHSEED": "12345",
        "COLUMNS": "40",
        "NO_COLOR": "1",
        "VOCO_HOME": str(home / "no models"),
        "HF_HUB_OFFLINE": "1",
        "HF_HOME": str(home / "hub"),
    }


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="voco hostile é ") as folder:
        os.umask(0o077)
        command = [sys.executable, "-m", "pytest", *sys.argv[1:]]
        environment = hostile_environment(Path(folder))
        return subprocess.run(command, check=False, cwd=ROOT, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
