"""Run folders: states that tell the truth, events and checkpoints that survive kills."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from places import ROOT

from VoCoLib.errors import CancelledError, InputError, OutputError
from VoCoLib.events import event
from VoCoLib.processes import process_file
from VoCoLib.processes.process_file import ProcessFile
from VoCoLib.runs.checkpoint_folder import CheckpointFolder
from VoCoLib.runs.config import compare_config
from VoCoLib.runs.event_log import EventLog, last_event, read_events
from VoCoLib.runs.folder import RunFolder, launcher, list_runs
from VoCoLib.runs.summary import summarise

CONFIG = {"preset": "tiny", "steps": 100, "optimiser": {"rate": 3e-4, "clip": None}}
posix_only = pytest.mark.skipif(os.name == "nt", reason="limits on file sizes are POSIX")

Start = Callable[[str], subprocess.Popen]


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path / "Läufe von Zoë" / "run 1")


@pytest.fixture
def start(folder: RunFolder) -> Iterator[Start]:
    """Starts code in another process, where `folder` and CONFIG are known; returns once it says so.

    A child waits until it is killed, unless the code does something else.
    """
    children: list[subprocess.Popen] = []

    def start_child(code: str) -> subprocess.Popen:
        head = (
            f"import sys, time; sys.path.insert(0, {str(ROOT)!r})\n"
            "from pathlib import Path\nfrom VoCoLib.events import event\n"
            f"from VoCoLib.runs.folder import RunFolder\nCONFIG = {CONFIG!r}\n"
            f"folder = RunFolder(Path({str(folder.path)!r}))\n"
        )
        tail = "\nprint('ready', flush=True)\ntime.sleep(60)"
        child = subprocess.Popen([sys.executable, "-c", head + code + tail], stdout=subprocess.PIPE)
        children.append(child)
        assert child.stdout is not None
        assert child.stdout.readline().strip() == b"ready"
        return child

    yield start_child
    for child in children:
        child.kill()
        child.communicate()


TRAIN = "run = folder.begin(CONFIG, resume=True)\nrun.write(event('metric', step=1, loss=0.5))"


def end(child: subprocess.Popen) -> None:
    child.kill()
    child.wait()


# States


def test_a_run_from_queue_to_end(folder: RunFolder) -> None:
    folder.create(CONFIG)
    assert folder.state().name == "stopped" and "never started" in folder.state().reason
    folder.waiting.assign(os.getpid())
    assert folder.state().name == "queued" and not folder.state().live
    assert folder.begun() is None and folder.latest_events() == []
    with folder.begin(CONFIG) as run:
        assert not run.resumed
        assert not folder.waiting.path.exists()
        assert abs(folder.begun() - time.time()) < 60
        assert folder.state().name == "preparing data"
        run.write(event("progress", done=1, total=2, eta_s=None, message="Preparing"))
        assert folder.state().name == "preparing data"
        run.write(event("metric", step=1, loss=0.5))
        run.write(event("log", message="."))
        assert folder.state().name == "running" and folder.state().live
        folder.request_stop()
        assert folder.state().name == "stopping" and folder.state().live
        run.finish(stopped=True)
    assert folder.state().name == "stopped" and not folder.state().live
    with folder.begin(CONFIG, resume=True) as run:
        assert run.resumed
        assert not folder.stop_requested()
        assert folder.state().name == "preparing data"
    assert folder.state().name == "finished"
    names = [item["event"] for item in folder.events()[0]]
    assert names == [
        *("started", "progress", "metric", "log", "finished"),
        *("started", "finished"),
    ]


def test_a_run_stopped_in_the_queue_learns_of_it(folder: RunFolder) -> None:
    folder.create(CONFIG)
    folder.waiting.assign(os.getpid())
    folder.request_stop()
    assert folder.state().name == "stopping"
    with folder.begin(CONFIG):
        assert folder.stop_requested()
    folder.waiting.assign(os.getpid())  # resumed, and stopped again before it begins
    with folder.begin(CONFIG, resume=True):
        assert folder.stop_requested()
    with folder.begin(CONFIG, resume=True):
        assert not folder.stop_requested()


def test_a_resumed_run_is_queued_until_it_says_that_it_began(folder: RunFolder) -> None:
    """Not for a moment is it what it was before."""
    with folder.begin(CONFIG) as run:
        run.finish(stopped=True)
    folder.waiting.assign(os.getpid())
    ProcessFile(folder.path / "pid").claim()  # its process has come so far
    assert folder.state().name == "queued"
    folder.request_stop()
    assert folder.state().name == "stopping"


def test_a_resumed_run_does_not_show_how_far_it_was_before(folder: RunFolder) -> None:
    with folder.begin(CONFIG) as run:
        run.write(event("metric", step=7, loss=0.5))
        run.write(event("progress", done=7, total=100, eta_s=900, message="Pre-training"))
        run.finish(stopped=True)
    with folder.begin(CONFIG, resume=True):
        summary = summarise(folder)
    assert (summary.state.name, summary.step) == ("preparing data", 7)
    assert (summary.stage, summary.done, summary.eta_s) == ("", None, None)


@pytest.mark.skipif(os.name == "nt", reason="Windows moves no folder whose files are open")
def test_a_run_whose_folder_is_moved_or_deleted_is_told(folder: RunFolder) -> None:
    moved = RunFolder(folder.path.with_name("moved"))
    with pytest.raises(OutputError, match="moved or deleted"), folder.begin(CONFIG):
        assert not folder.stop_wanted()
        folder.path.rename(moved.path)
        folder.stop_wanted()
    assert moved.state().name == "failed"
    assert "moved or deleted" in moved.state().reason and "resume it there" in moved.state().reason
    assert not folder.path.exists()


def test_a_process_that_ends_before_the_run_begins_is_no_queue(
    folder: RunFolder, start: Start
) -> None:
    folder.create(CONFIG)
    folder.log.write_text("Müll\n\nNo module named torch\n", encoding="utf-8")
    child = start("")
    folder.waiting.assign(child.pid)
    assert folder.state().name == "queued"
    end(child)
    assert folder.state().name == "failed"
    reason = "It ended before it began. Resume it to try again.\nMüll\nNo module named torch"
    assert folder.state().reason == reason
    folder.request_stop()
    assert folder.state().name == "stopped"
    with folder.begin(CONFIG) as run:
        run.finish(stopped=False)
    assert folder.state().name == "finished"
    with pytest.raises(ProcessLookupError):
        folder.waiting.assign(child.pid)
    assert not list(folder.path.glob("waiting*"))


def test_a_killed_run_is_lost_and_can_be_resumed(folder: RunFolder, start: Start) -> None:
    child = start(TRAIN)
    assert folder.state().name == "running"
    child.kill()  # not waited for: on POSIX it is a zombie now
    deadline = time.monotonic() + 10
    while folder.state().live and time.monotonic() < deadline:
        time.sleep(0.01)
    assert folder.state().name == "lost"
    assert "Resume" in folder.state().reason
    with folder.begin(CONFIG, resume=True) as run:
        assert run.resumed
        assert folder.state().live
    assert folder.state().name == "finished"


def test_a_run_killed_while_preparing_is_lost(folder: RunFolder, start: Start) -> None:
    end(start("run = folder.begin(CONFIG)"))
    assert folder.state().name == "lost"


def test_a_run_killed_after_a_wish_to_stop_is_stopped(folder: RunFolder, start: Start) -> None:
    child = start(TRAIN)
    folder.request_stop()
    assert folder.state().name == "stopping"
    end(child)
    assert folder.state().name == "stopped"
    assert folder.state().reason


def test_kill_ends_children_too(folder: RunFolder, start: Start) -> None:
    sleeper = "[sys.executable, '-c', 'import time; time.sleep(60)']"
    start(f"{TRAIN}\nimport subprocess\nPath(folder.path / 'child').write_text("
          f"str(subprocess.Popen({sleeper}).pid))")  # fmt: skip
    grandchild = psutil.Process(int((folder.path / "child").read_text()))
    assert folder.kill()
    grandchild.wait(10)
    assert not folder.state().live
    assert not folder.kill()


def test_a_reused_process_number_is_not_the_run(folder: RunFolder, start: Start) -> None:
    end(start(TRAIN))
    ProcessFile(folder.path / "pid").claim()
    created = json.loads((folder.path / "pid").read_text())["created"] - 3600
    write_owner(folder, os.getpid(), created, socket.gethostname())
    assert folder.state().name == "lost"
    assert not folder.kill()
    with folder.begin(CONFIG, resume=True):
        assert folder.state().live


@pytest.mark.skipif(sys.platform != "linux", reason="others note the time of day")
def test_a_run_lives_on_when_the_clock_is_set(
    folder: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    processes = tmp_path / "proc"  # as they look after that
    processes.mkdir()
    (processes / str(os.getpid())).symlink_to(f"/proc/{os.getpid()}")
    boot = int(psutil.boot_time())
    with folder.begin(CONFIG):
        (processes / "stat").write_text(f"btime {boot + 3600}\n")
        monkeypatch.setattr(psutil, "PROCFS_PATH", str(processes))
        assert int(psutil.boot_time()) == boot + 3600
        assert folder.state().live
        with pytest.raises(OutputError, match="in use"):
            folder.begin(CONFIG, resume=True)


def test_the_step_is_known_however_long_the_preparation_takes(folder: RunFolder) -> None:
    with folder.begin(CONFIG) as run:
        run.write(event("metric", step=7, loss=0.5))
        for done in range(1000):
            run.write(event("progress", done=done, total=1000, eta_s=None, message="Preparing"))
        assert (summarise(folder).step, summarise(folder).loss) == (7, 0.5)


def test_on_another_machine_the_file_is_touched_as_long_as_it_lives(
    folder: RunFolder, start: Start
) -> None:
    end(start(TRAIN))
    path = write_owner(folder, os.getpid(), psutil.Process().create_time(), "node-17")
    assert folder.state().name == "running"
    with pytest.raises(OutputError, match="node-17"):
        folder.begin(CONFIG, resume=True)
    assert not folder.kill()
    os.utime(path, (time.time() - 300, time.time() - 300))
    assert folder.state().name == "lost"


def test_the_file_is_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_file, "_BEAT_S", 0.01)
    owner = ProcessFile(tmp_path / "pid")
    owner.claim()
    os.utime(owner.path, (0, 0))
    deadline = time.monotonic() + 10
    while owner.path.stat().st_mtime == 0:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    owner.release()


def test_without_psutil_only_the_touches_count(
    folder: RunFolder, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    end(start(TRAIN))
    monkeypatch.setitem(sys.modules, "psutil", None)
    assert folder.state().name == "running"
    os.utime(folder.path / "pid", (time.time() - 300, time.time() - 300))
    assert folder.state().name == "lost"


def write_owner(folder: RunFolder, pid: int, created: float, host: str) -> Path:
    path = folder.path / "pid"
    path.write_text(json.dumps({"pid": pid, "created": created, "host": host}))
    return path


@pytest.mark.parametrize(
    ("error", "name", "reason"),
    [
        (InputError("No volume.", "Name a folder."), "failed", "No volume. Name a folder."),
        (ZeroDivisionError("division"), "failed", "ZeroDivisionError: division"),
        (CancelledError("Cancelled."), "stopped", ""),
        (KeyboardInterrupt(), "stopped", ""),
    ],
)
def test_an_exception_ends_the_run(
    folder: RunFolder, error: BaseException, name: str, reason: str
) -> None:
    with pytest.raises(type(error)), folder.begin(CONFIG):
        raise error
    assert (folder.state().name, folder.state().reason) == (name, reason)
    assert not (folder.path / "pid").exists()


def test_a_folder_without_a_run_has_no_state(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not the folder of a run"):
        RunFolder(tmp_path).state()


# What is refused


def test_a_folder_in_use_is_refused(folder: RunFolder, start: Start) -> None:
    child = start(TRAIN)
    for resume in (False, True):
        with pytest.raises(OutputError, match=f"in use: process {child.pid}"):
            folder.begin(CONFIG, resume)
    assert folder.state().name == "running"  # the refused ones left no trace


def test_another_run_is_refused(folder: RunFolder) -> None:
    with folder.begin(CONFIG):
        pass
    with pytest.raises(OutputError, match="already holds a run"):
        folder.begin(CONFIG)
    with pytest.raises(OutputError, match="already holds a run"):
        folder.create(CONFIG)
    assert folder.state().name == "finished"


def test_what_failed_before_the_first_step_is_begun_anew_with_any_settings(
    folder: RunFolder,
) -> None:
    for resume, steps in ((False, 1), (False, 2), (True, 3)):
        with pytest.raises(InputError), folder.begin({"steps": steps}, resume):
            raise InputError("No volume.")
    with folder.begin({"steps": 4}) as run:
        assert not run.resumed and folder.config() == {"steps": 4}


def test_only_what_its_launcher_began_goes_on_after_a_restart(folder: RunFolder) -> None:
    """torchrun starts a process again after a refusal, too."""
    with folder.begin(CONFIG) as run:
        run.write(event("metric", step=1, loss=0.5))
        folder.request_stop()
    with folder.begin(CONFIG, restarted=True) as run:
        assert run.resumed and folder.stop_requested()  # not obeyed yet
    events = folder.path / "events.jsonl"
    text = events.read_text(encoding="utf-8")
    events.write_text(text.replace(f'"{launcher()}"', '"another"'), encoding="utf-8")
    with pytest.raises(OutputError, match="already holds a run"):
        folder.begin(CONFIG, restarted=True)
    with folder.begin(CONFIG, resume=True):
        assert not folder.stop_requested()


def test_changed_settings_are_listed(folder: RunFolder) -> None:
    with folder.begin({**CONFIG, "device": "cpu"}):
        pass
    changed = {**CONFIG, "steps": 200, "optimiser": {"rate": 1e-3, "clip": None}, "device": "cuda"}
    with pytest.raises(InputError) as caught:
        folder.begin(changed, resume=True, may_change=["device"])
    assert "optimiser.rate: 0.0003 -> 0.001; steps: 100 -> 200." in caught.value.message
    assert "device" not in caught.value.message
    assert folder.state().name == "finished"
    with folder.begin({**CONFIG, "device": "cuda"}, resume=True, may_change=["device"]):
        assert folder.config()["device"] == "cuda"


def test_files_of_somebody_else_are_refused(folder: RunFolder) -> None:
    folder.path.mkdir(parents=True)
    (folder.path / "thesis.docx").touch()
    with pytest.raises(OutputError, match=r"thesis\.docx"):
        folder.begin(CONFIG)
    assert [path.name for path in folder.path.iterdir()] == ["thesis.docx"]


def test_settings_that_json_cannot_hold_leave_the_folder_free(folder: RunFolder) -> None:
    with pytest.raises(TypeError):
        folder.begin({"preset": object()})
    with folder.begin(CONFIG):
        assert folder.state().live


def test_differences_of_settings() -> None:
    saved = {"a": 1, "b": {"c": [1, 2], "d": 1}, "gone": True}
    now = {"a": 1, "b": {"c": (1, 2), "d": 2}, "new": "x", "also new": "", "off": False}
    assert compare_config(saved, now) == [
        "b.d: 1 -> 2",
        "gone: True -> not set",
        "new: not set -> x",
    ]
    assert compare_config(saved, now, may_change=["b", "gone", "new"]) == []
    assert compare_config(saved, saved) == []


def test_one_of_many_takes_over_a_dead_run(folder: RunFolder, start: Start) -> None:
    end(start(TRAIN))
    gate = folder.path.parent / "gate"
    code = f"""
