"""Asks before Python packages are installed in Slicer, and goes on after a restart."""

from __future__ import annotations

import importlib
import importlib.util
import shutil
import subprocess
from collections.abc import Callable, Sequence
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
from VoCoSegmentationLib.installation.shownOutput import shownOutput

REQUESTER = "VoCo Segmentation"
UNFINISHED = "VoCoSegmentation/InstallationUnfinished"  # a key of the settings
AFTER_RESTART = "VoCoSegmentation/InstallAfterRestart"  # another: names of optional packages
OLDEST = (5, 12)  # Slicer that VoCo was made for
MESSAGE_MS = 3000
_installing = False


class SlicerEnvironment:
    """Slicer's own Python; see installer.Environment."""

    def installTorch(self, requirement: str) -> None:
        """Lets the PyTorch extension choose the build for this computer's graphics card."""
        try:
            from PyTorchUtils import PyTorchUtilsLogic
        except ImportError as error:
            raise ExtensionMissingError(_("The extension PyTorch is not loaded.")) from error
        try:
            with shownOutput(_("Installing PyTorch. This takes some minutes.")):
                torch = PyTorchUtilsLogic().installTorch(torchVersionRequirement=requirement)
        except subprocess.CalledProcessError:
            raise
        except Exception as error:  # it also imports torch, which may fail in many ways
            raise _torchError(error) from error
        if torch is None:
            raise InstallError(_("PyTorch was not installed."))

    def uninstall(self, names: Sequence[str]) -> None:
        """Removes packages."""
        from slicer import packaging

        remove = getattr(packaging, "pip_uninstall", None) or slicer.util.pip_uninstall
        remove([*names])

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


def isInstalling() -> bool:
    """Whether packages are being installed: events of the application go on meanwhile."""
    return _installing


def ensureInstalled(installer: Installer) -> bool:
    """Installs what is missing if the user agrees.

    Returns:
        whether everything is there now.
    """
    missing = installer.missing()
    if not missing or slicer.app.testingEnabled():
        return not missing
    if _isBusy() or _isTooOld():
        return False
    agreed, folder, also = (_goOn if hasAgreed() else _ask)(missing, installer.proposed())
    if not agreed:
        qt.QSettings().remove(UNFINISHED)
        return False
    _run(
        lambda: installer.install(folder, also),
        lambda: installer.install(None, also, plain=True),
        also,
    )
    return not installer.missing()


def repair(installer: Installer) -> bool:
    """Installs damaged packages again if the user agrees; whether that was done."""
    if _isBusy() or _isTooOld():
        return False
    damaged = installer.damaged() or installer.packages
    if not slicer.util.confirmOkCancelDisplay(_repairPlan(damaged), _("Repair Python packages")):
        return False
    _run(lambda: installer.repair(damaged), lambda: installer.install(plain=True))
    return not installer.missing()


def isUnfinished() -> bool:
    """Whether an installation was interrupted: by a restart, or because Slicer was ended."""
    return bool(slicer.util.settingsValue(UNFINISHED, False, slicer.util.toBool))


def hasAgreed() -> bool:
    """Whether the user has agreed to an installation that Slicer was restarted for."""
    return bool(qt.QSettings().contains(AFTER_RESTART))


def _isBusy() -> bool:
    if _installing:
        slicer.util.showStatusMessage(_("Python packages are being installed."), MESSAGE_MS)
    return _installing


def _isTooOld() -> bool:
    """Says that this Slicer cannot be used, before anything is installed in it."""
    isOld = (slicer.app.majorVersion, slicer.app.minorVersion) < OLDEST
    if isOld:
        text = _("VoCo needs Slicer {needed} or newer; this is Slicer {this}.")
        needed = ".".join(map(str, OLDEST))
        slicer.util.errorDisplay(text.format(needed=needed, this=slicer.app.applicationVersion))
    return isOld


