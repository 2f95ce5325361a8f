"""What a file is, its content says; where left is, the file says, or a warning that it does not."""

from __future__ import annotations

import bz2
import gzip
import lzma
import shutil
import zipfile
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
import slicer
import vtk
from affines import make_affine
from dicom_files import make_ct
from numpy.typing import NDArray
from slicer_scene import open_scene

from VoCoLib.errors import InputError
from VoCoLib.images.segmentation_files import write_segmentation
from VoCoLib.images.volumes import Choices, Volume, read_label_map, read_volume

AFFINE = make_affine(spacing=(0.8, 1.5, 2.7), degrees=(10.0, -5.0, 20.0))
SPACING = np.array([0.8, 1.5, 2.7])
LPS = np.diag([-0.8, -1.5, 2.7, 1])
RAS = np.diag([0.8, 1.5, 2.7, 1])


def nifti(path: Path, form: type = nib.Nifti1Image) -> Path:
    """Written under a right name, then moved to path, whatever that is called."""
    right = path.parent / f"right{'.nii.gz' if 'gz' in path.name else '.nii'}"
    nib.save(form(make_ct(), AFFINE), right)
    return right.rename(path)


def same(path: Path, affine: NDArray = AFFINE, choices: Choices | None = None) -> Volume:
    volume = read_volume(path, choices or Choices())
    np.testing.assert_array_equal(volume.array, make_ct())
    np.testing.assert_allclose(volume.affine, affine, atol=1e-4)
    return volume


# names --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["ct.nii", "ct.nii.gz", "ct", "CT.NII", "ct.nrrd", "ct.dat", "a.b"]
)
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("form", [nib.Nifti1Image, nib.Nifti2Image])
def test_nifti_of_any_name(tmp_path: Path, name: str, packed: bool, form: type) -> None:
    source = nifti(tmp_path / ("x.gz" if packed else "x"), form)
    assert same(source.rename(tmp_path / name)).warnings == ()
    labels = tmp_path / f"labels of {name}"
    shutil.copy(tmp_path / name, labels)
    np.testing.assert_array_equal(read_label_map(labels)[0], make_ct())


@pytest.mark.parametrize("kind", ["nrrd", "mha"])
@pytest.mark.parametrize("name", ["ct", "ct.nii.gz", "CT.NRRD", "ct.mha"])
def test_nrrd_and_meta_image_of_any_name(tmp_path: Path, kind: str, name: str) -> None:
    right = tmp_path / f"right.{kind}"
    image = sitk.GetImageFromArray(np.ascontiguousarray(make_ct().T))
    image.SetSpacing(SPACING.tolist())
    sitk.WriteImage(image, str(right), True)
    same(right.rename(tmp_path / name), LPS)


@pytest.mark.parametrize("named", [".hdr", ".img"])
@pytest.mark.parametrize("upper", [False, True])
def test_pairs(tmp_path: Path, named: str, upper: bool) -> None:
    for form, affine in ((nib.Nifti1Pair, AFFINE), (nib.AnalyzeImage, LPS)):
        image = form(make_ct(), AFFINE)
        image.header.set_zooms(SPACING)
        nib.save(image, tmp_path / "ct.img")
        end = named.upper() if upper else named
        if upper:
            for part in (".hdr", ".img"):
                (tmp_path / f"ct{part}").rename(tmp_path / f"CT{part.upper()}")
        same(tmp_path / f"{'CT' if upper else 'ct'}{end}", affine)


@pytest.mark.parametrize("name", ["ct.mgz", "ct.mgh", "ct.nii"])
def test_free_surfer(tmp_path: Path, name: str) -> None:
    right = tmp_path / f"right.{name[3:] if 'mg' in name else 'mgz'}"
    nib.save(nib.MGHImage(make_ct(), AFFINE), right)
    same(right.rename(tmp_path / name))


def bzip2_nrrd(path: Path) -> Path:
    fields = "type: short\ndimension: 3\nsizes: 12 14 10\nencoding: bzip2\nendian: little\n"
    path.write_bytes(f"NRRD0004\n{fields}\n".encode() + bz2.compress(make_ct().tobytes("F")))
    return path


