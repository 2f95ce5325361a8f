"""Writes the volumes of an archive as shards, in parallel, going on where an earlier attempt ended.

Each shard appears complete, and beside it an index of its own. At the end one index takes their
place; it is also what the next attempt begins with: a CT of which it knows the print is done.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import tarfile
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from queue import LifoQueue
from typing import Any

import numpy as np
import torch

from VoCoLib.errors import CancelledError, InputError, OutputError
from VoCoLib.events import EventSink, Progress, event
from VoCoLib.files import discard
from VoCoLib.method.presets import Preparation
from VoCoLib.processes.isolated import ChildDiedError, Isolated
from VoCoLib.processes.process_file import ProcessFile
from VoCoLib.training.data.archive import VolumeFacts
from VoCoLib.training.data.cache import is_lasting
from VoCoLib.training.data.datasets import Case
from VoCoLib.training.data.prepared import PreparedVolume, UnusableVolumeError, prepare_volume
from VoCoLib.training.data.shards import (
    INDEX,
    SHARD,
    ShardCase,
    index_text,
    read_index,
)
from VoCoLib.training.data.storage import MissingFileError, Storage

_TOGETHER = 32  # volumes of a shard: 0.7 GB at 1.5 mm; so many are done again after a kill
_BLOCK = 512  # bytes of a header in a tar
_LEFT = re.compile(r"\.[0-9a-f]{12}(\.tar|\.jsonl)")  # of an attempt that was killed

Prepare = Callable[[Preparation, Case], "Answer"]


@dataclass(frozen=True)
class Answer:
    """What became of a CT in the process that prepared it.

    Attributes:
        volume: None if the CT is unusable.
        warnings: what is odd about its files.
        problem, lasting: see ShardCase.
    """

    volume: PreparedVolume | None
    warnings: list[str]
    problem: str = ""
    lasting: bool = True


def prepare_for_shard(preparation: Preparation, case: Case) -> Answer:
    """Prepares a CT, which may be in another process."""
    warnings: list[str] = []
    try:
        return Answer(prepare_volume(case, preparation, None, warnings.append), warnings)
    except UnusableVolumeError as error:
        return Answer(None, warnings, error.message, is_lasting(error))


def prepare_alone(preparation: Preparation, case: Case) -> Answer:
    """The same in a process that does nothing else."""
    torch.set_num_threads(1)
    return prepare_for_shard(preparation, case)


class ShardWriter:
    """Writes shards of one preparation to one place.

    Args:
        storage: the place.
        preset: name of the preset of the preparation.
        preparation: of the volumes.
        sink: receives log and progress events.
        processes: that prepare volumes; 1: this one.
    """

    def __init__(
        self,
        storage: Storage,
        preset: str,
        preparation: Preparation,
        sink: EventSink,
        processes: int,
    ) -> None:
        self._storage, self._sink = storage, sink
        self._preset, self._preparation = preset, preparation
        self._processes = processes
        self._stop, self._lock = threading.Event(), threading.Lock()
        self._done = 0

    def write(self, root: Path, facts: Mapping[str, VolumeFacts]) -> list[ShardCase]:
        """Prepares what is not done yet, and writes the index.

        Args:
            root: of the archive; names are relative to it.
            facts: of its CTs, by path, in their order.

        Returns:
            all CTs, in their order.

        Raises:
            InputError: the place holds shards of another preparation, or no CT can be used.
            OutputError: it cannot be written to, or another process does.
        """
        self._storage.check_writable()
        with self._alone():
            known, number = self._known()
            images = {_name_in(root, Path(path)): path for path in facts}
            done = {
                name: case
                for name, path in images.items()
                if (case := known.get(name)) and case.content == facts[path].print and case.lasting
            }
            todo = [
                ShardCase(Path(name), content=facts[path].print)
                for name, path in images.items()
                if name not in done
            ]
            if done and todo:
                self._log(f"{len(done):,} CTs are done already; {len(todo):,} are left.")
            parts = [todo[n : n + _TOGETHER] for n in range(0, len(todo), _TOGETHER)]
            progress = Progress(self._sink, "Preparing the volumes", len(todo))
            found = self._write_all(parts, images, number, progress)
            done.update((case.name, case) for case in found)
            cases = [done[name] for name in images]
            self._finish(cases)
            return cases

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Keeps other processes out of a folder; behind a URL nobody can tell."""
        folder = self._storage.folder
        if folder is None:
            yield
            return
        owner = ProcessFile(folder / "prepare.run")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            owner.claim()
        except OSError as error:
            raise OutputError(
                f"{folder} cannot be written to: {error.strerror or error}.", "Choose another."
            ) from error
        try:
            for name in filter(_LEFT.fullmatch, os.listdir(folder)):
                discard(folder / name)
            yield
        finally:
            owner.release()

    def _known(self) -> tuple[dict[str, ShardCase], int]:
        """What is complete, by name, and the next number of a shard."""
        names = self._storage.names()
        found: dict[str, ShardCase] = {}
        newer = [name for name in names if SHARD.fullmatch(name) and name.endswith(".jsonl")]
        for name in (INDEX, *newer):
            try:
                shards = read_index(self._storage.read(name), name)
            except MissingFileError:
                continue
            if shards.preparation != self._preparation:
                raise InputError(
                    f"{self._storage.location} holds shards of the preparation {shards.preset}, "
                    f"not {self._preset}.",
                    "Choose another folder.",
                )
            found.update(shards.cases)
        there = {*names, ""}
        numbers = [int(match[1]) for name in names if (match := SHARD.fullmatch(name))]
        return {n: c for n, c in found.items() if c.shard in there}, max(numbers, default=-1) + 1

    def _write_all(
        self,
        parts: Sequence[Sequence[ShardCase]],
        images: Mapping[str, str],
        first: int,
        progress: Progress,
    ) -> list[ShardCase]:
        """Writes a shard for each part, several at a time."""
        with contextlib.ExitStack() as ended:
            idle: LifoQueue[Prepare] = LifoQueue()  # no more start than work at once
            for _ in range(self._processes):
                if self._processes == 1:
                    idle.put(prepare_for_shard)
                else:
                    child = Isolated(prepare_alone)
                    ended.callback(child.close)
                    idle.put(child)
            pool = ended.enter_context(ThreadPoolExecutor(self._processes))
            ended.callback(self._stop.set)  # before the pool waits for its threads
            futures = [
                pool.submit(self._write_shard, first + n, part, images, idle, progress)
                for n, part in enumerate(parts)
            ]
            wait(futures, return_when=FIRST_EXCEPTION)
            self._stop.set()
            for future in futures:
                future.cancel()
            failed = [f for f in futures if not f.cancelled() and f.exception() is not None]
            for future in failed:
                if not isinstance(future.exception(), CancelledError):
                    future.result()
            return [case for future in futures for case in future.result()]

    def _write_shard(
        self,
        number: int,
        part: Sequence[ShardCase],
        images: Mapping[str, str],
        idle: LifoQueue[Prepare],
        progress: Progress,
    ) -> list[ShardCase]:
        """Prepares the CTs of a part, and writes them and their index."""
        name = f"shard-{number:06d}"
        found: list[ShardCase] = []

        def write(path: Path) -> None:
            with path.open("wb") as file, tarfile.open(fileobj=file, mode="w") as tar:
                for case in part:
                    found.append(self._add(tar, f"{name}.tar", case, images[case.name], idle))
                    with self._lock:
                        self._done += 1
                        progress.update(self._done)
            _to_disk(path)

        self._storage.write(f"{name}.tar", write)
        self._write_index(f"{name}.jsonl", found)
        return found

    def _add(
        self,
        tar: tarfile.TarFile,
        shard: str,
        case: ShardCase,
        image: str,
        idle: LifoQueue[Prepare],
    ) -> ShardCase:
        """Prepares a CT and adds it to a shard; what is known of it then."""
        if self._stop.is_set():
            raise CancelledError("Preparing the volumes was cancelled.")
        prepare = idle.get()
        try:
            answer = prepare(self._preparation, Case(Path(image)))
        except ChildDiedError as error:
            problem = (
                f"The process that prepared {image} ended ({error}): its reader crashed, or memory "
                "ran out."
            )
            answer = Answer(None, [], problem, lasting=False)
        finally:
            idle.put(prepare)
        for warning in answer.warnings:
            self._log(warning, level="warning")
        if answer.volume is None:
            problem = answer.problem.replace(image, case.name)
            self._log(f"Left out {case.name}: {problem}", level="warning")
            return replace(case, problem=problem, lasting=answer.lasting)
        buffer = io.BytesIO()
        np.save(buffer, answer.volume.image)
        info = tarfile.TarInfo(f"{len(tar.getmembers()):02d}.npy")
        info.size = buffer.tell()
        offset = tar.offset + _BLOCK
        buffer.seek(0)
        tar.addfile(info, buffer)
        checksum = zlib.crc32(buffer.getbuffer())
        return replace(case, shard=shard, offset=offset, size=info.size, checksum=checksum)

    def _finish(self, cases: Sequence[ShardCase]) -> None:
        """Writes the index of all, and deletes those of the shards; says what is unusable."""
        unusable = [case for case in cases if case.problem]
        if len(unusable) == len(cases):
            raise InputError(
                f"None of the {len(cases)} CTs can be used. {cases[0].name}: {cases[0].problem}",
                "Check that the path leads to CT volumes in HU.",
            )
        self._write_index(INDEX, cases)
        for name in self._storage.names():
            if SHARD.fullmatch(name) and name.endswith(".jsonl"):
                self._storage.remove(name)
        if unusable:
            lines = [f"{len(unusable)} of {len(cases)} CTs are left out, as the index says:"]
            lines += [f"{case.name}: {case.problem}" for case in unusable]
            skipped = [[case.name, case.problem] for case in unusable]
            self._log("\n".join(lines), level="warning", skipped=skipped)

    def _write_index(self, name: str, cases: Sequence[ShardCase]) -> None:
        text = index_text(self._preset, self._preparation, cases)

        def write(path: Path) -> None:
            path.write_text(text, encoding="utf-8", newline="\n")
            _to_disk(path)

        self._storage.write(name, write)

    def _log(self, message: str, **values: Any) -> None:
        with self._lock:
            self._sink(event("log", message=message, **values))


def _name_in(root: Path, image: Path) -> str:
    """A CT's path as it is the same wherever the archive lies."""
    return (image.relative_to(root) if image.is_relative_to(root) else PurePath(image)).as_posix()


def _to_disk(path: Path) -> None:
    with path.open("r+b") as file:
        os.fsync(file.fileno())
