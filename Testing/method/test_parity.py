"""The networks of pre-training reproduce the original's losses, gradients and optimiser steps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from places import SHARED
from safetensors.torch import load_file
from torch import Tensor

from VoCoLib.method.objective import similarity
from VoCoLib.method.student_teacher import VoCoV1, VoCoV2

REFERENCE = SHARED / "reference"
pytestmark = pytest.mark.skipif(not REFERENCE.is_dir(), reason="shared/reference is not here")
VOLUMES, QUERIES = 2, 4  # of the v2 batch: 22 rows, 4 queries and then the 9 bases of each volume


def weights(*names: str) -> dict[str, Tensor]:
    """Float32 weights of files of the reference."""
    files = [load_file(Path(REFERENCE / f"{name}.safetensors")) for name in names]
    return {name: tensor.float() for file in files for name, tensor in file.items()}


def by_volume(rows: Tensor) -> Tensor:
    """The original's v2 batch (all queries, then all bases) as (2, 11, ...)."""
    parts = rows[:QUERIES], rows[QUERIES:]
    return torch.cat([part.view(VOLUMES, -1, *rows.shape[1:]) for part in parts], dim=1)


def v2_model() -> VoCoV2:
    model = VoCoV2("tiny", "legacy", width=1024, chunk=2)
    state = weights("v2_fs12_backbone", "v2_fs12_student", "v2_fs12_teacher")
    missing = model.load_state_dict(state, strict=False)
    assert not missing.unexpected_keys
    assert all(name.endswith("relative_position_index") for name in missing.missing_keys)
    return model


def v2_crops(centres: np.ndarray) -> Tensor:
    """(2, 11, 1, 64, 64, 64)."""
    volumes = np.load(REFERENCE / "input_volumes.npz")["volumes_u8"] / np.float32(256)
    corners = [[(64 * i, 64 * j) for i in range(3) for j in range(3)]] * VOLUMES
    corners = np.concatenate([centres - 32, corners], axis=1)
    crops = [
        volume[x : x + 64, y : y + 64]
        for volume, places in zip(volumes, corners, strict=True)
        for x, y in places
    ]
    return torch.from_numpy(np.stack(crops)).view(VOLUMES, -1, 1, 64, 64, 64)


def assert_close(found: Tensor, recorded: Any, tolerance: float) -> None:
    expected = torch.from_numpy(np.asarray(recorded)).to(found.dtype)
    torch.testing.assert_close(found, expected, rtol=0, atol=tolerance)


# --- v2: heads, teacher and losses from the original's embeddings ------------------------------


@pytest.mark.parametrize("monai", ["monai130", "monai161"])
def test_v2_from_embeddings_to_losses(monai: str) -> None:
    data, model = np.load(REFERENCE / f"network_v2_fs12_{monai}.npz"), v2_model()
    embeddings = by_volume(torch.from_numpy(data["embeddings"]))
    labels = torch.from_numpy(data["labels"])
    with torch.no_grad():
        student = model.student(embeddings)
        assert_close(student, by_volume(torch.from_numpy(data["student_proj"])), 1e-4)
        teacher = by_volume(torch.from_numpy(data["teacher_proj_before_ema"]))
        assert_close(model.teacher(embeddings), teacher, 1e-4)
        alone = model.student(torch.from_numpy(data["embeddings"][:4]))
        assert_close(alone, data["student_proj_first4_alone"], 1e-4)
        model.update_teacher()  # the original begins its forward with this
        teacher = model.teacher(embeddings)
        recorded = torch.from_numpy(data["loss_nodrop/teacher_proj_after_ema"])
        assert_close(teacher, by_volume(recorded), 1e-4)
        assert_close(similarity(student[:, :2], teacher[:, 2:]), data["loss_nodrop/logits"], 1e-5)
        dropout = by_volume(torch.from_numpy(data["dropout_row_factor"]))
        for kind, factors in (("loss_nodrop", None), ("loss_rowdrop", dropout)):
            losses = model.losses(embeddings, labels, factors)
            for name in ("total", "intra", "inter", "regularisation"):
                original = name.removesuffix("ularisation")
                assert_close(losses[name], data[f"{kind}/{original}"], 1e-6)


# --- v2: the whole network ---------------------------------------------------------------------


def checks(parameter: Tensor) -> np.ndarray:
    """Sum, sum of magnitudes and L2 norm, as recorded."""
    values = parameter.detach().double()
    return np.array([values.sum(), values.abs().sum(), values.norm()])


