"""Asks a server to segment: the same requests, events and results as those of a worker here."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import os
import queue
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from VoCoLib.errors import CancelledError, InputError, ServerError
from VoCoLib.events import Event, error_event, event
from VoCoLib.server.protocol import DESCRIBE, DTYPES, PORT, SEGMENT, Unpacking, packed
from VoCoLib.server.tls import LOOPBACK
from VoCoLib.worker.client import WorkerClient

PREFIX = "server:"  # of the device that stands for one
CONNECT_S = 10
SILENCE_S = 120  # of a server, which says something every 20
_PIECE = 2**20  # bytes
_YIELD_S = 0.01
_PASSED_ON = ("model", "affine", "name", "structures", "uncertainty")


@dataclass(frozen=True)
class Server:
    """Where a server is, and what opens it.

    Attributes:
        address: https://HOST:PORT, or http:// on this computer.
        token: that the server asks for.
        certificate: PEM file of the certificate to trust; empty: those that this computer trusts.
    """

    address: str
    token: str
    certificate: str = ""

    @property
    def device(self) -> str:
        """Its id in a list of devices."""
        return PREFIX + self.address

    @property
    def host(self) -> str:
        """Its name."""
        return urlsplit(self.address).hostname or self.address

    def check(self) -> None:
        """Raises InputError unless images may be sent to the address, with that token."""
        try:
            parts = urlsplit(self.address)
            good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:  # a port that is none, brackets
            good = False
        if not good:
            raise InputError(
                f"{self.address} is not the address of a server.",
                f"It looks like https://server.example:{PORT}.",
            )
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise InputError(
                f"{self.address} is not encrypted: the network could read the images.",
                "Use https, or an SSH tunnel to http://localhost.",
            )
        if not (self.token and self.token.isascii() and self.token.isprintable()):
            raise InputError(
                "This is no token: it has characters of the keyboard without accents, in one line.",
                "Copy it from who runs the server.",
            )

    def connect(self) -> http.client.HTTPConnection:
        """A connection that is not open yet.

        Raises:
            InputError: see check; or the certificate cannot be read.
        """
        self.check()
        parts = urlsplit(self.address)
        host, port = parts.hostname or "", parts.port or PORT
        if parts.scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=CONNECT_S)
        try:
            context = ssl.create_default_context(cafile=self.certificate or None)
        except OSError as error:
            raise InputError(
                f"The certificate {self.certificate} cannot be read: {error}.",
                "Choose the PEM file that the server's owner has given.",
            ) from error
        return http.client.HTTPSConnection(host, port, timeout=CONNECT_S, context=context)

    def describe(self) -> dict[str, Any]:
        """What it has: "models" ({id, title}) and "devices" as a worker lists them.

        Raises:
            InputError, ServerError: it cannot be asked.
        """
        connection = self.connect()
        try:
            connection.request("GET", DESCRIBE, headers=self._headers())
            answer = connection.getresponse()
            body = answer.read(2**20)
            if answer.status != 200:
                raise _refused(body, self.address)
            found = json.loads(body)
            return {"models": list(found["models"]), "devices": list(found["devices"])}
        except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as error:
            raise _lost(error, self.address) from error
        finally:
            connection.close()

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


class RoutedClient:
    """A WorkerClient whose segmentations on the device of a server are made there.

    Attributes:
        server: that is known; None for none.

    Args:
        local: does everything else; arrays from a server lie in its folder, too.
    """

    def __init__(self, local: WorkerClient) -> None:
        self.server: Server | None = None
        self._local = local
        self._ids = itertools.count(-1, -1)  # those of the local one are positive
        self._open: dict[int, _Segmentation] = {}

    def submit(
        self, request: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]] | None = None
    ) -> int:
        """See WorkerClient.submit."""
        server = self.server
        is_there = server is not None and request.get("device") == server.device
        if server is None or not is_there or request.get("request") != "segment":
            return self._local.submit(request, arrays)
        number = next(self._ids)
        image = (arrays or {})["image"]
        folder = self._local.folder
        self._open[number] = _Segmentation(server, number, dict(request), image, folder)
        return number

    def poll(self) -> list[Event]:
        """See WorkerClient.poll."""
        found = self._local.poll()
        if self._open:  # as poll() of the worker's client says; arrays come in many pieces
            time.sleep(_YIELD_S)
        for number, segmentation in list(self._open.items()):
            events = segmentation.poll()
            found += events
            if any(item["event"] in ("finished", "error") for item in events):
                del self._open[number]
        return found

    def cancel(self, request_id: int) -> None:
        """See WorkerClient.cancel."""
        if request_id in self._open:
            self._open[request_id].cancel()
        else:
            self._local.cancel(request_id)

    def rest(self) -> None:
        """See WorkerClient.rest."""
        self._local.rest()

    def close(self) -> None:
        """Cancels what runs on a server, and ends the worker here."""
        for segmentation in self._open.values():
            segmentation.cancel()
        self._open.clear()
        self._local.close()


class _Segmentation:
    """One request on its way, in a thread of its own.

    Args:
        server, number, request, image: what is asked, of whom.
        folder: for the arrays of the result.
    """

    def __init__(
        self,
        server: Server,
        number: int,
        request: dict[str, Any],
        image: NDArray[Any],
        folder: Path,
    ) -> None:
        self._server, self._number, self._request = server, number, request
        self._image, self._folder = image, folder
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._connection: http.client.HTTPConnection | None = None
        self._is_cancelled = False
        threading.Thread(target=self._run, name="voco-server", daemon=True).start()

    def poll(self) -> list[Event]:
        """What has happened since the last call."""
        found = []
        while not self._events.empty():
            found.append({**self._events.get(), "id": self._number})
        return found

    def cancel(self) -> None:
        """The server notices that nobody listens any more."""
        if not self._is_cancelled:
            self._is_cancelled = True
            self._events.put(error_event(CancelledError("Cancelled.")))
            if self._connection is not None:
                _shut(self._connection)

    def _tell(self, item: Event) -> None:
        if not self._is_cancelled:
            self._events.put(item)

    def _run(self) -> None:
        try:
            self._connection = self._server.connect()
            self._ask(self._connection)
        except (InputError, ServerError) as error:
            self._tell(error_event(error))
        except Exception as error:  # a thread that dies in silence would be waited for
            self._tell(error_event(_lost(error, self._server.address)))
        finally:
            if self._connection is not None:
                self._connection.close()

    def _ask(self, connection: http.client.HTTPConnection) -> None:
        image = self._image if str(self._image.dtype) in DTYPES else self._image.astype(np.float32)
        asked = {key: self._request[key] for key in _PASSED_ON if key in self._request}
        affine = np.asarray(asked["affine"], float).tolist()
        wish = {**asked, "affine": affine, "shape": image.shape, "dtype": str(image.dtype)}
        self._tell(event("progress", done=0, total=1, message="Sending the CT", eta_s=None))
        body = json.dumps(wish).encode() + b"\n" + packed(image)
        connection.connect()
        connection.sock.settimeout(SILENCE_S)
        headers = {**self._server._headers(), "Content-Length": str(len(body))}
        connection.request("POST", SEGMENT, self._pieces(body), headers)
        answer = connection.getresponse()
        if answer.status != 200:
            raise _refused(answer.read(2**16), self._server.address)
        while line := answer.readline():
            if not line.strip():  # it is still there
                continue
            item: Event = json.loads(line)
            if item["event"] == "result":
                item = {**self._fetch(answer, item), "device": self._server.device}
            self._tell(item)
            if item["event"] in ("finished", "error"):
                return
        raise ConnectionError("it ended in the middle")

    def _pieces(self, body: bytes) -> Iterator[bytes]:
        for first in range(0, len(body), _PIECE):
            if self._is_cancelled:  # perhaps before there was a connection to end
                raise ConnectionError("cancelled")
            yield body[first : first + _PIECE]

    def _fetch(self, answer: http.client.HTTPResponse, item: Event) -> Event:
        """A result with files in place of the arrays that follow it."""
        arrays = item.pop("arrays")
        for array in arrays:
            unpacking = Unpacking(array["dtype"], tuple(array["shape"]))
            left = int(array["bytes"])
            while left:
                data = answer.read(min(left, _PIECE))
                if not data:
                    raise ConnectionError("it ended in the middle")
                left -= len(data)
                unpacking.add(data)
            path = self._folder / f"server{self._number}-{array['name']}.npy"
            self._folder.mkdir(0o700, parents=True, exist_ok=True)
            unfinished = path.with_name(f"unfinished-{path.name}")
            np.save(unfinished, unpacking.array(), allow_pickle=False)
            os.replace(unfinished, path)
            item[array["name"]] = str(path)
        return item


def _shut(connection: http.client.HTTPConnection) -> None:
    """Ends a connection that another thread is reading from."""
    if connection.sock is not None:
        with contextlib.suppress(OSError):  # it has ended by itself
            connection.sock.shutdown(socket.SHUT_RDWR)


def _refused(body: bytes, address: str) -> ServerError:
    """The reason that a server gives."""
    try:
        said = json.loads(body)
        return ServerError(str(said["message"]), str(said.get("hint") or ""))
    except (ValueError, KeyError, TypeError):
        return ServerError(f"{address} is no VoCo server.", "Check the address.")


def _lost(error: Exception, address: str) -> ServerError:
    """Why a connection did not come about, or broke."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return ServerError(
            f"The certificate of {address} is not trusted: {error.verify_message}.",
            "Choose the certificate that the server's owner has given, or ask for a valid one.",
        )
    if isinstance(error, ConnectionRefusedError | socket.gaierror):
        return ServerError(
            f"{address} does not answer: {error}.", "Check the address, or choose another device."
        )
    return ServerError(
        f"The connection to {address} broke: {error}.", "Try again, or choose another device."
    )
