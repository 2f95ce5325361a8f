"""What the panel decides, without Qt: a real queue and scene, and a front end that answers."""

# ruff: noqa: E402, N802, N803 - slicer_scene makes these importable; the names are the seam's

from __future__ import annotations

import ast
import contextlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from house import LIBRARY

from VoCoLib.errors import VoCoError
from VoCoLib.images.phantom import make_phantom
from VoCoLib.images.volumes import read_label_map
from VoCoLib.models.catalogue import Catalogue
from VoCoLib.worker.client import WorkerClient

slicer_scene = pytest.importorskip("slicer_scene", exc_type=ImportError)
slicer = pytest.importorskip("slicer")
vtk = pytest.importorskip("vtk")

from VoCoSegmentationLib.jobs.queue import POSITION, SEGMENTATION, TRAINING, Job, JobQueue, Steps
from VoCoSegmentationLib.jobs.segmentation import SegmentationJob
from VoCoSegmentationLib.panelWords import inPanel
from VoCoSegmentationLib.presenters.bodyRegion import RegionPresenter
from VoCoSegmentationLib.presenters.devices import DevicePresenter
from VoCoSegmentationLib.presenters.models import ModelPresenter
from VoCoSegmentationLib.presenters.partJobs import PartJobs
from VoCoSegmentationLib.presenters.position import PositionPresenter
from VoCoSegmentationLib.presenters.results import ResultPresenter
from VoCoSegmentationLib.presenters.segmentation import SegmentationPresenter
from VoCoSegmentationLib.presenters.severalVolumes import SeveralVolumes
from VoCoSegmentationLib.scene.segmentations import STATISTICS_ROLE, replaceSegments

from VoCoLib.server.remote import Server

COMMAND = re.compile(r"`voco|\bvoco [a-z]+ [a-z]|(?<![\w-])--[a-z]{3}|VOCO_HOME")
CARD = {"id": "cuda:0", "name": "Card", "memory_bytes": 8e9}
PROCESSOR = {"id": "cpu", "name": "Processor", "memory_bytes": 8e9}
PHANTOM = make_phantom(7, (12.0, 12.0, 12.0), (276.0, 240.0, 120.0))


class Timer:
    """Rings when the test says so."""

    def __init__(self, function: Callable[[], None]) -> None:
        self.function, self.active = function, False

    def start(self) -> None:
        self.active = True

    def stop(self) -> None:
        self.active = False


class FrontEnd:
    """A user who agrees to everything, and remembers what was shown."""

    def __init__(self) -> None:
        self.installed, self.agrees, self.exporter = True, True, True
        self.edited, self.exported, self.folder = ("", ""), "", ""
        self.questions: list[str] = []
        self.errors: list[str] = []
        self.messages: list[str] = []
        self.settings: dict[str, str] = {}
        self.timers: list[Timer] = []

    def isInstalled(self) -> bool:
        return self.installed

    def ensureInstalled(self) -> bool:
        return self.installed

    def wasInterrupted(self) -> bool:
        return False

    def hasAgreed(self) -> bool:
        return False

    def repair(self) -> bool:
        return False

    def confirm(self, question: str, title: str) -> bool:
        self.questions.append(question)
        return self.agrees

    def showError(self, text: str) -> None:
        self.errors.append(text)

    def showMessage(self, text: str) -> None:
        self.messages.append(text)

    def setting(self, key: str) -> str:
        return self.settings.get(key, "")

    def keepSetting(self, key: str, value: str) -> None:
        self.settings[key] = value

    def makeTimer(self, milliseconds: int, function: Callable[[], None], again: bool) -> Timer:
        self.timers.append(Timer(function))
        return self.timers[-1]

    def soon(self, function: Callable[[], None]) -> None:
        function()

    def renderingPaused(self) -> Any:
        return contextlib.nullcontext()

    def showTable(self, tableNode: Any) -> None:
        pass

    def showChart(self, chartNode: Any) -> None:
        pass

    def editSegmentation(self, segmentationNode: Any, volumeNode: Any) -> None:
        self.edited = segmentationNode.GetName(), volumeNode.GetName()

    def isInDicomDatabase(self, instances: Any) -> bool:
        return list(instances) == ["1.2.3", "1.2.4"]

    def hasDicomExporter(self) -> bool:
        return self.exporter

    def exportDicom(self, segmentationNode: Any) -> None:
        self.exported = segmentationNode.GetName()

    def chooseFolder(self, title: str) -> str:
        return self.folder

    def writeNode(self, node: Any, path: str) -> bool:
        storage = node.CreateDefaultStorageNode()  # as Slicer's exportNode does it
        storage.UnRegister(None)
        storage.SetFileName(path)
        return bool(storage.WriteData(node))

    def showThreeD(self) -> None:
        pass

    def layoutBack(self) -> None:
        pass


