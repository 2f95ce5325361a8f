"""Makes the pictures of the training tutorial: the real panel, a real training, its real curve.

    python Testing/screenshots_training.py [--steps N | --runs FOLDER]

The training is on synthetic CT, with the smallest preset; it is stopped after N steps. With --runs
only the picture of a training is made, of the latest in FOLDER, which is only looked at.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import vtk
from PIL import Image
from vtk.util.numpy_support import vtk_to_numpy

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "Testing")]

import slicer  # noqa: E402
from host.session import Host  # noqa: E402

from VoCoLib.images.phantom import make_phantom  # noqa: E402

MODULES = [ROOT / name / f"{name}.py" for name in ("VoCoSegmentation", "VoCoPretrain")]
DOCS = ROOT / "Docs"
PANEL = (480, 720)
PLOT = (760, 720)
VOLUMES = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=150)
    parser.add_argument("--runs", type=Path, help="folder of a training that was started before")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        os.environ["VOCO_HOME"] = str(Path(name) / "VoCo")
        host = Host()
        with host.test():
            panel = open_panel(host)
            if arguments.runs is not None:
                panel.ui.runsFolderEdit.currentPath = str(arguments.runs)
                draw_run(host, panel)
            else:
                draw_check(host, panel, Path(name) / "archive", arguments.steps)
                train(host, panel, arguments.steps)
        from VoCoSegmentationLib.sections.session import closeSession

        closeSession()


def open_panel(host: Host) -> Any:
    host.load(MODULES[0])
    panel = host.open(MODULES[1])
    host.window.resize(*PANEL)
    return panel


def draw_check(host: Host, panel: Any, data: Path, steps: int) -> None:
    """The panel with a check of the data."""
    write_data(data)
    panel.ui.dataFolderEdit.currentPath = str(data)
    panel.ui.stepsSpinBox.value = 2 * steps
    host.click(panel.ui.checkButton)
    host.wait_until(lambda: panel.ui.checkButton.text != "Cancel", 600)
    save(panel_picture(host), "training-check")


def train(host: Host, panel: Any, steps: int) -> None:
    """Starts a training, draws it after some steps and stops it."""
    host.click(panel.ui.startButton)
    host.wait_until(lambda: done(panel) >= steps, 3600)
    draw_run(host, panel)
    host.click(panel.ui.stopButton)
    host.wait_until(lambda: panel.logic.runs()[0].state.name == "stopped", 600)


def draw_run(host: Host, panel: Any) -> None:
    """The panel with the latest training and its curve."""
    ui = panel.ui
    ui.newRunCollapsibleButton.collapsed = True
    host.click(ui.showCurveButton)
    host.click(ui.logCollapsibleButton)
    host.settle()
    chart = slicer.app.applicationLogic().GetSelectionNode().GetActivePlotChartID()
    curve = draw_chart(slicer.mrmlScene.GetNodeByID(chart))
    save(side_by_side(panel_picture(host), curve), "training-running")


def write_data(folder: Path) -> None:
    """Synthetic patients as NRRD files."""
    from VoCoPretrainLib.nrrd import writeNrrd

    folder.mkdir()
    for seed in range(VOLUMES):
        phantom = make_phantom(seed, (4.0, 4.0, 4.0))
        writeNrrd(folder / f"patient {seed + 1}.nrrd", phantom.image, phantom.affine)


def done(panel: Any) -> int:
    run = panel.logic.runs()[0]
    assert run.state.name in ("queued", "preparing data", "running"), run.state
    return run.step


def panel_picture(host: Host) -> Image.Image:
    path = Path(tempfile.mkdtemp()) / "panel.png"
    host.settle()
    host.screenshot(path)
    return Image.open(path).convert("RGB")


def draw_chart(chart: Any) -> Image.Image:
    """A chart node as VTK draws it, with the properties that Slicer's plot view takes over."""
    view, drawn = vtk.vtkContextView(), vtk.vtkChartXY()
    view.GetRenderWindow().SetOffScreenRendering(1)
    view.GetRenderWindow().SetSize(*PLOT)
    view.GetRenderWindow().SetMultiSamples(4)
    view.GetScene().AddItem(drawn)
    drawn.SetTitle(chart.GetTitle())
    drawn.SetShowLegend(chart.GetLegendVisibility())
    drawn.GetLegend().SetDragEnabled(False)
    titles = {vtk.vtkAxis.BOTTOM: chart.GetXAxisTitle(), vtk.vtkAxis.LEFT: chart.GetYAxisTitle()}
    for place, text in titles.items():
        drawn.GetAxis(place).SetTitle(text)
    if not chart.GetYAxisRangeAuto():
        drawn.GetAxis(vtk.vtkAxis.LEFT).SetBehavior(vtk.vtkAxis.FIXED)
        drawn.GetAxis(vtk.vtkAxis.LEFT).SetRange(*chart.GetYAxisRange())
    for index in range(chart.GetNumberOfPlotSeriesNodes()):
        series = chart.GetNthPlotSeriesNode(index)
        plot = drawn.AddPlot(vtk.vtkChart.LINE)
        plot.SetInputData(
            series.GetTableNode().GetTable(), series.GetXColumnName(), series.GetYColumnName()
        )
        plot.SetLabel(series.GetName())
        plot.SetWidth(series.GetLineWidth())
        if series.GetLineStyle() == series.LineStyleDash:
            plot.GetPen().SetLineType(vtk.vtkPen.DASH_LINE)
        if series.GetMarkerStyle() == series.MarkerStyleCircle:
            plot.SetMarkerStyle(vtk.vtkPlotPoints.CIRCLE)
        plot.SetColorF(*series.GetColor())
    view.GetRenderWindow().Render()
    grab = vtk.vtkWindowToImageFilter()
    grab.SetInput(view.GetRenderWindow())
    grab.ReadFrontBufferOff()
    grab.Update()
    width, height, _ = grab.GetOutput().GetDimensions()
    pixels = vtk_to_numpy(grab.GetOutput().GetPointData().GetScalars())
    return Image.fromarray(pixels.reshape(height, width, 3)[::-1].copy())


def side_by_side(left: Image.Image, right: Image.Image) -> Image.Image:
    picture = Image.new("RGB", (left.width + right.width, max(left.height, right.height)), "white")
    picture.paste(left, (0, 0))
    picture.paste(right, (left.width, 0))
    return picture


def save(picture: Image.Image, name: str) -> None:
    """Writes a picture with few colours: the repository stays small."""
    path = DOCS / f"{name}.png"
    picture.convert("P", palette=Image.Palette.ADAPTIVE, colors=255).save(path, optimize=True)
    print(f"{path} ({path.stat().st_size // 1000} kB)", flush=True)


if __name__ == "__main__":
    main()
