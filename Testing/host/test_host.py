"""The test host does what Slicer does, and fails where it does not know what that is."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from places import TESTING

EXAMPLE = TESTING / "host" / "example" / "HostExample.py"
SLICER_SOURCE = os.environ.get("SLICER_SOURCE_DIR")


def add_volume(name: str = "CT") -> Any:
    """A volume of 60 x 50 x 40 mm in which x 30-49, y 20-29, z 10-19 are bright."""
    import slicer

    array = np.zeros((40, 50, 60), np.int16)
    array[10:20, 20:30, 30:50] = 500
    return slicer.util.addVolumeFromArray(array, name=name)


def share_of_red(image: NDArray[np.uint8]) -> float:
    """The share of pixels with the colour of the example's segment."""
    return float(np.mean((image[..., 0] > 100) & (image[..., 1] < 80) & (image[..., 2] < 80)))


def test_a_module_runs_as_in_slicer(host: Any) -> None:
    panel = host.open(EXAMPLE)
    assert not panel.ui.applyButton.enabled
    add_volume()
    assert panel.ui.inputSelector.currentNode().GetName() == "CT"
    progress = []
    panel.ui.progressBar.connect("valueChanged(int)", progress.append)
    host.type_text(panel.ui.nameEdit, "bone")
    host.click(panel.ui.applyButton)
    host.wait_until(lambda: panel.parameters.outputSegmentation)
    assert progress == [20, 40, 60, 80, 100]
    segmentation = panel.ui.outputSelector.currentNode().GetSegmentation()
    assert segmentation.GetNthSegment(0).GetName() == "bone"
    import slicer

    mask = slicer.util.arrayFromSegmentBinaryLabelmap(
        panel.parameters.outputSegmentation, segmentation.GetNthSegmentID(0)
    )
    assert mask.sum() == 20 * 10 * 10


def test_widgets_and_parameter_node_follow_each_other(host: Any) -> None:
    panel = host.open(EXAMPLE)
    ui, parameters = panel.ui, panel.parameters
    assert (ui.thresholdSlider.value, ui.sideComboBox.currentText) == (200.0, "ABOVE")
    host.choose(ui.sideComboBox, "BELOW")
    host.choose(ui.qualityComboBox, "fast")
    host.click(ui.smoothCheckBox)
    ui.thresholdSlider.value = 300
    assert (parameters.side.name, parameters.quality) == ("BELOW", "fast")
    assert (parameters.smooth, parameters.threshold) == (True, 300.0)
    parameters.segmentName = "lung"
    parameters.smooth = False
    assert (ui.nameEdit.text, ui.smoothCheckBox.checked) == ("lung", False)
    with pytest.raises(ValueError, match="2000"):
        parameters.threshold = 2000.0
    with pytest.raises(TypeError):
        parameters.segmentName = 5


def test_parameters_are_saved_with_the_scene(host: Any, tmp_path: Path) -> None:
    import slicer

    panel = host.open(EXAMPLE)
    panel.parameters.inputVolume = add_volume()
    panel.parameters.tags = ["a", "b"]
    path = tmp_path / "scene é.mrb"
    assert slicer.util.saveScene(str(path))
    host.scene.Clear(0)
    assert panel.parameters.inputVolume is None
    assert panel.parameters.tags == []
    slicer.util.loadScene(str(path))
    assert panel.parameters.inputVolume.GetName() == "CT"
    assert panel.parameters.tags == ["a", "b"]


def test_a_module_can_be_left_closed_and_reloaded(host: Any) -> None:
    import slicer

    panel = host.open(EXAMPLE)
    add_volume()
    slicer.util.reloadScriptedModule("HostExample")
    fresh = slicer.modules.HostExampleWidget
    assert fresh is not panel
    assert fresh.ui.inputSelector.currentNode().GetName() == "CT"
    fresh.parent.exit()
    host.scene.Clear(0)
    assert fresh.parameters is None


def test_another_module_is_entered_instead(host: Any) -> None:
    import slicer

    panel = host.open(EXAMPLE)
    other = host.open(EXAMPLE.parents[3] / "VoCoPretrain" / "VoCoPretrain.py")
    assert (panel.parent.isEntered, other.parent.isEntered) == (False, True)
    slicer.util.selectModule("HostExample")
    assert (panel.parent.isEntered, other.parent.isEntered) == (True, False)
    assert panel.ui.applyButton.isVisible() and not other.parent.isVisible()


