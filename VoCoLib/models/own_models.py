"""The user's own models: the list of them, and how it is made anew where it was damaged."""

from __future__ import annotations

import contextlib
import logging
import re
import shutil
import time
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from VoCoLib.errors import ModelError
from VoCoLib.models.choice import regions_of_labels
from VoCoLib.models.descriptions import Model, Source, read_models, readable_models, write_models
from VoCoLib.networks.file_heads import read_head
from VoCoLib.recipe import Recipe

DESCRIPTION = "model.json"  # of a model, beside its weights
_LONGEST_ID = 60


class OwnModels:
    """home/catalogue.json, and beside the weights of each model its description.

    Attributes:
        remark: what was wrong with the list, and what became of it; empty if nothing was.

    Args:
        home: the user's folder.
        shipped: ids of the models that are not the user's.
    """

    def __init__(self, home: Path, shipped: Collection[str]) -> None:
        self.remark = ""
        self.file = home / "catalogue.json"
        self._folders = home / "models"
        self._shipped = {model_id.lower() for model_id in shipped}

    def read(self) -> list[Model]:
        """The models; of a damaged list those that can be found again."""
        if not self.file.exists():
            return []
        try:
            return read_models(self.file)
        except ModelError as error:
            return self._rebuild(error)

    def write(self, models: list[Model]) -> None:
        """Writes the list, and the description of each model; raises OSError."""
        for model in models:
            folder = self._folders / model.id
            if folder.is_dir():
                write_models(folder / DESCRIPTION, [model])
        write_models(self.file, models)

    def _rebuild(self, error: ModelError) -> list[Model]:
        """The models that a damaged list still names, and those whose weights are here."""
        models = readable_models(self.file)
        known = {model.id.lower() for model in models} | self._shipped
        lost = []
        for folder in sorted(self._folders.iterdir()) if self._folders.is_dir() else ():
            if folder.name.lower() not in known and (weights := _weights_in(folder)) is not None:
                model = _described(folder, weights)
                models += [model] if model is not None else []
                lost += [str(weights)] if model is None else []
        aside = self._keep_aside(models)
        kept = f" It is kept as {aside.name}." if aside else ""
        again = ", ".join(model.title for model in models) or "none"
        self.remark = f"{error.message}{kept} Your own models that were found again: {again}."
        if lost:
            self.remark += f" To be imported again: {', '.join(lost)}."
        logging.getLogger(__name__).warning(self.remark)  # a terminal and Slicer's log show it
        return models

    def _keep_aside(self, models: list[Model]) -> Path | None:
        """Copies the damaged list and puts a new one in its place; None if that is impossible."""
        stamp = time.strftime("%Y%m%d-%H%M%S")
        aside = self.file.with_name(f"catalogue-damaged-{stamp}.json")
        try:
            shutil.copyfile(self.file, aside)
            self.write(models)
        except OSError:
            return None
        return aside


def new_model(
    path: Path,
    model_id: str,
    title: str,
    recipe: Recipe,
    training: Mapping[str, Any] | None = None,
) -> Model:
    """A model of the user.

    Args:
        path: the file of its weights, before they are copied.
        model_id, title, recipe: of the model.
        training: what the file says of that, see VoCoLib.networks.checkpoints.save_checkpoint.

    Raises:
        ModelError: the id is no file name.
    """
    given = (training or {}).get("from")
    origin: dict[str, Any] = given if isinstance(given, dict) else {}
    try:
        return Model(
            id=model_id,
            title=title,
            description=_description(path, training or {}),
            modality="CT",
            regions=regions_of_labels(recipe.labels),
            recipe=recipe,
            unsupported_reason=None,
            licence="unknown",
            licence_note=_licence_note(origin),
            needs_licence_consent=False,
            citation=str(origin.get("citation", "")),
            source=Source("imported", f"weights{path.suffix.lower()}"),
            size_bytes=None,
            approximate_mb=None,
            sha256=None,
        )
    except ValueError as error:
        raise ModelError(f"{path} cannot become a model: {error}.") from error


def free_id(name: str, taken: Collection[str]) -> str:
    """An id that no model has, as like to a name as letters of file names can be."""
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss"))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    stem = re.sub(r"[^A-Za-z0-9]+", "-", plain)[:_LONGEST_ID].strip("-") or "model"
    known = {other.lower() for other in taken}
    return next(i for i in _numbered(stem, "-{}") if i.lower() not in known)


def free_title(title: str, taken: Collection[str]) -> str:
    """A title that no model has, and that is the given one if it can be."""
    known = {same_title(other) for other in taken}
    return next(t for t in _numbered(title, " ({})") if same_title(t) not in known)


def same_title(title: str) -> str:
    """What is equal for titles that a person takes for the same; macOS splits accents off."""
    return unicodedata.normalize("NFC", title).casefold()


def _numbered(stem: str, suffix: str) -> Iterator[str]:
    yield stem
    number = 2
    while True:
        yield stem + suffix.format(number)
        number += 1


def _description(path: Path, training: Mapping[str, Any]) -> str:
    """One sentence: what the model was made from, on how much, how good it was, and when."""
    with contextlib.suppress(KeyError, TypeError, ValueError):
        if "start" not in training:
            text = f"Pre-trained on {int(training['volumes'])} CT"
            if "from" in training:
                text += f", going on from {training['from']['name']}"
        else:
            text = f"Fine-tuned from {training['start']} on {int(training['cases'])} CT"
        if training.get("dice") is not None:
            held_back = training.get("held_back")
            of = f" of {held_back} held back" if held_back else ""
            text += f", mean Dice {float(training['dice']):.3f}{of}"
        day = time.strftime("%Y-%m-%d", time.localtime(path.stat().st_mtime))
        return f"{text}, {day}."
    return f"Imported from {path.name}."


def _licence_note(origin: Mapping[str, Any]) -> str:
    """Whom to ask for the terms, and those of the weights that a pre-training went on from."""
    note = "Imported by the user: ask whoever trained the model."
    if "name" in origin:
        licence = origin.get("licence") or "unknown"
        note += f" It went on from {origin['name']}, whose licence is: {licence}."
    return note


def _weights_in(folder: Path) -> Path | None:
    """The file of weights in the folder of a model."""
    found = folder.glob("weights.*") if folder.is_dir() else iter(())
    return next((path for path in found if path.is_file()), None)


def _described(folder: Path, weights: Path) -> Model | None:
    """The model in a folder, by its description, else by what its weights say themselves."""
    with contextlib.suppress(ModelError):
        (model,) = read_models(folder / DESCRIPTION)
        return replace(model, id=folder.name)
    head = read_head(weights)
    if head.recipe is None:
        return None
    with contextlib.suppress(ModelError, OSError):
        from VoCoLib.models.downloads import sha256_of

        model = new_model(weights, folder.name, folder.name, head.recipe, head.training)
        return replace(model, size_bytes=weights.stat().st_size, sha256=sha256_of(weights))
    return None
