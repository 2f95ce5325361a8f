"""Every layout of VoCo weights is read, matched and counted; what cannot be meant is refused."""

from __future__ import annotations

import pickle
import struct
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from monai.networks.nets import SwinUNETR, UNet
from places import SHARED
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from VoCoLib.errors import OutputError, WeightsError
from VoCoLib.networks.checkpoints import read_checkpoint, save_checkpoint
from VoCoLib.networks.loading import Match, initialise, load_encoder, load_segmentation_network
from VoCoLib.networks.swin_unetr import VoCoEncoder, build_network
from VoCoLib.recipe import Code, Label, Preprocessing, Recipe

REFERENCE = SHARED / "reference"
EXAMPLE_CT = SHARED / "data" / "ct_samples" / "example_ct.nii.gz"
needs_reference = pytest.mark.skipif(
    not REFERENCE.is_dir(), reason="the reference weights (shared/reference) are not here"
)

State = dict[str, Tensor]


def make_recipe(classes: int = 21, preset: str = "tiny", merging: str = "legacy") -> Recipe:
    category = Code("SCT", "123037004", "Anatomical Structure")
    liver = Code("SCT", "10200004", "Liver")
    labels = tuple(
        Label(value, f"Structure {value}", category, liver, (value, 0, 0))
        for value in range(1, classes)
    )
    task = "segmentation" if labels else "pretraining"
    preprocessing = Preprocessing((1.5, 1.5, 1.5), (-175, 250))
    return Recipe(task, preset, merging, preprocessing, labels)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def state() -> State:
    """State of a tiny network with 21 classes: 167 keys, 159 of them parameters."""
    torch.manual_seed(0)
    return dict(build_network("tiny", 21, "legacy").state_dict())


def prefixed(prefix: str, tensors: State) -> State:
    return {prefix + name: tensor for name, tensor in tensors.items()}


def encoder_of(tensors: State) -> State:
    return {n: t for n, t in tensors.items() if not n.startswith(("decoder", "out."))}


def heads(prefix: str) -> State:
    layers = {f"layer{n}.0.weight": torch.randn(4, 4) for n in (1, 2, 3)}
    return prefixed(prefix, layers | {f"layer{n}.0.bias": torch.randn(4) for n in (1, 2, 3)})


def v2_training(tensors: State) -> State:
    backbone = prefixed("backbone.", encoder_of(tensors))
    return backbone | heads("student.") | heads("teacher.")


def v1_training(tensors: State) -> State:
    teacher = encoder_of(tensors)
    student = {n: t + 1 if t.is_floating_point() else t for n, t in teacher.items()}
    networks = prefixed("student.", student) | prefixed("teacher.", teacher)
    return networks | heads("student.proj_head.") | heads("teacher.proj_head.")


def old_names(tensors: State) -> State:
    return {n.replace("swinViT.", "swin_vit.", 1): t for n, t in tensors.items()}


def no_index(tensors: State) -> State:
    return {n: t for n, t in tensors.items() if not n.endswith("relative_position_index")}


def assert_same(found: State, expected: State) -> None:
    expected = no_index(expected)
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        assert found[name].dtype == torch.float32
        assert torch.equal(found[name], tensor), name


def saved(path: Path, content: Any) -> Path:
    torch.save(content, path)
    return path


# --- layouts ---------------------------------------------------------------------------------

SEGMENTATION_LAYOUTS: dict[str, Callable[[State], Any]] = {
    "bare": lambda s: s,
    "no index buffers": no_index,
    "module": lambda s: prefixed("module.", s),
    "omni": lambda s: prefixed("backbone.", s),
    "omni distributed": lambda s: {"state_dict": prefixed("module.backbone.", s)},
    "swin_vit": old_names,
    "module swin_vit": lambda s: prefixed("module.", old_names(s)),
    "state_dict": lambda s: {"epoch": 3, "best_acc": np.float64(0.8), "state_dict": s},
    "network_weights": lambda s: {"network_weights": s, "trainer_name": "x"},
    "net": lambda s: {"net": s, "optimizer": {"state": {}, "param_groups": []}},
    "model": lambda s: {"model": s},
    "nested": lambda s: {"state_dict": {"model": prefixed("module.", s)}},
}


