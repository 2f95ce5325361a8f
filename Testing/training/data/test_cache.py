"""The cache of prepared volumes: right, bounded, shared, and whole whatever happens."""

from __future__ import annotations

import errno
import gzip
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
import torch
from places import ROOT
from split_process import Split, SplitProcess
from training_files import AFFINE, make_ct, make_labels, write, write_cases

from VoCoLib.errors import CancelledError, InputError
from VoCoLib.events import Event
from VoCoLib.images.label_names import names_of
from VoCoLib.images.volumes import read_volume
from VoCoLib.method.base_grid import BaseGrid
from VoCoLib.method.crops import CropSampler
from VoCoLib.method.preparation import prepare_image
from VoCoLib.method.presets import Preparation
from VoCoLib.processes.isolated import ChildDiedError
from VoCoLib.training.data.cache import VolumeCache, is_lasting
from VoCoLib.training.data.datasets import Case
from VoCoLib.training.data.prepared import PreparedVolume, UnusableVolumeError

PREPARATION = Preparation((3.0, 3.0, 3.0), (-175.0, 250.0))
MEGABYTE = 10**6
TWO = names_of({1: "One", 2: "Two"})
ONE = 2 * 21 * 16 * 22 + 512  # bytes of a volume here, with headers
Open = Callable[..., VolumeCache]


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "mémoire cache"


@pytest.fixture
def open_cache(folder: Path, events: list[Event]) -> Open:
    """Opens the cache as a new run does."""

    def open_(limit: int = MEGABYTE, preparation: Preparation = PREPARATION, **values: object):
        time.sleep(0.01)  # longer than the clock of a file system takes
        return VolumeCache(folder, limit, preparation, events.append, **values)

    return open_


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    return write_cases(tmp_path_factory.mktemp("data"), 5)


BEGUN = f"""
import sys, time, os
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
import numpy as np
from VoCoLib.method.presets import Preparation
from VoCoLib.training.data.cache import VolumeCache
from VoCoLib.training.data.datasets import Case
"""


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SplitProcess]:
    """A process that has imported what the others need."""
    with SplitProcess(BEGUN, tmp_path_factory.mktemp("pipes")) as process:
        yield process


@pytest.fixture
def start(begun: SplitProcess, folder: Path) -> Iterator[Callable]:
    """Starts code in another process, where cache(limit) opens the cache."""
    children: list[Split | subprocess.Popen] = []

    def start_child(code: str) -> Split | subprocess.Popen:
        cache = (
            f"{BEGUN}events = []\n"
            f"def cache(limit):\n    return VolumeCache(Path({str(folder)!r}), limit, "
            f"{PREPARATION!r}, events.append)\n"
        )
        child = begun.start(cache + code)
        children.append(child)
        return child

    yield start_child
    for child in children:
        child.kill()
        child.wait()
        child.stdout.close()


def expected(case: Case) -> torch.Tensor:
    return prepare_image(read_volume(case.image), PREPARATION)[0]


def right(volume: PreparedVolume, case: Case) -> bool:
    """Whether a volume is that of the case, up to half a step of uint16."""
    image, truth = volume.read_image(), expected(case)
    return image.shape == truth.shape and float((image - truth).abs().max()) < 0.51 / 65535


def kept(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("*.npy")}


def warnings(events: list[Event]) -> list[str]:
    return [item["message"] for item in events if item.get("level") == "warning"]


# What comes out


def test_a_volume_is_prepared_once(open_cache: Open, folder: Path, cases: list[Case]) -> None:
    first = open_cache().get(cases[0])
    assert right(first, cases[0])
    assert isinstance(first.image, np.memmap)
    (path,) = folder.iterdir()
    written = path.stat().st_ino
    assert right(open_cache().get(cases[0]), cases[0])
    assert path.stat().st_ino == written


def test_boxes_are_read(open_cache: Open, cases: list[Case]) -> None:
    volume = open_cache().get(cases[0])
    box = slice(2, 9), slice(0, 5), slice(3, 4)
    part = volume[box]
    assert part.dtype == torch.float32
    assert torch.equal(part, volume.read_image()[box])
    assert volume.shape == volume.read_image().shape
    part[:] = 7  # a copy: the file stays as it is
    assert volume.read_image().max() <= 1
    with pytest.raises(ValueError, match="without labels"):
        volume.read_labels()


