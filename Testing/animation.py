"""Makes the short animation of the README: the mouse over the phantom, and the answer that follows.

    python Testing/animation.py

The real panel, worker, network and views of Testing/host; no patient is shown.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "Testing")]

from host.session import Host  # noqa: E402
from PySide6 import QtCore  # noqa: E402 - after the host
from screenshots import DOCS, MODULE, TORSO, hover, open_position  # noqa: E402

TARGET = DOCS / "position-hover.gif"
# R and A in mm from the middle of the body: over the liver, the spine, the left kidney and back
WAY = ((70, 10), (30, 35), (0, -35), (-60, -30), (-75, 15), (-10, 40), (70, 10))
VIEW, ANSWER = (462, 55, 872, 375), (14, 545, 434, 865)  # of the window
ARROW = ((0, 0), (0, 17), (4, 13), (7, 19), (10, 18), (7, 12), (12, 12))  # of the mouse
FRAMES, FRAME_MS, SCALE, COLOURS = 36, 140, 0.8, 96


def main() -> None:
    host = Host()
    with host.test():
        write(record(host, open_map(host)))
    from VoCoSegmentationLib.sections.session import closeSession

    closeSession()


def open_map(host: Host) -> Any:
    """The panel with the map of the phantom; returns its widgets."""
    host.show_views()
    host.load(MODULE)
    from VoCoSegmentationLib.scene.sampleData import showDemoVolume

    showDemoVolume()
    ui = open_position(host, TORSO)
    host.click(ui.followMouseButton)
    host.wait_until(lambda: ui.positionMapLabel.text, 1800)
    return ui


def record(host: Host, ui: Any) -> list[Image.Image]:
    """Pictures of the window, while the mouse goes its way."""
    red = host.app.layoutManager().sliceWidget("Red")
    frames = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "frame.png"
        for place in way():
            hover(red, (*place, 0.0))
            host.wait_until(lambda: ui.positionAnswerLabel.text and ui.positionAnswerLabel.enabled)
            host.screenshot(path)
            picture = compose(Image.open(path).convert("RGB"), mouse_at(host, red, (*place, 0.0)))
            size = round(SCALE * picture.width), round(SCALE * picture.height)
            frames.append(picture.resize(size, Image.Resampling.LANCZOS))
    return frames


def mouse_at(host: Host, widget: Any, ras: tuple[float, float, float]) -> tuple[int, int]:
    """Where the mouse is in the window, for a place in a slice."""
    x, y = widget.view.position(ras)
    place = widget.mapTo(host.window, QtCore.QPoint(x, widget.height - 1 - y))
    return place.x(), place.y()


def compose(window: Image.Image, mouse: tuple[int, int]) -> Image.Image:
    """The axial view, with the mouse in it, beside the answer."""
    draw = ImageDraw.Draw(window)
    x, y = mouse
    draw.polygon([(x + dx, y + dy) for dx, dy in ARROW], fill="white", outline="black")
    view, answer = window.crop(VIEW), window.crop(ANSWER)
    found = Image.new("RGB", (view.width + answer.width, view.height))
    found.paste(answer, (0, 0))
    found.paste(view, (answer.width, 0))
    return found


def write(frames: list[Image.Image]) -> None:
    """Writes the animation, small enough for a README."""
    first, *others = [frame.quantize(COLOURS, Image.Quantize.FASTOCTREE) for frame in frames]
    options = {"duration": FRAME_MS, "loop": 0, "optimize": True}
    first.save(TARGET, save_all=True, append_images=others, **options)
    print(f"{TARGET} ({TARGET.stat().st_size // 1000} kB)")


def way() -> np.ndarray:
    """(frames, 2) places along the way."""
    corners = np.array(WAY, float)
    shares = np.linspace(0, len(corners) - 1, FRAMES)
    return np.stack([np.interp(shares, range(len(corners)), part) for part in corners.T], axis=1)


if __name__ == "__main__":
    main()
