"""The JSON files that describe models and data sets: read whoever wrote them, written whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from VoCoLib import files
from VoCoLib.errors import ModelError
from VoCoLib.files import read_json, write_json


def test_a_byte_order_mark_is_no_content(tmp_path: Path) -> None:
    path = tmp_path / "windows.json"
    path.write_text('{"a": "é"}', encoding="utf-8-sig")
    assert read_json(path) == {"a": "é"}


def test_what_cannot_be_read_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"gone\.json does not exist") as caught:
        read_json(tmp_path / "gone.json")
    assert "delete" not in caught.value.hint
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(ModelError, match=r"broken\.json cannot be read") as caught:
        read_json(tmp_path / "broken.json")
    assert caught.value.hint == "Repair or delete it."


def test_names_are_written_as_people_read_them(tmp_path: Path) -> None:
    write_json(tmp_path / "new" / "a.json", {"name": "Œsophage 食管"})
    assert "Œsophage 食管" in (tmp_path / "new" / "a.json").read_text(encoding="utf-8")


def test_paths_that_are_not_utf_8_come_back(tmp_path: Path) -> None:
    data = {"image": "CT b\udcf6se é 食.nii"}  # how Python holds a byte that is not UTF-8
    write_json(tmp_path / "a.json", data)
    assert read_json(tmp_path / "a.json") == data


def test_nothing_is_left_where_writing_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"a": 1})

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        write_json(path, {"a": 2})
    assert list(tmp_path.iterdir()) == [path]
    assert read_json(path) == {"a": 1}
