"""The networks give the original's numbers, and the fast attention gives MONAI's."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from monai.networks.nets import SwinUNETR
from monai.networks.nets.swin_unetr import PatchMerging, SwinTransformerBlock
from places import FIXTURES, SHARED
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from VoCoLib.networks.attention import FastSwinTransformerBlock, window_attention
from VoCoLib.networks.loading import load_encoder
from VoCoLib.networks.swin_unetr import LegacyPatchMerging, VoCoEncoder, build_network
from VoCoLib.recipe import Merging, Preprocessing, Recipe

REFERENCE = SHARED / "reference"


# --- PatchMerging ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("merging", "recorded"), [(LegacyPatchMerging, "monai130"), (PatchMerging, "monai161")]
)
@pytest.mark.parametrize("odd", ["", "_odd"])
def test_patch_merging_of_either_monai(
    merging: type[PatchMerging], recorded: str, odd: str
) -> None:
    data = np.load(FIXTURES / "patch_merging.npz")
    layer = merging(dim=3)
    layer.load_state_dict({n: torch.from_numpy(data[f"param/{n}"]) for n in layer.state_dict()})
    found = layer(torch.from_numpy(data[f"x{odd}"]))
    expected = torch.from_numpy(data[f"{recorded}/merging_out{odd}"])
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)


def test_the_two_mergings_differ() -> None:
    crops = torch.rand(1, 1, 64, 32, 32)
    legacy, current = VoCoEncoder("tiny", "legacy"), VoCoEncoder("tiny", "current")
    current.load_state_dict(legacy.state_dict())  # the same names: nothing warns
    with torch.inference_mode():
        assert (legacy(crops) - current(crops)).abs().max() > 1e-2


# --- parity with the original code -----------------------------------------------------------


def _reference_crops(centres: np.ndarray) -> Tensor:
    """(22, 1, 64, 64, 64): queries of both volumes, then the 9 bases of each."""
    volumes = np.load(REFERENCE / "input_volumes.npz")["volumes_u8"] / np.float32(256)
    crops = [
        volume[x - 32 : x + 32, y - 32 : y + 32]
        for volume, queries in zip(volumes, centres, strict=True)
        for x, y in queries
    ]
    crops += [
        volume[64 * i : 64 * i + 64, 64 * j : 64 * j + 64]
        for volume in volumes
        for i in range(3)
        for j in range(3)
    ]
    return torch.from_numpy(np.stack(crops))[:, None]


@pytest.mark.skipif(not REFERENCE.is_dir(), reason="shared/reference is not here")
@pytest.mark.parametrize(("merging", "monai"), [("legacy", "monai130"), ("current", "monai161")])
def test_encoder_features_of_the_original(merging: Merging, monai: str) -> None:
    recorded = np.load(REFERENCE / f"network_v2_fs12_{monai}.npz")
    recipe = Recipe("pretraining", "tiny", merging, Preprocessing((1.5, 1.5, 1.5), (-175, 250)))
    encoder, match = load_encoder(REFERENCE / "v2_fs12_backbone.safetensors", recipe)
    assert (match.matched, match.expected) == (137, 137)
    crops = _reference_crops(recorded["query_centres"])
    with torch.inference_mode():
        features = encoder(crops[::8])  # a query and two bases: time
    expected = torch.from_numpy(recorded["embeddings"][::8])
    assert features.shape == (3, 288)
    torch.testing.assert_close(features, expected, rtol=0, atol=1e-4)


# --- fast attention against MONAI ------------------------------------------------------------

SHAPES = [
    (2, 1, 64, 32, 32),  # a batch; padded and shifted windows, then clipped along all or some axes
    (1, 1, 224, 32, 32),  # several full windows along axis 0 without padding
    pytest.param((1, 1, 96, 64, 32), marks=pytest.mark.long),  # the same with three lengths
]


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[SwinUNETR, SwinUNETR]]:
    """This project's network and the stock one with the same, not tiny, position biases."""
    torch.manual_seed(0)
    fast = build_network("tiny", 3, "current")
    for name, parameter in fast.named_parameters():
        if name.endswith("relative_position_bias_table"):
            torch.nn.init.normal_(parameter)  # 0.02 at the start would hide a wrong order
    stock = SwinUNETR(in_channels=1, out_channels=3, feature_size=12, use_v2=True)
    stock.load_state_dict(fast.state_dict())
    yield fast, stock


