"""`voco inputs`, and `voco segment` on DICOM: the right series, what is left out, and SEG back."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import torch
from command_line import run_here
from conftest import make_recipe
from dicom_files import AFFINE, SHAPE, junk, make_ct, positions, write_series
from places import SHARED, TESTING
from processes.crashing import read_or_crash
from pydicom import dcmread

from VoCoLib.images import inputs
from VoCoLib.networks.checkpoints import save_checkpoint
from VoCoLib.networks.swin_unetr import build_network
from VoCoLib.processes.isolated import Isolated

SAMPLES, AWKWARD = SHARED / "data" / "ct_samples", SHARED / "data" / "awkward"
needs_data = pytest.mark.skipif(not AWKWARD.is_dir(), reason="shared/data is not on this machine")

Voco = Callable[..., tuple[int, str, str]]


@pytest.fixture
def voco() -> Voco:
    return lambda *arguments: run_here([*map(str, arguments)], os.environ)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("weights") / "random.safetensors", 6.0)


def write_model(path: Path, spacing: float) -> Path:
    torch.manual_seed(0)
    recipe = make_recipe(spacing=(spacing,) * 3)
    network = build_network("tiny", recipe.out_channels, "current")
    save_checkpoint(path, network.state_dict(), recipe, {})
    return path


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Soft and bone kernel of one number, and junk."""
    folder = tmp_path / "Müller Zoë"
    write_series(folder / "a", ConvolutionKernel="B70f", SeriesDescription="Knochen")
    write_series(folder / "b", series="1.2.3.44", ct=make_ct() + 3, SeriesDescription="Weichteil")
    junk(folder, series="1.2.3.99")
    return folder


def test_series_are_listed(voco: Voco, study: Path) -> None:
    code, out, _ = voco("inputs", study)
    assert code == 0
    soft, bone = out.index("Weichteil"), out.index("Knochen")
    assert soft < bone
    for said in ("4a  Knochen", "4b  Weichteil", "10 slices of 12 x 14, 0.8 x 0.9 x 2 mm"):
        assert said in out
    for said in ("kernel B70f, axial CT, sharp kernel", "1.2.3.44\n", "PDF document (letter.dcm)"):
        assert said in out


def test_series_are_listed_for_programs(voco: Voco, study: Path) -> None:
    code, out, _ = voco("inputs", study, "--json")
    assert code == 0
    result = json.loads(out)
    assert [row["series"] for row in result["series"]] == ["4b", "4a"]
    first = result["series"][0]
    assert (first["size"], first["spacing"], first["uid"]) == (
        [*SHAPE],
        [0.8, 0.9, 2.0],
        "1.2.3.44",
    )
    assert {"file": "DIRFILE", "kind": "no DICOM file"} in result["left_out"]


