"""Reading CT and label maps: all formats on the same grid, and all input that must be refused."""

from __future__ import annotations

import gc
import os
import struct
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from places import ROOT

from VoCoLib.errors import InputError
from VoCoLib.images.finding import find_volumes
from VoCoLib.images.volumes import read_label_map, read_volume

DATA = ROOT.parent / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="shared/data is not on this machine")

SHAPE = (12, 14, 10)
OBLIQUE = np.array(
    [[-0.8, 0.18, 0.3, 31.5], [0.1, 1.4, -0.9, -20.25], [-0.2, 0.4, 2.6, 700.0], [0, 0, 0, 1]]
)


def make_ct(dtype: str = "int16") -> NDArray:
    """A soft-tissue box with fat round it in air, and some noise so that it does not compress."""
    ct = np.full(SHAPE, -1000.0)
    ct[2:10, 2:12, 2:8] = -90
    ct[3:9, 3:11, 2:8] = 45
    return (ct + np.random.default_rng(0).integers(-20, 20, SHAPE)).astype(dtype)


def orthogonal_affine() -> NDArray:
    """An oblique, left-handed affine of 0.8 x 1.5 x 2.7 mm, which every format can hold."""
    axes = np.linalg.qr(OBLIQUE[:3, :3])[0]
    axes *= -np.sign(np.linalg.det(axes))
    affine = OBLIQUE.copy()
    affine[:3, :3] = axes * (0.8, 1.5, 2.7)
    return affine


def write_nifti(path: Path, array: NDArray, affine: NDArray | None = None) -> Path:
    affine = np.diag([1.0, 1.0, 2.0, 1.0]) if affine is None else affine
    nib.save(nib.Nifti1Image(array, affine, dtype=array.dtype), path)
    return path


def write_itk(
    path: Path, array: NDArray, affine: NDArray | None = None, zipped: bool = False
) -> Path:
    lps = np.diag([-1.0, -1, 1, 1]) @ (np.eye(4) if affine is None else affine)
    spacing = np.linalg.norm(lps[:3, :3], axis=0)
    image = sitk.GetImageFromArray(np.ascontiguousarray(array.T))
    image.SetSpacing(spacing.tolist())
    image.SetDirection((lps[:3, :3] / spacing).ravel().tolist())
    image.SetOrigin(lps[:3, 3].tolist())
    sitk.WriteImage(image, str(path), zipped)
    return path


def write_dicom(
    folder: Path, ct: NDArray, positions: list[tuple[float, float, float]], series: str = "1.2.3.4"
) -> Path:
    """One file a slice, at positions in LPS mm; ITK stores the HU with an intercept of -1024."""
    folder.mkdir(exist_ok=True)
    writer = sitk.ImageFileWriter()
    writer.KeepOriginalImageUIDOn()
    for k, position in enumerate(positions):
        image = sitk.GetImageFromArray(np.ascontiguousarray(ct[:, :, k].T))
        image.SetSpacing((0.8, 0.9))
        tags = {
            "0008|0016": "1.2.840.10008.5.1.4.1.1.2",
            "0008|0018": f"{series}.{k + 1}",
            "0008|0060": "CT",
            "0020|000d": "1.2.3",
            "0020|000e": series,
            "0020|0011": series[-1],
            "0020|0013": str(k + 1),
            "0020|0032": "\\".join(str(v) for v in position),
            "0020|0037": "1\\0\\0\\0\\1\\0",
            "0028|1052": "-1024",
            "0028|1053": "1",
        }
        for key, value in tags.items():
            image.SetMetaData(key, value)
        writer.SetFileName(str(folder / f"{series}_{len(positions) - k:03}.dcm"))
        writer.Execute(image)
    return folder


def slices(n: int, step: float = 2.0) -> list[tuple[float, float, float]]:
    return [(10.0, 20.0, 30.0 + step * k) for k in range(n)]


def patch(path: Path, offset: int, data: bytes) -> Path:
    content = bytearray(path.read_bytes())
    content[offset : offset + len(data)] = data
    path.write_bytes(content)
    return path


def refused(path: Path, *words: str) -> None:
    """The volume is refused with a message that names the input, the words, and a next step."""
    with pytest.raises(InputError) as caught:
        read_volume(path)
    assert path.name in caught.value.message
    assert caught.value.hint
    for word in words:
        assert word in caught.value.message


