"""Small pre-training models and batches; processes that are spawned import this and no test."""

from __future__ import annotations

import multiprocessing

from VoCoLib.processes.own_process import declare_own

if multiprocessing.current_process().name != "MainProcess":
    declare_own()  # before MONAI is imported

import torch
import torch.distributed as dist
import torch.nn.functional as F
from pretraining_runs import SmallEncoder
from torch import Tensor
from torch.nn.parallel import DistributedDataParallel

from VoCoLib.method.objective import Losses
from VoCoLib.method.student_teacher import VoCoV1, VoCoV2

VERSIONS = {"v1": VoCoV1, "v2": VoCoV2}
# The smallest whose 32nd part, rounded up at each halving, has more than one voxel.
EDGE = 34
Batch = tuple[Tensor, ...]
Result = tuple[Losses, dict[str, Tensor]]


def make_model(version: str, small: bool = False) -> VoCoV1 | VoCoV2:
    """The smallest; of version 2 on request with an encoder that takes milliseconds."""
    torch.manual_seed(0)
    model = VERSIONS[version]("tiny", "current", width=32)
    if small:
        model.backbone = SmallEncoder("tiny", "current")
    return model


def make_batch(version: str) -> Batch:
    """Two volumes with a query and two bases each, in float64.

    In float32 the BatchNorm of two volumes magnifies rounding until it hides small errors.
    """
    coarse = torch.rand(6, 1, 4, 2, 2, generator=torch.Generator().manual_seed(1)).double()
    crops = F.interpolate(coarse, (EDGE,) * 3, mode="trilinear").view(2, 3, 1, *(EDGE,) * 3)
    labels = torch.tensor([[[0.75, 0.25]], [[0.0, 1.0]]]).double()
    dropout = torch.full((2, 3), 1.25).double()
    dropout[1, 0] = 0
    return (crops, labels, dropout) if version == "v2" else (crops, labels)


def step(model: torch.nn.Module, *batch: Tensor) -> Result:
    """Losses and gradients of a batch."""
    losses: Losses = model(*batch)
    losses["total"].backward()
    gradients = {n: p.grad for n, p in model.named_parameters() if p.grad is not None}
    return {name: loss.detach() for name, loss in losses.items()}, gradients


def one_process(rank: int, folder: str, small: bool) -> None:
    """One volume of the batch, as a process of two."""
    torch.set_num_threads(1)
    store = dist.FileStore(f"{folder}/store", 2)
    dist.init_process_group("gloo", store=store, rank=rank, world_size=2)
    model = DistributedDataParallel(make_model("v2", small).double())
    losses, gradients = step(model, *(part[rank : rank + 1] for part in make_batch("v2")))
    gradients = {name.removeprefix("module."): g for name, g in gradients.items()}
    torch.save((losses, gradients), f"{folder}/{rank}.pt")
    dist.destroy_process_group()
