"""The models that VoCo knows, and where their weights are on this machine."""

from __future__ import annotations

import difflib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import NoneType
from typing import Literal

from VoCoLib.errors import DownloadError, ModelError, OutputError, WeightsError
from VoCoLib.files import discard, read_json, reason_of, write_json
from VoCoLib.locations import MODEL_FILE, RESOURCES, default_home
from VoCoLib.models.descriptions import Model, check_fields, read_models
from VoCoLib.models.downloads import CancelFunction, ProgressFunction, download_file, sha256_of
from VoCoLib.models.own_models import (
    DESCRIPTION,
    OwnModels,
    free_id,
    free_title,
    new_model,
    same_title,
)
from VoCoLib.models.run_folders import is_run_folder, weights_in
from VoCoLib.networks.file_heads import read_head
from VoCoLib.recipe import Recipe

State = Literal["bundled", "downloaded", "imported", "not downloaded", "missing", "unsupported"]


@dataclass(frozen=True)
class Record:
    """What is kept beside the weights of a published model.

    Attributes:
        sha256, size_bytes: of the first verified file; later files must match them.
        commit: where it came from on Hugging Face; None for an imported file.
        licence_accepted: the user was asked about the licence and agreed.
    """

    sha256: str | None = None
    size_bytes: int | None = None
    commit: str | None = None
    licence_accepted: bool = False


_RECORD_FILE = "record.json"
_RECORD = {
    "sha256": (str, NoneType),
    "size_bytes": (int, NoneType),
    "commit": (str, NoneType),
    "licence_accepted": (bool,),
}


