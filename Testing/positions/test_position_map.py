"""The map over a body and the search in another body: right places, volumes and words."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from position_cases import (
    AFFINE,
    BODY,
    FIT,
    GRID,
    MODES,
    NATIVE,
    ORIENTATIONS,
    forwards,
    make_body,
    make_model,
    stored,
    turned,
)

from VoCoLib.errors import CancelledError, InputError
from VoCoLib.images.body import BodyMask
from VoCoLib.images.coordinates import sub_grid, to_mm, to_voxels
from VoCoLib.images.lattice import body_box, make_lattice, spread
from VoCoLib.positions.dense import compare_bodies
from VoCoLib.positions.lookup import MatchLookup, PositionLookup
from VoCoLib.positions.map import PositionMap, coarse_to_fine, position_map, summarise
from VoCoLib.positions.placement import place
from VoCoLib.positions.search import LOW_SIMILARITY, find_match
from VoCoLib.positions.view import PositionView

CENTRE = to_mm(AFFINE, np.array([32.0, 24, 22]))


def make_view(mode: str, head: bool = True, array: np.ndarray = BODY) -> PositionView:
    model = make_model(MODES[mode], head)
    return PositionView(model, place(array, AFFINE, "body", model.placement))


# --- lattice -----------------------------------------------------------------------------------


def test_points_are_spread_evenly() -> None:
    np.testing.assert_allclose(spread(0, 40, 10), [5, 15, 25, 35])
    np.testing.assert_allclose(spread(-3, 9, 11), [3])
    np.testing.assert_allclose(spread(2, 3, 100), [2.5])


def test_volumes_are_interpolated_inside_the_body() -> None:
    """A linear function comes back as it is between the points, and nothing outside."""
    mask = np.zeros((30, 20, 16), bool)
    mask[4:26, 3:17, 2:14] = True
    affine = turned(AFFINE, 25, 0)
    body = BodyMask(mask, affine)
    prepared = sub_grid(affine, np.array([2.0, 1, 1]), np.array([0.5, 0.5, 0.5]))
    box = body_box(body, prepared)
    np.testing.assert_allclose(box, [[3, 47], [3, 31], [1, 25]])
    lattice = make_lattice(body, prepared, [spread(*ends, 5) for ends in box])
    assert len(lattice.voxels) == len(lattice.index) == 9 * 6 * 5
    values = lattice.voxels @ [1, 2, -1]
    volume = lattice.volume(values.tolist(), -7)
    assert volume.dtype == np.float32
    index = np.stack(np.indices(mask.shape), -1).astype(float)
    voxels = to_voxels(prepared, to_mm(affine, index))
    between = ((voxels >= lattice.voxels.min(0)) & (voxels <= lattice.voxels.max(0))).all(-1)
    assert between.sum() > 1000
    np.testing.assert_allclose(volume[between], (voxels @ [1, 2, -1])[between], atol=1e-4)
    assert (volume[~mask] == -7).all()
    assert (volume[mask] != -7).all()


def test_only_points_near_the_body_are_asked() -> None:
    mask = np.zeros((40, 40, 10), bool)
    mask[:20, :20] = mask[25:, 25:] = True
    body = BodyMask(mask, np.eye(4))
    axes = [spread(-0.5, 39.5, 10), spread(-0.5, 39.5, 10), np.array([4.5])]
    lattice = make_lattice(body, np.eye(4), axes)
    assert {tuple(i) for i in lattice.index} == {
        (i, j, 0) for i in range(4) for j in range(4) if (i < 2) == (j < 2)
    }
    narrow = make_lattice(body, np.eye(4), [spread(-0.5, 14.5, 7.5), *axes[1:]])
    assert not narrow.inside[15:].any()
    np.testing.assert_array_equal(narrow.inside[:15], mask[:15])


# --- map ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_the_map_holds_the_answers(mode: str) -> None:
    view = make_view(mode)
    events: list[dict] = []
    found = position_map(view, events.append)
    assert found.confidence.shape == found.error_mm.shape == view.placed.body.mask.shape
    asked = found.confidence > 0
    np.testing.assert_array_equal(asked, found.error_mm >= 0)
    assert (asked <= view.placed.body.mask).all()
    layers = {answer.layer for answer in found.answers}
    assert layers == set(range(len(view.placed.grids)))
    points = np.array([answer.point_mm for answer in found.answers])
    index = np.rint(to_voxels(found.affine, points)).astype(int).clip(0, np.array(asked.shape) - 1)
    at = tuple(index[asked[tuple(index.T)]].T)
    answers = [a for a, inside in zip(found.answers, asked[tuple(index.T)], strict=True) if inside]
    assert len(answers) > 20
    confidence = [max(answer.bases.probabilities) for answer in answers]
    assert np.corrcoef(found.confidence[at], confidence)[0, 1] > 0.9
    assert np.corrcoef(found.error_mm[at], [answer.error_mm for answer in answers])[0, 1] > 0.9
    assert found.volumes().shape == (*asked.shape, 2)
    stages = [e for e in events if e["message"] == "Position map"]
    assert (stages[0]["done"], stages[-1]["done"]) == (0, stages[-1]["total"])


def test_the_map_goes_on_after_a_cancel() -> None:
    view, other = make_view("fit"), make_view("fit")
    with pytest.raises(CancelledError):
        position_map(view, cancelled=lambda: forwards(view.model) >= 30)
    assert forwards(view.model) == 30
    found, expected = position_map(view), position_map(other)
    assert forwards(view.model) == forwards(other.model)
    np.testing.assert_allclose(found.error_mm, expected.error_mm, atol=1e-3)


def test_a_map_in_parts_becomes_the_whole_map() -> None:
    """What is not known yet is guessed, also where it was asked last; nothing is asked twice."""
    view, other = make_view("fit"), make_view("fit")
    whole = position_map(other)
    parts = [position_map(view, seconds=0)]
    assert len(parts[0].answers) == 1 and parts[0].total == len(whole.answers)
    np.testing.assert_array_equal(parts[0].confidence > 0, whole.confidence > 0)
    np.testing.assert_array_equal(np.isnan(parts[0].similarities), np.isnan(whole.similarities))
    events: list[dict] = []
    parts += [position_map(view, events.append, seconds=0) for _ in range(3)]
    assert [len(part.answers) for part in parts] == [1, 2, 3, 4]
    last = position_map(view, events.append)
    done = [event["done"] for event in events if event["message"] == "Position map"]
    assert done == sorted(done) and done[-1] == whole.total
    assert forwards(view.model) == forwards(other.model)
    np.testing.assert_array_equal(last.similarities, whole.similarities)
    exact = [np.nanmean(part.similarities == whole.similarities) for part in (parts[-1], last)]
    assert 0 < exact[0] < exact[1]


def test_the_first_points_of_a_map_lie_all_over_it() -> None:
    index = np.argwhere(np.ones((12, 12, 1), bool))
    order = coarse_to_fine(index)
    first = index[order[:9]]
    assert {tuple(place) for place in first} == {(i, j, 0) for i in (2, 6, 10) for j in (2, 6, 10)}
    assert sorted(order.tolist()) == list(range(144))


def make_lookup(view: PositionView, found: PositionMap) -> PositionLookup:
    return PositionLookup(
        json.loads(json.dumps(view.placed.to_json())),
        found.similarities,
        found.lattice_affine,
        found.confidence > 0,
        found.affine,
        view.model.compared,
    )


@pytest.mark.parametrize("mode", MODES)
def test_a_lookup_answers_as_the_network_does_at_the_points_of_the_map(mode: str) -> None:
    view = make_view(mode)
    found = position_map(view)
    lookup = make_lookup(view, found)
    assert len(found.answers) > 20
    for answer in found.answers[::5]:
        said = lookup.answer(answer.point_mm)
        assert said is not None
        np.testing.assert_allclose(said.bases.similarities, answer.bases.similarities, atol=1e-5)
        np.testing.assert_allclose(said.labels, answer.labels, atol=1e-9)
        np.testing.assert_allclose(said.corners_mm, answer.corners_mm, atol=1e-6)
        np.testing.assert_allclose(said.centre_mm, answer.centre_mm, atol=1e-6)
        assert said.error_mm == pytest.approx(answer.error_mm, abs=1e-3)
        assert (said.layer, said.in_grid) == (answer.layer, answer.in_grid)
        assert said.sentence() == answer.sentence()


def test_a_lookup_is_linear_between_the_points_and_silent_far_off() -> None:
    view = make_view("fit")
    found = position_map(view)
    lookup = make_lookup(view, found)
    middle = np.array(found.similarities.shape[:2]) // 2
    here, there = (to_mm(found.lattice_affine, np.array([*middle + d, 0.0])) for d in (0, 1))
    rows = [found.similarities[tuple(middle + d)][0] for d in (0, 1)]
    on_edge = (here + there) / 2  # of four points
    corners = [found.similarities[middle[0] + i, middle[1] + j, 0] for i, j in np.ndindex(2, 2)]
    np.testing.assert_allclose(
        lookup.answer(on_edge).bases.similarities, np.mean(corners, 0), atol=1e-5
    )
    assert not np.allclose(rows[0], rows[1])
    assert lookup.answer(here + np.array([500.0, 0, 0])) is None


def test_bodies_are_compared_once_and_a_body_is_found_in_itself() -> None:
    """The look-up finds a place of the map where it is, and what lies to its right to the right."""
    view = make_view("fit")
    found = compare_bodies(view, view)
    asked = forwards(view.model)
    assert compare_bodies(view, view).similarities.shape == found.similarities.shape
    assert forwards(view.model) == asked
    record = json.loads(json.dumps(view.placed.to_json()))
    lookup = MatchLookup(record, record, found.similarities, found.affine, found.reference_affine)
    middle = np.array(found.similarities.shape[:2]) // 2
    for shift in ((0, 0), (2, 0), (0, -2)):
        point = to_mm(found.affine, np.array([*(middle + shift), 0.0])) + np.array([0, 0, 7])
        similarity, match, best = lookup.find(point.tolist())
        assert np.linalg.norm(match - point) < 4  # a step of the lattice is 5 mm or more
        assert best == pytest.approx(1, abs=1e-5)
        assert similarity.shape == found.similarities.shape[3:]
    assert lookup.find((point + 900).tolist()) is None
    with pytest.raises(InputError, match="different models or grids"):
        compare_bodies(view, make_view("native"))


def test_the_summary_counts_crops_inside_the_grid() -> None:
    view = make_view("fit")
    answers = position_map(view).answers
    inside = [a for a in answers if a.share > 1 - 1e-9]
    assert 0 < len(inside) < len(answers)
    found = summarise(answers)
    assert found.queries == len(inside)
    assert found.chance == 1 / 9
    assert np.isclose(found.accuracy, np.mean([a.hit for a in inside]))
    assert np.isclose(found.median_error_mm, np.median([a.error_mm for a in inside]))
    assert np.isclose(found.cross_entropy, np.mean([a.cross_entropy for a in inside]))
    assert f"{found.queries} query crops" in found.sentence()
    outside = [a for a in answers if a.share <= 1 - 1e-9]
    assert summarise(outside).accuracy is None
    assert "No query crop" in summarise(outside).sentence()


def test_without_a_body_there_is_no_map() -> None:
    air = np.full((30, 30, 30), -1000, np.int16)
    air[10:20, 10:20, 10:20] = -400  # in the window of the lung, but no body
    lung = dataclasses.replace(FIT.preparation, hu_window=(-1000.0, 500.0))
    model = make_model(dataclasses.replace(FIT, preparation=lung), True)
    view = PositionView(model, place(air, AFFINE, "foam", model.placement))
    with pytest.raises(InputError, match="No body was found in foam"):
        position_map(view)
    with pytest.raises(InputError, match="No body was found in foam"):
        find_match(view, to_mm(AFFINE, np.array([15.0, 15, 15])).tolist(), view)


# --- search ------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("head", [True, False])
@pytest.mark.parametrize("orientation", ORIENTATIONS[3::17])
def test_a_place_is_found_in_the_same_patient(mode: str, head: bool, orientation: tuple) -> None:
    """The reference is the same body, stored otherwise and lying turned.

    The point is one where the search looks first, so that even a random network finds it.
    """
    view = make_view(mode, head)
    affine = turned(AFFINE, 10, 2)
    array, stored_affine = stored(BODY, affine, *orientation)
    reference = PositionView(view.model, place(array, stored_affine, "other", MODES[mode]))
    placed = view.placed
    steps = (GRID.crop / (4 if mode == "fit" else 2),) * 3
    box = body_box(placed.body, placed.affine)
    axes = [spread(*ends, step) for ends, step in zip(box, steps, strict=True)]
    point = to_mm(placed.affine, np.array([axis[len(axis) // 2] for axis in axes]))
    found = find_match(view, point.tolist(), reference)
    off = to_mm(AFFINE, to_voxels(affine, np.array(found.point_mm))) - point
    assert np.abs(off).max() < 1
    assert found.similarity > 1 - 1e-4
    assert not found.low
    assert found.volume.shape == reference.placed.body.mask.shape
    assert found.volume.max() <= found.similarity + 1e-6
    np.testing.assert_array_equal(found.volume >= 0, reference.placed.body.mask)
    own = view.model.compare(
        view.features([placed.free_box(placed.voxel(point))])[0],
        reference.bases(found.layer),
    )
    bases = reference.placed.placement.grid.bases
    np.testing.assert_allclose(found.bases.similarities, own[:bases], atol=1e-6)


@pytest.mark.parametrize("mode", MODES)
def test_the_match_is_better_than_all_places_near_it(mode: str) -> None:
    view, other = make_view(mode), make_view(mode, array=make_body(1))
    reference = PositionView(view.model, other.placed)
    found = find_match(view, CENTRE.tolist(), reference)
    placed = reference.placed
    best = placed.voxel(np.array(found.point_mm))
    (query,) = view.features([view.placed.free_box(view.placed.voxel(CENTRE))])
    axes = 2 if mode == "fit" else 3
    lower, upper = body_box(placed.body, placed.affine).T
    for step in (*np.eye(3)[:axes], *-np.eye(3)[:axes], np.zeros(3)):
        near = (best + step).clip(lower, upper)
        bases = reference.bases(placed.layer(near))
        (features,) = reference.features([placed.free_box(near)])
        similarity = float(view.model.compare(query, bases, features)[-1])
        assert similarity <= found.similarity + 1e-6
    assert np.isclose(similarity, found.similarity, atol=1e-6)  # the last: at the match itself


def test_s_is_taken_in_proportion_where_the_body_is_squeezed_into_one_grid() -> None:
    view = make_view("fit")
    point = to_mm(AFFINE, np.array([37.0, 20, 8]))
    found = find_match(view, point.tolist(), view)
    assert np.isclose(found.point_mm[2], point[2])
    tall = np.full((64, 48, 84), -1000, np.int16)  # air above and below
    tall[:, :, 20:64] = BODY
    above = PositionView(view.model, place(tall, AFFINE, "tall", FIT))
    point = to_mm(AFFINE, np.array([37.0, 20, 80])).tolist()
    match = find_match(above, point, view)
    assert view.placed.body.contains(np.array(match.point_mm) - [0, 0, 0.1])


def test_a_second_search_only_computes_what_is_new() -> None:
    view, reference = make_view("native"), make_view("native", array=make_body(1))
    reference = PositionView(view.model, reference.placed)
    find_match(view, CENTRE.tolist(), reference)
    before = forwards(view.model)
    first = find_match(view, CENTRE.tolist(), reference)
    assert forwards(view.model) == before
    find_match(view, (CENTRE + np.array([9, 6, 3])).tolist(), reference)
    assert 1 <= forwards(view.model) - before < before / 2
    assert json.loads(json.dumps(first.to_json(), allow_nan=False))["sentence"] == first.sentence()


@pytest.mark.parametrize("head", [True, False])
def test_what_the_reference_does_not_show_is_said_to_be_unlike(head: bool) -> None:
    """Organs are looked for in a body that is nothing but fat."""
    view = make_view("fit", head)
    fat = np.where(BODY > -900, -150, -1000).astype(np.int16)
    reference = PositionView(view.model, place(fat, AFFINE, "fat", FIT))
    point = to_mm(AFFINE, np.array([20.0, 30, 22])).tolist()
    found, itself = find_match(view, point, reference), find_match(view, point, view)
    assert found.low
    assert found.similarity < LOW_SIMILARITY
    assert found.sentence().endswith("Low: the reference may not show this part of the body.")
    assert not itself.low
    assert "Low" not in itself.sentence()


def test_the_two_must_be_seen_alike() -> None:
    view, other = make_view("fit"), make_view("fit")
    with pytest.raises(InputError, match="different models or grids"):
        find_match(view, CENTRE.tolist(), other)
    native = PositionView(view.model, place(BODY, AFFINE, "body", NATIVE))
    with pytest.raises(InputError, match="different models or grids"):
        find_match(view, CENTRE.tolist(), native)
    with pytest.raises(InputError, match="outside body"):
        find_match(view, (999, 0, 0), view)
