"""What is missing is found and installed: real pip, a real environment, tiny wheels."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from pip_environment import PipEnvironment, make_wheel
from places import ROOT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

slicer_scene = pytest.importorskip("slicer_scene", exc_type=ImportError)
installers = pytest.importorskip("VoCoSegmentationLib.installation.installer")

REQUIREMENTS = ROOT / "VoCoSegmentation/Resources/VoCoSegmentationRequirements.txt"
BROUGHT_BY_SLICER = {"numpy", "scipy", "SimpleITK", "packaging", "pip", "setuptools"}


@pytest.fixture
def environment(tmp_path: Path, wheels: Path) -> PipEnvironment:
    return PipEnvironment(tmp_path / "environment", wheels)


def names(installer) -> list[str]:
    return [package.name for package in installer.missing()]


def test_everything_is_installed(environment) -> None:
    installer = installers.Installer(REQUIREMENTS, environment, environment.path)
    assert names(installer)[:2] == ["torch", "monai"]
    installer.install()
    assert installer.missing() == []
    versions = environment.versions()
    assert versions["torch"] == "2.9.0"
    assert versions["einops"] == "0.8.2"  # the one that leaves torch alone
    assert versions["monai"] == "1.6.1"  # which asks for another torch: nobody looked
    assert versions["typing_extensions"] == "4.12.0"  # of huggingface_hub
    assert environment.calls[0][-1] == "torch>=2.6"


def test_an_optional_package_is_proposed_and_installed_alone(environment, wheels) -> None:
    environment.unpack_all("openvino-")
    installer = installers.Installer(REQUIREMENTS, environment, environment.path)
    (proposed,) = installer.proposed()
    assert proposed.name == "openvino" and "openvino" not in names(installer)
    installer.install(also=[proposed])
    assert installer.missing() == installer.proposed() == []
    assert environment.versions()["openvino"] == "2026.4.1"


def test_without_an_optional_package_the_rest_is_there(environment, wheels) -> None:
    next(wheels.glob("openvino-*")).unlink()
    installer = installers.Installer(REQUIREMENTS, environment, environment.path)
    with pytest.raises(
        installers.InstallError, match=r"Not installed: openvino\. VoCo does without"
    ):
        installer.install(also=installer.proposed())
    assert installer.missing() == []


def test_a_folder_of_wheels_is_enough_and_can_be_completed(environment, wheels) -> None:
    next(wheels.glob("typing_extensions-*")).unlink()  # which huggingface_hub needs
    installer = installers.Installer(REQUIREMENTS, environment, environment.path)
    with pytest.raises(installers.InstallError, match=r"exit code 1.*what the folder lacks"):
        installer.install(wheels)
    others = ["einops", "nibabel", "safetensors", "huggingface_hub", "psutil"]
    assert names(installer) == [*others, "pydicom", "matplotlib"]
    make_wheel(wheels, "typing_extensions", "4.12.0")
    installer.install(wheels)
    assert installer.missing() == []
    for call in environment.calls:
        assert call[:3] == ["--no-index", "--find-links", str(wheels)]


def spoil_empty(wheels: Path) -> None:
    for wheel in wheels.iterdir():
        wheel.unlink()


def spoil_deeper(wheels: Path) -> None:
    (wheels / "wheels").mkdir()
    for wheel in list(wheels.glob("*.whl")):
        wheel.rename(wheels / "wheels" / wheel.name)


def spoil_absent(wheels: Path) -> None:
    next(wheels.glob("torch-*")).unlink()


def spoil_old(wheels: Path) -> None:
    next(wheels.glob("pydicom-*")).rename(wheels / "pydicom-2.4.4-py3-none-any.whl")


def spoil_foreign(wheels: Path) -> None:
    next(wheels.glob("torch-*")).rename(wheels / "torch-2.9.0-cp27-cp27m-win32.whl")


def spoil_truncated(wheels: Path) -> None:
    wheel = next(wheels.glob("numpy-*"))
    wheel.write_bytes(wheel.read_bytes()[:-30])


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (spoil_empty, r"roues à installer holds no wheels \(files that end in \.whl\)"),
        (spoil_deeper, r"holds no wheels itself: choose .*wheels\. Nothing was installed"),
        (spoil_absent, r"Not in .*roues à installer: torch>=2\.6\."),
        (spoil_old, r"Not in .*roues à installer: pydicom>=3\."),
        (spoil_foreign, r"For another Python or system than .*: torch-2\.9\.0-cp27-cp27m-win32"),
        (spoil_truncated, r"Damaged or not copied to the end: numpy-2\.0\.0-py3-none-any\.whl"),
    ],
)
def test_what_a_folder_lacks_is_said_before_anything_is_installed(
    environment, wheels, spoil, said
) -> None:
    spoil(wheels)
    installer = installers.Installer(REQUIREMENTS, environment, environment.path)
    with pytest.raises(installers.InstallError, match=said):
        installer.install(wheels)
    assert environment.calls == []


def test_a_package_that_lost_a_file_is_installed_again(environment) -> None:
    environment.unpack_all()
    installer = installers.Installer(REQUIREMENTS, environment, environment.path)
    assert installer.damaged() == []
    lost = next(Path(environment.path[0]).glob("torch-*/WHEEL"))
    short = next(Path(environment.path[0]).glob("einops-*/METADATA"))
    lost.unlink()
    short.write_text(short.read_text(encoding="utf-8")[:-1], encoding="utf-8")
    damaged = installer.damaged()
    assert [package.name for package in damaged] == ["torch", "einops"]
    assert installer.missing() == []
    installer.repair(damaged)
    assert lost.is_file() and installer.damaged() == [] and installer.missing() == []


def test_without_the_choice_of_a_build_torch_is_a_package(environment) -> None:
    environment.unpack_all("torch-")
    environment.installTorch = None  # is not asked
    installers.Installer(REQUIREMENTS, environment, environment.path).install(plain=True)
    assert environment.versions()["torch"] == "2.9.0"


def test_an_older_torch_gets_the_monai_that_fits(environment, wheels) -> None:
    make_wheel(wheels, "torch", "2.6.0")
    environment.unpack("torch-2.6.0")
    installers.Installer(REQUIREMENTS, environment, environment.path).install()
    versions = environment.versions()
    assert (versions["torch"], versions["monai"]) == ("2.6.0", "1.5.2")


def test_a_replaced_torch_is_noticed(environment, wheels) -> None:
    class Careless(PipEnvironment):
        def install(self, requirements: Sequence[str], *_: Any) -> None:
            self.pip(["--no-index", "--find-links", str(wheels), *requirements, "torch==3.0.0"])

    make_wheel(wheels, "torch", "3.0.0")
    for name in ("torch-2.9.0", "monai-1.6.1"):
        environment.unpack(name)
    next(wheels.glob("einops-0.9.0*")).unlink()
    environment.__class__ = Careless
    installer = installers.Installer(REQUIREMENTS, environment, environment.path)
    with pytest.raises(installers.InstallError, match=r"torch 2\.9\.0 was replaced by 3\.0"):
        installer.install()


def test_a_torch_that_is_too_old_is_left_alone(environment, wheels) -> None:
    make_wheel(wheels, "torch", "2.1.0")
    environment.unpack("torch-2.1.0")
    installer = installers.Installer(REQUIREMENTS, environment, environment.path)
    with pytest.raises(installers.InstallError, match=r"PyTorch 2\.1\.0 .*too old"):
        installer.install()
    assert environment.versions() == {"torch": "2.1.0"}


def test_a_full_disk_is_noticed_before(environment, monkeypatch) -> None:
    monkeypatch.setattr(installers, "downloadSize", lambda packages: 10**9)
    installer = installers.Installer(REQUIREMENTS, environment, environment.path)
    with pytest.raises(installers.InstallError, match="MB are needed in"):
        installer.install()
    assert environment.calls == []


def test_commands_for_a_folder_name_every_package() -> None:
    packages = installers.readRequirements(REQUIREMENTS)
    first, second = installers.folderCommands(packages).splitlines()
    assert '--no-deps "monai>=1.5.1"' in first
    for package in packages:
        assert f'"{package.requirement}"' in first + second


def test_requirements_are_those_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    for package in installers.readRequirements(REQUIREMENTS):
        optional = project["optional-dependencies"]["openvino"]
        assert package.requirement in (optional if package.optional else project["dependencies"])
        key = re.sub("[-_.]+", "-", package.name)
        pins = re.findall(rf"^{key}==([^;\s]+)", constraints, re.MULTILINE)
        assert pins and all(map(Requirement(package.requirement).specifier.contains, pins))


def test_the_worker_needs_no_other_package(tmp_path: Path) -> None:
    """It segments where only these packages, what they need, and what Slicer brings are."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    required = {Requirement(item).name for item in project["dependencies"]}
    needed = {p.name for p in installers.readRequirements(REQUIREMENTS) if not p.optional}
    absent = sorted((required | {"openvino"}) - needed - BROUGHT_BY_SLICER)
    assert "typer" in absent
    code = f"""
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {absent}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Missing())
from VoCoLib.processes.own_process import declare_own
declare_own()  # as the worker does
import VoCoLib.worker.process
from VoCoLib.images.phantom import make_phantom
from VoCoLib.worker.requests import Requests
import numpy as np
phantom = make_phantom(7, (6.0, 6.0, 6.0), (276.0, 240.0, 72.0))
np.save("image.npy", phantom.image)
request = dict(request="segment", model="demo-torso", image="image.npy", labels="labels.npy")
request["affine"] = phantom.affine.tolist()
Requests().run(request, lambda event: print(event["event"]), lambda: False)
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert result.stdout.split()[-1] == "result"


@pytest.mark.parametrize(
    ("requirements", "alone", "main", "first"),
    [
        (["einops"], ["monai"], ["einops"], ["monai"]),
        (["einops"], [], ["einops"], None),
        ([], ["monai"], ["--no-deps", "monai"], None),  # pip wants something to install
    ],
)
def test_slicers_packaging_is_asked(host, requirements, alone, main, first, monkeypatch) -> None:
    import slicer
    from VoCoSegmentationLib.installation.installFlow import SlicerEnvironment

    calls: list[tuple[Any, ...]] = []

    def pip_install(  # with the arguments of Slicer 5.12
        requirements, constraints=None, no_deps_requirements=None, requester=None
    ) -> None:
        calls.append((requirements, constraints, no_deps_requirements))

    packaging = types.ModuleType("slicer.packaging")
    packaging.pip_install = pip_install
    monkeypatch.setitem(sys.modules, "slicer.packaging", packaging)
    monkeypatch.setattr(slicer, "packaging", packaging, raising=False)
    limits, options = Path("constraints.txt"), ["--no-index"]
    SlicerEnvironment().install(requirements, alone, limits, options)
    wanted = None if first is None else [*options, *first]
    assert calls == [([*options, *main], limits, wanted)]
