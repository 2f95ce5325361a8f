"""How many crops a GPU takes at a time, from what one takes and the memory that is free."""

from __future__ import annotations

import torch

from VoCoLib.inference.devices import free_memory, release_memory
from VoCoLib.method.student_teacher import VoCoV1, VoCoV2
from VoCoLib.training.pretraining.job import PretrainingJob

_TRIED = (1, 3)  # crops; the difference is what one more takes
_SHARE = 0.85  # of the free memory that may be filled: sizes of freed blocks do not always fit
_STATES = 4  # times the weights: their gradients, and the three moments of AdamW with amsgrad


def fill_memory(job: PretrainingJob, model: VoCoV1 | VoCoV2) -> str:
    """Settles how many crops the backbone takes at a time, and whether they are computed again.

    All at once if their activations fit, which is the fastest; else as many as fit, whose
    activations are computed again in the backward pass. Both learn the same.

    Args:
        job: on a GPU.
        model: changed in place.

    Returns:
        what was settled, in words.
    """
    settings, grid = job.settings, job.preset.grid
    crops = settings.batch // job.processes.count * (settings.queries + grid.bases)
    one = bytes_of_a_crop(job, model)
    weights = sum(p.numel() * p.element_size() for p in model.parameters())
    free = _SHARE * free_memory(job.processes.device) - _STATES * weights
    chunk, recompute = settle(crops, one, free)
    model.chunk, model.recompute = chunk, recompute
    how = "which are computed again" if recompute else "all that a step has"
    return f"{chunk} crops at a time, {how}: {one / 1e6:.0f} MB each, {free / 1e9:.1f} GB free."


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


def bytes_of_a_crop(job: PretrainingJob, model: VoCoV1 | VoCoV2) -> float:
    """What the activations of one more crop take, measured in a forward and a backward."""
    encoder = model.backbone if isinstance(model, VoCoV2) else model.student
    device, edge = job.processes.device, job.preset.grid.input_edge
    peaks = []
    for count in _TRIED:
        release_memory()
        torch.cuda.reset_peak_memory_stats(device)
        with job.autocast():
            features = encoder(torch.zeros((count, 1, edge, edge, edge), device=device))
        features.float().sum().backward()
        encoder.zero_grad(set_to_none=True)
        peaks.append(torch.cuda.max_memory_allocated(device))
    return (peaks[1] - peaks[0]) / (_TRIED[1] - _TRIED[0])
