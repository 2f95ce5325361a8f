"""One user's session: scene, queue, views and page, in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aiohttp import web
from trame.app import get_server
from VoCoSegmentationLib.jobs.queue import JobQueue

from VoCoLib.errors import VoCoError
from VoCoLib.models.catalogue import Catalogue
from VoCoLib.worker.client import WorkerClient
from VoCoView.application import Application
from VoCoView.children import END_S, KEY_HEADER
from VoCoView.ct_part import WINDOWS, CtPart
from VoCoView.downloads import KINDS, result_of
from VoCoView.fingers import Fingers
from VoCoView.front_end import PageFrontEnd
from VoCoView.pages.frame import build
from VoCoView.pages.position_page import position_page
from VoCoView.pages.segment_page import segment_page
from VoCoView.pages.train_page import train_page
from VoCoView.parameters import Choices
from VoCoView.position_part import PositionPart
from VoCoView.screen import Screen
from VoCoView.segment_part import Logic, SegmentPart
from VoCoView.stream import stream
from VoCoView.train_part import TrainLogic, TrainPart
from VoCoView.uploads import Uploads, dropped
from VoCoView.view_part import THREE_D, ViewPart

POLL_S = 0.05
PATIENCE_MS = 200  # of the 3D view, which takes longest to draw
WINDOW_KEYS = "12345"
ZOOM = 1.25  # of a key


@dataclass(frozen=True)
class Settings:
    """What the door tells a session.

    Attributes:
        folder: private; is removed by the door.
        key: without which nobody is answered: other users of this computer see the port, too.
        inputs: files and folders of CT; "demo" for the synthetic torso.
        runs: folder of trainings.
        linger_s: how long it waits for a browser.
    """

    folder: str
    key: str
    inputs: list[str]
    runs: str
    linger_s: int


class Session:
    """All of it.

    Args:
        server: trame's, which does not run yet; an event loop does.
        settings: of the door.
    """

    def __init__(self, server: Any, settings: Settings) -> None:
        self._server = server
        self._folder = Path(settings.folder)
        self._outbox, inbox = self._folder / "outbox", self._folder / "inbox"
        for folder in (self._outbox, inbox):
            folder.mkdir(parents=True, exist_ok=True)
        self._uploads = Uploads(inbox)
        app = Application(self._folder / "scene")
        self._client = WorkerClient()
        self._queue = JobQueue(self._client, app.scene)
        catalogue = Catalogue()
        screen = self._screen = Screen(server.state)
        self._views = views = ViewPart(app, screen)
        front = self._front = PageFrontEnd(screen, self._outbox, views.fit, views.arrange)
        choices = self._choices = Choices(screen.renew)
        self._logic = Logic(app.scene, self._queue, choices, catalogue)
        self._ct = CtPart(app.scene, screen, self._show_ct)
        self._segment = SegmentPart(self._logic, choices, front, screen, self._show_result)
        self._position = PositionPart(
            *(app.scene, catalogue, self._queue, self._segment, choices, front, screen),
            lambda: views.fit_three_d(again=False),
        )
        trainings = TrainLogic(self._queue, catalogue, Path(settings.runs))
        self._train = TrainPart(app.scene, trainings, front, screen, self._use_model)
        self._queue.addListener(screen.changed)
        screen.add("layout", lambda: front.layout)
        screen.add("files", lambda: sorted(path.name for path in self._outbox.iterdir()))
        server.state.update({"upload": {"done": 0, "total": 0}, "noticed": False})
        self._build()
        self._ct.offer(settings.inputs)
        if self._ct.cts:
            asyncio.get_event_loop().call_soon(self._ct.choose, 0)

    def _build(self) -> None:
        server, screen, views = self._server, self._screen, self._views
        parts = {
            "Segment": lambda: segment_page(self._segment, screen),
            "Position": lambda: position_page(
                self._position, screen, screen.action(self._choose_other)
            ),
            "Train": lambda: train_page(self._train, screen),
        }
        build(server, screen, parts, self._ct, views, self._front.arrange)
        for name, view in views.slices.items():
            resized, clicked = partial(views.resized, name), partial(views.clicked, name)
            stream(server, name, view, Fingers(name, views), resized, clicked)
        fingers = Fingers(THREE_D, views)
        stream(server, THREE_D, views.three_d, fingers, patience_ms=PATIENCE_MS)
        server.trigger("point")(views.point)
        server.trigger("key")(self._key)
        server.trigger("offered")(self._uploads.problem)
        server.trigger("uploaded")(self._uploaded)
        server.state.change("tab")(self._turn)
        server.state.change("notice")(self._notice)

    # what happens ---------------------------------------------------------------------------------

    def _show_ct(self, node: Any) -> None:
        self._choices.inputVolume = node
        self._views.show(node)
        self._views.centre()

    def _show_result(self) -> None:
        self._views.fit_three_d(again=True)

    def _choose_other(self, index: int | None) -> None:
        """The CT of the second patient, read if need be; None for none."""
        self._ct.choose_other(index, self._position.choose_other)

    def _use_model(self, name: str) -> None:
        """A model that was trained here is chosen, and seen."""
        self._segment.choose_model(name)
        with self._server.state:
            self._server.state.tab = "segment"

    def _turn(self, tab: str, **_: Any) -> None:
        self._position.presenter.setSeen(tab == "position")
        self._train.set_seen(tab == "train")

    def _notice(self, notice: dict[str, Any], **_: Any) -> None:
        if notice["text"]:
            self._server.state.noticed = True

    def _key(self, key: str, view: str) -> None:
        """A key of the page, with the view under the mouse."""
        views = self._views
        if key in WINDOW_KEYS:
            self._ct.set_window(list(WINDOWS)[WINDOW_KEYS.index(key)])
            return
        steps = {"ArrowUp": 1, "ArrowRight": 1, "PageUp": 5}
        steps |= {"ArrowDown": -1, "ArrowLeft": -1, "PageDown": -5}
        actions: dict[str, Callable[[], Any]] = {
            "+": lambda: views.zoom(view, ZOOM),
            "-": lambda: views.zoom(view, 1 / ZOOM),
            "0": views.fit,
            " ": self._segment.toggle,
            "Escape": self._escape,
            "p": self._place,
        }
        if key in steps:
            views.step(view, steps[key])
        elif key in actions:
            self._screen.act(actions[key])

    def _escape(self) -> None:
        """What Esc does in the panel of Slicer; with nothing to cancel it removes the crosshair."""
        if self._screen.dialog:
            self._screen.close_dialog()
        elif not self._position.escape():
            segment = self._segment.presenter
            if segment.view().isBusy and segment.view().canAct:
                segment.act()
            else:
                self._views.hide_crosshair()

    def _place(self) -> None:
        view = self._position.presenter.view()
        if view.canPlace and self._server.state.tab == "position":
            self._position.presenter.place(not view.isPlacing)

    def _uploaded(self, batch: str, problem: str) -> None:
        folder = self._uploads.batch(batch)
        if problem:
            self._screen.complain(problem)
        elif folder is not None and folder.is_dir():
            before = len(self._ct.cts)
            self._ct.offer(dropped(folder))
            if len(self._ct.cts) > before:
                self._ct.choose(before)
        else:
            self._screen.complain("There is no file in it.")

    # files ----------------------------------------------------------------------------------------

    async def _file(self, request: web.Request) -> web.StreamResponse:
        """GET files/NAME: a result, written now, or what lies in the outbox."""
        name = request.match_info["name"]
        kind = next((kind for kind in KINDS if name == f"segmentation{kind}"), "")
        path = self._outbox / name
        if not kind:
            known = path.parent == self._outbox and path.is_file()
            return web.FileResponse(path) if known else web.Response(status=404)
        node = self._choices.outputSegmentation
        job = self._logic.results.get(node.GetID()) if node is not None else None
        ct = self._ct.of(self._choices.inputVolume)
        if job is None or ct is None:
            return web.Response(status=404, text="There is no segmentation.")
        target = self._folder / f"result{kind}"
        try:
            result = result_of(job, ct.node, ct.read, self._logic.catalogue)
            await asyncio.get_running_loop().run_in_executor(None, result.write, target)
        except VoCoError as error:
            self._screen.complain(str(error))
            return web.Response(status=409, text=str(error))
        return web.FileResponse(target, headers=_attachment(f"{ct.title}{kind}"))

    # life -----------------------------------------------------------------------------------------

    def bind(self, wslink: Any, key: str) -> None:
        """Adds routes, and answers only who knows the key."""

        @web.middleware
        async def check(
            request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
        ) -> web.StreamResponse:
            given = request.headers.get(KEY_HEADER, "")
            if not hmac.compare_digest(given.encode(errors="replace"), key.encode()):
                return web.Response(status=403)
            return await handler(request)

        wslink.app.middlewares.append(check)
        wslink.app.router.add_get("/files/{name}", self._file)
        wslink.app.router.add_put("/upload/{batch}", self._uploads.put)

    async def run(self) -> None:
        """Drives the queue until it is cancelled."""
        while True:
            await asyncio.sleep(POLL_S)
            if self._queue.busy:
                self._queue.poll()

    def close(self) -> None:
        """Cancels what only this user waits for; trainings go on."""
        self._position.presenter.close()
        self._train.close()
        self._queue.close()
        self._client.close()


def _attachment(name: str) -> dict[str, str]:
    return {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}


async def serve(settings: Settings) -> None:
    """Runs a session until nobody has looked for a while."""
    server = get_server("voco", client_type="vue3")
    session = Session(server, settings)
    server.controller.on_server_bind.add(lambda wslink: session.bind(wslink, settings.key))
    server.controller.on_server_ready.add(
        lambda **_: print(json.dumps({"port": server.port}), flush=True)
    )
    polling = asyncio.ensure_future(session.run())
    try:
        await server.start(
            exec_mode="coroutine",
            host="127.0.0.1",
            port=0,
            open_browser=False,
            show_connection_info=False,
            timeout=settings.linger_s,
            handle_signals=False,
        )
    finally:
        polling.cancel()
        session.close()


def _end_with_parent(end: Callable[[], object], folder: str) -> None:
    """Ends the process when the door does, whose end of the pipe closes then."""
    sys.stdin.read()
    end()
    time.sleep(0.8 * END_S)  # it sits in something that cannot be interrupted
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


async def _run(settings: Settings) -> None:
    """Serves until nobody has looked for a while, or the door has ended."""
    loop = asyncio.get_running_loop()
    serving = asyncio.ensure_future(serve(settings))
    end = partial(loop.call_soon_threadsafe, serving.cancel)
    arguments = (end, settings.folder)
    threading.Thread(target=_end_with_parent, args=arguments, daemon=True).start()
    with contextlib.suppress(asyncio.CancelledError):
        await serving


def main() -> None:
    """Reads settings from the first line of standard input, prints the port, and serves."""
    settings = Settings(**json.loads(sys.stdin.readline()))
    tempfile.tempdir = settings.folder  # of whatever library writes one
    sys.argv = sys.argv[:1]  # trame has options of its own
    # pictures are compressed already
    os.environ.update({"WSLINK_READY_MSG": "", "WSLINK_WS_COMPRESS": "0"})
    try:
        asyncio.run(_run(settings))
    finally:
        shutil.rmtree(settings.folder, ignore_errors=True)


if __name__ == "__main__":
    main()
