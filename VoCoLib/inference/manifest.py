"""The manifest of a folder of results: what became of each input, and what is still missing."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal, TextIO

from VoCoLib.errors import OutputError, VoCoError
from VoCoLib.evaluation.flags import Flag
from VoCoLib.files import output_error, write_atomically
from VoCoLib.images.encodings import printable

MANIFEST = "manifest.csv"
_MOST_FILES = 10_000  # of a DICOM study that are looked at


@dataclass(frozen=True)
class Entry:
    """What became of an input.

    Attributes:
        input: its path.
        result: path of the segmentation.
        state: "done" or "failed".
        message: the summary of a result, or the error.
        seconds: that it took.
        volumes: "Liver 1510.3; Spleen 220.0", in ml.
        flags: what a person should look at: "Liver: cut at the edge of the scan; ...".
        model: id or name of the model.
        made_of: what the result depends on: input, model and wishes, see made_of.
    """

    input: str
    result: str
    state: Literal["done", "failed"]
    message: str = ""
    seconds: float = 0.0
    volumes: str = ""
    flags: str = ""
    model: str = ""
    made_of: str = ""


_COLUMNS = tuple(field.name for field in fields(Entry))


class Manifest:
    """The entries of a folder, each written as soon as its input is done.

    A kill costs at most the last line, whose input is then done again. The last entry of an input
    counts; close() writes each once.

    Args:
        path: of the CSV.

    Raises:
        OutputError: there is another file of this name, or it cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._entries: dict[str, Entry] = {}
        self._file: TextIO | None = None
        self._whole = 0  # bytes of complete lines
        try:
            data = path.read_bytes() if path.exists() else b""
        except OSError as error:
            raise output_error(path, error) from error
        self._whole = data.rfind(b"\n") + 1
        self._read(data[: self._whole].decode("utf-8-sig", "replace"))

    def done(self, source: Path, target: Path, made_of: str) -> bool:
        """Whether the result of an input is there, made of what it would be made of now."""
        entry = self._entries.get(printable(source))
        return (
            entry is not None
            and entry.state == "done"
            and entry.made_of == made_of
            and entry.result == printable(target)
        )

    def model_of(self, source: Path) -> str:
        """The model that an input was segmented with; empty if it was not."""
        entry = self._entries.get(printable(source))
        return entry.model if entry is not None and entry.state == "done" else ""

    def add(self, entry: Entry) -> None:
        """Takes an entry and writes it; raises OutputError."""
        self._entries[entry.input] = entry
        try:
            if self._file is None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self.path.open("a", encoding="utf-8", newline="")
                self._file.truncate(self._whole)
                if not self._whole:
                    csv.writer(self._file).writerow(_COLUMNS)
            csv.DictWriter(self._file, _COLUMNS).writerow(asdict(entry))
            self._file.flush()
        except OSError as error:
            raise output_error(self.path, error) from error

    def close(self, order: Iterable[Path]) -> None:
        """Writes each entry once: those of some inputs in their order, then others of before."""
        if self._file is None:
            return
        self._file.close()
        self._file = None
        names = dict.fromkeys([*(printable(path) for path in order), *self._entries])
        entries = [self._entries[name] for name in names if name in self._entries]
        write_atomically(self.path, lambda path: _write(path, entries))

    def _read(self, text: str) -> None:
        rows = csv.DictReader(text.splitlines())
        if rows.fieldnames is not None and tuple(rows.fieldnames) != _COLUMNS:
            raise OutputError(
                f"{printable(self.path)} exists, and is no manifest of earlier segmentations.",
                "Move it, or choose another folder.",
            )
        for row in rows:
            with contextlib.suppress(ValueError, TypeError):  # somebody has edited it
                entry = Entry(**{**row, "seconds": float(row["seconds"])})  # type: ignore[arg-type]
                self._entries[entry.input] = entry


def _write(path: Path, entries: Iterable[Entry]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, _COLUMNS)
        writer.writeheader()
        writer.writerows(asdict(entry) for entry in entries)


@dataclass(frozen=True)
class Record:
    """Keeps the manifest of a batch, and says what is done already.

    Attributes:
        manifest: of the folder.
        weights_of: tells the weights of a model of this id or name from others; may raise
            VoCoError.
        model: that is wanted for all; empty for the one that suits each.
        wishes: all else that was asked for, as JSON has it.
        skip: whether to leave out what is done.
    """

    manifest: Manifest
    weights_of: Callable[[str], str]
    model: str
    wishes: Mapping[str, Any]
    skip: bool

    def is_done(self, source: Path, target: Path) -> bool:
        """Whether an input may be left out: what its result was made of has not changed."""
        model = self.model or self.manifest.model_of(source)
        if not self.skip or not model:
            return False
        try:
            made = made_of(source, self.weights_of(model), self.wishes)
        except VoCoError:  # the model is gone, or not the one that was downloaded
            return False
        return self.manifest.done(source, target, made)

    def note(
        self, source: Path, target: Path, seconds: float, outcome: Mapping[str, Any] | VoCoError
    ) -> None:
        """Writes what became of an input: its "result" event, or an error; raises OutputError."""
        place, name, seconds = printable(source), printable(target), round(seconds, 1)
        if isinstance(outcome, VoCoError):
            self.manifest.add(Entry(place, name, "failed", _line(str(outcome)), seconds))
            return
        rows, model = outcome["statistics"], str(outcome["model"])
        flags = [f"{row['name']}: {Flag(**flag)}" for row in rows for flag in row["flags"]]
        volumes = "; ".join(f"{row['name']} {row['millilitres']:.1f}" for row in rows)
        made = made_of(source, self.weights_of(model), self.wishes)
        message = _line(str(outcome["summary"]))
        self.manifest.add(
            Entry(place, name, "done", message, seconds, volumes, "; ".join(flags), model, made)
        )


def _line(text: str) -> str:
    return " ".join(text.split())


def made_of(source: Path, model: str, wishes: Mapping[str, Any]) -> str:
    """A fingerprint of what a result depends on.

    Args:
        source: the input; of its files names, sizes and times count.
        model: what tells its weights from others.
        wishes: all else, as JSON has it.
    """
    files = []
    with contextlib.suppress(OSError):  # whoever reads it says so
        for path in _files(source):
            stat = os.stat(path)
            files.append([os.path.relpath(path, source), stat.st_size, stat.st_mtime_ns])
    text = json.dumps([files, model, wishes], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _files(source: Path) -> list[str]:
    if not source.is_dir():
        return [str(source)]
    found = [
        os.path.join(place, name)
        for place, _, names in os.walk(source)
        for name in names
        if name[0] != "."
    ]
    return sorted(found)[:_MOST_FILES]
