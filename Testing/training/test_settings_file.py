"""One file describes a run: YAML or JSON, such as the one that each run folder holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pretraining_runs import make_settings
from typer.testing import CliRunner

from VoCoLib.cli.main import app
from VoCoLib.errors import InputError
from VoCoLib.training.pretraining.settings import settings_from
from VoCoLib.training.settings_file import read_settings_file

YAML = """
data: ../archive é        # beside the folder of this file
steps: 5000
learning_rate: 1e-4       # YAML 1.1 takes that for text
clip: 5
recompute: no
cache: prepared
seed: 0x10
method: v2
"""


def test_yaml_and_json_say_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "plans"
    folder.mkdir()
    (folder / "run.yaml").write_text(YAML, encoding="utf-8")
    found = read_settings_file(folder / "run.yaml")
    assert found == {
        **{"data": str(tmp_path / "archive é"), "steps": 5000, "learning_rate": 1e-4, "clip": 5},
        **{"recompute": False, "cache": str(folder / "prepared"), "seed": 16, "method": "v2"},
    }
    settings = settings_from(found)
    (folder / "config.json").write_text(json.dumps(settings.to_json()), encoding="utf-8")
    assert settings_from(read_settings_file(folder / "config.json")) == settings


def test_weights_are_found_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "my.pt").touch()
    (tmp_path / "run.yml").write_text("start: my.pt\ndata: /x\n")
    assert read_settings_file(tmp_path / "run.yml")["start"] == str(tmp_path / "my.pt")
    (tmp_path / "run.yml").write_text("start: VoCo_B_SSL_head\ndata: /x\n")
    assert read_settings_file(tmp_path / "run.yml")["start"] == "VoCo_B_SSL_head"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.yaml", "steps: [", "cannot be read"),
        ("a.yaml", "- steps", "holds no settings"),
        ("a.yaml", "", "holds no settings"),
        ("a.json", "{", "cannot be read"),
        ("a.yaml", "!!python/object/apply:os.system [echo]", "cannot be read"),
        ("none.yaml", None, "No such file"),
    ],
)
def test_what_holds_no_settings_is_named(
    tmp_path: Path, name: str, text: str | None, said: str
) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=said) as caught:
        read_settings_file(tmp_path / name)
    assert name in caught.value.message


def test_options_count_more_than_the_file(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, steps=7, queries=3)
    config, script = tmp_path / "config.json", tmp_path / "job.sh"
    config.write_text(json.dumps(settings.to_json()))
    words = ["pretrain", "-o", str(tmp_path / "run"), "--config", str(config)]
    answer = CliRunner().invoke(app, [*words, "--steps", "9", "--slurm", str(script)])
    assert answer.exit_code == 0, answer.output
    text = " ".join(script.read_text(encoding="utf-8").split())
    assert "--steps 9" in text and "--queries 3" in text and "--steps 7" not in text
    assert "None" not in text and "--kind" not in text
    config.write_text('{"data": "x", "steps": "many"}')
    answer = CliRunner().invoke(app, words)
    assert "steps must be a whole number" in str(answer.exception)
