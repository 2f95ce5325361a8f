"""DICOM SEG: read back by highdicom, pydicom and SimpleITK, and checked by a validator if there."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import highdicom
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from dicom_files import SHAPE, enhanced, make_ct, positions, save, write_series
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.uid import SegmentationStorage

from VoCoLib.errors import OutputError
from VoCoLib.images.finding import find_volumes
from VoCoLib.images.segmentation_files import write_segmentation
from VoCoLib.images.volumes import Choices, Volume, read_volume
from VoCoLib.recipe import Code, Label

ANATOMY = Code("SCT", "123037004", "Anatomical Structure")
KIDNEY, LIVER = Code("SCT", "64033007", "Kidney"), Code("SCT", "10200004", "Liver")
TABLE = (
    Label(1, "Liver", ANATOMY, LIVER, (221, 130, 101)),
    Label(3, "Left kidney", ANATOMY, KIDNEY, (185, 102, 83), Code("SCT", "7771000", "Left")),
    Label(4, "Spleen", ANATOMY, Code("SCT", "78961009", "Spleen"), (157, 108, 162)),
)


def make_labels(shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Boxes of values 1, 2, which no label has, and 3; the spleen is empty."""
    labels = np.zeros(shape, np.uint8)
    for k in range(1, 6):
        labels[2 : 4 + k, 3:9, k] = 1
    labels[8:10, 3:9, 2:] = 2
    labels[1:4, 10:13, 4:9] = 3
    return labels


def write(path: Path, volume: Volume) -> NDArray[np.uint8]:
    labels = make_labels(volume.array.shape)
    write_segmentation(
        path, labels, volume.affine, TABLE, "ct", slices=volume.source, algorithm="demo"
    )
    return labels


def frames_of(path: Path) -> dict[tuple[int, float], NDArray[np.bool_]]:
    """By segment number and height, (X, Y) masks, as pydicom alone has them."""
    data = dcmread(path)
    pixels = data.pixel_array.astype(bool)
    found = {}
    for mask, item in zip(pixels, data.PerFrameFunctionalGroupsSequence, strict=True):
        number = item.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        place = item.PlanePositionSequence[0].ImagePositionPatient
        found[number, float(place[2])] = mask.T
    return found


def same(path: Path, labels: NDArray[np.uint8], heights: list[float], values: list[int]) -> None:
    """The SEG's voxels are those of labels; a frame without one may be left out."""
    found = frames_of(path)
    for number, value in enumerate(values, start=1):
        for k, height in enumerate(heights):
            mask = found.get((number, height), np.zeros(labels.shape[:2], bool))
            np.testing.assert_array_equal(mask, labels[:, :, k] == value)
    assert {height for _, height in found} <= {*heights}


HEIGHTS = [30.0 + 2 * k for k in range(10)]


def test_voxels_codes_and_references(tmp_path: Path) -> None:
    ct = write_series(tmp_path / "ct")
    out = tmp_path / "new folder" / "out.dcm"
    labels = write(out, read_volume(ct))
    same(out, labels, HEIGHTS, [1, 3, 4])
    data = highdicom.seg.segread(out)
    assert data.SOPClassUID == SegmentationStorage
    assert data.StudyInstanceUID == "1.2.3" and data.FrameOfReferenceUID == "1.2.3.9"
    assert str(data.PatientName) == "Phantom^Müller"
    liver, kidney, _ = data.SegmentSequence
    assert (liver.SegmentLabel, kidney.SegmentLabel) == ("Liver", "Left kidney")
    kind = kidney.SegmentedPropertyTypeCodeSequence[0]
    assert (kind.CodeValue, kind.CodingSchemeDesignator) == ("64033007", "SCT")
    assert kind.SegmentedPropertyTypeModifierCodeSequence[0].CodeValue == "7771000"
    assert kidney.SegmentedPropertyCategoryCodeSequence[0].CodeValue == "123037004"
    identification = liver.SegmentationAlgorithmIdentificationSequence[0]
    assert (liver.SegmentAlgorithmType, identification.AlgorithmName) == ("AUTOMATIC", "demo")
    color = highdicom.color.CIELabColor.from_dicom_value(liver.RecommendedDisplayCIELabValue)
    np.testing.assert_allclose(color.to_rgb(), (221, 130, 101), atol=1)
    instances = {str(dcmread(file).SOPInstanceUID): file for file in ct.iterdir()}
    for frame in data.PerFrameFunctionalGroupsSequence:
        image = frame.DerivationImageSequence[0].SourceImageSequence[0]
        source = dcmread(instances[image.ReferencedSOPInstanceUID])
        place = frame.PlanePositionSequence[0].ImagePositionPatient
        assert place == source.ImagePositionPatient


def test_simple_itk_puts_it_where_the_ct_is(tmp_path: Path) -> None:
    """Of one segment: more of them are no volume for ITK."""
    out = tmp_path / "out.dcm"
    ct = read_volume(write_series(tmp_path / "ct"))
    labels = make_labels(SHAPE)
    write_segmentation(out, labels, ct.affine, TABLE[:1], "ct", slices=ct.source)
    image = sitk.ReadImage(str(out))
    voxels = sitk.GetArrayFromImage(image).transpose(2, 1, 0) != 0
    found = np.zeros(SHAPE, bool)
    for index in np.argwhere(voxels):
        lps = image.TransformIndexToPhysicalPoint(index.tolist())
        at = np.linalg.inv(ct.affine) @ [-lps[0], -lps[1], lps[2], 1]
        found[tuple(np.rint(at[:3]).astype(int))] = True
    np.testing.assert_array_equal(found, labels == 1)


