"""Sends a view to the browser as pictures, and the browser's mouse to the view."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from numpy.typing import NDArray
from trame_rca.schedulers import RcaImageRenderScheduler
from trame_rca.view_adapter import RcaViewAdapter
from vtkmodules.vtkWebCore import vtkRemoteInteractionAdapter

from VoCoView.fingers import Fingers
from VoCoView.timers import Timer
from VoCoView.views import View

FPS = 30.0
QUALITY = 90  # of JPEG; a second picture, once it rests, would cost the browser as much again
SMALLEST, LARGEST = 16, 4096  # pixels of an edge
TOUCH_S = 0.5  # since when a view with the mouse in it is left alone
CLICK = 3  # pixels that a hand moves in a click


class StreamedView:
    """A view as trame_rca's RemoteControlledAreaProtocol.

    Args:
        view: draws and takes the mouse.
        fingers: those of the user in it.
        on_resize: called after the view has another size.
        on_click: called after a click of the left button that moved nothing.
    """

    def __init__(
        self,
        view: View,
        fingers: Fingers,
        on_resize: Callable[[], None],
        on_click: Callable[[], None],
    ) -> None:
        self._view = view
        self._fingers = fingers
        self._on_resize = on_resize
        self._on_click = on_click
        self._size = view.window.GetSize()
        self._pressed: tuple[int, int] | None = None
        self._touched = 0.0  # when the mouse was last in it
        view.interactor.EnableRenderOff()  # it is drawn when the browser is ready

    @property
    def img_cols_rows(self) -> tuple[NDArray[Any], int, int]:
        """The picture, and its size."""
        image = self._view.image()
        return image, image.shape[1], image.shape[0]

    def process_resize_event(self, width: int, height: int) -> None:
        """The browser's element has this size."""
        size = tuple(min(max(edge, SMALLEST), LARGEST) for edge in (width, height))
        if size != self._size:
            self._size = size
            self._view.resize(*size)
            self._on_resize()

    def is_busy(self) -> bool:
        """Whether the mouse is in it."""
        return time.monotonic() - self._touched < TOUCH_S

    def process_interaction_event(self, event: dict[str, Any]) -> None:
        """An event as vtk.js has it."""
        if event["type"] in ("StartInteractionEvent", "EndInteractionEvent"):
            return
        self._touched = time.monotonic()
        for of_mouse in self._fingers.feel(event):
            self._pass_on(of_mouse)

    def _pass_on(self, event: dict[str, Any]) -> None:
        vtkRemoteInteractionAdapter.ProcessEvent(self._view.interactor, json.dumps(event))
        place = self._view.interactor.GetEventPosition()
        if event["type"] == "LeftButtonPress":
            self._pressed = place
        elif event["type"] == "LeftButtonRelease" and self._pressed is not None:
            before, self._pressed = self._pressed, None
            if max(abs(a - b) for a, b in zip(before, place, strict=True)) <= CLICK:
                self._on_click()


def stream(
    server: Any,
    name: str,
    view: View,
    fingers: Fingers,
    on_resize: Callable[[], None] = lambda: None,
    on_click: Callable[[], None] = lambda: None,
    patience_ms: int = 0,
) -> RcaViewAdapter:
    """Shows a view in the page's area of this name.

    Args:
        server: trame's, which need not run yet; an event loop must.
        name: see above.
        view, fingers, on_resize, on_click: see StreamedView.
        patience_ms: how long others come first, unless the mouse is in this view.
    """
    scheduler = RcaImageRenderScheduler(
        StreamedView(view, fingers, on_resize, on_click),
        target_fps=FPS,
        interactive_quality=QUALITY,
        still_quality=QUALITY,
        rca_encoder="jpeg",
    )
    adapter = RcaViewAdapter(
        scheduler.rca, name, scheduler=scheduler, do_schedule_render_on_interaction=False
    )
    later = Timer(patience_ms, adapter.schedule_render, again=False)
    window = scheduler.rca
    view.changed(lambda: adapter.schedule_render() if window.is_busy() else later.start())
    server.controller.on_server_ready.add(lambda **_: server.controller.rc_area_register(adapter))
    return adapter
