"""Makes the pictures of the README and the tutorial: the real panel, worker, networks and views.

    python Testing/screenshots.py [--data FOLDER]

FOLDER has the OpenKBP patients (imagesTr, labelsTr); without it only the pictures of the phantom
are made. No picture shows the face of a patient: it is cut off before the CT is loaded.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "Testing")]

from host.session import Host  # noqa: E402
from PySide6 import QtCore, QtTest  # noqa: E402 - after the host, which sets its enums to ints

MODULE = ROOT / "VoCoSegmentation" / "VoCoSegmentation.py"
DOCS = ROOT / "Docs"
PATIENT, OTHER_PATIENT = "okbp_068.nii.gz", "okbp_007.nii.gz"  # of the validation patients
TORSO = "Demonstration: synthetic torso"
LIVER, NECK = (55, 0, 10), (20, 5, -45)  # mm; from the middle of the CT
MANDIBLE = 7  # in the label maps of OpenKBP
NO_DATA = -1024  # HU of what OpenKBP does not show


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "openkbp")
    data = parser.parse_args().data
    host = Host()
    with host.test():
        draw_torso(host)
    with host.test():
        draw_position(host)
    if data.is_dir():
        with tempfile.TemporaryDirectory() as name:
            patient, other = (deface(data, n, Path(name)) for n in (PATIENT, OTHER_PATIENT))
            with host.test():
                draw_patient(host, patient)
            with host.test():
                draw_match(host, patient, other)
    from VoCoSegmentationLib.sections.session import closeSession

    closeSession()


def draw_torso(host: Host) -> None:
    """The tutorial: before Apply, while it runs, and the result."""
    host.show_views()
    host.load(MODULE)
    from VoCoSegmentationLib.scene.sampleData import showDemoVolume

    showDemoVolume()
    panel = open_panel(host, TORSO)
    host.wait_until(lambda: panel.ui.estimateLabel.text, 60)
    save(host, "tutorial-ready")
    host.click(panel.ui.applyButton)
    bar = panel.ui.progressBar
    host.wait_until(lambda: 300 < bar.value < 1000, 60)
    save(host, "tutorial-running")
    finish(host, panel)
    save(host, "panel-torso")


def draw_patient(host: Host, path: Path) -> None:
    """A real patient with seven organs at risk."""
    host.show_views()
    show(load_patient(path, "Head and neck, defaced"))
    panel = open_panel(host, "Head and neck organs at risk (head, neck)")
    host.wait_until(lambda: panel.ui.estimateLabel.text, 60)
    host.click(panel.ui.applyButton)
    finish(host, panel)
    gland = "Right parotid gland"
    look_at(panel.ui.outputSelector.currentNode(), ("Spinal cord", gland, gland), zoom=1.4)
    save(host, "panel-headneck")


def draw_position(host: Host) -> None:
    """The position view of the torso: a click and its answer, in 3D, then the confidence's map."""
    host.show_views()
    host.load(MODULE)
    from VoCoSegmentationLib.scene.sampleData import showDemoVolume

    showDemoVolume()
    ui = open_position(host, TORSO)
    place_point(host, ui, LIVER)
    host.app.layoutManager().resetThreeDViews()
    save(host, "position-torso")
    host.click(ui.positionThreeDButton)
    look_from_aside(host)
    save(host, "position-3d")
    host.click(ui.positionThreeDButton)
    host.app.layoutManager().resetThreeDViews()
    host.click(ui.positionMapButton)
    host.wait_until(lambda: ui.positionMapLabel.text, 1800)
    ui.positionOpacitySlider.value = 0.6
    save(host, "position-map")


def draw_match(host: Host, path: Path, other: Path) -> None:
    """A place of one patient, and where it is in another one, side by side."""
    host.show_views()
    volume = load_patient(path, "Head and neck, defaced")
    load_patient(other, "Other patient, defaced")
    show(volume)
    ui = open_position(host, "Head and neck organs at risk (head, neck)")
    bounds = [0.0] * 6
    volume.GetRASBounds(bounds)
    middles = [(bounds[2 * axis] + bounds[2 * axis + 1]) / 2 for axis in range(3)]
    place = tuple(a + b for a, b in zip(middles, NECK, strict=True))
    place_point(host, ui, place)
    host.app.layoutManager().resetThreeDViews()
    save(host, "position-headneck")
    host.choose(ui.positionReferenceSelector, "Other patient, defaced")
    host.click(ui.sideBySideButton)
    host.wait_until(lambda: ui.positionMapLabel.text, 1800)
    red = host.app.layoutManager().sliceWidget("Red")
    red.mrmlSliceNode().JumpSliceByOffsetting(*place)
    hover(red, place)
    host.wait_until(lambda: "Compared" in ui.positionStatusLabel.text, 300)
    save(host, "position-match")


