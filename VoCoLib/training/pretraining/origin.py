"""Puts the weights that a pre-training starts from into its networks, and counts them."""

from __future__ import annotations

from collections.abc import Iterable

from torch import Tensor

from VoCoLib.method.student_teacher import VoCoV1, VoCoV2
from VoCoLib.networks.checkpoints import Checkpoint
from VoCoLib.networks.loading import initialise, load_projection_head
from VoCoLib.training.start import Count, Origin, Start, name_of


def take_weights(model: VoCoV1 | VoCoV2, start: Start, has_heads: bool) -> Origin | None:
    """Copies the weights of a start into new networks; what it lacks stays random.

    Of version 1 student and teacher both begin as the teacher of the checkpoint, which is the
    network that read_checkpoint takes. A teacher whose head is new begins as the student is.

    Args:
        model: on the CPU, changed in place.
        start: with or without weights.
        has_heads: whether to take its heads.

    Returns:
        what was taken; None if it has no weights.

    Raises:
        WeightsError: they do not fit; with both shapes.
    """
    checkpoint = start.checkpoint
    if checkpoint is None:
        return None
    encoder = model.student if isinstance(model, VoCoV1) else model.backbone
    initialise(encoder, checkpoint)
    owners = _take_heads(model, checkpoint) if has_heads else ()
    if isinstance(model, VoCoV1) or not owners:
        model.teacher.load_state_dict(model.student.state_dict())
    names = {name for name, _ in encoder.named_parameters()}
    used = [tensor for name, tensor in checkpoint.weights.items() if name in names]
    unused = [tensor for name, tensor in checkpoint.weights.items() if name not in names]
    for name, tensor in checkpoint.heads.items():
        (used if name.startswith(owners) else unused).append(tensor)
    left, dropped = _count(unused), Count(*checkpoint.unused)
    head = model.student.proj_head if isinstance(model, VoCoV1) else model.student
    return Origin(
        name=name_of(start.name),
        layout=checkpoint.layout,
        licence=start.licence,
        citation=start.citation,
        taken=_count(used),
        left_out=Count(left.tensors + dropped.tensors, left.parameters + dropped.parameters),
        random=Count() if owners else _count(head.parameters()),
        earlier=start.training.get("from", {}),
    )


def in_words(origin: Origin) -> str:
    """What became of the weights, in numbers."""
    parts = [f"{origin.name} ({origin.layout}): {origin.taken} are taken"]
    if origin.left_out.tensors:
        parts.append(f"{origin.left_out} are left out")
    if origin.random.tensors:
        parts.append(f"{origin.random} begin at random (the head; its teacher as the student is)")
    else:
        parts.append("nothing begins at random")
    return "; ".join(parts) + "."


def _take_heads(model: VoCoV1 | VoCoV2, checkpoint: Checkpoint) -> tuple[str, ...]:
    """Copies the heads; returns whose of the checkpoint were taken, as prefixes of their names."""
    heads = {owner: load_projection_head(checkpoint, owner) for owner in ("student", "teacher")}
    student, teacher = heads["student"] or heads["teacher"], heads["teacher"] or heads["student"]
    assert student is not None and teacher is not None  # a checkpoint with heads has one of them
    if isinstance(model, VoCoV1):
        model.student.proj_head.load_state_dict(teacher.state_dict())
        return ("teacher." if heads["teacher"] else "student.",)
    model.student.load_state_dict(student.state_dict())
    model.teacher.load_state_dict(teacher.state_dict())
    return tuple(f"{owner}." for owner, head in heads.items() if head is not None)


def _count(tensors: Iterable[Tensor]) -> Count:
    sizes = [tensor.numel() for tensor in tensors]
    return Count(len(sizes), sum(sizes))
