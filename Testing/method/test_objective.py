"""Values and gradients of the objective equal the original's."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from places import FIXTURES
from torch import Tensor

from VoCoLib.method.objective import (
    base_regularisation,
    log_negatives,
    positive_term,
    similarity,
    squared_negatives,
    v1_losses,
    v2_losses,
)

VERSIONS = {
    "v1": (v1_losses, {"positive": "pos", "negative": "neg", "regularisation": "reg"}),
    "v2": (v2_losses, {"intra": "intra", "inter": "inter", "regularisation": "reg"}),
}
RECORDED = {version: np.load(FIXTURES / f"objective_{version}.npz") for version in VERSIONS}
FUNCTIONS = np.load(FIXTURES / "objective_functions.npz")
CASES = [
    (version, case) for version in VERSIONS for case in RECORDED[version]["case_names"].tolist()
]


def by_volume(rows: Tensor, labels: Tensor) -> Tensor:
    """The original's batch (all queries, then all bases) as (B, Q + K, C)."""
    volumes, queries, bases = labels.shape
    parts = rows.split([volumes * queries, volumes * bases])
    return torch.cat([part.view(volumes, -1, rows.shape[1]) for part in parts], dim=1)


def recorded(name: str) -> Tensor:
    """A (batch of one) tensor of objective_functions.npz."""
    return torch.from_numpy(FUNCTIONS[name])[None]


@pytest.mark.parametrize(("version", "case"), CASES)
@pytest.mark.parametrize("precision", [torch.float32, torch.float64])
def test_losses_and_gradient(version: str, case: str, precision: torch.dtype) -> None:
    data, (losses, names) = RECORDED[version], VERSIONS[version]
    labels = torch.from_numpy(data[f"{case}/labels"])
    student = torch.from_numpy(data[f"{case}/student"]).to(precision).requires_grad_()
    teacher = torch.from_numpy(data[f"{case}/teacher"]).to(precision)
    found = losses(by_volume(student, labels), by_volume(teacher, labels), labels)
    found["total"].backward()
    kind, tolerance = ("f64/", 2e-8) if precision == torch.float64 else ("", 1e-6)
    for name, original in {"total": "total", **names}.items():
        expected = float(data[f"{case}/{kind}{original}"])
        assert found[name].shape == ()
        assert abs(found[name].item() - expected) <= tolerance, name
    expected_gradient = torch.from_numpy(data[f"{case}/{kind}grad_student"]).to(precision)
    torch.testing.assert_close(student.grad, expected_gradient, rtol=0, atol=tolerance)


def test_logits() -> None:
    data = RECORDED["v1"]
    labels = torch.from_numpy(data["rand_b2_sw2/labels"])
    student, teacher = (
        by_volume(torch.from_numpy(data[f"rand_b2_sw2/{name}"]), labels)
        for name in ("student", "teacher")
    )
    for one, other, name in [
        (student, teacher, "logits1_student_query_teacher_bases"),
        (teacher, student, "logits2_teacher_query_student_bases"),
    ]:
        found = similarity(one[:, :2], other[:, 2:])
        expected = torch.from_numpy(data[f"rand_b2_sw2/{name}"])
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)


def test_similarity_alone() -> None:
    queries = recorded("assign/feats").requires_grad_()
    logits = similarity(queries, recorded("assign/bases"))
    torch.testing.assert_close(logits, recorded("assign/logits"), rtol=0, atol=1e-6)
    (logits * recorded("assign/weights_for_grad")).sum().backward()
    torch.testing.assert_close(queries.grad, recorded("assign/grad_feats"), rtol=0, atol=1e-6)


@pytest.mark.parametrize("rows", ["", "_row0", "_row1"])
def test_position_terms_alone(rows: str) -> None:
    pick = slice(None) if not rows else slice(int(rows[-1]), int(rows[-1]) + 1)
    labels, logits = recorded("ce/labels").float()[:, pick], recorded("ce/logits")[:, pick]
    positive = positive_term(logits, labels)
    expected = FUNCTIONS[f"ce/v1_pos{rows}"]
    assert positive.item() == pytest.approx(float(expected), abs=1e-5)
    expected = FUNCTIONS[f"ce/v1_neg{rows}"]
    assert squared_negatives(logits, labels).item() == pytest.approx(float(expected), abs=1e-6)
    expected = FUNCTIONS[f"ce/v2_loss{rows}"]
    total = positive + log_negatives(logits, labels)
    assert total.item() == pytest.approx(float(expected), abs=1e-5)


@pytest.mark.parametrize(
    ("negatives", "version"), [(squared_negatives, "v1"), (log_negatives, "v2")]
)
def test_gradients_of_the_position_terms(negatives: type, version: str) -> None:
    labels, logits = recorded("ce/labels"), recorded("ce/logits").requires_grad_()
    (positive_term(logits, labels) + negatives(logits, labels)).sum().backward()
    expected = recorded(f"ce/{version}_grad_logits")
    torch.testing.assert_close(logits.grad, expected, rtol=1e-5, atol=1e-6)


def test_regularisation_alone() -> None:
    bases = recorded("reg/bases").requires_grad_()
    loss = base_regularisation(bases)
    loss.sum().backward()
    assert loss.item() == pytest.approx(float(FUNCTIONS["reg/loss"]), abs=1e-6)
    torch.testing.assert_close(bases.grad, recorded("reg/grad_bases"), rtol=0, atol=1e-6)
    assert (bases.grad[0, -1] == 0).all()  # it is only ever the detached factor


@pytest.mark.parametrize("version", VERSIONS)
def test_terms_add_up(version: str) -> None:
    losses, names = VERSIONS[version]
    generator = torch.Generator().manual_seed(0)
    labels = torch.rand(2, 3, 9, generator=generator)
    student, teacher = torch.randn(2, 2, 12, 8, generator=generator)
    found = losses(student, teacher, labels)
    assert found.keys() == {"total", *names}
    torch.testing.assert_close(found["total"], sum(found[name] for name in names))


def test_the_order_of_volumes_matters_to_the_inter_term_alone() -> None:
    generator = torch.Generator().manual_seed(1)
    labels = torch.rand(3, 2, 9, generator=generator)
    student, teacher = torch.randn(2, 3, 11, 8, generator=generator)
    order = torch.tensor([1, 0, 2])
    found = v2_losses(student, teacher, labels)
    other = v2_losses(student[order], teacher[order], labels[order])
    for name in ("intra", "regularisation"):
        torch.testing.assert_close(found[name], other[name])
    assert (found["inter"] - other["inter"]).abs() > 1e-3
