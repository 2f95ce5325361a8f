"""The word that says how well a run learns, on recorded curves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from VoCoLib.runs.health import health
from VoCoLib.runs.metric_history import MetricHistory

CURVES = json.loads(
    (Path(__file__).parent.parent / "fixtures" / "learning_curves.json").read_text("utf-8")
)


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
