"""Volumes are prepared by another process in the order of their places, and not for nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path

import numpy as np
import pytest
from training_files import make_ct, write, write_cases

from VoCoLib.errors import CancelledError
from VoCoLib.events import Event
from VoCoLib.method.presets import Preparation
from VoCoLib.training.data.cache import VolumeCache
from VoCoLib.training.data.datasets import Case
from VoCoLib.training.data.prepared import UnusableVolumeError
from VoCoLib.training.data.preparing import PreparingPool, VolumesAhead

PREPARATION = Preparation((3.0, 3.0, 3.0), (-175.0, 250.0))
ONE = 2 * 21 * 16 * 22 + 512  # bytes of a volume here, with headers


@pytest.fixture(scope="module")
def pool() -> Iterator[PreparingPool]:
    """One process for all tests: it takes seconds to start."""
    found = PreparingPool(1)
    yield found
    found.close()


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    return write_cases(tmp_path_factory.mktemp("data"), 12)


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture
def open_cache(tmp_path: Path, events: list[Event]) -> Callable[..., VolumeCache]:
    def open_(limit: int = 10**7) -> VolumeCache:
        return VolumeCache(tmp_path / "mémoire cache", limit, PREPARATION, events.append)

    return open_


@pytest.fixture(scope="module")
def right(cases: list[Case], tmp_path_factory: pytest.TempPathFactory) -> list[np.ndarray]:
    """The volumes as this process prepares them."""
    cache = VolumeCache(tmp_path_factory.mktemp("other"), 10**7, PREPARATION, print)
    return [np.array(cache.get(case).image) for case in cases]


def start(ahead: VolumesAhead) -> VolumesAhead:
    """As if it had been found that it pays."""
    ahead._on = True
    return ahead


def wait(condition: Callable[[], bool]) -> None:
    done = threading.Event()
    for _ in range(3000):
        if condition():
            return
        done.wait(0.01)
    raise AssertionError("it never came true")


def kept(cache: VolumeCache) -> int:
    return len(list(cache.settings.folder.glob("*.npy")))


def test_all_that_come_are_prepared_while_one_is_in_use(
    open_cache: Callable, cases: list[Case], right: list, pool: PreparingPool
) -> None:
    cache = open_cache()
    ahead = start(VolumesAhead(cache, pool, cases, end=len(cases)))
    np.testing.assert_array_equal(ahead.get(0).image, right[0])
    wait(lambda: kept(cache) == len(cases))
    assert cache.pace.volumes == 0  # nothing was prepared here
    for place in range(1, len(cases)):
        np.testing.assert_array_equal(ahead.get(place).image, right[place])
    assert cache.pace.volumes == 0


def test_in_a_full_cache_only_the_next_are_prepared_and_none_for_nothing(
    open_cache: Callable, cases: list[Case], right: list, pool: PreparingPool, events: list[Event]
) -> None:
    cache = open_cache(3 * ONE)
    ahead = start(VolumesAhead(cache, pool, cases, lambda place: place % len(cases)))
    for place in range(3 * len(cases)):
        volume = ahead.get(place)
        np.testing.assert_array_equal(volume.image, right[place % len(cases)])
        assert len(ahead._coming) <= 2
    assert kept(cache) == 3 and cache.pace.volumes == 0
    assert sum("is full" in item["message"] for item in events) == 1
    ahead.close()


def test_the_order_is_that_of_the_places(
    open_cache: Callable, cases: list[Case], pool: PreparingPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, asked, submit = open_cache(), [], pool.submit
    monkeypatch.setattr(pool, "submit", lambda *args: asked.append(args[1]) or submit(*args))
    order = [7, 3, 11, 0, 5, 1, 2, 4, 6, 8, 9, 10]
    ahead = start(VolumesAhead(cache, pool, cases, order.__getitem__, end=len(order)))
    ahead.get(0)
    wait(lambda: kept(cache) == len(cases))
    assert asked == [cases[index] for index in order]


def test_an_unusable_volume_is_said_when_its_turn_comes(
    open_cache: Callable, tmp_path: Path, cases: list[Case], pool: PreparingPool
) -> None:
    mr = Case(write(tmp_path / "mr.nii.gz", np.abs(make_ct()) + 500))
    lost = Case(tmp_path / "lost.nii.gz")
    ahead = start(VolumesAhead(open_cache(), pool, [cases[0], mr, lost, cases[1]], end=4))
    assert ahead.get(0).shape
    with pytest.raises(UnusableVolumeError, match="look like"):
        ahead.get(1)
    with pytest.raises(UnusableVolumeError, match=r"lost\.nii\.gz cannot be opened"):
        ahead.get(2)
    assert ahead.get(3).shape


def test_few_volumes_are_prepared_here(
    open_cache: Callable, cases: list[Case], right: list
) -> None:
    cache, pool = open_cache(), PreparingPool(1)
    ahead = VolumesAhead(cache, pool, cases, end=len(cases))
    for place, image in enumerate(right):
        np.testing.assert_array_equal(ahead.get(place).image, image)
    assert cache.pace.volumes == len(cases) and not pool.started


def test_what_takes_long_is_worth_other_processes(
    open_cache: Callable, cases: list[Case], events: list[Event]
) -> None:
    cache, pool = open_cache(), PreparingPool(1)
    ahead = VolumesAhead(cache, pool, cases, lambda place: place % len(cases))
    cache.pace.seconds = 5.0  # as if the first had been a large one
    ahead.get(0)
    assert pool.started and "prepare volumes ahead: 1." in events[-1]["message"]
    ahead.close()
    pool.close()
    with pytest.raises((CancelledError, RuntimeError)):
        pool.submit(cache.settings, cases[0], True).result()


def test_a_process_that_dies_costs_one_volume(
    open_cache: Callable, cases: list[Case], pool: PreparingPool
) -> None:
    cache = open_cache()
    ahead = start(VolumesAhead(cache, pool, cases, end=len(cases)))
    ahead.get(0)
    pool._children[0].kill()
    failed = 0
    for place in range(1, len(cases)):
        try:
            ahead.get(place)
        except UnusableVolumeError as error:
            failed += 1
            assert "ended" in error.message
    assert failed <= 1
    assert cache.pace.volumes == 0


def test_a_defect_in_another_process_is_said_and_costs_nothing(
    open_cache: Callable, cases: list[Case], right: list, pool: PreparingPool, events: list[Event]
) -> None:
    ahead = VolumesAhead(open_cache(), pool, cases)
    broken: Future = Future()
    broken.set_exception(RuntimeError("a bug"))
    assert ahead._arriving(0, broken) is None
    (said,) = (item["message"] for item in events)
    ending = "was not prepared ahead (RuntimeError: a bug); it is prepared now."
    assert said == f"{cases[0].image} {ending}"
    np.testing.assert_array_equal(ahead.get(0).image, right[0])
    over: Future = Future()
    over.cancel()
    assert ahead._arriving(1, over) is None and len(events) == 1
