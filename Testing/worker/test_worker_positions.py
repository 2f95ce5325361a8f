"""The worker's requests of the position view, with the real network of a bundled model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from VoCoLib.errors import CancelledError, InputError, RequestError, VoCoError
from VoCoLib.images.coordinates import to_voxels
from VoCoLib.images.phantom import Phantom, make_phantom
from VoCoLib.worker.client import WorkerClient
from VoCoLib.worker.positions import PositionRequests

POINT = [-10.0, 20.0, 8.0]


@pytest.fixture(scope="module")
def phantom() -> Phantom:
    """A few organs: of the size of a base crop."""
    return make_phantom(7, (4.5, 4.5, 4.5), (120, 110, 100))


@pytest.fixture(scope="module")
def requests() -> PositionRequests:
    return PositionRequests()


def ask(requests: PositionRequests, kind: str, **fields: Any) -> dict[str, Any]:
    """The result of a request, which must be JSON, after its other events."""
    events: list[dict[str, Any]] = []
    cancelled = fields.pop("cancelled", lambda: False)
    requests.kinds[kind]({"request": kind, **fields}, events.append, cancelled)
    assert all(e["event"] in ("progress", "log") for e in events[:-1])
    assert events[-1]["event"] == "result"
    result = json.loads(json.dumps(events[-1], allow_nan=False))
    return {**result, "events": events}


def prepare(phantom: Phantom, folder: Path, **changes: Any) -> dict[str, Any]:
    """The fields of a request for a grid of 2 x 2."""
    path = folder / "image.npy"
    np.save(path, phantom.image)
    fields = {
        **{"view": "current", "model": "demo-torso-voco", "image": str(path), "grid": 2},
        **{"affine": phantom.affine.tolist(), "placement": "native", "name": "CT"},
    }
    return {**fields, **changes}


@pytest.mark.long
def test_a_session(requests: PositionRequests, phantom: Phantom, tmp_path: Path) -> None:
    fields = prepare(phantom, tmp_path)
    ready = ask(requests, "positions_prepare", **fields)
    assert (ready["view"], ready["model"]) == ("current", "demo-torso-voco")
    assert (ready["grid"]["mode"], ready["grid"]["n"]) == ("native", 2)
    assert ready["compared"] == "projection head"
    assert any("the rest is air" in warning for warning in ready["warnings"])
    assert np.array(ready["grid"]["layers"][0]["cells_affine"]).shape == (4, 4)
    Path(fields["image"]).unlink()  # the view does not need it any more
    asked = ask(requests, "positions_query", view="current", points=[POINT])
    (answer,) = asked["answers"]
    assert [e["message"] for e in asked["events"][:-1]] == ["Query crops"] * 2
    assert answer["point_mm"] == POINT
    assert len(answer["corners_mm"]) == 8
    assert "The network takes this for" in answer["sentence"]
    again = ask(requests, "positions_query", view="current", points=[POINT])
    assert again["answers"] == asked["answers"]
    assert len(again["events"]) == 1  # nothing had to be computed
    _check_map(requests, phantom, tmp_path)
    _check_search(requests, phantom, tmp_path)
    assert "answers" not in ask(requests, "positions_close", view="current")
    with pytest.raises(RequestError, match="no view 'current'") as lost:
        ask(requests, "positions_query", view="current", points=[POINT])
    assert lost.value.code == "no_view"


def _check_map(requests: PositionRequests, phantom: Phantom, folder: Path) -> None:
    found = ask(
        requests,
        "positions_map",
        view="current",
        maps=str(folder / "maps.npy"),
        similarities=str(folder / "similarities.npy"),
    )
    maps = np.load(found["maps"])
    assert maps.shape == (*phantom.image.shape, 2)
    assert maps.dtype == np.float32
    assert maps[..., 0].flags.f_contiguous
    np.testing.assert_allclose(found["affine"], phantom.affine)
    assert (maps[phantom.label > 0] > 0).all()
    assert found["done"] == found["total"]
    similarities = np.load(found["similarities"])
    assert similarities.shape[2:] == (1, 4) and (~np.isnan(similarities[..., 0])).any()
    assert np.array(found["lattice_affine"]).shape == (4, 4)
    assert found["summary"]["queries"] > 0
    assert "chance 25%" in found["sentence"]


def _check_search(requests: PositionRequests, phantom: Phantom, folder: Path) -> None:
    """In a part of the CT that is stored the other way round."""
    flip = np.eye(4)
    flip[0, 0], flip[0, 3] = -1, 19
    path = folder / "flipped.npy"
    part = phantom.image[19:5:-1, :14, :14]
    np.save(path, part)
    affine = phantom.affine @ flip
    other = {"view": "other", "image": str(path), "affine": affine.tolist()}
    ready = ask(requests, "positions_prepare", **prepare(phantom, folder, **other))
    assert not any("Loading" in e.get("message", "") for e in ready["events"])
    volume = str(folder / "similarity.npy")
    fields = {"view": "current", "reference": "other", "point": POINT, "volume": volume}
    found = ask(requests, "positions_search", **fields)
    similarity = np.load(volume)
    assert similarity.shape == part.shape
    assert similarity.max() <= found["similarity"] + 1e-5
    assert found["low"] == ("Low" in found["sentence"])
    assert len(found["bases"]["similarities"]) == 4
    index = to_voxels(affine, np.array(found["point_mm"]))
    assert ((index >= -0.5) & (index <= np.array(part.shape) - 0.5)).all()


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"model": None}, RequestError, "lacks the field 'model'"),
        ({"view": 3}, RequestError, "wrong value in the field 'view'"),
        ({"affine": [[1, 0], [0, 1]]}, RequestError, "4 x 4 finite numbers"),
        ({"grid": 1}, RequestError, "2 to 8 bases"),
        ({"grid": 99}, RequestError, "2 to 8 bases"),
        ({"placement": "tight"}, RequestError, "fits or is native"),
        ({"point": [1, 2]}, RequestError, "3 finite numbers"),
        ({"point": [900, 2, 3]}, InputError, "lies outside CT"),
        ({"image": "nowhere.npy"}, InputError, "cannot be read"),
        ({"model": "VoComni_nnunet"}, VoCoError, "not supported"),
        ({"device": "abacus"}, InputError, "Unknown device"),
    ],
)
def test_requests_that_cannot_be_meant(
    requests: PositionRequests,
    phantom: Phantom,
    tmp_path: Path,
    changes: dict[str, Any],
    error: type[VoCoError],
    message: str,
) -> None:
    with pytest.raises(error, match=message):
        ask(requests, "positions_prepare", **prepare(phantom, tmp_path, **changes))


def test_an_image_with_nan(requests: PositionRequests, phantom: Phantom, tmp_path: Path) -> None:
    fields = prepare(phantom, tmp_path)
    image = phantom.image.astype(np.float32)
    image[3, 4, 5] = np.nan
    np.save(fields["image"], image)
    with pytest.raises(InputError, match=r"NaN or infinite, the first at index \(3, 4, 5\)"):
        ask(requests, "positions_prepare", **fields)


def test_a_cancelled_preparation_leaves_no_view(
    requests: PositionRequests, phantom: Phantom, tmp_path: Path
) -> None:
    with pytest.raises(CancelledError):
        fields = prepare(phantom, tmp_path, view="half")
        ask(requests, "positions_prepare", **fields, cancelled=lambda: True)
    with pytest.raises(RequestError, match="no view 'half'"):
        ask(requests, "positions_query", view="half", points=[POINT])


def test_through_a_worker(phantom: Phantom, tmp_path: Path) -> None:
    """A crash loses the views, which is said by a code of its own."""
    fields = prepare(phantom, tmp_path, request="positions_prepare")
    del fields["image"]
    events: list[dict[str, Any]] = []
    query = {"request": "positions_query", "view": "current", "points": [POINT]}
    with WorkerClient() as client:
        client.wait(client.submit(query), 120, events.append)
        assert events[-1]["code"] == "no_view"
        client.submit(fields, {"image": phantom.image})
        client.wait(client.submit(query), 120, events.append)
    results = [e for e in events if e["event"] == "result"]
    assert [set(r) & {"grid", "answers"} for r in results] == [{"grid"}, {"answers"}]
    assert results[1]["answers"][0]["point_mm"] == POINT
