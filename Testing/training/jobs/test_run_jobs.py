"""Runs that outlive whoever started them: real processes, a real queue, real trainings."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import finetuning_runs
import numpy as np
import psutil
import pytest
from places import ROOT
from pretraining_runs import history, make_settings, use_small_network
from quick_runs import FOREVER, QUICK_PYTHON
from training_files import write, write_cases

from VoCoLib.errors import CancelledError, InputError, OutputError
from VoCoLib.events import Event
from VoCoLib.processes.process_file import ProcessFile
from VoCoLib.runs.device_queue import DeviceQueue
from VoCoLib.runs.folder import RunFolder
from VoCoLib.runs.summary import summarise
from VoCoLib.training.jobs.background import RunJobs, is_active, is_run_name
from VoCoLib.training.jobs.trial import try_training
from VoCoLib.training.pretraining.run import pretrain
from VoCoLib.worker.training import check

posix_only = pytest.mark.skipif(os.name == "nt", reason="limits of a process are POSIX")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Four volumes, a network that takes milliseconds, and a queue of its own."""
    path = tmp_path_factory.mktemp("Läufe von Zoë")
    write_cases(path / "data", 4)
    with pytest.MonkeyPatch.context() as patch:
        use_small_network(patch)
        patch.setenv("VOCO_HOME", str(path / "home"))
        patch.setenv("OMP_NUM_THREADS", "1")
        yield path


@pytest.fixture
def jobs(folder: Path, tmp_path: Path) -> Iterator[RunJobs]:
    jobs = RunJobs(tmp_path / "runs", QUICK_PYTHON)
    yield jobs
    for run in jobs.runs():
        run.kill()


@pytest.fixture
def occupied(folder: Path) -> Iterator[DeviceQueue]:
    """The processor is in use: by this process."""
    queue = DeviceQueue("cpu")
    queue.enter()
    yield queue
    queue.leave()


def config(folder: Path, **changes: Any) -> dict[str, Any]:
    settings = {"save_every": FOREVER, "measure_every": FOREVER, "device": "cpu", **changes}
    return {**make_settings(folder, **settings).to_json(), "kind": "pretrain"}


def plain(folder: Path, **changes: Any) -> dict[str, Any]:
    """The same without volumes to measure, and so without a picture of that."""
    return config(folder, held_back=0, **changes)


def wait(condition: Callable[[], Any], timeout_s: float = 60) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def state(run: RunFolder) -> str:
    return run.state().name


def process(run: RunFolder, file: str = "pid") -> psutil.Process:
    return psutil.Process(json.loads((run.path / file).read_text())["pid"])


def steps(run: RunFolder) -> int:
    return summarise(run).step


# A life