class Long(Job):
    """Something that goes on until it is cancelled."""

    def __init__(self, title: str, part: str, fraction: float | None = None) -> None:
        super().__init__(title)
        self.part, self._share = part, fraction

    def steps(self) -> Steps:
        while True:
            self.fraction = self._share
            yield None


class Part:
    """The presenters of a panel over one scene, without a panel."""

    def __init__(self, scene: Any, home: Path) -> None:
        self.scene, self.client, self.frontEnd = scene, WorkerClient(), FrontEnd()
        self.queue = JobQueue(self.client, scene)
        self.catalogue = Catalogue(home)
        self.parameters = SimpleNamespace(
            inputVolume=slicer_scene.add_volume(scene, PHANTOM.image, PHANTOM.affine),
            allFrames=False,
            modelId="demo-torso",
            modelTitle="",
            structures=[],
            regionOfInterest=None,
            device="auto",
            outputSegmentation=None,
            uncertainty=False,
            positionModel="demo-torso-voco",
            positionBases=1,
            positionPlacement="",
            positionPoint=None,
            positionReference=None,
            positionShowMatch=False,
            positionOverlay="similarity",
            positionOpacity=0.35,
        )
        self.asked: list[dict[str, Any]] = []
        logic = SimpleNamespace(
            catalogue=self.catalogue,
            queue=lambda: self.queue,
            getParameterNode=lambda: self.parameters,
            process=self.process,
        )
        front = self.frontEnd
        self.devices = DevicePresenter(scene, self.queue, front, lambda: None)
        self.models = ModelPresenter(self.catalogue, self.queue, front, self.choose)
        self.regions = RegionPresenter(front, lambda: self.segmentation.refresh())
        self.segmentation = SegmentationPresenter(
            logic, self.models, self.regions, self.devices, front
        )
        self.position = PositionPresenter(
            scene, self.catalogue, self.queue, self.regions, self.devices, front, lambda: None
        )
        self.segmentation.setParameters(self.parameters)
        self.follow()
        self.position.setParameters(self.parameters)

    def choose(self, modelId: str) -> None:
        self.parameters.modelId = modelId

    def follow(self) -> None:
        self.models.want(self.parameters.modelId)
        self.devices.want(self.parameters.device)
        self.segmentation.refresh()

    def process(self, volumeNode: Any, **choice: Any) -> Any:
        """As the logic does, but the job is one that goes on."""
        self.asked.append({"volumeNode": volumeNode, **choice})
        self.queue.add(Long(volumeNode.GetName(), SEGMENTATION, 0.25))

    def add(self, title: str, part: str, fraction: float | None = None) -> Job:
        job = Long(title, part, fraction)
        self.queue.add(job)
        self.queue.poll()
        self.queue.poll()
        return job


@pytest.fixture
def part(tmp_path: Path) -> Iterator[Part]:
    with slicer_scene.open_scene(tmp_path) as scene:
        part = Part(scene, tmp_path / "home")
        yield part
        part.position.close()
        part.queue.close()
        part.client.close()


