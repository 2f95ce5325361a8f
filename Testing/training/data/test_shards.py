"""Shards of an archive are written in parallel, resumed, and read from a disk and through HTTP."""

from __future__ import annotations

import asyncio
import importlib
import json
import shutil
import sys
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aiohttp import web
from command_line import run_here
from pretraining_runs import PRESETS
from training_files import make_ct, write, write_cases

from VoCoLib.errors import InputError, OutputError
from VoCoLib.events import Event
from VoCoLib.processes.isolated import ChildDiedError
from VoCoLib.processes.process_file import ProcessFile
from VoCoLib.training.data import shard_writing, storage
from VoCoLib.training.data.cache import CacheSettings, VolumeCache
from VoCoLib.training.data.datasets import Case, find_cases
from VoCoLib.training.data.prepared import PreparedVolume, UnusableVolumeError
from VoCoLib.training.data.shard_cache import open_cache
from VoCoLib.training.data.shards import INDEX, Shards, open_shards
from VoCoLib.training.pretraining.prepare import prepare_archive

PREPARATION = PRESETS["small"].preparation


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """36 CTs, so more than one shard, and two files that are none."""
    folder = tmp_path_factory.mktemp("Archiv von Zoë") / "data"
    write_cases(folder, 36)
    write(folder / "Müller, CT" / "case 5 MR.nii.gz", np.abs(make_ct()) + 1000)
    (folder / "broken.nii.gz").write_bytes(b"junk")
    return folder


def prepare(archive: Path, output: Path | str, **changes: Any) -> list[Event]:
    events: list[Event] = []
    values: dict[str, Any] = {"preparation": "small", "processes": 1, **changes}
    prepare_archive(archive, str(output), sink=events.append, **values)
    return events


@pytest.fixture(scope="module")
def written(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Event]]:
    output = tmp_path_factory.mktemp("Scherben à lire") / "shards"
    return output, prepare(archive, output)


@pytest.fixture
def shards(written: tuple[Path, list[Event]], tmp_path: Path) -> Path:
    """A copy that may be spoilt."""
    return Path(shutil.copytree(written[0], tmp_path / "shards copy"))


