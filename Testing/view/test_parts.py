"""The parts of voco view's page that need no browser: questions, charts, pictures, tables."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

slicer = pytest.importorskip("slicer", reason="voco view is not installed: pip install .[view]")

import vtk  # noqa: E402
from vtk.util.numpy_support import numpy_to_vtk  # noqa: E402

from VoCoView.chart import chart_picture  # noqa: E402
from VoCoView.parameters import Choices  # noqa: E402
from VoCoView.screen import Screen  # noqa: E402
from VoCoView.table import table_rows  # noqa: E402
from VoCoView.timers import Timer  # noqa: E402

SVG = "{http://www.w3.org/2000/svg}"


class State(dict):
    """trame's, as far as a screen uses it; it notes what is sent to the browser."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[dict[str, Any]] = []

    def __enter__(self) -> None:
        self._before = dict(self)

    def __exit__(self, *_: object) -> None:
        self.sent.append({k: v for k, v in self.items() if self._before.get(k) != v})


def in_loop(test: Callable[[], Any]) -> Any:
    """Runs a test, and then what it has put off."""

    async def all_of_it() -> Any:
        result = test()
        for _ in range(5):
            await asyncio.sleep(0)
        return result

    return asyncio.run(all_of_it())


def test_only_what_has_changed_is_sent_and_many_changes_are_one() -> None:
    state, values = State(), {"a": 1, "b": 2}

    def test() -> None:
        screen = Screen(state)
        screen.add("a", lambda: values["a"])
        screen.add("b", lambda: values["b"])
        screen.before(screen.renew)  # as presenters do; it must not go round for ever
        values["a"] = 3
        for _ in range(10):
            screen.renew()

    in_loop(test)
    assert state.sent == [{"a": 3}]


def test_an_action_goes_on_where_its_question_is_answered() -> None:
    state, done = State(), []

    def test() -> None:
        screen = Screen(state)

        def remove(name: str) -> None:
            if screen.ask("Really?", "Remove") and screen.ask(f"Also {name}?", "Remove"):
                done.append(name)

        screen.action(remove)("this")
        assert screen.dialog["text"] == "Really?" and not done
        screen.answer(True)
        assert screen.dialog["text"] == "Also this?" and not done
        screen.answer(True)
        assert not screen.dialog and done == ["this"]
        screen.action(remove)("that")
        assert screen.dialog["text"] == "Really?"  # an answer counts once
        screen.answer(False)
        assert not screen.dialog and done == ["this"]

    in_loop(test)


def test_a_closed_question_is_a_no() -> None:
    def test() -> None:
        screen, done = Screen(State()), []
        screen.act(lambda: screen.ask("Really?", "") and done.append(1))
        screen.close_dialog()
        assert not screen.dialog and not done

    in_loop(test)


def test_timers_call_once_or_again_until_they_are_stopped() -> None:
    calls: list[str] = []

    async def test() -> None:
        once = Timer(1, lambda: calls.append("once"), again=False)
        again = Timer(1, lambda: calls.append("again"), again=True)
        never = Timer(1, lambda: calls.append("never"), again=True)
        for timer in (once, again, never):
            timer.start()
        never.stop()
        while calls.count("again") < 3:
            await asyncio.sleep(0.001)
        again.stop()
        count = len(calls)
        await asyncio.sleep(0.02)
        assert len(calls) == count

    asyncio.run(test())
    assert calls.count("once") == 1 and "never" not in calls


def test_choices_tell_what_has_changed_and_only_that() -> None:
    calls: list[int] = []
    choices = Choices(lambda: calls.append(1))
    assert not calls
    choices.modelId = ""
    assert not calls
    choices.modelId = "demo-torso"
    assert len(calls) == 1