# formats ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ct.nii", "ct.nii.gz", "ct.nrrd", "ct.nhdr", "ct.mha", "ct.mhd"])
@pytest.mark.parametrize("zipped", [False, True])
def test_every_format_gives_the_same_grid(tmp_path: Path, name: str, zipped: bool) -> None:
    ct, affine, path = make_ct(), orthogonal_affine(), tmp_path / "Müller, 腹部" / name
    path.parent.mkdir()
    if ".nii" in name:
        write_nifti(path, ct, affine)
    else:
        write_itk(path, ct, affine, zipped)
    volume = read_volume(path)
    assert volume.array.dtype == np.int16
    np.testing.assert_array_equal(volume.array, ct)
    np.testing.assert_allclose(volume.affine, affine, atol=1e-4)
    assert (volume.name, volume.warnings) == (name, ())


@settings(max_examples=25, deadline=None)
@given(
    st.permutations(range(3)),
    st.tuples(*[st.sampled_from((-1, 1))] * 3),
    st.tuples(*[st.floats(0.3, 6)] * 3),
    st.floats(-0.7, 0.7),
    st.tuples(*[st.floats(-800, 800)] * 3),
)
def test_any_grid_survives(
    axes: list[int], flips: tuple, spacing: tuple, angle: float, origin: tuple
) -> None:
    turn = np.array(
        [[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]]
    )
    affine = np.eye(4)
    affine[:3, :3] = turn @ np.eye(3)[axes] * flips * spacing
    affine[:3, 3] = origin
    with tempfile.TemporaryDirectory() as folder:
        nifti = read_volume(write_nifti(Path(folder, "a.nii.gz"), make_ct(), affine))
        nrrd = read_volume(write_itk(Path(folder, "a.nrrd"), make_ct(), affine))
    for volume in (nifti, nrrd):
        np.testing.assert_allclose(volume.affine, affine, atol=2e-4)
        np.testing.assert_array_equal(volume.array, make_ct())


def test_sheared_sform(tmp_path: Path) -> None:
    write_nifti(tmp_path / "ct.nii.gz", make_ct(), OBLIQUE)
    np.testing.assert_allclose(read_volume(tmp_path / "ct.nii.gz").affine, OBLIQUE, atol=1e-4)


@pytest.mark.parametrize("slope, inter, kind", [(1, -1024, "i"), (0.5, -10, "f"), (1, 0.25, "f")])
@pytest.mark.parametrize("name", ["ct.nii", "ct.nii.gz"])
def test_nifti_scaling(tmp_path: Path, name: str, slope: float, inter: float, kind: str) -> None:
    stored = (make_ct().astype(np.int32) + 1024).astype(np.uint16)
    path = write_nifti(tmp_path / "plain.nii", stored)
    content = patch(path, 112, struct.pack("<ff", slope, inter)).read_bytes()
    with nib.openers.ImageOpener(tmp_path / name, "wb") as file:
        file.write(content)
    array = read_volume(tmp_path / name).array
    assert (array.dtype.kind, array.dtype.itemsize) == (kind, 2 if kind == "i" else 4)
    np.testing.assert_allclose(array, stored * float(slope) + inter, rtol=1e-6)


@pytest.mark.parametrize("dtype", [">i2", "<i4", "<i8", "<f4", "<f8", ">f4"])
def test_other_voxel_types(tmp_path: Path, dtype: str) -> None:
    array = read_volume(write_nifti(tmp_path / "ct.nii", make_ct(dtype))).array
    assert array.dtype == (np.float32 if "f" in dtype else np.int16) and array.dtype.isnative
    np.testing.assert_array_equal(array, make_ct(dtype))


def test_itk_voxels_outlive_their_image(tmp_path: Path) -> None:
    array = read_volume(write_itk(tmp_path / "ct.mha", make_ct())).array[::-1, :, 1:]
    gc.collect()
    junk = [np.full(SHAPE, 7, np.int16) for _ in range(500)]
    np.testing.assert_array_equal(array, make_ct()[::-1, :, 1:])
    assert junk


@pytest.mark.parametrize("name", ["ct.nii.gz", "ct.nrrd"])
def test_a_fourth_axis_of_one_is_dropped(tmp_path: Path, name: str) -> None:
    write_4d(tmp_path / name, make_ct()[..., None])
    np.testing.assert_array_equal(read_volume(tmp_path / name).array, make_ct())


