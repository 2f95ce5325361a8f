"""DICOM as hospitals send it: the right series, its voxels and places, or the reason why not."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import gdcm
import numpy as np
import pytest
from dicom_files import (
    AFFINE,
    SHAPE,
    change,
    compress,
    ct_slice,
    enhanced,
    junk,
    make_ct,
    positions,
    save,
    set_pixels,
    write_series,
)
from numpy.typing import NDArray
from places import SHARED
from pydicom import dcmread, dcmwrite
from pydicom.data import get_testdata_file
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEGLSLossless,
    RLELossless,
)

from VoCoLib.dicom.decoding import read_stored
from VoCoLib.dicom.files import DicomFile, read_header
from VoCoLib.dicom.frames import Frame
from VoCoLib.dicom.series import find_series
from VoCoLib.errors import InputError
from VoCoLib.images.finding import find_volumes
from VoCoLib.images.volumes import Choices, Volume, read_volume

DATA = SHARED / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="shared/data is not on this machine")


def right(path: Path, choices: Choices | None = None, ct: NDArray | None = None) -> Volume:
    """The volume, which has the CT's voxels at its places."""
    volume = read_volume(path, choices or Choices())
    np.testing.assert_array_equal(volume.array, make_ct() if ct is None else ct)
    np.testing.assert_allclose(volume.affine, AFFINE, atol=1e-6)
    return volume


def refused(path: Path, *words: str, choices: Choices | None = None) -> None:
    """The folder is refused with a message that names it, the words, and a next step."""
    with pytest.raises(InputError) as caught:
        read_volume(path, choices or Choices())
    assert caught.value.hint
    for word in (path.name, *words):
        assert word in caught.value.message


# Enhanced CT --------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [None, range(9, -1, -1), [3, 1, 4, 0, 5, 9, 2, 6, 8, 7]])
@pytest.mark.parametrize("syntax", [None, gdcm.TransferSyntax.JPEG2000Lossless])
def test_frames_of_enhanced_ct_come_in_any_order(tmp_path: Path, order, syntax) -> None:
    path = save(enhanced(order=order), tmp_path / "a" / "e.dcm")
    if syntax is not None:
        compress(path, syntax)
    for source in (path.parent, path):
        assert right(source).warnings == ()


def test_each_frame_has_its_own_rescale(tmp_path: Path) -> None:
    intercepts = [-1024.0 - 3 * k for k in range(10)]
    save(enhanced(intercepts=intercepts, order=range(9, -1, -1)), tmp_path / "e.dcm")
    right(tmp_path)


def test_phases_of_enhanced_ct_are_choices(tmp_path: Path) -> None:
    ct = np.concatenate([make_ct(), make_ct() + 7], axis=2)
    phases = [1] * 10 + [2] * 10
    order = [k for pair in zip(range(10), range(10, 20), strict=True) for k in pair]
    save(enhanced(positions() * 2, order, ct, phases=phases), tmp_path / "e.dcm")
    one, two = find_series(tmp_path).series
    assert {one.phase, two.phase} == {"TemporalPositionIndex 1", "TemporalPositionIndex 2"}
    assert {one.choice, two.choice} == {"4a", "4b"}
    right(tmp_path, Choices("TemporalPositionIndex 1"))
    right(tmp_path, Choices("TemporalPositionIndex 2"), ct[:, :, 10:])


def test_legacy_converted_ct_has_its_own_attributes_in_unassigned_groups(tmp_path: Path) -> None:
    data = enhanced()
    for k, frame in enumerate(data.PerFrameFunctionalGroupsSequence):
        item = change(ct_slice(make_ct()[:, :, k], (0, 0, 0)), PixelData=None)
        kept = type(item)()
        kept.RescaleSlope, kept.RescaleIntercept = 1, -1024
        frame.UnassignedPerFrameConvertedAttributesSequence = [kept]
    del data.SharedFunctionalGroupsSequence[0].PixelValueTransformationSequence
    data.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2.2"
    save(data, tmp_path / "e.dcm")
    assert right(tmp_path).warnings == ()


# what lies beside ---------------------------------------------------------------------------------


