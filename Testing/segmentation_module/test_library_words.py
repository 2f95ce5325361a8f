"""What VoCoLib says is known again in the panel, and said in the language of the application."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import translations
from places import ROOT, TESTING

from VoCoLib.errors import InputError, VoCoError
from VoCoLib.images.volumes import read_volume

pytest.importorskip("slicer_scene", exc_type=ImportError)

from VoCoSegmentationLib import libraryWords
from VoCoSegmentationLib.libraryWords import Template, spoken, templates
from VoCoSegmentationLib.panelWords import inPanel

GERMAN = ROOT / "Translations" / "VoCo_de.ts"
# What the panel shows in German: a text of a .ui file, one of its code, and an error of VoCoLib.
SHOWN = """
import pathlib, sys
sys.path[:0] = sys.argv[1:3]
from host.session import Host
from PySide6.QtCore import QTranslator
host = Host()
with host.test():
    translator = QTranslator()
    assert translator.load(sys.argv[3])
    host.app.installTranslator(translator)
    panel = host.open(pathlib.Path(sys.argv[1]) / "VoCoSegmentation" / "VoCoSegmentation.py")
    from VoCoSegmentationLib.panelWords import inPanel
    shown = [panel.ui.allVolumesButton.text, panel.ui.statusLabel.text]
    print(*shown, inPanel("b.nii does not exist. Check the path."), sep="|")
"""


@pytest.fixture
def german(monkeypatch: pytest.MonkeyPatch) -> None:
    """The German of VoCoLib's sentences, as Qt would find it."""
    known = translations.read(GERMAN)

    def translate(context: str, text: str) -> str:
        return known[context, text]

    monkeypatch.setattr(libraryWords, "translate", translate)


def samples(template: Template) -> list[str]:
    """Something for each field, and for some what sentences are made of."""
    values = ("CT of Dr. Zoë/a b.nii.gz", "-1.5", "x", "[Errno 2] No such thing: '{y}'", "7 of 9")
    return [
        values[number % len(values)] for number in range(len(libraryWords._fieldsIn(template.text)))
    ]


def test_without_a_translation_nothing_changes() -> None:
    assert len(templates()) > 500
    for template in templates():
        text = template.text.format(*samples(template))
        assert libraryWords.translated(text) == spoken(text) == text


def test_every_sentence_is_known_again() -> None:
    """The first that fits is the sentence itself, so that it gets its own translation."""
    for template in templates():
        values = [f"<{number}>" for number in range(len(samples(template)))]
        text = template.text.format(*values)
        fitting = next(other for other in templates() if other.fieldsOf(text) is not None)
        assert fitting is template, f"{fitting.text} takes {template.text}"
        assert "".join(fitting.fieldsOf(text) or ()) == "".join(values)  # {0}{1} part anywhere


@pytest.mark.usefixtures("german")
def test_what_the_library_raises_is_german(tmp_path: Path) -> None:
    def raised(function: Callable[[], object]) -> str:
        with pytest.raises(VoCoError) as caught:
            function()
        assert spoken(caught.value.message) != caught.value.message
        return inPanel(str(caught.value))

    absent = tmp_path / "Dr. Müller" / "ct.nii.gz"
    assert raised(lambda: read_volume(absent)).startswith(f"{absent} gibt es nicht. Prüfen Sie")
    packed = tmp_path / "ct.nrrd"
    packed.write_bytes(b"BZh91AY&SY")
    text = raised(lambda: read_volume(packed))
    assert text == "ct.nrrd ist mit bzip2 gepackt. Entpacken Sie die Datei zuerst."
    damaged = tmp_path / "ct.nii"
    damaged.write_bytes(b"no image")
    assert "kein Bild der Art" in raised(lambda: read_volume(damaged))


@pytest.mark.usefixtures("german")
def test_sentences_within_lines() -> None:
    assert spoken("a.nii: b.nii is empty (0 bytes).") == "a.nii: b.nii ist leer (0 Byte)."
    error = InputError("No voxel of x is blue", "Check the path.")
    assert inPanel(str(error)) == "No voxel of x is blue. Prüfen Sie den Pfad."
    reason = "m.pt (bare) does not fit: it takes 3 input channels, not 1 (2 of 5 tensors matched)."
    assert spoken(reason).endswith("es hat 3 Eingangskanäle, nicht 1 (2 von 5 Tensoren passen).")
    assert (
        inPanel("Name it.\n\nRename one.") == "Geben Sie ihm einen Namen.\nBenennen Sie eines um."
    )


def test_many_unknown_sentences_are_not_put_together_in_all_ways(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of 60 in a line that would take seconds, in which Slicer stands still."""
    asked: list[str] = []
    known = libraryWords.translated
    monkeypatch.setattr(libraryWords, "translated", lambda s: asked.append(s) or known(s))
    line = " ".join(f"Sentence number {i} of somebody else." for i in range(60))
    assert spoken(line) == line
    words = [len(sentence.split()) for sentence in asked]
    # 6 of each sentence; up to 5 sentences together, each time also without the last full stop
    assert max(words) == 5 * 6 and sum(words) <= 60 * 6 * (1 + 2 + 3 + 4 + 5) * 2


def test_a_translation_without_its_fields_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libraryWords, "translate", lambda context, text: text.replace("{0}", "{9}"))
    assert spoken("b.nii is empty (0 bytes).") == "b.nii is empty (0 bytes)."


def test_the_panel_speaks_german(tmp_path: Path) -> None:
    """In a process of its own: others have bound the translator of English by now."""
    pytest.importorskip("PySide6.QtWidgets")
    lrelease = shutil.which("pyside6-lrelease", path=str(Path(sys.executable).parent))
    if lrelease is None:
        pytest.skip("PySide6's lrelease is not here")
    file = tmp_path / "VoCo_de.qm"
    subprocess.run([lrelease, GERMAN, "-qm", file], check=True, capture_output=True, timeout=60)
    command = [sys.executable, "-c", SHOWN, str(ROOT), str(TESTING), str(file)]
    ran = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=60)
    assert ran.returncode == 0, ran.stderr
    button, status, error = ran.stdout.strip().splitlines()[-1].split("|")
    assert button == "Alle CT dieser Szene segmentieren"
    assert status == "Wählen Sie ein CT-Volumen."
    assert error == "b.nii gibt es nicht. Prüfen Sie den Pfad."