def test_choices_begin_as_the_parameters_of_the_module_do() -> None:
    """But for what follows from the page: it shows a match at once."""
    import ast

    from places import ROOT

    source = (ROOT / "VoCoSegmentation" / "VoCoSegmentation.py").read_text(encoding="utf-8")
    name = "VoCoSegmentationParameterNode"
    (node,) = (n for n in ast.parse(source).body if isinstance(n, ast.ClassDef) and n.name == name)
    theirs = {
        item.target.id: None if item.value is None else ast.literal_eval(item.value)
        for item in node.body
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
    }
    ours = {key: value for key, value in vars(Choices(lambda: None)).items() if key != "changed"}
    assert ours == {**theirs, "structures": [], "positionShowMatch": True}


# MRML as pictures and tables


@pytest.fixture
def scene() -> Any:
    """Lives as long as the test: nodes alone do not keep theirs."""
    return slicer.vtkMRMLScene()


def chart_of(scene: Any, kind: str = "scatter", log: bool = False) -> Any:
    """A chart of one series with four points."""
    table_node = scene.AddNewNodeByClass("vtkMRMLTableNode", "Numbers")
    table = vtk.vtkTable()
    for name, values in (("step", [0, 10, 20, 30]), ("loss", [8.0, 4.0, 2.0, 1.0])):
        array = numpy_to_vtk(np.array(values, float), deep=True)
        array.SetName(name)
        table.AddColumn(array)
    words = vtk.vtkStringArray()
    words.SetName("base")
    for word in ("R", "A", "L", "<P>"):
        words.InsertNextValue(word)
    table.AddColumn(words)
    table_node.SetAndObserveTable(table)
    series = scene.AddNewNodeByClass("vtkMRMLPlotSeriesNode", "this run")
    series.SetAndObserveTableNodeID(table_node.GetID())
    series.SetXColumnName("step")
    series.SetYColumnName("loss")
    series.SetColor(1, 0, 0)
    if kind == "bar":
        series.SetPlotType(series.PlotTypeBar)
        series.SetLabelColumnName("base")
    else:
        series.SetPlotType(series.PlotTypeScatter)
    chart = scene.AddNewNodeByClass("vtkMRMLPlotChartNode", "Chart")
    chart.AddAndObservePlotSeriesNodeID(series.GetID())
    chart.SetTitle("Loss & more")
    chart.SetYAxisLogScale(log)
    return chart


def test_a_line_falls_where_its_numbers_fall(scene: Any) -> None:
    root = ElementTree.fromstring(chart_picture(chart_of(scene)))
    (line,) = root.iter(f"{SVG}polyline")
    points = np.array([[float(n) for n in p.split(",")] for p in line.get("points").split()])
    assert line.get("stroke") == "#ff0000"
    assert np.allclose(np.diff(points[:, 0]), np.diff(points[:, 0])[0], atol=0.2)
    down = np.diff(points[:, 1])
    assert (down > 0).all() and np.allclose(down / down[2], [4, 2, 1], atol=0.05)
    assert root.get("aria-label") == "Loss & more"


def test_a_logarithmic_axis_makes_halves_equal(scene: Any) -> None:
    root = ElementTree.fromstring(chart_picture(chart_of(scene, log=True)))
    (line,) = root.iter(f"{SVG}polyline")
    y = np.array([float(point.split(",")[1]) for point in line.get("points").split()])
    assert np.allclose(np.diff(y), np.diff(y)[0], atol=0.2)


def test_bars_stand_on_zero_over_their_words(scene: Any) -> None:
    root = ElementTree.fromstring(chart_picture(chart_of(scene, "bar")))
    bars = [bar for bar in root.iter(f"{SVG}rect")]
    heights = np.array([float(bar.get("height")) for bar in bars])
    assert np.allclose(heights / heights[-1], [8, 4, 2, 1], atol=0.1)
    feet = {round(float(bar.get("y")) + float(bar.get("height"))) for bar in bars}
    assert len(feet) == 1
    words = [text.text for text in root.iter(f"{SVG}text")]
    assert {"R", "A", "L", "<P>"} <= set(words)


