"""8-bit integers on a processor: nearly the same labels, by choice only, and a way back."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import make_recipe

from VoCoLib.errors import CancelledError, InputError
from VoCoLib.images.phantom import make_phantom
from VoCoLib.inference.devices import choose_precision
from VoCoLib.inference.engines import check_precision
from VoCoLib.inference.execution import Executor
from VoCoLib.inference.openvino_engine import openvino_version
from VoCoLib.inference.region import Region
from VoCoLib.inference.segmentation import Segmenter
from VoCoLib.locations import RESOURCES
from VoCoLib.models.catalogue import Catalogue
from VoCoLib.networks.loading import load_segmentation_network
from VoCoLib.networks.swin_unetr import build_network
from VoCoLib.recipe import Recipe

pytestmark = pytest.mark.skipif(openvino_version() is None, reason="OpenVINO is not installed")

CPU = torch.device("cpu")
AFFINE = np.diag([3.0, 3, 3, 1])
PATCH = make_recipe().preprocessing.patch


@pytest.fixture(scope="module")
def trained() -> tuple[torch.nn.Module, Recipe]:
    recipe = Catalogue().get("demo-torso").recipe
    assert recipe is not None
    path = RESOURCES / "Models" / "demo-torso.safetensors"
    return load_segmentation_network(path, recipe)[0], recipe


def test_labels_are_nearly_those_of_float32(trained) -> None:
    phantom = make_phantom(3, (6.0, 6.0, 6.0), (300.0, 276.0, 120.0))
    exact = Segmenter(*trained, "cpu", "float32", "", "pytorch")
    quick = Segmenter(*trained, "cpu", "int8")
    expected = exact.segment(phantom.image, phantom.affine)
    found = quick.segment(phantom.image, phantom.affine)
    assert (quick.engine, quick.precision) == ("OpenVINO", "int8")
    assert len(np.unique(found)) > 10
    assert 0.999 < (found == expected).mean() < 1  # rounded, and not beyond what was measured


def test_samples_are_of_the_whole_body_and_keep_nothing_else(
    network: torch.nn.Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a region is segmented as without one, and no layer stays in memory."""
    taken: list[list[torch.Tensor]] = []

    def take(_: Executor, samples: list[torch.Tensor]) -> None:
        taken.append(samples)
        raise CancelledError("enough")

    monkeypatch.setattr(Executor, "take_samples", take)
    image = np.random.default_rng(0).integers(-100, 200, (100, 60, 60)).astype(np.int16)
    for region in (None, Region((0.0, 0.0, 0.0), (60.0, 60.0, 40.0))):
        with pytest.raises(CancelledError):
            Segmenter(network, make_recipe(), "cpu", "int8").segment(image, AFFINE, region=region)
    assert [len(samples) for samples in taken] == [4, 4]
    assert all(map(torch.equal, *taken))
    assert all(s.untyped_storage().nbytes() == s.nbytes for s in taken[0])


@pytest.mark.long  # what the pinned OpenVINO does inside, as the next
@pytest.mark.skipif(choose_precision("auto", CPU) != "bfloat16", reason="needs native bfloat16")
def test_maps_are_measured_in_bfloat16(network: torch.nn.Module) -> None:
    """OpenVINO widens what is near an output to float32: twice the memory, kept to the end."""
    from VoCoLib.networks.openvino_int8 import measure_ranges, openvino

    models: list[openvino.CompiledModel] = []

    def compiled(graph: openvino.Model) -> openvino.CompiledModel:
        models.append(
            openvino.Core().compile_model(graph, "CPU", {"INFERENCE_PRECISION_HINT": "bf16"})
        )
        return models[-1]

    measure_ranges(network, PATCH, [np.random.rand(1, 1, *PATCH).astype(np.float32)], compiled)  # type: ignore[arg-type]
    facts = [op.get_rt_info() for op in models[0].get_runtime_model().get_ops()]
    found = [
        f["runtimePrecision"].astype(str) for f in facts if f["layerType"].astype(str) == "Reduce"
    ]
    assert len(found) > 40 and set(found) == {"bf16"}


@pytest.mark.long
@pytest.mark.skipif(
    platform.machine().lower() not in ("x86_64", "amd64"), reason="other processors may not"
)
def test_convolutions_run_in_integers() -> None:
    from VoCoLib.networks.openvino_int8 import int8_graph, measure_ranges, openvino

    def compiled(graph: openvino.Model) -> openvino.CompiledModel:
        return openvino.Core().compile_model(graph, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})

    network, sample = build_network("tiny", 4, "current").eval(), np.random.rand(1, 1, *PATCH)
    ranges = measure_ranges(network, PATCH, [sample.astype(np.float32)], compiled)
    assert all(low <= 0 < high for low, high in ranges.values())
    running = compiled(int8_graph(network, PATCH, ranges)).get_runtime_model().get_ops()
    kinds = [op.get_rt_info()["runtimePrecision"].astype(str) for op in running if is_large(op)]
    assert len(kinds) >= len(ranges) and set(kinds) <= {"i8", "u8"}


def is_large(op) -> bool:
    """A convolution of as many channels as are rounded, with 3^3 weights."""
    if op.get_rt_info()["layerType"].astype(str) != "Convolution":
        return False
    channels = op.input(0).get_partial_shape()[1].get_length()
    return channels >= 8 and op.output(0).get_partial_shape()[1].get_length() > 4


def test_it_is_refused_where_it_cannot_be() -> None:
    assert check_precision("int8", CPU, "auto") == "int8"
    with pytest.raises(InputError, match="int8 is for processors, with OpenVINO"):
        check_precision("int8", CPU, "pytorch")
    with pytest.raises(InputError, match="int8 is for processors, with OpenVINO"):
        check_precision("int8", torch.device("cuda"), "auto")
    with pytest.raises(InputError, match=r"Unknown precision 'int9'\. Use auto, .* or int8"):
        check_precision("int9", CPU, "auto")
    with pytest.raises(InputError, match="Unknown precision 'int8'"):
        choose_precision("int8", CPU)  # of a training


def test_a_broken_openvino_goes_on_in_floating_point(
    tmp_path: Path, network: torch.nn.Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOCO_HOME", str(tmp_path))
    monkeypatch.setitem(sys.modules, "VoCoLib.networks.openvino_int8", None)  # an ImportError
    segmenter = Segmenter(network, make_recipe(), "cpu", "int8")
    image = np.random.default_rng(0).integers(-100, 200, PATCH).astype(np.int16)
    for _ in range(2):
        said: list[dict] = []
        assert segmenter.segment(image, AFFINE, sink=said.append).any()
        assert segmenter.engine == "PyTorch"
        assert segmenter.precision == choose_precision("auto", CPU)
    assert not [e for e in said if "cannot be used" in e.get("message", "")]  # once is enough


def test_time_is_expected_before_the_image_is_known(
    tmp_path: Path, network: torch.nn.Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOCO_HOME", str(tmp_path))
    segmenter = Segmenter(network, make_recipe(), "cpu", "int8")
    assert 0 < segmenter.expected_seconds(10) < 60
    assert segmenter.engine == "OpenVINO"
