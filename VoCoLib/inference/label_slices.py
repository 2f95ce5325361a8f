"""From slabs of logits on the network's grid to labels on the image's slices, exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from VoCoLib.images.geometry import Resampling
from VoCoLib.inference.sliding_window import WindowLayout


def label_slices(
    slabs: Iterator[tuple[int, Tensor]],
    grid: Resampling,
    layout: WindowLayout,
    kept: NDArray[np.bool_],
    seen: Callable[[tuple[slice, slice, int], Tensor], None] | None = None,
) -> Iterator[tuple[tuple[slice, slice, int], NDArray[np.uint8]]]:
    """Interpolates slabs of logits to the image's slices; yields the arg-max and its place.

    seen is given each slice's place and logits (classes, x, y), which take as much time again.
    """
    padding = layout.padding
    shape = [b.stop - b.start for b in layout.box]
    lines = lines_over(grid, layout)
    area = (slice(lines[0].first, lines[0].stop), slice(lines[1].first, lines[1].stop))
    next_slice = lines[2].first
    for first, slab in slabs:
        start = first - padding[2]
        slab = slab[:, padding[0] : padding[0] + shape[0], padding[1] : padding[1] + shape[1]]
        end = start + slab.shape[3]
        between: list[tuple[tuple[int, int], float]] = []  # two slices of the slab each, and where
        while next_slice + len(between) < lines[2].stop:
            place = next_slice + len(between)
            below, share = int(lines[2].below[place]), float(lines[2].share[place])
            if below + (share > 0) >= end:
                break
            between.append(((below - start, min(below + 1, end - 1) - start), share))
        for labels, (pair, share) in zip(_labels_of(slab, between, lines), between, strict=True):
            if seen is not None:
                seen((*area, next_slice), _whole_slice(slab, pair, share, lines))
            values = labels.numpy()
            yield (*area, next_slice), np.where(kept[values], values, np.uint8(0))
            next_slice += 1


def _labels_of(
    slab: Tensor, between: list[tuple[tuple[int, int], float]], lines: list[Line]
) -> Iterator[Tensor]:
    """Labels (x, y) uint8 of image slices between those of a slab, on the CPU.

    A GPU interpolates all logits: to find out first where that is needed, and to copy each slice
    by itself, the host would wait for it several times a slice.
    """
    if slab.device.type == "cpu":
        best = torch.empty(slab.shape[1:], dtype=torch.uint8)
        for z, logits in enumerate(slab.unbind(3)):
            best[..., z] = logits.argmax(0)
        for pair, share in between:
            yield _interpolate_slice(slab, best, pair, share, lines)
    elif between:
        yield from labels_at_once(slab, between, lines).cpu()


def labels_at_once(
    slab: Tensor, between: list[tuple[tuple[int, int], float]], lines: list[Line]
) -> Tensor:
    """(slices, x, y) uint8 on the slab's device: the arg-max of the interpolated logits."""
    labels = [_whole_slice(slab, *place, lines).argmax(0).to(torch.uint8) for place in between]
    return torch.stack(labels)


class Line:
    """Where an image axis lies on the box's axis: lower neighbour and share of the upper one.

    Beyond the ends of the network's grid the end value holds, as in the inverse of Spacingd;
    beyond the ends of a crop box there is background, as in the inverse of CropForegroundd.

    Attributes:
        first, stop: the image voxels that can get a label.
        below, share: for every image voxel, counted in voxels of the box.
    """

    def __init__(self, positions: Tensor, extent: slice, grid_size: int) -> None:
        size = extent.stop - extent.start
        positions = positions - extent.start
        reached = torch.ones(len(positions), dtype=torch.bool)
        if extent.start > 0:
            reached &= positions > -1
        if extent.stop < grid_size:
            reached &= positions < size
        indices = reached.nonzero().flatten()
        self.first = int(indices[0]) if len(indices) else 0
        self.stop = int(indices[-1]) + 1 if len(indices) else 0
        clamped = positions.clamp(0, size - 1)
        self.below = clamped.floor().long().clamp(max=max(size - 2, 0))
        self.share = (clamped - self.below).float()


def lines_over(grid: Resampling, layout: WindowLayout) -> list[Line]:
    """Of the image along R, A, S, over the box of the windows."""
    return [
        Line(
            grid.network_positions(a, 0, grid.image_shape[a]), layout.box[a], grid.network_shape[a]
        )
        for a in range(3)
    ]


def _whole_slice(slab: Tensor, pair: tuple[int, int], share: float, lines: list[Line]) -> Tensor:
    """The interpolated logits of one image slice, (classes, x, y)."""
    values = torch.lerp(slab[..., pair[0]], slab[..., pair[1]], share)
    for axis, line in enumerate(lines[:2], start=1):
        below = line.below[line.first : line.stop].to(slab.device)
        above = (below + 1).clamp(max=values.shape[axis] - 1)
        shares = line.share[line.first : line.stop].to(slab.device)
        shares = shares.reshape([-1 if a == axis else 1 for a in range(3)])
        values = torch.lerp(
            values.index_select(axis, below), values.index_select(axis, above), shares
        )
    return values


def _interpolate_slice(
    slab: Tensor, best: Tensor, pair: tuple[int, int], share: float, lines: list[Line]
) -> Tensor:
    """Labels of one image slice: arg-max of the interpolated logits, exactly.

    Where the voxels round a point all have the same largest class, so has every point between
    them: the logits are interpolated only where they differ.
    """
    low, high = pair
    device = slab.device
    x, y = lines[0], lines[1]
    below_x = x.below[x.first : x.stop].to(device)
    below_y = y.below[y.first : y.stop].to(device)
    lower, upper = best[..., low], best[..., high]
    above_x = (below_x + 1).clamp(max=lower.shape[0] - 1)
    above_y = (below_y + 1).clamp(max=lower.shape[1] - 1)
    same = lower == upper
    labels = lower[below_x][:, below_y]
    mixed = torch.zeros(labels.shape, dtype=torch.bool, device=device)
    for rows in (below_x, above_x):
        for columns in (below_y, above_y):
            mixed |= ~same[rows][:, columns]
            mixed |= lower[rows][:, columns] != labels
    points_x, points_y = mixed.nonzero(as_tuple=True)
    if not len(points_x):
        return labels
    plane = torch.lerp(slab[..., low], slab[..., high], share)
    share_x = x.share[x.first : x.stop].to(device)[points_x]
    share_y = y.share[y.first : y.stop].to(device)[points_y]
    x0, x1 = below_x[points_x], above_x[points_x]
    y0, y1 = below_y[points_y], above_y[points_y]
    front = torch.lerp(plane[:, x0, y0], plane[:, x1, y0], share_x)
    back = torch.lerp(plane[:, x0, y1], plane[:, x1, y1], share_x)
    labels[points_x, points_y] = torch.lerp(front, back, share_y).argmax(0).to(torch.uint8)
    return labels
