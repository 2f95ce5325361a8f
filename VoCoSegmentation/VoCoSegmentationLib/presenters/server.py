"""A server that can segment in place of this computer: entered, agreed to, remembered."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from slicer.i18n import tr as _

from VoCoLib.errors import VoCoError
from VoCoLib.server.remote import Server
from VoCoSegmentationLib.jobs.queue import JobQueue
from VoCoSegmentationLib.presenters.seams import FrontEnd

ADDRESS, TOKEN, CERTIFICATE = (
    f"VoCoSegmentation/Server{name}" for name in ("Address", "Token", "Certificate")
)
LOOK_MS, YIELD_S = 50, 0.005


class ServerPresenter:
    """Keeps the server of this user.

    Args:
        queue: gets it.
        frontEnd: remembers and asks.
        ask: lets the user enter another one, given the present one; None if that was declined, an
            empty address for no server any more.
        onFound: called with a device to choose, which the user has just entered.
    """

    def __init__(
        self,
        queue: JobQueue,
        frontEnd: FrontEnd,
        ask: Callable[[Server | None], Server | None],
        onFound: Callable[[str], None],
    ) -> None:
        self._queue = queue
        self._frontEnd = frontEnd
        self._ask = ask
        self._onFound = onFound
        self._pool = ThreadPoolExecutor(1, "voco-server")
        self._describing: tuple[Server, Future[dict[str, Any]]] | None = None
        self._timer = frontEnd.makeTimer(LOOK_MS, self._look, again=True)
        known = Server(*(frontEnd.setting(key) for key in (ADDRESS, TOKEN, CERTIFICATE)))
        if known.address and queue.server != known:
            queue.setServer(known)

    def stop(self) -> None:
        """The panel is closed."""
        self._timer.stop()
        self._pool.shutdown(wait=False)

    def choose(self) -> None:
        """Lets the user enter a server, and asks it what it is."""
        server = self._ask(self._queue.server)
        if server is None:
            return
        if not server.address:
            self._keep(server)
            self._queue.setServer(None)
            return
        self._frontEnd.showMessage(_("Asking {server}…").format(server=server.host))
        self._describing = server, self._pool.submit(_describe, server)
        self._timer.start()

    def _look(self) -> None:
        """Takes what the server has said of itself."""
        time.sleep(YIELD_S)  # Slicer's event loop holds Python's lock: lets our thread have it
        if self._describing is None or not self._describing[1].done():
            return
        (server, answer), self._describing = self._describing, None
        self._timer.stop()
        try:
            found = answer.result()
        except VoCoError as error:
            self._frontEnd.showError(str(error))
            return
        question = _(
            "CTs that are segmented on {server} leave this computer, with their voxels and the "
            "name of their volume. Nothing else is sent, and the server keeps nothing. Use it?"
        ).format(server=server.host)
        if self._frontEnd.confirm(question, _("Server")):
            self._keep(server)
            self._queue.setServer(server, _name(server, found["devices"]))
            self._onFound(server.device)

    def _keep(self, server: Server) -> None:
        values = server.address, server.token, server.certificate
        for key, value in zip((ADDRESS, TOKEN, CERTIFICATE), values, strict=True):
            self._frontEnd.keepSetting(key, value)


def _describe(server: Server) -> dict[str, Any]:
    return server.describe()


def _name(server: Server, devices: list[dict[str, Any]]) -> str:
    """Such as "server.example: NVIDIA H100"."""
    names = [str(device.get("name", "")) for device in devices]
    return f"{server.host}: {names[0]}" if names and names[0] else server.host
