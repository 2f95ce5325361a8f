"""The panel of VoCoPretrain, clicked: real trainings in processes of their own, real nodes."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from places import ROOT, TESTING
from quick_model import write_quick_positions
from quick_runs import FOREVER, QUICK_PYTHON
from small_preset import PRESETS
from training_files import make_ct, write, write_cases
from vtk.util.numpy_support import vtk_to_numpy

from VoCoLib.errors import OutputError, VoCoError
from VoCoLib.images.phantom import make_phantom
from VoCoLib.images.volumes import read_label_map, read_volume
from VoCoLib.models.catalogue import Catalogue
from VoCoLib.runs.device_queue import DeviceQueue
from VoCoLib.training.jobs.kinds import complete_config

slicer_scene = pytest.importorskip("slicer_scene", exc_type=ImportError)
slicer = pytest.importorskip("slicer")
pytest.importorskip("PySide6")

MODULE = ROOT / "VoCoPretrain" / "VoCoPretrain.py"
SEGMENTATION_MODULE = ROOT / "VoCoSegmentation" / "VoCoSegmentation.py"
COLUMNS = ("name", "state", "step", "left")


@pytest.fixture(scope="module", autouse=True)
def home(_host: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Four volumes, and a folder of models and a queue of its own; ends the session's worker."""
    path = tmp_path_factory.mktemp("modèles de Zoë")
    write_cases(path / "data", 4)
    sys.path.append(str(SEGMENTATION_MODULE.parent))
    from VoCoSegmentationLib.sections import session

    from VoCoLib.worker.client import WorkerClient

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOCO_HOME", str(path))
        patch.setenv("OMP_NUM_THREADS", "1")
        session.closeSession()
        small = {**os.environ, "SMALL_NETWORK": "yes"}  # of trials; models keep their own
        client = functools.partial(WorkerClient, QUICK_PYTHON, small)
        patch.setattr(session, "WorkerClient", client)
        yield path
        session.closeSession()


@pytest.fixture
def small_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Children that are started later take a network of milliseconds."""
    monkeypatch.setenv("SMALL_NETWORK", "yes")


@pytest.fixture
def looks(host: Any, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five looks at the runs a second, so that tests wait for less."""
    host.load(SEGMENTATION_MODULE)
    host.load(MODULE)
    monkeypatch.setattr("VoCoPretrainLib.sections.panel.LOOK_MS", 200)


@pytest.fixture
def panel(host: Any, home: Path, tmp_path: Path, looks: None) -> Iterator[Any]:
    """The open panel, with a folder of runs of its own; what still trains is ended."""
    panel = open_panel(host, tmp_path / "runs")
    yield panel
    for run in panel.logic.jobs.runs():
        run.kill()


def open_panel(host: Any, runs: Path) -> Any:
    host.load(SEGMENTATION_MODULE)
    panel = host.open(MODULE)
    panel.logic.python = QUICK_PYTHON
    panel.ui.runsFolderEdit.currentPath = str(runs)
    return panel


def choose_quick(host: Any, ui: Any, data: Path, steps: int) -> None:
    """The settings of a run that is as quick as can be."""
    ui.dataFolderEdit.currentPath = str(data)
    host.choose(ui.preparationComboBox, "small")
    host.choose(ui.networkComboBox, "tiny: for small machines")
    ui.stepsSpinBox.value = steps
    host.click(ui.advancedCollapsibleButton)
    host.choose(ui.deviceComboBox, "Processor")
    ui.batchSpinBox.value = ui.queriesSpinBox.value = 1
    ui.saveEverySpinBox.value = 5
    host.click(ui.advancedCollapsibleButton)


def row(ui: Any, number: int = 0) -> dict[str, str]:
    texts = [ui.runsTable.item(number, column).text() for column in range(len(COLUMNS))]
    return dict(zip(COLUMNS, texts, strict=True))


def state(ui: Any) -> str:
    return row(ui)["state"] if ui.runsTable.rowCount else "none"


def step(ui: Any) -> int:
    return int(row(ui)["step"].split()[0])


def is_state(ui: Any, *names: str) -> Callable[[], bool]:
    return lambda: state(ui) in names


def points(chart: Any, index: int = 0) -> np.ndarray:
    """What a curve shows: (points, 2)."""
    series = chart.GetNthPlotSeriesNode(index)
    table = series.GetTableNode().GetTable()
    names = (series.GetXColumnName(), series.GetYColumnName())
    return np.stack([vtk_to_numpy(table.GetColumnByName(name)) for name in names], axis=1)


def shown_chart() -> Any:
    identifier = slicer.app.applicationLogic().GetSelectionNode().GetActivePlotChartID()
    return slicer.mrmlScene.GetNodeByID(identifier) if identifier else None


# The story


@pytest.mark.slow
@pytest.mark.parametrize(
    ("network", "measured"),
    [("small", [0, 100, 200, 290]), pytest.param("tiny", [0, 9], marks=pytest.mark.long)],
    ids=["small", "tiny"],
)
def test_a_training_from_the_first_click_to_the_position_view(
    host, panel, home, monkeypatch, network, measured
) -> None:
    """The small network is none for the position view: the next test opens that."""
    steps = measured[-1]
    if network == "small":
        monkeypatch.setenv("SMALL_NETWORK", "yes")
    ui = panel.ui
    assert not ui.startButton.enabled
    assert ui.reasonLabel.text == ui.startButton.toolTip == "Choose the CT volumes to train on."
    choose_quick(host, ui, home / "data", steps)
    host.type_text(ui.nameLineEdit, "my run")
    with host.measure_blocking() as blocking:
        host.click(ui.startButton)
        host.wait_until(lambda: state(ui) == "running" and ui.showCurveButton.enabled, 120)
        host.click(ui.showCurveButton)
        before = len(points(shown_chart()))
        host.wait_until(lambda: len(points(shown_chart())) > before + 1, 60)
        host.click(ui.stopButton)
        host.wait_until(is_state(ui, "stopped"), 60)
    assert blocking.longest_ms < 100, blocking.where
    tip = ui.runsTable.item(0, 0).toolTip()
    assert tip.startswith("my run\nPre-training\nDevice: cpu\nStarted: ")
    assert "Stopped" in ui.situationLabel.text and "Loss" in ui.metricsLabel.text
    stopped = step(ui)
    assert 2 < stopped < steps and ui.useButton.enabled  # its model so far
    host.click(ui.resumeButton)
    host.wait_until(is_state(ui, "finished"), 120)
    assert ui.situationLabel.text == f"Finished after {steps} steps."
    assert shown_chart().GetYAxisTitle().startswith("Share of places found")  # by itself
    assert [points(shown_chart(), n)[:, 0].tolist() for n in range(3)] == [measured] * 3
    assert ui.guessesLabel.isVisible() and ui.guessesLabel.pixmap.width() == 316
    assert "too early to tell" in ui.healthLabel.text
    host.click(ui.detailsCollapsibleButton)
    host.choose(ui.curveComboBox, "Loss")
    curve = points(shown_chart())
    assert curve[:, 0].tolist() == list(range(1, steps + 1)) and (curve[:, 1] > 0).all()
    held_back = points(shown_chart(), 2)  # after the losses and their average
    assert held_back[:, 0].tolist() == measured and (held_back[:, 1] > 0).all()
    assert "Wrote" in ui.logTextEdit.plainText

    if network == "tiny":
        check_position_view(host, ui)