import sys, time; sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from VoCoLib.errors import OutputError
from VoCoLib.runs.folder import RunFolder
import psutil
folder = RunFolder(Path({str(folder.path)!r}))
print("ready", flush=True)
while not Path({str(gate)!r}).exists(): pass
try:
    run = folder.begin({CONFIG!r}, resume=True)
    print("mine", flush=True)
    time.sleep(60)
except OutputError:
    print("refused", flush=True)
"""
    rivals = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) for _ in range(5)
    ]
    streams = [rival.stdout for rival in rivals if rival.stdout is not None]
    try:
        for stream in streams:
            stream.readline()
        gate.touch()
        assert sorted(stream.readline().strip() for stream in streams) == [
            b"mine",
            *[b"refused"] * 4,
        ]
    finally:
        for rival in rivals:
            rival.kill()
            rival.communicate()


def test_who_comes_late_to_a_dead_owner_takes_nothing_from_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three claim at once: one takes over while another has just seen that the owner is dead."""
    path, won, replace = tmp_path / "pid", [], os.replace
    dead = {"pid": 2**22 + 1, "created": 1.0, "host": socket.gethostname()}
    path.write_text(json.dumps(dead))

    def claim(name: str, file: ProcessFile) -> None:
        with contextlib.suppress(OutputError):
            file.claim()
            won.append(name)

    def replace_slowly(source: Path, target: Path) -> None:
        monkeypatch.setattr(os, "replace", replace)
        replace(source, target)
        claim("third", ProcessFile(path))

    class Late(ProcessFile):
        def alive(self) -> bool:
            alive = super().alive()
            if not won:
                claim("first", ProcessFile(path))
                monkeypatch.setattr(os, "replace", replace_slowly)
            return alive

    claim("second", Late(path))
    claim("last", ProcessFile(path))
    assert won == ["first"]
    assert ProcessFile(path).owner().pid == os.getpid()


