"""The part Train of the page."""

from __future__ import annotations

from typing import Any

from trame.widgets import html
from trame.widgets import vuetify3 as v

from VoCoView.pages.widgets import button, progress, select, switch, text
from VoCoView.screen import Screen
from VoCoView.train_part import CURVES, TrainPart

LOOK: dict[str, Any] = {"density": "compact", "variant": "outlined", "hide_details": True}


def train_page(part: TrainPart, screen: Screen) -> None:
    """Adds the widgets."""
    _field(
        "runs.folder",
        "Folder of the runs",
        (screen.action(part.choose_folder), "[$event.target.value]"),
    )
    _list(part, screen)
    with html.Div(v_if=("run.isSelected",)):
        _run(part, screen)
    html.Div("{{ run.situation }}", v_else=True, classes="voco-hint")
    with v.VExpansionPanels(flat=True, classes="mt-2", id="new"):
        with v.VExpansionPanel(title="New training"), v.VExpansionPanelText(eager=True):
            _new(part, screen)


def _list(part: TrainPart, screen: Screen) -> None:
    with v.VTable(v_if=("runs.rows.length",), density="compact", classes="voco-table", id="runs"):
        with html.Thead(), html.Tr():
            for title in ("Name", "State", "Step", "Time left"):
                html.Th(title)
        with (
            html.Tbody(),
            html.Tr(
                v_for="row in runs.rows",
                key=("row.id",),
                click=(screen.action(part.select), "[row.id]"),
                title=("row.tip",),
                raw_attrs=['tabindex="0" @keydown.enter="$event.target.click()"'],
                classes=("row.id === runs.selected ? 'voco-best voco-chosen' : 'voco-choice'",),
            ),
        ):
            html.Td("{{ cell }}", v_for="cell in row.cells")


def _run(part: TrainPart, screen: Screen) -> None:
    act = screen.action
    with html.Div(
        v_if=("run.health[1]",), classes=("`voco-health ${run.health[0].replace(' ', '-')}`",)
    ):
        html.Strong("{{ run.health[1] }}. ")
        html.Span("{{ run.health[2] }}")
    text("run.situation", "voco-status")
    progress("run.progress")
    with html.Div(classes="voco-buttons"):
        button("{{ run.stop || 'Stop' }}", act(part.run.stop), "run.canStop", id="stop")
        button("Resume", act(part.run.resume), "run.canResume", id="resume")
        button("Use", act(part.run.use), "run.canUse")
        button("Delete", act(part.run.delete), "run.canDelete")
    with html.Div(v_if=("run.chart",)):
        with v.VBtnToggle(
            model_value=("run.curve",),
            update_modelValue=(act(part.choose_curve), "[$event]"),
            mandatory=True,
            density="compact",
            color="primary",
            classes="mt-2",
        ):
            for index, title in enumerate(CURVES):
                v.VBtn(title, value=index, size="x-small")
        html.Div(v_html=("run.chart",), id="curve")
        with html.Div(classes="voco-row"):
            draw = act(part.draw_as)
            switch("run", "smooth", "Average", draw, "[$event, run.logarithmic]")
            switch("run", "logarithmic", "Log scale", draw, "[run.smooth, $event]")
    html.Div("{{ run.curveTip }}", v_else=True, classes="voco-hint")
    html.Img(
        v_if=("run.guesses",),
        src=("run.guesses",),
        alt="Where it takes some crops for",
        classes="voco-strip",
        id="strip",
    )
    text("run.metrics", "voco-hint")
    with v.VExpansionPanels(flat=True), v.VExpansionPanel(title="Log"), v.VExpansionPanelText():
        html.Pre("{{ run.log }}", classes="voco-log")


def _new(part: TrainPart, screen: Screen) -> None:
    def fill(name: str) -> Any:
        return screen.action(lambda value: part.fill(name, value))

    select("train", "kind", "kinds", "Kind", fill("kind"))
    _field(
        "train.data",
        "Folder of CTs, or dataset.json, on the server",
        (fill("data"), "[$event.target.value]"),
        id="data",
    )
    select("train", "start", "starts", "Start from", fill("start"))
    fresh = "train.start === 'scratch'"
    with html.Div(v_if=(fresh,)):
        select("train", "network", "networks", "Network", fill("network"))
        with html.Div(v_if=("train.kind === 'pretrain'",)):
            select("train", "preparation", "preparations", "Preparation", fill("preparation"))
    with html.Div(classes="voco-row"):
        _field(
            "train.steps",
            "Steps",
            (fill("steps"), "[$event.target.value]"),
            type="number",
            id="steps",
        )
        _field("train.batch", "Batch", (fill("batch"), "[$event.target.value]"), type="number")
    _field("train.name", "Name", (fill("name"), "[$event.target.value]"), id="name")
    text("train.reason", "voco-hint")
    with html.Div(classes="voco-buttons"):
        check = "{{ train.check }}"
        button(check, screen.action(part.new.checkOrCancel), "train.canCheck", id="check")
        button(
            "Start",
            screen.action(part.new.start),
            "!train.reason",
            id="start",
            color="primary",
            variant="flat",
        )
    progress("train.progress")
    text("train.found", "voco-status")
    html.Img(
        v_if=("train.picture",),
        src=("train.picture",),
        alt="What the network will see",
        classes="voco-strip",
    )


def _field(value: str, label: str, change: Any, **more: Any) -> None:
    """A line of text that counts when it is complete."""
    v.VTextField(model_value=(value,), label=label, change=change, classes="mb-2", **LOOK, **more)
