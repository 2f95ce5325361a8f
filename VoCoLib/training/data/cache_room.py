"""Counts the bytes of prepared volumes, and makes room by deleting those used least recently.

Counting looks at every file. For each new volume anew that would grow with the square of an
archive, so whoever writes reserves room for many at once, and more is deleted than one needs. What
is reserved is a file of that size, which the other processes count.
"""

from __future__ import annotations

import contextlib
import os
import re
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from VoCoLib.files import discard
from VoCoLib.training.data.cache_users import OWNER, CacheUser

_STALE_S = 3600  # a temporary file of this age is from a process that was killed
_NAME = re.compile(r"[0-9a-f]{32}\.(npy|bad|tmp|room)")  # of the cache; others' files may be there
_KEPT_FREE = 64  # its part of the limit is freed at once, and of the files waits between two looks
_ROOM = ".room"
_FEW = 4  # files, for which it does not pay to reserve
_MOST = 1 << 32  # bytes reserved at once; not all disks store a file of nothing in no space


@dataclass(frozen=True)
class _File:
    last_use_ns: int
    size: int
    path: Path


class CacheRoom:
    """The room in a folder that processes share, bounded in bytes.

    Args:
        folder: with the files.
        limit: that they take at most, reservations included.
        user: whose reservations these are.
    """

    def __init__(self, folder: Path, limit: int, user: CacheUser) -> None:
        self._folder, self._limit, self._user = folder, limit, user
        self._reserved = 0
        self._waits = 0  # how often to say no without a look: nothing could be deleted last time
        self._lock = threading.Lock()

    def take(self, file: BinaryIO, size: int) -> bool:
        """Gives a temporary file, which is about to be written, its size; whether that fits.

        Raises:
            OSError: the disk is full, or the folder cannot be read.
        """
        if size > self._limit:
            return False
        with self._lock:
            file.truncate(size)  # from now on the others count it
            if self._reserved >= size:
                self._reserve(self._reserved - size)
                return True
            return self._look_for(size)

    def has(self, size: int) -> bool:
        """Whether a file of this size will fit; then its room is reserved.

        Raises:
            OSError: the folder cannot be read.
        """
        with self._lock:
            before = self._reserved
            if before >= size:
                return True
            if size > self._limit or self._waits or not self._reserve(size):
                self._waits = max(0, self._waits - 1)
                return False
            fits = self._look_for(size)
            if not fits:
                self._reserve(before)
            return fits

    def make(self) -> bool:
        """Deletes files until the rest fits into the limit; whether it does.

        Raises:
            OSError: the folder cannot be read.
        """
        with self._lock:
            files, users = self._look()
            return self._free(files, max(1, users)) >= 0

    def _look_for(self, size: int) -> bool:
        """Whether all that is there fits; if so, reserves room for more files of this size."""
        if self._waits:
            self._waits -= 1
            return False
        files, users = self._look()
        full = sum(file.size for file in files) > self._limit
        free = self._free(files, max(1, users))
        if free < 0:
            self._waits = len(files) // _KEPT_FREE
            return False
        # what was made free is for this user; of a cache that fills up, half is left for all
        share = min(_MOST, free if full else free // (2 * max(1, users)))
        before = self._reserved
        reserved = share >= _FEW * size and self._reserve(before + share)
        # others may have reserved at the same moment
        if reserved and sum(file.size for file in self._look()[0]) > self._limit:
            self._reserve(before)
        return True

    def _free(self, files: list[_File], users: int) -> int:
        """Deletes what can be spared if there is too much; bytes that are free then."""
        taken = sum(file.size for file in files)
        goal, in_use = self._limit, set[str]()
        if taken > self._limit:
            goal = self._limit - self._limit // (_KEPT_FREE * users)
            in_use = self._user.used()  # and the reservations of the dead are gone
            taken -= sum(f.size for f in files if f.path.suffix == _ROOM and not f.path.exists())
        stale_ns = time.time_ns() - _STALE_S * 10**9
        for file in sorted(files, key=lambda file: file.last_use_ns):
            kind = file.path.suffix
            stale = kind == ".tmp" and file.last_use_ns < stale_ns
            spare = kind in (".npy", ".bad") and taken > goal and file.path.name not in in_use
            if stale or spare:
                with contextlib.suppress(OSError):
                    file.path.unlink()
                    taken -= file.size
        return self._limit - taken

    def _look(self) -> tuple[list[_File], int]:
        """The files of the cache, and how many users it has."""
        found, users = [], 0
        with os.scandir(self._folder) as entries:
            for entry in entries:
                users += entry.name.endswith(OWNER)
                if _NAME.fullmatch(entry.name):
                    with contextlib.suppress(FileNotFoundError):  # another process deleted it
                        stat = os.stat(entry.path)
                        found.append(_File(stat.st_mtime_ns, stat.st_size, Path(entry.path)))
        return found, users

    def _reserve(self, size: int) -> bool:
        """Sets how much is reserved; whether that could be written."""
        path = self._user.reservation
        try:
            if size:
                with path.open("ab") as file:
                    file.truncate(size)
            else:
                discard(path)
            self._reserved = size
            return True
        except OSError:
            discard(path)
            self._reserved = 0
            return False
