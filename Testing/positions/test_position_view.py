"""What the position view answers: the original's numbers, in any image, computed once."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from places import SHARED
from position_cases import (
    AFFINE,
    BODY,
    FIT,
    MODES,
    NATIVE,
    ORIENTATIONS,
    forwards,
    make_model,
    stored,
    turned,
)
from safetensors.torch import load_file

from VoCoLib.errors import CancelledError, InputError, ModelError, WeightsError
from VoCoLib.images.coordinates import to_mm, to_voxels
from VoCoLib.images.phantom import make_phantom
from VoCoLib.inference.openvino_engine import openvino_version
from VoCoLib.method.base_grid import TEMPERATURE, V2_GRID
from VoCoLib.method.presets import PRESETS
from VoCoLib.method.student_teacher import VoCoV2
from VoCoLib.networks.checkpoints import save_checkpoint
from VoCoLib.networks.projection_head import ProjectionHead
from VoCoLib.networks.swin_unetr import VoCoEncoder, build_network
from VoCoLib.positions.answer import PositionAnswer
from VoCoLib.positions.model import PositionModel, load_position_model
from VoCoLib.positions.placement import place
from VoCoLib.positions.sureness import FEATURES, PROJECTION, sureness
from VoCoLib.positions.view import PositionView
from VoCoLib.recipe import Preprocessing, Recipe

REFERENCE = SHARED / "reference"
needs_reference = pytest.mark.skipif(not REFERENCE.is_dir(), reason="shared/reference is not here")
unhurried = settings(deadline=None, max_examples=40)
CENTRE = to_mm(AFFINE, np.array([32.0, 24, 22]))


def make_view(mode: str, head: bool) -> PositionView:
    model = make_model(MODES[mode], head)
    return PositionView(model, place(BODY, AFFINE, "body", model.placement))


VIEWS = {(mode, head): make_view(mode, head) for mode in MODES for head in (True, False)}
kinds = pytest.mark.parametrize("view", VIEWS.values(), ids=[f"{m}-{h}" for m, h in VIEWS])


def ask(view: PositionView, *point: float) -> PositionAnswer:
    (answer,) = view.query([point])
    return answer


# --- the original's numbers --------------------------------------------------------------------


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The original's v2 weights as its training saves them."""
    files = [
        REFERENCE / f"v2_fs12_{part}.safetensors" for part in ("backbone", "student", "teacher")
    ]
    state = {name: tensor.float() for file in files for name, tensor in load_file(file).items()}
    path = tmp_path_factory.mktemp("poids publiés") / "v2.pt"
    torch.save({"global_step": 1, "state_dict": state}, path)
    return path


@needs_reference
def test_features_and_logits_equal_the_original(published: Path) -> None:
    """Four of its crops from pixels; the comparison of all from its own features."""
    data = np.load(REFERENCE / "network_v2_fs12_monai130.npz")
    model = load_position_model(str(published))
    assert model.compared == PROJECTION
    volume = np.load(REFERENCE / "input_volumes.npz")["volumes_u8"][0] / np.float32(256)
    centres = data["query_centres"][0]
    corners = [*(centres - 32), (0, 0), (128, 64)]
    crops = torch.from_numpy(
        np.stack([volume[x : x + 64, y : y + 64] for x, y in corners])[:, None]
    )
    embeddings = torch.from_numpy(data["embeddings"])
    torch.testing.assert_close(model.embed(crops), embeddings[[0, 1, 4, 11]], rtol=0, atol=1e-4)
    projected = data["teacher_proj_before_ema"].astype(float)
    directions = projected / np.linalg.norm(projected, axis=1, keepdims=True)
    expected = (directions[:4] @ directions[4:].T).clip(min=0)
    for query in range(4):  # rows: 4 queries, 9 bases of volume 0, 9 of volume 1; one batch
        others = [embeddings[row] for row in range(4) if row != query]
        found = model.compare(embeddings[query], embeddings[4:], *others)[:18]
        np.testing.assert_allclose(found, expected[query], atol=1e-4)


