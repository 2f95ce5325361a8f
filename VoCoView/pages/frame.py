"""The page as a whole: bar, parts, views, and what comes over them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from trame.ui.vuetify3 import VAppLayout
from trame.widgets import html
from trame.widgets import vuetify3 as v
from trame.widgets.rca import RemoteControlledArea

from VoCoView.screen import Screen
from VoCoView.view_part import LETTERS, SLICES, THREE_D, ViewPart

RESOURCES = Path(__file__).resolve().parents[1] / "Resources"
MODULE = {
    "serve": {"voco": str(RESOURCES)},
    "scripts": ["voco/view.js"],
    "styles": ["voco/view.css"],
}
NARROW = 700  # pixels of a page, below which the panel comes over the views
COLOURS = {"Red": "#f34a33", "Green": "#6eb04b", "Yellow": "#edd54c"}  # Slicer's, of its views
EMPHASIS = {"medium-emphasis-opacity": 0.75}  # of labels; Vuetify's own 0.6 is too pale on white
THEMES = {
    "dark": {
        "dark": True,
        "variables": EMPHASIS,
        "colors": {
            "background": "#101418",
            "surface": "#1a2027",
            "primary": "#5db3ff",
            "on-primary": "#06243f",
            "error": "#ff8a80",
            "on-error": "#4a0a05",
        },
    },
    "light": {
        "dark": False,
        "variables": EMPHASIS,
        "colors": {
            "background": "#eef1f4",
            "surface": "#ffffff",
            "primary": "#0b5cad",
            "on-primary": "#ffffff",
            "error": "#b3261e",
            "on-error": "#ffffff",
        },
    },
}
# Instead of the page, which nobody serves any more.
LOST = """
<div class="voco-lost" role="alert">
  <h1>The connection to VoCo has ended</h1>
  <p>Loaded again within a minute, the page is as it was. After that the session is gone, with its
  CTs and results; trainings go on.</p>
  <p><a href="index.html">Load again</a> <a href="../../">New session</a></p>
</div>
"""
KEYS = (
    ("↑ ↓ or the wheel", "next slice of the view under the mouse"),
    ("+ and -", "zoom"),
    ("0", "the whole CT"),
    ("Space", "hide the segmentation, or show it"),
    ("Esc", "cancel; else remove the crosshair"),
    ("P", "place a point"),
    ("1 … 5", "window"),
    ("Click", "the other views go there"),
    ("Drag left", "window and level"),
    ("Drag right, middle", "zoom, move"),
)


def build(
    server: Any,
    screen: Screen,
    parts: dict[str, Callable[[], None]],
    ct: Any,
    views: ViewPart,
    arrange: Callable[[str], None],
) -> None:
    """Makes the page.

    Args:
        server: trame's.
        screen: what is shown.
        parts: title of each part, and what adds its widgets.
        ct: the list of CTs.
        views: the views.
        arrange: shows other views.
    """
    server.enable_module(MODULE)
    server.state.update({"tab": next(iter(parts)).lower(), "dark": True, "drawer": True})
    server.state.update({"active": "Red", "help": False})
    server.state.trame__title = "VoCo"
    server.state.trame__favicon = ""
    server.state.trame__template_error = LOST
    config = {"theme": {"defaultTheme": "dark", "themes": THEMES}}
    with VAppLayout(server, vuetify_config=config, theme=("dark ? 'dark' : 'light'",)):
        _bar(screen, ct, views, arrange)
        with v.VNavigationDrawer(
            v_model=("drawer",),
            width=392,
            permanent=(f"$vuetify.display.width >= {NARROW}",),
            id="panel",
        ):
            with v.VTabs(v_model=("tab",), grow=True, density="compact", color="primary"):
                for title in parts:
                    v.VTab(title, value=title.lower())
            for title, add in parts.items():
                with html.Div(v_show=(f"tab === '{title.lower()}'",), classes="voco-part"):
                    add()
        legend = "position.rows.length || position.mapText ? 'legend' : ''"
        with (
            v.VMain(classes="voco-main"),
            html.Div(classes=(f"`voco-views ${{layout}} ${{{legend}}}`",)),
        ):
            for name in ("Red", THREE_D, "Green", "Yellow"):
                _view(name, screen, views, arrange)
        _over(screen)


def _bar(screen: Screen, ct: Any, views: ViewPart, arrange: Callable[[str], None]) -> None:
    with v.VAppBar(height=52, flat=True, border="b"):
        v.VAppBarNavIcon(click="drawer = !drawer", aria_label="Panel", **ARIA)
        html.Span("VoCo", classes="voco-title")
        v.VSelect(
            model_value=("ct.chosen",),
            items=("ct.items",),
            update_modelValue=(screen.action(ct.choose), "[$event]"),
            loading=("ct.isReading",),
            placeholder="Choose a CT",
            aria_label="CT",
            **ARIA,
            classes="voco-ct",
            id="ct",
            **BAR,
        )
        _icon("mdi-file-plus-outline", "utils.voco.openFiles()", "Open a CT file")
        _icon("mdi-folder-open-outline", "utils.voco.openFolder()", "Open a DICOM folder")
        v.VSelect(
            model_value=("ct.preset",),
            items=("ct.presets",),
            update_modelValue=(screen.action(ct.set_window), "[$event]"),
            aria_label="Window",
            **ARIA,
            placeholder=("ct.window",),
            persistent_placeholder=True,
            classes="voco-window",
            **BAR,
        )
        v.VSpacer()
        html.Span("Not for clinical use", classes="voco-not")
        four = (screen.action(arrange), "['four']")
        _icon("mdi-view-grid-outline", four, "Four views")
        _icon("mdi-fit-to-screen-outline", views.fit, "The whole CT")
        _icon("mdi-keyboard-outline", "help = true", "Keys and mouse")
        sun = ("dark ? 'mdi-weather-sunny' : 'mdi-weather-night'",)
        _icon(sun, "dark = !dark", "Light or dark")


def _icon(icon: Any, press: Any, tip: str) -> None:
    v.VBtn(icon=icon, click=press, title=tip, aria_label=tip, size="small", **ARIA)


BAR = {"density": "compact", "variant": "solo-filled", "flat": True, "hide_details": True}
ARIA: dict[str, Any] = {"__properties": [("aria_label", "aria-label")]}


def _view(name: str, screen: Screen, views: ViewPart, arrange: Callable[[str], None]) -> None:
    title = SLICES.get(name, "3D")
    colour = COLOURS.get(name, "#8b95a1")
    with html.Div(
        classes=f"voco-view {name}",
        style=f"--colour: {colour}",
        mouseenter=f"active = '{name}'",
        focusin=f"active = '{name}'",
        raw_attrs=[
            """@pointerdown.capture="trigger('point', [$event.pointerType !== 'mouse'])\""""
        ],
    ):
        RemoteControlledArea(
            name=name,
            display="image",
            send_mouse_move=True,
            id=f"view-{name}",
            event_throttle_ms=("16",),
            classes="voco-area",
            raw_attrs=[f'role="application" aria-label="{title} view"'],
        )
        with html.Div(classes="voco-head"):
            html.Span(title, classes="voco-name")
            if name in SLICES:
                _place(name, title, colour, views)
            v.VBtn(
                icon=(f"layout === '{name}' ? 'mdi-arrow-collapse' : 'mdi-arrow-expand'",),
                click=(screen.action(arrange), f"[layout === '{name}' ? 'four' : '{name}']"),
                size="x-small",
                variant="text",
                title="Large or small",
                aria_label=f"{title} view large or small",
                **ARIA,
            )
        if name in SLICES:
            with html.Div(v_if=(f"views.{name}.hasVolume",)):
                for letter, edge in zip(
                    LETTERS[name], ("left", "right", "top", "bottom"), strict=True
                ):
                    html.Span(letter, classes=f"voco-letter {edge}")


