"""The position view in the real panel: clicks in rendered slices, real worker, real network."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from places import ROOT
from quick_model import (
    QUICK,
    QUICK_POSITIONS,
    add_quick_model,
    add_quick_positions,
    end_session,
    without_own_models,
    write_quick_positions,
)

from VoCoLib.images.phantom import Phantom, make_phantom
from VoCoLib.positions.cells import cell_name

slicer_scene = pytest.importorskip("slicer_scene", exc_type=ImportError)
slicer = pytest.importorskip("slicer")
vtk = pytest.importorskip("vtk")
QtTest = pytest.importorskip("PySide6.QtTest")
QtCore = pytest.importorskip("PySide6.QtCore")

MODULE = ROOT / "VoCoSegmentation" / "VoCoSegmentation.py"
OTHER_MODULE = ROOT / "VoCoPretrain" / "VoCoPretrain.py"
TORSO = "Demonstration: synthetic torso"
SMALL = "Demonstration: synthetic torso, pre-trained"  # long enough to be met while it prepares
BASES = 2  # a side: quick to prepare
POINT = (30.0, 20.0, 6.0)
ROLE = "VoCoPosition"
PART = np.s_[14:30, 10:26]  # of the phantom: a map of it has few points
OTHER = np.s_[18:22, 12:16]  # all candidates for a match are near each other


@pytest.fixture(scope="module")
def phantom() -> Phantom:
    return make_phantom(7, (6.0, 6.0, 6.0), (276.0, 240.0, 72.0))


@pytest.fixture(scope="module", autouse=True)
def session(_host: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One warm worker for all tests, and a folder of models of its own."""
    end_session()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOCO_HOME", str(tmp_path_factory.mktemp("modèles")))
        add_quick_model()
        add_quick_positions(tmp_path_factory.mktemp("weights"))
        yield
        end_session()


def add_volume(host: Any, phantom: Phantom, name: str = "CT", part: Any = ...) -> Any:
    """The phantom, or a part of it that begins where the phantom does, in the slice views."""
    node = slicer_scene.add_volume(host.scene, phantom.image[part], phantom.affine)
    node.SetName(name)
    display = node.GetDisplayNode()
    display.SetAutoWindowLevel(False)
    display.SetWindowLevel(400, 40)
    slicer.util.setSliceViewerLayers(background=node, fit=True)
    host.settle()
    return node


FIT, NATIVE = "2 x 2 over the whole body", "2 x 2 in true size"


def open_section(host: Any, grid: str = FIT, model: str = QUICK_POSITIONS) -> Any:
    ui = host.open(MODULE).ui
    host.choose(ui.modelComboBox, QUICK)
    host.click(ui.positionCollapsibleButton)
    host.choose(ui.positionModelComboBox, model)
    host.choose(ui.positionGridComboBox, grid)
    host.settle()
    return ui


def place(host: Any, ui: Any, ras: tuple[float, float, float] = POINT) -> Any:
    """Places the point as a person does; returns its node."""
    views = host.show_views()
    host.click(ui.placePointButton)
    QtTest.QTest.mouseMove(ui.placePointButton)  # where the mouse comes from
    views.sliceWidget("Red").click_at(ras)
    host.wait_until(lambda: not ui.placePointButton.checked)
    return ui.positionPointSelector.currentNode()


def answered(ui: Any) -> Any:
    return lambda: ui.positionAnswerLabel.text and "Compared" in ui.positionStatusLabel.text


def place_and_wait(host: Any, ui: Any, ras: tuple[float, float, float] = POINT) -> Any:
    node = place(host, ui, ras)
    host.wait_until(lambda: answered(ui)() and ui.positionPlotButton.enabled, 120)
    return node


def own_nodes(host: Any) -> dict[str, Any]:
    nodes = slicer.util.getNodesByClass("vtkMRMLNode", host.scene)
    return {node.GetAttribute(ROLE): node for node in nodes if node.GetAttribute(ROLE)}


def ids(host: Any) -> set[str]:
    kinds = ("vtkMRMLDisplayableNode", "vtkMRMLDisplayNode", "vtkMRMLColorTableNode")
    kinds += ("vtkMRMLTableNode", "vtkMRMLPlotSeriesNode", "vtkMRMLPlotChartNode")
    return {n.GetID() for kind in kinds for n in slicer.util.getNodesByClass(kind, host.scene)}


def layers(host: Any) -> list[tuple[Any, ...]]:
    return [
        (c.GetBackgroundVolumeID(), c.GetForegroundVolumeID(), c.GetForegroundOpacity())
        for c in slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode", host.scene)
    ]


@contextlib.contextmanager
def small_views(host: Any) -> Iterator[None]:
    """The host draws its views on the processor, which Slicer does not: they shall not count."""
    viewport = host.show_views().viewport()
    viewport.setFixedSize(160, 160)
    host.settle()
    yield
    viewport.setMinimumSize(0, 0)
    viewport.setMaximumSize(16777215, 16777215)


def starts(queue_log: list[str]) -> int:
    return sum("Position in" in line and "started" in line for line in queue_log)


def shared_queue() -> Any:
    from VoCoSegmentationLib.sections.session import sharedQueue

    return sharedQueue()


# one point ----------------------------------------------------------------------------------------


