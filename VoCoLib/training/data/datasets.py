"""Finds the training volumes behind a path: a folder, a list, or a data set's description."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from VoCoLib.errors import InputError
from VoCoLib.evaluation.files import case_name
from VoCoLib.images.finding import find_volumes
from VoCoLib.images.mask_files import MASK_FOLDER
from VoCoLib.images.volumes import IMAGE_SUFFIXES
from VoCoLib.training.data.archive import ArchiveIndex, VolumeFacts

Group = Literal["training", "validation", "test"]

_KEYS: dict[Group, tuple[str, ...]] = {
    "training": ("training", "train"),
    "validation": ("validation", "val"),
    "test": ("test",),
}
_FOLDERS: dict[Group, str] = {"training": "imagesTr", "validation": "imagesVa", "test": "imagesTs"}
SHARDS_FILE = "voco-shards.jsonl"  # makes a folder one of shards
_CHANNEL = re.compile(r"(.+)_(\d{4})")


@dataclass(frozen=True, slots=True)
class Case:
    """One patient.

    Attributes:
        image: an image file or a folder of DICOM files, as read_volume takes it.
        label: a label map on the image's grid, or a folder of masks, if there is one.
    """

    image: Path
    label: Path | None = None


def find_cases(
    source: Path,
    group: Group = "training",
    tell: Callable[[str], None] = lambda line: None,
    index: ArchiveIndex | None = None,
) -> list[Case]:
    """The volumes behind a path. They are not opened: some may be missing or unreadable.

    Args:
        source: one of

            - a folder with images (.nii, .nii.gz, .nrrd, .mha, .mhd) and folders of DICOM files, at
              any depth, see find_volumes; label maps are the folders of masks beside them that
              are called segmentations;
            - a data set's folder with imagesTr, or imagesTr itself; labels are in labelsTr, with or
              without nnU-Net's channel number (_0000) in the images' names;
            - a .json of the Medical Segmentation Decathlon: {"training": [{"image", "label"}, ...]}
              or a list of paths, relative to the file;
            - an image file;
            - a text file with one path a line, relative to the file; lines with # are comments.
        group: which list or folder of a data set; others have only "training".
        tell: receives what looks like a volume and is left out, in sentences.
        index: of the archive, so that folders that have not changed are not looked into again.

    Returns:
        sorted by path, or in the order of the list; what a list names twice is there twice.

    Raises:
        InputError: there is nothing at the path, no volume, or no such group, or the path cannot be
            opened.
    """
    source = Path(source)
    try:
        cases = _cases_of(source, group, tell, index)
    except OSError as error:
        raise InputError(
            f"{error.filename or source} cannot be opened: {error.strerror or error}.",
            "Check its permissions.",
        ) from error
    if not cases:
        raise InputError(
            f"There is no volume in {source}.",
            f"Volumes are {', '.join(IMAGE_SUFFIXES)} files and folders of DICOM files.",
        )
    return cases


def list_volumes(source: Path, tell: Callable[[str], None]) -> dict[str, VolumeFacts]:
    """The volumes behind a path, each once, with what is known of them; keeps an index of both.

    Args:
        source, tell: see find_cases.

    Raises:
        InputError: as find_cases.
    """
    index = ArchiveIndex(source)
    cases = find_cases(source, tell=tell, index=index)
    names = list(dict.fromkeys(str(case.image) for case in cases))
    facts = dict(zip(names, index.facts([Path(name) for name in names]), strict=True))
    index.save()
    return facts


def _cases_of(
    source: Path, group: Group, tell: Callable[[str], None], index: ArchiveIndex | None
) -> list[Case]:
    if source.is_dir():
        return _cases_of_folder(source, group, tell, index)
    if not source.exists():
        raise InputError(f"{source} does not exist.", "Check the path for typing errors.")
    if source.suffix.lower() == ".json":
        return _cases_of_json(source, group, tell)
    _only_training(source, group)
    image = source.name.lower().endswith(IMAGE_SUFFIXES)
    return [Case(source)] if image else _cases_of_list(source)


def _only_training(source: Path, group: Group) -> None:
    if group != "training":
        raise InputError(f"{source} has no {group} volumes of its own.", "Name them separately.")


def _cases_of_folder(
    folder: Path, group: Group, tell: Callable[[str], None], index: ArchiveIndex | None
) -> list[Case]:
    images = folder / _FOLDERS[group]
    if images.is_dir():
        return _cases_of_images(images, tell)
    if (folder / SHARDS_FILE).is_file():
        raise InputError(
            f"{folder} holds shards of prepared volumes, not CTs that could be looked at.",
            "A pre-training takes them as they are; all else needs the folder of the CTs.",
        )
    _only_training(folder, group)
    if folder.name in _FOLDERS.values():
        return _cases_of_images(folder, tell)
    return [Case(path, _masks_beside(path)) for path in _volumes_in(folder, tell, index)]


def _masks_beside(image: Path) -> Path | None:
    """The folder of masks, one per structure, beside a volume as TotalSegmentator's data has it."""
    masks = image.with_name(MASK_FOLDER)
    return masks if os.path.isdir(masks) else None


def _volumes_in(
    folder: Path, tell: Callable[[str], None], index: ArchiveIndex | None = None
) -> list[Path]:
    found = find_volumes(folder, known=index.contents if index is not None else lambda path: None)
    if index is not None:
        index.keep(found.folders)
    # those beside a volume are its label maps
    found.left_out = [pair for pair in found.left_out if pair[0].name != MASK_FOLDER]
    for line in found.report():
        tell(line)
    return found.volumes