def test_a_pre_trained_model_is_used_in_the_position_view(host, panel, tmp_path) -> None:
    run = tmp_path / "runs" / "my run"
    write_metrics(run, {"step": 1, "loss": 0.9, "learning_rate": 1e-4})
    write_quick_positions(run / "model.safetensors", "demo-torso-voco")
    host.wait_until(lambda: panel.ui.useButton.isVisible() and panel.ui.useButton.enabled, 5)
    check_position_view(host, panel.ui)


def check_position_view(host: Any, ui: Any) -> None:
    """The module that is opened answers with the checkpoint: through its own worker."""
    host.click(ui.useButton)
    host.wait_until(lambda: Catalogue().models()[-1].id == "my-run", 60)
    host.wait_until(lambda: host.window._panel.widget().moduleName == "VoCoSegmentation", 10)
    widget = slicer.util.getModuleWidget("VoCoSegmentation")
    assert widget.logic.getParameterNode().positionModel == "my-run"
    assert widget.ui.positionModelComboBox.currentText == "my run"
    phantom = make_phantom(7, (6.0, 6.0, 6.0))
    node = slicer_scene.add_volume(host.scene, phantom.image, phantom.affine)
    from VoCoSegmentationLib.jobs.queue import Job
    from VoCoSegmentationLib.scene.volumes import readVolume

    class Ask(Job):
        answers: list[Any] = []  # noqa: RUF012

        def steps(self) -> Any:
            volume = readVolume(node)
            view = {"view": "v", "model": "my-run", "affine": volume.affine.tolist()}
            prepared = yield {"request": "positions_prepare", **view}, {"image": volume.array}
            self.compared = prepared["compared"]
            centre = volume.affine @ [*(n / 2 for n in volume.array.shape), 1]
            points = [centre[:3].tolist()]
            found = yield {"request": "positions_query", "view": "v", "points": points}, {}
            self.answers = found["answers"]

    job = Ask("Position")
    widget.logic.queue().add(job)
    host.wait_until(lambda: job.ended, 60)
    assert job.state == "finished", job.error
    assert job.compared == "projection head" and len(job.answers) == 1
    widget.logic.catalogue.remove("my-run")


# Others


PLAYER = """
import sys
sys.path[:0] = [{root!r}, {testing!r}, {here!r}, {segmentation!r}]
from pathlib import Path
from host.session import Host  # before PySide6
import test_pretrain_panel as tests
host = Host()
panel = tests.open_panel(host, Path({runs!r}))
tests.choose_quick(host, panel.ui, Path({data!r}), {steps})
host.click(panel.ui.startButton)
host.wait_until(lambda: tests.state(panel.ui) == "running", 60)
print("running", flush=True)
host.wait_until(lambda: False, 600)
"""


@pytest.mark.slow
@pytest.mark.usefixtures("small_network")
def test_slicer_is_killed_and_the_next_one_finds_follows_and_stops_the_run(
    host, home, tmp_path, looks
) -> None:
    names = {"root": str(ROOT), "testing": str(TESTING), "here": str(TESTING / "pretrain_module")}
    names["segmentation"] = str(SEGMENTATION_MODULE.parent)
    code = PLAYER.format(**names, runs=str(tmp_path), data=str(home / "data"), steps=FOREVER)
    slicer_1 = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert slicer_1.stdout is not None
    assert slicer_1.stdout.readline().strip() == b"running"
    slicer_1.kill()
    slicer_1.communicate()

    panel = open_panel(host, tmp_path)
    ui = panel.ui
    assert row(ui)["name"] == "pretrain-1" and state(ui) == "running"
    before = step(ui)
    host.wait_until(lambda: step(ui) > before, 10)
    training = psutil.Process(json.loads((tmp_path / "pretrain-1" / "pid").read_text())["pid"])

    training.kill()  # and the training, too
    start = time.monotonic()
    host.wait_until(is_state(ui, "lost"), 5)
    assert time.monotonic() - start < 5
    assert "Resume it" in ui.situationLabel.text
    host.click(ui.resumeButton)
    assert state(ui) == "queued"
    host.wait_until(is_state(ui, "running"), 60)
    host.click(ui.stopButton)
    host.wait_until(is_state(ui, "stopping", "stopped"), 5)
    host.wait_until(is_state(ui, "stopped"), 60)
    host.dialogs.expect("Delete pretrain-1", "OK")
    host.click(ui.detailsCollapsibleButton)
    host.click(ui.deleteButton)
    assert ui.runsTable.rowCount == 0 and not (tmp_path / "pretrain-1").exists()


@pytest.mark.usefixtures("small_network")
def test_the_panel_opens_while_another_run_uses_the_device(host, panel, home, monkeypatch) -> None:
    """Queued; the same from a script; its end is said; a run that cannot be started."""
    queue = DeviceQueue("cpu")
    queue.enter()
    logic, ui = panel.logic, panel.ui
    config = {"data": str(home / "data"), "preparation": "small", "device": "cpu", "steps": 3}
    run_id = logic.startRun(config)
    (run,) = logic.runs()
    assert (run.id, run.name, run.state.name) == (run_id, "pretrain-1", "queued")
    host.wait_until(is_state(ui, "queued"), 5)
    assert "Queued" in ui.situationLabel.text and ui.stopButton.enabled
    said: list[str] = []
    monkeypatch.setattr(slicer.util, "showStatusMessage", lambda text, *_: said.append(text))
    monkeypatch.setattr("VoCoPretrainLib.sections.panel.AWAY_MS", 100)
    panel.exit()  # another module is open when it ends
    logic.stop(run_id, force=True)
    host.wait_until(lambda: said == ["The training pretrain-1 was stopped."], 10)
    panel.enter()
    host.wait_until(is_state(ui, "stopped"), 5)
    assert len(said) == 1
    queue.leave()
    with pytest.raises(VoCoError, match="steps must be"):
        logic.startRun({**config, "steps": 0})
    with pytest.raises(OutputError, match="already holds a run"):
        logic.startRun(config, "pretrain-1")
    with pytest.raises(VoCoError, match="no model yet"):
        logic.addToCatalogue(run_id)
    logic.delete(run_id)
    assert logic.runs() == []


