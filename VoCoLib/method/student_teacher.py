"""The networks of VoCo pre-training: student and teacher, v1 and v2, from crops to losses.

Keys are those of the published code, so checkpoints.py reads both: v2 "backbone.*", "student.*"
and "teacher.*" (heads); v1 "student.*" and "teacher.*" (whole networks with "proj_head.*").
Docs/pretraining.md lists where this deviates from the published code, and why.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.utils.checkpoint import (
    CheckpointPolicy,
    checkpoint,
    create_selective_checkpoint_contexts,
    noop_context_fn,
)

from VoCoLib.method.objective import Losses, v1_losses, v2_losses
from VoCoLib.networks.projection_head import ProjectionHead
from VoCoLib.networks.swin_unetr import VoCoEncoder
from VoCoLib.recipe import FEATURE_SIZES, Merging

_DROPPED = 0.2  # share of crops
_TEACHER_DECAY = 0.9


def _width(published: int, preset: str) -> int:
    """Width of the heads of a preset; published for B, L and H."""
    return published * min(FEATURE_SIZES[preset], FEATURE_SIZES["B"]) // FEATURE_SIZES["B"]


class _Pretraining(nn.Module):
    """What v1 and v2 share: a teacher that follows the student, and backbones run in chunks."""

    _encoder: str  # where the names of its parameters, and in v1 those of its head, begin

    def __init__(self, student: nn.Module, chunk: int | None, recompute: bool) -> None:
        super().__init__()
        self.student = student
        self.teacher = copy.deepcopy(student).requires_grad_(False)
        self.chunk = chunk
        self.recompute = recompute
        self._crops = 0  # of the last batch

    def learn_encoder(self, learn: bool) -> None:
        """Has the encoder learn, too, or the projection heads alone."""
        for name, parameter in self.named_parameters():
            if name.startswith(self._encoder) and ".proj_head." not in name:
                parameter.requires_grad_(learn)

    @torch.no_grad()
    def update_teacher(self) -> None:
        """Moves the teacher a tenth of the way to the student; once after each optimiser step."""
        for mean, new in zip(self.teacher.parameters(), self.student.parameters(), strict=True):
            mean.lerp_(new, 1 - _TEACHER_DECAY)

    @property
    def memory(self) -> dict[str, Any]:
        """What decides how much memory a step takes: crops at a time, and whether again."""
        return {"chunk": self.chunk, "recompute": self.recompute}

    @memory.setter
    def memory(self, memory: dict[str, Any]) -> None:
        self.chunk, self.recompute = memory["chunk"], memory["recompute"]

    def use_less_memory(self) -> str:
        """Takes half as many crops at a time, and keeps no activations, with the same result.

        Returns:
            what it does now, in words; empty if there is no less.
        """
        before = min(self.chunk or self._crops, self._crops)
        if before <= 1 and self.recompute:
            return ""
        self.chunk, self.recompute = max(1, before // 2), True
        return f"{self.chunk} crops at a time, whose activations are computed again"

    def _embed(self, encoder: nn.Module, crops: Tensor) -> Tensor:
        """Embeddings (B, N, 24 * feature_size) of crops (B, N, channels, X, Y, Z), of their type.

        The encoder treats each crop alone: neither chunks nor processes change the result.
        """
        rows = crops.flatten(0, 1)
        self._crops = len(rows)
        parts = rows.split(self.chunk or len(rows))
        if self.recompute:
            run = [_embed_again(encoder, part) for part in parts]
        else:
            run = [encoder(part) for part in parts]
        return gather_volumes(torch.cat(run).to(crops.dtype).unflatten(0, crops.shape[:2]))


def _embed_again(encoder: nn.Module, crops: Tensor) -> Tensor:
    """encoder(crops), most of whose activations are computed again in the backward pass.

    A processor keeps the outputs of convolutions. On a GPU that would take longer than computing
    them: each operation would go through Python.

    What is computed again must be the same operations. The cache of autocast would leave out the
    casts of weights that an earlier chunk made, so each chunk makes its own.
    """
    kind = crops.device.type
    contexts = _keep_convolutions if kind == "cpu" else noop_context_fn
    dtype, enabled = torch.get_autocast_dtype(kind), torch.is_autocast_enabled(kind)
    with torch.autocast(kind, dtype, enabled, cache_enabled=False):
        output: Tensor = checkpoint(
            encoder,
            crops,
            use_reentrant=False,
            preserve_rng_state=False,  # nothing in the encoder is random
            context_fn=contexts,
        )
    return output


def _keep_convolutions() -> Any:
    return create_selective_checkpoint_contexts(_kept)


def _kept(_: Any, operation: Any, *operands: Any, **__: Any) -> CheckpointPolicy:
    """Keeps the outputs of convolutions: most of the work, and a tenth of the memory.

    That of the image itself is cheap and its output as large as any.
    """
    if operation == torch.ops.aten.convolution.default and operands[1].shape[1] > 1:
        return CheckpointPolicy.MUST_SAVE
    return CheckpointPolicy.PREFER_RECOMPUTE


class VoCoV2(_Pretraining):
    """TPAMI version: one backbone, student and teacher heads.

    Args:
        preset: "tiny", "B", "L" or "H".
        merging: PatchMerging, see build_network.
        width: of the heads; None: as published, or a quarter of it for "tiny", whose embeddings
            are a quarter as wide.
        chunk: crops that the backbone takes at a time; None: all.
        recompute: keep no activations of the backbone but compute them again, chunk by chunk, in
            the backward pass.
    """

    _encoder = "backbone."

    def __init__(
        self,
        preset: str,
        merging: Merging,
        width: int | None = None,
        chunk: int | None = None,
        recompute: bool = False,
    ) -> None:
        head = ProjectionHead(24 * FEATURE_SIZES[preset], width or _width(1024, preset))
        super().__init__(head, chunk, recompute)
        self.backbone = VoCoEncoder(preset, merging)

    def forward(self, crops: Tensor, labels: Tensor, dropout: Tensor | None = None) -> Losses:
        """Losses of a batch, which may be spread over processes (torch.distributed).

        Args:
            crops: (B, Q + K, channels, X, Y, Z) of this process, queries first.
            labels: (B, Q, K) shares of overlap.
            dropout: (B, Q + K) factors of draw_dropout; None: no dropout.

        Returns:
            see v2_losses; the same over all processes.
        """
        embeddings = self._embed(self.backbone, crops)
        if dropout is not None:
            dropout = gather_volumes(dropout)
        return self.losses(embeddings, gather_volumes(labels), dropout)

    def losses(self, embeddings: Tensor, labels: Tensor, dropout: Tensor | None) -> Losses:
        """The part of forward after the backbone, over the batch of all processes.

        Args:
            embeddings: (B, Q + K, 24 * feature_size), queries first.
            labels, dropout: as in forward.
        """
        dropped = embeddings if dropout is None else embeddings * dropout[..., None]
        with torch.autocast(embeddings.device.type, enabled=False):
            with torch.no_grad():
                teacher = self.teacher(embeddings)
            return v2_losses(self.student(dropped), teacher, labels)


class _ProjectedEncoder(VoCoEncoder):
    """A backbone that carries its projection head, under the published name."""

    def __init__(self, preset: str, merging: Merging, width: int) -> None:
        super().__init__(preset, merging)
        self.proj_head = ProjectionHead(24 * FEATURE_SIZES[preset], width)


class VoCoV1(_Pretraining):
    """CVPR version: student and teacher are whole networks, each a backbone with a head.

    Args: as for VoCoV2.
    """

    _encoder = "student."
    student: _ProjectedEncoder
    teacher: _ProjectedEncoder

    def __init__(
        self,
        preset: str,
        merging: Merging,
        width: int | None = None,
        chunk: int | None = None,
        recompute: bool = False,
    ) -> None:
        width = width or _width(2048, preset)
        super().__init__(_ProjectedEncoder(preset, merging, width), chunk, recompute)

    def forward(self, crops: Tensor, labels: Tensor) -> Losses:
        """Losses of a batch, which may be spread over processes (torch.distributed).

        Args:
            crops: (B, Q + K, channels, X, Y, Z) of this process, queries first.
            labels: (B, Q, K) shares of overlap.

        Returns:
            see v1_losses; the same over all processes.
        """
        student = self._embed(self.student, crops)
        with torch.no_grad():
            teacher = self._embed(self.teacher, crops)
        return self.losses(student, teacher, gather_volumes(labels))

    def losses(self, student: Tensor, teacher: Tensor, labels: Tensor) -> Losses:
        """The part of forward after the backbones, over the batch of all processes.

        Args:
            student, teacher: (B, Q + K, 24 * feature_size) embeddings, queries first.
            labels: as in forward.
        """
        with torch.autocast(student.device.type, enabled=False):
            with torch.no_grad():
                teacher = self.teacher.proj_head(teacher)
            return v1_losses(self.student.proj_head(student), teacher, labels)


def draw_dropout(crops: int, rng: np.random.Generator) -> Tensor:
    """(crops,) factors of the student's embeddings: 0 for one in five crops, 1.25 for the rest.

    The published code applies Dropout1d to a (crops, features) matrix, which drops whole crops.
    """
    kept = rng.random(crops) >= _DROPPED
    return torch.from_numpy(kept / (1 - _DROPPED)).float()


def gather_volumes(rows: Tensor) -> Tensor:
    """Rows (B, ...) of all processes in the order of their ranks, with gradient; rows if alone.

    Every process must have the same number of volumes. Each then computes the losses of the whole
    batch, so that heads, BatchNorm and partners do not depend on the number of processes.
    """
    if not (dist.is_available() and dist.is_initialized()):
        return rows
    return _Gather.apply(rows)  # type: ignore[no-any-return, no-untyped-call]


class _Gather(torch.autograd.Function):
    """all_gather whose gradient needs no communication, as all processes have the same loss."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor) -> Tensor:
        parts = [torch.empty_like(rows) for _ in range(dist.get_world_size())]
        dist.all_gather(parts, rows.contiguous())
        return torch.cat(parts)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        # times the processes: DistributedDataParallel averages, but each has a share only
        processes = dist.get_world_size()
        return grads[0].chunk(processes)[dist.get_rank()] * processes
