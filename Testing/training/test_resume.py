"""Interrupted in whatever way, a pre-training goes on as if nothing had happened."""

from __future__ import annotations

import os
import random
import shutil
import signal
import statistics
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
import torch
from places import ROOT
from pretraining_runs import (
    arguments_of,
    history,
    make_settings,
    start,
    use_small_network,
    wait_for,
)
from training_files import write_cases
from typer.testing import CliRunner

from VoCoLib.cli.main import app
from VoCoLib.errors import CancelledError
from VoCoLib.events import Event
from VoCoLib.runs.folder import RunFolder
from VoCoLib.runs.metric_history import MetricHistory
from VoCoLib.training.pretraining.run import pretrain
from VoCoLib.training.pretraining.settings import PretrainingSettings

pytestmark = pytest.mark.long  # two minutes

LASTING = {"steps": 150, "save_every": 100, "held_back": 0}  # long enough to interrupt it
STEPS = {"small": (24, 2), "SwinUNETR": (7, 1)}  # of a run, and between checkpoints


@pytest.fixture(scope="module", params=["small", pytest.param("SwinUNETR", marks=pytest.mark.long)])
def network(request: pytest.FixtureRequest) -> Iterator[str]:
    """What is trained."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "small":
            use_small_network(patch)
        yield request.param


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """As in the children: the order of a sum, and so its last bits, depends on the threads."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def settings(network: str, tmp_path_factory: pytest.TempPathFactory) -> PretrainingSettings:
    folder = tmp_path_factory.mktemp("Läufe von Zoë")
    write_cases(folder / "data", 4)
    steps, save_every = STEPS[network]
    changes = {"steps": steps, "save_every": save_every, "measure_every": 3, "held_back": 0.25}
    return make_settings(folder, **changes)


@pytest.fixture(scope="module")
def uninterrupted(settings: PretrainingSettings) -> MetricHistory:
    run = Path(settings.data).with_name("uninterrupted")
    pretrain(settings, RunFolder(run), lambda _: None)
    return history(run)


def values(metrics: MetricHistory) -> list[dict]:
    """All but what depends on the hour."""
    changing = {"time", "samples_per_second"}
    return [{n: v for n, v in item.items() if n not in changing} for item in metrics.metrics]


def told(run: Path, name: str) -> list[Event]:
    return [item for item in RunFolder(run).events()[0] if item["event"] == name]