def test_a_click_is_answered_shown_and_removed(host, phantom) -> None:
    views = host.show_views()
    add_volume(host, phantom)
    pet = slicer_scene.add_volume(host.scene, phantom.image[::2, ::2, ::2], phantom.affine)
    slicer.util.setSliceViewerLayers(foreground=pet, foregroundOpacity=0.0)
    ui = open_section(host)
    assert "Press Place point" in ui.positionStatusLabel.text
    assert not ui.positionPictureLabel.isVisible()
    before, seen_before = ids(host), layers(host)
    plain = views.sliceWidget("Red").view.colour_at((-60, 20, 6))
    node = place_and_wait(host, ui)
    np.testing.assert_allclose(node.GetNthControlPointPositionWorld(0), POINT, atol=3)
    interaction = slicer.app.applicationLogic().GetInteractionNode()
    assert interaction.GetCurrentInteractionMode() != interaction.Place
    check_answer(host, ui)
    check_names_and_legend(host, views)
    check_colours(host, ui, views)
    check_opacity(host, ui, views, plain)

    host.click(ui.hidePositionButton)
    assert layers(host) == seen_before
    assert views.sliceWidget("Red").view.colour_at((-60, 20, 6)) == plain
    host.click(ui.hidePositionButton)
    assert layers(host) != seen_before
    host.wait_until(answered(ui))
    host.click(ui.removePositionButton)
    host.settle()
    assert ids(host) == before
    assert layers(host) == seen_before
    assert not ui.positionAnswerLabel.text and not ui.positionPictureLabel.isVisible()
    assert "Press Place point" in ui.positionStatusLabel.text


def check_answer(host: Any, ui: Any) -> None:
    """Sentence, table widget, table node and boxes say the same."""
    found = own_nodes(host)
    table = found["table"]
    numbers = np.array([[float(table.GetCellText(r, c)) for c in (1, 2, 3)] for r in range(4)])
    best = int(numbers[:, 0].argmax())
    column, row = divmod(best, BASES)
    name = cell_name((column + 1, row + 1), BASES)
    said = ui.positionAnswerLabel.text
    assert f"The network takes this for {name} of the body ({table.GetCellText(best, 0)});" in said
    assert said.endswith(("It is sure.", "It is fairly sure.", "It is unsure."))
    assert numbers[:, 1].sum() == pytest.approx(1, abs=0.0005 * len(numbers))  # three digits each
    widget = ui.positionTableWidget
    for base, values in enumerate(numbers):
        texts = [widget.item(base, c).text() for c in (1, 2, 3)]
        assert all(len(text) == 4 for text in texts)
        assert [float(t) for t in texts] == pytest.approx(values.tolist(), abs=0.0051)
        assert widget.item(base, 0).font().bold() == (base == best)
    box = np.array(found["query"].GetPolyData().GetBounds()).reshape(3, 2)
    assert (box[:2, 0] < POINT[:2]).all() and (box[:2, 1] > POINT[:2]).all()
    assert box.mean(1)[:2] == pytest.approx(POINT[:2], abs=6)


def check_names_and_legend(host: Any, views: Any) -> None:
    """Bases are called in the axial view as in the table, and the colours have their numbers."""
    names = own_nodes(host)["base names"]
    labels = [names.GetNthControlPointLabel(i) for i in range(names.GetNumberOfControlPoints())]
    table = own_nodes(host)["table"]
    assert labels == [table.GetCellText(row, 0) for row in range(table.GetNumberOfRows())]
    assert shown_in(host, "base names") == {"Red"}
    bounds = np.array(own_nodes(host)["bases"].GetPolyData().GetBounds()).reshape(3, 2)
    for index, (column, row) in enumerate(np.ndindex(BASES, BASES)):
        place = np.array(names.GetNthControlPointPositionWorld(index))
        cell = (place[:2] - bounds[:2, 0]) / (bounds[:2, 1] - bounds[:2, 0]) * BASES
        assert tuple(np.floor(cell)) == (column, row)
    for name in ("Red", "Green", "Yellow"):
        group = views.sliceWidget(name).view.group
        manager = group.GetDisplayableManagerByClassName("vtkMRMLColorLegendDisplayableManager")
        (legend,) = slicer.util.getNodesByClass("vtkMRMLColorLegendDisplayNode", host.scene)
        assert manager.GetColorLegendActor(legend).GetVisibility()
    combo = slicer.util.getModuleWidget("VoCoSegmentation").ui.positionOverlayComboBox
    host.choose(combo, "Nothing")
    assert not manager.GetColorLegendActor(legend).GetVisibility()
    host.choose(combo, "Similarity")


def check_colours(host: Any, ui: Any, views: Any) -> None:
    """The outlines and the cells are seen where they lie, and the CT through them."""
    found, red = own_nodes(host), views.sliceWidget("Red").view
    r0, r1, a0, a1, *_ = found["query"].GetPolyData().GetBounds()
    edges = [red.colour_at(p) for p in ((r0, (a0 + a1) / 2, 6), ((r0 + r1) / 2, a1, 6))]
    assert all(colour[0] > 200 and colour[2] < 120 for colour in edges), edges
    r0, r1, a0, a1, *_ = found["bases"].GetPolyData().GetBounds()
    heat = found["similarity"]
    places = {  # near the outer corners of the cells, where no outline is
        (column, row): (
            r0 + (r1 - r0) * (0.1 + 0.8 * column),
            a0 + (a1 - a0) * (0.1 + 0.8 * row),
            6,
        )
        for column in range(BASES)
        for row in range(BASES)
    }
    seen = {cell: red.colour_at(ras) for cell, ras in places.items()}
    host.choose(ui.positionOverlayComboBox, "Nothing")
    plain = {cell: np.array(red.colour_at(ras)) for cell, ras in places.items()}
    host.choose(ui.positionOverlayComboBox, "Similarity")
    for cell, colour in seen.items():
        value = heat.GetImageData().GetScalarComponentAsDouble(*cell, 0, 0)
        shade = [0.0] * 4
        heat.GetDisplayNode().GetColorNode().GetColor(round(255 * value), shade)
        covered = 0.35 * np.array(shade[:3]) * 255 + 0.65 * plain[cell]
        wanted = covered if value >= 1e-3 else plain[cell]
        np.testing.assert_allclose(colour, wanted, atol=6)


