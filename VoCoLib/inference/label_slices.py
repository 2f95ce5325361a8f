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
    box, padding = layout.box, layout.padding
    shape = [b.stop - b.start for b in box]
    lines = [
        _Line(grid.network_positions(a, 0, grid.image_shape[a]), box[a], grid.network_shape[a])
        for a in range(3)
    ]
    area = (slice(lines[0].first, lines[0].stop), slice(lines[1].first, lines[1].stop))
    next_slice = lines[2].first
    for first, slab in slabs:
        start = first - padding[2]
        slab = slab[:, padding[0] : padding[0] + shape[0], padding[1] : padding[1] + shape[1]]
        end = start + slab.shape[3]
        best = torch.stack([z.argmax(0).to(torch.uint8) for z in slab.unbind(3)], dim=2)
        while next_slice < lines[2].stop:
            below, share = int(lines[2].below[next_slice]), float(lines[2].share[next_slice])
            if below + (share > 0) >= end:
                break
            pair = (below - start, min(below + 1, end - 1) - start)
            if seen is not None:
                seen((*area, next_slice), _whole_slice(slab, pair, share, lines))
            values = _interpolate_slice(slab, best, pair, share, lines).cpu().numpy()
            yield (*area, next_slice), np.where(kept[values], values, np.uint8(0))
            next_slice += 1


class _Line:
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


def _whole_slice(slab: Tensor, pair: tuple[int, int], share: float, lines: list[_Line]) -> Tensor:
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
    slab: Tensor, best: Tensor, pair: tuple[int, int], share: float, lines: list[_Line]
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