@pytest.mark.usefixtures("small_network")
def test_the_data_is_checked_and_the_cost_estimated(host, panel, home, tmp_path) -> None:
    ui = panel.ui
    write_cases(tmp_path / "data", 3)
    (tmp_path / "data" / "broken.nii.gz").write_bytes(b"nothing")
    choose_quick(host, ui, tmp_path / "data", 500)
    with host.measure_blocking() as blocking:
        host.click(ui.checkButton)
        assert ui.checkButton.text == "Cancel" and not ui.startButton.enabled
        host.wait_until(lambda: ui.checkButton.text != "Cancel", 60)
    assert blocking.longest_ms < 100, blocking.where
    text = ui.checkLabel.text
    assert "3 of 4 volumes can be used." in text and "broken.nii.gz" in text
    assert "Spacing 3 x 3 x 4 mm, size 30 x 26 x 20 voxels" in text
    assert "Estimate from 4 steps tried" in text and "a step" in text and "free" in text
    assert ui.previewLabel.isVisible() and ui.previewLabel.pixmap.width() == 316
    assert ui.startButton.enabled
    add_ct(host)
    host.wait_until(lambda: ui.sceneListWidget.count == 1, 5)
    assert ui.checkLabel.text == text  # the data is the folder

    assert ui.previewLabel.isVisible()
    before = ui.previewLabel.pixmap.toImage()
    for path in (tmp_path / "data").rglob("case*"):  # the same files with something else in them
        write(path, np.clip(make_ct(7) + 150, -1000, 1000).astype(np.int16))
    host.click(ui.checkButton)
    assert not ui.previewLabel.isVisible()
    host.wait_until(lambda: ui.previewLabel.isVisible(), 60)
    assert ui.previewLabel.pixmap.toImage() != before
    host.click(ui.checkButton)
    host.wait_until(lambda: ui.checkButton.text != "Cancel", 30)

    ui.dataFolderEdit.currentPath = str(home)
    assert ui.checkLabel.text == ""  # nothing is known of other data
    assert not ui.previewLabel.isVisible()
    ui.dataFolderEdit.currentPath = str(tmp_path / "data")
    for path in (tmp_path / "data").rglob("case*"):
        path.unlink()
    host.click(ui.checkButton)
    host.wait_until(lambda: ui.checkButton.text != "Cancel", 30)
    assert "None of the volumes can be used." in ui.checkLabel.text
    ui.dataFolderEdit.currentPath = str(tmp_path / "nowhere")
    host.click(ui.checkButton)
    host.wait_until(lambda: "does not exist" in ui.checkLabel.text, 30)


def test_what_is_shown_belongs_to_the_kind_and_the_method(host, panel) -> None:
    ui = panel.ui
    host.choose(ui.methodComboBox, "VoCo v1 (CVPR 2024)")
    assert ui.preparationComboBox.currentText == "Abdomen and trunk (v1)"
    host.choose(ui.methodComboBox, "VoCo v2 (TPAMI)")
    assert ui.preparationComboBox.count == len(PRESETS) - 1
    assert ui.startComboBox.isVisible()
    host.choose(ui.kindComboBox, "Fine-tuning: CT with labels")
    assert ui.startComboBox.isVisible() and not ui.preparationComboBox.isVisible()
    assert ui.nameLineEdit.text == "finetune-1"
    host.choose(ui.startComboBox, "Head and neck organs at risk")
    assert not ui.networkComboBox.isVisible()
    host.choose(ui.startComboBox, "Nothing: random weights")
    assert ui.networkComboBox.isVisible()


def test_a_pre_training_goes_on_from_a_model(host, panel) -> None:
    """Network, method and preset are those of the weights; nothing is chosen for the user."""
    ui = panel.ui
    phantom = make_phantom(7, (6.0, 6.0, 6.0))
    slicer_scene.add_volume(host.scene, phantom.image, phantom.affine)
    host.choose(ui.dataComboBox, "Volumes in this scene")
    panel._panel.refresh()
    assert ui.startComboBox.currentText == "Nothing: random weights"
    assert not ui.startReasonLabel.isVisible()
    settings = panel._panel._settings
    assert {"preset", "method", "preparation"} <= settings.values().keys()
    host.choose(ui.startComboBox, "Demonstration: synthetic torso, pre-trained")
    for widget in (ui.networkComboBox, ui.methodComboBox, ui.preparationComboBox):
        assert not widget.isVisible()
    panel._panel.refresh()
    values = settings.values()
    assert values["start"] == "demo-torso-voco"
    assert not {"preset", "method", "preparation"} & values.keys()
    found = complete_config({**values, "data": "x"})
    assert (found["start"], found["preset"]) == ("demo-torso-voco", None)


def test_a_start_is_proposed_for_what_the_data_shows(host, panel, tmp_path) -> None:
    """Never the models of the phantom for patients."""
    ui = panel.ui
    host.choose(ui.kindComboBox, "Fine-tuning: CT with labels")
    assert ui.startComboBox.currentText == "Nothing: random weights"
    assert ui.startReasonLabel.text.startswith("Choose the data and press Check")
    phantom = make_phantom(7, (6.0, 6.0, 6.0))
    slicer_scene.add_volume(host.scene, phantom.image, phantom.affine)
    host.choose(ui.dataComboBox, "Volumes in this scene")
    host.wait_until(lambda: ui.startReasonLabel.text.startswith("Proposed"), 20)
    assert ui.startComboBox.currentText == "Demonstration: synthetic torso, pre-trained"
    assert ui.startReasonLabel.text == (
        "Proposed: it knows VoCo's synthetic torso; the data shows VoCo's synthetic torso."
    )
    host.choose(ui.startComboBox, "Head and neck organs at risk")  # the user knows better
    panel._panel.refresh()
    assert ui.startComboBox.currentText == "Head and neck organs at risk"
    assert not ui.startReasonLabel.isVisible()


@pytest.mark.parametrize(
    ("extents", "doubt", "start", "why"),
    [
        ({"head": 150, "neck": 100}, "", "openkbp-headneck", "it knows head, neck; the data"),
        ({"chest": 200, "abdomen": 200}, "", "scratch", "No model on this computer is for chest"),
        ({}, "too small", "scratch", "was not recognised"),
    ],
)
def test_which_start_is_proposed(host, panel, tmp_path, extents, doubt, start, why) -> None:
    from VoCoPretrainLib.presenters.startProposal import propose, starts

    from VoCoLib.images.body_regions import BodyRegions

    shown = BodyRegions(extents, doubt)
    proposal = propose(panel.logic, [], shown)
    assert proposal.name == start and why in proposal.why
    runs = panel.logic.runs()
    assert "demo" in starts(panel.logic, runs)[-1][0]  # after those for patients
    run = tmp_path / "runs" / "Kopf Müller"
    write_metrics(run, {"step": 1, "loss": 0.9, "learning_rate": 1e-4})
    (run / "model.safetensors").write_bytes(b"")
    proposal = propose(panel.logic, panel.logic.runs(), shown)
    assert proposal.name == str(run / "model.safetensors")
    assert proposal.why == "Proposed: your latest pre-training, Kopf Müller."


