"""The campaign of failing disks and killed commands: nothing is lost, half-written or left."""

from __future__ import annotations

import shutil
import sys

import pytest
from faults.campaign import MODES, run_campaign, table

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("cc") is None, reason="needs Linux and a C compiler"
)


@pytest.mark.long
def test_nothing_is_lost_whatever_a_disk_does() -> None:
    outcomes = run_campaign(330)
    print(table(outcomes))
    assert [item for item in outcomes if item["found"]] == []
    assert len(outcomes) == 330


@pytest.mark.parametrize("kinds", [2, pytest.param(len(MODES), marks=pytest.mark.long)])
def test_an_import_survives_each_kind_of_fault(kinds: int) -> None:
    """In the suite a full disk and a kill; of each kind all times are tried above."""
    outcomes = run_campaign(kinds, ["models import"])
    assert [item["mode"] for item in outcomes] == [*MODES[:kinds]]
    assert [item for item in outcomes if item["found"]] == []
