"""`voco positions` as users run it: real files, a bundled model, a report that can be read."""

from __future__ import annotations

import csv
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
from command_line import run_here
from PIL import Image
from position_cases import AFFINE, BODY, FIT, NATIVE, make_model, turned
from quick_model import write_quick_positions

from VoCoLib.figures.position import DPI, WIDTH, draw_position
from VoCoLib.figures.position_report import write_csv, write_json
from VoCoLib.images.coordinates import to_voxels
from VoCoLib.images.phantom import Phantom, make_phantom
from VoCoLib.positions.placement import Placement, place
from VoCoLib.positions.view import PositionView


def voco(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    words = ["positions", *map(str, arguments)]
    return subprocess.CompletedProcess(words, *run_here(words, os.environ, cwd))


@pytest.fixture(scope="module")
def phantom() -> Phantom:
    """A few organs: of the size of a base crop."""
    return make_phantom(7, (4.5, 4.5, 4.5), (100, 90, 80))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, phantom: Phantom) -> Path:
    folder = tmp_path_factory.mktemp("données de Zoë")
    image = nibabel.Nifti1Image(phantom.image, phantom.affine)
    nibabel.save(image, folder / "ct 1.nii.gz")
    nibabel.save(image.slicer[8:20, 7:19, 6:18], folder / "part.nii.gz")
    return folder


@pytest.mark.parametrize("crops", ["small", pytest.param("as shipped", marks=pytest.mark.long)])
def test_a_whole_report(crops: str, folder: Path, phantom: Phantom) -> None:
    source, report = folder / "ct 1.nii.gz", folder / f"report on {crops} crops"
    model: str | Path = "demo-torso-voco"
    if crops == "small":
        model = write_quick_positions(folder / "quick.safetensors", "demo-torso-voco")
    done = voco(
        *(source, "-m", model, "--at", "-10,20.5,8"),
        *("--reference", folder / "part.nii.gz"),
        *("--map", "--grid", "2", "--placement", "native", "-o", report, "--json"),
    )
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert events[-1] == {"event": "finished", "done": 1, "failed": 0}
    stages = {e["message"] for e in events if e["event"] == "progress"}
    assert {"Base crops", "Query crops", "Position map", "Searching the reference"} <= stages
    numbers = json.loads((report / "positions.json").read_text(encoding="utf-8"))
    (answer,) = numbers["answers"]
    assert numbers["compared"] == answer["compared"] == "projection head"
    assert (numbers["grid"]["mode"], numbers["grid"]["n"]) == ("native", 2)
    assert any("the rest is air" in warning for warning in numbers["warnings"])
    assert answer["sentence"] in {e.get("message") for e in events}
    assert answer["point_mm"] == [-10, 20.5, 8]
    assert np.isclose(sum(answer["labels"]), 1)
    _check_table(report / "positions.csv", answer)
    _check_reference(report, numbers["reference"])
    for name in ("confidence", "error_mm"):
        volume = nibabel.load(report / f"{name}.nii.gz")
        np.testing.assert_allclose(volume.affine, phantom.affine)
        assert (np.asarray(volume.dataobj)[phantom.label > 0] > 0).all()
    assert numbers["map"]["chance"] == 0.25
    assert (report / "positions.pdf").stat().st_size > 1000
    assert {"cell", "true_cell", "sureness", "covers_body"} <= set(answer)
    with Image.open(report / "positions.png") as picture:
        assert picture.width == round(WIDTH * DPI)


def _check_table(path: Path, answer: dict[str, Any]) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["column"], row["row"]) for row in rows] == [
        ("1", "1"), ("1", "2"), ("2", "1"), ("2", "2")
    ]  # fmt: skip
    for row, label, similarity in zip(
        rows, answer["labels"], answer["bases"]["similarities"], strict=True
    ):
        assert abs(float(row["overlap"]) - label) < 1e-6
        assert abs(float(row["similarity"]) - similarity) < 1e-6
        assert (row["r_mm"], row["s_mm"]) == ("-10.000", "8.000")