def assert_gradients(model: VoCoV2, data: Any) -> None:
    """Norms within 1e-3; the sums in encoder1's shortcut cancel, so 1e-2 there."""
    parameters = dict(model.named_parameters())
    assert parameters.keys() == set(data["param_names"].tolist())
    for name, expected in zip(data["param_names"], data["steps_f32/grad1_l2"], strict=True):
        gradient = parameters[name].grad
        if name.startswith("teacher."):
            assert gradient is None
            assert np.isnan(expected)
        elif name not in ("student.layer1.0.bias", "student.layer2.0.bias"):  # zero but for noise
            tolerance = 1e-2 if name.endswith("encoder1.layer.conv3.conv.weight") else 1e-3
            assert abs(gradient.norm() - expected) <= tolerance * expected, name
    for key in (key for key in data.files if key.startswith("steps_f32/grad1/")):
        gradient = parameters[key.removeprefix("steps_f32/grad1/")].grad
        assert gradient is not None
        tolerance = 1e-3 * float(np.abs(data[key]).max())
        assert_close(gradient, data[key], tolerance)


@pytest.mark.long
def test_v2_three_optimiser_steps() -> None:
    """Rounding grows from step to step: Adam turns tiny gradients into steps of full size."""
    data, model = np.load(REFERENCE / "network_v2_fs12_monai130.npz"), v2_model()
    crops, labels = v2_crops(data["query_centres"]), torch.from_numpy(data["labels"])
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, amsgrad=True)
    for step, (tolerance, drift) in enumerate([(2e-6, 1e-4), (1e-4, 1e-2), (1e-3, 5e-2)]):
        model.update_teacher()
        losses = model(crops, labels)
        for name in ("total", "intra", "inter", "regularisation"):
            original = name.removesuffix("ularisation")
            assert_close(losses[name], data[f"steps_f32/{original}"][step], tolerance)
        optimizer.zero_grad()
        losses["total"].backward()
        if step == 0:
            assert_gradients(model, data)
        optimizer.step()
        parameters = dict(model.named_parameters())
        recorded = zip(data["param_names"], data[f"steps_f32/checks_{step + 1}"], strict=True)
        for name, expected in recorded:
            found = checks(parameters[name])
            if not name.endswith(("layer1.0.bias", "layer2.0.bias")):
                assert abs(found[2] - expected[2]) <= drift * expected[2], (step, name)


# --- v1 ----------------------------------------------------------------------------------------


def v1_model() -> VoCoV1:
    model = VoCoV1("tiny", "legacy", width=256)
    backbone = {
        n.replace("backbone.", "student."): t for n, t in weights("v2_fs12_backbone").items()
    }
    missing = model.load_state_dict(backbone | weights("v1_fs12_rest"), strict=False)
    assert not missing.unexpected_keys
    assert all(name.endswith("relative_position_index") for name in missing.missing_keys)
    return model


def test_v1_teacher_losses_and_gradients_of_the_head() -> None:
    data, model = np.load(REFERENCE / "network_v1_fs12_monai130.npz"), v1_model()
    model.update_teacher()
    parameters = dict(model.named_parameters())
    for name, expected in zip(data["param_names"], data["checks_after_ema"], strict=True):
        np.testing.assert_allclose(checks(parameters[name]), expected, rtol=1e-5, atol=1e-5)
    embeddings = [
        torch.from_numpy(data[f"{who}_embeddings"])[None] for who in ("student", "teacher")
    ]
    losses = model.losses(*embeddings, torch.from_numpy(data["labels"]))
    for name in ("total", "positive", "negative", "regularisation"):
        original = name if name == "total" else name[:3]
        assert_close(losses[name], data[original], 1e-6)
    losses["total"].backward()
    for name, expected in zip(data["param_names"], data["grad_l2"], strict=True):
        if name.startswith("student.proj_head.") and not name.endswith(("1.0.bias", "2.0.bias")):
            gradient = parameters[name].grad
            assert gradient is not None
            assert abs(gradient.norm() - expected) <= 1e-3 * expected, name


def test_v1_embeddings() -> None:
    data, model = np.load(REFERENCE / "network_v1_fs12_monai130.npz"), v1_model()
    model.update_teacher()
    volume = np.load(REFERENCE / "input_volumes.npz")["volumes_u8"][0] / np.float32(256)
    x, y = data["query_cx_cy_sliceX_sliceY"][1, 2:]
    offset = data["base_offsets"][1]  # base 5 lies at column 1, row 1
    crops = volume[x : x + 64, y : y + 64], volume[offset : offset + 64, offset : offset + 64]
    with torch.inference_mode():
        found = [model.student(torch.from_numpy(crop)[None, None]) for crop in crops]
        found += [model.teacher(torch.from_numpy(crop)[None, None]) for crop in crops[:1]]
    expected = data["student_embeddings"][[1, 2 + 5]], data["teacher_embeddings"][[1]]
    assert_close(torch.cat(found), np.concatenate(expected), 1e-4)
