"""Makes the pictures of the README and the tutorial: the real panel, worker, networks and views.

    python Testing/screenshots.py [--data FOLDER]

FOLDER has the OpenKBP patients (imagesTr); without it only the pictures of the phantom are made.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "Testing")]

from host.session import Host  # noqa: E402

MODULE = ROOT / "VoCoSegmentation" / "VoCoSegmentation.py"
DOCS = ROOT / "Docs"
PATIENT = "okbp_068.nii.gz"  # of the validation patients


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "openkbp")
    data = parser.parse_args().data
    host = Host()
    with host.test():
        draw_torso(host)
    patient = data / "imagesTr" / PATIENT
    if patient.is_file():
        with host.test():
            draw_patient(host, patient)
    from VoCoSegmentationLib.session import closeSession

    closeSession()


def draw_torso(host: Host) -> None:
    """The tutorial: before Apply, while it runs, and the result."""
    host.show_views()
    host.load(MODULE)
    from VoCoSegmentationLib.sampleData import showDemoVolume

    showDemoVolume()
    panel = open_panel(host, "Demonstration: synthetic torso")
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
    import slicer

    host.show_views()
    volume = slicer.util.loadVolume(str(path))
    volume.SetName("Head and neck CT")
    volume.GetDisplayNode().SetAutoWindowLevel(False)
    volume.GetDisplayNode().SetWindowLevel(400, 40)
    slicer.util.setSliceViewerLayers(background=volume, fit=True)
    panel = open_panel(host, "Head and neck organs at risk")
    host.wait_until(lambda: panel.ui.estimateLabel.text, 60)
    host.click(panel.ui.applyButton)
    finish(host, panel)
    look_at(panel.ui.outputSelector.currentNode(), "Mandible", zoom=1.5)
    save(host, "panel-headneck")


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


def look_at(segmentation_node: Any, name: str, zoom: float) -> None:
    """Moves the slices to the middle of a structure and enlarges them."""
    import slicer

    segment_id = segmentation_node.GetSegmentation().GetSegmentIdBySegmentName(name)
    centre = segmentation_node.GetSegmentCenterRAS(segment_id)
    for node in slicer.util.getNodesByClass("vtkMRMLSliceNode"):
        width, height, depth = node.GetFieldOfView()
        node.SetFieldOfView(width / zoom, height / zoom, depth)
        node.JumpSliceByCentering(*centre)


def save(host: Host, name: str) -> None:
    """Writes a picture with few colours: the repository stays small."""
    path = DOCS / f"{name}.png"
    host.settle()
    host.screenshot(path)
    Image.open(path).convert("P", palette=Image.Palette.ADAPTIVE, colors=255).save(
        path, optimize=True
    )
    print(f"{path} ({path.stat().st_size // 1000} kB)", flush=True)


if __name__ == "__main__":
    main()
