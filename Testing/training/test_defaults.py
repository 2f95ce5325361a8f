"""The commands of README and Docs that train run with their defaults; only the steps are few."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from finetuning_runs import write_data
from places import ROOT
from training_files import write_cases

pytestmark = pytest.mark.long  # minutes each, most of them where the processor has no bfloat16


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    write_cases(tmp_path / "archive", 4)
    return tmp_path / "archive"


def voco(*arguments: object) -> str:
    command = [sys.executable, "-m", "VoCoLib", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    "options", [(), ("--preset", "B"), ("--method", "v1"), ("--method", "v1", "--recompute")]
)
def test_pretrain(archive: Path, tmp_path: Path, options: tuple[str, ...]) -> None:
    voco("pretrain", archive, "-o", tmp_path / "run", "--steps", 2, *options)
    assert (tmp_path / "run" / "model.safetensors").is_file()


def test_finetune_from_a_pretrained_model(archive: Path, tmp_path: Path) -> None:
    voco("pretrain", archive, "-o", tmp_path / "pretrained", "--steps", 1)
    weights = tmp_path / "pretrained" / "model.safetensors"
    options = ("--from", weights, "--steps", 1)
    voco("finetune", write_data(tmp_path / "labelled"), "-o", tmp_path / "own", *options)
    assert (tmp_path / "own" / "model.safetensors").is_file()