def test_labels_come_with_the_image(open_cache: Open, tmp_path: Path) -> None:
    (case,) = write_cases(tmp_path / "labelled", 1, labels=True)
    for _ in range(2):
        volume = open_cache(names=TWO).get(case)
        labels, image = volume.read_labels(), volume.read_image()
        assert right(volume, case)
        assert labels.dtype == torch.uint8 and labels.shape == image.shape
        assert image[labels > 0].mean() > 0.5 > image[labels == 0].mean()
        box = slice(0, 9), slice(1, 5), slice(3, 7)
        assert torch.equal(volume.read_labels(box), labels[box])
    assert open_cache().get(case).labels is None


def test_labels_cannot_be_stretched(open_cache: Open) -> None:
    with pytest.raises(ValueError, match="not padded or stretched"):
        open_cache(preparation=Preparation(None, (0, 1), shape=(2, 2, 2)), names=TWO)


def test_crops_are_drawn_from_a_volume_as_from_a_tensor(
    open_cache: Open, cases: list[Case]
) -> None:
    volume = open_cache().get(cases[0])
    sampler = CropSampler(BaseGrid(n=2, crop=4, input_edge=4), queries=2, shift_probability=0.5)
    crops, labels = sampler.draw(volume, np.random.default_rng(3))
    same, same_labels = sampler.draw(volume.read_image(), np.random.default_rng(3))
    assert torch.equal(crops, same) and torch.equal(labels, same_labels)
    assert crops.std() > 0


# What it depends on


def test_a_changed_file_is_prepared_again(open_cache: Open, tmp_path: Path) -> None:
    case = Case(write(tmp_path / "ct.nii", make_ct(0)))
    assert right(open_cache().get(case), case)
    write(case.image, make_ct(1))  # of the same size
    os.utime(case.image, ns=(0, 10**18))
    assert right(open_cache().get(case), case)


def test_a_changed_file_of_voxels_is_noticed(
    open_cache: Open, folder: Path, tmp_path: Path
) -> None:
    header = tmp_path / "ct.mhd"
    image = sitk.GetImageFromArray(make_ct(0))
    sitk.WriteImage(image, str(header))
    open_cache().get(Case(header))
    raw = tmp_path / "ct.raw"
    os.utime(raw, ns=(0, raw.stat().st_mtime_ns + 1))
    open_cache().get(Case(header))
    assert len(kept(folder)) == 2


@pytest.mark.parametrize("named", ["ct.raw.gz", "voxels 1.gz", "LIST 3\nvoxels 1.gz"])
def test_a_changed_file_of_voxels_is_noticed_whatever_its_name(
    open_cache: Open, folder: Path, tmp_path: Path, named: str
) -> None:
    header = tmp_path / "ct.nhdr"
    sitk.WriteImage(sitk.GetImageFromArray(make_ct(0)), str(header), useCompression=True)
    voxels = tmp_path / named.split("\n")[-1]
    (tmp_path / "ct.raw.gz").rename(voxels)
    text = header.read_text().replace("data file: ct.raw.gz", f"data file: {named}")
    header.write_text(text, newline="\n")
    open_cache().get(Case(header))
    os.utime(voxels, ns=(0, voxels.stat().st_mtime_ns + 1))
    open_cache().get(Case(header))
    assert len(kept(folder)) == 2


def test_settings_are_told_apart(open_cache: Open, folder: Path, cases: list[Case]) -> None:
    coarse = Preparation((6.0, 6.0, 6.0), (-175.0, 250.0))
    shapes = {open_cache(preparation=p).get(cases[0]).shape for p in (PREPARATION, coarse)}
    assert len(shapes) == 2 == len(kept(folder))


