"""The files for translators have every sentence that a user reads in Slicer, and German has all."""

from __future__ import annotations

import ast
import os
import re
import shutil
import string
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
import translations
from places import ROOT

GERMAN = ROOT / "Translations" / "VoCo_de.ts"
MODULE_FILES = sorted(path for name in translations.MODULES for path in (ROOT / name).rglob("*.py"))
HANDLED = {"_", "translate", *translations.PROGRAMMERS}
# What is compared, not said.
NOT_SAID = {"Install the Python packages again; the log says which one is missing or broken."}


@cache
def collected() -> list[translations.Message]:
    """All that is to be translated."""
    return translations.collect()


def fields(text: str) -> list[tuple[str, str]]:
    """The fields of a text, each with its format."""
    parsed = string.Formatter().parse(text)
    return sorted((name, form or "") for _, name, form, _ in parsed if name is not None)


def test_the_files_are_current() -> None:
    """Mended with python Testing/translations.py, and with the new translations."""
    for path, text in translations.renewed().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name} is out of date"


def test_every_kind_of_text_is_collected() -> None:
    messages = collected()
    for message in (
        ("VoCoSegmentation", "VoCo Segmentation"),  # the module's file
        ("presenters.segmentation", "Ready."),  # a file in a package
        ("PositionSection", "Place point"),  # a .ui file
        ("VoCoLib", "{0} does not exist."),  # an f-string
        ("VoCoLib", "Check the path for typing errors."),  # a hint
        ("VoCoLib", "the disk is full"),  # a reason in a field
        ("VoCoLib", "Not for clinical use."),  # the catalogue
    ):
        assert message in messages
    sources = {source for _, source in messages}
    assert not sources & {"vtkMRMLScalarVolumeNode", "inputVolume"}  # notr="true"


def test_german_is_complete() -> None:
    known = translations.read(GERMAN)
    assert [message for message in collected() if message not in known] == []


def test_translations_have_the_fields_of_their_sources() -> None:
    for (_, source), translation in translations.read(GERMAN).items():
        assert fields(translation) == fields(source), source
        assert re.findall(r"^\s|\s$|\n", translation) == re.findall(r"^\s|\s$|\n", source), source


def test_qt_compiles_the_translation(tmp_path: Path) -> None:
    lrelease = shutil.which("pyside6-lrelease", path=str(Path(sys.executable).parent))
    if lrelease is None:
        pytest.skip("PySide6's lrelease is not here")
    command = [lrelease, str(GERMAN), "-qm", str(tmp_path / "VoCo_de.qm")]
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}  # without UTF-8 Qt complains, too
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)
    count = len(collected())
    assert ran.returncode == 0 and not ran.stderr, ran.stderr
    assert f"{count} translation(s) ({count} finished and 0 unfinished)" in ran.stdout
    assert "arning" not in ran.stdout


@pytest.mark.parametrize("path", MODULE_FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_says_nothing_untranslated(path: Path) -> None:
    """Each literal that is a sentence is in _() or is a docstring, but for those of self-tests."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    other: set[ast.AST] = set()
    for node in ast.walk(tree):
        name = node.func if isinstance(node, ast.Call) else None
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            other.add(node.value)
        elif isinstance(node, ast.ClassDef):
            other.update(ast.walk(node) if node.name.endswith("Test") else ())
        elif isinstance(name, ast.Name) and name.id in HANDLED:
            other.update(ast.walk(node))
    said = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in other
    ]
    sentences = [text for text in said if re.search(r"[A-Za-z]{2} .*[.!?…]$", text)]
    assert set(sentences) <= NOT_SAID
