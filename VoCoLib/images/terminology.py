"""Writes the codes of a label as Slicer serializes a terminology entry."""

from __future__ import annotations

import re

from VoCoLib.recipe import TERMINOLOGY_CONTEXT, Code, Label


def serialize_terminology(label: Label) -> str:
    """A label's category, type and modifier as a terminology entry without an anatomic region."""
    codes = "~".join(_code(code) for code in (label.category, label.type, label.modifier))
    return f"{TERMINOLOGY_CONTEXT}~{codes}~Anatomic codes - DICOM master list~^^~^^"


def _code(code: Code | None) -> str:
    if code is None:
        return "^^"
    return "^".join(re.sub(r"[~^|]", " ", text) for text in (code.scheme, code.value, code.meaning))