def write_4d(path: Path, array: NDArray) -> None:
    if path.name.endswith(".nii.gz"):
        write_nifti(path, array)
    else:
        image = sitk.GetImageFromArray(np.ascontiguousarray(array.T), isVector=False)
        sitk.WriteImage(image, str(path))


# DICOM --------------------------------------------------------------------------------------------


def test_dicom_series(tmp_path: Path) -> None:
    volume = read_volume(write_dicom(tmp_path / "a b é", make_ct(), slices(10)))
    np.testing.assert_array_equal(volume.array, make_ct())
    expected = np.array([[-0.8, 0, 0, -10], [0, -0.9, 0, -20], [0, 0, 2, 30], [0, 0, 0, 1]])
    np.testing.assert_allclose(volume.affine, expected, atol=1e-6)
    assert volume.warnings == ()


def test_uneven_slices_and_tilted_gantry_are_said(tmp_path: Path) -> None:
    uneven = [(x, y, z + 0.2 * (k % 2)) for k, (x, y, z) in enumerate(slices(10))]
    (warning,) = read_volume(write_dicom(tmp_path / "u", make_ct(), uneven)).warnings
    assert "1.8 to 2.2 mm" in warning
    tilted = [(x, y + 0.5 * k, z) for k, (x, y, z) in enumerate(slices(10))]
    volume = read_volume(write_dicom(tmp_path / "t", make_ct(), tilted))
    assert "14.0 degrees" in volume.warnings[0]
    np.testing.assert_allclose(volume.affine @ [0, 0, 9, 1], [-10, -24.5, 48, 1], atol=1e-6)


def test_dicom_problems(tmp_path: Path) -> None:
    folder = write_dicom(tmp_path / "broken", make_ct(), slices(10))
    victim = sorted(folder.iterdir())[3]
    victim.write_bytes(victim.read_bytes()[:-100])
    assert any(victim.name in warning for warning in read_volume(folder).warnings)
    end = write_dicom(tmp_path / "end", make_ct(), slices(10))
    sorted(end.iterdir())[0].write_bytes(b"nonsense" * 999)
    assert "no DICOM file (1.2.3.4_001.dcm)" in read_volume(end).warnings[0]
    one = write_dicom(tmp_path / "one", make_ct(), slices(1))
    refused(one, "single slice")
    refused(next(one.iterdir()), "single slice")


# which inputs -------------------------------------------------------------------------------------


def test_folders_are_searched(tmp_path: Path) -> None:
    images = tmp_path / "images"
    images.mkdir()
    for name in ("b.nii.gz", "A.NRRD", ".hidden.nii", "b.seg.nrrd", "notes.txt"):
        (images / name).write_text("x")
    assert [p.name for p in find_volumes(images).volumes] == ["A.NRRD", "b.nii.gz"]
    series = write_dicom(tmp_path / "series", make_ct(), slices(3))
    assert find_volumes(series).volumes == [series]
    for file in list(series.iterdir()):
        file.rename(file.with_suffix(""))
    assert find_volumes(series).volumes == [series]
    (tmp_path / "empty").mkdir()
    assert find_volumes(tmp_path).volumes == [images / "A.NRRD", images / "b.nii.gz", series]
    assert find_volumes(tmp_path / "empty").volumes == []
    refused(tmp_path / "empty", "no DICOM series")


# bad input ----------------------------------------------------------------------------------------


