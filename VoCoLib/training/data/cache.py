"""Prepared training volumes on disk: memory-mapped, bounded in bytes, shared by processes.

No process locks another out. A file appears complete, by renaming; whoever needs room deletes the
files that were used least recently. On Windows a file that is open elsewhere cannot be deleted; it
is then left for the next time. What a living run uses is never deleted to make room: with fewer
bytes than an epoch needs, each volume would be gone just before its turn, so the rest is prepared
anew each time instead. What was found to be unusable is kept, too, for a day.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import time
import uuid
import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from VoCoLib import __version__
from VoCoLib.errors import CancelledError, InputError, OutOfMemoryError, OutputError
from VoCoLib.events import Event, EventSink, Progress, event
from VoCoLib.files import discard, reason_of
from VoCoLib.images.label_names import LabelNames
from VoCoLib.inference.devices import is_out_of_memory, trim_heap
from VoCoLib.method.presets import Preparation
from VoCoLib.processes.isolated import ChildDiedError
from VoCoLib.training.data.cache_room import CacheRoom
from VoCoLib.training.data.cache_users import CacheUser
from VoCoLib.training.data.datasets import Case
from VoCoLib.training.data.prepared import PreparedVolume, UnusableVolumeError, prepare_volume

_FORMAT = 2  # in every key; raise it when prepared volumes change
_VERDICT_S = 86_400  # what could not be read may have been a failure of the network
_HEADERS = 256  # bytes beside the voxels
_CHECKSUM = 4  # bytes at the end, the CRC-32 of all others
_AT_ONCE = 1 << 22  # bytes read for it
_LONGEST_HEADER = 1 << 20
_BAD = ".bad"  # instead of a volume: why there is none


@dataclass(frozen=True)
class CacheSettings:
    """What prepared volumes are kept for.

    Attributes:
        folder: where files are kept; several runs may share it.
        limit_bytes: that its files there take at most; files of others neither count nor go.
        preparation: of images; with names it must not pad or change the shape.
        names: what the label maps may hold; None: labels are not read.
        shards: where the volumes lie prepared already, see ShardCache; empty: they do not.
    """

    folder: Path
    limit_bytes: int
    preparation: Preparation
    names: LabelNames | None = None
    shards: str = ""


@dataclass
class Pace:
    """How long it took here to prepare volumes."""

    volumes: int = 0
    seconds: float = 0.0

    @property
    def each_s(self) -> float:
        """Seconds of one; 0 as long as that is not known."""
        return self.seconds / self.volumes if self.volumes else 0.0


class VolumeCache:
    """Gives prepared volumes, and keeps them for the next time.

    Args:
        folder, limit_bytes, preparation, names: see CacheSettings.
        sink: receives log and progress events.

    Attributes:
        settings: for a cache of the same folder in another process.
        pace: of this object.

    Raises:
        OutputError: the folder cannot be made or read.
    """

    def __init__(
        self,
        folder: Path,
        limit_bytes: int,
        preparation: Preparation,
        sink: EventSink,
        names: LabelNames | None = None,
    ) -> None:
        if names is not None and (preparation.pad or preparation.shape):
            raise ValueError("labels can be cut and resampled, but not padded or stretched")
        self.settings = CacheSettings(folder, limit_bytes, preparation, names)
        self.pace = Pace()
        self._folder, self._limit, self._sink = folder, limit_bytes, sink
        self._preparation, self._names = preparation, names
        self._file_names: dict[Case, str] = {}
        self._warned: set[str] = set()
        self._sound: set[str] = set()  # names of files whose checksum was compared
        self._largest = 0  # bytes of a volume that was prepared here
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._user = CacheUser(folder)
            self._room = CacheRoom(folder, limit_bytes, self._user)
            self._room.make()  # the limit may have been higher
        except OSError as error:
            raise OutputError(f"The cache {folder} cannot be used: {error}.") from error

    def prepare(
        self,
        cases: Sequence[Case],
        cancelled: Callable[[], bool] = lambda: False,
        look: Callable[[Case, PreparedVolume], None] = lambda case, volume: None,
        get: Callable[[int], PreparedVolume] | None = None,
    ) -> list[Case]:
        """Prepares all volumes that are not here yet; those that cannot be used are left out.

        Each of them is named in a log event when met, and all in one at the end, with "skipped":
        [[image, reason], ...].

        Args:
            cases: to prepare.
            cancelled: asked before each.
            look: called with each volume, which may not be kept.
            get: gives the volume of the case with this number, as get() does.

        Returns:
            the cases whose volumes can be used, in the same order.

        Raises:
            InputError: none can be used, or a label map is wrong.
            CancelledError: cancelled() was True; what has been prepared stays.
        """
        progress, told_s = Progress(self._sink, "Preparing the volumes", len(cases)), 0.0
        usable: list[Case] = []
        skipped: list[tuple[str, str]] = []
        for done, case in enumerate(cases, start=1):
            if cancelled():
                raise CancelledError("Preparing the volumes was cancelled.")
            try:
                look(case, get(done - 1) if get is not None else self.get(case))
                usable.append(case)
            except UnusableVolumeError as error:
                skipped.append((str(case.image), error.message))
                self._log(f"Left out {case.image}: {error.message}")
            if time.monotonic() - told_s > 1 or done == len(cases):  # else it fills the run's log
                progress.update(done)
                told_s = time.monotonic()
        self._report(skipped, len(cases))
        return usable

    def get(self, case: Case) -> PreparedVolume:
        """The volume of a case, from the cache or prepared now.

        Its file and settings decide whether it is here: a changed file is prepared again. Files are
        looked at once in the life of this object.

        Raises:
            UnusableVolumeError: its image cannot be read, or does not look like CT in HU.
            InputError: its label map is missing or wrong.
        """
        volume = self.find(case)
        if volume is None:
            begun, path = time.perf_counter(), self._path(case)
            volume = self._prepare_or_condemn(case, path)
            self._keep(path, volume)
            kept = self._open(path)
            self.pace.volumes += 1
            self.pace.seconds += time.perf_counter() - begun
            if kept is None:
                return volume
            volume = kept  # mapped, so that its memory is free
            trim_heap()
            self._user.use(path.name)
        return volume

    def find(self, case: Case) -> PreparedVolume | None:
        """The volume of a case if it is here.

        Raises:
            UnusableVolumeError: its image cannot be read, or was found to be unusable.
            InputError: its label map is missing.
        """
        path = self._path(case)
        volume = self._open(path)
        if volume is not None:
            self._user.use(path.name)
        elif (error := _verdict(path)) is not None:
            raise error
        return volume

    def holds(self, case: Case) -> bool:
        """Whether nothing has to be prepared for a case."""
        try:
            path = self._path(case)
        except InputError:
            return True
        return os.path.exists(path) or _verdict(path) is not None

    def use(self, case: Case) -> None:
        """Has others leave the volume of a case alone, which is here."""
        with contextlib.suppress(InputError):
            self._user.use(self._path(case).name)

    def has_room(self) -> bool:
        """Whether another volume as large as the largest so far can be kept."""
        try:
            return self._room.has(max(1, self._largest))
        except OSError:
            return False

    def tell(self, item: Event) -> None:
        """Passes on what a cache of the same folder has told, warnings once."""
        if item.get("level") == "warning" and item["message"] in self._warned:
            return
        self._warned.add(item.get("message", ""))
        self._sink(item)

    def _open(self, path: Path) -> PreparedVolume | None:
        """The volume of a file, whose bytes are compared with their checksum once."""
        volume = _open(path)
        if volume is not None and path.name not in self._sound:
            if not _is_sound(path):
                self._log(f"{path} has changed on the disk: the volume is prepared again.")
                return None
            self._sound.add(path.name)
        return volume

    def _report(self, skipped: Sequence[tuple[str, str]], total: int) -> None:
        if skipped and len(skipped) == total:
            image, reason = skipped[0]
            raise InputError(
                f"None of the {total} volumes can be used. {image}: {reason}",
                "Check that the path leads to CT volumes in HU.",
            )
        if skipped:
            lines = [f"{len(skipped)} of {total} volumes are left out:"]
            lines += [f"{image}: {reason}" for image, reason in skipped]
            self._log("\n".join(lines), skipped=skipped)

    def _prepare_or_condemn(self, case: Case, path: Path) -> PreparedVolume:
        """Prepares a volume; of one that will not be usable next time either, that is kept."""
        try:
            return self._prepare(case)
        except UnusableVolumeError as error:
            if is_lasting(error):
                self._condemn(path, error)
            raise

    def _condemn(self, path: Path, error: UnusableVolumeError) -> None:
        """Keeps why a volume is unusable; others would find out by themselves."""
        words = {"version": __version__, "message": error.message, "hint": error.hint}
        text = json.dumps(words).encode()
        temporary = self._folder / f"{uuid.uuid4().hex}.tmp"
        with contextlib.suppress(OSError):
            with temporary.open("wb") as file:
                fits = self._room.take(file, len(text))
                file.write(text)
            if fits:
                os.replace(temporary, path.with_suffix(_BAD))
        discard(temporary)

    def _prepare(self, case: Case) -> PreparedVolume:
        return prepare_volume(case, self._preparation, self._names, self._log)

    def _path(self, case: Case) -> Path:
        """Where the volume of a case is kept: the name stands for its files and all settings."""
        if case not in self._file_names:
            settings = [
                _FORMAT,
                self._sources(case),
                asdict(self._preparation),
                self._names and [self._names.names, self._names.ignore],
            ]
            digest = hashlib.sha256(json.dumps(settings).encode()).hexdigest()
            self._file_names[case] = f"{digest[:32]}.npy"
        return self._folder / self._file_names[case]

    def _sources(self, case: Case) -> list[Any]:
        """What tells a volume from all others, and from itself before a change."""
        label = case.label if self._names is not None else None
        sources = [_signature(case.image, UnusableVolumeError)]
        if label is not None:
            sources.append(_signature(label, InputError))
        return sources

    def _keep(self, path: Path, volume: PreparedVolume) -> None:
        """Writes a volume unless there is no room for it, which is only worth a warning."""
        arrays: list[NDArray[Any]] = [volume.image]
        if volume.labels is not None:
            arrays.append(volume.labels)
        size = sum(array.nbytes + _HEADERS for array in arrays)
        self._largest = max(self._largest, size)
        try:
            if not self._write(path, arrays, size):
                self._warn_full()
            self._sound.discard(path.name)
        except OSError as error:
            # on Windows also because another process has just written and opened the same volume
            if not os.path.exists(path):  # which never raises
                self._warn_once(
                    f"Prepared volumes cannot be kept in {self._folder} ({reason_of(error)})"
                    ": they are prepared again each time, which is slow."
                )

    def _write(self, path: Path, arrays: Sequence[NDArray[Any]], size: int) -> bool:
        """Writes arrays, which take size bytes at most, if there is room; raises OSError."""
        temporary = self._folder / f"{uuid.uuid4().hex}.tmp"
        try:
            with temporary.open("w+b") as file:
                if not self._room.take(file, size):
                    return False
                for array in arrays:
                    np.save(file, array)
                file.truncate()
                end = file.tell()
                file.seek(0)
                checksum = checksum_of(file, end)
                file.seek(end)
                file.write(checksum)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
            return True
        finally:
            discard(temporary)

    def _warn_full(self) -> None:
        self._warn_once(
            f"The cache {self._folder} is full ({self._limit / 1e9:g} GB): volumes that do not fit "
            "are prepared again each time, which is slow. Give it more space if you can."
        )

    def _warn_once(self, message: str) -> None:
        if message not in self._warned:
            self._warned.add(message)
            self._log(message)

    def _log(self, message: str, **values: Any) -> None:
        self._sink(event("log", level="warning", message=message, **values))


def _signature(path: Path, error_class: type[InputError]) -> list[tuple[str, int, int]]:
    """Name, size and time of change (ns) of all files that a volume is read from."""
    try:
        if path.is_dir():
            files = [p for p in Path(os.path.realpath(path)).iterdir() if p.is_file()]
        else:
            files = [Path(os.path.realpath(p)) for p in (path, *_voxel_files(path))]
        stats = [(file, file.stat()) for file in sorted(files)]
    except OSError as error:
        raise error_class(
            f"{path} cannot be opened: {error.strerror}.", "Check the path."
        ) from error
    return [(str(file), stat.st_size, stat.st_mtime_ns) for file, stat in stats]


def _voxel_files(path: Path) -> list[Path]:
    """The files that the header of an image names, on lines of their own or as values of fields."""
    if path.suffix.lower() not in (".mhd", ".nhdr"):
        return []
    with path.open("rb") as file:
        text = file.read(_LONGEST_HEADER).decode("utf-8", "surrogateescape")
    values = [re.split("[:=]", line, maxsplit=1)[-1].strip() for line in text.splitlines()]
    named = [path.parent / value for value in values]
    return [file for file in named if os.path.isfile(file)]  # Path.is_file raises for long names


def is_lasting(error: BaseException) -> bool:
    """Whether the file is to blame: not the disk, the network, memory or a reader that was killed.

    What a reader in another process has met is not known here.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError | MemoryError | OutOfMemoryError | ChildDiedError):
            return False
        if isinstance(cause, RuntimeError) and is_out_of_memory(cause):
            return False
        cause = cause.__cause__
    return True