def check_opacity(host: Any, ui: Any, views: Any, plain: Any) -> None:
    """At 0 the CT is as before; the outlines stay."""
    ui.positionOpacitySlider.value = 0.0
    host.settle()
    place = (-60, 20, 6)
    np.testing.assert_allclose(views.sliceWidget("Red").view.colour_at(place), plain, atol=2)
    ui.positionOpacitySlider.value = 0.35


def test_the_answer_follows_the_point_and_never_queues_up(host, phantom) -> None:
    add_volume(host, phantom)
    ui = open_section(host)
    queue = shared_queue()
    node = place(host, ui)
    with small_views(host), host.measure_blocking() as blocking:
        host.wait_until(answered(ui), 60)
        log = len(queue.log)
        for step in range(60):  # a drag of about a second
            node.SetNthControlPointPositionWorld(0, POINT[0] - step, POINT[1], POINT[2])
            assert not queue.waiting
            host.settle()
        last = (POINT[0] - 59, POINT[1])
        host.wait_until(answered(ui), 60)
    assert blocking.longest_ms < 100, blocking.where
    assert query_centre(host) == pytest.approx(last, abs=6)
    assert 1 <= starts(list(queue.log)[log:]) <= 10

    # in the air, off the grid, off the CT
    node.SetNthControlPointPositionWorld(0, -135, 115, 6)
    host.wait_until(lambda: "outside the body" in ui.positionAnswerLabel.text, 30)
    node.SetNthControlPointPositionWorld(0, 900, 0, 0)
    host.wait_until(lambda: "lies outside CT" in ui.positionStatusLabel.text, 30)
    assert not ui.positionAnswerLabel.text
    assert set(own_nodes(host)) == {"point"}
    node.SetNthControlPointPositionWorld(0, *POINT)
    host.wait_until(answered(ui), 30)
    assert "query" in own_nodes(host)

    # nodes of the answer are deleted
    tree = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(host.scene)
    host.wait_until(lambda: ui.positionPlotButton.enabled)
    for role in ("table", "query", "similarity", "chart"):
        deleted = own_nodes(host)[role]
        tree.RemoveItem(tree.GetItemByDataNode(deleted), False)
        host.scene.RemoveNode(deleted)
    node.SetNthControlPointPositionWorld(0, 0, *POINT[1:])
    host.wait_until(lambda: "chart" in own_nodes(host), 30)
    assert {"table", "query", "similarity"} <= set(own_nodes(host))
    assert abs(query_centre(host)[0]) < 6

    # nobody looks
    host.click(ui.positionCollapsibleButton)
    log = len(queue.log)
    node.SetNthControlPointPositionWorld(0, *POINT)
    end = time.monotonic() + 0.5
    host.wait_until(lambda: time.monotonic() > end)
    assert starts(list(queue.log)[log:]) == 0
    host.click(ui.positionCollapsibleButton)
    host.wait_until(lambda: query_centre(host)[0] == pytest.approx(POINT[0], abs=6), 30)


def test_a_point_of_the_user_is_followed_and_kept(host, phantom) -> None:
    host.show_views()
    add_volume(host, phantom)
    points = host.scene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", "Lesions")
    points.AddControlPointWorld(*POINT)
    points.AddControlPointWorld(-50, 0, 0)
    ui = open_section(host)
    before = ids(host)
    host.choose(ui.positionPointSelector, "Lesions")
    host.wait_until(answered(ui), 60)
    assert query_centre(host) == pytest.approx(POINT[:2], abs=6)
    points.SetNthControlPointPositionWorld(1, -60, 0, 0)  # the one that was moved last
    host.wait_until(lambda: abs(query_centre(host)[0] + 60) < 6, 30)
    host.click(ui.removePositionButton)
    host.settle()
    assert ids(host) == before
    assert points.GetNumberOfControlPoints() == 2
    assert ui.positionPointSelector.currentNode() is None


def query_centre(host: Any) -> Any:
    bounds = own_nodes(host)["query"].GetPolyData().GetBounds()
    return np.array(bounds).reshape(3, 2).mean(1)[:2]


def test_placing_can_be_cancelled(host, phantom) -> None:
    host.show_views()
    volume = add_volume(host, phantom)
    ui = open_section(host)
    before = ids(host)
    other = host.scene.AddNewNodeByClass("vtkMRMLMarkupsLineNode")
    before.add(other.GetID())
    selection = slicer.app.applicationLogic().GetSelectionNode()
    assert selection.GetActivePlaceNodeID() == other.GetID()
    host.click(ui.placePointButton)
    assert "Click on a place" in ui.positionStatusLabel.text
    host.click(ui.placePointButton)
    host.wait_until(lambda: "Press Place point" in ui.positionStatusLabel.text)
    assert ids(host) - before <= {other.GetDisplayNodeID()}
    assert ui.positionPointSelector.currentNode() is None
    assert selection.GetActivePlaceNodeID() == other.GetID()
    assert selection.GetActivePlaceNodeClassName() == other.GetClassName()
    slicer.util.setSliceViewerLayers(background=None)
    host.click(ui.placePointButton)
    composites = slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode")
    assert {composite.GetBackgroundVolumeID() for composite in composites} == {volume.GetID()}
    host.click(ui.placePointButton)
    host.settle()


# the worker has other things to do ----------------------------------------------------------------


