"""The model for each CT of a command: the one that was named, or the one that suits the CT."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from VoCoLib.errors import ModelError
from VoCoLib.events import EventSink, event
from VoCoLib.images.body_regions import BodyRegions
from VoCoLib.inference.batch import Choice, choose_structures
from VoCoLib.models.catalogue import Catalogue
from VoCoLib.models.choice import choose_model, is_out_of_place
from VoCoLib.models.descriptions import PHANTOM, Model
from VoCoLib.models.ensembles import Member, find_members, load_ensemble
from VoCoLib.models.loading import load_segmenter

if TYPE_CHECKING:  # torch takes seconds to import; a wrong name is found without it
    from VoCoLib.inference.segmentation import Segmenter

_HERE = ("bundled", "downloaded", "imported")


class ModelChoice:
    """Gives VoCoLib.inference.batch.segment_files a model for each CT.

    Args:
        catalogue: what there is.
        name: id or file of the model for all CTs, or of several to average, separated by commas;
            empty for the one that suits each.
        structures: names, separated by commas; empty for all.
        device, precision, engine: as load_segmenter takes them.

    Raises:
        ModelError, WeightsError: the model that is named cannot be used.
        InputError: it has no such structure.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        name: str,
        structures: str,
        device: str = "auto",
        precision: str = "auto",
        engine: str = "auto",
    ) -> None:
        self._catalogue, self._name, self._structures = catalogue, name, structures
        self._how = device, precision, engine
        self._loaded: tuple[list[Path], Segmenter] | None = None
        self._sums: dict[str, str] = {}
        if name:
            choose_structures(find_members(catalogue, name)[0][1].labels, structures)

    def __call__(self, ct: str, shown: BodyRegions, sink: EventSink) -> Choice:
        """The model for a CT.

        Args:
            ct: name of the CT.
            shown: what it shows.
            sink: receives which model is used and why.

        Raises:
            ModelError: no model was named, and none suits for certain, or its weights are not here.
            VoCoError: as load_segmenter does.
        """
        name = self._name or self._suiting(ct, shown, sink)
        model = next((m for m in self._catalogue.models() if m.id == name), None)
        warning = ""
        if model is not None and is_out_of_place(model, shown):
            warning = f"{out_of_place_text(model, shown)} The result is not reliable."
        members = find_members(self._catalogue, name)
        names = choose_structures(members[0][1].labels, self._structures)
        return Choice(self._segmenter(members, sink), names, warning, name)

    def weights_of(self, name: str) -> str:
        """Checksums of the weights of a model, or of several; raises VoCoError."""
        from VoCoLib.models.downloads import sha256_of

        if name not in self._sums:
            paths = [path for path, _ in find_members(self._catalogue, name)]
            self._sums[name] = " ".join(sha256_of(path) for path in paths)
        return self._sums[name]

    def _suiting(self, ct: str, shown: BodyRegions, sink: EventSink) -> str:
        """The id of the model that suits a CT."""
        models = [
            m for m in self._catalogue.models() if m.recipe and m.recipe.task == "segmentation"
        ]
        model = choose_model(models, shown, lambda m: self._catalogue.state(m) in _HERE)
        if model is None:
            real = [m for m in models if m.regions and PHANTOM not in m.regions]
            known = "; ".join(f"{m.id} ({regions_text(m)})" for m in real)
            raise ModelError(f"{ct}: {_unsuited(shown)}", f"Choose a model with -m: {known}.")
        if self._catalogue.state(model) not in _HERE:
            raise ModelError(
                f"{ct} shows {shown_text(shown)}, which {model.id} knows, but its weights are not "
                "here.",
                f"Use `voco models download {model.id}`, or choose another model with -m.",
            )
        message = f"{ct} shows {shown_text(shown)}: segmenting with {model.id}."
        sink(event("log", message=message, model=model.id))
        return model.id

    def _segmenter(self, members: list[Member], sink: EventSink) -> Segmenter:
        paths = [path for path, _ in members]
        if self._loaded is None or self._loaded[0] != paths:
            self._loaded = None  # two models may not fit into memory
            if len(members) == 1:
                segmenter = load_segmenter(*members[0], sink, *self._how)
            else:
                segmenter = load_ensemble(members, sink, *self._how)
            self._loaded = paths, segmenter
        return self._loaded[1]


def shown_text(shown: BodyRegions) -> str:
    """What a CT shows: the head, neck and chest."""
    return "VoCo's synthetic torso" if shown.synthetic else _listed(tuple(shown.extents))


def regions_text(model: Model) -> str:
    """What a model knows: the head and neck."""
    if PHANTOM in model.regions:
        return "VoCo's synthetic torso only"
    return _listed(model.regions) if model.regions else "unknown regions"


def out_of_place_text(model: Model, shown: BodyRegions) -> str:
    """That a model knows nothing of a CT."""
    seems = f"seems to show {shown_text(shown)}" if shown.certain else "is another one"
    return f"{model.id} knows {regions_text(model)}; this CT {seems}."


def _unsuited(shown: BodyRegions) -> str:
    if not shown.certain:
        return f"the region of the body was not recognised, for {shown.doubt}."
    return f"no model knows {shown_text(shown)}."


def _listed(words: tuple[str, ...]) -> str:
    *first, last = words or ("body",)
    return f"the {', '.join(first)} and {last}" if first else f"the {last}"