@pytest.mark.parametrize("layout", SEGMENTATION_LAYOUTS)
def test_segmentation_layouts_give_all_159_tensors(
    layout: str, state: State, tmp_path: Path
) -> None:
    path = saved(tmp_path / "weights é ü.pt", SEGMENTATION_LAYOUTS[layout](state))
    network, match = load_segmentation_network(path, make_recipe())
    assert match == Match(159, 159, (), (), ())
    assert str(match) == "159 of 159 tensors matched"
    assert not network.training
    assert all(p.requires_grad for p in network.parameters())
    assert_same(dict(network.named_parameters()), state)
    # the buffers were never in some of the files, and are right all the same
    assert all(torch.equal(b, state[n]) for n, b in network.named_buffers())


ENCODER_LAYOUTS: dict[str, tuple[Callable[[State], Any], str, int]] = {
    "bare": (encoder_of, "VoCo encoder", 0),
    "v2": (v2_training, "VoCo v2 training", 12),
    "v2 distributed": (
        lambda s: {"global_step": 7, "state_dict": prefixed("module.", v2_training(s))},
        "VoCo v2 training",
        12,
    ),
    "v1": (v1_training, "VoCo v1 training checkpoint (student and teacher networks; teacher", 12),
    "v1 distributed": (lambda s: {"state_dict": prefixed("module.", v1_training(s))}, "v1", 12),
}


@pytest.mark.parametrize("layout", ENCODER_LAYOUTS)
def test_encoder_layouts_give_137_tensors_and_cannot_segment(
    layout: str, state: State, tmp_path: Path
) -> None:
    build, name, head_count = ENCODER_LAYOUTS[layout]
    path = saved(tmp_path / "weights.pt", build(state))
    checkpoint = read_checkpoint(path)
    assert checkpoint.layout.startswith(name) or name in checkpoint.layout
    assert len(checkpoint.heads) == head_count
    assert checkpoint.recipe is None
    encoder, match = load_encoder(path, make_recipe(classes=1))
    assert match == Match(137, 137, (), (), ())
    assert_same(dict(encoder.named_parameters()), encoder_of(state))
    with pytest.raises(WeightsError, match=r"encoder without a decoder.*137 of 159") as caught:
        load_segmentation_network(path, make_recipe())
    assert "fine-tuning" in caught.value.hint


def test_encoder_of_a_segmentation_checkpoint(state: State, tmp_path: Path) -> None:
    encoder, match = load_encoder(saved(tmp_path / "w.pt", state), make_recipe())
    assert (match.matched, match.expected) == (137, 137)
    assert len(match.unexpected) == 22
    assert_same(dict(encoder.named_parameters()), encoder_of(state))


def test_prefixes_are_removed_at_the_start_only(state: State, tmp_path: Path) -> None:
    renamed = {n.replace("encoder1.layer.", "encoder1.module.layer."): t for n, t in state.items()}
    with pytest.raises(WeightsError, match=r"encoder1\.layer.* is missing.*156 of 159"):
        load_segmentation_network(saved(tmp_path / "w.pt", renamed), make_recipe())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_precisions_become_float32(dtype: torch.dtype, state: State, tmp_path: Path) -> None:
    other = {n: t.to(dtype) if t.is_floating_point() else t for n, t in state.items()}
    network, _ = load_segmentation_network(saved(tmp_path / "w.pt", other), make_recipe())
    expected = {n: t.to(torch.float32) for n, t in other.items()}
    assert_same(dict(network.named_parameters()), expected)


def test_torch_file_of_the_old_format(state: State, tmp_path: Path) -> None:
    path = tmp_path / "w.pth"
    torch.save(state, path, _use_new_zipfile_serialization=False)
    assert_same(read_checkpoint(path).weights, state)


@pytest.mark.parametrize("form", ["folder", "zip", "zip of a folder", "model.pt"])
def test_monai_bundles(form: str, state: State, tmp_path: Path) -> None:
    model = tmp_path / "bundle" / "models" / "model.pt"
    model.parent.mkdir(parents=True)
    torch.save(state, model)
    path = {"folder": tmp_path / "bundle", "model.pt": model}.get(form, tmp_path / "bundle.zip")
    if form.startswith("zip"):
        root = model.parents[1 if form == "zip" else 2]
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("configs/metadata.json", "{}")
            archive.write(model, model.relative_to(root).as_posix())
    checkpoint = read_checkpoint(path)
    assert_same(checkpoint.weights, state)
    assert checkpoint.layout == ("SwinUNETR" if path == model else "MONAI bundle: SwinUNETR")


