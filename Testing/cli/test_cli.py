"""The command line as users run it: real child processes, real files, a tiny random network."""

from __future__ import annotations

import csv
import gzip
import json
import os
import pickle
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
import torch
from command_line import run_here
from numpy.typing import NDArray
from places import ROOT, SHARED
from safetensors import safe_open

from VoCoLib.cli import demonstration
from VoCoLib.cli import main as cli
from VoCoLib.evaluation.statistics import write_csv
from VoCoLib.images.phantom import DEMO_SEED, make_phantom
from VoCoLib.networks.checkpoints import save_checkpoint
from VoCoLib.networks.swin_unetr import build_network
from VoCoLib.recipe import Code, Label, Preprocessing, Recipe

SAMPLES = SHARED / "data" / "ct_samples"
BUNDLED = ROOT / "VoCoLib" / "Resources" / "Models" / "demo-torso.safetensors"
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX")

ANATOMY = Code("SCT", "123037004", "Anatomical Structure")
RIGHT = Code("SCT", "24028007", "Right")
LABELS = (
    Label(1, "Liver", ANATOMY, Code("SCT", "10200004", "Liver"), (221, 130, 101)),
    Label(2, "Right kidney", ANATOMY, Code("SCT", "64033007", "Kidney"), (185, 102, 83), RIGHT),
    Label(3, "Aorta", ANATOMY, Code("SCT", "15825003", "Aorta"), (224, 97, 76)),
)
NAMES = [label.name for label in LABELS]

# A left-handed, turned grid: 5 x 5 x 6 mm.
AFFINE = np.array([[-4.8, 1.4, 0, 120], [1.4, 4.8, 0, -90], [0, 0, 6, 300], [0, 0, 0, 1]])


def make_ct() -> NDArray[np.int16]:
    """A box of soft tissue with fat round it and bone inside, in air."""
    ct = np.full((44, 36, 30), -1000, np.int16)
    ct[5:39, 4:32, 2:28] = -90
    ct[8:36, 7:29, 2:28] = 45
    ct[19:25, 9:14, 2:28] = 500
    return ct + np.random.default_rng(0).integers(-20, 20, ct.shape).astype(np.int16)


def write_itk(path: Path, array: NDArray, affine: NDArray = AFFINE) -> Path:
    lps = np.diag([-1.0, -1, 1, 1]) @ affine
    spacing = np.linalg.norm(lps[:3, :3], axis=0)
    image = sitk.GetImageFromArray(np.ascontiguousarray(array.T))
    image.SetSpacing(spacing.tolist())
    image.SetDirection((lps[:3, :3] / spacing).ravel().tolist())
    image.SetOrigin(lps[:3, 3].tolist())
    sitk.WriteImage(image, str(path))
    return path


def write_dicom(folder: Path, array: NDArray, affine: NDArray) -> Path:
    """One file a slice; affine is that of a right-handed grid."""
    lps = np.diag([-1.0, -1, 1, 1]) @ affine
    spacing = np.linalg.norm(lps[:3, :3], axis=0)
    axes = lps[:3, :3] / spacing
    folder.mkdir(parents=True)
    writer = sitk.ImageFileWriter()
    writer.KeepOriginalImageUIDOn()
    for k in range(array.shape[2]):
        image = sitk.GetImageFromArray(np.ascontiguousarray(array[:, :, k].T))
        image.SetSpacing(spacing[:2].tolist())
        tags = {
            "0008|0016": "1.2.840.10008.5.1.4.1.1.2",
            "0008|0018": f"1.2.3.4.{k + 1}",
            "0008|0060": "CT",
            "0020|000d": "1.2.3",
            "0020|000e": "1.2.3.4",
            "0020|0032": "\\".join(f"{v:.6f}" for v in lps[:3] @ [0, 0, k, 1]),
            "0020|0037": "\\".join(f"{v:.9f}" for v in axes[:, :2].T.ravel()),
            "0028|1052": "-1024",
            "0028|1053": "1",
        }
        for tag, value in tags.items():
            image.SetMetaData(tag, value)
        writer.SetFileName(str(folder / f"slice {k}.dcm"))
        writer.Execute(image)
    return folder