def test_every_block_is_replaced(pair: tuple[SwinUNETR, SwinUNETR]) -> None:
    blocks = [
        [type(m) for m in network.modules() if isinstance(m, SwinTransformerBlock)]
        for network in pair
    ]
    assert blocks == [[FastSwinTransformerBlock] * 8, [SwinTransformerBlock] * 8]


@pytest.mark.parametrize("shape", [SHAPES[0], *SHAPES[2:]])
def test_forward_equals_monai(shape: tuple[int, ...], pair: tuple[SwinUNETR, SwinUNETR]) -> None:
    fast, stock = pair
    image = torch.rand(shape, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        torch.testing.assert_close(fast(image), stock(image), rtol=1e-5, atol=1e-5)


def in_float64(pair: tuple[SwinUNETR, SwinUNETR]) -> Iterator[torch.nn.Module]:
    """Copies of the transformers."""
    return (copy.deepcopy(network.swinViT).double() for network in pair)


def test_full_windows_give_what_monai_gives(pair: tuple[SwinUNETR, SwinUNETR]) -> None:
    image = torch.rand(SHAPES[1], generator=torch.Generator().manual_seed(1)).double()
    with torch.inference_mode():
        found, expected = (transformer(image) for transformer in in_float64(pair))
    for part, other in zip(found, expected, strict=True):
        torch.testing.assert_close(part, other, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("shape", [(2, 1, 32, 32, 32), *SHAPES[2:]])
def test_gradients_equal_monai(shape: tuple[int, ...], pair: tuple[SwinUNETR, SwinUNETR]) -> None:
    """In float64: in float32 rounding alone changes gradients of this network by up to 0.6 %."""
    image = torch.rand(shape, generator=torch.Generator().manual_seed(2)).double()
    fast, stock = in_float64(pair)
    for transformer in (fast, stock):
        sum((n * out).sin().mean() for n, out in enumerate(transformer(image), 1)).backward()
    gradients = {name: parameter.grad for name, parameter in fast.named_parameters()}
    for name, parameter in stock.named_parameters():
        difference = (gradients[name] - parameter.grad).norm()
        assert difference <= 1e-9 * parameter.grad.norm(), name


# --- the way of GPUs, on this processor ----------------------------------------------------------


def as_on_a_gpu(network: SwinUNETR) -> SwinUNETR:
    """A copy whose attention is padded_attention's."""
    copied = copy.deepcopy(network)
    for module in copied.modules():
        if isinstance(module, FastSwinTransformerBlock):
            module.padded = True
    return copied


@pytest.mark.parametrize(
    "shape",
    [
        SHAPES[0],
        (2, 1, 42, 42, 42),
        pytest.param((1, 1, 96, 96, 96), marks=pytest.mark.long),
    ],
)
def test_padded_forward_equals_monai(
    shape: tuple[int, ...], pair: tuple[SwinUNETR, SwinUNETR]
) -> None:
    """In float64, as above."""
    fast, stock = in_float64(pair)
    image = torch.rand(shape, generator=torch.Generator().manual_seed(1)).double()
    with torch.inference_mode():
        found, expected = as_on_a_gpu(fast)(image), stock(image)
    for part, other in zip(found, expected, strict=True):
        torch.testing.assert_close(part, other, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("shape", "merging"), [((2, 1, 32, 32, 32), "legacy"), ((1, 1, 42, 42, 42), "current")]
)
def test_padded_gradients_equal_those_of_the_processor(
    shape: tuple[int, ...], merging: Merging
) -> None:
    """In float64, as above."""
    torch.manual_seed(0)
    chunked = build_network("tiny", 2, merging).swinViT.double()
    padded = as_on_a_gpu(chunked)
    image = torch.rand(shape, generator=torch.Generator().manual_seed(2)).double()
    for transformer in (chunked, padded):
        sum((n * out).sin().mean() for n, out in enumerate(transformer(image), 1)).backward()
    gradients = {name: parameter.grad for name, parameter in padded.named_parameters()}
    for name, parameter in chunked.named_parameters():
        difference = (gradients[name] - parameter.grad).norm()
        assert difference <= 1e-9 * parameter.grad.norm() + 1e-15, name


@pytest.mark.slow
def test_padded_attention_of_b(pair: tuple[SwinUNETR, SwinUNETR]) -> None:
    """The first stage, where heads are as wide as in the published networks."""
    torch.manual_seed(0)
    stage = build_network("B", 2, "legacy").swinViT.layers1[0].double()
    tokens = torch.rand(2, 48, 21, 21, 21).double()
    with torch.inference_mode():
        torch.testing.assert_close(as_on_a_gpu(stage)(tokens), stage(tokens), rtol=1e-9, atol=1e-9)


def test_padded_bfloat16_stays_close(pair: tuple[SwinUNETR, SwinUNETR]) -> None:
    stage = pair[0].swinViT.layers1[0]
    tokens = torch.rand(1, 12, 32, 32, 32, generator=torch.Generator().manual_seed(3))
    with torch.inference_mode():
        exact = stage(tokens)
        with torch.autocast("cpu", torch.bfloat16):
            found, usual = as_on_a_gpu(stage)(tokens).float(), stage(tokens).float()
    errors = [(x - exact).norm() / exact.norm() for x in (found, usual)]
    assert errors[0] < 1.5 * errors[1] < 0.05


class OperationCounter(TorchDispatchMode):
    """Counts what is dispatched."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def __torch_dispatch__(
        self, operation: Any, _: Any, operands: tuple = (), options: dict | None = None
    ) -> Any:
        self.names.append(str(operation))
        return operation(*operands, **(options or {}))


def test_a_forward_on_a_gpu_is_few_operations(pair: tuple[SwinUNETR, SwinUNETR]) -> None:
    network, image = as_on_a_gpu(pair[0]), torch.rand(1, 1, 64, 32, 32)
    with torch.inference_mode():
        network(image)  # makes the masks, once for each size
        with OperationCounter() as counter:
            network(image)
    assert len(counter.names) <= 700
    assert sum("scaled_dot_product" in name for name in counter.names) == 8
    assert not [name for name in counter.names if "_to_copy" in name or "item" in name]


def _attention(q: Tensor, k: Tensor, v: Tensor, bias: Tensor, scale: float) -> Tensor:
    """The plain formula."""
    return (scale * q @ k.mT + bias.to(q.dtype)).softmax(-1) @ v


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("size", [1.0, 10.0])  # scores up to 5 and up to 500
def test_attention_is_as_precise_as_the_plain_formula(dtype: torch.dtype, size: float) -> None:
    generator = torch.Generator().manual_seed(4)
    q, k, v, grad = (torch.randn(5, 2, n, 8, generator=generator) for n in (30, 31, 31, 30))
    bias = torch.randn(2, 30, 31, generator=generator)

    def results(function: Callable[..., Tensor], kind: torch.dtype) -> list[Tensor]:
        inputs = [t.to(dtype).to(kind) for t in (size * q, size * k, v)]
        inputs.append(bias.to(torch.promote_types(kind, torch.float32)))
        inputs = [tensor.clone().requires_grad_() for tensor in inputs]
        out = function(*inputs, scale=0.5)
        out.backward(grad.to(dtype).to(kind))
        return [out.detach(), *(tensor.grad for tensor in inputs)]

    exact = results(_attention, torch.float64)
    found, plain = results(window_attention, dtype), results(_attention, dtype)
    for tensor, other, truth in zip(found, plain, exact, strict=True):
        assert (tensor - truth).norm() < 2 * (other - truth).norm()
        assert (other - truth).norm() < 0.5 * truth.norm()


@pytest.mark.usefixtures("quick_bfloat16")
def test_bfloat16_autocast_stays_close(pair: tuple[SwinUNETR, SwinUNETR]) -> None:
    """Logits are off by about 1 % of their norm (8 bits of mantissa), as MONAI's are."""
    fast, stock = pair
    image = torch.rand(1, 1, 64, 32, 32, generator=torch.Generator().manual_seed(3))
    with torch.inference_mode():
        exact = stock(image)
        with torch.autocast("cpu", torch.bfloat16):
            found, monai = fast(image).float(), stock(image).float()
    error, usual = (float((x - exact).norm() / exact.norm()) for x in (found, monai))
    assert found.isfinite().all()
    assert error < 1.5 * usual < 0.05
