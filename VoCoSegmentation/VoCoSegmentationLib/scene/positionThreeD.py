"""The position view in 3D: the body, its cells lit by similarity, and an arrow to the guess."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np
import slicer
import vtk
from numpy.typing import NDArray
from slicer.i18n import tr as _
from vtk.util.numpy_support import numpy_to_vtk

from VoCoSegmentationLib.scene import positionColours as colours
from VoCoSegmentationLib.scene.positionNodes import PositionNodes
from VoCoSegmentationLib.scene.volumes import linearAffine, voxelView

SKIN_HU = -300.0
COARSE_MM = 4.0  # between the voxels that the surface is made of
ROLES = ("body", "lit cells", "arrow")
BODY_OPACITY, CELL_OPACITY = 0.12, 0.2
LIT = 0.5  # of the largest similarity: cells below it would only hide the others
GAP = 0.04  # of a cell, on each side, so that cells are told apart
LEAST_MM, THICK_MM = 3.0, 36.0  # of the arrow: a shorter one says nothing
_BOX = ((0, 1, 3, 2), (4, 5, 7, 6), (0, 1, 5, 4), (2, 3, 7, 6), (0, 2, 6, 4), (1, 3, 7, 5))


def showBody(nodes: PositionNodes, volumeNode: slicer.vtkMRMLScalarVolumeNode) -> None:
    """Shows the skin of the patient in a CT, so faintly that what is inside is seen."""
    node = nodes.make("body", _("Body surface"))
    node.SetAndObservePolyData(_skin(volumeNode))
    display = node.GetDisplayNode()
    display.SetVisibility2D(False)
    display.SetColor(0.93, 0.80, 0.70)
    display.SetOpacity(BODY_OPACITY)
    display.SetBackfaceCulling(False)


def showThreeD(nodes: PositionNodes, grid: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
    """Lights the cells of an answer, and draws an arrow from the truth to the prediction.

    Args:
        nodes: are made or changed.
        grid: "grid" of the worker's result of positions_prepare.
        answer: VoCoLib.positions.answer.PositionAnswer.to_json.
    """
    cells = np.array(grid["layers"][answer["layer"]]["cells_affine"])
    similarities = np.array(answer["bases"]["similarities"], float)
    node = nodes.make("lit cells", _("Cells by similarity"))
    node.SetAndObservePolyData(_cells(cells, grid["n"], similarities))
    display = node.GetDisplayNode()
    scale = nodes.colours("similarity colours", colours.SIMILARITY)
    display.SetVisibility2D(False)
    display.SetOpacity(CELL_OPACITY)
    display.SetLighting(False)  # colours are those of the scale
    display.SetAndObserveColorNodeID(scale.GetID())
    display.SetActiveScalar("similarity", vtk.vtkAssignAttribute.CELL_DATA)
    display.SetScalarRangeFlag(slicer.vtkMRMLDisplayNode.UseManualScalarRange)
    display.SetScalarRange(0.0, 1.0)
    display.SetScalarVisibility(True)
    arrow = nodes.make("arrow", _("From truth to prediction"))
    arrow.SetAndObservePolyData(_arrow(*_ends(answer)))
    arrow.GetDisplayNode().SetVisibility2D(False)
    arrow.GetDisplayNode().SetColor(*colours.QUERY)
    arrow.GetDisplayNode().SetAmbient(0.7)  # seen through the cells


def _skin(volumeNode: slicer.vtkMRMLScalarVolumeNode) -> vtk.vtkPolyData:
    """The largest surface between air and tissue, in RAS mm."""
    affine = linearAffine(volumeNode, volumeNode)
    sizes = np.linalg.norm(affine[:3, :3], axis=0)
    steps = [max(1, int(COARSE_MM / size)) for size in sizes]
    coarse = voxelView(volumeNode.GetImageData())[:: steps[0], :: steps[1], :: steps[2]]
    padded = np.pad(coarse.astype(np.float32), 1, constant_values=-1000.0)  # closed at the ends
    image = vtk.vtkImageData()
    image.SetDimensions(padded.shape)
    image.GetPointData().SetScalars(numpy_to_vtk(padded.ravel(order="F"), deep=True))
    surface = vtk.vtkFlyingEdges3D()
    surface.SetInputData(image)
    surface.SetValue(0, SKIN_HU)
    surface.ComputeNormalsOff()
    surface.ComputeScalarsOff()
    largest = vtk.vtkPolyDataConnectivityFilter()
    largest.SetInputConnection(surface.GetOutputPort())
    largest.SetExtractionModeToLargestRegion()
    smooth = vtk.vtkWindowedSincPolyDataFilter()
    smooth.SetInputConnection(largest.GetOutputPort())
    smooth.SetNumberOfIterations(12)
    place = vtk.vtkTransform()
    coarseAffine = affine @ np.diag([*steps, 1.0])
    coarseAffine[:3, 3] -= coarseAffine[:3, :3].sum(1)  # of the padding
    place.SetMatrix(slicer.util.vtkMatrixFromArray(coarseAffine))
    moved = vtk.vtkTransformPolyDataFilter()
    moved.SetInputConnection(smooth.GetOutputPort())
    moved.SetTransform(place)
    normals = vtk.vtkPolyDataNormals()
    normals.SetInputConnection(moved.GetOutputPort())
    normals.SplittingOff()
    normals.Update()
    return normals.GetOutput()


def _cells(
    affine: NDArray[np.float64], n: int, similarities: NDArray[np.float64]
) -> vtk.vtkPolyData:
    """A box for each base that is about as similar as the most similar one, with its similarity."""
    half = 0.5 - GAP
    corners = np.array(list(itertools.product((-half, half), repeat=3)))
    places = np.array([(i, j, 0) for i in range(n) for j in range(n)], float)
    seen = (similarities > 0) & (similarities >= LIT * similarities.max())
    points, faces = vtk.vtkPoints(), vtk.vtkCellArray()
    voxels = (places[seen][:, None] + corners).reshape(-1, 3)
    points.SetData(numpy_to_vtk(voxels @ affine[:3, :3].T + affine[:3, 3], deep=True))
    for first in range(0, 8 * int(seen.sum()), 8):
        for face in _BOX:
            faces.InsertNextCell(4, [first + corner for corner in face])
    found = vtk.vtkPolyData()
    found.SetPoints(points)
    found.SetPolys(faces)
    values = numpy_to_vtk(np.repeat(similarities[seen], len(_BOX)), deep=True)
    values.SetName("similarity")
    found.GetCellData().SetScalars(values)
    return found


def _ends(answer: Mapping[str, Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """From the point, where the user looks: crops are centred in their layer, below or above."""
    keys = answer["point_mm"], answer["centre_mm"], answer["bases"]["predicted_mm"]
    point, centre, predicted = (np.array(key, float) for key in keys)
    return point, point + predicted - centre


def _arrow(start: Any, end: Any) -> vtk.vtkPolyData:
    """An arrow between two points in mm; nothing where they are the same."""
    first, last = np.array(start, float), np.array(end, float)
    length = float(np.linalg.norm(last - first))
    if length < LEAST_MM:
        return vtk.vtkPolyData()
    along = (last - first) / length
    aside = np.cross(along, np.eye(3)[int(np.argmin(np.abs(along)))])
    aside /= np.linalg.norm(aside)
    matrix = np.eye(4)
    matrix[:3, 0], matrix[:3, 1] = along * length, aside * THICK_MM
    matrix[:3, 2], matrix[:3, 3] = np.cross(along, aside) * THICK_MM, first
    source = vtk.vtkArrowSource()
    source.SetTipLength(min(0.6, 22.0 / length))
    source.SetShaftRadius(0.16)
    source.SetTipRadius(0.42)
    source.SetTipResolution(24)
    source.SetShaftResolution(24)
    place = vtk.vtkTransform()
    place.SetMatrix(slicer.util.vtkMatrixFromArray(matrix))
    moved = vtk.vtkTransformPolyDataFilter()
    moved.SetInputConnection(source.GetOutputPort())
    moved.SetTransform(place)
    moved.Update()
    return moved.GetOutput()
