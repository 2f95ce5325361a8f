"""Remarks on a segmented structure: a code for programs, words for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Code = Literal["absent", "cut", "small", "large", "dark", "bright", "pieces", "swapped"]


@dataclass(frozen=True)
class Flag:
    """One thing to look at.

    Attributes:
        code: "absent" no voxel; "cut" by the edge of the image; "small", "large" its volume,
            "dark", "bright" its mean HU beyond what is usual; "pieces" it is in many; "swapped" it
            lies on the other side of its partner.
        values: what is said with it: value, limit; count; partner.
    """

    code: Code
    values: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """In English."""
        return _WORDS[self.code].format(**self.values)


_WORDS: Mapping[Code, str] = {
    "absent": "not found",
    "cut": "cut by the edge of the image",
    "small": "small: {value:.3g} ml, usual is more than {limit:g}",
    "large": "large: {value:.3g} ml, usual is less than {limit:g}",
    "dark": "dark: {value:.0f} HU, usual is more than {limit:g}",
    "bright": "bright: {value:.0f} HU, usual is less than {limit:g}",
    "pieces": "in {count} pieces",
    "swapped": "on the other side of {partner}",
}
