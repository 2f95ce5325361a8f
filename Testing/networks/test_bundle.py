"""The files of a MONAI Bundle: readable on any system."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import torch
from conftest import make_recipe

from VoCoLib.networks.bundle import write_bundle


def test_monai_reads_the_settings_in_any_encoding(tmp_path: Path) -> None:
    """It opens them without naming one: on Windows that is often not UTF-8."""
    recipe = make_recipe()
    named = [replace(label, name=f"Œsophage Á {label.value}") for label in recipe.labels]
    training = {"start": "b\udcf6se/食.pt", "steps": 1, "cases": 1}  # a path need not be UTF-8
    weights = {"weight": torch.zeros(1)}
    write_bundle(tmp_path / "b", weights, replace(recipe, labels=tuple(named)), training, "")
    for path in (tmp_path / "b" / "configs").iterdir():
        assert json.loads(path.read_bytes().decode("ascii"))
    metadata = json.loads((tmp_path / "b" / "configs" / "metadata.json").read_text("cp1252"))
    assert "Œsophage Á 2" in metadata["description"]
    assert metadata["training"] == training
    assert "Œsophage Á 2" in (tmp_path / "b" / "docs" / "README.md").read_text(encoding="utf-8")