def test_an_estimate_goes_with_the_settings_that_it_is_about(host, panel, home) -> None:
    ui = panel.ui
    choose_quick(host, ui, home / "data", 14)
    presenter = panel._panel._newRun
    draft = presenter._draft()
    presenter._checked.say("2 volumes.", presenter._data(draft))
    presenter._tried.say("an hour.", presenter._all(draft))
    panel._panel.refresh()
    assert ui.checkLabel.text == "2 volumes.\nan hour."
    ui.stepsSpinBox.value = 20
    panel._panel.refresh()
    assert ui.checkLabel.text == "2 volumes."
    host.choose(ui.kindComboBox, "Fine-tuning: CT with labels")
    panel._panel.refresh()
    assert ui.checkLabel.text == ""


def test_names_of_runs_may_have_any_letters(host, panel, tmp_path) -> None:
    """Each has a model of its own in the catalogue, under the name that was typed."""
    from VoCoLib.locations import RESOURCES

    weights = RESOURCES / "Models" / "demo-torso-voco.safetensors"
    ids = []
    for name in ("Studie Müller", "Studie Möller", "печень"):
        run = tmp_path / "runs" / name
        write_metrics(run, {"step": 1, "loss": 0.9, "learning_rate": 1e-4})
        (run / "model.safetensors").write_bytes(weights.read_bytes())
        assert panel.logic.modelOf(str(run)) is None
        job = panel.logic.addToCatalogue(str(run))
        host.wait_until(lambda job=job: job.ended, 60)
        model = panel.logic.modelOf(str(run))
        assert model is not None and model.title == name
        ids.append(model.id)
    assert ids == ["Studie-Muller", "Studie-Moller", "model"]
    for model_id in ids:
        panel.logic.catalogue.remove(model_id)


def test_the_axis_of_a_score_says_what_it_is(host, panel, tmp_path) -> None:
    from VoCoPretrainLib.curveNodes import scoreSpan

    measures = [{"step": 50 * n, "dice": 0.875 + 0.002 * n} for n in range(1, 4)]
    write_metrics(tmp_path / "runs" / "one", *measures)
    host.wait_until(lambda: panel.ui.runsTable.rowCount == 1, 5)
    host.click(panel.ui.showCurveButton)
    assert shown_chart().GetYAxisTitle() == "Mean Dice, axis from 0.75 to 1.00"
    assert shown_chart().GetYAxisRange() == (0.75, 1.0)
    assert scoreSpan([]) == (0, 1) and scoreSpan([0.02, 0.9]) == (0, 0.9)


NARROW = 380  # pixels of the panel beside the views of a small screen


def test_nothing_is_cut_in_a_narrow_panel(host, panel, tmp_path) -> None:
    from PySide6 import QtWidgets

    ui = panel.ui
    host.window.resize(NARROW, 900)
    host.click(ui.advancedCollapsibleButton)
    kinds = ("Fine-tuning: CT with labels", "Pre-training: CT alone")
    found = {
        f"{combo.objectName}: {text}"
        for kind in kinds
        for combo, text in _texts_of_combos(host, ui, kind)
        if combo.fontMetrics().horizontalAdvance(text) > _room(combo)
    }
    assert found == set()
    host.click(ui.advancedCollapsibleButton)
    assert not ui.runsTable.isVisible()  # its columns are too many for nothing
    write_metrics(tmp_path / "runs" / "one", {"step": 1, "loss": 0.9, "learning_rate": 1e-4})
    host.wait_until(lambda: ui.runsTable.rowCount == 1, 5)
    assert ui.runsTable.isVisible()
    host.settle()
    buttons = ui.runFrame.findChildren(QtWidgets.QAbstractButton)
    assert panel.parent.minimumSizeHint().width() <= NARROW
    assert all(b.width >= b.minimumSizeHint().width() for b in buttons if b.isVisible())


def _texts_of_combos(host: Any, ui: Any, kind: str) -> Iterator[tuple[Any, str]]:
    """The combo boxes that are seen for a kind of training, and what they may show.

    Without names of models, whose length nobody knows: those are tool tips, too.
    """
    from PySide6 import QtCore, QtWidgets

    host.choose(ui.kindComboBox, kind)
    host.settle()
    for combo in vars(ui).values():
        if isinstance(combo, QtWidgets.QComboBox) and combo.isVisible():
            for index in range(combo.count):
                if combo.itemText(index) != combo.itemData(index, QtCore.Qt.ToolTipRole):
                    yield combo, combo.itemText(index)


def _room(combo: Any) -> int:
    """The width of what a combo box shows of its text."""
    from PySide6 import QtWidgets

    option = QtWidgets.QStyleOptionComboBox()
    combo.initStyleOption(option)
    control, part = QtWidgets.QStyle.CC_ComboBox, QtWidgets.QStyle.SC_ComboBoxEditField
    return combo.style().subControlRect(control, option, part, combo).width()


def test_what_a_job_says_of_itself_is_said_once(host) -> None:
    host.load(MODULE)
    from VoCoSegmentationLib.jobs.queue import Job
    from VoCoSegmentationLib.texts import jobState

    job = Job("okbp_002")
    job.state, job.error = "cancelled", VoCoError("okbp_002 was removed.")
    assert jobState(job) == "okbp_002 was removed."
    job.state, job.error = "failed", VoCoError("okbp_002 has no voxels.")
    assert jobState(job) == "okbp_002 has no voxels."
    job.error = VoCoError("The disk is full.")
    assert jobState(job) == "okbp_002 failed: The disk is full."


def test_no_bar_repeats_the_share_of_its_label(host, panel) -> None:
    """In other words: rounded otherwise, and of another moment."""
    from PySide6 import QtWidgets

    for module in (panel, host.open(SEGMENTATION_MODULE)):
        bars = [w for w in vars(module.ui).values() if isinstance(w, QtWidgets.QProgressBar)]
        assert bars and not any(bar.textVisible for bar in bars)


def test_a_name_and_a_folder_that_cannot_be_are_refused(host, panel, home, tmp_path) -> None:
    ui = panel.ui
    ui.dataFolderEdit.currentPath = str(home / "data")
    assert ui.startButton.enabled
    for name in ("../data", str(tmp_path / "elsewhere"), ".exported", ".."):
        host.type_text(ui.nameLineEdit, name)
        assert ui.reasonLabel.text == "Choose a name that a folder can have on any computer."
    host.type_text(ui.nameLineEdit, " ")
    assert ui.reasonLabel.text == "Give the run a name."
    host.type_text(ui.nameLineEdit, "run 1")
    before = panel.logic.runsFolder
    ui.runsFolderEdit.currentPath = ""
    assert ui.reasonLabel.text == "Choose the folder of the runs."
    assert panel.logic.runsFolder == before
    assert not ui.startButton.enabled and not ui.checkButton.enabled


def test_the_folder_of_runs_is_stored_when_editing_has_finished(
    host, panel, tmp_path, monkeypatch
) -> None:
    """And absolute: the process of a run has another working folder than Slicer."""
    import qt

    def stored() -> str:
        return slicer.util.settingsValue("VoCoPretrain/RunsFolder", "")

    monkeypatch.chdir(tmp_path)
    ui, before = panel.ui, stored()
    assert before == str(tmp_path / "runs")  # set by a program, at once
    (edit,) = ui.runsFolderEdit.findChildren(qt.QLineEdit)
    host.type_text(edit, "others")
    assert stored() == before and panel.logic.runsFolder == tmp_path / "runs"
    press_enter(edit)
    assert stored() == ui.runsFolderEdit.currentPath == str(tmp_path / "others")
    assert panel.logic.runsFolder == tmp_path / "others"
    panel.logic.setRunsFolder("~/runs")
    assert stored() == str(Path.home() / "runs")


