"""Names of labels that cannot be used, and what is said of them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from VoCoLib.errors import InputError
from VoCoLib.models.label_tables import read_names


def write_names(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


@pytest.mark.parametrize("content", [{"1": ""}, {"1": "Liver", "2": " "}, {"": 1}, {"1": "_"}])
def test_a_label_without_a_name_is_refused(tmp_path: Path, content: Any) -> None:
    with pytest.raises(InputError, match=r"names\.json gives the label value [12] no name"):
        read_names(write_names(tmp_path / "names.json", content))


def test_the_background_needs_no_name(tmp_path: Path) -> None:
    assert read_names(write_names(tmp_path / "a.json", {"0": "", "1": "Liver"})) == {1: "Liver"}


def test_what_only_looks_like_a_number_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a label that cannot be used: ²: Liver"):
        read_names(write_names(tmp_path / "names.json", {"²": "Liver"}))


def test_a_missing_or_broken_file_is_named_once(tmp_path: Path) -> None:
    gone, broken = tmp_path / "gone.json", tmp_path / "broken.json"
    with pytest.raises(
        InputError, match=f"^{re.escape(str(gone))} does not exist[.] Check"
    ) as caught:
        read_names(gone)
    assert "delete" not in str(caught.value)
    broken.write_text("{")
    with pytest.raises(InputError, match=f"^{re.escape(str(broken))} cannot be read: ") as caught:
        read_names(broken)
    assert str(caught.value).count("cannot be read") == 1
