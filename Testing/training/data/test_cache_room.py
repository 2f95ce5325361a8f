"""The bytes of a cache: bounded at any moment, and counted seldom."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest

from VoCoLib.training.data.cache_room import CacheRoom
from VoCoLib.training.data.cache_users import CacheUser


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "mémoire cache"
    path.mkdir()
    return path


def put(room: CacheRoom, folder: Path, number: int, size: int) -> bool:
    """Writes a file as the cache does, as if it had been used in this order."""
    temporary = folder / f"{number:032x}.tmp"
    with temporary.open("wb") as file:
        fits = room.take(file, size)
    if fits:
        os.utime(temporary, ns=(0, number))
        temporary.rename(temporary.with_suffix(".npy"))
    else:
        temporary.unlink()
    return fits


def volumes(folder: Path) -> list[int]:
    return sorted(int(path.stem, 16) for path in folder.glob("*.npy"))


def taken(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir() if path.suffix != ".run")


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many files each look at the folder has seen."""
    found: list[int] = []
    look = CacheRoom._look

    def count(room: CacheRoom) -> tuple:
        seen = look(room)
        found.append(len(seen[0]))
        return seen

    monkeypatch.setattr(CacheRoom, "_look", count)
    return found


def test_files_are_counted_seldom_while_there_is_room(folder: Path, looks: list[int]) -> None:
    room = CacheRoom(folder, 10**9, CacheUser(folder))
    assert all(put(room, folder, number, 1000) for number in range(1000))
    assert len(looks) < 10


def test_and_when_old_ones_have_to_go(folder: Path, looks: list[int]) -> None:
    user = CacheUser(folder)
    room = CacheRoom(folder, 320 * 1000, user)
    for number in range(640):
        assert put(room, folder, number, 1000)
        assert number % 50 or taken(folder) <= 320 * 1000
    left = volumes(folder)
    assert left == list(range(left[0], 640)) and 300 < len(left) <= 320
    assert sum(looks) < 640 * 200  # not 640 * 320


def test_and_when_all_are_in_use(folder: Path, looks: list[int]) -> None:
    user = CacheUser(folder)
    room = CacheRoom(folder, 320 * 1000, user)
    kept = 0
    for number in range(640):
        if put(room, folder, number, 1000):
            user.use(f"{number:032x}.npy")
            kept += 1
    assert volumes(folder) == list(range(kept)) and 300 < kept <= 320
    assert len(looks) < 100


def test_what_one_has_reserved_the_others_do_not_take(folder: Path) -> None:
    users = [CacheUser(folder) for _ in range(3)]
    rooms = [CacheRoom(folder, 100 * 1000, user) for user in users]
    number = 0
    for _ in range(50):
        for room, user in zip(rooms, users, strict=True):
            number += 1
            if put(room, folder, number, 1000):
                user.use(f"{number:032x}.npy")
            assert taken(folder) <= 100 * 1000 + 40 * number  # and the lists of what is used
    assert len(volumes(folder)) > 80


def test_a_reservation_ends_with_its_user(folder: Path) -> None:
    user = CacheUser(folder)
    room = CacheRoom(folder, 10**6, user)
    assert room.has(1000) and user.reservation.stat().st_size > 1000
    path = user.reservation
    del user, room
    assert not path.exists()


def test_what_the_dead_have_reserved_costs_no_volume(folder: Path) -> None:
    """A process that was killed leaves its files."""
    room = CacheRoom(folder, 100 * 1000, CacheUser(folder))
    assert all(put(room, folder, number, 1000) for number in range(40))
    dead = {"pid": 2**22 + 1, "created": 0.0, "host": socket.gethostname(), "boot": ""}
    (folder / f"{'d' * 32}.run").write_text(json.dumps(dead))
    with (folder / f"{'d' * 32}.room").open("wb") as file:
        file.truncate(60 * 1000)
    assert all(put(room, folder, number, 1000) for number in range(40, 90))
    assert volumes(folder) == list(range(90)) and not list(folder.glob(f"{'d' * 32}*"))


def test_a_file_larger_than_all_is_refused(folder: Path) -> None:
    room = CacheRoom(folder, 1000, CacheUser(folder))
    assert not put(room, folder, 1, 1001) and not room.has(1001)
    assert put(room, folder, 2, 1000)