def press_enter(edit: Any) -> None:
    from PySide6 import QtCore, QtTest

    QtTest.QTest.keyClick(edit, QtCore.Qt.Key_Return)


@pytest.mark.usefixtures("small_network")
def test_a_folder_that_is_still_being_typed_is_where_a_run_starts(
    host, panel, home, tmp_path
) -> None:
    """A click does not end the editing on every system."""
    import qt

    ui = panel.ui
    choose_quick(host, ui, home / "data", 1)
    (edit,) = ui.runsFolderEdit.findChildren(qt.QLineEdit)
    host.type_text(edit, str(tmp_path / "here"))
    host.click(ui.startButton)
    assert [run.id for run in panel.logic.runs()] == [str(tmp_path / "here" / "pretrain-1")]


def test_what_another_program_does_to_the_runs_is_followed(host, panel, tmp_path) -> None:
    """It takes the name of the new run, deletes the selected one, and has files of its own."""
    ui, logic, runs = panel.ui, panel.logic, tmp_path / "runs"
    add_ct(host)
    host.choose(ui.dataComboBox, "Volumes in this scene")
    host.wait_until(lambda: ui.sceneListWidget.count == 1, 5)
    assert ui.startButton.enabled and ui.nameLineEdit.text == "pretrain-1"
    panel._panel._timer.setInterval(5000)  # it does not look meanwhile
    logic.folderOf(str(runs / "pretrain-1")).create({"kind": "pretrain", "steps": 5})
    image = logic.exportFolder("pretrain-1") / "images" / "001 CT.nrrd"
    image.parent.mkdir(parents=True)
    image.touch()
    host.click(ui.startButton)
    assert ui.reasonLabel.text == "There is a run of this name."
    assert not logic.queue().busy and image.exists()  # the data of the other run

    panel._panel._timer.setInterval(200)
    host.wait_until(lambda: ui.runsTable.rowCount == 1, 5)
    (runs / "broken").mkdir()
    (runs / "broken" / "config.json").write_text("{")
    assert [run.name for run in logic.runs()] == ["pretrain-1"]
    shutil.rmtree(runs / "pretrain-1")
    host.wait_until(lambda: ui.runsTable.rowCount == 0, 5)
    assert ui.situationLabel.text == "There are no runs yet." and not ui.runsTable.isVisible()
    assert ui.startButton.enabled


# The volumes of the scene


OBLIQUE = np.array(
    [
        [0.69, -0.21, 0.11, 12.3],
        [0.18, 0.66, -0.32, -45.6],
        [-0.02, 0.35, 2.41, 78.9],
        [0, 0, 0, 1],
    ]
)


def export(host: Any, panel: Any, nodes: list[Any], folder: Path) -> dict[str, Any]:
    from VoCoPretrainLib.jobs import ExportJob

    job = ExportJob(host.scene, nodes, folder)
    panel.logic.queue().add(job)
    host.wait_until(lambda: job.ended, 30)
    assert job.state == "finished", job.error
    return json.loads(job.dataset.read_text())


def add_ct(host: Any, affine: np.ndarray = OBLIQUE, seed: int = 0) -> tuple[Any, np.ndarray]:
    array = np.random.default_rng(seed).integers(-1024, 3071, (17, 13, 11)).astype(np.int16)
    return slicer_scene.add_volume(host.scene, array, affine), array


@pytest.mark.parametrize("kind", ["int16", "uint8", "int32", "float32", "float64"])
def test_a_volume_is_written_exactly(host, panel, tmp_path, kind) -> None:
    array = (1000 * np.random.default_rng(1).normal(size=(9, 8, 7))).astype(kind)
    affine = np.diag([-0.1, 1 / 3, 5.0, 1.0])
    affine[:3, 3] = 0.1, -200.7, 1e3
    node = slicer_scene.add_volume(host.scene, array, affine)
    node.SetName("Müller / CT?")
    (item,) = export(host, panel, [node], tmp_path)["training"]
    assert item["image"] == "images/001 Müller_CT_.nrrd"
    volume = read_volume(tmp_path / item["image"])
    assert np.array_equal(volume.array, array.astype(volume.array.dtype))
    assert np.allclose(volume.affine, affine, rtol=0, atol=1e-12)


def test_transforms_and_oblique_axes_are_kept(host, panel, tmp_path) -> None:
    node, array = add_ct(host)
    turn = np.array([[0, -1, 0, 5], [1, 0, 0, -7.5], [0, 0, 1, 100.25], [0, 0, 0, 1.0]])
    slicer_scene.add_transform(host.scene, turn, node)
    (item,) = export(host, panel, [node], tmp_path)["training"]
    volume = read_volume(tmp_path / item["image"])
    assert np.array_equal(volume.array, array)
    assert np.allclose(volume.affine, turn @ OBLIQUE, rtol=0, atol=1e-9)


def test_all_frames_of_a_sequence_are_written(host, panel, tmp_path) -> None:
    sequence = host.scene.AddNewNodeByClass("vtkMRMLSequenceNode", "4D CT")
    arrays = []
    for index in range(3):
        frame, array = add_ct(host, seed=index)
        arrays.append(array)
        sequence.SetDataNodeAtValue(frame, str(index))
        host.scene.RemoveNode(frame)
    browser = host.scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", "Browser")
    browser.SetAndObserveMasterSequenceNodeID(sequence.GetID())
    browser.SetSelectedItemNumber(1)
    node = browser.GetProxyNode(sequence)
    turn = np.diag([1.0, -1.0, 1.0, 1.0])
    slicer_scene.add_transform(host.scene, turn, node)
    items = export(host, panel, [node], tmp_path)["training"]
    assert len(items) == 3
    for item, array in zip(items, arrays, strict=True):
        volume = read_volume(tmp_path / item["image"])
        assert np.array_equal(volume.array, array)
        assert np.allclose(volume.affine, turn @ OBLIQUE, rtol=0, atol=1e-9)


def test_an_export_that_is_cancelled_leaves_nothing(host, panel, tmp_path) -> None:
    from VoCoPretrainLib.jobs import ExportJob

    queue = panel.logic.queue()

    def cancel_the_second(job: Any) -> None:
        if job.fraction and not job.ended:
            written.extend(tmp_path.rglob("*.nrrd"))
            queue.cancel(job)

    written: list[Path] = []
    nodes = [add_ct(host, seed=seed)[0] for seed in range(2)]
    job = ExportJob(host.scene, nodes, tmp_path / "export", cancel_the_second)
    queue.add(job)
    host.wait_until(lambda: job.ended, 30)
    assert job.state == "cancelled" and written
    assert not (tmp_path / "export").exists()


