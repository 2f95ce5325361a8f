"""voco view as people use it, in a real browser: segment, ask, train, leave and come back."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import view_page
from view_page import Page

from VoCoLib.images.phantom import DEMO_SEED, make_phantom
from VoCoLib.models.catalogue import Catalogue

view_page.skip_unless_it_can_run()
pytestmark = pytest.mark.long  # minutes: each page is a session with a worker of its own

LABELS = {label.name: label for label in Catalogue().get("demo-torso").recipe.labels}


@pytest.fixture(scope="module")
def cts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder, with a space in its name, of two patients and of small ones to train on."""
    import nibabel as nib

    folder = tmp_path_factory.mktemp("view") / "my patients"
    for name, seed, spacing in (
        ("ct", DEMO_SEED, 3.0),
        ("other", 5, 3.0),
        *((f"train/{seed}", seed, 6.0) for seed in (1, 2)),
    ):
        phantom = make_phantom(seed, (spacing,) * 3)
        path = folder / f"{name}.nii.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        nib.save(nib.Nifti1Image(phantom.image, phantom.affine), path)
    return folder


@pytest.fixture(scope="module")
def address(cts: Path) -> Iterator[str]:
    """Of a server with two patients."""
    arguments = [str(cts / "ct.nii.gz"), str(cts / "other.nii.gz"), "--runs", str(cts / "runs")]
    with view_page.serving(*view_page.voco_view(*arguments)) as address:
        yield address


@pytest.fixture
def page(address: str, tmp_path: Path) -> Iterator[Page]:
    """A tab, with the CT shown."""
    page = Page(address, tmp_path)
    try:
        page.says("Ready.")
        yield page
    finally:
        page.close()


def segment(page: Page) -> None:
    """Presses Apply and waits for the result."""
    page.click("#apply")
    page.find("#result")


def place_in(page: Page, view: str, ras: np.ndarray) -> tuple[int, int]:
    """Where a point in RAS mm is seen in the axial view of the whole CT, from the middle."""
    assert view == "Red"
    phantom = make_phantom(DEMO_SEED)
    size = np.array(phantom.image.shape) * 3.0
    shape = np.array(phantom.image.shape)
    middle = phantom.affine[:3, 3] + phantom.affine[:3, :3] @ (shape - 1) / 2
    box = page.find(f"#view-{view}").rect
    scale = max(size[0] / box["width"], size[1] / box["height"])
    return round((middle[0] - ras[0]) / scale), round((middle[1] - ras[1]) / scale)


def inside(name: str, s: float) -> np.ndarray:
    """RAS mm well inside a structure of the phantom, in the axial slice at s mm."""
    from scipy.ndimage import distance_transform_edt

    phantom = make_phantom(DEMO_SEED)
    k = round((s - phantom.affine[2, 3]) / phantom.affine[2, 2])
    depth = distance_transform_edt(phantom.label[:, :, k] == LABELS[name].value)
    i, j = np.unravel_index(depth.argmax(), depth.shape)
    return phantom.affine[:3, :3] @ (i, j, k) + phantom.affine[:3, 3]