def numpy_head(rows: np.ndarray, weights: dict[str, np.ndarray]) -> np.ndarray:
    for layer in (1, 2, 3):
        prefix = f"layer{layer}.0"
        rows = rows @ weights[f"{prefix}.weight"].T.astype(float) + weights[f"{prefix}.bias"]
        if layer < 3:
            rows = (rows - rows.mean(0)) / np.sqrt(rows.var(0) + 1e-5)
            rows = rows.clip(min=0)
    return rows


@pytest.mark.parametrize("head", [True, False])
def test_comparison_in_float64(head: bool) -> None:
    model = make_model(FIT, head)
    rows = torch.rand(10, 48, generator=torch.Generator().manual_seed(1))
    exact = rows.double().numpy()
    if head:
        weights = {name: tensor.numpy() for name, tensor in model._head.state_dict().items()}
        exact = numpy_head(exact, weights)
    else:
        exact = exact - exact[1:].mean(0)
    exact /= np.linalg.norm(exact, axis=1, keepdims=True)
    found = model.compare(rows[0], rows[1:])
    np.testing.assert_allclose(found, (exact[1:] @ exact[0]).clip(min=0), atol=1e-5)


# --- geometry ----------------------------------------------------------------------------------


@unhurried
@given(
    st.sampled_from(ORIENTATIONS),
    st.floats(-40, 40),
    st.integers(0, 2),
    st.tuples(*[st.floats(0.02, 0.98)] * 3),
    st.sampled_from(list(VIEWS)),
)
def test_the_same_place_has_the_same_answer_in_any_image(
    orientation: tuple, degrees: float, axis: int, at: tuple, kind: tuple[str, bool]
) -> None:
    """However the voxels are stored and however the patient lies."""
    view = VIEWS[kind]
    voxel = np.array(at) * np.array(BODY.shape) - 0.5
    affine = turned(AFFINE, degrees, axis)
    array, stored_affine = stored(BODY, affine, *orientation)
    other = PositionView(view.model, place(array, stored_affine, "other", view.placed.placement))
    expected = ask(view, *to_mm(AFFINE, voxel))
    found = ask(other, *to_mm(affine, voxel))
    np.testing.assert_allclose(found.bases.similarities, expected.bases.similarities, atol=1e-3)
    np.testing.assert_allclose(found.labels, expected.labels, atol=1e-9)
    assert np.isclose(found.error_mm, expected.error_mm, atol=0.1)
    assert (found.in_body, found.in_grid, found.layer) == (
        expected.in_body, expected.in_grid, expected.layer
    )  # fmt: skip
    back = to_voxels(affine, np.array([found.bases.predicted_mm, found.centre_mm]))
    usual = to_voxels(AFFINE, np.array([expected.bases.predicted_mm, expected.centre_mm]))
    np.testing.assert_allclose(back, usual, atol=0.05)