def test_what_is_no_slice_is_left_out_and_listed(tmp_path: Path) -> None:
    kinds = junk(write_series(tmp_path / "study"))
    volume = right(tmp_path / "study")
    (said,) = [warning for warning in volume.warnings if "left out" in warning]
    for name, kind in kinds.items():
        assert name in said or "more" in said
        assert kind in said


def test_junk_alone_is_said_to_be_what_it_is(tmp_path: Path) -> None:
    junk(tmp_path)
    refused(tmp_path, "no DICOM series", "localizer", "PDF document", "dose report")


def test_a_slice_that_cannot_be_decoded_is_named_and_made_up(tmp_path: Path) -> None:
    write_series(tmp_path)
    for file in tmp_path.iterdir():
        compress(file, gdcm.TransferSyntax.JPEG2000Lossless)
    victim = tmp_path / "1.2.3.4_005.dcm"  # slice 5
    content = bytearray(victim.read_bytes())
    start = content.rindex(b"\xff\x4f\xff\x51")
    content[start : start + 60] = bytes(60)
    victim.write_bytes(content)
    volume = read_volume(tmp_path)
    assert any("1.2.3.4_005.dcm" in w and "cannot be decoded" in w for w in volume.warnings)
    kept = [k for k in range(10) if k != 5]
    np.testing.assert_array_equal(volume.array[..., kept], make_ct()[..., kept])
    between = make_ct()[..., [4, 6]].mean(axis=-1)
    np.testing.assert_allclose(volume.array[..., 5], between, atol=0.51)


def test_a_damaged_overlay_harms_nothing(tmp_path: Path) -> None:
    write_series(tmp_path)
    victim = tmp_path / "1.2.3.4_005.dcm"
    data = dcmread(victim)
    data.add_new((0x6000, 0x0010), "US", 4000)
    data.add_new((0x6000, 0x0011), "US", 4000)
    data.add_new((0x6000, 0x0100), "US", 1)
    data.add_new((0x6000, 0x3000), "OW", b"\0\0")
    data.save_as(victim)
    assert right(tmp_path).warnings == ()


def test_copies_are_left_out(tmp_path: Path) -> None:
    write_series(tmp_path)
    for file in list(tmp_path.iterdir())[:4]:
        (tmp_path / "copies").mkdir(exist_ok=True)
        (tmp_path / "copies" / file.name).write_bytes(file.read_bytes())
    assert any("copy of another file" in warning for warning in right(tmp_path).warnings)


@pytest.mark.parametrize(
    "tag", [(0x0008, 0x0018), (0x0020, 0x0011), (0x0020, 0x0013), (0x0018, 0x1210)]
)
def test_a_damaged_element_does_not_matter_where_it_says_nothing(
    tmp_path: Path, tag: tuple
) -> None:
    """A value representation that there is none of, in every slice."""
    write_series(tmp_path)
    start = struct.pack("<2H", *tag)
    for file in tmp_path.iterdir():
        content = file.read_bytes()
        at = content.index(start, 132) + 4
        file.write_bytes(content[:at] + b"U\x9e" + content[at + 2 :])
    right(tmp_path)
    assert str(find_series(tmp_path).series[0])


@pytest.mark.parametrize("name", ["BitsStored", "PixelRepresentation", "PixelPaddingValue"])
def test_two_values_where_one_belongs(tmp_path: Path, name: str) -> None:
    """It is read as if there were none, or refused."""
    write_series(tmp_path, **{name: [16, 0]})
    try:
        right(tmp_path)
    except InputError as error:
        assert tmp_path.name in error.message and error.hint


# positions ----------------------------------------------------------------------------------------


def ramp(heights: list[float]) -> NDArray:
    """A CT whose values grow by 10 HU a mm, so that interpolation gives them anywhere."""
    ct = np.tile(make_ct()[:, :, :1], len(heights)).astype(np.float64)
    return (np.maximum(ct, -900) + 10 * np.array(heights)).astype(np.int16)


HEIGHTS = {
    "thin, then thick": [0, 1.5, 3, 4.5, 6, 7.5, 9, 16, 23, 30],
    "thick, then thin": [0, 7, 14, 21, 22, 23, 24, 25, 26, 27],
    "every distance another": [0, 2, 4.5, 7.5, 11, 15, 19.5, 24.5, 30, 36],
    "one missing": [0, 2, 4, 6, 10, 12, 14, 16, 18, 20],
    "three missing at two places": [0, 2, 8, 10, 12, 14, 18, 20, 22, 24],
    "of 5 mm, two missing": [0, 5, 10, 15, 20, 25, 40, 45, 50, 55],
}


