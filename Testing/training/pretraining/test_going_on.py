"""Pre-training goes on from weights of every kind: what is taken, said, kept and refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel
import pytest
import torch
from pretraining_runs import history, make_settings, use_small_network
from torch import Tensor
from training_files import write_cases

from VoCoLib.errors import CancelledError, InputError, ModelError, WeightsError
from VoCoLib.events import Event
from VoCoLib.images.phantom import make_phantom
from VoCoLib.method.student_teacher import VoCoV1, VoCoV2
from VoCoLib.models.catalogue import Catalogue
from VoCoLib.models.label_tables import make_labels
from VoCoLib.models.loading import verify_weights
from VoCoLib.networks.bundle import write_bundle
from VoCoLib.networks.checkpoints import read_checkpoint
from VoCoLib.networks.swin_unetr import VoCoEncoder, build_network
from VoCoLib.recipe import Preprocessing, Recipe
from VoCoLib.runs.folder import RunFolder
from VoCoLib.training.data.datasets import Case
from VoCoLib.training.distributed import Processes
from VoCoLib.training.pretraining.job import PretrainingJob
from VoCoLib.training.pretraining.plan import HEADS_ALONE, choose_plan, read_plan
from VoCoLib.training.pretraining.run import _start, pretrain
from VoCoLib.training.pretraining.settings import settings_from
from VoCoLib.training.pretraining.task import Pretraining, PretrainingTask
from VoCoLib.training.start import Start, find_start

State = dict[str, Tensor]

LABELS = make_labels(["Liver"])
SMALL = {"method": None, "preset": None, "held_back": 0, "steps": 1}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two volumes in data."""
    path = tmp_path_factory.mktemp("Läufe von Zoë")
    write_cases(path / "data", 2)
    return path


def run(
    folder: Path,
    name: str,
    hook: Callable[[Event], None] = lambda _: None,
    resume: bool = False,
    **changes: Any,
):
    """A run in this process; returns its folder and what it said."""
    events: list[Event] = []
    run_folder = RunFolder(folder / name)

    def sink(item: Event) -> None:
        events.append(item)
        hook(item)

    pretrain(make_settings(folder, **{**SMALL, **changes}), run_folder, sink, resume)
    return run_folder, " ".join(str(item.get("message", "")) for item in events)


def encoder() -> State:
    """A random encoder in the published names (145 keys)."""
    torch.manual_seed(0)
    return dict(VoCoEncoder("tiny", "legacy").state_dict())


def v2_checkpoint() -> dict[str, Any]:
    """As the original's training saves it under DDP: backbone, student and teacher heads."""
    torch.manual_seed(1)
    model = VoCoV2("tiny", "legacy")
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


def encoder_of(content: dict[str, Any]) -> State:
    """The encoder in a state dict of any of these layouts."""
    state = content.get("state_dict", content)
    plain = {name.removeprefix("module.").removeprefix("backbone."): t for name, t in state.items()}
    taken = {n.removeprefix("teacher."): t for n, t in plain.items() if n.startswith("teacher.")}
    names = encoder().keys()
    return {n: t for n, t in {**plain, **taken}.items() if n in names}


HEAD = 6  # tensors of a head
KINDS: dict[str, tuple[Callable[[], Any], str, int, int, int]] = {
    # content, method, tensors taken, left out, random
    "published encoder": (encoder, "v2", 137, 0, HEAD),
    "VoComni": (segmenter, "v2", 137, 22, HEAD),
    "v2 with heads": (v2_checkpoint, "v2", 137 + 2 * HEAD, 0, 0),
    "v1 with heads": (v1_checkpoint, "v1", 137 + HEAD, 137 + HEAD, 0),
}


# What is taken of a bare encoder is looked at in test_new_heads_are_trained_alone_at_first, too.
LONG = [pytest.param("published encoder", marks=pytest.mark.long)]


