"""Runs `voco` in this process as its entry point does, without what a child takes to import."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from unittest import mock

from VoCoLib.cli.main import main


@contextlib.contextmanager
def in_folder(folder: Path | None) -> Iterator[None]:
    """Another current folder; contextlib has this only from Python 3.11 on."""
    before = Path.cwd()
    os.chdir(folder or before)
    try:
        yield
    finally:
        os.chdir(before)


def run_here(
    arguments: Sequence[str], environment: Mapping[str, str], cwd: Path | None = None
) -> tuple[int, str, str]:
    """The exit code and what was printed to stdout and stderr.

    Args:
        arguments: of voco.
        environment: all of it.
        cwd: current folder meanwhile.
    """
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    code: int | str | None = 0
    with (
        mock.patch.dict(os.environ, environment, clear=True),
        mock.patch.object(sys, "argv", ["voco", *arguments]),
        mock.patch.object(sys, "stdin", io.StringIO()),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        in_folder(cwd),
    ):
        try:
            main()
        except SystemExit as end:
            code = end.code
    texts = [stream.buffer.getvalue().decode("utf-8") for stream in (out, err)]
    return int(code or 0), texts[0], texts[1]
