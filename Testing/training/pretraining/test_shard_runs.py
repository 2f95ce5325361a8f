"""A run on shards is the run on the archive's own files; it resumes, and says what does not fit."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from pretraining_runs import history, make_settings, use_small_network
from training_files import write_cases
from typer.testing import CliRunner

from VoCoLib.cli.main import app
from VoCoLib.errors import InputError
from VoCoLib.events import Event
from VoCoLib.runs.folder import RunFolder
from VoCoLib.training.distributed import Processes
from VoCoLib.training.pretraining.batches import BatchSource
from VoCoLib.training.pretraining.job import PretrainingJob
from VoCoLib.training.pretraining.prepare import prepare_archive
from VoCoLib.training.pretraining.run import pretrain
from VoCoLib.training.settings_file import read_settings_file

ALONE = Processes(0, 1, torch.device("cpu"))
CHANGES = {"steps": 10, "save_every": 4, "measure_every": 10, "batch": 2, "held_back": 0.1}


@pytest.fixture(scope="module", autouse=True)
def small_network() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        use_small_network(patch)
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive in data, more than are looked at before the first step, and its shards.

    Some of the CTs are none, which a run finds out when their turn comes.
    """
    path = tmp_path_factory.mktemp("Läufe auf Scherben")
    for case in write_cases(path / "data", 44)[::4]:
        case.image.write_bytes(b"junk")
    write_shards(path)
    return path


def write_shards(folder: Path) -> None:
    """Those of folder/data, in folder/shards."""
    prepare_archive(folder / "data", str(folder / "shards"), "small", print, processes=1)


def run(folder: Path, name: str, data: str, hook: Callable[[Event], None] | None = None) -> Any:
    """The losses, in full, and what was replaced."""
    events: list[Event] = []

    def sink(item: Event) -> None:
        events.append(item)
        if hook is not None:
            hook(item)

    settings = make_settings(folder, data=data, cache=str(folder / f"cache {name}"), **CHANGES)
    pretrain(settings, RunFolder(folder / name), sink, resume=(folder / name).exists())
    metrics = [item for item in events if item["event"] == "metric"]
    drop = ("time", "samples_per_second")
    values = [{k: v for k, v in item.items() if k not in drop} for item in metrics]
    return values, [(e["place"], e["lost"]) for e in events if e["event"] == "replaced"]


@pytest.fixture(scope="module")
def whole(folder: Path) -> Any:
    """The run on the archive."""
    return run(folder, "of the archive", str(folder / "data"))


def test_a_run_on_shards_learns_the_same(folder: Path, whole: Any) -> None:
    assert run(folder, "of shards", str(folder / "shards")) == whole
    assert whole[1]  # something was replaced
    assert len(whole[0]) == 10 + 2


def test_the_crops_are_the_same_bits(folder: Path) -> None:
    batches = []
    for data in ("data", "shards"):
        settings = make_settings(folder, data=str(folder / data), **CHANGES)
        run_folder = RunFolder(folder / f"crops of {data}")
        job = PretrainingJob(settings, run_folder, ALONE, print, [], "float32")
        names = sorted((folder / "data").rglob("*.nii.gz"))
        if data == "shards":
            names = [name.relative_to(folder / "data") for name in names]
        cases = [job.case(str(name)) for name in names]
        source = BatchSource(
            *(cases, job.cache, job.sampler, 3, 2, True, ALONE, print, job.pool, {}),
        )
        batches.append([source.batch(number) for number in range(6)])
        job.pool.close()
    for one, other in zip(*batches, strict=True):
        assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("place", ["shards that lie elsewhere", "data"])
def test_a_killed_run_goes_on_with_shards_that_lie_elsewhere_or_the_archive(
    folder: Path, whole: Any, place: str
) -> None:
    """They know their CTs by what is in them."""

    def kill(item: Event) -> None:
        if item["event"] == "metric" and item["step"] == 7:
            raise KeyboardInterrupt

    if place != "data":
        shutil.copytree(folder / "shards", folder / place)
    name = f"killed, then {place}"
    with pytest.raises(KeyboardInterrupt):
        run(folder, name, str(folder / "shards"), kill)
    run(folder, name, str(folder / place))
    losses = [item["loss"] for item in whole[0] if "loss" in item]
    assert history(folder / name).series("loss")[1] == losses


def test_other_shards_are_refused(folder: Path, tmp_path: Path) -> None:
    write_cases(tmp_path / "data", 4)
    write_shards(tmp_path)
    settings = make_settings(tmp_path, data=str(tmp_path / "shards"))
    pretrain(settings, RunFolder(tmp_path / "run"), print)
    again = make_settings(tmp_path, data=str(folder / "shards"), steps=4)
    with pytest.raises(InputError, match=r"hold another CT as .*case 0"):
        pretrain(again, RunFolder(tmp_path / "run"), print, resume=True)


def test_another_preparation_is_refused_before_any_work(folder: Path, tmp_path: Path) -> None:
    settings = make_settings(folder, data=str(folder / "shards"), preparation="coarse")
    with pytest.raises(InputError, match="preparation small, the run wants coarse") as found:
        pretrain(settings, RunFolder(tmp_path / "run"), print)
    assert "--preparation small" in found.value.hint
    assert not list((tmp_path / "run").rglob("step-*"))


def test_a_shard_that_is_missing_costs_its_volumes_only(folder: Path) -> None:
    spoilt = Path(shutil.copytree(folder / "shards", folder / "spoilt"))
    (spoilt / "shard-000001.tar").unlink()
    losses, replaced = run(folder, "of spoilt shards", str(spoilt))
    assert len(losses) == 12 and replaced


def test_the_command_takes_a_url_as_it_is(folder: Path) -> None:
    arguments = ["pretrain", "-o", str(folder / "no run"), "nonsense://somewhere/shards"]
    error = CliRunner().invoke(app, arguments).exception
    assert isinstance(error, InputError)
    assert "nonsense://somewhere/shards cannot be read" in error.message


def test_a_url_stays_one_in_a_file_of_settings(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text("data: s3://bucket/shards\ncache: here\n")
    assert read_settings_file(tmp_path / "plan.yaml") == {
        "data": "s3://bucket/shards",
        "cache": str(tmp_path / "here"),
    }