def test_a_query_waits_for_a_segmentation_and_says_so(host, phantom) -> None:
    """Cancelling ends the worker: what it was prepared for is prepared again."""
    add_volume(host, phantom)
    ui = open_section(host)
    node = place_and_wait(host, ui)
    host.click(ui.applyButton)
    host.wait_until(lambda: "segmenting" in ui.statusLabel.text, 60)
    node.SetNthControlPointPositionWorld(0, 0, *POINT[1:])
    wanted = "Waiting for the segmentation of CT."
    host.wait_until(lambda: ui.positionStatusLabel.text == wanted, 10)
    host.click(ui.applyButton)  # Cancel
    host.wait_until(lambda: ui.applyButton.text == "Apply", 10)
    host.wait_until(lambda: abs(query_centre(host)[0]) < 6 and answered(ui)(), 60)


@pytest.mark.parametrize(
    "how", ["the CT is removed", "the scene is closed", "the point is removed"]
)
def test_what_is_asked_about_goes_away(host, phantom, how) -> None:
    volume = add_volume(host, phantom)
    ui = open_section(host, model=SMALL)
    node = place(host, ui)
    host.wait_until(lambda: "Base crops" in ui.positionStatusLabel.text, 60)
    if how == "the scene is closed":
        host.scene.Clear(0)
    else:
        host.scene.RemoveNode(volume if how == "the CT is removed" else node)
    host.wait_until(lambda: not shared_queue().busy, 30)
    host.settle()
    assert set(own_nodes(host)) <= {"point"}
    wanted = "Press Place point" if how == "the point is removed" else "Choose a CT volume above."
    assert wanted in ui.positionStatusLabel.text
    assert not ui.positionAnswerLabel.text


# the mouse ----------------------------------------------------------------------------------------


def hover(widget: Any, ras: tuple[float, float, float]) -> None:
    """Moves the mouse over a slice, without pressing."""
    x, y = widget.view.position(ras)
    QtTest.QTest.mouseMove(widget, QtCore.QPoint(x, widget.height - 1 - y))


def open_part(host: Any, phantom: Phantom) -> Any:
    """A small CT, of which a map is quickly made."""
    host.show_views()
    add_volume(host, phantom, "part", PART)
    return open_section(host, NATIVE)


def in_part(phantom: Phantom, r: float, a: float) -> tuple[float, float, float]:
    """A place of that CT, in mm from its middle."""
    middle = phantom.affine @ [7.5, 7.5, 5.5, 1]  # it begins where the phantom does
    return float(middle[0] + r), float(middle[1] + a), float(middle[2])


def test_the_answer_follows_the_mouse(host, phantom, monkeypatch) -> None:
    """From the map, without the worker as long as the mouse does not rest."""
    from VoCoSegmentationLib.presenters import positionHover

    monkeypatch.setattr(positionHover, "REST_MS", 10**6)
    ui = open_part(host, phantom)
    red = host.show_views().sliceWidget("Red")
    own = place_and_wait(host, ui, in_part(phantom, 0, 0))
    host.click(ui.followMouseButton)
    assert not own.GetDisplayVisibility()  # it is not what the answer is about
    host.wait_until(lambda: ui.positionMapLabel.text and not shared_queue().busy, 120)
    queue, seen = shared_queue(), set()
    log = len(queue.log)
    with host.measure_blocking() as blocking:
        for r in range(-30, 31, 10):
            place = in_part(phantom, r, -10)
            hover(red, place)
            host.wait_until(lambda at=place: abs(query_centre(host)[0] - at[0]) < 8)
            seen.add(ui.positionAnswerLabel.text)
    print(f"hovering: {blocking.longest_ms:.0f} ms at most")
    assert len(seen) > 2
    assert ui.positionAnswerLabel.enabled
    assert starts(list(queue.log)[log:]) == 0
    host.click(ui.followMouseButton)
    middle = in_part(phantom, 0, 0)[:2]
    host.wait_until(lambda: query_centre(host) == pytest.approx(middle, abs=8), 30)
    assert own.GetDisplayVisibility()


def test_a_cancelled_map_is_kept_and_the_resting_mouse_asks(host, phantom, monkeypatch) -> None:
    from VoCoSegmentationLib.jobs import positions as jobs

    monkeypatch.setattr(jobs, "MAP_S", 0.0)  # each request asks one more point
    ui = open_part(host, phantom)
    red = host.show_views().sliceWidget("Red")
    host.click(ui.followMouseButton)
    host.wait_until(lambda: "confidence" in own_nodes(host), 60)
    host.click(ui.positionCancelButton)
    host.wait_until(lambda: not shared_queue().busy, 30)
    assert "confidence" in own_nodes(host) and not ui.positionMapLabel.text
    hover(red, in_part(phantom, 10, 0))
    host.wait_until(lambda: ui.positionAnswerLabel.text, 10)  # interpolated from what is there
    host.wait_until(lambda: answered(ui)() and ui.positionPlotButton.enabled, 60)
    assert "Position in part" in "".join(shared_queue().log)


