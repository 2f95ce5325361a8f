"""What the user chose, as presenters read and write it; in Slicer a parameter node has it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Choices:
    """VoCoSegmentationLib.presenters.seams.Parameters; begins as a new scene does in Slicer.

    Args:
        changed: called after something has become another one.
    """

    changed: Callable[[], None]
    inputVolume: Any = None
    allFrames: bool = False
    modelId: str = ""
    modelTitle: str = ""
    structures: list[str] = field(default_factory=list)
    regionOfInterest: Any = None
    device: str = "auto"
    outputSegmentation: Any = None
    uncertainty: bool = False
    positionModel: str = ""
    positionBases: int = 1
    positionPlacement: str = ""
    positionPoint: Any = None
    positionReference: Any = None
    positionShowMatch: bool = True
    positionOverlay: str = "similarity"
    positionOpacity: float = 0.35

    def __setattr__(self, name: str, value: Any) -> None:
        is_new = name not in self.__dict__
        before = self.__dict__.get(name)
        object.__setattr__(self, name, value)
        if not is_new and before != value:
            self.changed()