def segmentation_of(host: Any, node: Any) -> Any:
    from VoCoPretrainLib.sceneData import segmentationOf

    return segmentationOf(host.scene, node)


def test_segmentations_become_labels_of_one_table(host, panel, tmp_path) -> None:
    names = [["Liver", "Spleen"], ["Spleen"], []]
    nodes = [add_ct(host, seed=seed)[0] for seed in range(3)]
    masks = {}
    for node, segments in zip(nodes, names, strict=True):
        if not segments:
            continue
        segmentation = host.scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
        segmentation.CreateDefaultDisplayNodes()
        segmentation.SetReferenceImageGeometryParameterFromVolumeNode(node)
        for number, name in enumerate(segments):
            mask = np.zeros((17, 13, 11), np.uint8)
            mask[4 * number : 4 * number + 3, 2:9, 3:6] = 1
            masks[node.GetID(), name] = mask
            id_ = segmentation.GetSegmentation().AddEmptySegment(name, name)
            slicer.util.updateSegmentBinaryLabelmapFromArray(mask.T, segmentation, id_, node)
    turn = np.array([[0, -1, 0, 5], [1, 0, 0, -7.5], [0, 0, 1, 100.25], [0, 0, 0, 1.0]])
    slicer_scene.add_transform(host.scene, turn, nodes[0], segmentation_of(host, nodes[0]))
    before = host.scene.GetNumberOfNodes()
    data = export(host, panel, nodes, tmp_path)
    assert host.scene.GetNumberOfNodes() == before
    assert data["labels"] == {"0": "background", "1": "Liver", "2": "Spleen"}
    assert [sorted(item) for item in data["training"]] == [["image", "label"]] * 2 + [["image"]]
    for node, item in zip(nodes, data["training"], strict=True):
        if "label" not in item:
            continue
        labels, affine = read_label_map(tmp_path / item["label"])
        moved = turn @ OBLIQUE if node is nodes[0] else OBLIQUE
        assert np.allclose(affine, moved, rtol=0, atol=1e-9)
        for value, name in ((1, "Liver"), (2, "Spleen")):
            expected = masks.get((node.GetID(), name), np.zeros(1))
            assert np.array_equal(labels == value, np.broadcast_to(expected > 0, labels.shape))


def add_segmentation(host: Any, node: Any, name: str, own: bool = False) -> Any:
    """A segmentation of a volume with one segment; own: as VoCoSegmentation marks its results."""
    segmentation = host.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", name)
    segmentation.SetReferenceImageGeometryParameterFromVolumeNode(node)
    mask = np.zeros((11, 13, 17), np.uint8)
    mask[3:6, 2:9, 4:7] = 1
    id_ = segmentation.GetSegmentation().AddEmptySegment("", "Bone")
    slicer.util.updateSegmentBinaryLabelmapFromArray(mask, segmentation, id_, node)
    if own:
        table = host.scene.AddNewNodeByClass("vtkMRMLTableNode")
        segmentation.SetNodeReferenceID("VoCoStatistics", table.GetID())
    return segmentation


def test_what_a_person_drew_is_preferred_to_a_result(host, panel) -> None:
    node, _ = add_ct(host)
    node.SetName("CT")
    result = add_segmentation(host, node, "Result", own=True)
    assert segmentation_of(host, node) is result
    host.wait_until(lambda: panel.ui.sceneListWidget.count == 1, 5)
    assert panel.ui.sceneListWidget.item(0).text() == "CT + Result (a result of VoCo)"
    drawn = add_segmentation(host, node, "Drawn")
    assert segmentation_of(host, node) is drawn
    host.wait_until(lambda: panel.ui.sceneListWidget.item(0).text() == "CT + Drawn", 5)


@pytest.mark.usefixtures("small_network")
def test_a_fine_tuning_asks_before_it_learns_from_results(host, panel, tmp_path) -> None:
    ui = panel.ui
    nodes = [add_ct(host, seed=seed)[0] for seed in range(2)]
    for number, node in enumerate(nodes):
        node.SetName(f"CT {number}")
    add_segmentation(host, nodes[0], "Drawn")
    add_segmentation(host, nodes[1], "Result", own=True)
    host.choose(ui.kindComboBox, "Fine-tuning: CT with labels")
    host.choose(ui.dataComboBox, "Volumes in this scene")
    host.wait_until(lambda: ui.sceneListWidget.count == 2, 5)
    host.dialogs.expect("CT 1: Result", "Cancel")
    host.click(ui.startButton)
    assert not panel.logic.queue().busy and not panel.logic.runs()
    host.dialogs.expect("CT 1: Result", "OK")
    host.click(ui.startButton)
    host.wait_until(lambda: panel.logic.runs(), 30)
    exported = tmp_path / "runs" / ".exported" / "finetune-1"
    assert sorted(path.name for path in (exported / "labels").iterdir()) == [
        "001 CT_0.nrrd",
        "002 CT_1.nrrd",
    ]


def test_segments_of_one_name_are_one_structure(host, panel, tmp_path) -> None:
    """And an empty segmentation is none; a node without voxels is left out and named."""
    from VoCoPretrainLib.jobs import ExportJob

    nodes = [add_ct(host, seed=seed)[0] for seed in range(2)]
    whole = np.zeros((17, 13, 11), np.uint8)
    for node, starts in zip(nodes, ((2, 9), ()), strict=True):
        segmentation = host.scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
        segmentation.SetReferenceImageGeometryParameterFromVolumeNode(node)
        for start in starts:
            mask = np.zeros_like(whole)
            mask[start : start + 3] = 1
            whole |= mask
            id_ = segmentation.GetSegmentation().AddEmptySegment("", "Bone")
            slicer.util.updateSegmentBinaryLabelmapFromArray(mask.T, segmentation, id_, node)
    empty = host.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "Nothing")
    job = ExportJob(host.scene, [empty, *nodes], tmp_path)
    panel.logic.queue().add(job)
    host.wait_until(lambda: job.ended, 30)
    assert job.state == "finished", job.error
    assert job.warnings == ["Left out: Nothing has no voxels."]
    data = json.loads(job.dataset.read_text())
    assert data["labels"] == {"0": "background", "1": "Bone"}
    assert [sorted(item) for item in data["training"]] == [["image", "label"], ["image"]]
    labels, _ = read_label_map(tmp_path / data["training"][0]["label"])
    assert np.array_equal(labels, whole)