@pytest.mark.parametrize("kind", HEIGHTS)
def test_slices_are_resampled_along_their_real_positions(tmp_path: Path, kind: str) -> None:
    heights = HEIGHTS[kind]
    write_series(tmp_path, positions(heights), ct=ramp(heights))
    volume = read_volume(tmp_path)
    (warning,) = volume.warnings
    gaps = np.diff(heights)
    assert f"{gaps.min():.3g} to {gaps.max():.3g} mm apart" in warning
    assert ("missing" in warning) == ("missing" in kind)
    place = 30 + heights[0]
    where = volume.affine @ [0, 0, 0, 1], volume.affine @ [0, 0, volume.array.shape[2] - 1, 1]
    np.testing.assert_allclose(where, [[-10, -20, place, 1], [-10, -20, 30 + heights[-1], 1]])
    grid = np.arange(volume.array.shape[2]) * np.linalg.norm(volume.affine[:3, 2])
    expected = ramp([0])[..., :1] + 10 * grid
    assert np.abs(volume.array - expected).max() <= 0.51


def test_missing_slices_are_named(tmp_path: Path) -> None:
    write_series(tmp_path, positions(HEIGHTS["one missing"]), ct=ramp(HEIGHTS["one missing"]))
    (warning,) = read_volume(tmp_path).warnings
    assert "between 36.0 and 40.0 mm (slices 4 and 5, 4 mm apart)" in warning


@pytest.mark.parametrize("heights", [[0, 2, 4, 6, 18, 20, 22, 24, 26, 28], [0, 5, 10, 15, 36, 41]])
def test_too_much_missing_is_refused(tmp_path: Path, heights: list[float]) -> None:
    write_series(tmp_path, positions(heights))
    k = int(np.argmax(np.diff(heights)))
    refused(tmp_path, f"slices {k + 1} and {k + 2}", f"{np.diff(heights).max():.3g} mm apart")


def test_thick_slices_are_not_missing(tmp_path: Path) -> None:
    write_series(tmp_path, positions(4, step=25.0))
    assert read_volume(tmp_path).warnings == ()


def test_tilted_gantry_keeps_the_positions(tmp_path: Path) -> None:
    tilted = [(x, y + 0.5 * k, z) for k, (x, y, z) in enumerate(positions())]
    volume = read_volume(write_series(tmp_path, tilted))
    assert "14.0 degrees" in volume.warnings[0]
    np.testing.assert_allclose(volume.affine @ [0, 0, 9, 1], [-10, -24.5, 48, 1], atol=1e-6)
    np.testing.assert_array_equal(volume.array, make_ct())


def test_shifted_slices_are_refused(tmp_path: Path) -> None:
    shifted = [(x + 9 * (k == 4), y, z) for k, (x, y, z) in enumerate(positions())]
    refused(write_series(tmp_path, shifted), "slice 5 is shifted")


@pytest.mark.parametrize(
    "axes", [[0, 1, 0, 0, 0, -1], [1, 0, 0, 0, 0, -1], [1, 0, 0, 0, -1, 0], [0.8, 0.6, 0, 0, 0, -1]]
)
def test_every_orientation(tmp_path: Path, axes: list[float]) -> None:
    row, column = np.array(axes[:3]), np.array(axes[3:])
    normal = np.cross(row, column)
    places = [tuple(np.array([10.0, 20, 30]) + 2 * k * normal) for k in range(10)]
    write_series(tmp_path, places, ImageOrientationPatient=axes)  # type: ignore[arg-type]
    volume = read_volume(tmp_path)
    np.testing.assert_array_equal(volume.array, make_ct())
    lps = volume.affine @ [3, 4, 5, 1] * [-1, -1, 1, 1]
    np.testing.assert_allclose(lps[:3], [10, 20, 30] + 2.4 * row + 3.6 * column + 10 * normal)


# several series -----------------------------------------------------------------------------------


