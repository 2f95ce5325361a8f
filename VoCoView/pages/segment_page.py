"""The part Segment of the page."""

from __future__ import annotations

from trame.widgets import html
from trame.widgets import vuetify3 as v

from VoCoView.downloads import KINDS
from VoCoView.pages.widgets import LIVE, button, heading, progress, select, slider, switch, text
from VoCoView.screen import Screen
from VoCoView.segment_part import SegmentPart

NAMES = {".seg.nrrd": "Slicer", ".nii.gz": "NIfTI", ".dcm": "DICOM SEG", ".csv": "Table"}


def segment_page(part: SegmentPart, screen: Screen) -> None:
    """Adds the widgets."""
    act = screen.action
    select("segment", "model", "models", "Model", act(part.choose_model))
    text("segment.information", "voco-hint")
    _structures(part, screen)
    with v.VBtn(
        click=act(part.presenter.act),
        disabled=("!segment.canAct",),
        color=("segment.isBusy ? 'error' : 'primary'",),
        block=True,
        size="large",
        title=("segment.actionTip",),
        classes="mt-3",
        id="apply",
    ):
        html.Span("{{ segment.action }}")
    progress("segment.progress")
    text("segment.status", "voco-status", id="status", **LIVE)
    html.Div("{{ line }}", v_for="line in segment.waiting", key="line", classes="voco-hint")
    text("!segment.isBusy && !segment.hasResult ? segment.estimate : ''", "voco-hint")
    _result(part, screen)
    with v.VExpansionPanels(flat=True, classes="mt-2"), v.VExpansionPanel(title="More"):
        with v.VExpansionPanelText():
            select("segment", "device", "devices", "Computed on", act(part.choose_device))
            switch(
                "segment",
                "uncertainty",
                "Also show where the network was unsure",
                act(part.set_uncertainty),
            )


def _structures(part: SegmentPart, screen: Screen) -> None:
    count = "segment.structures.length === segment.labels.length"
    with (
        v.VExpansionPanels(flat=True, v_if=("segment.labels.length",), id="structures"),
        v.VExpansionPanel(),
    ):
        with v.VExpansionPanelTitle():
            html.Span(
                "{{ " + count + " ? `Structures (all ${segment.labels.length})` : `Structures "
                "(${segment.structures.length} of ${segment.labels.length})` }}"
            )
        with v.VExpansionPanelText():
            choose = screen.action(part.choose_structures)
            with html.Div(classes="voco-buttons"):
                button("All", (choose, "[segment.labels.map((label) => label.title)]"))
                button("None", (choose, "[[]]"))
            with (
                v.VCheckbox(
                    v_for="label in segment.labels",
                    key=("label.title",),
                    model_value=("segment.structures",),
                    update_modelValue=(choose, "[$event]"),
                    value=("label.title",),
                    density="compact",
                    hide_details=True,
                ),
                html.Template(v_slot_label=True),
            ):
                html.Span(classes="voco-dot", style=("`background: ${label.colour}`",))
                html.Span("{{ label.title }}")


def _result(part: SegmentPart, screen: Screen) -> None:
    act = screen.action
    with html.Div(v_if=("segment.hasResult",)):
        heading("Result")
        with html.Div(classes="voco-row"):
            switch("segment", "isVisible", "Shown", act(part.set_visible))
            switch("segment", "isInThreeD", "In 3D", act(part.set_three_d))
        slider("segment", "opacity", "Opacity", act(part.set_opacity))
        with v.VTable(density="compact", classes="voco-table", id="result"):
            with html.Thead(), html.Tr():
                html.Th("Structure")
                html.Th("ml", classes="number")
                html.Th("HU", classes="number")
            with html.Tbody():
                with html.Template(v_for="row in segment.rows", key="row.name"):
                    with html.Tr():
                        with html.Td():
                            html.Span(classes="voco-dot", style=("`background: ${row.colour}`",))
                            html.Span("{{ row.name }}")
                            html.Div("{{ row.flags }}", v_if=("row.flags",), classes="voco-flag")
                        html.Td("{{ row.millilitres }}", classes="number")
                        html.Td("{{ row.hu }}", classes="number")
        heading("Download")
        with html.Div(classes="voco-buttons"):
            for kind in KINDS:
                v.VBtn(
                    NAMES[kind],
                    href=f"files/segmentation{kind}",
                    download=True,
                    __properties=["download"],
                    size="small",
                    variant="tonal",
                    prepend_icon="mdi-download",
                    title=f"Download {kind}",
                    v_if=("ct.isDicom" if kind == ".dcm" else "true",),
                )
