"""Finds out which Python packages Slicer lacks, and installs them without harm to torch."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Protocol

from slicer.i18n import tr as _

from VoCoLib.errors import VoCoError
from VoCoSegmentationLib.installation.wheelFolder import problemOf

MB_WITH_GPU = 3000  # of PyTorch
KEPT = ("torch", "numpy")  # others, Slicer itself among them, rely on the versions that are there


class InstallError(VoCoError):
    """Packages are missing or could not be installed."""

    code = "not_installed"


class ExtensionMissingError(InstallError):
    """The PyTorch extension, which installs torch, is not there."""


@dataclass(frozen=True)
class Package:
    """A line of the requirements file.

    Attributes:
        requirement: as pip takes it, e.g. "monai>=1.5.1".
        megabytes: to download, roughly.
        optional: VoCo does without it, more slowly.
    """

    requirement: str
    megabytes: int
    optional: bool = False

    @property
    def name(self) -> str:
        """The package's name alone."""
        return re.split(r"[<>=!~\[; ]", self.requirement)[0]


class Environment(Protocol):
    """How packages come into a Python."""

    def installTorch(self, requirement: str) -> None:
        """Installs torch in the build that suits this computer."""

    def uninstall(self, names: Sequence[str]) -> None:
        """Removes packages; raises CalledProcessError."""

    def install(
        self,
        requirements: Sequence[str],
        alone: Sequence[str] = (),
        constraints: Path | None = None,
        options: Sequence[str] = (),
    ) -> None:
        """Installs packages.

        Args:
            requirements: with what they need.
            alone: before these, without what they need.
            constraints: a file of versions to stay within.
            options: of pip, for both.

        Raises:
            CalledProcessError: pip failed.
        """


