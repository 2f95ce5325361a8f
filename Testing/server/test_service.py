"""The server and its client, on loopback, with real processes: answers, refusals, every way out."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from places import ROOT

from VoCoLib.errors import InputError, RequestError
from VoCoLib.events import Event
from VoCoLib.images.phantom import Phantom, make_phantom
from VoCoLib.models.catalogue import Catalogue
from VoCoLib.processes.environment import child_environment
from VoCoLib.server.protocol import DESCRIBE, LONGEST_LINE, SEGMENT, Unpacking, packed, read_wish
from VoCoLib.server.remote import RoutedClient, Server
from VoCoLib.server.tls import context_for
from VoCoLib.worker.client import WorkerClient
from VoCoLib.worker.requests import Requests

web = pytest.importorskip("aiohttp.web", reason="aiohttp is not installed")

TOKEN = "a token of these tests"
WAITING = 2
MEGABYTES = 5


@pytest.fixture(scope="module")
def phantom() -> Phantom:
    """A part of the torso, two windows: long enough to be left in the middle."""
    return make_phantom(7, (4.5, 4.5, 4.5), (276, 240, 300))


@pytest.fixture(scope="module")
def small() -> Phantom:
    """A part of the torso, one window."""
    return make_phantom(7, (6.0, 6.0, 6.0), (276, 240, 72))


@pytest.fixture(scope="module")
def worker() -> Iterator[WorkerClient]:
    """The worker behind the server."""
    with WorkerClient(cancel_s=3) as client:
        yield client


@pytest.fixture(scope="module")
def port(worker: WorkerClient) -> Iterator[int]:
    """A service in a thread of this process, so that tests can look at its worker."""
    from VoCoLib.server.service import Limits, Service

    service = Service(worker, Catalogue(), TOKEN, Limits(MEGABYTES, WAITING))
    loop, found = asyncio.new_event_loop(), threading.Event()
    runner = web.AppRunner(service.app(), handler_cancellation=True)

    async def start() -> None:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        found.set()

    def run() -> None:
        loop.create_task(start())
        loop.run_forever()

    thread = threading.Thread(target=run)
    thread.start()
    assert found.wait(30)
    yield runner.addresses[0][1]
    asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(30)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def server(port: int) -> Server:
    """The service, for those who know its token."""
    return Server(f"http://127.0.0.1:{port}", TOKEN)


@pytest.fixture
def client(server: Server) -> Iterator[RoutedClient]:
    """What asks it."""
    client = RoutedClient(WorkerClient())
    client.server = server
    yield client
    client.close()


def request_of(phantom: Phantom, server: Server, **changes: Any) -> dict[str, Any]:
    wish = {"request": "segment", "model": "demo-torso", "affine": phantom.affine}
    return {**wish, "device": server.device, "name": "Jane Doe", **changes}


def wait_for(client: RoutedClient, number: int) -> list[Event]:
    """The events of a request, to its last one."""
    found: list[Event] = []
    deadline = time.monotonic() + 120
    while not found or found[-1]["event"] not in ("finished", "error"):
        assert time.monotonic() < deadline
        found += [item for item in client.poll() if item["id"] == number]
        time.sleep(0.02)
    return found


def until(condition: Any) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def post(port: int, body: bytes, token: str = TOKEN, path: str = SEGMENT) -> tuple[int, Event]:
    """Status and line of an answer that refuses."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST" if body else "GET", path, body, {"Authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    found = json.loads(answer.read())
    connection.close()
    return answer.status, found


def test_the_same_result_as_here(client, server, small, worker, tmp_path) -> None:
    number = client.submit(
        request_of(small, server, uncertainty=True, structures=["Liver", "Spleen"]),
        {"image": small.image},
    )
    events = wait_for(client, number)
    messages = [item["message"] for item in events if item["event"] == "progress"]
    assert messages[0] == "Sending the CT" and any("Segmenting" in text for text in messages)
    (result,) = (item for item in events if item["event"] == "result")
    np.save(tmp_path / "image.npy", small.image)
    paths = {name: str(tmp_path / f"{name}.npy") for name in ("image", "labels")}
    asked = request_of(small, server, device="auto", structures=["Liver", "Spleen"], **paths)
    here: list[Event] = []
    Requests().run({**asked, "affine": small.affine.tolist()}, here.append, lambda: False)
    expected = json.loads(json.dumps(here[-1]))
    for item in (result, expected):
        item["labels"] = np.load(item["labels"])
        del item["seconds"]
    del result["id"]
    assert result.pop("device") == server.device and expected.pop("device") == "cpu"
    uncertainty = np.load(result.pop("uncertainty"))
    assert uncertainty.shape == small.image.shape and uncertainty.any()
    np.testing.assert_array_equal(result.pop("labels"), expected.pop("labels"))
    assert result == expected
    assert not list(worker._folder.glob("*.npy"))  # nothing of a patient stays on the server


def test_who_does_not_know_the_token_learns_nothing(port, server, worker, monkeypatch) -> None:
    monkeypatch.setattr("VoCoLib.server.service._WRONG_TOKEN_S", 0.05)
    before = list(worker.queued)
    for token in ("", "wrong", TOKEN[:-1], TOKEN + "x", "\xff\xfe"):
        for body, path in ((b"", DESCRIBE), (b"x\n", SEGMENT)):
            status, said = post(port, body, token, path)
            assert (status, said["message"]) == (401, "The server does not know this token.")
    assert worker.queued == before
    with pytest.raises(Exception, match="does not know this token"):
        Server(server.address, "wrong").describe()


def test_it_describes_itself(server) -> None:
    until(lambda: server.describe()["devices"])
    found = server.describe()
    assert {"id": "demo-torso", "title": "Demonstration: synthetic torso"} in found["models"]
    assert all("name" in device for device in found["devices"])
    assert "VoComni_B" not in [model["id"] for model in found["models"]]  # not downloaded here


WISH = {"model": "demo-torso", "shape": [2, 2, 2], "dtype": "int16", "affine": np.eye(4).tolist()}
IMAGE = packed(np.zeros((2, 2, 2), np.int16))


def line(**changes: Any) -> bytes:
    return json.dumps({**WISH, **changes}).encode() + b"\n"


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (bytes(range(128, 256)) + b"\n", 400, "first line is no request"),
        (b"[1, 2]\n", 400, "first line is no request"),
        (b"[" * 50_000 + b"\n", 400, "first line is no request"),
        (b"no line at all", 400, "first line is no request"),
        (b"x" * (4 * LONGEST_LINE) + b"\n", 400, "first line is too long"),
        (line(shape=[2, 2]) + IMAGE, 400, "wrong type or is out of range"),
        (line(shape=[2, 2, -2]) + IMAGE, 400, "wrong type or is out of range"),
        (line(dtype="object") + IMAGE, 400, "wrong type or is out of range"),
        (line(affine="eye") + IMAGE, 400, "first line is no request"),
        (line(affine=[[float("nan")] * 4] * 4) + IMAGE, 400, "wrong type or is out of range"),
        (line(structures=[3]) + IMAGE, 400, "wrong type or is out of range"),
        (line(model="/etc/passwd") + IMAGE, 400, "has no model /etc/passwd"),
        (line(shape=[5000, 5000, 5000]), 413, "this server takes 5 MB"),
        (line() + b"not compressed", 400, "values are damaged"),
        (line() + IMAGE[:-5], 400, "fewer values"),
        (line(shape=[1, 1, 1]) + IMAGE, 400, "more values"),
        (line() + zlib.compress(bytes(10**8), 1), 400, "more values"),  # 200 times as many
        (line() + IMAGE + b"and more", 400, "more values"),
    ],
    ids=map(str, range(18)),
)
def test_garbage_is_refused_and_reaches_no_worker(port, worker, body, status, said) -> None:
    running = worker.running
    found, error = post(port, body)
    assert found == status and said in error["message"]
    assert worker.running == running and not worker.queued