# each part shows its own jobs ---------------------------------------------------------------------


@pytest.mark.parametrize("other", [POSITION, TRAINING])
def test_apply_stays_apply_while_another_part_works(part: Part, other: str) -> None:
    part.add("Map of CT", other, 0.5)
    view = part.segmentation.view()
    assert (view.action, view.canAct, view.isBusy) == ("Apply", True, False)
    assert view.progress is None and view.status == "Ready."
    part.segmentation.act()
    view = part.segmentation.view()
    assert (view.action, view.isBusy) == ("Cancel", True)
    assert view.status.endswith("waiting for Map of CT")
    part.segmentation.act()  # cancels what this part asked for, and nothing else
    assert part.queue.running is not None and part.queue.running.part == other
    assert part.segmentation.view().action == "Apply"


def test_a_part_has_the_progress_of_its_own_job(part: Part) -> None:
    running = part.add("Check of the data", TRAINING, 0.5)
    part.add("CT", SEGMENTATION)
    training, segmentation = (PartJobs(part.queue, name) for name in (TRAINING, SEGMENTATION))
    assert training.progress().share == 0.5 and training.ahead() is None
    assert segmentation.progress().share is None and segmentation.ahead() is running
    assert part.position.view().progress is None


def test_the_second_job_of_a_part_waits_in_its_list(part: Part) -> None:
    part.segmentation.act()
    part.add("Map of CT", POSITION)
    part.segmentation.apply()
    assert len(part.segmentation.view().waiting) == 1
    part.segmentation.cancelWaiting(0)
    assert part.segmentation.view().waiting == ()
    assert [job.part for job in part.queue.waiting] == [POSITION]


def test_the_position_view_says_what_it_waits_for(part: Part) -> None:
    part.add("Check of the data", TRAINING)
    point = part.scene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode")
    point.AddControlPointWorld(0, 0, 0)
    part.parameters.positionPoint = point
    part.position.setSeen(True)
    assert part.position.view().status == "Waiting for: Check of the data."
    assert part.position.view().progress is None


# the device ---------------------------------------------------------------------------------------


def test_a_device_of_another_computer_is_automatic_for_everybody(part: Part) -> None:
    part.queue.devices = [PROCESSOR]
    part.parameters.device = "cuda:0"  # of a scene that was saved elsewhere
    part.follow()
    assert part.devices.device() == "auto"
    part.segmentation.act()
    assert part.asked[0]["device"] == "auto"
    assert part.position._subject.settings().device == "auto"
    part.queue.devices = [PROCESSOR, CARD]
    assert part.devices.device() == part.position._subject.settings().device == "cuda:0"


# what Apply does ----------------------------------------------------------------------------------


def test_what_is_chosen_is_what_is_asked_for(part: Part) -> None:
    part.segmentation.chooseStructures(["Liver"])
    part.segmentation.act()
    (asked,) = part.asked
    assert asked["volumeNode"] is part.parameters.inputVolume
    assert (asked["modelId"], asked["structures"]) == ("demo-torso", ["Liver"])
    assert part.parameters.structures == ["Liver"]
    assert "demo-torso" in part.frontEnd.settings.values()


def test_why_apply_cannot_be_pressed(part: Part) -> None:
    part.segmentation.chooseStructures([])
    view = part.segmentation.view()
    assert not view.canAct and view.status == "Choose at least one structure."
    part.segmentation.chooseStructures(None)
    part.parameters.inputVolume = None
    assert part.segmentation.view().status == "Choose a CT volume."
    part.segmentation.act()
    assert part.asked == []


def test_an_error_of_the_logic_is_shown(part: Part, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_choice: Any) -> None:
        raise VoCoError("The box lies outside.", "Move it.")

    monkeypatch.setattr(part.segmentation._logic, "process", refuse)
    part.segmentation.act()
    assert part.frontEnd.errors == ["The box lies outside. Move it."]


