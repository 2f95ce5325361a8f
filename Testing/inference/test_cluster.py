"""Several workers give what one process gives; a bad CT or a worker that dies costs one input."""

from __future__ import annotations

import csv
import os
import sys
from pathlib import Path

import nibabel as nib
import pytest
import torch
from inference.worker_choice import Demonstration
from places import ROOT, TESTING

from VoCoLib.events import Event
from VoCoLib.images.phantom import make_phantom
from VoCoLib.images.volumes import NO_CHOICES
from VoCoLib.inference.batch import Wishes, segment_files
from VoCoLib.inference.manifest import MANIFEST, Manifest, Record

pytest.importorskip("ray", reason="Ray is not installed")

from VoCoLib.inference.cluster import Workers, segment_on

_PLAIN = (NO_CHOICES, Wishes())

pytestmark = pytest.mark.long  # Ray takes ten seconds to start


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the workers."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(TESTING), *sys.path]))


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("Fälle")
    paths = []
    for seed in range(3):
        phantom = make_phantom(seed, (9.0, 9.0, 9.0))
        paths.append(folder / f"ct {seed}.nii.gz")
        nib.save(nib.Nifti1Image(phantom.image, phantom.affine), paths[-1])
    paths.append(folder / "broken.nii.gz")
    paths[-1].write_bytes(b"no image")
    return paths


def pairs(inputs: list[Path], output: Path) -> list[tuple[Path, Path]]:
    return [(path, output / path.name.replace("nii.gz", "seg.nrrd")) for path in inputs]


def record(output: Path) -> Record:
    return Record(Manifest(output / MANIFEST), lambda name: name, "demo-torso", {}, True)


def rows(output: Path) -> dict[str, dict[str, str]]:
    with (output / MANIFEST).open(encoding="utf-8", newline="") as file:
        return {Path(row["input"]).name: row for row in csv.DictReader(file)}


def segment(workers: Workers, inputs: list[Path], output: Path) -> tuple[list, list[Event]]:
    events: list[Event] = []
    kept = record(output)
    whole = pairs(inputs, output)
    errors = segment_on(workers, Demonstration, whole, events.append, None, *_PLAIN, kept)
    kept.manifest.close(path for path, _ in whole)
    return errors, events


def test_the_results_are_those_of_one_process(inputs: list[Path], tmp_path: Path) -> None:
    torch.set_num_threads(1)
    alone, together = tmp_path / "alone", tmp_path / "together"
    kept = record(alone)
    segment_files(Demonstration(), pairs(inputs, alone), lambda _: None, None, *_PLAIN, kept)
    kept.manifest.close(inputs)
    errors, events = segment(Workers(2), inputs, together)
    assert [type(error).__name__ for error in errors] == ["InputError"]
    assert sum(item["event"] == "result" for item in events) == 3
    assert {path.name for path in alone.iterdir()} == {path.name for path in together.iterdir()}
    for path in alone.glob("ct*"):
        assert path.read_bytes() == (together / path.name).read_bytes()
    columns = ("state", "message", "volumes", "flags", "model", "made_of")
    found, expected = rows(together), rows(alone)
    assert list(found) == list(expected)
    for name, row in expected.items():
        assert [row[column] for column in columns] == [found[name][column] for column in columns]
    assert (
        segment(Workers(2), inputs[:3], together)[1]
        == [  # all is done: Ray is not started
            {"event": "log", "message": f"{path} is done already."} for path in inputs[:3]
        ]
    )


def test_a_worker_that_dies_costs_one_input(inputs: list[Path], tmp_path: Path) -> None:
    deadly = tmp_path / "deadly.nii.gz"
    deadly.write_bytes(inputs[0].read_bytes())
    output = tmp_path / "out"
    errors, _ = segment(Workers(1), [deadly, *inputs[:2]], output)
    assert len(errors) == 1 and "deadly.nii.gz: its worker ended" in errors[0].message
    assert [row["state"] for row in rows(output).values()] == ["failed", "done", "done"]
