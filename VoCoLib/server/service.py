"""Segments what other computers send, one CT at a time, for whoever knows the token."""

from __future__ import annotations

import asyncio
import hmac
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from aiohttp import web
from numpy.typing import NDArray

from VoCoLib.errors import ModelError, RequestError, VoCoError
from VoCoLib.events import Event, error_event, event
from VoCoLib.models.catalogue import Catalogue
from VoCoLib.server.protocol import (
    DESCRIBE,
    LONGEST_LINE,
    SEGMENT,
    Unpacking,
    Wish,
    packed,
    read_wish,
)
from VoCoLib.worker.client import WorkerClient

HERE = ("bundled", "imported", "downloaded")
BEAT_S = 20.0  # clients hear something at least so often
_POLL_S = 0.05
_WRONG_TOKEN_S = 0.5  # who guesses tokens has to wait
_ARRAYS = ("labels", "uncertainty")  # of a result, which names files

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Limits:
    """What a request may cost.

    Attributes:
        megabytes: of an image, unpacked.
        waiting: requests at a time, the one that runs included.
        minutes: of one, waiting included.
    """

    megabytes: int = 2000
    waiting: int = 8
    minutes: float = 60.0


class Service:
    """An HTTP server around a worker.

    Args:
        client: of the worker; closed with the service.
        catalogue: its models can be asked for.
        token: that clients must know.
        limits: see Limits.
        device: as the worker lists them, or "auto".
    """

    def __init__(
        self,
        client: WorkerClient,
        catalogue: Catalogue,
        token: str,
        limits: Limits = Limits(),
        device: str = "auto",
    ) -> None:
        self._client = client
        self._catalogue = catalogue
        self._token = token.encode()
        self._limits = limits
        self._device = device
        self._open = 0  # requests
        self._events: dict[int, asyncio.Queue[Event]] = {}

    def app(self) -> web.Application:
        """The application; whoever runs it lets closed connections cancel handlers."""
        app = web.Application(middlewares=[self._authorize])
        app.router.add_get(DESCRIBE, self._describe)
        app.router.add_post(SEGMENT, self._segment)
        app.cleanup_ctx.append(self._life)
        return app

    async def _life(self, _app: web.Application) -> AsyncIterator[None]:
        self._client.submit({"request": "wake"})  # says its devices, and is warm for the first
        polling = asyncio.ensure_future(self._poll())
        yield
        polling.cancel()
        self._client.close()

    async def _poll(self) -> None:
        """Hands out what the worker says."""
        while True:
            for item in self._client.poll():
                if item["id"] in self._events:
                    self._events[item["id"]].put_nowait(item)
            await asyncio.sleep(_POLL_S)

    @web.middleware
    async def _authorize(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), self._token):
            await asyncio.sleep(_WRONG_TOKEN_S)
            return _refusal(401, RequestError("The server does not know this token."))
        return await handler(request)

    async def _describe(self, _request: web.Request) -> web.Response:
        """Models whose weights are here, and the devices as far as they are known."""
        models = [
            {"id": model.id, "title": model.title}
            for model in self._catalogue.models()
            if self._catalogue.state(model) in HERE
        ]
        return web.json_response({"models": models, "devices": self._client.devices or []})

    async def _segment(self, request: web.Request) -> web.StreamResponse:
        if self._open >= self._limits.waiting:
            text = "The server has as many requests as it takes."
            return _refusal(503, RequestError(text, "Try again in some minutes."))
        self._open += 1
        try:
            wish = read_wish(await _first_line(request))
            self._check(wish)
            image = await _image(request, wish)
            return await self._run(request, wish, image)
        except VoCoError as error:
            too_large = isinstance(error, TooLargeError)
            return _refusal(413 if too_large else 400, error)
        finally:
            self._open -= 1

    def _check(self, wish: Wish) -> None:
        if wish.size > self._limits.megabytes * 1e6:
            raise TooLargeError(
                f"The image has {wish.size / 1e6:.0f} MB; "
                f"this server takes {self._limits.megabytes} MB.",
                "Crop it, or choose another device.",
            )
        known = [model.id for model in self._catalogue.models()]
        if wish.model not in known:  # the worker would also take a path
            raise ModelError(
                f"The server has no model {wish.model}.", "Choose another model or device."
            )

    async def _run(
        self, request: web.Request, wish: Wish, image: NDArray[Any]
    ) -> web.StreamResponse:
        """Passes on what the worker says of a segmentation; a client that leaves cancels it."""
        asked = {
            "request": "segment",
            "model": wish.model,
            "affine": wish.affine,
            "name": wish.name,
            "structures": wish.structures,
            "uncertainty": wish.uncertainty,
            "device": self._device,
        }
        number = self._client.submit(
            {key: value for key, value in asked.items() if value is not None}, {"image": image}
        )
        events = self._events[number] = asyncio.Queue()
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        deadline = time.monotonic() + self._limits.minutes * 60
        try:
            await response.prepare(request)
            if number != self._client.running:
                text = "Waiting on the server"
                await _send(response, event("progress", done=0, total=1, message=text, eta_s=None))
            async for item in self._items(events, deadline):
                if item is None:
                    await response.write(b"\n")
                else:
                    await _send(response, item)
            await response.write_eof()
        finally:
            self._forget(number)
        return response

    async def _items(
        self, events: asyncio.Queue[Event], deadline: float
    ) -> AsyncIterator[Event | None]:
        """Events up to the last one; None after a while without any, an error when time is over."""
        coming = asyncio.ensure_future(events.get())
        try:
            while (left := deadline - time.monotonic()) > 0:
                done, _ = await asyncio.wait({coming}, timeout=min(left, BEAT_S))
                if not done:
                    yield None
                    continue
                item = coming.result()
                yield item
                if item["event"] in ("finished", "error"):
                    return
                coming = asyncio.ensure_future(events.get())
            text = f"This took longer than the {self._limits.minutes:g} minutes of this server."
            yield error_event(TooLongError(text, "Ask for a smaller part, or elsewhere."))
        finally:
            coming.cancel()

    def _forget(self, number: int) -> None:
        """Cancels what still goes on, and removes what nobody has fetched."""
        events = self._events.pop(number)
        while not events.empty():
            for path in _files(events.get_nowait()):
                path.unlink(missing_ok=True)
        if number in (self._client.running, *self._client.queued):
            self._client.cancel(number)