@pytest.fixture
def prepared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of CTs that are prepared from now on."""
    names: list[str] = []
    real = shard_writing.prepare_volume

    def note(case: Case, *rest: Any) -> PreparedVolume:
        names.append(case.image.name)
        return real(case, *rest)

    monkeypatch.setattr(shard_writing, "prepare_volume", note)
    return names


def messages(events: list[Event]) -> str:
    return "\n".join(item.get("message", "") for item in events)


def reader(location: Path | str, folder: Path, events: list[Event] | None = None) -> VolumeCache:
    sink = (events if events is not None else []).append
    settings = CacheSettings(folder / "cache", 10**8, PREPARATION, None, str(location))
    return open_cache(settings, sink)


def volumes(location: Path | str, folder: Path) -> dict[str, np.ndarray]:
    cache = reader(location, folder)
    cases = [case for case in open_shards(str(location)).cases.values() if not case.problem]
    return {case.name: np.array(cache.get(case).image) for case in cases}


# Writing


def test_shards_hold_what_the_cache_holds(written: tuple, archive: Path, tmp_path: Path) -> None:
    output, events = written
    found = volumes(output, tmp_path)
    cache = VolumeCache(tmp_path / "own", 10**8, PREPARATION, print)
    assert len(found) == 36
    for name, image in found.items():
        np.testing.assert_array_equal(image, cache.get(Case(archive / name)).image)
    assert sorted(path.name for path in output.iterdir()) == [
        *("shard-000000.tar", "shard-000001.tar", INDEX),
    ]
    with tarfile.open(output / "shard-000000.tar") as tar:
        assert len(tar.getnames()) == 32 - 1  # one is unusable
    assert "36 of 38 volumes" in messages(events)


def test_the_index_has_the_order_of_the_archive(written: tuple, archive: Path) -> None:
    names = [str(case.image.relative_to(archive)) for case in find_cases(archive)]
    assert [str(case.image) for case in open_shards(str(written[0])).cases.values()] == names


def test_unusable_cts_are_said_and_recorded(written: tuple, tmp_path: Path) -> None:
    output, events = written
    (skipped,) = (item["skipped"] for item in events if "skipped" in item)
    assert {Path(name).name for name, _ in skipped} == {"broken.nii.gz", "case 5 MR.nii.gz"}
    shards = open_shards(str(output))
    for name, problem in skipped:
        assert shards.case(name).problem == problem and str(output.parent) not in problem
        with pytest.raises(UnusableVolumeError, match=r"MR|image"):
            reader(output, tmp_path).get(shards.case(name))


def test_after_a_kill_only_what_is_not_complete_is_done_again(
    archive: Path, tmp_path: Path, prepared: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    counting = shard_writing.prepare_volume

    def killed(*arguments: Any) -> PreparedVolume:
        if len(prepared) == 34:
            raise KeyboardInterrupt
        return counting(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(shard_writing, "prepare_volume", killed)
        with pytest.raises(KeyboardInterrupt):
            prepare(archive, tmp_path / "shards")
    left = sorted(path.name for path in (tmp_path / "shards").iterdir())
    assert left == ["shard-000000.jsonl", "shard-000000.tar"]
    with pytest.raises(InputError, match="not complete"):
        open_shards(str(tmp_path / "shards"))
    (tmp_path / "shards" / ".0123456789ab.tar").write_bytes(b"of a process that was killed")
    prepared.clear()
    events = prepare(archive, tmp_path / "shards")
    assert len(prepared) == 38 - 32
    assert "32 CTs are done already; 6 are left" in messages(events)
    assert sorted(path.name for path in (tmp_path / "shards").iterdir())[-1] == INDEX
    assert len(volumes(tmp_path / "shards", tmp_path)) == 36
    prepared.clear()
    prepare(archive, tmp_path / "shards")
    assert not prepared


def test_what_is_new_or_changed_is_added(
    archive: Path, shards: Path, tmp_path: Path, prepared: list[str]
) -> None:
    data = Path(shutil.copytree(archive, tmp_path / "grown"))
    write(data / "Müller, CT" / "case 3.nii.gz", make_ct(70))
    write(data / "a first one.nii.gz", make_ct(71))
    prepare(data, shards)
    assert sorted(prepared) == ["a first one.nii.gz", "case 3.nii.gz"]
    found, names = volumes(shards, tmp_path), [str(case.image) for case in find_cases(data)]
    assert [name for name in names if "MR" not in name and "broken" not in name] == [
        str(data / name) for name in found
    ]
    right = VolumeCache(tmp_path / "own", 10**8, PREPARATION, print)
    for name in ("a first one.nii.gz", "Müller, CT/case 3.nii.gz"):
        np.testing.assert_array_equal(found[name], right.get(Case(data / name)).image)


def test_a_shard_that_was_deleted_is_made_again(
    archive: Path, shards: Path, prepared: list[str]
) -> None:
    (shards / "shard-000001.tar").unlink()
    prepare(archive, shards)
    assert len(prepared) == 6 - 1  # what is unusable is known


def test_what_failed_by_chance_is_tried_again(
    tmp_path: Path, prepared: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_cases(tmp_path / "data", 3)
    counting = shard_writing.prepare_volume

    def fail(case: Case, *rest: Any) -> PreparedVolume:
        if case.image.name == "case 1.nii.gz":
            raise UnusableVolumeError("It cannot be read.") from OSError("the network")
        return counting(case, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(shard_writing, "prepare_volume", fail)
        prepare(tmp_path / "data", tmp_path / "shards")
    prepared.clear()
    prepare(tmp_path / "data", tmp_path / "shards")
    assert prepared == ["case 1.nii.gz"] and len(volumes(tmp_path / "shards", tmp_path)) == 3


def test_a_process_that_dies_costs_one_ct_and_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_cases(tmp_path / "data", 3)
    real = shard_writing.prepare_for_shard

    def die(preparation: Any, case: Case) -> Any:
        if case.image.name == "case 1.nii.gz":
            raise ChildDiedError("its process ended with -9")
        return real(preparation, case)

    monkeypatch.setattr(shard_writing, "prepare_for_shard", die)
    assert "memory ran out" in messages(prepare(tmp_path / "data", tmp_path / "shards"))
    case = open_shards(str(tmp_path / "shards")).case(str(Path("Müller, CT/case 1.nii.gz")))
    assert "-9" in case.problem and not case.lasting


def test_the_command_prepares_in_other_processes(tmp_path: Path) -> None:
    write_cases(tmp_path / "data", 2)
    arguments = ["prepare", "data", "-o", "shards", "--preparation", "coarse", "--json"]
    environment = {"VOCO_HOME": str(tmp_path / "home")}
    code, out, _ = run_here(arguments, environment, tmp_path)
    last = [json.loads(line) for line in out.splitlines()][-1]
    assert code == 0 and (last["volumes"], last["unusable"]) == (2, 0)
    assert open_shards(str(tmp_path / "shards")).preset == "coarse"


def test_what_cannot_be_written_is_refused(archive: Path, shards: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="shards of the preparation small, not coarse"):
        prepare(archive, shards, preparation="coarse")
    with pytest.raises(OutputError, match="can only be read"):
        prepare(archive, "http://127.0.0.1:9/shards")
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        prepare(archive, tmp_path / "file" / "shards")
    owner = ProcessFile(shards / "prepare.run")
    owner.claim()
    with pytest.raises(OutputError, match="is in use"):
        prepare(archive, shards)
    owner.release()
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "broken.nii.gz").write_bytes(b"junk")
    with pytest.raises(InputError, match="None of the 1 CTs can be used"):
        prepare(tmp_path / "none", tmp_path / "of none")
    assert not (tmp_path / "of none" / INDEX).exists()


# Reading


def test_a_missing_and_a_damaged_shard_are_said(shards: Path, tmp_path: Path) -> None:
    cases = [case for case in open_shards(str(shards)).cases.values() if not case.problem]
    with (shards / "shard-000000.tar").open("r+b") as file:
        file.seek(cases[1].offset + 500)
        file.write(b"!")
        file.truncate(cases[3].offset + 500)
    (shards / "shard-000001.tar").unlink()
    cache = reader(shards, tmp_path)
    assert cache.get(cases[0]).shape == PREPARATION.shape
    for case in (cases[1], cases[3], cases[20]):
        with pytest.raises(UnusableVolumeError, match=r"shard-000000.tar is damaged"):
            cache.get(case)
    with pytest.raises(UnusableVolumeError, match=r"shard-000001.tar does not exist"):
        cache.get(cases[-1])


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda text: text[:-9], "damaged"),
        (lambda text: text.replace('"volumes": 38', '"volumes": 39'), "38 lines instead of 39"),
        (lambda text: text.replace('"format": 1', '"format": 99'), "another version"),
        (lambda text: text.replace("shard-000000.tar", "../../etc/x.tar"), "no name of a shard"),
        (lambda text: text.replace("spacing", "spaces"), "damaged"),
        (lambda text: "", "damaged"),
        (lambda text: "[]\n", "damaged"),
    ],
)
def test_a_damaged_index_is_named(shards: Path, damage: Any, said: str) -> None:
    index = shards / INDEX
    index.write_text(damage(index.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(InputError, match=f"{INDEX} .*{said}"):
        open_shards(str(shards))


def test_shards_are_no_cts(written: tuple) -> None:
    with pytest.raises(InputError, match="not CTs that could be looked at"):
        find_cases(written[0])


def test_a_name_is_found_on_any_system(written: tuple) -> None:
    shards: Shards = open_shards(str(written[0]))
    assert shards.case(str(Path("Müller, CT", "case 7.nii.gz"))).size
    with pytest.raises(InputError, match=r"nobody.nii.gz is not in the shards"):
        shards.case("nobody.nii.gz")


# Through a network


@contextmanager
def served(folder: Path, *, parts: bool = True, refuse: bool = False) -> Iterator[str]:
    """The URL of a web server on the loopback address; without parts it sends whole files."""
    if not parts:
        handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
        with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield f"http://127.0.0.1:{server.server_address[1]}"
            server.shutdown()
        return
    loop, ports = asyncio.new_event_loop(), []

    @web.middleware
    async def guard(request: web.Request, handler: Any) -> web.StreamResponse:
        if refuse:
            raise web.HTTPForbidden
        return await handler(request)

    async def start() -> web.AppRunner:
        application = web.Application(middlewares=[guard])
        application.router.add_static("/", folder)
        runner = web.AppRunner(application)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        ports.append(runner.addresses[0][1])
        return runner

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    runner = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    yield f"http://127.0.0.1:{ports[0]}"
    asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "_WAITS_S", ())


def test_a_volume_comes_through_http_once_and_is_kept(written: tuple, tmp_path: Path) -> None:
    here = volumes(written[0], tmp_path)
    with served(written[0]) as url:
        there = volumes(url, tmp_path)
    assert here.keys() == there.keys()
    assert all(np.array_equal(here[name], there[name]) for name in here)
    case = next(case for case in open_shards(str(written[0])).cases.values() if not case.problem)
    kept = reader(url, tmp_path).get(case)  # the server is gone
    np.testing.assert_array_equal(kept.image, here[case.name])


def test_a_spoilt_shard_is_one_through_http_too(shards: Path, tmp_path: Path) -> None:
    cases = [case for case in open_shards(str(shards)).cases.values() if not case.problem]
    with (shards / "shard-000000.tar").open("r+b") as file:
        file.seek(cases[1].offset + 500)
        file.write(b"!")
        file.truncate(cases[3].offset + 500)
    (shards / "shard-000001.tar").unlink()
    with served(shards) as url:
        cache = reader(url, tmp_path)
        for case in (cases[1], cases[3], cases[20]):
            with pytest.raises(UnusableVolumeError, match="is damaged"):
                cache.get(case)
        with pytest.raises(UnusableVolumeError, match=r"shard-000001.tar does not exist"):
            cache.get(cases[-1])
        shutil.copy(shards / "shard-000000.tar", shards / "shard-000001.tar")
        with pytest.raises(UnusableVolumeError, match="is damaged"):  # it is asked for again
            cache.get(cases[-1])


@pytest.mark.usefixtures("impatient")
def test_what_is_wrong_with_a_url_is_said(written: tuple, tmp_path: Path) -> None:
    output = written[0]
    case = next(case for case in open_shards(str(output)).cases.values() if not case.problem)
    with (
        served(output) as url,
        pytest.raises(InputError, match=r"There are no shards in .*/nowhere"),
    ):
        open_shards(f"{url}/nowhere")
    with served(output, refuse=True) as url, pytest.raises(InputError, match="may not be used"):
        open_shards(url)
    with pytest.raises(InputError, match="cannot be reached") as found:
        reader(url, tmp_path).get(case)  # the server is gone
    assert not isinstance(found.value, UnusableVolumeError)  # the run ends and can be resumed
    with served(output, parts=False) as url, pytest.raises(InputError, match="sends whole files"):
        reader(url, tmp_path).get(case)
    with pytest.raises(InputError, match=r"(?s)nonsense://.*Known are s3://"):
        open_shards("nonsense://bucket/shards")


def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = importlib.import_module("fsspec.registry")._registry
    for protocol, package in (("s3", "s3fs"), ("gs", "gcsfs")):
        monkeypatch.setitem(sys.modules, package, None)
        monkeypatch.delitem(loaded, protocol, raising=False)
    with pytest.raises(InputError, match=r"s3:// is not installed. Install it: .*\[shards\]"):
        open_shards("s3://bucket/shards")
    with pytest.raises(InputError, match=r"gs:// is not installed. Install it: pip install gcsfs"):
        open_shards("gs://bucket/shards")


def test_a_server_that_is_away_for_a_moment_is_asked_again(
    written: tuple, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "_WAITS_S", (0.0, 0.0))
    place = storage.Storage("http://127.0.0.1:9")
    answers = iter([ConnectionResetError(), TimeoutError(), b"text"])

    def answer(*arguments: Any, **bounds: Any) -> bytes:
        item = next(answers)
        if isinstance(item, Exception):
            raise item
        return item

    monkeypatch.setattr(place, "_files", type("Files", (), {"cat_file": staticmethod(answer)}))
    assert place.read("x") == b"text"