def test_the_picture_says_what_the_table_says_and_is_grey_for_another_place(host, phantom) -> None:
    host.show_views()
    add_volume(host, phantom)
    ui = open_section(host)
    node = place_and_wait(host, ui)
    picture, table = ui.positionPictureLabel, own_nodes(host)["table"]
    tips = [tip.toolTip for tip in picture.findChildren(type(picture)) if tip.isVisible()]
    assert len(tips) == BASES**2
    for row, tip in enumerate(tips):
        label, similarity = table.GetCellText(row, 0), float(table.GetCellText(row, 1))
        assert tip.startswith(f"{label}: ")
        shown = float(tip.split("Similarity ")[1].split()[0])  # two digits, the table has three
        assert shown == pytest.approx(similarity, abs=0.0051)
    right_front = picture.childAt(60, 40)  # as the patient lies: right on the left, front on top
    assert right_front.toolTip.startswith("RA: the right front")
    assert picture.grab().toImage().size().width() > 200
    assert not ui.positionTableWidget.isVisible()
    host.click(ui.positionNumbersButton)
    assert ui.positionTableWidget.isVisible()

    assert ui.positionAnswerLabel.enabled and ui.positionPictureLabel.enabled
    first = ui.positionAnswerLabel.text
    node.SetNthControlPointPositionWorld(0, POINT[0] + 40, POINT[1], POINT[2])
    assert ui.positionAnswerLabel.text == first
    assert not ui.positionAnswerLabel.enabled and not ui.positionPictureLabel.enabled
    host.wait_until(lambda: ui.positionAnswerLabel.enabled, 60)
    assert ui.positionAnswerLabel.text != first


def test_two_patients_side_by_side(host, phantom, monkeypatch) -> None:
    from VoCoSegmentationLib.presenters import positionHover

    monkeypatch.setattr(positionHover, "REST_MS", 10**6)
    views = host.show_views()
    other = add_volume(host, phantom, "other", np.s_[14:30, 12:28])
    ui = open_part(host, phantom)
    host.choose(ui.inputSelector, "part")
    before, layout = layers(host), views.layout
    host.choose(ui.positionReferenceSelector, "other")
    host.click(ui.sideBySideButton)
    assert views.layout == slicer.vtkMRMLLayoutNode.SlicerLayoutSideBySideView
    host.wait_until(lambda: ui.positionMapLabel.text and not shared_queue().busy, 240)
    red, yellow = views.sliceWidget("Red"), views.sliceWidget("Yellow")
    assert yellow.view.composite.GetBackgroundVolumeID() == other.GetID()
    found = []
    for r in (25, -25):
        place = in_part(phantom, r, 0)
        hover(red, place)
        host.wait_until(lambda: "query" in own_nodes(host))
        host.wait_until(lambda at=place: abs(query_centre(host)[0] - at[0]) < 8)
        found.append(own_nodes(host)["match"].GetNthControlPointPositionWorld(0))
    assert found[0][0] > found[1][0]  # the right of the one is the right of the other
    assert shown_in(host, "match") == {"Yellow"}
    display = own_nodes(host)["match"].GetDisplayNode()
    assert not display.IsDisplayableInView(views.threeDWidget(0).view.node.GetID())
    assert "Yellow" not in shown_in(host, "query")
    heat = own_nodes(host)["match similarity"]
    assert yellow.view.composite.GetForegroundVolumeID() == heat.GetID()
    host.click(ui.sideBySideButton)
    host.click(ui.removePositionButton)
    host.settle()
    assert views.layout == layout and layers(host) == before


def test_the_answer_in_3d_and_as_a_figure(host, phantom, tmp_path) -> None:
    host.show_views()
    add_volume(host, phantom)
    ui = open_section(host)
    place_and_wait(host, ui)
    before = set(own_nodes(host))
    host.click(ui.positionThreeDButton)
    red = host.show_views().sliceWidget("Red").mrmlSliceNode()
    assert red.GetSliceVisible()
    body, cells, arrow = (own_nodes(host)[role] for role in ("body", "lit cells", "arrow"))
    bounds = np.array(body.GetPolyData().GetBounds()).reshape(3, 2)
    size = np.diff(bounds).ravel()[:2]
    assert (size > 100).all() and (size <= np.array(phantom.image.shape[:2]) * 6 + 12).all()
    assert cells.GetPolyData().GetNumberOfCells() % 6 == 0
    ends = np.array(arrow.GetPolyData().GetBounds()).reshape(3, 2)
    points = ("predicted", "point")
    predicted, asked = (
        np.array(own_nodes(host)[role].GetNthControlPointPositionWorld(0)) for role in points
    )
    assert (ends[:, 0] - 1 < asked).all() and (ends[:, 1] + 1 > asked).all()  # where one looks
    assert ends[2].mean() == pytest.approx(asked[2], abs=1)  # not the middle of the layer
    assert (ends[:2, 0] - 1 < predicted[:2]).all() and (ends[:2, 1] + 1 > predicted[:2]).all()
    host.click(ui.positionThreeDButton)
    assert set(own_nodes(host)) == before and not red.GetSliceVisible()

    target = tmp_path / "Abbildung 1.png"
    host.dialogs.expect("Figure", str(target))
    host.click(ui.positionFigureButton)
    host.wait_until(lambda: "Wrote" in ui.positionStatusLabel.text, 60)
    assert {path.suffix for path in tmp_path.iterdir()} == {".png", ".pdf", ".csv"}


# map and search -----------------------------------------------------------------------------------


