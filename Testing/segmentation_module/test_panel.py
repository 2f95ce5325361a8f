"""The real panel, clicked: real worker, real network, real nodes; see host/README.md."""

from __future__ import annotations

import contextlib
import gc
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
from hub import CONTENT, Hub
from new_slicer import NOT_IN_SLICER
from pip_environment import PipEnvironment
from places import ROOT, SHARED, TESTING

from VoCoLib.images.phantom import Phantom, make_phantom
from VoCoLib.locations import RESOURCES
from VoCoLib.models.catalogue import Catalogue

slicer_scene = pytest.importorskip("slicer_scene", exc_type=ImportError)
slicer = pytest.importorskip("slicer")
QtGui = pytest.importorskip("PySide6.QtGui")

MODULE = ROOT / "VoCoSegmentation" / "VoCoSegmentation.py"
OTHER_MODULE = ROOT / "VoCoPretrain" / "VoCoPretrain.py"
EXAMPLE_CT = SHARED / "data" / "ct_samples" / "example_ct.nii.gz"
DEMO = Catalogue().get("demo-torso")
TORSO = "Demonstration: synthetic torso"


@pytest.fixture(scope="module")
def phantom() -> Phantom:
    """A part of the torso that is one window of the network."""
    return make_phantom(7, (6.0, 6.0, 6.0), (276.0, 240.0, 72.0))


@pytest.fixture(scope="module", autouse=True)
def session(_host: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One warm worker for all tests, a folder of models of its own, and a hub on this machine."""
    hub = Hub(CONTENT)
    thread = threading.Thread(target=hub.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
            patch.delenv(name)
        patch.setenv("VOCO_HOME", str(tmp_path_factory.mktemp("modèles de Zoë")))
        patch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{hub.server_port}")
        yield
        from VoCoSegmentationLib.sections.session import closeSession

        closeSession()
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


def open_panel(host: Any, model: str = TORSO) -> Any:
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


def segmentations(host: Any) -> list[Any]:
    return list(slicer.util.getNodesByClass("vtkMRMLSegmentationNode", host.scene))


# a real CT ----------------------------------------------------------------------------------------


def test_a_ct_is_segmented_while_slicer_stays_usable(host, phantom) -> None:
    panel = open_panel(host)
    ui = panel.ui
    if EXAMPLE_CT.is_file():
        volume = slicer.util.loadVolume(str(EXAMPLE_CT))
    else:
        volume = add_volume(host, make_phantom(7, (4.5, 4.5, 4.5)))
    host.settle()
    host.choose(ui.inputSelector, volume.GetName())
    host.wait_until(lambda: ui.estimateLabel.text, 60)  # the worker has started meanwhile
    assert "free memory, on the processor" in ui.estimateLabel.text
    progress: list[int] = []
    ui.progressBar.connect("valueChanged(int)", progress.append)
    with host.measure_blocking() as blocking:
        apply(host, ui)
    assert blocking.longest_ms < 100, blocking.where
    assert len(set(progress)) > 4
    assert "of 13 structures found" in ui.statusLabel.text
    node = ui.outputSelector.currentNode()
    check_result(node, volume)
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


# inputs -------------------------------------------------------------------------------------------


def test_apply_says_what_it_waits_for(host, phantom) -> None:
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
    add_volume(host, phantom)
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


def test_keys_apply_and_cancel(host, phantom) -> None:
    """Each key is told as Qt does once the panel has the focus, which a test cannot rely on."""
    ui = open_panel(host).ui
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


def test_the_worker_gives_its_memory_back(host, phantom, monkeypatch) -> None:
    from VoCoSegmentationLib.sections import session

    session.closeSession()
    monkeypatch.setattr(session, "IDLE_MS", 100)
    ui = open_panel(host).ui
    add_volume(host, phantom)
    apply(host, ui)
    client = session.sharedQueue()._client
    host.wait_until(lambda: not client.alive, 10)
    monkeypatch.setattr(session, "IDLE_MS", 300_000)
    apply(host, ui)  # starts another one
    session.closeSession()


def test_an_output_removed_meanwhile_is_replaced(host, phantom) -> None:
    ui = open_panel(host).ui
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
    host.choose(ui.modelComboBox, TORSO)
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
    ui = open_panel(host).ui
    add_volume(host, phantom)
    host.click(ui.applyButton)
    host.wait_until(is_segmenting(ui), 60)
    host.scene.Clear(0)
    host.wait_until(is_idle(ui), 5)
    assert "The scene was closed." in ui.statusLabel.text
    assert "Choose a CT volume." in ui.statusLabel.text
    assert not ui.applyButton.enabled
    assert not segmentations(host)
    add_volume(host, phantom)
    host.choose(ui.modelComboBox, TORSO)
    apply(host, ui)
    assert len(segmentations(host)) == 1


def test_removing_the_volume_cancels(host, phantom) -> None:
    ui = open_panel(host).ui
    node = add_volume(host, phantom)
    host.click(ui.applyButton)
    host.wait_until(is_segmenting(ui), 60)
    host.scene.RemoveNode(node)
    host.wait_until(is_idle(ui), 5)
    assert "CT was removed." in ui.statusLabel.text
    assert not segmentations(host)


def test_a_killed_worker_is_explained_and_replaced(host, phantom) -> None:
    ui = open_panel(host).ui
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
    panel = open_panel(host)
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


def test_a_broken_list_of_own_models_is_named(host, phantom) -> None:
    path = Path(os.environ["VOCO_HOME"]) / "catalogue.json"
    path.write_text("{nonsense", encoding="utf-8")
    try:
        ui = host.open(MODULE).ui
        add_volume(host, phantom)
        host.wait_until(lambda: "Looking" not in ui.statusLabel.text, 10)
        assert "catalogue.json cannot be read" in ui.statusLabel.text
        assert not ui.applyButton.enabled
    finally:
        path.unlink()
    host.open(OTHER_MODULE)
    host.choose(host.open(MODULE).ui.modelComboBox, TORSO)
    assert ui.applyButton.enabled


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
    remove(host, ui, "my torso")
    assert ui.modelComboBox.findText("my torso") == -1


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


# installation -------------------------------------------------------------------------------------


def test_the_panel_opens_where_nothing_is_installed() -> None:
    """In a process of its own, in which no package that Slicer lacks can be imported."""
    code = f"""
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {NOT_IN_SLICER}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Missing())
from pathlib import Path
from host.session import Host
host = Host()
with host.test():
    print(host.open(Path({str(MODULE)!r})).ui.statusLabel.text)
