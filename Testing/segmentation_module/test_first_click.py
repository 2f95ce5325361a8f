"""A user who knows nothing: the model for this CT, said before and after if it is the wrong one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from places import ROOT, SHARED
from quick_model import end_session

from VoCoLib.errors import VoCoError
from VoCoLib.images.phantom import make_phantom
from VoCoLib.images.volumes import read_volume

slicer_scene = pytest.importorskip("slicer_scene", exc_type=ImportError)
slicer = pytest.importorskip("slicer")

MODULE = ROOT / "VoCoSegmentation" / "VoCoSegmentation.py"
OPENKBP, SAMPLES = SHARED / "data" / "openkbp" / "imagesTr", SHARED / "data" / "ct_samples"
HEAD_AND_NECK = "Head and neck organs at risk (head, neck)"
needs_shared = pytest.mark.skipif(not OPENKBP.is_dir(), reason="shared/data is not here")


@pytest.fixture(scope="module", autouse=True)
def session(_host: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A fresh catalogue."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOCO_HOME", str(tmp_path_factory.mktemp("modèles")))
        yield
        end_session()


def load(host: Any, path: Path) -> Any:
    volume = read_volume(path)
    node = slicer_scene.add_volume(host.scene, volume.array, volume.affine)
    node.SetName(path.name)
    host.settle()
    return node


def wait_until_looked_at(host: Any, ui: Any) -> None:
    host.wait_until(lambda: "Looking" not in ui.statusLabel.text, 20)


@needs_shared
@pytest.mark.parametrize(
    ("path", "model", "said"),
    [
        (SAMPLES / "example_ct.nii.gz", "VoComni B (chest, abdomen; not downloaded)", "291 MB"),
        (SAMPLES / "example_ct_dicom", "VoComni B (chest, abdomen; not downloaded)", "291 MB"),
        (OPENKBP / "okbp_001.nii.gz", HEAD_AND_NECK, "Ready."),
        (SAMPLES / "CT_pitch.nii.gz", "", "was not recognised. Choose a model."),
    ],
    ids=lambda value: value.name if isinstance(value, Path) else "",
)
def test_the_model_that_fits_is_chosen(host, path: Path, model: str, said: str) -> None:
    ui = host.open(MODULE).ui
    load(host, path)
    wait_until_looked_at(host, ui)
    assert ui.modelComboBox.currentText == model
    assert said in ui.statusLabel.text
    assert ui.applyButton.enabled == bool(model)


def test_the_phantom_is_for_its_own_models(host) -> None:
    phantom = make_phantom(7, (6.0, 6.0, 6.0))
    ui = host.open(MODULE).ui
    slicer_scene.add_volume(host.scene, phantom.image, phantom.affine)
    host.settle()
    wait_until_looked_at(host, ui)
    assert ui.modelComboBox.currentText == "Demonstration: synthetic torso"
    host.click(ui.positionCollapsibleButton)
    assert ui.positionModelComboBox.currentText == "Demonstration: synthetic torso, pre-trained"


def test_quick_start_until_the_first_success(host) -> None:
    import qt

    ui = host.open(MODULE).ui
    assert ui.quickStartFrame.isVisible()
    host.dialogs.expect("Download a CT of the abdomen", qt.QMessageBox.Cancel)
    host.click(ui.sampleCtButton)
    assert ui.inputSelector.currentNode() is None
    host.click(ui.syntheticCtButton)
    assert ui.inputSelector.currentNode().GetName() == "VoCo demo torso"
    wait_until_looked_at(host, ui)
    assert ui.modelComboBox.currentText == "Demonstration: synthetic torso"
    host.click(ui.structuresCollapsibleButton)
    host.click(ui.noStructuresButton)
    host.click_item(ui.structuresListWidget, "Gallbladder")
    assert ui.quickStartFrame.isVisible()
    host.click(ui.applyButton)
    host.wait_until(lambda: ui.applyButton.text == "Apply", 200)
    assert not ui.quickStartFrame.isVisible()


@needs_shared
@pytest.mark.parametrize("heads", [1, pytest.param(2, marks=pytest.mark.long)])
def test_one_click_for_a_head_and_another_for_the_next(host, heads: int) -> None:
    """The CT is loaded, its model is here: Apply is the only click."""
    ui = host.open(MODULE).ui
    for name, clicks in (("okbp_001.nii.gz", 1), ("okbp_016.nii.gz", 2))[:heads]:
        node = load(host, OPENKBP / name)
        if clicks == 2:
            host.choose(ui.inputSelector, node.GetName())  # the second one has to be chosen
        wait_until_looked_at(host, ui)
        host.click(ui.applyButton)
        host.wait_until(lambda: ui.applyButton.text == "Apply", 120)
        assert "structures found" in ui.statusLabel.text
        assert ui.outputSelector.currentNode().GetName() == f"{node.GetName()} segmentation"


@needs_shared
def test_a_script_that_names_no_model(host) -> None:
    logic = host.open(MODULE).logic
    node = load(host, OPENKBP / "okbp_001.nii.gz")
    result = logic.process(node, structures=["Mandible"])  # only this model has it
    assert result.GetName() == "okbp_001.nii.gz segmentation"
    with pytest.raises(VoCoError, match=r"not recognised.*openkbp-headneck \(head, neck\)"):
        logic.process(load(host, SAMPLES / "CT_pitch.nii.gz"))


@needs_shared
def test_several_cts_each_with_its_model(host) -> None:
    """From the context menu of Data, and all of the scene; what cannot be done is told."""
    import qt
    from VoCoSegmentationLib.VoCoSubjectHierarchyPlugin import segment, volumesOf

    ui = host.open(MODULE).ui
    names = ("okbp_001.nii.gz", "okbp_016.nii.gz")
    nodes = [load(host, OPENKBP / name) for name in names]
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(host.scene)
    labels = host.scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode")
    top = hierarchy.GetSceneItemID()
    items = [hierarchy.CreateItem(top, node) for node in (*nodes, labels)]
    assert volumesOf(items) == nodes
    segment(volumesOf(items))
    kind = "vtkMRMLSegmentationNode"
    host.wait_until(lambda: len(slicer.util.getNodesByClass(kind, host.scene)) == 2, 200)
    host.wait_until(lambda: ui.applyButton.text == "Apply", 200)
    found = {node.GetName() for node in slicer.util.getNodesByClass(kind, host.scene)}
    assert found == {f"{name} segmentation" for name in names}

    for node in nodes:
        host.scene.RemoveNode(node)
    load(host, SAMPLES / "example_ct.nii.gz")
    load(host, SAMPLES / "CT_pitch.nii.gz")
    host.dialogs.expect("Not segmented", qt.QMessageBox.Ok)
    host.click(ui.advancedCollapsibleButton)
    host.click(ui.allVolumesButton)
    host.wait_until(lambda: host.dialogs.shown, 30)
    text = host.dialogs.shown[-1].text
    assert "example_ct.nii.gz: Download the model first." in text
    assert "CT_pitch.nii.gz: The body region of this CT was not recognised." in text


@needs_shared
def test_a_wrong_choice_is_said_before_and_after(host) -> None:
    ui = host.open(MODULE).ui
    load(host, OPENKBP / "okbp_001.nii.gz")
    wait_until_looked_at(host, ui)
    host.choose(ui.modelComboBox, "Demonstration: synthetic torso")
    warning = "This model knows VoCo's synthetic torso; this CT seems to show head, neck."
    assert warning in ui.statusLabel.text
    assert ui.applyButton.enabled
    host.click(ui.applyButton)
    host.wait_until(lambda: ui.applyButton.text == "Apply", 120)
    assert warning in ui.statusLabel.text
    assert "structures found" in ui.statusLabel.text and "Look at: " in ui.statusLabel.text
    table = ui.outputSelector.currentNode().GetNodeReference("VoCoStatistics").GetTable()
    flags = table.GetColumnByName("flags")
    assert any(flags.GetValue(i) for i in range(flags.GetNumberOfValues()))
    host.choose(ui.modelComboBox, HEAD_AND_NECK)
    assert warning not in ui.statusLabel.text


@needs_shared
def test_a_choice_of_the_user_stays_with_its_ct(host) -> None:
    ui = host.open(MODULE).ui
    head = load(host, OPENKBP / "okbp_001.nii.gz")
    wait_until_looked_at(host, ui)
    host.choose(ui.modelComboBox, "Demonstration: synthetic torso")
    head.Modified()
    host.settle()
    assert ui.modelComboBox.currentText == "Demonstration: synthetic torso"
    load(host, OPENKBP / "okbp_016.nii.gz")
    host.choose(ui.inputSelector, "okbp_016.nii.gz")  # the second one has to be chosen
    host.wait_until(lambda: ui.modelComboBox.currentText == HEAD_AND_NECK, 20)
    assert ui.applyButton.enabled
    load(host, SAMPLES / "example_ct.nii.gz")
    host.choose(ui.inputSelector, "example_ct.nii.gz")
    wanted = "VoComni B (chest, abdomen; not downloaded)"
    host.wait_until(lambda: ui.modelComboBox.currentText == wanted, 20)
