"""Writing segmentations: read back with Slicer's own code, and what happens when writing fails."""

from __future__ import annotations

import errno
import subprocess
import sys
import tempfile
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from places import ROOT

from VoCoLib.errors import OutputError
from VoCoLib.files import check_writable, write_atomically
from VoCoLib.images.segmentation_files import check_output, write_segmentation
from VoCoLib.images.volumes import read_label_map, read_volume
from VoCoLib.recipe import TERMINOLOGY_CONTEXT, Code, Label

SAMPLES = ROOT.parent / "shared" / "data" / "ct_samples"
needs_samples = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason="shared/data is not on this machine"
)

STRUCTURE = Code("SCT", "123037004", "Anatomical Structure")
KIDNEY = Code("SCT", "64033007", "Kidney")
RIGHT = Code("SCT", "24028007", "Right")
LIVER = Code("SCT", "10200004", "Liver")
TABLE = (
    Label(1, "Liver", STRUCTURE, LIVER, (221, 130, 101)),
    Label(2, "Right kidney", STRUCTURE, KIDNEY, (185, 102, 83), RIGHT),
    Label(200, "Gefäß: a|b", STRUCTURE, Code("SCT", "1", "odd ~^| name"), (0, 255, 7)),
    Label(4, "Absent", STRUCTURE, LIVER, (1, 2, 3)),
)


def make_labels() -> NDArray[np.uint8]:
    labels = np.zeros((9, 7, 6), np.uint8)
    labels[0, 0, 0] = labels[5:9, 1:3, 5] = 1
    labels[2:5, 2:6, 1:4] = 2
    labels[8, 6, 0] = 200
    return labels


def make_affine(spacing: tuple[float, ...], flip: int, angles: tuple[float, ...]) -> NDArray:
    """An oblique affine; left-handed if flip is -1."""
    affine = np.eye(4)
    for axis, angle in enumerate(angles):
        turn = np.eye(3)
        i, j = [a for a in range(3) if a != axis]
        turn[[i, j, i, j], [i, j, j, i]] = [np.cos(angle)] * 2 + [-np.sin(angle), np.sin(angle)]
        affine[:3, :3] @= turn
    affine[:3, :3] *= (flip * spacing[0], spacing[1], spacing[2])
    affine[:3, 3] = (-123.4, 56.7, 1234.5)
    return affine


OBLIQUE = make_affine((0.7, 1.3, 5.0), -1, (0.3, -0.2, 0.4))


@pytest.mark.parametrize("flip", [1, -1])
@pytest.mark.parametrize("angles", [(0, 0, 0), (0.3, -0.2, 0.4), (0, 2.5, 1.6)])
def test_slicer_reads_what_was_written(tmp_path: Path, flip: int, angles: tuple) -> None:
    slicer_scene = pytest.importorskip("slicer_scene", exc_type=ImportError)
    path = tmp_path / "Ein Fall, müde" / "a b.seg.nrrd"
    affine = make_affine((0.7, 1.3, 5.0), flip, angles)
    write_segmentation(path, make_labels(), affine, TABLE, "ct.nii.gz, demo-torso")
    segments = slicer_scene.load_segments(path)
    assert [s.name for s in segments] == [label.name for label in TABLE]
    for segment, label in zip(segments, TABLE, strict=True):
        np.testing.assert_array_equal(segment.mask, make_labels() == label.value)
        np.testing.assert_allclose(segment.affine, affine, atol=1e-9)
        np.testing.assert_allclose(segment.color, np.array(label.color) / 255, atol=1e-6)
        entry = slicer_scene.parse_terminology(segment.terminology)
        assert entry.GetTerminologyContextName() == TERMINOLOGY_CONTEXT
        for code, found in (
            (label.category, entry.GetCategoryObject()),
            (label.type, entry.GetTypeObject()),
            (label.modifier, entry.GetTypeModifierObject()),
        ):
            expected = ("", "") if code is None else (code.scheme, code.value)
            got = (found.GetCodingSchemeDesignator() or "", found.GetCodeValue() or "")
            assert got == expected


def test_slicer_writes_the_same_header(tmp_path: Path) -> None:
    """Slicer, saving what it read from our file, writes the fields that we wrote."""
    slicer_scene = pytest.importorskip("slicer_scene", exc_type=ImportError)
    ours, theirs = tmp_path / "ours.seg.nrrd", tmp_path / "theirs.seg.nrrd"
    write_segmentation(ours, make_labels(), OBLIQUE, TABLE[:2], "source")
    slicer_scene.resave(ours, theirs)
    (our_keys, our_geometry), (their_keys, their_geometry) = read_keys(ours), read_keys(theirs)
    assert their_keys == our_keys
    np.testing.assert_allclose(their_geometry, our_geometry, atol=1e-9)