"""
    environment = {**os.environ, "PYTHONPATH": str(TESTING)}
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    assert "Choose a CT volume." in result.stdout


@pytest.fixture
def without_torch(tmp_path: Path, wheels: Path, session: None) -> Callable[[Any], PipEnvironment]:
    """Lets a panel look for its packages in an empty environment."""

    def replace(panel: Any) -> PipEnvironment:
        from VoCoSegmentationLib.installation.installer import Installer

        environment = PipEnvironment(tmp_path / "environment", wheels)
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


def test_without_the_pytorch_extension_it_is_named(host, phantom, without_torch) -> None:
    import qt

    panel = open_panel(host)
    from VoCoSegmentationLib.installation.installFlow import SlicerEnvironment

    without_torch(panel)
    panel.logic.installer._environment = SlicerEnvironment()
    add_volume(host, phantom)
    host.dialogs.expect("torch: about", "Install")
    host.dialogs.expect("The extension PyTorch is not installed.", qt.QMessageBox.Ok)
    host.click(panel.ui.applyButton)
    assert panel.ui.applyButton.text == "Apply"


def test_torch_comes_through_the_pytorch_extension(
    host, phantom, without_torch, monkeypatch
) -> None:
    panel = open_panel(host)
    from VoCoSegmentationLib.installation.installFlow import SlicerEnvironment

    environment = without_torch(panel)
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

    extension = types.ModuleType("PyTorchUtils")
    extension.PyTorchUtilsLogic = PyTorchUtilsLogic
    monkeypatch.setitem(sys.modules, "PyTorchUtils", extension)
    environment.installTorch = SlicerEnvironment().installTorch
    add_volume(host, phantom)
    host.dialogs.expect("torch: about", "Install")
    apply(host, panel.ui)
    assert environment.versions()["torch"] == "2.9.0"
    assert "structures found" in panel.ui.statusLabel.text


def test_a_torch_that_cannot_be_imported_is_told(host, phantom, without_torch, monkeypatch) -> None:
    import qt

    panel = open_panel(host)
    from VoCoSegmentationLib.installation.installFlow import UNFINISHED, SlicerEnvironment

    class PyTorchUtilsLogic:  # imports what it has installed
        def installTorch(self, torchVersionRequirement: str | None = None) -> object:  # noqa: N802, N803
            raise OSError("c10.dll not found")

    extension = types.ModuleType("PyTorchUtils")
    extension.PyTorchUtilsLogic = PyTorchUtilsLogic
    monkeypatch.setitem(sys.modules, "PyTorchUtils", extension)
    without_torch(panel).installTorch = SlicerEnvironment().installTorch
    add_volume(host, phantom)
    host.dialogs.expect("torch: about", "Install")
    host.dialogs.expect("PyTorch cannot be used: c10.dll not found.", qt.QMessageBox.Ok)
    host.click(panel.ui.applyButton)
    assert not qt.QSettings().contains(UNFINISHED)


@pytest.mark.parametrize("installed", [True, False])
def test_the_pytorch_extension_is_offered_with_a_restart(
    host, phantom, without_torch, monkeypatch, installed
) -> None:
    import qt

    panel = open_panel(host)
    from VoCoSegmentationLib.installation.installFlow import UNFINISHED, SlicerEnvironment

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
        answer = qt.QMessageBox.Yes if agreed else qt.QMessageBox.No
        host.dialogs.expect("Install it and restart Slicer now?", answer)
        host.click(panel.ui.applyButton)
        assert qt.QSettings().contains(UNFINISHED) == agreed
    assert done == ["restart" if installed else "install PyTorch, restart True, ask False"]


def test_an_installation_goes_on_after_a_restart(host, without_torch) -> None:
    import qt

    panel = open_panel(host)
    from VoCoSegmentationLib.installation.installFlow import UNFINISHED

    without_torch(panel)
    host.open(OTHER_MODULE)
    qt.QSettings().setValue(UNFINISHED, True)
    host.dialogs.expect("torch: about", "Cancel")
    host.open(MODULE)
    assert not qt.QSettings().contains(UNFINISHED)


# scripts ------------------------------------------------------------------------------------------


def test_process_waits_for_the_result(host, phantom) -> None:
    host.load(MODULE)
    from VoCoSegmentation import VoCoSegmentationLogic

    volume = add_volume(host, phantom)
    states: list[str] = []
    node = VoCoSegmentationLogic().process(
        volume,
        modelId="demo-torso",
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
    job = VoCoSegmentationLogic().process(volume, output, structures=["Liver"], wait=False)
    assert not job.ended
    host.wait_until(lambda: job.ended, 60)
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
                logic.process(volume, modelId=DEMO.id, structures=["Spleen"])
            job = logic.process(volume, modelId=DEMO.id, structures=["Spleen"], wait=False)
            more.append(job)

    logic.process(volume, modelId=DEMO.id, structures=["Liver"], callback=goOn)
    host.wait_until(lambda: more and more[0].ended, 60)
    assert more[0].state == "finished", more[0].error


def test_process_refuses_with_a_reason(host, phantom, without_torch) -> None:
    from VoCoLib.errors import InputError, ModelError, VoCoError

    panel = open_panel(host)
    volume = add_volume(host, phantom)
    with pytest.raises(InputError, match="No volume is selected"):
        panel.logic.process(None)
    with pytest.raises(InputError, match="no structure 'Tail'"):
        panel.logic.process(volume, structures=["Tail"])
    with pytest.raises(ModelError, match="There is no model 'torso'"):
        panel.logic.process(volume, modelId="torso")
    with pytest.raises(VoCoError, match=r"weights of VoComni_B are not here"):
        panel.logic.process(volume, modelId="VoComni_B")
    without_torch(panel)
    with pytest.raises(VoCoError, match=r"Not installed: torch, .*Press Apply"):
        panel.logic.process(volume)


def test_the_examples_of_the_tutorial_work(host, capsys) -> None:
    host.load(MODULE)
    from VoCoSegmentation import VoCoSegmentationLogic

    tutorial = (MODULE.parents[1] / "Docs" / "tutorial.md").read_text(encoding="utf-8")
    waiting, background = re.findall(r"```python\n(.*?)```", tutorial, re.DOTALL)
    names = {"slicer": slicer}
    exec(waiting, names)
    rows = [line.rsplit(maxsplit=2) for line in capsys.readouterr().out.splitlines()]
    volumes = {name: float(millilitres) for name, millilitres, _ in rows}
    assert list(volumes) == [label.name for label in DEMO.recipe.labels]
    assert 500 < volumes["Liver"] < 3000
    exec(background, names)
    host.wait_until(lambda: names["job"].ended, 60)
    assert "running Segmenting 1.0" in capsys.readouterr().out
    assert names["job"].segmentationNode.GetSegmentation().GetNumberOfSegments() == 1

    in_help = VoCoSegmentationLogic.process.__doc__.partition("console:\n")[2].partition("Args:")[0]
    assert textwrap.dedent(in_help).strip() in waiting


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
    assert ui.modelComboBox.currentText == TORSO
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
    host.wait_until(lambda: ui.modelComboBox.currentText != TORSO, 20)  # another one suits it
    host.choose(ui.modelComboBox, TORSO)
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
        assert ui.modelComboBox.currentText == TORSO
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
    parameters.modelId = "somebody's own"  # of another computer
    assert ui.statusLabel.text == "Choose a model."
