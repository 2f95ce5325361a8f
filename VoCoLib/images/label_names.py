"""What the values of label maps mean: a table of names, matched with what files say themselves."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from VoCoLib.errors import InputError
from VoCoLib.files import read_json
from VoCoLib.images.segments import Segment
from VoCoLib.locations import RESOURCES
from VoCoLib.structure_names import words_of

_SAYS_NOTHING = re.compile(r"(segment|label)?[ _]*\d*", re.IGNORECASE)  # names that programs give


@dataclass(frozen=True)
class LabelNames:
    """What a data set or a model calls the values of a label map.

    Attributes:
        names: values and names, without the background.
        ignore: the value of voxels that nobody looked at, if there is one.
        source: who says so, for messages.
    """

    names: tuple[tuple[int, str], ...]
    source: str = field(default="the data set", compare=False)
    ignore: int | None = None

    @property
    def highest(self) -> int:
        """The number of values from 0 to the highest."""
        return 1 + max(self.ignore or 0, *(value for value, _ in self.names))

    def by_words(self) -> list[tuple[int, str]]:
        """Values and the words of their names, see words_of; the ignored one is "ignore"."""
        pairs = [(value, words_of(name)) for value, name in self.names]
        return pairs if self.ignore is None else [*pairs, (self.ignore, "ignore")]


def names_of(
    table: Mapping[int, str], source: str = "the data set", ignore: int | None = None
) -> LabelNames:
    """The names of a table."""
    return LabelNames(tuple(table.items()), source, ignore)


def match_segments(
    segments: Sequence[Segment],
    present: Collection[Segment],
    names: LabelNames,
    file: str,
    all_known: bool,
) -> dict[Segment, int]:
    """The value in a table of each segment of a file, by its name or its codes.

    A segment that a program named ("Segment_3") is what the table calls its value.

    Args:
        segments: of the file.
        present: those with voxels.
        names: the table.
        file: for messages.
        all_known: refuse segments that the table does not have; else they are left out.

    Raises:
        InputError: file and table, or name and codes of a segment, disagree.
    """
    wanted = {words: value for value, words in names.by_words()}
    found = {segment: _by_name_and_code(segment, wanted, file) for segment in segments}
    matched: dict[Segment, int] = {s: value for s, value in found.items() if value is not None}
    called = dict(names.names)
    if names.ignore is not None:
        called[names.ignore] = "ignore"
    for segment in segments:
        nameless = _SAYS_NOTHING.fullmatch(segment.name) is not None
        free = segment.value in called and segment.value not in matched.values()
        if segment not in matched and segment in present:
            if nameless and free:
                matched[segment] = segment.value
            elif free or nameless or all_known:
                raise _disagreement(segment, called, names.source, file)
    _refuse_twice(matched, called, file)
    return matched


def _by_name_and_code(segment: Segment, wanted: Mapping[str, int], file: str) -> int | None:
    name, known = words_of(segment.name), _structures_by_code().get(segment.code)
    if known is not None and name != words_of(known):
        others = {*map(words_of, _structures_by_code().values())}
        if name in wanted or name in others:
            raise InputError(
                f"{file} has a segment '{segment.name}' with the terminology of {known}.",
                "Correct its name or its terminology in Slicer.",
            )
        return wanted.get(words_of(known))
    return wanted.get(name)


def _refuse_twice(matched: Mapping[Segment, int], called: Mapping[int, str], file: str) -> None:
    first: dict[int, Segment] = {}
    for segment, value in matched.items():
        other = first.setdefault(value, segment)
        if other is not segment:
            raise InputError(
                f"{file} has two segments for {called[value]}: '{other.name}' and "
                f"'{segment.name}'.",
                "Merge or rename one.",
            )


def _disagreement(
    segment: Segment, called: Mapping[int, str], source: str, file: str
) -> InputError:
    theirs = called.get(segment.value)
    says = f"calls that value '{theirs}'" if theirs else "does not have it"
    return InputError(
        f"{file} calls the value {segment.value} '{segment.name}', but {source} {says}.",
        f"Give the structure one name in both. {source} has: {', '.join(called.values())}.",
    )


@cache
def _structures_by_code() -> dict[tuple[str, str], str]:
    """The structures of Resources/labels.json whose type and modifier no other has."""
    found: dict[tuple[str, str], list[str]] = {}
    for name, data in read_json(RESOURCES / "labels.json")["structures"].items():
        modifier = data["modifier"]["value"] if data["modifier"] else ""
        found.setdefault((data["type"]["value"], modifier), []).append(name)
    return {code: names[0] for code, names in found.items() if len(names) == 1}
