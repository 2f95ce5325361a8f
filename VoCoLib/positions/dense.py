"""How alike all places of two bodies are, computed once: afterwards a match is a look-up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from VoCoLib.errors import InputError
from VoCoLib.events import EventSink, Progress
from VoCoLib.images.geometry import Affine
from VoCoLib.images.lattice import Lattice
from VoCoLib.positions.map import make_position_lattice
from VoCoLib.positions.view import Cancelled, PositionView, ignore


@dataclass(frozen=True)
class DenseSimilarity:
    """Cosine similarities between places of two bodies.

    Attributes:
        similarities: float32 (i, j, k, I, J, K), 0 to 1, of the lattice of the one and that of the
            other; NaN outside a body.
        affine, reference_affine: 4x4 each, an index of the lattices to RAS mm.
    """

    similarities: NDArray[np.float32]
    affine: Affine
    reference_affine: Affine


def compare_bodies(
    view: PositionView,
    reference: PositionView,
    sink: EventSink = ignore,
    cancelled: Cancelled = lambda: False,
) -> DenseSimilarity:
    """Compares the crops at the points of the maps of two bodies with each other.

    What differs between the patients as wholes is taken away first: features are centred by the
    mean of their own body's base crops, or go through the projection head in one batch a body.

    Args:
        view: a CT; reference: the other CT, by the same model.
        sink: receives progress events.
        cancelled: asked before each forward.

    Raises:
        InputError: they are seen by different models, or no body was found.
        CancelledError: cancelled() was True; what was computed is kept.
    """
    if (view.model, view.placed.placement) != (reference.model, reference.placed.placement):
        raise InputError("The CT and the reference are seen by different models or grids.")
    lattices = [make_position_lattice(v.placed) for v in (view, reference)]
    sizes = [len(lattice.voxels) for lattice, _ in lattices]
    progress = Progress(sink, "Comparing bodies", sum(sizes))
    rows = []
    for number, (one, (lattice, _)) in enumerate(zip((view, reference), lattices, strict=True)):
        before = sum(sizes[:number])
        rows.append(_features(one, lattice, progress, before, cancelled))
    (shape, index), (other_shape, other_index) = (
        (lattice.shape, lattice.index) for lattice, _ in lattices
    )
    found = np.full((*shape, *other_shape), np.nan, np.float32)
    values = (rows[0] @ rows[1].T).clamp(min=0).numpy()
    ours = tuple(part[:, None] for part in index.T)
    theirs = tuple(part[None] for part in other_index.T)
    found[(*ours, *theirs)] = values
    return DenseSimilarity(found, lattices[0][1], lattices[1][1])


def _features(
    view: PositionView, lattice: Lattice, progress: Progress, before: int, cancelled: Cancelled
) -> Tensor:
    """(points, c) of unit length."""
    placed = view.placed
    layers = [placed.layer(voxel) for voxel in lattice.voxels]
    boxes = [
        placed.grids[layer].query_box(voxel)
        for layer, voxel in zip(layers, lattice.voxels, strict=True)
    ]
    features: list[Tensor] = []
    while len(features) < len(boxes):
        part = boxes[len(features) : len(features) + view.model.chunk]
        features += view.features(part, ignore, cancelled)
        progress.update(before + len(features))
    bases = torch.cat([view.bases(layer, ignore, cancelled) for layer in sorted(set(layers))])
    return view.model.describe(torch.stack(features), bases)
