"""Dialogs that more than one section opens."""

from __future__ import annotations

from pathlib import Path

import qt
import slicer
from slicer.i18n import tr as _


def askForWeights(title: str) -> Path | None:
    """Lets the user choose a file of weights; None if that was cancelled."""
    path = qt.QFileDialog.getOpenFileName(
        slicer.util.mainWindow(),
        title,
        "",
        _("Weights (*.safetensors *.pt *.pth *.ckpt);;All files (*)"),
    )
    return Path(path) if path else None
