"""Files that the browser sends, into the session's own folder, as long as there is room."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections import Counter
from pathlib import Path, PurePosixPath

from aiohttp import web

MOST_BYTES = 8 * 10**9  # of a session
MOST_FILES = 20_000
LOOSE = "dropped files"  # without a folder of their own, which together may be a CT
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
        self._bytes: Counter[str] = Counter()  # by batch
        self._files: Counter[str] = Counter()

    def batch(self, name: str) -> Path | None:
        """The folder of a batch; None for a name that is none."""
        return self._folder / name / LOOSE if _BATCH.fullmatch(name) else None

    def problem(self, files: int, size: int) -> str:
        """Why so many files of so many bytes in all cannot be taken in; empty if they can."""
        if self._files.total() + files > MOST_FILES:
            return f"A session takes in {MOST_FILES} files at most."
        if self._bytes.total() + size > MOST_BYTES:
            gigabytes = MOST_BYTES // 10**9
            return f"A session takes {gigabytes} GB at most; name others when VoCo is started."
        if shutil.disk_usage(self._folder).free < SPARE_BYTES + size:
            return "The disk of the server is full."
        return ""

    async def put(self, request: web.Request) -> web.Response:
        """One file of a batch: PUT upload/BATCH?name=PATH. Without it the batch is not kept."""
        name = request.match_info["batch"]
        batch, parts = self.batch(name), _parts(request.query.get("name", ""))
        if batch is None or not parts:
            return web.Response(status=400, text=NAME)
        status, problem = 0, ""
        try:
            problem = await self._keep(request, name, batch.joinpath(*parts))
            status = 413 if problem else 201
        except OSError as error:
            status, problem = 507, f"{parts[-1]} cannot be kept: {error.strerror}."
        finally:
            if status != 201:  # also when the browser has gone meanwhile
                shutil.rmtree(batch.parent, ignore_errors=True)
                del self._bytes[name], self._files[name]
        return web.Response(status=status, text=problem)

    async def _keep(self, request: web.Request, batch: str, path: Path) -> str:
        """Writes the file; says why not all of it."""
        if problem := self.problem(1, request.content_length or 0):
            return problem
        self._files[batch] += 1
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            async for chunk in request.content.iter_chunked(2**20):
                if problem := self.problem(0, len(chunk)):
                    return problem
                self._bytes[batch] += len(chunk)
                file.write(chunk)
        return ""


def dropped(folder: Path) -> list[Path]:
    """What a batch is read as: each folder and archive in it; loose files are one folder."""
    items = sorted(folder.iterdir())
    apart = all(item.is_dir() or zipfile.is_zipfile(item) for item in items)
    return items if apart or len(items) == 1 else [folder]


def _parts(name: str) -> tuple[str, ...]:
    """Folders and file of a name; empty if it leads elsewhere or cannot be one everywhere."""
    parts = PurePosixPath(name).parts
    good = all(part not in ("..", "/") and not _BAD.search(part) for part in parts)
    return parts if good and len(name) <= 1000 else ()
