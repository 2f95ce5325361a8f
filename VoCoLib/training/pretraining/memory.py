"""How many crops a GPU takes at a time, from what one takes and the memory that is free."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from VoCoLib.inference.devices import free_memory, is_out_of_memory, release_memory
from VoCoLib.method.student_teacher import VoCoV1, VoCoV2
from VoCoLib.training.pretraining.job import PretrainingJob
from VoCoLib.training.state import TrainingState

_TRIED = (1, 3)  # crops; the difference is what one more takes
# Of the free memory: sizes of freed blocks do not always fit, and several processes cannot try
# again when it runs out.
SHARE, _SHARE_OF_SEVERAL = 0.85, 0.7
_MOMENTS = 3  # times the weights, of AdamW with amsgrad


def fill_memory(job: PretrainingJob, state: TrainingState[VoCoV1 | VoCoV2]) -> None:
    """Settles how many crops the backbone takes at a time, and whether they are computed again.

    All at once if their activations fit, which is the fastest; else as many as fit, whose
    activations are computed again in the backward pass. Both learn the same. A resumed run keeps
    what its notes say, so that sums are in the same order, unless less fits now.

    Args:
        job: on a GPU.
        state: its model and notes are changed.
    """
    settings, grid, model = job.settings, job.preset.grid, state.model
    crops = settings.batch // job.processes.count * (settings.queries + grid.bases)
    one = bytes_of_a_crop(model, grid.input_edge, job.processes.device, job.autocast)
    share = SHARE if job.processes.count == 1 else _SHARE_OF_SEVERAL
    weights = sum(p.numel() * p.element_size() for p in model.parameters())
    states = _times_the_weights(state.optimizer) * weights
    inputs = 4 * crops * grid.input_edge**3 * settings.accumulate
    free = share * free_memory(job.processes.device) - states - inputs
    chunk, recompute = settle(crops, one, free)
    before = known(state.notes.get("memory"))
    if before is not None and before["chunk"] <= chunk:
        chunk, recompute = before["chunk"], before["recompute"]
    model.memory = state.notes["memory"] = {"chunk": chunk, "recompute": recompute}
    how = "which are computed again" if recompute else "all that a step has"
    job.log(f"{chunk} crops at a time, {how}: {one / 1e6:.0f} MB each, {free / 1e9:.1f} GB free.")


def _times_the_weights(optimizer: Optimizer) -> float:
    """What gradients and moments will take, as a multiple of the weights."""
    own = getattr(optimizer, "optim", optimizer)  # where they are shared out
    # a resumed run has them already, unless only its heads have learned so far
    if len(own.state) == sum(len(group["params"]) for group in own.param_groups):
        return 0.0
    return 1 + _MOMENTS * _learned(own) / _learned(optimizer)


def _learned(optimizer: Optimizer) -> int:
    """Parameters of an optimiser."""
    return sum(p.numel() for group in optimizer.param_groups for p in group["params"])


def settle(crops: int, bytes_each: float, free: float) -> tuple[int, bool]:
    """Crops at a time, and whether their activations are computed again.

    Args:
        crops: of a step.
        bytes_each: of the activations of one.
        free: bytes.
    """
    fitting = int(max(1.0, free / max(1.0, bytes_each)))
    if fitting >= crops:
        return crops, False
    rounds = -(-crops // fitting)
    return -(-crops // rounds), True  # of about the same size


def known(note: Any) -> dict[str, Any] | None:
    """What the notes of a run say of its memory; None for nothing that could be used."""
    if not isinstance(note, dict) or not isinstance(note.get("recompute"), bool):
        return None
    return note if isinstance(note.get("chunk"), int) and note["chunk"] >= 1 else None


def bytes_of_a_crop(
    model: VoCoV1 | VoCoV2,
    edge: int,
    device: torch.device,
    autocast: Callable[[], AbstractContextManager[Any]],
) -> float:
    """What one more crop takes in a forward and a backward; infinite if not even that fits.

    Args:
        model: on the device.
        edge: of a crop in voxels.
        device: a GPU.
        autocast: makes the context of a forward.
    """
    peaks = []
    try:
        for count in _TRIED:
            release_memory()
            torch.cuda.reset_peak_memory_stats(device)
            with autocast():
                features = _features(model, torch.zeros((count, 1, *[edge] * 3), device=device))
            features.float().sum().backward()
            peaks.append(torch.cuda.max_memory_allocated(device))
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        return float("inf")
    finally:
        model.zero_grad(set_to_none=True)
        release_memory()
    return (peaks[1] - peaks[0]) / (_TRIED[1] - _TRIED[0])


def _features(model: VoCoV1 | VoCoV2, crops: Tensor) -> Tensor:
    """Of crops, with all that a step computes of them."""
    if isinstance(model, VoCoV2):
        return model.backbone(crops)  # type: ignore[no-any-return]
    features: Tensor = model.student(crops)
    with torch.no_grad():  # while what the student keeps is alive
        model.teacher(crops)
    return features
