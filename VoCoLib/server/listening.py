"""Runs a Service until it is interrupted."""

from __future__ import annotations

import asyncio
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from VoCoLib.models.catalogue import Catalogue
from VoCoLib.server.service import Limits, Service
from VoCoLib.server.tls import context_for
from VoCoLib.worker.client import WorkerClient

MEMORY = Path("/dev/shm")  # a file system in memory, where there is one


@dataclass(frozen=True)
class Place:
    """Where to listen.

    Attributes:
        host, port: port 0 for any that is free.
        certificate, key: files for TLS; needed unless only this computer can connect.
    """

    host: str
    port: int
    certificate: str = ""
    key: str = ""


def listen(place: Place, token: str, limits: Limits, device: str, told: str) -> None:
    """Serves until it is interrupted.

    Args:
        told: is printed with the address.
        place, token, limits, device: see Place and Service.

    Raises:
        InputError: see tls.context_for.
    """
    context = context_for(place.host, place.certificate, place.key)
    memory = _memory_for(limits)
    client = WorkerClient(parent=memory)
    service = Service(client, Catalogue(), token, limits, device)

    async def run() -> None:
        runner = web.AppRunner(service.app(), handler_cancellation=True)
        await runner.setup()
        try:
            await web.TCPSite(runner, place.host, place.port, ssl_context=context).start()
            scheme = "https" if context else "http"
            host = f"[{place.host}]" if ":" in place.host else place.host
            print(f"VoCo serves at {scheme}://{host}:{runner.addresses[0][1]}", told, sep="\n")
            where = "memory" if memory else "a temporary folder: let its disk be encrypted"
            print(f"Images are kept in {where}. Ctrl-C ends it.", flush=True)
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()

    try:
        asyncio.run(run())
    except KeyboardInterrupt:
        return


def _memory_for(limits: Limits) -> Path | None:
    """A folder in memory with room for the largest image and its result; None without one."""
    if not (MEMORY.is_dir() and os.access(MEMORY, os.W_OK)):
        return None
    return MEMORY if shutil.disk_usage(MEMORY).free > 2 * limits.megabytes * 1e6 else None
