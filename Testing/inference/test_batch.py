"""Which results a batch of inputs becomes: their folders, names, and what they would overwrite."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from training_files import make_ct, write

from VoCoLib.errors import InputError, OutputError
from VoCoLib.evaluation.statistics import LabelStatistics, write_csv
from VoCoLib.inference.batch import plan_outputs, segment_files


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"?")


def plan(root: Path, *inputs: str, suffix: str = ".seg.nrrd") -> dict[str, str]:
    pairs = plan_outputs([root / name for name in inputs], root / "out", suffix)
    return {
        source.relative_to(root).as_posix(): target.relative_to(root / "out").as_posix()
        for source, target in pairs
    }


def test_results_mirror_the_folders_of_the_inputs(tmp_path: Path) -> None:
    touch(tmp_path, "in/s1/ct.nii.gz", "in/s2/ct.nii.gz", "in/s3/CT/1.dcm", "in/a.mha")
    assert plan(tmp_path, "in") == {
        "in/a.mha": "a.seg.nrrd",
        "in/s1/ct.nii.gz": "s1/ct.seg.nrrd",
        "in/s2/ct.nii.gz": "s2/ct.seg.nrrd",
        "in/s3/CT": "s3/CT.seg.nrrd",
    }
    assert plan(tmp_path, "in/s3/CT") == {"in/s3/CT": "CT.seg.nrrd"}
    assert plan(tmp_path, "in/s1/ct.nii.gz", "in/s2/ct.nii.gz") == {  # in/*/ct.nii.gz
        "in/s1/ct.nii.gz": "s1/ct.seg.nrrd",
        "in/s2/ct.nii.gz": "s2/ct.seg.nrrd",
    }
    assert plan(tmp_path, "in/s1", "in/s2") == {
        "in/s1/ct.nii.gz": "s1/ct.seg.nrrd",
        "in/s2/ct.nii.gz": "s2/ct.seg.nrrd",
    }


def test_results_in_the_inputs_folder_are_no_inputs_of_the_next_run(tmp_path: Path) -> None:
    touch(tmp_path, "a.nii.gz", "out/a.nii.gz", "out/s/b.nii.gz")
    assert plan(tmp_path, ".", suffix=".nii.gz") == {"a.nii.gz": "a.nii.gz"}


def test_two_inputs_for_one_result_are_both_named(tmp_path: Path) -> None:
    touch(tmp_path, "in/a.nii.gz", "in/a.nrrd")
    with pytest.raises(InputError, match=r"in/a\.nii\.gz and .*in/a\.nrrd would both become"):
        plan(tmp_path, "in")


def test_a_table_of_somebody_else_is_not_overwritten(tmp_path: Path) -> None:
    touch(tmp_path, "ct.nii.gz", "out/x")
    table = tmp_path / "out" / "ct.csv"
    write_csv(table, [LabelStatistics(1, "Liver", 1, 1.0, None)], "ct.nii.gz")
    assert plan(tmp_path, "ct.nii.gz") == {"ct.nii.gz": "ct.seg.nrrd"}  # of an earlier run
    for other in ("patient,dose\n1,2\n", ""):
        table.write_text(other)
        with pytest.raises(OutputError, match=r"ct\.csv exists, and is no table of an earlier"):
            plan(tmp_path, "ct.nii.gz")


@pytest.mark.parametrize("error", [AttributeError("what"), MemoryError()])
def test_an_input_that_fails_for_an_unknown_reason_is_named_and_the_others_go_on(
    tmp_path: Path, error: Exception
) -> None:
    pairs = [
        (write(tmp_path / name, make_ct()), tmp_path / f"out-{name}") for name in ("a.nii", "b.nii")
    ]
    events: list[dict[str, Any]] = []

    def choose(name: str, *_: Any) -> Any:
        raise error

    errors = segment_files(choose, pairs, events.append)
    assert len(errors) == 2
    assert "a.nii" in errors[0].message and "b.nii" in errors[1].message
    assert [e["message"] for e in events if e["event"] == "error"] == [e.message for e in errors]