def test_the_contents_of_an_unchanged_file_are_not_read_again(
    open_cache: Open, tmp_path: Path
) -> None:
    case = Case(write(tmp_path / "ct.nii", make_ct(0)))
    truth = open_cache().get(case).read_image()
    stat = case.image.stat()
    case.image.write_bytes(bytes(stat.st_size))
    os.utime(case.image, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert torch.equal(open_cache().get(case).read_image(), truth)


def test_a_file_lost_during_a_run_is_not_missed(open_cache: Open, tmp_path: Path) -> None:
    case = Case(write(tmp_path / "ct.nii", make_ct(0)))
    cache = open_cache()
    truth = cache.get(case).read_image()
    case.image.unlink()
    assert torch.equal(cache.get(case).read_image(), truth)
    with pytest.raises(UnusableVolumeError, match=r"ct\.nii cannot be opened"):
        open_cache().get(case)


def test_a_damaged_cache_file_is_replaced(
    open_cache: Open, folder: Path, cases: list[Case]
) -> None:
    open_cache().get(cases[0])
    (path,) = folder.iterdir()
    whole = path.read_bytes()
    for damaged in (b"", whole[:50], whole[:-1]):
        path.write_bytes(damaged)
        assert right(open_cache().get(cases[0]), cases[0])
        assert path.read_bytes() == whole


def test_changed_bytes_are_noticed_and_the_volume_is_prepared_again(
    open_cache: Open, folder: Path, cases: list[Case], events: list[Event]
) -> None:
    open_cache().get(cases[0])
    (path,) = folder.iterdir()
    whole = path.read_bytes()
    for place in (len(whole) // 2, len(whole) - 1):  # a voxel, the checksum
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert right(open_cache().get(cases[0]), cases[0])
        assert path.read_bytes() == whole
        assert "has changed on the disk" in events.pop()["message"]


# Bounded


def test_the_least_recently_used_goes_first(
    open_cache: Open, folder: Path, cases: list[Case]
) -> None:
    cache, names = open_cache(3 * ONE), []
    for case in cases[:3]:
        before = kept(folder)
        cache.get(case)
        names += kept(folder) - before
        time.sleep(0.01)
    cache.get(cases[0])
    cache = open_cache(3 * ONE)
    assert right(cache.get(cases[3]), cases[3])
    assert names[1] not in kept(folder)
    assert {names[0], names[2]} < kept(folder)


def test_what_a_run_that_ended_used_goes_for_one_that_goes_on(
    open_cache: Open, folder: Path, cases: list[Case], events: list[Event]
) -> None:
    older, later = open_cache(2 * ONE), open_cache(2 * ONE)
    for case in cases[:2]:
        later.get(case)
    older.get(cases[2])
    assert len(warnings(events)) == 1  # both live
    del later
    names = kept(folder)
    for case in cases[2:4]:
        older.get(case)
    assert len(kept(folder)) == 2 and not names & kept(folder)


def test_what_a_living_run_uses_stays_for_it(
    open_cache: Open, folder: Path, cases: list[Case]
) -> None:
    older = open_cache(2 * ONE)
    for case in cases[:2]:
        older.get(case)
    names, later = kept(folder), open_cache(2 * ONE)
    assert right(later.get(cases[2]), cases[2])
    assert kept(folder) == names
    del older
    later.get(cases[2])
    assert len(names & kept(folder)) == 1


def test_what_a_run_uses_stays_and_the_rest_is_prepared_each_time(
    open_cache: Open, folder: Path, cases: list[Case], events: list[Event]
) -> None:
    cache = open_cache(2 * ONE)
    for case in [*cases, *cases]:
        assert right(cache.get(case), case)
        assert sum(path.stat().st_size for path in folder.glob("*.npy")) <= 2 * ONE
    assert len(kept(folder)) == 2
    (warning,) = warnings(events)
    assert "full" in warning


def test_a_lower_limit_is_kept_from_the_start(
    open_cache: Open, folder: Path, cases: list[Case]
) -> None:
    open_cache().prepare(cases)
    open_cache(2 * ONE)
    assert len(kept(folder)) == 2


def test_files_of_others_are_left_alone(
    open_cache: Open, folder: Path, cases: list[Case], events: list[Event]
) -> None:
    folder.mkdir()
    others = [folder / name for name in ("my_features.npy", "draft.tmp", f"{'0' * 31}.npy")]
    for path in others:
        path.write_bytes(bytes(2 * ONE))
        os.utime(path, (0, 0))
    open_cache(ONE).get(cases[0])
    open_cache(ONE).get(cases[1])
    assert all(path.exists() for path in others)
    assert len(kept(folder)) == 3 and not warnings(events)  # nor do they count


def test_a_volume_larger_than_the_limit_is_usable(
    open_cache: Open, folder: Path, cases: list[Case], events: list[Event]
) -> None:
    assert right(open_cache(100).get(cases[0]), cases[0])
    assert not kept(folder)
    assert len(warnings(events)) == 1


def test_a_deleted_file_stays_readable_for_who_has_it(
    open_cache: Open, folder: Path, cases: list[Case]
) -> None:
    volume = open_cache().get(cases[0])
    open_cache(ONE).get(cases[1])
    if os.name != "nt":  # Windows keeps an open file
        assert len(kept(folder)) == 1
    assert right(volume, cases[0])


@pytest.mark.skipif(os.name == "nt", reason="limits on file sizes are POSIX")
def test_on_a_full_disk_volumes_are_used_from_memory(
    start: Callable, folder: Path, cases: list[Case]
) -> None:
    child = start(
        "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (2000, -1))\n"
        f"cache = cache({MEGABYTE})\ncases = [Case(Path({str(cases[0].image)!r})), "
        f"Case(Path({str(cases[1].image)!r}))]\n"
        "print([round(float(cache.get(c).read_image().mean()), 6) for c in cases])\n"
        "print(len(events), events[0]['message'])"
    )
    means, said, _ = child.communicate()[0].split("\n")
    truth = [round(float(expected(case).mean()), 6) for case in cases[:2]]
    assert np.allclose([float(m) for m in means.strip("[]").split(",")], truth, atol=1e-5)
    assert said.startswith("1 Prepared volumes cannot be kept in")
    assert not list(folder.iterdir())


# Shared


def test_two_processes_share_a_small_cache(
    start: Callable, open_cache: Open, folder: Path, cases: list[Case]
) -> None:
    """Each writes, reads and deletes what the other uses; each process gets what is right."""
    images = [str(case.image) for case in cases]
    sums = [int(open_cache().get(case).image.sum(dtype=np.int64)) for case in cases]
    code = (
        f"images, sums = {images!r}, {sums!r}\n"
        "rng = np.random.default_rng(os.getpid())\n"
        "for turn in range(12):\n"
        f"    run = cache({2 * ONE})\n"
        "    for k in rng.permutation(len(images))[:3]:\n"
        "        found = int(run.get(Case(Path(images[k]))).image.sum(dtype=np.int64))\n"
        "        assert found == sums[k], (turn, k, found)\n"
        "print('right', flush=True)"
    )
    children = [start(code) for _ in range(2)]
    assert [child.stdout.read().strip() for child in children] == ["right", "right"]
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 2 * ONE
    assert not list(folder.glob("*.tmp"))


def test_a_writer_killed_in_the_middle_leaves_nothing_to_read(
    start: Callable, open_cache: Open, folder: Path, cases: list[Case]
) -> None:
    child = start(
        "def wait(_):\n    print('written', flush=True); time.sleep(60)\n"
        f"os.fsync = wait\ncache({MEGABYTE}).get(Case(Path({str(cases[0].image)!r})))"
    )
    assert child.stdout.readline().strip() == "written"
    child.kill()
    child.wait()
    (left,) = folder.glob("*.tmp")
    assert list(folder.glob("*.run"))
    assert right(open_cache().get(cases[0]), cases[0])
    assert left.exists()  # it may be another process's
    os.utime(left, (0, time.time() - 7200))
    open_cache().get(cases[1])
    assert not left.exists()
    assert {path.suffix for path in folder.iterdir()} == {".npy"} and len(kept(folder)) == 2


def test_kills_at_any_moment_leave_only_whole_files(
    start: Callable, open_cache: Open, folder: Path, cases: list[Case]
) -> None:
    code = (
        f"images = {[str(case.image) for case in cases]!r}\nprint('go', flush=True)\n"
        f"while True:\n    for path in images:\n        cache({2 * ONE}).get(Case(Path(path)))"
    )
    for delay_s in (0.05, 0.11):
        child = start(code)
        child.stdout.readline()
        time.sleep(delay_s)
        child.kill()
        child.wait()
    cache = open_cache()
    assert all(right(cache.get(case), case) for case in cases)


# What cannot be used


def test_unusable_volumes_are_left_out_with_a_report(
    open_cache: Open, tmp_path: Path, cases: list[Case], events: list[Event]
) -> None:
    cut = write(tmp_path / "cut.nii.gz", make_ct())
    cut.write_bytes(cut.read_bytes()[:1000])
    text = tmp_path / "text.nrrd"
    text.write_text("no image")
    noise = tmp_path / "noise.nii.gz"
    noise.write_bytes(gzip.compress(bytes(1000)))
    problems = {
        cut: "truncated",
        text: "not an image",
        noise: "",
        write(tmp_path / "mri.nii", np.abs(make_ct())): "not look like HU",
        write(tmp_path / "flat.nii", np.zeros((9, 9, 9), np.int16)): "the value 0",
        tmp_path / "gone.nii": "cannot be opened",
        write(tmp_path / "far.nii", make_ct(), np.diag([5e33, 3, 4, 1])): "5e+33 x 3 x 4 mm",
        write(tmp_path / "fine.nii", make_ct(), np.diag([1e-4, 3, 4, 1])): "0.0001 x 3 x 4 mm",
        write(tmp_path / "large.nii", np.repeat(make_ct(), 4, 2), np.diag([100.0] * 3 + [1])): (
            "968 x 834 x 2634"
        ),
    }
    bad = [Case(path) for path in problems]
    cache = open_cache()
    usable = cache.prepare([cases[0], *bad, cases[1]])
    assert usable == cases[:2]
    (report,) = [item for item in events if "skipped" in item]
    assert report["message"].startswith("9 of 11 volumes are left out:")
    assert [image for image, _ in report["skipped"]] == [str(path) for path in problems]
    for (_, reason), words in zip(report["skipped"], problems.values(), strict=True):
        assert reason and words in reason
    for path in problems:
        assert any(w.startswith(f"Left out {path}: ") for w in warnings(events))
    with pytest.raises(InputError, match="None of the 9 volumes can be used"):
        cache.prepare(bad)


def test_what_is_unusable_is_not_read_again_for_a_day(open_cache: Open, tmp_path: Path) -> None:
    case = Case(write(tmp_path / "ct.nii", np.abs(make_ct())))
    for _ in range(2):
        with pytest.raises(UnusableVolumeError, match="not look like HU"):
            open_cache().get(case)
    (verdict,) = (tmp_path / "mémoire cache").glob("*.bad")
    stat = case.image.stat()
    write(case.image, make_ct())  # of the same size
    os.utime(case.image, ns=(0, stat.st_mtime_ns))
    with pytest.raises(UnusableVolumeError, match="not look like HU"):  # it was not opened
        open_cache().get(case)
    assert open_cache().holds(case)
    os.utime(verdict, (0, time.time() - 86_500))
    assert not open_cache().holds(case)
    assert right(open_cache().get(case), case)
    write(case.image, np.abs(make_ct()))
    os.utime(case.image, ns=(0, stat.st_mtime_ns + 1))  # another file
    with pytest.raises(UnusableVolumeError, match="not look like HU"):
        open_cache().get(case)


@pytest.mark.parametrize(
    ("cause", "lasting"),
    [
        (None, True),
        (ValueError("no header"), True),
        (OSError(errno.EIO, "Input/output error"), False),
        (MemoryError(), False),
        (ChildDiedError("killed"), False),
    ],
)
def test_a_failure_of_the_machine_says_nothing_about_a_file(
    cause: Exception | None, lasting: bool
) -> None:
    inner, outer = InputError("It cannot be read."), UnusableVolumeError("It cannot be read.")
    inner.__cause__, outer.__cause__ = cause, inner
    assert is_lasting(outer) == lasting


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        ("value", "holds the value 4, but the classes are 0 to 2"),
        ("grid", "not on the grid of its image"),
        ("gone", "cannot be opened"),
        ("none", "no label map for"),
    ],
)
def test_wrong_labels_are_fatal(open_cache: Open, tmp_path: Path, problem: str, words: str) -> None:
    ct = make_ct()
    labels, label = make_labels(ct), tmp_path / "label.nii"
    if problem == "value":
        write(label, labels * np.uint8(2))
    elif problem == "grid":
        write(label, labels, AFFINE @ np.diag([1, 1, 1.1, 1]))
    case = Case(write(tmp_path / "ct.nii", ct), None if problem == "none" else label)
    with pytest.raises(InputError, match=words) as caught:
        open_cache(names=TWO).prepare([case])
    assert str(case.image if problem == "none" else label) in caught.value.message
    assert open_cache().prepare([case]) == [case]  # pre-training needs no labels