def read_keys(path: Path) -> tuple[dict[str, str], list[float]]:
    """The key/value pairs of a NRRD header, and of them the reference geometry as numbers."""
    header = path.read_bytes().partition(b"\n\n")[0].decode().splitlines()
    keys = dict(line.split(":=", 1) for line in header if ":=" in line)
    parameters = keys.pop("Segmentation_ConversionParameters").split("&")
    geometry = next(p for p in parameters if p.startswith("Reference image")).split("|")[1]
    return keys, [float(v) for v in geometry.split(";")[:-1]]


def test_slicer_reads_nifti(tmp_path: Path) -> None:
    slicer_scene = pytest.importorskip("slicer_scene", exc_type=ImportError)
    write_segmentation(tmp_path / "s.nii.gz", make_labels(), OBLIQUE, TABLE, "source")
    for segment, value in zip(
        slicer_scene.load_segments(tmp_path / "s.nii.gz"), (1, 2, 200), strict=True
    ):
        np.testing.assert_array_equal(segment.mask, make_labels() == value)
        np.testing.assert_allclose(segment.affine, OBLIQUE, atol=1e-4)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from([".seg.nrrd", ".nii.gz", ".nii"]),
    st.tuples(*[st.floats(0.3, 6)] * 3),
    st.sampled_from((-1, 1)),
    st.tuples(*[st.floats(-3.1, 3.1)] * 3),
    st.permutations(range(3)),
    st.integers(0, 2**32 - 1),
)
def test_any_grid_survives(
    suffix: str, spacing: tuple, flip: int, angles: tuple, axes: list[int], seed: int
) -> None:
    affine = make_affine(spacing, flip, angles)
    labels = np.random.default_rng(seed).integers(0, 3, (5, 4, 3), np.uint8).transpose(axes)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"s{suffix}")
        write_segmentation(path, labels, affine, TABLE, "source")
        array, read = read_label_map(path)
    np.testing.assert_array_equal(array, labels)
    np.testing.assert_allclose(read, affine, atol=1e-9 if suffix == ".seg.nrrd" else 2e-4)


def test_nifti_is_a_plain_label_map(tmp_path: Path) -> None:
    write_segmentation(tmp_path / "s.nii.gz", make_labels(), OBLIQUE, TABLE, "ct, modèle " * 30)
    image = nib.load(tmp_path / "s.nii.gz")
    assert image.get_data_dtype() == np.uint8
    assert image.header.get_xyzt_units()[0] == "mm"
    assert (image.dataobj.slope, image.dataobj.inter) == (1, 0)


@needs_samples
@pytest.mark.parametrize("name", ["example_ct.nii.gz", "CT_pitch.nii.gz", "example_ct_dicom"])
def test_real_grids(tmp_path: Path, name: str) -> None:
    slicer_scene = pytest.importorskip("slicer_scene", exc_type=ImportError)
    ct = read_volume(SAMPLES / name)
    labels = (ct.array > 150).astype(np.uint8) + (ct.array > 300)
    write_segmentation(tmp_path / "s.seg.nrrd", labels, ct.affine, TABLE[:2], name)
    for segment, value in zip(
        slicer_scene.load_segments(tmp_path / "s.seg.nrrd"), (1, 2), strict=True
    ):
        np.testing.assert_array_equal(segment.mask, labels == value)
        np.testing.assert_allclose(segment.affine, ct.affine, atol=1e-6)