@pytest.mark.usefixtures("small_network")
def test_a_run_on_volumes_of_the_scene(host, panel, tmp_path) -> None:
    ui = panel.ui
    host.choose(ui.dataComboBox, "Volumes in this scene")
    assert ui.reasonLabel.text == "Tick a volume of the scene."
    for seed in range(3):
        phantom = make_phantom(seed, (9.0, 9.0, 9.0))
        node = slicer_scene.add_volume(host.scene, phantom.image, phantom.affine)
        node.SetName(f"CT {seed}")
    host.wait_until(lambda: ui.sceneListWidget.count == 3, 5)
    host.click_item(ui.sceneListWidget, "CT 1")
    choose_quick(host, ui, tmp_path, 2)
    host.choose(ui.dataComboBox, "Volumes in this scene")
    host.click(ui.startButton)
    host.wait_until(is_state(ui, "finished", "failed"), 60)
    assert state(ui) == "finished", ui.situationLabel.text
    data = tmp_path / "runs" / ".exported" / "pretrain-1"
    assert sorted(path.name for path in (data / "images").iterdir()) == [
        "001 CT_0.nrrd",
        "002 CT_2.nrrd",
    ]
    host.dialogs.expect("Delete pretrain-1", "OK")
    host.click(ui.detailsCollapsibleButton)
    host.click(ui.deleteButton)
    assert not data.exists()


@pytest.mark.usefixtures("small_network")
def test_a_fine_tuning_is_started_and_scored(host, panel, tmp_path) -> None:
    from finetuning_runs import write_data

    ui = panel.ui
    write_data(tmp_path / "data")
    host.choose(ui.kindComboBox, "Fine-tuning: CT with labels")
    host.choose(ui.startComboBox, "Nothing: random weights")
    host.choose(ui.networkComboBox, "tiny: for small machines")
    ui.dataFolderEdit.currentPath = str(tmp_path / "data")
    ui.stepsSpinBox.value = 4
    ui.measureEverySpinBox.value = 2  # a curve needs two points
    host.click(ui.startButton)
    host.wait_until(is_state(ui, "finished", "failed"), 120)
    assert state(ui) == "finished", ui.situationLabel.text
    assert "Fine-tuning" in ui.runsTable.item(0, 0).toolTip()
    assert "mean Dice" in ui.metricsLabel.text and "mean Dice" in ui.healthLabel.text
    assert ui.useButton.enabled
    host.click(ui.showCurveButton)
    assert shown_chart().GetYAxisTitle().startswith("Mean Dice") and len(points(shown_chart()))
    names = [shown_chart().GetNthPlotSeriesNode(n).GetName() for n in range(3)]
    assert names[:2] == ["this run", "Muscle"] and "Right Bone" in names  # of each structure, too


@pytest.mark.slow
def test_a_fine_tuned_model_is_used_and_replaced(host, panel, tmp_path) -> None:
    from finetuning_runs import write_data

    ui, logic = panel.ui, panel.logic
    write_data(tmp_path / "data")
    values = {"kind": "finetune", "start": "scratch", "preset": "tiny", "patch": "64,32,32"}
    values |= {"data": str(tmp_path / "data"), "steps": 1, "batch": 1, "device": "cpu"}
    logic.startRun({**values, "validation": "0"}, "demo torso")  # VoCo has a model of this id
    host.wait_until(is_state(ui, "finished", "failed"), 120)
    assert state(ui) == "finished", ui.situationLabel.text
    host.click(ui.useButton)
    host.wait_until(lambda: host.window._panel.widget().moduleName == "VoCoSegmentation", 60)
    widget = slicer.util.getModuleWidget("VoCoSegmentation")
    assert widget.logic.getParameterNode().modelId == "demo-torso-2"
    model = Catalogue().get("demo-torso-2")
    assert model.title == "demo torso" and Catalogue().state(model) == "imported"
    assert model.description.startswith("Fine-tuned from scratch on ")

    host.open(MODULE)
    host.dialogs.expect("already. Replace it?", "OK")
    host.click(ui.useButton)
    host.scene.Clear(0)  # has nothing to do with the import
    host.wait_until(lambda: not logic.queue().busy, 30)
    assert Catalogue().state(model) == "imported"
    assert [m.title for m in Catalogue().models()].count("demo torso") == 1


def test_what_cannot_be_looked_at_is_said_or_left_out(host, panel, home, tmp_path) -> None:
    ui = panel.ui
    ui.dataFolderEdit.currentPath = str(home / "data")
    host.type_text(ui.nameLineEdit, "x" * 300)
    assert ui.reasonLabel.text == "Choose a name that a folder can have on any computer."
    host.type_text(ui.nameLineEdit, "run")
    ui.runsFolderEdit.currentPath = str(tmp_path / ("y" * 300))  # the system cannot look at it
    panel.exit()
    panel.enter()
    assert ui.runsTable.rowCount == 0
    host.dialogs.expect("cannot be written", "OK")
    host.click(ui.startButton)


# The curves


def write_metrics(run: Path, *items: dict) -> None:
    """Makes the folder of a run if there is none, and appends to what it has measured."""
    run.mkdir(parents=True, exist_ok=True)
    (run / "config.json").write_text(json.dumps({"kind": "pretrain", "steps": 400}))
    with (run / "events.jsonl").open("a") as file:
        for item in items:
            file.write(json.dumps({"event": "metric", "time": 0, **item}) + "\n")


def shown_series(chart: Any) -> list[int]:
    """How many points each series of a chart has."""
    return [len(points(chart, index)) for index in range(chart.GetNumberOfPlotSeriesNodes())]


def test_a_curve_is_shown_from_its_second_point_on(host, panel, tmp_path) -> None:
    """VTK reports an error at each drawing of a line with fewer."""
    ui, run = panel.ui, tmp_path / "runs" / "young"
    write_metrics(
        run, {"step": 0, "held_back_loss": 0.7, "position_accuracy": 0.5, "position_error": 1}
    )
    host.wait_until(lambda: ui.runsTable.rowCount == 1, 5)
    needs = "A curve needs 2 points; this one has {} so far."
    assert not ui.showCurveButton.enabled and ui.showCurveButton.toolTip == needs.format(0)
    host.click(ui.detailsCollapsibleButton)
    write_metrics(run, {"step": 1, "loss": 0.9, "learning_rate": 1e-4})
    host.wait_until(lambda: ui.showCurveButton.toolTip == needs.format(1), 5)
    assert not ui.showCurveButton.enabled
    write_metrics(run, {"step": 2, "loss": 0.8, "learning_rate": 1e-4})
    host.wait_until(lambda: ui.showCurveButton.enabled, 5)
    host.click(ui.showCurveButton)
    chart = shown_chart()
    assert shown_series(chart) == [2, 2]  # losses and average, not the one held back
    measured = {"step": 2, "held_back_loss": 0.6, "position_accuracy": 0.6, "position_error": 1}
    write_metrics(run, measured)
    host.wait_until(lambda: shown_chart() is not chart, 5)  # by itself
    assert shown_series(shown_chart()) == [2, 2]  # places found, and what it began with
    assert shown_series(chart) == [2, 2, 2] and ui.showCurveButton.enabled


def test_a_run_that_does_not_learn_says_so(host, panel, tmp_path) -> None:
    ui, run = panel.ui, tmp_path / "runs" / "lost"
    write_metrics(run, {"step": 500, "loss": 0.9, "learning_rate": 1e-4})
    host.wait_until(lambda: ui.runsTable.rowCount == 1, 5)
    assert "2 % of the queries" not in ui.situationLabel.text
    said = {"level": "warning", "message": "Only 2 % of the queries.", "symptom": "chance"}
    write_metrics(run, {"event": "log", **said})
    host.wait_until(lambda: "Only 2 % of the queries." in ui.situationLabel.text, 5)


