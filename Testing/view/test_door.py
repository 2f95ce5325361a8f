"""The door of voco view: who may come in, and what is passed on."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

import pytest

from VoCoLib.errors import InputError, VoCoError

aiohttp = pytest.importorskip("aiohttp", reason="voco view is not installed: pip install .[view]")

from aiohttp import test_utils, web  # noqa: E402
from yarl import URL  # noqa: E402

from VoCoView import door as door_module  # noqa: E402
from VoCoView.children import KEY_HEADER, Child  # noqa: E402
from VoCoView.door import COOKIE, Door, Wishes  # noqa: E402
from VoCoView.uploads import LOOSE, Uploads, dropped  # noqa: E402

Client = test_utils.TestClient


class Session(Child):
    """A session that is only a server: it says what it was asked."""

    all: ClassVar[list[Session]] = []

    async def start(self, inputs: list[str], runs: str, linger_s: int) -> None:
        self.all.append(self)
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.answer)
        self.server = test_utils.TestServer(app)
        await self.server.start_server()
        self.port = self.server.port
        self.ended = asyncio.Event()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            socket = web.WebSocketResponse()
            await socket.prepare(request)
            async for message in socket:
                await socket.send_str(f"{request.headers[KEY_HEADER] == self.key} {message.data}")
            return socket
        words = {
            "path": request.path,
            "key": request.headers.get(KEY_HEADER) == self.key,
            "cookie": request.headers.get("Cookie", ""),
            "body": (await request.read()).decode(),
        }
        return web.json_response(words)

    @property
    def lives(self) -> bool:
        return not self.ended.is_set()

    async def wait(self) -> None:
        await self.ended.wait()

    async def end(self) -> None:
        self.ended.set()
        await self.server.close()


def run(monkeypatch: pytest.MonkeyPatch, test: Callable[[Client, Wishes], Awaitable[None]]) -> None:
    """Runs a test with a client of a door that has no session yet."""
    monkeypatch.setattr(door_module, "Child", Session)
    monkeypatch.setattr(Session, "all", [])

    async def all_of_it() -> None:
        wishes = Wishes(["demo"], "runs")
        async with Client(test_utils.TestServer(Door(wishes).app())) as client:
            await test(client, wishes)

    asyncio.run(all_of_it())


async def enter(client: Client, wishes: Wishes) -> str:
    """The address of a session of one's own."""
    client.session.cookie_jar.update_cookies({f"{COOKIE}-{wishes.port}": wishes.token})
    answer = await client.get("/", allow_redirects=False)
    assert answer.status == 302
    return "/" + answer.headers["Location"].removesuffix("index.html")


def test_without_the_token_nothing_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(client: Client, wishes: Wishes) -> None:
        for path in ("/", "/?token=", "/?token=wrong", "/s/any/index.html", "/?token=t%C3%B6"):
            answer = await client.get(path, allow_redirects=False)
            assert answer.status == 403, path
            assert "token" in await answer.text()
        place = await enter(client, wishes)
        client.session.cookie_jar.clear()
        assert (await client.get(place + "index.html")).status == 403

    run(monkeypatch, test)


@pytest.mark.parametrize(
    "line", [b"GET /?token=%ff HTTP/1.1", b"GET / HTTP/1.1\r\nCookie: voco-0=\xff"]
)
def test_a_token_that_is_no_text_is_wrong(monkeypatch: pytest.MonkeyPatch, line: bytes) -> None:
    async def test(client: Client, _wishes: Wishes) -> None:
        reader, writer = await asyncio.open_connection(client.host, client.port)
        writer.write(line + b"\r\nHost: x\r\n\r\n")
        assert b" 403 " in await reader.readline()
        writer.close()

    run(monkeypatch, test)


def test_the_token_becomes_a_cookie_and_leaves_the_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def test(client: Client, wishes: Wishes) -> None:
        answer = await client.get(f"/?token={wishes.token}", allow_redirects=False)
        assert (answer.status, answer.headers["Location"]) == (302, "./")
        cookie = answer.cookies[f"{COOKIE}-{wishes.port}"]
        assert cookie["httponly"] and cookie["samesite"] == "Strict"

    run(monkeypatch, test)