def test_the_real_reason_is_named(tmp_path: Path) -> None:
    plain = nifti(tmp_path / "plain.nii").read_bytes()
    cases: dict[str, tuple[bytes, str]] = {
        "a.nii.bz2": (bz2.compress(plain), "packed with bzip2"),
        "b.nii": (lzma.compress(plain), "packed with xz"),
        "c.nrrd.gz": (
            gzip.compress(bzip2_nrrd(tmp_path / "b.nrrd").read_bytes()),
            "holds no NIfTI",
        ),
        "d.nii.gz": (gzip.compress(b"Hello" * 99), "holds no NIfTI"),
    }
    for name, (content, reason) in cases.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=reason) as caught:
            read_volume(tmp_path / name)
        assert name in caught.value.message and "damaged" not in caught.value.message
        assert caught.value.hint
    with pytest.raises(InputError, match=r"b\.nrrd is packed with bzip2") as caught:
        read_volume(tmp_path / "b.nrrd")
    assert "gzip" in caught.value.hint


@pytest.mark.parametrize("name", ["a.hdr", "a.mgz"])
def test_damaged_headers_that_a_campaign_found(tmp_path: Path, name: str) -> None:
    if name == "a.hdr":
        nib.save(nib.AnalyzeImage(make_ct(), RAS), tmp_path / "a.img")
        (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:200])
    else:
        nib.save(nib.MGHImage(make_ct(), AFFINE), tmp_path / name)
        content = bytearray(gzip.decompress((tmp_path / name).read_bytes()))
        content[4:8] = bytes(4)
        (tmp_path / name).write_bytes(gzip.compress(content))
    with pytest.raises(InputError, match=name) as caught:
        read_volume(tmp_path / name)
    assert caught.value.hint