def test_missing_empty_unknown(tmp_path: Path) -> None:
    refused(tmp_path / "none.nii.gz", "does not exist")
    (tmp_path / "empty.nii.gz").touch()
    refused(tmp_path / "empty.nii.gz", "empty (0 bytes)")
    (tmp_path / "ct.png").write_bytes(b"\x89PNG")
    refused(tmp_path / "ct.png", "no image file that can be read")


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "a.nrrd", "a.nhdr", "a.mha", "a.mhd"])
@pytest.mark.parametrize("content", [b"This is a letter.\n" * 99, bytes(range(256)) * 9, b"\n"])
def test_not_an_image(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    refused(tmp_path / name, "not an image")


@pytest.mark.parametrize("name", ["a.nii.gz", "a.nrrd", "a.mha"])
def test_wrong_number_of_axes(tmp_path: Path, name: str) -> None:
    write = write_4d if name != "a.nii.gz" else write_nifti
    write(tmp_path / name, make_ct()[:, :, 0])
    refused(tmp_path / name, "2D")
    write_4d(tmp_path / name, np.stack([make_ct()] * 3, axis=-1))
    refused(tmp_path / name, "12 x 14 x 10 x 3")
    write_4d(tmp_path / name, make_ct()[:, :, :1])
    refused(tmp_path / name, "single slice", "12 x 14 x 1")


@pytest.mark.parametrize("name", ["a.nii.gz", "a.nrrd", "a.mha"])
def test_colour_and_complex(tmp_path: Path, name: str) -> None:
    if name == "a.nii.gz":
        rgb = np.zeros(SHAPE, [("R", "u1"), ("G", "u1"), ("B", "u1")])
        write_nifti(tmp_path / name, rgb)
    else:
        image = sitk.GetImageFromArray(np.zeros((*SHAPE, 3), np.uint8), isVector=True)
        sitk.WriteImage(image, str(tmp_path / name))
    refused(tmp_path / name, "more than one value per voxel")
    if name != "a.mha":
        write_complex(tmp_path / name)
        refused(tmp_path / name, "more than one value per voxel")


def write_complex(path: Path) -> None:
    if path.name.endswith(".nii.gz"):
        write_nifti(path, make_ct("complex64"))
    else:
        sitk.WriteImage(sitk.GetImageFromArray(make_ct("complex64")), str(path))


@pytest.mark.parametrize("value", [0.0, float("nan"), float("inf")])
def test_nifti_spacing(tmp_path: Path, value: float) -> None:
    ct = write_nifti(tmp_path / "ct.nii", make_ct())
    refused(patch(ct, 84, struct.pack("<f", value)), "voxel size")


def test_nifti_matrix(tmp_path: Path) -> None:
    ct = write_nifti(tmp_path / "ct.nii", make_ct())
    refused(patch(ct, 280, struct.pack("<4f", *[np.nan] * 4)), "NaN")
    refused(patch(ct, 280, struct.pack("<4f", 0, 0, 0, 0)), "flattens")
    for size, said in ((5e33, "5e+33 x 1 x 2 mm"), (0.001, "0.001 x 1 x 2 mm")):
        refused(patch(ct, 280, struct.pack("<4f", size, 0, 0, 0)), said)


@pytest.mark.parametrize(
    "geometry",
    [
        "spacings: 0 1 1",
        "spacings: nan 1 1",
        "space: LPS\nspace directions: (0,0,0) (0,1,0) (0,0,1)",
        "space: LPS\nspace directions: (nan,0,0) (0,1,0) (0,0,1)",
        "space: LPS\nspace directions: (1,0,0) (1,0,0) (0,0,1)",
    ],
)
def test_nrrd_spacing(tmp_path: Path, geometry: str) -> None:
    fields = "type: short\ndimension: 3\nsizes: 12 14 10\nencoding: raw\nendian: little\n"
    content = f"NRRD0004\n{fields}{geometry}\n\n".encode() + make_ct().tobytes("F")
    (tmp_path / "ct.nrrd").write_bytes(content)
    refused(tmp_path / "ct.nrrd")


@pytest.mark.parametrize("value", ["0", "nan"])
def test_meta_image_spacing(tmp_path: Path, value: str) -> None:
    path = write_itk(tmp_path / "ct.mha", make_ct())
    content = path.read_bytes().replace(b"ElementSpacing = 1", f"ElementSpacing = {value}".encode())
    path.write_bytes(content)
    refused(path, "voxel size")


def test_no_patient(tmp_path: Path) -> None:
    refused(write_nifti(tmp_path / "a.nii", np.minimum(make_ct(), -700)), "only air")
    refused(write_nifti(tmp_path / "b.nii", np.full(SHAPE, 40, np.int16)), "has the value 40")


def test_nan_and_infinity(tmp_path: Path) -> None:
    ct = make_ct("float32")
    ct[3, 4, 5] = ct[1, 1, 7] = np.nan
    ct[0, 0, 9] = np.inf
    refused(write_nifti(tmp_path / "ct.nii.gz", ct), "3 voxels", "(3, 4, 5)")
    refused(write_itk(tmp_path / "ct.nrrd", ct), "3 voxels", "(3, 4, 5)")


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "raw.nrrd", "a.nrrd", "raw.mha", "a.mha"])
@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9])
def test_truncated(tmp_path: Path, name: str, kept: float) -> None:
    path = write(tmp_path / name)
    path.write_bytes(path.read_bytes()[: int(kept * path.stat().st_size)])
    refused(path, "truncated")


