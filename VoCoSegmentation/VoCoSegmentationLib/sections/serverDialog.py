"""Asks for the address and the token of a server that segments."""

from __future__ import annotations

import qt
import slicer
from slicer.i18n import tr as _

from VoCoLib.server.protocol import PORT
from VoCoLib.server.remote import Server


def askForServer(known: Server | None) -> Server | None:
    """Lets the user enter a server; an empty address for none, None if that was declined."""
    dialog = qt.QDialog(slicer.util.mainWindow())
    dialog.windowTitle = _("Server")
    text = qt.QLabel(
        _("A computer on which `voco serve` runs can segment in place of this one. Ask its owner:")
    )
    text.wordWrap = True
    form = qt.QFormLayout()
    edits = {}
    rows = {
        "address": (_("Address:"), f"https://server.example:{PORT}"),
        "token": (_("Token:"), ""),
        "certificate": (_("Certificate:"), _("PEM file; only if it is not a public one")),
    }
    for name, (title, hint) in rows.items():
        edits[name] = edit = qt.QLineEdit(getattr(known, name) if known is not None else "")
        edit.objectName, edit.placeholderText = f"{name}LineEdit", hint
        edit.minimumWidth = 260
        form.addRow(title, edit)
    edits["token"].echoMode = qt.QLineEdit.Password
    buttons = qt.QDialogButtonBox()
    buttons.setStandardButtons(qt.QDialogButtonBox.Ok | qt.QDialogButtonBox.Cancel)
    buttons.connect("accepted()", dialog.accept)
    buttons.connect("rejected()", dialog.reject)
    layout = qt.QVBoxLayout(dialog)
    layout.addWidget(text)
    layout.addLayout(form)
    layout.addWidget(buttons)
    accepted = dialog.exec_() == qt.QDialog.Accepted
    given = {name: edit.text.strip() for name, edit in edits.items()}
    dialog.deleteLater()
    return Server(**given) if accepted else None
