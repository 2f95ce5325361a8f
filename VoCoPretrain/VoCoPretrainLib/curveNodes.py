"""The curves of a training as Slicer plots: tables, series and charts of one run."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

import numpy as np
import slicer
import vtk
from numpy.typing import NDArray
from slicer.i18n import tr as _
from vtk.util.numpy_support import numpy_to_vtk

from VoCoLib.events import Event
from VoCoLib.runs.metric_history import MetricHistory

MOST_POINTS = 1000  # of a curve; more is not seen
DIGITS = 4  # of a value in a table; the run's events have all
FEWEST_POINTS = 2  # each drawing of a line with fewer is an error in Slicer's log
SMOOTHING = 0.95  # of the exponential average
SHORTEST = 0.2  # axis of a score
_FEW = 0.1  # share of the losses that may leave the chart
_WINDOW = 200  # losses in it: those before weigh less than one in ten thousand

RAW = (0.62, 0.75, 0.89)
MAIN = (0.12, 0.38, 0.72)
HELD_BACK = (0.85, 0.45, 0.1)
CURVES = ("score", "loss", "learning_rate")
GUIDE = (0.5, 0.5, 0.5)  # what a score is compared with
MOST_STRUCTURES = 8  # that have curves of their own; more are not told apart
# Okabe and Ito's, which colour-blind people tell apart, without those above
STRUCTURES = (
    *((0.0, 0.62, 0.45), (0.8, 0.47, 0.65), (0.9, 0.62, 0.0), (0.34, 0.71, 0.91)),
    *((0.94, 0.89, 0.26), (0.0, 0.45, 0.7), (0.4, 0.3, 0.2), (0.6, 0.6, 0.6)),
)
_SCORES = ("position_accuracy", "dice")


class CurveNodes:
    """Makes and updates the nodes; they belong to the scene, but are not saved with it.

    Args:
        scene: where the nodes are.
    """

    def __init__(self, scene: slicer.vtkMRMLScene) -> None:
        self._scene = scene
        self._nodes: dict[str, Any] = {}  # no IDs: a closed scene gives them to other nodes
        self._range: tuple[str, tuple[float, ...]] = ("", ())  # last set here: run, losses

    def chart(self, curve: str) -> slicer.vtkMRMLPlotChartNode | None:
        """The chart of one of CURVES; None before show() or after the scene was closed."""
        return self._present(curve)

    def show(self, name: str, history: MetricHistory, smooth: bool, logarithmic: bool) -> None:
        """Shows the metrics of a run.

        Args:
            name: of the run.
            history: its metrics.
            smooth: show an average beside the losses.
            logarithmic: scale of the losses.
        """
        steps = [item for item in history.metrics if "loss" in item]
        chosen = _thinned(len(steps))
        losses = np.array([item["loss"] for item in steps], np.float64)
        averages = smoothed(losses, chosen)
        columns: dict[str, Any] = {
            "step": [steps[i]["step"] for i in chosen],
            "loss": losses[chosen],
            "smoothed": averages,
            "rate": [steps[i]["learning_rate"] for i in chosen],
        }
        steps_table = self._table("steps", name, columns)
        measures = [item for item in history.metrics if "loss" not in item]
        checked = [item for item in measures if "held_back_loss" in item]
        columns = {
            "step": [item["step"] for item in checked],
            "held back": [item["held_back_loss"] for item in checked],
        }
        checked_table = self._table("held back", name, columns)
        curves = {"loss": steps_table, **({"smoothed": steps_table} if smooth else {})}
        if checked:
            curves["held back"] = checked_table
        span = None
        if len(losses) and not logarithmic:
            span = spanWithoutSpikes(losses, *columns["held back"], *averages)
        self._setRange(self._chart("loss", name, _("Loss"), logarithmic, curves), name, span)
        self._chart("learning_rate", name, _("Learning rate"), False, {"rate": steps_table})
        self._showScore(name, history, measures)

    def _showScore(self, name: str, history: MetricHistory, measures: Sequence[Event]) -> None:
        """Shows a score, and what it is to be compared with or is the mean of.

        Its axis is never so short that nothing looks like much.
        """
        score = _scoreOf(history)
        scored = [item for item in measures if score in item]
        columns: dict[str, list[float]] = {"score": [item[score] for item in scored]}
        if score == "position_accuracy":
            columns |= _guides(scored)
        else:
            columns |= _byStructure(scored)
        table = self._table("scores", name, {"step": [i["step"] for i in scored], **columns})
        values = [value for column in columns.values() for value in column]
        title, (low, high) = _scoreTitle(score), scoreSpan(values)
        if low > 0 or high < 1:
            text = _("{title}, axis from {low:.2f} to {high:.2f}")
            title = text.format(title=title, low=low, high=high)
        chart = self._chart("score", name, title, False, dict.fromkeys(columns, table))
        with slicer.util.NodeModify(chart):
            chart.SetYAxisRangeAuto(False)
            chart.SetYAxisRange(low, high)

    def remove(self) -> None:
        """Removes all nodes."""
        for key in self._nodes:
            if self._present(key) is not None:
                self._scene.RemoveNode(self._nodes[key])
        self._nodes.clear()

    def _table(self, key: str, name: str, columns: dict[str, Sequence[float]]) -> Any:
        node = self._node(key, "vtkMRMLTableNode", f"{name} {key}")
        table = vtk.vtkTable()
        for column, values in columns.items():
            shown = values if column == "step" else [float(f"{v:.{DIGITS}g}") for v in values]
            array = numpy_to_vtk(np.asarray(shown, np.float64), deep=True)
            array.SetName(column)
            table.AddColumn(array)
        node.SetAndObserveTable(table)
        return node

    def _chart(
        self, key: str, name: str, title: str, logarithmic: bool, columns: dict[str, Any]
    ) -> slicer.vtkMRMLPlotChartNode:
        """Shows columns of tables, as soon as they have the points of a line."""
        columns = {
            column: table
            for column, table in columns.items()
            if table.GetNumberOfRows() >= FEWEST_POINTS
        }
        chart = self._node(key, "vtkMRMLPlotChartNode", f"{name}: {title}")
        with slicer.util.NodeModify(chart):
            chart.SetTitle(f"{name}: {title}")
            chart.SetXAxisTitle(_("Step"))
            chart.SetYAxisTitle(title)
            chart.SetYAxisLogScale(logarithmic)
            chart.SetLegendVisibility(len(columns) > 1)
            chart.RemoveAllPlotSeriesNodeIDs()
            for column, table in columns.items():
                faint = column == "loss" and "smoothed" in columns
                series = self._series(column, table, faint)
                chart.AddAndObservePlotSeriesNodeID(series.GetID())
        return chart

    def _setRange(
        self, chart: slicer.vtkMRMLPlotChartNode, name: str, span: tuple[float, float] | None
    ) -> None:
        """Shows this span of losses, all of them if it is None; a run stays zoomed by the user."""
        zoomed = not chart.GetYAxisRangeAuto() and self._range != (name, chart.GetYAxisRange())
        if span is None:
            chart.SetYAxisRangeAuto(True)
        elif self._range[0] != name or not zoomed:
            with slicer.util.NodeModify(chart):
                chart.SetYAxisRangeAuto(False)
                chart.SetYAxisRange(span)
            self._range = (name, chart.GetYAxisRange())

    def _series(self, column: str, table: Any, faint: bool) -> Any:
        names = {
            "loss": _("each step"),
            "smoothed": _("average"),
            "held back": _("volumes held back"),
            "score": _("this run"),
            "chance": _("by guessing"),
            "untrained": _("before training"),
        }
        series = self._node(f"series {column}", "vtkMRMLPlotSeriesNode", names.get(column, column))
        with slicer.util.NodeModify(series):
            series.SetAndObserveTableNodeID(table.GetID())
            series.SetXColumnName("step")
            series.SetYColumnName(column)
            series.SetPlotType(series.PlotTypeScatter)
            few = column in ("score", "held back")
            series.SetMarkerStyle(series.MarkerStyleCircle if few else series.MarkerStyleNone)
            series.SetLineWidth(1 if faint or column not in _BOLD else 2)
            series.SetLineStyle(
                series.LineStyleDash if column in _GUIDES else series.LineStyleSolid
            )
            series.SetColor(*(RAW if faint else _colourOf(column, table)))
        return series

    def _present(self, key: str) -> Any:
        """The node of a key; None if it is not in the scene."""
        node = self._nodes.get(key)
        return node if node is not None and self._scene.IsNodePresent(node) else None

    def _node(self, key: str, kind: str, name: str) -> Any:
        """The node of a key, made if it is not in the scene (any more)."""
        node = self._present(key)
        if node is None:
            node = self._scene.AddNewNodeByClass(kind)
            node.SetSaveWithScene(False)
            self._nodes[key] = node
        if node.GetName() != name:
            node.SetName(name)
        return node


_GUIDES = ("chance", "untrained")
_BOLD = ("score", "held back", "smoothed", "loss", "rate")


def _colourOf(column: str, table: Any) -> tuple[float, float, float]:
    if column == "held back":
        return HELD_BACK
    if column in _GUIDES:
        return GUIDE if column == "chance" else RAW
    if column in _BOLD:
        return MAIN
    names = [table.GetColumnName(n) for n in range(table.GetNumberOfColumns())]
    return STRUCTURES[(names.index(column) - 2) % len(STRUCTURES)]  # after the step and the mean


def _guides(scored: Sequence[Event]) -> dict[str, list[float]]:
    """What a share of places found is compared with, as lines over all measures."""
    found: dict[str, list[float]] = {}
    chance = next((item["position_chance"] for item in scored if "position_chance" in item), None)
    if chance is not None:
        found["chance"] = [chance] * len(scored)
    if scored and scored[0]["step"] == 0:
        found["untrained"] = [scored[0]["position_accuracy"]] * len(scored)
    return found


def _byStructure(scored: Sequence[Event]) -> dict[str, list[float]]:
    """The Dice of each structure, if there are few; those that were never found are 0."""
    names = dict.fromkeys(name for item in scored for name in item.get("dice_by_structure", {}))
    if len(names) > MOST_STRUCTURES:
        return {}
    return {
        name: [item.get("dice_by_structure", {}).get(name) or 0.0 for item in scored]
        for name in names
    }


def countPoints(curve: str, history: MetricHistory) -> int:
    """How many points one of CURVES has, counted up to FEWEST_POINTS."""
    key = _scoreOf(history) if curve == "score" else "loss"
    return len(list(islice((item for item in history.metrics if key in item), FEWEST_POINTS)))


def smoothed(values: NDArray[np.float64], at: NDArray[np.int64]) -> NDArray[np.float64]:
    """The exponential average of values up to each of some indices, unbiased at the beginning."""
    ages = np.arange(_WINDOW)
    indices = at[:, None] - ages
    weights = np.where(indices >= 0, SMOOTHING**ages, 0.0)
    return (values[indices.clip(0)] * weights).sum(1) / weights.sum(1)


def scoreSpan(values: Sequence[float]) -> tuple[float, float]:
    """The part of 0 to 1 to show for some scores: SHORTEST at least, in whole steps of 0.05."""
    lowest, highest = min(values, default=0.0), max(values, default=1.0)
    spare = max(0.0, SHORTEST - (highest - lowest)) / 2
    low = max(0.0, np.floor(20 * (lowest - spare)) / 20)
    high = min(1.0, np.ceil(20 * (highest + spare)) / 20)
    return float(low), float(high)


def spanWithoutSpikes(losses: NDArray[np.float64], *others: float) -> tuple[float, float] | None:
    """The losses to show where a few are so high that nothing else could be told apart.

    Args:
        losses: of the steps.
        others: what must be seen, too.

    Returns:
        Lowest and highest; None if the highest of all fits in.
    """
    highest = max(np.quantile(losses, 1 - _FEW), *others)
    if losses.max() < 2 * highest:
        return None
    lowest = min(losses.min(), *others)
    margin = 0.05 * (highest - lowest)
    return float(lowest - margin), float(highest + margin)


def _thinned(size: int) -> NDArray[np.int64]:
    """Indices of at most MOST_POINTS values, the last one among them."""
    step = -(-size // MOST_POINTS) if size else 1
    return np.arange(size)[::-1][::step][::-1]


def _scoreOf(history: MetricHistory) -> str:
    """The score that a run measures."""
    return next((key for key in _SCORES for item in history.metrics if key in item), _SCORES[0])


def _scoreTitle(score: str) -> str:
    return {
        "position_accuracy": _("Share of places found"),
        "dice": _("Mean Dice"),
    }[score]