# failures -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["s.nrrd", "s.mha", "s", "seg.nrrd", "s.nii.bz2", "s.stl"])
def test_other_suffixes_are_refused(tmp_path: Path, name: str) -> None:
    for refuse in (
        lambda path: check_output(path),
        lambda path: write_segmentation(path, make_labels(), OBLIQUE, TABLE, ""),
    ):
        with pytest.raises(OutputError, match=r"\.seg\.nrrd, \.nii\.gz"):
            refuse(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_check_output_leaves_no_trace(tmp_path: Path) -> None:
    check_output(tmp_path / "new folder" / "deeper" / "S.SEG.NRRD", 10**6)
    check_writable(tmp_path / "table.csv")
    assert list(tmp_path.iterdir()) == []


def test_check_output_refuses(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match=r"s\.seg\.nrrd could not be written"):
        check_output(tmp_path / "file" / "s.seg.nrrd")
    (tmp_path / "folder.nii.gz").mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        check_output(tmp_path / "folder.nii.gz")
    with pytest.raises(OutputError, match=r"100000 TB.*[kMGT]B left"):
        check_output(tmp_path / "s.nii", 10**17)
    check_output(tmp_path / "s.nii", 10**6)


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder that nobody can write")
def test_read_only_folder() -> None:
    path = Path("/proc/s.seg.nrrd")
    for refuse in (
        lambda: check_output(path),
        lambda: write_segmentation(path, make_labels(), OBLIQUE, TABLE, ""),
    ):
        with pytest.raises(OutputError, match=r"/proc/s\.seg\.nrrd could not be written"):
            refuse()


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX resource limits")
@pytest.mark.parametrize("name", ["s.seg.nrrd", "s.nii.gz", "s.nii", "s.csv"])
def test_full_disk(tmp_path: Path, name: str) -> None:
    """In a child process that may not write more than 20 kB to a file."""
    code = """
import resource, signal, sys
from pathlib import Path
import numpy as np
from VoCoLib.errors import OutputError
from VoCoLib.images.segmentation_files import write_segmentation
from VoCoLib.evaluation.statistics import LabelStatistics, write_csv
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
path = Path(sys.argv[1])
labels = np.random.default_rng(0).integers(0, 255, (40, 50, 60), np.uint8)
try:
    if path.suffix == ".csv":
        write_csv(path, [LabelStatistics(1, "x" * 100, 1, 1.0, 1.0)] * 1000, "source")
    else:
        write_segmentation(path, labels, np.eye(4), (), "source")
except OutputError as error:
    print(error.message)
"""
    (tmp_path / name).write_text("an earlier result")
    command = [sys.executable, "-c", code, str(tmp_path / name)]
    child = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert f"{name} could not be written: the disk is full." in child.stdout, child.stderr
    assert [p.name for p in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "an earlier result"


def test_nothing_half_written_on_any_error(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("before")
    for error, caught in (
        (OSError(errno.ENOSPC, "No space left on device"), OutputError),
        (PermissionError(errno.EACCES, "Permission denied"), OutputError),
        (KeyboardInterrupt(), KeyboardInterrupt),
    ):

        def fail(path: Path, error: BaseException = error) -> None:
            path.write_text("half", encoding="utf-8")
            raise error

        with pytest.raises(caught):
            write_atomically(tmp_path / "t.csv", fail)
        assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("t.csv", "before")]


# sheared grids ------------------------------------------------------------------------------------


@pytest.mark.parametrize("tilt", [-20.0, 15.0])
def test_itk_reads_a_nifti_result_of_a_sheared_grid_where_it_was(
    tmp_path: Path, tilt: float
) -> None:
    sitk = pytest.importorskip("SimpleITK")
    affine = np.diag([-2.0, 2.0, 3.0, 1.0])
    affine[1, 2] = 3 * np.tan(np.deg2rad(tilt))
    affine[:3, 3] = (40, -30, 7)
    labels = np.zeros((20, 30, 12), np.uint8)
    labels[4:16, 8:22, 2:10] = 1
    labels[:2, :2, :2] = labels[-2:, -2:, -2:] = 200  # the ends are not lost
    write_segmentation(tmp_path / "a.nii.gz", labels, affine, TABLE, "x")
    image = sitk.ReadImage(str(tmp_path / "a.nii.gz"))
    found, straight = read_label_map(tmp_path / "a.nii.gz")
    assert sitk.GetArrayFromImage(image).T.shape == found.shape
    assert abs(int((found == 200).sum()) - 16) <= 4
    old = affine @ np.array([*np.argwhere(labels == 1).mean(0), 1])
    new = straight @ np.array([*np.argwhere(found == 1).mean(0), 1])
    np.testing.assert_allclose(new, old, atol=0.5)
    before, after = (
        np.sum(array == 1) * abs(np.linalg.det(grid))
        for array, grid in ((labels, affine), (found, straight))
    )
    assert after == pytest.approx(before, rel=0.02)


def test_a_grid_of_right_angles_stays(tmp_path: Path) -> None:
    affine = make_affine((0.7, 0.8, 2.5), -1, (0.3, -0.2, 0.5))
    write_segmentation(tmp_path / "a.nii.gz", make_labels(), affine, TABLE, "x")
    found, grid = read_label_map(tmp_path / "a.nii.gz")
    np.testing.assert_array_equal(found, make_labels())
    np.testing.assert_allclose(grid, affine, atol=1e-5)