def _check_reference(report: Path, reference: dict[str, Any]) -> None:
    (match,) = reference["matches"]
    volume = nibabel.load(report / match["similarity_volume"])
    assert np.asarray(volume.dataobj).max() <= match["similarity"] + 1e-5
    index = to_voxels(volume.affine, np.array(match["point_mm"]))
    assert ((index >= -0.5) & (index <= np.array(volume.shape) - 0.5)).all()
    assert match["low"] == ("Low" in match["sentence"])
    assert len(match["bases"]["similarities"]) == 4


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["-m", "demo-torso"], 2, "at least one point"),
        (["-m", "demo-torso", "--at", "1,2"], 2, "three numbers"),
        (["-m", "demo-torso", "--at", "1,2,nan"], 2, "finite"),
        (["-m", "demo-torso", "--at", "1,2,3", "--placement", "tight"], 2, "fit or native"),
        (["-m", "demo-torso", "--reference", "x.nii", "--map"], 2, "at least one point"),
        (["-m", "no-such-model", "--at", "1,2,3"], 5, "no model 'no-such-model'"),
        (["-m", "demo-torso", "--at", "0,0,0", "--reference", "x.nii"], 3, "x.nii"),
        (["-m", "demo-torso", "--at", "900,2,3"], 3, "(900, 2, 3) lies outside ct 1.nii.gz"),
    ],
)
def test_what_cannot_be_meant(
    arguments: list[str], code: int, message: str, folder: Path, tmp_path: Path
) -> None:
    done = voco("ct 1.nii.gz", *arguments, "-o", tmp_path / "none", cwd=folder)
    assert done.returncode == code
    assert message in " ".join(done.stderr.split())
    assert not (tmp_path / "none").exists()


def test_a_folder_that_is_a_file(folder: Path) -> None:
    source = folder / "ct 1.nii.gz"
    done = voco(source, "-m", "demo-torso", "--at", "0,0,0", "-o", source)
    assert done.returncode == 8
    assert "is a file" in done.stderr


# --- the figure --------------------------------------------------------------------------------


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


@pytest.mark.parametrize(
    "placement",
    [
        pytest.param(FIT, id="fit"),
        pytest.param(NATIVE.change(n=6), id="native", marks=pytest.mark.long),
    ],
)
def test_the_figure_shows_query_cells_and_bars(placement: Placement, tmp_path: Path) -> None:
    affine = turned(AFFINE, 20, 0)
    view = PositionView(make_model(placement, True), place(BODY, affine, "body", placement))
    (answer,) = view.query([affine[:3] @ [40.0, 20, 30, 1]])
    path = tmp_path / "figure.png"
    paths = [path, tmp_path / "figure.pdf", tmp_path / "figure.svg"]
    draw_position(
        paths, BODY, affine, view.placed, answer, r"a $1\frac{ body$ seen by random", "Careful."
    )
    assert paths[1].read_bytes().startswith(b"%PDF")
    assert "Careful." in paths[2].read_text(encoding="utf-8")
    drawn = pixels(path)
    assert drawn.shape[1] == round(WIDTH * DPI)
    for colour, least in (("ff6e00", 2000), ("4d4d4d", 500), ("2a8fbd", 500), ("e69f00", 100)):
        wanted = np.array([int(colour[i : i + 2], 16) for i in (0, 2, 4)])
        assert (np.abs(drawn - wanted).max(-1) < 3).sum() > least, colour
    assert (drawn.min((0, 2)) < 250).any()
    edges = drawn[[0, -1]], drawn[:, [0, -1]]
    assert all((edge == 255).all() for edge in edges)  # nothing is cut off


def test_numbers_are_written_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "positions.json"
    write_json(target, {"a": 1})
    with pytest.raises(ValueError, match="JSON"):
        write_json(target, {"a": float("nan")})
    assert json.loads(target.read_text(encoding="utf-8")) == {"a": 1}
    write_csv(tmp_path / "positions.csv", [])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["positions.csv", "positions.json"]
