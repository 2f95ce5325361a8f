"""Asks what a file of weights holds, because a checkpoint of others does not say it."""

from __future__ import annotations

from pathlib import Path

import qt
import slicer
from slicer.i18n import tr as _

from VoCoLib.models.catalogue import Catalogue
from VoCoLib.models.descriptions import Model
from VoCoLib.models.own_models import free_title
from VoCoSegmentationLib.presenters import modelList as models


def askWhatIsIn(path: Path, catalogue: Catalogue, selected: Model | None) -> dict[str, str] | None:
    """Lets the user say which weights path holds.

    Args:
        path: the file; only its name is looked at.
        catalogue: the models that it may belong to.
        selected: the model that the panel shows, the first guess.

    Returns:
        {"model": id} for a published model; else "title", and {"like": id} for weights of the same
        structures as that model; None if the user cancelled.
    """
    choices = _choices(catalogue)
    dialog = qt.QDialog(slicer.util.mainWindow())
    dialog.windowTitle = _("Import weights")
    label = qt.QLabel(_("What does {name} hold?").format(name=path.name))
    combo = qt.QComboBox()
    combo.addItems([text for text, _target in choices])
    combo.currentIndex = _guess(path, [target for _text, target in choices], selected)
    nameLabel = qt.QLabel(_("Name in the list:"))
    name = qt.QLineEdit(free_title(path.stem, [model.title for model in catalogue.models()]))
    name.objectName = "nameLineEdit"
    nameLabel.setBuddy(name)

    def isPublished() -> bool:
        return "model" in choices[combo.currentIndex][1]

    def showName(_index: int = 0) -> None:
        name.enabled = not isPublished()  # which has its own

    combo.connect("currentIndexChanged(int)", showName)
    showName()
    buttons = qt.QDialogButtonBox()
    buttons.setStandardButtons(qt.QDialogButtonBox.Ok | qt.QDialogButtonBox.Cancel)
    buttons.connect("accepted()", dialog.accept)
    buttons.connect("rejected()", dialog.reject)
    layout = qt.QVBoxLayout(dialog)
    for widget in (label, combo, nameLabel, name, buttons):
        layout.addWidget(widget)
    accepted = dialog.exec_() == qt.QDialog.Accepted
    target = dict(choices[combo.currentIndex][1])
    if not isPublished() and name.text.strip():
        target["title"] = name.text.strip()
    dialog.deleteLater()
    return target if accepted else None


def _choices(catalogue: Catalogue) -> list[tuple[str, dict[str, str]]]:
    offered = models.offered(catalogue)
    absent = [model for model in offered if catalogue.state(model) == "not downloaded"]
    choices = [(_("Weights written by VoCo, which say what they segment"), dict[str, str]())]
    choices += [
        (_("The published weights of {title}").format(title=model.title), {"model": model.id})
        for model in absent
    ]
    choices += [
        (
            _("Own weights, same network and structures as {title}").format(title=model.title),
            {"like": model.id},
        )
        for model in offered
    ]
    return choices


def _guess(path: Path, targets: list[dict[str, str]], selected: Model | None) -> int:
    """Index of the likely target."""
    if path.suffix.lower() != ".safetensors":
        for number, target in enumerate(targets):
            if target.get("model", "").lower() == path.stem.lower():
                return number
        if selected is not None and {"model": selected.id} in targets:
            return targets.index({"model": selected.id})
    return 0