@kinds
def test_a_base_is_found_in_its_own_cell(view: PositionView) -> None:
    for layer, grid in enumerate(view.placed.grids):
        inside = [c for c in grid.cell_centres if _in_image(c)]
        assert inside
        for centre in inside:
            answer = ask(view, *centre)
            number = int(np.abs(grid.cell_centres - centre).sum(1).argmin())
            assert answer.layer == layer
            assert answer.labels == tuple(np.eye(9)[number])
            assert abs(answer.bases.similarities[number] - 1) < 1e-5
            assert answer.bases.base == (number // 3 + 1, number % 3 + 1)
            assert answer.hit
            np.testing.assert_allclose(answer.centre_mm, centre, atol=1e-9)


def _in_image(point: np.ndarray) -> bool:
    voxel = to_voxels(AFFINE, point)
    return bool(((voxel >= -0.5) & (voxel <= np.array(BODY.shape) - 0.5)).all())


# --- what an answer says -----------------------------------------------------------------------


@kinds
def test_numbers_of_an_answer(view: PositionView) -> None:
    answer = ask(view, *CENTRE + np.array([11, -7, 5]))
    similarities = np.array(answer.bases.similarities)
    odds = np.exp(similarities / TEMPERATURE)
    probabilities = odds / odds.sum()
    np.testing.assert_allclose(answer.bases.probabilities, probabilities, rtol=1e-6)
    centres = view.placed.grids[answer.layer].cell_centres
    predicted = probabilities @ centres
    np.testing.assert_allclose(answer.bases.predicted_mm, predicted, atol=1e-4)
    assert np.isclose(answer.error_mm, np.linalg.norm(predicted - answer.centre_mm))
    labels = np.array(answer.labels)
    np.testing.assert_allclose(labels @ centres, answer.centre_mm, atol=1e-6)  # inside the grid
    assert np.isclose(answer.cross_entropy, -(labels * np.log(probabilities)).sum(), atol=1e-5)
    best = int(similarities.argmax())
    assert answer.hit == (labels[best] == labels.max())
    assert answer.overlap == labels[best]
    assert (answer.share, answer.in_grid, answer.in_body) == (1, True, True)
    half = np.array([1, 1, 0]) * 0.51 * np.abs(np.diag(view.placed.affine)[:3])
    off = np.abs(np.array(answer.centre_mm) - CENTRE - [11, -7, 5])
    assert (off[:2] <= half[:2]).all()
    assert json.loads(json.dumps(answer.to_json(), allow_nan=False))["sentence"]


def test_the_answer_in_words() -> None:
    answer = ask(VIEWS["fit", True], *CENTRE)
    bases = dataclasses.replace(
        answer.bases,
        similarities=(0, 0, 0, 0, 0, 0, 0, 0.81, 0),
        probabilities=(*[0.05] * 7, 0.6, 0.05),
        base=(3, 2),
    )
    said = dataclasses.replace(
        answer, bases=bases, labels=(0, 0, 0, 0, 0.36, 0, 0, 0.64, 0), error_mm=31.2, hit=True
    )
    assert said.sentence() == (
        "The network takes this for the right middle of the body (R); it is 31 mm off. "
        f"It is {sureness(0.6, PROJECTION)}."
    )
    missed = dataclasses.replace(said, hit=False, labels=(0, 0, 0, 0, 0.64, 0, 0, 0.36, 0))
    assert "it is 31 mm off. Most of it lies in the very middle (C). It is" in missed.sentence()
    part = dataclasses.replace(said, covers_body=False)
    assert "takes this for the right middle of the grid (R);" in part.sentence()
    outside = dataclasses.replace(said, in_body=False, in_grid=False, share=0.0, hit=None)
    assert outside.sentence().endswith("outside the body. The point lies outside the grid.")
    partly = dataclasses.replace(said, share=0.6)
    assert partly.sentence().endswith(" 60% of the query crop lie in the grid.")
    nothing = dataclasses.replace(bases, similarities=(0.0,) * 9)
    blind = dataclasses.replace(said, bases=nothing)
    assert blind.sentence() == "The network finds no part of the body like this."
    assert blind.sureness == "unsure"


def test_the_answer_in_words_for_many_cells() -> None:
    view = make_view("fit", True)
    placed = place(BODY, AFFINE, "body", FIT.change(n=4))
    answer = PositionView(view.model, placed).answer([*CENTRE], [0.0] * 11 + [0.9] + [0.0] * 4)
    assert answer.bases.base == (3, 4)
    assert answer.sentence().startswith(
        "The network takes this for the part R1 A2 of the body, second from the right and "
        "at the front edge; it is "
    )
    assert answer.to_json()["cell"] == "R1 A2"


def test_points_outside_body_and_grid_are_said_to_be_so() -> None:
    view = make_view("native", True)
    wide = np.pad(BODY, [(40, 40), (0, 0), (0, 0)], mode="edge")
    wide[:80] = 40  # tissue far to the left
    view = PositionView(view.model, place(wide, AFFINE, "wide", NATIVE))
    far = ask(view, *to_mm(AFFINE, np.array([3.0, 24, 22])))
    assert (far.in_grid, far.in_body, far.share) == (False, True, 0)
    assert (far.hit, far.cross_entropy) == (None, None)
    assert "outside the grid" in far.sentence()
    corner = ask(VIEWS["fit", True], *to_mm(AFFINE, np.array([1.0, 1, 22])))
    assert not corner.in_body
    assert 0 < corner.share < 1
    assert "outside the body" in corner.sentence()
    tall = np.pad(BODY, [(0, 0), (0, 0), (0, 20)], constant_values=-1000)
    view = PositionView(VIEWS["fit", True].model, place(tall, AFFINE, "tall", FIT))
    above = ask(view, *to_mm(AFFINE, np.array([32.0, 24, 60])))
    assert "outside the body. The point lies outside the grid." in above.sentence()


@pytest.mark.parametrize("point", [(np.nan, 0, 0), (0, np.inf, 0), (0, 0), (1, 2, 3, 4)])
def test_points_that_are_none(point: tuple) -> None:
    with pytest.raises(InputError, match="three finite numbers"):
        VIEWS["fit", True].query([point])


# --- computed once -----------------------------------------------------------------------------


@kinds
def test_a_query_costs_one_forward(view: PositionView) -> None:
    view = PositionView(view.model, view.placed)
    before = forwards(view.model)
    first = ask(view, *CENTRE)
    beside = 9 + (4 if view.model.has_head else 0)
    assert forwards(view.model) - before == beside + 1
    assert ask(view, *CENTRE) == first
    assert forwards(view.model) - before == beside + 1
    near = [CENTRE + np.array([0, k, 0]) for k in (5, 10, 15)]
    together = view.query([p.tolist() for p in near])
    assert forwards(view.model) - before == beside + 1 + 3
    alone = [ask(PositionView(view.model, view.placed), *point) for point in near]
    for one, other in zip(together, alone, strict=True):
        assert one.labels == other.labels
        np.testing.assert_allclose(one.bases.similarities, other.bases.similarities, atol=1e-6)


def test_crops_between_the_bases_go_through_the_head_with_them() -> None:
    for head in (False, True):
        view = make_view("native", head)
        layer = view.placed.layer(view.placed.voxel(CENTRE))
        grid = view.placed.grids[layer]
        (query,) = view.features([grid.query_box(view.placed.voxel(CENTRE))])
        bases = torch.stack(view.features(grid.base_boxes()))
        beside = view.features(grid.corner_boxes()) if head else []
        found = ask(view, *CENTRE).bases.similarities
        expected = view.model.compare(query, bases, *beside)[:9]
        np.testing.assert_allclose(found, expected, atol=1e-6)
        assert len(view.bases(layer)) == 9 + len(beside)


def test_cancelling_keeps_what_was_computed() -> None:
    view = make_view("fit", True)
    events: list[dict] = []
    with pytest.raises(CancelledError):
        view.query([CENTRE.tolist()], events.append, lambda: forwards(view.model) >= 4)
    assert forwards(view.model) == 4
    view.query([CENTRE.tolist()], events.append)
    assert forwards(view.model) == 14
    stages = [(e["message"], e["done"], e["total"]) for e in events]
    assert stages[0] == ("Base crops", 0, 13)
    assert ("Base crops", 9, 9) in stages
    assert stages[-1] == ("Query crops", 1, 1)


def test_crops_at_once_change_nothing() -> None:
    one, many = make_view("native", True), make_view("native", True)
    many.model.chunk = 5
    answers = [view.query([CENTRE.tolist()])[0].bases.similarities for view in (one, many)]
    np.testing.assert_allclose(*answers, atol=1e-5)


# --- models ------------------------------------------------------------------------------------


def test_a_model_trained_here_brings_its_grid_and_head(tmp_path: Path) -> None:
    torch.manual_seed(3)
    trained = VoCoV2("tiny", "current", width=16)
    preset = PRESETS["chest"]
    recipe = Recipe(
        "pretraining", "tiny", "current", Preprocessing((1.25, 1.25, 5.0), (-1000, 500))
    )
    record = {
        "preparation": dataclasses.asdict(preset.preparation),
        "grid": dataclasses.asdict(preset.grid),
    }
    path = tmp_path / "modèle.safetensors"
    save_checkpoint(path, trained.state_dict(), recipe, record)
    model = load_position_model(str(path))
    assert (model.compared, model.placement.grid) == (PROJECTION, V2_GRID)
    assert model.placement.preparation == preset.preparation
    assert model.placement.mode == "native"
    assert model.name == "modèle.safetensors"
    save_checkpoint(path, trained.state_dict(), recipe, {**record, "grid": {"m": 3}})
    with pytest.raises(WeightsError, match="unknown record"):
        load_position_model(str(path))


def test_segmentation_models_compare_features() -> None:
    model = load_position_model("demo-torso")
    assert model.compared == FEATURES
    assert model.placement.mode == "fit"
    assert model.placement.preparation.spacing == (4.5, 4.5, 4.5)
    assert model.placement.grid == V2_GRID


def test_models_without_an_encoder(tmp_path: Path) -> None:
    other = tmp_path / "other.pt"
    torch.save({"conv.weight": torch.zeros(3)}, other)
    with pytest.raises(WeightsError, match="another architecture"):
        load_position_model(str(other))
    decoder = {
        name: tensor
        for name, tensor in build_network("tiny", 3, "current").state_dict().items()
        if name.startswith("decoder")
    }
    torch.save(decoder, other)
    with pytest.raises(WeightsError, match="does not fit"):
        load_position_model(str(other))
    with pytest.raises(ModelError, match="not supported"):
        load_position_model("VoComni_nnunet")
    with pytest.raises(ModelError, match="There is no file"):
        load_position_model(str(tmp_path / "nothing.safetensors"))
    with pytest.raises(ModelError, match="demo-torso"):
        load_position_model("demo-toso")
    with pytest.raises(InputError, match="Unknown device"):
        load_position_model("demo-torso", "abacus")


def test_weights_that_answer_with_nan() -> None:
    encoder = VoCoEncoder("tiny", "current")
    with torch.no_grad():
        encoder.encoder10.layer.conv1.conv.weight.fill_(torch.nan)
    model = PositionModel(encoder, ProjectionHead(288, 8), FIT, "broken", "cpu")
    with pytest.raises(WeightsError, match="broken answers with NaN"):
        model.embed(torch.rand(1, 1, 64, 64, 64))
    model = make_model(FIT, True)
    assert model._head is not None
    next(model._head.parameters()).data.fill_(torch.nan)
    with pytest.raises(WeightsError, match="random answers with NaN"):
        model.compare(torch.rand(48), torch.rand(9, 48))


def test_the_bundled_model_finds_its_way_in_a_phantom_it_has_not_seen() -> None:
    """At random every ninth is a hit; Docs/positions.md has the figures for 200 queries."""
    model, rng = load_position_model("demo-torso-voco", "cpu"), np.random.default_rng(0)
    phantom = make_phantom(3)
    view = PositionView(model, place(phantom.image, phantom.affine, "", model.placement))
    (grid,) = view.placed.grids
    centres = np.column_stack([grid.grid.draw_centres(16, rng), np.full(16, 21.0)])
    answers = view.query(to_mm(grid.affine, centres - 0.5))
    assert {answer.compared for answer in answers} == {PROJECTION}
    assert np.mean([answer.hit for answer in answers]) > 0.6


@pytest.mark.skipif(openvino_version() is None, reason="OpenVINO is not installed")
def test_openvino_gives_the_same_features_and_may_break(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    encoder = VoCoEncoder("tiny", "legacy")
    crops = torch.rand(6, 1, 64, 32, 32)
    plain, other, broken = (
        PositionModel(encoder, None, FIT, "random", "cpu", openvino=wish)
        for wish in (False, True, True)
    )
    expected = plain.embed(crops[:1])
    other._embedded = broken._embedded = 6  # enough, so that it is worth it
    found = other.embed(crops[:1])
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-3)
    assert other._compiled is not None and other.problem == ""
    assert torch.equal(found, other.embed(crops[:2])[:1])  # the first answer is still its own
    monkeypatch.setitem(sys.modules, "VoCoLib.networks.openvino_graph", None)
    assert torch.equal(broken.embed(crops[:1]), expected)
    assert broken.problem.startswith("OpenVINO cannot be used (")
