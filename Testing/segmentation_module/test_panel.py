"""The real panel, clicked: real worker, real network, real nodes; see host/README.md."""

from __future__ import annotations

import contextlib
import gc
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
import threading
import time
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from host.sample_data import stand_in
from hub import CONTENT, Hub
from new_slicer import NOT_IN_SLICER
from pip_environment import PipEnvironment
from places import ROOT, SHARED, TESTING
from quick_model import (
    QUICK,
    QUICK_ID,
    add_quick_model,
    end_session,
    make_part,
    without_own_models,
)

from VoCoLib.images.phantom import Phantom, make_phantom
from VoCoLib.locations import RESOURCES
from VoCoLib.models.catalogue import Catalogue

slicer_scene = pytest.importorskip("slicer_scene", exc_type=ImportError)
slicer = pytest.importorskip("slicer")
QtGui = pytest.importorskip("PySide6.QtGui")
QtWidgets = pytest.importorskip("PySide6.QtWidgets")

MODULE = ROOT / "VoCoSegmentation" / "VoCoSegmentation.py"
OTHER_MODULE = ROOT / "VoCoPretrain" / "VoCoPretrain.py"
EXAMPLE_CT = SHARED / "data" / "ct_samples" / "example_ct.nii.gz"
DEMO = Catalogue().get("demo-torso")
TORSO = "Demonstration: synthetic torso"


@pytest.fixture(scope="module")
def phantom() -> Phantom:
    """A part of the torso that is one window of the quick model."""
    return make_part()


@pytest.fixture(scope="module")
def abdomen() -> Phantom:
    """The whole cross-section of that part: its region is recognised."""
    return make_phantom(7, (6.0, 6.0, 6.0), (276.0, 240.0, 72.0))


