"""Who comes in to voco view by a browser: TLS, tokens, users beside each other, lost sessions."""

from __future__ import annotations

import http.client
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import view_page
from view_page import Page

view_page.skip_unless_it_can_run()
pytestmark = pytest.mark.long


def sessions(runs: Path) -> list[psutil.Process]:
    """Those of the server of this test."""
    (door,) = (p for p in psutil.Process().children() if str(runs) in p.cmdline())
    return [child for child in door.children() if "VoCoView.session" in child.cmdline()]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Self-made, and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl to make a certificate with")
    folder = tmp_path_factory.mktemp("tls")
    names = str(folder / "certificate.pem"), str(folder / "key.pem")
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-subj", "/CN=voco", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*command, "-out", names[0], "-keyout", names[1]], check=True)
    return names


@pytest.fixture(scope="module")
def secret(certificate: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server for other computers, as this one reaches it."""
    runs = str(tmp_path_factory.mktemp("runs"))
    tls = ("--host", "0.0.0.0", "--certificate", certificate[0], "--key", certificate[1])
    with view_page.serving(*view_page.voco_view("--runs", runs, *tls)) as address:
        host = address.split("/")[2].rsplit(":", 1)[0]
        yield address.replace(host, "127.0.0.1")


def test_the_page_opens_by_tls_and_with_the_token_alone(secret: str, tmp_path: Path) -> None:
    assert secret.startswith("https://")
    page = Page(secret.split("?")[0] + "?token=wrong", tmp_path)
    try:
        page.says("needs the token that `voco view` has printed")
        page.driver.get(secret)
        page.says("Ready.")
        page.until(lambda: page.picture("Red").std() > 20)  # by a web socket that is secret, too
        (cookie,) = (
            page.driver.get_cookies()
            or page.driver.execute_cdp_cmd("Network.getAllCookies", {})["cookies"]
        )
        assert cookie["secure"] and cookie["httpOnly"] and cookie["sameSite"] == "Strict"
        assert page.driver.execute_script("return document.cookie") == ""
        page.click("#apply")
        page.find("#result")
        page.click("a[title='Download .csv']")
        assert "Liver" in page.downloaded("VoCo demo torso.csv").read_text("utf-8")
    finally:
        page.close()


def test_nothing_is_answered_in_the_clear(secret: str, certificate: tuple[str, str]) -> None:
    host, _, query = secret.split("//")[1].partition("/")
    clear = http.client.HTTPConnection(host, timeout=10)
    with pytest.raises((http.client.BadStatusLine, ConnectionError)):
        clear.request("GET", "/" + query)
        clear.getresponse()
    known = ssl.create_default_context(cafile=certificate[0])
    tls = http.client.HTTPSConnection(host, timeout=10, context=known)
    tls.request("GET", "/")
    assert tls.getresponse().status == 403


def test_two_tabs_share_neither_scene_nor_queue_nor_files(tmp_path: Path) -> None:
    place = {name: str(tmp_path) for name in ("TMPDIR", "TEMP", "TMP")}
    runs = tmp_path / "runs"
    with view_page.serving(*view_page.voco_view("--runs", str(runs)), **place) as address:
        one, other = Page(address, tmp_path / "one"), Page(address, tmp_path / "other")
        try:
            for page in (one, other):
                page.says("Ready.")
            one.click("#apply")
            one.until(lambda: one.text("#apply") == "CANCEL")
            assert other.text("#apply") == "APPLY"  # and nothing waits there
            one.find("#result")
            other.mouse("Red", 0, 0)
            other.keys("2")
            other.says("Lung", ".voco-window")
            assert "Soft tissue" in one.text(".voco-window") and not other.all("#result")
            status = "return (await fetch(arguments[0])).status"
            file = "files/segmentation.csv"  # of a tab's own segmentation
            answers = [page.driver.execute_script(status, file) for page in (one, other)]
            assert answers == [200, 404]
            folders = {session: folder_of(session) for session in sessions(runs)}
            assert len(set(folders.values())) == 2
            crashed, stays = folders
            crashed.kill()
            lost = one.until(lambda: [page for page in (one, other) if not page.all("#apply")])[0]
            lost.says("The connection to VoCo has ended")
            lost.until(lambda: not folders[crashed].exists())
            assert folders[stays].is_dir()
            lost.click("a[href='../../']")
            lost.says("Ready.")
        finally:
            one.close()
            other.close()


def folder_of(session: psutil.Process) -> Path:
    """Where a session keeps its files: the folder round that of its worker."""
    (line,) = (w.cmdline() for w in session.children() if "--folder" in w.cmdline())
    return Path(line[line.index("--folder") + 1]).parent