def test_each_user_has_a_session_and_its_key_stays_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(client: Client, wishes: Wishes) -> None:
        first, second = await enter(client, wishes), await enter(client, wishes)
        assert first != second
        answer = await client.put(first + "upload/a?name=b", data=b"voxels")
        words = await answer.json()
        assert words == {"path": "/upload/a", "key": True, "cookie": "", "body": "voxels"}
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert KEY_HEADER not in answer.headers
        socket = await client.ws_connect(first + "ws")
        await socket.send_str("hello")
        assert (await socket.receive()).data == "True hello"
        await socket.close()
        gone = await client.get("/s/unknown/index.html")
        assert gone.status == 410 and "ended" in await gone.text()

    run(monkeypatch, test)


def test_a_session_that_does_not_answer_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(client: Client, wishes: Wishes) -> None:
        place = await enter(client, wishes)
        for child in Session.all:
            await child.server.close()  # and the door does not know yet
        answer = await client.get(place + "index.html")
        assert answer.status == 410 and "ended" in await answer.text()

    run(monkeypatch, test)


def test_another_site_cannot_speak_for_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(client: Client, wishes: Wishes) -> None:
        place = await enter(client, wishes)
        for origin in ("http://evil.example", "null", "http://[", "http://127.0.0.1:1"):
            evil = {"Origin": origin}
            assert (await client.put(place + "upload/a?name=b", headers=evil)).status == 403
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await client.ws_connect(place + "ws", headers=evil)

    run(monkeypatch, test)


@pytest.mark.parametrize("name", ["100 % #2?.png", "Zoë & Co.png", "a%2Fb", "..%2f..%2fx"])
def test_names_of_files_reach_the_session_as_they_are(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    async def test(client: Client, wishes: Wishes) -> None:
        place = await enter(client, wishes)
        address = URL(str(client.make_url(place)) + "files/" + quote(name, ""), encoded=True)
        words = await (await client.session.get(address)).json()
        assert words["path"] == f"/files/{name}"

    run(monkeypatch, test)


def test_there_are_never_more_sessions_than_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door_module, "MOST_SESSIONS", 2)

    async def test(client: Client, wishes: Wishes) -> None:
        await enter(client, wishes)
        await enter(client, wishes)
        answer = await client.get("/", allow_redirects=False)
        assert answer.status == 503 and "Close the tab" in await answer.text()

    run(monkeypatch, test)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::"])
def test_other_computers_need_tls(host: str) -> None:
    with pytest.raises(InputError, match="could read along"):
        Wishes([], "", host=host).check()


def test_the_address_is_one_that_can_be_opened() -> None:
    token = "?token=t"
    wishes = {host: Wishes([], "", host, 8421, token="t") for host in ("127.0.0.1", "::1", "::")}
    assert wishes["127.0.0.1"].address() == f"http://127.0.0.1:8421/{token}"
    assert wishes["::1"].address() == f"http://[::1]:8421/{token}"
    assert wishes["::"].address() == f"http://{socket.gethostname()}:8421/{token}"
    assert Wishes([], "", "a.b", 1, "c.pem", token="t").address() == f"https://a.b:1/{token}"


def test_tls_needs_a_certificate_that_can_be_used(tmp_path: Path) -> None:
    (tmp_path / "c.pem").write_text("none")
    with pytest.raises(InputError, match=r"c\.pem cannot be used"):
        Wishes([], "", host="0.0.0.0", certificate=str(tmp_path / "c.pem")).check()
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl to make a certificate with")
    names = [str(tmp_path / name) for name in ("good.pem", "key.pem")]
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-subj", "/CN=voco", "-out", names[0], "-keyout", names[1]]
    subprocess.run(command, check=True, capture_output=True)
    wishes = Wishes([], "", host="0.0.0.0", certificate=names[0], key=names[1])
    assert wishes.check() is not None


# uploads


def send(folder: Path, *files: tuple[str, Any]) -> list[tuple[int, str]]:
    """Sends files to a session; status and words of each answer."""

    async def all_of_it() -> list[tuple[int, str]]:
        app = web.Application()
        app.router.add_put("/upload/{batch}", Uploads(folder).put)
        async with Client(test_utils.TestServer(app)) as client:
            answers = []
            for name, content in files:
                answer = await client.put("/upload/b", params={"name": name}, data=content)
                answers.append((answer.status, await answer.text()))
            return answers

    return asyncio.run(all_of_it())