@pytest.fixture(scope="module", autouse=True)
def session(_host: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One warm worker for all tests, a folder of models of its own, and a hub on this machine."""
    end_session()
    hub = Hub(CONTENT)
    thread = threading.Thread(target=hub.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
            patch.delenv(name)
        patch.setenv("VOCO_HOME", str(tmp_path_factory.mktemp("modèles de Zoë")))
        patch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{hub.server_port}")
        add_quick_model()
        yield
        end_session()
    hub.shutdown()
    thread.join()
    hub.server_close()
    assert not children()


def children() -> list[psutil.Process]:
    """Workers of this process."""
    found = []
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # a zombie is one of them
            if "VoCoLib.worker.process" in child.cmdline():
                found.append(child)
    return found


def open_panel(host: Any, model: str = QUICK) -> Any:
    panel = host.open(MODULE)
    host.choose(panel.ui.modelComboBox, model)
    return panel


def add_volume(host: Any, phantom: Phantom, name: str = "CT") -> Any:
    node = slicer_scene.add_volume(host.scene, phantom.image, phantom.affine)
    node.SetName(name)
    host.settle()
    return node


def is_idle(ui: Any) -> Callable[[], bool]:
    return lambda: ui.applyButton.text == "Apply"


def is_segmenting(ui: Any) -> Callable[[], bool]:
    return lambda: "segmenting" in ui.statusLabel.text and ui.progressBar.value < 1000


def apply(host: Any, ui: Any) -> None:
    host.click(ui.applyButton)
    host.wait_until(is_idle(ui), 60)


def use_extension(monkeypatch: pytest.MonkeyPatch, environment: Any, logic: type) -> None:
    """Lets torch be installed with a PyTorch extension that has this logic."""
    from VoCoSegmentationLib.installation.installFlow import SlicerEnvironment

    extension = types.ModuleType("PyTorchUtils")
    extension.PyTorchUtilsLogic = logic
    monkeypatch.setitem(sys.modules, "PyTorchUtils", extension)
    environment.installTorch = SlicerEnvironment().installTorch


def segmentations(host: Any) -> list[Any]:
    return list(slicer.util.getNodesByClass("vtkMRMLSegmentationNode", host.scene))


# a real CT ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["phantom", pytest.param("patient", marks=pytest.mark.long)])
def test_a_ct_is_segmented_while_slicer_stays_usable(host, what) -> None:
    patient = what == "patient" and EXAMPLE_CT.is_file()
    ui = open_panel(host, TORSO if patient else QUICK).ui
    if patient:
        volume = slicer.util.loadVolume(str(EXAMPLE_CT))
    else:  # six small windows
        volume = add_volume(host, make_phantom(7, (2.0, 2.0, 2.0), (276.0, 240.0, 216.0)))
    host.settle()
    host.choose(ui.inputSelector, volume.GetName())
    host.wait_until(lambda: ui.estimateLabel.text, 60)  # the worker has started meanwhile
    assert "free memory, on the processor" in ui.estimateLabel.text
    host.click(ui.advancedCollapsibleButton)
    host.click(ui.uncertaintyCheckBox)
    progress: list[int] = []
    ui.progressBar.connect("valueChanged(int)", progress.append)
    with host.measure_blocking() as blocking:
        apply(host, ui)
    assert blocking.longest_ms < 100, blocking.where
    assert len(set(progress)) > 4
    assert "of 13 structures found" in ui.statusLabel.text
    node = ui.outputSelector.currentNode()
    check_result(node, volume)
    doubt = node.GetNodeReference("VoCoUncertainty")
    assert 0 < slicer.util.arrayFromVolume(doubt).max() <= 100
    host.click(ui.show3DButton)
    assert node.GetSegmentation().ContainsRepresentation("Closed surface")
    host.click(ui.statisticsButton)
    shown = slicer.app.applicationLogic().GetSelectionNode().GetActiveTableID()
    assert shown == node.GetNodeReferenceID("VoCoStatistics")

    # a second run, cancelled
    host.choose(ui.outputSelector, "Create new segmentation")
    before = host.scene.GetNumberOfNodes()
    host.click(ui.applyButton)
    host.wait_until(is_segmenting(ui), 30)
    start = time.monotonic()
    host.click(ui.applyButton)
    assert "cancelling" in ui.statusLabel.text
    host.wait_until(is_idle(ui), 1)
    assert time.monotonic() - start < 1
    assert "Cancelled" in ui.statusLabel.text
    assert ui.applyButton.enabled
    assert host.scene.GetNumberOfNodes() == before
    host.wait_until(lambda: not children(), 1)


def check_result(node: Any, volume: Any) -> None:
    labels = {label.name: label for label in DEMO.recipe.labels}
    segments = slicer_scene.segments_of(node)
    assert segments
    for segment in segments:
        label = labels[segment.name]
        assert np.allclose(segment.color, np.array(label.color) / 255)
        entry = slicer_scene.parse_terminology(segment.terminology)
        assert entry.GetTypeObject().GetCodeValue() == label.type.value
        directions = slicer.util.arrayFromVTKMatrix(volume_matrix(volume))[:3, :3]
        assert np.allclose(segment.affine[:3, :3], directions)
    role = slicer.vtkMRMLSegmentationNode.GetReferenceImageGeometryReferenceRole()
    assert node.GetNodeReferenceID(role) == volume.GetID()
    table = node.GetNodeReference("VoCoStatistics")
    assert [table.GetCellText(row, 0) for row in range(table.GetNumberOfRows())] == list(labels)


def volume_matrix(volume: Any) -> Any:
    import vtk

    matrix = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    return matrix


def test_keys_apply_and_cancel(host, phantom) -> None:
    """Each key is told as Qt does once the panel has the focus, which a test cannot rely on."""
    ui = open_panel(host, TORSO).ui
    add_volume(host, phantom)
    shortcuts = ui.VoCoSegmentation.findChildren(QtGui.QShortcut)
    keys = {shortcut.key.toString(): shortcut for shortcut in shortcuts}
    assert set(keys) == {"Ctrl+Return", "Esc", "P"}
    keys["Ctrl+Return"].activated.emit()
    assert ui.applyButton.text == "Cancel"
    keys["Ctrl+Return"].activated.emit()  # not what Cancel is for
    assert ui.applyButton.text == "Cancel"
    keys["Esc"].activated.emit()
    host.wait_until(is_idle(ui), 10)
    assert "cancelled" in ui.statusLabel.text.lower()
    assert not segmentations(host)


# inputs -------------------------------------------------------------------------------------------


def test_apply_says_what_it_waits_for(host, abdomen) -> None:
    ui = host.open(MODULE).ui
    assert ui.modelComboBox.currentIndex == -1  # it depends on the CT
    assert not ui.applyButton.enabled
    assert ui.statusLabel.text == ui.applyButton.toolTip == "Choose a CT volume."
    colours = np.zeros((5, 5, 5, 3), np.uint8)
    node = slicer_scene.add_volume(host.scene, colours)
    host.settle()
    host.choose(ui.inputSelector, node.GetName())
    assert "more than one value per voxel" in ui.statusLabel.text
    host.scene.RemoveNode(node)
    add_volume(host, abdomen)
    host.wait_until(lambda: ui.modelComboBox.currentIndex >= 0, 10)
    assert ui.modelComboBox.currentText == "VoComni B (chest, abdomen; not downloaded)"
    text = "Ready. Apply will download the model first (about 291 MB, once)."
    assert ui.statusLabel.text == text
    assert ui.applyButton.enabled


def test_structures_are_searched_and_ticked(host, phantom) -> None:
    panel = open_panel(host)
    ui = panel.ui
    add_volume(host, phantom)
    host.click(ui.structuresCollapsibleButton)
    host.click(ui.noStructuresButton)
    assert ui.statusLabel.text == "Choose at least one structure."
    assert not ui.applyButton.enabled
    host.type_text(ui.structuresSearchBox, "kidn")
    shown = [item for item in items(ui) if not item.isHidden()]
    assert [item.text() for item in shown] == ["Right kidney", "Left kidney"]
    host.click(ui.allStructuresButton)
    host.type_text(ui.structuresSearchBox, "")
    host.click_item(ui.structuresListWidget, "Liver")
    assert ui.structuresCollapsibleButton.text == "Structures (3 of 13)"
    chosen = ["Right kidney", "Left kidney", "Liver"]
    assert list(panel._parameterNode.structures) == chosen
    apply(host, ui)
    found = {segment.name for segment in slicer_scene.segments_of(segmentations(host)[0])}
    assert "Liver" in found <= set(chosen)


def items(ui: Any) -> list[Any]:
    return [ui.structuresListWidget.item(row) for row in range(ui.structuresListWidget.count)]


def test_another_volume_gets_a_segmentation_of_its_own(host, phantom) -> None:
    ui = open_panel(host).ui
    add_volume(host, phantom, "first")
    apply(host, ui)
    result = ui.outputSelector.currentNode()
    assert result.GetName() == "first segmentation"
    add_volume(host, phantom, "second")
    host.choose(ui.inputSelector, "second")
    assert ui.outputSelector.currentNode() is None
    assert ui.statusLabel.text == "Ready."


def test_apply_brings_its_ct_into_the_views(host, phantom) -> None:
    """Else its organs would be drawn over another patient."""
    host.show_views()
    ui = open_panel(host).ui
    first, second = (add_volume(host, phantom, name) for name in ("first", "second"))
    other = slicer_scene.add_volume(host.scene, phantom.image, phantom.affine)
    slicer.util.setSliceViewerLayers(background=second, foreground=other, foregroundOpacity=0.5)
    host.choose(ui.inputSelector, "first")
    host.choose(ui.modelComboBox, QUICK)
    assert backgrounds(host) == {second.GetID()}  # choosing alone does not
    host.click(ui.applyButton)
    assert backgrounds(host) == {first.GetID()}
    composites = slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode")
    assert not any(composite.GetForegroundVolumeID() for composite in composites)
    assert "The slice views show first now." in ui.statusLabel.text
    slicer.util.setSliceViewerLayers(background=second)  # by the user, while it is segmented
    host.wait_until(is_idle(ui), 60)
    assert backgrounds(host) == {first.GetID()}
    assert "The slice views show first now." in ui.statusLabel.text
    slicer.util.setSliceViewerLayers(background=None)
    apply(host, ui)
    assert backgrounds(host) == {first.GetID()}
    slicer.util.setSliceViewerLayers(background=second, foreground=first, foregroundOpacity=0.5)
    apply(host, ui)
    assert backgrounds(host) == {second.GetID()}  # it is seen already
    host.choose(ui.inputSelector, "second")
    assert "first" not in ui.statusLabel.text


def backgrounds(host: Any) -> set[str]:
    """What the slice views show."""
    nodes = slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode", host.scene)
    return {node.GetBackgroundVolumeID() for node in nodes}


def test_results_are_shown_with_their_ct(host, phantom) -> None:
    """Of another patient they would lie over this one."""
    ui = open_panel(host).ui
    first = add_volume(host, phantom, "first")
    apply(host, ui)
    result = ui.outputSelector.currentNode()
    drawn = host.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "drawn by a person")
    drawn.CreateDefaultDisplayNodes()
    drawn.SetReferenceImageGeometryParameterFromVolumeNode(first)
    add_volume(host, phantom, "second")
    host.choose(ui.inputSelector, "second")
    assert not result.GetDisplayNode().GetVisibility()
    assert drawn.GetDisplayNode().GetVisibility()  # not ours
    host.choose(ui.inputSelector, "first")
    assert result.GetDisplayNode().GetVisibility()
    result.GetDisplayNode().SetVisibility(False)  # by the user: stays so
    host.choose(ui.inputSelector, "second")
    host.choose(ui.inputSelector, "first")
    assert not result.GetDisplayNode().GetVisibility()


def test_the_worker_gives_its_memory_back(host, phantom) -> None:
    ui = open_panel(host).ui
    from VoCoSegmentationLib.sections import session

    add_volume(host, phantom)
    session.sharedQueue()
    client, idle = session._session._client, session._session._idle
    assert idle.interval == session.IDLE_MS
    idle.setInterval(100)
    apply(host, ui)
    host.wait_until(lambda: not client.alive, 10)
    idle.setInterval(session.IDLE_MS)
    apply(host, ui)  # starts another one
    assert client.alive


def test_an_output_removed_meanwhile_is_replaced(host, phantom) -> None:
    ui = open_panel(host, TORSO).ui
    add_volume(host, phantom)
    apply(host, ui)
    host.click(ui.applyButton)
    host.wait_until(is_segmenting(ui), 60)
    host.scene.RemoveNode(ui.outputSelector.currentNode())
    host.wait_until(is_idle(ui), 60)
    (node,) = segmentations(host)
    assert ui.outputSelector.currentNode() is node


def test_the_volume_that_is_shown_is_chosen(host, phantom) -> None:
    host.show_views()
    add_volume(host, phantom, "first")
    shown = add_volume(host, phantom, "second")
    slicer.util.setSliceViewerLayers(background=shown)
    assert host.open(MODULE).ui.inputSelector.currentNode() is shown


def test_region_device_and_frames_are_used(host, phantom) -> None:
    ui = open_panel(host).ui
    sequence = host.scene.AddNewNodeByClass("vtkMRMLSequenceNode", "4D CT")
    for time_ in ("0", "1"):
        frame = slicer_scene.add_volume(host.scene, phantom.image, phantom.affine)
        assert not ui.allFramesCheckBox.isVisible()
        sequence.SetDataNodeAtValue(frame, time_)
        host.scene.RemoveNode(frame)
    browser = host.scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", "Browser")
    browser.SetAndObserveMasterSequenceNodeID(sequence.GetID())
    region = host.scene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "right side")
    region.SetCenter(70, 0, 0)
    region.SetSize(120, 200, 60)
    host.settle()
    host.choose(ui.inputSelector, browser.GetProxyNode(sequence).GetName())
    host.choose(ui.modelComboBox, QUICK)
    host.click(ui.allFramesCheckBox)
    host.click(ui.advancedCollapsibleButton)
    host.choose(ui.regionSelector, "right side")
    host.choose(ui.deviceComboBox, ui.deviceComboBox.itemText(1))
    apply(host, ui)
    (node,) = segmentations(host)
    assert browser.GetSequenceNode(node).GetNumberOfDataNodes() == 2
    names = {segment.name for segment in slicer_scene.segments_of(node)}
    assert "Liver" in names and "Spleen" not in names
    assert panel_parameters().device == "cpu"


def panel_parameters() -> Any:
    return slicer.modules.VoCoSegmentationWidget.logic.getParameterNode()


# while it runs ------------------------------------------------------------------------------------


def test_a_second_volume_is_queued(host, phantom) -> None:
    ui = open_panel(host).ui
    for name in ("first", "second", "third"):
        add_volume(host, phantom, name)
    host.choose(ui.inputSelector, "first")
    assert not ui.queueButton.isVisible()
    host.click(ui.applyButton)
    for name in ("second", "third"):
        host.choose(ui.inputSelector, name)
        host.click(ui.queueButton)
    waiting = ui.waitingListWidget
    assert [waiting.item(row).text() for row in range(waiting.count)] == [
        "second: waiting",
        "third: waiting",
    ]
    waiting.setCurrentRow(1)
    host.click(ui.removeWaitingButton)
    assert waiting.count == 1
    host.wait_until(is_idle(ui), 60)
    assert [n.GetName() for n in segmentations(host)] == [
        "first segmentation",
        "second segmentation",
    ]
    assert not waiting.isVisible()


def test_the_user_may_go_to_another_module(host, phantom) -> None:
    panel = open_panel(host)
    add_volume(host, phantom)
    host.click(panel.ui.applyButton)
    host.open(OTHER_MODULE)
    host.wait_until(lambda: segmentations(host), 60)
    assert host.open(MODULE) is panel
    assert panel.ui.outputSelector.currentNode() is segmentations(host)[0]
    assert "structures found" in panel.ui.statusLabel.text


def test_closing_the_scene_cancels(host, phantom) -> None:
    ui = open_panel(host, TORSO).ui
    add_volume(host, phantom)
    host.click(ui.applyButton)
    host.wait_until(is_segmenting(ui), 60)
    host.scene.Clear(0)
    host.wait_until(is_idle(ui), 5)
    assert ui.statusLabel.text == "Choose a CT volume."  # in this scene nobody asked for it
    assert "The scene was closed." in ui.logTextEdit.toPlainText()
    assert "Choose a CT volume." in ui.statusLabel.text
    assert not ui.applyButton.enabled
    assert not segmentations(host)
    add_volume(host, phantom)
    host.choose(ui.modelComboBox, TORSO)
    apply(host, ui)
    assert len(segmentations(host)) == 1


def test_removing_the_volume_cancels(host, phantom) -> None:
    ui = open_panel(host, TORSO).ui
    node = add_volume(host, phantom)
    host.click(ui.applyButton)
    host.wait_until(is_segmenting(ui), 60)
    host.scene.RemoveNode(node)
    host.wait_until(is_idle(ui), 5)
    assert "CT was removed." in ui.statusLabel.text
    assert not segmentations(host)


def test_closing_slicer_asks_what_may_be_lost(host, phantom, monkeypatch) -> None:
    import qt
    from VoCoSegmentationLib.presenters import closing

    ui = open_panel(host, TORSO).ui
    add_volume(host, phantom)
    assert host.window.close() and not host.dialogs.shown  # nothing is lost
    host.window.show()
    monkeypatch.setattr(closing, "goingOn", [lambda: ["Studie Müller"]])
    host.click(ui.applyButton)
    host.dialogs.expect("what it works on will be lost: CT.", qt.QMessageBox.Cancel)
    assert not host.window.close() and host.window.isVisible()
    assert ui.applyButton.text == "Cancel"
    assert "A training goes on without Slicer: Studie Müller." in host.dialogs.shown[-1].text
    host.dialogs.expect("will be lost", qt.QMessageBox.Ok)
    assert host.window.close()
    host.window.show()
    host.click(ui.applyButton)
    host.wait_until(is_idle(ui), 10)


def test_a_killed_worker_is_explained_and_replaced(host, phantom) -> None:
    ui = open_panel(host, TORSO).ui
    add_volume(host, phantom)
    host.click(ui.applyButton)
    host.wait_until(is_segmenting(ui), 60)
    for child in children():
        child.kill()
    host.wait_until(is_idle(ui), 10)
    assert "CT failed: " in ui.statusLabel.text
    assert "was ended from outside" in ui.statusLabel.text
    apply(host, ui)
    assert "structures found" in ui.statusLabel.text
    assert "was ended from outside" in ui.logTextEdit.toPlainText()
    host.click(ui.logCollapsibleButton)
    host.click(ui.copyLogButton)
    assert "Slicer" in slicer.app.clipboard().text()
    assert "was ended from outside" in slicer.app.clipboard().text()


def test_a_removed_volume_is_freed(host, phantom) -> None:
    ui = open_panel(host).ui
    freed: list[str] = []
    node = add_volume(host, phantom)
    node.AddObserver("DeleteEvent", lambda *_: freed.append("CT"))
    apply(host, ui)
    assert "structures found" in ui.statusLabel.text
    host.scene.RemoveNode(node)
    del node
    gc.collect()
    assert freed


def test_a_developer_reloads_the_module(host, phantom) -> None:
    panel = open_panel(host, TORSO)
    add_volume(host, phantom)
    host.click(panel.ui.applyButton)
    host.wait_until(is_segmenting(panel.ui), 60)
    panel.onReload()
    host.settle()
    new = slicer.modules.VoCoSegmentationWidget
    assert new is not panel and type(new._panel) is not type(panel._panel)
    host.wait_until(lambda: not children(), 5)
    assert not segmentations(host)
    host.wait_until(lambda: new.ui.estimateLabel.text, 60)
    apply(host, new.ui)
    assert len(segmentations(host)) == 1


# models -------------------------------------------------------------------------------------------


def test_a_download_asks_about_the_licence_once(host, phantom) -> None:
    import qt

    ui = open_panel(host, "VoComni B (chest, abdomen; not downloaded)").ui
    assert "20 structures" in ui.modelInfoLabel.text
    host.dialogs.expect("Licence: unverified.", qt.QMessageBox.Cancel)
    host.click(ui.downloadModelButton)
    assert ui.modelComboBox.currentText == "VoComni B (chest, abdomen; not downloaded)"
    host.dialogs.expect("Licence: unverified.", qt.QMessageBox.Ok)
    host.click(ui.downloadModelButton)
    host.wait_until(
        lambda: is_idle(ui)() and ui.modelComboBox.currentText == "VoComni B (chest, abdomen)", 60
    )
    assert "downloaded" in ui.modelInfoLabel.text
    assert not ui.downloadModelButton.isVisible()
    remove(host, ui, "VoComni B")
    assert ui.modelComboBox.currentText == "VoComni B (chest, abdomen; not downloaded)"
    add_volume(host, phantom)
    host.dialogs.expect("Download VoComni B", qt.QMessageBox.Ok)
    apply(host, ui)  # downloads first
    assert "Licence" not in host.dialogs.shown[-1].text
    assert "CT failed: " in ui.statusLabel.text  # the hub's file holds no weights
    assert "VoComni_B.pt" in ui.statusLabel.text
    remove(host, ui, "VoComni B")


def test_a_download_for_apply_goes_on_while_the_user_is_elsewhere(host, phantom) -> None:
    import qt

    ui = open_panel(host, "VoComni B (chest, abdomen; not downloaded)").ui
    add_volume(host, phantom, "Wanted")
    host.dialogs.expect("Download VoComni B", qt.QMessageBox.Ok)
    host.click(ui.applyButton)
    host.open(OTHER_MODULE)
    # the hub's file holds no weights
    host.wait_until(lambda: "Wanted: failed" in ui.logTextEdit.toPlainText(), 60)
    host.open(MODULE)
    remove(host, ui, "VoComni B")


def test_a_download_for_a_volume_that_was_removed_meanwhile_ends_there(host, phantom) -> None:
    import qt

    ui = open_panel(host, "VoComni B (chest, abdomen; not downloaded)").ui
    node = add_volume(host, phantom, "Removed")
    host.dialogs.expect("Download VoComni B", qt.QMessageBox.Ok)
    host.click(ui.applyButton)
    host.scene.RemoveNode(node)
    host.wait_until(lambda: is_idle(ui)() and "done." in ui.statusLabel.text, 60)
    assert "Removed" not in ui.logTextEdit.toPlainText()
    remove(host, ui, "VoComni B")


def test_a_broken_list_of_own_models_is_named(host, phantom, tmp_path) -> None:
    """And takes no other model away: all goes on."""
    home = Path(os.environ["VOCO_HOME"])
    path = home / "catalogue.json"
    path.write_text("{nonsense", encoding="utf-8")
    ui = host.open(MODULE).ui
    add_volume(host, phantom)
    host.choose(ui.modelComboBox, TORSO)
    assert "catalogue.json cannot be read" in ui.modelInfoLabel.text
    (aside,) = home.glob("catalogue-damaged-*.json")
    assert aside.name in ui.modelInfoLabel.text
    aside.unlink()
    assert ui.applyButton.enabled
    host.dialogs.expect("Import weights", tmp_path / "x.pt")
    host.dialogs.expect("What does x.pt hold?", lambda dialog: dialog.reject())
    host.click(ui.importModelButton)


def remove(host: Any, ui: Any, title: str) -> None:
    import qt

    host.dialogs.expect(f"Delete the weights of {title}", qt.QMessageBox.Ok)
    host.click(ui.removeModelButton)


def test_weights_are_imported(host, phantom, tmp_path) -> None:
    weights = tmp_path / "my torso.safetensors"
    shutil.copy(RESOURCES / "Models" / "demo-torso.safetensors", weights)
    ui = open_panel(host).ui
    add_volume(host, phantom)
    host.dialogs.expect("Import weights", weights)
    host.dialogs.expect("What does my torso.safetensors hold?", lambda dialog: dialog.accept())
    host.click(ui.importModelButton)
    host.wait_until(lambda: ui.modelComboBox.currentText == "my torso (chest, abdomen)", 60)
    host.wait_until(is_idle(ui))
    apply(host, ui)
    assert "of 13 structures found" in ui.statusLabel.text

    def name(dialog: Any) -> None:
        edit = dialog.findChild(QtWidgets.QLineEdit)
        assert edit.text == "my torso (2)"  # the same file again
        edit.text = "печень Müller"
        dialog.accept()

    host.dialogs.expect("Import weights", weights)
    host.dialogs.expect("What does my torso.safetensors hold?", name)
    host.click(ui.importModelButton)
    host.wait_until(lambda: ui.modelComboBox.currentText == "печень Müller (chest, abdomen)", 60)
    for title in ("печень Müller", "my torso"):
        host.choose(ui.modelComboBox, f"{title} (chest, abdomen)")
        remove(host, ui, title)
        assert ui.modelComboBox.findText(f"{title} (chest, abdomen)") == -1


def test_a_scene_keeps_the_name_of_a_model_that_was_removed(host, phantom, tmp_path) -> None:
    weights = tmp_path / "печень.safetensors"
    shutil.copy(RESOURCES / "Models" / "demo-torso.safetensors", weights)
    panel = open_panel(host)
    ui = panel.ui
    add_volume(host, phantom)
    panel.logic.queue()
    model = Catalogue().import_file(weights, lambda *_: None)
    panel.enter()
    host.choose(ui.modelComboBox, "печень (chest, abdomen)")
    path = tmp_path / "scene.mrb"
    assert slicer.util.saveScene(str(path))
    host.scene.Clear(0)
    Catalogue().remove(model.id)
    slicer.util.loadScene(str(path))
    host.settle()
    assert ui.modelComboBox.currentText == "печень (not on this computer)"
    said = "The model печень is not on this computer: import it, or choose another one."
    assert ui.statusLabel.text == said and not ui.applyButton.enabled
    host.choose(ui.modelComboBox, TORSO)
    assert ui.applyButton.enabled


def test_a_file_that_holds_no_weights_is_refused(host, tmp_path) -> None:
    import qt

    wrong = tmp_path / "VoComni_B.pt"
    wrong.write_bytes(b"not weights")
    ui = open_panel(host).ui
    host.dialogs.expect("Import weights", wrong)
    chosen: list[str] = []

    def accept(dialog: Any) -> None:
        chosen.append(dialog.findChild(qt.QComboBox).currentText)
        dialog.accept()

    host.dialogs.expect("What does VoComni_B.pt hold?", accept)
    host.click(ui.importModelButton)
    host.wait_until(lambda: "failed" in ui.statusLabel.text, 60)
    assert chosen == ["The published weights of VoComni B"]
    assert "VoComni_B.pt" in ui.statusLabel.text
    assert ui.modelComboBox.findText("VoComni B (chest, abdomen; not downloaded)") >= 0


# looks --------------------------------------------------------------------------------------------

NARROW = 380  # pixels of the panel beside the views of a small screen


def open_all(host: Any) -> Any:
    """The panel with all its sections open."""
    ui = host.open(MODULE).ui
    for widget in vars(ui).values():
        if type(widget).__name__ == "ctkCollapsibleButton":
            widget.collapsed = False
    host.settle()
    return ui


def test_nothing_is_cut_in_a_narrow_panel(host, phantom) -> None:
    host.show_views()
    host.window.resize(1280, 800)
    host.window._splitter.setSizes([NARROW, 1280 - NARROW])
    add_volume(host, phantom)
    ui = open_all(host)
    ui.packagesFrame.setVisible(True)
    host.settle()
    assert host.window._panel.width <= NARROW
    assert host.window._panel.horizontalScrollBar().maximum == 0
    buttons = ui.VoCoSegmentation.findChildren(QtWidgets.QPushButton)
    assert all(b.width >= b.minimumSizeHint().width() for b in buttons if b.isVisible())


OUTSIDE = f"""
import json, os, sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {NOT_IN_SLICER}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Missing())
from pathlib import Path
from host.session import Host
from PySide6.QtCore import QPoint, Qt
host = Host()
with host.test():
    print(host.open(Path({str(MODULE)!r})).ui.statusLabel.text)
