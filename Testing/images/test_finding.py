"""Finding volumes in folders, with a report of what is left out; names that are not UTF-8."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from training_files import make_ct, make_labels, write

from VoCoLib.errors import InputError
from VoCoLib.images.encodings import printable
from VoCoLib.images.finding import find_volumes
from VoCoLib.images.inputs import read_input
from VoCoLib.images.label_maps import read_named_labels
from VoCoLib.images.label_names import names_of
from VoCoLib.training.data.datasets import find_cases

any_name = pytest.mark.skipif(
    sys.platform in ("win32", "darwin"), reason="file names are always Unicode here"
)


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"?")


def link(path: Path, target: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.symlink_to(target)
    except OSError:
        pytest.skip("this system lets nobody make links")


def found(root: Path, results: Path | None = None) -> list[str]:
    return [p.relative_to(root).as_posix() for p in find_volumes(root, results).volumes]


def test_a_file_above_folders_hides_none_of_them(tmp_path: Path) -> None:
    touch(tmp_path, "scout.nii.gz", "P1/one.nii.gz", "P2/deep/two.nrrd", "P3/1.dcm", "P3/x.mha")
    expected = ["scout.nii.gz", "P1/one.nii.gz", "P2/deep/two.nrrd", "P3/x.mha", "P3"]
    assert found(tmp_path) == expected


def test_links_to_folders_above_end(tmp_path: Path) -> None:
    touch(tmp_path, "C/c.nii.gz")
    link(tmp_path / "A" / "back", "..")
    link(tmp_path / "B" / "back", "..")
    link(tmp_path / "D", "C")
    assert found(tmp_path) == ["C/c.nii.gz"]
    (line,) = find_volumes(tmp_path).report()
    assert "a link to a folder that is searched anyway" in line
    assert all(str(tmp_path / name) in line for name in ("A/back", "B/back", "D"))


def test_links_without_a_target_are_named(tmp_path: Path) -> None:
    touch(tmp_path, "here.nii.gz")
    link(tmp_path / "not_here.nii.gz", "../.git/annex/objects/x")
    link(tmp_path / "P7", "/mnt/nowhere/P7")
    assert found(tmp_path) == ["here.nii.gz", "not_here.nii.gz"]  # its reader says that it is not
    with pytest.raises(InputError, match=r"not_here\.nii\.gz does not exist: it is a link"):
        read_input(tmp_path / "not_here.nii.gz")
    said: list[str] = []
    find_cases(tmp_path, tell=said.append)
    assert said == [f"Left out (a link without a target): {tmp_path / 'P7'}"]


def test_label_maps_and_results_are_left_out_and_said(tmp_path: Path) -> None:
    touch(tmp_path, "s1/ct.nii.gz", "s1/segmentations/liver.nii.gz", "s1/ct.seg.nrrd")
    touch(tmp_path, "out/s1/ct.nii.gz", "imagesTr/a.nii.gz", "labelsTr/a.nii.gz")
    assert found(tmp_path, tmp_path / "out") == ["imagesTr/a.nii.gz", "s1/ct.nii.gz"]
    labels, segmentation = find_volumes(tmp_path, tmp_path / "out").report()
    assert "a folder of label maps" in labels and "segmentations" in labels
    assert "ct.seg.nrrd" in segmentation
    assert found(tmp_path / "labelsTr") == ["a.nii.gz"]  # somebody names it


def test_a_long_report_is_cut(tmp_path: Path) -> None:
    touch(tmp_path, "a.nii", *(f"{n:02}.seg.nrrd" for n in range(14)))
    (line,) = find_volumes(tmp_path).report()
    assert line.endswith("09.seg.nrrd and 4 others")


# Names that are not UTF-8


def latin1(folder: Path, name: str) -> Path:
    """A path of which the last part is in Latin-1."""
    return Path(os.fsdecode(os.fsencode(folder) + b"/" + name.encode("latin-1")))


@any_name
@pytest.mark.parametrize("suffix", ["nii.gz", "nrrd", "mha", "mhd"])
def test_a_name_in_latin1_is_read(tmp_path: Path, suffix: str) -> None:
    sitk = pytest.importorskip("SimpleITK")
    plain = write(tmp_path / "plain.nii.gz", make_ct())
    file = tmp_path / f"Schaedel.{suffix}"
    sitk.WriteImage(sitk.ReadImage(str(plain)), str(file))
    path = latin1(tmp_path, f"Schädel.{suffix}")
    os.rename(file, path)
    volume = read_input(path)
    assert volume.name == f"Schädel.{suffix}"
    assert (volume.array == make_ct()).all()
    inside = latin1(tmp_path, "Müller")
    inside.mkdir()
    for file in tmp_path.glob("Sch*"):
        os.rename(file, inside / file.name)
    assert (read_input(inside / path.name).array == make_ct()).all()


@any_name
def test_a_dicom_folder_in_latin1_is_found_and_read(tmp_path: Path) -> None:
    sitk = pytest.importorskip("SimpleITK")
    folder = latin1(tmp_path, "Müller")
    (tmp_path / "M").mkdir()
    for k in range(3):
        image = sitk.GetImageFromArray(make_ct()[:, :, k].T.copy())
        image.SetMetaData("0008|0060", "CT")
        image.SetMetaData("0020|000e", "1.2.3")
        image.SetMetaData("0020|0032", f"0\\0\\{k}")
        image.SetMetaData("0020|0037", "1\\0\\0\\0\\1\\0")
        writer = sitk.ImageFileWriter()
        writer.KeepOriginalImageUIDOn()
        writer.SetFileName(str(tmp_path / "M" / f"{k}.dcm"))
        writer.Execute(image)
    for file in [*(tmp_path / "M").iterdir()]:
        file.rename(file.with_suffix(""))
    os.rename(tmp_path / "M", folder)
    assert find_volumes(tmp_path).volumes == [folder]
    volume = read_input(folder)
    assert (volume.name, volume.array.shape) == ("Müller", (30, 26, 3))


@any_name
def test_a_label_map_in_latin1_is_read(tmp_path: Path) -> None:
    path = latin1(tmp_path, "Müller.nii.gz")
    os.rename(write(tmp_path / "M.nii.gz", make_labels(make_ct())), path)
    found_map = read_named_labels(path, names_of({1: "One", 2: "Two"}))
    assert (found_map.array == make_labels(make_ct())).all()
    assert printable(path) == f"{tmp_path}/Müller.nii.gz"


@pytest.mark.parametrize("name", ["/Zoë/M\udcfcller.nii.gz", "/Zo\udceb/Müller.nii.gz"])
def test_only_bytes_that_are_not_utf_8_are_read_as_latin_1(name: str) -> None:
    assert printable(name) == "/Zoë/Müller.nii.gz"


def test_whatever_a_reader_raises_is_said_of_the_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> None:
        raise AttributeError("no such thing")

    monkeypatch.setattr("VoCoLib.images.inputs.read_volume", fail)
    touch(tmp_path, "a.nii.gz")
    with pytest.raises(InputError, match=r"a\.nii\.gz cannot be read \(AttributeError: no such"):
        read_input(tmp_path / "a.nii.gz")