def _files(item: Event) -> dict[Path, str]:
    """The files that a result names, and what they hold."""
    names = [name for name in _ARRAYS if name in item] if item["event"] == "result" else []
    return {Path(item[name]): name for name in names}


class TooLargeError(VoCoError):
    """An image is larger than a server takes."""

    code = "too_large"


class TooLongError(VoCoError):
    """A request took longer than a server allows."""

    code = "too_long"


async def _first_line(request: web.Request) -> bytes:
    try:
        line = await request.content.readuntil(b"\n")
    except ValueError as error:
        raise RequestError("The first line is too long.") from error
    if len(line) > LONGEST_LINE:
        raise RequestError("The first line is too long.")
    return line


async def _image(request: web.Request, wish: Wish) -> NDArray[Any]:
    unpacking = Unpacking(wish.dtype, wish.shape)
    async for data in request.content.iter_any():
        unpacking.add(data)
    return unpacking.array()


async def _send(response: web.StreamResponse, item: Event) -> None:
    """Writes an event, and the arrays of a result, whose files are gone then."""
    plain = {key: value for key, value in item.items() if key not in ("id", *_ARRAYS)}
    if item["event"] != "result":
        await response.write(_line(plain))
        return
    arrays = []
    for path, name in _files(item).items():
        values = np.load(path, allow_pickle=False)
        path.unlink()
        data = await asyncio.get_running_loop().run_in_executor(None, packed, values)
        arrays.append((name, values, data))
    plain["arrays"] = [
        {"name": name, "dtype": str(values.dtype), "shape": values.shape, "bytes": len(data)}
        for name, values, data in arrays
    ]
    await response.write(_line(plain))
    for _, _, data in arrays:
        await response.write(data)


def _line(item: dict[str, Any]) -> bytes:
    return json.dumps(item).encode() + b"\n"


def _refusal(status: int, error: VoCoError) -> web.Response:
    return web.Response(status=status, body=_line(error_event(error)))