def test_nothing_to_list(voco: Voco, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no image")
    code, out, _ = voco("inputs", tmp_path)
    assert (code, "no DICOM series" in out, "notes.txt" in out) == (0, True, True)
    code, _, err = voco("inputs", tmp_path / "nowhere")
    assert code == 3 and "does not exist" in err


@pytest.mark.parametrize(
    "wanted, offset, description", [("", 3, "Weichteil"), ("4a", 0, "Knochen")]
)
def test_segment_writes_dicom_back(
    voco: Voco, model: Path, study: Path, tmp_path: Path, wanted: str, offset: int, description: str
) -> None:
    out = tmp_path / "out"
    code, stdout, err = voco(
        "segment", study, "-m", model, "-o", out / "o.dcm", "--series", wanted, "--json"
    )
    assert code == 0, stdout + err
    assert sorted(path.name for path in out.iterdir()) == ["o.csv", "o.dcm"]
    again = ["segment", study, "-m", model, "-o", out / "o.nii.gz", "--series", wanted]
    assert voco(*again)[0] == 0
    labels = np.asarray(nib.load(out / "o.nii.gz").dataobj)
    np.testing.assert_allclose(nib.load(out / "o.nii.gz").affine, AFFINE, atol=1e-5)
    assert labels.any()
    seg = dcmread(out / "o.dcm")
    assert seg.SegmentSequence[0].SegmentationAlgorithmIdentificationSequence[0].AlgorithmName == (
        "random"
    )
    sources = {"Weichteil": "1.2.3.44", "Knochen": "1.2.3.4"}
    assert seg.ReferencedSeriesSequence[0].SeriesInstanceUID == sources[description]
    found = np.zeros_like(labels)
    for mask, frame in zip(seg.pixel_array, seg.PerFrameFunctionalGroupsSequence, strict=True):
        number = frame.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        k = round((frame.PlanePositionSequence[0].ImagePositionPatient[2] - 30) / 2)
        found[:, :, k][mask.T == 1] = number
    np.testing.assert_array_equal(found, labels)
    assert f"Read series {'4a' if wanted else '4b'} '{description}'" in stdout
    assert "localizer (localizer.dcm)" in stdout


def test_a_uid_names_one_series_of_several_patients(
    voco: Voco, model: Path, tmp_path: Path
) -> None:
    write_series(tmp_path / "in" / "A", PatientID="A")
    write_series(tmp_path / "in" / "B", positions(step=4.0), "1.2.3.5", PatientID="B")
    start = ["segment", tmp_path / "in", "-m", model, "-o", tmp_path / "o.nii"]
    assert voco(*start)[0] == 8  # two inputs, one file
    assert voco(*start, "--series", "1.2.3.5")[0] == 0
    np.testing.assert_allclose(nib.load(tmp_path / "o.nii").affine[2, 2], 4)


def test_what_cannot_be_is_said_before_the_computation(
    voco: Voco, model: Path, study: Path, tmp_path: Path
) -> None:
    nib.save(nib.Nifti1Image(make_ct(), AFFINE), tmp_path / "ct.nii")
    start = ["segment", "-m", model, "-o"]
    code, _, err = voco(*start, tmp_path / "o.dcm", tmp_path / "ct.nii")
    assert code == 8 and "refers to DICOM files" in err
    code, _, err = voco(*start, tmp_path / "o.nii", study, "--series", "liver")
    assert code == 3 and "no series 'liver'" in err and "Weichteil" in err
    for wrong in (["--assume", "RAI"], ["--spacing", "x"], ["--spacing", "0,1"]):
        code, _, err = voco(*start, tmp_path / "o.nii", study, *wrong)
        assert code == 2 and wrong[0] in err
    assert not [*tmp_path.glob("o.*")]


def test_a_folder_of_nothing_is_named(voco: Voco, model: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name, said in (("empty", "holds no image file"), ("nowhere", "does not exist")):
        code, _, err = voco("segment", tmp_path / name, "-m", model, "-o", tmp_path / "out")
        assert code == 3 and name in err and said in err


def test_a_reader_that_crashes_costs_one_input(
    voco: Voco, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DICOM, too, with all that its SEG needs of the slices."""
    monkeypatch.setenv("PYTHONPATH", str(TESTING))
    monkeypatch.setattr(inputs, "_read_elsewhere", Isolated(read_or_crash))
    write_series(tmp_path / "in" / "a")
    shutil.copytree(tmp_path / "in" / "a", tmp_path / "in" / "crash")
    write_series(tmp_path / "in" / "z", series="1.2.3.5")
    words = ("segment", tmp_path / "in" / "a", tmp_path / "in" / "crash", tmp_path / "in" / "z")
    code, _, err = voco(*words, "-m", model, "-o", tmp_path / "out", "--format", "dcm")
    assert code == 3 and "crash cannot be read: the reader crashed" in err
    assert sorted(path.name for path in (tmp_path / "out").glob("*.dcm")) == ["a.dcm", "z.dcm"]
    found = dcmread(tmp_path / "out" / "z.dcm")
    assert found.ReferencedSeriesSequence[0].SeriesInstanceUID == "1.2.3.5"


def test_spacing_is_asked_for_and_taken(voco: Voco, model: Path, tmp_path: Path) -> None:
    ct = write_series(tmp_path / "ct", PixelSpacing=None)
    start = ["segment", ct, "-m", model, "-o", tmp_path / "o.nii"]
    code, _, err = voco(*start)
    assert code == 3 and "--spacing" in err
    assert voco(*start, "--spacing", "1.5")[0] == 0
    spacing = nib.load(tmp_path / "o.nii").header.get_zooms()
    np.testing.assert_allclose(spacing, (1.5, 1.5, 2.0))


def test_assumed_orientation(voco: Voco, model: Path, tmp_path: Path) -> None:
    image = nib.Nifti1Image(make_ct(), None)
    image.header["qform_code"] = image.header["sform_code"] = 0
    nib.save(image, tmp_path / "ct.nii")
    start = ["segment", tmp_path / "ct.nii", "-m", model, "-o", tmp_path / "o.nii"]
    for option, sign in (([], -1), (["--assume", "ras"], 1)):
        code, _, err = voco(*start, *option)
        assert code == 0 and "left and right are not known" in err
        np.testing.assert_allclose(nib.load(tmp_path / "o.nii").affine, np.diag([sign, sign, 1, 1]))


def test_uneven_slices_come_back_as_dicom(voco: Voco, model: Path, tmp_path: Path) -> None:
    heights = [0, 1.5, 3, 4.5, 6, 7.5, 9, 16, 23, 30.0]
    ct = write_series(tmp_path / "ct", positions(heights))
    code, _, err = voco("segment", ct, "-m", model, "-o", tmp_path / "o.dcm")
    assert code == 0 and "1.5 to 7 mm apart" in err
    frames = dcmread(tmp_path / "o.dcm").PerFrameFunctionalGroupsSequence
    places = {float(f.PlanePositionSequence[0].ImagePositionPatient[2]) - 30 for f in frames}
    assert places and places <= {*heights}


@needs_data
def test_real_study_with_junk(voco: Voco, tmp_path: Path) -> None:
    """The sample's series with all that the awkward study has beside one."""
    model = write_model(tmp_path / "coarse.safetensors", 14.0)  # few windows
    study = tmp_path / "study"
    shutil.copytree(AWKWARD / "study_with_junk", study)
    shutil.copytree(AWKWARD / "two_series_one_number", study / "small")
    shutil.copytree(SAMPLES / "example_ct_dicom", study / "full")
    for name in ("axial/0*.dcm", "axial/damaged_overlay.dcm"):
        for file in study.glob(name):
            file.unlink()
    code, out, err = voco("segment", study, "-m", model, "-o", tmp_path / "o.nii", "--json")
    assert code == 0, out + err
    assert nib.load(tmp_path / "o.nii").shape in ((512, 512, 20), (128, 128, 20))
    for said in ("DICOMDIR", "DIRFILE", "localizer", "colour picture", "without pixels", "bone"):
        assert said in out
