"""A virtual environment that real pip fills from a folder of wheels."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Sequence
from importlib.metadata import distributions
from pathlib import Path

import pip
import pytest

RUNNER = Path(pip.__file__).with_name("__pip-runner__.py")  # which pip --python starts, too


def make_wheel(folder: Path, name: str, version: str, requires: Sequence[str] = ()) -> None:
    """Writes a wheel of a package that holds nothing but its metadata."""
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    metadata += "".join(f"Requires-Dist: {item}\n" for item in requires)
    files = {
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = []
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=")
        rows.append(f"{path},sha256={digest.decode()},{len(text)}")
    files[f"{info}/RECORD"] = "\n".join([*rows, f"{info}/RECORD,,"]) + "\n"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """A folder, with a space and an accent in its name, of all that VoCo needs."""
    folder = tmp_path / "roues à installer"
    folder.mkdir()
    for name, version in {
        "torch": "2.9.0",
        "numpy": "2.0.0",
        "typing_extensions": "4.12.0",
    }.items():
        make_wheel(folder, name, version)
    make_wheel(folder, "monai", "1.5.2", ["torch<2.7"])  # as the real ones ask for some torch
    make_wheel(folder, "monai", "1.6.1", ["torch>=99"])
    make_wheel(folder, "einops", "0.8.2")
    make_wheel(folder, "einops", "0.9.0", ["torch<2.9"])  # would replace the torch that is there
    make_wheel(folder, "nibabel", "5.4.2", ["numpy>=1.25"])
    make_wheel(folder, "safetensors", "0.8.0")
    make_wheel(folder, "huggingface_hub", "2.4.0", ["typing-extensions>=4.1"])
    make_wheel(folder, "psutil", "7.2.2")
    make_wheel(folder, "pydicom", "3.0.2")
    make_wheel(folder, "matplotlib", "3.10.8", ["numpy>=1.23"])
    make_wheel(folder, "openvino", "2026.4.1", ["openvino-telemetry>=2023.2.1"])  # not wanted
    return folder


class PipEnvironment:
    """A virtual environment that real pip fills from a folder of wheels."""

    def __init__(self, folder: Path, wheels: Path) -> None:
        venv.create(folder, symlinks=sys.platform != "win32")
        scripts = "Scripts/python.exe" if sys.platform == "win32" else "bin/python"
        self._python = folder / scripts
        self._wheels = wheels
        variables = {"base": str(folder), "platbase": str(folder)}
        self.path = [sysconfig.get_path("purelib", vars=variables, scheme="venv")]
        self.calls: list[list[str]] = []

    def installTorch(self, requirement: str) -> None:  # noqa: N802
        self.pip(["--no-index", "--find-links", str(self._wheels), f"torch{requirement}"])

    def uninstall(self, names: Sequence[str]) -> None:
        self.pip(["--yes", *names], "uninstall")

    def install(
        self,
        requirements: Sequence[str],
        alone: Sequence[str] = (),
        constraints: Path | None = None,
        options: Sequence[str] = (),
    ) -> None:
        limits = [] if constraints is None else ["-c", str(constraints)]
        source = options or ["--no-index", "--find-links", str(self._wheels)]
        if alone:
            self.pip([*source, *limits, "--no-deps", *alone])
        if requirements:
            self.pip([*source, *limits, *requirements])

    def pip(self, arguments: Sequence[str], what: str = "install") -> None:
        self.calls.append(list(arguments))
        command = [str(self._python), str(RUNNER), what, "--quiet", "--disable-pip-version-check"]
        subprocess.run(
            [*command, *arguments], check=True, capture_output=True, env=clean_environment()
        )

    def unpack(self, name: str) -> None:
        """Installs a wheel as pip would."""
        with zipfile.ZipFile(next(self._wheels.glob(f"{name}-*"))) as archive:
            archive.extractall(self.path[0])

    def unpack_all(self, *absent: str) -> None:
        """Has all that VoCo needs except these, in the versions that pip would choose."""
        for wheel in self._wheels.iterdir():
            if not wheel.name.startswith(("monai-1.5", "einops-0.9", *absent)):
                self.unpack(wheel.name.partition("-py3")[0])

    def versions(self) -> dict[str, str]:
        return {found.name: found.version for found in distributions(path=self.path)}


def clean_environment() -> dict[str, str]:
    """The environment without what this machine tells its pip: constraints, indexes, proxies."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    return {**kept, "PIP_CONFIG_FILE": os.devnull}
