"""The four views: where their slices are, which of them is meant, and what keys do in them."""

from __future__ import annotations

from typing import Any

import slicer
import vtk

from VoCoView.application import Application
from VoCoView.screen import Screen
from VoCoView.timers import Timer
from VoCoView.views import SliceView, ThreeDView, View

SLICES = {"Red": "Axial", "Green": "Coronal", "Yellow": "Sagittal"}
THREE_D = "View1"
# at the left, right, upper and lower edge of a view
LETTERS = {"Red": "RLAP", "Green": "RLSI", "Yellow": "APSI"}
NORMALS = {"Red": 2, "Green": 1, "Yellow": 0}  # axis of RAS along which a view goes
SIDES = (("R", "L"), ("A", "P"), ("S", "I"))  # of each axis, + and -
SAID_MS = 120
BLACK = (0.0, 0.0, 0.0)


class ViewPart:
    """Slicer's views of the application's scene.

    Attributes:
        fingers: whether the user points with them, not with a mouse.

    Args:
        app: the application.
        screen: shows where the slices are.
    """

    def __init__(self, app: Application, screen: Screen) -> None:
        self._scene = app.scene
        self._screen = screen
        self._crosshair = self._scene.GetFirstNodeByClass("vtkMRMLCrosshairNode")
        self._interaction = app.applicationLogic().GetInteractionNode()
        self._said = Timer(SAID_MS, lambda: screen.changed("views"), again=False)
        self.slices = {name: SliceView(name, way) for name, way in SLICES.items()}
        self.three_d = ThreeDView(THREE_D)
        for view in self.slices.values():
            view.node.SetRulerType(view.node.RulerTypeThin)
            view.node.AddObserver("ModifiedEvent", self._on_moved)
        self._set_up_three_d()
        self._crosshair.SetCrosshairThickness(self._crosshair.Fine)
        event = self._interaction.InteractionModeChangedEvent
        self._interaction.AddObserver(event, lambda *_: self._keep_window_level())
        self._keep_window_level()
        self.fingers = False
        self._fitted: set[str] = set()  # names of views that have shown all there is once
        screen.add("views", self.view)

    def _on_moved(self, _caller: Any, _event: str) -> None:
        """Where a slice is now is said a little later: words cost a browser more than pictures."""
        if not self._said.waits:
            self._said.start()

    def _set_up_three_d(self) -> None:
        node = self.three_d.node
        node.SetBoxVisible(False)
        node.SetAxisLabelsVisible(False)
        node.SetBackgroundColor(*BLACK)
        node.SetBackgroundColor2(*BLACK)
        node.SetOrientationMarkerType(node.OrientationMarkerTypeAxes)
        node.SetOrientationMarkerSize(node.OrientationMarkerSizeSmall)

    def _keep_window_level(self) -> None:
        """The left button changes window and level, unless it places something."""
        node = self._interaction
        if node.GetCurrentInteractionMode() == node.ViewTransform:
            node.SetCurrentInteractionMode(node.AdjustWindowLevel)

    def all(self) -> dict[str, View]:
        """By their names."""
        return {**self.slices, THREE_D: self.three_d}

    def view(self) -> dict[str, dict[str, Any]]:
        """Where each slice is, mm, and in words."""
        return {name: self._slice(name) for name in self.slices}

    def _slice(self, name: str) -> dict[str, Any]:
        view = self.slices[name]
        span, step = [0.0, 1.0], vtk.reference(1.0)
        has_volume = bool(view.composite.GetBackgroundVolumeID())
        if has_volume:
            view.logic.GetSliceOffsetRangeResolution(span, step)
        offset = view.logic.GetSliceOffset() if has_volume else 0.0
        return {
            "offset": round(offset, 3),
            "low": round(span[0], 3),
            "high": round(span[1], 3),
            "step": round(float(step), 4),
            "text": self._place(name) if has_volume else "",
            "hasVolume": has_volume,
        }

    def _place(self, name: str) -> str:
        """Where a slice is, as people say it: on which side of the middle, and how far."""
        matrix = self.slices[name].node.GetSliceToRAS()
        axis = NORMALS[name]
        place = matrix.GetElement(axis, 3)
        return f"{SIDES[axis][place < 0]} {abs(place):.1f} mm"

    def show(self, volume: Any) -> None:
        """Shows a CT in all slice views, all of it."""
        self.hide_crosshair()
        slicer.util.setSliceViewerLayers(background=volume, foreground=None, label=None)
        self.fit()

    def fit(self) -> None:
        """Shows the whole of the CT in each slice view, at the slice where the view is."""
        for view in self.slices.values():
            if view.composite.GetBackgroundVolumeID():
                view.fit()
        self._screen.changed()

    def centre(self) -> None:
        """Goes to the middle of the CT."""
        for view in self.slices.values():
            span, step = [0.0, 1.0], vtk.reference(1.0)
            if view.logic.GetSliceOffsetRangeResolution(span, step):
                view.logic.SetSliceOffset(sum(span) / 2)
                view.logic.SnapSliceOffsetToIJK()

    def resized(self, name: str) -> None:
        """A view got its size; the first time it shows all of its CT."""
        view = self.slices[name]
        if name not in self._fitted and view.composite.GetBackgroundVolumeID():
            self._fitted.add(name)
            view.fit()

    def fit_three_d(self, again: bool) -> None:
        """Looks at all there is in 3D; again: also if it has done so before."""
        if again or THREE_D not in self._fitted:
            self._fitted.add(THREE_D)
            self.three_d.fit()

    def clicked(self, name: str) -> None:
        """The other views go to the place that was clicked."""
        node = self._interaction
        if node.GetCurrentInteractionMode() == node.Place:
            return
        view = self.slices[name]
        x, y = view.interactor.GetEventPosition()
        ras = view.node.GetXYToRAS().MultiplyPoint((x, y, 0, 1))[:3]
        for other in self.slices.values():  # first: they are what is waited for
            if other is not view:
                other.node.JumpSliceByOffsetting(*ras)
        self._crosshair.SetCrosshairMode(self._crosshair.ShowBasic)
        self._crosshair.SetCrosshairRAS(ras)

    def hide_crosshair(self) -> None:
        """Until the next click."""
        self._crosshair.SetCrosshairMode(self._crosshair.NoCrosshair)

    def move(self, name: str, offset: float) -> None:
        """The user moves a slice, mm."""
        self.slices[name].logic.SetSliceOffset(float(offset))

    def step(self, name: str, count: int) -> None:
        """Goes a few slices on."""
        view = self.slices.get(name, self.slices["Red"])
        seen = self._slice(view.node.GetName())
        offset = seen["offset"] + count * seen["step"]
        view.logic.SetSliceOffset(min(max(offset, seen["low"]), seen["high"]))

    def zoom(self, name: str, factor: float) -> None:
        """Brings what is seen nearer, or with a factor below 1 farther away."""
        if name == THREE_D:
            self.three_d.renderer.GetActiveCamera().Dolly(factor)
            self.three_d.renderer.ResetCameraClippingRange()
            return
        node = self.slices.get(name, self.slices["Red"]).node
        x, y, z = node.GetFieldOfView()
        node.SetFieldOfView(x / factor, y / factor, z)

    def shift(self, name: str, right: float, up: float) -> None:
        """Moves the picture of a slice view, pixels."""
        if name in self.slices:
            node = self.slices[name].node
            x, y, z = node.GetXYZOrigin()
            width, height, _ = node.GetFieldOfView()
            columns, rows, _ = node.GetDimensions()
            node.SetXYZOrigin(x - right * width / columns, y - up * height / rows, z)

    def point(self, fingers: bool) -> None:
        """What the user is going to point with: fingers, or a mouse."""
        self.fingers = fingers

    def arrange(self, layout: str) -> None:
        """Tells the views which of them are seen: four, a pair, or one by its name."""
        seen = {"four": list(self.all()), "pair": ["Red", "Yellow"]}.get(layout, [layout])
        for name, view in self.all().items():
            view.node.SetMappedInLayout(name in seen)