def write(path: Path) -> Path:
    if ".nii" in path.name:
        return write_nifti(path, make_ct())
    return write_itk(path, make_ct(), zipped=not path.name.startswith("raw"))


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "raw.nrrd", "a.nrrd", "raw.mha", "a.mha"])
def test_header_of_5000_slices(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name)
    if ".nii" in name:
        with nib.openers.ImageOpener(path) as file:
            content = bytearray(file.read())
        content[42:48] = struct.pack("<3h", 512, 512, 5000)
        with nib.openers.ImageOpener(path, "wb") as file:
            file.write(bytes(content))
    else:
        path.write_bytes(path.read_bytes().replace(b" 12 14 10\n", b" 512 512 5000\n"))
    refused(path, "truncated", "512 x 512 x 5000")


@pytest.mark.parametrize("reads", [read_volume, read_label_map])
def test_damaged_gzip_trailer(tmp_path: Path, reads: Callable) -> None:
    """The voxels come before it, so that whoever stops at their end reads damaged ones."""
    path = write_nifti(tmp_path / "ct.nii.gz", make_ct())
    content = path.read_bytes()
    wrong = bytes([content[-8] ^ 1])
    for bad in (content[:-8] + wrong + content[-7:], content[:-3], content[:-8]):
        path.write_bytes(bad)
        with pytest.raises(InputError, match=r"ct\.nii\.gz is truncated or damaged") as caught:
            reads(path)
        assert caught.value.hint
    path.write_bytes(content + bytes(512))  # of a tape: gzip itself takes zeros for nothing
    reads(path)


def test_damaged_meta_image_body(tmp_path: Path) -> None:
    """ITK itself reads such files without complaint, with arbitrary voxels."""
    path = write_itk(tmp_path / "ct.mha", make_ct(), zipped=True)
    header = path.read_bytes().partition(b"CompressedDataSize")[0].decode()
    body = zlib.compress(make_ct().tobytes("F"))

    def rewrite(body: bytes, size: str) -> None:
        end = f"{size}DimSize = 12 14 10\nElementType = MET_SHORT\nElementDataFile = LOCAL\n"
        path.write_bytes((header + end).encode() + body)

    rewrite(body, f"CompressedDataSize = {len(body)}\n")
    np.testing.assert_array_equal(read_volume(path).array, make_ct())
    for bad in (body[:-400], b"nonsense" * 300, body[:200] + bytes(9) + body[209:]):
        rewrite(bad, f"CompressedDataSize = {len(bad)}\n")
        refused(path, "damaged")
    rewrite(body, "")
    refused(path, "damaged", "compresseddatasize")


@pytest.mark.parametrize("value", ["-1", "99999999999", "", "0"])
def test_meta_image_of_no_dimensions(tmp_path: Path, value: str) -> None:
    """ITK itself dies of such files."""
    path = write_itk(tmp_path / "ct.mha", make_ct())
    path.write_bytes(path.read_bytes().replace(b"NDims = 3", f"NDims = {value}".encode()))
    refused(path, "not an image")


def test_relative_path_and_upper_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    write_itk(Path("in/a.mha"), make_ct(), zipped=True).rename("in/A.MHA")
    write_nifti(Path("in/a.nii.gz"), make_ct()).rename("in/A.NII.GZ")
    for name in ("A.MHA", "A.NII.GZ"):
        np.testing.assert_array_equal(read_volume(Path("in", name)).array, make_ct())


