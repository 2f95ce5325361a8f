"""Processes that train together: the same losses as one alone, and none waits for a lost one."""

from __future__ import annotations

import re
import socket
import subprocess
from pathlib import Path

import psutil
import pytest
import torch
from pretraining_runs import (
    arguments_of,
    history,
    make_settings,
    start,
    use_small_network,
    wait_for,
)
from training_files import write_cases

from VoCoLib.runs.folder import RunFolder
from VoCoLib.training.pretraining.run import pretrain
from VoCoLib.training.pretraining.settings import PretrainingSettings

TORCHRUN = (
    *("-m", "torch.distributed.run", "--nnodes=1", "--nproc-per-node=2", "--max-restarts=1"),
    *("--rdzv-backend=c10d", "--rdzv-endpoint=localhost:0"),
)


def find_worker(launcher: psutil.Process, rank: str) -> psutil.Process:
    """The child of torchrun with this rank."""
    return next(p for p in launcher.children() if p.environ().get("RANK") == rank)


def start_nodes(settings: PretrainingSettings, run: Path) -> list[subprocess.Popen]:
    """Two launchers of two processes each, as on two nodes that a scheduler has given."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    launcher = (
        *("-m", "torch.distributed.run", "--nnodes=2", "--nproc-per-node=2", "--max-restarts=0"),
        *("--rdzv-backend=c10d", f"--rdzv-endpoint=localhost:{port}", "--rdzv-id=voco"),
    )
    arguments = [*arguments_of(settings, run), "--resume"]
    return [start(*arguments, launcher=launcher) for _ in range(2)]


def kill_node(launcher: subprocess.Popen) -> None:
    """Ends a node as a power failure does: its launcher and all processes of it."""
    node = psutil.Process(launcher.pid)
    for process in (node, *node.children(recursive=True)):
        process.kill()
    launcher.communicate()


@pytest.mark.long
def test_two_nodes_equal_one_process_although_one_node_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other node ends, too, as torchrun cannot wait for it; a scheduler starts both again."""
    use_small_network(monkeypatch)
    write_cases(tmp_path / "data", 6)
    changes = {"steps": 40, "batch": 4, "held_back": 0.2, "measure_every": 40, "save_every": 4}
    settings = make_settings(tmp_path, **changes)
    together, alone = tmp_path / "together", tmp_path / "alone"
    lost, kept = start_nodes(settings, together)
    wait_for(together, kept, 9)  # an untrained measure and eight steps
    kill_node(lost)
    output = kept.communicate(timeout=120)[0]
    assert kept.returncode != 0
    assert "Another process of the training ended." in output
    assert RunFolder(together).state().name in ("failed", "lost")  # by which one had rank 0
    again = start_nodes(settings, together)
    outputs = [node.communicate(timeout=300)[0] for node in again]
    assert [node.returncode for node in again] == [0, 0], "\n".join(outputs)
    begun = [item["first_step"] for item in RunFolder(together).events()[0] if "first_step" in item]
    assert len(begun) == 2 and begun[0] == 0 and begun[1] >= 5
    pretrain(settings, RunFolder(alone), lambda _: None)
    found, expected = (history(run).series("loss") for run in (together, alone))
    assert found[0] == expected[0] == list(range(1, 41))
    assert found[1] == pytest.approx(expected[1], abs=1e-3)
    assert found[1][0] == pytest.approx(expected[1][0], abs=1e-6)


@pytest.mark.long
def test_a_run_goes_on_with_its_moments_shared_out_or_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_small_network(monkeypatch)
    write_cases(tmp_path / "data", 5)
    changes = {"batch": 2, "held_back": 0.2, "measure_every": 20}
    losses = []
    for shared in ((False, False), (True, False), (False, True)):
        run = tmp_path / str(shared)
        for part, steps in zip(shared, (4, 8), strict=True):
            settings = make_settings(tmp_path, **changes, steps=steps, shard_optimizer=part)
            train(settings, run, TORCHRUN if part else ())
        losses.append(history(run).series("loss")[1])
    assert len(losses[0]) == 8
    for other in losses[1:]:
        assert other == pytest.approx(losses[0], abs=1e-5)


@pytest.mark.long
def test_shared_out_or_not_two_processes_learn_the_same_to_the_last_bit(tmp_path: Path) -> None:
    """Once the encoder learns, too: the moments are then shared out anew."""
    write_cases(tmp_path / "data", 3)
    changes = {"steps": 4, "batch": 2, "held_back": 0, "measure_every": 20, "heads_alone": 2}
    for shared in (True, False):
        settings = make_settings(tmp_path, **changes, shard_optimizer=shared)
        output = train(settings, tmp_path / str(shared), TORCHRUN)
        assert "rebuild" not in output  # what only PyTorch's authors understand
    one, other = (
        torch.load(RunFolder(tmp_path / str(shared)).checkpoints.latest(), weights_only=True)
        for shared in (True, False)
    )
    assert one["optimizer"]["state"].keys() == other["optimizer"]["state"].keys() != set()
    torch.testing.assert_close(one["optimizer"], other["optimizer"], rtol=0, atol=0)
    torch.testing.assert_close(one["model"], other["model"], rtol=0, atol=0)


def train(settings: PretrainingSettings, run: Path, launcher: tuple[str, ...]) -> str:
    """A run in processes of its own, which goes on if it is there; what it said."""
    resume = ["--resume"] if run.exists() else []
    child = start(*arguments_of(settings, run), *resume, launcher=launcher)
    output = child.communicate(timeout=300)[0]
    assert child.returncode == 0, output
    return str(output)


@pytest.mark.slow
@pytest.mark.parametrize("network", ["small", pytest.param("SwinUNETR", marks=pytest.mark.long)])
def test_two_processes_equal_one_although_one_is_lost(
    network: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if network == "small":
        use_small_network(monkeypatch)
    write_cases(tmp_path / "data", 5)
    changes = {"steps": 20, "batch": 2, "held_back": 0.2, "measure_every": 20, "save_every": 4}
    if network == "SwinUNETR":  # AdamW makes steps of full size of what rounding left of a gradient
        changes["learning_rate"] = 1e-6
    settings = make_settings(tmp_path, **changes, shard_optimizer=True)
    together, alone = tmp_path / "together", tmp_path / "alone"
    torchrun = start(*arguments_of(settings, together), launcher=TORCHRUN)
    wait_for(together, torchrun, 7)  # an untrained measure and six steps
    find_worker(psutil.Process(torchrun.pid), "1").kill()
    output = torchrun.communicate(timeout=300)[0]
    assert torchrun.returncode == 0, output
    begun = [item["first_step"] for item in RunFolder(together).events()[0] if "first_step" in item]
    assert len(begun) == 2
    assert begun[0] == 0
    assert begun[1] >= 5
    said = re.search(r"moments of ([\d,]+) of ([\d,]+) param", " ".join(output.split()))
    assert said, output
    own, every = (int(number.replace(",", "")) for number in said.groups())
    assert 0.3 < own / every < 0.7
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    pretrain(settings, RunFolder(alone), lambda _: None)
    torch.set_num_threads(threads)
    for name, tolerance in (("loss", 1e-4), ("position_error", 1e-4)):
        found, expected = (history(run).series(name) for run in (together, alone))
        assert found[0] == expected[0]
        assert found[1] == pytest.approx(expected[1], abs=tolerance)
        assert found[1][0] == expected[1][0]  # of the same weights, to the last bit
    assert len(history(together).series("loss")[1]) == 20
