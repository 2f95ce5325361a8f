"""The worker and its client, with the real network: requests, cancel, and every way to fail."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import psutil
import pytest
import torch
from hub import COMMIT, CONTENT, Hub
from places import ROOT

from VoCoLib.errors import RequestError
from VoCoLib.evaluation.statistics import measure
from VoCoLib.images.phantom import Phantom, make_phantom
from VoCoLib.images.volumes import read_volume
from VoCoLib.models.catalogue import Catalogue
from VoCoLib.models.loading import find_model, load_segmenter
from VoCoLib.networks.checkpoints import save_checkpoint
from VoCoLib.networks.swin_unetr import build_network
from VoCoLib.worker.client import WorkerClient
from VoCoLib.worker.requests import Requests

DEMO = "demo-torso"
LOADED = "tensors matched"  # logged when weights are read
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    """A server that has one published file."""
    server = Hub(CONTENT)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The user's folder of models."""
    return tmp_path_factory.mktemp("modèles de Zoë")


@pytest.fixture(scope="module")
def client(hub: Hub, home: Path) -> Iterator[WorkerClient]:
    """One client for all tests: a test that ends its worker makes the next one start another."""
    environment = {
        **{k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")},
        "VOCO_HOME": str(home),
        "HF_ENDPOINT": f"http://127.0.0.1:{hub.server_port}",
        "ONEDNN_VERBOSE": "1",  # native code that prints to stdout, where the events are
    }
    with WorkerClient(environment=environment, silence_s=3, cancel_s=2) as client:
        yield client


@pytest.fixture(scope="module")
def phantom() -> Phantom:
    """A torso of a single window."""
    return make_phantom(7, (4.5, 4.5, 4.5), (288, 270, 288))


@pytest.fixture(scope="module")
def longer() -> Phantom:
    """A torso of two windows."""
    return make_phantom(7, (4.5, 4.5, 4.5), (288, 270, 300))


@pytest.fixture(scope="module")
def large() -> Phantom:
    """A torso of four windows."""
    return make_phantom(7, (4.5, 4.5, 4.5), (360, 270, 300))


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Random weights for the structures of demo-torso, whose window has a quarter of the voxels."""
    recipe = find_model(Catalogue(), DEMO)[1]
    coarse = replace(recipe.preprocessing, spacing=(9.0, 9.0, 9.0), patch=(64, 32, 32))
    recipe = replace(recipe, preprocessing=coarse)
    torch.manual_seed(0)
    network = build_network("tiny", recipe.out_channels, recipe.merging)
    path = tmp_path_factory.mktemp("weights") / "quick.safetensors"
    save_checkpoint(path, network.state_dict(), recipe, {})
    return str(path)


def segment(client: WorkerClient, phantom: Phantom, **fields: Any) -> int:
    request = {"request": "segment", "model": DEMO, "affine": phantom.affine, **fields}
    return client.submit(request, {"image": phantom.image})


def finish(client: WorkerClient, number: int) -> list[dict[str, Any]]:
    """All events until the final one of a request."""
    events: list[dict[str, Any]] = []
    client.wait(number, 120, events.append)
    return events


def ask(client: WorkerClient, **request: Any) -> list[dict[str, Any]]:
    return finish(client, client.submit(request))


def find(events: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """The one event of this name."""
    (found,) = (e for e in events if e["event"] == name)
    return found


def loads(events: list[dict[str, Any]]) -> int:
    return sum(LOADED in e["message"] for e in events if e["event"] == "log")


def reach(client: WorkerClient, number: int, message: str) -> None:
    """Polls until the worker is at this stage of a request."""
    while True:
        for item in client.poll():
            assert item["id"] != number or item["event"] not in ("finished", "error"), item
            if item["id"] == number and item.get("message") == message:
                return


def worker() -> psutil.Process:
    """The worker that was started last."""
    workers = []
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # a zombie is one of them
            if "VoCoLib.worker.process" in child.cmdline():
                workers.append(child)
    return max(workers, key=psutil.Process.create_time)


def test_segments_as_in_process(client: WorkerClient, phantom: Phantom) -> None:
    events = finish(client, segment(client, phantom, uncertainty=True))
    stages = [e["message"] for e in events if e["event"] == "progress"]
    assert list(dict.fromkeys(stages))[-3:] == [f"Loading {DEMO}", "Finding the body", "Segmenting"]
    assert events[-1]["event"] == "finished"
    result = find(events, "result")
    labels = np.load(result["labels"])
    assert labels.flags.f_contiguous and labels.dtype == np.uint8
    doubt = np.load(result["uncertainty"])
    assert doubt.shape == labels.shape and doubt.dtype == np.uint8 and doubt.any()
    assert doubt[labels > 0].max() < 255 * 13 / 14 + 1

    path, recipe = find_model(Catalogue(), DEMO)
    expected = load_segmenter(path, recipe, lambda _: None).segment(phantom.image, phantom.affine)
    assert np.mean(labels != expected) < 1e-3  # another number of threads may round differently
    assert set(np.unique(expected)) >= {0, 1, 6}
    rows = measure(labels, phantom.image, phantom.affine, recipe.labels)
    assert [row["name"] for row in result["statistics"]] == [row.name for row in rows]
    assert [row["voxels"] for row in result["statistics"]] == [row.voxels for row in rows]
    assert result["device"] == ("cuda" if torch.cuda.is_available() else "cpu")
    assert client.devices is not None and client.devices[-1]["id"] == "cpu"
    assert client.devices[-1]["memory_bytes"] == psutil.virtual_memory().total
    if torch.backends.mkldnn.is_available():  # its lines did not get between the events
        printed = [e for e in events if e.get("level") == "output" and "onednn" in e["message"]]
        assert printed and all(e["event"] == "log" and e["id"] is None for e in printed)


def test_estimate(client: WorkerClient, longer: Phantom) -> None:
    events = finish(client, segment(client, longer))
    progress = [e for e in events if e.get("message") == "Segmenting"]
    done = find(events, "result")
    shape, affine = longer.image.shape, longer.affine
    events = ask(client, request="estimate", model=DEMO, shape=shape, affine=affine)
    estimate = find(events, "result")
    assert loads(events) == 0
    assert estimate["windows"] == progress[-1]["total"] == 2
    assert estimate["fits"] and 50e6 < estimate["memory_bytes"] < 1e9 < estimate["free_bytes"]
    assert 0.2 < estimate["seconds"] / done["seconds"] < 5


def test_cancel_keeps_the_worker_warm(
    client: WorkerClient, phantom: Phantom, large: Phantom
) -> None:
    number = segment(client, large)
    reach(client, number, "Segmenting")
    process = worker()
    client.cancel(number)
    events = finish(client, number)
    assert events[-1]["code"] == "cancelled" and not any(e["event"] == "result" for e in events)
    assert loads(finish(client, segment(client, phantom))) == 0
    assert worker() == process


def test_wait_leaves_events_for_poll(client: WorkerClient, phantom: Phantom) -> None:
    number = segment(client, phantom)
    with pytest.raises(TimeoutError):
        client.wait(number, 0)
    assert client.wait(number, 60)["event"] == "finished"
    assert [e["event"] for e in client.poll() if e["id"] == number][-2:] == ["result", "finished"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs a limit set from outside")
def test_out_of_memory(client: WorkerClient, phantom: Phantom) -> None:
    finish(client, segment(client, phantom))
    process = worker()
    wide = Phantom(np.tile(phantom.image, (8, 8, 1)), phantom.label, phantom.affine)
    before = process.rlimit(psutil.RLIMIT_AS)
    process.rlimit(psutil.RLIMIT_AS, (process.memory_info().vms + (64 << 20), before[1]))
    error = finish(client, segment(client, wide))[-1]
    process.rlimit(psutil.RLIMIT_AS, before)
    assert error["code"] == "out_of_memory" and "smaller model" in error["hint"]
    assert loads(finish(client, segment(client, phantom))) == 0 and worker() == process


def test_the_model_stays_loaded(client: WorkerClient, phantom: Phantom) -> None:
    finish(client, segment(client, phantom))
    process = worker()
    region = {"lower": [-200, -200, -200], "upper": [0, 200, 200]}
    events = finish(client, segment(client, phantom, structures=["Liver"], region=region))
    assert loads(events) == 0 and worker() == process
    labels = np.load(find(events, "result")["labels"])
    assert set(np.unique(labels)) == {0, 6}
    right = phantom.affine[0, 0] * np.arange(labels.shape[0]) + phantom.affine[0, 3]
    assert not labels[right > 0].any()
    assert [row["name"] for row in find(events, "result")["statistics"]] == ["Liver"]
    # another precision is another way to load it
    assert loads(finish(client, segment(client, phantom, precision="float32"))) == 1


def test_an_estimate_of_a_flat_image_is_refused(client: WorkerClient) -> None:
    flat = np.diag([1.0, 1, 0, 1]).tolist()
    events = ask(client, request="estimate", model=DEMO, shape=[9, 9, 9], affine=flat)
    error = find(events, "error")
    assert (error["code"], "flattens" in error["message"]) == ("bad_input", True)


@pytest.mark.parametrize(
    "wrong", [{"request": []}, {"shape": [9, 9, 10**30]}, {"shape": [9, True, 9]}]
)
def test_requests_of_other_kinds_are_refused(wrong: dict[str, Any]) -> None:
    affine = np.eye(4).tolist()
    request = {"request": "estimate", "model": DEMO, "shape": [9, 9, 9], "affine": affine}
    with pytest.raises(RequestError):
        Requests().run({**request, **wrong}, lambda item: None, lambda: False)


def test_warnings_are_those_of_a_file(
    client: WorkerClient, phantom: Phantom, quick: str, tmp_path: Path
) -> None:
    display = Phantom((phantom.image // 4).clip(0, 255), phantom.label, phantom.affine)
    nibabel.save(nibabel.Nifti1Image(display.image, display.affine), tmp_path / "x.nii")
    events = finish(client, segment(client, display, model=quick))
    assert find(events, "result")["warnings"] == list(read_volume(tmp_path / "x.nii").warnings)
    assert "display values" in find(events, "result")["warnings"][0]


NAN = np.full((4, 4, 4), np.nan, np.float32)
TISSUE = np.full((4, 4, 4), 40, np.int16)
TISSUE[0] = -1000
BAD = [
    ({"model": "demo-tors"}, TISSUE, "bad_model", "demo-torso"),
    ({"model": "VoComni_B"}, TISSUE, "bad_model", "not here"),
    ({"model": 3}, TISSUE, "bad_request", "'model'"),
    ({"affine": [[1, 0], [0, 1]]}, TISSUE, "bad_request", "4 x 4"),
    ({"affine": np.diag([1, 1, 0, 1])}, TISSUE, "bad_input", "flattens"),
    ({"structures": ["Tail"]}, TISSUE, "bad_input", "Tail"),
    ({"structures": [3]}, TISSUE, "bad_request", "names"),
    ({"region": {"lower": [0, 0, 0]}}, TISSUE, "bad_request", "region"),
    ({"region": {"lower": [0, 0, 0], "upper": [1, 0, 1]}}, TISSUE, "bad_input", "extent"),
    ({"device": "tpu"}, TISSUE, "bad_input", "tpu"),
    ({"name": "CT Müller"}, NAN, "bad_input", "CT Müller has 64 voxels"),
    ({}, np.zeros((4, 4), np.int16), "bad_input", "2 axes"),
    ({}, np.zeros((4, 4, 4), bool), "bad_input", "bool"),
    ({"request": "sing"}, TISSUE, "bad_request", "segment, estimate, download, import"),
    ({"request": "estimate", "shape": [4, 4]}, TISSUE, "bad_request", "three"),
    ({"request": "import", "path": "nowhere.pt"}, TISSUE, "bad_weights", "nowhere.pt"),
    ({"labels": f"{os.devnull}/x/labels.npy"}, TISSUE, "bad_output", "labels.npy"),
]


def test_bad_requests_leave_the_worker_as_it_is(
    client: WorkerClient, phantom: Phantom, quick: str
) -> None:
    finish(client, segment(client, phantom, model=quick))
    process = worker()
    coarse = np.diag([9.0, 9, 9, 1])
    for fields, array, code, text in BAD:
        request = {"request": "segment", "model": quick, "affine": coarse, **fields}
        error = finish(client, client.submit(request, {"image": array}))[-1]
        assert error["event"] == "error" and error["code"] == code, (fields, error)
        assert text in f"{error['message']} {error['hint']}", (fields, error)
    assert ask(client, request="segment", model=quick)[-1]["code"] == "bad_request"
    events = finish(client, segment(client, phantom, model=quick))
    assert loads(events) == 0 and worker() == process


def test_the_queue(client: WorkerClient, phantom: Phantom, quick: str) -> None:
    numbers = [
        segment(client, phantom, model=quick, structures=[name])
        for name in ("Liver", "Spleen", "Aorta")
    ]
    assert client.running == numbers[0] and client.queued == numbers[1:]
    client.cancel(numbers[1])
    events = finish(client, numbers[2])
    finals = [(e["id"], e.get("code")) for e in events if e["event"] in ("finished", "error")]
    assert finals == [(numbers[1], "cancelled"), (numbers[0], None), (numbers[2], None)]
    structures = [e["statistics"][0]["name"] for e in events if e["event"] == "result"]
    assert structures == ["Liver", "Aorta"]
    assert client.running is None and client.queued == []
    with pytest.raises(ValueError, match="neither running nor queued"):
        client.wait(numbers[0])


def test_lines_that_are_no_request_are_answered(tmp_path: Path) -> None:
    folder = tmp_path / "arrays"
    folder.mkdir()
    lines = [
        "nonsense",
        "[1]",
        "[" * 10**5,
        '{"request": "segment"}',
        '{"id": 1, "request": "cancel"}',
    ]
    done = subprocess.run(
        [sys.executable, "-m", "VoCoLib.worker.process", "--folder", str(folder)],
        input="\n".join(lines).encode() + b"\n\xff\n",
        capture_output=True,
        cwd=ROOT,
        timeout=60,
    )
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [e["code"] for e in events] == ["bad_request"] * 5
    assert done.returncode == 0 and not folder.exists()  # stdin has ended


def test_download(client: WorkerClient, hub: Hub, home: Path) -> None:
    request = {"request": "download", "model": "VoComni_B"}
    refused = ask(client, **request)[-1]
    assert refused["code"] == "download_failed" and "licence" in refused["message"]
    events = ask(client, **request, accept_licence=True)
    assert find(events, "result")["model"] == "VoComni_B"
    progress = [e for e in events if e["event"] == "progress"]
    assert progress[-1]["done"] == progress[-1]["total"] == len(CONTENT)
    assert Path(find(events, "result")["path"]).read_bytes() == CONTENT
    assert any(COMMIT in p.read_text() for p in home.rglob("record.json"))


def test_import(client: WorkerClient, phantom: Phantom, quick: str, tmp_path: Path) -> None:
    file = tmp_path / "Größe.safetensors"
    file.write_bytes(Path(quick).read_bytes())
    events = ask(client, request="import", path=file, model="own", like=None)
    assert find(events, "result")["model"] == "own"
    assert find(finish(client, segment(client, phantom, model="own")), "result")
    again = ask(client, request="import", path=file, model="own")[-1]
    assert again["code"] == "bad_model" and "already" in again["message"]
    unlike = ask(client, request="import", path=file, like="VoComni_nnunet")[-1]
    assert unlike["code"] == "bad_model" and "like" in unlike["message"]


def crash(process: psutil.Process) -> None:
    process.send_signal(signal.SIGSEGV)


@posix
@pytest.mark.parametrize(
    ("hurt", "code", "text"),
    [
        (crash, "worker_crashed", "SIGSEGV"),
        (psutil.Process.kill, "worker_killed", "memory"),
        (psutil.Process.suspend, "worker_hung", "neither answers nor computes"),
    ],
)
def test_a_worker_that_fails_says_how_and_the_next_works(
    client: WorkerClient,
    phantom: Phantom,
    large: Phantom,
    quick: str,
    hurt: Callable[[psutil.Process], None],
    code: str,
    text: str,
) -> None:
    number = segment(client, large)
    waiting = segment(client, phantom, model=quick)
    reach(client, number, "Segmenting")
    process = worker()
    hurt(process)
    events = finish(client, number)
    assert events[-1]["code"] == code and text in events[-1]["message"] and events[-1]["hint"]
    if code == "worker_crashed":  # the log says where
        assert any("Segmentation fault" in e["message"] for e in events if e["event"] == "log")
    assert find(finish(client, waiting), "result")
    assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


LAUNCHER = """
import subprocess, sys

code = subprocess.run([sys.executable, *sys.argv[1:]]).returncode
if code < 0:
    print("error: [python-real] exit abnormally - Report the problem.", file=sys.stderr)
sys.exit(1 if code < 0 else code)
"""


@posix
@pytest.mark.parametrize(
    ("hurt", "code"),
    [
        (crash, "worker_crashed"),
        pytest.param(psutil.Process.kill, "worker_killed", marks=pytest.mark.long),
    ],
)
def test_a_launcher_that_hides_the_signal_hides_no_reason(
    hurt: Callable[[psutil.Process], None], code: str, phantom: Phantom, tmp_path: Path
) -> None:
    (tmp_path / "launcher.py").write_text(LAUNCHER)  # does what Slicer's PythonSlicer does
    with WorkerClient([sys.executable, str(tmp_path / "launcher.py")]) as client:
        number = segment(client, phantom)
        reach(client, number, f"Loading {DEMO}")
        hurt(worker())
        assert finish(client, number)[-1]["code"] == code


@posix
def test_a_pause_in_polling_is_no_silence(client: WorkerClient, longer: Phantom) -> None:
    number = segment(client, longer)
    reach(client, number, "Segmenting")
    process = worker()
    process.suspend()  # as with a computer that sleeps, nothing arrives
    time.sleep(4)  # longer than silence_s
    client.poll()
    process.resume()
    assert finish(client, number)[-1]["event"] == "finished"


@posix
def test_cancel_ends_a_worker_that_does_not_answer(client: WorkerClient, large: Phantom) -> None:
    number = segment(client, large)
    reach(client, number, "Segmenting")
    process = worker()
    process.suspend()
    client.cancel(number)
    assert finish(client, number)[-1]["code"] == "cancelled"
    process.wait(10)
    assert not client.alive


@pytest.mark.parametrize(
    ("python", "text"),
    [(["no/such/python"], "no/such/python"), ([sys.executable, "-I", "-S"], "VoCoLib")],
)
def test_a_worker_that_cannot_start(python: list[str], text: str, phantom: Phantom) -> None:
    with WorkerClient(python) as client:
        error = finish(client, segment(client, phantom))[-1]
        assert error["code"] == "worker_not_started" and text in error["message"]
        assert "nstall" in error["hint"]
        segment(client, phantom)  # close() in the middle of the next attempt raises nothing


def test_cancel_while_the_worker_starts(phantom: Phantom) -> None:
    with WorkerClient() as client:
        first, second = segment(client, phantom), segment(client, phantom)
        client.cancel(first)
        reach(client, second, "Starting PyTorch")
        client.cancel(second)
        events = client.poll()
        assert [e["code"] for e in events if e["event"] == "error"] == ["cancelled"]
        assert client.alive and client.running is None
        process = worker()
    assert not process.is_running() and not client.alive
    client.close()  # once more does nothing


PARENT = """
import json, sys, time
import numpy as np
from VoCoLib.worker.client import WorkerClient

client = WorkerClient()
image = np.load(sys.argv[1])
request = {"request": "segment", "model": "demo-torso", "affine": np.diag([4.5, 4.5, 4.5, 1])}
client.submit(request, {"image": image})
while True:
    for event in client.poll():
        print(json.dumps(event), flush=True)
    time.sleep(0.02)
"""


def test_the_worker_ends_with_its_parent(
    large: Phantom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.save(tmp_path / "image.npy", large.image)
    temporary = tmp_path / "tempörary folder"
    temporary.mkdir()
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.setenv(name, str(temporary))
    command = [sys.executable, "-c", PARENT, str(tmp_path / "image.npy")]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT)
    assert parent.stdout is not None
    while json.loads(parent.stdout.readline()).get("message") != "Segmenting":
        pass
    children = psutil.Process(parent.pid).children(recursive=True)
    assert children and len(list(temporary.glob("*/*.npy"))) == 1
    parent.kill()
    parent.communicate()
    _, alive = psutil.wait_procs(children, timeout=20)
    assert not alive and not list(temporary.iterdir())
