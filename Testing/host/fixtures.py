"""The pytest fixture `host`; Testing/conftest.py imports it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from host.session import Host


@pytest.fixture(scope="session")
def _host() -> Host:
    try:
        from PySide6 import QtWidgets  # noqa: F401
    except ImportError as error:  # a library of the system that Qt needs
        pytest.skip(f"Qt cannot be loaded ({error}); make.py names the packages it needs")
    from host.session import Host

    return Host()


@pytest.fixture
def host(_host: Host) -> Iterator[Host]:
    """A Slicer without the desktop; fails the test for what went wrong unseen."""
    with _host.test():
        yield _host
