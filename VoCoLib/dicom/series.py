"""The volumes that the DICOM files behind a path hold, what each looks like, and which is read."""

from __future__ import annotations

import string
import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from VoCoLib.dicom.files import LeftOut, read_headers
from VoCoLib.dicom.frames import PHASES, Frame, read_frames
from VoCoLib.dicom.kernels import sharpness
from VoCoLib.dicom.places import (
    SAME_MM,
    at_one_place,
    heights,
    in_order,
    regular_grid,
)
from VoCoLib.dicom.spacing import missing
from VoCoLib.errors import InputError

_THIN_MM = 3.0
_FEW = 0.05  # of all positions that may be doubled without two volumes
_COMPUTED = ("MIP", "MINIP", "PROJECTION", "VRT", "SSD", "RENDERING", "SCREEN SAVE")


@dataclass(frozen=True)
class Series:
    """Slices that make one volume: a series, or one phase, reconstruction or orientation of it.

    Attributes:
        frames: in order along their normal.
        choice: what --series takes: the series' number, and a letter if others have it, too.
        phase: what tells it from other volumes of the same series, e.g. "kernel Br38f".
        guessed: whether nothing but their order told the slices from others at the same positions.
        problem: why it cannot be read as a volume; empty if it can.
    """

    frames: tuple[Frame, ...]
    choice: str = ""
    phase: str = ""
    guessed: bool = False
    problem: str = ""

    @property
    def uid(self) -> str:
        """The Series Instance UID."""
        return _header(self, "SeriesInstanceUID")

    @property
    def number(self) -> str:
        """The Series Number; a question mark if there is none."""
        return _header(self, "SeriesNumber") or "?"

    @property
    def description(self) -> str:
        """The Series Description, which may be empty."""
        return _header(self, "SeriesDescription")

    @property
    def modality(self) -> str:
        """The Modality, e.g. CT; may be empty."""
        return _header(self, "Modality")

    @property
    def kernel(self) -> str:
        """The convolution kernel; may be empty."""
        return self.frames[0].kernel

    @property
    def size(self) -> tuple[int, int, int]:
        """Columns, rows and slices."""
        header = self.frames[0].file.header
        return int(header.Columns), int(header.Rows), len(self.frames)

    @property
    def spacing(self) -> tuple[float | None, float | None, float | None]:
        """Distances of columns, rows and slices (the median), mm; None where not known."""
        columns, rows = self.frames[0].spacing or (None, None)
        gaps = np.diff(heights(self.frames))
        return columns, rows, float(np.median(gaps)) if gaps.size else None

    @property
    def plane(self) -> str:
        """axial, coronal, sagittal or oblique."""
        normal = np.abs(np.cross(*self.frames[0].orientation))
        return (
            ("sagittal", "coronal", "axial")[normal.argmax()] if normal.max() > 0.8 else "oblique"
        )

    @property
    def looks_like(self) -> str:
        """In words: modality, plane, what the kernel is for, whether it is computed."""
        soft = sharpness(self.kernel, self.description)
        parts = [self.plane, self.modality or "images of no modality"]
        parts += [f"{soft} kernel"] if soft else []
        parts += ["computed from others"] if self.computed else []
        return " ".join(parts[:2]) + "".join(f", {part}" for part in parts[2:])

    @property
    def computed(self) -> bool:
        """Whether it shows projections or renderings rather than slices of the body."""
        phase = self.frames[0].phase
        types = f"{phase['ImageType']}\\{phase['FrameType']}".upper().split("\\")
        return bool({*types} & {*_COMPUTED})

    def __str__(self) -> str:
        name = f" '{self.description}'" if self.description else ""
        count = len(self.frames)
        parts = [f"{count} slice{'s' * (count > 1)}", self.looks_like, self.phase, self.problem]
        return f"{self.choice}{name} ({', '.join(part for part in parts if part)})"


@dataclass(frozen=True)
class Contents:
    """What the DICOM files behind a path hold: the best series for organs first."""

    series: tuple[Series, ...]
    left_out: tuple[LeftOut, ...]