ui = host.open(Path({str(MODULE)!r})).ui
for widget in vars(ui).values():
    if type(widget).__name__ == "ctkCollapsibleButton":
        widget.collapsed = False
host.settle()
tab, top, chain = (Qt.TabFocus, Qt.StrongFocus, Qt.WheelFocus), ui.VoCoSegmentation, []
widget = top.nextInFocusChain()
while widget is not top:
    is_ours = top.isAncestorOf(widget) and widget.isVisible() and widget.focusProxy() is None
    if is_ours and widget.focusPolicy in tab:
        chain.append((widget.mapTo(top, QPoint(0, 0)).y(), widget.objectName))
    widget = widget.nextInFocusChain()
print(json.dumps(chain), flush=True)
os._exit(0)
"""


@pytest.fixture(scope="module")
def outside() -> list[str]:
    """What a panel says and its focus chain, from a process that lacks what Slicer lacks.

    One of its own also because PySide loses count of Qt's own widgets that the chain leads to.
    """
    environment = {**os.environ, "PYTHONPATH": str(TESTING)}
    command = [sys.executable, "-c", OUTSIDE]
    result = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return result.stdout.splitlines()


def test_the_keyboard_goes_where_the_eye_goes(outside) -> None:
    chain = json.loads(outside[-1])
    names = [name for _height, name in chain]
    assert len(chain) > 15
    # a row has one height
    assert not [(one, two) for one, two in itertools.pairwise(chain) if two[0] < one[0] - 10]
    assert names.index("applyButton") < names.index("positionCollapsibleButton")
    assert names.index("positionCollapsibleButton") < names.index("logTextEdit")


def test_what_can_be_used_says_what_it_is_for(host) -> None:
    ui = open_all(host)
    kinds = (QtWidgets.QPushButton, QtWidgets.QComboBox, QtWidgets.QTableWidget)
    kinds += (QtWidgets.QPlainTextEdit, QtWidgets.QListWidget, QtWidgets.QAbstractSpinBox)
    named = {name: widget for name, widget in vars(ui).items() if isinstance(widget, kinds)}
    assert len(named) > 30
    assert [name for name, widget in named.items() if not widget.toolTip] == []


def test_what_a_button_shows_is_seen_and_the_layout_comes_back(host, phantom) -> None:
    views = host.show_views()
    ui = open_panel(host).ui
    add_volume(host, phantom)
    apply(host, ui)
    before = views.layout
    host.click(ui.statisticsButton)
    assert views.layout != before and not has_3d()
    host.click(ui.show3DButton)
    assert views.layout == before and has_3d()
    host.click(ui.statisticsButton)
    host.open(OTHER_MODULE)
    assert views.layout == before
    host.open(MODULE)
    host.click(ui.statisticsButton)
    mine = slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpPlotView
    views.setLayout(mine)  # by the user: stays
    host.open(OTHER_MODULE)
    assert views.layout == mine
    host.open(MODULE)
    host.click(ui.show3DButton)  # off
    assert views.layout == mine
    host.click(ui.show3DButton)
    assert has_3d() and views.layout == slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView


def has_3d() -> bool:
    return any(node.IsMappedInLayout() for node in slicer.util.getNodesByClass("vtkMRMLViewNode"))


# installation -------------------------------------------------------------------------------------


def test_the_panel_opens_where_nothing_is_installed(outside) -> None:
    assert "Choose a CT volume." in "\n".join(outside[:-1])


@pytest.fixture
def without_torch(tmp_path: Path, wheels: Path, session: None) -> Callable[[Any], PipEnvironment]:
    """Lets a panel look for its packages in an environment without any, or without some wheels."""

    def replace(panel: Any, *absent: str) -> PipEnvironment:
        from VoCoSegmentationLib.installation.installer import Installer

        environment = PipEnvironment(tmp_path / "environment", wheels)
        if absent:
            environment.unpack_all(*absent)
        requirements = MODULE.parent / "Resources" / "VoCoSegmentationRequirements.txt"
        panel.logic.installer = Installer(requirements, environment, environment.path)
        panel._panel.frontEnd._installed = False
        return environment

    return replace


def test_the_first_apply_says_what_it_installs(host, phantom, without_torch) -> None:
    panel = open_panel(host)
    environment, ui = without_torch(panel), panel.ui
    add_volume(host, phantom)
    host.dialogs.expect("torch: about", "Cancel")
    host.click(ui.applyButton)
    (dialog,) = host.dialogs.shown
    for text in ("monai: about 2 MB", "site-packages", "pip download --dest wheels"):
        assert text in dialog.text
    assert environment.calls == []
    assert ui.applyButton.text == "Apply"
    host.settle()
    assert ui.estimateLabel.text == ""


def test_a_folder_of_wheels_is_installed_and_apply_goes_on(
    host,
    phantom,
    without_torch,
    wheels,
) -> None:
    panel = open_panel(host)
    environment = without_torch(panel)
    add_volume(host, phantom)
    host.dialogs.expect("torch: about", "Install from folder…")
    host.dialogs.expect("Folder of wheels", wheels)
    apply(host, panel.ui)
    assert {"torch", "openvino"} <= environment.versions().keys()
    assert "structures found" in panel.ui.statusLabel.text


def test_without_the_pytorch_extension_it_is_named(
    host, phantom, without_torch, monkeypatch
) -> None:
    import qt

    panel = open_panel(host)
    from VoCoSegmentationLib.installation.installFlow import SlicerEnvironment

    environment = without_torch(panel, "torch-")
    panel.logic.installer._environment = SlicerEnvironment()
    add_volume(host, phantom)
    host.dialogs.expect("torch: about", "Install")
    host.dialogs.expect("which chooses the build of PyTorch", qt.QMessageBox.Cancel)
    host.click(panel.ui.applyButton)
    assert panel.ui.applyButton.text == "Apply"
    assert not environment.calls

    monkeypatch.setattr(
        SlicerEnvironment, "install", lambda _self, *a, **k: environment.install(*a, **k)
    )
    host.dialogs.expect("torch: about", "Install")
    host.dialogs.expect("which chooses the build of PyTorch", "Install without it")
    apply(host, panel.ui)
    assert environment.versions()["torch"] == "2.9.0"


def test_torch_comes_through_the_pytorch_extension(
    host, phantom, without_torch, monkeypatch
) -> None:
    panel = open_panel(host)

    environment = without_torch(panel, "torch-")
    fill = environment.installTorch

    class PyTorchUtilsLogic:  # of that extension, with the signature that it has
        def installTorch(  # noqa: N802
            self,
            askConfirmation: bool = False,  # noqa: N803
            forceComputationBackend: str | None = None,  # noqa: N803
            torchVersionRequirement: str | None = None,  # noqa: N803
            torchvisionVersionRequirement: str | None = None,  # noqa: N803
        ) -> object:
            fill(torchVersionRequirement)
            return object()

    use_extension(monkeypatch, environment, PyTorchUtilsLogic)
    add_volume(host, phantom)
    host.dialogs.expect("torch: about", "Install")
    apply(host, panel.ui)
    assert environment.versions()["torch"] == "2.9.0"
    assert "structures found" in panel.ui.statusLabel.text


def test_a_torch_that_cannot_be_imported_is_told(host, phantom, without_torch, monkeypatch) -> None:
    import qt

    panel = open_panel(host)
    from VoCoSegmentationLib.installation.installFlow import UNFINISHED

    class PyTorchUtilsLogic:  # imports what it has installed
        def installTorch(self, torchVersionRequirement: str | None = None) -> object:  # noqa: N802, N803
            raise OSError("c10.dll not found")

    use_extension(monkeypatch, without_torch(panel), PyTorchUtilsLogic)
    add_volume(host, phantom)
    host.dialogs.expect("torch: about", "Install")
    host.dialogs.expect("PyTorch cannot be used: c10.dll not found.", qt.QMessageBox.Ok)
    host.click(panel.ui.applyButton)
    assert not qt.QSettings().contains(UNFINISHED)
    from VoCoSegmentationLib.installation import installFlow

    monkeypatch.setattr(installFlow.importlib.util, "find_spec", lambda _name: None)
    host.dialogs.expect("torch: about", "Install")
    host.dialogs.expect("ended without PyTorch: c10.dll not found.", qt.QMessageBox.Ok)
    host.click(panel.ui.applyButton)
    assert "uninstall" not in host.dialogs.shown[-1].text.lower()


@pytest.mark.parametrize("installed", [True, False])
def test_the_pytorch_extension_is_offered_with_a_restart(
    host, phantom, without_torch, monkeypatch, installed
) -> None:
    import qt

    panel = open_panel(host)
    from VoCoSegmentationLib.installation.installFlow import (
        AFTER_RESTART,
        UNFINISHED,
        SlicerEnvironment,
    )

    done: list[str] = []

    class ExtensionsManagerModel:  # as Slicer's
        interactive = True

        def isExtensionInstalled(self, name: str) -> bool:  # noqa: N802
            return installed

        def installExtensionFromServer(self, name: str, restart: bool) -> bool:  # noqa: N802
            done.append(f"install {name}, restart {restart}, ask {self.interactive}")
            return True

    monkeypatch.setattr(
        type(host.app),
        "extensionsManagerModel",
        lambda self: ExtensionsManagerModel(),
        raising=False,
    )
    monkeypatch.setattr(slicer.util, "restart", lambda: done.append("restart"))
    without_torch(panel)
    panel.logic.installer._environment = SlicerEnvironment()
    add_volume(host, phantom)
    for agreed in (False, True):
        host.dialogs.expect("torch: about", "Install")
        answer = "Install extension and restart" if agreed else qt.QMessageBox.Cancel
        host.dialogs.expect("Install it and restart Slicer", answer)
        host.click(panel.ui.applyButton)
        assert qt.QSettings().contains(UNFINISHED) == agreed
        assert qt.QSettings().contains(AFTER_RESTART) == agreed
    assert done == ["restart" if installed else "install PyTorch, restart True, ask False"]


def test_after_the_restart_the_installation_goes_on_by_itself(
    host, phantom, without_torch, monkeypatch
) -> None:
    """The user has agreed before, and is not asked twice."""
    import qt

    panel = open_panel(host)
    from VoCoSegmentationLib.installation.installFlow import AFTER_RESTART, UNFINISHED

    environment = without_torch(panel, "torch-", "openvino-")
    host.open(OTHER_MODULE)
    qt.QSettings().setValue(UNFINISHED, True)
    qt.QSettings().setValue(AFTER_RESTART, "openvino")
    monkeypatch.setattr(slicer.util, "selectModule", lambda _name: host.open(MODULE))
    monkeypatch.setitem(sys.modules, "SampleData", stand_in())
    sys.modules["VoCoSegmentation"].onStartupCompleted()
    assert environment.calls == []  # the main window comes first
    host.settle()
    ui = host.open(MODULE).ui
    assert not host.dialogs.shown
    assert environment.versions()["torch"] and environment.versions()["openvino"]
    assert not ui.packagesFrame.isVisible()
    assert not qt.QSettings().contains(UNFINISHED) and not qt.QSettings().contains(AFTER_RESTART)


def test_an_interrupted_installation_is_a_line_and_no_dialog(
    host, phantom, without_torch, monkeypatch
) -> None:
    """Slicer was killed or has restarted: its start waits for nothing."""
    import qt

    panel = open_panel(host)
    from VoCoSegmentationLib.installation.installFlow import UNFINISHED

    without_torch(panel, "torch-")
    host.open(OTHER_MODULE)
    qt.QSettings().setValue(UNFINISHED, True)
    selected: list[str] = []
    monkeypatch.setattr(slicer.util, "selectModule", selected.append)
    monkeypatch.setitem(sys.modules, "SampleData", stand_in())
    sys.modules["VoCoSegmentation"].onStartupCompleted()
    assert not selected and not host.dialogs.shown  # the main window comes first
    host.settle()
    assert selected == ["VoCoSegmentation"]
    ui = host.open(MODULE).ui
    assert not host.dialogs.shown
    assert ui.packagesLabel.text == "The installation of Python packages was interrupted."
    host.dialogs.expect("torch: about", "Install")
    host.click(ui.packagesButton)
    assert not ui.packagesFrame.isVisible() and not qt.QSettings().contains(UNFINISHED)


def test_one_installation_at_a_time_whose_progress_is_seen(
    host, phantom, without_torch, monkeypatch
) -> None:
    """What pip prints lets events run, and with them a second press of Apply."""
    panel = open_panel(host)

    environment = without_torch(panel, "torch-")
    fill = environment.installTorch
    seen: list[str] = []

    class PyTorchUtilsLogic:
        def installTorch(self, torchVersionRequirement: str | None = None) -> object:  # noqa: N802, N803
            print("Downloading torch-2.9.0-cp312-linux_x86_64.whl (899.8 MB)")
            dialogs = host.window.findChildren(QtWidgets.QProgressDialog)
            seen.extend(dialog.labelText for dialog in dialogs if dialog.isVisible())
            panel._panel._segmentation.apply()  # the button itself is behind the dialog
            fill(torchVersionRequirement)
            return object()

    use_extension(monkeypatch, environment, PyTorchUtilsLogic)
    add_volume(host, phantom)
    host.dialogs.expect("torch: about", "Install")
    apply(host, panel.ui)
    assert len(seen) == 1 and "899.8 MB" in seen[0] and "Installing PyTorch" in seen[0]
    assert len([dialog for dialog in host.dialogs.shown if "torch: about" in dialog.text]) == 1
    left = host.window.findChildren(QtWidgets.QProgressDialog)
    assert not [dialog for dialog in left if dialog.isVisible()]


def test_an_old_slicer_is_named_before_anything_is_installed(
    host, phantom, without_torch, monkeypatch
) -> None:
    panel = open_panel(host)
    environment = without_torch(panel)
    monkeypatch.setattr(host.app, "minorVersion", 10)
    add_volume(host, phantom)
    host.dialogs.expect("VoCo needs Slicer 5.12 or newer", "OK")
    host.click(panel.ui.applyButton)
    assert environment.calls == []


def test_a_folder_without_what_is_needed_is_told_in_one_dialog(
    host, phantom, without_torch, tmp_path
) -> None:
    panel = open_panel(host)
    environment = without_torch(panel)
    add_volume(host, phantom)
    host.dialogs.expect("torch: about", "Install from folder…")
    host.dialogs.expect("Folder of wheels", tmp_path)
    host.dialogs.expect("holds no wheels", "OK")
    host.click(panel.ui.applyButton)
    assert environment.calls == [] and len(host.dialogs.shown) == 3
    assert "install from a folder" not in host.dialogs.shown[-1].text


@pytest.fixture
def no_own_models(session: None) -> Iterator[None]:
    with without_own_models():
        yield


def test_models_take_disk_and_the_worker_memory(
    host, phantom, no_own_models, monkeypatch, tmp_path
) -> None:
    import qt

    panel = open_panel(host, TORSO)
    ui = panel.ui
    add_volume(host, phantom)
    host.click(ui.advancedCollapsibleButton)
    assert ui.storageLabel.text == "No model was downloaded or imported yet."
    opened: list[str] = []
    services = type("Services", (), {"openUrl": lambda url: opened.append(url.toLocalFile())})
    monkeypatch.setattr(qt, "QDesktopServices", services)
    host.click(ui.modelsFolderButton)
    assert Path(opened[0]) == Path(os.environ["VOCO_HOME"])
    (tmp_path / "file").touch()
    with monkeypatch.context() as patch:
        patch.setattr(panel.logic.catalogue, "home", tmp_path / "file" / "models")
        host.dialogs.expect("models cannot be made: Not a directory.", qt.QMessageBox.Ok)
        host.click(ui.modelsFolderButton)
    assert len(opened) == 1
    weights = RESOURCES / "Models" / "demo-torso.safetensors"
    model = panel.logic.catalogue.import_file(weights, lambda *_: None)
    panel.enter()
    assert ui.storageLabel.text == "Models take 9 MB."
    panel.logic.catalogue.remove(model.id)
    host.wait_until(lambda: not panel.logic.queue().busy, 60)
    apply(host, ui)
    client = sys.modules["VoCoSegmentationLib.sections.session"]._session._client
    host.wait_until(lambda: ui.freeMemoryButton.enabled, 30)  # after the estimate
    assert client.alive
    host.click(ui.freeMemoryButton)
    assert not client.alive


def test_damaged_packages_are_repaired(host, phantom, without_torch, monkeypatch) -> None:
    panel = open_panel(host)
    environment, ui = without_torch(panel), panel.ui
    environment.unpack_all()
    installed = environment.versions()
    lost = next(Path(environment.path[0]).glob("torch-*/WHEEL"))
    lost.unlink()
    queue = panel.logic.queue()
    monkeypatch.setattr(
        queue._client._local, "_python", [sys.executable, "-c", "import no_libtorch"]
    )
    queue._client.rest()
    add_volume(host, phantom)
    assert not ui.packagesFrame.isVisible()
    host.click(ui.applyButton)
    host.wait_until(lambda: "could not start" in ui.statusLabel.text, 30)
    assert "Press Repair in the module VoCo Segmentation" in ui.statusLabel.text
    assert ui.packagesLabel.text == "The Python packages cannot be loaded."
    monkeypatch.undo()
    host.dialogs.expect("torch: is removed and fetched again, about 200 MB", "OK")
    host.click(ui.packagesButton)
    assert "monai" not in host.dialogs.shown[-1].text  # it is whole
    assert environment.versions() == installed and lost.is_file()
    assert not ui.packagesFrame.isVisible()


# scripts ------------------------------------------------------------------------------------------


def test_process_waits_for_the_result(host, phantom) -> None:
    host.load(MODULE)
    from VoCoSegmentation import VoCoSegmentationLogic

    volume = add_volume(host, phantom)
    states: list[str] = []
    node = VoCoSegmentationLogic().process(
        volume,
        modelId=QUICK_ID,
        structures=["Liver"],
        callback=lambda job: states.append(job.state),
    )
    assert [segment.name for segment in slicer_scene.segments_of(node)] == ["Liver"]
    assert (states[0], states[-1]) == ("waiting", "finished")


def test_process_can_run_in_the_background_without_a_panel(host, phantom) -> None:
    host.load(MODULE)
    from VoCoSegmentation import VoCoSegmentationLogic

    volume = add_volume(host, phantom)
    output = host.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "mine")
    job = VoCoSegmentationLogic().process(volume, output, QUICK_ID, ["Liver"], wait=False)
    assert not job.ended and job.tableNode is None
    host.wait_until(lambda: job.ended, 60)
    assert job.state == "finished" and job.modelId == QUICK_ID
    assert job.tableNode is output.GetNodeReference("VoCoStatistics")
    assert [row["name"] for row in job.statistics] == ["Liver"]
    assert job.segmentationNode is output


def test_a_callback_can_add_a_job_but_not_wait_for_it(host, phantom) -> None:
    host.load(MODULE)
    from VoCoLib.errors import VoCoError
    from VoCoSegmentation import VoCoSegmentationLogic

    logic, volume = VoCoSegmentationLogic(), add_volume(host, phantom)
    more: list[Any] = []

    def goOn(job: Any) -> None:  # noqa: N802
        if job.state == "finished":
            with pytest.raises(VoCoError, match="wait=False"):
                logic.process(volume, modelId=QUICK_ID, structures=["Spleen"])
            job = logic.process(volume, modelId=QUICK_ID, structures=["Spleen"], wait=False)
            more.append(job)

    logic.process(volume, modelId=QUICK_ID, structures=["Liver"], callback=goOn)
    host.wait_until(lambda: more and more[0].ended, 60)
    assert more[0].state == "finished", more[0].error


def test_process_refuses_with_a_reason(host, abdomen, without_torch) -> None:
    from VoCoLib.errors import InputError, ModelError, VoCoError

    panel = open_panel(host)
    volume = add_volume(host, abdomen)
    with pytest.raises(InputError, match="No volume is selected"):
        panel.logic.process(None)
    with pytest.raises(InputError, match="'CT' is not a node of the scene"):
        panel.logic.process("CT")
    with pytest.raises(InputError, match="'Liver' is one name"):
        panel.logic.process(volume, modelId=DEMO.id, structures="Liver")
    stale = add_volume(host, abdomen, "removed")
    host.scene.RemoveNode(stale)
    with pytest.raises(InputError, match="removed is not in the scene"):
        panel.logic.process(stale)
    with pytest.raises(InputError, match="CT is no vtkMRMLSegmentationNode"):
        panel.logic.process(volume, volume, modelId=DEMO.id)
    output = slicer.vtkMRMLSegmentationNode()
    output.SetName("alone")
    with pytest.raises(InputError, match="alone is not in the scene"):
        panel.logic.process(volume, output, modelId=DEMO.id)
    assert not panel.logic.queue().busy
    with pytest.raises(InputError, match="no structure 'Tail'"):
        panel.logic.process(volume, structures=["Tail"])
    with pytest.raises(ModelError, match="There is no model 'torso'"):
        panel.logic.process(volume, modelId="torso")
    with pytest.raises(VoCoError, match=r"weights of VoComni_B are not here"):
        panel.logic.process(volume, modelId="VoComni_B")
    without_torch(panel)
    with pytest.raises(VoCoError, match=r"Not installed: torch, .*Press Apply"):
        panel.logic.process(volume)


class Database:
    """What the example uses of Slicer's DICOM database and DICOMUtils, over a folder of files."""

    def __init__(self, scene: Any, folder: Path) -> None:
        from pydicom import dcmread

        self._scene, self._files = scene, {}
        for path in sorted(folder.rglob("*.dcm")):
            self._files.setdefault(dcmread(path).SeriesInstanceUID, []).append(str(path))

    def patients(self) -> list[str]:
        return ["1"]

    def studiesForPatient(self, _patient: str) -> list[str]:  # noqa: N802
        return ["1.2.3"]

    def seriesForStudy(self, _study: str) -> list[str]:  # noqa: N802
        return list(self._files)

    def filesForSeries(self, series: str) -> list[str]:  # noqa: N802
        return self._files[series]

    def fileValue(self, path: str, tag: str) -> str:  # noqa: N802
        from pydicom import dcmread

        return str(dcmread(path)[tag.replace(",", "")].value)

    def loadSeriesByUID(self, uids: list[str]) -> list[str]:  # noqa: N802
        from VoCoLib.images.volumes import read_volume

        volume = read_volume(Path(self._files[uids[0]][0]).parent)
        return [slicer_scene.add_volume(self._scene, volume.array, volume.affine).GetID()]