def test_a_few_spikes_do_not_flatten_the_curve(host, panel, tmp_path) -> None:
    """The inter-volume term has some that are ten times as high as the rest."""
    ui = panel.ui
    run, other = tmp_path / "runs" / "spikes", tmp_path / "runs" / "spikes too"

    def losses(*steps: int) -> list[dict]:
        height = [8.5 if number % 90 == 0 else 1 + number % 3 / 10 for number in steps]
        pairs = zip(steps, height, strict=True)
        return [{"step": step, "loss": loss, "learning_rate": 1e-4} for step, loss in pairs]

    for folder in (run, other):
        write_metrics(folder, {"step": 0, "held_back_loss": 0.75}, *losses(*range(1, 301)))
    host.wait_until(lambda: ui.runsTable.rowCount == 2, 5)
    ui.runsTable.selectRow(0)
    host.click(ui.showCurveButton)
    host.wait_until(lambda: len(points(shown_chart())) == 300, 5)
    chart = shown_chart()
    host.click(ui.detailsCollapsibleButton)
    low, high = chart.GetYAxisRange()
    assert not chart.GetYAxisRangeAuto() and low < 0.75 and points(chart, 1)[:, 1].max() < high < 2
    host.click(ui.logScaleCheckBox)
    assert chart.GetYAxisRangeAuto()
    host.click(ui.logScaleCheckBox)
    assert chart.GetYAxisRange() == (low, high)
    shown = run if chart.GetTitle() == "spikes: Loss" else other
    write_metrics(shown, {"step": 300, "held_back_loss": 0.25})  # more must be seen
    host.wait_until(lambda: chart.GetYAxisRange()[0] < 0.25, 5)
    chart.SetYAxisRange(0.9, 1.1)  # as zooming with the mouse does
    write_metrics(shown, *losses(301, 302))
    host.wait_until(lambda: len(points(chart)) == 302, 5)
    assert chart.GetYAxisRange() == (0.9, 1.1)
    ui.runsTable.selectRow(1)
    host.wait_until(lambda: chart.GetYAxisRange() == (low, high), 5)


def test_a_long_history_is_shown_without_blocking(host, panel, tmp_path) -> None:
    ui = panel.ui
    run = tmp_path / "runs" / "long"
    run.mkdir(parents=True)
    (run / "config.json").write_text(json.dumps({"kind": "pretrain", "steps": 60_000}))
    with (run / "events.jsonl").open("w") as file:
        for number in range(1, 60_001):
            item = {"event": "metric", "step": number, "loss": 1 / number, "learning_rate": 1e-4}
            file.write(json.dumps({**item, "gradient_norm": 1.234567, "time": 0}) + "\n")
    host.wait_until(lambda: ui.runsTable.rowCount == 1, 5)
    assert state(ui) == "lost" and step(ui) == 60_000
    host.click(ui.showCurveButton)
    host.click(ui.detailsCollapsibleButton)
    host.click(ui.logScaleCheckBox)
    with host.measure_blocking() as blocking:
        host.wait_until(
            lambda: len(points(shown_chart())) and points(shown_chart())[-1, 0] == 6e4, 30
        )
    assert blocking.longest_ms < 100, blocking.where
    chart = shown_chart()
    assert chart.GetYAxisLogScale() and chart.GetNumberOfPlotSeriesNodes() == 2
    raw, smooth = points(chart), points(chart, 1)
    assert len(raw) <= 1000 and raw[-1].tolist() == [6e4, 1.667e-5]  # digits that one reads
    assert raw[:, 0].tolist() == list(range(60, 60_001, 60))  # steps are exact
    assert smooth[0, 1] > raw[0, 1]  # an average lags behind
    host.click(ui.smoothCheckBox)
    assert chart.GetNumberOfPlotSeriesNodes() == 1
    host.choose(ui.curveComboBox, "Learning rate")
    assert points(shown_chart())[-1].tolist() == [6e4, 1e-4]
    host.scene.Clear(0)
    foreign = host.scene.AddNewNodeByClass("vtkMRMLTableNode", "Mine")  # has the ID of a curve's
    host.click(ui.showCurveButton)
    assert points(shown_chart())[-1, 0] == 6e4
    assert foreign.GetName() == "Mine" and foreign.GetNumberOfColumns() == 0


# Other modules


def observers_of(node: Any) -> int:
    newest = node.AddObserver("UserEvent", lambda *_: None)
    node.RemoveObserver(newest)
    return sum(node.GetCommand(tag) is not None for tag in range(newest))


def test_entering_the_modules_again_adds_no_observers(host, panel) -> None:
    """Each costs time at every change of a parameter."""
    queue = panel.logic.queue()
    node = host.open(SEGMENTATION_MODULE).logic.getParameterNode().parameterNode

    def counts() -> tuple[int, ...]:
        return (*map(observers_of, (node, host.scene)), len(queue._listeners))

    first = counts()
    assert all(first)
    for _ in range(3):
        host.open(MODULE)
        host.open(SEGMENTATION_MODULE)
        assert counts() == first
        host.scene.Clear(0)
        host.settle()
        assert counts() == first


def test_the_panel_follows_a_reload_of_the_other_module(host, panel) -> None:
    """Which ends the queue of the session, and with it a panel that would hold on to it."""
    names = ("VoCoSegmentationLib", "VoCoPretrainLib")
    before = {name: sys.modules[name] for name in list(sys.modules) if name.startswith(names)}
    closed = panel.logic.queue()
    host.open(SEGMENTATION_MODULE).onReload()
    host.open(MODULE)
    new = slicer.modules.VoCoPretrainWidget
    try:
        assert new is not panel and new._panel._queue is new.logic.queue() is not closed
        add_ct(host)
        host.choose(new.ui.dataComboBox, "Volumes in this scene")
        host.wait_until(lambda: new.ui.sceneListWidget.count == 1, 5)  # it follows the scene
    finally:
        from VoCoSegmentationLib.sections.session import closeSession

        closeSession()
        for name in [name for name in sys.modules if name.startswith(names)]:
            del sys.modules[name]
        sys.modules.update(before)


@pytest.mark.parametrize("network", ["small", pytest.param("real", marks=pytest.mark.long)])
def test_the_modules_own_test(host, monkeypatch, network) -> None:
    host.load(SEGMENTATION_MODULE)
    host.load(MODULE)
    if network == "small":
        monkeypatch.setenv("SMALL_NETWORK", "yes")
        module = sys.modules["VoCoPretrain"]

        class Quick(module.VoCoPretrainLogic):
            def __init__(self) -> None:
                super().__init__()
                self.python = QUICK_PYTHON

        monkeypatch.setattr(module, "VoCoPretrainLogic", Quick)
    host.run_self_test(MODULE)