def read_grid(path: Path) -> tuple[NDArray, NDArray[np.float64]]:
    """Voxels and RAS affine as nibabel or SimpleITK reads them."""
    if path.name.endswith((".nii", ".nii.gz")):
        image = nib.load(path)
        return np.asarray(image.dataobj), image.affine
    image = sitk.ReadImage(str(path))
    affine = np.eye(4)
    affine[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * image.GetSpacing()
    affine[:3, 3] = image.GetOrigin()
    return sitk.GetArrayFromImage(image).T, np.diag([-1.0, -1, 1, 1]) @ affine


# children -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """What a command left behind; events are the lines of its --json output."""

    code: int
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [item for item in self.events if item["event"] == kind]


@dataclass(frozen=True)
class Shell:
    """Runs voco with an own folder of models."""

    home: Path

    def environment(self, **extra: str) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        kept |= {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "OMP_NUM_THREADS": "1"}
        return {**kept, "PYTHONDONTWRITEBYTECODE": "1", "VOCO_HOME": str(self.home), **extra}

    def __call__(
        self,
        *arguments: str | Path,
        cwd: Path | None = None,
        script: str | None = None,
        **extra: str,
    ) -> Answer:
        """The answer of voco, or of a script that is given its arguments.

        A process of its own where the test is about one.
        """
        ours = any(name.startswith(("PYTHON", "HF_")) for name in extra)  # read at the start
        if script is None and not ours:
            answer = Answer(*run_here([*map(str, arguments)], self.environment(**extra), cwd))
        else:
            answer = self._child(arguments, cwd, script, extra)
        assert "Traceback" not in answer.err, answer.err
        return answer

    def _child(
        self,
        arguments: Sequence[str | Path],
        cwd: Path | None,
        script: str | None,
        extra: dict[str, str],
    ) -> Answer:
        start = ["-m", "VoCoLib"] if script is None else ["-c", script]
        child = subprocess.run(
            [sys.executable, *start, *map(str, arguments)],
            cwd=cwd,
            env=self.environment(**extra),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=300,
        )
        return Answer(child.returncode, child.stdout, child.stderr)


def write_model(path: Path, spacing: float, patch: tuple[int, int, int]) -> Path:
    torch.manual_seed(0)
    network = build_network("tiny", len(LABELS) + 1, "current")
    window = Preprocessing((spacing,) * 3, (-175.0, 250.0), patch)
    recipe = Recipe("segmentation", "tiny", "current", window, LABELS)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_checkpoint(path, network.state_dict(), recipe, {})
    return path


@pytest.fixture(scope="module")
def voco(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    return Shell(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random network that segments in a second."""
    return write_model(tmp_path_factory.mktemp("w") / "modèle é" / "t.safetensors", 6, (64, 32, 32))


@pytest.fixture(scope="module")
def ct(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ct") / "ct.nii.gz"
    nib.save(nib.Nifti1Image(make_ct(), AFFINE), path)
    return path


@pytest.fixture(scope="module")
def own_model(voco: Shell, model: Path) -> str:
    """The id of the model after its import; finding it takes no torch."""
    answer = voco("models", "import", model, "-m", "own-model", "--title", "Mein Modell")
    assert answer.code == 0, answer.err
    assert "own-model" in answer.out
    return "own-model"


# --- good input ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Batch:
    """One run over all formats: its answer, and (source, result) by name."""

    answer: Answer
    pairs: dict[str, tuple[Path, Path]]


@pytest.fixture(scope="module")
def batch(voco: Shell, model: Path, tmp_path_factory: pytest.TempPathFactory) -> Batch:
    """A folder with NIfTI, NRRD and MHA, and a DICOM series, all of the same CT."""
    work = tmp_path_factory.mktemp("batch")
    folder, out = work / "Fälle für Zoë", work / "Résultats à voir"
    folder.mkdir()
    flipped = AFFINE @ np.diag([-1.0, 1, 1, 1])  # DICOM is right-handed
    flipped[:3, 3] += AFFINE[:3, 0] * 43
    nib.save(nib.Nifti1Image(make_ct(), AFFINE), folder / "a.nii.gz")
    write_itk(folder / "b é.nrrd", make_ct())
    write_itk(folder / "c.v2.mha", make_ct())
    write_dicom(work / "Serie 1.5", make_ct()[::-1], flipped)
    (folder / "notes.txt").write_text("no image")
    (folder / "a.seg.nrrd").write_text("of an earlier run")
    answer = voco("segment", folder, work / "Serie 1.5", "-m", model, "-o", out, "--json")
    assert answer.code == 0, answer.out + answer.err
    pairs = {
        "nifti": (folder / "a.nii.gz", out / "a.seg.nrrd"),
        "nrrd": (folder / "b é.nrrd", out / "b é.seg.nrrd"),
        "mha": (folder / "c.v2.mha", out / "c.v2.seg.nrrd"),
        "dicom": (work / "Serie 1.5", out / "Serie 1.5.seg.nrrd"),
    }
    written = {path.name for path in out.iterdir()}
    results = {result for _, result in pairs.values()}
    tables = {table_of(result) for result in results}
    assert written == {*(path.name for path in results | tables), "manifest.csv"}
    return Batch(answer, pairs)


def table_of(result: Path) -> Path:
    return result.with_name(result.name.replace(".seg.nrrd", ".csv").replace(".nii.gz", ".csv"))


@pytest.mark.parametrize("kind", ["nifti", "nrrd", "mha", "dicom"])
def test_every_format_gives_the_same_labels_on_its_own_grid(batch: Batch, kind: str) -> None:
    labels, _ = read_grid(batch.pairs["nifti"][1])
    assert set(np.unique(labels)) == {0, 1, 2, 3}
    source, result = batch.pairs[kind]
    array, affine = read_grid(result)
    if kind == "dicom":
        array, affine = array[::-1], affine @ np.diag([-1.0, 1, 1, 1])
        affine[:3, 3] -= affine[:3, 0] * 43
        np.testing.assert_allclose(affine, AFFINE, atol=1e-4)
    else:
        np.testing.assert_allclose(affine, read_grid(source)[1], atol=1e-6)
    assert np.mean(array == labels) > 0.999  # rounding of positions in DICOM


def check_table(table: Path, source: str, labels: NDArray, image: NDArray, ml: float) -> None:
    """Compares a CSV with numbers that are computed directly."""
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == NAMES
    for row, label in zip(rows, LABELS, strict=True):
        mask = labels == label.value
        assert (int(row["label"]), row["source"]) == (label.value, source)
        assert int(row["voxels"]) == mask.sum()
        assert float(row["millilitres"]) == pytest.approx(mask.sum() * ml, abs=1e-3)
        if mask.any():
            assert float(row["mean_hu"]) == pytest.approx(image[mask].mean(), abs=0.06)
        else:
            assert row["mean_hu"] == ""


@pytest.mark.parametrize("kind", ["nifti", "nrrd", "mha", "dicom"])
def test_the_table_agrees_with_a_direct_computation(batch: Batch, kind: str) -> None:
    source, result = batch.pairs[kind]
    image = make_ct()[::-1] if kind == "dicom" else make_ct()
    check_table(table_of(result), source.name, read_grid(result)[0], image, 0.15)


def test_slicer_reads_voxels_names_colours_and_terminology(batch: Batch) -> None:
    slicer_scene = pytest.importorskip("slicer_scene", exc_type=ImportError)
    result = batch.pairs["nrrd"][1]
    segments = slicer_scene.load_segments(result)
    assert [segment.name for segment in segments] == NAMES
    for segment, label in zip(segments, LABELS, strict=True):
        np.testing.assert_array_equal(segment.mask, read_grid(result)[0] == label.value)
        np.testing.assert_allclose(segment.affine, AFFINE, atol=1e-6)
        np.testing.assert_allclose(segment.color, np.array(label.color) / 255, atol=1e-6)
        entry = slicer_scene.parse_terminology(segment.terminology)
        assert entry.GetCategoryObject().GetCodeValue() == label.category.value
        assert entry.GetTypeObject().GetCodeValue() == label.type.value
        modifier = label.modifier.value if label.modifier else ""
        assert (entry.GetTypeModifierObject().GetCodeValue() or "") == modifier


def test_events_of_a_batch(batch: Batch) -> None:
    answer = batch.answer
    assert answer.err == ""
    inputs = [item["input"] for item in answer.of("started")]
    assert inputs == [str(source) for source, _ in batch.pairs.values()]
    for item, (_, result) in zip(answer.of("result"), batch.pairs.values(), strict=True):
        assert item["files"] == [str(result), str(table_of(result))]
        labels = read_grid(result)[0]
        assert [row["voxels"] for row in item["statistics"]] == [
            (labels == label.value).sum() for label in LABELS
        ]
    assert answer.events[-1] == {"event": "finished", "done": 4, "failed": 0}
    assert any("159 of 159" in item["message"] for item in answer.of("log"))


def test_progress_counts_up_with_the_remaining_time(batch: Batch) -> None:
    stages: list[list[dict[str, Any]]] = []
    for item in batch.answer.of("progress"):
        if item["done"] == 0:
            stages.append([])
        stages[-1].append(item)
    assert [stage[0]["message"] for stage in stages] == ["Finding the body", "Segmenting"] * 4
    for stage in stages:
        done = [item["done"] for item in stage]
        assert done == sorted(set(done))
        assert done[-1] == stage[-1]["total"] > 0
        assert stage[0]["eta_s"] is None
        assert all(item["eta_s"] >= 0 for item in stage[1:])
        assert stage[-1]["eta_s"] == 0


def test_structures_region_and_nifti_for_a_person(
    voco: Shell, model: Path, ct: Path, batch: Batch, tmp_path: Path
) -> None:
    """Inside the region the result is that of the whole; other structures are background."""
    out = tmp_path / "Ärzte & Co" / "nur zwei.nii.gz"
    box = "--region=-60.3,-100.3,330.3,90.3,60.3,420.3"  # no voxel lies on its faces
    chosen = ["--structures", "aorta, Right Kidney"]
    # a console that lacks the letters of the folder's name
    poor = {"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    answer = voco("segment", ct, "-m", model, "-o", out, box, *chosen, **poor)
    assert answer.code == 0, answer.err
    assert f"?rzte & Co{os.sep}nur zwei.nii.gz" in answer.out
    assert "Aorta" in answer.out and "Liver" not in answer.out
    assert f"Segmenting {ct}".encode("ascii", "backslashreplace").decode() in answer.err
    labels, affine = read_grid(out)
    np.testing.assert_allclose(affine, AFFINE, atol=1e-4)
    index = np.indices(labels.shape).reshape(3, -1)
    points = (AFFINE[:3, :3] @ index + AFFINE[:3, 3:]).T.reshape(*labels.shape, 3)
    inside = ((points > (-60.3, -100.3, 330.3)) & (points < (90.3, 60.3, 420.3))).all(-1)
    whole = read_grid(batch.pairs["nifti"][1])[0]
    expected = np.where(inside & (whole > 1), whole, 0)
    assert set(np.unique(expected)) == {0, 2, 3}
    np.testing.assert_array_equal(labels, expected)
    assert [row.split(",")[1] for row in table_of(out).read_text().splitlines()[1:]] == NAMES[1:]
    assert sorted(path.name for path in out.parent.iterdir()) == ["nur zwei.csv", out.name]


NAMES_OF_CT = ("example_ct_dicom", "CT_pitch.nii.gz")


@pytest.mark.parametrize(
    "names",
    [NAMES_OF_CT, pytest.param(("example_ct.nii.gz", *NAMES_OF_CT), marks=pytest.mark.long)],
    ids=["two", "three"],
)
def test_real_ct(names: tuple[str, ...], voco: Shell, tmp_path: Path) -> None:
    """A DICOM series, an oblique volume of display values, which warns, and the first as NIfTI."""
    model = write_model(tmp_path / "coarse.safetensors", 14, (64, 32, 32))  # few windows
    slicer_scene = pytest.importorskip("slicer_scene", exc_type=ImportError)
    inputs = [SAMPLES / name for name in names]
    if not all(path.exists() for path in inputs):
        pytest.skip("shared/data/ct_samples is not on this machine")
    out = tmp_path / "out"
    answer = voco("segment", *inputs, "-m", model, "-o", out, "--json")
    assert answer.code == 0, answer.out
    warnings = [i["message"] for i in answer.of("log") if i.get("level") == "warning"]
    assert any("CT_pitch" in text and "not HU" in text for text in warnings)
    assert not any("example_ct" in text for text in warnings)
    for source, name in zip(inputs, names, strict=True):
        result = out / f"{name.removesuffix('.nii.gz')}.seg.nrrd"
        if source.is_dir():
            files = sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(source))
            sitk.WriteImage(sitk.ReadImage(files), str(tmp_path / "dicom.nrrd"))
            source = tmp_path / "dicom.nrrd"
        image, affine = read_grid(source)
        labels, grid = read_grid(result)
        assert labels.shape == image.shape
        np.testing.assert_allclose(grid, affine, atol=1e-3)
        segments = slicer_scene.load_segments(result)
        assert [segment.name for segment in segments] == NAMES
        for segment, label in zip(segments, LABELS, strict=True):
            np.testing.assert_array_equal(segment.mask, labels == label.value)
            np.testing.assert_allclose(segment.affine, grid, atol=1e-6)
        ml = abs(np.linalg.det(affine[:3, :3])) / 1000
        check_table(table_of(result), name, labels, image, ml)


# --- bad input -----------------------------------------------------------------------------------


def write_bad_inputs(folder: Path) -> dict[str, str]:
    """Writes inputs that must be refused; returns what the message on each must say."""
    body = make_ct()
    grid = np.diag([5.0, 5, 5, 1])

    def save(name: str, array: NDArray, **header: object) -> bytes:
        image = nib.Nifti1Image(array, grid[: array.ndim + 1, : array.ndim + 1][:4, :4])
        for key, value in header.items():
            image.header[key] = value
        nib.save(image, folder / name)
        return (folder / name).read_bytes()

    (folder / "empty.nii.gz").write_bytes(b"")
    (folder / "no image.nii.gz").write_text("<html>404</html>")
    (folder / "letter.nrrd").write_text("Dear colleague,")
    nib.save(nib.Nifti1Image(body[:, :, 9], grid), folder / "flat.nii.gz")
    nib.save(nib.Nifti1Image(np.stack([body] * 2, -1), grid), folder / "series.nii.gz")
    colour = np.zeros(body.shape, [("R", "u1"), ("G", "u1"), ("B", "u1")])
    nib.save(nib.Nifti1Image(colour, grid), folder / "colour.nii.gz")
    raw = bytearray(save("zero spacing.nii", body))
    for name, spacing in (("zero spacing.nii", 0.0), ("NaN spacing.nii", np.nan)):
        raw[80:84] = np.float32(spacing).tobytes()  # pixdim[1]
        (folder / name).write_bytes(raw)
    save("air.nii.gz", np.full(body.shape, -1000, np.int16) + (body > 0))
    for name, value in (("NaN.nii.gz", np.nan), ("infinite.nii.gz", np.inf)):
        holes = body.astype(np.float32)
        holes[3, 4, 5] = value
        save(name, holes)
    save("one slice.nii.gz", body[:, :, 9:10])
    header = nib.Nifti1Header()
    header.set_data_dtype(np.int16)
    header.set_data_shape((512, 512, 5000))
    header.set_sform(grid)
    truncated = bytes(header.binaryblock)[:-4] + b"n+1\0" + bytes(4) + body.tobytes()
    (folder / "cut 5000 plain.nii").write_bytes(truncated)
    (folder / "cut 5000.nii.gz").write_bytes(gzip.compress(truncated))
    (folder / "cut.nii.gz").write_bytes(save("cut.nii.gz", body)[:-3000])
    nrrd = "NRRD0004\ntype: short\ndimension: 3\nspace: left-posterior-superior\nendian: little\n"
    nrrd += "sizes: 512 512 5000\nspace directions: (1,0,0) (0,1,0) (0,0,1)\nencoding: raw\n"
    nrrd += "space origin: (0,0,0)\n\n"
    (folder / "cut nrrd.nrrd").write_bytes(nrrd.encode() + body.tobytes())
    return {
        "empty.nii.gz": "empty (0 bytes)",
        "no image.nii.gz": "not an image",
        "letter.nrrd": "not an image",
        "flat.nii.gz": "2D image",
        "series.nii.gz": "4 axes",
        "colour.nii.gz": "more than one value per voxel",
        "zero spacing.nii": "voxel size of 0 x 5 x 5 mm",
        "NaN spacing.nii": "voxel size of nan x 5 x 5 mm",
        "air.nii.gz": "only air",
        "NaN.nii.gz": "(3, 4, 5)",
        "infinite.nii.gz": "NaN or infinite",
        "one slice.nii.gz": "single slice",
        "cut 5000 plain.nii": "truncated",
        "cut 5000.nii.gz": "truncated",
        "cut.nii.gz": "truncated",
        "cut nrrd.nrrd": "truncated",
    }


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    folder = tmp_path_factory.mktemp("bad") / "böse Dateien"
    folder.mkdir()
    return folder, write_bad_inputs(folder)


def test_bad_inputs_are_refused_and_the_batch_goes_on(
    voco: Shell, model: Path, ct: Path, bad: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    folder, problems = bad
    like_mri = tmp_path / "mri.nii.gz"
    mri = np.random.default_rng(1).integers(400, 900, make_ct().shape).astype(np.int16)
    nib.save(nib.Nifti1Image(mri, AFFINE), like_mri)
    inputs = [*(folder / name for name in problems), like_mri, ct]
    out = tmp_path / "out"
    answer = voco("segment", *inputs, "-m", model, "-o", out, "--json")
    assert answer.code == 3
    assert answer.err == ""
    outcomes: list[dict[str, Any]] = [
        item for item in answer.events if item["event"] in ("error", "result")
    ]
    for (name, problem), item in zip(problems.items(), outcomes, strict=False):
        assert (item["event"], item.get("code")) == ("error", "bad_input"), (name, item)
        assert name in item["message"] and problem in item["message"]
        assert item["hint"], name
    assert [item["event"] for item in outcomes[len(problems) :]] == ["result", "result"]
    warnings = [i["message"] for i in answer.of("log") if i.get("level") == "warning"]
    assert len(warnings) == 1 and "mri.nii.gz" in warnings[0] and "MRI" in warnings[0]
    assert answer.events[-1] == {"event": "finished", "done": 2, "failed": len(problems)}
    expected = {"ct.csv", "ct.seg.nrrd", "mri.csv", "mri.seg.nrrd"}
    assert {path.name for path in out.iterdir()} == expected


def test_a_folder_with_all_that_goes_wrong_is_reported_and_the_rest_is_done(
    voco: Shell, model: Path, ct: Path, tmp_path: Path
) -> None:
    """Equal names in two folders, a link without a target, a link to above, a Latin-1 name."""
    folder, out = tmp_path / "in", tmp_path / "out"
    for name in ("s1", "s2"):
        (folder / name).mkdir(parents=True)
        shutil.copy(ct, folder / name / "ct.nii.gz")
    try:
        (folder / "s3.nii.gz").symlink_to("nowhere")
        (folder / "s1" / "back").symlink_to("..")
        odd = Path(os.fsdecode(os.fsencode(folder) + b"/M\xfcller.nii.gz"))
        shutil.copy(ct, odd)
    except OSError:
        pytest.skip("this system lacks such links or names")
    answer = voco("segment", folder, "-m", model, "-o", out, "--json")
    assert answer.code == 3
    assert answer.events[-1] == {"event": "finished", "done": 3, "failed": 1}
    (error,) = answer.of("error")
    assert "s3.nii.gz does not exist: it is a link without a target" in error["message"]
    said = " ".join(item["message"] for item in answer.of("log"))
    assert "Found 4 volumes" in said and "searched anyway): " in said
    names = {os.fsencode(path.relative_to(out)) for path in out.rglob("*.seg.nrrd")}
    assert names == {b"M\xfcller.seg.nrrd", b"s1/ct.seg.nrrd", b"s2/ct.seg.nrrd"}
    table = next(path for path in out.glob("M*.csv")).read_text(encoding="utf-8")
    assert "Müller.nii.gz" in table


def read_manifest(folder: Path) -> dict[str, dict[str, str]]:
    """The rows of the manifest in a folder of results, by input."""
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as file:
        return {row["input"]: row for row in csv.DictReader(file)}


def test_a_folder_has_a_manifest_and_what_is_missing_is_done(
    voco: Shell, model: Path, ct: Path, tmp_path: Path
) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    for name in ("a é", "b", "c"):
        (folder / name).mkdir(parents=True)
        shutil.copy(ct, folder / name / "ct.nii.gz")
    (folder / "b" / "ct.nii.gz").write_bytes(b"no image")
    own = Path(shutil.copy(model, tmp_path / "own.safetensors"))
    words = ("segment", folder, "-m", own, "-o", out, "--json", "--skip-existing")
    paths = {name: folder / name / "ct.nii.gz" for name in ("a é", "b", "c")}

    def done(*more: str) -> list[str]:
        """The inputs that a further run segments."""
        answer = voco(*words, *more)
        return sorted(Path(item["input"]).parent.name for item in answer.of("started"))

    assert done() == ["a é", "b", "c"]
    rows = read_manifest(out)
    assert list(rows) == [str(path) for path in paths.values()]
    row = rows[str(paths["a é"])]
    assert (row["state"], row["model"]) == ("done", str(own))
    assert row["result"] == str(out / "a é" / "ct.seg.nrrd") and float(row["seconds"]) > 0
    with (out / "a é" / "ct.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    ml = [f"{item['name']} {float(item['millilitres']):.1f}" for item in table]
    assert row["volumes"] == "; ".join(ml)
    pairs = [(item["name"], flag) for item in table for flag in item["flags"].split("; ") if flag]
    assert row["flags"] == "; ".join(f"{name}: {flag}" for name, flag in pairs)
    failed = rows[str(paths["b"])]
    assert failed["state"] == "failed" and "ct.nii.gz is not an image" in failed["message"]
    assert done() == ["b"]  # once more
    shutil.copy(ct, paths["b"])
    assert done() == ["b"] and read_manifest(out)[str(paths["b"])]["state"] == "done"
    assert done() == []
    os.utime(paths["a é"], ns=(0, 10**18))  # another CT of the same size
    assert done() == ["a é"]
    (out / "c" / "ct.seg.nrrd").unlink()
    assert done() == ["c"]
    for name in ("b", "c"):
        shutil.rmtree(folder / name)
    assert done("--keep-islands") == ["a é"]
    with (out / "manifest.csv").open("ab") as file:
        file.write(b'"/x/y.nii.gz","half a li')  # what a kill leaves
    assert done("--keep-islands") == []
    write_model(own, 5, (64, 32, 32))
    assert done("--keep-islands") == ["a é"]
    assert list(read_manifest(out)) == [str(path) for path in paths.values()]


@pytest.mark.skipif(find_spec("ray") is not None, reason="Ray is installed")
def test_several_workers_need_ray(voco: Shell, own_model: str, ct: Path, tmp_path: Path) -> None:
    answer = voco("segment", ct, "-m", own_model, "-o", tmp_path / "out", "--workers", "2")
    assert answer.code == 3 and "pip install ray" in answer.err


def test_a_file_that_is_no_manifest_is_left_alone(
    voco: Shell, model: Path, ct: Path, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    shutil.copy(ct, tmp_path / "in")
    (tmp_path / "manifest.csv").write_text("name,price\nship,1\n")
    answer = voco("segment", tmp_path / "in", "-m", model, "-o", tmp_path, "--json")
    assert answer.code == 8 and "no manifest of earlier" in answer.out + answer.err
    assert (tmp_path / "manifest.csv").read_text() == "name,price\nship,1\n"


def test_a_mask_for_each_structure(voco: Shell, model: Path, ct: Path, tmp_path: Path) -> None:
    (tmp_path / "in" / "s1").mkdir(parents=True)
    shutil.copy(ct, tmp_path / "in" / "s1" / "ct.nii.gz")
    words = ("segment", tmp_path / "in", "-m", model, "-o", tmp_path / "out", "--json")
    assert voco(*words).code == 0
    answer = voco(*words, "--one-file-per-structure")
    assert answer.code == 0, answer.err
    folder = tmp_path / "out" / "s1"
    masks = [folder / "ct" / f"{name}.nii.gz" for name in ("liver", "right_kidney", "aorta")]
    assert answer.of("result")[0]["files"] == [*map(str, masks), str(folder / "ct.csv")]
    whole, _ = read_grid(folder / "ct.seg.nrrd")
    for label, path in zip(LABELS, masks, strict=True):
        mask, affine = read_grid(path)
        np.testing.assert_array_equal(mask, whole == label.value)
        np.testing.assert_allclose(affine, AFFINE, atol=1e-4)


def test_half_of_the_masks_is_none(voco: Shell, model: Path, ct: Path, tmp_path: Path) -> None:
    (tmp_path / "out" / "ct" / "aorta.nii.gz").mkdir(parents=True)  # where the last one would be
    words = ("segment", ct, "-m", model, "-o", tmp_path / "out", "--json")
    answer = voco(*words, "--one-file-per-structure")
    assert answer.code == 8 and "aorta.nii.gz" in answer.of("error")[0]["message"]
    assert [path.name for path in (tmp_path / "out").rglob("*")] == ["ct", "aorta.nii.gz"]


def test_what_nobody_expected_of_one_input_is_told_with_its_traceback(
    voco: Shell, model: Path, ct: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever fails, nothing is half-written and the next input is segmented."""
    calls = []

    def fail_once(path: Path, *arguments: Any, **named: Any) -> None:
        calls.append(path)
        if len(calls) == 1:
            raise ZeroDivisionError("a defect")
        write_csv(path, *arguments, **named)

    monkeypatch.setattr("VoCoLib.inference.batch.write_csv", fail_once)
    other = tmp_path / "other.nii.gz"
    shutil.copy(ct, other)
    answer = voco("segment", ct, other, "-m", model, "-o", tmp_path / "out", "--json")
    assert answer.code == 1
    assert "ZeroDivisionError: a defect" in answer.of("error")[0]["message"]
    assert any("Traceback" in item["message"] for item in answer.of("log"))
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["other.csv", "other.seg.nrrd"]


def test_probabilities_agree_with_the_labels(
    voco: Shell, model: Path, ct: Path, tmp_path: Path
) -> None:
    words = ("segment", ct, "-m", model, "-o", tmp_path / "out", "--keep-islands", "--json")
    answer = voco(*words, "--structures", "Liver,Aorta", "--probabilities")
    assert answer.code == 0, answer.err
    folder = tmp_path / "out" / "ct_probabilities"
    assert {path.name for path in folder.iterdir()} == {"liver.nii.gz", "aorta.nii.gz"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        *("ct.seg.nrrd", "ct.csv", "ct_probabilities"),
    }
    labels, affine = read_grid(tmp_path / "out" / "ct.seg.nrrd")
    liver, grid = read_grid(folder / "liver.nii.gz")
    aorta, _ = read_grid(folder / "aorta.nii.gz")
    np.testing.assert_allclose(grid, affine, atol=1e-4)
    assert liver.dtype == np.uint8 and (labels == 1).any()
    assert liver[labels == 1].min() >= 255 / 4 - 1  # the largest of four
    assert (aorta[labels == 1] <= liver[labels == 1]).all()
    assert (liver[labels == 3] <= aorta[labels == 3]).all()
    assert (liver.astype(int) + aorta <= 256).all()


def test_bad_inputs_for_a_person(
    voco: Shell, model: Path, bad: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    folder, problems = bad
    answer = voco("segment", folder, "-m", model, "-o", tmp_path / "out")
    assert answer.code == 3
    lines = answer.err.splitlines()
    for name, problem in problems.items():
        assert any(name in line and problem in line for line in lines), (name, answer.err)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["manifest.csv"]
    rows = read_manifest(tmp_path / "out")
    assert {row["state"] for row in rows.values()} == {"failed"}
    for name, problem in problems.items():
        assert any(name in path and problem in row["message"] for path, row in rows.items())


@dataclass(frozen=True)
class Refusal:
    """Arguments in which {ct}, {model}, {out} ... stand for paths, and what must come of them."""

    arguments: str
    code: int
    says: tuple[str, ...]


REFUSALS = {
    "missing file": Refusal(
        "segment {tmp}/no.nii.gz -m own-model -o {out}.nii.gz", 3, ("no.nii.gz", "does not exist")
    ),
    "empty file": Refusal(
        "segment {tmp}/empty.nrrd -m own-model -o {out}.nii.gz", 3, ("empty.nrrd", "0 bytes")
    ),
    "empty folder": Refusal(
        "segment {tmp}/folder -m own-model -o {out}.nii.gz", 3, ("folder", "no DICOM series")
    ),
    "same name": Refusal("segment {ct} {ct} -m own-model -o {out}", 3, ("same name",)),
    "overwritten input": Refusal("segment {ct} -m own-model -o {ct}", 8, ("is an input",)),
    "file as folder": Refusal(
        "segment {ct} -m own-model -o {ct}/x.seg.nrrd", 8, ("x.seg.nrrd", "could not be written")
    ),
    "folder as file": Refusal(
        "segment {ct} -m own-model -o {tmp}/folder.nii.gz", 8, ("folder.nii.gz", "is a folder")
    ),
    "unknown suffix": Refusal("segment {ct} -m own-model -o {out}.stl", 8, (".stl", ".seg.nrrd")),
    "one file for two inputs": Refusal(
        "segment {ct} {tmp}/empty.nrrd -m own-model -o {out}.nii.gz", 8, ("2 inputs", "folder")
    ),
    "unknown model": Refusal(
        "segment {ct} -m VoComni_Q -o {out}.nii.gz", 5, ("VoComni_Q", "Did you mean VoComni_")
    ),
    "missing model file": Refusal(
        "segment {ct} -m {tmp}/no.safetensors -o {out}.nii.gz", 5, ("no.safetensors", "no file")
    ),
    "not downloaded": Refusal(
        "segment {ct} -m VoComni_B -o {out}.nii.gz", 5, ("VoComni_B", "voco models download")
    ),
    "unsupported model": Refusal(
        "segment {ct} -m VoComni_nnunet -o {out}.nii.gz", 5, ("VoComni_nnunet", "nnU-Net")
    ),
    "pre-trained encoder": Refusal(
        "segment {ct} -m VoCo_B_SSL_head -o {out}.nii.gz", 5, ("VoCo_B_SSL_head", "encoder")
    ),
    "unknown structure": Refusal(
        "segment {ct} -m own-model -o {out}.nii.gz --structures Spleen",
        3,
        ("no structure 'Spleen'", "Liver, Right kidney, Aorta"),
    ),
    "region of five": Refusal(
        "segment {ct} -m own-model -o {out}.nii.gz --region 1,2,3,4,5", 2, ("R1,A1,S1,R2,A2,S2",)
    ),
    "flat region": Refusal(
        "segment {ct} -m own-model -o {out}.nii.gz --region 1,2,3,4,2,6", 2, ("--region", "differ")
    ),
    "endless region": Refusal(
        "segment {ct} -m own-model -o {out}.nii.gz --region 1,2,3,4,inf,6", 2, ("finite",)
    ),
    "unknown format": Refusal(
        "segment {ct} -m own-model -o {out} --format stl",
        2,
        ("--format", "seg.nrrd, nii.gz or dcm"),
    ),
    "no output": Refusal("segment {ct} -m own-model", 2, ("--output",)),
    "unknown device": Refusal(
        "segment {ct} -m own-model -o {out}.nii.gz --device tpu", 3, ("tpu", "cuda:N")
    ),
    "no such GPU": Refusal(
        "segment {ct} -m own-model -o {out}.nii.gz --device cuda:99", 3, ("cuda:99", "auto or cpu")
    ),
    "unknown engine": Refusal(
        "segment {ct} -m own-model -o {out}.nii.gz --engine abacus", 3, ("abacus", "openvino")
    ),
    "unknown precision": Refusal(
        "segment {ct} -m own-model -o {out}.nii.gz --precision int4", 3, ("int4", "bfloat16")
    ),
    "nothing to evaluate": Refusal(
        "evaluate {tmp}/no.nii.gz {ct} -m own-model", 3, ("no.nii.gz", "does not exist")
    ),
    "evaluating an encoder": Refusal(
        "evaluate {ct} {ct} -m VoCo_L_SSL_head", 5, ("VoCo_L_SSL_head", "encoder")
    ),
    "scores into a folder": Refusal(
        "evaluate {ct} {ct} -m own-model -o {tmp}/folder", 8, ("is a folder",)
    ),
    "removing a bundled model": Refusal("models remove demo-torso", 5, ("part of VoCo",)),
    "removing no model": Refusal("models remove nothing", 5, ("'nothing'", "VoComni_B")),
    "licence not accepted": Refusal(
        "models download VoComni_L", 9, ("licence", "--accept-licence")
    ),
    "import of no file": Refusal("models import {tmp}/no.pt", 4, ("no.pt", "not a file")),
    "import like an unsupported model": Refusal(
        "models import {model} --like VoComni_nnunet", 5, ("not supported",)
    ),
}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS.keys())
def test_refused(
    voco: Shell, model: Path, own_model: str, ct: Path, refusal: Refusal, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder.nii.gz").mkdir()
    (tmp_path / "empty.nrrd").touch()
    before = sorted(tmp_path.rglob("*")), ct.read_bytes()
    places = {"ct": ct, "tmp": tmp_path, "out": tmp_path / "o", "model": model}
    answer = voco(*(word.format(**places) for word in refusal.arguments.split()))
    assert answer.code == refusal.code, answer.err
    assert answer.out == ""
    for text in refusal.says:
        assert text in answer.err
    assert (sorted(tmp_path.rglob("*")), ct.read_bytes()) == before


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="needs a user who is not root"
)
def test_read_only_folder(voco: Shell, own_model: str, ct: Path, tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o555)
    answer = voco("segment", ct, "-m", own_model, "-o", tmp_path / "locked" / "x.seg.nrrd")
    assert answer.code == 8
    assert "x.seg.nrrd could not be written" in answer.err


@posix_only
def test_full_disk(voco: Shell, model: Path, ct: Path, tmp_path: Path) -> None:
    """Nothing may be written behind the first 2 kB of a file."""
    import resource

    target = tmp_path / "x.seg.nrrd"
    target.write_text("an earlier result")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, before[1]))
    try:
        answer = voco("segment", ct, "-m", model, "-o", target, "--json")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert answer.code == 8, answer.out
    (error,) = answer.of("error")
    assert error["code"] == "bad_output"
    assert "x.seg.nrrd could not be written: the disk is full" in error["message"]
    assert [path.name for path in tmp_path.iterdir()] == ["x.seg.nrrd"]
    assert target.read_text() == "an earlier result"


@posix_only
def test_ctrl_c(voco: Shell, ct: Path, tmp_path: Path) -> None:
    model = write_model(tmp_path / "slow.safetensors", 1.8, (96, 64, 64))  # four windows
    command = [sys.executable, "-m", "VoCoLib", "segment", ct, "-m", model, "--json"]
    (tmp_path / "out").mkdir()
    child = subprocess.Popen(
        [*map(str, command), "-o", str(tmp_path / "out" / "x.seg.nrrd")],
        env=voco.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert child.stdout is not None
    for line in child.stdout:
        item = json.loads(line)
        if item.get("message") == "Segmenting" and item["done"] == 1:
            break
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=120)
    events = [json.loads(line) for line in out.splitlines()]
    assert child.returncode == 7, err
    assert (events[-1]["event"], events[-1]["code"]) == ("error", "cancelled")
    assert "Traceback" not in err
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_what_nobody_expected_is_said_in_words_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, options: list[str]
) -> None:
    def fail() -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(cli, "app", fail)
    monkeypatch.setattr(sys, "argv", ["voco", *options])
    with pytest.raises(ZeroDivisionError):  # for its traceback
        cli.main()
    said = "".join(capsys.readouterr())
    assert "ZeroDivisionError: division by zero" in said
    assert "Please report it with the traceback." in said
    assert not options or json.loads(said)["event"] == "error"


