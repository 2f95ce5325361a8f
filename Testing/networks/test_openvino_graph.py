"""The graph for OpenVINO answers as the network that it is made from does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from places import ROOT

from VoCoLib.networks.swin_unetr import VoCoEncoder, build_network
from VoCoLib.recipe import Merging

openvino = pytest.importorskip("VoCoLib.networks.quiet_openvino", exc_type=ImportError).openvino

from VoCoLib.networks.openvino_graph import openvino_graph  # noqa: E402


def answer(network: torch.nn.Module, windows: torch.Tensor) -> torch.Tensor:
    """What OpenVINO computes in float32."""
    graph = openvino_graph(network, tuple(windows.shape[2:]))
    config = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
    compiled = openvino.Core().compile_model(graph, "CPU", config)
    return torch.from_numpy(compiled([windows.numpy()])[0])


# of the halves of these sizes some are whole windows of 7, some leave a rest, some are smaller
@pytest.mark.parametrize(
    ("merging", "window"), [("legacy", (64, 32, 32)), ("current", (96, 32, 64))]
)
def test_logits_are_those_of_the_network(merging: Merging, window: tuple[int, int, int]) -> None:
    torch.manual_seed(0)
    network = build_network("tiny", 3, merging).eval()
    image = torch.rand((1, 1, *window))
    with torch.no_grad():
        for parameter in network.parameters():  # so that each of them matters, biases, too
            parameter.add_(torch.randn_like(parameter) * 0.1)
        expected = network(image)
    torch.testing.assert_close(answer(network, image), expected, rtol=2e-3, atol=2e-3)


def test_features_are_those_of_the_encoder() -> None:
    torch.manual_seed(0)
    encoder = VoCoEncoder("tiny", "legacy").eval()
    image = torch.rand((1, 1, 64, 32, 32))
    with torch.inference_mode():
        expected = encoder(image)
    torch.testing.assert_close(answer(encoder, image), expected, rtol=1e-3, atol=1e-3)


def test_nothing_is_reported_to_the_authors_of_openvino(tmp_path: Path) -> None:
    spy = tmp_path / "openvino_telemetry"
    spy.mkdir()
    (spy / "__init__.py").write_text("raise SystemExit('it would report this')")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}

    def run(module: str) -> str:
        command = [sys.executable, "-c", f"import {module}"]
        return subprocess.run(command, env=environment, capture_output=True, text=True).stderr

    assert "it would report this" in run("openvino")
    assert run("VoCoLib.networks.quiet_openvino") == ""


@pytest.mark.long
@pytest.mark.parametrize("merging", ["legacy", "current"])
def test_logits_of_b_are_those_of_the_network(merging: Merging) -> None:
    torch.manual_seed(0)
    network = build_network("B", 21, merging).eval()
    image = torch.rand((1, 1, 96, 96, 96))
    with torch.inference_mode():
        expected = network(image)
    found = answer(network, image)
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=2e-3)
    # random weights leave classes so close together that some voxels flip
    assert (found.argmax(1) == expected.argmax(1)).float().mean() >= 0.999
