"""The word that says how well a run learns, on recorded curves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from VoCoLib.runs.health import health
from VoCoLib.runs.metric_history import MetricHistory

FIXTURES = Path(__file__).parent.parent / "fixtures"
CURVES = json.loads((FIXTURES / "learning_curves.json").read_text("utf-8"))
DICE = json.loads((FIXTURES / "finetuning_curves.json").read_text("utf-8"))


def history(items: list[dict[str, Any]]) -> MetricHistory:
    found = MetricHistory()
    found.add([{"event": "metric", **item} for item in items])
    return found


def pretraining(name: str, until: int = 10_000) -> MetricHistory:
    return history(
        [
            {
                "step": m["step"],
                "position_accuracy": m["accuracy"],
                "position_chance": m["chance"],
                "position_queries": m["queries"],
                "held_back_loss": m["loss"],
            }
            for m in CURVES[name]
            if m["step"] <= until
        ]
    )


@pytest.mark.parametrize(
    ("name", "until", "word"),
    [
        ("learns", 0, "not yet"),
        ("learns", 500, "learning"),
        ("no learning rate", 100, "not yet"),
        ("no learning rate", 1000, "stuck"),
        ("shuffled", 1500, "stuck"),
        ("huge learning rate", 1000, "diverging"),
    ],
)
def test_the_word_of_a_recorded_pretraining(name: str, until: int, word: str) -> None:
    assert health(pretraining(name, until)).word == word


@pytest.mark.parametrize(
    ("name", "until", "word"),
    [
        ("learns", 50, "learning"),
        ("learns", 400, "learning"),
        ("no learning rate", 200, "not yet"),
        ("no learning rate", 400, "stuck"),
    ],
)
def test_the_word_of_a_recorded_finetuning(name: str, until: int, word: str) -> None:
    assert health(history([m for m in DICE[name] if m["step"] <= until])).word == word


def finetuning(dice: list[float], losses: list[float]) -> MetricHistory:
    """A fine-tuning of 400 steps that was measured every 50."""
    steps = [{"step": n + 1, "loss": losses[n * len(losses) // 400]} for n in range(400)]
    measures = [{"step": 50 * (n + 1), "dice": value} for n, value in enumerate(dice)]
    return history([*steps, *measures])


@pytest.mark.parametrize(
    ("dice", "losses", "word"),
    [
        ([0.0, 0.02], [2.0, 1.8], "not yet"),
        ([0.1, 0.2, 0.3, 0.4, 0.45, 0.5, 0.55, 0.57], [2.0, 1.0], "learning"),
        ([0.1, 0.3, 0.5, 0.56, 0.561, 0.55, 0.562, 0.56], [2.0, 1.0], "steady"),
        ([0.0] * 8, [2.0, 1.9], "stuck"),
        ([0.1, 0.3, 0.2, 0.1, 0.0, 0.0, 0.0, 0.0], [2.0, 2.0, 3.0], "diverging"),
    ],
)
def test_the_word_of_a_finetuning(dice: list[float], losses: list[float], word: str) -> None:
    found = health(finetuning(dice, losses))
    assert found.word == word and found.best == max(dice) and found.chance is None


def test_a_run_that_measured_nothing_has_no_word() -> None:
    assert health(history([{"step": 1, "loss": 0.5}])).word == "not measured"


def test_places_found_of_an_older_run_are_compared_with_the_published_grid() -> None:
    measures = [{"step": n * 100, "position_accuracy": 0.2 + 0.05 * n} for n in range(5)]
    found = health(history(measures))
    assert found.word == "learning" and found.chance == 1 / 9