def _cases_of_images(images: Path, tell: Callable[[str], None]) -> list[Case]:
    """The cases of imagesTr (or imagesVa, imagesTs), with labels from labelsTr beside it."""
    folder = images.with_name(images.name.replace("images", "labels"))
    maps = folder.iterdir() if folder.is_dir() else ()
    labels = {case_name(p): p for p in maps if p.name.lower().endswith(IMAGE_SUFFIXES)}
    volumes = _volumes_in(images, tell)
    description = images.with_name("dataset.json")
    channels = _channels(_read_json(description)) if description.is_file() else {}
    numbered = [_CHANNEL.fullmatch(case_name(path)) for path in volumes]
    # a number beyond the channels is part of a name, such as amos_0123
    if not all(match and int(match[2]) < max(1, len(channels)) for match in numbered):
        return [Case(path, labels.get(case_name(path))) for path in volumes]
    ct = _ct_channel(channels, description)
    pairs = [(p, match) for p, match in zip(volumes, numbered, strict=True) if match]
    named = [(path, match[1], match[0]) for path, match in pairs if int(match[2]) == ct]
    return [Case(path, labels.get(name, labels.get(whole))) for path, name, whole in named]


def _channels(data: Mapping[str, Any]) -> dict[int, str]:
    """The channels that a dataset.json of nnU-Net 2 or 1 names, by number; others name none."""
    names = data.get("channel_names") or data.get("modality")
    if isinstance(names, list):
        names = dict(enumerate(names))
    if not isinstance(names, dict) or not all(str(number).isdecimal() for number in names):
        return {}
    return {int(number): str(name) for number, name in names.items()}


def _ct_channel(channels: Mapping[int, str], description: Path) -> int:
    if len(channels) < 2:
        return 0
    found = [number for number, name in channels.items() if name.upper() == "CT"]
    if not found:
        raise InputError(
            f"None of the channels that {description} names is CT: {', '.join(channels.values())}.",
            "Name the CT files in a text list.",
        )
    return found[0]


def _read_json(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as JSON: {error}.") from error
    if not isinstance(data, dict):
        raise InputError(f'{path} must hold an object with a list "training".')
    return data


def _cases_of_json(path: Path, group: Group, tell: Callable[[str], None]) -> list[Case]:
    data = _read_json(path)
    items = next((data[key] for key in _KEYS[group] if isinstance(data.get(key), list)), None)
    if items is None and (path.parent / _FOLDERS[group]).is_dir():  # nnU-Net 2 lists no files
        return _cases_of_images(path.parent / _FOLDERS[group], tell)
    if items is None:
        raise InputError(
            f'{path} has no list "{_KEYS[group][0]}".', f"It has: {', '.join(data) or 'nothing'}."
        )
    return [_case_of_item(path, data, item, number) for number, item in enumerate(items, start=1)]


def _case_of_item(source: Path, data: Mapping[str, Any], item: Any, number: int) -> Case:
    """A case from {"image": path, "label": path}, or from the path alone; data: all of source."""
    fields = {"image": item} if isinstance(item, str) else item
    image = fields.get("image") if isinstance(fields, dict) else None
    if isinstance(image, list) and len(image) == 1:
        (image,) = image
    label = fields.get("label") if image else None
    if not isinstance(image, str) or not isinstance(label, str | None):
        raise InputError(f"Item {number} of {source} names no single image: {json.dumps(item)}.")
    return Case(_locate(source, data, image), _listed(source, label) if label else None)


def _locate(source: Path, data: Mapping[str, Any], name: str) -> Path:
    """A listed image; nnU-Net 1 lists them without the channel number in their names."""
    path = _listed(source, name)
    stem = case_name(path)

    def numbered(channel: int) -> Path:
        return path.with_name(f"{stem}_{channel:04d}{path.name[len(stem) :]}")

    if os.path.exists(path) or not os.path.exists(numbered(0)):
        return path
    return numbered(_ct_channel(_channels(data), source))


def _listed(source: Path, name: str) -> Path:
    """A path in a list, which is relative to it, in one spelling; links are not followed."""
    return Path(os.path.normpath(source.parent / name))


def _cases_of_list(path: Path) -> list[Case]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        raise InputError(
            f"{path} is neither an image nor a list of images ({error}).",
            "A list is a text file (UTF-8) with one path a line.",
        ) from error
    names = [line.strip() for line in lines]
    return [Case(_listed(path, name)) for name in names if name and not name.startswith("#")]


def described_cases(path: Path) -> Iterator[tuple[Case, dict[str, Any]]]:
    """The cases of all lists in a data set's JSON, each with all that it says of the case.

    Raises:
        InputError: the file cannot be read, or an item names no single image.
    """
    data = _read_json(path)
    for items in (value for value in data.values() if isinstance(value, list)):
        for number, item in enumerate(items, start=1):
            if isinstance(item, dict) and "image" in item:
                yield _case_of_item(path, data, item, number), item


def has_group(source: Path, group: Group) -> bool:
    """Whether there is a list or folder of this group behind a path, see find_cases.

    Raises:
        InputError: a JSON file cannot be read.
    """
    json_file = source.is_file() and source.suffix.lower() == ".json"
    if json_file and any(isinstance(_read_json(source).get(key), list) for key in _KEYS[group]):
        return True
    folder = source if source.is_dir() else source.parent
    return (source.is_dir() or json_file) and (folder / _FOLDERS[group]).is_dir()
