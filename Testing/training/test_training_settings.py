"""The settings that every kind of training has: what they refuse, and how a path is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from VoCoLib.errors import InputError
from VoCoLib.training.finetuning import settings as finetuning_settings
from VoCoLib.training.pretraining import settings as pretraining_settings

INFINITE, NAN = float("inf"), float("nan")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"cache_gb": INFINITE}, "cache_gb must be finite, not inf"),
        ({"cache_gb": NAN}, "cache_gb must be finite, not nan"),
        ({"clip": INFINITE}, "clip must be finite, not inf"),
        ({"weight_decay": INFINITE}, "weight_decay must be finite, not inf"),
        ({"learning_rate": NAN}, "learning_rate must be finite, not nan"),
        ({"seed": 2**63}, f"seed must be 0 or more and below 2\\^63, not {2**63}"),
        ({"seed": -1}, "seed must be 0 or more"),
    ],
)
def test_numbers_that_cannot_be_computed_with_are_refused(wrong: dict, said: str) -> None:
    for settings_from in (pretraining_settings.settings_from, finetuning_settings.settings_from):
        values = {"data": "x", **wrong}
        if settings_from is finetuning_settings.settings_from:
            values["start"] = "scratch"
        with pytest.raises(InputError, match=said):
            settings_from(values)


def test_numbers_in_lists_are_finite_too() -> None:
    values = {"data": "x", "start": "scratch", "hu_window": "-175,inf"}
    with pytest.raises(InputError, match="hu_window must be finite"):
        finetuning_settings.settings_from(values)


def test_one_folder_has_one_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a run could not be resumed from another folder."""

    def data(path: Path | str) -> str:
        return pretraining_settings.settings_from({"data": path}).data

    (tmp_path / "a").mkdir()
    monkeypatch.chdir(tmp_path / "a")
    assert data("../x") == data(Path("../x")) == str(tmp_path / "x")
    monkeypatch.chdir(tmp_path)
    assert data("x") == data("./x/") == str(tmp_path / "x")
    older = str(tmp_path / "a" / ".." / "x")
    assert data(older) == older  # as the config.json of an older run has it
