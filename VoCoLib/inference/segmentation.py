"""Segments a CT: resampling, sliding windows and arg-max slab by slab along the superior axis.

Logits never exist for the whole volume. A layer of windows is added to a buffer one window thick;
what no later layer can change is interpolated to the image's slices, arg-maxed and dropped.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Collection, Iterator

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from VoCoLib.errors import CancelledError, InputError
from VoCoLib.events import Event, EventSink, Progress
from VoCoLib.images.geometry import (
    Affine,
    Resampling,
    Shape,
    from_ras,
    interpolate,
    resampling,
    to_ras,
)
from VoCoLib.images.preprocessing import foreground_box, full_box, scale_hu
from VoCoLib.inference.devices import is_out_of_memory, out_of_memory_reason, trim_heap
from VoCoLib.inference.execution import Executor
from VoCoLib.inference.label_slices import label_slices
from VoCoLib.inference.openvino_engine import EngineError
from VoCoLib.inference.probabilities import ProbabilitySink
from VoCoLib.inference.region import Region, clear_outside, region_slices
from VoCoLib.inference.sliding_window import Occupancy, WindowLayout, importance_map, window_layout
from VoCoLib.recipe import Recipe

_SLICES_AT_ONCE = 16  # of the image as float32 in full resolution
_SAMPLES = 4  # windows, from which int8 learns how large values are


def _collect(
    slices: Iterator[tuple[tuple[slice, slice, int], NDArray[np.uint8]]],
    shape: tuple[int, ...],
    packed: bool,
) -> NDArray[np.uint8]:
    """The label map of all slices.

    Packed, it is not in memory while the network, on a processor, needs most of that.
    """
    if not packed:
        result = np.zeros(shape, dtype=np.uint8, order="F")
        for place, labels in slices:
            result[place] = labels
        return result
    kept = [(place, zlib.compress(labels.tobytes(), level=1)) for place, labels in slices]
    result = np.zeros(shape, dtype=np.uint8, order="F")
    for place, data in kept:
        flat = np.frombuffer(zlib.decompress(data), dtype=np.uint8)
        result[place] = flat.reshape(result[place].shape)
    return result


def _ignore(_: Event) -> None:
    pass


class Segmenter:
    """A network with its recipe, ready to segment any number of CTs."""

    def __init__(
        self,
        network: nn.Module,
        recipe: Recipe,
        device: str = "auto",
        precision: str = "auto",
        name: str = "VoCo",
        engine: str = "auto",
    ) -> None:
        """Prepares the network for inference.

        Args:
            network: from (n, 1, x, y, z) to logits (n, classes, x, y, z).
            recipe: of a segmentation model.
            device: "auto" (a CUDA GPU if there is one), "cpu", "cuda" or "cuda:1".
            precision: "auto" (the fastest the device does natively), "float32", "bfloat16",
                "float16" (GPU only) or "int8" (processors, with OpenVINO; not exact).
            name: of the model, for what is written about it.
            engine: "auto" (on a CPU the fastest in a trial), "pytorch" or "openvino".

        Raises:
            InputError: device, precision or engine is not available here.
        """
        self.name = name
        self.recipe = recipe
        self._executor = Executor(network, recipe, device, precision, engine)

    @property
    def device(self) -> str:
        """The device of the last segmentation: "cpu" where a GPU's memory did not suffice."""
        return self._executor.device.type

    @property
    def engine(self) -> str:
        """What computed the last segmentation: "PyTorch" or "OpenVINO"."""
        return self._executor.engine

    @property
    def precision(self) -> str:
        """The precision of the last segmentation."""
        return self._executor.precision

    def expected_seconds(
        self,
        windows: int,
        sink: EventSink = _ignore,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> float:
        """What each of so many windows will take on a CPU; the first time, a trial is run."""
        self._executor.reset()
        self._executor.place()
        return self._executor.expected_seconds(windows, sink, cancelled)

    def segment(
        self,
        array: NDArray,
        affine: Affine,
        *,
        structures: Collection[str] | None = None,
        region: Region | None = None,
        probabilities: ProbabilitySink | None = None,
        sink: EventSink = _ignore,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> NDArray[np.uint8]:
        """Segments one CT.

        Args:
            array: (X, Y, Z) HU, index axes in any orientation; not changed.
            affine: 4x4, index to RAS mm, of any handedness and obliquity.
            structures: names of recipe.labels to keep; None keeps all.
            region: only voxels whose centre lies inside are segmented; what is inside is the same
                as without a region.
            probabilities: receives what the network thinks of each voxel.
            sink: receives progress and log events.
            cancelled: asked before each window.

        Returns:
            uint8 (X, Y, Z) on the grid of array; the values are those of recipe.labels.

        Raises:
            InputError: no body in the image or region, an unknown structure.
            WeightsError: the network answers with NaN or infinity.
            CancelledError: cancelled() was True.
            OutOfMemoryError: no fallback fits.
        """
        self._executor.reset()
        while True:
            try:
                return self._segment(
                    array, affine, structures, region, probabilities, sink, cancelled
                )
            except FloatingPointError:
                self._executor.widen(sink)
                continue
            except EngineError as error:
                self._executor.give_up_openvino(str(error), sink)
                continue
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                reason = out_of_memory_reason(error)
            # outside the handler: its traceback keeps the failed attempt's tensors alive
            self._executor.step_down(reason, sink)

    def _segment(
        self,
        array: NDArray,
        affine: Affine,
        structures: Collection[str] | None,
        region: Region | None,
        probabilities: ProbabilitySink | None,
        sink: EventSink,
        cancelled: Callable[[], bool],
    ) -> NDArray[np.uint8]:
        """One attempt; see segment."""
        kept = self._kept_values(structures)
        ras, ras_affine = to_ras(array, affine)
        inside = None if region is None else region_slices(region, ras.shape, ras_affine)
        self._executor.place()
        source = _NetworkImage(ras, ras_affine, self.recipe, self._executor)
        occupancy = _scan(source, sink, cancelled)
        layout = self._layout(source, occupancy)
        windows = _Windows(layout, occupancy, source.grid, inside)
        if not windows.count:
            raise InputError("There is no body in the region.", "Place it over the patient.")
        self._executor.choose_engine(windows.count, sink, cancelled)
        if self._executor.precision == "int8":
            self._executor.take_samples(_samples(layout, occupancy, source))
        self._executor.log_estimate(layout.padded_shape, ras.shape, windows.count, sink)
        progress = Progress(sink, "Segmenting", windows.count)
        logits = _slabs(windows, source, self._executor, progress, cancelled)
        if probabilities is not None:
            probabilities.begin(ras.shape)
        seen = probabilities.add if probabilities else None
        slices = label_slices(logits, source.grid, layout, kept, seen)
        result = _collect(slices, ras.shape, packed=self._executor.device.type == "cpu")
        self._executor.note_seconds()
        if region is not None:
            clear_outside(result, ras_affine, region)
            if probabilities is not None:
                probabilities.clear_outside(ras_affine, region)
        return from_ras(result, affine)

    def _kept_values(self, structures: Collection[str] | None) -> NDArray[np.bool_]:
        """(256,) True for the label values to keep."""
        kept = np.zeros(256, dtype=bool)
        names = {label.name: label.value for label in self.recipe.labels}
        for name in names if structures is None else structures:
            if name not in names:
                raise InputError(
                    f"The model has no structure '{name}'.", f"It has: {', '.join(names)}."
                )
            kept[names[name]] = True
        return kept

    def _layout(self, source: _NetworkImage, occupancy: Occupancy) -> WindowLayout:
        recipe = self.recipe.preprocessing
        try:
            box = foreground_box(*occupancy.projections)
        except ValueError as error:
            raise InputError(
                f"The image has no voxel above {recipe.hu_window[0]:g} HU, so no body to segment.",
                "Check that it is a CT in Hounsfield units.",
            ) from error
        if not recipe.foreground_crop:
            box = full_box(source.grid.network_shape)
        return window_layout(box, recipe)


class _NetworkImage:
    """The image on the network's grid, computed slab by slab when asked for."""

    def __init__(self, ras: NDArray, affine: Affine, recipe: Recipe, executor: Executor) -> None:
        self._ras, self._executor = ras, executor
        self._window = recipe.preprocessing.hu_window
        self.grid = resampling(ras.shape, affine, recipe.preprocessing.spacing)

    def slab(self, start: int, stop: int, area: tuple[slice, slice] | None = None) -> Tensor:
        """Slices start..stop-1 inside the grid: (x, y, stop - start) in 0..1, on the device.

        Only of an area along R and A, if one is given.
        """
        grid, device = self.grid, self._executor.device
        area = area or full_box(grid.network_shape)[:2]
        positions = grid.image_positions(2, start, stop)
        first = min(int(positions[0]), self._ras.shape[2] - 1)
        last = min(int(positions[-1]) + 1, self._ras.shape[2] - 1)
        x, y = (s.stop - s.start for s in area)
        in_plane = torch.empty((x, y, last + 1 - first), device=device)
        for piece in range(first, last + 1, _SLICES_AT_ONCE):
            after = min(piece + _SLICES_AT_ONCE, last + 1)
            in_plane[..., piece - first : after - first] = self._in_plane(piece, after, area)
        values = torch.empty((x, y, stop - start), device=device)
        for piece in range(0, stop - start, _SLICES_AT_ONCE):
            part = slice(piece, piece + _SLICES_AT_ONCE)
            hu = interpolate(in_plane, 2, positions[part] - first)
            values[..., part] = scale_hu(hu, self._window)
        return values

    def _in_plane(self, start: int, stop: int, area: tuple[slice, slice]) -> Tensor:
        """Image slices start..stop-1 on the network's grid along R and A: (x, y, stop - start)."""
        hu = torch.from_numpy(self._ras[:, :, start:stop].astype(np.float32))
        hu = hu.to(self._executor.device)
        for axis, extent in enumerate(area):
            positions = self.grid.image_positions(axis, extent.start, extent.stop)
            hu = interpolate(hu, axis, positions)
        return hu


def _scan(source: _NetworkImage, sink: EventSink, cancelled: Callable[[], bool]) -> Occupancy:
    """Finds where the body is, in one pass over the image."""
    shape = source.grid.network_shape
    occupancy = Occupancy(shape)
    progress = Progress(sink, "Finding the body", shape[2])
    for start in range(0, shape[2], occupancy.slab_thickness):
        _stop_if(cancelled)
        stop = min(start + occupancy.slab_thickness, shape[2])
        occupancy.add_slab(source.slab(start, stop), start)
        progress.update(stop)
    return occupancy


def _stop_if(cancelled: Callable[[], bool]) -> None:
    if cancelled():
        raise CancelledError("The segmentation was cancelled.")


class _Windows:
    """The layers of windows that a segmentation has to work off."""

    def __init__(
        self,
        layout: WindowLayout,
        occupancy: Occupancy,
        grid: Resampling,
        inside: tuple[slice, slice, slice] | None,
    ) -> None:
        self.layout = layout
        self.layers: list[tuple[int, list[tuple[tuple[int, int, int], bool]]]] = []
        for z, starts in layout.layers():
            windows = [(s, layout.window_in_grid(s)) for s in starts]
            wanted = [(s, w) for s, w in windows if inside is None or _touches(w, inside, grid)]
            self.layers.append((z, [(s, occupancy.holds_body(w)) for s, w in wanted]))

    @property
    def count(self) -> int:
        """Windows that go through the network."""
        return sum(holds_body for _, windows in self.layers for _, holds_body in windows)


def _touches(window: tuple[slice, ...], inside: tuple[slice, ...], grid: Resampling) -> bool:
    """Whether a window can change image voxels inside (one voxel of interpolation included)."""
    return all(
        w.start <= (i.stop - 1) / s + 1 and w.stop - 1 >= i.start / s - 1
        for w, i, s in zip(window, inside, grid.scale, strict=True)
    )


def _slabs(
    windows: _Windows,
    source: _NetworkImage,
    executor: Executor,
    progress: Progress,
    cancelled: Callable[[], bool],
) -> Iterator[tuple[int, Tensor]]:
    """Yields (first slice, logits (classes, x, y, slices)) of the padded box, upwards.

    Each slab begins with the last slice of the one before, for the interpolation between them. It
    is a view of a buffer that the next step overwrites.
    """
    layout = windows.layout
    weights = importance_map(layout.patch).to(executor.device)
    x, y, _ = layout.padded_shape
    depth = layout.patch[2]
    total = executor.zeros((executor.classes, x, y, 1 + depth))  # slice 0: the one before z
    count = executor.zeros((x, y, 1 + depth))
    starts = layout.starts[2]
    done = 0
    for index, (z, layer) in enumerate(windows.layers):
        if layer:
            if executor.device.type == "cpu":
                trim_heap()
            image = _layer_image(layout, source, z)
            for (start, body), answer in _answers(image, layer, layout.patch, executor, cancelled):
                xs, ys = (slice(start[a], start[a] + layout.patch[a]) for a in (0, 1))
                total[:, xs, ys, 1:].addcmul_(answer.float(), weights)
                count[xs, ys, 1:] += weights
                done += body
                progress.update(done)
            del image, answer  # before the next are made
        final = starts[index + 1] - z if index + 1 < len(starts) else depth
        total[..., 1 : 1 + final] /= count[..., 1 : 1 + final].clamp(min=1e-6)
        yield (z, total[..., 1 : 1 + final]) if index == 0 else (z - 1, total[..., : 1 + final])
        _advance(total, final)
        _advance(count, final)


def _answers(
    image: Tensor,
    layer: list[tuple[Shape, bool]],
    patch: Shape,
    executor: Executor,
    cancelled: Callable[[], bool],
) -> Iterator[tuple[tuple[Shape, bool], Tensor]]:
    """The windows of a layer, each with its logits (classes, x, y, z)."""
    for first in range(0, len(layer), executor.window_batch):
        _stop_if(cancelled)
        batch = layer[first : first + executor.window_batch]
        cuts = [_cut(image, s, patch) if body else None for s, body in batch]
        yield from zip(batch, executor.logits(cuts, cancelled), strict=True)


def _advance(buffer: Tensor, slices: int) -> None:
    """Drops the first slices of a buffer and appends zeros."""
    kept = buffer.shape[-1] - slices
    for z in range(kept):  # slice by slice: source and target overlap
        buffer[..., z] = buffer[..., z + slices]
    buffer[..., kept:] = 0


def _samples(layout: WindowLayout, occupancy: Occupancy, source: _NetworkImage) -> list[Tensor]:
    """Windows of the whole body, evenly spread over those that hold some, whatever the region."""
    starts = [start for _, layer in layout.layers() for start in layer]
    body = [start for start in starts if occupancy.holds_body(layout.window_in_grid(start))]
    places = np.linspace(0, len(body), 2 * _SAMPLES + 1)[1::2].astype(int)
    return [
        _cut(_layer_image(layout, source, body[i][2]), body[i], layout.patch).clone()
        for i in np.unique(places)  # a view would keep the whole layer
    ]


def _layer_image(layout: WindowLayout, source: _NetworkImage, z: int) -> Tensor:
    """The padded box's image under the layer of windows that starts at z: (x, y, depth)."""
    along_z, box = layout.window_in_grid((0, 0, z))[2], layout.box
    start, stop = max(along_z.start, box[2].start), min(along_z.stop, box[2].stop)
    slab = source.slab(start, stop, box[:2])
    wanted = (*layout.padded_shape[:2], layout.patch[2])
    before = (*layout.padding[:2], start - along_z.start)
    after = [w - b - n for w, b, n in zip(wanted, before, slab.shape, strict=True)]
    if not any(before) and not any(after):
        return slab
    pads = [n for pair in zip(before, after, strict=True) for n in pair]
    return F.pad(slab, [*pads[4:], *pads[2:4], *pads[:2]])


def _cut(image: Tensor, start: Shape, patch: Shape) -> Tensor:
    return image[start[0] : start[0] + patch[0], start[1] : start[1] + patch[1]]