def test_map_of_a_small_ct_and_search_in_another(host, phantom) -> None:
    host.show_views()
    reference = add_volume(host, phantom, "other", OTHER)
    part = add_volume(host, phantom, "part", PART)
    seen_before = layers(host)
    ui = open_section(host, NATIVE)
    host.choose(ui.inputSelector, "part")
    centre = (np.array(part.GetImageData().GetDimensions()) / 2) @ np.diag([6, 6, 6])
    place_and_wait(host, ui, tuple(phantom.affine[:3, 3] + centre))
    places_before = offsets(host)
    assert "the rest is air" in ui.positionStatusLabel.text  # smaller than a crop

    host.click(ui.positionMapButton)
    host.wait_until(lambda: "Position map" in ui.positionStatusLabel.text, 60)
    assert not ui.positionMapButton.enabled
    host.click(ui.positionCancelButton)
    host.wait_until(lambda: "Cancelled" in ui.positionStatusLabel.text, 10)

    host.click(ui.positionMapButton)
    host.wait_until(lambda: ui.positionMapLabel.text, 60)
    assert ui.positionOverlayComboBox.currentText == "Map: confidence"
    confidence, error = (own_nodes(host)[role] for role in ("confidence", "error"))
    assert 0.25 <= slicer.util.arrayFromVolume(confidence).max() <= 1
    assert slicer.util.arrayFromVolume(error).max() > 0
    assert layers(host)[0][1] == confidence.GetID()
    host.choose(ui.positionOverlayComboBox, "Map: error, mm")
    assert layers(host)[0][1] == error.GetID()

    assert not ui.findMatchButton.enabled
    host.choose(ui.positionReferenceSelector, "other")
    host.click(ui.showMatchCheckBox)
    host.click(ui.findMatchButton)
    host.wait_until(lambda: ui.positionMatchLabel.text, 90)
    match = own_nodes(host)["match"]
    assert "Best match in the reference" in ui.positionMatchLabel.text
    assert match.GetNodeReference("VoCoQueryPoint") is own_nodes(host)["point"]
    found = np.array(match.GetNthControlPointPositionWorld(0))
    for node in slicer.util.getNodesByClass("vtkMRMLSliceNode", host.scene):
        normal = slicer.util.arrayFromVTKMatrix(node.GetSliceToRAS())[:3, 2]
        assert node.GetSliceOffset() == pytest.approx(normal @ found, abs=0.1)
    similarity = own_nodes(host)["match similarity"]
    assert all(seen[:2] == (reference.GetID(), similarity.GetID()) for seen in layers(host))
    seen = {role: shown_in(host, role) for role in ("query", "point", "predicted", "match")}
    assert seen == {role: set() for role in seen} | {"match": {"Red", "Green", "Yellow"}}
    host.click(ui.hidePositionButton)
    assert layers(host) == seen_before
    assert offsets(host) == pytest.approx(places_before)
    host.click(ui.hidePositionButton)
    host.settle()
    assert shown_in(host, "query") == {"Red", "Green", "Yellow"}
    host.click(ui.removePositionButton)
    host.settle()
    assert layers(host) == seen_before
    assert not own_nodes(host)


def offsets(host: Any) -> list[float]:
    nodes = slicer.util.getNodesByClass("vtkMRMLSliceNode", host.scene)
    return [node.GetSliceOffset() for node in nodes]


def shown_in(host: Any, role: str) -> set[str]:
    """The names of the slice views that show a node."""
    display = own_nodes(host)[role].GetDisplayNode()
    views = slicer.util.getNodesByClass("vtkMRMLSliceNode", host.scene)
    return {view.GetName() for view in views if display.IsDisplayableInView(view.GetID())}


# what goes wrong, or on meanwhile ----------------------------------------------------------------


def test_without_an_answer_the_views_show_what_they_did(host, phantom) -> None:
    """The point leaves the CT; then a point of the user's goes away while all is hidden."""
    host.show_views()
    add_volume(host, phantom)
    pet = slicer_scene.add_volume(host.scene, phantom.image[::2, ::2, ::2], phantom.affine)
    slicer.util.setSliceViewerLayers(foreground=pet, foregroundOpacity=0.1)
    points = host.scene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", "Lesions")
    points.AddControlPointWorld(*POINT)
    ui = open_section(host)
    before = layers(host)
    host.choose(ui.positionPointSelector, "Lesions")
    host.wait_until(answered(ui), 60)
    assert layers(host) != before
    points.SetNthControlPointPositionWorld(0, 900, 0, 0)
    host.wait_until(lambda: "lies outside CT" in ui.positionStatusLabel.text, 30)
    assert layers(host) == before
    assert ui.positionOverlayComboBox.count == 1  # nothing
    points.SetNthControlPointPositionWorld(0, *POINT)
    host.wait_until(answered(ui), 30)
    host.click(ui.hidePositionButton)
    ui.positionPointSelector.setCurrentNode(None)
    host.settle()
    assert not own_nodes(host)
    assert ui.placePointButton.enabled
    assert "Press Place point" in ui.positionStatusLabel.text


def test_another_frame_or_place_of_the_ct_is_another_answer(host, phantom) -> None:
    host.show_views()
    volume = add_volume(host, phantom)
    ui = open_section(host)
    place_and_wait(host, ui)
    sentence, queue = ui.positionAnswerLabel.text, shared_queue()

    def is_new(log: int) -> Any:
        return lambda: starts(list(queue.log)[log:]) and not queue.busy and answered(ui)()

    log = len(queue.log)
    slicer.util.arrayFromVolume(volume)[:] = phantom.image[::-1].transpose()
    slicer.util.arrayFromVolumeModified(volume)
    host.wait_until(is_new(log), 60)
    assert ui.positionAnswerLabel.text != sentence
    before = query_centre(host), bases_centre(host)
    transform = host.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    for shift in (24, 48):
        log = len(queue.log)
        matrix = np.eye(4)
        matrix[0, 3] = shift
        transform.SetMatrixTransformToParent(slicer.util.vtkMatrixFromArray(matrix))
        volume.SetAndObserveTransformNodeID(transform.GetID())
        host.wait_until(is_new(log), 60)
        assert bases_centre(host) == pytest.approx(before[1] + [shift, 0], abs=0.1)
        assert query_centre(host) == pytest.approx(before[0], abs=6)


def bases_centre(host: Any) -> Any:
    bounds = own_nodes(host)["bases"].GetPolyData().GetBounds()
    return np.array(bounds).reshape(3, 2).mean(1)[:2]