def test_a_model_that_is_not_here_is_downloaded_after_a_question(part: Part) -> None:
    part.parameters.modelId = "VoComni_B"
    part.follow()
    assert (
        part.segmentation.view().status
        == "Ready. Apply will download the model first (about 291 MB, once)."
    )
    part.frontEnd.agrees = False
    part.segmentation.act()
    (question,) = part.frontEnd.questions
    assert "VoComni" in question and "Licence" in question
    assert part.queue.waiting == [] and part.queue.running is None


def test_another_volume_does_not_overwrite_the_last_result(part: Part) -> None:
    output = part.scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    first = part.parameters.inputVolume
    output.SetReferenceImageGeometryParameterFromVolumeNode(first)
    part.parameters.outputSegmentation = output
    part.segmentation.refresh()
    other = slicer_scene.add_volume(part.scene, np.roll(PHANTOM.image, 1, 0), PHANTOM.affine)
    part.parameters.inputVolume = other
    part.segmentation.refresh()
    assert part.parameters.outputSegmentation is None


def test_the_estimate_is_asked_when_the_user_has_settled(part: Part) -> None:
    part.segmentation.updateEstimate(True)
    timer = part.frontEnd.timers[0]
    assert timer.active and not part.queue.busy
    timer.function()
    assert part.queue.busy
    part.segmentation.updateEstimate(False)
    assert not timer.active and not part.queue.busy


def test_segmentation_jobs_of_scripts_belong_to_the_part(part: Part) -> None:
    model = part.catalogue.get("demo-torso")
    part.queue.add(SegmentationJob(part.scene, part.parameters.inputVolume, model))
    assert part.segmentation.view().action == "Cancel"


# what is said goes with what it is about ---------------------------------------------------------


class Failing(Job):
    """Something that goes wrong."""

    def steps(self) -> Steps:
        raise VoCoError("It went wrong", "Try again.")
        yield None


def fail(part: Part) -> None:
    part.queue.add(Failing("CT"))
    part.segmentation.view()
    part.queue.poll()
    assert part.segmentation.view().status == "CT failed: It went wrong. Try again."


@pytest.mark.parametrize("what", ["volume", "model", "scene"])
def test_a_failure_is_not_said_of_something_else(part: Part, what: str) -> None:
    fail(part)
    if what == "volume":
        part.parameters.inputVolume = slicer_scene.add_volume(part.scene, PHANTOM.image)
    elif what == "model":
        part.parameters.modelId = "openkbp-headneck"
    else:
        part.scene.Clear(0)
        part.segmentation.setParameters(None)
        part.parameters.inputVolume = slicer_scene.add_volume(part.scene, PHANTOM.image)
        part.segmentation.setParameters(part.parameters)
    part.follow()
    assert "wrong" not in part.segmentation.view().status


@pytest.mark.parametrize("ofScene", [True, False])
def test_a_job_ends_with_the_scene_that_it_is_about(part: Part, ofScene: bool) -> None:
    job, waiting = Long("CT", SEGMENTATION), Long("another", SEGMENTATION)
    job.ofScene = waiting.ofScene = ofScene  # False: a download, say
    part.queue.add(job)
    part.queue.poll()
    part.queue.add(waiting)
    part.scene.Clear(0)
    assert (job.ended, waiting.ended) == (ofScene, ofScene)
    part.segmentation.setParameters(None)
    part.parameters.inputVolume = None
    part.segmentation.setParameters(part.parameters)
    assert ("closed" in part.segmentation.view().status) is False


def test_which_jobs_outlive_a_scene() -> None:
    from VoCoSegmentationLib.jobs import models, positions

    kinds = (models.DownloadJob, models.ImportJob, positions.CloseJob)
    assert not any(kind.ofScene for kind in kinds)
    assert SegmentationJob.ofScene and positions.MapJob.ofScene


