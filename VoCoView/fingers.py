"""What fingers do in a view: a tap is a click, one goes through slices, two zoom and move."""

from __future__ import annotations

from typing import Any

from VoCoView.view_part import THREE_D, ViewPart

PIXELS = 6  # that a finger moves from one slice to the next
MOUSE = ("MouseMove", "LeftButtonPress", "LeftButtonRelease")


class Fingers:
    """Those in one view.

    Args:
        name: of the view.
        views: all of them.
    """

    def __init__(self, name: str, views: ViewPart) -> None:
        self._name, self._views = name, views
        self._start: dict[str, Any] = {}  # where one finger was put down
        self._slices = 0  # that it has gone through
        self._zoom, self._shift = 1.0, (0.0, 0.0)  # of two, since they were put down

    def feel(self, event: dict[str, Any]) -> list[dict[str, Any]]:
        """Does what an event of vtk.js means by fingers; returns what a mouse would do for it."""
        kind = event["type"]
        if kind in MOUSE and (self._name == THREE_D or not self._views.fingers):
            return [event]
        if kind == "Tap":
            return [{**self._start, "type": mouse} for mouse in MOUSE if self._start]
        if kind == "LeftButtonPress":
            self._start, self._slices = event, 0
        elif kind == "MouseMove" and self._start:
            self._scroll(event)
        elif kind in ("StartPinch", "Pinch"):
            self._pinch(kind, event)
        elif kind in ("StartPan", "Pan"):
            self._pan(kind, event)
        elif kind not in ("LeftButtonRelease", "EndPinch", "EndPan") and "Rotate" not in kind:
            return [event]
        return []

    def _scroll(self, event: dict[str, Any]) -> None:
        slices = round((event["y"] - self._start["y"]) / PIXELS)
        if slices != self._slices:
            self._views.step(self._name, slices - self._slices)
        self._slices = slices

    def _pinch(self, kind: str, event: dict[str, Any]) -> None:
        before = self._zoom if kind == "Pinch" else 1.0
        self._zoom = event["factor"] or 1.0
        self._views.zoom(self._name, self._zoom / before)

    def _pan(self, kind: str, event: dict[str, Any]) -> None:
        before = self._shift if kind == "Pan" else (0.0, 0.0)
        self._shift = x, y = tuple(event["translation"][:2])
        self._views.shift(self._name, x - before[0], y - before[1])