def test_segmentation_is_that_of_the_command(page: Page, cts: Path, tmp_path: Path) -> None:
    """The same colours, the same files to the byte, the same sentence."""
    from command_line import run_here

    before = page.picture("Red")
    segment(page)
    for name in ("Liver", "Spleen"):
        x, y = place_in(page, "Red", inside(name, page.offset("Red")))

        def is_coloured(x: int = x, y: int = y, name: str = name) -> bool:
            picture = page.picture("Red").astype(float)
            row, column = picture.shape[0] // 2 + y, picture.shape[1] // 2 + x
            assert np.ptp(before[row, column].astype(int)) < 12  # grey
            shade = picture[row - 1 : row + 2, column - 1 : column + 2].mean((0, 1))
            colour = np.array(LABELS[name].color, float)
            return bool(np.corrcoef(shade, colour)[0, 1] > 0.95 and np.ptp(shade) > 20)

        page.until(is_coloured, f"the colour of {name}")
    page.until(lambda: page.picture("View1").std() > 10, "surfaces in 3D")
    result = tmp_path / "command.seg.nrrd"
    ct = str(cts / "ct.nii.gz")
    arguments = ["segment", ct, "-o", str(result), "--json"]
    code, said, error = run_here(arguments, dict(os.environ))
    assert code == 0, error
    for kind, link in ((".seg.nrrd", "Slicer"), (".csv", "Table")):
        page.click(f"a[title='Download {kind}']")
        theirs = result if kind == ".seg.nrrd" else result.with_name("command.csv")
        assert page.downloaded(f"ct{kind}").read_bytes() == theirs.read_bytes(), link
    (found,) = (e for e in map(json.loads, said.splitlines()) if e["event"] == "result")
    rows = {row["name"]: row for row in found["statistics"]}
    for element in page.all("#result tbody tr"):
        name, *_flags = element.find_element("css selector", "td").text.splitlines()
        assert f"{rows[name]['millilitres']:.1f}" in element.text
    page.click("a[title='Download .nii.gz']")
    import nibabel as nib

    image = nib.load(page.downloaded("ct.nii.gz"))
    assert np.array_equal(np.unique(image.dataobj), [0, *sorted(v.value for v in LABELS.values())])


def test_apply_can_be_cancelled_with_the_keyboard(page: Page) -> None:
    from selenium.webdriver.common.keys import Keys

    page.click("#apply")
    page.until(lambda: page.text("#apply") == "CANCEL")
    page.keys(Keys.ESCAPE)
    page.says("Cancelled.")
    assert page.text("#apply") == "APPLY" and not page.all("#result")


def test_a_worker_that_dies_is_said_and_another_one_works(page: Page) -> None:
    import psutil

    page.click("#apply")
    page.says("segmenting", "#status")
    for process in psutil.Process().children(recursive=True):
        if "VoCoLib.worker.process" in process.cmdline():
            process.kill()
    page.says("ended from outside", "#status")
    segment(page)


def test_keys_and_mouse(page: Page) -> None:
    from selenium.webdriver.common.keys import Keys

    start = page.offset("Red")
    page.mouse("Red", 40, 30)
    page.keys(Keys.ARROW_UP)
    page.until(lambda: page.offset("Red") == pytest.approx(start + 3.0, abs=0.06))
    page.wheel("Red", 1)
    page.until(lambda: abs(page.offset("Red") - start - 3.0) > 1)
    coronal, sagittal = page.offset("Green"), page.offset("Yellow")
    page.mouse("Red", 60, 40, click=True)
    page.until(lambda: page.offset("Green") < coronal and page.offset("Yellow") < sagittal)
    before = page.picture("Red")
    page.keys("2")
    page.says("Lung", ".voco-window")
    page.until(lambda: np.abs(page.picture("Red").astype(int) - before).mean() > 20)
    page.mouse("Red", 0, 0)
    zoomed = page.picture("Red")
    page.keys("+")
    page.until(lambda: np.abs(page.picture("Red").astype(int) - zoomed).mean() > 3)
    page.click("[aria-label='Light or dark']")
    page.find(".v-theme--light")


def test_space_hides_the_segmentation(page: Page) -> None:
    page.until(lambda: page.picture("Red").mean() > 30)  # the CT is drawn
    before = page.picture("Red")
    segment(page)

    def colours() -> float:
        return float(np.ptp(page.picture("Red").astype(int), axis=2).mean())

    page.until(lambda: colours() > 3)
    page.driver.execute_script("document.activeElement.blur()")
    page.keys(" ")
    page.until(lambda: np.abs(page.picture("Red").astype(int) - before).mean() < 3)
    page.keys(" ")
    page.until(lambda: colours() > 3)


def test_position_by_click_hover_and_map_and_in_a_second_patient(page: Page) -> None:
    page.open("Position")
    page.click("#place")
    page.says("Click on a place of the body in a slice view.")
    page.mouse("Red", -90, 10, click=True)
    page.says("The network takes this for", "#answer")
    page.find("#picture svg image")
    first = page.text("#answer")
    page.click("#follow")

    def hover() -> bool:
        for x in (60, 70):
            page.mouse("Red", x, -20)
        return page.text("#answer") not in ("", first)

    page.until(hover, "another answer")
    page.says("Position map of", "#position-status")
    page.click("#follow")
    page.click("#cancel-position")
    page.until(lambda: page.find("#map").is_enabled() and not page.all("#cancel-position"))
    page.choose(".voco-other", "other")
    page.click("#find")
    page.find("#match")