def _verdict(path: Path) -> UnusableVolumeError | None:
    """Why a volume is unusable, if this version found that out not long ago."""
    bad = path.with_suffix(_BAD)
    try:
        if time.time() - bad.stat().st_mtime > _VERDICT_S:
            return None
        words = json.loads(bad.read_text(encoding="utf-8"))
        if words["version"] != __version__:
            return None
        return UnusableVolumeError(words["message"], words["hint"])
    except (OSError, ValueError, KeyError):
        return None


def _open(path: Path) -> PreparedVolume | None:
    """Maps the file of a volume and marks it as used; None if it is not there or damaged."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size - _CHECKSUM
            image = map_array(file)
            labels = map_array(file) if file.tell() < size else None
    except (OSError, ValueError, EOFError):
        return None
    with contextlib.suppress(OSError):  # a cache that may only be read
        os.utime(path)
    return PreparedVolume(image, labels)


def _is_sound(path: Path) -> bool:
    """Whether the bytes of a volume are those that were written."""
    with contextlib.suppress(OSError), path.open("rb") as file:
        end = os.fstat(file.fileno()).st_size - _CHECKSUM
        return checksum_of(file, end) == file.read()
    return False


def checksum_of(file: BinaryIO, end: int) -> bytes:
    """Of the bytes from where the file stands to a place in it."""
    value, left = 0, end - file.tell()
    while left > 0 and (part := file.read(min(left, _AT_ONCE))):
        value, left = zlib.crc32(part, value), left - len(part)
    return value.to_bytes(_CHECKSUM, "little")


def map_array(file: BinaryIO) -> NDArray[Any]:
    """Maps the array that begins where the file stands, and moves behind it."""
    np.lib.format.read_magic(file)
    shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    start = file.tell()
    array = np.memmap(file, dtype, "r", start, shape)
    file.seek(start + array.nbytes)
    return array
