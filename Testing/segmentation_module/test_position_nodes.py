"""The nodes of the position view in Slicer's own scene: geometry, grouping, layers, removal."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

slicer_scene = pytest.importorskip("slicer_scene", exc_type=ImportError)
slicer = pytest.importorskip("slicer")
vtk = pytest.importorskip("vtk")
nodes_module = pytest.importorskip("VoCoSegmentationLib.scene.positionNodes")
results = pytest.importorskip("VoCoSegmentationLib.scene.positionResults")
tasks = pytest.importorskip("VoCoSegmentationLib.jobs.positions")
overlay_module = pytest.importorskip("VoCoSegmentationLib.scene.positionOverlay")

N = 3
TURN = np.deg2rad(20)
CELLS = np.array(  # 40 x 30 x 90 mm, turned about S
    [
        [40 * np.cos(TURN), -30 * np.sin(TURN), 0, -35],
        [40 * np.sin(TURN), 30 * np.cos(TURN), 0, 12],
        [0, 0, 90, 50],
        [0, 0, 0, 1],
    ]
)
GRID = {"n": N, "mode": "fit", "crop": 64, "layers": [{"cells_affine": CELLS.tolist()}]}
SIMILARITIES = [0.1, 0.2, 0.0, 0.3, 0.4, 0.8, 0.05, 0.6, 0.7]
QUERY = np.array(list(itertools.product((-20, 20), (0, 30), (5, 95))), float)
ANSWER = {
    "layer": 0,
    "bases": {
        "similarities": SIMILARITIES,
        "probabilities": [x / sum(SIMILARITIES) for x in SIMILARITIES],
        "base": [2, 3],
        "predicted_mm": [3.0, 40.0, 50.0],
    },
    "labels": [0, 0, 0, 0, 0.25, 0.5, 0, 0.125, 0.125],
    "corners_mm": QUERY.tolist(),
}


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[slicer.vtkMRMLScene]:
    with slicer_scene.open_scene(tmp_path) as scene:
        yield scene


@pytest.fixture
def volume(scene: slicer.vtkMRMLScene) -> Any:
    return slicer_scene.add_volume(scene, np.zeros((9, 8, 7), np.int16))


@pytest.fixture
def nodes(scene: slicer.vtkMRMLScene) -> Any:
    return nodes_module.PositionNodes(scene)


def ids(scene: slicer.vtkMRMLScene) -> set[str]:
    return {node.GetID() for node in slicer.util.getNodesByClass("vtkMRMLNode", scene)}


def hierarchy(scene: slicer.vtkMRMLScene) -> Any:
    return slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)


def show(nodes: Any, volume: Any, answer: dict = ANSWER, grid: dict = GRID) -> None:
    results.showAnswer(nodes, volume, grid, answer)
    results.showNumbers(nodes, answer)


def points_of(node: Any) -> np.ndarray:
    return slicer_scene.vtk_to_numpy(node.GetPolyData().GetPoints().GetData()).reshape(-1, 8, 3)


def value_at(node: Any, ras: np.ndarray) -> float:
    """What a volume has at a point."""
    matrix = vtk.vtkMatrix4x4()
    node.GetRASToIJKMatrix(matrix)
    index = [round(x) for x in matrix.MultiplyPoint([*ras, 1])[:3]]
    return node.GetImageData().GetScalarComponentAsDouble(*index, 0)


# an answer ----------------------------------------------------------------------------------------


def test_cells_and_boxes_lie_where_the_worker_says(nodes, volume) -> None:
    show(nodes, volume)
    np.testing.assert_allclose(points_of(nodes.find("query"))[0], QUERY)
    cells = points_of(nodes.find("bases"))
    heat = nodes.find("similarity")
    assert heat.GetImageData().GetDimensions() == (N, N, 1)
    for base, (column, row) in enumerate(itertools.product(range(N), repeat=2)):
        centre = CELLS[:3, :3] @ (column, row, 0) + CELLS[:3, 3]
        np.testing.assert_allclose(cells[base].mean(0), centre, atol=1e-4)
        assert value_at(heat, centre) == pytest.approx(SIMILARITIES[base])
    edges = cells[0][[4, 2, 1]] - cells[0][0]  # along R, A, S
    np.testing.assert_allclose(edges, CELLS[:3, :3].T, atol=1e-4)
    np.testing.assert_allclose(points_of(nodes.find("best"))[0], cells[5], atol=1e-4)
    predicted = nodes.find("predicted")
    assert tuple(predicted.GetNthControlPointPositionWorld(0)) == (3, 40, 50)
    assert predicted.GetLocked()


def test_boxes_are_closed(nodes, volume) -> None:
    """Otherwise their outlines in slices have gaps."""
    show(nodes, volume)
    edges = vtk.vtkFeatureEdges()
    edges.SetInputData(nodes.find("query").GetPolyData())
    edges.BoundaryEdgesOn()
    edges.FeatureEdgesOff()
    edges.ManifoldEdgesOff()
    edges.Update()
    assert edges.GetOutput().GetNumberOfCells() == 0
    mass = vtk.vtkTriangleFilter()
    mass.SetInputData(nodes.find("query").GetPolyData())
    mass.Update()
    assert mass.GetOutput().GetNumberOfCells() == 12


def test_table_and_chart_have_the_numbers(nodes) -> None:
    results.showNumbers(nodes, ANSWER)
    table = nodes.find("table")
    assert table.GetNumberOfRows() == N * N
    best = [table.GetCellText(5, column) for column in range(4)]
    assert best[0] == "A"
    assert [float(text) for text in best[1:]] == pytest.approx([0.8, 0.254, 0.5], abs=1e-4)
    chart = nodes.find("chart")
    series = [chart.GetNthPlotSeriesNode(i) for i in range(chart.GetNumberOfPlotSeriesNodes())]
    assert [node.GetYColumnName() for node in series] == ["similarity", "probability", "overlap"]
    assert all(node.GetTableNode() is table for node in series)
    assert all(node.GetPlotType() == node.PlotTypeBar for node in series)
    assert not chart.GetXAxisRangeAuto() and chart.GetXAxisRange() == (-0.5, 8.5)


def test_a_new_answer_changes_the_nodes_and_makes_none(nodes, scene, volume) -> None:
    show(nodes, volume)
    before = ids(scene)
    nodes.find("query").GetDisplayNode().SetColor(0, 1, 0)  # the user's choice
    moved = {**ANSWER, "corners_mm": (QUERY + 7).tolist(), "labels": [1] + [0] * 8}
    show(nodes, volume, moved)
    assert ids(scene) == before
    assert nodes.find("query").GetDisplayNode().GetColor() == (0, 1, 0)
    np.testing.assert_allclose(points_of(nodes.find("query"))[0], QUERY + 7)
    assert float(nodes.find("table").GetCellText(0, 3)) == 1


def test_the_axis_of_the_chart_spans_its_bases(nodes) -> None:
    results.showNumbers(nodes, ANSWER)
    chart = nodes.find("chart")
    chart.SetXAxisRange(2, 4)  # as zooming with the mouse does
    results.showNumbers(nodes, ANSWER)
    assert chart.GetXAxisRange() == (2, 4)
    bases = {**ANSWER["bases"], "similarities": [0.1] * 4, "probabilities": [0.25] * 4}
    results.showNumbers(nodes, {**ANSWER, "bases": bases, "labels": [0.25] * 4})
    assert chart.GetXAxisRange() == (-0.5, 3.5)


def test_a_table_that_was_deleted_is_charted_again(nodes, scene, volume) -> None:
    show(nodes, volume)
    scene.RemoveNode(nodes.find("table"))
    show(nodes, volume)
    chart = nodes.find("chart")
    series = [chart.GetNthPlotSeriesNode(i) for i in range(chart.GetNumberOfPlotSeriesNodes())]
    assert [node.GetTableNode() for node in series] == 3 * [nodes.find("table")]


def test_another_number_of_bases(nodes, volume) -> None:
    show(nodes, volume)
    bases = {**ANSWER["bases"], "similarities": [0.1] * 4, "probabilities": [0.25] * 4}
    bases["base"] = [1, 1]
    answer = {**ANSWER, "bases": bases, "labels": [0.25] * 4}
    show(nodes, volume, answer, {**GRID, "n": 2})
    assert nodes.find("similarity").GetImageData().GetDimensions() == (2, 2, 1)
    assert nodes.find("table").GetNumberOfRows() == 4
    assert len(points_of(nodes.find("bases"))) == 4


def test_an_answer_is_taken_away_and_a_map_stays(nodes, scene, volume) -> None:
    before = ids(scene)
    show(nodes, volume)
    results.clearAnswer(nodes)
    assert ids(scene) == before
    show(nodes, volume)
    results.showMaps(nodes, volume, np.ones((2, 2, 2, 2), np.float32), np.eye(4))
    results.clearAnswer(nodes)
    colour = nodes.find("confidence").GetDisplayNode().GetColorNode()
    assert colour is nodes.find("similarity colours")


# grouping -----------------------------------------------------------------------------------------


def test_all_nodes_are_in_one_folder_beside_the_ct(nodes, scene, volume) -> None:
    tree = hierarchy(scene)
    study = tree.CreateStudyItem(tree.GetSceneItemID(), "Study")
    tree.CreateItem(study, volume)
    show(nodes, volume)
    results.showMaps(nodes, volume, np.zeros((2, 2, 2, 2), np.float32), np.eye(4))
    parents = {
        tree.GetItemParent(tree.GetItemByDataNode(node))
        for node in nodes.all()
        if not node.GetHideFromEditors()  # the colours
    }
    (folder,) = parents
    assert tree.GetItemName(folder) == "Position view of CT"
    assert tree.GetItemParent(folder) == study


def test_removal_leaves_the_scene_as_it_was(nodes, scene, volume) -> None:
    tree = hierarchy(scene)
    own = scene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", "mine")
    own.CreateDefaultDisplayNodes()
    before = ids(scene)
    show(nodes, volume)
    results.showMaps(nodes, volume, np.ones((2, 2, 2, 2), np.float32), np.eye(4))
    reference = slicer_scene.add_volume(scene, np.zeros((3, 3, 3), np.int16))
    before |= {reference.GetID(), reference.GetDisplayNodeID()}
    match = {"point_mm": [1, 2, 3], "similarity": 0.4, "affine": np.eye(4).tolist()}
    results.showMatch(nodes, own, reference, match, np.ones((2, 2, 2), np.float32), "match 0.82")
    folder = tree.GetItemParent(tree.GetItemByDataNode(nodes.find("query")))
    assert len(ids(scene)) > len(before) + 15
    nodes.remove()
    assert ids(scene) == before
    assert not tree.GetItemName(folder)
    assert not list(nodes.all())


def test_what_the_user_puts_into_the_folder_stays(nodes, scene, volume) -> None:
    show(nodes, volume)
    tree = hierarchy(scene)
    folder = tree.GetItemParent(tree.GetItemByDataNode(nodes.find("query")))
    item = tree.CreateItem(folder, volume)
    nodes.remove()
    assert volume.GetScene() is scene
    assert tree.GetItemParent(item) == folder


def test_a_saved_view_can_be_removed(nodes, scene, volume, tmp_path) -> None:
    show(nodes, volume)
    path = tmp_path / "scène.mrb"
    assert scene.WriteToMRB(str(path), None)
    scene.Clear(0)
    assert not list(nodes.all())
    assert scene.ReadFromMRB(str(path), True)
    found = list(nodes.all())
    assert len(found) == 13
    np.testing.assert_allclose(points_of(nodes.find("query"))[0], QUERY, atol=1e-4)
    assert nodes.find("similarity").GetNodeReference(results.CT_ROLE).GetName() == "CT"
    nodes.remove()
    assert not list(nodes.all())
    assert {n.GetName() for n in slicer.util.getNodesByClass("vtkMRMLVolumeNode", scene)} == {"CT"}


def test_all_views_of_scenes_put_together_are_removed(nodes, scene, volume, tmp_path) -> None:
    show(nodes, volume)
    path = tmp_path / "scene.mrb"
    assert scene.WriteToMRB(str(path), None)
    assert scene.ReadFromMRB(str(path), False)
    assert len(list(nodes.all())) == 26
    nodes.remove()
    assert nodes.isEmpty()


def test_colours_have_slicers_legend(nodes, volume) -> None:
    show(nodes, volume)
    (legend,) = slicer.util.getNodesByClass("vtkMRMLColorLegendDisplayNode", volume.GetScene())
    assert legend.GetDisplayableNode() is nodes.find("similarity")
    assert legend.GetColorNode() is nodes.find("similarity colours")
    assert legend.GetTitleText() == "Similarity"
    nodes.removeRole("similarity")
    assert not slicer.util.getNodesByClass("vtkMRMLColorLegendDisplayNode", volume.GetScene())


def test_hiding(nodes, volume) -> None:
    show(nodes, volume)
    shown = [nodes.find(role) for role in ("query", "bases", "best", "predicted")]
    assert all(node.GetDisplayVisibility() for node in shown)
    assert not nodes.isHidden()
    nodes.setVisible(False)
    assert nodes.isHidden()
    assert not any(node.GetDisplayVisibility() for node in shown)
    nodes.setVisible(True)
    assert all(node.GetDisplayVisibility() for node in shown)


# maps and matches ---------------------------------------------------------------------------------


def test_a_map_is_clear_where_nothing_was_asked(nodes, volume) -> None:
    maps = np.zeros((4, 3, 2, 2), np.float32)
    maps[..., 1] = -1
    maps[1, 2, 0] = 0.75, 33
    affine = np.diag([4.0, 5, 6, 1])
    affine[:3, 3] = -7, 8, 9
    results.showMaps(nodes, volume, maps, affine)
    place = affine[:3, :3] @ (1, 2, 0) + affine[:3, 3]
    for role, value, empty in (("confidence", 0.75, 0), ("error", 33, -1)):
        node, display = nodes.find(role), nodes.find(role).GetDisplayNode()
        assert value_at(node, place) == value
        assert display.GetApplyThreshold()
        assert empty < display.GetLowerThreshold() <= value <= display.GetUpperThreshold()
    assert nodes.find("error").GetDisplayNode().GetWindowLevelMax() == 40


def test_a_match_is_linked_to_the_point(nodes, scene, volume) -> None:
    point = scene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", "mine")
    reference = slicer_scene.add_volume(scene, np.zeros((3, 3, 3), np.int16))
    match = {"point_mm": [1.5, -2, 3], "similarity": 0.412, "affine": np.eye(4).tolist()}
    similarity = np.full((2, 2, 2), -1, np.float32)
    for _again in range(2):
        node = results.showMatch(nodes, point, reference, match, similarity, "match 0.82")
        assert node.GetNumberOfControlPoints() == 1
    assert tuple(node.GetNthControlPointPositionWorld(0)) == (1.5, -2, 3)
    assert node.GetNthControlPointLabel(0) == "match 0.82"
    assert node.GetNthControlPointAssociatedNodeID(0) == reference.GetID()
    assert node.GetNodeReference("VoCoQueryPoint") is point
    scene.RemoveNode(reference)
    assert nodes.find("match similarity").GetNodeReference(results.CT_ROLE) is None


# layers of the slice views ------------------------------------------------------------------------


@pytest.fixture
def views(scene: slicer.vtkMRMLScene, volume: Any) -> list[Any]:
    """Two views: one shows the CT under a volume of the user, one another CT."""
    other = slicer_scene.add_volume(scene, np.zeros((3, 3, 3), np.int16))
    found = []
    for name, background in (("Red", volume), ("Green", other)):
        composite = scene.AddNewNodeByClass("vtkMRMLSliceCompositeNode", name)
        composite.SetLayoutName(name)
        composite.SetBackgroundVolumeID(background.GetID())
        composite.SetForegroundVolumeID(other.GetID())
        composite.SetForegroundOpacity(0.8)
        composite.SetCompositing(2)
        found.append(composite)
    return found


def layers(composite: Any) -> tuple[Any, ...]:
    return (
        *(composite.GetBackgroundVolumeID(), composite.GetForegroundVolumeID()),
        *(composite.GetForegroundOpacity(), composite.GetCompositing()),
    )


def test_only_views_of_the_ct_change_and_get_back_what_they_had(scene, volume, views) -> None:
    before = [layers(view) for view in views]
    heat = slicer_scene.add_volume(scene, np.zeros((3, 3, 3), np.int16)).GetID()
    overlay = overlay_module.SliceOverlay(scene)
    for opacity in (0.3, 0.4):
        overlay.show({volume.GetID(): heat}, opacity)
        assert layers(views[0]) == (volume.GetID(), heat, opacity, 0)
        assert layers(views[1]) == before[1]
    overlay.show({}, 0.4)
    assert [layers(view) for view in views] == before
    overlay.show({volume.GetID(): heat}, 0.4)
    overlay.hide()
    assert [layers(view) for view in views] == before


def test_what_the_user_chooses_meanwhile_stays(scene, volume, views) -> None:
    heat, pet = (slicer_scene.add_volume(scene, np.zeros((3, 3, 3), np.int16)) for _ in range(2))
    overlay = overlay_module.SliceOverlay(scene)
    overlay.show({volume.GetID(): heat.GetID()}, 0.4)
    views[0].SetForegroundVolumeID(pet.GetID())
    overlay.hide()
    assert views[0].GetForegroundVolumeID() == pet.GetID()


def test_a_removed_volume_is_not_brought_back(scene, volume, views) -> None:
    heat = slicer_scene.add_volume(scene, np.zeros((3, 3, 3), np.int16))
    overlay = overlay_module.SliceOverlay(scene)
    overlay.show({volume.GetID(): heat.GetID()}, 0.4)
    scene.RemoveNode(scene.GetNodeByID(views[1].GetBackgroundVolumeID()))
    overlay.hide()
    assert views[0].GetForegroundVolumeID() is None


def test_a_layer_that_was_saved_with_the_scene_is_hidden(nodes, scene, volume, views) -> None:
    show(nodes, volume)
    heat = nodes.find("similarity").GetID()
    views[0].SetForegroundVolumeID(heat)
    overlay = overlay_module.SliceOverlay(scene)
    overlay.show({volume.GetID(): heat}, 0.4)
    overlay.hide()
    assert views[0].GetForegroundVolumeID() is None


def test_views_turn_to_another_ct_and_back(scene, volume, views) -> None:
    before = [layers(view) for view in views]
    slices = [scene.AddNewNodeByClass("vtkMRMLSliceNode", view.GetName()) for view in views]
    for node in slices:
        node.SetLayoutName(node.GetName())
        node.SetSliceOffset(7)
    reference = slicer_scene.add_volume(scene, np.zeros((3, 3, 3), np.int16))
    heat = slicer_scene.add_volume(scene, np.zeros((3, 3, 3), np.int16)).GetID()
    overlay = overlay_module.SliceOverlay(scene)
    overlay.turnTo(volume)  # is shown already
    assert [layers(view) for view in views] == before
    overlay.turnTo(reference)
    overlay.show({reference.GetID(): heat}, 0.4)
    assert all(layers(view)[:2] == (reference.GetID(), heat) for view in views)
    for node in slices:
        node.JumpSliceByCentering(300, 400, 500)
    overlay.hide()
    assert [layers(view) for view in views] == before
    assert [node.GetSliceOffset() for node in slices] == [7, 7]


# what the worker is prepared for ------------------------------------------------------------------


def test_newer_weights_are_prepared_again(volume, tmp_path) -> None:
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"1")
    views, settings = tasks.PreparedViews(), tasks.ViewSettings(str(weights))

    def requests() -> int:
        steps, count = views.prepare("current", volume, settings), 0
        with contextlib.suppress(StopIteration):
            next(steps)
            count += 1
            steps.send({"grid": {}})
        return count

    assert [requests(), requests()] == [1, 0]
    weights.write_bytes(b"22")
    assert [requests(), requests()] == [1, 0]