UNEVEN = [0, 1.5, 3, 4.5, 6, 7.5, 9, 16, 23, 30.0]


def test_uneven_slices_get_the_nearest_of_the_grid(tmp_path: Path) -> None:
    out = tmp_path / "out.dcm"
    volume = read_volume(write_series(tmp_path / "ct", positions(UNEVEN)))
    labels = write(out, volume)
    step = volume.affine[2, 2]
    nearest = labels[:, :, [round(z / step) for z in UNEVEN]]
    same(out, nearest, [30 + z for z in UNEVEN], [1, 3, 4])


def test_frames_of_enhanced_ct_are_referred_to(tmp_path: Path) -> None:
    order = [3, 1, 4, 0, 5, 9, 2, 6, 8, 7]
    ct = np.concatenate([make_ct(), make_ct() + 7], axis=2)
    frames = [*order, *range(10, 20)]
    phases = [1] * 10 + [2] * 10
    path = save(enhanced(positions() * 2, frames, ct, phases=phases), tmp_path / "ct" / "e.dcm")
    out = tmp_path / "out.dcm"
    labels = write(out, read_volume(path, Choices("TemporalPositionIndex 1")))
    same(out, labels, HEIGHTS, [1, 3, 4])
    for frame in dcmread(out).PerFrameFunctionalGroupsSequence:
        image = frame.DerivationImageSequence[0].SourceImageSequence[0]
        source = dcmread(path).PerFrameFunctionalGroupsSequence[image.ReferencedFrameNumber - 1]
        one, other = frame.PlanePositionSequence[0], source.PlanePositionSequence[0]
        assert one.ImagePositionPatient == other.ImagePositionPatient
        assert image.ReferencedFrameNumber <= 10


@pytest.mark.parametrize("tilt", [(0.0, 0.5), (0.2, 0.0)])
def test_tilted_and_given_spacing(tmp_path: Path, tilt: tuple[float, float]) -> None:
    places = [(x + tilt[0] * k, y + tilt[1] * k, z) for k, (x, y, z) in enumerate(positions())]
    ct = write_series(tmp_path / "ct", places, PixelSpacing=None, SliceThickness=None)
    out = tmp_path / "out.dcm"
    labels = write(out, read_volume(ct, Choices(spacing=(0.8, 0.9))))
    same(out, labels, HEIGHTS, [1, 3, 4])
    shared = dcmread(out).SharedFunctionalGroupsSequence[0]
    assert list(shared.PixelMeasuresSequence[0].PixelSpacing) == [0.9, 0.8]


def test_no_voxel_of_any_structure(tmp_path: Path) -> None:
    volume = read_volume(write_series(tmp_path / "ct"))
    out = tmp_path / "out.dcm"
    nothing = np.zeros(SHAPE, np.uint8)
    write_segmentation(out, nothing, volume.affine, TABLE, "ct", slices=volume.source)
    assert not any(mask.any() for mask in frames_of(out).values())


@pytest.mark.parametrize("name", ["PatientBirthDate", "StudyID", "AccessionNumber", "PatientName"])
def test_what_a_ct_may_lack(tmp_path: Path, name: str) -> None:
    ct = write_series(tmp_path / "ct", **{name: None})
    labels = write(tmp_path / "out.dcm", read_volume(ct))
    same(tmp_path / "out.dcm", labels, HEIGHTS, [1, 3, 4])


@pytest.mark.parametrize("name", ["StudyInstanceUID", "FrameOfReferenceUID"])
def test_what_cannot_be_referred_to_is_said(tmp_path: Path, name: str) -> None:
    volume = read_volume(write_series(tmp_path / "ct", **{name: None}))
    with pytest.raises(OutputError, match=f"out.dcm.*no {name}") as caught:
        write(tmp_path / "out.dcm", volume)
    assert ".seg.nrrd" in caught.value.hint
    assert [path.name for path in tmp_path.iterdir()] == ["ct"]


def test_only_dicom_can_be_referred_to(tmp_path: Path) -> None:
    volume = Volume(make_ct(), np.eye(4), "ct.nii.gz")
    with pytest.raises(OutputError, match="refers to DICOM files"):
        write(tmp_path / "out.dcm", volume)


def test_a_result_beside_the_ct_is_no_input(tmp_path: Path) -> None:
    ct = write_series(tmp_path / "ct")
    write(ct / "out.dcm", read_volume(ct))
    assert find_volumes(ct).volumes == [ct]
    (warning,) = read_volume(ct).warnings
    assert "segmentation (out.dcm)" in warning


@pytest.mark.skipif(not shutil.which("dciodvfy"), reason="dciodvfy (dicom3tools) is not installed")
@pytest.mark.parametrize("kind", ["series", "enhanced", "uneven"])
def test_the_validator_finds_no_error(tmp_path: Path, kind: str) -> None:
    if kind == "enhanced":
        save(enhanced(), tmp_path / "ct" / "e.dcm")
    else:
        write_series(tmp_path / "ct", positions(UNEVEN if kind == "uneven" else 10))
    write(tmp_path / "out.dcm", read_volume(tmp_path / "ct"))
    check = subprocess.run(["dciodvfy", tmp_path / "out.dcm"], capture_output=True, text=True)
    errors = [line for line in check.stderr.splitlines() if line.startswith("Error")]
    assert errors == []