@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit of the address space")
def test_out_of_memory(voco: Shell, ct: Path, tmp_path: Path) -> None:
    """100 MB hold the weights, but in no precision a window, which takes 400 MB."""
    model = write_model(tmp_path / "large.safetensors", 1.5, (96, 96, 96))
    script = """
import resource, sys, psutil
import VoCoLib.cli.console, VoCoLib.networks.loading
import VoCoLib.inference.batch, VoCoLib.inference.segmentation
from VoCoLib.cli.main import main
from VoCoLib.inference import execution
execution.half_precision = lambda device: "bfloat16"  # where the processor has it
limit = psutil.Process().memory_info().vms + 100_000_000
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
main()
"""
    target = tmp_path / "out" / "x.seg.nrrd"
    target.parent.mkdir()
    words = ["segment", ct, "-m", model, "-o", target, "--json", "--precision", "float32"]
    answer = voco(*words, "--device", "cpu", script=script)
    assert answer.code == 6, answer.out
    logs = [item["message"] for item in answer.of("log")]
    assert any("Out of memory" in m and "half precision (bfloat16)" in m for m in logs)
    (error,) = answer.of("error")
    assert error["code"] == "out_of_memory" and "smaller model" in error["hint"]
    assert list(target.parent.iterdir()) == []


