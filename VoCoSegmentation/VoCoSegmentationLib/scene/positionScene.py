"""What the position view shows in the scene, and over which CT: answer, maps, search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import slicer
from numpy.typing import NDArray
from slicer.i18n import tr as _

from VoCoSegmentationLib.jobs.positions import MapJob, SearchJob
from VoCoSegmentationLib.scene.positionNodes import PositionNodes
from VoCoSegmentationLib.scene.positionOverlay import SliceOverlay
from VoCoSegmentationLib.scene.positionResults import (
    CT_ROLE,
    clearAnswer,
    showAnswer,
    showMaps,
    showMatch,
    showNumbers,
)
from VoCoSegmentationLib.scene.positionThreeD import ROLES as THREE_D
from VoCoSegmentationLib.scene.positionThreeD import showBody, showThreeD

LEFT, RIGHT = "Red", "Yellow"  # slice views of Slicer's layout of two
OVERLAYS = ("similarity", "confidence", "error", "")  # roles of nodes; nothing
SENTENCE, ABOUT = "VoCoSentence", "VoCoAbout"  # attributes of nodes: what was said, about what
SHAPES = ("point", "query", "bases", "best", "predicted")
TEXTS = ("base names", "predicted name")


class PositionScene:
    """Nodes and slice views of the position view.

    Attributes:
        nodes: of the view.
        hidden: whether the user does not want to see them.

    Args:
        scene: where they are.
    """

    def __init__(self, scene: slicer.vtkMRMLScene) -> None:
        self.nodes = PositionNodes(scene)
        self.hidden = False
        self._wanted = OVERLAYS[0]  # may not be there yet
        self._scene = scene
        self._slicesInThreeD: list[slicer.vtkMRMLSliceNode] = []  # that were not there before
        self._overlay = SliceOverlay(scene)

    def follow(self) -> None:
        """Another parameter node, perhaps of a scene that was loaded, says what was hidden."""
        # a map alone does not say so itself
        self.hidden = self.nodes.isHidden() or (self.hidden and not self.nodes.isEmpty())

    def overlays(self) -> list[str]:
        """Which of OVERLAYS there are."""
        return [role for role in OVERLAYS if not role or self.nodes.find(role) is not None]

    def overlay(self) -> str:
        """Which of them is shown, or would be."""
        there = self.overlays()
        return self._wanted if self._wanted in there else there[0]

    def sentence(self, role: str, volumeId: str) -> str:
        """What was said of the volume with a role when it was made for a CT; empty for nothing."""
        node = self.nodes.find(role)
        if node is None or not volumeId or node.GetNodeReferenceID(CT_ROLE) != volumeId:
            return ""
        return node.GetAttribute(SENTENCE) or ""

    def matchSentence(self, volumeId: str, about: str) -> str:
        """What was said of a search of a CT for something; empty if another one is shown."""
        node = self.nodes.find("match")
        if node is None or node.GetNodeReferenceID(CT_ROLE) != volumeId:
            return ""
        return node.GetAttribute(SENTENCE) or "" if node.GetAttribute(ABOUT) == about else ""

    def update(self, wanted: str, opacity: float) -> None:
        """Shows a volume over its CT, and the search over the other CT.

        Args:
            wanted: which of OVERLAYS; the first one that there is if it is not there.
            opacity: 0 to 1.
        """
        self._wanted = wanted
        shown, overlays = self.overlay(), {}
        for role in (shown, "match similarity") if shown and not self.hidden else ():
            node = self.nodes.find(role)
            ctId = node.GetNodeReferenceID(CT_ROLE) if node is not None else None
            if node is not None and ctId:
                overlays[ctId] = node.GetID()
        before = self._overlay.shown()
        self._overlay.show(overlays, opacity)
        if self._overlay.shown() != before:
            self._updateLegends()
        self._separate()

    def _updateLegends(self) -> None:
        """Slicer looks at a legend when that has changed, not when its volume comes into a view."""
        for role in (*OVERLAYS, "match similarity"):
            node = self.nodes.find(role) if role else None
            logic = slicer.vtkSlicerColorLogic
            legend = logic.GetColorLegendDisplayNode(node) if node is not None else None
            if legend is not None:
                legend.Modified()

    def shows(self, sliceNode: slicer.vtkMRMLSliceNode, volumeId: str) -> bool:
        """Whether a slice view shows a CT."""
        return any(view is sliceNode for view in self._overlay.views(volumeId))

    def showAnswer(
        self,
        volumeNode: slicer.vtkMRMLScalarVolumeNode,
        grid: Mapping[str, Any],
        answer: Mapping[str, Any],
    ) -> None:
        """Shows an answer about a CT, see positionResults.showAnswer."""
        showAnswer(self.nodes, volumeNode, grid, answer)

    def showPoint(self, isShown: bool) -> None:
        """Shows the view's own point, or not while the mouse says what is asked about."""
        node = self.nodes.find("point")
        if node is not None and not self.hidden and node.GetDisplayVisibility() != isShown:
            node.SetDisplayVisibility(isShown)

    def showNumbers(self, answer: Mapping[str, Any]) -> None:
        """Shows its table and chart, unless the answer is gone."""
        if self.nodes.find("query") is not None:
            showNumbers(self.nodes, answer)

    def showMaps(self, job: MapJob) -> bool:
        """Shows maps; False if their CT is gone."""
        volumeNode = self._scene.GetNodeByID(job.volumeId)
        if volumeNode is None or job.maps is None:
            return False
        node = showMaps(self.nodes, volumeNode, job.maps, job.result["affine"])
        node.SetAttribute(SENTENCE, job.summary)
        return True

    def showMatch(self, job: SearchJob, jump: bool, about: str) -> bool:
        """Shows where a place was found; False if the CT or the point is gone.

        Args:
            job: the search.
            jump: turn slice views to the place.
            about: what was looked for, see matchSentence.
        """
        referenceNode = self._scene.GetNodeByID(job.referenceId)
        pointNode = self._scene.GetNodeByID(job.pointId)
        if referenceNode is None or pointNode is None or job.similarity is None:
            return False
        label = _("match {value:.2f}").format(value=job.match["similarity"])
        node = showMatch(self.nodes, pointNode, referenceNode, job.match, job.similarity, label)
        node.SetNodeReferenceID(CT_ROLE, job.volumeId)
        node.SetAttribute(SENTENCE, job.summary)
        node.SetAttribute(ABOUT, about)
        if self.hidden:
            self.nodes.setVisible(False)
        elif jump:
            self._overlay.turnTo(referenceNode)
            for sliceNode in self._overlay.views(job.referenceId):
                sliceNode.JumpSliceByCentering(*job.match["point_mm"])
        return True

    def pair(
        self, volumeNode: slicer.vtkMRMLScalarVolumeNode, other: slicer.vtkMRMLScalarVolumeNode
    ) -> None:
        """Shows one CT in the left slice view of two, and another in the right one."""
        self._overlay.pair({LEFT: volumeNode.GetID(), RIGHT: other.GetID()})

    def unpair(self) -> None:
        """Shows again what was there before, and forgets the match."""
        self._remove("match", "match similarity")
        self._overlay.backgroundsBack()

    def showPair(
        self,
        referenceId: str,
        point: Sequence[float],
        label: str,
        similarity: NDArray[np.float32],
        affine: NDArray[np.float64],
    ) -> bool:
        """Shows the match of a place in the other CT, whose views go there; False if it is gone.

        Args:
            referenceId: of the other CT.
            point: R, A, S in mm; label: of it.
            similarity: float32 (x, y, z), NaN where nothing was asked; affine: 4x4, its index to
                RAS mm.
        """
        referenceNode = self._scene.GetNodeByID(referenceId)
        if referenceNode is None:
            return False
        shown = np.where(np.isnan(similarity), -1, similarity)
        match = {"point_mm": point, "affine": affine}
        showMatch(self.nodes, None, referenceNode, match, shown, label)
        for sliceNode in self._overlay.views(referenceId):
            sliceNode.JumpSliceByOffsetting(*point)
        return True

    def showThreeD(
        self,
        volumeNode: slicer.vtkMRMLScalarVolumeNode,
        grid: Mapping[str, Any],
        answer: Mapping[str, Any],
    ) -> None:
        """Shows an answer in 3D, in the body of its CT, with the axial slice."""
        if self.nodes.find("body") is None:
            showBody(self.nodes, volumeNode)
            for view in self._overlay.views(volumeNode.GetID()):
                if view.GetOrientation() == "Axial" and not view.GetSliceVisible():
                    view.SetSliceVisible(True)
                    self._slicesInThreeD.append(view)
        showThreeD(self.nodes, grid, answer)

    def removeThreeD(self) -> None:
        """Shows nothing in 3D but what slices show, too."""
        self.nodes.removeRole(*THREE_D)
        while self._slicesInThreeD:
            self._slicesInThreeD.pop().SetSliceVisible(False)

    def clearAnswer(self) -> None:
        """Takes the answer away, because it is not true any more."""
        self._release("similarity")
        clearAnswer(self.nodes)

    def removeOrphans(self) -> set[str]:
        """Removes what is about a CT that is not there any more; returns what that was."""
        roles = ("similarity", "confidence", "error", "match similarity")
        found = {role: self.nodes.find(role) for role in roles}
        gone = {role for role, node in found.items() if node and not node.GetNodeReference(CT_ROLE)}
        if "similarity" in gone:
            self.clearAnswer()
        if gone & {"confidence", "error"}:
            self._remove("confidence", "error")
        if "match similarity" in gone:
            self._remove("match", "match similarity")
        return gone

    def setHidden(self, hidden: bool) -> None:
        """Hides or shows everything."""
        self.hidden = hidden
        self.nodes.setVisible(not hidden)
        if hidden:
            self._overlay.hide()

    def remove(self) -> None:
        """Removes everything."""
        self._overlay.hide()
        self.nodes.remove()
        self.hidden = False

    def forget(self) -> None:
        """The scene was closed: there is nothing to take back."""
        self._overlay.forget()
        self.hidden = False

    def _remove(self, *roles: str) -> None:
        self._release(*roles)
        self.nodes.removeRole(*roles)

    def _release(self, *roles: str) -> None:
        """No slice view shows the volumes of these roles any more."""
        found = [self.nodes.find(role) for role in roles]
        self._overlay.release([node.GetID() for node in found if node is not None])

    def _separate(self) -> None:
        """Boxes and points of one patient do not belong over the other."""
        self._separateNames()
        node = self.nodes.find("match similarity")
        referenceId = node.GetNodeReferenceID(CT_ROLE) if node is not None else None
        if referenceId is None or self.hidden:
            self.nodes.showIn(SHAPES, None)
            return
        theirs = self._overlay.views(referenceId)
        everywhere = slicer.util.getNodesByClass("vtkMRMLViewNode", self._scene)
        slices = slicer.util.getNodesByClass("vtkMRMLSliceNode", self._scene)
        ours = [view for view in slices if view not in theirs]
        self.nodes.showIn(SHAPES, [*ours, *everywhere])
        self.nodes.showIn(("match",), theirs)  # in 3D it would lie in this patient

    def _separateNames(self) -> None:
        """In other than axial slices names lie over one another, or over what they name."""
        node = self.nodes.find("similarity")
        volumeId = node.GetNodeReferenceID(CT_ROLE) if node is not None else None
        ours = self._overlay.views(volumeId) if volumeId else []
        self.nodes.showIn(TEXTS, [v for v in ours if v.GetOrientation() == "Axial"])
