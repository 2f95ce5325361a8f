"""The browser front end: Slicer's scene and views, and the panels' presenters, on a page of trame.

door lets users in and gives each a session, a process of its own. Nothing here is imported by
anything else but `voco view`.
"""

import sys
import types
from pathlib import Path
from typing import Any


def _find_modules() -> None:
    """Finds the Slicer side in a source checkout; installed, it lies beside this package."""
    for name in ("VoCoSegmentation", "VoCoPretrain"):
        folder = Path(__file__).resolve().parents[1] / name
        if folder.is_dir() and str(folder) not in sys.path:
            sys.path.append(str(folder))


def _speak_english() -> None:
    """Gives slicer-core the module of translations that only Slicer's desktop has."""
    if "slicer.i18n" not in sys.modules:
        i18n: Any = types.ModuleType("slicer.i18n")
        i18n.tr = lambda text: text
        i18n.translate = lambda context, text: text
        sys.modules["slicer.i18n"] = i18n


_find_modules()
_speak_english()