@pytest.mark.parametrize("kind", [*(kind for kind in KINDS if kind != "published encoder"), *LONG])
def test_every_kind_goes_on_with_its_numbers_said(folder: Path, kind: str) -> None:
    make, method, taken, left_out, random = KINDS[kind]
    content, path = make(), folder / f"{kind}.pt"
    torch.save(content, path)
    changes = {"start": str(path), "merging": "legacy"}
    run_folder, said = run(folder, kind, **changes)
    plan = read_plan(run_folder.path)
    assert plan.origin is not None
    origin = plan.origin
    assert (plan.preset, plan.method, plan.merging) == ("tiny", method, "legacy")
    counts = (origin.taken.tensors, origin.left_out.tensors, origin.random.tensors)
    assert counts == (taken, left_out, random)
    assert f"{taken} tensors with {origin.taken.parameters:,} parameters are taken" in said
    assert ("begin at random (the head" in said) == bool(random)
    losses = history(run_folder.path).series("loss")
    assert losses[0] == [1]
    model = read_checkpoint(run_folder.path / "model.safetensors")
    assert model.recipe is not None and model.recipe.merging == "legacy"
    assert model.training["from"]["taken"]["tensors"] == taken
    assert model.training["method"] == method
    state, batch = begun(folder, **changes)
    learner = state.model.student if method == "v1" else state.model.backbone
    reference = VoCoEncoder("tiny", "legacy")
    reference.load_state_dict(encoder_of(content), strict=False)
    crops = batch[0].flatten(0, 1)[:1]
    with torch.no_grad():
        assert torch.equal(learner(crops), reference(crops))
        assert state.model(*batch)["total"].item() == pytest.approx(losses[1][0], rel=1e-5)


def test_the_layouts_have_the_published_keys() -> None:
    """As many as shared/reference/KEYS.md counts; the names do not depend on the size."""
    contents = {kind: make() for kind, (make, *_) in KINDS.items()}
    sizes = {kind: len(content.get("state_dict", content)) for kind, content in contents.items()}
    assert list(sizes.values()) == [145, 167, 157, 302]


@pytest.mark.long  # 2 GB, a minute
def test_weights_of_the_published_size_go_on(folder: Path) -> None:
    torch.manual_seed(0)
    path = folder / "VoCo_B.pt"
    torch.save({"state_dict": VoCoV2("B", "legacy").state_dict()}, path)
    run_folder, said = run(folder, "B", start=str(path), merging="legacy", steps=2)
    assert "149 tensors with 59,723,890 parameters are taken" in said  # as KEYS.md counts
    assert "nothing begins at random" in said
    assert history(run_folder.path).series("loss")[0] == [1, 2]


def begun(folder: Path, **changes: Any) -> tuple[Pretraining, tuple[Tensor, ...]]:
    """The state of a run before its first step, and its first batch."""
    settings = make_settings(folder, **{**SMALL, **changes})
    alone = Processes(0, 1, torch.device("cpu"))
    (folder / "begun").mkdir(exist_ok=True)
    job = PretrainingJob(settings, RunFolder(folder / "begun"), alone, print, [], "float32")
    start = find_start(settings.start)
    job.plan = choose_plan(settings, start)
    state = _start(job, start)
    cases = [Case(path) for path in sorted((folder / "data").rglob("*.nii.gz"))]
    (batch,) = PretrainingTask(job, cases, [], print).batches(0, 1)
    return state, batch


def test_the_heads_of_a_checkpoint_are_those_of_student_and_teacher(folder: Path) -> None:
    content, path = v2_checkpoint(), folder / "heads.pt"
    torch.save(content, path)
    state, batch = begun(folder, start=str(path), merging="legacy")
    original = VoCoV2("tiny", "legacy")
    original.load_state_dict(
        {name.removeprefix("module."): t for name, t in content["state_dict"].items()}
    )
    with torch.no_grad():
        expected = original(*batch)["total"]
        assert torch.equal(state.model(*batch)["total"], expected)
    state, _ = begun(folder, start=str(path), merging="legacy", method="v1")
    assert isinstance(state.model, VoCoV1)  # its head is new, and the teacher as the student is
    student = state.model.student.state_dict()
    assert all(torch.equal(t, student[n]) for n, t in state.model.teacher.state_dict().items())


def test_a_bundle_and_an_own_result_go_on(folder: Path) -> None:
    recipe = Recipe(
        "segmentation", "tiny", "legacy", Preprocessing((1.5, 1.5, 1.5), (-175.0, 250.0)), LABELS
    )
    bundle = folder / "a bundle"
    bundle.mkdir()
    network = build_network("tiny", 2, "legacy")
    write_bundle(bundle, network.state_dict(), recipe, {"start": "x", "steps": 1, "cases": 1}, "")
    first, said = run(folder, "from a bundle", start=str(bundle), merging="legacy")
    assert "137 tensors" in said and "22 tensors" in said
    second, said = run(folder, "from a run", start=str(first.path))  # says all itself
    assert "149 tensors" in said and "nothing begins at random" in said
    model = read_checkpoint(second.path / "model.safetensors")
    assert model.recipe is not None and model.recipe.merging == "legacy"
    origin = model.training["from"]
    assert (origin["name"], origin["earlier"]["name"]) == ("from a bundle", "a bundle")