def deface(data: Path, name: str, folder: Path) -> Path:
    """Writes a patient's CT without the face: nothing in front of the mandible, or above the chin
    in front of a plane from the chin to where the mandible ends, near the ears.
    """
    image = nibabel.load(data / "imagesTr" / name)
    mandible = np.asarray(nibabel.load(data / "labelsTr" / name).dataobj) == MANDIBLE
    values = np.asarray(image.dataobj).copy()
    _, anterior, superior = np.nonzero(mandible)  # OpenKBP's axes grow to R, A and S
    chin, joint = superior.min(), superior.max()
    front = anterior[superior < chin + 3].max()
    back = anterior.min() + 10 / image.header.get_zooms()[1]
    plane = np.interp(np.arange(values.shape[2]), (chin, joint), (front, back))
    places = np.arange(values.shape[1])[:, np.newaxis]
    bone = np.where(mandible, places, 0).max(1, keepdims=True)
    face = places > np.maximum(bone, plane)
    face[:, :, :chin] = False
    values[face] = NO_DATA
    path = folder / name
    nibabel.save(nibabel.Nifti1Image(values, image.affine, image.header), path)
    return path


def load_patient(path: Path, name: str) -> Any:
    """A CT with the window of soft tissue."""
    import slicer

    volume = slicer.util.loadVolume(str(path))
    volume.SetName(name)
    volume.GetDisplayNode().SetAutoWindowLevel(False)
    volume.GetDisplayNode().SetWindowLevel(400, 40)
    return volume


def show(volume: Any) -> None:
    """Shows a volume in the slices."""
    import slicer

    slicer.util.setSliceViewerLayers(background=volume, fit=True)


def open_position(host: Host, model: str) -> Any:
    """The position view of a model, with what else is in the panel closed; returns the widgets."""
    ui = open_panel(host, model).ui
    for section in (ui.inputsCollapsibleButton, ui.outputsCollapsibleButton):
        section.collapsed = True
    host.click(ui.positionCollapsibleButton)
    host.wait_until(lambda: ui.placePointButton.enabled, 30)  # the CT has been looked at
    return ui


def place_point(host: Host, ui: Any, ras: tuple[float, ...]) -> None:
    """Clicks a point into the axial slice and waits for the answer."""
    host.click(ui.placePointButton)
    host.app.layoutManager().sliceWidget("Red").click_at(ras)
    host.wait_until(lambda: ui.positionAnswerLabel.text and ui.positionPlotButton.enabled, 300)
    host.app.layoutManager().resetSliceViews()
    for name in ("Red", "Green", "Yellow"):
        host.app.layoutManager().sliceWidget(name).mrmlSliceNode().JumpSliceByOffsetting(*ras)


def hover(widget: Any, ras: tuple[float, ...]) -> None:
    """Moves the mouse over a slice, to a place in RAS mm."""
    x, y = widget.view.position(ras)
    QtTest.QTest.mouseMove(widget, QtCore.QPoint(x, widget.height - 1 - y))


def look_from_aside(host: Host) -> None:
    """Turns the 3D view a little, so that cells do not hide each other."""
    host.app.layoutManager().resetThreeDViews()
    view = host.app.layoutManager().threeDWidget(0).view
    camera = view.renderer.GetActiveCamera()
    camera.Azimuth(35)
    camera.Elevation(40)
    view.renderer.ResetCameraClippingRange()


def open_panel(host: Host, model: str) -> Any:
    panel = host.open(MODULE)
    host.choose(panel.ui.modelComboBox, model)
    return panel


def finish(host: Host, panel: Any) -> None:
    """Waits for the result and shows it in 3D."""
    host.wait_until(lambda: panel.ui.applyButton.text == "Apply", 120)
    host.click(panel.ui.show3DButton)
    host.settle()
    host.app.layoutManager().threeDWidget(0).threeDView().resetFocalPoint()


def look_at(segmentation_node: Any, names: tuple[str, str, str], zoom: float) -> None:
    """Moves the slices to the R, A and S of the middles of three structures, and enlarges them."""
    import slicer

    segmentation = segmentation_node.GetSegmentation()
    ids = [segmentation.GetSegmentIdBySegmentName(name) for name in names]
    place = [segmentation_node.GetSegmentCenterRAS(ids[axis])[axis] for axis in range(3)]
    for node in slicer.util.getNodesByClass("vtkMRMLSliceNode"):
        width, height, depth = node.GetFieldOfView()
        node.SetFieldOfView(width / zoom, height / zoom, depth)
        node.JumpSliceByCentering(*place)


def save(host: Host, name: str) -> None:
    """Writes a picture with few colours: the repository stays small."""
    path = DOCS / f"{name}.png"
    host.settle()
    host.screenshot(path)
    # this method keeps the small patches of colour that a legend is made of
    Image.open(path).convert("RGB").quantize(255, Image.Quantize.FASTOCTREE).save(
        path, optimize=True
    )
    print(f"{path} ({path.stat().st_size // 1000} kB)", flush=True)


if __name__ == "__main__":
    main()