@pytest.mark.filterwarnings("ignore:.*torch.jit.script")
def test_torchscript_is_refused_in_every_place(tmp_path: Path) -> None:
    script = tmp_path / "bundle" / "models" / "model.ts"
    script.parent.mkdir(parents=True)
    torch.jit.script(nn.Linear(2, 2)).save(str(script))
    bundle = tmp_path / "bundle.zip"
    with zipfile.ZipFile(bundle, "w") as archive:
        archive.write(script, "bundle/models/model.ts")
    for path in (script, tmp_path / "bundle", bundle):
        with pytest.raises(WeightsError, match=r"TorchScript.*models/model\.pt"):
            read_checkpoint(path)


# --- our own files ---------------------------------------------------------------------------


def test_own_files_come_back_with_recipe_and_record(state: State, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    training = {"steps": 12, "dice": [0.5, 0.25], "data": "Köpfe"}
    save_checkpoint(path, state, make_recipe(), training)
    assert path.stat().st_size < 2 * sum(t.numel() for t in no_index(state).values()) + 60_000
    assert [p.name for p in tmp_path.iterdir()] == ["model.safetensors"]
    checkpoint = read_checkpoint(path)
    assert checkpoint.recipe == make_recipe()
    assert checkpoint.training == training
    assert_same(checkpoint.weights, {n: t.half().float() for n, t in state.items()})
    _, match = load_segmentation_network(path, make_recipe())
    assert match == Match(159, 159, (), (), ())


def test_own_files_keep_projection_heads(state: State, tmp_path: Path) -> None:
    path = tmp_path / "encoder.safetensors"
    both = encoder_of(state) | heads("student.") | heads("teacher.")
    save_checkpoint(path, both, make_recipe(classes=1), {})
    checkpoint = read_checkpoint(path)
    assert checkpoint.layout == "safetensors file: VoCo encoder with projection heads"
    assert len(checkpoint.heads) == 12
    _, match = load_encoder(path, make_recipe(classes=1))
    assert match.matched == 137


def test_the_file_may_be_deleted_after_reading(state: State, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save_file(state, path)
    weights = read_checkpoint(path).weights
    path.write_bytes(bytes(path.stat().st_size))  # a mapping would now read zeros
    assert_same(weights, state)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (make_recipe(merging="current"), "PatchMerging legacy.*PatchMerging current"),
        (make_recipe(classes=5), "classes 21.*classes 5"),
        (make_recipe(preset="B"), "preset tiny.*preset B"),
    ],
)
def test_own_metadata_must_agree(other: Recipe, said: str, state: State, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save_checkpoint(path, state, make_recipe(), {})
    with pytest.raises(WeightsError, match=said):
        load_segmentation_network(path, other)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format_version": "2"}, "format version 2"),
        ({"recipe": "{}"}, "preprocessing is missing"),
        ({"recipe": "no json"}, "invalid description"),
        ({"training": "5"}, "invalid description"),
    ],
)
def test_bad_metadata(change: dict[str, str], said: str, state: State, tmp_path: Path) -> None:
    metadata = {"format": "voco", "format_version": "1", "recipe": "{}", "training": "{}"}
    save_file({"out.conv.conv.bias": torch.zeros(2)}, tmp_path / "m", metadata | change)
    with pytest.raises(WeightsError, match=said):
        read_checkpoint(tmp_path / "m")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e6])
def test_weights_beyond_float16_are_not_saved(value: float, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"out\.bias"):
        save_checkpoint(
            tmp_path / "m.safetensors", {"out.bias": torch.tensor([value])}, make_recipe(), {}
        )
    assert not list(tmp_path.iterdir())


