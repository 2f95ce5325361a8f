"""The door: one address for all, which gives each user a session and passes on what they say."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import secrets
import signal
import socket
import ssl
import webbrowser
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web
from yarl import URL

from VoCoLib.errors import VoCoError
from VoCoLib.server.tls import context_for
from VoCoView.children import KEY_HEADER, Child

COOKIE = "voco"
MOST_SESSIONS = 8
LINGER_S = 60  # from the last sign of a browser until its session ends
MOST_MESSAGE = 64 * 2**20  # bytes of a message of the page
# Headers of one connection, which are not passed on.
OF_THE_HOP = {
    *("connection", "keep-alive", "te", "trailers", "transfer-encoding", "upgrade"),
    *("host", "content-length", "content-encoding", "cookie", "proxy-authorization"),
}
# The page loads nothing from elsewhere and is shown in no other page.
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data: blob:; "
    "style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "font-src 'self' data:; connect-src 'self' data: blob:; frame-ancestors 'none'; "
    "base-uri 'self'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
WRONG = "This address needs the token that `voco view` has printed: open the whole line."
FULL = "There are as many sessions as this computer may have. Close the tab of another one."
GONE = "This session has ended. Open VoCo again from its first address."


@dataclass
class Wishes:
    """What the user of the command asked for.

    Attributes:
        inputs: files and folders of CT; "demo" for the synthetic torso.
        runs: folder of trainings.
        host, port: where to listen; port 0 for any.
        certificate, key: files for TLS; needed unless only this computer can connect.
        opens: whether a browser is opened.
        linger_s: from the last sign of a browser until its session ends.
    """

    inputs: list[str]
    runs: str
    host: str = "127.0.0.1"
    port: int = 0
    certificate: str = ""
    key: str = ""
    opens: bool = True
    linger_s: int = LINGER_S
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    def check(self) -> ssl.SSLContext | None:
        """How connections are kept secret; None for those within this computer.

        Raises:
            InputError: the network could read along, or a file cannot be used.
        """
        return context_for(self.host, self.certificate, self.key)

    def address(self) -> str:
        """What is to be opened; the name of this computer stands for all its addresses."""
        host = socket.gethostname() if self.host in ("0.0.0.0", "::") else self.host
        scheme = "https" if self.certificate else "http"
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.port}/?token={self.token}"


class Door:
    """Lets users in who know the token.

    Args:
        wishes: of the user who started it.
    """

    def __init__(self, wishes: Wishes) -> None:
        self._wishes = wishes
        self._children: dict[str, Child] = {}
        self._spare: asyncio.Task[Child] | None = None  # started while the browser opens
        self._client: aiohttp.ClientSession | None = None
        self._starting = 0
        self._forgetting: set[asyncio.Future[None]] = set()

    def app(self) -> web.Application:
        """The server."""
        app = web.Application(middlewares=[self._check])
        app.router.add_get("/", self._enter)
        app.router.add_route("*", "/s/{session}/{path:.*}", self._pass_on)
        app.cleanup_ctx.append(self._life)
        return app

    async def _life(self, _app: web.Application) -> AsyncIterator[None]:
        timeout = aiohttp.ClientTimeout(total=None)
        self._client = aiohttp.ClientSession(timeout=timeout, auto_decompress=False)
        self._spare = asyncio.ensure_future(self._start())
        yield
        if self._spare is not None:
            self._spare.cancel()
            await asyncio.gather(self._spare, return_exceptions=True)
        await asyncio.gather(*(child.end() for child in list(self._children.values())))
        await self._client.close()

    @web.middleware
    async def _check(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """The token, and that the page that asks is this one."""
        given = request.query.get("token", "") if request.path == "/" else ""
        known = request.cookies.get(self._cookie, "")
        token = self._wishes.token.encode()
        right = any(hmac.compare_digest(t.encode(errors="replace"), token) for t in (given, known))
        if not right or not _is_own_page(request):
            return web.Response(status=403, text=WRONG)
        response = await handler(request)
        if not response.prepared:
            response.headers.update(HEADERS)
        return response

    @property
    def _cookie(self) -> str:
        """Cookies do not tell ports apart."""
        return f"{COOKIE}-{self._wishes.port}"

    async def _enter(self, request: web.Request) -> web.StreamResponse:
        """Gives a session, and the cookie that stands for the token from then on."""
        if "token" in request.query:  # that no history and no screenshot keeps
            answer = web.Response(status=302, headers={"Location": "./"})
            answer.set_cookie(
                *(self._cookie, self._wishes.token),
                httponly=True,
                samesite="Strict",
                secure=request.secure,
            )
            return answer
        try:
            child = await self._session()
        except VoCoError as error:
            return web.Response(status=503, text=str(error))
        return web.Response(status=302, headers={"Location": f"s/{child.id}/index.html"})

    async def _session(self) -> Child:
        spare, self._spare = self._spare, None
        if spare is not None:
            child = await spare
            if child.lives:
                return child
        return await self._start()

    async def _start(self) -> Child:
        if len(self._children) + self._starting >= MOST_SESSIONS:
            raise VoCoError(FULL)
        self._starting += 1
        child, wishes = Child(), self._wishes
        try:
            await child.start(wishes.inputs, wishes.runs, wishes.linger_s)
        except BaseException:  # also when the door ends meanwhile
            await child.end()
            raise
        finally:
            self._starting -= 1
        self._children[child.id] = child
        forgetting = asyncio.ensure_future(self._forget(child))
        self._forgetting.add(forgetting)
        forgetting.add_done_callback(self._forgetting.discard)
        return child

    async def _forget(self, child: Child) -> None:
        await child.wait()
        self._children.pop(child.id, None)

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        """To the session of the address, and back."""
        child = self._children.get(request.match_info["session"])
        if child is None:
            return web.Response(status=410, text=GONE)
        assert self._client is not None
        path = request.rel_url.raw_path_qs.removeprefix(
            f"/s/{child.id}"
        )  # as the browser has written it
        url = URL(f"http://127.0.0.1:{child.port}{path}", encoded=True)
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._talk(request, self._client, url, child)
        try:
            return await self._fetch(request, self._client, url, child)
        except aiohttp.ClientConnectionError:  # it has just ended
            return web.Response(status=410, text=GONE)

    async def _fetch(
        self, request: web.Request, client: aiohttp.ClientSession, url: URL, child: Child
    ) -> web.StreamResponse:
        """An answer of the session."""
        headers = _passed(request.headers) | {KEY_HEADER: child.key}
        body = request.content if request.body_exists else None
        async with client.request(
            request.method, url, headers=headers, data=body, allow_redirects=False
        ) as answer:
            response = web.StreamResponse(status=answer.status, headers=_kept(answer.headers))
            response.headers.update(HEADERS)
            with contextlib.suppress(ConnectionResetError):  # the browser has gone
                await response.prepare(request)
                async for chunk in answer.content.iter_chunked(2**16):
                    await response.write(chunk)
            return response

    async def _talk(
        self, request: web.Request, client: aiohttp.ClientSession, url: URL, child: Child
    ) -> web.StreamResponse:
        """A web socket, both ways until one side ends it."""
        browser = web.WebSocketResponse(max_msg_size=MOST_MESSAGE, heartbeat=20, compress=False)
        await browser.prepare(request)
        headers = {KEY_HEADER: child.key}
        with contextlib.suppress(aiohttp.ClientError):
            async with client.ws_connect(url, headers=headers, max_msg_size=0) as session:
                ways = [
                    asyncio.ensure_future(_carry(browser, session)),
                    asyncio.ensure_future(_carry(session, browser)),
                ]
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                for way in ways:
                    way.cancel()
        await browser.close()
        return browser


async def _carry(source: object, target: object) -> None:
    async for message in source:  # type: ignore[attr-defined]
        if message.type == aiohttp.WSMsgType.TEXT:
            await target.send_str(message.data)  # type: ignore[attr-defined]
        elif message.type == aiohttp.WSMsgType.BINARY:
            await target.send_bytes(message.data)  # type: ignore[attr-defined]


def _passed(headers: object) -> dict[str, str]:
    return {k: v for k, v in headers.items() if k.lower() not in OF_THE_HOP}  # type: ignore


def _kept(headers: object) -> dict[str, str]:
    hop = OF_THE_HOP - {"content-length", "content-encoding"}
    return {k: v for k, v in headers.items() if k.lower() not in hop}  # type: ignore


def _is_own_page(request: web.Request) -> bool:
    """Whether a page of another site asks, which the browser says of what could change things."""
    origin = request.headers.get("Origin")
    return origin is None or origin.partition("://")[2] == request.host


def serve(wishes: Wishes) -> None:
    """Serves until it is interrupted.

    Raises:
        InputError: see Wishes.check.
    """
    context = wishes.check()
    with contextlib.suppress(KeyboardInterrupt):  # how it is meant to end
        asyncio.run(_serve(wishes, context))


async def _until_terminated() -> None:
    """Returns when this process is asked to end; Ctrl-C cancels."""
    asked, loop = asyncio.Event(), asyncio.get_running_loop()
    signal.signal(signal.SIGTERM, lambda *_: loop.call_soon_threadsafe(asked.set))
    await asked.wait()


async def _serve(wishes: Wishes, context: ssl.SSLContext | None) -> None:
    door = Door(wishes)
    runner = web.AppRunner(door.app())
    await runner.setup()
    try:
        site = web.TCPSite(runner, wishes.host, wishes.port, ssl_context=context)
        await site.start()
        wishes.port = runner.addresses[0][1]
        address = wishes.address()
        print(f"VoCo is at {address}\nCtrl-C ends it; trainings go on.", flush=True)
        if wishes.opens:
            await asyncio.get_running_loop().run_in_executor(None, webbrowser.open, address)
        await _until_terminated()
    finally:
        await runner.cleanup()