def several(folder: Path) -> Path:
    """A study: soft and bone kernel, thick, coronal, a computed MIP, and a single slice."""
    write_series(folder / "1", series="1.2.3.5", ConvolutionKernel="B70f", SeriesNumber=2)
    write_series(folder / "2", series="1.2.3.4", SeriesNumber=2, SeriesDescription="Weichteil")
    thick = {"series": "1.2.3.6", "SeriesDescription": "Abdomen 5.0"}
    write_series(folder / "3", positions(step=5.0), **thick)
    coronal = [(10.0, 20 + 2 * k, 30.0) for k in range(10)]
    write_series(folder / "4", coronal, "1.2.3.7", ImageOrientationPatient=[1, 0, 0, 0, 0, -1])
    mip = {"ImageType": ["DERIVED", "SECONDARY", "AXIAL", "MIP"]}
    write_series(folder / "5", series="1.2.3.8", **mip)
    write_series(folder / "6", positions(1), "1.2.3.9")
    return folder


def test_the_best_for_organs_is_read_and_the_others_named(tmp_path: Path) -> None:
    several(tmp_path)
    assert find_volumes(tmp_path).volumes == [tmp_path]
    volume = right(tmp_path)
    assert "'Weichteil' (10 slices, axial CT, soft kernel)" in volume.warnings[0]
    for said in ("Abdomen 5.0", "coronal CT", "sharp kernel", "computed", "single slice"):
        assert said in volume.warnings[0]


@pytest.mark.parametrize(
    "wanted, row",
    [("6", 5.0), ("1.2.3.6", 5.0), ("abdomen", 5.0), ("weichteil", 2.0), ("2a", 2.0)],
)
def test_series_are_chosen(tmp_path: Path, wanted: str, row: float) -> None:
    volume = read_volume(several(tmp_path), Choices(wanted))
    np.testing.assert_array_equal(volume.array, make_ct())
    assert volume.affine[2, 2] == pytest.approx(row)


def test_choices_that_name_none_or_several(tmp_path: Path) -> None:
    several(tmp_path)
    refused(tmp_path, "no series 'liver'", "Abdomen 5.0", choices=Choices("liver"))
    refused(tmp_path, "2 series", "2a", "2b", "soft", choices=Choices("2"))
    refused(tmp_path, "single slice", choices=Choices("9"))


@pytest.mark.parametrize(
    "tag, values",
    [
        ("ConvolutionKernel", ["B70f", "B30f"]),
        ("AcquisitionNumber", [1, 2]),
        ("ContrastBolusAgent", ["none", "Iohexol"]),
        ("ImageType", [["DERIVED", "SECONDARY", "MIP"], ["ORIGINAL", "PRIMARY", "AXIAL"]]),
        ("AcquisitionTime", ["120000", "120130.5"]),
    ],
)
def test_phases_in_one_series_are_told_apart(tmp_path: Path, tag: str, values: list) -> None:
    for k, value in enumerate(values):
        write_series(tmp_path / str(k), ct=make_ct() + 5 - 5 * k, **{tag: value})
    one, two = find_series(tmp_path).series
    assert (len(one.frames), len(two.frames), one.uid) == (10, 10, two.uid)
    assert tag in one.phase
    if tag in ("ConvolutionKernel", "ImageType"):
        assert "4a" in right(tmp_path).warnings[0] and tag in read_volume(tmp_path).warnings[0]


def test_what_only_its_order_tells_apart_is_a_choice(tmp_path: Path) -> None:
    write_series(tmp_path / "a", InstanceNumber=1)
    write_series(tmp_path / "b", ct=make_ct() + 5, InstanceNumber=2)
    refused(tmp_path, "same position", "4a", "4b")
    right(tmp_path, Choices("4a"))
    right(tmp_path, Choices("4b"), make_ct() + 5)


def test_a_doubled_slice_does_not_hide_the_series(tmp_path: Path) -> None:
    write_series(tmp_path)
    save(ct_slice(make_ct()[:, :, 3] + 9, positions()[3], InstanceNumber=99), tmp_path / "x.dcm")
    right(tmp_path)


