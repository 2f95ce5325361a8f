"""Labels of image slices from logits: a GPU's way and a processor's give the same."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from VoCoLib.images.geometry import resampling
from VoCoLib.inference.label_slices import label_slices, labels_at_once, lines_over
from VoCoLib.inference.sliding_window import window_layout
from VoCoLib.recipe import Preprocessing


def test_a_gpu_computes_the_labels_that_a_processor_finds() -> None:
    torch.manual_seed(0)
    grid = resampling((37, 29, 43), np.diag([1.1, 0.9, 1.7, 1.0]), (1.5, 1.5, 1.5))
    x, y, z = grid.network_shape
    box = (slice(2, x), slice(0, y - 3), slice(1, z - 1))  # a body smaller than the image
    layout = window_layout(box, Preprocessing((1.5, 1.5, 1.5), (-175.0, 250.0), patch=(64, 64, 64)))
    coarse = torch.randn(1, 5, *(n // 6 for n in layout.padded_shape))
    slab = F.interpolate(coarse, layout.padded_shape, mode="trilinear")[0]
    found = list(label_slices(iter([(0, slab)]), grid, layout, np.ones(256, bool)))
    assert len({int(v) for _, labels in found for v in np.unique(labels)}) == 5

    lines, inside = lines_over(grid, layout), [box[a].stop - box[a].start for a in range(3)]
    for axis in range(3):
        slab = slab.narrow(axis + 1, layout.padding[axis], inside[axis])
    between = []
    for (*_, place), _labels in found:
        below = int(lines[2].below[place])
        between.append(((below, min(below + 1, inside[2] - 1)), float(lines[2].share[place])))
    at_once = labels_at_once(slab, between, lines).numpy()
    assert np.array_equal(at_once, np.stack([labels for _, labels in found]))