def _place(name: str, title: str, colour: str, views: ViewPart) -> None:
    """Where a slice is, in words and to be moved."""
    html.Span(f"{{{{ views.{name}.text }}}}", classes="voco-offset", id=f"offset-{name}")
    v.VSlider(
        v_if=(f"views.{name}.hasVolume",),
        model_value=(f"views.{name}.offset",),
        update_modelValue=(views.move, f"['{name}', $event]"),
        min=(f"views.{name}.low",),
        max=(f"views.{name}.high",),
        step=(f"views.{name}.step",),
        density="compact",
        hide_details=True,
        color=colour,
        track_size=2,
        thumb_size=12,
        classes="voco-slide",
        aria_label=f"{title} slice",
        **ARIA,
    )


def _over(screen: Screen) -> None:
    """Questions, errors, tables and charts; notices; the keys; where to drop files."""
    with v.VDialog(
        model_value=("!!dialog.kind",),
        persistent=True,
        max_width=("dialog.text ? 520 : 760",),
    ):
        with v.VCard(id="dialog"):
            v.VCardTitle("{{ dialog.title }}", v_if=("dialog.title",))
            with v.VCardText():
                html.Div("{{ dialog.text }}", v_if=("dialog.text",), classes="voco-text")
                html.Div(v_if=("dialog.picture",), v_html=("dialog.picture",))
                with v.VTable(v_if=("dialog.rows",), density="compact", classes="voco-table"):
                    with html.Thead(), html.Tr():
                        html.Th("{{ title }}", v_for="title in dialog.titles")
                    with html.Tbody(), html.Tr(v_for="row in dialog.rows"):
                        html.Td("{{ cell }}", v_for="cell in row")
            with v.VCardActions():
                v.VSpacer()
                asks = "dialog.kind === 'question'"
                v.VBtn("Cancel", v_if=(asks,), click=(screen.answer, "[false]"))
                v.VBtn(
                    "OK",
                    v_if=(asks,),
                    click=(screen.answer, "[true]"),
                    color="primary",
                    variant="flat",
                    id="agree",
                )
                v.VBtn(
                    "Close",
                    v_if=(f"!({asks})",),
                    click=screen.close_dialog,
                    id="close",
                    color="primary",
                )
    v.VSnackbar("{{ notice.text }}", v_model=("noticed",), timeout=4000, location="bottom end")
    with v.VDialog(v_model=("help",), max_width=460), v.VCard(title="Keys and mouse"):
        with v.VCardText(), v.VTable(density="compact"), html.Tbody():
            for key, what in KEYS:
                with html.Tr():
                    html.Td(key, classes="voco-key")
                    html.Td(what)
    with html.Div(id="drop", classes="voco-drop"):
        html.Div("Drop a CT: a file, or a folder with DICOM files")
    with html.Div(v_if=("upload.total",), classes="voco-upload"):
        html.Span("Taking in {{ upload.done }} of {{ upload.total }} MB")
        v.VProgressLinear(model_value=("100 * upload.done / upload.total",), color="primary")