def test_a_ct_that_is_too_large_is_refused_with_the_reason(client, server, small) -> None:
    noise = np.random.default_rng(0).integers(-1000, 1000, (128, 128, 192), np.int16)  # 6 MB
    number = client.submit(request_of(small, server), {"image": noise})
    last = wait_for(client, number)[-1]
    assert "The image has 6 MB; this server takes 5 MB." in last["message"]


def test_two_at_once_hear_something_all_the_time_and_the_third_is_told(
    client, server, phantom, small, worker, monkeypatch
) -> None:
    """Who waits behind others hears so, and something again and again, before it gives up."""
    from VoCoLib.server import remote, service

    monkeypatch.setattr(service, "BEAT_S", 0.1)
    monkeypatch.setattr(remote, "SILENCE_S", 0.5)
    numbers = [client.submit(request_of(phantom, server), {"image": phantom.image})]
    until(lambda: worker.running is not None)
    numbers.append(client.submit(request_of(small, server), {"image": small.image}))
    until(lambda: worker.queued)
    third = client.submit(request_of(small, server), {"image": small.image})
    found: dict[int, list[Event]] = {number: [] for number in (*numbers, third)}
    deadline = time.monotonic() + 120
    while not all(e and e[-1]["event"] in ("finished", "error") for e in found.values()):
        assert time.monotonic() < deadline
        for item in client.poll():
            if item["id"] in found:
                found[item["id"]].append(item)
        time.sleep(0.02)
    assert [found[number][-1]["event"] for number in numbers] == ["finished", "finished"]
    assert "as many requests as it takes" in found[third][-1]["message"]
    assert any(item.get("message") == "Waiting on the server" for item in found[numbers[1]])


