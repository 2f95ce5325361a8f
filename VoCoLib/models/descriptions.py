"""What the catalogue says about one model, and the JSON files in which it is written."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import NoneType
from typing import Any, Literal

from VoCoLib.errors import ModelError
from VoCoLib.files import read_json, write_json
from VoCoLib.images.body_regions import REGIONS
from VoCoLib.locations import RESOURCES
from VoCoLib.recipe import Recipe, recipe_from_json

PHANTOM = "phantom"  # the region of a model that knows only VoCo's own synthetic torso

# Also folder and file names, on Windows too.
_FILE_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,62}[A-Za-z0-9])?")
_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Source:
    """Where the weights of a model come from.

    Attributes:
        kind: "bundled" with VoCo, "huggingface", or "imported" by the user.
        filename: name of the file of weights.
        repository: on Hugging Face, "owner/name"; None for the other kinds.
        revision: commit on Hugging Face; None takes "main" at the first download, then that commit.
    """

    kind: Literal["bundled", "huggingface", "imported"]
    filename: str
    repository: str | None = None
    revision: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in ("bundled", "huggingface", "imported"):
            raise ValueError(f"kind must be bundled, huggingface or imported, not {self.kind}")
        if not _FILE_NAME.fullmatch(self.filename):
            raise ValueError(f"filename must be a plain file name, not {self.filename!r}")
        if (self.kind == "huggingface") != (self.repository is not None):
            raise ValueError("repository is for huggingface, and only for it")
        if self.repository is not None and not _REPOSITORY.fullmatch(self.repository):
            raise ValueError(f"repository must be owner/name, not {self.repository!r}")
        if self.revision is not None and self.kind != "huggingface":
            raise ValueError("revision is for huggingface only")
        if self.revision is not None and not _COMMIT.fullmatch(self.revision):
            raise ValueError(f"revision must be a commit of 40 hex digits, not {self.revision!r}")


@dataclass(frozen=True)
class Model:
    """One model of the catalogue.

    Attributes:
        id: name on the command line and of the folder with the weights.
        title, description: for people; the description is one sentence.
        modality: "CT", the only one so far.
        regions: of the body, which the model knows, as VoCoLib.images.body_regions names them, or
            PHANTOM; empty if nobody said.
        recipe: network, preprocessing and labels; None for a model that is not supported.
        unsupported_reason: why VoCo cannot use it; None for a supported model.
        licence, licence_note: as far as known, and what is not.
        needs_licence_consent: the user is asked before the first download.
        citation: what to cite; may be empty.
        source: where the weights come from.
        size_bytes: exact size of the file; None if unknown.
        approximate_mb: size in 10^6 bytes, estimated from the number of parameters.
        sha256: checksum of the file; None if unknown.
    """

    id: str
    title: str
    description: str
    modality: str
    regions: tuple[str, ...]
    recipe: Recipe | None
    unsupported_reason: str | None
    licence: str
    licence_note: str
    needs_licence_consent: bool
    citation: str
    source: Source
    size_bytes: int | None
    approximate_mb: int | None
    sha256: str | None

    def __post_init__(self) -> None:
        if not _FILE_NAME.fullmatch(self.id):
            raise ValueError(f"id must be up to 64 letters, digits, '.', '_', '-', not {self.id!r}")
        for name in ("title", "description", "unsupported_reason", "licence"):
            if getattr(self, name) == "":
                raise ValueError(f"{name} must not be empty")
        if (self.recipe is None) == (self.unsupported_reason is None):
            raise ValueError("unsupported_reason is for a model without recipe, and only for it")
        if self.sha256 is not None and not _SHA256.fullmatch(self.sha256):
            raise ValueError(f"sha256 must be 64 hex digits, not {self.sha256!r}")
        if self.modality != "CT":
            raise ValueError(f"modality must be CT, not {self.modality!r}")
        unknown = [region for region in self.regions if region not in (*REGIONS, PHANTOM)]
        if unknown or len(set(self.regions)) < len(self.regions):
            raise ValueError(f"regions must be different ones of {(*REGIONS, PHANTOM)}")
        for name in ("size_bytes", "approximate_mb"):
            if getattr(self, name) is not None and getattr(self, name) < 1:
                raise ValueError(f"{name} must be 1 or more")

    @property
    def supported(self) -> bool:
        """Whether VoCo can use it; unsupported_reason says why not."""
        return self.recipe is not None


_DOCUMENT: Mapping[str, tuple[type, ...]] = {"$schema": (str,), "notes": (list,), "models": (list,)}
_SOURCE: Mapping[str, tuple[type, ...]] = {
    "kind": (str,),
    "filename": (str,),
    "repository": (str, NoneType),
    "revision": (str, NoneType),
}
_MODEL: Mapping[str, tuple[type, ...]] = {
    "id": (str,),
    "title": (str,),
    "description": (str,),
    "modality": (str,),
    "regions": (list,),
    "recipe": (dict, NoneType),
    "unsupported_reason": (str, NoneType),
    "licence": (str,),
    "licence_note": (str,),
    "needs_licence_consent": (bool,),
    "citation": (str,),
    "source": (dict,),
    "size_bytes": (int, NoneType),
    "approximate_mb": (int, NoneType),
    "sha256": (str, NoneType),
}
_TYPE_NAMES = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    dict: "an object",
    list: "a list",
    NoneType: "null",
}


def read_models(path: Path) -> list[Model]:
    """Reads a file in the format of Resources/models.schema.json.

    Raises:
        ModelError: the file cannot be read, or a field is missing, unknown or wrong; the message
            names file, model and field.
    """
    document = check_fields(read_json(path), _DOCUMENT, str(path))
    structures = read_json(RESOURCES / "labels.json")["structures"]
    models: dict[str, Model] = {}
    for number, data in enumerate(document["models"], start=1):
        name = data.get("id") if isinstance(data, dict) else None
        where = f"{path}: model {name or f'number {number}'}"
        model = _model(check_fields(data, _MODEL, where), structures, where)
        # Folders are named by the id, and Windows does not tell a from A.
        if model.id.lower() in models:
            raise ModelError(f"{where}: id is used twice.")
        models[model.id.lower()] = model
    return list(models.values())


def readable_models(path: Path) -> list[Model]:
    """The models of a damaged file of read_models, as far as they are whole."""
    models: dict[str, Model] = {}
    with contextlib.suppress(ModelError, AttributeError, TypeError):
        structures = read_json(RESOURCES / "labels.json")["structures"]
        for data in read_json(path).get("models", ()):
            with contextlib.suppress(ModelError, AttributeError, TypeError):
                model = _model(check_fields(data, _MODEL, str(path)), structures, str(path))
                models.setdefault(model.id.lower(), model)
    return list(models.values())


def write_models(path: Path, models: Sequence[Model]) -> None:
    """Writes what read_models reads; raises OSError."""
    entries = [asdict(model) for model in models]
    write_json(path, {"$schema": "models.schema.json", "notes": [], "models": entries})


def check_fields(
    data: Any, fields: Mapping[str, tuple[type, ...]], where: str
) -> Mapping[str, Any]:
    """Returns data, an object with exactly these fields of these JSON types; raises ModelError."""
    if not isinstance(data, dict):
        raise ModelError(f"{where}: must be an object, not {data!r}.")
    for name in [*fields, *data]:
        if name not in fields:
            raise ModelError(f"{where}: {name} is not a known field.")
        if name not in data:
            raise ModelError(f"{where}: {name} is missing.")
        if type(data[name]) not in fields[name]:  # isinstance would take true for a number
            types = " or ".join(_TYPE_NAMES[type_] for type_ in fields[name])
            raise ModelError(f"{where}: {name} must be {types}, not {data[name]!r}.")
    return data


def _model(data: Mapping[str, Any], structures: Mapping[str, Any], where: str) -> Model:
    source_data = check_fields(data["source"], _SOURCE, f"{where}: source")
    field = "source"
    try:
        source = Source(**source_data)
        field = "recipe"
        recipe = None if data["recipe"] is None else _recipe(data["recipe"], structures)
        field = "entry"
        regions = tuple(data["regions"])
        return Model(**{**data, "source": source, "recipe": recipe, "regions": regions})
    except ValueError as error:
        raise ModelError(f"{where}: {field}: {error}.") from error


def _recipe(data: Mapping[str, Any], structures: Mapping[str, Any]) -> Recipe:
    """A recipe in which a label may be just the name of a structure in labels.json."""
    if not isinstance(data.get("labels"), list):
        raise ValueError("labels must be a list")
    labels = []
    for value, item in enumerate(data["labels"], start=1):
        if isinstance(item, str) and item not in structures:
            raise ValueError(f"labels: {item!r} is not in labels.json")
        named = isinstance(item, str)
        labels.append({"value": value, "name": item, **structures[item]} if named else item)
    return recipe_from_json({**data, "labels": labels})
