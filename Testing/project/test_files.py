"""Tests of what is said of files that cannot be read or written, and of owners' files."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path

import numpy as np
import pytest

from VoCoLib.files import disk_error, reason_of
from VoCoLib.processes.process_file import ProcessFile


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "a.nii"), "a.nii .*: the disk is full"),
        (OSError(errno.ESTALE, "Stale file handle"), "A file .*: Stale file handle"),
        (FileNotFoundError(errno.ENOENT, "No such file", "b"), "b cannot be read or written"),
    ],
)
def test_an_error_of_a_disk_is_said_in_words(error: OSError, said: str) -> None:
    found = disk_error(error)
    assert found is not None and found.exit_code == 8
    assert re.search(said, str(found)) and "Errno" not in str(found)


def test_other_errors_are_none_of_a_disk() -> None:
    assert disk_error(ConnectionRefusedError(errno.ECONNREFUSED, "refused")) is None


@pytest.mark.skipif(os.name == "nt", reason="needs limits of a process")
def test_what_numpy_cannot_write(tmp_path: Path) -> None:
    import resource
    import signal

    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        with pytest.raises(OSError) as found:
            np.save(tmp_path / "a.npy", np.zeros(100_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert reason_of(found.value).startswith("the disk is full")


def test_an_owner_who_dies_while_he_claims_leaves_no_empty_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which would look alive for two minutes."""

    def die(*_: object, **__: object) -> None:
        raise SystemExit

    monkeypatch.setattr(Path, "write_text", die)
    with pytest.raises(SystemExit):
        ProcessFile(tmp_path / "pid").claim()
    assert not (tmp_path / "pid").exists()


def test_a_disk_without_links_has_owners_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    file = ProcessFile(tmp_path / "pid")
    file.claim()
    assert file.alive() and [path.name for path in tmp_path.iterdir()] == ["pid"]
    file.release()
