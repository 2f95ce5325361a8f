"""Says the sentences of VoCoLib, which speaks English, in the language of the application.

A sentence comes filled in, from another process or from a file. It is matched with the list of all
that the library says, and what stands in its fields is put into the translation. Without a
translation, and for what is not in the list, it stays as it was.
"""

from __future__ import annotations

import json
import re
from functools import cache, cached_property, lru_cache
from pathlib import Path

from slicer.i18n import translate

CONTEXT = "VoCoLib"
_LIST = Path(__file__).resolve().parent.parent / "Resources" / "LibrarySentences.json"
_BETWEEN = re.compile(r"(?<=[.!?])\s+")
_MOST_PARTS = 5  # of a sentence whose paths have full stops; more would take seconds
_PART = re.compile(r"\{(\d+)\}|(\{\{)|(\}\})|([^{}]+)")


class Template:
    """A sentence with fields {0}, {1}, ...

    Attributes:
        text: as str.format takes it.
        literal: the longest text between fields.
        size: letters outside the fields.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        literals = [""]
        for field, opening, closing, other in _PART.findall(text):
            if field:
                literals.append("")
            else:
                literals[-1] += (opening or closing)[:1] + other
        self.literal = max(literals, key=len)
        self.size = sum(map(len, literals))

    def fieldsOf(self, sentence: str) -> list[str] | None:
        """What stands in the fields; None if it is another sentence."""
        match = self._pattern.fullmatch(sentence) if self.literal in sentence else None
        if match is None:
            return None
        named = match.groupdict()
        return [named[f"f{number}"] for number in range(len(named))]

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        known: set[str] = set()
        parts = []
        for field, opening, closing, other in _PART.findall(self.text):
            if not field:
                parts.append(re.escape((opening or closing)[:1] + other))
            else:
                parts.append(f"(?P=f{field})" if field in known else f"(?P<f{field}>.*?)")
                known.add(field)
        return re.compile("".join(parts), re.DOTALL)


@cache
def templates() -> list[Template]:
    """All sentences of the library, those with the most text of their own first."""
    listed = map(Template, json.loads(_LIST.read_text(encoding="utf-8")))
    return sorted(listed, key=lambda template: -template.size)


def spoken(line: str) -> str:
    """A line of sentences in the language of the application.

    What is not in the list may be the beginning of a sentence: a path in it can hold a full stop.
    """
    said, parts = [], _BETWEEN.split(line)
    while parts:
        for count in range(1, min(len(parts), _MOST_PARTS) + 1):
            text = translated(" ".join(parts[:count]))
            if text is not None:
                break
        else:
            text, count = parts[0], 1
        said.append(text)
        parts = parts[count:]
    return " ".join(said)


def translated(sentence: str) -> str | None:
    """A sentence of the library in the language of the application; None if it is no such."""
    found = _matched(sentence)
    if found is not None:
        return _filled(*found)
    if sentence.endswith("."):  # which an error adds where a hint follows
        said = translated(sentence[:-1])
        return None if said is None else said + "."
    name, colon, rest = sentence.partition(": ")
    said = translated(rest) if colon else None
    return None if said is None else f"{name}: {said}"


@lru_cache(maxsize=1000)  # a panel says the same again at each change
def _matched(sentence: str) -> tuple[Template, list[str]] | None:
    """The template that a sentence was made of, and what stands in its fields."""
    for template in templates():
        fields = template.fieldsOf(sentence)
        if fields is not None:
            return template, fields
    return None


def _filled(template: Template, fields: list[str]) -> str:
    """The translation of a template; the template where a translator lost or made up a field."""
    text = translate(CONTEXT, template.text)
    if _fieldsIn(text) != _fieldsIn(template.text):
        text = template.text
    return text.format(*(translated(field) or field for field in fields))


def _fieldsIn(text: str) -> set[str]:
    return {part[0] for part in _PART.findall(text) if part[0]}
