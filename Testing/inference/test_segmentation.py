"""The segmenter against plain MONAI, and its own promises: region, subset, progress, cancel."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from affines import make_affine
from conftest import make_recipe
from monai.data.utils import compute_importance_map, dense_patch_slices
from monai.inferers.utils import _get_scan_interval
from monai_pipeline import segment_with_monai
from scipy.ndimage import gaussian_filter

from VoCoLib.errors import CancelledError, InputError, OutOfMemoryError, WeightsError
from VoCoLib.images.preprocessing import full_box
from VoCoLib.inference import execution
from VoCoLib.inference.estimates import estimate_memory, windows_at_once
from VoCoLib.inference.region import Region
from VoCoLib.inference.segmentation import Segmenter
from VoCoLib.inference.sliding_window import Occupancy, importance_map, window_layout
from VoCoLib.models.catalogue import Catalogue
from VoCoLib.recipe import Preprocessing

ONE_WINDOW = (64, 32, 32)


def make_image(shape: tuple[int, int, int], seed: int = 0) -> np.ndarray:
    """Smooth random tissue with air in the first quarter and a margin of air behind."""
    tissue = gaussian_filter(np.random.default_rng(seed).standard_normal(shape), 4)
    image = (tissue / tissue.std() * 100).astype(np.int16)
    image[: shape[0] // 4] = -1000
    image[:, -shape[1] // 5 :] = -1000
    return image


@pytest.fixture(scope="module")
def quick() -> torch.nn.Module:
    """Four classes in milliseconds; what it says of a voxel depends on the window round it."""
    torch.manual_seed(0)
    layers = (
        torch.nn.Conv3d(1, 8, 5, padding=2),
        torch.nn.InstanceNorm3d(8),
        torch.nn.GELU(),
        torch.nn.Conv3d(8, 4, 1),
    )
    return torch.nn.Sequential(*layers).eval()


def segmenter(network, recipe, **settings) -> Segmenter:
    return Segmenter(
        network, recipe, "cpu", **{"precision": "float32", "engine": "pytorch", **settings}
    )


CASES = {
    "same spacing": ((70, 50, 40), make_affine(spacing=(3, 3, 3)), False),
    "anisotropic, left-handed": (
        (60, 50, 20),
        make_affine(flips=(-1, -1, -1), spacing=(2.5, 3.5, 6)),
        False,
    ),
    "oblique, permuted": (
        (34, 60, 44),
        make_affine((2, 0, 1), (1, -1, 1), (4.0, 2.2, 3.3), (16.5, -5, 9)),
        False,
    ),
    "foreground crop": ((70, 60, 40), make_affine(spacing=(3, 3, 2.4)), True),
    "foreground crop, oblique": (
        (34, 60, 44),
        make_affine((2, 1, 0), (1, -1, 1), (4.0, 2.2, 3.3), (9.0, 0, -14)),
        True,
    ),
    "smaller than a window": ((21, 30, 10), make_affine(spacing=(3, 3, 3)), False),
}


@pytest.mark.parametrize("name", CASES)
def test_agrees_with_plain_monai(name, quick):
    check_against_monai(name, quick, quick)


def test_agrees_with_plain_monai_and_its_network(network, stock_network):
    check_against_monai("foreground crop, oblique", network, stock_network)


def check_against_monai(name, network, stock_network):
    shape, affine, crop = CASES[name]
    recipe = make_recipe(crop)
    image = make_image(shape)
    expected = segment_with_monai(image, affine, stock_network, recipe.preprocessing)
    result = segmenter(network, recipe).segment(image, affine)
    assert result.shape == image.shape and result.dtype == np.uint8
    assert len(np.unique(expected)) == 4, "the comparison needs all classes"
    assert (result == expected).mean() >= 0.999


@pytest.mark.parametrize(
    ("permutation", "flips"), [((0, 1, 2), (-1, -1, 1)), ((1, 2, 0), (1, -1, -1))]
)
def test_storage_order_does_not_matter(permutation, flips, quick):
    """The same patient stored along other axes gives the same labels, voxel by voxel."""
    recipe = make_recipe()
    image = make_image((66, 40, 34))
    spacing = (2.0, 3.0, 4.0)
    result = segmenter(quick, recipe).segment(image, make_affine(spacing=spacing))

    def store(array: np.ndarray) -> np.ndarray:
        flipped = array.transpose(permutation)
        return flipped[tuple(slice(None, None, sign) for sign in flips)]

    affine = make_affine(permutation, flips, tuple(spacing[a] for a in permutation))
    stored = segmenter(quick, recipe).segment(store(image), affine)
    assert (stored == store(result)).all()


def test_region_equals_the_whole_inside_and_is_empty_outside(quick):
    affine = make_affine((1, 0, 2), (-1, 1, 1), (3.0, 2.5, 4.0), (0, 0, 20))
    image = make_image((60, 80, 30))
    recipe = make_recipe()
    whole = segmenter(quick, recipe).segment(image, affine)
    centre = (affine @ [30, 40, 15, 1])[:3]
    region = Region(tuple(centre - 30), tuple(centre + 22))
    result = segmenter(quick, recipe).segment(image, affine, region=region)
    index = np.stack(np.meshgrid(*[np.arange(n) for n in image.shape], indexing="ij"), axis=-1)
    points = index @ affine[:3, :3].T + affine[:3, 3]
    inside = ((points >= np.array(region.lower)) & (points <= np.array(region.upper))).all(-1)
    assert inside.sum() > 1000 and len(np.unique(result[inside])) > 1
    assert (result[inside] == whole[inside]).all()
    assert not result[~inside].any()


def test_a_small_region_needs_fewer_windows(quick):
    image = np.full((128, 96, 96), 40, np.int16)
    affine = make_affine(spacing=(3, 3, 3), origin=(0.0, 0.0, 0.0))
    totals = []
    for region in (None, Region((0, 0, 0), (30, 30, 30))):
        events: list[dict] = []

        def stop(events=events) -> bool:
            return any(e.get("message") == "Segmenting" for e in events)

        with pytest.raises(CancelledError):
            segmenter(quick, make_recipe()).segment(
                image, affine, region=region, sink=events.append, cancelled=stop
            )
        totals.append(next(e["total"] for e in events if e["message"] == "Segmenting"))
    assert totals == [75, 1]


def test_structures_selects_without_changing_the_others(quick):
    image, affine = make_image((66, 40, 34)), make_affine(spacing=(3, 3, 3))
    whole = segmenter(quick, make_recipe()).segment(image, affine)
    some = segmenter(quick, make_recipe()).segment(
        image, affine, structures=["Structure 1", "Structure 3"]
    )
    assert (whole == 2).any()
    np.testing.assert_array_equal(some, np.where(whole == 2, 0, whole))


def test_progress_counts_windows_with_body_and_ends_complete(quick):
    image = make_image((150, 40, 34))
    image[:80] = -1000
    events: list[dict] = []
    segmenter(quick, make_recipe()).segment(
        image, make_affine(spacing=(3, 3, 3)), sink=events.append
    )
    progress = [e for e in events if e.get("message") == "Segmenting"]
    assert progress[0]["done"] == 0 and progress[-1]["done"] == progress[-1]["total"]
    assert [e["done"] for e in progress] == sorted(e["done"] for e in progress)
    assert progress[0]["eta_s"] is None and progress[-1]["eta_s"] == 0
    layout = window_layout(full_box((150, 40, 34)), make_recipe().preprocessing)
    windows = sum(len(layer) for _, layer in layout.layers())
    assert 0 < progress[-1]["total"] < windows


def test_cancel_stops_before_the_next_window(network):
    calls: list[tuple[int, ...]] = []
    hook = network.register_forward_hook(lambda *_: calls.append(()))
    try:
        with pytest.raises(CancelledError):
            segmenter(network, make_recipe()).segment(
                make_image((130, 60, 60)), np.diag([3.0, 3, 3, 1]), cancelled=lambda: len(calls) > 1
            )
    finally:
        hook.remove()
    assert len(calls) == 2


def test_image_without_body_is_refused(network):
    air = np.full((40, 40, 40), -1000, np.int16)
    with pytest.raises(InputError, match="no voxel above -175 HU"):
        segmenter(network, make_recipe()).segment(air, np.eye(4))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"structures": ["Spleeen"]}, "no structure 'Spleeen'.*Structure 1"),
        ({"region": Region((9000, 0, 0), (9100, 9, 9))}, "outside the image"),
        ({"region": Region((0, 0, 0), (9, 9, 9))}, "no body in the region"),
    ],
)
def test_wrong_requests_say_what_is_possible(settings, message, network):
    with pytest.raises(InputError, match=message):
        segmenter(network, make_recipe()).segment(
            make_image((300, 40, 40)), np.diag([3.0, 3, 3, 1]), **settings
        )


@pytest.mark.parametrize(
    ("device", "precision", "message"),
    [
        ("cuda:99", "auto", "No device 'cuda:99'"),
        ("tpu", "auto", "Unknown device"),
        ("cpu", "float8", "Unknown precision"),
        ("cpu", "float16", "needs a GPU"),
    ],
)
def test_unavailable_device_or_precision_is_refused(device, precision, message, network):
    with pytest.raises(InputError, match=message):
        Segmenter(network, make_recipe(), device, precision)


class Starved(torch.nn.Module):
    """A network for which memory runs out unless it computes in half precision."""

    def __init__(self, network: torch.nn.Module, enough: bool) -> None:
        super().__init__()
        self.network, self.enough = network, enough

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not (self.enough and torch.is_autocast_enabled("cpu")):
            torch.empty(1 << 60, dtype=torch.uint8)  # a real allocation that really fails
        return self.network(x)


@pytest.fixture
def half(monkeypatch: pytest.MonkeyPatch) -> None:
    """A processor for which bfloat16 saves memory, whatever this one is."""
    monkeypatch.setattr(execution, "half_precision", lambda device: "bfloat16")


@pytest.mark.usefixtures("half", "quick_bfloat16")
def test_out_of_memory_steps_down_and_says_so(network):
    image, affine = make_image(ONE_WINDOW), np.diag([3.0, 3, 3, 1])
    events: list[dict] = []
    result = segmenter(Starved(network, enough=True), make_recipe()).segment(
        image, affine, sink=events.append
    )
    log = [e["message"] for e in events if e["event"] == "log"]
    assert any("half precision (bfloat16)" in message for message in log)
    assert result.any()


@pytest.mark.usefixtures("half", "quick_bfloat16")
def test_a_second_image_starts_with_the_wanted_precision_again(network):
    starved = Starved(network, enough=True)
    both = segmenter(starved, make_recipe())
    both.segment(make_image(ONE_WINDOW), np.diag([3.0, 3, 3, 1]))
    starved.forward = network.forward  # there is memory again
    events: list[dict] = []
    both.segment(make_image(ONE_WINDOW), np.diag([3.0, 3, 3, 1]), sink=events.append)
    log = [e["message"] for e in events if e["event"] == "log"]
    assert [message.split(":")[0] for message in log] == ["cpu, float32"]


def test_a_network_that_answers_nan_is_an_error(network):
    class Broken(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return network(x) * torch.nan

    with pytest.raises(WeightsError, match="NaN"):
        segmenter(Broken(), make_recipe()).segment(make_image(ONE_WINDOW), np.diag([3.0, 3, 3, 1]))


@pytest.mark.parametrize(("half", "enough"), [("bfloat16", False), (None, True)])
def test_out_of_memory_with_nothing_left_is_an_error_with_a_hint(
    half, enough, network, monkeypatch
):
    monkeypatch.setattr(execution, "half_precision", lambda device: half)
    with pytest.raises(OutOfMemoryError, match="smaller model"):
        segmenter(Starved(network, enough), make_recipe()).segment(
            make_image(ONE_WINDOW), np.diag([3.0, 3, 3, 1])
        )


def test_memory_estimate_does_not_depend_on_the_number_of_slices():
    recipe = make_recipe()
    short = estimate_memory(recipe, (300, 300, 100), (512, 512, 100), 1, "float32")
    tall = estimate_memory(recipe, (300, 300, 400), (512, 512, 400), 1, "float32")
    assert tall.device == short.device
    assert tall.host - short.host == 512 * 512 * 300  # the label map


@pytest.mark.parametrize("size", [(64, 32, 32), (65, 40, 33), (200, 96, 50), (128, 64, 64)])
@pytest.mark.parametrize("overlap", [0.0, 0.25, 0.5, 0.75])
def test_windows_lie_and_weigh_as_in_monai(size, overlap):
    patch = (64, 32, 32)
    layout = window_layout(full_box(size), Preprocessing((1, 1, 1), (0, 1), patch, False, overlap))
    starts = {(x, y, z) for z, layer in layout.layers() for x, y, _ in layer}
    interval = _get_scan_interval(size, patch, 3, (overlap,) * 3)
    expected = {
        tuple(s.start for s in slices) for slices in dense_patch_slices(size, patch, interval)
    }
    assert starts == expected
    torch.testing.assert_close(
        importance_map(patch), compute_importance_map(patch, "gaussian", 0.125)
    )


def test_occupancy_never_misses_a_voxel():
    shape = (37, 29, 70)
    rng = np.random.default_rng(0)
    for _ in range(20):
        voxel = tuple(int(rng.integers(n)) for n in shape)
        volume = torch.zeros(shape)
        volume[voxel] = 1
        occupancy = Occupancy(shape)
        for start in range(0, shape[2], occupancy.slab_thickness):
            occupancy.add_slab(volume[..., start : start + occupancy.slab_thickness], start)
        for axis in range(3):
            assert occupancy.projections[axis].nonzero()[0].tolist() == [voxel[axis]]
        low = tuple(slice(v - int(rng.integers(9)), v + 1) for v in voxel)
        assert occupancy.holds_body(low)
        far = tuple(slice(v + 16, v + 40) for v in voxel)
        assert not occupancy.holds_body(far)


def test_recipe_refuses_patches_the_network_cannot_take():
    with pytest.raises(ValueError, match="multiples of 32"):
        dataclasses.replace(make_recipe().preprocessing, patch=(32, 32, 32))


@pytest.mark.parametrize(("gigabytes", "expected"), [(80, 16), (8, 4), (6, 4), (3.5, 2), (1, 1)])
def test_a_gpu_takes_as_many_windows_as_fit(gigabytes: float, expected: int) -> None:
    """VoComni_B on a CT of 400 x 400 x 400 mm."""
    recipe = Catalogue().get("VoComni_B").recipe
    assert recipe is not None
    shape, free = (267, 267, 267), int(gigabytes * 1e9)
    found = windows_at_once(recipe, shape, (512, 512, 200), "bfloat16", "cuda", free)
    assert found == expected
    assert windows_at_once(recipe, shape, (512, 512, 200), "bfloat16", "cpu", free) == 1
