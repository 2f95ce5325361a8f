"""Shows a volume over a CT in the slice views, and afterwards what was there before."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import slicer
import vtk

from VoCoSegmentationLib.scene.positionNodes import ROLE

ALPHA = 0  # how vtkMRMLSliceCompositeNode calls mixing by opacity


@dataclass(frozen=True)
class _Layer:
    """A layer of a slice view: the volume that it shows now, and what it showed before."""

    shown: str
    before: str | None
    opacity: float
    compositing: int


class SliceOverlay:
    """The foreground of the slice views that show a CT.

    Args:
        scene: where the views' nodes are.
    """

    def __init__(self, scene: slicer.vtkMRMLScene) -> None:
        self._scene = scene
        self._foregrounds: dict[str, _Layer] = {}  # by the ID of the view's composite node
        self._backgrounds: dict[str, _Layer] = {}
        self._places: dict[str, vtk.vtkMatrix4x4] = {}  # where the slices lay, by layout name

    def show(self, overlays: Mapping[str, str], opacity: float) -> None:
        """Shows volumes over CTs; views that show none of these CTs get back what they had.

        Args:
            overlays: ID of a CT: ID of the volume to show over it.
            opacity: of these volumes, 0 to 1.
        """
        for composite in self._composites():
            foreground = overlays.get(composite.GetBackgroundVolumeID() or "")
            if foreground is None:
                self._restoreForeground(composite)
                continue
            known = self._foregrounds.get(composite.GetID())
            before = known or _layer(composite, composite.GetForegroundVolumeID())
            self._foregrounds[composite.GetID()] = _Layer(
                foreground, before.before, before.opacity, before.compositing
            )
            with slicer.util.NodeModify(composite):
                composite.SetForegroundVolumeID(foreground)
                composite.SetForegroundOpacity(opacity)
                composite.SetCompositing(ALPHA)

    def shown(self) -> set[tuple[str, str | None]]:
        """Which volume lies over each view."""
        return {(c.GetID(), c.GetForegroundVolumeID()) for c in self._composites()}

    def views(self, volumeId: str) -> list[slicer.vtkMRMLSliceNode]:
        """The slice views that show a CT."""
        composites = self._composites()
        names = {c.GetLayoutName() for c in composites if c.GetBackgroundVolumeID() == volumeId}
        return [node for node in self._slices() if node.GetLayoutName() in names]

    def turnTo(self, volumeNode: slicer.vtkMRMLScalarVolumeNode) -> None:
        """Shows a CT in all slice views, unless one shows it already."""
        composites, wanted = self._composites(), volumeNode.GetID()
        if not any(c.GetBackgroundVolumeID() == wanted for c in composites):
            for node in self._slices():
                place = vtk.vtkMatrix4x4()
                place.DeepCopy(node.GetSliceToRAS())
                self._places.setdefault(node.GetLayoutName(), place)
            for composite in composites:
                self._setBackground(composite, wanted)

    def pair(self, volumes: Mapping[str, str]) -> None:
        """Shows CTs in slice views, by layout name, all as axial slices."""
        for node in self._slices():
            if node.GetLayoutName() in volumes:
                place = vtk.vtkMatrix4x4()
                place.DeepCopy(node.GetSliceToRAS())
                self._places.setdefault(node.GetLayoutName(), place)
                node.SetOrientation("Axial")
        for composite in self._composites():
            wanted = volumes.get(composite.GetLayoutName())
            if wanted is not None:
                self._setBackground(composite, wanted)

    def _setBackground(self, composite: slicer.vtkMRMLSliceCompositeNode, wanted: str) -> None:
        before = _layer(composite, composite.GetBackgroundVolumeID(), wanted)
        known = self._backgrounds.get(composite.GetID(), before)
        self._backgrounds[composite.GetID()] = _Layer(
            wanted, known.before, known.opacity, known.compositing
        )
        composite.SetBackgroundVolumeID(wanted)

    def backgroundsBack(self) -> None:
        """Shows the CTs and slices that were there before, where the user has not chosen others."""
        for composite in self._composites():
            layer = self._backgrounds.pop(composite.GetID(), None)
            if layer is not None and composite.GetBackgroundVolumeID() == layer.shown:
                composite.SetBackgroundVolumeID(self._alive(layer.before))
                self._restorePlace(composite.GetLayoutName())
        self._places.clear()

    def hide(self) -> None:
        """Shows again what was there before, where the user has not chosen something else."""
        for composite in self._composites():
            self._restoreForeground(composite)
        self.backgroundsBack()

    def release(self, volumeIds: Collection[str]) -> None:
        """Takes volumes away that are about to be removed.

        A view that still shows one when it goes picks another volume by itself.
        """
        for composite in self._composites():
            if composite.GetForegroundVolumeID() in volumeIds:
                self._restoreForeground(composite)

    def forget(self) -> None:
        """Nothing is to be taken back: the scene was closed."""
        self._foregrounds.clear()
        self._backgrounds.clear()
        self._places.clear()

    def _slices(self) -> list[slicer.vtkMRMLSliceNode]:
        return list(slicer.util.getNodesByClass("vtkMRMLSliceNode", self._scene))

    def _restorePlace(self, layoutName: str) -> None:
        for node in self._slices():
            if node.GetLayoutName() == layoutName and layoutName in self._places:
                node.GetSliceToRAS().DeepCopy(self._places[layoutName])
                node.UpdateMatrices()

    def _composites(self) -> list[slicer.vtkMRMLSliceCompositeNode]:
        kind = "vtkMRMLSliceCompositeNode"
        return list(slicer.util.getNodesByClass(kind, self._scene))

    def _restoreForeground(self, composite: slicer.vtkMRMLSliceCompositeNode) -> None:
        layer = self._foregrounds.pop(composite.GetID(), None)
        if layer is None:
            return
        isGone = self._scene.GetNodeByID(layer.shown) is None  # somebody else has removed it
        if not isGone and composite.GetForegroundVolumeID() not in (layer.shown, None):
            return
        with slicer.util.NodeModify(composite):
            composite.SetForegroundVolumeID(self._alive(layer.before))
            composite.SetForegroundOpacity(layer.opacity)
            composite.SetCompositing(layer.compositing)

    def _alive(self, nodeId: str | None) -> str | None:
        """What can be shown again: not what is gone, nor what a saved scene had of this view."""
        node = self._scene.GetNodeByID(nodeId) if nodeId else None
        return nodeId if node is not None and not node.GetAttribute(ROLE) else None


def _layer(
    composite: slicer.vtkMRMLSliceCompositeNode, before: str | None, shown: str = ""
) -> _Layer:
    return _Layer(shown, before, composite.GetForegroundOpacity(), composite.GetCompositing())