class Catalogue:
    """The shipped models (Resources/models.json) and the user's own (home/catalogue.json).

    Downloaded and imported weights lie in home/models/<id>/, with a record.json or a model.json.

    Args:
        home: the user's folder; default_home() if None. It is created when something is written.
    """

    def __init__(self, home: Path | None = None) -> None:
        self.home = home or default_home()
        self._shipped = read_models(RESOURCES / "models.json")
        self._own = OwnModels(self.home, [model.id for model in self._shipped])

    @property
    def remark(self) -> str:
        """What models() found wrong with the list of the user's own models; empty for nothing."""
        return self._own.remark

    def models(self) -> list[Model]:
        """All models, the shipped ones first; of a damaged list of the user, see remark."""
        return [*self._shipped, *self._own.read()]

    def free_id(self, name: str) -> str:
        """An id for a new model of this name, which may have any letters."""
        return free_id(name, [model.id for model in self.models()])

    def own(self, title: str) -> Model | None:
        """The user's own model of this title, if there is one."""
        same = same_title(title)
        own = (model for model in self._own.read() if same_title(model.title) == same)
        return next(own, None)

    def get(self, model_id: str) -> Model:
        """The model of this id; raises ModelError, which names similar ids or all of them."""
        models = {model.id: model for model in self.models()}
        if model_id in models:
            return models[model_id]
        ids = {known.lower(): known for known in models}
        close = difflib.get_close_matches(model_id.lower(), ids, cutoff=0.6)
        hint = f"Did you mean {' or '.join(ids[i] for i in close)}?" if close else ""
        raise ModelError(
            f"There is no model {model_id!r}.", hint or f"There are: {', '.join(models)}."
        )

    def state(self, model: Model) -> State:
        """Whether the weights are here, by the presence of the file; contents are not read."""
        if not model.supported:
            return "unsupported"
        present = self._path(model).is_file()
        if model.source.kind == "bundled":
            return "bundled" if present else "missing"
        if model.source.kind == "imported":
            return "imported" if present else "missing"
        return "downloaded" if present else "not downloaded"

    def needs_consent(self, model: Model) -> bool:
        """Whether the user has to agree to the licence before download()."""
        return model.needs_licence_consent and not self._record(model).licence_accepted

    def weights_path(self, model: Model) -> Path:
        """The file of weights, with size and checksum verified.

        Raises:
            ModelError: the model is not supported, or its weights are not here.
            WeightsError: the file is not the one that was downloaded, imported or shipped.
        """
        _recipe(model)
        path = self._path(model)
        if not path.is_file():
            raise ModelError(
                f"The weights of {model.id} are not here ({path}).", _missing_hint(model)
            )
        problem = self._problem(model, path)
        if problem:
            raise WeightsError(f"{path} {problem}.", f"Delete it. {_missing_hint(model)}")
        return path

    def download(
        self,
        model_id: str,
        progress: ProgressFunction | None = None,
        accept_licence: bool = False,
        cancelled: CancelFunction | None = None,
    ) -> Path:
        """Downloads the weights of a published model unless they are here, and verifies them.

        The first download fixes commit, size and checksum; every later one must match them.

        Args:
            progress: called with (bytes done, bytes in all).
            accept_licence: the user agrees to the licence; kept, so that it is asked once.
            cancelled: True stops; the next call continues.

        Raises:
            ModelError: no such model, or not supported.
            DownloadError: no consent, or download_file failed.
            CancelledError: cancelled returned True.
        """
        model = self.get(model_id)
        if model.source.repository is None or not model.supported:
            return self.weights_path(model)
        path = self._path(model)
        if path.is_file() and not self._problem(model, path):
            return path
        if self.needs_consent(model) and not accept_licence:
            raise DownloadError(
                f"The licence of the weights of {model_id} is {model.licence}. "
                f"{model.licence_note}",
                "Agree to that with --accept-licence to download them.",
            )
        record = self._record(model)
        record = replace(record, licence_accepted=record.licence_accepted or accept_licence)
        with self._writing():
            self._write_record(model, record)
        download = download_file(
            model.source.repository,
            model.source.filename,
            model.source.revision or record.commit,
            path.parent,
            _expected_sha256(model, record),
            progress,
            cancelled,
        )
        with self._writing():
            _, sha256, size, commit = download
            self._write_record(
                model, replace(record, sha256=sha256, size_bytes=size, commit=commit)
            )
            os.replace(download.path, path)
        return path

    def import_file(
        self,
        path: Path,
        verify: Callable[[Path, Recipe], None],
        model_id: str | None = None,
        recipe: Recipe | None = None,
        title: str | None = None,
        replaces: bool = False,
    ) -> Model:
        """Copies a file of weights into the user's folder.

        Args:
            path: the file, or the folder of a training run; it is only read.
            verify: raises WeightsError if the file does not fit the recipe.
            model_id: a published model, whose weights the file holds; or the id of a new model,
                by default a free one, made from its title.
            recipe: of a new model; by default the one that VoCo wrote into the file.
            title: of a new model; by default the file's name, with a number if it is taken.
            replaces: a model of the user with this id, which stays until the new one is here.

        Raises:
            ModelError: the id is taken or invalid, or the model is not supported.
            WeightsError: not a file, without recipe, refused by verify, or another file than the
                published one that was downloaded before.
            OutputError: the user's folder cannot be written.
        """
        path, given = weights_in(path), path
        if not path.is_file():
            raise WeightsError(f"{path} is not a file.")
        published = next((model for model in self._shipped if model.id == model_id), None)
        if published is not None:
            return self._import_published(path, published, verify)
        known = self.models()
        if title is None:
            title = free_title(_name_of(path, given), [model.title for model in known])
        model_id = model_id or self.free_id(title)
        training = read_head(path).training
        model = new_model(path, model_id, title, recipe or _recipe_of(path), training)
        taken = [other for other in known if other.id.lower() == model.id.lower()]
        if taken and not (replaces and taken[0].source.kind == "imported"):
            raise ModelError(
                f"There already is a model {taken[0].id}.", "Remove it first, or choose another id."
            )
        model = replace(model, id=taken[0].id) if taken else model
        verify(path, _recipe(model))
        with self._writing(), self._copy(path, model) as copy:
            size, sha256 = copy.stat().st_size, sha256_of(copy)
            model = replace(model, size_bytes=size, approximate_mb=None, sha256=sha256)
            os.replace(copy, self._path(model))
            others = [other for other in self._own.read() if other.id != model.id]
            self._own.write([*others, model])
        return model

    def remove(self, model_id: str) -> int:
        """Deletes downloaded or imported weights, and the entry of a model of the user.

        Of a download the record stays: a later one must be the same file.

        Returns:
            Bytes freed.

        Raises:
            ModelError: no such model, or a bundled one.
            OutputError: a file cannot be deleted.
        """
        model = self.get(model_id)
        if model.source.kind == "bundled":
            raise ModelError(f"{model_id} is part of VoCo and cannot be removed.")
        folder, record = self._folder(model), self._record(model)
        freed = _size_of(folder)
        with self._writing():
            if folder.exists():
                shutil.rmtree(folder)
            if record.commit is not None:
                self._write_record(model, record)
            if model.source.kind == "imported":
                self._own.write([other for other in self._own.read() if other.id != model_id])
        return freed

    def disk_use(self) -> dict[str, int]:
        """Bytes in the user's folder per model that has any, partial downloads included."""
        sizes = {model.id: _size_of(self._folder(model)) for model in self.models()}
        return {model_id: size for model_id, size in sizes.items() if size}

    def _folder(self, model: Model) -> Path:
        return self.home / "models" / model.id

    def _path(self, model: Model) -> Path:
        bundled = model.source.kind == "bundled"
        return (RESOURCES / "Models" if bundled else self._folder(model)) / model.source.filename

    def _record(self, model: Model) -> Record:
        path = self._folder(model) / _RECORD_FILE
        if not path.exists():
            return Record()
        return Record(**check_fields(read_json(path), _RECORD, str(path)))

    def _write_record(self, model: Model, record: Record) -> None:
        write_json(self._folder(model) / _RECORD_FILE, asdict(record))

    def _problem(self, model: Model, path: Path) -> str:
        """What is wrong with the file of weights; empty if nothing is."""
        record = self._record(model)
        size, sha256 = model.size_bytes or record.size_bytes, model.sha256 or record.sha256
        if sha256 is None and model.source.kind != "bundled":
            return "was never verified"
        if size is not None and path.stat().st_size != size:
            return f"has {path.stat().st_size} bytes instead of {size}"
        if sha256 is not None and sha256_of(path) != sha256:
            return "has changed: its SHA-256 is not the recorded one"
        return ""

    def _import_published(
        self, path: Path, model: Model, verify: Callable[[Path, Recipe], None]
    ) -> Model:
        if model.source.kind == "bundled":
            raise ModelError(f"{model.id} is part of VoCo and needs no import.")
        verify(path, _recipe(model))
        record = self._record(model)
        expected = _expected_sha256(model, record)
        with self._writing(), self._copy(path, model) as copy:
            sha256 = sha256_of(copy)
            if expected not in (None, sha256):
                raise WeightsError(
                    f"{path} is not the published {model.source.filename}: its SHA-256 is "
                    f"{sha256}, not {expected}."
                )
            size = copy.stat().st_size
            self._write_record(model, replace(record, sha256=sha256, size_bytes=size))
            os.replace(copy, self._path(model))
        return model

    @contextmanager
    def _copy(self, path: Path, model: Model) -> Iterator[Path]:
        """A copy of path in the folder of the model, deleted afterwards unless it was renamed."""
        self._folder(model).mkdir(parents=True, exist_ok=True)
        copy = self._folder(model) / f"import-{os.getpid()}.tmp"
        try:
            shutil.copyfile(path, copy)
            yield copy
        finally:
            discard(copy)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise OutputError(
                f"The folder of models {self.home} cannot be written: {reason_of(error)}.",
                "Check its permissions and free space, or set VOCO_HOME to another folder.",
            ) from error


