"""What slicer.util and the scene code ask of Slicer's application, where there is no desktop."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import slicer

from VoCoView.mrml import Mrml


class Application:
    """slicer.app, and of its layout manager what is asked.

    A process has one: slicer.mrmlScene and the factories of displayable managers are global.

    Args:
        folder: private, for temporary files.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._mrml = Mrml(folder)
        slicer.app = self

    @property
    def scene(self) -> Any:
        """The only scene of the process."""
        return self._mrml.scene

    def applicationLogic(self) -> Any:
        """Slicer's, with selection and interaction nodes."""
        return self._mrml.application_logic

    def layoutManager(self) -> Application:
        """Of which slicer.util only asks for the slice logics."""
        return self

    def mrmlSliceLogics(self) -> Any:
        """Of all slice views."""
        return self._mrml.application_logic.GetSliceLogics()
