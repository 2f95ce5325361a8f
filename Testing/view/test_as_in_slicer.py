"""The page of voco view and the panel in Slicer make the same of a CT, and say the same of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import view_page
from places import ROOT
from view_page import Page

from VoCoLib.images.phantom import DEMO_SEED, make_phantom

view_page.skip_unless_it_can_run()
pytestmark = pytest.mark.long

MODULE = ROOT / "VoCoSegmentation" / "VoCoSegmentation.py"
PHANTOM = make_phantom(DEMO_SEED, (4.0,) * 3)


@pytest.fixture
def ct(tmp_path: Path) -> Path:
    import nibabel as nib

    path = tmp_path / "ct.nii.gz"
    nib.save(nib.Nifti1Image(PHANTOM.image, PHANTOM.affine), path)
    return path


@pytest.fixture
def panel(host: Any, ct: Path) -> Iterator[Any]:
    """The panel in Slicer, with the CT segmented by what it proposes."""
    import slicer

    ui = host.open(MODULE).ui
    slicer.util.loadVolume(str(ct))
    host.wait_until(lambda: ui.estimateLabel.text, 60)
    host.click(ui.applyButton)
    host.wait_until(lambda: ui.applyButton.text == "Apply" and "found" in ui.statusLabel.text, 120)
    yield ui
    from VoCoSegmentationLib.sections.session import closeSession

    closeSession()


def test_page_and_panel_make_and_say_the_same(panel: Any, ct: Path, tmp_path: Path) -> None:
    import slicer_scene

    with view_page.serving(*view_page.voco_view(str(ct), "--runs", str(tmp_path))) as address:
        page = Page(address, tmp_path)
        try:
            page.says("Ready.")
            page.click("#apply")
            page.find("#result")
            model = page.text("#panel .v-select__selection")
            status = page.text("#status")
            rows = [" ".join(row.text.split()) for row in page.all("#result tbody tr")]
            page.click("a[title='Download .seg.nrrd']")
            theirs = slicer_scene.load_segments(page.downloaded("ct.seg.nrrd"))
        finally:
            page.close()
    assert panel.modelComboBox.currentText == model
    assert without_time(panel.statusLabel.text) == without_time(status) and "13 of 13" in status
    node = panel.outputSelector.currentNode()
    ours = slicer_scene.segments_of(node)
    assert len(ours) == 13
    for one, other in zip(ours, theirs, strict=True):
        assert (one.name, one.terminology) == (other.name, other.terminology)
        assert np.allclose(one.color, other.color, atol=1 / 255)
        assert np.array_equal(on_grid(one), on_grid(other)) and on_grid(one).any()
    assert rows == rows_of(node.GetNodeReference("VoCoStatistics").GetTable())


def rows_of(table: Any) -> list[str]:
    """The panel's table as the page has it: name, what to look at, millilitres, HU."""
    rows = []
    for r in range(table.GetNumberOfRows()):
        name, millilitres, hu, _voxels, flags = (table.GetValue(r, c) for c in range(5))
        volume = f"{millilitres.ToDouble():.1f}"
        cells = [name.ToString(), flags.ToString(), volume, f"{hu.ToDouble():.0f}"]
        rows.append(" ".join(cell for cell in cells if cell))
    return rows


def without_time(text: str) -> str:
    return re.sub(r"in \d+(\.\d+)? s", "in some time", " ".join(text.split()))


def on_grid(segment: Any) -> np.ndarray:
    """(x, y, z): a segment on the grid of the CT."""
    whole = np.zeros(PHANTOM.image.shape, bool)
    corner = (np.linalg.inv(PHANTOM.affine) @ segment.affine[:, 3])[:3].round().astype(int)
    ends = corner + segment.mask.shape
    whole[tuple(slice(a, b) for a, b in zip(corner, ends, strict=True))] = segment.mask
    return whole
