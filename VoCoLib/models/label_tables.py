"""Label tables from names alone: codes and colours of the structures of a data set."""

from __future__ import annotations

import colorsys
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from VoCoLib.errors import InputError, ModelError
from VoCoLib.files import read_json
from VoCoLib.locations import RESOURCES
from VoCoLib.recipe import Code, Label
from VoCoLib.structure_names import SIDES, sides_of, spaced, words_of

_TISSUE = Code("SCT", "85756007", "Tissue")  # what Slicer takes for a segment that it knows not
_ALTERED = Code("SCT", "49755003", "Morphologically Altered Structure")
_MASS = Code("SCT", "4147007", "Mass")
_LESION = re.compile(r"tumor|cancer|lesion|metasta|nodule|mass(es)?$|carcinoma")


def make_labels(names: Sequence[str]) -> tuple[Label, ...]:
    """The labels 1, 2, ... of structures with these names.

    A name that means a structure of Resources/labels.json, in whatever spelling ("SpinalCord",
    "kidney_left"), gets its name, codes and colour. Any other gets codes that say no more than its
    name does (tissue or mass, right or left) and a colour of its own.

    Raises:
        InputError: two names mean the same structure.
    """
    known = {words_of(name): (name, data) for name, data in _structures().items()}
    labels: dict[str, Label] = {}
    for value, (name, (stem, side)) in enumerate(zip(names, sides_of(names), strict=True), start=1):
        found = known.get(stem + side)
        label = _known_label(value, *found) if found else _new_label(value, name, side)
        if stem + side in labels:
            raise InputError(f"Two labels mean {label.name}: {', '.join(names)}.", "Rename one.")
        labels[stem + side] = label
    return tuple(labels.values())


def _structures() -> dict[str, Any]:
    structures: dict[str, Any] = read_json(RESOURCES / "labels.json")["structures"]
    return structures


def _known_label(value: int, name: str, data: Mapping[str, Any]) -> Label:
    category, kind, modifier = (
        Code(**data[key]) if data[key] else None for key in ("category", "type", "modifier")
    )
    assert category is not None and kind is not None
    return Label(value, name, category, kind, tuple(data["color"]), modifier)


def _new_label(value: int, name: str, side: str) -> Label:
    """A label whose codes say no more than its name."""
    lesion = _LESION.search(words_of(name)) is not None
    # steps of the golden ratio round the colour wheel never come close to each other
    rgb = colorsys.hsv_to_rgb(value * 0.618034 % 1, 0.55, 0.85)
    return Label(
        value=value,
        name=spaced(name),
        category=_ALTERED if lesion else _TISSUE,
        type=_MASS if lesion else _TISSUE,
        color=(round(255 * rgb[0]), round(255 * rgb[1]), round(255 * rgb[2])),
        modifier=SIDES.get(side),
    )


def read_names(path: Path) -> dict[int, str]:
    """The names of label values in a JSON file, without the background.

    Args:
        path: a dataset.json, or just its "labels": {"1": "Liver"} of the Medical Segmentation
            Decathlon or {"Liver": 1} of nnU-Net.

    Raises:
        InputError: the file cannot be read, or says nothing that can be used.
    """
    try:
        data = read_json(path)
    except ModelError as error:
        raise InputError(error.message, error.hint) from error
    table = data.get("labels", data) if isinstance(data, dict) else None
    if not isinstance(table, dict):
        raise InputError(f"{path} names no labels.", 'It needs "labels": {"1": "Liver", ...}.')
    pairs = [_pair(key, value, path) for key, value in table.items() if key != "ignore"]
    names = {value: name for value, name in sorted(pairs) if value}
    distinct = len({value for value, _ in pairs}) == len(pairs)
    if not names or not distinct or not all(1 <= value <= 255 for value in names):
        raise InputError(f"{path} must name each label value, 1 to 255, once.", f"It has: {table}.")
    for value, name in names.items():
        if not spaced(name):
            raise InputError(f"{path} gives the label value {value} no name.", "Name it.")
    return names


def read_ignored(path: Path) -> int | None:
    """The value that nnU-Net's dataset.json calls "ignore": voxels that nobody looked at.

    Raises:
        InputError: it is no number of 1 to 255 of its own.
    """
    names = read_names(path)
    data = read_json(path)
    value = data.get("labels", data).get("ignore")
    value = int(value) if isinstance(value, str) and value.isdecimal() else value
    if value is not None and not (isinstance(value, int) and 1 <= value <= 255):
        raise InputError(f"{path} ignores {value!r}.", 'Give "ignore" a number of 1 to 255.')
    if value in names:
        raise InputError(f"{path} ignores {value}, which is also {names[value]}.", "Change one.")
    return value


def _pair(key: str, value: Any, path: Path) -> tuple[int, str]:
    """A value and its name, whichever way round they are written."""
    if isinstance(value, str) and key.isdecimal():
        return int(key), value
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    if isinstance(value, int):
        return value, key
    raise InputError(
        f"{path} has a label that cannot be used: {key}: {value}.",
        "Regions of several values are not supported: give each structure one value.",
    )