def test_the_worker_is_killed(host, phantom) -> None:
    """While it prepares, that is said; later the answer comes from another worker."""
    import psutil

    def workers() -> list[psutil.Process]:
        children = psutil.Process().children(recursive=True)
        alive = [child for child in children if child.status() != psutil.STATUS_ZOMBIE]
        return [child for child in alive if "VoCoLib.worker.process" in child.cmdline()]

    host.show_views()
    add_volume(host, phantom)
    ui = open_section(host, model=SMALL)
    node = place(host, ui)
    host.wait_until(lambda: "Base crops" in ui.positionStatusLabel.text, 60)
    for worker in workers():
        worker.kill()
    # an estimate that comes to its end afterwards may make the sentence doubtful, and take it back
    host.wait_until(lambda: "memory" in ui.positionStatusLabel.text, 30)
    assert set(own_nodes(host)) == {"point"}
    host.wait_until(lambda: not shared_queue().busy, 30)
    node.SetNthControlPointPositionWorld(0, 0, *POINT[1:])
    host.wait_until(answered(ui), 60)


def test_what_was_cancelled_is_not_asked_again(host, phantom) -> None:
    host.show_views()
    add_volume(host, phantom)
    ui = open_section(host, "4 x 4 over the whole body")  # long enough to be cancelled
    node = place(host, ui)
    host.wait_until(lambda: "Base crops" in ui.positionStatusLabel.text, 60)
    host.click(ui.positionCancelButton)
    host.wait_until(lambda: not shared_queue().busy, 30)
    log = len(shared_queue().log)
    ui.positionOpacitySlider.value = 0.6
    end = time.monotonic() + 0.5
    host.wait_until(lambda: time.monotonic() > end)
    assert starts(list(shared_queue().log)[log:]) == 0
    assert "Move the point" in ui.positionStatusLabel.text
    node.SetNthControlPointPositionWorld(0, 0, *POINT[1:])
    host.wait_until(answered(ui), 60)


def test_a_map_is_not_awaited_after_the_scene_was_closed(host, phantom) -> None:
    add_volume(host, phantom)
    ui = open_section(host, model=SMALL)
    host.click(ui.positionMapButton)
    host.wait_until(lambda: "Base crops" in ui.positionStatusLabel.text, 60)
    host.scene.Clear(0)
    host.wait_until(lambda: not shared_queue().busy, 30)
    assert ui.positionStatusLabel.text == "Choose a CT volume above."
    assert not own_nodes(host)


def test_what_is_hidden_stays_hidden(host, phantom) -> None:
    """A map alone, while the user is elsewhere; and a match that comes later."""
    host.show_views()
    add_volume(host, phantom, "other", OTHER)
    part = add_volume(host, phantom, "part", PART)
    ui = open_section(host, NATIVE)
    host.choose(ui.inputSelector, "part")
    before = layers(host)
    host.click(ui.positionMapButton)
    host.wait_until(lambda: ui.positionMapLabel.text, 60)
    assert layers(host) != before
    host.click(ui.hidePositionButton)
    host.open(OTHER_MODULE)
    host.open(MODULE)
    assert layers(host) == before
    assert ui.hidePositionButton.text == "Show"
    host.click(ui.hidePositionButton)

    centre = (np.array(part.GetImageData().GetDimensions()) / 2) @ np.diag([6, 6, 6])
    node = place_and_wait(host, ui, tuple(phantom.affine[:3, 3] + centre))
    host.choose(ui.positionReferenceSelector, "other")
    host.click(ui.showMatchCheckBox)
    host.click(ui.findMatchButton)
    host.click(ui.hidePositionButton)
    host.wait_until(lambda: ui.positionMatchLabel.text, 90)
    assert layers(host) == before
    assert not own_nodes(host)["match"].GetDisplayVisibility()
    host.click(ui.hidePositionButton)
    host.wait_until(answered(ui), 30)
    assert own_nodes(host)["match"].GetDisplayVisibility()
    assert "Best match" in ui.positionMatchLabel.text  # about the same point
    node.SetNthControlPointPositionWorld(0, *(phantom.affine[:3, 3] + centre + 12))
    host.wait_until(lambda: not ui.positionMatchLabel.text, 30)


def foregrounds_that_go(host: Any) -> list[str]:
    """From now on: the names of volumes that are removed while a slice view shows them."""
    found: list[str] = []

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def removed(_scene: Any, _event: str, node: Any) -> None:
        if node.GetID() in {foreground for _, foreground, _ in layers(host)}:
            found.append(node.GetName())

    host.scene.AddObserver(host.scene.NodeAboutToBeRemovedEvent, removed)
    return found


def test_one_of_two_patients_keeps_its_views(host, phantom) -> None:
    """The point is removed, then a CT: the other patient is never drawn over this one."""
    host.show_views()
    add_volume(host, phantom, "other", OTHER)
    add_volume(host, phantom, "CT")
    ui = open_section(host)
    host.choose(ui.inputSelector, "CT")
    before = layers(host)
    node = place_and_wait(host, ui)
    assert layers(host) != before
    shown = foregrounds_that_go(host)
    node.RemoveAllControlPoints()
    host.settle()
    assert layers(host) == before
    assert shown == []  # else the slice controller would pick another volume
    assert not ui.positionAnswerLabel.text

    place_and_wait(host, ui)
    host.choose(ui.inputSelector, "other")
    assert not ui.positionAnswerLabel.text  # it was about the other CT
    assert layers(host) == before


