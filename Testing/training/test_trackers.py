"""What trackers get of a run, written by themselves and read back."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pretraining_runs import history, make_settings, use_small_network
from training_files import write_cases

from VoCoLib.errors import InputError
from VoCoLib.runs.folder import RunFolder
from VoCoLib.training.pretraining.run import pretrain
from VoCoLib.training.trackers import tracked


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with volumes; nothing says where trackers write."""
    for name in ("MLFLOW_TRACKING_URI", "WANDB_MODE", "WANDB_PROJECT"):
        monkeypatch.delenv(name, raising=False)
    use_small_network(monkeypatch)
    write_cases(tmp_path / "data", 3)
    return tmp_path


@pytest.fixture
def mlflow() -> ModuleType:
    return pytest.importorskip("mlflow", reason="MLflow is not installed")


def failing(said: str) -> Callable[..., None]:
    """What is called in the place of a server that does not answer."""

    def fail(*_: Any, **__: Any) -> None:
        raise ConnectionError(said)

    return fail


def train(data: Path, tracker: str, steps: int = 3, resume: bool = False) -> RunFolder:
    """A run in data/run, which measures once."""
    changes: dict[str, Any] = {"steps": steps, "held_back": 0.4, "measure_every": 3}
    settings = make_settings(data, tracker=tracker, **changes)
    pretrain(settings, RunFolder(data / "run"), lambda _: None, resume=resume)
    return RunFolder(data / "run")


def test_mlflow(data: Path, mlflow: ModuleType) -> None:
    run = train(data, "mlflow")
    train(data, "mlflow", steps=6, resume=True)
    client = mlflow.MlflowClient((run.path / "mlruns").absolute().as_uri())
    known = json.loads((run.path / "tracker.json").read_text("utf-8"))["mlflow"]
    (found,) = client.search_runs([client.get_experiment_by_name("voco").experiment_id])
    assert found.info.run_id == known and found.info.status == "FINISHED"
    assert found.data.params["batch"] == "1"
    losses = client.get_metric_history(known, "loss")
    steps, values = history(run.path).series("loss")
    assert [metric.step for metric in losses] == steps
    assert [metric.value for metric in losses] == pytest.approx(values)
    assert "position_accuracy" in found.data.metrics


def test_weights_and_biases(data: Path) -> None:
    pytest.importorskip("wandb", reason="Weights & Biases is not installed")
    run = train(data, "wandb")
    (folder,) = (run.path / "wandb").glob("offline-run-*")
    (record,) = folder.glob("run-*.wandb")
    assert record.stat().st_size > 1000
    known = json.loads((run.path / "tracker.json").read_text("utf-8"))["wandb"]
    assert known in record.name
    assert b"position_accuracy" in record.read_bytes()


def test_one_that_fails_is_said_once_and_the_run_goes_on(
    data: Path, mlflow: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("log_metric", "set_terminated"):
        monkeypatch.setattr(mlflow.MlflowClient, name, failing("the server is gone"))
    run = train(data, "mlflow")
    assert history(run.path).series("loss")[0] == [1, 2, 3]
    logs = [item for item in run.events()[0] if item["event"] == "log"]
    (warning,) = (item for item in logs if "mlflow" in item["message"])
    assert warning["level"] == "warning" and "the server is gone" in warning["message"]


def test_one_that_cannot_begin_is_an_error_in_words(
    data: Path, mlflow: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mlflow.MlflowClient, "create_run", failing("no such host"))
    with pytest.raises(InputError, match="mlflow cannot be used: ConnectionError: no such host"):
        train(data, "mlflow")


def test_one_that_is_missing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with (
        pytest.raises(InputError, match=r"mlflow is not installed\. pip install mlflow-skinny"),
        tracked("mlflow", tmp_path, {}, print),
    ):
        pass
    assert not os.listdir(tmp_path)