def _run(
    install: Callable[[], None], installPlain: Callable[[], None], also: Sequence[Package] = ()
) -> None:
    """Installs, one at a time, and says what went wrong."""
    global _installing
    _installing, isRestarting = True, False
    qt.QSettings().setValue(UNFINISHED, True)  # until it has come to an end
    try:
        isRestarting = _withTorch(install, installPlain)
    except InstallError as error:
        slicer.util.errorDisplay(str(error))
    finally:
        _installing = False
        if isRestarting:
            qt.QSettings().setValue(AFTER_RESTART, " ".join(package.name for package in also))
        else:
            qt.QSettings().remove(UNFINISHED)


def _withTorch(install: Callable[[], None], installPlain: Callable[[], None]) -> bool:
    """Installs, if need be without the PyTorch extension; whether Slicer restarts instead."""
    try:
        install()
    except ExtensionMissingError:
        wish = _askForExtension()
        if wish == "extension":
            return _installExtension()
        if wish == "plain":
            installPlain()
    return False


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


def _goOn(
    _missing: Sequence[Package], proposed: Sequence[Package]
) -> tuple[bool, Path | None, Sequence[Package]]:
    """What was answered before the restart, once: after another one it is asked again."""
    names = slicer.util.settingsValue(AFTER_RESTART, "").split()
    qt.QSettings().remove(AFTER_RESTART)
    return True, None, [package for package in proposed if package.name in names]


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


def _repairPlan(damaged: Sequence[Package]) -> str:
    rows = "\n".join(
        _("{name}: is removed and fetched again, about {size}").format(
            name=package.name, size=texts.size(downloadSize([package]) * 1e6)
        )
        for package in damaged
    )
    return _(
        "The Python packages of VoCo are there, but cannot be loaded. Install them again?\n\n{rows}"
        "\n\nOther extensions that use them, too, work again afterwards. Slicer cannot be used "
        "meanwhile."
    ).format(rows=rows)


def _askForExtension() -> str:
    """Says why the PyTorch extension is wanted; returns "extension", "plain" or nothing."""
    box = qt.QMessageBox(slicer.util.mainWindow())
    box.windowTitle = _("Install PyTorch")
    box.text = _(
        "The extension PyTorch, which chooses the build of PyTorch for this computer's graphics "
        "card, is not loaded in this Slicer.\n\nInstall it and restart Slicer (data that is not "
        "saved will be lost; afterwards the installation goes on by itself), or install PyTorch as "
        "pypi.org has it, which may not fit the graphics card?"
    )
    extension = None
    if hasattr(slicer.app, "extensionsManagerModel"):
        extension = box.addButton(_("Install extension and restart"), qt.QMessageBox.AcceptRole)
    plain = box.addButton(_("Install without it"), qt.QMessageBox.ActionRole)
    box.addButton(qt.QMessageBox.Cancel)
    box.exec_()
    clicked = box.clickedButton()
    box.deleteLater()
    if extension is not None and clicked == extension:
        return "extension"
    return "plain" if clicked == plain else ""


def _installExtension() -> bool:
    """Installs the PyTorch extension; whether Slicer restarts."""
    model = slicer.app.extensionsManagerModel()
    if not model.isExtensionInstalled("PyTorch"):
        return _installFromServer(model)
    slicer.util.restart()  # it was installed in this session, or is switched off
    return True


def _torchError(error: Exception) -> InstallError:
    """Why PyTorch cannot be used after its installer has ended."""
    importlib.invalidate_caches()
    if importlib.util.find_spec("torch") is None:
        return InstallError(
            _("The installer of PyTorch ended without PyTorch: {error}.").format(error=error),
            _("The Python console shows why: usually no connection, or a proxy."),
        )
    return InstallError(
        _("PyTorch cannot be used: {error}.").format(error=error),
        _("Uninstall it in the module PyTorch, restart Slicer, then try again."),
    )


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
