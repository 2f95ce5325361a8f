"""`voco segment` without -m: the model for each CT, said before and after; unsure is an error."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from command_line import run_here
from places import SHARED

from VoCoLib.images.phantom import make_phantom

OPENKBP, SAMPLES = SHARED / "data" / "openkbp", SHARED / "data" / "ct_samples"
CENTRE = "-20,-20,-20,20,20,20"  # boxes of few windows
CORNER = "-140,-10,-140,-110,30,-110"
needs_shared = pytest.mark.skipif(not OPENKBP.is_dir(), reason="shared/data is not here")


def segment(home: Path, *arguments: str | Path) -> tuple[int, list[dict[str, Any]]]:
    """The exit code and the events."""
    environment = {**os.environ, "VOCO_HOME": str(home)}
    words = ["segment", *map(str, arguments), "--device", "cpu", "--json"]
    code, out, _ = run_here(words, environment)
    return code, [json.loads(line) for line in out.splitlines()]


def messages(events: list[dict[str, Any]], kind: str) -> str:
    return "\n".join(item["message"] for item in events if item["event"] == kind)


@pytest.fixture
def torso(tmp_path: Path) -> Path:
    phantom = make_phantom(3, (6.0, 6.0, 6.0), (288.0, 270.0, 288.0))  # a single window
    nib.save(nib.Nifti1Image(phantom.image, phantom.affine), tmp_path / "torso.nii.gz")
    return tmp_path / "torso.nii.gz"


def test_the_phantom_gets_the_model_of_phantoms(torso: Path, tmp_path: Path) -> None:
    code, events = segment(tmp_path / "home", torso, "-o", tmp_path / "out.seg.nrrd")
    assert code == 0
    assert "VoCo's synthetic torso: segmenting with demo-torso" in messages(events, "log")
    (result,) = (item for item in events if item["event"] == "result")
    assert list(result["regions"]) == ["chest", "abdomen"]
    assert result["summary"].startswith("13 of 13 structures found.")
    table = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()
    assert "flags" in table[0].split(",")
    assert any("cut by the edge of the image" in line for line in table[1:])


def test_a_wrong_choice_is_said_before_and_after(torso: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.seg.nrrd"
    model = "-m", "openkbp-headneck"
    code, events = segment(tmp_path / "home", torso, *model, "-o", out, "--region", CORNER)
    assert code == 0
    warning = (
        "openkbp-headneck knows the head and neck; this CT seems to show VoCo's synthetic torso."
    )
    names = [item["event"] for item in events]
    said = next(i for i, item in enumerate(events) if warning in str(item.get("message")))
    assert events[said]["level"] == "warning" and said < names.index("progress")
    (result,) = (item for item in events if item["event"] == "result")
    assert warning in result["summary"]


def test_unsure_lists_the_choices_and_the_others_go_on(torso: Path, tmp_path: Path) -> None:
    image = nib.load(torso)
    display = np.clip(np.asarray(image.dataobj) + 1000, 0, 255).astype(np.int16)
    nib.save(nib.Nifti1Image(display, image.affine), tmp_path / "display.nii.gz")
    inputs = tmp_path / "display.nii.gz", torso
    code, events = segment(tmp_path / "home", *inputs, "-o", tmp_path / "out")
    assert code == 5
    (error,) = (item for item in events if item["event"] == "error")
    assert "display.nii.gz: the region of the body was not recognised" in error["message"]
    assert "openkbp-headneck (the head and neck)" in error["hint"]
    assert "demo-torso" not in error["hint"]
    assert (tmp_path / "out" / "torso.seg.nrrd").is_file()


@needs_shared
@pytest.mark.parametrize(
    ("source", "said"),
    [
        (SAMPLES / "example_ct.nii.gz", "VoComni_B knows, but its weights are not here"),
        (SAMPLES / "example_ct_dicom", "VoComni_B knows, but its weights are not here"),
        (SAMPLES / "CT_pitch.nii.gz", "was not recognised"),
    ],
)
def test_real_cts(source: Path, said: str, tmp_path: Path) -> None:
    code, events = segment(tmp_path / "home", source, "-o", tmp_path / "out.seg.nrrd")
    assert code == 5 and said in messages(events, "error")
    assert not list(tmp_path.glob("out*"))


@needs_shared
def test_a_head_and_neck(tmp_path: Path) -> None:
    source = OPENKBP / "imagesTr" / "okbp_001.nii.gz"
    out = tmp_path / "out.seg.nrrd"
    code, events = segment(tmp_path / "home", source, "-o", out, "--region", CENTRE)
    assert code == 0
    assert "shows the head and neck: segmenting with openkbp-headneck" in messages(events, "log")
