"""Shows what the worker said about a position as nodes: boxes, cells, points, table, volumes."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import slicer
import vtk
from numpy.typing import ArrayLike, NDArray
from slicer.i18n import tr as _
from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy

from VoCoLib.positions.cells import cell_label
from VoCoSegmentationLib.scene import positionColours as colours
from VoCoSegmentationLib.scene.positionNodes import PositionNodes
from VoCoSegmentationLib.scene.volumes import voxelView

CT_ROLE = "VoCoVolume"  # of the reference from a volume to the CT that it is shown over
LEGEND_SIZE, LEGEND_PLACE, LEGEND_FONT = (0.07, 0.26), (0.985, 0.5), 11  # shares of a view
NAME_PLACE, NAME_SCALE = (0.46, 0.33), 2.6  # right, anterior, as shares of a base; of a view
NAME_ROOM = (0.5, 0.16)  # width and height of a name on the screen, as shares of a base's width
ASIDE = 0.18  # from the predicted centre to its name, the same
LEAST = 1e-3  # similarity that is coloured
THIN, THICK = 1.0, 3.0  # lines, in pixels
BARS = {  # columns of the table: colour in the chart
    "similarity": colours.BEST,
    "probability": colours.PROBABILITY,
    "overlap": colours.OVERLAP,
}
_BOX = ((0, 1, 3, 2), (4, 5, 7, 6), (0, 1, 5, 4), (2, 3, 7, 6), (0, 2, 6, 4), (1, 3, 7, 5))
_CORNERS = np.array(list(itertools.product((-0.5, 0.5), repeat=3)))


def showAnswer(
    nodes: PositionNodes,
    volumeNode: slicer.vtkMRMLScalarVolumeNode,
    grid: Mapping[str, Any],
    answer: Mapping[str, Any],
) -> None:
    """Shows the answer about one point of a CT in the views.

    Args:
        nodes: are made or changed.
        volumeNode: the CT.
        grid: "grid" of the worker's result of positions_prepare.
        answer: one of "answers" of positions_query.
    """
    cells = np.array(grid["layers"][answer["layer"]]["cells_affine"])
    n, bases = grid["n"], answer["bases"]
    nodes.group(volumeNode)
    places = np.array([(i, j, 0) for i in range(n) for j in range(n)])
    _showBoxes(nodes, "bases", _("Base crops"), _corners(cells, places), colours.BASES)
    _showNames(nodes, cells, places, n)
    column, row = bases["base"]
    best = np.array([(column - 1, row - 1, 0)])
    _showBoxes(nodes, "best", _("Most similar base"), _corners(cells, best), colours.BEST)
    query = np.array(answer["corners_mm"])[None]
    _showBoxes(nodes, "query", _("Query crop"), query, colours.QUERY)
    _showPredicted(nodes, bases["predicted_mm"])
    _showPredictedName(nodes, cells, n, bases["predicted_mm"], query.mean(1)[0])
    heat = np.array(bases["similarities"], np.float32).reshape(n, n, 1)
    scale = nodes.colours("similarity colours", colours.SIMILARITY)
    name = _("Similarity")
    _showVolume(nodes, "similarity", name, volumeNode, heat, cells, scale, (0.0, 1.0), LEAST)


def showNumbers(nodes: PositionNodes, answer: Mapping[str, Any]) -> None:
    """Shows the answer about one point as a table, one row a base, and as a chart of its columns.

    Args:
        nodes: are made or changed.
        answer: one of "answers" of positions_query.
    """
    bases = answer["bases"]
    n = round(len(bases["similarities"]) ** 0.5)
    names = vtk.vtkStringArray()
    for column, row in itertools.product(range(1, n + 1), repeat=2):
        names.InsertNextValue(cell_label((column, row), n))
    columns: dict[str, vtk.vtkAbstractArray] = {"base": names}
    values = (bases["similarities"], bases["probabilities"], answer["labels"])
    for key, numbers in zip(BARS, values, strict=True):
        # three digits are what a person wants to read
        columns[key] = numpy_to_vtk(np.round(np.array(numbers, float), 3), deep=True)
    tableNode = nodes.make("table", _("Position table"))
    before = tableNode.GetNumberOfRows()
    with slicer.util.NodeModify(tableNode):
        tableNode.RemoveAllColumns()
        for key, array in columns.items():
            array.SetName(key)
            tableNode.AddColumn(array)
            tableNode.SetColumnTitle(key, titleOf(key))
        tableNode.SetUseColumnTitleAsColumnHeader(True)
        tableNode.SetLocked(True)
    series = [nodes.find(f"{key} bars") for key in BARS]
    chart = nodes.find("chart")
    if chart is None or any(not s or s.GetTableNode() is not tableNode for s in series):
        before, chart = 0, _makeChart(nodes, tableNode)
    if before != n * n:  # else it stays zoomed by the user
        chart.SetXAxisRangeAuto(False)
        chart.SetXAxisRange(-0.5, n * n - 0.5)


def clearAnswer(nodes: PositionNodes) -> None:
    """Takes away what these two showed, because it is not true any more."""
    nodes.removeRole("query", "bases", "best", "base names", "predicted", "predicted name")
    nodes.removeRole("similarity", "chart")
    nodes.removeRole("similarity bars", "probability bars", "overlap bars", "table")
    if not nodes.find("confidence") and not nodes.find("match similarity"):
        nodes.removeRole("similarity colours")


def showMaps(
    nodes: PositionNodes,
    volumeNode: slicer.vtkMRMLScalarVolumeNode,
    maps: NDArray[np.float32],
    affine: ArrayLike,
) -> slicer.vtkMRMLScalarVolumeNode:
    """Shows a position map; returns the volume of the confidence.

    Args:
        nodes: are made or changed.
        volumeNode: the CT.
        maps: float32 (x, y, z, 2), confidence and error in mm; below 0 and 0 where not asked.
        affine: 4x4, their index to RAS mm.
    """
    nodes.group(volumeNode)
    confidence, error = maps[..., 0], maps[..., 1]
    scale = nodes.colours("similarity colours", colours.SIMILARITY)
    name = _("Position confidence")
    shown = (0.0, 1.0)
    role = "confidence"
    node = _showVolume(nodes, role, name, volumeNode, confidence, affine, scale, shown, LEAST)
    scale = nodes.colours("error colours", colours.ERROR)
    name = _("Position error, mm")
    largest = max(1.0, float(np.ceil(error.max() / 10) * 10))
    _showVolume(nodes, "error", name, volumeNode, error, affine, scale, (0.0, largest))
    return node


def showMatch(
    nodes: PositionNodes,
    pointNode: slicer.vtkMRMLMarkupsFiducialNode | None,
    referenceNode: slicer.vtkMRMLScalarVolumeNode,
    match: Mapping[str, Any],
    similarity: NDArray[np.float32],
    label: str,
) -> slicer.vtkMRMLMarkupsFiducialNode:
    """Shows where the place of a point is in another patient.

    Args:
        nodes: are made or changed.
        pointNode: the point, to which the match refers; None for the mouse.
        referenceNode: the other CT.
        match: "point_mm" and "affine", as in the worker's result of positions_search.
        similarity: float32 (x, y, z) with the affine of match; below 0 where nothing was asked.
        label: of the point in the other CT.

    Returns:
        the point in the other CT.
    """
    name = _("Match in {reference}").format(reference=referenceNode.GetName())
    node = nodes.make("match", name)
    _setPoint(node, match["point_mm"], label)
    node.SetNthControlPointAssociatedNodeID(0, referenceNode.GetID())
    node.SetNodeReferenceID("VoCoQueryPoint", pointNode.GetID() if pointNode else None)
    node.SetNodeReferenceID("VoCoReference", referenceNode.GetID())
    stylePoint(node, colours.MATCH)
    scale = nodes.colours("similarity colours", colours.SIMILARITY)
    title = _("Similarity in {reference}").format(reference=referenceNode.GetName())
    role, affine = "match similarity", match["affine"]
    _showVolume(nodes, role, title, referenceNode, similarity, affine, scale, (0.0, 1.0))
    return node


def stylePoint(
    node: slicer.vtkMRMLMarkupsFiducialNode, colour: colours.Colour, glyph: str = "ThickCross2D"
) -> None:
    """Gives a point the look of the position view."""
    display = node.GetDisplayNode()
    for setColour in (display.SetColor, display.SetSelectedColor, display.SetActiveColor):
        setColour(*colour)
    display.SetGlyphTypeFromString(glyph)


def _corners(affine: NDArray[np.float64], places: NDArray[np.int64]) -> NDArray[np.float64]:
    """Corners (boxes, 8, 3) in mm of voxels (boxes, 3); S changes the fastest, R the slowest."""
    corners = places[:, None] + _CORNERS[None]
    moved: NDArray[np.float64] = corners @ affine[:3, :3].T + affine[:3, 3]
    return moved


def _showBoxes(
    nodes: PositionNodes,
    role: str,
    name: str,
    corners: NDArray[np.float64],
    colour: colours.Colour,
) -> None:
    """Shows boxes, given by corners (boxes, 8, 3), as lines in 3D and in slices."""
    isNew = nodes.find(role) is None
    node = nodes.make(role, name)
    if isNew or not _hasCorners(node, corners):  # most boxes stay while the mouse is followed
        node.SetAndObservePolyData(_polyData(corners))
    if not isNew:  # may have another look by now
        return
    display = node.GetDisplayNode()
    display.SetRepresentation(slicer.vtkMRMLDisplayNode.WireframeRepresentation)
    display.SetLighting(False)
    display.SetColor(*colour)
    width = THIN if role == "bases" else THICK
    display.SetLineWidth(width)
    display.SetSliceIntersectionThickness(round(width))
    display.SetVisibility2D(True)


def _hasCorners(node: slicer.vtkMRMLModelNode, corners: NDArray[np.float64]) -> bool:
    """Whether a model shows boxes with these corners (boxes, 8, 3) already."""
    points = node.GetPolyData().GetPoints() if node.GetPolyData() is not None else None
    if points is None or points.GetNumberOfPoints() != corners.size // 3:
        return False
    return bool(np.allclose(vtk_to_numpy(points.GetData()), corners.reshape(-1, 3), atol=1e-4))


def _showNames(
    nodes: PositionNodes, cells: NDArray[np.float64], places: NDArray[np.int64], n: int
) -> None:
    """Writes its name into each base, (bases, 3) voxels of cells, in its corner on the screen."""
    corners = (places + np.array([*NAME_PLACE, 0])) @ cells[:3, :3].T + cells[:3, 3]
    labels = [cell_label((column + 1, row + 1), n) for column, row, _layer in places.tolist()]
    _showTexts(nodes, "base names", _("Names of the bases"), corners, labels, colours.BASES)


def _showTexts(
    nodes: PositionNodes,
    role: str,
    name: str,
    places: NDArray[np.float64],
    texts: Sequence[str],
    colour: colours.Colour,
) -> None:
    """Writes texts at places (n, 3) in mm; a slice shows them wherever it lies along S."""
    isNew = nodes.find(role) is None
    node = nodes.make(role, name)
    if node.GetNumberOfControlPoints() != len(places):
        node.RemoveAllControlPoints()
        for place in places:
            node.AddControlPointWorld(*place)
    for index, (place, text) in enumerate(zip(places, texts, strict=True)):
        if not np.allclose(node.GetNthControlPointPositionWorld(index), place, atol=1e-4):
            node.SetNthControlPointPositionWorld(index, *place)
        if node.GetNthControlPointLabel(index) != text:
            node.SetNthControlPointLabel(index, text)
    node.SetLocked(True)
    if isNew:
        stylePoint(node, colour)
        display = node.GetDisplayNode()
        display.SetGlyphScale(0.1)  # only the text
        display.SetTextScale(NAME_SCALE)
        display.SetSliceProjectionOpacity(1.0)
        display.SetSliceProjection(True)  # is about R and A, whatever the slice


def _polyData(corners: NDArray[np.float64]) -> vtk.vtkPolyData:
    points, faces = vtk.vtkPoints(), vtk.vtkCellArray()
    points.SetData(numpy_to_vtk(corners.reshape(-1, 3), deep=True))
    for first in range(0, 8 * len(corners), 8):
        for face in _BOX:
            faces.InsertNextCell(4, [first + corner for corner in face])
    found = vtk.vtkPolyData()
    found.SetPoints(points)
    found.SetPolys(faces)
    return found


def _showPredicted(nodes: PositionNodes, point: Sequence[float]) -> None:
    isNew = nodes.find("predicted") is None
    node = nodes.make("predicted", _("Predicted centre"))
    _setPoint(node, point, "")
    if isNew:
        stylePoint(node, colours.PREDICTED, "Circle2D")
        node.GetDisplayNode().SetSliceProjection(True)  # is about R and A, whatever the slice


def _showPredictedName(
    nodes: PositionNodes,
    cells: NDArray[np.float64],
    n: int,
    predicted: Sequence[float],
    truth: NDArray[np.float64],
) -> None:
    """Writes "predicted" beside the predicted centre, where it covers nothing else that is said.

    Args:
        cells: 4x4, a base's column, row and 0 to its centre in mm.
        n: of the n x n bases.
        predicted, truth: (3,) in mm.
    """
    inverse = np.linalg.inv(cells)
    dot, ring = (inverse[:2, :3] @ np.array(p) + inverse[:2, 3] for p in (predicted, truth))
    width, height = np.linalg.norm(cells[:3, :2], axis=0)
    step, room = ASIDE * width / height, np.array([NAME_ROOM[0], NAME_ROOM[1] * width / height])
    places = [dot + np.array([0, steps * step]) for steps in (-1, 1, -2, 2)]
    best = min(places, key=lambda place: _crowding(place, ring, room, n))
    place = cells[:3, :3] @ (*best, 0) + cells[:3, 3]
    name = _("Name of the predicted centre")
    _showTexts(nodes, "predicted name", name, place[None], [_("predicted")], colours.PREDICTED)


def _crowding(
    place: NDArray[np.float64], ring: NDArray[np.float64], room: NDArray[np.float64], n: int
) -> float:
    """How much a text that begins at a place would cover, all in columns and rows of the bases.

    On the screen it extends towards the patient's left and takes this room (2,).
    """
    corner = np.rint(place) + np.array(NAME_PLACE)  # of the base that it begins in
    shifts = np.array([(0, 0), (-1, 0), (1, 0)])
    others = [*(corner + shifts), ring + np.array([room[0] / 2, 0])]
    apart = [np.abs(place - other) / room for other in others]
    outside = np.clip(np.abs(place - (n - 1) / 2) - n / 2, 0, None).sum()
    return float(sum(max(0.0, 1 - distance.max()) for distance in apart) + outside)


def _setPoint(node: slicer.vtkMRMLMarkupsFiducialNode, point: Sequence[float], label: str) -> None:
    """Makes a point the only one of a node, which the mouse does not move."""
    if node.GetNumberOfControlPoints() != 1:
        node.RemoveAllControlPoints()
        node.AddControlPointWorld(*point)
    node.SetNthControlPointPositionWorld(0, *point)
    node.SetNthControlPointLabel(0, label)
    node.SetLocked(True)


def _showVolume(
    nodes: PositionNodes,
    role: str,
    name: str,
    volumeNode: slicer.vtkMRMLScalarVolumeNode,
    array: NDArray[np.float32],
    affine: ArrayLike,
    colourNode: slicer.vtkMRMLColorTableNode,
    shown: tuple[float, float],
    least: float = 0.0,
) -> slicer.vtkMRMLScalarVolumeNode:
    """Shows (x, y, z) in colours over a CT; returns the volume.

    Args:
        role, name: of the node.
        volumeNode: the CT.
        array: what is shown; affine: its 4x4 index to RAS mm.
        colourNode: from the lower to the upper end of shown.
        least: below it the CT is seen.
    """
    image = vtk.vtkImageData()
    image.SetDimensions(array.shape)
    image.AllocateScalars(vtk.VTK_FLOAT, 1)
    voxelView(image)[...] = array
    isNew = nodes.find(role) is None
    node = nodes.make(role, name)
    node.SetIJKToRASMatrix(slicer.util.vtkMatrixFromArray(np.array(affine, float)))
    node.SetAndObserveImageData(image)
    node.SetNodeReferenceID(CT_ROLE, volumeNode.GetID())
    display = node.GetDisplayNode()
    if isNew:
        display.SetAndObserveColorNodeID(colourNode.GetID())
        display.SetInterpolate(role != "similarity")  # cells have edges
        display.SetAutoWindowLevel(False)
        display.SetAutoThreshold(False)
        display.SetApplyThreshold(True)
        _addLegend(node, colourNode, role)
    display.SetWindowLevelMinMax(*shown)
    display.SetThreshold(least, float(array.max()) + 1)
    return node


def _addLegend(
    volumeNode: slicer.vtkMRMLScalarVolumeNode,
    colourNode: slicer.vtkMRMLColorTableNode,
    role: str,
) -> None:
    """Adds Slicer's colour legend, which slice views show as long as they show the volume."""
    legend = slicer.vtkSlicerColorLogic.AddDefaultColorLegendDisplayNode(volumeNode)
    legend.SetAndObserveColorNodeID(colourNode.GetID())
    titles = {"confidence": _("Confidence"), "error": _("Error, mm")}
    legend.SetTitleText(titles.get(role, _("Similarity")))
    legend.SetSize(*LEGEND_SIZE)
    legend.SetPosition(*LEGEND_PLACE)
    legend.SetLabelFormat("%.0f" if role == "error" else "%.1f")
    legend.SetNumberOfLabels(3)
    for text in (legend.GetTitleTextProperty(), legend.GetLabelTextProperty()):
        text.SetFontSize(LEGEND_FONT)


def _makeChart(nodes: PositionNodes, tableNode: slicer.vtkMRMLTableNode) -> Any:
    """Bars over the bases, which follow the table by themselves."""
    chart = nodes.make("chart", _("Position chart"))
    chart.SetXAxisTitle(titleOf("base"))
    chart.SetYAxisRangeAuto(False)
    chart.SetYAxisRange(0, 1)
    chart.RemoveAllPlotSeriesNodeIDs()
    for key, colour in BARS.items():
        node = nodes.make(f"{key} bars", titleOf(key))
        node.SetAndObserveTableNodeID(tableNode.GetID())
        node.SetPlotType(slicer.vtkMRMLPlotSeriesNode.PlotTypeBar)
        node.SetXColumnName("base")
        node.SetYColumnName(key)
        node.SetColor(*colour)
        chart.AddAndObservePlotSeriesNodeID(node.GetID())
    return chart


def titleOf(column: str) -> str:
    """What a column of the table is called."""
    return {
        "base": _("Base"),
        "similarity": _("Similarity"),
        "probability": _("Probability"),
        "overlap": _("Overlap"),
    }[column]