def test_a_self_test_runs_without_dialogs(host: Any) -> None:
    host.run_self_test(EXAMPLE)
    assert host.dialogs.shown == []


def test_views_show_what_is_in_the_scene(host: Any, tmp_path: Path) -> None:
    import slicer

    panel = host.open(EXAMPLE)
    layout = host.show_views()
    slicer.util.setSliceViewerLayers(background=add_volume(), fit=True)
    host.click(panel.ui.applyButton)
    host.wait_until(lambda: panel.parameters.outputSegmentation)
    for name in ("Red", "Green", "Yellow"):
        view = layout.sliceWidget(name).view
        inside, outside = view.colour_at((40, 25, 15)), view.colour_at((10, 10, 5))
        assert inside[0] > inside[1] + 50 and inside[0] > inside[2] + 50, (name, inside)
        assert max(outside) < 30, (name, outside)
    host.screenshot(tmp_path / "window.png")
    assert (tmp_path / "window.png").stat().st_size > 5000


def test_surfaces_are_seen_in_3d(host: Any) -> None:
    import slicer

    panel = host.open(EXAMPLE)
    layout = host.show_views()
    view = layout.threeDWidget(0).view
    add_volume()
    host.click(panel.ui.applyButton)
    host.wait_until(lambda: panel.parameters.outputSegmentation)
    button = slicer.qMRMLSegmentationShow3DButton()
    button.show()
    button.setSegmentationNode(panel.parameters.outputSegmentation)
    host.click(button)
    layout.resetThreeDViews()
    assert share_of_red(view.image()) > 0.02
    host.click(button)
    assert share_of_red(view.image()) == 0
    button.close()


def test_a_click_in_a_slice_places_a_point_there(host: Any) -> None:
    import slicer

    red = host.show_views().sliceWidget("Red")
    slicer.util.setSliceViewerLayers(background=add_volume(), fit=True)
    points = host.scene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode")
    points.CreateDefaultDisplayNodes()
    logic = host.app.applicationLogic()
    logic.GetSelectionNode().SetReferenceActivePlaceNodeClassName(points.GetClassName())
    logic.GetSelectionNode().SetActivePlaceNodeID(points.GetID())
    logic.GetInteractionNode().SetCurrentInteractionMode(logic.GetInteractionNode().Place)
    red.click_at((20, 30, 12))
    assert points.GetNumberOfDefinedControlPoints() == 1
    position = points.GetNthControlPointPositionWorld(0)
    view = host.scene.GetNodeByID("vtkMRMLSliceNodeRed")
    pixels = zip(view.GetFieldOfView()[:2], view.GetDimensions()[:2], strict=True)
    pixel = max(mm / count for mm, count in pixels)  # a click is no more exact
    np.testing.assert_allclose(position, (20, 30, 12), atol=max(0.01, pixel))


def test_a_node_selector_follows_scene_and_user(host: Any) -> None:
    panel = host.open(EXAMPLE)
    selector, output = panel.ui.inputSelector, panel.ui.outputSelector
    first, second = add_volume("a"), add_volume("b")
    hidden = add_volume("hidden")
    hidden.HideFromEditorsOn()
    assert selector.currentNode() is first
    host.choose(selector, "b")
    second.SetName("renamed")
    host.choose(selector, "renamed")
    host.choose(selector, "Delete current ScalarVolume")
    assert (selector.currentNode(), selector.nodeCount()) == (first, 1)
    assert output.currentNode() is None
    host.choose(output, "Create new Segmentation")
    assert output.currentNode().GetName() == "Result"
    host.dialogs.expect("New name", "Mine")
    host.choose(output, "Rename current Segmentation")
    assert panel.parameters.outputSegmentation.GetName() == "Mine"
    host.choose(output, "None")
    assert panel.parameters.outputSegmentation is None