def test_a_training_is_started_followed_and_outlives_its_tab(
    page: Page, cts: Path, address: str, tmp_path: Path
) -> None:
    page.open("Train")
    page.click("#new .v-expansion-panel-title")
    page.fill("#data", str(cts / "train"))
    page.fill("#steps", "40")
    page.fill("#name", "mine")
    page.click("#start")
    page.says("mine", "#runs")
    page.find("#curve svg polyline")
    page.driver.refresh()
    page.open("Train")
    page.find("#curve svg polyline")
    page.close()
    other = Page(address, tmp_path)
    try:
        other.open("Train")
        other.says("running", "#runs")
        other.click("#stop")
        other.says("stopped", "#runs")
        other.click("#resume")
        other.says("running", "#runs")
        other.click("#stop")
        other.says("stopped", "#runs")
    finally:
        other.close()
    page.driver = other.driver  # it has ended; close() may be called again
    shutil.rmtree(cts / "runs", ignore_errors=True)


def test_a_reload_keeps_the_session_and_two_tabs_are_two(
    page: Page, address: str, tmp_path: Path
) -> None:
    segment(page)
    page.driver.refresh()
    page.find("#result")
    other = Page(address, tmp_path)
    try:
        other.says("Ready.")
        assert not other.all("#result")
        assert other.driver.current_url != page.driver.current_url
    finally:
        other.close()


def test_a_file_that_is_none_is_refused_in_words(page: Page, tmp_path: Path) -> None:
    wrong = tmp_path / "letter.nii.gz"
    wrong.write_text("Dear all,")
    drop(page, wrong)
    page.says("letter.nii.gz", "#dialog")
    page.click("#close")
    page.until(lambda: not page.all("#dialog"))
    page.says("Ready.")


def test_a_file_that_is_dropped_is_shown(page: Page, cts: Path) -> None:
    drop(page, cts / "train" / "1.nii.gz")
    page.until(lambda: page.text(".voco-ct .v-select__selection") == "1")
    page.says("Ready.")


def drop(page: Page, path: Path) -> None:
    """Drops a file onto the page, as far as a driver can: with a real file of the browser."""
    script = (
        "const field = document.createElement('input'); field.type = 'file'; "
        "field.id = 'dropped'; document.body.append(field);"
    )
    page.driver.execute_script(script)
    page.all("#dropped")[0].send_keys(str(path))
    page.driver.execute_script(
        "const given = new DataTransfer(); const field = document.getElementById('dropped');"
        "given.items.add(field.files[0]); field.remove();"
        "window.dispatchEvent(new DragEvent('drop', {dataTransfer: given, cancelable: true}));"
    )


def test_a_session_ends_with_its_tab_and_only_that(tmp_path: Path) -> None:
    import psutil

    wishes = {"inputs": ["demo"], "runs": str(tmp_path), "opens": False, "linger_s": 2}
    with view_page.serving("-m", "VoCoView", json.dumps(wishes)) as address:
        page, other = Page(address, tmp_path), None
        try:
            page.says("Ready.")
            command = json.dumps(wishes)
            (door,) = (p for p in psutil.Process().children() if command in p.cmdline())
            (mine,) = (c for c in door.children() if "VoCoView.session" in c.cmdline())
            other = Page(address, tmp_path)
            other.says("Ready.")
            for tab in (other, page):
                tab.click("#apply")
            page.until(lambda: page.text("#apply") == "CANCEL" and mine.children())
            workers = mine.children()  # not before: the first job starts it
            page.close()
            _gone, alive = psutil.wait_procs([mine, *workers], timeout=30)
            assert workers and not alive
            other.find("#result")
        finally:
            for tab in (page, other):
                if tab is not None:
                    tab.close()