def test_detached_body(tmp_path: Path) -> None:
    for name, body in (("a.mhd", "a.zraw"), ("b.nhdr", "b.raw.gz")):
        path = write_itk(tmp_path / name, make_ct(), zipped=True)
        content = (tmp_path / body).read_bytes()
        (tmp_path / body).write_bytes(content[: len(content) // 2])
        refused(path, "truncated")
        (tmp_path / body).unlink()
        refused(path)


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX permissions")
def test_no_permission() -> None:
    """In a child process, which gives up root's right to read everything."""
    code = """
import os, sys
from pathlib import Path
from VoCoLib.errors import InputError
from VoCoLib.images.volumes import read_volume
if os.getuid() == 0:
    os.setuid(65534)
try:
    read_volume(Path(sys.argv[1]))
except InputError as error:
    print(error.message)
"""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        path = write_nifti(Path(folder, "secret.nii"), make_ct())
        path.chmod(0)
        command = [sys.executable, "-c", code, str(path)]
        child = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert "secret.nii" in child.stdout and "permission" in child.stdout, child.stderr


# not HU -------------------------------------------------------------------------------------------

NOT_HU: dict[str, Callable[[NDArray], NDArray]] = {
    "display values": lambda ct: np.clip((ct + 160) / 400 * 255, 0, 255).astype(np.uint8),
    "MRI": lambda ct: np.abs(np.where(ct > -500, ct * 3 + 400, 5)).astype(np.int16),
    "normalised": lambda ct: ((ct - ct.mean()) / ct.std()).astype(np.float32),
    "not rescaled": lambda ct: (ct.astype(np.int32) + 1024).astype(np.int16),
    "a thousandfold": lambda ct: ct.astype(np.float32) * 1000,
}


@pytest.mark.parametrize("kind", NOT_HU)
def test_other_intensities_are_warned_of(tmp_path: Path, kind: str) -> None:
    volume = read_volume(write_nifti(tmp_path / "ct.nii", NOT_HU[kind](make_ct())))
    assert len(volume.warnings) == 1 and "HU" in volume.warnings[0]


@needs_data
def test_real_ct_is_not_warned_of() -> None:
    images = [*sorted((DATA / "openkbp/imagesTr").glob("*.nii.gz"))[::8]]
    images += [DATA / "ct_samples/example_ct.nii.gz", DATA / "ct_samples/example_ct_dicom"]
    assert {p.name: read_volume(p).warnings for p in images if read_volume(p).warnings} == {}


@needs_data
def test_real_samples() -> None:
    pitch = read_volume(DATA / "ct_samples/CT_pitch.nii.gz")
    assert "display values" in pitch.warnings[0]
    dicom = read_volume(DATA / "ct_samples/example_ct_dicom")
    labels, affine = read_label_map(DATA / "ct_samples/example_ct_dicom_vocomni20.nii.gz")
    assert (dicom.array.dtype, labels.dtype, labels.shape) == (np.int16, np.uint8, (512, 512, 20))
    flip = np.diag([1.0, -1, 1, 1])
    flip[1, 3] = 511  # its rows are stored in the other direction
    np.testing.assert_allclose(affine @ flip, dicom.affine, atol=1e-3)
    assert 30 < dicom.array[labels[:, ::-1] == 6].mean() < 160  # liver


# label maps ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "dtype, highest",
    [
        ("uint8", 255),
        ("int16", 7),
        ("int16", 300),
        ("int32", 300),
        ("float32", 7),
        ("float64", 300),
    ],
)
def test_label_map(tmp_path: Path, dtype: str, highest: int) -> None:
    labels = np.zeros(SHAPE, dtype)
    labels[3:5, 4:6] = highest
    for path in (write_nifti(tmp_path / "l.nii.gz", labels), write_itk(tmp_path / "l.mha", labels)):
        array, _ = read_label_map(path)
        np.testing.assert_array_equal(array, labels)
        assert array.dtype == (np.uint8 if highest < 256 else np.int16)


def test_an_image_is_no_label_map(tmp_path: Path) -> None:
    path = write_nifti(tmp_path / "ct.nii", make_ct("float32") + np.float32(0.5))
    with pytest.raises(InputError, match=r"ct\.nii is no label map"):
        read_label_map(path)


# units of NIfTI -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("unit", "size"), [("meter", 0.001), ("micron", 1000.0), ("mm", 1.0)])
def test_lengths_are_read_in_the_unit_of_the_header(tmp_path: Path, unit: str, size: float) -> None:
    affine = np.diag([-2.0, 2, 3, 1])
    affine[:3, 3] = (10, 20, 30)
    image = nib.Nifti1Image(make_ct(), np.diag([size, size, size, 1]) @ affine)
    image.header.set_xyzt_units(unit)
    nib.save(image, tmp_path / "a.nii.gz")
    np.testing.assert_allclose(read_volume(tmp_path / "a.nii.gz").affine, affine, rtol=1e-5)


@needs_data
def test_the_reported_file_in_metres() -> None:
    volume = read_volume(DATA / "awkward" / "reports" / "metres_true.nii.gz")
    np.testing.assert_allclose(np.linalg.norm(volume.affine[:3, :3], axis=0), 6, rtol=1e-5)