def test_qt_has_the_ways_of_pythonqt(host: Any) -> None:
    import qt

    box, got = qt.QSpinBox(), []
    box.connect("valueChanged(int)", lambda: got.append("no argument"))
    box.valueChanged.connect(got.append)
    box.value = 3
    assert got == ["no argument", 3]
    box.disconnect("valueChanged(int)", got.append)
    line = box.findChild(qt.QLineEdit)
    assert (line.text, box.name, line.className()) == ("3", "", "QLineEdit")
    assert qt.QMessageBox.Yes == 16384 and qt.Qt.Checked == 2
    with pytest.raises(ValueError, match="no signal"):
        box.connect("valueChanged(QString)", got.append)
    with pytest.raises(AttributeError, match="tooltip"):
        box.tooltip = "wrong case"
    with pytest.raises(AttributeError, match="read-only"):
        box.cleanText = "3"
    with pytest.raises(TypeError):
        box.value()


@pytest.mark.parametrize(
    "name",
    [
        *("qt.Signal", "qt.QNothing", "ctk.ctkNothing", "slicer.qMRMLNothing"),
        *("slicer.app.nothing", "slicer.modules.nothing", "slicer.modules.volumes.nothing"),
        *("slicer.util.nothing", "slicer.qMRMLNodeComboBox().comboBox"),
    ],
)
def test_unknown_names_fail(host: Any, name: str) -> None:
    import ctk
    import qt
    import slicer

    with pytest.raises(AttributeError, match=name.rsplit(".", 1)[1]):
        eval(name, {"qt": qt, "ctk": ctk, "slicer": slicer})


@pytest.mark.parametrize("old, new", [("ctkSliderWidget", "ctkNew"), ("singleStep", "stepp")])
def test_unknown_names_in_ui_files_fail(host: Any, tmp_path: Path, old: str, new: str) -> None:
    import slicer

    text = (EXAMPLE.parent / "Resources" / "UI" / "HostExample.ui").read_text(encoding="utf-8")
    (tmp_path / "new.ui").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(AttributeError, match=new):
        slicer.util.loadUI(str(tmp_path / "new.ui"))


def slot(host: Any, fail: Any) -> None:
    """Fails in a slot."""
    import qt

    button = qt.QPushButton()
    button.connect("clicked(bool)", fail)
    button.click()


def timer(host: Any, fail: Any) -> None:
    """Fails in a timer."""
    import qt

    qt.QTimer.singleShot(0, fail)
    host.settle()


def observer(host: Any, fail: Any) -> None:
    """Fails in an observer of a node."""
    node = host.scene.AddNewNodeByClass("vtkMRMLTextNode")
    node.AddObserver("ModifiedEvent", lambda *_: fail())
    node.SetText("x")


def thread(host: Any, fail: Any) -> None:
    """Fails in a thread."""
    running = threading.Thread(target=fail)
    running.start()
    running.join()


@pytest.mark.parametrize("where", [slot, timer, observer, thread])
def test_unseen_exceptions_are_found(host: Any, where: Any) -> None:
    def fail() -> None:
        raise RuntimeError("nobody sees this")

    with host.problems.expected("RuntimeError: nobody sees this"):
        where(host, fail)
    where(host, fail)
    with pytest.raises(AssertionError, match="nobody sees this"):
        host.problems.check()


def test_warnings_of_qt_and_errors_of_vtk_are_found(host: Any) -> None:
    import qt
    import vtk

    timer = qt.QTimer()
    with host.problems.expected("another thread"):
        thread(host, lambda: timer.start(1))
    with host.problems.expected("vtkImageReslice"):
        vtk.vtkImageReslice().Update()


def test_dialogs_are_answered(host: Any) -> None:
    import qt
    import slicer

    for answer, expected in ((qt.QMessageBox.Yes, True), ("No", False)):
        host.dialogs.expect("Delete", answer)
        assert slicer.util.confirmYesNoDisplay("Delete it?") is expected
    host.dialogs.expect("Open", "/folder/file.pt")
    assert qt.QFileDialog.getOpenFileName(None, "Open", "", "*.pt") == "/folder/file.pt"
    dialog = qt.QDialog(slicer.util.mainWindow())
    button = qt.QPushButton("Go", dialog)
    button.connect("clicked()", dialog.accept)
    qt.QLabel("Shall we?", dialog)
    host.dialogs.expect("Shall we?", lambda shown: host.click(button))
    assert dialog.exec_() == qt.QDialog.Accepted
    assert [shown.kind for shown in host.dialogs.shown] == [
        *("ctkMessageBox", "ctkMessageBox", "QFileDialog.getOpenFileName", "QDialog"),
    ]