def test_size_and_preparation_are_those_of_the_card() -> None:
    def plan(name: str, **changes: Any):
        return choose_plan(settings_from({"data": "x", "start": name, **changes}), find_start(name))

    own = plan("demo-torso-voco")
    assert (own.preset, own.method, own.preparation) == ("tiny", "v2", "tiny")
    assert (own.merging, own.heads_alone, own.has_heads) == ("current", 0, True)
    assert plan("demo-torso-voco", heads_alone=3).heads_alone == 3
    other = plan("openkbp-headneck")
    assert (other.heads_alone, other.has_heads) == (HEADS_ALONE, False)
    assert plan("openkbp-headneck", steps=40).heads_alone == 4
    chosen = plan("demo-torso-voco", method="v1", preparation="v1")
    assert (chosen.method, chosen.has_heads, chosen.preparation) == ("v1", False, "v1")
    published = Start("VoComni_B", None, Catalogue().get("VoComni_B").recipe)
    settings = settings_from({"data": "x", "start": "VoComni_B"})
    found = choose_plan(settings, published)
    assert (found.preset, found.merging, found.preparation) == ("B", "legacy", "abdomen")


def test_what_was_said_counts() -> None:
    scratch = settings_from({"data": "x", "start": "scratch"})
    assert scratch == settings_from({"data": "x"})
    assert (scratch.preset, scratch.method, scratch.preparation) == ("tiny", "v2", "tiny")
    open_ones = settings_from({"data": "x", "start": "demo-torso-voco"})
    assert (open_ones.preset, open_ones.method, open_ones.preparation) == (None, None, None)
    for wrong in ({"merging": "old"}, {"heads_alone": -1}, {"method": "v3"}):
        with pytest.raises(InputError, match="must be"):
            settings_from({"data": "x", "start": "demo-torso-voco", **wrong})


def test_what_cannot_be_meant_is_refused(folder: Path) -> None:
    path = folder / "bare.pt"
    torch.save(encoder(), path)
    legacy = {"start": str(path), "merging": "legacy"}

    def refused(error: type[Exception], said: str, **changes: Any) -> None:
        with pytest.raises(error, match=said):
            run(folder, "refused", **changes)
        assert not (folder / "refused" / "checkpoints").exists()

    refused(ModelError, "There is no file", start=str(folder / "gone.pt"))
    refused(InputError, "does not say with which PatchMerging", start=str(path))
    refused(WeightsError, r"feature size is 12 \(preset tiny\), not 48", **legacy, preset="B")
    content = v2_checkpoint()
    name = "module.student.layer1.0.weight"
    content["state_dict"][name] = content["state_dict"][name][:, :100].clone()
    torch.save(content, path)
    refused(WeightsError, "layer1.0.weight: 256x100 instead of 256x288", **legacy)
    state = encoder()
    state["swinViT.patch_embed.proj.weight"] = torch.zeros(12, 2, 2, 2, 2)
    torch.save(state, path)
    refused(WeightsError, "takes 2 input channels, not 1", **legacy)
    state = encoder()
    state["encoder2.layer.conv1.conv.weight"] = torch.zeros(7, 12, 3, 3, 3)
    torch.save(state, path)
    refused(WeightsError, "7x12x3x3x3 instead of 12x12x3x3x3", **legacy)


ALONE = {"steps": 4, "heads_alone": 2, "save_every": 1, "measure_every": 9, "keep": 9}


@pytest.fixture(scope="module")
def alone(folder: Path) -> tuple[Path, RunFolder]:
    """Weights without heads, and a run that trains new heads alone for two of four steps."""
    path = folder / "headless.pt"
    torch.save(encoder(), path)
    run_folder, said = run(folder, "alone", start=str(path), merging="legacy", **ALONE)
    assert "Until step 2 the projection heads are trained alone" in said
    assert "137 tensors with" in said and "begin at random (the head" in said
    return path, run_folder


def test_new_heads_are_trained_alone_at_first(alone: tuple[Path, RunFolder]) -> None:
    contents = {
        int(path.stem[-8:]): torch.load(path, weights_only=True)["model"]
        for path in alone[1].checkpoints.all()
    }
    weights = encoder()
    names = [f"backbone.{name}" for name in weights if name.endswith("weight")]

    def kept(step: int) -> bool:
        model = contents[step]
        return all(torch.equal(model[n], weights[n.removeprefix("backbone.")]) for n in names)

    assert sorted(contents) == [0, 1, 2, 3, 4]
    assert [kept(step) for step in (1, 2)] == [True] * 2
    assert not kept(3)
    head = "student.layer1.0.weight"
    assert not torch.equal(contents[1][head], contents[2][head])
    rates = history(alone[1].path).series("learning_rate")[1]
    assert rates[2] == rates[0]  # it rises once more, for the encoder