def test_what_an_image_holds_by_itself_is_never_too_large(
    open_cache: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = Case(write(tmp_path / "ct.nii", make_ct()))
    monkeypatch.setattr("VoCoLib.method.preparation._MOST_VOXELS", make_ct().size // 2)
    assert open_cache(preparation=Preparation(None, (-175.0, 250.0))).prepare([case]) == [case]
    with pytest.raises(InputError, match="too large"):
        open_cache(preparation=Preparation((2.0, 3.0, 4.0), (-175.0, 250.0))).prepare([case])


def test_a_link_to_itself_is_left_out(open_cache: Open, tmp_path: Path, cases: list[Case]) -> None:
    link = tmp_path / "loop.nii"
    try:
        link.symlink_to(link)
    except OSError:
        pytest.skip("this system lets nobody make links")
    assert open_cache().prepare([cases[0], Case(link)]) == [cases[0]]


def test_preparing_reports_progress_and_can_be_cancelled(
    open_cache: Open, folder: Path, cases: list[Case], events: list[Event]
) -> None:
    answers = iter([False, False, True])
    with pytest.raises(CancelledError):
        open_cache().prepare(cases, lambda: next(answers))
    assert len(kept(folder)) == 2
    assert open_cache().prepare(cases) == cases
    done = [item["done"] for item in events if item["event"] == "progress"]
    assert done[-1] == len(cases)
