"""Downloads one file from Hugging Face: resumed where the last attempt ended, then verified."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from VoCoLib.errors import CancelledError, DownloadError

ProgressFunction = Callable[[int, int], None]
CancelFunction = Callable[[], bool]


class Download(NamedTuple):
    """A complete and verified file, still under its temporary name."""

    path: Path
    sha256: str
    size_bytes: int
    commit: str


def download_file(
    repository: str,
    filename: str,
    revision: str | None,
    folder: Path,
    sha256: str | None = None,
    progress: ProgressFunction | None = None,
    cancelled: CancelFunction | None = None,
) -> Download:
    """Downloads repository/filename to a temporary name in folder.

    huggingface_hub does the transfer: retries, proxy (HTTPS_PROXY), HF_ENDPOINT and HF_HUB_OFFLINE
    are its own. hf_hub_download deletes what it has when a transfer ends early; the lower function
    used here continues a partial file, also after a restart.

    Args:
        revision: commit; None for the newest one of "main".
        sha256: checksum that the file must have; None if it is not known yet.
        progress: called with (bytes done, bytes in all) every 10 MB.
        cancelled: asked as often; True stops with CancelledError and keeps the partial file.

    Raises:
        DownloadError: no connection, no such file, no space, or not the file that was expected.
        CancelledError: cancelled returned True.
    """
    try:
        import huggingface_hub
        from huggingface_hub.errors import HTTPError  # type: ignore[attr-defined]
    except ImportError as error:
        raise DownloadError(
            "Downloads need the Python package huggingface_hub.", "Install it."
        ) from error
    url = huggingface_hub.hf_hub_url(repository, filename, revision=revision)
    try:
        return _transfer(url, folder / filename, sha256, _bar(progress, cancelled))
    except (OSError, ValueError, HTTPError) as error:
        cause = next(iter(str(error).splitlines()), "") or type(error).__name__
        raise DownloadError(
            f"{url} could not be downloaded: {cause}",
            "Check the connection (and HTTPS_PROXY, HF_ENDPOINT, HF_HUB_OFFLINE where set) and "
            "repeat: what has arrived is kept. Or get the file on another machine and use "
            "`voco models import`.",
        ) from error


def sha256_of(path: Path) -> str:
    """SHA-256 of a file as 64 hex digits; raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _transfer(url: str, target: Path, sha256: str | None, bar: type[Any]) -> Download:
    from huggingface_hub import get_hf_file_metadata
    from huggingface_hub.file_download import http_get

    metadata = get_hf_file_metadata(url, token=False)
    commit, size = metadata.commit_hash, metadata.size
    if commit is None or size is None:
        raise OSError("the answer holds no commit or size, so it does not come from Hugging Face")
    part = target.with_name(f"{target.name}.{commit}.part")
    for stale in target.parent.glob(f"{target.name}.*.part"):
        if stale != part or stale.stat().st_size > size:
            stale.unlink()
    done = part.stat().st_size if part.exists() else 0
    if shutil.disk_usage(target.parent).free < size - done:
        raise OSError(f"{(size - done) / 1e6:.0f} MB more are needed on the disk of {part.parent}")
    with part.open("ab") as stream:
        http_get(metadata.location, stream, resume_size=done, expected_size=size, tqdm_class=bar)
    digest = sha256_of(part)
    # Of a large file the ETag is the checksum.
    published = metadata.etag if metadata.etag and len(metadata.etag) == 64 else None
    for expected in (sha256, published):
        if expected is not None and digest != expected:
            part.unlink()
            raise DownloadError(
                f"{url} sent another file than expected: its SHA-256 is {digest}, not {expected}.",
                "It was discarded. Repeat the download; if that does not help, ask its authors.",
            )
    return Download(part, digest, size, commit)


def _bar(progress: ProgressFunction | None, cancelled: CancelFunction | None) -> type[Any]:
    """What http_get takes for a tqdm class: it reports to progress and asks cancelled."""

    class Bar:
        def __init__(self, total: int, initial: int = 0, **_: Any) -> None:
            self.total, self.done = total, initial

        def __enter__(self) -> Bar:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def update(self, n: int) -> None:
            self.done += n
            if cancelled and cancelled():
                raise CancelledError("The download was cancelled.", "The next one continues it.")
            if progress:
                progress(self.done, self.total)

    return Bar
