"""A CT is sent to a server from the panel, after the user has agreed to it once."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import slicer
import slicer_scene
from places import ROOT
from PySide6 import QtWidgets

from VoCoLib.images.phantom import make_phantom
from VoCoLib.processes.environment import child_environment

MODULE = ROOT / "VoCoSegmentation" / "VoCoSegmentation.py"
TOKEN = "a token of these tests"


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Of `voco serve`, in a process of its own."""
    pytest.importorskip("aiohttp", reason="aiohttp is not installed")
    token = tmp_path / "token"
    token.write_text(TOKEN, encoding="utf-8")
    server = subprocess.Popen(
        [sys.executable, "-m", "VoCoLib", "serve", "--port", "0", "--token-file", token],
        env=child_environment(os.environ),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    yield re.findall(r"http://\S+", server.stdout.readline())[0]
    server.kill()
    server.communicate()


def test_a_ct_is_segmented_on_a_server(host: Any, address: str) -> None:
    import qt

    phantom = make_phantom(7, (6.0, 6.0, 6.0))
    host.load(MODULE)
    volume = slicer_scene.add_volume(slicer.mrmlScene, phantom.image, phantom.affine)
    slicer.util.setSliceViewerLayers(background=volume)
    panel = host.open(MODULE)
    ui = panel.ui
    host.choose(ui.modelComboBox, "Demonstration: synthetic torso")
    ui.advancedCollapsibleButton.collapsed = False

    def enter(dialog: Any) -> None:
        for name, text in (("address", address), ("token", TOKEN)):
            dialog.findChild(QtWidgets.QLineEdit, f"{name}LineEdit").text = text
        dialog.accept()

    host.dialogs.expect("voco serve", enter)
    host.dialogs.expect("leave this computer", qt.QMessageBox.Ok)
    host.click(ui.serverButton)
    host.wait_until(lambda: "127.0.0.1" in ui.deviceComboBox.currentText, 60)
    assert ui.estimateLabel.text == "The CT is sent to 127.0.0.1."
    host.click(ui.applyButton)
    host.wait_until(lambda: "structures found" in ui.statusLabel.text, 120)
    assert "on 127.0.0.1." in ui.statusLabel.text
    from VoCoSegmentationLib.sections.session import closeSession

    closeSession()
