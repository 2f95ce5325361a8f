"""Shows what an installer prints, while it keeps Slicer from anything else."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

LONGEST = 70  # characters of a line


@contextlib.contextmanager
def shownOutput(text: str) -> Iterator[None]:
    """A dialog over the main window with a text and, below it, the last line that was printed."""
    dialog = qt.QProgressDialog(slicer.util.mainWindow())
    dialog.windowTitle = _("Install Python packages")
    dialog.labelText = text
    dialog.setCancelButton(None)
    dialog.setRange(0, 0)  # for how long is unknown
    dialog.minimumDuration = 0
    dialog.windowModality = qt.Qt.ApplicationModal
    dialog.show()
    slicer.app.processEvents()
    try:
        with contextlib.redirect_stdout(_Shown(dialog, text)):
            yield
    finally:
        dialog.close()
        dialog.deleteLater()


class _Shown(io.TextIOBase):
    """Prints as before, and shows the last line."""

    def __init__(self, dialog: Any, text: str) -> None:
        super().__init__()
        self._dialog, self._text, self._before = dialog, text, sys.stdout

    def write(self, printed: str) -> int:
        self._before.write(printed)
        if printed.strip():
            line = printed.strip().splitlines()[-1][:LONGEST]
            self._dialog.labelText = f"{self._text}\n\n{line}"
            slicer.app.processEvents()
        return len(printed)

    def flush(self) -> None:
        self._before.flush()
