"""A plot chart of MRML as a picture for a page: Slicer's own plot view is a widget of Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtk.util.numpy_support import vtk_to_numpy

WIDTH, HEIGHT = 420, 270  # about as wide as the panel, so that letters are as large as there
LEFT, RIGHT, TOP, BOTTOM = 60, 12, 12, 44
TICKS = 5


@dataclass(frozen=True)
class _Series:
    """A line, or bars where there are words below."""

    name: str
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    words: tuple[str, ...]
    colour: str
    width: float
    is_dashed: bool
    has_markers: bool


def chart_picture(chart: Any) -> str:
    """SVG of a vtkMRMLPlotChartNode; ink and paper are the page's."""
    series = [found for found in map(_read, _nodes(chart)) if found is not None]
    if not series:
        return ""
    log = bool(chart.GetYAxisLogScale())
    axes = _Axes(chart, series, log)
    parts = [axes.draw()]
    bars = [one for one in series if one.words]
    for index, one in enumerate(series):
        parts.append(_bars(one, axes, bars) if one.words else _line(one, axes))
        if len(series) > 1:
            parts.append(_entry(one, index))
    title = escape(chart.GetTitle() or "")
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}" '
        f'xmlns="http://www.w3.org/2000/svg" class="voco-chart">{"".join(parts)}</svg>'
    )


class _Axes:
    """From values to places on the picture."""

    def __init__(self, chart: Any, series: Sequence[_Series], log: bool) -> None:
        self._log = log
        self._words = next((one.words for one in series if one.words), ())
        xs, ys = (np.concatenate([getattr(one, k) for one in series]) for k in "xy")
        self._x = (-0.5, len(self._words) - 0.5) if self._words else _span(xs)
        wanted = None if chart.GetYAxisRangeAuto() else chart.GetYAxisRange()
        ys = ys[ys > 0] if log else np.append(ys, 0) if self._words else ys
        low, high = wanted or _span(ys)
        if log:
            low, high = np.log10(_span(ys))
        self._y = float(low), float(high)
        self._titles = chart.GetXAxisTitle() or "", chart.GetYAxisTitle() or ""

    def place(self, x: Any, y: Any) -> tuple[Any, Any]:
        """Pixels."""
        y = np.log10(np.maximum(y, 1e-12)) if self._log else y
        across = (np.asarray(x) - self._x[0]) / (self._x[1] - self._x[0])
        up = (np.asarray(y) - self._y[0]) / (self._y[1] - self._y[0])
        up = np.clip(up, 0, 1)
        return LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up * (
            HEIGHT - TOP - BOTTOM
        )

    def draw(self) -> str:
        """Lines, numbers and titles."""
        parts = []
        for y in np.linspace(*self._y, TICKS):
            value = 10**y if self._log else y
            _, top = self.place(self._x[0], value)
            parts.append(
                f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{top:.1f}" y2="{top:.1f}" '
                'class="grid"/>'
            )
            parts.append(_label(LEFT - 6, top + 4, f"{value:.3g}", "end"))
        for x, word in self._below():
            left, _ = self.place(x, 1)
            parts.append(_label(left, HEIGHT - BOTTOM + 16, word, "middle"))
        middle = (LEFT + WIDTH - RIGHT) / 2
        parts.append(_label(middle, HEIGHT - 8, self._titles[0], "middle"))
        turned = f'transform="rotate(-90 14 {HEIGHT / 2})"'
        parts.append(_label(14, HEIGHT / 2, self._titles[1], "middle", turned))
        return "".join(parts)

    def _below(self) -> list[tuple[float, str]]:
        if self._words:
            return list(enumerate(self._words))
        return [(float(x), f"{x:.4g}") for x in np.linspace(*self._x, TICKS)]


def _nodes(chart: Any) -> list[Any]:
    return [chart.GetNthPlotSeriesNode(i) for i in range(chart.GetNumberOfPlotSeriesNodes())]


def _read(node: Any) -> _Series | None:
    table: Any = node.GetTableNode().GetTable() if node and node.GetTableNode() else None
    column = table.GetColumnByName(node.GetYColumnName()) if table else None
    if column is None or not table.GetNumberOfRows():
        return None
    y = vtk_to_numpy(column).astype(np.float64)
    is_bars = node.GetPlotType() in (node.PlotTypeBar, node.PlotTypeScatterBar)
    labels = table.GetColumnByName(node.GetLabelColumnName() or "") if is_bars else None
    words = tuple(labels.GetValue(i) for i in range(len(y))) if labels else ()
    across = table.GetColumnByName(node.GetXColumnName() or "")
    is_numeric = across is not None and across.IsNumeric() and not is_bars
    x = vtk_to_numpy(across).astype(np.float64) if is_numeric else np.arange(len(y), dtype=float)
    colour = "#{:02x}{:02x}{:02x}".format(*(round(255 * c) for c in node.GetColor()))
    return _Series(
        name=node.GetName(),
        x=x,
        y=y,
        words=words or (tuple(map(str, range(1, len(y) + 1))) if is_bars else ()),
        colour=colour,
        width=node.GetLineWidth(),
        is_dashed=node.GetLineStyle() == node.LineStyleDash,
        has_markers=node.GetMarkerStyle() != node.MarkerStyleNone,
    )


def _line(one: _Series, axes: _Axes) -> str:
    left, top = axes.place(one.x, one.y)
    good = np.isfinite(one.y)
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(left[good], top[good], strict=True))
    dash = ' stroke-dasharray="6 4"' if one.is_dashed else ""
    parts = [
        f'<polyline points="{points}" fill="none" stroke="{one.colour}" '
        f'stroke-width="{max(1.0, one.width)}"{dash}/>'
    ]
    if one.has_markers:
        parts += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{one.colour}"/>'
            for x, y in zip(left[good], top[good], strict=True)
        ]
    return "".join(parts)


def _bars(one: _Series, axes: _Axes, bars: Sequence[_Series]) -> str:
    share = 0.8 / len(bars)
    start = bars.index(one) * share - 0.4
    parts = []
    for x, y in zip(one.x, one.y, strict=True):
        left, top = axes.place(x + start, y)
        right, bottom = axes.place(x + start + share, 0)
        parts.append(
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" '
            f'height="{max(0.0, bottom - top):.1f}" fill="{one.colour}"/>'
        )
    return "".join(parts)


def _entry(one: _Series, index: int) -> str:
    y = TOP + 14 + 16 * index
    return f'<circle cx="{WIDTH - 130}" cy="{y - 4}" r="4" fill="{one.colour}"/>' + _label(
        WIDTH - 120, y, one.name, "start"
    )


def _label(x: float, y: float, text: str, anchor: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {more}>{escape(text)}</text>'


def _span(values: NDArray[np.float64]) -> tuple[float, float]:
    """The lowest and the highest, apart from each other."""
    good = values[np.isfinite(values)]
    low, high = (float(good.min()), float(good.max())) if good.size else (0.0, 1.0)
    return (low, high) if high > low else (low - 0.5, high + 0.5)