def test_missing_folder_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="could not be written"):
        save_checkpoint(tmp_path / "no" / "m.safetensors", {}, make_recipe(), {})


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are a POSIX feature")
def test_full_disk_keeps_the_old_file(state: State, tmp_path: Path) -> None:
    import resource

    path = tmp_path / "m.safetensors"
    path.write_bytes(b"old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(OutputError, match="could not be written"):
            save_checkpoint(path, state, make_recipe(), {})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert [p.name for p in tmp_path.iterdir()] == ["m.safetensors"]
    assert path.read_bytes() == b"old"


# --- starting a fine-tuning ------------------------------------------------------------------


@pytest.mark.parametrize("own", [False, True])
def test_initialise_copies_what_fits(own: bool, state: State, tmp_path: Path) -> None:
    path = tmp_path / "w"
    if own:
        save_checkpoint(path, state, make_recipe(), {})
    else:
        torch.save(state, path)
    network = build_network("tiny", 5, "legacy")
    out = network.out.conv.conv.weight.detach().clone()
    match = initialise(network, read_checkpoint(path))
    assert (match.matched, match.expected, len(match.mismatched)) == (157, 159, 2)
    assert match.mismatched[0] == "out.conv.conv.weight: 21x12x1x1x1 instead of 5x12x1x1x1"
    assert torch.equal(network.out.conv.conv.weight, out)
    found = {n: p for n, p in network.named_parameters() if not n.startswith("out.")}
    rounded = {n: t.half().float() if own else t for n, t in state.items()}
    assert_same(found, {n: t for n, t in rounded.items() if not n.startswith("out.")})


def test_initialise_from_pretraining(state: State, tmp_path: Path) -> None:
    checkpoint = read_checkpoint(saved(tmp_path / "w.pt", v2_training(state)))
    match = initialise(build_network("tiny", 3, "legacy"), checkpoint)
    assert (match.matched, len(match.missing)) == (137, 22)
    match = initialise(VoCoEncoder("tiny", "legacy"), checkpoint)
    assert (match.matched, match.expected) == (137, 137)


def test_initialise_refuses_half_an_encoder_and_changes_nothing(
    state: State, tmp_path: Path
) -> None:
    partial = {n: t for n, t in state.items() if not n.startswith("encoder3")}
    network = build_network("tiny", 21, "legacy")
    before = {n: p.clone() for n, p in network.named_parameters()}
    with pytest.raises(WeightsError, match=r"encoder3.* is missing.*135 of 137"):
        initialise(network, read_checkpoint(saved(tmp_path / "w.pt", partial)))
    assert all(torch.equal(p, before[n]) for n, p in network.named_parameters())


def test_initialise_refuses_the_other_merging(state: State, tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "w", state, make_recipe(), {})
    with pytest.raises(WeightsError, match="PatchMerging"):
        initialise(build_network("tiny", 21, "current"), read_checkpoint(tmp_path / "w"))


# --- refusals --------------------------------------------------------------------------------


def refused(path: Path, recipe: Recipe | None = None) -> str:
    """The refusal's message, which names the file and says what to do."""
    with pytest.raises(WeightsError) as caught:
        load_segmentation_network(path, recipe or make_recipe())
    assert path.name in caught.value.message
    return str(caught.value)


def test_wrong_classes_preset_and_channels(state: State, tmp_path: Path) -> None:
    path = saved(tmp_path / "w.pt", state)
    assert "21 classes with the background, not 14" in refused(path, make_recipe(14))
    message = refused(path, make_recipe(preset="B"))
    assert "feature size is 12 (preset tiny), not 48 (preset B)" in message
    four = build_network("tiny", 21, "legacy", in_channels=4).state_dict()
    assert "4 input channels, not 1" in refused(saved(path, four))


def test_wrong_architectures(state: State, tmp_path: Path) -> None:
    path = tmp_path / "w.pt"
    unet = UNet(3, 1, 21, (4, 8), (2,), norm="batch")
    message = refused(saved(path, unet.state_dict()))
    assert "another architecture, with model.0" in message
    assert "0 of 159" in message
    v1 = SwinUNETR(in_channels=1, out_channels=21, feature_size=12)
    assert "without the residual blocks of use_v2" in refused(saved(path, v1.state_dict()))


def test_incomplete_weights_are_listed(state: State, tmp_path: Path) -> None:
    partial = {n: t for n, t in state.items() if not n.startswith("decoder2")}
    partial["encoder1.layer.conv1.conv.weight"] = torch.zeros(12, 1, 1, 1, 1)
    message = refused(saved(tmp_path / "w.pt", partial))
    assert "decoder2.transp_conv.conv.weight is missing" in message
    assert "and 2 more" in message
    assert "154 of 159" in message


@pytest.mark.parametrize("value", [float("nan"), float("-inf")])
def test_nan_weights_name_the_tensor(value: float, state: State, tmp_path: Path) -> None:
    bad = state["decoder3.conv_block.conv1.conv.weight"].clone()
    bad[-1, -1, -1, -1, -1] = value
    content = state | {"decoder3.conv_block.conv1.conv.weight": bad}
    assert "decoder3.conv_block.conv1.conv.weight" in refused(saved(tmp_path / "w.pt", content))
    save_file(content, tmp_path / "w.safetensors")
    assert "NaN or infinite" in refused(tmp_path / "w.safetensors")


def test_ambiguous_files(state: State, tmp_path: Path) -> None:
    path = tmp_path / "w.pt"
    assert "several networks" in refused(saved(path, state | prefixed("backbone.", state)))
    assert "twice" in refused(saved(path, state | prefixed("module.", state)))


NOT_CHECKPOINTS = {
    "an empty file": b"",
    "a text file": b"epoch 1: loss 0.3\n" * 20,
    "a PNG image": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "a gzip file": b"\x1f\x8b\x08" + bytes(100),
    "a web page": b"<!DOCTYPE html><html>Too many requests</html>",
    "a Git LFS pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n",
    "a file of unknown format": bytes(range(1, 200)),
}


@pytest.mark.parametrize("said", NOT_CHECKPOINTS)
def test_other_files(said: str, tmp_path: Path) -> None:
    path = tmp_path / "weights.pt"
    path.write_bytes(NOT_CHECKPOINTS[said])
    assert f"is {said}" in refused(path)


def test_missing_file_folder_and_zip(tmp_path: Path) -> None:
    assert "cannot be read: No such file" in refused(tmp_path / "absent.pt")
    assert "lacks models/model.pt" in refused(tmp_path)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert "zip file of readme.txt, not a checkpoint" in refused(tmp_path / "a.zip")


def test_torch_files_without_weights(tmp_path: Path) -> None:
    path = tmp_path / "w.pt"
    assert "only epoch, best" in refused(saved(path, {"epoch": 1, "best": 0.5}))
    assert "holds a Tensor" in refused(saved(path, torch.zeros(3)))
    loop: dict[str, Any] = {}
    loop["state_dict"] = loop
    assert "holds no weights" in refused(saved(path, loop))


@pytest.mark.parametrize("form", ["torch", "old torch", "safetensors"])
@pytest.mark.parametrize("share", [0.0001, 0.3, 0.999999])
def test_truncated_files(form: str, share: float, state: State, tmp_path: Path) -> None:
    path = tmp_path / "w"
    if form == "safetensors":
        save_file(state, path)
    else:
        torch.save(state, path, _use_new_zipfile_serialization=form == "torch")
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    message = refused(path)
    assert "truncated" in message or "damaged" in message


def test_one_changed_byte_in_a_torch_file(state: State, tmp_path: Path) -> None:
    path = saved(tmp_path / "w.pt", state)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert "is damaged" in refused(path)


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), form=st.sampled_from(["torch", "old torch", "safetensors"]))
def test_damage_anywhere_is_a_weights_error_or_harmless(
    data: st.DataObject, form: str, tmp_path: Path
) -> None:
    path = tmp_path / "w"
    small = {"out.conv.conv.weight": torch.ones(2, 3), "out.conv.conv.bias": torch.ones(2)}
    if form == "safetensors":
        save_file(small, path)
    else:
        torch.save(small, path, _use_new_zipfile_serialization=form == "torch")
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        read_checkpoint(path)
    except WeightsError as error:
        assert str(path) in str(error)