def test_stacks_that_meet_in_one_slice_are_one_volume(tmp_path: Path) -> None:
    """As emergency heads: thin below, thick above, and the slice where they meet is there twice."""
    heights = [*np.arange(0, 31, 1.5), *np.arange(30, 100, 7.0)]
    ct = ramp(heights)
    for k, place in enumerate(positions(heights)):
        thickness = 1.5 if k < 21 else 7
        data = ct_slice(ct[:, :, k], place, InstanceNumber=k + 1, SliceThickness=thickness)
        save(data, tmp_path / f"{k}.dcm")
    volume = read_volume(tmp_path)
    assert any("1.5 to 7 mm apart" in warning for warning in volume.warnings)
    last = volume.affine @ [0, 0, volume.array.shape[2] - 1, 1]
    np.testing.assert_allclose(last[2], 30 + heights[-1])


def test_one_number_and_no_uid(tmp_path: Path) -> None:
    write_series(tmp_path, SeriesInstanceUID=None)
    write_series(tmp_path, series="1.2.3.5", SeriesInstanceUID=None, ct=make_ct() + 5)
    right(tmp_path, Choices("4"))
    right(tmp_path, Choices("5"), make_ct() + 5)


def test_folders_of_several_patients_are_several_inputs(tmp_path: Path) -> None:
    for name in ("A", "B"):
        write_series(tmp_path / name / "soft", PatientID=name)
        write_series(tmp_path / name / "bone", series="1.2.3.5", PatientID=name)
    assert find_volumes(tmp_path).volumes == [tmp_path / "A", tmp_path / "B"]


def test_zipped_dicom(tmp_path: Path) -> None:
    write_series(tmp_path / "in")
    with zipfile.ZipFile(tmp_path / "study.zip", "w") as archive:
        for file in (tmp_path / "in").iterdir():
            archive.write(file, f"Müller/{file.name}")
        archive.writestr("Müller/readme.txt", "Hello")
    assert "readme.txt" in right(tmp_path / "study.zip").warnings[0]


@pytest.mark.parametrize("damage", ["encrypted", "deflate", "sum"])
def test_a_damaged_member_of_an_archive_is_left_out(tmp_path: Path, damage: str) -> None:
    write_series(tmp_path / "in")
    path, content = tmp_path / "study.zip", bytes(range(100))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in (tmp_path / "in").iterdir():
            archive.write(file, file.name)
        archive.writestr("other.dcm", content)
        header, central = archive.getinfo("other.dcm").header_offset, archive.start_dir
    packed = bytearray(path.read_bytes())
    listed = packed.index(b"other.dcm", central) - 46
    if damage == "encrypted":
        packed[header + 6] |= 1
        packed[listed + 8] |= 1
    elif damage == "sum":
        packed[header + 14] ^= 255
        packed[listed + 16] ^= 255
    else:
        packed[header + 30 + len("other.dcm")] = 7  # a block of no kind
    path.write_bytes(packed)
    assert "other.dcm" in " ".join(right(path).warnings)


# sizes of pixels ----------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [None, "", [0, 0]])
def test_no_pixel_spacing(tmp_path: Path, value) -> None:
    write_series(tmp_path, PixelSpacing=value, ImagerPixelSpacing=[0.5, 0.5])
    refused(tmp_path, "no usable Pixel Spacing")
    right(tmp_path, Choices(spacing=(0.8, 0.9)))
    right(tmp_path, Choices(spacing=(0.8, 0.9, 2.0)))
    with pytest.raises(InputError, match="2 mm apart, not 3 mm"):
        read_volume(tmp_path, Choices(spacing=(0.8, 0.9, 3.0)))


def test_a_given_spacing_is_not_taken_for_the_files_own(tmp_path: Path) -> None:
    volume = right(write_series(tmp_path), Choices(spacing=(0.5, 0.5)))
    assert "was not used" in volume.warnings[0]


# how values are stored ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", ["implicit", "big endian", "deflated", "no preamble", "no modality"]
)
def test_transfer_syntaxes(tmp_path: Path, kind: str) -> None:
    for k, place in enumerate(positions()):
        data, path = ct_slice(make_ct()[:, :, k], place), tmp_path / f"{k}"
        if kind == "big endian":
            data.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
            data.PixelData = np.frombuffer(data.PixelData, "<u2").astype(">u2").tobytes()
            data["PixelData"].VR = "OW"
        elif kind != "no modality":
            syntax = (
                DeflatedExplicitVRLittleEndian if kind == "deflated" else ImplicitVRLittleEndian
            )
            data.file_meta.TransferSyntaxUID = syntax
        if kind == "no modality":
            del data.Modality
        if kind == "no preamble":
            data.SOPInstanceUID = f"1.2.{k + 1}"
            del data.file_meta
            dcmwrite(path, data, implicit_vr=True, little_endian=True, force_encoding=True)
        else:
            save(data, path)
    volume = right(tmp_path)
    assert len(volume.warnings) == (kind == "no modality")