@pytest.mark.slow
def test_a_run_outlives_its_parent_is_found_stopped_killed_and_resumed(
    folder: Path, jobs: RunJobs
) -> None:
    values = config(folder, steps=FOREVER, save_every=20, device="auto")
    code = (
        f"import sys; sys.path[:0] = [{str(ROOT / 'Testing')!r}, {str(ROOT)!r}]\n"
        f"import small_preset\nfrom pathlib import Path\n"
        "from VoCoLib.training.jobs.background import RunJobs\n"
        f"RunJobs(Path({str(jobs.folder)!r}), {QUICK_PYTHON!r}).start('run 1', {values!r})\n"
        "print('started', flush=True)\nimport time; time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    assert parent.stdout.readline().strip() == b"started"
    (run,) = jobs.runs()
    assert state(run) == "queued"
    for process in psutil.Process(parent.pid).children(recursive=True):
        assert os.name == "nt" or os.getsid(process.pid) != os.getsid(parent.pid)
    parent.kill()  # as Slicer's process is killed
    parent.communicate()
    wait(lambda: steps(run) > 25 and summarise(run).eta_s)

    summary = summarise(run)
    assert (summary.name, summary.kind, summary.state.name) == ("run 1", "pretrain", "running")
    assert summary.device in ("cpu", "cuda:0")  # what "auto" means here
    assert summary.steps == FOREVER and summary.loss is not None
    assert abs(summary.started - time.time()) < 120
    with pytest.raises(OutputError, match="run 1 is running"):
        jobs.resume(run)
    with pytest.raises(OutputError, match="Stop it first"):
        jobs.delete(run)

    jobs.stop(run)
    assert state(run) == "stopping"
    with pytest.raises(OutputError, match="Wait until it has stopped"):
        jobs.resume(run)
    wait(lambda: state(run) == "stopped")
    assert run.checkpoints.latest().stem == f"step-{steps(run):08d}"
    stopped = steps(run)

    jobs.resume(run)
    assert state(run) == "queued"
    wait(lambda: steps(run) > stopped + 25)
    run.kill(wait_s=0)  # the process itself, not by somebody who says why
    wait(lambda: state(run) == "lost", 5)
    assert "Resume it" in run.state().reason
    assert "Training on 3 volumes" in run.state().reason  # its last words
    saved = int(run.checkpoints.latest().stem.removeprefix("step-"))

    jobs.resume(run)
    wait(lambda: steps(run) > saved)
    counted, _ = history(run.path).series("loss")
    assert counted == list(range(1, len(counted) + 1))
    jobs.stop(run, force=True)
    wait(lambda: state(run) == "stopped", 5)
    jobs.delete(run)
    assert jobs.runs() == [] and not run.path.exists()


# The queue


def test_one_run_at_a_time_first_come_first_served_wherever_one_is(
    folder: Path, jobs: RunJobs, occupied: DeviceQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(jobs.folder.parent)
    here = RunJobs(Path(jobs.folder.name), QUICK_PYTHON)  # named from where one is
    first, second = (jobs.start(name, plain(folder)) for name in ("first", "second"))
    third = here.start("third", plain(folder))
    assert third.path == jobs.folder / "third"
    wait(lambda: len(waiting_for("cpu")) == 4)
    assert {state(run) for run in (first, second, third)} == {"queued"}
    jobs.stop(second)
    assert state(second) == "stopping"
    wait(lambda: state(second) == "stopped")
    third.kill()  # in the queue
    assert state(third) == "failed"
    assert "ended before it began" in third.state().reason
    jobs.resume(third)
    occupied.leave()
    wait(lambda: state(first) == "finished")
    assert state(third) != "finished"
    wait(lambda: state(third) == "finished")
    assert third.begun() > first.begun()
    with pytest.raises(OutputError, match="cannot be resumed"):
        jobs.resume(first)


def waiting_for(device: str) -> list[int]:
    return list(DeviceQueue(device)._tickets())


def test_a_place_in_the_queue_is_lost_with_its_process(folder: Path, tmp_path: Path) -> None:
    code = (
        "from pathlib import Path\nfrom VoCoLib.runs.device_queue import DeviceQueue\n"
        f"DeviceQueue('cuda:0', Path({str(tmp_path)!r})).enter()\n"
        "print('entered', flush=True)\nimport time; time.sleep(60)"
    )
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=ROOT)
    assert child.stdout is not None
    assert child.stdout.readline().strip() == b"entered"
    queue = DeviceQueue("cuda:0", tmp_path)
    queue.enter()
    other = DeviceQueue("cuda:1", tmp_path)
    other.enter()
    assert other.is_first() and not queue.is_first()
    child.kill()
    child.communicate()
    assert queue.is_first()
    later = DeviceQueue("cuda:0", tmp_path)
    later.enter()
    assert not later.is_first()
    queue.leave()
    assert later.is_first()


def test_who_comes_while_another_leaves_does_not_pass_those_who_wait(tmp_path: Path) -> None:
    before, second = DeviceQueue("cpu", tmp_path), DeviceQueue("cpu", tmp_path)

    class Slow(DeviceQueue):
        """Has looked at the tickets when others come and leave."""

        def _tickets(self) -> dict[int, ProcessFile]:
            seen = super()._tickets()
            if not entered:
                entered.append(True)
                before.enter()
                second.enter()
                before.leave()
            return seen

    entered: list[bool] = []
    first = Slow("cpu", tmp_path)
    first.enter()
    assert second.is_first() and not first.is_first()
    second.leave()
    assert first.is_first()


# What goes wrong


def test_a_run_of_another_computer_is_not_ended_by_force(jobs: RunJobs, folder: Path) -> None:
    run = RunFolder(jobs.folder / "far away")
    run.create(config(folder))
    owner = {"pid": os.getpid(), "created": 1.0, "host": "node-17"}
    (run.path / "pid").write_text(json.dumps(owner))
    (run.path / "events.jsonl").write_text('{"event": "metric", "step": 1, "time": 1}\n')
    jobs.stop(run)
    assert state(run) == "stopping"
    with pytest.raises(OutputError, match="far away runs on another computer"):
        jobs.stop(run, force=True)


def test_the_folder_of_another_program_is_no_run(jobs: RunJobs) -> None:
    for name, content in (("model", '{"hidden_size": 768}'), ("list", "[1]"), ("broken", "{")):
        (jobs.folder / name).mkdir(parents=True)
        (jobs.folder / name / "config.json").write_text(content)
    for run in jobs.runs():
        with pytest.raises(InputError):
            jobs.delete(run)
        assert (run.path / "config.json").exists()
        shutil.rmtree(run.path)


def test_what_cannot_be_started_is_refused(
    folder: Path, jobs: RunJobs, occupied: DeviceQueue
) -> None:
    with pytest.raises(InputError, match="steps must be 1 or more"):
        jobs.start("run", {**config(folder), "steps": 0})
    with pytest.raises(InputError, match="no training 'sing'"):
        jobs.start("run", {**config(folder), "kind": "sing"})
    for name in ("../run", "..", ".hidden", "a:b", "a\\b", "dot.", "end ", ""):
        with pytest.raises(OutputError, match="name of a folder"):
            jobs.start(name, config(folder))
    with pytest.raises(OutputError, match="could not be started"):
        RunJobs(jobs.folder, ["no such python"]).start("run", config(folder))
    assert state(jobs.runs()[0]) == "stopped"
    with pytest.raises(OutputError, match="already holds a run"):
        jobs.start("run", config(folder))


def test_a_python_without_the_packages_says_so(folder: Path, jobs: RunJobs) -> None:
    broken = [sys.executable, "-c", "import sys; sys.exit('There is no torch')"]
    run = RunJobs(jobs.folder, broken).start("run", config(folder))
    wait(lambda: state(run) == "failed", 10)
    assert run.state().reason.endswith("There is no torch")


@contextlib.contextmanager
def limited(kind: str, size: int) -> Iterator[None]:
    """Children that are started meanwhile cannot have more."""
    import resource

    limit = getattr(resource, kind)
    before = resource.getrlimit(limit)
    resource.setrlimit(limit, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(limit, before)


@posix_only
@pytest.mark.slow
def test_a_full_disk_is_named_and_a_log_on_one_does_not_end_the_run(
    folder: Path, jobs: RunJobs
) -> None:
    with limited("RLIMIT_FSIZE", 100_000):  # a checkpoint is larger
        full = jobs.start("full disk", plain(folder))
    wait(lambda: not is_active(state(full)))
    assert state(full) == "failed"
    assert "cannot be written" in full.state().reason and "Free some space" in full.state().reason
    full.log.unlink()
    full.log.symlink_to("/dev/full")
    jobs.resume(full)  # there is space again, but not for the log
    wait(lambda: not is_active(state(full)))
    assert state(full) == "finished"


@pytest.mark.skipif(sys.platform != "linux", reason="others do not limit a process's memory")
@pytest.mark.slow
def test_too_little_memory_is_named(
    folder: Path, jobs: RunJobs, occupied: DeviceQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SMALL_NETWORK")
    run = jobs.start("run", plain(folder, preset="H"))
    wait(lambda: len(waiting_for("cpu")) == 2)
    training = process(run, "waiting")
    limit = training.memory_info().vms + 500_000_000  # the weights take 3 GB
    training.rlimit(psutil.RLIMIT_AS, (limit, limit))
    occupied.leave()
    wait(lambda: not is_active(state(run)))
    assert state(run) == "failed"
    assert "Memory does not suffice" in run.state().reason


def test_a_removed_data_folder_is_named_and_the_run_can_go_on(folder: Path, tmp_path: Path) -> None:
    """In this process, as a run ends alike in any; the others of this part have their own."""
    write_cases(tmp_path / "data", 3)
    run = RunFolder(tmp_path / "run")
    settings = make_settings(tmp_path, held_back=0, steps=FOREVER, save_every=5)

    def remove(item: Event) -> None:
        if item["event"] == "metric" and item["step"] == 6:
            (tmp_path / "data").rename(tmp_path / "moved")
            (tmp_path / "cache").rename(tmp_path / "moved cache")

    with pytest.raises(InputError):
        pretrain(settings, run, remove)
    assert state(run) == "failed"
    assert "All volumes of the run are lost" in run.state().reason
    (tmp_path / "moved").rename(tmp_path / "data")
    begun = steps(run)

    def stop(item: Event) -> None:
        if item["event"] == "metric" and item["step"] > begun:
            run.request_stop()

    with pytest.raises(CancelledError):
        pretrain(settings, run, stop, resume=True)
    assert steps(run) > begun


@posix_only
def test_a_run_whose_folder_is_deleted_ends_and_leaves_the_device(
    folder: Path, jobs: RunJobs
) -> None:
    run = jobs.start("run", plain(folder, steps=FOREVER))
    wait(lambda: steps(run) > 2)
    training = process(run)
    shutil.rmtree(run.path)
    wait(lambda: not training.is_running() or training.status() == psutil.STATUS_ZOMBIE, 30)
    assert not run.path.exists()
    with DeviceQueue("cpu") as queue:
        assert queue.is_first()


@posix_only
def test_a_process_that_cannot_be_noted_is_not_left_alone(folder: Path, jobs: RunJobs) -> None:
    sleeper = [sys.executable, "-c", "import time; time.sleep(60)"]
    before = set(psutil.Process().children())
    run = RunFolder(jobs.folder / "run")
    run.create(config(folder))
    with limited("RLIMIT_FSIZE", 0), pytest.raises(OutputError, match="could not be started"):
        RunJobs(jobs.folder, sleeper).resume(run)
    started = set(psutil.Process().children()) - before
    wait(lambda: all(child.status() == psutil.STATUS_ZOMBIE for child in started), 5)


def test_a_name_that_some_system_does_not_take_is_refused() -> None:
    for name in ("CON", "nul", "Com1.txt", "x" * 201, "é" * 101):
        assert not is_run_name(name)
    for name in ("console", "null", "Lungen-CT 3 (März)", "肺 CT"):
        assert is_run_name(name)


def test_a_run_that_cannot_be_deleted_whole_stays_a_run(
    folder: Path, jobs: RunJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = RunFolder(jobs.folder / "run")
    run.create(config(folder))

    def in_use(path: Path, target: Path) -> None:
        raise PermissionError(13, "The process cannot access the file")  # as on Windows

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", in_use)
        with pytest.raises(OutputError, match="cannot be deleted"):
            jobs.delete(run)
    assert state(run) == "stopped"
    jobs.delete(run)
    assert jobs.runs() == [] and not run.path.exists()


@pytest.mark.parametrize(
    "values",
    [
        *({"steps": "50"}, {"steps": None}, {"batch": 2.5}, {"data": 5}, {"held_back": "x"}),
        *({"recompute": "yes"}, {"precision": "int4"}, {"learning_rate": float("inf")}),
    ],
)
def test_a_setting_of_the_wrong_kind_is_named(jobs: RunJobs, values: dict[str, Any]) -> None:
    (name,) = values
    with pytest.raises(InputError, match=f"{name} must be .*, not "):
        jobs.start("run", {"data": "/ct", **values})
    assert jobs.runs() == []


# Before the start


def test_the_data_is_looked_through(folder: Path, tmp_path: Path) -> None:
    write_cases(tmp_path, 2)
    (tmp_path / "broken.nii.gz").write_bytes(b"nothing")
    result = check_data({"data": str(tmp_path)})
    assert (result["volumes"], result["usable"]) == (3, 2)
    assert result["spacing"] == {"lowest": [3.0, 3.0, 4.0], "highest": [3.0, 3.0, 4.0]}
    assert result["hu"]["lowest"] < -1000 < 700 < result["hu"]["highest"]
    assert "broken.nii.gz" in result["problems"][0]


def test_the_labels_of_a_fine_tuning_are_looked_through(tmp_path: Path) -> None:
    values = {
        "kind": "finetune",
        "start": "scratch",
        "data": str(finetuning_runs.write_data(tmp_path, 3)),
    }
    assert check_data(values)["usable"] == 3
    label = tmp_path / "labelsTr" / "case_1.nii.gz"
    write(label, np.full((30, 26, 20), 9, np.uint8))
    result = check_data(values)
    assert result["usable"] == 2
    assert "case_1.nii.gz holds the value 9" in result["wrong_labels"][0]
    assert result["problems"] == []
    (tmp_path / "dataset.json").unlink()
    with pytest.raises(InputError, match="Nothing names the labels"):
        check_data(values)


def check_data(values: dict[str, Any], picture: Path | None = None) -> dict[str, Any]:
    events: list[dict[str, Any]] = []
    request = {"request": "training_check", "config": values}
    if picture is not None:
        request["picture"] = str(picture)
    check(request, events.append, lambda: False)
    return events[-1]


def test_a_check_shows_what_a_pre_training_will_see(folder: Path, tmp_path: Path) -> None:
    values, picture = config(folder), tmp_path / "seen.png"
    assert check_data(values)["doubts"] == []
    assert check_data(values, picture)["doubts"] == []
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_trial_says_what_the_run_will_take(folder: Path, tmp_path: Path) -> None:
    values = config(folder, steps=1000, measure_every=100)
    forecast = try_training(values, tmp_path / "not there yet", lambda item: None)
    assert (forecast.volumes, forecast.tried, forecast.steps) == (4, 2, 4)
    assert forecast.step_s > 0 and forecast.prepare_s > 0
    assert forecast.seconds > 1000 * forecast.step_s
    assert forecast.memory_bytes > 100e6 and forecast.free_bytes > 0
    checkpoint = 600_000  # more than the weights of the small network and their optimiser
    assert checkpoint < forecast.disk_bytes < 100e6 < forecast.free_disk_bytes
    assert not list(tmp_path.iterdir())


def test_a_fine_tuning_is_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finetuning_runs.finetuning, "build_network", finetuning_runs.SmallNetwork)
    finetuning_runs.write_data(tmp_path / "data")
    values = finetuning_runs.make_settings(tmp_path, steps=100, batch=2).to_json()
    forecast = try_training(values, tmp_path, lambda item: None)
    assert (forecast.volumes, forecast.tried) == (5, 3)
    assert forecast.seconds > 100 * forecast.step_s > 0


def test_a_trial_takes_cases_with_labels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many have none, and if the cases to hold back are listed."""
    monkeypatch.setattr(finetuning_runs.finetuning, "build_network", finetuning_runs.SmallNetwork)
    data = finetuning_runs.write_data(tmp_path / "data", 6)
    description = json.loads((data / "dataset.json").read_text())
    for item in description["training"][:3]:
        del item["label"]
    (data / "dataset.json").write_text(json.dumps(description))
    (data / "list.txt").write_text("imagesTr/case_5.nii.gz\n")
    values = {"data": str(data / "dataset.json"), "validation": str(data / "list.txt")}
    settings = finetuning_runs.make_settings(tmp_path, steps=100, **values)
    forecast = try_training(settings.to_json(), tmp_path, lambda item: None)
    assert (forecast.volumes, forecast.tried) == (3, 2)


def test_what_a_killed_trial_left_is_removed_by_the_next(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    names = ("killed", "running", "begins")
    killed, running, begins = (temporary / f"voco-trial-{name}" for name in names)
    for path in (killed, running, begins):
        path.mkdir()
    (killed / "checkpoint").touch()
    (killed / "pid").write_text(json.dumps({"pid": 1, "created": 1.0, "host": "gone"}))
    os.utime(killed / "pid", (0, 0))
    ProcessFile(running / "pid").claim()
    for path in (killed, running):
        os.utime(path, (0, 0))
    try_training(config(folder), tmp_path, lambda item: None)
    assert sorted(temporary.iterdir()) == sorted([running, begins])


def test_a_trial_takes_volumes_that_can_be_used(folder: Path, tmp_path: Path) -> None:
    write_cases(tmp_path / "data", 2)
    for number in range(3):  # such as localizers, which come first
        (tmp_path / "data" / f"a{number}.nii.gz").write_bytes(b"nothing")
    forecast = try_training(config(tmp_path, steps=10), tmp_path, lambda item: None)
    assert (forecast.volumes, forecast.tried) == (5, 2)


def test_a_trial_is_cancelled(folder: Path, tmp_path: Path) -> None:
    asked: list[int] = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > 3

    with pytest.raises(CancelledError):
        try_training(config(folder), tmp_path, lambda item: None, cancelled)
