"""Two patients side by side: where a place of the one is in the other, at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from slicer import vtkMRMLScalarVolumeNode
from slicer.i18n import tr as _

from VoCoLib.positions.lookup import MatchLookup
from VoCoSegmentationLib.jobs.positions import CompareJob, Point
from VoCoSegmentationLib.presenters.seams import FrontEnd
from VoCoSegmentationLib.scene.positionScene import PositionScene


class PositionPair:
    """The views of two CTs, of which the one on the right follows the one on the left.

    Attributes:
        isOpen: whether they are seen.

    Args:
        shown: nodes and views.
        frontEnd: has the layout.
    """

    def __init__(self, shown: PositionScene, frontEnd: FrontEnd) -> None:
        self.isOpen = False
        self._shown = shown
        self._frontEnd = frontEnd
        self._lookup: tuple[Any, MatchLookup, CompareJob] | None = None
        self._at: Point | None = None  # what is shown is about

    def open(self, volumeNode: vtkMRMLScalarVolumeNode, other: vtkMRMLScalarVolumeNode) -> None:
        """Shows the one on the left and the other on the right."""
        self._frontEnd.showSideBySide()
        self._shown.pair(volumeNode, other)
        self._frontEnd.soon(self._frontEnd.fitViews)  # the views get their new sizes first
        self.isOpen = True

    def close(self) -> None:
        """Shows again what was there before."""
        if self.isOpen:
            self.isOpen, self._at = False, None
            self._shown.unpair()
            self._frontEnd.layoutBack()

    def knows(self, key: Any) -> bool:
        """Whether the two that the key stands for have been compared."""
        return self._lookup is not None and self._lookup[0] == key

    def learn(self, key: Any, job: CompareJob) -> None:
        """Takes over what a comparison found of what the key stands for."""
        assert job.similarities is not None
        affines = (np.array(job.result[name]) for name in ("affine", "reference_affine"))
        lookup = MatchLookup(job.grid, job.otherGrid, job.similarities, *affines)
        self._lookup, self._at = (key, lookup, job), None

    def show(self, key: Any, place: Point | None) -> None:
        """Shows where a place is in the other CT."""
        if not self.isOpen or place is None or place == self._at or not self.knows(key):
            return
        assert self._lookup is not None
        _key, lookup, job = self._lookup
        found = lookup.find(place)
        if found is not None:
            volume, point, similarity = found
            affine = np.array(job.result["reference_affine"])
            label = _("match {value:.2f}").format(value=similarity)
            if self._shown.showPair(job.referenceId, point.tolist(), label, volume, affine):
                self._at = place
