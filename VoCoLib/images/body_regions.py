"""The regions of the body that a CT may show, and what was recognised in one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

REGIONS = ("head", "neck", "chest", "abdomen", "pelvis", "legs")  # from the top down


@dataclass(frozen=True)
class BodyRegions:
    """What a CT shows.

    Attributes:
        extents: mm along the body of each region that is shown, from the top down; empty if none
            was recognised.
        doubt: why it is not certain, as an English clause; empty if it is.
        synthetic: it is the phantom that VoCo makes itself.
    """

    extents: Mapping[str, float]
    doubt: str = ""
    synthetic: bool = False

    @property
    def certain(self) -> bool:
        """Whether the regions may be relied on."""
        return not self.doubt