def test_another_modality_is_said(tmp_path: Path) -> None:
    for k, place in enumerate(positions()):
        save(ct_slice(make_ct()[:, :, k], place, Modality="MR"), tmp_path / f"{k}")
    assert any("are MR, not CT" in line and "MRI" in line for line in right(tmp_path).warnings)


LOSSLESS = ["JPEGLosslessProcess14_1", "JPEGLSLossless", "JPEG2000Lossless", "RLELossless"]


@pytest.mark.parametrize("bits, signed", [(16, False), (12, False), (16, True)])
@pytest.mark.parametrize("name", LOSSLESS)
def test_lossless_compression(tmp_path: Path, name: str, bits: int, signed: bool) -> None:
    for k, place in enumerate(positions()):
        data = ct_slice(make_ct()[:, :, k], place, BitsStored=bits, HighBit=bits - 1)
        if signed:
            change(data, PixelRepresentation=1, RescaleIntercept=0)
            set_pixels(data, make_ct()[:, :, k], "<i2")
        path = save(data, tmp_path / f"{k}.dcm")
        if name in ("JPEGLSLossless", "RLELossless"):
            data = dcmread(path)
            data.compress(JPEGLSLossless if "LS" in name else RLELossless)
            data.save_as(path)
        else:
            compress(path, getattr(gdcm.TransferSyntax, name))
    assert right(tmp_path).warnings == ()


def test_an_unknown_compression_is_named(tmp_path: Path) -> None:
    write_series(tmp_path)
    for file in tmp_path.iterdir():
        data = dcmread(file)
        data.compress(RLELossless)
        data.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.201"
        data.save_as(file)
    refused(tmp_path, "High-Throughput JPEG 2000")


def test_eight_bits(tmp_path: Path) -> None:
    ct = (make_ct().clip(-1000, 1000) + 1000) // 10
    for k, place in enumerate(positions()):
        data = ct_slice(make_ct()[:, :, k], place, BitsAllocated=8, BitsStored=8, HighBit=7)
        set_pixels(data, ct[:, :, k], "u1")
        save(change(data, RescaleSlope=10, RescaleIntercept=-1000), tmp_path / f"{k}.dcm")
    volume = read_volume(tmp_path)
    np.testing.assert_array_equal(volume.array, ct * 10.0 - 1000)


@pytest.mark.parametrize("declared", [0, 1])
@pytest.mark.parametrize("bits", [12, 16])
def test_signs_that_contradict_the_values(tmp_path: Path, declared: int, bits: int) -> None:
    """Signed values called unsigned, and unsigned ones of 12 bits called signed."""
    for k, place in enumerate(positions()):
        data = ct_slice(make_ct()[:, :, k], place, BitsStored=bits, HighBit=bits - 1)
        if declared == 0:
            set_pixels(change(data, RescaleIntercept=0), make_ct()[:, :, k], "<i2")
        save(change(data, PixelRepresentation=declared), tmp_path / f"{k}.dcm")
    volume = right(tmp_path)
    contradicts = declared == 0 or bits == 12
    assert any("only as" in warning for warning in volume.warnings) == contradicts


@pytest.mark.parametrize("stored", ["-2000", "-2000 without a tag", "-32768", "63536"])
def test_padding_becomes_air(tmp_path: Path, stored: str) -> None:
    value = int(stored.split()[0])
    ct = make_ct()
    corner = np.zeros(SHAPE, bool)
    corner[:2, :2] = corner[-1:, -2:] = True
    for k, place in enumerate(positions()):
        signed = value < 0
        hu = np.where(corner[:, :, k], value, ct[:, :, k] + 1024)
        data = ct_slice(ct[:, :, k], place, PixelRepresentation=int(signed))
        set_pixels(data, hu, "<i2" if signed else "<u2")
        if "without" not in stored:
            data.PixelPaddingValue = value
        save(data, tmp_path / f"{k}.dcm")
    right(tmp_path, ct=np.where(corner, -1024, ct))


