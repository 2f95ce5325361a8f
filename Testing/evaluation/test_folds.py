"""Tests of the table of a cross-validation."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import numpy as np
import pytest
from command_line import run_here

from VoCoLib.errors import InputError
from VoCoLib.evaluation.folds import read_case_scores, tabulate, write_case_scores
from VoCoLib.runs.folder import CASE_SCORES

FOLDS = (
    {"a": {"Liver": 0.9, "Spleen": 0.5}, "b": {"Liver": 0.8}},
    {"c": {"Liver": 0.7, "Spleen": 0.7}, "d": {}},
)


def write_run(folder: Path, fold: str, scores: dict) -> Path:
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"kind": "finetune", "steps": 9, "fold": fold}))
    write_case_scores(folder / CASE_SCORES, scores)
    return folder


def test_each_case_counts_once() -> None:
    liver, spleen, mean = tabulate(FOLDS)
    assert (liver.name, liver.n, spleen.n, mean.n) == ("Liver", 3, 2, None)
    assert liver.dice == pytest.approx(0.8) and spleen.dice == pytest.approx(0.6)
    assert mean.dice == pytest.approx(0.7)
    assert liver.folds == pytest.approx((0.85, 0.7)) and mean.folds == pytest.approx((0.675, 0.7))
    assert spleen.interval is None and liver.interval is not None
    low, high = liver.interval
    assert 0.699 < low < 0.8 < high < 0.901


def test_an_interval_covers_what_it_says() -> None:
    rng = np.random.default_rng(3)
    covered = 0
    for _ in range(60):
        scores = rng.normal(0.8, 0.1, 40)
        (row, _) = tabulate([{str(i): {"Liver": dice} for i, dice in enumerate(scores)}])
        assert row.interval is not None
        covered += row.interval[0] <= 0.8 <= row.interval[1]
    assert 51 <= covered <= 60  # 57 expected


def test_what_is_no_cross_validation_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a was held back in two of these runs"):
        tabulate([FOLDS[0], FOLDS[0]])
    with pytest.raises(InputError, match="None of these runs has scored a case"):
        tabulate([{}])
    with pytest.raises(InputError, match="is not there"):
        read_case_scores(tmp_path / CASE_SCORES)
    (tmp_path / CASE_SCORES).write_text("case,name\na,Liver\n")
    with pytest.raises(InputError, match="no table of cases and Dice"):
        read_case_scores(tmp_path / CASE_SCORES)


def test_the_command(tmp_path: Path) -> None:
    runs = [write_run(tmp_path / f"run{i}", f"{i}/3", fold) for i, fold in enumerate(FOLDS)]
    words = ["folds", *map(str, runs), "-o", str(tmp_path / "table.csv"), "--json"]
    code, out, _ = run_here(words, os.environ)
    events = [json.loads(line) for line in out.splitlines()]
    assert code == 0 and "These folds are missing: 2/3." in events[0]["message"]
    assert events[1]["folds"] == ["0/3", "1/3"]
    assert [row["name"] for row in events[1]["rows"]] == ["Liver", "Spleen", "all"]
    with (tmp_path / "table.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert float(rows[2]["dice"]) == pytest.approx(0.7)
    assert float(rows[0]["0/3"]) == pytest.approx(0.85)
    code, out, err = run_here(words[:3], {**os.environ, "COLUMNS": "100"})
    assert code == 0 and "Liver" in out and "0.700" in out and "missing: 2/3" in err
    code, _, err = run_here(["folds", str(tmp_path / "no")], os.environ)
    assert code == 3 and "no" in err
