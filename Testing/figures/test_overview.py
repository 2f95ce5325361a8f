"""The overview picture: what is drawn where, in which colour, from any storage order."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from VoCoLib.errors import OutputError
from VoCoLib.evaluation.scores import LabelScore
from VoCoLib.figures.overview import (
    GREYS,
    HEADER,
    LEGEND,
    MARGIN,
    WIDTH,
    Panel,
    Slice,
    best_position,
    cut_slice,
    draw_overview,
    draw_slice,
    label_profiles,
    lay_out,
)
from VoCoLib.images.phantom import make_phantom
from VoCoLib.recipe import Code, Label

CODE = Code("SCT", "123037004", "Anatomical Structure")
RED, BLUE = (230, 20, 20), (20, 20, 230)
TABLE = (Label(1, "Marker", CODE, CODE, RED), Label(2, "Other", CODE, CODE, BLUE))
RAS = np.diag([2.0, 2.0, 3.0, 1.0])


def make_case() -> tuple[NDArray[np.int16], NDArray[np.uint8]]:
    """A box of soft tissue; label 1 lies right, anterior, superior, label 2 opposite."""
    image = np.full((70, 60, 50), -1000, np.int16)
    image[6:64, 6:54, 4:46] = 40
    labels = np.zeros(image.shape, np.uint8)
    labels[10:32, 10:28, 8:23] = 2
    labels[32:60, 28:50, 23:42] = 1
    labels[32:60, 10:28, 20:24] = 1  # so that planes show both
    labels[10:32, 28:50, 20:24] = 2
    return image, labels


def read(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as picture:
        return np.asarray(picture)


def part(picture: NDArray[np.uint8], panel: Panel) -> NDArray[np.uint8]:
    return picture[panel.y : panel.y + panel.height, panel.x : panel.x + panel.width]


def middle_of(picture: NDArray[np.uint8], color: tuple[int, int, int]) -> NDArray[np.float64]:
    """Mean row and column of the pixels of exactly this colour: the outlines of its label."""
    found = np.argwhere((picture == color).all(axis=-1))
    assert len(found) > 50
    middle: NDArray[np.float64] = found.mean(axis=0)
    return middle


def draw(path: Path, *case: NDArray, scores: tuple[LabelScore, ...] = ()) -> NDArray[np.uint8]:
    image, labels, affine = case
    draw_overview(image, labels, affine, TABLE, path, "A phantom", scores)
    return read(path)


def test_patients_right_is_drawn_on_the_left_and_head_and_front_up(tmp_path: Path) -> None:
    image, labels = make_case()
    picture = draw(tmp_path / "o.png", image, labels, RAS)
    position = best_position(label_profiles(labels, TABLE), labels.shape)
    slices = [cut_slice(image, labels, axis, position, (2, 2, 3)) for axis in (2, 1, 0)]
    axial, coronal, _ = lay_out([s.width_mm / s.height_mm for s in slices])
    for panel in (axial, coronal):
        marker, other = (middle_of(part(picture, panel), color) for color in (RED, BLUE))
        assert marker[1] < other[1] - 20


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_planes_are_seen_from_the_feet_the_front_and_the_left(axis: int) -> None:
    labels = np.zeros((20, 30, 40), np.uint8)
    labels[15:, 22:, 32:] = 1  # right, anterior, superior
    image = np.zeros(labels.shape, np.int16)
    shown = cut_slice(image, labels, axis, (17, 25, 35), (1, 1, 1))
    rows, columns = np.nonzero(shown.labels)
    assert rows.min() == 0 and columns.min() == 0  # the upper left corner
    assert rows.max() < shown.labels.shape[0] / 2 and columns.max() < shown.labels.shape[1] / 2


def orders() -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    flips = [(1, 1, 1), (-1, -1, 1), (1, -1, -1), (-1, 1, 1)]  # the last: left-handed
    return list(itertools.product(itertools.permutations(range(3)), flips))


@pytest.mark.parametrize(("axes", "flips"), orders()[1::9])
def test_storage_order_does_not_show(
    tmp_path: Path, axes: tuple[int, ...], flips: tuple[int, ...]
) -> None:
    image, labels = make_case()
    steps = tuple(slice(None, None, flip) for flip in flips)
    index = np.eye(4)  # stored index -> index of the original
    for target, flip in enumerate(flips):
        index[target, target] = flip
        index[target, 3] = 0 if flip > 0 else image.shape[target] - 1
    index = index[:, [*axes, 3]]
    stored = (a[steps].transpose(axes) for a in (image, labels))
    expected = draw(tmp_path / "a.png", image, labels, RAS)
    assert np.array_equal(draw(tmp_path / "b.png", *stored, RAS @ index), expected)


def test_hu_and_labels_have_their_colours() -> None:
    hu = np.full((40, 60), 40.0)  # the middle of the window
    hu[:, :10], hu[:, 50:] = -1000.0, 1000.0
    labels = np.zeros(hu.shape, np.uint8)
    labels[10:30, 20:40] = 1
    labels[34:38, 20:40] = 7  # not in the table
    picture = draw_slice(Slice(hu, labels, 60.0, 40.0), (600, 400), TABLE)
    assert picture.shape == (400, 600, 3)
    assert (picture[200, 20] == 0).all() and (picture[200, 580] == 255).all()
    grey = picture[50, 300].astype(float)
    assert abs(grey - 127.5).max() <= 255 / GREYS
    assert np.array_equal(picture[360, 300], picture[50, 300])  # the unknown label stays grey
    inside = picture[200, 300]
    assert abs(inside - (0.6 * grey + 0.4 * np.array(RED))).max() < 1
    outline = np.flatnonzero((picture[200] == RED).all(axis=-1))
    assert abs(outline.min() - 200) <= 2 and abs(outline.max() - 399) <= 2
    assert len(outline) <= 8  # a line, not an area


def test_a_lone_voxel_is_drawn() -> None:
    labels = np.zeros((30, 30), np.uint8)
    labels[15, 15] = 2
    picture = draw_slice(Slice(np.zeros((30, 30)), labels, 30.0, 30.0), (300, 300), TABLE)
    outline = np.argwhere((picture == BLUE).all(axis=-1))
    assert np.abs(outline.mean(axis=0) - 154.5).max() < 1
    assert 2 <= np.abs(outline - 154.5).max() <= 6  # the voxel covers 10 x 10 pixels
    red, green, blue = picture[155, 155].tolist()
    assert red == green < blue
    assert np.ptp(picture[120, 155]) == 0


def test_planes_go_where_most_labels_are() -> None:
    labels = np.zeros((30, 30, 30), np.uint8)
    labels[2:8, 2:28, 5:10] = 1
    labels[7:14, 4:20, 9:12] = 2
    x, y, z = best_position(label_profiles(labels, TABLE), labels.shape)
    assert (x, z) == (7, 9) and 4 <= y < 20
    assert best_position(label_profiles(np.zeros_like(labels), TABLE), labels.shape) == (15, 15, 15)


def test_slices_are_cropped_to_the_body_and_keep_their_proportions() -> None:
    image = np.full((100, 100, 20), -1000, np.int16)
    image[30:70, 40:60] = 40
    image[20:80, 5:8] = 300  # a table, apart from the body
    labels = np.zeros(image.shape, np.uint8)
    shown = cut_slice(image, labels, 2, (50, 50, 10), (2.0, 4.0, 5.0))
    assert shown.hu.shape == (20 + 2 * 2, 40 + 2 * 4)  # 8 mm round it
    assert (shown.width_mm, shown.height_mm) == (96.0, 96.0)
    empty = cut_slice(np.full_like(image, -1000), labels, 2, (50, 50, 10), (2.0, 4.0, 5.0))
    assert empty.hu.shape == (100, 100)


@pytest.mark.parametrize(
    "aspects",
    [(1.3, 1.1, 0.9), (1.0, 0.4, 0.4), (1.0, 12.0, 9.0), (0.7, 3.0, 0.1), (1.0, 0.1, 0.1)],
)
def test_panels_lie_beside_each_other(aspects: tuple[float, float, float]) -> None:
    panels = lay_out(aspects)
    taken = np.zeros((2000, WIDTH), int)
    for panel in panels:
        assert panel.y >= HEADER and panel.x >= MARGIN
        assert panel.x + panel.width < WIDTH - MARGIN - LEGEND
        part(taken, panel)[...] += 1
    assert taken.max() == 1
    assert panels[0].width * panels[0].height >= max(p.width * p.height for p in panels)


def test_legend_lists_what_is_there_with_its_colour(tmp_path: Path) -> None:
    image, labels = make_case()
    both = draw(tmp_path / "both.png", image, labels, RAS)
    legend = both[HEADER:, WIDTH - MARGIN - LEGEND :]
    assert middle_of(legend, RED)[0] < middle_of(legend, BLUE)[0]
    one = draw(tmp_path / "one.png", image, np.where(labels == 1, labels, 0), RAS)
    assert not (one[HEADER:, WIDTH - MARGIN - LEGEND :] == BLUE).all(axis=-1).any()
    missed = (LabelScore(2, "Other", 0.0, 0.0, None, 1.0, 0.0, "missed"),)
    scored = draw(
        tmp_path / "scored.png", image, np.where(labels == 1, labels, 0), RAS, scores=missed
    )
    assert (scored[HEADER:, WIDTH - MARGIN - LEGEND :] == BLUE).all(axis=-1).any()


@pytest.mark.parametrize("shape", [(64, 64, 1), (3, 90, 80), (1, 1, 1)])
def test_thin_and_empty_volumes_can_be_drawn(tmp_path: Path, shape: tuple[int, ...]) -> None:
    image, labels = np.full(shape, -1000, np.int16), np.zeros(shape, np.uint8)
    assert draw(tmp_path / "thin.png", image, labels, RAS).shape[1] == WIDTH


def test_phantom_makes_a_small_file(tmp_path: Path) -> None:
    phantom = make_phantom(3)
    colors = np.random.default_rng(0).integers(40, 255, (13, 3)).tolist()
    table = tuple(
        Label(value, f"Organ {value}", CODE, CODE, (color[0], color[1], color[2]))
        for value, color in enumerate(colors, start=1)
    )
    path = tmp_path / "Übersicht mit Leerzeichen.png"
    draw_overview(phantom.image, phantom.label, phantom.affine, table, path, "Synthetic torso")
    assert path.stat().st_size < 600_000
    assert os.listdir(tmp_path) == [path.name]
    assert read(path).shape[2] == 3


def test_path_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    image, labels = make_case()
    with pytest.raises(OutputError, match="could not be written"):
        draw_overview(image, labels, RAS, TABLE, blocked / "o.png", "A phantom")
    assert os.listdir(tmp_path) == ["file"]