def find_series(root: Path) -> Contents:
    """The volumes behind a folder, a ZIP archive or a file, and what else is there.

    Raises:
        InputError: root cannot be opened.
    """
    try:
        files, others = read_headers(root)
    except (OSError, zipfile.BadZipFile) as error:
        what = getattr(error, "strerror", None) or error
        raise InputError(f"{root} cannot be opened: {what}.", "Check its permissions.") from error
    frames, damaged = read_frames(files)
    stacks = [part for stack in _stacks(frames) for part in _phases(stack)]
    named = _named([replace(stack, problem=_problem(stack)) for stack in stacks])
    return Contents(tuple(sorted(named, key=_rank, reverse=True)), (*others, *damaged))


def choose(contents: Contents, name: str, wanted: str) -> Series:
    """The series that wanted names by number, UID or description; the best if it is empty.

    Raises:
        InputError: there is none, wanted names none or several, or the one cannot be read.
    """
    if not contents.series:
        raise InputError(
            f"{name} holds no DICOM series, no slices of a volume{_kinds(contents)}.",
            "Name the folder that holds the CT's DICOM files.",
        )
    found = _matching(contents.series, wanted) if wanted else [contents.series[0]]
    if len(found) != 1:
        listed = "; ".join(str(series) for series in found or contents.series)
        what = f"{len(found)} series that are" if found else "no series"
        raise InputError(f"{name} holds {what} '{wanted}'. There are: {listed}.", _HINT)
    if found[0].guessed and not wanted:
        alike = [s for s in contents.series if s.uid == found[0].uid]
        raise InputError(
            f"{name} has several slices at the same position, and only their order tells them "
            f"apart: {'; '.join(str(series) for series in alike)}.",
            _HINT,
        )
    if found[0].problem:
        raise InputError(f"{name}: {found[0].problem}.", _hint_of(found[0]))
    return found[0]


_HINT = "See what there is with: voco inputs FOLDER. Choose with --series."


def _matching(series: Sequence[Series], wanted: str) -> list[Series]:
    """By the exact choice, else by number or UID, else by a part of the description."""
    text = wanted.strip().casefold()
    tests = (
        lambda s: s.choice.casefold() == text,
        lambda s: text in (s.number.casefold(), s.uid),
        lambda s: s.description.casefold() == text,
        lambda s: text in f"{s.description} {s.phase}".casefold(),
    )
    return next((found for test in tests if (found := [s for s in series if test(s)])), [])


def _rank(series: Series) -> tuple[int, ...]:
    """Larger is better for organs: a CT, axial, thin, of a soft kernel, most slices and pixels."""
    gap = series.spacing[2]
    columns, rows, _ = series.size
    soft = sharpness(series.kernel, series.description)
    return (
        not series.problem,
        len(series.frames) > 1,
        series.modality in ("CT", ""),
        not series.computed,
        series.plane == "axial",
        gap is not None and gap <= _THIN_MM,
        ("sharp", "", "soft").index(soft),
        len(series.frames),
        columns * rows,
    )


def _stacks(frames: Sequence[Frame]) -> list[Series]:
    """Frames of one series, size, orientation and pixel spacing."""
    stacks: dict[tuple[str, ...], list[list[Frame]]] = {}
    for frame in frames:
        header = frame.file.header
        key = [str(header.get(name) or "") for name in ("SeriesInstanceUID", "Rows", "Columns")]
        if not key[0]:
            key += [str(header.get(n) or "") for n in ("StudyInstanceUID", "SeriesNumber")]
        groups = stacks.setdefault((*key, frame.phase["StackID"]), [])
        group = next((g for g in groups if _alike(g[0], frame)), None)
        if group is None:
            groups.append([frame])
        else:
            group.append(frame)
    return [Series(tuple(in_order(g))) for groups in stacks.values() for g in groups]


def _alike(one: Frame, other: Frame) -> bool:
    """Whether two slices may lie in one volume, whose orientations may be rounded differently."""
    if (one.spacing is None) != (other.spacing is None):
        return False
    same = np.allclose(one.orientation, other.orientation, atol=5e-3)
    return same and np.allclose(one.spacing or 0, other.spacing or 0, rtol=1e-3)


