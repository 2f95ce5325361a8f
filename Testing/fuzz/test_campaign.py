"""The campaign of damaged files: every one is read, or refused with a message."""

from __future__ import annotations

import pytest
from fuzz.campaign import damaged_file, run_campaign, table
from fuzz.targets import TARGETS

CASES = 3300


@pytest.mark.long
def test_damaged_files_are_read_or_refused() -> None:
    results = run_campaign(CASES)
    print(table(results))
    assert len(results) == CASES
    assert [item for item in results if item["found"]] == []
    refused = {item["kind"] for item in results if item["outcome"] == "refused"}
    assert refused >= TARGETS.keys() - {"dicom slice"}  # the other slices are read


@pytest.mark.parametrize("kind", TARGETS)
def test_what_is_damaged_was_valid(tmp_path_factory: pytest.TempPathFactory, kind: str) -> None:
    """Else the campaign would say nothing; and a case is the same whenever it is made."""
    target = TARGETS[kind]
    target.read(target.make(tmp_path_factory.mktemp("valid")))
    contents = {
        damaged_file(7, kind, tmp_path_factory.mktemp("damaged")).read_bytes() for _ in range(2)
    }
    valid = target.make(tmp_path_factory.mktemp("valid")).read_bytes()
    assert valid not in contents