def test_a_process_is_not_the_one_of_its_number_before_the_machine_started_again(
    tmp_path: Path,
) -> None:
    """Where services start in the same order, number and time since the start are the same."""
    file = ProcessFile(tmp_path / "pid")
    file.claim()
    same = json.loads(file.path.read_text())
    with pytest.raises(OutputError, match="in use"):
        ProcessFile(file.path).claim()
    file.path.write_text(json.dumps({**same, "boot": "another"}))
    assert not file.alive()
    ProcessFile(file.path).claim()
    assert json.loads(file.path.read_text()) == same
    file.path.write_text(json.dumps({n: same[n] for n in ("pid", "created", "host")}))
    assert file.alive()  # written by an earlier version
    file.release()


def test_runs_of_a_folder_are_listed_latest_first(tmp_path: Path) -> None:
    assert list_runs(tmp_path / "nowhere") == []
    for number, name in enumerate(["first", "second", "third"]):
        RunFolder(tmp_path / name).create(CONFIG)
        os.utime(tmp_path / name / "config.json", (number, number))
    (tmp_path / "no run").mkdir()
    assert [run.path.name for run in list_runs(tmp_path)] == ["third", "second", "first"]


# Events


def test_a_follower_gets_each_event_once_and_only_complete(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    assert read_events(path) == ([], 0)
    log = EventLog(path)
    log.write(event("metric", step=1, who="Zoë"))
    items, after = read_events(path)
    assert [item["who"] for item in items] == ["Zoë"]
    assert abs(items[0]["time"] - time.time()) < 60
    with path.open("ab") as file:  # a line that is being written
        file.write(b'{"event": "metric", ')
    assert read_events(path, after) == ([], after)
    with path.open("ab") as file:
        file.write(b'"step": 2}\n')
    items, after = read_events(path, after)
    assert [item["step"] for item in items] == [2]
    assert read_events(path, after) == ([], after)
    most = path.stat().st_size - 1
    items, half = read_events(path, 0, most)
    assert [item["step"] for item in items] == [1]
    assert [item["step"] for item in read_events(path, half, most)[0]] == [2]
    path.write_bytes(b"")
    assert read_events(path, after) == ([], 0)


def test_a_torn_line_is_repaired(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"event": "started"}\nnonsense\n{"event": "metric", "st')
    log = EventLog(path)
    log.write(event("metric", step=2))
    log.close()
    items, _ = read_events(path)
    assert [item["event"] for item in items] == ["started", "metric"]
    assert last_event(path, ["started", "metric"])["step"] == 2


def test_the_last_event_is_found_far_back(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    log = EventLog(path)
    for number in (1, 2):
        log.write(event("started", number=number, text="x" * 100_000))
    for step in range(3000):
        log.write(event("log", message="y" * 100, step=step))
    assert last_event(path, ["started"])["number"] == 2
    assert last_event(path, ["log"])["step"] == 2999
    assert last_event(path, ["error"]) is None
    assert last_event(path, ["log", "started"], "number")["number"] == 2
    assert last_event(path, ["log"], "number") is None


def test_what_replaced_lost_volumes_is_found_among_all_events(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    assert run.replaced(0) == {}
    with run.begin({"steps": 9}) as active:
        for place in (3, 5, 8, 5):
            active.write(event("replaced", place=place, lost=[place, place + 1], by="other"))
            active.write(event("log", message='not "replaced" here', level="info"))
    assert run.replaced(0) == {3: [3, 4], 5: [5, 6], 8: [8, 9]}
    assert run.replaced(5) == {5: [5, 6], 8: [8, 9]}


def test_events_of_a_killed_writer_are_complete(folder: RunFolder, start: Start) -> None:
    code = (
        "import threading\nrun = folder.begin(CONFIG)\n"
        "def write():\n"
        "    step = 0\n"
        "    while True:\n"
        "        run.write(event('metric', step=step, text='x' * 5000)); step += 1\n"
        "threading.Thread(target=write, daemon=True).start()"
    )
    child = start(code)
    steps, after = [], 0
    while len(steps) < 50:
        items, after = folder.events(after)
        steps += [item["step"] for item in items if item["event"] == "metric"]
    end(child)
    items, after = folder.events(after)
    steps += [item["step"] for item in items]
    assert steps == list(range(len(steps)))
    with folder.begin(CONFIG, resume=True):
        items, _ = folder.events(after)
        assert [item["event"] for item in items] == ["started"]


@posix_only
def test_events_wait_while_the_disk_is_full(folder: RunFolder, start: Start) -> None:
    code = (
        "import resource\nrun = folder.begin(CONFIG)\n"
        "soft = resource.RLIMIT_FSIZE\nresource.setrlimit(soft, (10_000, -1))\n"
        "for step in range(50):\n    run.write(event('metric', step=step, text='x' * 1000))\n"
        "full = len(folder.events()[0])\n"
        "resource.setrlimit(soft, (-1, -1))\n"
        "run.write(event('metric', step=50, seen=full))"
    )
    start(code)
    items, _ = folder.events()
    assert [item["step"] for item in items[1:]] == list(range(51))
    assert items[-1]["seen"] < 11


@posix_only
def test_a_run_that_a_full_disk_cannot_own_is_not_alive(folder: RunFolder, start: Start) -> None:
    code = (
        "import resource\nfolder.create(CONFIG)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, -1))\n"
        "try:\n    folder.begin(CONFIG)\nexcept Exception as error:\n    said = str(error)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))\n"
        "folder.log.write_text(said, encoding='utf-8')"
    )
    start(code)
    assert "Check permissions and free space" in folder.log.read_text(encoding="utf-8")
    assert not (folder.path / "pid").exists()
    assert folder.state().name == "stopped"


def test_a_run_that_ended_without_a_word_on_a_full_disk_says_so(
    folder: RunFolder, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    end(start(TRAIN))
    full = shutil.disk_usage(folder.path)._replace(free=0)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: full)
    assert folder.state().name == "lost"
    assert "is full" in folder.state().reason and "Free some space" in folder.state().reason


# Checkpoints


def content(text: str) -> Callable:
    return lambda file: file.write(text.encode())


def names(folder: CheckpointFolder) -> list[str]:
    return [path.name for path in folder.all()]


def test_the_last_few_and_the_best_stay(tmp_path: Path) -> None:
    checkpoints = CheckpointFolder(tmp_path / "checkpoints")
    assert checkpoints.latest() is None and checkpoints.best() is None
    for step in (5, 10, 100, 1_000_000_000):
        checkpoints.save(step, content(f"step {step}"), keep=2, best=step == 5)
    assert names(checkpoints) == [
        "step-1000000000.pt",
        "step-00000100.pt",
        "step-00000005.pt",
    ]
    assert checkpoints.latest().read_text() == "step 1000000000"
    assert checkpoints.best().read_text() == "step 5"
    checkpoints.save(2_000_000_000, content("new"), keep=1, best=True)
    assert names(checkpoints) == ["step-2000000000.pt"]
    assert checkpoints.best() == checkpoints.latest()


def test_a_failed_checkpoint_leaves_the_older_one(tmp_path: Path) -> None:
    checkpoints = CheckpointFolder(tmp_path)
    checkpoints.save(1, content("good"))

    def fail(file: object) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match="No space left"):
        checkpoints.save(2, fail)
    assert names(checkpoints) == ["step-00000001.pt"]
    assert [path.name for path in tmp_path.iterdir()] == ["step-00000001.pt"]


def test_a_checkpoint_in_a_folder_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    """Not even a temporary file can be deleted there, as on a disk that turned read-only."""
    (tmp_path / "checkpoints").touch()
    with pytest.raises(OutputError, match=r"step-00000002\.pt cannot be written"):
        CheckpointFolder(tmp_path / "checkpoints").save(2, content("good"))


def test_a_run_ends_as_it_ends_although_its_files_cannot_be_deleted(folder: RunFolder) -> None:
    with pytest.raises(InputError, match="No volume"), folder.begin(CONFIG):
        (folder.path / "pid").unlink()
        (folder.path / "pid").mkdir()
        raise InputError("No volume.")
    (folder.path / "pid").rmdir()
    assert folder.state().name == "failed"


def test_a_checkpoint_whose_writer_is_killed_is_not_there(folder: RunFolder, start: Start) -> None:
    code = (
        "folder.checkpoints.save(1, lambda file: file.write(b'good'))\n"
        "def write(file):\n"
        "    file.write(b'half'); file.flush()\n"
        "    print('ready', flush=True); time.sleep(60)\n"
        "folder.checkpoints.save(2, write)"
    )
    end(start(code))
    assert list(folder.checkpoints.path.glob("*.tmp"))
    assert names(folder.checkpoints) == ["step-00000001.pt"]
    assert folder.checkpoints.latest().read_text() == "good"
    folder.checkpoints.save(2, content("good, too"))
    assert not list(folder.checkpoints.path.glob("*.tmp"))


@posix_only
def test_a_full_disk_is_said_by_torch_save(folder: RunFolder, start: Start) -> None:
    code = (
        "import resource, torch\nfrom VoCoLib.errors import OutputError\n"
        "save = lambda step, size: folder.checkpoints.save(\n"
        "    step, lambda file: torch.save(torch.zeros(size), file))\n"
        "save(1, 10)\nresource.setrlimit(resource.RLIMIT_FSIZE, (100_000, -1))\n"
        "try:\n    save(2, 1_000_000)\n"
        "except OutputError as error:\n"
        "    Path(folder.path / 'said').write_text(error.message, encoding='utf-8')"
    )
    start(code)
    said = (folder.path / "said").read_text(encoding="utf-8")
    assert "step-00000002.pt cannot be written" in said
    assert names(folder.checkpoints) == ["step-00000001.pt"]
    assert not list(folder.checkpoints.path.glob("*.tmp"))


def test_an_owner_can_claim_again_after_release(tmp_path: Path) -> None:
    owner = ProcessFile(tmp_path / "pid")
    for _ in range(2):
        owner.claim()
        assert owner.alive()
        owner.release()
        assert not owner.alive()
