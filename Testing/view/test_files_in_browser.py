"""Files that are dropped onto the page of voco view, and those that it gives back."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import view_page
from view_page import Page

from VoCoLib.images.phantom import DEMO_SEED, make_phantom
from VoCoLib.models.catalogue import Catalogue

view_page.skip_unless_it_can_run()
pytestmark = pytest.mark.long

STUDY = "Zoë, 100 % #2"  # names as hospitals have them


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The synthetic torso as a folder of DICOM files."""
    pytest.importorskip("gdcm")
    from dicom_files import change, ct_slice, save

    phantom = make_phantom(DEMO_SEED, (5.0,) * 3)
    ct, folder = phantom.image[::-1, ::-1], tmp_path_factory.mktemp("dicom") / STUDY
    corner = phantom.affine @ (ct.shape[0] - 1, ct.shape[1] - 1, 0, 1)
    for k in range(ct.shape[2]):
        place = (-corner[0], -corner[1], corner[2] + 5.0 * k)
        data = ct_slice(ct[:, :, k], place, SOPInstanceUID=f"1.2.3.4.{k}", InstanceNumber=k + 1)
        save(change(data, PixelSpacing=[5.0, 5.0], SliceThickness=5), folder / f"{k:03}.dcm")
    return folder


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    runs = tmp_path_factory.mktemp("runs")
    with view_page.serving(*view_page.voco_view("--runs", str(runs))) as address:
        yield address


@pytest.fixture
def page(address: str, tmp_path: Path) -> Iterator[Page]:
    page = Page(address, tmp_path)
    try:
        page.says("Ready.")
        yield page
    finally:
        page.close()


def drop(page: Page, *paths: Path) -> None:
    """Drops files and folders from the desktop onto the page."""
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        event = {"type": kind, "x": 700, "y": 300, "data": data}
        page.driver.execute_cdp_cmd("Input.dispatchDragEvent", event)


def shows(page: Page, title: str) -> None:
    """Waits until a CT of this title is shown."""
    page.until(lambda: page.text(".voco-ct .v-select__selection") == title, title)
    page.says("Ready.")
    page.until(lambda: not page.all(".voco-ct .v-progress-linear--active"))


def test_a_study_is_dropped_segmented_and_comes_back_as_dicom(page: Page, study: Path) -> None:
    import highdicom
    import nibabel as nib
    import SimpleITK
    from pydicom import dcmread

    drop(page, study)
    shows(page, STUDY)
    page.click("#apply")
    page.find("#result")
    for kind in (".dcm", ".seg.nrrd", ".nii.gz", ".csv"):
        page.click(f"a[title='Download {kind}']")
    files = {k: page.downloaded(f"{STUDY}{k}") for k in (".dcm", ".seg.nrrd", ".nii.gz", ".csv")}
    seg = highdicom.seg.segread(files[".dcm"])
    original = dcmread(study / "000.dcm")
    names = [label.name for label in Catalogue().get("demo-torso").recipe.labels]
    assert [part.SegmentLabel for part in seg.SegmentSequence] == names
    assert (seg.PatientName, seg.StudyInstanceUID) == (original.PatientName, "1.2.3")
    assert seg.FrameOfReferenceUID == original.FrameOfReferenceUID
    referred = seg.ReferencedSeriesSequence[0].ReferencedInstanceSequence
    assert {i.ReferencedSOPInstanceUID for i in referred} <= {f"1.2.3.4.{k}" for k in range(999)}
    # the same liver in each file, and as large as the table says
    value = names.index("Liver") + 1
    frames = seg.pixel_array.reshape(-1, seg.Rows, seg.Columns)
    numbers = [
        item.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        for item in seg.PerFrameFunctionalGroupsSequence
    ]
    in_dicom = sum(int(f.sum()) for f, n in zip(frames, numbers, strict=True) if n == value)
    image = nib.load(files[".nii.gz"])
    in_nifti = int((np.asarray(image.dataobj) == value).sum())
    in_slicer = int(
        (SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(files[".seg.nrrd"])) == value).sum()
    )
    assert in_dicom == in_nifti == in_slicer > 1000
    (row,) = (r for r in files[".csv"].read_text("utf-8").splitlines() if "Liver" in r)
    assert f"{in_nifti * 0.125:.1f}"[:5] in row


@pytest.mark.parametrize("way", ["button", "zip"])
def test_a_study_comes_by_the_button_or_in_a_zip(
    page: Page, study: Path, tmp_path: Path, way: str
) -> None:
    if way == "zip":
        archive = tmp_path / "study.zip"
        with zipfile.ZipFile(archive, "w") as file:
            for path in study.iterdir():
                file.write(path, f"{STUDY}/{path.name}")
        drop(page, archive)
        shows(page, "study")
        return
    # the browser's own dialog cannot be driven: the field that opens it gets the folder
    page.driver.execute_script(
        "HTMLInputElement.prototype.click = function () {"
        " this.id = 'picked'; document.body.append(this); }"
    )
    page.click("[aria-label='Open a DICOM folder']")
    page.until(lambda: page.all("#picked"))[0].send_keys(str(study))
    shows(page, STUDY)


def test_what_is_no_ct_is_refused_in_words(page: Page, tmp_path: Path) -> None:
    folder = tmp_path / "letters"
    folder.mkdir()
    refuse(page, [folder], "There is no file in it.")
    letters = [folder / "a.txt", folder / "b.txt"]
    for letter in letters:
        letter.write_text("Dear all,")
    refuse(page, [folder], "There is no CT in letters.")
    refuse(page, letters, "There is no CT in dropped files.")
    picture = tmp_path / "picture.nrrd"
    picture.write_bytes(
        b"NRRD0004\ntype: uint8\ndimension: 2\nsizes: 4 4\nencoding: raw\n\n" + bytes(16)
    )
    refuse(page, [picture], "picture.nrrd")
    page.says("VoCo demo torso", ".voco-ct")


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(page: Page, tmp_path: Path) -> None:
    large = tmp_path / "large.nii"
    with large.open("wb") as file:
        file.truncate(9 * 10**9)  # of which the disk holds nothing
    refuse(page, [large], "A session takes 8 GB at most")
    os.truncate(large, 0)


def refuse(page: Page, paths: Sequence[Path], words: str) -> None:
    """Drops what is refused in these words, and sees that the page goes on."""
    drop(page, *paths)
    page.says(words, "#dialog", 30)
    page.click("#close")
    page.until(lambda: not page.all("#dialog"))
    page.says("Ready.")
