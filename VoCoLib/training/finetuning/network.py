"""The network of a fine-tuning: the one that learns and its average, from patches to the loss."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from VoCoLib.networks.monai_parts import SwinTransformerBlock
from VoCoLib.networks.swin_unetr import build_network
from VoCoLib.recipe import Recipe
from VoCoLib.training.finetuning.losses import MarginalDiceCELoss


class FineTuning(nn.Module):
    """A segmentation network and the exponential moving average of its weights, the result.

    Args:
        recipe: of the model to be.
        average: decay of the average, 0 <= average < 1.
        recompute: keep no activations of the transformer but compute them again.

    Attributes:
        student: learns.
        teacher: the average; in eval mode.
    """

    updates: Tensor
    _patches = 0  # of the last batch

    def __init__(self, recipe: Recipe, average: float, recompute: bool = False) -> None:
        super().__init__()
        self.student = build_network(recipe.preset, recipe.out_channels, recipe.merging)
        self.chunk: int | None = None  # patches at a time; None: all
        self._recompute(recompute)
        self.teacher = copy.deepcopy(self.student).requires_grad_(False).eval()
        self.average = average
        self.loss = MarginalDiceCELoss()
        self.register_buffer("updates", torch.zeros((), dtype=torch.int64))

    def forward(
        self, images: Tensor, labels: Tensor, contoured: Tensor, weights: Tensor
    ) -> dict[str, Tensor]:
        """The mean loss of patches; each counts the same, whatever it shows.

        Args:
            images: (B, 1, X, Y, Z) in 0..1.
            labels: (B, X, Y, Z) int64 classes.
            contoured: (B, classes) bool, see MarginalDiceCELoss.
            weights: (B, classes) of the cross-entropy.

        Returns:
            {"total": scalar}.
        """
        logits = self._logits(images)
        losses = [
            self.loss(*(part[None] for part in parts), weight)
            for *parts, weight in zip(logits, labels, contoured, weights, strict=True)
        ]
        return {"total": torch.stack(losses).mean()}

    @property
    def memory(self) -> dict[str, Any]:
        """What decides how much memory a step takes: patches at a time, and whether again."""
        return {"chunk": self.chunk, "recompute": self.recompute}

    @memory.setter
    def memory(self, memory: dict[str, Any]) -> None:
        self.chunk = memory["chunk"]
        self._recompute(memory["recompute"])

    def use_less_memory(self) -> str:
        """Computes activations again, then in fewer patches at a time, with the same result.

        Returns:
            what it does now, in words; empty if there is no less.
        """
        if not self.recompute:
            self._recompute(True)
            return "activations of the transformer computed again"
        before = self.chunk or self._patches
        if self.chunk == 1:
            return ""
        self.chunk = max(1, before // 2)
        return f"{self.chunk} patches at a time, all activations computed again"

    def _recompute(self, recompute: bool) -> None:
        self.recompute = recompute
        for module in self.student.modules():
            if isinstance(module, SwinTransformerBlock):
                module.use_checkpoint = recompute

    def _logits(self, images: Tensor) -> Tensor:
        """Of the student; in chunks, only their logits are kept."""
        self._patches = len(images)
        if self.chunk is None:
            return self.student(images)  # type: ignore[no-any-return]
        parts = images.split(self.chunk)
        return torch.cat([checkpoint(self.student, p, use_reentrant=False) for p in parts])

    @torch.no_grad()
    def update_teacher(self) -> None:
        """Moves the average; while young it moves faster, not to remember the random start."""
        done = int(self.updates)
        decay = min(self.average, (1 + done) / (10 + done))
        pairs = zip(self.teacher.parameters(), self.student.parameters(), strict=True)
        for mean, new in pairs:
            mean.lerp_(new, 1 - decay)
        self.updates += 1

    def start_from_student(self) -> None:
        """Makes the average equal to the network, after that got its first weights."""
        self.teacher.load_state_dict(self.student.state_dict())