def test_a_padding_value_that_tissue_has_is_tissue(tmp_path: Path) -> None:
    write_series(tmp_path, PixelPaddingValue=1024 + 45)
    assert "not taken for padding" in right(tmp_path).warnings[0]


def test_no_rescale(tmp_path: Path) -> None:
    nothing = {"RescaleSlope": None, "RescaleIntercept": None}
    refused(write_series(tmp_path / "shifted", **nothing), "no Rescale Slope and Intercept")
    for k, place in enumerate(positions()):
        data = ct_slice(make_ct()[:, :, k], place, PixelRepresentation=1, **nothing)
        save(set_pixels(data, make_ct()[:, :, k], "<i2"), tmp_path / "hu" / f"{k}.dcm")
    assert "taken for HU" in right(tmp_path / "hu").warnings[0]


def test_monochrome1_is_only_another_way_to_show_it(tmp_path: Path) -> None:
    right(write_series(tmp_path, PhotometricInterpretation="MONOCHROME1"))


def test_values_that_are_no_hu_are_said(tmp_path: Path) -> None:
    volume = right(write_series(tmp_path, RescaleType="EDW"))
    assert "EDW, not HU" in volume.warnings[0]


def test_bits_of_an_overlay_are_no_part_of_the_values(tmp_path: Path) -> None:
    for k, place in enumerate(positions()):
        data = ct_slice(make_ct()[:, :, k], place, BitsStored=12, HighBit=11)
        drawn = np.zeros(SHAPE[:2], np.int32)
        drawn[4:8] = 1 << 12
        set_pixels(data, make_ct()[:, :, k].astype(np.int32) + 1024 + drawn)
        data.add_new((0x6000, 0x0102), "US", 12)
        save(data, tmp_path / f"{k}.dcm")
    right(tmp_path)


# examples -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def plain() -> Volume:
    """The CT of the awkward examples: every fourth pixel of the sample's series."""
    whole = read_volume(DATA / "ct_samples" / "example_ct_dicom")
    return Volume(whole.array[::4, ::4], whole.affine @ np.diag([4, 4, 1, 1.0]), "plain")


@needs_data
@pytest.mark.parametrize(
    "name, choices",
    [
        ("enhanced_reversed", Choices()),
        ("study_with_junk", Choices()),
        ("two_series_one_number", Choices("soft")),
        ("no_pixel_spacing", Choices(spacing=(3.90625, 3.90625))),
    ],
)
def test_awkward_examples_are_the_plain_series(plain: Volume, name: str, choices: Choices) -> None:
    volume = read_volume(DATA / "awkward" / name, choices)
    np.testing.assert_array_equal(volume.array, plain.array)
    np.testing.assert_allclose(volume.affine, plain.affine, atol=1e-4)


@needs_data
@pytest.mark.parametrize(
    "name, said",
    [
        ("no_orientation.nii.gz", "left and right are not known"),
        ("qform_against_sform.nii.gz", "qform and sform"),
        ("uneven_thin_then_thick", "1.08 to 7 mm apart"),
        ("one_slice_missing", "slices 9 and 10, 4 mm apart"),
    ],
)
def test_awkward_examples_are_warned_of(name: str, said: str) -> None:
    (warning,) = read_volume(DATA / "awkward" / name).warnings
    assert said in warning


@needs_data
@pytest.mark.parametrize("name", ["plain_named.nii.gz", "gz_named.nii"])
def test_awkward_names_are_read(name: str) -> None:
    assert read_volume(DATA / "awkward" / name).warnings == ()


def test_lossy_jpeg_of_12_bits() -> None:
    """A file that pydicom ships; the values are those of libjpeg, which rounds in its own way."""
    item = Path(get_testdata_file("JPGExtended.dcm"))
    found = read_header(item)
    frame = Frame(DicomFile(item, dcmread(item)), None, *[np.zeros(3)] * 2, None, 1, 0, "", {})
    assert found == "image without a position in the patient"
    (stored,), kept, lost = read_stored([frame])
    assert (len(kept), lost, stored.shape) == (1, [], (1024, 256))
    known = {(420, 140): 244, (230, 120): 95, (100, 80): 1, (421, 143): 264}
    for place, value in known.items():
        assert abs(int(stored[place]) - value) <= 1