def test_an_error_of_the_worker_is_told_as_here(client, server, small) -> None:
    image = np.full(small.image.shape, np.nan, np.float32)
    number = client.submit(request_of(small, server), {"image": image})
    assert wait_for(client, number)[-1]["code"] == "bad_input"


def test_a_client_that_vanishes_is_forgotten(port, worker, phantom) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    head = line(shape=phantom.image.shape, affine=phantom.affine.tolist())
    body = head + packed(phantom.image)
    connection.request("POST", SEGMENT, body, {"Authorization": f"Bearer {TOKEN}"})
    answer = connection.getresponse()
    while "Segmenting" not in json.loads(answer.readline()).get("message", ""):
        pass
    assert worker.running is not None
    answer.close()
    connection.close()
    until(lambda: worker.running is None)
    until(lambda: not list(worker._folder.glob("*.npy")))


def test_cancelling_is_at_once_and_frees_the_server(client, server, worker, phantom) -> None:
    number = client.submit(request_of(phantom, server), {"image": phantom.image})
    until(lambda: any("Segmenting" in i.get("message", "") for i in client.poll()))
    client.cancel(number)
    (last,) = client.poll()
    assert last["code"] == "cancelled" and last["id"] == number
    until(lambda: worker.running is None)


@pytest.fixture
def process(tmp_path: Path) -> Iterator[tuple[subprocess.Popen, Server]]:
    """`voco serve` in a process of its own, with TLS where there is openssl."""
    token = tmp_path / "token"
    token.write_text(TOKEN + "\n", encoding="utf-8")
    options, certificate = [], ""
    if shutil.which("openssl"):
        names = [str(tmp_path / name) for name in ("certificate.pem", "key.pem")]
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt"]
        command += ["ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost"]
        command += ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
        command += ["-out", names[0], "-keyout", names[1]]
        subprocess.run(command, check=True, capture_output=True)
        options, certificate = ["--certificate", names[0], "--key", names[1]], names[0]
    started = subprocess.Popen(
        [sys.executable, "-m", "VoCoLib", "serve", "--port", "0", "--token-file", token, *options],
        env=child_environment(os.environ),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert started.stdout is not None
    first = started.stdout.readline()
    (address,) = re.findall(r"https?://\S+", first)
    yield started, Server(address, TOKEN, certificate)
    started.kill()
    started.communicate()


def test_a_server_that_dies_in_the_middle(process, phantom) -> None:
    started, server = process
    client = RoutedClient(WorkerClient())
    client.server = server
    with contextlib.closing(client):
        number = client.submit(request_of(phantom, server), {"image": phantom.image})
        until(lambda: any("Segmenting" in i.get("message", "") for i in client.poll()))
        started.kill()
        last = wait_for(client, number)[-1]
        assert (
            last["code"] == "server"
            and f"The connection to {server.address} broke" in last["message"]
        )
        again = client.submit(request_of(phantom, server), {"image": phantom.image})
        assert "does not answer" in wait_for(client, again)[-1]["message"]
    if server.certificate:
        untrusted = Server(server.address, TOKEN)
        assert untrusted.connect().host == "127.0.0.1"


def test_a_certificate_that_nobody_vouches_for_is_refused(process) -> None:
    _started, server = process
    if not server.certificate:
        pytest.skip("there is no openssl to make a certificate with")
    assert server.describe()["models"]
    with pytest.raises(Exception, match="is not trusted"):
        Server(server.address, TOKEN).describe()


def test_images_go_nowhere_in_the_clear() -> None:
    with pytest.raises(InputError, match="can be reached from other computers"):
        context_for("0.0.0.0", "", "")
    assert context_for("127.0.0.1", "", "") is None
    with pytest.raises(InputError, match="is not encrypted"):
        Server("http://server.example:8422", TOKEN).check()
    with pytest.raises(InputError, match="is not the address of a server"):
        Server("server.example", TOKEN).check()
    Server("https://server.example", TOKEN).check()
    for address in ("https://server.example:abc", "https://[::1", "https://server.example:99999"):
        with pytest.raises(InputError, match="is not the address of a server"):
            Server(address, TOKEN).check()
    for token in ("with\nline", "möglich", ""):
        with pytest.raises(InputError, match="This is no token"):
            Server("https://server.example", token).check()


def test_what_is_no_server_is_said(tmp_path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        def answer() -> None:
            connection, _ = other.accept()
            connection.recv(1000)
            connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nhello")
            connection.close()

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(Exception, match="is no VoCo server"):
            Server(f"http://127.0.0.1:{port}", TOKEN).describe()
        thread.join()


def test_a_request_may_take_so_long(phantom) -> None:
    from VoCoLib.server.service import Limits, Service

    service = Service(WorkerClient(), Catalogue(), TOKEN, Limits(MEGABYTES, 1, minutes=0.001))

    async def ask() -> list[Event]:
        runner = web.AppRunner(service.app(), handler_cancellation=True)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        client = RoutedClient(WorkerClient())
        client.server = Server(address, TOKEN)
        number = client.submit(request_of(phantom, client.server), {"image": phantom.image})
        found = await asyncio.get_running_loop().run_in_executor(None, wait_for, client, number)
        await runner.cleanup()
        client.close()
        return found

    last = asyncio.run(ask())[-1]
    assert last["code"] == "too_long" and "0.001 minutes" in last["message"]


@pytest.mark.parametrize("dtype", ["uint8", "int16", "float32"])
def test_arrays_come_as_they_were(dtype: str) -> None:
    values = (np.random.default_rng(0).random((5, 4, 3)) * 200).astype(dtype)
    for array in (values, np.asfortranarray(values), values[::-1, :, ::-1]):
        unpacking = Unpacking(dtype, array.shape)
        data = packed(array)
        for first in range(0, len(data), 7):
            unpacking.add(data[first : first + 7])
        np.testing.assert_array_equal(unpacking.array(), array)


def test_a_wish_is_read_as_it_was_written() -> None:
    wish = read_wish(line(structures=["Liver"], name="Jäne", unknown=3).rstrip())
    assert wish.shape == (2, 2, 2) and wish.structures == ["Liver"] and wish.size == 16
    with pytest.raises(RequestError, match="no request"):
        read_wish(b"{}")