def _phases(stack: Series) -> list[Series]:
    """A stack with several slices at one position as the volumes that it consists of."""
    counts = at_one_place(stack.frames)
    most = int(counts.max())
    if most == 1:
        return [stack]
    if (counts - 1).sum() <= max(1, _FEW * len(counts)):  # where two stacks meet, or a stray one
        return _by_turn(stack, guessed=False)
    for name in PHASES:
        parts: dict[str, list[Frame]] = {}
        for frame in stack.frames:
            parts.setdefault(frame.phase[name], []).append(frame)
        if 1 < len(parts) <= most:  # what every slice has another value of tells nothing
            named = [
                replace(stack, frames=tuple(part), phase=f"{stack.phase} {name} {value}".strip())
                for value, part in parts.items()
            ]
            return [piece for part in named for piece in _phases(part)]
    return _by_turn(stack, guessed=True)


def _by_turn(stack: Series, guessed: bool) -> list[Series]:
    """Slices at one position without a difference: the first of each, the second of each, ..."""
    turns: list[list[Frame]] = []
    for frame in sorted(stack.frames, key=_instance):
        free = (turn for turn in turns if not _taken(turn, frame))
        turn = next(free, None)
        if turn is None:
            turns.append([frame])
        else:
            turn.append(frame)
    return [
        replace(
            stack,
            frames=tuple(in_order(turn)),
            phase=f"{stack.phase} copy {k + 1}".strip(),
            guessed=guessed,
        )
        for k, turn in enumerate(turns)
    ]


def _taken(turn: Sequence[Frame], frame: Frame) -> bool:
    """Whether a slice of turn lies where frame does."""
    places = heights([*turn, frame])
    return bool((np.abs(places[:-1] - places[-1]) < SAME_MM).any())


def _instance(frame: Frame) -> tuple[int, int]:
    number = str(frame.file.header.get("InstanceNumber") or "0")
    return int(number) if number.lstrip("-").isdigit() else 0, frame.index or 0


def _problem(series: Series) -> str:
    if len(series.frames) < 2:
        return f"series {series.number} has a single slice"
    hole = missing(heights(series.frames))
    if hole:
        return f"series {series.number} lacks slices: {hole}"
    try:
        regular_grid(series.frames)
    except ValueError as error:
        return f"series {series.number} is no volume: {error}"
    return ""


def _hint_of(series: Series) -> str:
    if len(series.frames) < 2:
        return "Name a file, or a DICOM folder, with all slices of the CT."
    return "Export the complete series again, or choose another with --series."


def _named(stacks: Sequence[Series]) -> list[Series]:
    """With a choice each: the number, and a letter where several have it."""
    ordered = sorted(stacks, key=lambda s: (s.number, s.uid, s.phase, -len(s.frames)))
    counts, used = Counter(s.number for s in ordered), Counter[str]()
    result = []
    for stack in ordered:
        letter = _letter(used[stack.number]) if counts[stack.number] > 1 else ""
        used[stack.number] += 1
        result.append(replace(stack, choice=f"{stack.number}{letter}"))
    return result


def _letter(k: int) -> str:
    letters = string.ascii_lowercase
    return letters[k] if k < 26 else _letter(k // 26 - 1) + letters[k % 26]


def _kinds(contents: Contents) -> str:
    if not contents.left_out:
        return ""
    return f", only {describe(contents.left_out)}"


def describe(left_out: Sequence[LeftOut]) -> str:
    """Files by kind, with names or their number, e.g. localizer (a.dcm), no DICOM file (b, c)."""
    kinds: dict[str, list[str]] = {}
    for item in left_out:
        kinds.setdefault(item.kind, []).append(item.name)
    return ", ".join(f"{kind} ({_files(names)})" for kind, names in kinds.items())


def _files(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 3 else f"{names[0]} and {len(names) - 1} more"


def _header(series: Series, name: str) -> str:
    return str(series.frames[0].file.header.get(name) or "").strip()