def _recipe(model: Model) -> Recipe:
    """The recipe of a supported model; raises ModelError for another."""
    if model.recipe is None:
        raise ModelError(f"{model.id} is not supported: {model.unsupported_reason}")
    return model.recipe


def _expected_sha256(model: Model, record: Record) -> str | None:
    """The checksum of the published file; that of an imported one proves nothing."""
    return model.sha256 or (record.sha256 if record.commit else None)


def _missing_hint(model: Model) -> str:
    if model.source.kind == "bundled":
        return "The installation of VoCo is incomplete: install it again."
    if model.source.kind == "imported":
        return f"Use `voco models remove {model.id}` and import the file again."
    return (
        f"Use `voco models download {model.id}`, or without a network get "
        f"{model.source.filename} some other way and use `voco models import`."
    )


def _name_of(path: Path, given: Path) -> str:
    """What a person called a model: the name of its run, else of its file."""
    if path != given:
        return given.resolve().name
    of_run = path.name == MODEL_FILE and is_run_folder(path.resolve().parent)
    return path.resolve().parent.name if of_run else path.stem


def _recipe_of(path: Path) -> Recipe:
    """The recipe that VoCo wrote into a file of weights; raises WeightsError."""
    from VoCoLib.networks.checkpoints import read_checkpoint  # needs torch

    checkpoint = read_checkpoint(path)
    if checkpoint.recipe is None and checkpoint.of_run:
        raise WeightsError(
            f"{path} is a checkpoint of a training of this project, to go on from.",
            f"Its model so far is in the folder of the run: import {path.absolute().parents[1]}",
        )
    if checkpoint.recipe is None:
        raise WeightsError(
            f"{path} holds weights but no recipe (preset, preprocessing, labels).",
            "Name the published model whose weights they are.",
        )
    return checkpoint.recipe


def _size_of(folder: Path) -> int:
    """Bytes of all files of weights in folder, 0 if it does not exist."""
    files = folder.iterdir() if folder.exists() else ()
    ours = (_RECORD_FILE, DESCRIPTION)
    return sum(path.stat().st_size for path in files if path.name not in ours)
