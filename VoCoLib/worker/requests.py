"""What a worker does on request: segment, estimate, download, import; the model stays loaded.

A request is a JSON object; what its fields are called:

    segment: model, image (path of a .npy with (X, Y, Z) HU), affine (4x4, index to RAS mm), labels
        (path of the .npy to write), and if need be structures (names), region ({"lower", "upper"},
        RAS mm), name (of the image, for messages), device, precision, engine, uncertainty (whether
        it is wanted).
        The result has labels (uint8 (X, Y, Z), first axis fastest), if wanted uncertainty (the
        same, see VoCoLib.inference.uncertainty; both files are the caller's to delete),
        statistics, warnings, shown (as
        VoCoLib.images.body_regions.BodyRegions), device, engine, precision and
        seconds.
    estimate: model, shape, affine, and if need be device, precision, engine, body (first and last
        voxel along each axis between which the body lies). The result has
        the fields of VoCoLib.inference.forecast.Forecast.
    download: model, and if need be accept_licence. The result has model and path.
    wake: nothing; the worker is ready then, and has said its devices.
    positions_*: see VoCoLib.worker.positions; training_*: see VoCoLib.worker.training.
    import: path, and if need be model (a published model, or the id of a new one), like (the model
        whose recipe fits a file without one), title (of a new one) and replaces (whether a model
        of the user with that id is replaced). The result has model, the id.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from VoCoLib.errors import CancelledError, ModelError, RequestError
from VoCoLib.evaluation.islands import remove_islands
from VoCoLib.evaluation.plausibility import judge
from VoCoLib.evaluation.statistics import measure
from VoCoLib.events import EventSink, Progress, event
from VoCoLib.images.checks import check_affine, check_ct
from VoCoLib.images.foreground import VoxelBox
from VoCoLib.images.region_recognition import find_regions
from VoCoLib.inference.forecast import forecast
from VoCoLib.inference.region import Region
from VoCoLib.inference.segmentation import Segmenter
from VoCoLib.inference.uncertainty import UncertaintyMap
from VoCoLib.models.catalogue import Catalogue
from VoCoLib.models.loading import find_model, load_segmenter, verify_weights
from VoCoLib.processes.file_stamp import stamp
from VoCoLib.recipe import Recipe, kept_labels
from VoCoLib.worker.fields import (
    Request,
    affine_field,
    device_field,
    field,
    image_field,
    numbers,
    write_array,
)
from VoCoLib.worker.positions import PositionRequests

Cancelled = Callable[[], bool]


_Wish = tuple[str, str, str, str]  # model, device, precision, engine


@dataclass(frozen=True)
class _Loaded:
    """A model in memory, and what it was loaded from."""

    wish: _Wish
    path: Path
    stamp: tuple[int, int] | None
    segmenter: Segmenter


_MOST_VOXELS = 100_000  # along an axis


class Requests:
    """Runs requests, one at a time, and keeps the last model that was loaded."""

    def __init__(self) -> None:
        self._loaded: _Loaded | None = None
        self._positions = PositionRequests()

    def run(self, request: Request, sink: EventSink, cancelled: Cancelled) -> None:
        """Runs one request; its result is the last event that sink receives.

        Raises:
            RequestError: no such request, or a field is missing or wrong.
            VoCoError: as what is asked for does.
        """
        kinds = {
            "segment": self._segment,
            "estimate": self._estimate,
            "download": _download,
            "import": _import,
            "wake": lambda *_: None,
            **self._positions.kinds,
            "training_check": _before_a_training,
            "training_trial": _before_a_training,
        }
        kind = request.get("request")
        if not isinstance(kind, str) or kind not in kinds:
            raise RequestError(f"There is no request {kind!r}.", f"There are: {', '.join(kinds)}.")
        kinds[kind](request, sink, cancelled)

    def _segment(self, request: Request, sink: EventSink, cancelled: Cancelled) -> None:
        start = time.monotonic()
        target = Path(field(request, "labels", str))
        structures = _names(request)
        region = _region(request)
        array, affine = image_field(request), affine_field(request)
        warnings = check_ct(field(request, "name", str, "The image"), array, affine)
        for warning in warnings:
            sink(event("log", level="warning", message=warning))
        segmenter = self._segmenter(request, sink)
        doubt = UncertaintyMap() if request.get("uncertainty") is True else None
        labels = segmenter.segment(
            array,
            affine,
            structures=structures,
            region=region,
            probabilities=doubt,
            sink=sink,
            cancelled=cancelled,
        )
        table = kept_labels(segmenter.recipe.labels, structures)
        shown = find_regions(array, affine)
        expected = shown.extents if shown.certain and region is None else ()
        removed = remove_islands(labels, table)
        rows = measure(labels, array, affine, table, removed)
        rows = judge(rows, labels, affine, table, expected)
        arrays = {"labels": (target, labels)}
        if doubt is not None:
            beside = target.with_name(f"{target.stem}-uncertainty{target.suffix}")
            arrays["uncertainty"] = beside, doubt.on_image(affine)
        for path, values in arrays.values():
            write_array(path, values)
        if cancelled():
            for path, _ in arrays.values():
                path.unlink()
            raise CancelledError("The segmentation was cancelled.")
        sink(
            event(
                "result",
                **{name: str(path) for name, (path, _) in arrays.items()},
                statistics=[asdict(row) for row in rows],
                warnings=warnings,
                shown=asdict(shown),
                device=segmenter.device,
                engine=segmenter.engine,
                precision=segmenter.precision,
                seconds=round(time.monotonic() - start, 2),
            )
        )

    def _estimate(self, request: Request, sink: EventSink, cancelled: Cancelled) -> None:
        shape = field(request, "shape", list)
        if len(shape) != 3 or not all(type(n) is int and 0 < n <= _MOST_VOXELS for n in shape):
            raise RequestError(
                f"The shape of an image is three integers from 1 to {_MOST_VOXELS}, not {shape}."
            )
        affine = affine_field(request)
        check_affine("The image", affine)
        segmenter = self._segmenter(request, sink)
        wanted = device_field(request), _precision(request)
        x, y, z = shape
        found = forecast(segmenter, (x, y, z), affine, *wanted, sink, cancelled, _body(request))
        sink(event("result", **asdict(found)))

    def _segmenter(self, request: Request, sink: EventSink) -> Segmenter:
        """The wanted model on the wanted device: the one that is loaded, if it is that."""
        model = field(request, "model", str)
        engine = str(field(request, "engine", str, "auto"))
        wish = model, device_field(request), _precision(request), engine
        loaded = self._loaded
        if loaded and loaded.wish == wish and loaded.stamp == stamp(loaded.path):
            return loaded.segmenter
        progress = Progress(sink, f"Loading {model}", 1)
        path, recipe = find_model(Catalogue(), model)
        found = stamp(path)
        self._loaded = loaded = None  # two models may not fit into memory
        gc.collect()
        segmenter = load_segmenter(path, recipe, sink, *wish[1:])
        self._loaded = _Loaded(wish, path, found, segmenter)
        progress.update(1)
        return segmenter


def _download(request: Request, sink: EventSink, cancelled: Cancelled) -> None:
    model = field(request, "model", str)
    progress: list[Progress] = []  # made at the first call, which knows the size

    def update(done: int, total: int) -> None:
        if not progress:
            progress.append(Progress(sink, f"Downloading {model}", total))
        progress[0].update(done)

    accepted = field(request, "accept_licence", bool, False)
    path = Catalogue().download(model, update, accepted, cancelled)
    sink(event("result", model=model, path=str(path)))


def _import(request: Request, sink: EventSink, cancelled: Cancelled) -> None:
    path = Path(field(request, "path", str))
    model, like, title = (field(request, name, str, None) for name in ("model", "like", "title"))
    replaces = field(request, "replaces", bool, False)
    catalogue = Catalogue()
    recipe = catalogue.get(like).recipe if like else None
    if like and recipe is None:
        raise ModelError(f"{like} is not supported, so no model can be like it.")

    def verify(file: Path, of: Recipe) -> None:
        verify_weights(file, of)
        if cancelled():
            raise CancelledError("The import was cancelled.")

    Progress(sink, f"Importing {path.name}", 1)
    imported = catalogue.import_file(path, verify, model, recipe, title, replaces)
    sink(event("result", model=imported.id))


def _before_a_training(request: Request, sink: EventSink, cancelled: Cancelled) -> None:
    from VoCoLib.worker.training import KINDS  # most workers are not asked

    KINDS[request["request"]](request, sink, cancelled)


def _precision(request: Request) -> str:
    return str(field(request, "precision", str, "auto"))


def _names(request: Request) -> list[str] | None:
    names = field(request, "structures", list, None)
    if names is not None and not all(isinstance(name, str) for name in names):
        raise RequestError("The field 'structures' is a list of names.")
    return names  # type: ignore[no-any-return]


def _body(request: Request) -> VoxelBox | None:
    body = field(request, "body", list, None)
    if body is None:
        return None
    first, last = numbers(body, (2, 3), "body").astype(int).tolist()
    return tuple(first), tuple(last)


def _region(request: Request) -> Region | None:
    region = field(request, "region", dict, None)
    if region is None:
        return None
    lower, upper = (numbers(region.get(corner), (3,), "region") for corner in ("lower", "upper"))
    return Region(tuple(lower.tolist()), tuple(upper.tolist()))
