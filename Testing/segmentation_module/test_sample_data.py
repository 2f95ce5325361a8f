"""The synthetic CT among Slicer's sample data, where scripts ask for it by name."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import slicer
import vtk
from host.sample_data import stand_in
from host.slicer_source import VARIABLE, available

ROOT = Path(__file__).resolve().parents[2]
MODULE = ROOT / "VoCoSegmentation" / "VoCoSegmentation.py"
ICONS = MODULE.parent / "Resources" / "Icons"


@pytest.fixture
def sample_data(host: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Slicer's module SampleData, or where its sources are missing what matters of it."""
    if available():
        path = Path(os.environ[VARIABLE]) / "Modules/Scripted/SampleData/SampleData.py"
        spec = importlib.util.spec_from_file_location("SampleData", path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, "SampleData", module)
        spec.loader.exec_module(module)
    else:
        module = stand_in()
        monkeypatch.setitem(sys.modules, "SampleData", module)
    return module


def test_a_script_gets_the_synthetic_ct_by_its_name(host: Any, sample_data: Any) -> None:
    host.load(MODULE)
    from VoCoSegmentationLib.scene.sampleData import NAME, makeDemoVolume, registerSampleData

    for _ in range(2):  # a module that is reloaded registers again
        registerSampleData(ICONS)
    logic = sample_data.SampleDataLogic()
    (source,) = sample_data.SampleDataLogic.sampleDataSourcesByCategory()["VoCo"]
    assert Path(source.thumbnailFileName).is_file()
    folder = Path(slicer.app.temporaryPath)
    assert not list(folder.rglob("*.nrrd"))  # a start of Slicer computes nothing
    node = logic.downloadSample(NAME)
    made = makeDemoVolume(slicer.mrmlScene)
    assert node.GetName() == NAME
    expected = slicer.util.arrayFromVolume(made)
    np.testing.assert_array_equal(slicer.util.arrayFromVolume(node), expected)
    places = [slicer.util.arrayFromVTKMatrix(matrix(one)) for one in (node, made)]
    np.testing.assert_allclose(*places, atol=1e-5)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*.nrrd")}
    assert logic.downloadSample(NAME) is not node
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*.nrrd")} == before


def matrix(node: Any) -> vtk.vtkMatrix4x4:
    """From IJK to RAS."""
    found = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(found)
    return found
