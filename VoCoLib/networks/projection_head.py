"""The projection head that VoCo puts on its encoder."""

from __future__ import annotations

from torch import Tensor, nn


class ProjectionHead(nn.Module):
    """Three linear layers from embeddings to the vectors that are compared.

    BatchNorm has neither running statistics nor weights: a crop's projection depends on the whole
    batch, in training and in eval, so queries and their bases must be projected together.
    """

    def __init__(self, features: int, width: int) -> None:
        super().__init__()
        self.layer1 = nn.Sequential(nn.Linear(features, width), _batch_norm(width), nn.ReLU())
        self.layer2 = nn.Sequential(nn.Linear(width, width), _batch_norm(width), nn.ReLU())
        self.layer3 = nn.Sequential(nn.Linear(width, width))

    def forward(self, embeddings: Tensor) -> Tensor:
        """Projects embeddings (..., features) as one batch to (..., width)."""
        rows = embeddings.flatten(0, -2)
        projected: Tensor = self.layer3(self.layer2(self.layer1(rows)))
        return projected.view(*embeddings.shape[:-1], -1)


def _batch_norm(width: int) -> nn.BatchNorm1d:
    return nn.BatchNorm1d(width, affine=False, track_running_stats=False)
