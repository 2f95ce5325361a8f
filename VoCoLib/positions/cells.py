"""What the cells of a grid are called: in words, and in the few letters that fit into a picture."""

from __future__ import annotations

Base = tuple[int, int]  # column and row, counted from 1 towards right and anterior

_LARGEST_IN_WORDS = 3
_NAMES = {  # by column and row of a grid of 3 x 3, from the middle
    (1, 1): "the right front",
    (0, 1): "the middle of the front",
    (-1, 1): "the left front",
    (1, 0): "the right middle",
    (0, 0): "the very middle",
    (-1, 0): "the left middle",
    (1, -1): "the right back",
    (0, -1): "the middle of the back",
    (-1, -1): "the left back",
}
_FROM_RIGHT = ("at the right edge", "second from the right", "third from the right",
               "fourth from the right")  # fmt: skip
_FROM_LEFT = ("at the left edge", "second from the left", "third from the left",
              "fourth from the left")  # fmt: skip
_FROM_FRONT = ("at the front edge", "second from the front", "third from the front",
               "fourth from the front")  # fmt: skip
_FROM_BACK = ("at the back edge", "second from the back", "third from the back",
              "fourth from the back")  # fmt: skip
MIDDLE_COLUMN, MIDDLE_ROW = "in the middle column", "in the middle row"


def cell_label(base: Base, n: int) -> str:
    """A few letters, as at the edges of Slicer's views: R right, L left, A anterior, P posterior.

    Where a side has several columns or rows, a number counts them from the middle: in a grid of
    4 x 4 the right front corner is R2 A2. The middle of an odd grid is C.

    Args:
        base: column and row.
        n: of the n x n bases.
    """
    parts = [_axis_label(place, n, sides) for place, sides in zip(base, ("RL", "AP"), strict=True)]
    return ("" if n <= _LARGEST_IN_WORDS else " ").join(filter(None, parts)) or "C"


def _axis_label(place: int, n: int, sides: str) -> str:
    off = 2 * place - n - 1  # from the middle, in half cells
    if off == 0:
        return ""
    number = (abs(off) + 1) // 2 if n > _LARGEST_IN_WORDS else ""
    return f"{sides[off < 0]}{number}"


def is_in_words(n: int) -> bool:
    """Whether cell_name has a name for each cell, else cell_place says where one is."""
    return n <= _LARGEST_IN_WORDS


def cell_name(base: Base, n: int) -> str:
    """What a person would call a cell of a grid of 2 x 2 or 3 x 3."""
    column, row = (_sign(2 * place - n - 1) for place in base)
    return _NAMES[column, row]


def cell_place(base: Base, n: int) -> tuple[str, str]:
    """Where a cell of a larger grid is: its column, its row."""
    column = _ordinal(base[0], n, _FROM_RIGHT, _FROM_LEFT) or MIDDLE_COLUMN
    return column, _ordinal(base[1], n, _FROM_FRONT, _FROM_BACK) or MIDDLE_ROW


def _ordinal(place: int, n: int, high: tuple[str, ...], low: tuple[str, ...]) -> str:
    """How far from the nearer side; empty for the middle."""
    if 2 * place == n + 1:
        return ""
    words, rank = (high, n - place) if 2 * place > n + 1 else (low, place - 1)
    return words[rank] if rank < len(words) else words[1].replace("second", f"{rank + 1}th")


def _sign(off: int) -> int:
    return (off > 0) - (off < 0)