def test_resumed_anywhere_the_losses_are_the_same_without_the_weights(
    folder: Path, alone: tuple[Path, RunFolder]
) -> None:
    gone = folder / "gone after the first step.pt"
    gone.write_bytes(alone[0].read_bytes())
    changes = {"start": str(gone), "merging": "legacy", **ALONE}
    stopped = RunFolder(folder / "stopped after each step")

    def stop(item: Event) -> None:
        if item["event"] == "metric" and "loss" in item:
            stopped.request_stop()

    for step in (1, 2, 3):  # while the heads are trained alone, at the end of that, and later
        with pytest.raises(CancelledError, match=f"Stopped after step {step}"):
            run(folder, stopped.path.name, stop, resume=step > 1, **changes)
        gone.unlink(missing_ok=True)
        stopped.withdraw_stop()
    run(folder, stopped.path.name, resume=True, **changes)
    assert history(stopped.path).series("loss") == history(alone[1].path).series("loss")
    model = read_checkpoint(stopped.path / "model.safetensors")
    assert model.training["from"]["name"] == gone.name


def test_what_failed_before_its_first_step_leaves_no_plan(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_cases(tmp_path / "data", 1)
    (image,) = (tmp_path / "data").rglob("*.nii.gz")
    content = image.read_bytes()
    image.write_bytes(b"damaged")
    path = folder / "first try.pt"
    torch.save(encoder(), path)
    with pytest.raises(InputError, match="can be used"):
        run(tmp_path, "run", start=str(path), merging="legacy")
    image.write_bytes(content)
    use_small_network(monkeypatch)
    run_folder, _ = run(tmp_path, "run", method="v2", preset="tiny")  # from scratch
    model = read_checkpoint(run_folder.path / "model.safetensors")
    assert model.recipe is not None and model.recipe.merging == "current"
    assert "from" not in model.training


def test_a_run_without_its_plan_says_so(alone: tuple[Path, RunFolder], tmp_path: Path) -> None:
    copy = RunFolder(shutil.copytree(alone[1].path, tmp_path / "copy"))
    settings = settings_from({**copy.config(), "steps": 6})
    (copy.path / "start.json").write_text("{}")
    with pytest.raises(InputError, match=r"start.json cannot be read"):
        pretrain(settings, copy, lambda _: None, resume=True)
    (copy.path / "start.json").unlink()
    with pytest.raises(InputError, match=r"start.json is not there"):
        pretrain(settings, copy, lambda _: None, resume=True)


@pytest.mark.parametrize("preparation", ["small", pytest.param(None, marks=pytest.mark.long)])
def test_a_run_begins_with_the_accuracy_of_the_card_and_keeps_it(
    preparation: str | None, tmp_path: Path
) -> None:
    """The card of demo-torso-voco says 0.845 (0.775 to 0.910), untrained ones 0.16 to 0.22.

    On the small grid it finds 0.75, untrained ones 0.25 to 0.375.
    """
    for seed in range(2):
        phantom = make_phantom(seed)
        image = nibabel.Nifti1Image(phantom.image, phantom.affine)
        (tmp_path / "data").mkdir(exist_ok=True)
        nibabel.save(image, tmp_path / "data" / f"{seed}.nii.gz")
    values = {"start": "demo-torso-voco", "heads_alone": 1, "held_back": 0.5, "seed": 1}
    run_folder, said = run(tmp_path, "run", **values, preparation=preparation)
    assert "1 are held back" in said and f"preparation {preparation or 'tiny'}" in said
    assert "Until step 1 the projection heads are trained alone" in said
    steps, accuracies = history(run_folder.path).series("position_accuracy")
    assert steps == [0, 1]
    assert accuracies[0] > 0.5
    assert accuracies[1] >= accuracies[0] - 1 / 16  # not one of 8 queries is lost


def test_the_card_of_an_imported_model_names_what_it_went_on_from(
    folder: Path, tmp_path: Path
) -> None:
    run_folder, said = run(folder, "card", start="demo-torso-voco")
    assert "149 tensors" in said
    path = run_folder.path / "model.safetensors"
    model = Catalogue(tmp_path / "home").import_file(path, verify_weights, "mine")
    assert "Pre-trained on 2 CT, going on from demo-torso-voco" in model.description
    assert "went on from demo-torso-voco, whose licence is: Apache-2.0" in model.licence_note
