"""Makes the short animation of the README: the mouse over the phantom, and the answer that follows.

    python Testing/animation.py

The real panel, worker, network and views of Testing/host; no patient is shown.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image
from PySide6 import QtCore, QtTest

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "Testing")]

from host.session import Host  # noqa: E402
from screenshots import DOCS, MODULE, TORSO, open_position  # noqa: E402

TARGET = DOCS / "position-hover.gif"
MODEL = f"{TORSO}, pre-trained"
# R and A in mm from the middle of the body: over the liver, the spine, the left kidney and back
WAY = ((70, 10), (30, 35), (0, -35), (-60, -30), (-75, 15), (-10, 40), (70, 10))
FRAMES, FRAME_MS, SCALE, COLOURS = 48, 110, 0.62, 96


def main() -> None:
    host = Host()
    with host.test():
        frames = record(host)
    from VoCoSegmentationLib.sections.session import closeSession

    closeSession()
    first, *others = [frame.quantize(COLOURS, Image.Quantize.FASTOCTREE) for frame in frames]
    options = {"duration": FRAME_MS, "loop": 0, "optimize": True}
    first.save(TARGET, save_all=True, append_images=others, **options)
    print(f"{TARGET} ({TARGET.stat().st_size // 1000} kB)")


def record(host: Host) -> list[Image.Image]:
    """The pictures, after the map was made."""
    views = host.show_views()
    host.load(MODULE)
    from VoCoSegmentationLib.scene.sampleData import showDemoVolume

    showDemoVolume()
    ui = open_position(host, TORSO)
    host.choose(ui.positionModelComboBox, MODEL)
    host.click(ui.followMouseButton)
    host.wait_until(lambda: ui.positionMapLabel.text, 1800)
    path = DOCS / "position-hover-frame.png"
    frames = []
    for place in way():
        hover(views.sliceWidget("Red"), (*place, 0.0))
        host.wait_until(lambda: ui.positionAnswerLabel.text and ui.positionAnswerLabel.enabled)
        host.settle()
        host.screenshot(path)
        picture = Image.open(path).convert("RGB")
        size = round(SCALE * picture.width), round(SCALE * picture.height)
        frames.append(picture.resize(size, Image.Resampling.LANCZOS))
    path.unlink()
    return frames


def way() -> np.ndarray:
    """(frames, 2) places along the way."""
    corners = np.array(WAY, float)
    shares = np.linspace(0, len(corners) - 1, FRAMES)
    return np.stack([np.interp(shares, range(len(corners)), part) for part in corners.T], axis=1)


def hover(widget: object, ras: tuple[float, float, float]) -> None:
    """Moves the mouse over a slice to a place."""
    x, y = widget.view.position(ras)
    QtTest.QTest.mouseMove(widget, QtCore.QPoint(x, widget.height - 1 - y))


if __name__ == "__main__":
    main()
