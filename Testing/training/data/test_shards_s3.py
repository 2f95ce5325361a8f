"""Shards are written to an S3 server and read from it, as s3fs does; the server is moto's."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pretraining_runs import PRESETS, make_settings, use_small_network
from training_files import write_cases

from VoCoLib.errors import InputError, OutputError
from VoCoLib.runs.folder import RunFolder
from VoCoLib.training.data import storage
from VoCoLib.training.data.cache import CacheSettings, VolumeCache
from VoCoLib.training.data.prepared import UnusableVolumeError
from VoCoLib.training.data.shard_cache import open_cache
from VoCoLib.training.data.shards import INDEX, open_shards
from VoCoLib.training.data.storage import Storage
from VoCoLib.training.pretraining.prepare import prepare_archive
from VoCoLib.training.pretraining.run import pretrain

s3fs = pytest.importorskip("s3fs")
moto_server = pytest.importorskip("moto.server")

SHARDS = "s3://archive/a folder/Scherben"


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of a server with an empty bucket; the environment leads there."""
    server = moto_server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", address)
        patch.setenv("AWS_ACCESS_KEY_ID", "someone")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
        patch.setattr(storage, "_WAITS_S", ())
        s3fs.S3FileSystem().mkdir("archive")
        yield address
    server.stop()
    s3fs.S3FileSystem.clear_instance_cache()


@pytest.fixture(scope="module")
def archive(s3: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four CTs; their shards are in the bucket and, for comparison, in a folder."""
    folder = tmp_path_factory.mktemp("archive")
    write_cases(folder / "data", 4)
    for place in (SHARDS, str(folder / "shards")):
        prepare_archive(folder / "data", place, "small", print, processes=1)
    return folder


def reader(location: str, folder: Path) -> VolumeCache:
    preparation = PRESETS["small"].preparation
    settings = CacheSettings(folder / "cache", 10**8, preparation, None, location)
    return open_cache(settings, print)


def test_shards_in_a_bucket_are_those_on_a_disk(archive: Path, tmp_path: Path) -> None:
    here, there = open_shards(str(archive / "shards")), open_shards(SHARDS)
    assert here == there and len(there.cases) == 4
    assert Storage(SHARDS).names() == ["shard-000000.tar", INDEX]
    caches = (reader(str(archive / "shards"), tmp_path), reader(SHARDS, tmp_path))
    for case in there.cases.values():
        np.testing.assert_array_equal(*(cache.get(case).image for cache in caches))


def test_what_is_done_is_not_done_again(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("VoCoLib.training.data.shard_writing.prepare_volume", None)
    prepare_archive(archive / "data", SHARDS, "small", print, processes=1)


def test_a_run_on_a_bucket_learns_the_same(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_small_network(monkeypatch)
    losses: list[list[float]] = []
    for data in (str(archive / "data"), SHARDS):
        events: list[Any] = []
        settings = make_settings(archive, data=data, cache=str(archive / f"cache {len(losses)}"))
        pretrain(settings, RunFolder(archive / f"run {len(losses)}"), events.append)
        losses.append([item["loss"] for item in events if "loss" in item])
    assert losses[0] == losses[1] and len(losses[0]) == 3


def test_what_is_not_there_is_said(archive: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There are no shards in s3://archive/nowhere"):
        open_shards("s3://archive/nowhere")
    with pytest.raises(InputError, match="There are no shards in s3://no-such-bucket/shards"):
        open_shards("s3://no-such-bucket/shards")
    with pytest.raises(OutputError, match="no-such-bucket"):
        prepare_archive(archive / "data", "s3://no-such-bucket/x", "small", print, processes=1)
    files = s3fs.S3FileSystem()
    files.copy(f"{SHARDS}/{INDEX}", f"s3://archive/spoilt/{INDEX}")
    case = next(iter(open_shards("s3://archive/spoilt").cases.values()))
    with pytest.raises(UnusableVolumeError, match="Its shard is missing"):
        reader("s3://archive/spoilt", tmp_path).get(case)
    files.pipe("s3://archive/spoilt/shard-000000.tar", b"short")
    with pytest.raises(UnusableVolumeError, match="is damaged"):
        reader("s3://archive/spoilt", tmp_path).get(case)


def test_who_may_not_read_is_told_what_to_do(
    s3: str, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(said: str) -> None:
        s3fs.S3FileSystem.clear_instance_cache()
        with pytest.raises(InputError, match=said) as found:
            open_shards(SHARDS)
        assert "AWS_ACCESS_KEY_ID" in found.value.hint

    def ask_who_one_is(after: bytes) -> None:
        request = urllib.request.Request(f"{s3}/moto-api/reset-auth", after)
        request.add_header("Content-Type", "text/plain")
        urllib.request.urlopen(request).close()

    ask_who_one_is(after=b"0")
    try:
        ask(r"may not be used: .*(Forbidden|Access Key)")
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        ask(r"may not be used: Unable to locate credentials")
    finally:
        ask_who_one_is(after=b"inf")
        s3fs.S3FileSystem.clear_instance_cache()


def test_a_server_that_is_gone_is_said(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    s3fs.S3FileSystem.clear_instance_cache()
    try:
        with pytest.raises(InputError, match="cannot be reached: Could not connect"):
            open_shards(SHARDS)
    finally:
        s3fs.S3FileSystem.clear_instance_cache()