class Installer:
    """Installs what the requirements file names.

    Args:
        requirementsFile: one package a line, with the MB of its download as a comment.
        environment: does it.
        path: folders in which packages are looked for; sys.path if None.
    """

    def __init__(
        self, requirementsFile: Path, environment: Environment, path: Sequence[str] | None = None
    ) -> None:
        self._packages = readRequirements(requirementsFile)
        self._environment = environment
        self._path = path

    @property
    def packages(self) -> list[Package]:
        """All that is needed."""
        return [package for package in self._packages if not package.optional]

    def missing(self) -> list[Package]:
        """Needed packages that are not there or too old; imports none of them."""
        return [package for package in self._absent() if not package.optional]

    def proposed(self) -> list[Package]:
        """Optional packages that are not there or too old."""
        return [package for package in self._absent() if package.optional]

    def damaged(self) -> list[Package]:
        """Packages of which a file is not there, or has another size than when it was installed."""
        return [package for package in self._packages if self._isDamaged(package.name)]

    def repair(self, packages: Sequence[Package]) -> None:
        """Removes packages and installs them again.

        Raises:
            InstallError: it could not be done; the message says why.
        """
        try:
            self._environment.uninstall([package.name for package in packages])
        except subprocess.CalledProcessError as error:
            raise InstallError(
                _("The damaged packages could not be removed (exit code {code}).").format(
                    code=error.returncode
                ),
                _("Restart Slicer, which may use them, and try again."),
            ) from error
        self.install(also=[package for package in packages if package.optional])

    def install(
        self, folder: Path | None = None, also: Sequence[Package] = (), plain: bool = False
    ) -> None:
        """Installs what is missing and checks that the versions of KEPT are what they were.

        Args:
            folder: of wheels, on a computer without internet; None downloads.
            also: optional packages that are wanted, too.
            plain: torch as pip finds it, without the choice of a build.

        Raises:
            InstallError: it could not be done; the message says why.
        """
        if folder is not None:
            problem = problemOf(
                folder, [package.requirement for package in [*self.missing(), *also]]
            )
            if problem:
                raise InstallError(problem, _("Nothing was installed."))
        torch = self._version("torch")
        if torch is not None and any(package.name == "torch" for package in self.missing()):
            raise InstallError(
                _("PyTorch {version} is installed, which is too old.").format(version=torch),
                _("Uninstall it in the module PyTorch, restart Slicer, and try again."),
            )
        self._checkSpace(also)
        try:
            if torch is None:
                self._installTorch(folder, plain)
            self._installRest(folder)
        except subprocess.CalledProcessError as error:
            why = _("The Python console shows why. Check the connection, or install from a folder.")
            if folder is not None:
                why = _("The Python console shows what the folder lacks.")
            code = _("pip ended with exit code {code}.").format(code=error.returncode)
            raise InstallError(code, why) from error
        names = ", ".join(package.name for package in self.missing())
        if names:
            raise InstallError(_("Not installed: {names}.").format(names=names))
        if also:
            self._installOptional(also, folder)

    def _installTorch(self, folder: Path | None, plain: bool) -> None:
        (torch,) = (package for package in self._packages if package.name == "torch")
        if plain:
            self._environment.install([torch.requirement])
        elif folder is None:
            self._environment.installTorch(torch.requirement.removeprefix("torch"))
        else:
            self._environment.install([torch.requirement], options=_fromFolder(folder))

    def _absent(self) -> list[Package]:
        importlib.invalidate_caches()
        return [package for package in self._packages if not self._satisfied(package)]

    def _installOptional(self, packages: Sequence[Package], folder: Path | None) -> None:
        """Installs packages without what they need: of OpenVINO, that would report its use."""
        options = [] if folder is None else _fromFolder(folder)
        try:
            self._environment.install([], [p.requirement for p in packages], options=options)
        except subprocess.CalledProcessError as error:
            names = ", ".join(package.name for package in packages)
            raise InstallError(
                _("Not installed: {names}.").format(names=names), _("VoCo does without, slower.")
            ) from error

    def _installRest(self, folder: Path | None) -> None:
        before = {name: version for name in KEPT if (version := self._version(name))}
        missing = [package.requirement for package in self.missing()]
        monai = [item for item in missing if item.startswith("monai")]
        rest = [item for item in missing if item not in monai and not item.startswith("torch")]
        # its dependencies would bring another torch
        alone = [item + self._monaiLimit() for item in monai]
        options = [] if folder is None else _fromFolder(folder)
        with tempfile.TemporaryDirectory() as temporary:
            constraints = Path(temporary) / "constraints.txt"
            lines = [f"{name}=={version}\n" for name, version in before.items()]
            constraints.write_text("".join(lines), encoding="utf-8")
            if alone or rest:
                self._environment.install(rest, alone, constraints, options)
        for name, version in before.items():
            if self._version(name) != version:
                raise InstallError(
                    _("{name} {before} was replaced by {after}.").format(
                        name=name, before=version, after=self._version(name)
                    ),
                    _("Uninstall PyTorch in the module PyTorch, restart Slicer, and try again."),
                )

    def _monaiLimit(self) -> str:
        """MONAI 1.6 asks for torch 2.8; with an older one its predecessor is taken."""
        return "" if _fulfils(self._version("torch"), "torch>=2.8") else ",<1.6"

    def _checkSpace(self, also: Sequence[Package]) -> None:
        needed = 3 * downloadSize([*self.missing(), *also])  # what was downloaded, and it unpacked
        free = shutil.disk_usage(installFolder()).free // 10**6
        if free < needed:
            raise InstallError(
                _("About {needed} MB are needed in {folder}, and {free} MB are free.").format(
                    needed=needed, folder=installFolder(), free=free
                ),
                _("Free some space on that disk."),
            )

    def _satisfied(self, package: Package) -> bool:
        return _fulfils(self._version(package.name), package.requirement)

    def _version(self, name: str) -> str | None:
        found = self._distribution(name)
        return None if found is None else found.version

    def _distribution(self, name: str) -> Distribution | None:
        path = sys.path if self._path is None else list(self._path)
        return next(iter(distributions(name=name, path=path)), None)

    def _isDamaged(self, name: str) -> bool:
        found = self._distribution(name)
        for file in (found.files if found is not None else None) or ():
            if file.suffix == ".pyc" or file.size is None:  # made anew, or not written down
                continue
            try:
                if os.stat(file.locate()).st_size != file.size:
                    return True
            except OSError:
                return True
        return False


def readRequirements(path: Path) -> list[Package]:
    """The packages of a requirements file: # MB of the download, perhaps # optional."""
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = [line.split("#") for line in lines if line and not line.startswith("#")]
    return [
        Package(requirement.strip(), int(megabytes), bool(optional))
        for requirement, megabytes, *optional in rows
    ]


def downloadSize(packages: Sequence[Package]) -> int:
    """MB to download, roughly."""
    hasGpu = shutil.which("nvidia-smi") is not None
    return sum(MB_WITH_GPU if p.name == "torch" and hasGpu else p.megabytes for p in packages)


def installFolder() -> Path:
    """Where Python packages are installed."""
    return Path(sysconfig.get_path("purelib"))


def folderCommands(packages: Sequence[Package]) -> str:
    """Commands that fill a folder with wheels, for a terminal of a computer with internet."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    pip = f"python{version} -m pip download --dest wheels"
    alone = [p.requirement for p in packages if p.optional or p.name == "monai"]
    rest = [p.requirement for p in packages if p.requirement not in alone]
    lines = ((f"{pip} --no-deps", alone), (pip, rest))
    quoted = ((command, [f'"{item}"' for item in items]) for command, items in lines if items)
    return "\n".join(" ".join([command, *items]) for command, items in quoted)


def _fromFolder(folder: Path) -> list[str]:
    return ["--no-index", "--find-links", str(folder)]


def _fulfils(version: str | None, requirement: str) -> bool:
    from packaging.requirements import Requirement

    return version is not None and Requirement(requirement).specifier.contains(
        version, prereleases=True
    )
