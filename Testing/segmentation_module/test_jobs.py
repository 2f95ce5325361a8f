"""Jobs on real nodes with the real worker: order, progress, cancel, and nodes that go away."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from quick_model import QUICK_ID, add_quick_model, make_part

from VoCoLib.errors import InputError
from VoCoLib.images.phantom import Phantom
from VoCoLib.models.catalogue import Catalogue
from VoCoLib.worker.client import WorkerClient

slicer_scene = pytest.importorskip("slicer_scene", exc_type=ImportError)
slicer = pytest.importorskip("slicer")
jobs = pytest.importorskip("VoCoSegmentationLib.jobs.queue")
tasks = pytest.importorskip("VoCoSegmentationLib.jobs.segmentation")
texts = pytest.importorskip("VoCoSegmentationLib.texts")

DEMO = Catalogue().get("demo-torso")
NAMES = [label.name for label in DEMO.recipe.labels]


@pytest.fixture(scope="module")
def phantom() -> Phantom:
    """A part of the torso that is one window of the quick model."""
    return make_part()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerClient]:
    """One warm worker for all tests, and a folder of models with a quick one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOCO_HOME", str(tmp_path_factory.mktemp("home")))
        add_quick_model()
        with WorkerClient() as client:
            yield client


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[slicer.vtkMRMLScene]:
    with slicer_scene.open_scene(tmp_path) as scene:
        yield scene


@pytest.fixture
def queue(client: WorkerClient, scene: slicer.vtkMRMLScene) -> Iterator[Any]:
    queue = jobs.JobQueue(client, scene)
    yield queue
    queue.close()


@pytest.fixture
def volume(scene: slicer.vtkMRMLScene, phantom: Phantom) -> slicer.vtkMRMLScalarVolumeNode:
    return slicer_scene.add_volume(scene, phantom.image, phantom.affine)


def run(queue: Any, until: Callable[[], bool] = lambda: False, timeout_s: float = 300) -> None:
    """Polls until a condition holds, or nothing is left to do."""
    end = time.monotonic() + timeout_s
    while queue.busy and not until():
        assert time.monotonic() < end, f"timed out; log: {list(queue.log)}"
        queue.poll()
        time.sleep(0.005)


def is_segmenting(job: Any) -> Callable[[], bool]:
    return lambda: job.stage == "Segmenting" and job.fraction < 1


def count(scene: slicer.vtkMRMLScene, kind: str = "vtkMRMLSegmentationNode") -> int:
    return scene.GetNumberOfNodesByClass(kind)


def segment(
    queue: Any, scene: slicer.vtkMRMLScene, volume: Any, model: str = QUICK_ID, **options: Any
) -> Any:
    job = tasks.SegmentationJob(scene, volume, Catalogue().get(model), **options)
    queue.add(job)
    return job


def dice(node: Any, name: str, truth: np.ndarray) -> float:
    (found,) = (s for s in slicer_scene.segments_of(node) if s.name == name)
    return 2 * found.mask.sum() / (found.mask.sum() + truth.sum())


# what a job does ----------------------------------------------------------------------------------


def test_a_volume_becomes_a_segmentation(queue, scene, volume, phantom) -> None:
    seen: list[tuple[str, str, float | None]] = []
    job = segment(
        queue,
        scene,
        volume,
        DEMO.id,
        callback=lambda j: seen.append((j.state, j.stage, j.fraction)),
    )
    assert job.state == "waiting"
    run(queue)
    assert job.state == "finished", job.error
    assert (seen[0][0], seen[-1][0]) == ("waiting", "finished")
    shares = [share for _, stage, share in seen if stage == "Segmenting"]
    assert shares[0] == 0 and max(shares) == 1 and shares == sorted(shares)
    liver = phantom.label == 6
    (found,) = (s for s in slicer_scene.segments_of(job.segmentationNode) if s.name == "Liver")
    assert found.mask.sum() == pytest.approx(liver.sum(), rel=0.3)
    table = job.segmentationNode.GetNodeReference("VoCoStatistics")
    assert table.GetNumberOfRows() == len(NAMES)
    assert f"of {len(NAMES)} structures found" in texts.jobState(job)


