"""voco view for people who see less, have no mouse or hold a tablet: contrast, names, focus."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import view_page
from view_page import Page

view_page.skip_unless_it_can_run()
pytestmark = pytest.mark.long

# Each text that is seen, with its contrast to what is painted below it (WCAG 2.2, 1.4.3), where
# opacity counts; inactive controls are exempt, and what lies over a picture has a shadow.
CONTRAST = """
const parse = (css) => {
  const [r, g, b, a] = css.match(/[\\d.]+/g).map(Number);
  return {rgb: [r, g, b], a: a === undefined ? 1 : a};
};
const over = (top, a, below) => below.map((b, i) => a * top[i] + (1 - a) * b);
const light = (rgb) => {
  const [r, g, b] = rgb.map((v) => v / 255).map(
    (v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const painted = (element) => {  // colour of what lies below its text, and its opacity
  const chain = [];
  for (let e = element; e; e = e.parentElement) chain.unshift(e);
  let below = [255, 255, 255], opacity = 1;
  for (const e of chain) {
    const style = getComputedStyle(e), colour = parse(style.backgroundColor);
    opacity *= Number(style.opacity);
    below = over(colour.rgb, colour.a * opacity, below);
    const under = e.querySelector(":scope > .v-btn__underlay, :scope > .v-field__overlay");
    if (under) {
      const paint = getComputedStyle(under), tint = parse(paint.backgroundColor);
      below = over(tint.rgb, tint.a * Number(paint.opacity), below);
    }
  }
  return {below, opacity};
};
const found = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node; (node = walker.nextNode());) {
  const element = node.parentElement, text = node.textContent.trim();
  const seen = element.checkVisibility({opacityProperty: true, visibilityProperty: true});
  if (!text || !seen) continue;
  if (element.closest("script, style, svg, :disabled, .v-input--disabled, [aria-disabled=true]"))
    continue;
  const range = document.createRange();
  range.selectNodeContents(node);
  if (!range.getBoundingClientRect().width) continue;
  const style = getComputedStyle(element), ink = parse(style.color);
  if (element.closest(".voco-view")) {
    if (style.textShadow === "none") found.push([text, 0, "no shadow"]);
    continue;
  }
  const {below, opacity} = painted(element);
  const levels = [light(over(ink.rgb, ink.a * opacity, below)), light(below)].sort((a, b) => b - a);
  const size = parseFloat(style.fontSize), isBold = Number(style.fontWeight) >= 700;
  const needed = size >= 24 || (isBold && size >= 18.66) ? 3 : 4.5;
  found.push([text, (levels[0] + 0.05) / (levels[1] + 0.05), needed]);
}
return found;
"""

# Where the focus is, and which of the page's regions that belongs to.
FOCUS = """
const e = document.activeElement, box = e.getBoundingClientRect();
const area = e.closest(".v-app-bar") ? 0 : e.closest("#panel") ? 1 : e.closest(".v-main") ? 2 : -1;
return [area, box.x, box.y, box.width, box.height, e.outerHTML.slice(0, 200)];
"""
# Controls that are too small for a finger: all but slides are as large as a fingertip.
SMALL = """
const kinds = "button, a[href], input, [role=slider], [role=tab], [role=combobox]";
return [...document.querySelectorAll(kinds)].filter((e) => e.checkVisibility()).map((e) => {
  const box = (e.closest(".v-field, .v-selection-control, .v-slider") || e).getBoundingClientRect();
  const least = e.closest(".v-slider") ? 24 : 40;
  return box.height < least || box.width < least ? [e.outerHTML.slice(0, 200), box.toJSON()] : null;
}).filter(Boolean);
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    runs = tmp_path_factory.mktemp("runs")
    with view_page.serving(*view_page.voco_view("--runs", str(runs))) as address:
        yield address


@pytest.fixture(scope="module")
def page(address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page with a segmentation, an answer of the position view and the form of a training."""
    page = Page(address, tmp_path_factory.mktemp("downloads"))
    try:
        page.says("Ready.")
        page.click("#apply")
        page.find("#result")
        page.click("#structures .v-expansion-panel-title")
        page.open("Position")
        page.click("#place")
        page.mouse("Red", -90, 10, click=True)
        page.find("#picture svg")
        page.open("Train")
        page.click("#new .v-expansion-panel-title")
        yield page
    finally:
        page.close()


def in_each_part(page: Page, look: Callable[[], list[Any]]) -> dict[str, list[Any]]:
    """What is found in the parts of the panel, and in the dialog of keys, where it is anything."""
    found = {}
    for part in ("Segment", "Position", "Train"):
        page.open(part)
        time.sleep(0.6)  # Vuetify fades
        found[part] = look()
    page.click("[aria-label='Keys and mouse']")
    time.sleep(0.6)
    found["keys"] = look()
    page.keys("\ue00c")
    page.until(lambda: not page.all(".v-overlay--active"))
    return {part: what for part, what in found.items() if what}


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_text_can_be_read(page: Page, theme: str) -> None:
    if not page.all(f".v-application.v-theme--{theme}"):
        page.click("[aria-label='Light or dark']")
        page.find(f".v-theme--{theme}")
    measured: list[Any] = []

    def look() -> list[Any]:
        rows = page.driver.execute_script(CONTRAST)
        measured.extend(rows)
        return [(text, needed) for text, ratio, needed in rows if ratio < 4.5 and needed != 3]

    assert not in_each_part(page, look)
    assert len(measured) > 100 and {"Liver", "Similarity", "Steps"} <= {row[0] for row in measured}


def test_every_control_has_a_name(page: Page) -> None:
    """What the keyboard reaches; of a list that is the field in it."""
    script = (
        "const kinds = \"button, a[href], input, textarea, [tabindex='0']\";"
        "return [...document.querySelectorAll(kinds)]"
        ".filter((e) => e.tabIndex >= 0 && !e.disabled && e.checkVisibility())"
    )

    def look() -> list[Any]:
        seen = page.driver.execute_script(script)
        assert len(seen) > 20
        return [e.get_attribute("outerHTML")[:200] for e in seen if not e.accessible_name.strip()]

    assert not in_each_part(page, look)


def test_the_focus_is_seen_and_goes_from_the_bar_to_the_panel_to_the_views(page: Page) -> None:
    import numpy as np
    from PIL import Image

    def picture() -> Any:
        png = page.driver.get_screenshot_as_png()
        return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)

    page.open("Segment")
    page.click("#structures .v-expansion-panel-title")
    page.click(".voco-title")  # from where Tab begins
    page.mouse("View1", 0, 0)
    places, unseen = [], []
    for _ in range(60):
        page.keys("\ue004")
        time.sleep(0.3)
        area, x, y, width, height, html = page.driver.execute_script(FOCUS)
        if area < 0 or (places and area == 0 and places[-1][0] == 2):
            break
        places.append((area, x, y))
        left, top = max(0, int(x) - 24), max(0, int(y) - 24)
        box = np.s_[top : int(y + height) + 24, left : int(x + width) + 24]
        focused = picture()[box]
        page.driver.execute_script("window.was = document.activeElement; was.blur()")
        time.sleep(0.3)
        if (np.abs(focused - picture()[box]).max(-1) > 60).sum() < 40:
            unseen.append(html)
        page.driver.execute_script("was.focus({focusVisible: true})")
    assert not unseen
    areas = [area for area, _x, _y in places]
    assert areas == sorted(areas) and set(areas) == {0, 1, 2}
    bar = [x for area, x, _ in places if area == 0]
    assert bar == sorted(bar) and len(bar) > 6


def test_keys_go_to_the_view_that_has_the_focus(page: Page) -> None:
    page.mouse("Yellow", 0, 0)
    for view in ("Red", "Green"):
        before = {name: page.offset(name) for name in ("Red", "Green", "Yellow")}
        page.driver.execute_script(f"document.querySelector('#view-{view}').focus()")
        page.keys("\ue013")
        page.until(lambda view=view, before=before: page.offset(view) != before[view])
        assert [name for name, at in before.items() if page.offset(name) != at] == [view]


# tablets


@pytest.mark.parametrize("size", [(1024, 768), (768, 1024)])
def test_fingers_scroll_click_and_zoom(address: str, tmp_path: Path, size: tuple[int, int]) -> None:
    page = Page(address, tmp_path, size)
    try:
        tablet(page, size)
        page.says("Ready.")
        width, inner = page.driver.execute_script("return [document.body.scrollWidth, innerWidth]")
        assert width == inner == size[0]
        assert not page.driver.execute_script(SMALL)
        boxes = {view: page.find(f"#view-{view}").rect for view in ("Red", "Green", "Yellow")}
        panel = page.find("#panel").rect
        for box in boxes.values():  # none is covered, or too small to see anything
            assert box["x"] >= panel["x"] + panel["width"] - 1
            assert box["width"] >= 250 and box["height"] >= 200
        red = boxes["Red"]
        x, y = round(red["x"] + red["width"] / 2), round(red["y"] + red["height"] / 2)
        axial, *others = (page.offset(view) for view in boxes)
        touch(page, [[(x + 20, y + 12)]])
        page.until(lambda: page.offset("Green") != others[0] and page.offset("Yellow") != others[1])
        assert page.offset("Red") == axial
        window = page.text(".voco-window")
        touch(page, [[(x, y + 6 * i)] for i in range(9)])
        page.until(lambda: page.offset("Red") == pytest.approx(axial - 8 * 3.0, abs=0.06))
        here = [page.offset(view) for view in boxes]
        before = page.picture("Red").astype(int)
        touch(page, [[(x - 20 - 4 * i, y), (x + 20 + 4 * i, y)] for i in range(10)])
        page.until(lambda: abs(page.picture("Red").astype(int) - before).mean() > 15)
        assert page.picture("Red").mean() > 40  # still in the body, and nowhere else
        assert [page.offset(view) for view in boxes] == here
        assert page.text(".voco-window") == window
    finally:
        page.close()


def tablet(page: Page, size: tuple[int, int]) -> None:
    """Makes the page that of a tablet, which has fingers instead of a mouse."""
    metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": True}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    fingers = {"enabled": True, "maxTouchPoints": 5}
    page.driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", fingers)
    page.driver.refresh()


def touch(page: Page, steps: list[list[tuple[int, int]]]) -> None:
    """Puts fingers down, moves them over places of the page, and lifts them."""

    def send(kind: str, places: list[tuple[int, int]]) -> None:
        points = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(places)]
        event = {"type": kind, "touchPoints": points}
        page.driver.execute_cdp_cmd("Input.dispatchTouchEvent", event)

    send("touchStart", steps[0])
    for places in steps[1:]:
        time.sleep(0.04)
        send("touchMove", places)
    send("touchEnd", [])
