"""How soon voco view answers a click and a wheel, and what a session takes of memory.

    python Testing/Benchmarks/view_latency.py [CT]

Times are taken in the browser, from the event of the mouse until the new picture is drawn.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import sys
import tempfile
import time
from pathlib import Path

import psutil

sys.path[:0] = [str(Path(__file__).resolve().parents[i]) for i in (1, 2)]

import view_page  # noqa: E402

CLICKS, SCROLL_S, TURNS_PER_S = 25, 6.0, 15
# Notes when the mouse was let go and when a view drew another picture, in ms of the page.
WATCH = """
window.seen = {up: [], Red: [], Green: [], Yellow: [], View1: []};
addEventListener("mouseup", () => window.seen.up.push(performance.now()), true);
document.addEventListener("load", (event) => {
  const view = event.target.closest && event.target.closest("[id^=view-]");
  if (view) window.seen[view.id.slice(5)].push(performance.now());
}, true);
"""

# Turns the wheel over the axial view, up and down, without what a driver takes for each turn.
TURN = """
const [whole, pause] = arguments, area = document.querySelector("#view-Red img");
const box = area.getBoundingClientRect(), start = performance.now();
let turns = 0;
window.turned = 0;
window.seen.Red = [];
const timer = setInterval(() => {
  const deltaY = Math.floor(turns / 20) % 2 ? 100 : -100;
  area.dispatchEvent(new WheelEvent("wheel", {deltaY, bubbles: true, cancelable: true,
    clientX: box.x + box.width / 2, clientY: box.y + box.height / 2}));
  turns += 1;
  if (performance.now() - start > whole) {
    clearInterval(timer);
    window.took = performance.now() - start;
    window.turned = turns;
  }
}, pause);
"""


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ct", nargs="*", help="by default the synthetic torso")
    cts = parser.parse_args().ct
    with (
        tempfile.TemporaryDirectory() as folder,
        view_page.serving(*view_page.voco_view(*cts)) as address,
    ):
        start = time.monotonic()
        page = view_page.Page(address, Path(folder))
        try:
            page.until(lambda: page.picture("Red").std() > 20)
            opened = time.monotonic() - start
            page.says("Ready.")
            time.sleep(3)
            page.driver.execute_script(WATCH)
            clicks, rate, slices = clicked(page), *scrolled(page)
            time.sleep(20)
            session, worker = memory()
        finally:
            page.close()
    print(f"{platform.processor() or platform.machine()}, {psutil.cpu_count()} cores, no GPU")
    print(f"page opened and drawn       {opened:6.1f} s")
    print(
        f"click to other views        {statistics.median(clicks):6.0f} ms median, "
        f"{max(clicks):.0f} ms at most, of {len(clicks)}"
    )
    print(f"scrolling                   {rate:6.1f} pictures/s at {slices:.0f} turns/s")
    print(f"memory of an idle session   {session / 1e6:6.0f} MB, worker {worker / 1e6:.0f} MB")


def clicked(page: view_page.Page) -> list[float]:
    """Milliseconds from letting go until the coronal view has another picture."""
    times = []
    box = page.find("#view-Red").rect
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for i in range(CLICKS):
        page.driver.execute_script("window.seen.up = []; window.seen.Green = [];")
        place = {"x": middle[0] - 40 + 3 * i, "y": middle[1] - 30 + 4 * (i % 9)}
        for kind, buttons in (("mouseMoved", 0), ("mousePressed", 1), ("mouseReleased", 0)):
            event = {"type": kind, **place, "buttons": buttons, "clickCount": 1, "button": "left"}
            page.driver.execute_cdp_cmd("Input.dispatchMouseEvent", event)
        time.sleep(0.8)
        seen = page.driver.execute_script("return window.seen")
        after = [at - seen["up"][0] for at in seen["Green"] if at > seen["up"][0]]
        if after:
            times.append(after[0])
    return times


def scrolled(page: view_page.Page) -> tuple[float, float]:
    """Pictures a second of the axial view, and turns of the wheel a second meanwhile."""
    milliseconds = 1000 / TURNS_PER_S
    page.driver.execute_script(TURN, SCROLL_S * 1000, milliseconds)
    page.until(lambda: page.driver.execute_script("return window.turned"), "the end of turning")
    seen, turns, elapsed = page.driver.execute_script(
        "return [window.seen.Red.length, window.turned, window.took]"
    )
    return 1000 * seen / elapsed, 1000 * turns / elapsed


def memory() -> tuple[int, int]:
    """Bytes that only the session, and only its worker, take (unique set size)."""
    session = worker = 0
    for process in psutil.Process().children(recursive=True):
        line = " ".join(process.cmdline())
        if "VoCoView.session" in line:
            session += process.memory_full_info().uss
        elif "worker" in line:
            worker += process.memory_full_info().uss
    return session, worker


if __name__ == "__main__":
    main()
