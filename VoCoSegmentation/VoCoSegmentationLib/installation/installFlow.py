"""Asks before Python packages are installed in Slicer, and goes on after a restart."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from VoCoSegmentationLib import texts
from VoCoSegmentationLib.installation.installer import (
    ExtensionMissingError,
    Installer,
    InstallError,
    Package,
    downloadSize,
    folderCommands,
    installFolder,
)

REQUESTER = "VoCo Segmentation"
UNFINISHED = "VoCoSegmentation/InstallationUnfinished"  # a key of the settings


class SlicerEnvironment:
    """Slicer's own Python; see installer.Environment."""

    def installTorch(self, requirement: str) -> None:
        """Lets the PyTorch extension choose the build for this computer's graphics card."""
        try:
            from PyTorchUtils import PyTorchUtilsLogic
        except ImportError as error:
            raise ExtensionMissingError(
                _("The extension PyTorch is not installed."),
                _("Install it with the Extensions Manager and restart Slicer."),
            ) from error
        slicer.app.setOverrideCursor(qt.Qt.WaitCursor)  # nothing else shows that it works
        try:
            torch = PyTorchUtilsLogic().installTorch(torchVersionRequirement=requirement)
        except subprocess.CalledProcessError:
            raise
        except Exception as error:  # it also imports torch, which may fail in many ways
            raise InstallError(
                _("PyTorch cannot be used: {error}.").format(error=error),
                _("The module PyTorch can uninstall it. Restart Slicer, then try again."),
            ) from error
        finally:
            slicer.app.restoreOverrideCursor()
        if torch is None:
            raise InstallError(_("PyTorch was not installed."))

    def install(
        self,
        requirements: Sequence[str],
        alone: Sequence[str] = (),
        constraints: Path | None = None,
        options: Sequence[str] = (),
    ) -> None:
        """Installs packages, with Slicer's progress dialog."""
        from slicer import packaging

        # pip wants something to install: with nothing but packages alone, these are it
        main = [*requirements] or ["--no-deps", *alone]
        packaging.pip_install(
            [*options, *main],
            constraints=constraints,
            no_deps_requirements=[*options, *alone] if requirements and alone else None,
            requester=REQUESTER,
        )


def ensureInstalled(installer: Installer) -> bool:
    """Installs what is missing if the user agrees.

    Returns:
        whether everything is there now.
    """
    missing = installer.missing()
    if not missing or slicer.app.testingEnabled():
        return not missing
    agreed, folder, also = _ask(missing, installer.proposed())
    if not agreed:
        return False
    qt.QSettings().setValue(UNFINISHED, True)  # the PyTorch extension may need a restart
    restarting = False
    try:
        installer.install(folder, also)
    except ExtensionMissingError as error:
        restarting = _installExtension(error)
    except InstallError as error:
        slicer.util.errorDisplay(str(error))
    finally:
        if not restarting:
            qt.QSettings().remove(UNFINISHED)
    return not installer.missing()


def takeUnfinished() -> bool:
    """Whether an installation was interrupted by a restart; says so once."""
    unfinished = isUnfinished()
    qt.QSettings().remove(UNFINISHED)
    return unfinished


def isUnfinished() -> bool:
    """Whether an installation was interrupted by a restart."""
    return bool(slicer.util.settingsValue(UNFINISHED, False, slicer.util.toBool))


def _ask(
    missing: Sequence[Package], proposed: Sequence[Package]
) -> tuple[bool, Path | None, Sequence[Package]]:
    """Says what is missing, and what would be good to have.

    Returns:
        whether to install it, the folder to take it from, and what of proposed is wanted.
    """
    box = qt.QMessageBox(slicer.util.mainWindow())
    box.windowTitle = _("Install Python packages")
    box.text = _plan(missing)
    box.detailedText = _folderHelp([*missing, *proposed])
    wanted = _proposal(proposed)
    if proposed:
        box.setCheckBox(wanted)
    install = box.addButton(_("Install"), qt.QMessageBox.AcceptRole)
    fromFolder = box.addButton(_("Install from folder…"), qt.QMessageBox.ActionRole)
    box.addButton(qt.QMessageBox.Cancel)
    box.setDefaultButton(install)
    box.exec_()
    clicked = box.clickedButton()
    also = proposed if wanted.checked else ()
    box.deleteLater()
    if clicked != fromFolder:
        return clicked == install, None, also
    title = _("Folder of wheels")
    folder = qt.QFileDialog.getExistingDirectory(slicer.util.mainWindow(), title)
    return bool(folder), Path(folder), also


def _proposal(proposed: Sequence[Package]) -> qt.QCheckBox:
    """Whether optional packages are wanted: at first, where there is no graphics card."""
    text = _(
        "Also {names}, about {size}: large models about 1.7 times as fast without a graphics card"
    ).format(
        names=", ".join(package.name for package in proposed),
        size=texts.size(downloadSize(proposed) * 1e6),
    )
    wanted = qt.QCheckBox(text)
    wanted.checked = bool(proposed) and shutil.which("nvidia-smi") is None
    return wanted


def _plan(missing: Sequence[Package]) -> str:
    rows = "\n".join(
        _("{name}: about {size}").format(
            name=package.name, size=texts.size(downloadSize([package]) * 1e6)
        )
        for package in missing
    )
    gpu = shutil.which("nvidia-smi") is not None
    return _(
        "VoCo needs Python packages that this Slicer does not have.\n\n{rows}\n\n"
        "They are downloaded from pypi.org and pytorch.org, PyTorch {device}, to\n{folder}\n\n"
        "Slicer cannot be used meanwhile, for some minutes. PyTorch and NumPy that are there "
        "already stay as they are."
    ).format(
        rows=rows,
        device=_("for the NVIDIA graphics card") if gpu else _("for the processor alone"),
        folder=installFolder(),
    )


def _folderHelp(missing: Sequence[Package]) -> str:
    return _(
        "Without internet: on another computer with the same operating system run\n\n{commands}\n\n"
        "copy the folder wheels to this computer, and choose 'Install from folder'."
    ).format(commands=folderCommands(missing))


def _installExtension(error: ExtensionMissingError) -> bool:
    """Offers to install the PyTorch extension and to restart, after which VoCo goes on.

    Returns:
        whether Slicer restarts.
    """
    if not hasattr(slicer.app, "extensionsManagerModel"):
        slicer.util.errorDisplay(str(error))
        return False
    question = _(
        "PyTorch is installed by the extension PyTorch, which is not loaded.\n\n"
        "Install it and restart Slicer now? Data that is not saved will be lost. "
        "After the restart VoCo goes on."
    )
    if not slicer.util.confirmYesNoDisplay(question):
        return False
    model = slicer.app.extensionsManagerModel()
    if not model.isExtensionInstalled("PyTorch"):
        return _installFromServer(model)
    slicer.util.restart()  # it was installed in this session, or is switched off
    return True


def _installFromServer(model: Any) -> bool:
    """Installs the PyTorch extension and begins to restart Slicer; False if that failed."""
    wasInteractive, model.interactive = model.interactive, False  # the user has just been asked
    installed = model.installExtensionFromServer("PyTorch", True)
    model.interactive = wasInteractive
    if installed:
        return True
    slicer.util.errorDisplay(
        _("The extension PyTorch could not be installed. Install it with the Extensions Manager.")
    )
    return False