def test_an_archive_without_dicom(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.write(nifti(tmp_path / "ct.nii"), "ct.nii")
    with pytest.raises(InputError, match=r"x\.zip holds no DICOM series.*ct\.nii"):
        read_volume(tmp_path / "x.zip")


# orientation --------------------------------------------------------------------------------------


def without_orientation(path: Path) -> Path:
    """A file of each format that says nothing of left and right."""
    sizes = "0.8 1.5 2.7"
    body = make_ct().tobytes("F")
    if path.suffix == ".nii":
        image = nib.Nifti1Image(make_ct(), None)
        image.header.set_zooms(SPACING)
        image.header["qform_code"] = image.header["sform_code"] = 0
        nib.save(image, path)
    elif path.suffix == ".hdr":
        analyze = nib.AnalyzeImage(make_ct(), RAS)
        nib.save(analyze, path.with_suffix(".img"))
    elif path.suffix == ".nrrd":
        fields = "type: short\ndimension: 3\nsizes: 12 14 10\nencoding: raw\nendian: little\n"
        path.write_bytes(f"NRRD0004\n{fields}spacings: {sizes}\n\n".encode() + body)
    else:
        fields = (
            "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\n"
        )
        fields += f"ElementSpacing = {sizes}\nDimSize = 12 14 10\nElementType = MET_SHORT\n"
        path.write_bytes(f"{fields}ElementDataFile = LOCAL\n".encode() + body)
    return path


def slicers_affine(path: Path, folder: Path) -> NDArray:
    """Where Slicer's own reader puts the voxels; 4x4, of the order in which the file has them."""
    with open_scene(folder) as scene:
        logic = slicer.vtkSlicerVolumesLogic()
        logic.SetMRMLScene(scene)
        node = logic.AddArchetypeVolume(str(path), "ct", 0)
        matrix = vtk.vtkMatrix4x4()
        node.GetIJKToRASMatrix(matrix)
        affine = slicer.util.arrayFromVTKMatrix(matrix)
        last = node.GetImageData().GetDimensions()[2] - 1
        if node.GetImageData().GetScalarComponentAsDouble(5, 6, last, 0) == make_ct()[5, 6, 0]:
            flip = np.diag([1.0, 1, -1, 1])  # it turns left-handed images round
            flip[2, 3] = last
            affine = affine @ flip
        return affine


@pytest.mark.parametrize("name", ["ct.nii", "ct.hdr", "ct.nrrd", "ct.mha"])
def test_unknown_orientation_is_said_and_taken_as_slicer_does(tmp_path: Path, name: str) -> None:
    path = without_orientation(tmp_path / name)
    (warning,) = same(path, LPS).warnings
    assert "left and right are not known" in warning and "--assume" in warning
    np.testing.assert_allclose(slicers_affine(path, tmp_path), LPS, atol=1e-5)
    for axes, affine in (("RAS", RAS), ("LPS", LPS)):
        (said,) = same(path, affine, Choices(assume=axes)).warnings  # type: ignore[arg-type]
        assert "as you say" in said


def test_known_orientation_is_not_assumed(tmp_path: Path) -> None:
    path = nifti(tmp_path / "ct.nii")
    assert same(path, choices=Choices(assume="LPS")).warnings == ()


def two_forms(path: Path, q: int, s: int) -> tuple[NDArray, NDArray]:
    """Writes a NIfTI whose forms are each other's mirror image; returns qform and sform."""
    qform, sform = RAS.copy(), np.diag([-0.8, 1.5, 2.7, 1])
    qform[:3, 3], sform[:3, 3] = (10, 20, 30), (-11, 20, 30)
    image = nib.Nifti1Image(make_ct(), None)
    image.set_qform(qform, q)
    image.set_sform(sform, s)
    nib.save(image, path)
    return qform, sform


@pytest.mark.parametrize("q", [1, 2])
@pytest.mark.parametrize("s", [1, 2, 4])
def test_forms_that_disagree_are_said_and_chosen_as_slicer_does(
    tmp_path: Path, q: int, s: int
) -> None:
    path = tmp_path / "ct.nii"
    two_forms(path, q, s)
    volume = read_volume(path)
    np.testing.assert_allclose(volume.affine, slicers_affine(path, tmp_path), atol=1e-5)
    (warning,) = volume.warnings
    assert ("The sform was taken" if s == 1 else "The qform was taken") in warning
    assert "mirror image" in warning
    assert volume.codes == (q, s)


@pytest.mark.parametrize("q, s", [(0, 2), (3, 0), (0, 1)])
def test_one_form_alone(tmp_path: Path, q: int, s: int) -> None:
    qform, sform = two_forms(tmp_path / "ct.nii", q, s)
    volume = same(tmp_path / "ct.nii", qform if q else sform)
    assert volume.warnings == () and volume.codes == (q or s, s or q)


def test_forms_that_agree_but_for_rounding(tmp_path: Path) -> None:
    image = nib.Nifti1Image(make_ct(), AFFINE)
    image.set_qform(AFFINE, 1)
    nib.save(image, tmp_path / "ct.nii")
    assert same(tmp_path / "ct.nii").warnings == ()


@pytest.mark.parametrize("unit, size", [("meter", 0.001), ("micron", 1000), ("mm", 1)])
def test_other_units(tmp_path: Path, unit: str, size: float) -> None:
    image = nib.Nifti1Image(make_ct(), AFFINE)
    scaled = AFFINE.copy()
    scaled[:3] *= size
    image.set_sform(scaled, 1)
    image.header.set_xyzt_units(unit)
    nib.save(image, tmp_path / "ct.nii")
    same(tmp_path / "ct.nii")


# results ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("codes", [(1, 1), (2, 4), (1, 2)])
def test_every_reader_finds_the_result_at_one_place(tmp_path: Path, codes: tuple) -> None:
    path = tmp_path / "l.nii.gz"
    labels = (make_ct() > 0).astype(np.uint8)
    write_segmentation(path, labels, AFFINE, (), "ct", codes=codes)
    image = nib.load(path)
    assert isinstance(image, nib.Nifti1Image)
    assert (int(image.header["qform_code"]), int(image.header["sform_code"])) == codes
    for affine in (image.affine, image.get_qform(), image.get_sform()):
        np.testing.assert_allclose(affine, AFFINE, atol=1e-4)
    read = sitk.ReadImage(str(path))
    lps = np.array(read.TransformIndexToPhysicalPoint((3, 4, 5)))
    np.testing.assert_allclose(lps * [-1, -1, 1], (AFFINE @ [3, 4, 5, 1])[:3], atol=1e-4)
