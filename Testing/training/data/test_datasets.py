"""Finding training volumes behind all kinds of paths, and checking them."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from places import SHARED
from training_files import AFFINE, SHAPE, make_ct, make_labels, write

from VoCoLib.errors import CancelledError, InputError
from VoCoLib.events import Event
from VoCoLib.images import inputs
from VoCoLib.images.label_names import names_of
from VoCoLib.images.volumes import read_volume
from VoCoLib.training.data.datasets import Case, find_cases
from VoCoLib.training.data.inspection import inspect_cases

OPENKBP = SHARED / "data" / "openkbp"
needs_data = pytest.mark.skipif(not OPENKBP.is_dir(), reason="shared/data is not on this machine")

TWO = names_of({1: "One", 2: "Two"})
EIGHT = names_of({value: f"structure {value}" for value in range(1, 8)})


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"?")


def names(cases: list[Case], root: Path) -> list[str]:
    return [case.image.relative_to(root).as_posix() for case in cases]


def pairs(cases: list[Case]) -> list[tuple[str, str | None]]:
    return [(case.image.name, case.label and case.label.name) for case in cases]


def write_json(path: Path, data: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    return path


# Folders


def test_a_folder_is_searched_at_any_depth(tmp_path: Path) -> None:
    root = tmp_path / "Bilder von Zoë"
    touch(root, "b.nii.gz", "a.NRRD", "Größe 1/ct.mha", "Größe 1/notes.txt", "deep/er/ct.mhd")
    touch(root, "series/1.dcm", "series/2.dcm", "empty/readme.md")
    touch(root, "._b.nii.gz", ".hidden/ct.nii", "a.seg.nrrd")
    assert names(find_cases(root), root) == [
        "a.NRRD",
        "b.nii.gz",
        "Größe 1/ct.mha",
        "deep/er/ct.mhd",
        "series",
    ]


def test_dicom_files_need_no_suffix(tmp_path: Path) -> None:
    image = sitk.GetImageFromArray(np.zeros((4, 4), np.int16))
    (tmp_path / "patient").mkdir()
    sitk.WriteImage(image, str(tmp_path / "slice.dcm"))
    os.rename(tmp_path / "slice.dcm", tmp_path / "patient" / "IM0001")
    assert names(find_cases(tmp_path), tmp_path) == ["patient"]


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    touch(tmp_path, "patients/ct.nii")
    try:
        (tmp_path / "patients" / "all").symlink_to(tmp_path, target_is_directory=True)
    except OSError:
        pytest.skip("this system lets nobody make links")
    assert names(find_cases(tmp_path), tmp_path) == ["patients/ct.nii"]


def test_broken_links_are_listed_so_that_the_reader_names_them(tmp_path: Path) -> None:
    touch(tmp_path, "a.nii")
    try:
        (tmp_path / "linked.nii.gz").symlink_to(tmp_path / "nowhere.nii.gz")
    except OSError:
        pytest.skip("this system lets nobody make links")
    cases = find_cases(tmp_path)
    assert names(cases, tmp_path) == ["a.nii", "linked.nii.gz"]
    assert "linked.nii.gz does not exist" in inspect_cases(cases, ignore).problems()[1]


def test_folders_that_cannot_be_read_are_listed_so_that_the_reader_names_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path, "deep/ct.nii", "deep/lost+found/x.nii", "z.nii")
    listing, scanning = Path.iterdir, os.scandir

    def list_folder(path: Path) -> Iterator[Path]:
        if path.name == "lost+found":
            raise PermissionError(errno.EACCES, "Permission denied")
        return listing(path)

    def scan_folder(path: str) -> Iterator[os.DirEntry]:
        if os.path.basename(path) == "lost+found":
            raise PermissionError(errno.EACCES, "Permission denied")
        return scanning(path)

    monkeypatch.setattr(Path, "iterdir", list_folder)
    monkeypatch.setattr(os, "scandir", scan_folder)
    monkeypatch.setattr(inputs, "_read_elsewhere", read_volume)  # a child would list it all
    cases = find_cases(tmp_path)
    assert names(cases, tmp_path) == ["z.nii", "deep/ct.nii", "deep/lost+found"]
    assert (
        "lost+found cannot be opened: no permission" in inspect_cases(cases, ignore).problems()[2]
    )
    with pytest.raises(InputError, match=r"lost\+found cannot be opened: Permission denied"):
        find_cases(tmp_path / "deep" / "lost+found")


def test_a_single_file_is_a_case(tmp_path: Path) -> None:
    touch(tmp_path, "ct.nii.gz")
    assert find_cases(tmp_path / "ct.nii.gz") == [Case(tmp_path / "ct.nii.gz")]


@pytest.mark.parametrize("start", ["", "imagesTr"])
def test_labels_lie_beside_the_images(tmp_path: Path, start: str) -> None:
    touch(tmp_path, "imagesTr/a.nii.gz", "imagesTr/b.nii.gz", "labelsTr/a.nrrd", "labelsTr/c.nii")
    assert pairs(find_cases(tmp_path / start)) == [("a.nii.gz", "a.nrrd"), ("b.nii.gz", None)]


def test_groups_of_a_data_set(tmp_path: Path) -> None:
    touch(tmp_path, "imagesTr/a.nii", "imagesTs/b.nii", "imagesVa/c.nii", "labelsVa/c.nii")
    assert pairs(find_cases(tmp_path, "test")) == [("b.nii", None)]
    assert pairs(find_cases(tmp_path, "validation")) == [("c.nii", "c.nii")]
    assert pairs(find_cases(tmp_path / "imagesTs")) == [("b.nii", None)]
    (tmp_path / "imagesTs" / "b.nii").unlink()
    with pytest.raises(InputError, match="no volume"):
        find_cases(tmp_path, "test")


def test_channel_numbers_of_nnunet(tmp_path: Path) -> None:
    touch(tmp_path, "imagesTr/a_1_0000.nii.gz", "imagesTr/b_0000.nii.gz", "labelsTr/a_1.nii.gz")
    expected = [("a_1_0000.nii.gz", "a_1.nii.gz"), ("b_0000.nii.gz", None)]
    assert pairs(find_cases(tmp_path)) == expected
    description = write_json(tmp_path / "dataset.json", {"channel_names": {"0": "CT"}})
    assert pairs(find_cases(tmp_path)) == expected
    assert pairs(find_cases(description)) == expected  # nnU-Net 2 lists no files
    touch(tmp_path, "imagesTr/a_1_0001.nii.gz", "imagesTr/b_0001.nii.gz")
    write_json(description, {"channel_names": {"0": "PET", "1": "CT"}})
    assert pairs(find_cases(tmp_path)) == [
        ("a_1_0001.nii.gz", "a_1.nii.gz"),
        ("b_0001.nii.gz", None),
    ]
    write_json(description, {"channel_names": ["PET", "CT"]})
    assert pairs(find_cases(tmp_path)) == [
        ("a_1_0001.nii.gz", "a_1.nii.gz"),
        ("b_0001.nii.gz", None),
    ]
    write_json(description, {"channel_names": {"0": "T1", "1": "T2"}})
    with pytest.raises(InputError, match=r"dataset\.json names is CT: T1, T2"):
        find_cases(tmp_path)


def test_label_maps_may_have_the_channel_number_too(tmp_path: Path) -> None:
    touch(tmp_path, "imagesTr/a_0000.nii.gz", "labelsTr/a_0000.nii.gz")
    write_json(tmp_path / "dataset.json", {"channel_names": {"0": "CT"}})
    assert pairs(find_cases(tmp_path)) == [("a_0000.nii.gz", "a_0000.nii.gz")]


@pytest.mark.parametrize("said", ["CT", 1, {"CT": 0}, {"first": "PET", "second": "CT"}, None])
def test_channels_that_a_description_does_not_number(tmp_path: Path, said: object) -> None:
    touch(tmp_path, "imagesTr/a_0000.nii.gz", "labelsTr/a.nii.gz")
    write_json(tmp_path / "dataset.json", {"modality": said})
    assert pairs(find_cases(tmp_path)) == [("a_0000.nii.gz", "a.nii.gz")]


def test_dicom_folders_are_named_by_numbers_with_dots(tmp_path: Path) -> None:
    touch(tmp_path, "imagesTr/1.2.840.113.1/a.dcm", "imagesTr/1.2.840.113.2/a.dcm")
    touch(tmp_path, "labelsTr/1.2.840.113.1.nii.gz")
    assert pairs(find_cases(tmp_path)) == [
        ("1.2.840.113.1", "1.2.840.113.1.nii.gz"),
        ("1.2.840.113.2", None),
    ]


def test_numbers_that_are_names(tmp_path: Path) -> None:
    touch(tmp_path, "imagesTr/amos_0001.nii.gz", "imagesTr/amos_0000.nii.gz")
    touch(tmp_path, "labelsTr/amos_0001.nii.gz")
    write_json(tmp_path / "dataset.json", {"modality": {"0": "CT"}})
    assert pairs(find_cases(tmp_path)) == [
        ("amos_0000.nii.gz", None),
        ("amos_0001.nii.gz", "amos_0001.nii.gz"),
    ]


# Lists


def test_decathlon_json(tmp_path: Path) -> None:
    far = tmp_path / "elsewhere" / "c.nrrd"
    data = {
        "training": [
            {"image": "./imagesTr/a b.nii.gz", "label": "./labelsTr/a b.nii.gz"},
            {"image": ["Größe/b.nii"]},
            str(far),
        ],
        "val": [{"image": "v.nii", "label": ""}],
        "test": ["./imagesTs/t.nii.gz"],
    }
    path = write_json(tmp_path / "données.json", data)
    images, labels = tmp_path / "imagesTr", tmp_path / "labelsTr"
    assert find_cases(path) == [
        Case(images / "a b.nii.gz", labels / "a b.nii.gz"),
        Case(tmp_path / "Größe" / "b.nii"),
        Case(far),
    ]
    assert find_cases(path, "validation") == [Case(tmp_path / "v.nii")]
    assert find_cases(path, "test") == [Case(tmp_path / "imagesTs" / "t.nii.gz")]


def test_json_of_nnunet_1_leaves_the_channel_out(tmp_path: Path) -> None:
    touch(tmp_path, "imagesTr/a_0000.nii.gz")
    item = {"image": "./imagesTr/a.nii.gz", "label": "./labelsTr/a.nii.gz"}
    path = write_json(tmp_path / "dataset.json", {"training": [item]})
    assert pairs(find_cases(path)) == [("a_0000.nii.gz", "a.nii.gz")]
    touch(tmp_path, "imagesTr/a_0001.nii.gz")
    write_json(path, {"modality": {"0": "PET", "1": "CT"}, "training": [item]})
    assert pairs(find_cases(path)) == [("a_0001.nii.gz", "a.nii.gz")]
    write_json(path, {"modality": {"0": "T1", "1": "T2"}, "training": [item]})
    with pytest.raises(InputError, match="names is CT: T1, T2"):
        find_cases(path)
    touch(tmp_path, "imagesTr/a.nii.gz")  # no number is needed
    assert pairs(find_cases(path)) == [("a.nii.gz", "a.nii.gz")]


def test_one_path_in_two_spellings_is_one_case(tmp_path: Path) -> None:
    items = ["a.nii", {"image": "d/../a.nii"}, {"image": "./a.nii", "label": "d/../l.nii"}]
    first, second, third = find_cases(write_json(tmp_path / "list.json", {"training": items}))
    assert first == second == Case(tmp_path / "a.nii")
    assert third == Case(tmp_path / "a.nii", tmp_path / "l.nii")
    (tmp_path / "list.txt").write_text("a.nii\nd/../a.nii\n", encoding="utf-8")
    assert find_cases(tmp_path / "list.txt") == [first, first]


def test_text_list(tmp_path: Path) -> None:
    path = tmp_path / "my list.txt"
    far = tmp_path / "b.nrrd"
    path.write_text(f"\ufeff# cases\n\n  Zoë/a b.nii.gz \n{far}\n", encoding="utf-8")
    assert find_cases(path) == [Case(tmp_path / "Zoë" / "a b.nii.gz"), Case(far)]


def test_what_cannot_be_a_source(tmp_path: Path) -> None:
    touch(tmp_path, "empty/readme.md", "plain/ct.nii")
    (tmp_path / "archive.zip").write_bytes(bytes(range(256)))
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "empty.txt").write_text("# nothing\n")
    write_json(tmp_path / "keys.json", {"images": []})
    write_json(tmp_path / "list.json", [])
    write_json(tmp_path / "two.json", {"training": [{"image": ["ct.nii", "pet.nii"]}]})
    write_json(tmp_path / "label.json", {"training": [{"image": "a.nii", "label": ["b.nii"]}]})
    write_json(tmp_path / "none.json", {"training": []})
    problems = {
        "missing": "does not exist",
        "empty": "no volume in",
        "archive.zip": "neither an image nor a list",
        "broken.json": "cannot be read as JSON",
        "empty.txt": "no volume in",
        "keys.json": 'no list "training"',
        "list.json": "must hold an object",
        "two.json": "Item 1 of .* no single image",
        "label.json": "Item 1 of .* no single image",
        "none.json": "no volume in",
    }
    for name, problem in problems.items():
        with pytest.raises(InputError, match=problem) as caught:
            find_cases(tmp_path / name)
        assert name in caught.value.message
    with pytest.raises(InputError, match="plain has no validation"):
        find_cases(tmp_path / "plain", "validation")


@needs_data
def test_openkbp() -> None:
    assert len(find_cases(OPENKBP / "dataset.json")) == 166
    assert find_cases(OPENKBP) == find_cases(OPENKBP / "imagesTr")
    train = find_cases(OPENKBP / "splits.json")
    held_back = find_cases(OPENKBP / "splits.json", "validation")
    assert (len(train), len(held_back)) == (133, 33)
    assert {*train, *held_back} == {*find_cases(OPENKBP)}
    assert all(c.image.name == c.label.name and c.label.is_file() for c in train if c.label)


# Inspection


def ignore(_: Event) -> None:
    pass


def test_inspection_says_what_is_wrong_with_each(tmp_path: Path) -> None:
    ct = make_ct()
    labels = write(tmp_path / "labels.nii", make_labels(ct))
    image = write(tmp_path / "good.nii", ct)
    mri = write(tmp_path / "mri.nii", np.abs(ct))
    cut = write(tmp_path / "cut.nii.gz", ct)
    cut.write_bytes(cut.read_bytes()[:2000])
    shifted = AFFINE.copy()
    shifted[0, 3] = 1
    cases = [
        Case(image, labels),
        Case(mri, labels),
        Case(cut),
        Case(tmp_path / "gone.nii"),
        Case(image),
        Case(image, write(tmp_path / "9.nii", make_labels(ct) * np.uint8(9))),
        Case(image, write(tmp_path / "moved.nii", make_labels(ct), shifted)),
        Case(image, write(tmp_path / "short.nii", make_labels(ct)[:, :, :-1])),
    ]
    events: list[Event] = []
    report = inspect_cases(cases, events.append, TWO)
    assert report.usable == 1
    assert report.mixed
    good = report.cases[0]
    assert (good.shape, good.spacing) == (SHAPE, (3.0, 3.0, 4.0))
    assert good.hu_range == (float(ct.min()), float(ct.max()))
    assert good.label_values == (1, 2) and not report.cases[4].label_values
    expected = [
        ("mri.nii", "not look like HU"),
        ("cut.nii.gz", "truncated or damaged"),
        ("gone.nii", "does not exist"),
        ("good.nii", "no label map"),
        ("9.nii", "holds the value 18, but the classes are 0 to 2"),
        ("moved.nii", "not on the grid"),
        ("short.nii", "not on the grid"),
    ]
    problems = report.problems()
    assert len(problems) == len(expected)
    for text, (name, words) in zip(problems, expected, strict=True):
        assert name in text and words in text
    assert [item["done"] for item in events] == list(range(9))


def test_what_is_said_of_a_label_map_says_whose_it_is(tmp_path: Path) -> None:
    ct = make_ct()
    label = write(tmp_path / "s2" / "seg.nii.gz", make_labels(ct) + np.float32(0.5))
    case = Case(write(tmp_path / "ct.nii", ct), label)
    (problem,) = inspect_cases([case], ignore, TWO).problems()
    assert f"{label} is no label map" in problem
    gone = Case(case.image, tmp_path / "s3" / "seg.nii.gz")
    (problem,) = inspect_cases([gone], ignore, TWO).problems()
    assert problem.count(str(gone.label)) == 1  # once is enough


def test_without_classes_labels_are_not_looked_at(tmp_path: Path) -> None:
    image = write(tmp_path / "ct.nii", make_ct())
    report = inspect_cases([Case(image), Case(image, tmp_path / "gone.nii")], ignore)
    assert report.usable == 2 and not report.mixed and not report.problems()


def test_labels_may_be_stored_in_another_order(tmp_path: Path) -> None:
    ct = make_ct()
    flipped = AFFINE.copy()
    flipped[:3, 0] *= -1
    flipped[:3, 3] = (AFFINE @ [SHAPE[0] - 1, 0, 0, 1])[:3]
    label = write(tmp_path / "l.nii", make_labels(ct)[::-1], flipped)
    case = Case(write(tmp_path / "ct.nii", ct), label)
    assert inspect_cases([case], ignore, TWO).usable == 1


def test_inspection_can_be_cancelled(tmp_path: Path) -> None:
    with pytest.raises(CancelledError):
        inspect_cases([Case(tmp_path)], ignore, cancelled=lambda: True)


@needs_data
def test_every_fifth_patient_of_openkbp_is_usable() -> None:
    assert inspect_cases(find_cases(OPENKBP)[::5], ignore, EIGHT).problems() == []