class _Bomb:
    """Unpickling it would create a file."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def __reduce__(self) -> tuple[Any, ...]:
        return open, (self.path, "w")


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
@pytest.mark.parametrize("form", ["torch", "old torch", "pickle", "protocol 2", "bundle"])
def test_code_in_a_pickle_does_not_run(form: str, state: State, tmp_path: Path) -> None:
    target, path = tmp_path / "created", tmp_path / "bomb.pt"
    content = {"state_dict": state, "extra": _Bomb(target)}
    if form in ("pickle", "protocol 2"):
        path.write_bytes(pickle.dumps(_Bomb(target), protocol=4 if form == "pickle" else 2))
    elif form == "bundle":
        path = tmp_path / "bundle.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.write(saved(tmp_path / "m", content), "models/model.pt")
    else:
        torch.save(content, path, _use_new_zipfile_serialization=form == "torch")
    assert "pickle" in refused(path)
    assert not target.exists()
    if form == "protocol 2":
        pickle.loads(path.read_bytes()).close()  # the bomb is a real one
        assert target.exists()


def test_pickled_optimizer_is_named_with_a_way_out(state: State, tmp_path: Path) -> None:
    parameter = nn.Parameter(torch.zeros(1))
    content = {
        "global_step": 1,
        "state_dict": v1_training(state),
        "optimizer": torch.optim.AdamW([parameter]),
    }
    message = refused(saved(tmp_path / "v1.pt", content))
    assert "AdamW" in message
    assert "torch.save(c['state_dict'], 'new.pt')" in message


def test_safetensors_header_of_absurd_length(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(struct.pack("<Q", 1 << 26) + b'{"a":' + bytes(50))
    assert "safetensors" in refused(path)


# --- the published sizes and the original's weights ------------------------------------------


@needs_reference
@pytest.mark.parametrize(
    ("names", "layout", "head_count"),
    [
        (("v2_fs12_backbone", "v2_fs12_student", "v2_fs12_teacher"), "VoCo v2 training", 12),
        (("v2_fs12_backbone", "v1_fs12_rest"), "VoCo v1 training", 12),
    ],
)
def test_weights_of_the_original_code(
    names: tuple[str, ...], layout: str, head_count: int, tmp_path: Path
) -> None:
    tensors: State = {}
    for name in names:
        tensors |= load_file(REFERENCE / f"{name}.safetensors")
    if "v1" in layout:
        tensors = {n.replace("backbone.", "student.", 1): t for n, t in tensors.items()}
    path = saved(tmp_path / "w.pt", {"global_step": 0, "state_dict": prefixed("module.", tensors)})
    checkpoint = read_checkpoint(path)
    assert checkpoint.layout.startswith(layout)
    assert len(checkpoint.heads) == head_count
    owner = "teacher." if "v1" in layout else "backbone."
    encoder, match = load_encoder(path, make_recipe(classes=1))
    assert (match.matched, match.expected, match.unexpected) == (137, 137, ())
    for name, parameter in encoder.named_parameters():
        assert torch.equal(parameter, tensors[owner + name].float())


def test_vocomni_b_is_as_large_as_published() -> None:
    network = build_network("B", 21, "legacy")
    assert len(network.state_dict()) == 167
    assert sum(p.numel() for p in network.parameters()) == 72_762_999


@pytest.mark.parametrize("preset", ["tiny", pytest.param("B", marks=pytest.mark.long)])
def test_layouts_of_vocomni_give_identical_logits(preset: str, tmp_path: Path) -> None:
    torch.manual_seed(1)
    original = build_network(preset, 21, "legacy").eval()
    original_state = dict(original.state_dict())
    recipe, path = make_recipe(preset=preset), tmp_path / "VoComni.pt"
    window = torch.rand(1, 1, 64, 32, 32, generator=torch.Generator().manual_seed(1))
    logits = []
    wrapped = {"epoch": 1, "state_dict": prefixed("module.", original_state)}
    for content in (original_state, wrapped):
        network, match = load_segmentation_network(saved(path, content), recipe)
        path.unlink()
        assert match == Match(159, 159, (), (), ())
        assert_same(dict(network.named_parameters()), original_state)
        with torch.inference_mode():
            logits.append(network(window))
    assert logits[0].std() > 0
    assert torch.equal(logits[1], logits[0])
    saved(path, {"state_dict": prefixed("module.", v2_training(original_state))})
    assert "137 of 159" in refused(path, recipe)
    path.unlink()