def killed_runs(settings: PretrainingSettings, folder: Path, kills: int, seed: int) -> list[Path]:
    """Runs whose processes are killed at random moments and started again, until they finish.

    Most often one; if it finishes before all kills are done, the others hit a second one.
    """
    rng, runs, step_s = random.Random(seed), [folder / "0"], 2.0
    while kills:
        child = start(*arguments_of(settings, runs[-1]), "--resume")
        metrics = len(told(runs[-1], "metric")) + rng.randrange(settings.steps // 4 + 1)
        starts = len(told(runs[-1], "started"))
        while child.poll() is None and (
            len(told(runs[-1], "metric")) < metrics or len(told(runs[-1], "started")) == starts
        ):
            time.sleep(0.01)
        time.sleep(rng.uniform(0, step_s))
        if child.poll() is None:
            psutil.Process(child.pid).kill()
            kills -= 1
        output = child.communicate()[0]
        if RunFolder(runs[-1]).state().name == "finished":
            runs.append(folder / str(len(runs)))
        else:
            assert RunFolder(runs[-1]).state().name == "lost", output
        speeds = history(runs[0]).series("samples_per_second")[1]
        step_s = 1 / statistics.median(speeds) if speeds else step_s
    child = start(*arguments_of(settings, runs[-1]), "--resume")
    output = child.communicate(timeout=300)[0]
    assert child.returncode == 0, output
    return runs


@pytest.mark.slow
def test_killed_ten_times(settings: PretrainingSettings, uninterrupted: MetricHistory) -> None:
    folders = [Path(settings.data).with_name(f"killed {n}") for n in range(2)]
    with ThreadPoolExecutor(2) as pool:
        lives = [pool.submit(killed_runs, settings, folders[n], 5, seed=n) for n in range(2)]
        runs = [run for life in lives for run in life.result()]
    for run in runs:
        assert values(history(run)) == values(uninterrupted)
    starts = [item for run in runs for item in told(run, "started")]
    assert len({item.get("first_step", 0) for item in starts}) > 2  # killed here and there


def test_stopped_and_resumed(settings: PretrainingSettings, uninterrupted: MetricHistory) -> None:
    folder = RunFolder(Path(settings.data).with_name("stopped"))

    def stop(item: Event) -> None:
        if item["event"] == "metric" and item["step"] == 3:
            folder.request_stop()

    with pytest.raises(CancelledError, match="Stopped after step 3"):
        pretrain(settings, folder, stop)
    assert folder.state().name == "stopped"
    assert folder.checkpoints.latest().name == "step-00000003.pt"
    pretrain(settings, folder, lambda _: None, resume=True)
    losses = [history(folder.path).series("loss"), uninterrupted.series("loss")]
    assert losses[0] == losses[1]
    assert folder.state().name == "finished"


def test_the_volumes_of_a_run_are_those_it_began_with(
    settings: PretrainingSettings, tmp_path: Path
) -> None:
    """One that is lost is said to be; one that is new does not count."""
    copy = shutil.copytree(Path(settings.data).parent / "data", tmp_path / "data")
    settings = make_settings(tmp_path, steps=2, held_back=0.25)
    folder = RunFolder(tmp_path / "run")

    def stop(item: Event) -> None:
        if item["event"] == "metric" and item["step"] == 1:
            folder.request_stop()

    with pytest.raises(CancelledError):
        pretrain(settings, folder, stop)
    sorted(copy.rglob("*.nii.gz"))[-1].unlink()
    write_cases(copy / "more", 1)
    told: list[Event] = []
    pretrain(settings, folder, told.append, resume=True)
    messages = " ".join(str(item.get("message")) for item in told)
    assert "Left out" in messages
    assert "Training on 3 volumes; 1 are held back" in messages
    assert history(folder.path).series("loss")[0] == [1, 2]


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot send Ctrl-C to one process")
@pytest.mark.slow
def test_ctrl_c_and_resume_at_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_small_network(monkeypatch)
    write_cases(tmp_path / "data", 2)
    run = tmp_path / "run"
    child = start(*arguments_of(make_settings(tmp_path, **LASTING), run))
    wait_for(run, child, 1)
    child.send_signal(signal.SIGINT)
    output = child.communicate(timeout=120)[0]
    assert child.returncode == 7, output
    assert "Resume to go on" in output
    assert RunFolder(run).state().name == "stopped"
    child = start("pretrain", "-o", str(run), "--resume", "--json")
    output = child.communicate(timeout=120)[0]
    assert child.returncode == 0, output
    assert '"event": "result"' in output
    assert history(run).series("loss")[0] == list(range(1, 151))


@pytest.mark.skipif(shutil.which("bash") is None or os.name == "nt", reason="needs bash")
@pytest.mark.slow
def test_the_slurm_script_queues_again_and_resumes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The script runs as it is; programs of the same names stand for those of the cluster."""
    use_small_network(monkeypatch)
    write_cases(tmp_path / "data", 2)
    script, run = tmp_path / "job é.sh", tmp_path / "run é"
    arguments = arguments_of(make_settings(tmp_path, **LASTING), run)
    answer = CliRunner().invoke(app, [*arguments, "--slurm", str(script)])
    assert answer.exit_code == 0, answer.output
    assert not run.exists()
    programs = {
        "srun": 'exec "${@/--nproc-per-node=auto/--nproc-per-node=1}"',
        "scontrol": f'[ "$1" = show ] && echo localhost || echo "$@" >> {tmp_path}/requeued',
    }
    for name, line in programs.items():
        (tmp_path / name).write_text(f"#!/bin/bash\n{line}\n")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "sitecustomize.py").write_text("import pretraining_runs\n")  # the preset "small"
    environment = {
        **os.environ,
        "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT / 'Testing'}",
        "OMP_NUM_THREADS": "1",
        "SLURM_JOB_ID": str(os.getpid()),
        "SLURM_JOB_NUM_NODES": "1",
        "SLURM_JOB_NODELIST": "localhost",
    }
    requeued = f"requeue {os.getpid()}\n"
    for asked in (True, False):
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        job = subprocess.Popen(["bash", str(script)], env=environment, encoding="utf-8", **pipes)
        if asked:
            wait_for(run, job, 1)
            job.send_signal(signal.SIGUSR1)
        output = job.communicate(timeout=120)[0]
        assert job.returncode == 0, output
        assert (tmp_path / "requeued").read_text() == requeued  # once, the first time
        assert RunFolder(run).state().name == ("stopped" if asked else "finished")
    assert history(run).series("loss")[0] == list(range(1, 151))
