"""Label maps that say what their values mean: by their names, in any order and layer."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from numpy.typing import NDArray
from places import SHARED

from VoCoLib.errors import InputError
from VoCoLib.images.label_maps import read_named_labels
from VoCoLib.images.label_names import names_of
from VoCoLib.images.mask_files import write_masks
from VoCoLib.images.segmentation_files import write_segmentation
from VoCoLib.images.volumes import read_label_map, read_volume
from VoCoLib.models.label_tables import make_labels
from VoCoLib.training.data.datasets import find_cases
from VoCoLib.training.data.inspection import read_labels

REPORTS = SHARED / "data" / "awkward" / "reports"
NAMES = names_of({1: "Liver", 2: "Spleen"}, "dataset.json")
LIVER = "Segmentation.Status:inprogress|TerminologyEntry:x~SCT^123^A~SCT^10200004^Liver~^^~y~^^~^^|"


def blocks() -> NDArray[np.uint8]:
    """1 and 2 in a map, one larger than the other."""
    array = np.zeros((6, 5, 4), np.uint8)
    array[:3], array[4:] = 1, 2
    return array


def write_nrrd(path: Path, layers: list[NDArray[np.uint8]], *keys: str) -> Path:
    """A NRRD file with these layers and header lines."""
    stacked = np.stack(layers) if len(layers) > 1 else layers[0]
    several = len(layers) > 1
    header = [
        *("NRRD0004", "type: unsigned char", f"dimension: {stacked.ndim}"),
        f"sizes: {' '.join(map(str, stacked.shape))}",
        "space: left-posterior-superior",
        f"space directions: {'none ' * several}(2,0,0) (0,2,0) (0,0,3)",
        f"kinds: {'list ' * several}domain domain domain",
        *("encoding: raw", "space origin: (0,0,0)", *keys),
    ]
    path.write_bytes(("\n".join(header) + "\n\n").encode() + stacked.tobytes(order="F"))
    return path


def segment(index: int, name: str, value: int = 1, layer: int = 0, tags: str = "") -> list[str]:
    said = {"Name": name, "LabelValue": value, "Layer": layer, "Tags": tags}
    return [f"Segment{index}_{key}:={text}" for key, text in said.items()]


def read(path: Path, **options: bool) -> NDArray[np.uint8]:
    return read_named_labels(path, NAMES, **options).array


def test_values_follow_the_names_of_the_file(tmp_path: Path) -> None:
    keys = [*segment(0, "spleen", 1), *segment(1, "LIVER", 2)]
    for name in ("a.seg.nrrd", "a.nrrd"):
        path = write_nrrd(tmp_path / name, [blocks()], *keys)
        np.testing.assert_array_equal(read(path), np.array([0, 2, 1])[blocks()])


def test_terminology_stands_for_a_name_in_another_language(tmp_path: Path) -> None:
    keys = [*segment(0, "Milz", 1), *segment(1, "Leber", 2, tags=LIVER)]
    path = write_nrrd(tmp_path / "a.seg.nrrd", [blocks()], *keys)
    with pytest.raises(InputError, match=r"a\.seg\.nrrd calls the value 1 'Milz'"):
        read(path)
    keys = [*segment(0, "Spleen", 1), *segment(1, "Leber", 2, tags=LIVER)]
    path = write_nrrd(tmp_path / "a.seg.nrrd", [blocks()], *keys)
    np.testing.assert_array_equal(read(path), np.array([0, 2, 1])[blocks()])


def test_a_disagreement_is_refused_with_file_and_names(tmp_path: Path) -> None:
    for keys, said in (
        ([*segment(0, "Heart", 1)], "'Heart', but dataset.json calls that value 'Liver'"),
        ([*segment(0, "Heart", 7)], "'Heart', but dataset.json does not have it"),
        ([*segment(0, "Spleen", tags=LIVER)], "'Spleen' with the terminology of Liver"),
        ([*segment(0, "Heart", tags=LIVER)], None),
        ([*segment(0, "Aorta", tags=LIVER)], "'Aorta' with the terminology of Liver"),
    ):
        array = blocks()
        array[array == 2] = 0
        array[array == 1] = 7 if "LabelValue:=7" in " ".join(keys) else 1
        path = write_nrrd(tmp_path / "a.seg.nrrd", [array], *keys)
        if said is None:
            assert read(path).max() == 1  # a name that no table knows, with the code of the liver
            continue
        with pytest.raises(InputError, match=said) as raised:
            read(path)
        assert str(path) in raised.value.message


def test_two_segments_of_one_structure_and_voxels_of_none_are_refused(tmp_path: Path) -> None:
    keys = [*segment(0, "Liver", 1), *segment(1, "liver", 2)]
    with pytest.raises(InputError, match="two segments for Liver: 'Liver' and 'liver'"):
        read(write_nrrd(tmp_path / "a.seg.nrrd", [blocks()], *keys))
    path = write_nrrd(tmp_path / "a.seg.nrrd", [blocks()], *segment(0, "Liver", 1))
    with pytest.raises(InputError, match="value 2, which is in none of its segments"):
        read(path)


def test_names_that_a_program_gave_say_nothing(tmp_path: Path) -> None:
    keys = [*segment(0, "Segment_1", 1), *segment(1, "Segment 2", 2)]
    path = write_nrrd(tmp_path / "a.seg.nrrd", [blocks()], *keys)
    np.testing.assert_array_equal(read(path), blocks())


def test_what_is_not_asked_for_may_be_left_out(tmp_path: Path) -> None:
    keys = [*segment(0, "Table", 2), *segment(1, "Liver", 1)]
    path = write_nrrd(tmp_path / "a.seg.nrrd", [blocks()], *keys)
    with pytest.raises(InputError, match="'Table'"):
        read(path)
    array = blocks()
    array[array == 2] = 9
    keys = [*segment(0, "Table", 9), *segment(1, "Liver", 1)]
    path = write_nrrd(tmp_path / "a.seg.nrrd", [array], *keys)
    np.testing.assert_array_equal(read(path, all_known=False), array == 1)


def test_layers_become_one_map_and_overlaps_are_counted(tmp_path: Path) -> None:
    liver, spleen = blocks() > 0, blocks() == 2
    layers = [spleen.astype(np.uint8), liver.astype(np.uint8)]
    expected = np.where(spleen, 2, np.where(liver, 1, 0))
    new = [*segment(0, "Liver", 1, 1), *segment(1, "Spleen", 1, 0)]
    found = read_named_labels(write_nrrd(tmp_path / "a.seg.nrrd", layers, *new), NAMES)
    np.testing.assert_array_equal(found.array, expected)
    assert found.overlapping == spleen.sum()
    np.testing.assert_array_equal(found.affine, np.diag([-2.0, -2, 3, 1]))
    old = ["Segment0_Name:=Spleen", "Segment1_Name:=Liver"]  # Slicer 4.10
    assert (read(write_nrrd(tmp_path / "b.seg.nrrd", layers, *old)) == expected).all()
    cut = (tmp_path / "a.seg.nrrd").read_bytes()[:-50]
    (tmp_path / "c.seg.nrrd").write_bytes(cut)
    with pytest.raises(InputError, match=r"c\.seg\.nrrd is truncated"):
        read(tmp_path / "c.seg.nrrd")


def test_what_this_project_writes_is_read_by_name(tmp_path: Path) -> None:
    labels = make_labels(["Spleen", "Liver"])
    write_segmentation(tmp_path / "a.seg.nrrd", blocks(), np.eye(4), labels, "x")
    np.testing.assert_array_equal(read(tmp_path / "a.seg.nrrd"), np.array([0, 2, 1])[blocks()])
    write_segmentation(tmp_path / "a.nii.gz", blocks(), np.eye(4), labels, "x")
    np.testing.assert_array_equal(read(tmp_path / "a.nii.gz"), blocks())  # it has no names


def test_the_reported_data_set_is_learned_by_name() -> None:
    folder = REPORTS / "seg_names_disagree"
    if not folder.is_dir():
        pytest.skip("needs the awkward data")
    case = find_cases(folder)[0]
    assert case.label is not None
    stored, _ = read_label_map(case.label)
    labels = read_labels(case, read_volume(case.image), NAMES)
    assert (labels == 1).sum() == (stored == 2).sum() != (stored == 1).sum()
    assert (labels == 2).sum() == (stored == 1).sum()


# One mask per structure


def write_mask(folder: Path, name: str, mask: NDArray, affine: NDArray | None = None) -> Path:
    folder.mkdir(exist_ok=True)
    image = nib.Nifti1Image(mask.astype(np.uint8), np.eye(4) if affine is None else affine)
    nib.save(image, folder / f"{name}.nii.gz")
    return folder


def test_masks_are_found_by_name_and_the_smaller_has_what_two_claim(tmp_path: Path) -> None:
    liver, spleen = blocks() > 0, blocks() == 2
    for masks, small, large in (((liver, spleen), 2, 1), ((spleen, liver), 1, 2)):
        write_mask(tmp_path / "a", "LIVER", masks[0])
        write_mask(tmp_path / "a", "spleen", masks[1])
        found = read_named_labels(tmp_path / "a", NAMES)
        np.testing.assert_array_equal(found.array, np.where(spleen, small, liver * large))
        assert found.overlapping == spleen.sum()
    write_mask(tmp_path / "a", "table", spleen)  # not asked for, not opened
    assert read_named_labels(tmp_path / "a", NAMES).array.max() == 2


def test_masks_that_cannot_be_right_are_refused(tmp_path: Path) -> None:
    folder = write_mask(tmp_path / "a", "heart", blocks() > 0)
    with pytest.raises(InputError, match=r"holds no mask of the structures of dataset\.json"):
        read(folder)
    write_mask(folder, "liver", blocks() > 0)
    write_mask(folder, "spleen", blocks() > 0, np.diag([2.0, 1, 1, 1]))
    with pytest.raises(InputError, match=r"spleen\.nii\.gz is on another grid than liver"):
        read(folder)
    (folder / "spleen.nii.gz").write_bytes(b"?")
    with pytest.raises(InputError, match=r"a/spleen\.nii\.gz"):
        read(folder)


def test_masks_that_are_written_are_read_again(tmp_path: Path) -> None:
    table = make_labels(["spleen", "kidney_right"])
    files = [*write_masks(tmp_path / "ct", blocks(), np.diag([1.0, 2, 3, 1]), table, "x")]
    assert [file.name for file in files] == ["spleen.nii.gz", "right_kidney.nii.gz"]
    found = read_named_labels(tmp_path / "ct", names_of({5: "Spleen", 7: "KidneyRight"}))
    np.testing.assert_array_equal(found.array, np.array([0, 5, 7])[blocks()])


def test_a_segment_may_be_what_nobody_looked_at(tmp_path: Path) -> None:
    keys = [*segment(0, "Ignore", 1), *segment(1, "Liver", 2)]
    path = write_nrrd(tmp_path / "a.seg.nrrd", [blocks()], *keys)
    found = read_named_labels(path, names_of({1: "Liver"}, "dataset.json", ignore=2))
    np.testing.assert_array_equal(found.array, np.array([0, 2, 1])[blocks()])