def test_an_empty_chart_is_no_picture(scene: Any) -> None:
    assert chart_picture(scene.AddNewNodeByClass("vtkMRMLPlotChartNode")) == ""


def test_a_table_has_titles_and_numbers_as_people_read_them(scene: Any) -> None:
    node = chart_of(scene).GetNthPlotSeriesNode(0).GetTableNode()
    node.SetColumnProperty("loss", "title", "Loss")
    titles, rows = table_rows(node)
    assert titles == ["step", "Loss", "base"]
    assert rows[1] == ["10", "4", "A"] and rows[3][2] == "<P>"


def test_the_picture_of_an_answer_shows_cells_ring_and_dot() -> None:
    from VoCoSegmentationLib.presenters.positionPicture import Cell, Picture

    from VoCoView.position_picture import picture_svg

    cells = (
        Cell("R", (0.0, 0.0), (0.5, 1.0), 0.9, True, "R: right & more"),
        Cell("L", (0.5, 0.0), (0.5, 1.0), 0.1, False, "L"),
    )
    picture = Picture(np.zeros((60, 80), np.uint8), cells, (0.25, 0.5), (0.75, 0.5))
    root = ElementTree.fromstring(picture_svg(picture))
    assert [title.text for title in root.iter(f"{SVG}title")] == ["L", "R: right & more"]
    centres = [float(circle.get("cx")) for circle in root.iter(f"{SVG}circle")]
    assert centres[0] == centres[1] < centres[2] == centres[3]
    letters = [text.text for text in root.iter(f"{SVG}text") if text.get("class") == "letter"]
    assert letters == ["R", "L", "A", "P"]


def test_the_last_ct_that_was_chosen_is_shown_although_another_was_being_read(
    scene: Any, tmp_path: Path
) -> None:
    import nibabel as nib

    from VoCoView.ct_part import CtPart

    ct = np.arange(4096, dtype=np.int16).reshape(16, 16, 16) - 1000
    for name in ("first", "second", "third"):
        nib.save(nib.Nifti1Image(ct.astype(np.int16), np.eye(4)), tmp_path / f"{name}.nii")
    shown: list[str] = []

    async def test() -> None:
        part = CtPart(scene, Screen(State()), lambda node: shown.append(node.GetName()))
        part.offer([tmp_path])
        for index in range(3):  # faster than they can be read
            part.choose(index)
        others: list[Any] = []
        part.choose_other(0, others.append)
        for _ in range(500):
            if not part.view()["isReading"] and others:
                break
            await asyncio.sleep(0.02)
        assert shown[-1] == part.node.GetName() == "third"
        assert others == [part.cts[0].node]

    asyncio.run(test())


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("a defect")])
def test_a_ct_that_cannot_be_read_is_said_whatever_the_reason(
    scene: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    from VoCoLib.images import inputs
    from VoCoView.ct_part import CtPart

    def fail(_path: Path) -> None:
        raise error

    monkeypatch.setattr(inputs, "read_input", fail)
    path = tmp_path / "ct.nii"
    path.touch()
    said: list[str] = []

    async def test() -> None:
        screen = Screen(State())
        monkeypatch.setattr(screen, "complain", said.append)
        part = CtPart(scene, screen, lambda _node: None)
        part.offer([path])
        part.choose(0)
        while part.view()["isReading"]:
            await asyncio.sleep(0.01)

    asyncio.run(test())
    (sentence,) = said
    assert "ct.nii" in sentence and type(error).__name__ in sentence


def test_what_the_page_loads_lies_in_the_package() -> None:
    """No address in style, script or Python leads elsewhere."""
    folder = Path(__file__).parents[2] / "VoCoView"
    for path in folder.rglob("*"):
        if path.suffix in (".py", ".js", ".css"):
            text = path.read_text(encoding="utf-8")
            for known in ("http://www.w3.org/2000/svg", "http://127.0.0.1", '"https"', '"http"'):
                text = text.replace(known, "")
            assert "http://" not in text and "https://" not in text, path
