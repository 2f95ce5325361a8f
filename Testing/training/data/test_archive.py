"""The index of an archive: right, refreshed where something has changed, and not read otherwise."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from dicom_files import write_series
from training_files import make_ct, write

from VoCoLib.errors import InputError
from VoCoLib.images import folders
from VoCoLib.images.headers import size_in
from VoCoLib.method.presets import Preparation
from VoCoLib.training.data import archive, contents
from VoCoLib.training.data.archive import ArchiveIndex, look_at, prepared_bytes
from VoCoLib.training.data.datasets import Case, find_cases

LONG_AGO = 10**18  # ns


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two patients in folders of their own and a series, all of long ago."""
    root = tmp_path / "Archiv von Zoë"
    for name in ("a", "b"):
        write(root / name / "ct.nii.gz", make_ct())
    write_series(root / "c")
    for path in [*root.rglob("*"), root]:
        os.utime(path, ns=(LONG_AGO, LONG_AGO))
    return root


@pytest.fixture(autouse=True)
def worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "_WORTH_IT", 1)


def start(data: Path, home: Path) -> tuple[list[Case], list[archive.VolumeFacts]]:
    """What a run finds when it starts."""
    index = ArchiveIndex(data, home)
    cases = find_cases(data, index=index)
    facts = index.facts([case.image for case in cases])
    index.save()
    return cases, facts


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the folders and volumes that were looked into."""
    found: list[str] = []

    def look_into(path: str) -> folders.FolderContents:
        found.append(Path(path).name)
        return real(path)

    def look_at_volume(path: str) -> archive.VolumeFacts:
        found.append("/".join(Path(path).parts[-2:]))
        return look_at(path)

    real = folders.look_into
    monkeypatch.setattr(folders, "look_into", look_into)
    monkeypatch.setattr(archive, "look_at", look_at_volume)
    return found


def test_what_has_not_changed_is_not_looked_at_again(
    data: Path, tmp_path: Path, looked_at: list[str]
) -> None:
    first = start(data, tmp_path)
    assert len(looked_at) == 4 + 3
    looked_at.clear()
    assert start(data, tmp_path) == first
    assert looked_at == []
    write(data / "d" / "ct.nii.gz", make_ct(1))  # a new patient
    write(data / "a" / "ct.nii.gz", make_ct(2))  # another CT of the same name
    (data / "b" / "ct.nii.gz").unlink()
    cases, facts = start(data, tmp_path)
    assert cases == find_cases(data) and len(cases) == 3
    assert sorted(looked_at[:5]) == ["Archiv von Zoë", "a/ct.nii.gz", "b", "d", "d/ct.nii.gz"]
    assert facts[0].print != first[1][0].print


def test_a_folder_that_changed_a_moment_ago_is_looked_into_again(
    data: Path, tmp_path: Path, looked_at: list[str]
) -> None:
    """Its clock may not tell what came after the look."""
    os.utime(data / "a", ns=(time.time_ns(), time.time_ns()))
    start(data, tmp_path)
    looked_at.clear()
    start(data, tmp_path)
    assert looked_at == ["a"]


def test_a_study_in_folders_is_seen_to_change(data: Path, tmp_path: Path) -> None:
    for name, uid in (("1", "1.2.3.4"), ("2", "1.2.3.5")):
        write_series(data / "study" / "deep" / name, series=uid, PatientID="one")
    for path in [*data.rglob("*"), data]:
        os.utime(path, ns=(LONG_AGO, LONG_AGO))
    cases, facts = start(data, tmp_path)
    assert cases[-1].image == data / "study"
    assert facts[-1].print and facts[-1].size > facts[-2].size
    write_series(data / "study" / "deep" / "3", PatientID="another")
    names = ["1", "2", "3"]
    expected = [data / "study" / "deep" / name for name in names]
    assert [case.image for case in start(data, tmp_path)[0][3:]] == expected


@pytest.mark.parametrize("damage", [b"", b"{", b'{"format": 99}\n', b'{"format": 1}\n["folder"]\n'])
def test_a_damaged_index_is_none(data: Path, tmp_path: Path, damage: bytes) -> None:
    first = start(data, tmp_path)
    (path,) = (tmp_path / "archives").iterdir()
    path.write_bytes(damage)
    assert start(data, tmp_path) == first


def test_a_print_tells_what_a_moved_volume_is(data: Path, tmp_path: Path) -> None:
    before = [look_at(str(case.image)).print for case in find_cases(data)]
    moved = tmp_path / "elsewhere"
    shutil.copytree(data, moved)
    assert [look_at(str(case.image)).print for case in find_cases(moved)] == before
    assert before[0] == before[1] != before[2]  # two have the same content
    with (moved / "a" / "ct.nii.gz").open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"?")
    assert look_at(str(moved / "a" / "ct.nii.gz")).print != before[0]
    assert look_at(str(moved / "none")) == archive.VolumeFacts()


def test_volumes_of_the_same_name_are_found_again_with_one_look_at_each(
    tmp_path: Path, looked_at: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "look_at", archive.look_at)  # which is counted
    for number in range(40):
        write(tmp_path / "there" / f"{number:02}" / "ct.nii", make_ct(number))
    cases = find_cases(tmp_path / "there")
    known = [(case, look_at(str(case.image)).print) for case in cases]
    (tmp_path / "there").rename(tmp_path / "here")
    found = find_cases(tmp_path / "here")
    looked_at.clear()
    assert contents.find_again(known[::-1], found) == found[::-1]
    assert len(looked_at) == 40
    shutil.rmtree(tmp_path / "here" / "07")
    with pytest.raises(InputError, match=r"1 of the 40 cases .* 07.ct\.nii"):
        contents.find_again(known, find_cases(tmp_path / "here"))


@pytest.mark.parametrize("suffix", ["nii", "nii.gz", "nrrd", "mha", "mhd", "mgz", "hdr", "img.nii"])
def test_shape_and_spacing_are_in_the_first_bytes(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"ct.{suffix}"
    affine = np.array([[-1.5, 0, 0, 9], [0, 2.25, 0, 8], [0, 0, 3, 7], [0, 0, 0, 1]])
    if suffix in ("nrrd", "mha", "mhd"):
        image = sitk.GetImageFromArray(make_ct().T.copy())
        image.SetSpacing((1.5, 2.25, 3))
        image.SetDirection((0, 1, 0, -1, 0, 0, 0, 0, 1))
        sitk.WriteImage(image, str(path))
    elif suffix == "mgz":
        nib.save(nib.MGHImage(make_ct().astype(np.int32), affine), path)
    elif suffix == "hdr":
        nib.save(nib.AnalyzeImage(make_ct(), affine), path)
    else:
        header = nib.Nifti2Header if suffix == "img.nii" else nib.Nifti1Header
        kind = nib.Nifti2Image if suffix == "img.nii" else nib.Nifti1Image
        nib.save(kind(make_ct(), affine, header(endianness=">")), path)
    shape, spacing = size_in(path.read_bytes()[:4096])
    assert shape == make_ct().shape
    assert spacing == pytest.approx((1.5, 2.25, 3))


@pytest.mark.parametrize(
    "start", [b"", b"?", b"\x1f\x8b?", b"NRRD0004\nsizes: 3 4\n\n", b"\x5c\x01"]
)
def test_damaged_headers_tell_nothing(start: bytes) -> None:
    assert size_in(start) is None


def test_what_a_prepared_volume_takes() -> None:
    facts = archive.VolumeFacts(shape=(100, 100, 50), spacing=(1.0, 1.0, 3.0))
    assert prepared_bytes(facts, Preparation((2.0, 2.0, 3.0), (0, 1))) == 2 * 50 * 50 * 50
    assert prepared_bytes(facts, Preparation(None, (0, 1))) == 2 * 100 * 100 * 50
    assert prepared_bytes(facts, Preparation(None, (0, 1), shape=(4, 4, 4))) == 128
    assert prepared_bytes(archive.VolumeFacts(), Preparation(None, (0, 1))) == 0
