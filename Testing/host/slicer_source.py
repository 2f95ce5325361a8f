"""Takes Slicer's own Python files from a source tree in place of the host's stand-ins."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Any

import slicer
from PySide6 import QtWidgets

VARIABLE = "SLICER_SOURCE_DIR"
# Slicer's files compare types with these; nothing here can be made.
NAMES_ONLY = {
    "ctk": [
        *("ctkCheckBox", "ctkCheckablePushButton", "ctkColorPickerButton", "ctkComboBox"),
        *("ctkDirectoryButton", "ctkDoubleRangeSlider", "ctkDoubleSlider", "ctkDoubleSpinBox"),
        *("ctkRangeWidget",),
    ],
    "slicer": ["qMRMLRangeWidget", "qMRMLSliderWidget", "qMRMLSpinBox"],
}


def available() -> bool:
    """Whether the environment names a source tree of Slicer."""
    return bool(os.environ.get(VARIABLE))


def install() -> None:
    """Makes ScriptedLoadableModule, i18n, parameterNodeWrapper and packaging Slicer's own."""
    folder = Path(os.environ[VARIABLE]) / "Base" / "Python" / "slicer"
    if not (folder / "ScriptedLoadableModule.py").is_file():
        raise FileNotFoundError(f"{VARIABLE} names no Slicer source tree: {folder} is missing")
    for module, names in NAMES_ONLY.items():
        for name in names:
            if name not in vars(sys.modules[module]):
                setattr(sys.modules[module], name, _name_only(name))
    slicer.__path__.append(str(folder))
    for name in ("i18n", "ScriptedLoadableModule", "parameterNodeWrapper", "packaging"):
        sys.modules.pop(f"slicer.{name}", None)  # another test file's stand-in
        setattr(slicer, name, importlib.import_module(f"slicer.{name}"))


def _name_only(name: str) -> type:
    def refuse(*_: Any) -> None:
        raise NotImplementedError(f"the host has {name} only as a name for comparisons of types")

    return type(name, (QtWidgets.QWidget,), {"__init__": refuse})
