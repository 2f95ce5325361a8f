"""Gives the volumes of shards: maps of those on a disk, parts of those behind a URL."""

from __future__ import annotations

import io
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from VoCoLib.errors import InputError
from VoCoLib.events import EventSink
from VoCoLib.files import reason_of
from VoCoLib.training.data.cache import CacheSettings, VolumeCache, checksum_of, map_array
from VoCoLib.training.data.datasets import Case
from VoCoLib.training.data.prepared import PreparedVolume, UnusableVolumeError
from VoCoLib.training.data.shards import ShardCase
from VoCoLib.training.data.storage import MissingFileError, Storage


def open_cache(settings: CacheSettings, sink: EventSink) -> VolumeCache:
    """The cache for these settings; see VolumeCache and ShardCache."""
    if settings.shards:
        return ShardCache(settings, sink)
    folder, limit = settings.folder, settings.limit_bytes
    return VolumeCache(folder, limit, settings.preparation, sink, settings.names)


class ShardCache(VolumeCache):
    """A VolumeCache whose volumes need not be prepared, only fetched. All its cases are ShardCases.

    What lies on a disk is used where it lies. What comes through a network is kept as prepared
    volumes are. The checksum of each volume is compared once.

    Args:
        settings: with the place of the shards.
        sink: receives log and progress events.

    Raises:
        OutputError: the folder cannot be made or read.
        InputError: what the kind of URL needs is not installed.
    """

    def __init__(self, settings: CacheSettings, sink: EventSink) -> None:
        super().__init__(settings.folder, settings.limit_bytes, settings.preparation, sink)
        self.settings = settings
        self._storage = Storage(settings.shards)
        self._compared: set[str] = set()  # names of volumes on a disk

    def find(self, case: Case) -> PreparedVolume | None:
        """See VolumeCache."""
        shard_case = _known(case)
        if shard_case.problem:
            raise UnusableVolumeError(shard_case.problem)
        if self._storage.folder is None:
            return super().find(case)
        return self._mapped(self._storage.folder / shard_case.shard, shard_case)

    def holds(self, case: Case) -> bool:
        """See VolumeCache."""
        here = self._storage.folder is not None
        return here or bool(_known(case).problem) or super().holds(case)

    def _prepare(self, case: Case) -> PreparedVolume:
        """Fetches a volume; raises InputError if the server cannot be reached."""
        known = _known(case)
        try:
            data = self._storage.read(known.shard, known.offset, known.offset + known.size)
        except MissingFileError as error:
            raise UnusableVolumeError(f"Its shard is missing: {error.message}") from error
        if len(data) > known.size:
            raise InputError(
                f"The server of {self._storage.location} sends whole files, not parts of them.",
                "Use one that knows range requests, such as nginx, Apache, or an object storage.",
            )
        if zlib.crc32(data) != known.checksum:
            raise self._damaged(known)
        try:
            return _volume(np.load(io.BytesIO(data), allow_pickle=False))
        except ValueError as error:
            raise self._damaged(known) from error

    def _condemn(self, path: Path, error: UnusableVolumeError) -> None:
        """Keeps nothing: a shard may be brought back."""

    def _sources(self, case: Case) -> list[Any]:
        known = _known(case)
        return [known.name, known.content, known.size, known.checksum]

    def _mapped(self, path: Path, known: ShardCase) -> PreparedVolume:
        """The volume in a shard on this disk."""
        try:
            with path.open("rb") as file:
                if known.name not in self._compared:
                    file.seek(known.offset)
                    found = checksum_of(file, known.offset + known.size)
                    if found != known.checksum.to_bytes(4, "little"):
                        raise self._damaged(known)
                    self._compared.add(known.name)
                file.seek(known.offset)
                return _volume(map_array(file))
        except FileNotFoundError as error:
            raise UnusableVolumeError(f"Its shard {path} does not exist.") from error
        except OSError as error:
            raise UnusableVolumeError(f"{path} cannot be read: {reason_of(error)}.") from error
        except (ValueError, EOFError) as error:
            raise self._damaged(known) from error

    def _damaged(self, known: ShardCase) -> UnusableVolumeError:
        return UnusableVolumeError(
            f"{self._storage.location.rstrip('/')}/{known.shard} is damaged where it lies.",
            "Copy the shard again, or delete it and its line in the index and run voco prepare.",
        )


def _known(case: Case) -> ShardCase:
    assert isinstance(case, ShardCase)
    return case


def _volume(array: NDArray[Any]) -> PreparedVolume:
    """Raises ValueError unless it is an image as prepared volumes have it."""
    if array.dtype != np.uint16 or array.ndim != 3:
        raise ValueError(f"an array of {array.ndim} axes of {array.dtype}")
    return PreparedVolume(array)
