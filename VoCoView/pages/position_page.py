"""The part Position of the page."""

from __future__ import annotations

from trame.widgets import html
from trame.widgets import vuetify3 as v

from VoCoView.pages.widgets import LIVE, button, heading, progress, select, slider, text
from VoCoView.position_part import PositionPart
from VoCoView.screen import Screen


def position_page(part: PositionPart, screen: Screen, choose_other: object) -> None:
    """Adds the widgets."""
    act, presenter = screen.action, part.presenter
    select("position", "model", "models", "Model", act(presenter.chooseModel))
    select("position", "grid", "grids", "Base crops", act(presenter.chooseGrid))
    with html.Div(classes="voco-buttons"):
        _toggle("Place point", "place", presenter.place, "isPlacing", "canPlace", screen)
        _toggle("Follow the mouse", "follow", presenter.follow, "isFollowing", "canFollow", screen)
        button("Map", act(presenter.makeMap), "position.canMap", id="map")
    progress("position.progress")
    with html.Div(v_if=("position.progress",), classes="voco-buttons"):
        button("Cancel", act(presenter.cancel), id="cancel-position")
    text("position.status", "voco-status", id="position-status", **LIVE)
    text("position.answerText", "voco-answer", id="answer", **LIVE)
    html.Div(
        v_if=("position.picture",),
        v_html=("position.picture",),
        classes=("position.isStale ? 'voco-stale' : ''",),
        id="picture",
    )
    text("position.mapText", id="position-map")
    with html.Div(v_if=("position.overlays.length > 1",)):
        select("position", "overlay", "overlays", "Over the CT", act(presenter.chooseOverlay))
        slider("position", "opacity", "Opacity", act(part.set_opacity))
    heading("Second patient")
    v.VSelect(
        model_value=("ct.other",),
        items=("ct.items.filter((item) => item.value !== ct.chosen)",),
        update_modelValue=(choose_other, "[$event]"),
        label="Other CT",
        density="compact",
        variant="outlined",
        hide_details=True,
        clearable=True,
        classes="mb-2 voco-other",
    )
    with html.Div(classes="voco-buttons"):
        button("Find this place there", act(presenter.find), "position.canFind", id="find")
        paired = "position.canPair || position.isPaired"
        with v.VBtn(
            click=(act(presenter.sideBySide), "[!position.isPaired]"),
            disabled=(f"!({paired})",),
            size="small",
            variant=("position.isPaired ? 'flat' : 'tonal'",),
        ):
            html.Span("Side by side")
    text("position.matchText", "voco-answer", id="match", **LIVE)
    _more(part, screen)


def _more(part: PositionPart, screen: Screen) -> None:
    act, presenter = screen.action, part.presenter
    with html.Div(v_if=("position.rows.length",)):
        heading("Numbers")
        with v.VTable(density="compact", classes="voco-table"):
            with html.Thead(), html.Tr():
                for title in ("Base", "Similarity", "Probability", "Overlap"):
                    html.Th(title)
            with (
                html.Tbody(),
                html.Tr(
                    v_for="row in position.rows",
                    key=("row.name",),
                    classes=("row.isBest ? 'voco-best' : ''",),
                ),
            ):
                html.Td("{{ row.name }}")
                html.Td("{{ value }}", v_for="value in row.values", classes="number")
    with html.Div(classes="voco-buttons mt-2"):
        button("Chart", act(presenter.showChart), "position.canShowNumbers")
        in_three_d = "position.rows.length || position.isInThreeD"
        button("In 3D", (act(presenter.showThreeD), "[!position.isInThreeD]"), in_three_d)
        button("Figure", act(presenter.writeFigure), "position.canWrite")
        hide = "{{ position.isHidden ? 'Show' : 'Hide' }}"
        button(hide, act(presenter.hide), "position.canHide")
        button("Remove", act(presenter.remove), "position.canHide")
    with html.Div(v_if=("files.length",)):
        heading("Download")
        with html.Div(classes="voco-buttons"):
            v.VBtn(
                "{{ file }}",
                v_for="file in files",
                key=("file",),
                href=("`files/${file}`",),
                download=True,
                __properties=["download"],
                size="small",
                variant="tonal",
            )


def _toggle(label: str, name: str, press: object, on: str, enabled: str, screen: Screen) -> None:
    with v.VBtn(
        click=(screen.action(press), f"[!position.{on}]"),  # type: ignore[arg-type]
        disabled=(f"!position.{enabled}",),
        color=(f"position.{on} ? 'primary' : undefined",),
        size="small",
        variant=(f"position.{on} ? 'flat' : 'tonal'",),
        id=name,
    ):
        html.Span(label)
