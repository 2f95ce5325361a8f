"""Files that the browser sends, into the session's own folder, as long as there is room."""

from __future__ import annotations

import re
import shutil
from pathlib import Path, PurePosixPath

from aiohttp import web

MOST_BYTES = 8 * 10**9  # of a session
MOST_FILES = 20_000
SPARE_BYTES = 10**9  # of the disk, which others need
NAME = "The name of a file is not one that can be kept."
_BATCH = re.compile(r"[a-z0-9]{1,20}")
_BAD = re.compile(r'[\x00-\x1f<>:"|?*\\]')


class Uploads:
    """What has come so far.

    Args:
        folder: of the session; each batch gets a folder in it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._bytes = self._files = 0

    def batch(self, name: str) -> Path | None:
        """The folder of a batch; None for a name that is none."""
        return self._folder / name if _BATCH.fullmatch(name) else None

    async def put(self, request: web.Request) -> web.Response:
        """One file of a batch: PUT upload/BATCH?name=PATH."""
        batch = self.batch(request.match_info["batch"])
        parts = PurePosixPath(request.query.get("name", "")).parts
        good = all(part not in ("..", "/") and not _BAD.search(part) for part in parts)
        if batch is None or not parts or not good or len(str(parts)) > 1000:
            return web.Response(status=400, text=NAME)
        if self._files >= MOST_FILES:
            return web.Response(status=413, text=f"More than {MOST_FILES} files.")
        self._files += 1
        path = batch.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("xb") as file:
                async for chunk in request.content.iter_chunked(2**20):
                    self._bytes += len(chunk)
                    if problem := self._problem():
                        path.unlink()
                        return web.Response(status=413, text=problem)
                    file.write(chunk)
        except OSError as error:
            return web.Response(status=507, text=f"{path.name} cannot be kept: {error.strerror}.")
        return web.Response(status=201)

    def _problem(self) -> str:
        if self._bytes > MOST_BYTES:
            gigabytes = MOST_BYTES // 10**9
            return f"A session takes {gigabytes} GB at most; name others when VoCo is started."
        if shutil.disk_usage(self._folder).free < SPARE_BYTES:
            return "The disk of the server is full."
        return ""
