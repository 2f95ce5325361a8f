"""Files of a folder that is on a disk or, through fsspec, behind a URL: s3://, gs://, http://.

fsspec and what it needs for a kind of URL are imported where one is used.
"""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from VoCoLib.errors import InputError, OutputError
from VoCoLib.files import reason_of, write_atomically

T = TypeVar("T")

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_READ_ONLY = ("http", "https")
_NO_RANGE = "range is not satisfiable"
_WAITS_S = (1.0, 5.0, 25.0)  # between attempts, where the network is at fault
# as boto, google-auth and aiohttp call them; HTTP 401 and 403 count, too
_NOT_ALLOWED = re.compile("Credential|Unauthorized|Forbidden|AccessDenied|TokenRetrieval")


class MissingFileError(InputError):
    """A file, or what it lies in, is not there."""


def is_url(text: str) -> bool:
    """Whether a path is a URL."""
    return _URL.match(text) is not None


class Storage:
    """The files of one folder; none lies in a folder below it.

    Args:
        location: path or URL.

    Attributes:
        location: as given.
        folder: the folder; None for a URL.

    Raises:
        InputError: what a kind of URL needs is not installed, or it is not known.
    """

    def __init__(self, location: str) -> None:
        self.location = location
        self.folder = None if is_url(location) else Path(location)
        self._files: Any = None
        self._root = ""
        if self.folder is None:
            self._files, self._root = _open(location)

    def read(self, name: str, start: int | None = None, end: int | None = None) -> bytes:
        """The bytes start to end - 1 of a file, or all.

        Raises:
            MissingFileError: it is not there.
            InputError: it may not be read, or cannot be reached.
        """
        if self.folder is None:
            return self._ask(name, lambda: self._part(name, start, end))
        path = self.folder / name
        try:
            with path.open("rb") as file:
                file.seek(start or 0)
                return file.read(-1 if end is None else end - (start or 0))
        except FileNotFoundError as error:
            raise _missing(str(path)) from error
        except OSError as error:
            raise InputError(f"{path} cannot be read: {reason_of(error)}.") from error

    def names(self) -> list[str]:
        """The names of all files; of no folder none.

        Raises:
            InputError: they may not be listed, or cannot be reached.
        """
        if self.folder is not None:
            return sorted(os.listdir(self.folder)) if self.folder.is_dir() else []
        self._files.invalidate_cache()
        try:
            found = self._ask("", lambda: self._files.ls(self._root, detail=False))
        except MissingFileError:
            return []
        return sorted(str(url).rstrip("/").rsplit("/", 1)[-1] for url in found)

    def write(self, name: str, write: Callable[[Path], None]) -> None:
        """Puts a file in place in one step, which write makes at the path that it is given.

        Raises:
            OutputError: it cannot be written.
        """
        if self.folder is not None:
            write_atomically(self.folder / name, write)
            return
        try:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / name
                write(path)
                self._ask(name, lambda: self._files.put_file(str(path), self._url(name)))
        except OSError as error:
            raise OutputError(f"{name} cannot be written: {reason_of(error)}.") from error
        except InputError as error:
            raise OutputError(error.message, error.hint) from error

    def remove(self, name: str) -> None:
        """Deletes a file that nobody needs, if that is possible."""
        try:
            if self.folder is not None:
                os.unlink(self.folder / name)
            else:
                self._files.rm_file(self._url(name))
        except Exception:  # whatever the client of a kind of URL raises; it may stay
            return

    def check_writable(self) -> None:
        """Raises OutputError where nothing can ever be written."""
        if self.folder is None and self.location.split(":", 1)[0].lower() in _READ_ONLY:
            raise OutputError(
                f"{self.location} can only be read.",
                "Write to a local folder or to s3:// or gs://, and have a web server show it.",
            )

    def _part(self, name: str, start: int | None, end: int | None) -> bytes:
        try:
            data: bytes = self._files.cat_file(self._url(name), start=start, end=end)
            return data
        except Exception as error:  # of one of many clients
            if getattr(error, "status", 0) == 416 or _NO_RANGE in str(error).lower():
                return b""  # the file is shorter; on a disk nothing is read there, either
            raise

    def _url(self, name: str) -> str:
        return f"{self._root}/{name}" if name else self._root

    def _ask(self, name: str, question: Callable[[], T]) -> T:
        """An answer of the server; asked again after a while if it cannot be reached."""
        url = f"{self.location.rstrip('/')}/{name}".rstrip("/")
        for wait_s in (*_WAITS_S, None):
            try:
                return question()
            except Exception as error:  # each kind of URL has a client with errors of its own
                if (refused := _refusal(url, error)) is not None:
                    raise refused from error
                if wait_s is None:
                    raise InputError(
                        f"{url} cannot be reached: {_in_words(error)}.",
                        "Check the address and the network, then start again; a run is resumed.",
                    ) from error
            time.sleep(wait_s)
        raise AssertionError


def _open(location: str) -> tuple[Any, str]:
    """The file system of a URL and its path there."""
    protocol = location.split(":", 1)[0].lower()
    try:
        from fsspec.core import url_to_fs

        files, root = url_to_fs(location)
    except ImportError as error:
        package = "gcsfs" if protocol in ("gs", "gcs") else "slicer-voco[shards]"
        raise InputError(
            f"{location} cannot be read: a package for {protocol}:// is not installed.",
            f"Install it: pip install {package}",
        ) from error
    except ValueError as error:
        raise InputError(
            f"{location} cannot be read: {error}.", "Known are s3://, gs://, http:// and https://."
        ) from error
    return files, str(root).rstrip("/")


def _refusal(url: str, error: Exception) -> InputError | None:
    """What to say of a server that gave an answer, which is no; None if it gave none."""
    if isinstance(error, FileNotFoundError):
        return _missing(url)
    status = getattr(error, "status", 0)  # of HTTP
    named = _NOT_ALLOWED.search(f"{type(error).__name__} {error}")
    if not (isinstance(error, PermissionError) or status in (401, 403) or named):
        return None
    return InputError(
        f"{url} may not be used: {_in_words(error)}.",
        "Check your credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or ~/.aws, for s3:// "
        "(FSSPEC_S3_ANON=true for public data), gcloud auth for gs://.",
    )


def _missing(place: str) -> MissingFileError:
    return MissingFileError(f"{place} does not exist.", "Check the path for typing errors.")


def _in_words(error: Exception) -> str:
    return (str(error).strip().splitlines() or [""])[0].rstrip(".") or type(error).__name__