def test_the_examples_for_scripts_work(host, phantom, capsys, tmp_path, monkeypatch) -> None:
    host.load(MODULE)
    page = (ROOT / "Docs" / "scripts.md").read_text(encoding="utf-8")
    waiting, background, batch = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    names: dict[str, Any] = {"slicer": slicer}
    exec(waiting, names)
    rows = [
        line.split(" mL ")[0].rsplit(maxsplit=1) for line in capsys.readouterr().out.splitlines()
    ]
    volumes = {name: float(millilitres) for name, millilitres in rows}
    assert list(volumes) == [label.name for label in DEMO.recipe.labels]
    assert 500 < volumes["Liver"] < 3000
    from VoCoSegmentation import VoCoSegmentationLogic

    in_help = VoCoSegmentationLogic.process.__doc__.partition("console:\n")[2].partition("Args:")[0]
    assert textwrap.dedent(in_help).strip() in waiting
    names["volumeNode"] = add_volume(host, one_window(), "VoCo demo torso")
    exec(background, names)
    host.wait_until(lambda: names["job"].ended, 60)
    said = capsys.readouterr().out
    assert "VoCo demo torso Segmenting 1.0" in said
    assert "VoCo demo torso segmentation 2 VoCo demo torso segmentation 2 statistics" in said
    assert re.search(r"^Liver \d+\.\d+ \[\]$", said, re.MULTILINE)

    write_series(tmp_path / "db")
    database = Database(host.scene, tmp_path / "db")
    library = types.ModuleType("DICOMLib")
    library.DICOMUtils = database
    monkeypatch.setitem(sys.modules, "DICOMLib", library)
    monkeypatch.setattr(slicer, "dicomDatabase", database, raising=False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    exec(batch, names)
    said = capsys.readouterr().out
    assert [path.name for path in sorted((tmp_path / "organs").iterdir())] == [
        "1.2.3.4.csv",
        "1.2.3.4.schema.csv",  # Slicer's own, for the types of the columns
        "1.2.3.4.seg.nrrd",
    ]
    assert "flags" in (tmp_path / "organs" / "1.2.3.4.csv").read_text(encoding="utf-8")
    assert said.startswith("1.2.3.5 The body region of this CT was not recognised. Name a model")
    assert len(said.splitlines()) == 1  # the MR series is not looked at


def one_window() -> Phantom:
    """So much of the torso that it is recognised, and one window of demo-torso."""
    return make_phantom(7, (6.0, 6.0, 6.0), (276.0, 240.0, 288.0))


def write_series(folder: Path) -> None:
    """A synthetic CT of the torso, a CT of a box, and an MR series."""
    from dicom_files import ct_slice, make_ct, positions, save

    torso = one_window()
    hu = torso.image[::-1, ::-1]  # stored from right to left, from front to back
    for series, voxels, spacing, changes in (
        ("1.2.3.4", hu, 6.0, {}),
        ("1.2.3.5", make_ct(), 2.0, {}),
        ("1.2.3.6", make_ct(), 2.0, {"Modality": "MR"}),
    ):
        places = positions(voxels.shape[2], spacing)
        for number, place in enumerate(places):
            changes |= {"PixelSpacing": [spacing, spacing]} if spacing == 6 else {}
            data = ct_slice(voxels[:, :, number], place, series, **changes)
            save(data, folder / series / f"{number:03d}.dcm")


def test_the_module_tests_itself(host) -> None:
    host.run_self_test(MODULE)


# the scene ----------------------------------------------------------------------------------------


def test_choices_and_results_are_saved_with_the_scene(host, phantom, tmp_path) -> None:
    panel = open_panel(host)
    ui = panel.ui
    add_volume(host, phantom)
    panel._parameterNode.structures = ["Liver", "Right kidney"]
    apply(host, ui)
    before = slicer_scene.segments_of(ui.outputSelector.currentNode())
    path = tmp_path / "scène.mrb"
    assert slicer.util.saveScene(str(path))
    host.scene.Clear(0)
    host.settle()
    host.choose(ui.modelComboBox, "Head and neck organs at risk (head, neck)")
    slicer.util.loadScene(str(path))
    host.open(OTHER_MODULE)
    host.open(MODULE)
    assert ui.inputSelector.currentNode().GetName() == "CT"
    assert ui.modelComboBox.currentText == QUICK
    assert ui.structuresCollapsibleButton.text == "Structures (2 of 13)"
    after = slicer_scene.segments_of(ui.outputSelector.currentNode())
    assert [(s.name, s.terminology) for s in after] == [(s.name, s.terminology) for s in before]
    assert np.allclose([s.color for s in after], [s.color for s in before], atol=1e-4)
    assert ui.statisticsButton.enabled


def test_a_scene_is_loaded_while_the_panel_is_shown(host, phantom, tmp_path) -> None:
    panel = open_panel(host)
    ui = panel.ui
    add_volume(host, phantom, "another CT")
    add_volume(host, phantom)
    host.choose(ui.inputSelector, "CT")
    host.wait_until(lambda: ui.modelComboBox.currentText != QUICK, 20)  # another one suits it
    host.choose(ui.modelComboBox, QUICK)
    panel._parameterNode.structures = ["Liver"]
    host.click(ui.advancedCollapsibleButton)
    host.choose(ui.deviceComboBox, ui.deviceComboBox.itemText(ui.deviceComboBox.count - 1))
    apply(host, ui)
    path = tmp_path / "scene.mrb"
    assert slicer.util.saveScene(str(path))
    for properties in ({}, {"clear": True}):
        host.scene.Clear(0)
        host.choose(ui.modelComboBox, "Head and neck organs at risk (head, neck)")
        slicer.util.loadScene(str(path), properties)
        host.settle()
        assert ui.inputSelector.currentNode().GetName() == "CT"
        assert ui.outputSelector.currentNode().GetName() == "CT segmentation"
        assert ui.modelComboBox.currentText == QUICK
        assert "CPU" in ui.deviceComboBox.currentText
        assert ui.structuresCollapsibleButton.text == "Structures (1 of 13)"
        assert ui.applyButton.enabled


def test_the_panel_follows_a_script(host, phantom) -> None:
    ui = open_panel(host).ui
    add_volume(host, phantom)
    parameters = panel_parameters()
    parameters.modelId, parameters.device = "openkbp-headneck", "cpu"
    assert ui.modelComboBox.currentText == "Head and neck organs at risk (head, neck)"
    assert ui.deviceComboBox.currentIndex == ui.deviceComboBox.count - 1
    assert "(all 7)" in ui.structuresCollapsibleButton.text
    parameters.modelId = "somebodys-own"  # of another computer
    assert "The model somebodys-own is not on this computer: import it" in ui.statusLabel.text
    assert ui.modelComboBox.currentText == "somebodys-own (not on this computer)"