def test_a_failed_question_is_not_said_after_something_succeeded(part: Part) -> None:
    part.position._failure.say("Install the packages again.", part.position._subject.attempt())
    assert part.position.view().status == "Install the packages again."
    part.queue.finished += 1
    assert "again" not in part.position.view().status


def test_views_are_not_turned_from_what_the_user_looks_at_by_now(
    part: Part, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A download came first, and the user has chosen another CT meanwhile."""
    monkeypatch.setattr(slicer, "app", SimpleNamespace(layoutManager=lambda: None), raising=False)
    composite = part.scene.AddNewNodeByClass("vtkMRMLSliceCompositeNode")
    first = part.parameters.inputVolume
    choice = part.segmentation._choice()
    other = slicer_scene.add_volume(part.scene, PHANTOM.image, PHANTOM.affine)
    composite.SetBackgroundVolumeID(other.GetID())
    part.parameters.inputVolume = other
    part.segmentation._segment(choice)
    assert composite.GetBackgroundVolumeID() == other.GetID() and not part.frontEnd.messages
    part.parameters.inputVolume = first
    part.segmentation._segment(choice)
    (said,) = part.frontEnd.messages
    assert said == f"The slice views show {first.GetName()} now."


def test_an_estimate_that_failed_is_asked_again_after_a_success(part: Part) -> None:
    part.segmentation.updateEstimate(True)
    part.devices._failure.say("Install the packages again.", part.devices._subject())
    assert part.devices.estimateText == "Install the packages again."
    timer = part.frontEnd.timers[0]
    timer.stop()
    part.segmentation.updateEstimate(True)
    assert not timer.active  # the same was asked
    part.queue.finished += 1
    part.segmentation.updateEstimate(True)
    assert timer.active and not part.devices.estimateText


def test_errors_speak_of_the_panel() -> None:
    """No hint that can reach a panel names a command or its options."""
    texts = [text for path in LIBRARY if "cli" not in path.parts for text in _texts(path)]
    named = [text for text in texts if COMMAND.search(text)]
    assert len(named) > 20
    for text in named:
        assert not COMMAND.search(inPanel(text)), text
    text = "The weights of X are not here. Use `voco models download X`, or without a network get "
    text += "X.pt some other way and use `voco models import`."
    assert "Press Download" in inPanel(text) and inPanel(text).startswith("The weights of X")
    assert inPanel("Left: -1024 HU -- nothing.") == "Left: -1024 HU -- nothing."
    for path in ("/data/voco runs/--x/a.pt", r"C:\my voco runs\VOCO_2\a.pt", "/voco x/b"):
        assert inPanel(f"{path} cannot be read: no.") == f"{path} cannot be read: no."
    assert inPanel("One.\nTwo. Use --device auto or cpu.").splitlines()[0] == "One."


def _texts(path: Path) -> Iterator[str]:
    """The texts of a file, with x for what is filled in; no docstrings."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    joined = [node for node in nodes if isinstance(node, ast.JoinedStr)]
    inside = {id(part) for node in joined for part in node.values}
    said = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            parts = (p.value if isinstance(p, ast.Constant) else "x" for p in node.values)
            yield "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and id(node) not in inside | said:
            yield from [node.value] if isinstance(node.value, str) else []


# several ------------------------------------------------------------------------------------------


def test_of_several_an_unsure_one_is_left_out_and_told(part: Part) -> None:
    """Although the model that somebody chose for another CT could be used."""
    sure = part.parameters.inputVolume
    part.parameters.modelId = "openkbp-headneck"
    part.follow()
    unsure = slicer_scene.add_volume(part.scene, np.clip(PHANTOM.image + 1000, 0, 255))
    unsure.SetName("display")
    several = SeveralVolumes(
        part.scene, part.segmentation, part.models, part.regions, part.frontEnd
    )
    several.setParameters(part.parameters)
    several.start([sure, unsure])
    for _ in range(2):
        for timer in part.frontEnd.timers:
            while timer.active:
                timer.function()
        several.advance()
    assert [asked["volumeNode"] for asked in part.asked] == [sure]
    (told,) = part.frontEnd.errors
    assert "display: The body region of this CT was not recognised." in told


# what is asked many times a second ----------------------------------------------------------------


def test_a_nonlinear_transform_is_not_evaluated_for_each_look(
    part: Part, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes milliseconds a slice: only what reads the volume does so."""
    from VoCoSegmentationLib.jobs.positions import stateOf
    from VoCoSegmentationLib.scene import volumes

    node = part.parameters.inputVolume
    before = stateOf(node)
    transform = part.scene.AddNewNodeByClass("vtkMRMLTransformNode")
    transform.SetAndObserveTransformToParent(vtk.vtkThinPlateSplineTransform())
    node.SetAndObserveTransformNodeID(transform.GetID())

    def refuse(*_arguments: Any) -> None:
        raise AssertionError("evaluated")

    monkeypatch.setattr(volumes, "acquisitionOf", refuse)
    assert part.segmentation.reason() == ""
    first = stateOf(node)
    assert first != before
    assert stateOf(node) == first
    transform.GetTransformToParent().SetSigma(2.0)
    assert stateOf(node) != first
    with pytest.raises(AssertionError, match="evaluated"):
        volumes.readVolume(node)


def test_a_region_is_looked_at_anew_where_the_ct_is_turned(part: Part) -> None:
    def look() -> Any:
        part.regions.want(part.parameters.inputVolume)
        while part.regions.isLooking():
            for timer in part.frontEnd.timers:
                if timer.active:
                    timer.function()
        return part.regions.shown()

    first = look()
    assert first is not None and [*first.extents] == ["abdomen"]
    assert look() is first
    matrix = vtk.vtkMatrix4x4()
    matrix.SetElement(0, 3, 5.0)
    transform = part.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    transform.SetMatrixTransformToParent(matrix)
    part.parameters.inputVolume.SetAndObserveTransformNodeID(transform.GetID())
    part.regions.want(part.parameters.inputVolume)
    assert part.regions.isLooking()


# what can be done with a result -------------------------------------------------------------------


@pytest.fixture
def result(part: Part) -> tuple[ResultPresenter, Any]:
    """A result of the CT in the scene, whose name is none for files."""
    ct = part.parameters.inputVolume
    node = part.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "CT 1/2: Müller")
    recipe = part.catalogue.get("demo-torso").recipe
    replaceSegments(node, ct, PHANTOM.label, recipe.labels, "VoCo")
    node.SetReferenceImageGeometryParameterFromVolumeNode(ct)
    table = part.scene.AddNewNodeByClass("vtkMRMLTableNode", "table")
    table.AddColumn().SetName("Structure")
    node.SetNodeReferenceID(STATISTICS_ROLE, table.GetID())
    presenter = ResultPresenter(part.frontEnd)
    presenter.setSegmentation(node)
    return presenter, node


def test_a_result_is_edited_over_its_ct(part: Part, result: tuple[ResultPresenter, Any]) -> None:
    presenter, node = result
    assert presenter.isThere()
    presenter.edit()
    assert part.frontEnd.edited == (node.GetName(), part.parameters.inputVolume.GetName())
    presenter.setSegmentation(None)
    assert not presenter.isThere() and presenter.tableNode() is None


def test_dicom_seg_needs_the_database_and_the_exporter(
    part: Part, result: tuple[ResultPresenter, Any]
) -> None:
    presenter, node = result
    presenter.exportDicom()
    assert "not loaded from Slicer's DICOM database" in part.frontEnd.errors[-1]
    part.parameters.inputVolume.SetAttribute("DICOM.instanceUIDs", "1.2.3 1.2.4")
    part.frontEnd.exporter = False
    presenter.exportDicom()
    assert "extension QuantitativeReporting" in part.frontEnd.errors[-1]
    assert not part.frontEnd.exported
    part.frontEnd.exporter = True
    presenter.exportDicom()
    assert part.frontEnd.exported == node.GetName() and len(part.frontEnd.errors) == 2


def test_files_of_a_result(part: Part, result: tuple[ResultPresenter, Any], tmp_path: Path) -> None:
    presenter, _ = result
    presenter.exportFiles()  # no folder was chosen
    assert not part.frontEnd.messages and not part.frontEnd.errors
    part.frontEnd.folder = str(tmp_path / "gone")
    presenter.exportFiles()
    assert "cannot be written" in part.frontEnd.errors[-1]
    (tmp_path / "out").mkdir()
    part.frontEnd.folder = str(tmp_path / "out")
    presenter.exportFiles()
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"CT 1_2_ Müller.seg.nrrd", "CT 1_2_ Müller.csv"}
    labels, _ = read_label_map(tmp_path / "out" / "CT 1_2_ Müller.seg.nrrd")
    assert sorted(np.unique(labels)) == sorted(np.unique(PHANTOM.label))
    (tmp_path / "out" / "CT 1_2_ Müller.csv").write_text("mine")
    part.frontEnd.agrees = False
    presenter.exportFiles()
    assert "CT 1_2_ Müller.csv is in this folder" in part.frontEnd.questions[-1].replace(
        "CT 1_2_ Müller.seg.nrrd, ", ""
    )
    assert (tmp_path / "out" / "CT 1_2_ Müller.csv").read_text() == "mine"


# a server ---------------------------------------------------------------------------------------


def test_a_server_is_asked_agreed_to_and_remembered(part: Part, monkeypatch) -> None:
    from VoCoSegmentationLib.presenters.server import ServerPresenter

    server = Server("http://localhost:1", "a token")
    described = {"models": [], "devices": [{"name": "NVIDIA H100"}]}
    monkeypatch.setattr(Server, "describe", lambda self: described)  # test_service asks a real one
    chosen: list[str] = []
    front = part.frontEnd
    presenter = ServerPresenter(part.queue, front, lambda known: server, chosen.append)

    def press() -> None:
        presenter.choose()
        assert presenter._describing is not None
        presenter._describing[1].exception(10)
        front.timers[-1].function()

    front.agrees = False
    press()
    assert "leave this computer" in front.questions[-1]
    assert part.queue.server is None and not chosen and not front.settings
    front.agrees = True
    press()
    assert part.queue.server == server and chosen == [server.device]
    assert (server.device, "localhost: NVIDIA H100") in part.devices.entries()
    part.parameters.device = server.device
    part.follow()
    part.segmentation.act()
    assert part.asked[-1]["device"] == server.device
    assert part.devices.estimateText == "The CT is sent to localhost."
    assert part.position._subject.settings().device == "auto"  # a click is computed here

    part.queue.setServer(None)
    ServerPresenter(part.queue, front, lambda known: None, chosen.append)
    assert part.queue.server == server  # as it was remembered
    ServerPresenter(part.queue, front, lambda known: Server("", ""), chosen.append).choose()
    assert part.queue.server is None and front.settings["VoCoSegmentation/ServerAddress"] == ""


def test_a_server_that_cannot_be_asked_is_not_taken(part: Part) -> None:
    from VoCoSegmentationLib.presenters.server import ServerPresenter

    server = Server("http://server.example:8422", "a token")
    presenter = ServerPresenter(part.queue, part.frontEnd, lambda known: server, lambda _: None)
    presenter.choose()
    assert presenter._describing is not None
    presenter._describing[1].exception(10)
    part.frontEnd.timers[-1].function()
    assert "is not encrypted" in part.frontEnd.errors[-1]
    assert part.queue.server is None and not part.frontEnd.questions
