"""Widgets that several parts of the page use, in one look."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trame.widgets import html
from trame.widgets import vuetify3 as v

# Read out by screen readers when it changes.
LIVE: dict[str, Any] = {"aria_live": "polite", "__properties": [("aria_live", "aria-live")]}


def select(part: str, key: str, items: str, label: str, choose: Callable[..., Any]) -> None:
    """A list of which the server keeps the choice."""
    v.VSelect(
        model_value=(f"{part}.{key}",),
        items=(f"{part}.{items}",),
        update_modelValue=(choose, "[$event]"),
        label=label,
        density="compact",
        variant="outlined",
        hide_details=True,
        classes="mb-2",
    )


def slider(part: str, key: str, label: str, change: Callable[..., Any]) -> None:
    """A share from 0 to 1."""
    with html.Div(classes="voco-row"):
        html.Span(label, classes="voco-label")
        v.VSlider(
            model_value=(f"{part}.{key}",),
            update_modelValue=(change, "[$event]"),
            min=0,
            max=1,
            step=0.05,
            density="compact",
            hide_details=True,
            aria_label=label,
            __properties=[("aria_label", "aria-label")],
        )


def switch(
    part: str, key: str, label: str, change: Callable[..., Any], arguments: str = "[$event]"
) -> None:
    """On or off; change is called with the arguments."""
    v.VSwitch(
        model_value=(f"{part}.{key}",),
        update_modelValue=(change, arguments),
        label=label,
        density="compact",
        color="primary",
        hide_details=True,
    )


def button(text: str, press: Any, enabled: str = "true", **more: Any) -> None:
    """Of usual weight; text in braces is an expression."""
    v.VBtn(
        text,
        click=press,
        disabled=(f"!({enabled})",),
        size="small",
        variant=more.pop("variant", "tonal"),
        **more,
    )


def progress(expression: str) -> None:
    """A bar as a presenter's Progress has it: a share, unknown, or none."""
    v.VProgressLinear(
        v_if=(f"{expression}",),
        model_value=(f"{expression} ? 100 * ({expression}.share || 0) : 0",),
        indeterminate=(f"{expression} && {expression}.share === null",),
        color="primary",
        height=6,
        rounded=True,
        classes="my-2",
        aria_label="Progress",
        __properties=[("aria_label", "aria-label")],
    )


def text(expression: str, classes: str = "voco-text", **more: Any) -> None:
    """Lines of text, if there are any."""
    html.Div(f"{{{{ {expression} }}}}", v_if=(expression,), classes=classes, **more)


def heading(words: str) -> None:
    """Of a group."""
    html.Div(words, classes="voco-heading", role="heading")