def test_a_match_is_not_drawn_over_this_patient(host, phantom) -> None:
    """No view shows the other patient: an empty list of views would mean all."""
    host.show_views()
    add_volume(host, phantom, "other", OTHER)
    add_volume(host, phantom, "CT")
    ui = open_section(host, NATIVE)  # few places to search
    host.choose(ui.inputSelector, "CT")
    place_and_wait(host, ui)
    host.choose(ui.positionReferenceSelector, "other")
    host.click(ui.findMatchButton)
    host.wait_until(lambda: ui.positionMatchLabel.text, 90)
    host.click(ui.hidePositionButton)
    host.click(ui.hidePositionButton)
    display = own_nodes(host)["match"].GetDisplayNode()
    slices = slicer.util.getNodesByClass("vtkMRMLSliceNode", host.scene)
    assert slices and not any(display.IsDisplayableInView(view.GetID()) for view in slices)
    display = own_nodes(host)["query"].GetDisplayNode()
    assert all(display.IsDisplayableInView(view.GetID()) for view in slices)


# models -------------------------------------------------------------------------------------------


@pytest.fixture
def no_own_models(session: None) -> Iterator[None]:
    with without_own_models():
        yield


def test_the_model_suits_the_ct_until_one_is_chosen(host, no_own_models) -> None:
    whole = make_phantom(7, (6.0, 6.0, 6.0))  # with its lungs it is known as the phantom
    ui = host.open(MODULE).ui
    host.click(ui.positionCollapsibleButton)
    box = ui.positionModelComboBox
    assert box.currentIndex == -1 and "Choose a CT" in ui.positionStatusLabel.text
    add_volume(host, whole)
    real, torso = "Head and neck organs at risk", f"{TORSO}, pre-trained"
    host.wait_until(lambda: box.currentText == torso, 20)
    assert [box.itemText(i) for i in range(box.count)] == [real, torso, TORSO]
    host.choose(ui.modelComboBox, f"{real} (head, neck)")
    assert box.currentText == torso  # that one knows nothing of this CT
    host.choose(box, real)
    host.choose(ui.modelComboBox, TORSO)
    assert box.currentText == real


def test_a_file_of_weights(host, phantom, tmp_path) -> None:
    """One without an encoder is refused in words; then one that has one."""
    import torch
    from safetensors.torch import save_file

    host.show_views()
    add_volume(host, phantom)
    ui = open_section(host)
    bad = tmp_path / "sans encodeur.safetensors"
    save_file({"out.weight": torch.zeros(3)}, str(bad))
    host.dialogs.expect("Weights with an encoder", str(bad))
    host.click(ui.positionFileButton)
    assert ui.positionModelComboBox.currentText == bad.name
    place(host, ui)
    host.wait_until(lambda: "sans encodeur" in ui.positionStatusLabel.text, 60)
    host.wait_until(lambda: not shared_queue().busy)
    assert set(own_nodes(host)) == {"point"}
    good = write_quick_positions(tmp_path / "good.safetensors", "demo-torso")
    host.dialogs.expect("Weights with an encoder", str(good))
    host.click(ui.positionFileButton)
    host.wait_until(answered(ui), 60)
    assert "Compared: centred backbone features." in ui.positionStatusLabel.text


# the scene ----------------------------------------------------------------------------------------


def test_a_saved_scene_shows_the_same_map_again(host, phantom, tmp_path) -> None:
    """And says of it what was said."""
    add_volume(host, phantom, "part", PART)
    ui = open_section(host, NATIVE)
    host.click(ui.positionMapButton)
    host.wait_until(lambda: ui.positionMapLabel.text, 60)
    sentence = ui.positionMapLabel.text
    host.choose(ui.positionOverlayComboBox, "Map: error, mm")
    path = tmp_path / "scene.mrb"
    assert slicer.util.saveScene(str(path))
    host.scene.Clear(0)
    host.settle()
    assert not ui.positionMapLabel.text
    slicer.util.loadScene(str(path))
    host.settle()
    assert ui.positionOverlayComboBox.currentText == "Map: error, mm"
    assert ui.positionMapLabel.text == sentence
    add_volume(host, phantom, "another patient")
    host.choose(ui.inputSelector, "another patient")
    assert not ui.positionMapLabel.text


def test_a_saved_scene_shows_the_view_again(host, phantom, tmp_path) -> None:
    views = host.show_views()
    add_volume(host, phantom)
    ui = open_section(host)
    place_and_wait(host, ui)
    sentence = ui.positionAnswerLabel.text
    path = tmp_path / "scène.mrb"
    assert slicer.util.saveScene(str(path))
    host.scene.Clear(0)
    host.settle()
    assert not ui.positionAnswerLabel.text
    slicer.util.loadScene(str(path))
    host.settle()
    host.open(OTHER_MODULE)
    host.open(MODULE)
    host.wait_until(answered(ui), 60)
    assert ui.positionAnswerLabel.text == sentence
    assert len(views.sliceViewNames()) == 3
    host.click(ui.removePositionButton)
    host.settle()
    assert not own_nodes(host)
    assert all(foreground is None for _background, foreground, _opacity in layers(host))


# last, as each ends the worker ------------------------------------------------------------------


@pytest.mark.parametrize("what", ["a map is made", "the point is placed"])
def test_the_module_is_reloaded_while(host, phantom, what) -> None:
    """Neither the mouse nor the worker finds a panel that is gone."""
    host.show_views()
    add_volume(host, phantom)
    ui = open_section(host, model=SMALL)
    if what == "the point is placed":
        host.click(ui.placePointButton)
    else:
        host.click(ui.positionMapButton)
        host.wait_until(lambda: "Base crops" in ui.positionStatusLabel.text, 60)
    slicer.util.reloadScriptedModule("VoCoSegmentation")
    host.wait_until(lambda: not shared_queue().busy, 60)
    host.settle()
    interaction = slicer.app.applicationLogic().GetInteractionNode()
    assert interaction.GetCurrentInteractionMode() != interaction.Place
    assert not own_nodes(host)
