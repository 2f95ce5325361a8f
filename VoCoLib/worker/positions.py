"""What a worker does for the position view: prepare, query, map, search; views stay in memory.

A view is one CT seen by one model; the caller names it. Its base crops are computed once. Fields:

    positions_prepare: view (its name; one of the same name is replaced), model, image (path of a
        .npy with (X, Y, Z) HU), affine (4x4, index to RAS mm), and if need be name (of the image,
        for messages), grid (n of n x n bases), placement ("fit" or "native"), point (R, A, S: which
        layer to begin with), device. The result has view, model, compared, temperature, device,
        grid (mode, n, crop and, per layer, affine, cells_affine, cell_centres_mm), warnings.
    positions_query: view, points (list of R, A, S in mm). The result has answers, see
        VoCoLib.positions.view.PositionAnswer.to_json.
    positions_map: view, maps (path of the .npy to write: float32 (x, y, z, 2), first axis fastest,
        confidence and error in mm), similarities (path of another: see
        VoCoLib.positions.map.PositionMap), and if need be seconds, after which the rest is
        guessed; asking again goes on. The result has maps, affine, similarities, lattice_affine,
        done and total (points), summary and sentence.
    positions_search: view, reference (another view), point, volume (path of the .npy to write:
        float32 (x, y, z), first axis fastest, similarity). The result has volume and the fields of
        VoCoLib.positions.search.Match.to_json.
    positions_compare: view, reference (another view), similarities (path of the .npy to write, see
        VoCoLib.positions.dense.DenseSimilarity). The result has similarities, affine and
        reference_affine.
    positions_figure: view, point, image and affine (as for positions_prepare), files (paths of
        .png, .pdf, .svg or .csv), title, and if need be caution. The result has files.
    positions_close: view. It is forgotten; also if there is none.

Without its view a request fails with the code "no_view": prepare it (again).
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from VoCoLib.errors import RequestError
from VoCoLib.events import EventSink, Progress, event
from VoCoLib.figures.position_report import write_report
from VoCoLib.images.checks import check_ct
from VoCoLib.method.base_grid import TEMPERATURE
from VoCoLib.positions.dense import compare_bodies
from VoCoLib.positions.map import position_map
from VoCoLib.positions.model import PositionModel, load_position_model
from VoCoLib.positions.placement import place
from VoCoLib.positions.search import find_match
from VoCoLib.positions.view import Cancelled, PositionView
from VoCoLib.processes.file_stamp import stamp
from VoCoLib.worker.fields import (
    Request,
    affine_field,
    device_field,
    field,
    image_field,
    numbers,
    write_array,
)

Handler = Callable[[Request, EventSink, Cancelled], None]
_MOST_BASES = 8  # along a side


class NoViewError(RequestError):
    """A request names a view that was not prepared, or was lost with the worker before."""

    code = "no_view"


class PositionRequests:
    """Runs the requests of the position view, one at a time.

    Attributes:
        kinds: what to call for which request.
    """

    def __init__(self) -> None:
        self._views: dict[str, PositionView] = {}
        self._loaded: tuple[tuple[str, str], tuple[int, int] | None, PositionModel] | None = None
        self.kinds: dict[str, Handler] = {
            "positions_prepare": self._prepare,
            "positions_query": self._query,
            "positions_map": self._map,
            "positions_search": self._search,
            "positions_compare": self._compare,
            "positions_figure": self._figure,
            "positions_close": self._close,
        }

    def _prepare(self, request: Request, sink: EventSink, cancelled: Cancelled) -> None:
        key = field(request, "view", str)
        n, mode = field(request, "grid", int, None), field(request, "placement", str, None)
        if mode not in (None, "fit", "native") or not 2 <= (n or 2) <= _MOST_BASES:
            raise RequestError(f"A grid has 2 to {_MOST_BASES} bases a side and fits or is native.")
        array, affine = image_field(request), affine_field(request)
        name = field(request, "name", str, "The image")
        warnings = check_ct(name, array, affine)
        self._views.pop(key, None)  # its memory may be needed
        model = self._model(request, sink)
        placed = place(array, affine, name, model.placement.change(n, mode))
        view = PositionView(model, placed)
        layer = len(placed.grids) // 2
        if request.get("point") is not None:
            layer = placed.layer(placed.voxel(numbers(request["point"], (3,), "point")))
        view.bases(layer, sink, cancelled)
        self._views[key] = view
        sink(
            event(
                "result",
                view=key,
                model=model.name,
                compared=model.compared,
                temperature=TEMPERATURE,
                device=model.device,
                grid=placed.to_json(),
                warnings=[*warnings, *placed.warnings, *filter(None, [model.problem])],
            )
        )

    def _query(self, request: Request, sink: EventSink, cancelled: Cancelled) -> None:
        view = self._view(request, "view")
        points = field(request, "points", list)
        places = numbers(points, (len(points), 3), "points")
        answers = view.query(places.tolist(), sink, cancelled)
        sink(event("result", answers=[answer.to_json() for answer in answers]))

    def _map(self, request: Request, sink: EventSink, cancelled: Cancelled) -> None:
        view = self._view(request, "view")
        maps, similarities = (Path(field(request, name, str)) for name in ("maps", "similarities"))
        seconds = field(request, "seconds", float, None)
        found = position_map(view, sink, cancelled, seconds)
        write_array(maps, found.volumes())
        write_array(similarities, found.similarities)
        sink(
            event(
                "result",
                maps=str(maps),
                affine=found.affine.tolist(),
                similarities=str(similarities),
                lattice_affine=found.lattice_affine.tolist(),
                done=len(found.answers),
                total=found.total,
                summary=asdict(found.summary),
                sentence=found.summary.sentence(),
            )
        )

    def _search(self, request: Request, sink: EventSink, cancelled: Cancelled) -> None:
        view, reference = self._view(request, "view"), self._view(request, "reference")
        target = Path(field(request, "volume", str))
        point = numbers(field(request, "point", list), (3,), "point")
        match = find_match(view, point.tolist(), reference, sink, cancelled)
        write_array(target, match.volume)
        sink(event("result", volume=str(target), **match.to_json()))

    def _compare(self, request: Request, sink: EventSink, cancelled: Cancelled) -> None:
        view, reference = self._view(request, "view"), self._view(request, "reference")
        target = Path(field(request, "similarities", str))
        found = compare_bodies(view, reference, sink, cancelled)
        write_array(target, found.similarities)
        affines = found.affine.tolist(), found.reference_affine.tolist()
        names = ("affine", "reference_affine")
        sink(event("result", similarities=str(target), **dict(zip(names, affines, strict=True))))

    def _figure(self, request: Request, sink: EventSink, cancelled: Cancelled) -> None:
        view = self._view(request, "view")
        point = numbers(field(request, "point", list), (3,), "point")
        files = [Path(name) for name in field(request, "files", list)]
        image, affine = image_field(request), affine_field(request)
        (answer,) = view.query([point.tolist()], sink, cancelled)
        title, caution = field(request, "title", str), field(request, "caution", str, "")
        write_report(files, image, affine, view.placed, answer, title, caution)
        sink(event("result", files=[str(path) for path in files]))

    def _close(self, request: Request, sink: EventSink, cancelled: Cancelled) -> None:
        self._views.pop(field(request, "view", str), None)
        if not self._views:
            self._loaded = None
        sink(event("result"))

    def _view(self, request: Request, name: str) -> PositionView:
        key = field(request, name, str)
        if key not in self._views:
            raise NoViewError(f"There is no view {key!r}.", "Prepare it first.")
        return self._views[key]

    def _model(self, request: Request, sink: EventSink) -> PositionModel:
        """The wanted model on the wanted device: the one that is loaded, if it is that."""
        wish = field(request, "model", str), device_field(request)
        if self._loaded and self._loaded[0] == wish:
            _, loaded_stamp, model = self._loaded
            if model.path is None or stamp(model.path) == loaded_stamp:
                return model
        progress = Progress(sink, f"Loading {wish[0]}", 1)
        self._loaded = None
        gc.collect()
        model = load_position_model(*wish)
        self._loaded = wish, stamp(model.path) if model.path else None, model
        progress.update(1)
        return model
