"""Pre-training goes on from weights of every kind: what is taken, said, kept and refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from pretraining_runs import history, make_settings
from torch import Tensor
from training_files import write_cases

from VoCoLib.errors import CancelledError, InputError, ModelError, WeightsError
from VoCoLib.events import Event
from VoCoLib.method.student_teacher import VoCoV1, VoCoV2
from VoCoLib.models.catalogue import Catalogue
from VoCoLib.models.loading import verify_weights
from VoCoLib.networks.bundle import write_bundle
from VoCoLib.networks.checkpoints import read_checkpoint
from VoCoLib.networks.swin_unetr import VoCoEncoder, build_network
from VoCoLib.recipe import Preprocessing, Recipe
from VoCoLib.runs.folder import RunFolder
from VoCoLib.training.pretraining.plan import choose_plan, read_plan
from VoCoLib.training.pretraining.run import pretrain
from VoCoLib.training.pretraining.settings import settings_from
from VoCoLib.training.start import find_start

State = dict[str, Tensor]

SMALL = {"method": None, "preset": None, "held_back": 0, "steps": 2}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two volumes in data."""
    path = tmp_path_factory.mktemp("Läufe von Zoë")
    write_cases(path / "data", 2)
    return path


def run(folder: Path, name: str, hook: Callable[[Event], None] = lambda _: None, **changes: Any):
    """A run in this process; returns its folder and what it said."""
    events: list[Event] = []
    run_folder = RunFolder(folder / name)

    def sink(item: Event) -> None:
        events.append(item)
        hook(item)

    pretrain(make_settings(folder, **{**SMALL, **changes}), run_folder, sink)
    return run_folder, " ".join(str(item.get("message", "")) for item in events)


def encoder(seed: int = 0, preset: str = "tiny") -> State:
    """A random encoder in the published names (145 keys)."""
    torch.manual_seed(seed)
    return dict(VoCoEncoder(preset, "legacy").state_dict())


def v2_checkpoint(preset: str = "tiny") -> dict[str, Any]:
    """As the original's training saves it under DDP: backbone, student and teacher heads."""
    torch.manual_seed(1)
    model = VoCoV2(preset, "legacy")
    for parameter in model.teacher.parameters():
        parameter.data.mul_(1.5)  # no copy of the student
    state = {f"module.{name}": tensor for name, tensor in model.state_dict().items()}
    return {"global_step": 7, "state_dict": state}


def v1_checkpoint() -> dict[str, Any]:
    torch.manual_seed(2)
    model = VoCoV1("tiny", "legacy")
    for parameter in model.teacher.parameters():
        parameter.data.mul_(1.5)
    return {"global_step": 7, "state_dict": dict(model.state_dict())}


def segmenter() -> State:
    """A VoComni model: SwinUNETR with 21 classes."""
    torch.manual_seed(3)
    return dict(build_network("tiny", 21, "legacy").state_dict())


def backbone_of(content: dict[str, Any]) -> State:
    """The encoder's parameters in a state dict of any of these layouts."""
    state = content.get("state_dict", content)
    plain = {name.removeprefix("module.").removeprefix("backbone."): t for name, t in state.items()}
    taken = {n.removeprefix("teacher."): t for n, t in plain.items() if n.startswith("teacher.")}
    names = encoder().keys()
    return {n: t for n, t in {**plain, **taken}.items() if n in names}


HEAD = 6 * 1  # tensors of a head
KINDS: dict[str, tuple[Callable[[], Any], str, int, int, int]] = {
    # content, method, tensors taken, left out, random
    "published encoder": (encoder, "v2", 137, 0, HEAD),
    "VoComni": (segmenter, "v2", 137, 22, HEAD),
    "v2 with heads": (v2_checkpoint, "v2", 137 + 2 * HEAD, 0, 0),
    "v1 with heads": (v1_checkpoint, "v1", 137 + HEAD, 137 + HEAD, 0),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_goes_on_with_its_numbers_said(folder: Path, kind: str) -> None:
    make, method, taken, left_out, random = KINDS[kind]
    content, path = make(), folder / f"{kind}.pt"
    torch.save(content, path)
    before: list[State] = []

    def look(item: Event) -> None:
        if item.get("message", "").startswith("Training on"):
            before.append(torch.load(run_folder.checkpoints.path, weights_only=True))

    changes = {"start": str(path), "merging": "legacy"}
    run_folder, said = run(folder, kind, **changes)
    plan = read_plan(run_folder.path)
    assert plan is not None and plan.origin is not None
    origin = plan.origin
    assert (plan.preset, plan.method, plan.merging) == ("tiny", method, "legacy")
    counts = (origin.taken.tensors, origin.left_out.tensors, origin.random.tensors)
    assert counts == (taken, left_out, random)
    assert f"{taken} tensors with {origin.taken.parameters:,} parameters are taken" in said
    assert (f"{random} tensors" in said) == bool(random)
    assert history(run_folder.path).series("loss")[0] == [1, 2]
    model = read_checkpoint(run_folder.path / "model.safetensors")
    assert model.recipe is not None and model.recipe.merging == "legacy"
    assert model.training["from"]["taken"]["tensors"] == taken
    assert model.training["method"] == method
