"""Makes the pictures of voco view for README and Docs, of the synthetic torso, in Chromium.

python Testing/screenshots_view.py [--folder Docs]
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "Testing")]

import view_page  # noqa: E402

COLOURS = 256  # of a palette: a third of the size, and hardly to be seen


def main() -> None:
    """Segments, asks for a position, and writes a picture of each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=ROOT / "Docs")
    folder = parser.parse_args().folder
    with (
        tempfile.TemporaryDirectory() as runs,
        view_page.serving(*view_page.voco_view("--runs", runs)) as address,
    ):
        page = view_page.Page(address, Path(runs))
        try:
            page.says("Ready.")
            page.click("#apply")
            page.find("#result")
            page.until(lambda: page.picture("View1").std() > 10)
            page.driver.execute_script(
                "document.querySelector('#panel .v-navigation-drawer__content').scrollTop = 0"
            )
            write(page, folder / "view-segment.png")
            page.click("[aria-label='Light or dark']")
            page.driver.execute_script("document.activeElement.blur()")
            page.keys(" ")  # of two overlays one is enough
            page.open("Position")
            page.click("#place")
            page.mouse("Red", -90, 10, click=True)
            page.find("#picture svg")
            write(page, folder / "view-position.png")
        finally:
            page.close()


def write(page: view_page.Page, path: Path) -> None:
    """Writes what is seen, once it rests."""
    time.sleep(3)
    picture = Image.open(io.BytesIO(page.driver.get_screenshot_as_png())).convert("RGB")
    palette = picture.quantize(
        COLOURS, Image.Quantize.MEDIANCUT, kmeans=4, dither=Image.Dither.NONE
    )
    palette.save(path, optimize=True)


if __name__ == "__main__":
    main()
