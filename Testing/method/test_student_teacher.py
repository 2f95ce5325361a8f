"""Pre-training networks: chunks, dropout, teacher and processes change what they should, only."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.multiprocessing
from conftest import make_recipe
from pretraining_models import (
    EDGE,
    VERSIONS,
    Result,
    make_batch,
    make_model,
    one_process,
    step,
)
from torch.utils._python_dispatch import TorchDispatchMode

from VoCoLib.errors import WeightsError
from VoCoLib.method.student_teacher import VoCoV2, draw_dropout, gather_volumes
from VoCoLib.networks.checkpoints import read_checkpoint, save_checkpoint
from VoCoLib.networks.loading import load_encoder, load_projection_head
from VoCoLib.recipe import Recipe


def assert_same(found: Result, expected: Result) -> None:
    for name, loss in expected[0].items():
        torch.testing.assert_close(found[0][name], loss, rtol=1e-9, atol=1e-12)
    assert found[1].keys() == expected[1].keys()
    largest = max(gradient.norm() for gradient in expected[1].values())
    for name, gradient in expected[1].items():
        # the gradient of a bias before a normalisation is zero but for rounding
        tolerance = 1e-9 * gradient.norm() + 1e-12 * largest
        assert (found[1][name] - gradient).norm() <= tolerance, name


# --- how it is computed does not matter --------------------------------------------------------


@pytest.mark.parametrize("version", ["v2", pytest.param("v1", marks=pytest.mark.long)])
def test_chunks_and_recomputation(version: str) -> None:
    """Both embed in the same lines; steps of v1 in chunks run below, and in whole trainings."""
    model, batch = make_model(version).double(), [part[:1] for part in make_batch(version)]
    expected = step(copy.deepcopy(model), *batch)
    model.chunk, model.recompute = 2, True
    assert_same(step(model, *batch), expected)


def ways() -> Iterator[Any]:
    """All; in the suite half of those of the smallest network, with each combination of three."""
    for choice in product(range(2), repeat=5):
        preset, *rest = (values[i] for values, i in zip(WAYS.values(), choice, strict=True))
        is_long = preset == "B" or sum(choice) % 2
        yield pytest.param(preset, *rest, marks=[pytest.mark.long] if is_long else [])


WAYS: dict[str, tuple[Any, Any]] = {
    "preset": ("tiny", "B"),
    "version": ("v1", "v2"),
    "precision": ("float32", "bfloat16"),
    "recompute": (False, True),
    "chunk": (None, 2),
}


@pytest.mark.usefixtures("quick_bfloat16")
@pytest.mark.parametrize(tuple(WAYS), [*ways()])
def test_a_step_runs_however_it_is_computed(
    preset: str, version: str, precision: str, recompute: bool, chunk: int | None
) -> None:
    torch.manual_seed(0)
    model = VERSIONS[version](preset, "current", chunk=chunk, recompute=recompute)
    crops, labels = torch.rand(1, 4, 1, EDGE, EDGE, EDGE), torch.tensor([[[0.75, 0.25, 0.0]]])
    with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
        losses = model(crops, labels)
    losses["total"].backward()
    gradients = [p.grad for p in model.parameters() if p.requires_grad]
    assert all(gradient is not None and torch.isfinite(gradient).all() for gradient in gradients)
    assert losses["total"] > 0
    assert sum(gradient.norm() for gradient in gradients) > 0


class ConvolutionCounter(TorchDispatchMode):
    """Counts the convolutions that are computed, by the number of channels that they take."""

    def __init__(self) -> None:
        super().__init__()
        self.inputs: Counter[int] = Counter()

    def __torch_dispatch__(
        self, operation: Any, _: Any, operands: tuple = (), options: dict | None = None
    ) -> Any:
        if operation == torch.ops.aten.convolution.default:
            self.inputs[operands[1].shape[1]] += 1
        return operation(*operands, **(options or {}))


def test_no_convolution_of_features_is_computed_twice() -> None:
    model = make_model("v2")
    model.chunk, model.recompute = 3, True
    crops, *others = (part.float() for part in make_batch("v2"))
    with ConvolutionCounter() as forward:
        total = model(crops, *others)["total"]
    with ConvolutionCounter() as backward:
        total.backward()
    assert forward.inputs[1] and forward.inputs[12]
    assert backward.inputs == {1: forward.inputs[1]}  # those of the image: cheap, and large


@pytest.mark.parametrize("small", [True, pytest.param(False, marks=pytest.mark.long)])
def test_two_processes_equal_one(tmp_path: Path, small: bool) -> None:
    torch.multiprocessing.spawn(one_process, (str(tmp_path), small), nprocs=2)
    whole = step(make_model("v2", small).double(), *make_batch("v2"))
    for rank in range(2):
        assert_same(torch.load(tmp_path / f"{rank}.pt"), whole)


def test_a_lone_process_gathers_nothing() -> None:
    rows = torch.rand(2, 3)
    assert gather_volumes(rows) is rows


def test_autocast_leaves_heads_and_losses_alone() -> None:
    model, labels = make_model("v2"), make_batch("v2")[1].float()
    embeddings = torch.rand(2, 3, 288, generator=torch.Generator().manual_seed(4))
    expected = model.losses(embeddings, labels, None)
    with torch.autocast("cpu", torch.bfloat16):
        assert model.losses(embeddings, labels, None) == expected


# --- dropout -----------------------------------------------------------------------------------


def test_dropout_takes_whole_crops_of_the_student() -> None:
    model = make_model("v2")
    generator = torch.Generator().manual_seed(2)
    embeddings = torch.rand(1, 6, 288, generator=generator)
    labels = torch.tensor([[[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]]])
    dropout = torch.tensor([[0.0, 1.25, 1.25, 1.25, 1.25, 1.25]])
    embeddings.requires_grad_()
    model.losses(embeddings, labels, dropout)["total"].backward()
    assert (embeddings.grad[0, 0] == 0).all()
    assert (embeddings.grad[0, 1:].abs().sum(1) > 0).all()
    with_it = model.losses(embeddings, labels, dropout)["total"]
    assert with_it != model.losses(embeddings, labels, None)["total"]


def test_dropout_is_drawn_as_published() -> None:
    factors = draw_dropout(20_000, np.random.default_rng(0))
    assert set(factors.tolist()) == {0.0, 1.25}
    assert abs(float((factors == 0).float().mean()) - 0.2) < 0.01
    assert torch.equal(factors, draw_dropout(20_000, np.random.default_rng(0)))


# --- teacher -----------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_teacher_starts_as_the_student_and_follows(version: str) -> None:
    model = make_model(version)
    student, teacher = (dict(m.named_parameters()) for m in (model.student, model.teacher))
    assert student.keys() == teacher.keys()
    assert all(torch.equal(teacher[name], student[name]) for name in student)
    assert not any(parameter.requires_grad for parameter in teacher.values())
    with torch.no_grad():
        start = {name: parameter.clone() for name, parameter in student.items()}
        for parameter in student.values():
            parameter += 1
    model.update_teacher()
    for name, parameter in teacher.items():
        torch.testing.assert_close(parameter, start[name] + 0.1)


def test_only_the_student_learns() -> None:
    model = make_model("v2")
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    embeddings = torch.rand(2, 6, 288, generator=torch.Generator().manual_seed(3))
    labels = torch.eye(4)[None, :2].expand(2, 2, 4)
    totals = []
    for _ in range(10):
        total = model.losses(embeddings, labels, None)["total"]
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
        totals.append(total.item())
    assert totals[-1] < 0.5 * totals[0]
    for name, parameter in model.named_parameters():
        assert torch.equal(parameter, before[name]) != name.startswith("student."), name


# --- checkpoints -------------------------------------------------------------------------------


def pretraining_recipe() -> Recipe:
    return Recipe("pretraining", "tiny", "current", make_recipe().preprocessing)


@pytest.mark.parametrize("version", VERSIONS)
def test_saved_model_gives_encoder_and_head(version: str, tmp_path: Path) -> None:
    model, path = make_model(version), tmp_path / "model.safetensors"
    with torch.no_grad():
        for parameter in model.student.parameters():
            parameter += 1  # what is read back must be the teacher's
    save_checkpoint(path, model.state_dict(), pretraining_recipe(), {})
    checkpoint = read_checkpoint(path)
    head = load_projection_head(checkpoint)
    teacher = model.teacher if isinstance(model, VoCoV2) else model.teacher.proj_head
    embeddings = torch.rand(5, 288)
    with torch.inference_mode():
        torch.testing.assert_close(head(embeddings), teacher(embeddings), rtol=0, atol=0.01)
    encoder, match = load_encoder(path, pretraining_recipe())
    assert match.matched == match.expected == 137
    expected = model.backbone if isinstance(model, VoCoV2) else model.teacher
    weight = expected.encoder1.layer.conv1.conv.weight
    assert torch.equal(encoder.encoder1.layer.conv1.conv.weight, weight.half().float())


def test_checkpoints_without_a_usable_head(tmp_path: Path) -> None:
    model, path = make_model("v2"), tmp_path / "model.pt"
    state = model.state_dict()
    torch.save({n: t for n, t in state.items() if n.startswith("backbone.")}, path)
    assert load_projection_head(read_checkpoint(path)) is None
    for name, wrong in [
        ("teacher.layer2.0.bias", None),
        ("teacher.layer1.0.weight", torch.zeros(32, 24 * 48)),
        ("teacher.layer4.0.bias", torch.zeros(32)),
    ]:
        changed = state | {name: wrong}
        torch.save({n: t for n, t in changed.items() if t is not None}, path)
        with pytest.raises(WeightsError, match=name.removeprefix("teacher.")) as caught:
            load_projection_head(read_checkpoint(path))
        assert str(path) in caught.value.message
