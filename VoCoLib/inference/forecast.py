"""Forecasts the time and the memory of a segmentation before it runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from VoCoLib.events import EventSink
from VoCoLib.images.foreground import VoxelBox
from VoCoLib.inference.devices import choose_device, free_memory
from VoCoLib.inference.engines import check_precision
from VoCoLib.inference.estimates import estimate_memory, windows_at_once
from VoCoLib.recipe import Recipe

if TYPE_CHECKING:  # Slicer may import this file, but has no torch
    from VoCoLib.images.geometry import Affine, Shape
    from VoCoLib.inference.segmentation import Segmenter

_SECONDS_PER_VOXEL = 3e-8  # of the image, for resampling, arg-max and measures; on one CPU core

_CHEAP_S = 2.0  # a window this fast is timed again, without the costs of the first time

# Seconds per window of a GPU, or of what was used instead of it.
_timed: WeakKeyDictionary[Segmenter, tuple[float, str]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Forecast:
    """What to expect of a segmentation.

    Attributes:
        seconds: roughly; without a body, too long: windows of air, which are skipped, are counted.
        memory_bytes: needed beyond the image and the loaded network.
        free_bytes: free on the device.
        device: "cpu" or "cuda".
        engine: "PyTorch" or "OpenVINO".
        fits: whether that is enough; if not, the segmentation tries less demanding ways.
        windows: sliding windows over the whole image, or over its body.
    """

    seconds: float
    memory_bytes: int
    free_bytes: int
    device: str
    engine: str
    fits: bool
    windows: int


def forecast(
    segmenter: Segmenter,
    shape: Shape,
    affine: Affine,
    device: str = "auto",
    precision: str = "auto",
    sink: EventSink = lambda item: None,
    cancelled: Callable[[], bool] = lambda: False,
    body: VoxelBox | None = None,
) -> Forecast:
    """Estimates a segmentation; the first time it runs the network on one batch of windows.

    On a CPU that time is remembered, and replaced by what windows of real CTs take.

    Args:
        segmenter: made for the same device and precision.
        shape: voxels of the image, in its own index order.
        affine: its 4x4, index to RAS mm.
        device, precision: as Segmenter takes them.
        sink, cancelled: as for Segmenter.segment.
        body: first and last voxel along each axis between which the body lies; None: unknown.

    Raises:
        InputError: device or precision is not available here.
        OutOfMemoryError: no fallback fits for a single window.
    """
    chosen = choose_device(device)
    precision = check_precision(precision, chosen, "auto")
    windows, padded_shape, ras_shape = _windows(segmenter.recipe, shape, affine, body)
    batch = windows_at_once(
        segmenter.recipe,
        padded_shape,
        ras_shape,
        precision,
        chosen.type,
        free_memory(chosen),
    )
    if chosen.type == "cpu":
        per_window, used = segmenter.expected_seconds(windows, sink, cancelled), "cpu"
    else:
        known = _timed.get(segmenter)
        per_window, used = known or (_time_window(segmenter, batch), segmenter.device)
        if used == chosen.type:  # else its memory did not suffice this time
            _timed[segmenter] = per_window, used
    seconds = windows * per_window + prod(shape) * _SECONDS_PER_VOXEL
    engine = segmenter.engine
    need = estimate_memory(segmenter.recipe, padded_shape, ras_shape, batch, precision, engine)
    memory, free = need.on(chosen.type), free_memory(chosen)
    return Forecast(round(seconds, 1), memory, free, used, engine, memory <= free, windows)


def _windows(
    recipe: Recipe, shape: Shape, affine: Affine, body: VoxelBox | None = None
) -> tuple[int, Shape, Shape]:
    """Windows that hold body, voxels that all cover, and the image's shape along R, A, S."""
    from VoCoLib.images.geometry import resampling, to_ras
    from VoCoLib.images.preprocessing import full_box
    from VoCoLib.inference.sliding_window import window_layout

    ras, ras_affine = to_ras(np.broadcast_to(np.int16(0), shape), affine)
    grid = resampling(ras.shape, ras_affine, recipe.preprocessing.spacing)
    box = full_box(grid.network_shape)
    if body is not None:
        corners = np.linalg.inv(ras_affine) @ affine @ np.c_[np.array(body), [1, 1]].T
        lowest, highest = np.sort(corners[:3]).T / np.array(grid.scale)
        box = tuple(  # type: ignore[assignment]
            slice(max(0, int(low)), min(size, int(np.ceil(high)) + 1))
            for low, high, size in zip(lowest, highest, grid.network_shape, strict=True)
        )
    whole = box if recipe.preprocessing.foreground_crop else full_box(grid.network_shape)
    layout = window_layout(whole, recipe.preprocessing)
    windows = (layout.window_in_grid(start) for _, layer in layout.layers() for start in layer)
    count = sum(
        all(w.start < b.stop and w.stop > b.start for w, b in zip(window, box, strict=True))
        for window in windows
    )
    return count, layout.padded_shape, ras.shape


def _time_window(segmenter: Segmenter, batch: int) -> float:
    """Seconds per window, from segmenting an image that takes as many windows as a batch."""
    recipe = segmenter.recipe.preprocessing
    x, y, z = recipe.patch
    if batch > 1:  # one step further along R and A: 2 x 2 windows
        x, y = (p + max(1, int(p * (1 - recipe.overlap))) for p in (x, y))
    image = np.full((x, y, z), recipe.hu_window[1], np.float32)
    affine = np.diag([*recipe.spacing, 1.0])
    seconds = 0.0
    for _ in range(2):
        start = time.perf_counter()
        segmenter.segment(image, affine)
        seconds = time.perf_counter() - start
        if seconds > _CHEAP_S:
            break
    return seconds / _windows(segmenter.recipe, image.shape, affine)[0]