def files_in(folder: Path) -> list[str]:
    return [str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()]


@pytest.mark.parametrize(
    "name", ["../out", "/etc/x", "a/../../out", "a\x00b", "", "c:evil", "a/.."]
)
def test_uploads_stay_in_their_folder(tmp_path: Path, name: str) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    ((status, words),) = send(inbox, (name, b"x"))
    assert status == 400 and "name" in words
    assert not files_in(tmp_path)


def test_uploads_keep_their_folders_and_names(tmp_path: Path) -> None:
    names = ["serie 1/ä.dcm", "serie 1/100 % #2 & +.dcm", "serie 1/'quoted' [x];.dcm"]
    assert [status for status, _ in send(tmp_path, *((n, b"x") for n in names))] == [201] * 3
    assert sorted(files_in(tmp_path)) == sorted(f"b/{LOOSE}/{name}" for name in names)


def test_folders_and_archives_are_cts_of_their_own_and_loose_files_one_together(
    tmp_path: Path,
) -> None:
    (tmp_path / "a").mkdir()
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("c", "")
    assert dropped(tmp_path) == [tmp_path / "a", tmp_path / "b.zip"]
    (tmp_path / "1.dcm").touch()
    assert dropped(tmp_path) == [tmp_path]
    (tmp_path / "a/1.dcm").touch()
    assert dropped(tmp_path / "a") == [tmp_path / "a/1.dcm"]


@pytest.mark.parametrize("name", ["a", "a/b", "n" * 300, "n" * 300 + "/a"])
def test_a_file_that_cannot_be_kept_is_said_and_nothing_of_its_batch_stays(
    tmp_path: Path, name: str
) -> None:
    """It is there already, its folder is a file, its name is too long for the disk."""
    (first, (status, words)) = send(tmp_path, ("a", b"x"), (name, b"y"))
    assert first[0] == 201 and status == 507
    assert "cannot be kept" in words and "None" not in words
    assert not files_in(tmp_path)


def test_uploads_have_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("VoCoView.uploads.MOST_BYTES", 1000)

    async def chunks() -> AsyncIterator[bytes]:  # of which nobody knows how many will come
        for _ in range(3):
            yield b"x" * 400

    sent = send(tmp_path, ("a", b"x" * 900), ("b", b"x" * 200), ("c", b"x" * 900), ("d", chunks()))
    assert [status for status, _ in sent] == [201, 413, 201, 413]  # a has gone with its batch
    assert "GB at most" in sent[1][1] and not files_in(tmp_path)
    monkeypatch.setattr("VoCoView.uploads.MOST_FILES", 1)
    assert [status for status, _ in send(tmp_path, ("a", b""), ("b", b""))] == [201, 413]


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("VoCoView.uploads.SPARE_BYTES", 10**18)
    assert send(tmp_path, ("a", b"x")) == [(413, "The disk of the server is full.")]
    assert not files_in(tmp_path)


def test_what_a_browser_sent_before_it_went_away_is_not_kept(tmp_path: Path) -> None:
    async def test() -> None:
        app = web.Application()
        app.router.add_put("/upload/{batch}", Uploads(tmp_path).put)
        async with test_utils.TestServer(app) as server:
            _reader, writer = await asyncio.open_connection(server.host, server.port)
            writer.write(b"PUT /upload/b?name=a HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nx")
            while not files_in(tmp_path):
                await asyncio.sleep(0.01)
            writer.close()
            while files_in(tmp_path):
                await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(test(), 20))


# the command


def test_the_command_names_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    from VoCoLib.cli import view

    monkeypatch.setattr(view, "NEEDED", ("VoCoView", "no_such_package"))
    with pytest.raises(VoCoError, match="no_such_package"):
        view.view()
    monkeypatch.setattr(view, "NEEDED", ())
    with pytest.raises(InputError, match="does not exist"):
        view.view([Path("nowhere.nii.gz")])