def test_unexpected_and_missing_dialogs_are_found(host: Any) -> None:
    import slicer

    assert slicer.util.confirmOkCancelDisplay("Surprise?") is False
    with pytest.raises(AssertionError, match="Surprise"):
        host.dialogs.check()
    host.dialogs.expect("Never", "OK")
    with pytest.raises(AssertionError, match="Never"):
        host.dialogs.check()


def test_only_what_a_person_could_click_is_clicked(host: Any) -> None:
    panel = host.open(EXAMPLE)
    with pytest.raises(AssertionError, match="not enabled"):
        host.click(panel.ui.applyButton)
    host.click(panel.ui.inputsButton)
    with pytest.raises(AssertionError, match="not visible"):
        host.click(panel.ui.smoothCheckBox)
    host.click(panel.ui.inputsButton)
    host.click(panel.ui.smoothCheckBox)
    assert panel.parameters.smooth


def test_an_item_of_a_list_is_ticked(host: Any) -> None:
    import qt

    ticks = qt.QListWidget()
    for name in ("one", "two"):
        item = qt.QListWidgetItem(name, ticks)
        item.setFlags(qt.Qt.ItemIsEnabled | qt.Qt.ItemIsUserCheckable)
        item.setCheckState(qt.Qt.Unchecked)
    ticks.show()
    host.click_item(ticks, "two")
    assert [ticks.item(i).checkState() for i in (0, 1)] == [qt.Qt.Unchecked, qt.Qt.Checked]
    ticks.close()


def test_blocking_is_measured_and_located(host: Any) -> None:
    import qt

    def dawdle() -> None:
        time.sleep(0.2)

    ended = []
    qt.QTimer.singleShot(30, dawdle)
    qt.QTimer.singleShot(60, functools.partial(ended.append, 1))
    with host.measure_blocking() as blocking:
        host.wait_until(lambda: ended)
    assert blocking.longest_ms >= 200
    assert "dawdle" in blocking.where


def test_many_calls_that_return_nothing_do_not_end_the_process() -> None:
    code = (
        "import host\nfrom PySide6 import QtCore\ntimer = QtCore.QTimer()\n"
        "for _ in range(200_000):\n    timer.setInterval(5)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(TESTING)}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)


def test_waiting_ends(host: Any) -> None:
    with pytest.raises(AssertionError, match=r"within 0.1 s"):
        host.wait_until(lambda: False, timeout_s=0.1)


def test_a_test_leaves_nothing_behind(host: Any) -> None:
    import qt
    import slicer

    assert host.scene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode") == 0
    assert not hasattr(slicer.modules, "hostexample") and "HostExample" not in sys.modules
    assert qt.QSettings().allKeys() == []
    with host.test():
        qt.QSettings().setValue("key", 1)
        panel = host.open(EXAMPLE)
        add_volume()
    assert qt.QSettings().allKeys() == []
    with pytest.raises(RuntimeError, match="deleted"):
        panel.ui.applyButton.click()
    with pytest.raises(AssertionError, match="cursor"), host.test():
        slicer.app.setOverrideCursor(qt.Qt.WaitCursor)


def test_who_stands_in_for_slicers_python_files(host: Any) -> None:
    from slicer.ScriptedLoadableModule import ScriptedLoadableModuleWidget

    stand_in = ScriptedLoadableModuleWidget.__module__.startswith("host.")
    assert stand_in is not bool(SLICER_SOURCE)


@pytest.mark.skipif(not SLICER_SOURCE, reason="SLICER_SOURCE_DIR names no Slicer source tree")
def test_without_slicers_sources_it_is_the_same() -> None:
    environment = {k: v for k, v in os.environ.items() if k != "SLICER_SOURCE_DIR"}
    command = [sys.executable, "-m", "pytest", "-q", __file__]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stdout
