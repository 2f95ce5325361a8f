"""Label maps on the network's grid: right, and no slower for more classes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from VoCoLib.images.geometry import resample_to_network, resampling
from VoCoLib.images.preprocessing import prepare_labels
from VoCoLib.recipe import Preprocessing


class Work(TorchDispatchMode):
    """Counts the elements of all tensors that PyTorch computes."""

    elements = 0

    def __torch_dispatch__(self, function, types, arguments=(), keywords=None):
        """Calls the operation."""
        result = function(*arguments, **(keywords or {}))
        made = result if isinstance(result, tuple | list) else [result]
        self.elements += sum(one.numel() for one in made if isinstance(one, torch.Tensor))
        return result


def blocks(values: list[int]) -> np.ndarray:
    """A block of each value; none touches another."""
    labels = np.zeros((8 * len(values), 12, 10), np.uint8)
    for number, value in enumerate(values):
        labels[8 * number + 1 : 8 * number + 6, 3:9, 2:7] = value
    return labels


def test_the_work_depends_neither_on_the_highest_value_nor_on_the_number_of_values() -> None:
    recipe = Preprocessing((1.3, 1.6, 0.7), (0.0, 1.0))
    found = []
    for values in ([1] * 12, [1, 2] * 6, [250] * 12, list(range(1, 13))):
        with Work() as work:
            result = prepare_labels(blocks(values), np.eye(4), recipe)
        assert set(result.unique().tolist()) == {0, *values}
        found.append(work.elements)
    assert len(set(found)) == 1


@pytest.mark.parametrize("spacing", [(1.3, 1.6, 0.7), (2.0, 2.0, 2.0), (1.0, 3.1, 1.0), (4, 4, 4)])
@pytest.mark.parametrize("shape", [(9, 11, 13), (7, 1, 5), (2, 2, 2)])
def test_each_voxel_has_the_class_with_the_largest_share(
    spacing: tuple[float, float, float], shape: tuple[int, int, int]
) -> None:
    labels = np.random.default_rng(0).integers(0, 5, shape).astype(np.uint8)
    grid = resampling(shape, np.eye(4), spacing)
    truth = torch.from_numpy(labels)
    shares = [resample_to_network((truth == value).double(), grid) for value in range(5)]
    largest = torch.stack(shares).sub(torch.arange(5).view(-1, 1, 1, 1) * 1e-8)  # ties: the lowest
    found = prepare_labels(labels, np.eye(4), Preprocessing(spacing, (0.0, 1.0)))
    assert found.dtype == torch.uint8
    assert torch.equal(found.long(), largest.argmax(0))