def test_truncated_weights(voco: Shell, model: Path, ct: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(model.read_bytes()[:-100_000])
    answer = voco("segment", ct, "-m", broken, "-o", tmp_path / "x.nii.gz", "--json")
    assert answer.code == 4
    (error,) = answer.of("error")
    assert error["code"] == "bad_weights"
    assert "broken.safetensors" in error["message"] and "truncated" in error["message"]
    assert list(tmp_path.iterdir()) == [broken]


class Intruder:
    """Unpickled, it would leave a file."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.trace,)


def test_code_in_a_pickle_does_not_run(voco: Shell, tmp_path: Path) -> None:
    trace, file = tmp_path / "trace", tmp_path / "weights.pt"
    pickle.loads(pickle.dumps(Intruder(trace)))
    trace.unlink()  # raises unless the pickle works
    torch.save({"state_dict": Intruder(trace)}, file)
    answer = voco("models", "import", file, "-m", "VoComni_B")
    assert answer.code == 4
    assert "weights.pt holds a pickled object" in answer.err and "nothing was read" in answer.err
    assert list(tmp_path.iterdir()) == [file]
    assert not (voco.home / "models" / "VoComni_B").exists()


def test_no_network(voco: Shell, tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{closed.getsockname()[1]}"
    home = Shell(tmp_path / "home")
    words = ("models", "download", "VoComni_B", "--accept-licence", "--json")
    answer = home(*words, HF_ENDPOINT=endpoint)
    assert answer.code == 9
    (error,) = answer.of("error")
    assert error["code"] == "download_failed"
    assert f"{endpoint}/Luffy503/VoCo/resolve/main/VoComni_B.pt" in error["message"]
    assert "voco models import" in error["hint"]
    left = [path.name for path in home.home.rglob("*") if path.is_file()]
    assert left == ["record.json"]  # the consent, so that it is asked once


# --- models, evaluate, demo ----------------------------------------------------------------------


def test_models(voco: Shell, own_model: str, model: Path) -> None:
    listed = voco("models", "list")
    assert listed.code == 0
    rows = [line.split() for line in listed.out.splitlines()]
    (own,) = [row for row in rows if row[:1] == [own_model]]
    assert own[1] == "imported" and own[3] == str(len(LABELS))
    assert {"VoComni_B", "VoCo_H_SSL_head", "openkbp-headneck"} <= {r[0] for r in rows if r}
    info = voco("models", "info", own_model)
    assert info.code == 0
    assert "Mein Modell" in info.out and "6 x 6 x 6 mm" in info.out and "3 Aorta" in info.out
    twice = voco("models", "import", model, "-m", own_model, "--like", "demo-torso")
    assert twice.code == 5 and "already is a model" in twice.err
    (copy,) = (voco.home / "models" / own_model).glob("*.safetensors")
    with safe_open(copy, "np") as file:
        assert file.metadata()["format"] == "voco"


def test_remove(voco: Shell, own_model: str, tmp_path: Path) -> None:
    copy = Shell(tmp_path / "Modelle für alle")
    shutil.copytree(voco.home, copy.home)
    removed = copy("models", "remove", own_model)
    assert removed.code == 0 and "MB freed" in removed.out
    assert copy("models", "info", own_model).code == 5
    assert not list(copy.home.rglob("*.safetensors"))


def test_evaluate_files(voco: Shell, model: Path, batch: Batch, tmp_path: Path) -> None:
    result = batch.pairs["nifti"][1]
    labels, affine = read_grid(result)
    truth = np.where(np.arange(labels.shape[2]) < 15, labels, 0).astype(np.uint8)
    nib.save(nib.Nifti1Image(truth, affine), tmp_path / "truth.nii.gz")
    answer = voco("evaluate", result, tmp_path / "truth.nii.gz", "-m", model)
    assert answer.code == 0, answer.err
    rows = {line[:14].strip(): line[14:].split() for line in answer.out.splitlines()}
    dice = {label.name: dice_of(labels, truth, label.value) for label in LABELS}
    assert all(0 < value < 1 for value in dice.values())
    for name, value in dice.items():
        assert float(rows[name][0]) == pytest.approx(value, abs=6e-4)
    assert float(rows["mean"][0]) == pytest.approx(np.mean(list(dice.values())), abs=6e-4)


def dice_of(a: NDArray, b: NDArray, value: int) -> float:
    return float(
        2 * ((a == value) & (b == value)).sum() / ((a == value).sum() + (b == value).sum())
    )


def test_evaluate_folders(voco: Shell, model: Path, batch: Batch, tmp_path: Path) -> None:
    """Two cases, in one of which nobody contoured the right kidney."""
    predicted, truth = tmp_path / "predicted", tmp_path / "truth"
    predicted.mkdir()
    truth.mkdir()
    labels, affine = read_grid(batch.pairs["nifti"][1])
    for name, label in (("one", labels), ("zwölf", labels * (labels != 2))):
        (predicted / f"{name}.seg.nrrd").write_bytes(batch.pairs["nifti"][1].read_bytes())
        nib.save(nib.Nifti1Image(label.astype(np.uint8), affine), truth / f"{name}.nii.gz")
    cases = tmp_path / "cases.csv"
    cases.write_text(
        "file,not_contoured\none.nii.gz,\nzwölf.nii.gz,RightKidney\n", encoding="utf-8"
    )
    scores = tmp_path / "scores.csv"
    words = ("evaluate", predicted, truth, "-m", model, "--not-contoured", cases, "-o", scores)
    answer = voco(*words, "--json")
    assert answer.code == 0, answer.out
    (metric,) = answer.of("metric")
    assert metric["mean_dice"] == pytest.approx(1)
    counts = {row["name"]: row["n"] for row in metric["labels"]}
    assert counts == {"Liver": 2, "Right kidney": 1, "Aorta": 2}
    assert answer.events[-1] == {"event": "finished", "done": 2, "failed": 0}
    with scores.open(encoding="utf-8", newline="") as file:
        notes = {(row["case"], row["name"]): row["note"] for row in csv.DictReader(file)}
    assert notes["zwölf", "Right kidney"] == "not contoured"
    assert notes["one", "Right kidney"] == ""


def test_evaluate_names_what_is_missing_and_goes_on(
    voco: Shell, model: Path, batch: Batch, tmp_path: Path
) -> None:
    predicted, truth = tmp_path / "predicted", tmp_path / "truth"
    predicted.mkdir()
    truth.mkdir()
    good = batch.pairs["nifti"][1].read_bytes()
    for name in ("a", "b", "lost"):
        (truth / f"{name}.seg.nrrd").write_bytes(good)
    (predicted / "a.seg.nrrd").write_bytes(good)
    (predicted / "b.seg.nrrd").write_bytes(good[:-100])
    answer = voco("evaluate", predicted, truth, "-m", model, "-o", tmp_path / "s.csv", "--json")
    assert answer.code == 3
    assert "b.seg.nrrd" in answer.of("error")[0]["message"]
    assert "lost has no prediction" in answer.of("log")[0]["message"]
    assert answer.of("metric")[0]["mean_dice"] == pytest.approx(0.5)
    assert answer.events[-1] == {"event": "finished", "done": 2, "failed": 1}
    assert "no prediction" in (tmp_path / "s.csv").read_text(encoding="utf-8")


@pytest.mark.skipif(not BUNDLED.is_file(), reason="bundled weights missing")
@pytest.mark.parametrize("voxels", ["fewer", pytest.param("all", marks=pytest.mark.long)])
def test_demo(voxels: str, voco: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if voxels == "fewer":  # a torso of one window in place of four
        phantom = make_phantom(DEMO_SEED, (4.5, 4.5, 4.5), (288.0, 270.0, 288.0))
        monkeypatch.setattr(demonstration, "make_phantom", lambda seed: phantom)
    answer = voco("demo", "-o", tmp_path / "Probe é", "--json")
    assert answer.code == 0, answer.out
    (metric,) = answer.of("metric")
    assert metric["mean_dice"] >= 0.85
    assert len(metric["labels"]) == 13
    written = {path.name for path in (tmp_path / "Probe é").iterdir()}
    assert written == {"phantom_ct.nii.gz", "phantom.seg.nrrd", "phantom.csv", "overview.png"}
    assert (tmp_path / "Probe é" / "overview.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    labels, affine = read_grid(tmp_path / "Probe é" / "phantom.seg.nrrd")
    image, grid = read_grid(tmp_path / "Probe é" / "phantom_ct.nii.gz")
    assert labels.shape == image.shape
    np.testing.assert_allclose(affine, grid, atol=1e-4)


@posix_only
def test_a_tilde_after_an_equals_sign_is_the_home(voco: Shell, tmp_path: Path) -> None:
    answer = voco("segment", "~/no.nii", f"-o={tmp_path}/~x", HOME=str(tmp_path))
    assert answer.code == 3 and f"{tmp_path}/no.nii does not exist" in answer.err
    (tmp_path / "ct.nii").touch()
    words = ("segment", tmp_path / "ct.nii", f"-o={tmp_path}/x", "--model=~/m.safetensors")
    answer = voco(*words, HOME=str(tmp_path))
    assert answer.code == 5 and f"There is no file {tmp_path}/m.safetensors" in answer.err


def test_help_teaches(voco: Shell) -> None:
    top = voco("--help")
    assert top.code == 0 and "Exit codes" in top.out and "Not for clinical use" in top.out
    segment = voco("segment", "--help", COLUMNS="200")
    for word in ("DICOM", ".seg.nrrd", "--structures", "--region", "RAS mm", "Example: voco"):
        assert word in segment.out
