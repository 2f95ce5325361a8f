"""Compares the names of structures: their words in one spelling, their sides, mirror images."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

from VoCoLib.errors import InputError
from VoCoLib.recipe import Code, Label

SIDES = {"right": Code("SCT", "24028007", "Right"), "left": Code("SCT", "7771000", "Left")}

_OTHER = {"right": "left", "left": "right"}
_LETTERS = {"r": "right", "rt": "right", "l": "left", "lt": "left"}
_SPELLINGS = _LETTERS | {"oesophagus": "esophagus", "tumour": "tumor", "gland": "", "the": ""}
_JOINED = re.compile(r"(left|right)(.{3,})|(.{3,})(left|right)")  # but neither cleft nor bright
# a single letter at one of these is a side even where the other side is missing
_PAIRED = (
    *("adrenal", "breast", "clavicle", "cochlea", "eye", "femur", "hip", "humerus", "kidney"),
    *("lens", "lung", "opticnerve", "parotid", "psoas", "scapula", "submandibular"),
)
_ABBREVIATION = re.compile(r"[LR][A-Z]{1,2}")  # LK, RAG; but also LN, a lymph node


def spaced(name: str) -> str:
    """A name with spaces between its words: "kidney_left", "LPsoas" and "PsoasL" have two each."""
    name = re.sub(r"(?<![A-Za-z])([LR]T?)(?=[A-Z][a-z])", r"\1 ", name)
    return re.sub(r"([a-z])([A-Z])", r"\1 \2", name).replace("_", " ").strip()


def words_of(name: str) -> str:
    """The words of a name in one spelling, joined, the side last: for comparing names."""
    stem, side = _stem_and_side(_words(name))
    return stem + side


def sides_of(names: Sequence[str]) -> list[tuple[str, str]]:
    """What each structure is, and its side: "right", "left", or nothing.

    A side is a word of the name, also one that is written together with the next, or a letter at
    one end of a word: where the structure is known to come in pairs ("lkidney"), or where another
    name has the other letter there ("LK" and "RK").
    """
    words = [_words(name) for name in names]
    found = [_stem_and_side(parts) for parts in words]
    without = {stem for stem, side in found if not side}
    for number, (_, side) in enumerate(found):
        if not side:
            meant = (one[:2] for one in _by_letter(words[number]) if one[2] in without)
            found[number] = next(meant, found[number])
    return found


def side_pairs(
    labels: Sequence[Label], sideless: Iterable[str] = ()
) -> tuple[tuple[int, int], ...]:
    """The values of structures that are each other's mirror image, the right one first.

    The modifiers of the labels say the sides; where there is none, the names do.

    Args:
        labels: of the structures.
        sideless: names of those that keep their name in a mirrored patient.

    Raises:
        InputError: a structure has a side, or looks as if it had one, and its counterpart is not
            there; or sideless names no structure.
    """
    kept = {words_of(name): name for name in sideless}
    if unknown := kept.keys() - {words_of(label.name) for label in labels}:
        raise InputError(
            f"--sideless names {kept[min(unknown)]!r}, which is not learned.",
            f"The structures are: {', '.join(label.name for label in labels)}.",
        )
    sided, alone = _find_sides(labels, kept)
    for (stem, side), label in sided.items():
        if (stem, _OTHER[side]) not in sided:
            alone[label.name] = "has no counterpart on the other side."
    if alone:
        raise InputError(
            " ".join(f"{name} {problem}" for name, problem in alone.items()),
            "Leave out --mirror, or learn both sides. What is to keep its name in a mirrored "
            f'patient: --sideless "{",".join(alone)}".',
        )
    return tuple((right.value, left.value) for right, left in _pairs(sided))


def counterparts(labels: Sequence[Label]) -> list[tuple[Label, Label]]:
    """The pairs of a right and a left structure that are there, found as side_pairs finds them.

    None where two labels seem to be the same structure.
    """
    try:
        return _pairs(_find_sides(labels, ())[0])
    except InputError:
        return []


def _pairs(sided: Mapping[tuple[str, str], Label]) -> list[tuple[Label, Label]]:
    return [
        (label, sided[stem, "left"])
        for (stem, side), label in sided.items()
        if side == "right" and (stem, "left") in sided
    ]


def _find_sides(
    labels: Sequence[Label], kept: Container[str]
) -> tuple[dict[tuple[str, str], Label], dict[str, str]]:
    """The labels that have a side, by what they are and their side; and what only looks so."""
    sided: dict[tuple[str, str], Label] = {}
    doubtful: dict[str, str] = {}
    for label, (stem, named) in zip(labels, sides_of([x.name for x in labels]), strict=True):
        if words_of(label.name) in kept:
            continue
        coded = next((side for side, code in SIDES.items() if code == label.modifier), "")
        place = (label.type.value if coded and not named else stem, coded or named)
        if other := sided.get(place):
            raise InputError(f"{other.name} and {label.name} seem to be the same.", "Rename one.")
        if coded or named:
            sided[place] = label
        elif _ABBREVIATION.fullmatch(label.name):
            doubtful[label.name] = "looks like the name of a side and has no counterpart."
    return sided, doubtful


def _words(name: str) -> list[str]:
    """The words of a name in lower case and one spelling."""
    words = []
    for word in re.findall(r"[^\W_]+", spaced(name).lower()):
        joined = _JOINED.fullmatch(word)
        words += [part for part in joined.groups() if part] if joined else [word]
    return [word for word in (_SPELLINGS.get(word, word) for word in words) if word]


def _stem_and_side(words: Sequence[str]) -> tuple[str, str]:
    """The words without the side, joined; and the side, if they say one."""
    side = next((word for word in words if word in SIDES), "")
    stem = "".join(word for word in words if word != side)
    for letters, meant in () if side else _LETTERS.items():
        for rest in (stem.removeprefix(letters), stem.removesuffix(letters)):
            if rest in _PAIRED and rest != stem:
                return rest, meant
    return stem, side


def _by_letter(words: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Stem, side and counterpart, if a letter at one end of a word is a side; all there are."""
    for number, word in enumerate(words):
        before, after = "".join(words[:number]), "".join(words[number + 1 :])
        for letter, other in (("r", "l"), ("l", "r")):
            for start, end in (("", word[1:]), (word[:-1], "")):
                if start + letter + end == word and len(word) > 1:
                    stem = before + start + "*" + end + after
                    yield stem, _LETTERS[letter], before + start + other + end + after
