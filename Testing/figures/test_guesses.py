"""The strip of guesses shows crop, guess and truth where they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from VoCoLib.figures.guesses import MOST, Guess, draw_guesses


def centre_of(pixels: np.ndarray, colour: tuple[int, int, int], near: int) -> np.ndarray:
    """Column and row of the middle of all pixels of about a colour."""
    close = (np.abs(pixels.astype(int) - colour) <= near).all(-1)
    assert close.any()
    return np.argwhere(close).mean(0)[::-1]


def test_right_is_on_the_left_and_anterior_is_up(tmp_path: Path) -> None:
    crop = np.zeros((40, 40), np.float32)
    crop[30:, 30:] = 1  # towards right and anterior
    similarity = np.full((3, 3), 0.3, np.float32)
    similarity[2, 0] = 0.9  # right and posterior
    guess = Guess(crop, similarity, np.array([2.5, 2.5]), found=False)
    draw_guesses([guess] * (MOST + 2), tmp_path / "guesses.png")
    pixels = np.asarray(Image.open(tmp_path / "guesses.png").convert("RGB"))
    height, width, _ = pixels.shape
    above, below = (half[:, : width // MOST] for half in np.split(pixels, 2))
    edge = height / 2
    dark = np.argwhere((above < 40).all(-1)).mean(0)  # most of the crop
    bright = centre_of(above[8:-8, 8:-8], (255, 255, 255), 0)
    assert bright[0] < edge / 2 and bright[1] < edge / 2 and (dark > edge / 3).all()
    assert np.abs(centre_of(below, (213, 94, 0), 30) / edge - 1 / 6).max() < 0.07
    dot = centre_of(below[12:-12, 12:-12], (255, 255, 255), 0)
    assert dot[0] < edge / 3 and dot[1] > edge / 2


def test_fewer_crops_than_places(tmp_path: Path) -> None:
    draw_guesses([], tmp_path / "guesses.png")
    assert Image.open(tmp_path / "guesses.png").size[0] == 160 * MOST