def test_only_chosen_structures_in_a_region(queue, scene, volume) -> None:
    region = scene.AddNewNodeByClass("vtkMRMLMarkupsROINode")
    region.SetCenter(70, 0, 0)
    region.SetSize(120, 200, 60)
    job = segment(queue, scene, volume, structures=["Liver", "Spleen"], regionNode=region)
    scene.RemoveNode(region)  # the box is taken as it was
    run(queue)
    assert job.state == "finished", job.error
    (found,) = slicer_scene.segments_of(job.segmentationNode)  # the spleen is on the other side
    assert found.name == "Liver"
    x = np.argwhere(found.mask)[:, 0] * found.affine[0, 0] + found.affine[0, 3]
    assert x.min() >= 10 - 6
    table = job.segmentationNode.GetNodeReference("VoCoStatistics")
    assert table.GetNumberOfRows() == 2


def test_uneven_slices_are_segmented_where_slicer_puts_them(queue, scene, phantom) -> None:
    """Every slice of the lower half, and every second one of the upper half."""
    size = phantom.image.shape[2]
    kept = [*range(size // 2), *range(size // 2, size, 2)]
    node = slicer_scene.add_volume(scene, phantom.image[:, :, kept], phantom.affine)
    places = (phantom.affine @ [[0] * len(kept), [0] * len(kept), kept, [1] * len(kept)])[:3].T
    slicer_scene.add_acquisition(scene, node, places)
    job = segment(queue, scene, node)
    run(queue)
    assert job.state == "finished", job.error
    assert any("mm apart" in warning for warning in job.warnings)
    assert job.segmentationNode.GetTransformNodeID() == node.GetTransformNodeID()
    liver = phantom.label == 6
    (found,) = (s for s in slicer_scene.segments_of(job.segmentationNode) if s.name == "Liver")
    assert found.mask.sum() == pytest.approx(liver[:, :, kept].sum(), rel=0.3)
    table = job.segmentationNode.GetNodeReference("VoCoStatistics")
    column = table.GetTable().GetColumnByName("millilitres")
    ml = column.GetValue(NAMES.index("Liver"))
    assert ml == pytest.approx(liver.sum() * 0.216, rel=0.3)  # of the body, not of the slices


def test_an_unknown_structure_is_refused(scene, volume) -> None:
    with pytest.raises(InputError, match=r"no structure 'Leber'.*Liver"):
        tasks.SegmentationJob(scene, volume, DEMO, structures=["Leber"])
    with pytest.raises(InputError, match="No structure is chosen"):
        tasks.SegmentationJob(scene, volume, DEMO, structures=[])


def test_all_frames_of_a_sequence_are_one_job(queue, scene, phantom) -> None:
    browser, volume = make_sequence(scene, phantom, ["0", "0.5"])
    browser.SetSelectedItemNumber(1)
    seen: list[float] = []
    stages: list[str] = []

    def look(job: Any) -> None:
        seen.append(job.fraction or 0.0)
        stages.append(job.stage)

    job = segment(queue, scene, volume, allFrames=True, structures=["Liver"], callback=look)
    run(queue)
    assert job.state == "finished", job.error
    assert seen == sorted(seen)
    assert 0.5 in seen
    assert "frame 2 of 2: segmenting" in stages
    sequence = browser.GetSequenceNode(job.segmentationNode)
    assert sequence.GetNumberOfDataNodes() == 2
    assert browser.GetSelectedItemNumber() == 1
    table = job.segmentationNode.GetNodeReference("VoCoStatistics")
    assert [table.GetCellText(row, 0) for row in range(2)] == ["0", "0.5"]


def make_sequence(scene: Any, phantom: Phantom, values: list[str]) -> tuple[Any, Any]:
    """A browser, and the volume that shows the frames of its sequence."""
    sequence = scene.AddNewNodeByClass("vtkMRMLSequenceNode", "4D CT")
    for value in values:
        frame = slicer_scene.add_volume(scene, phantom.image, phantom.affine)
        sequence.SetDataNodeAtValue(frame, value)
        scene.RemoveNode(frame)
    browser = scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", "Browser")
    browser.SetAndObserveMasterSequenceNodeID(sequence.GetID())
    return browser, browser.GetProxyNode(sequence)


def test_a_cancelled_sequence_leaves_nothing(queue, scene, phantom) -> None:
    _browser, volume = make_sequence(scene, phantom, ["0", "0.5"])
    before = scene.GetNumberOfNodes()
    job = segment(queue, scene, volume, allFrames=True)
    run(queue, lambda: job.stage.startswith("frame 2 of 2: segm"))
    queue.cancel(job)
    run(queue)
    assert job.state == "cancelled"
    assert scene.GetNumberOfNodes() == before


def test_a_sequence_cancelled_while_it_is_written_leaves_nothing(queue, scene, phantom) -> None:
    _browser, volume = make_sequence(scene, phantom, ["0", "0.5"])
    before = scene.GetNumberOfNodes()
    job = segment(queue, scene, volume, allFrames=True)
    run(queue, lambda: job.segmentationNode is not None)
    assert job.state == "running"
    queue.cancel(job)
    assert job.state == "cancelled"
    assert scene.GetNumberOfNodes() == before
    run(queue)


def test_an_estimate_says_time_and_memory(queue, scene, volume) -> None:
    told: list[str] = []
    job = tasks.EstimateJob(
        volume, Catalogue().get(QUICK_ID), "cpu", lambda j: told.append(j.state)
    )
    queue.add(job)
    assert queue.running is None
    run(queue)
    assert told[-1] == "finished"
    assert job.estimate["windows"] == 1
    assert "on the processor" in texts.estimate(job.estimate)


# the queue ----------------------------------------------------------------------------------------


def test_jobs_run_one_after_the_other(queue, scene, volume, phantom) -> None:
    other = slicer_scene.add_volume(scene, phantom.image[:, :, :8], phantom.affine)
    first, second = (segment(queue, scene, node) for node in (volume, other))
    run(queue, lambda: queue.running is first)
    assert queue.waiting == [second]
    assert "waiting" in texts.jobState(second)
    run(queue, lambda: first.ended)
    assert second.state in ("waiting", "running")
    run(queue)
    assert [first.state, second.state] == ["finished", "finished"]
    assert first.segmentationId != second.segmentationId


def test_cancel_stops_the_running_job_and_the_next_one_runs(queue, scene, volume) -> None:
    first = segment(queue, scene, volume, DEMO.id)
    second = segment(queue, scene, volume)
    run(queue, is_segmenting(first))
    queue.cancel(first)
    assert first.state == "cancelling"
    assert "cancelling" in texts.jobState(first)
    run(queue, lambda: first.ended)
    assert first.state == "cancelled"
    assert count(scene) == 0
    run(queue)
    assert second.state == "finished", second.error
    assert count(scene) == 1


def test_a_waiting_job_is_cancelled_at_once(queue, scene, volume) -> None:
    first, second = (segment(queue, scene, volume) for _ in range(2))
    queue.poll()
    queue.cancel(second)
    assert second.state == "cancelled"
    assert queue.waiting == []
    assert first.state == "running"


def test_a_background_job_waits_and_gives_way_to_a_newer_one(queue, scene, volume) -> None:
    old, new = (tasks.EstimateJob(volume, DEMO, "cpu", None) for _ in range(2))
    job = segment(queue, scene, volume, structures=["Liver"])
    queue.add(old)
    queue.add(new)
    run(queue)
    assert [old.state, job.state, new.state] == ["waiting", "finished", "finished"]


def test_a_bad_volume_fails_with_a_reason_and_the_queue_goes_on(queue, scene, volume) -> None:
    flat = slicer_scene.add_volume(scene, np.zeros((5, 5, 1), np.int16))
    bad, good = segment(queue, scene, flat), segment(queue, scene, volume)
    run(queue)
    assert bad.state == "failed"
    assert "single slice" in texts.jobState(bad)
    assert good.state == "finished", good.error


def test_a_defect_is_told_and_logged(queue, scene, volume) -> None:
    class Broken(jobs.Job):
        def steps(self):
            yield None
            raise RuntimeError("a defect")

    broken = Broken("Broken")
    queue.add(broken)
    good = segment(queue, scene, volume, structures=["Liver"])
    run(queue)
    assert broken.state == "failed"
    assert "RuntimeError: a defect" in str(broken.error)
    assert any("raise RuntimeError" in line for line in queue.log)
    assert good.state == "finished", good.error


def test_a_failing_callback_is_reported_and_stops_nothing(
    queue, scene, volume, monkeypatch
) -> None:
    reported: list[str] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, value, trace: reported.append(str(value)))

    def fail(job: Any) -> None:
        raise RuntimeError(job.state)

    job = segment(queue, scene, volume, structures=["Liver"], callback=fail)
    run(queue)
    assert job.state == "finished"
    assert reported[0] == "waiting"
    assert reported[-1] == "finished"


# nodes that go away -------------------------------------------------------------------------------


def test_removing_the_volume_cancels_its_jobs(queue, scene, volume, phantom) -> None:
    other = slicer_scene.add_volume(scene, phantom.image, phantom.affine)
    running, waiting = (segment(queue, scene, volume, DEMO.id) for _ in range(2))
    third = segment(queue, scene, other)
    run(queue, is_segmenting(running))
    scene.RemoveNode(volume)
    assert waiting.state == "cancelled"
    assert running.state == "cancelling"
    run(queue)
    assert running.state == "cancelled"
    assert "CT was removed" in texts.jobState(running)
    assert third.state == "finished", third.error
    assert count(scene) == 1


def test_closing_the_scene_ends_in_a_clean_state(queue, scene, volume, phantom) -> None:
    running, waiting = (segment(queue, scene, volume, DEMO.id) for _ in range(2))
    run(queue, is_segmenting(running))
    scene.Clear(0)
    empty = scene.GetNumberOfNodes()
    # takes the ID of the volume that was segmented
    new = slicer_scene.add_volume(scene, phantom.image, phantom.affine)
    assert new.GetID() == running.volumeId
    run(queue)
    assert [running.state, waiting.state] == ["cancelled", "cancelled"]
    assert "scene was closed" in texts.jobState(running)
    assert scene.GetNumberOfNodes() <= empty + 2  # the volume and its display
    job = segment(queue, scene, new, structures=["Liver"])
    run(queue)
    assert job.state == "finished", job.error


def test_a_removed_output_is_made_anew(queue, scene, volume) -> None:
    first = segment(queue, scene, volume, structures=["Liver"])
    run(queue)
    output = first.segmentationNode
    second = segment(queue, scene, volume, DEMO.id, structures=["Liver"], segmentationNode=output)
    run(queue, is_segmenting(second))
    scene.RemoveNode(output)
    run(queue)
    assert second.state == "finished", second.error
    assert second.segmentationNode is not None


def test_an_output_is_updated_in_place(queue, scene, volume) -> None:
    first = segment(queue, scene, volume, structures=["Liver"])
    run(queue)
    node = first.segmentationNode
    second = segment(queue, scene, volume, structures=["Spleen"], segmentationNode=node)
    run(queue)
    assert second.segmentationNode is node
    assert count(scene) == 1
    assert count(scene, "vtkMRMLTableNode") == 1
